"""What the files of a run may hold: a stranger's are held against these shapes before anything is made of them."""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

LARGEST = 1e150  # the square of a larger number is not finite
Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
Seconds = Annotated[float, Field(ge=0, le=LARGEST)]
Count = Annotated[int, Field(ge=0, lt=2**53)]
Numbers = Annotated[list[Number], Field(min_length=1)]
Status = Literal["running", "interrupted", "finished"]


class Shape(BaseModel):
    """The least that a file must hold; a key with a default may be missing, and what no shape names is left out."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class Header(Shape):
    """The first line of a journal; version 0.1 noted no fingerprint of the config."""

    format: Annotated[Count, Field(ge=1)]
    config: str = ""


class Measured(Shape):
    """What was measured of a generation's candidates: failed trials, means of metrics and their standard errors."""

    failed: Annotated[list[Count], Field(min_length=1)]
    mean: dict[str, Numbers]
    error: dict[str, Numbers]


class Record(Shape):
    """A generation, as the outer loop tells it; with gradients, or what was measured, where the search asked for it;
    with its datasets and how they agreed, where their number grows."""

    generation: Count
    digest: str
    loss: Numbers
    gradient: list[Numbers] = []
    measured: Measured = Measured(failed=[0], mean={}, error={})
    datasets: Count = 0
    agreement: Number = 0.0
    outcomes: dict[str, Count]
    favourite: Numbers
    search: dict[str, Count | Number | str]
    seconds: Seconds


class Note(Shape):
    """What the last process said of the run."""

    status: Status
    reason: str


class Row(Shape):
    """A rule on held-out datasets, or several of them, which have no theta."""

    loss: Number
    standard_error: Number
    median: Number
    outcomes: dict[str, Count]
    metrics: dict[str, Number]
    theta: dict[str, Number] = {}


class Difference(Shape):
    """Learned minus baseline, paired over datasets."""

    mean: Number
    standard_error: Number


class HeldOut(Shape):
    """The final evaluation: the learned rule, and the baselines beside it; version 0.1 had no differences."""

    loss: Number
    datasets: Count
    baselines: dict[str, Number | None]
    difference: dict[str, Difference | None] = {}
    details: dict[str, Row]


class Result(Shape):
    """What was found, by a search of so many generations; version 0.1 did not note how many."""

    theta: dict[str, Number]
    held_out: HeldOut
    theory: dict[str, bool | Number | str | None] | None = None
    generations: Count = 0


class StudySetting(Shape):
    """One of the settings of a study: what its runs are called before their seeds, what was varied, the config."""

    name: Annotated[str, Field(pattern=r"^([A-Za-z0-9][A-Za-z0-9._=,+-]{0,99})?$")]
    varied: dict[str, Any]
    config: dict[str, Any]


class Study(Shape):
    """What a study asks for."""

    format: Annotated[Count, Field(ge=1)]
    task: str
    success: str
    seeds: Annotated[list[Annotated[int, Field(ge=0, lt=2**63)]], Field(min_length=1)]
    settings: Annotated[list[StudySetting], Field(min_length=1)]


class Environment(Shape):
    """Where the run began: versions of everything that computes, and the machine."""

    versions: dict[str, str]
    system: str = ""
    machine: str = ""


def parse(shape: type[Shape], text: bytes) -> dict[str, Any]:
    """What JSON of a shape holds. Raises ValueError for anything else."""
    try:
        return shape.model_validate(json.loads(text)).model_dump(exclude_unset=True)
    except RecursionError:
        raise ValueError("nested too deeply") from None
