"""A rule that its user writes down: as text, in a config or in Python, or as a Python function."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from math import inf
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import (
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)

from plastica.complaint import sentence
from plastica.errors import UserError
from plastica.rules.base import KIND, TAU_LONGEST_MS, TAU_SHORTEST_MS, Floats, Parameter, Space, Trace
from plastica.rules.catalogue.entry import Entry
from plastica.rules.expression import Expression
from plastica.rules.grammar import parse, written
from plastica.rules.kind import Kind
from plastica.rules.quantities import TRACES, WORDS, check_name
from plastica.rules.tracing import traced
from plastica.section import Section

Text = str | Callable[..., Any]


class ParameterTable(Section):
    """How a search sees a parameter (`Parameter`); what is left out has a default, by what the parameter is for."""

    unit: str | None = None
    transform: Literal["identity", "log"] | None = None
    scale: Annotated[float, Field(gt=0, le=1e30)] | None = None
    mean: Annotated[float, Field(ge=-1e30, le=1e30)] | None = None
    sd: Annotated[float, Field(ge=0, le=1e6)] | None = None
    low: Annotated[float, Field(ge=-1e30, le=1e30)] | None = None
    high: Annotated[float, Field(ge=-1e30, le=1e30)] | None = None

    @model_serializer(mode="wrap")
    def _without_gaps(self, serialize: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return {key: value for key, value in serialize(self).items() if value is not None}

    @model_validator(mode="after")
    def _bounds_fit(self) -> "ParameterTable":
        if (self.low is None) != (self.high is None):
            raise ValueError("low and high hold only together: give both, or neither")
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise ValueError(f"low = {self.low:g} is not below high = {self.high:g}: change one")
        if self.transform == "log" and self.low is not None and self.low <= 0:
            raise ValueError(f"low = {self.low:g}: a parameter that is searched as a logarithm is above zero")
        return self

    def completed(self, default: Parameter) -> "ParameterTable":
        """With the default's values for what is left out."""
        usual = {key: value for key, value in asdict(default).items() if key != "name" and value not in (-inf, inf)}
        return ParameterTable(**{**usual, **self.model_dump()})


class TraceTable(Section):
    """A trace of one side's spikes, dx/dt = -x / tau + S (Eq. 12); `tau` names the parameter that is its tau."""

    side: Literal["pre", "post"]
    tau: str


class Formula(Kind):
    """What happens at an event, in the names of the network's quantities, of traces and of parameters.

    A name that is no quantity (`quantities.WORDS`, and what `quantities` adds) and no trace is a parameter. theta lists
    the parameters in the order of their table, and those that are not there behind them: time constants first, then as
    they stand in the formulas. A known rule is {parameter: value}; what it leaves out is zero, and at its scale where
    it is searched as a logarithm.
    """

    model_config = ConfigDict(serialize_by_alias=True)
    kind: Literal["formula"] = Field("formula", description=KIND)
    change: str = Field("", description="rate networks: by how much a weight changes, over eta, such as a*x*y - b*w")
    on_pre: str = Field("", description="spiking networks: the weight after a presynaptic spike; empty: as it was")
    on_post: str = Field("", description="spiking networks: the weight after a postsynaptic spike; empty: as it was")
    quantities: tuple[str, ...] = Field(
        (), description=f"names to which the network gives a value, beside {', '.join(WORDS)}"
    )
    trace_tables: dict[str, TraceTable] = Field(
        {},
        alias="traces",
        description="traces of spikes: side, pre or post, and the parameter that is their tau, in ms",
    )
    parameter_tables: dict[str, ParameterTable] = Field(
        {},
        alias="parameters",
        description="unit, transform (identity or log), scale, mean and sd of each parameter; low and high, if bounded",
    )
    known_rules: dict[str, dict[str, float]] = Field(
        {}, alias="known", description="known rules, to compare with: {parameter: value} each"
    )

    def __hash__(self) -> int:
        return hash(self.model_dump_json())

    @field_validator("change", "on_pre", "on_post")
    @classmethod
    def _is_formula(cls, text: str) -> str:
        if text.strip():
            try:
                parse(text)
            except ValueError as error:
                raise ValueError(f", {error}") from None
        return text.strip()

    @field_validator("quantities")
    @classmethod
    def _are_names(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        for word in words:
            check_name(word, "a further quantity")
        return words

    @field_validator("trace_tables")
    @classmethod
    def _with_usual_traces(cls, tables: dict[str, TraceTable], info: ValidationInfo) -> dict[str, TraceTable]:
        """With x_pre and x_post where a formula has them; a trace that none has is refused."""
        if not {"change", "on_pre", "on_post"} <= info.data.keys():
            return tables  # what is wrong there is told
        usual = {t.name: TraceTable(side=t.side, tau=str(t.tau)) for t in TRACES}
        read = () if info.data["change"] else _names(info.data)
        for name, table in tables.items():
            if name not in usual:
                check_name(name, "a trace")
            check_name(table.tau, f"the time constant of {name}")
            if name not in read:
                raise ValueError(f"{name} stands neither in on_pre nor in on_post: use it there, or leave it out")
        return tables | {name: usual[name] for name in usual if name in read and name not in tables}

    @field_validator("parameter_tables")
    @classmethod
    def _complete(cls, tables: dict[str, ParameterTable], info: ValidationInfo) -> dict[str, ParameterTable]:
        """A complete table for each parameter of the formulas; one that they do not have is refused."""
        if not {"change", "on_pre", "on_post", "quantities", "trace_tables"} <= info.data.keys():
            return tables  # what is wrong there is told
        traces = info.data["trace_tables"]
        times = dict.fromkeys(table.tau for table in traces.values())
        words = [word for word in _names(info.data) if word not in {*WORDS, *info.data["quantities"], *traces}]
        names = dict.fromkeys([*times, *words])
        for name in tables:
            check_name(name, "a parameter")
            if name not in names:
                raise ValueError(f"{name} is no parameter of the formula, whose are {', '.join(names) or 'none'}")
        given = {name: tables.get(name, ParameterTable()) for name in dict.fromkeys([*tables, *names])}
        spiking = not info.data["change"]
        return {n: t.completed(TIME if n in times else _usual(t.transform, spiking)) for n, t in given.items()}

    @model_validator(mode="after")
    def _says_something(self) -> "Formula":
        if not (self.fixed or self.change or self.on_pre or self.on_post):
            raise ValueError('change, on_pre and on_post are empty: say what happens, such as change = "a*x*y - b*w"')
        if self.change and (self.on_pre or self.on_post):
            raise ValueError("change is for rate networks, on_pre and on_post for spiking ones: leave one out")
        for name in self.parameter_tables:
            check_name(name, "a parameter", "parameters.")
            if name in self.trace_tables:
                raise ValueError(f"parameters.{name} has the name of a trace: choose another name for one")
        for rule, values in self.known_rules.items():
            check_name(rule, "a known rule")
            for name in values:
                if name not in self.parameter_tables:
                    every = ", ".join(self.parameter_tables) or "none"
                    raise ValueError(f"known.{rule}.{name} is no parameter of the formula, whose are {every}")
        return self

    def searched_formulas(self) -> dict[str, Expression]:
        return _formulas({"change": self.change, "on_pre": self.on_pre, "on_post": self.on_post})

    def searched_traces(self) -> tuple[Trace, ...]:
        return tuple(Trace(name, table.side, table.tau) for name, table in self.trace_tables.items())

    def searched_parameters(self) -> tuple[Parameter, ...]:
        return tuple(Parameter(name, **table.model_dump()) for name, table in self.parameter_tables.items())

    def known(self, name: str) -> Floats:
        """theta of one of its known rules. Raises ValueError for any other."""
        if name not in self.known_rules:
            raise ValueError(f"{name} is not one of the known rules of this formula")
        space = Space(self.parameters())
        values = self.known_rules[name]
        return np.array([values.get(word, at_rest) for word, at_rest in zip(space.names, space.zero, strict=True)])


TIME = Parameter("", "ms", "log", 20.0, 0.0, 0.3, TAU_SHORTEST_MS, TAU_LONGEST_MS)  # a trace's
LOGARITHM = Parameter("", "1", "log", 1.0, 0.0, 0.3)
RATE = Parameter("", "1", "identity", 1.0, 0.0, 0.1)
PER_SPIKE = Parameter("", "1/spike", "identity", 1e-3, 0.0, 1.0)


def _usual(transform: str | None, spiking: bool) -> Parameter:
    """What is left out of the table of a parameter that is no time constant."""
    if transform == "log":
        return LOGARITHM
    return PER_SPIKE if spiking else RATE


def _formulas(texts: Mapping[str, str]) -> dict[str, Expression]:
    if texts["change"]:
        return {"change": parse(texts["change"])}
    return {event: parse(texts[event] or "w") for event in ("on_pre", "on_post")}


def _names(texts: Mapping[str, str]) -> tuple[str, ...]:
    """The names in the formulas, in the order in which they first stand there."""
    return tuple(dict.fromkeys(name for tree in _formulas(texts).values() for name in tree.names))


def formula(
    *,
    change: Text = "",
    on_pre: Text = "",
    on_post: Text = "",
    quantities: Sequence[str] = (),
    traces: Mapping[str, Mapping[str, str]] | None = None,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    known: Mapping[str, Mapping[str, float]] | None = None,
) -> Formula:
    """A rule of one's own: each event a text, or a Python function of named quantities, which is traced.

        >>> from plastica import formula
        >>> rule = formula(change=lambda x, y, w, a, b: a * x * y - b * y**2 * w, parameters={"a": {"sd": 1.0}})
        >>> rule.change
        'a*x*y - b*y**2*w'
        >>> [parameter.name for parameter in rule.parameters()]
        ['a', 'b']

    Raises UserError with one sentence.
    """
    texts = {event: _text(event, one) for event, one in (("change", change), ("on_pre", on_pre), ("on_post", on_post))}
    tables = {"traces": traces or {}, "parameters": parameters or {}, "known": known or {}}
    tree = {**texts, **tables, "quantities": list(quantities)}
    try:
        return Formula.model_validate_json(json.dumps(tree, default=str))
    except ValidationError as error:
        raise UserError(sentence(error, tree)) from None


def formula_of(entry: Entry) -> Formula:
    """A rule of the catalogue with its numbers to be searched: factors as coefficients, and constants as logarithms.

    Its own known rule, by the entry's name, has the published numbers.
    """
    tables = {name: {"unit": entry.unit(name), "scale": value} for name, value in entry.parameters.items()}
    return formula(
        change=entry.change,
        on_pre=entry.on_pre,
        on_post=entry.on_post,
        quantities=[word for word in entry.reads if word not in WORDS],
        traces={trace.name: {"side": trace.side, "tau": str(trace.tau)} for trace in entry.traces},
        parameters={
            name: {**table, "transform": "log"} if name in entry.constants else table for name, table in tables.items()
        },
        known={entry.name: entry.parameters},
    )


def _text(event: str, one: Text) -> str:
    if not callable(one):
        return one
    try:
        return written(traced(one))
    except ValueError as error:
        raise UserError(f"{event}: {error}") from None
