"""The spike-pair rule of section 3.3: what a pre- and a postsynaptic spike do to a synapse (Eqs. 12 and 14)."""

from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field

from plastica.rules.base import KIND, TAU_LONGEST_MS, TAU_SHORTEST_MS, Floats, Parameter, Trace
from plastica.rules.catalogue import entry_of
from plastica.rules.expression import Expression
from plastica.rules.expression import name as symbol
from plastica.rules.kind import Kind
from plastica.rules.pair_form import pair_form
from plastica.rules.readers import NUMPY, read

COEFFICIENT_LARGEST = 1e4  # a coefficient this large carries any weight to its bound


class SpikePair(Kind):
    """dw/dt = alpha S_pre + beta S_post + gamma x_pre S_post + kappa x_post S_pre   # Eq. (14)

    with traces dx/dt = -x / tau + S of either side, Eq. (12). theta = (tau_pre, tau_post, alpha, beta, gamma, kappa);
    time constants in ms, the others in units of the weight per spike. A search stays where the simulation can follow:
    time constants from 1 ms to 10^6 ms, the others from -10^4 to 10^4.

    A random initial rule draws log tau around `tau_scale_ms` and the four coefficients around zero in units of
    `step`. In 60 s a synapse sees over a thousand presynaptic spikes, so a unit of 1e-2 saturates every rule at once.
    """

    kind: Literal["spike-pair"] = Field("spike-pair", description=KIND)
    tau_scale_ms: float = Field(20.0, description="typical time constant of a trace, ms", ge=1, le=1e6)
    tau_sd: float = Field(0.3, description="standard deviation of an initial rule's log time constants", ge=0, le=1e6)
    step: float = Field(1e-3, description="unit of alpha, beta, gamma and kappa: weight change per spike", gt=0, le=1e4)
    sd: float = Field(
        1.0, description="standard deviation of an initial rule's coefficients, in units of step", ge=0, le=1e6
    )

    def searched_parameters(self) -> tuple[Parameter, ...]:
        """tau_pre, tau_post (ms, searched as logarithms), alpha, beta, gamma, kappa (per spike)."""
        tau = Parameter("", "ms", "log", self.tau_scale_ms, 0.0, self.tau_sd, TAU_SHORTEST_MS, TAU_LONGEST_MS)
        change = Parameter(
            "", "1/spike", "identity", self.step, 0.0, self.sd, -COEFFICIENT_LARGEST, COEFFICIENT_LARGEST
        )
        return tuple(replace(tau if name in NAMES[:2] else change, name=name) for name in NAMES)

    def searched_traces(self) -> tuple[Trace, ...]:
        return (Trace("x_pre", "pre", "tau_pre"), Trace("x_post", "post", "tau_post"))

    def searched_formulas(self) -> dict[str, Expression]:
        """The weight after a spike of either side, Eq. (14)."""
        w, x_pre, x_post, alpha, beta, gamma, kappa = map(symbol, ("w", "x_pre", "x_post", *NAMES[2:]))
        return {"on_pre": w + (alpha + kappa * x_post), "on_post": w + (beta + gamma * x_pre)}

    def known(self, name: str) -> Floats:
        """theta of a rule of the catalogue. Raises ValueError for one that is not Eq. (14)."""
        entry = entry_of(name)
        form = None if entry.change else pair_form(entry.traces, entry.formulas, TAU_ABSENT_MS)
        if form is None:
            raise ValueError(f"the {name} rule is no spike-pair rule")
        return np.array([float(read(one, NUMPY, entry.parameters)) for one in form])


TAU_ABSENT_MS = 20.0  # of a trace that a known rule does not have; its coefficient is zero
NAMES = ("tau_pre", "tau_post", "alpha", "beta", "gamma", "kappa")


def vogels_2011(eta: float = 1e-3, target_hz: float = 5.0, tau_ms: float = 20.0) -> Floats:
    """theta of the symmetric Hebbian rule of Vogels et al. (2011), whose steady state is `target_hz`."""
    alpha = -2.0 * target_hz * 1e-3 * tau_ms * eta
    return np.array([tau_ms, tau_ms, alpha, 0.0, eta, eta])


def postsynaptic(eta: float = 3e-3, target_hz: float = 5.0, pre_hz: float = 21.0) -> Floats:
    """theta of the rule without Hebbian terms that holds `target_hz` under inputs of `pre_hz`: Eq. (18)."""
    return np.array([20.0, 20.0, -eta * target_hz / pre_hz, eta, 0.0, 0.0])
