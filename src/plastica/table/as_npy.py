"""A table in the layout of SpikES, fSBI and Mem1kRules (VogelsLab): a numpy record a rule, with `theta`, `seed` and
metrics; or theta alone, as an array of numbers.

How many numbers theta has says what they are (`LAYOUTS`): of spike-pair rules of one connection, or of EE, EI, IE and
II; of the polynomial of one connection, or of EE and IE; of the perceptron of one, or of EE and IE. Behind those of
several connections may stand the rate of the input. Time constants are in seconds there, or their logarithms, which are
negative; the other coefficients of spike-pair rules in units of a learning rate eta = 0.01: such a rule carries over in
its shape, and in its size as far as weights are measured in the same unit. `seed` is the name of a simulation: the
origin of a rule.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plastica.errors import UserError
from plastica.rules.base import Floats, Rule
from plastica.rules.spike_pair import SpikePair
from plastica.rules.spike_perceptron import SpikePerceptron
from plastica.rules.spike_polynomial import SpikePolynomial
from plastica.table.rule_table import Table

ETA = 0.01
QUARTET, DUET = ("EE", "EI", "IE", "II"), ("EE", "IE")
INPUT = ("input_rate", "Hz")
TAU, COEFFICIENT, SAME = 1e-3, 1 / ETA, 1.0  # theirs over ours: seconds, eta, or the same
THEIRS = {"rate_hz": "rate", "cv": "cv_isi"}  # metrics by our names
OURS = {theirs: ours for ours, theirs in THEIRS.items()}
Column = tuple[str, str, float]  # name, unit, theirs over ours


def _columns_of(rule: Rule, own: Sequence[float] = ()) -> list[Column]:
    """The parameters of a rule, in their own scales."""
    parameters = rule.parameters()
    return [(p.name, p.unit, scale) for p, scale in zip(parameters, own or [SAME] * len(parameters), strict=True)]


def _of(connections: Sequence[str], columns: Sequence[Column]) -> list[Column]:
    return [(f"{connection}.{name}", unit, scale) for connection in connections for name, unit, scale in columns]


PAIR = _columns_of(SpikePair(), [TAU, TAU, *[COEFFICIENT] * 4])
POLYNOMIAL = _columns_of(SpikePolynomial())
ETA_COLUMN, *OUTPUTS = _columns_of(SpikePerceptron())
PERCEPTRONS = [*_of(DUET, [ETA_COLUMN]), *_of(DUET, OUTPUTS)]  # of both connections eta comes first
SEVERAL = (_of(QUARTET, PAIR), _of(DUET, POLYNOMIAL), PERCEPTRONS)
LAYOUTS: dict[int, list[Column]] = {
    len(columns): columns
    for columns in (
        PAIR, POLYNOMIAL, [ETA_COLUMN, *OUTPUTS], *SEVERAL, *([*columns, (*INPUT, SAME)] for columns in SEVERAL),
    )
}  # fmt: skip


def written(table: Table) -> bytes:
    """Raises UserError for rules that are not in one of the layouts."""
    layout = LAYOUTS.get(len(table.names), [])
    names = tuple(name for name, *_ in layout)
    if table.names != names and tuple(name.rpartition(".")[2] for name in table.names) != names:
        raise UserError(
            f"a .npy file holds rules of SpikES, fSBI and Mem1kRules ({', '.join(map(str, LAYOUTS))} numbers), and "
            f"these have {', '.join(table.names[:4])}, ...: write .csv or .json"
        )
    metrics = {THEIRS.get(name, name): values for name, values in table.metrics.items()}
    origin = np.array(table.origin)
    fields = [("theta", "f8", (len(table.names),)), ("seed", origin.dtype), *((name, "f8") for name in metrics)]
    records = np.zeros(len(table), dtype=fields)
    records["theta"] = table.thetas * _scales(layout)
    records["seed"] = origin
    for name, values in metrics.items():
        records[name] = values
    file = io.BytesIO()
    np.save(file, records)
    return file.getvalue()


def read(file: Path) -> Table:
    """Raises UserError for anything else than such records; a metric of several values has a column for each."""
    try:
        records = np.load(file)
    except (ValueError, EOFError) as error:
        raise UserError(f"{file} is no numpy file of plain records: {error}") from None
    if isinstance(records, np.ndarray) and records.dtype.kind in "fiu" and records.ndim in (1, 2):
        theta = np.atleast_2d(records).astype(float)
        return _table(file, theta, {}, tuple(f"{file}/{k}" for k in range(len(theta))))
    fields = records.dtype.fields if isinstance(records, np.ndarray) and records.ndim == 1 else None
    if not fields or "theta" not in fields:
        raise UserError(f"{file} lacks theta: it should hold a record for each rule, with a field of this name")
    metrics: dict[str, Floats] = {}
    for name in fields:
        if name != "theta" and records[name].dtype.kind in "fiu":
            metrics |= _columns(OURS.get(name, name), records[name].astype(float))
    origin = map(str, records["seed"]) if "seed" in fields else (f"{file}/{k}" for k in range(len(records)))
    return _table(file, records["theta"], metrics, tuple(origin))


def _table(file: Path, theta: NDArray[Any], metrics: dict[str, Floats], origin: tuple[str, ...]) -> Table:
    layout = LAYOUTS.get(theta.shape[1]) if theta.ndim == 2 else None
    if layout is None or theta.dtype.kind not in "fiu":
        raise UserError(
            f"{file}: theta should hold {', '.join(map(str, LAYOUTS))} numbers a rule, and is {theta.dtype} "
            f"{theta.shape[1:]}"
        )
    theta = theta.astype(float)
    times = np.array([scale == TAU for *_, scale in layout])
    theta = np.where(times & (theta < 0), np.exp(np.minimum(theta, 0.0)), theta)  # SpikES searches logarithms
    names, units = tuple(name for name, *_ in layout), tuple(unit for _, unit, _ in layout)
    return Table(names, units, theta / _scales(layout), metrics, origin)


def _scales(layout: Sequence[Column]) -> Floats:
    return np.array([scale for *_, scale in layout])


def _columns(name: str, values: Floats) -> dict[str, Floats]:
    if values.ndim == 1:
        return {name: values}
    flat = values.reshape(len(values), -1)
    return {f"{name}.{k}": flat[:, k] for k in range(flat.shape[1])}
