"""What a synapse made of a protocol, as a table with named axes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROUNDING = 1e-9  # of the largest value


@dataclass(frozen=True)
class Response:
    """Values over axes: `axes` {name: [n]} and `values` {name: an array with a dimension for each axis, in order}.

    `held` says what the protocol fixed of all that the rule reads: {quantity: value or words}.
    """

    axes: Mapping[str, NDArray[Any]]
    values: Mapping[str, NDArray[Any]]
    held: Mapping[str, float | str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.axes, *self.values)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """A row for each point: where it is, and its values; None for a value that is not finite."""
        points = product(*(axis.tolist() for axis in self.axes.values()))
        values = zip(*(array.ravel().tolist() for array in self.values.values()), strict=True)
        for point, value in zip(points, values, strict=True):
            yield (*point, *map(_finite, value))

    def plain(self) -> dict[str, Any]:
        """As what JSON holds: values in nested lists, None for one that is not finite."""
        return {
            "axes": {name: axis.tolist() for name, axis in self.axes.items()},
            "values": {name: _plain(array.tolist()) for name, array in self.values.items()},
            "held": dict(self.held),
        }

    def is_same(self, value: str) -> bool:
        """Whether a value is the same all along the first axis."""
        return are_same(self.values[value])

    def at(self, value: str = "change", **places: Any) -> NDArray[Any]:
        """One value where axes have the given places, over the axes that are left."""
        chosen = [
            int(np.flatnonzero(axis == places[name])[0]) if name in places else slice(None)
            for name, axis in self.axes.items()
        ]
        found: NDArray[Any] = self.values[value][tuple(chosen)]
        return found


def are_same(rows: NDArray[Any], tolerance: float = ROUNDING) -> bool:
    """Whether rows are equal within a fraction of the largest value; what is not finite is equal."""
    finite = np.where(np.isfinite(rows), rows, np.nan)
    scale = np.nanmax(np.abs(finite), initial=0.0)
    return bool(np.allclose(finite, finite[:1], rtol=0.0, atol=tolerance * scale, equal_nan=True))


def _plain(value: Any) -> Any:
    return [_plain(one) for one in value] if isinstance(value, list) else _finite(value)


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not isfinite(value) else value
