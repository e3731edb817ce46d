"""A section of the config: a frozen, validated, hashable value that knows its own defaults and describes its fields.

Rules, networks, datasets, losses, searches and engines are sections, so the config of a run *is* the composition of
its task, and what a user reads in `config.toml` is what the program computes with.
"""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Base of every part that a config can describe; unknown keys and wrong types are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False, strict=True)
