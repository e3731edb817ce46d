"""How much memory the inner loop takes: arithmetic on shapes, so that a run too large is refused before it begins."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Footprint:
    """Bytes: a dataset as it is kept; the most while one is made, itself included; what scoring takes for each dataset
    of a block, and for each trial of it. `grows_with` are the settings that make these large, as "key = value"."""

    dataset: int
    making: int
    scoring: int
    trial: int
    grows_with: tuple[str, ...]
