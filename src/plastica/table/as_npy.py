"""A table in the layout of fSBI and Mem1kRules (VogelsLab): a numpy record a rule, with `theta`, `seed` and metrics.

theta holds tau_pre, tau_post, alpha, beta, gamma, kappa of a spike-pair rule: of one connection, or of those from
excitatory to excitatory neurons, EI, IE and II, and maybe the rate of the input behind them. Time constants are in
seconds there, the other coefficients in units of a learning rate eta = 0.01: a rule carries over in its shape, and in
its size as far as weights are measured in the same unit. `seed` is the name of a simulation: the origin of a rule.
"""

import io
from pathlib import Path

import numpy as np

from plastica.errors import UserError
from plastica.rules.base import Floats
from plastica.rules.spike_pair import NAMES, SpikePair
from plastica.table.rule_table import Table

ETA = 0.01
QUARTET = ("EE", "EI", "IE", "II")
UNITS = tuple(parameter.unit for parameter in SpikePair().parameters())
SCALES = {"ms": 1e-3, "1/spike": 1 / ETA, "Hz": 1.0}  # theirs over ours
INPUT = ("input_rate", "Hz")
THEIRS = {"rate_hz": "rate", "cv": "cv_isi"}  # metrics by our names
OURS = {theirs: ours for ours, theirs in THEIRS.items()}


def written(table: Table) -> bytes:
    """Raises UserError for rules that are not spike-pair rules."""
    if table.names not in _layouts() and tuple(name.rpartition(".")[2] for name in table.names) != NAMES:
        raise UserError(
            f"a .npy file holds the spike-pair rules of one connection, or of {', '.join(QUARTET)}, and these rules "
            f"have {', '.join(table.names[:4])}, ...: write .csv or .json"
        )
    metrics = {THEIRS.get(name, name): values for name, values in table.metrics.items()}
    origin = np.array(table.origin)
    fields = [("theta", "f8", (len(table.names),)), ("seed", origin.dtype), *((name, "f8") for name in metrics)]
    records = np.zeros(len(table), dtype=fields)
    records["theta"] = table.thetas * _scales(table.units)
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
    fields = records.dtype.fields if isinstance(records, np.ndarray) and records.ndim == 1 else None
    if not fields or "theta" not in fields:
        raise UserError(f"{file} lacks theta: it should hold a record for each rule, with a field of this name")
    theta = records["theta"]
    layout = next((one for one in _layouts() if theta.ndim == 2 and len(one) == theta.shape[1]), None)
    if layout is None or theta.dtype.kind not in "fiu":
        raise UserError(f"{file}: theta should hold 6, 24 or 25 numbers a rule, and is {theta.dtype} {theta.shape[1:]}")
    units = tuple(_unit(name) for name in layout)
    metrics: dict[str, Floats] = {}
    for name in fields:
        if name != "theta" and records[name].dtype.kind in "fiu":
            metrics |= _columns(OURS.get(name, name), records[name].astype(float))
    origin = map(str, records["seed"]) if "seed" in fields else (f"{file}/{k}" for k in range(len(records)))
    return Table(layout, units, theta / _scales(units), metrics, tuple(origin))


def _layouts() -> tuple[tuple[str, ...], ...]:
    """The names of 6, 24 or 25 numbers."""
    quartet = tuple(f"{connection}.{name}" for connection in QUARTET for name in NAMES)
    return NAMES, quartet, (*quartet, INPUT[0])


def _unit(name: str) -> str:
    return INPUT[1] if name == INPUT[0] else UNITS[NAMES.index(name.rpartition(".")[2])]


def _scales(units: tuple[str, ...]) -> Floats:
    return np.array([SCALES[unit] for unit in units])


def _columns(name: str, values: Floats) -> dict[str, Floats]:
    if values.ndim == 1:
        return {name: values}
    flat = values.reshape(len(values), -1)
    return {f"{name}.{k}": flat[:, k] for k in range(flat.shape[1])}
