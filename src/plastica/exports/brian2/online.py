"""Rules that plastica averages over mini-batches, in Brian2 sample by sample (`run_regularly`); the same by numpy."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plastica.exports.brian2.code import allowed, block, code, in_formulas, namespace
from plastica.exports.source import Source
from plastica.inner.stepwise.activation import ACTIVATIONS
from plastica.rules.base import Floats
from plastica.rules.readers import NUMPY, read

REMARK = (
    "This is the online version: plastica averages a rule over a mini-batch before weights change, here they change at "
    "every sample, by as much less."
)


def rule_text(source: Source, connection: str, eta: float, quantities: Mapping[str, str], learns: str = "") -> str:
    """The numbers of a rule and its code, as two constants of a script; `quantities` are the variables that its
    quantities are there. Where `learns` is given, weights change only while that is one."""
    numbers, tree = source.numbers(connection), source.rules[connection].formulas["change"]
    names = allowed((), numbers)
    batch = f"{eta!r}/BATCH" if eta != 1 else "1/BATCH"
    entries = [f'    "eta": {batch},  # a sample at a time', *namespace(source, connection, names)]
    change = code("change", tree, in_formulas(source, connection, names) | dict(quantities))
    step = f"w = w + eta*{learns}change" if learns else "w = w + eta*change"
    constants = "\n".join([f"{connection}_numbers = {{", *entries, "}"])
    return f"{constants}\n{block(f'{connection}_rule', [*change, step])}"


def trained_online(source: Source, samples: Floats, w: Floats, lateral: Floats, targets: Floats | None) -> Any:
    """(w [M, N], lateral [M, M]) after samples [n, N], by the formulas of plastica in double precision: neuron after
    neuron, sample after sample."""
    network, size = source.network, _batch(source)
    edges = _edges(network, len(w))
    w, lateral = w.copy(), lateral.copy()
    for t, x in enumerate(samples):
        y = activity(network.activation, w, lateral, x)
        quantities = {"x": x[None, :], "y": y[:, None], "w": w}
        if targets is not None:
            quantities["e"] = (targets[t] - y)[:, None]
        new = w + network.eta / size * change(source, "feedforward", quantities)
        if edges.any():
            among = {"x": y[None, :], "y": y[:, None], "w": lateral}
            lateral = lateral + network.eta_lateral / size * edges * change(source, "lateral", among)
        w = new
    return w, lateral


def change(source: Source, connection: str, quantities: Mapping[str, Floats]) -> Floats:
    values: dict[str, Any] = {**source.numbers(connection), **quantities}
    with np.errstate(all="ignore"):
        found: Floats = read(source.rules[connection].formulas["change"], NUMPY, values)
    return found


def activity(activation: Any, w: Floats, lateral: Floats, x: Floats) -> Floats:
    """y_i = f(sum_j w_ij x_j + sum_j<i v_ij y_j) at one sample."""
    y = np.zeros(len(w))
    for i in range(len(w)):
        y[i] = ACTIVATIONS[activation](w[i] @ x + lateral[i] @ y, np)
    return y


def in_turn(batches: NDArray[Any], updates: int) -> NDArray[Any]:
    """The samples that a training sees, one after the other."""
    chosen = batches[np.arange(updates) % len(batches)]
    return chosen.reshape(-1, *batches.shape[2:])


def _batch(source: Source) -> int:
    size: int = source.task.data.batch  # type: ignore[attr-defined]
    return size


def _edges(network: Any, outputs: int) -> NDArray[np.bool_]:
    edges = np.zeros((outputs, outputs), bool)
    for edge in getattr(network, "edges", tuple)():
        edges[edge] = True
    return edges
