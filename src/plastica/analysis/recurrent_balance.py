"""What spike-pair rules should make of a recurrent network by mean-field theory, beside what was measured."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from plastica.analysis.mean_field import hebbian_area
from plastica.inner.pair_form import pair_form, pair_thetas
from plastica.rules.base import Floats
from plastica.tasks.task import Task


def theory(task: Task, theta: Floats, seed: int, measured: Mapping[str, float]) -> dict[str, Any]:
    """For each plastic connection the rate of its postsynaptic population at which weights do not drift, as plain data.

    Pre- and postsynaptic spikes count as independent. The presynaptic rate is the measured one, but in EE and II, where
    it is the postsynaptic one.
    """
    network: Any = task.network
    rates = {"E": measured["rate_hz"], "I": measured["rate_i_hz"]}
    thetas = {c: part[None] for c, part in task.split(theta).items()}
    found: dict[str, Any] = {"measured_hz": rates["E"], "measured_i_hz": rates["I"]}
    for connection in network.connections:
        form = pair_form(task.rules[connection])  # none where it is held fixed at a rule of another form
        rule = pair_thetas(task.rules[connection], form, thetas[connection])[0] if form else None
        rate = fixed_rate(rule, connection, rates[connection[0]]) if rule is not None else None
        found[f"{connection}_predicted_hz"] = rate
    return found


def fixed_rate(rule: Floats, connection: str, pre_hz: float) -> float | None:
    """Where alpha r_pre + beta r_post + K r_pre r_post is zero at a positive r_post; None where it is not.

    rule is (tau_pre, tau_post, alpha, beta, gamma, kappa), K = gamma tau_pre + kappa tau_post.
    """
    alpha, beta, area = rule[2], rule[3], float(hebbian_area(rule))
    with np.errstate(all="ignore"):
        within = connection[0] == connection[1]
        rate = np.float64(-(alpha + beta)) / area if within else np.float64(-alpha * pre_hz) / (beta + area * pre_hz)
    return float(rate) if np.isfinite(rate) and rate > 0 else None
