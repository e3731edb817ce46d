"""Where a search begins: at a random initial rule, or at a given one, whole or in part (a warm start)."""

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import Field, PositiveFloat

from plastica.rules.base import Floats, Space

Start = Annotated[
    dict[str, dict[str, float]],
    Field(
        description="the rule that the first attempt begins at, by connection and parameter; what is not named here, "
        "begins at random (`plastica run TASK --from DIR` writes it)"
    ),
]
StartStep = Annotated[
    PositiveFloat, Field(description="step size of an attempt that begins at `start`, relative to that of others")
]


def by_name(tables: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """{connection.parameter: value}."""
    return {f"{connection}.{name}": value for connection, named in tables.items() for name, value in named.items()}


def check_names(key: str, tables: Mapping[str, Mapping[str, float]], space: Space) -> None:
    """Raise ValueError if a table names a parameter that there is not."""
    for name in by_name(tables):
        if name not in space.names:
            raise ValueError(f"{key}.{name}: there is no such parameter; the rule has {', '.join(space.names)}")


def check_start(start: Start, space: Space) -> None:
    """Raise ValueError where the rule to begin at is none of this space."""
    check_names("search.start", start, space)
    named = by_name(start)
    for parameter in space.parameters:
        value = named.get(parameter.name, parameter.scale)
        if not parameter.low <= value <= parameter.high or (parameter.transform == "log" and value <= 0):
            raise ValueError(
                f"search.start.{parameter.name} = {value:g}: it lies between {max(parameter.low, 0.0):g} and "
                f"{parameter.high:g}"
            )


def first_point(start: Start | None, space: Space, generator: np.random.Generator) -> Floats:
    """A random initial rule with what `start` names in its place, in the coordinates of a search, [P]."""
    theta = space.draw(generator, 1)[0]
    named = by_name(start or {})
    return space.encode(np.array([named.get(name, value) for name, value in zip(space.names, theta, strict=True)]))
