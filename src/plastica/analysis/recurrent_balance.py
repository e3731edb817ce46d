"""What spike-pair rules should make of a recurrent network by mean-field theory, beside what was measured."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from plastica.analysis.mean_field import hebbian_area
from plastica.inner.pair_form import pair_form, pair_thetas
from plastica.rules.base import Floats
from plastica.tasks.task import Task


def theory(task: Task, theta: Floats, seed: int, measured: Mapping[str, float]) -> dict[str, Any]:
    """For each plastic connection whose rule is a pair rule, as plain data: the rate of its postsynaptic population at
    which weights do not drift, and whether they return there from nearby, all else equal (`restores`).

    Pre- and postsynaptic spikes count as independent. The presynaptic rate is the measured one, but in EE and II, where
    it is the postsynaptic one. More weight is more rate where the connection is excitatory, and less where it inhibits.
    """
    network: Any = task.network
    rates = {"E": float(measured["rate_hz"]), "I": float(measured["rate_i_hz"])}
    found: dict[str, Any] = {"measured_hz": rates["E"], "measured_i_hz": rates["I"]}
    for connection, part in task.split(theta).items():
        rule = task.rules[connection]
        form = pair_form(rule) if connection in network.connections else None
        if form is not None:
            pair = pair_thetas(rule, form, part[None])[0]
            found[f"{connection}_predicted_hz"] = rate = fixed_rate(pair, connection, rates[connection[0]])
            found[f"{connection}_restores"] = rate is not None and restores(pair, connection, rates[connection[0]])
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


def restores(rule: Floats, connection: str, pre_hz: float) -> bool:
    """Whether, just above that rate, weights move so as to lower it."""
    alpha, beta, area = rule[2], rule[3], float(hebbian_area(rule))
    slope = -(alpha + beta) if connection[0] == connection[1] else beta + area * pre_hz
    return bool(slope > 0 if connection[0] == "I" else slope < 0)
