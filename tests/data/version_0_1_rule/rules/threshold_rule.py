"""A rule of one's own: a synapse grows stronger when the neuron has fired enough of late, else weaker.

Inhibition that grows with firing and fades without it holds a rate. The Hebbian rule of Vogels et al. (2011) does this
in proportion to the postsynaptic trace; this rule knows only "enough" or "not enough".

    plastica run examples/threshold_rule.toml --trust
"""

import numpy as np
from pydantic import Field

from plastica.rules.base import Parameter
from plastica.section import Section


class Threshold(Section):
    """A presynaptic spike changes the weight by `rise` if x_post > `enough`, else by `fall`; the fields are keys of the
    config."""

    step: float = Field(1e-3, description="unit of rise and fall: weight change per spike", gt=0)
    tau_ms: float = Field(100.0, description="typical time constant of the traces, ms", gt=0)

    @property
    def change(self):
        """The left side of the equation."""
        return "dw at a presynaptic spike"

    def parameters(self):
        """What a search may choose: theta, in this order. The first two are always those of the traces."""
        return (
            Parameter("tau_pre", "ms", "log", self.tau_ms, 0.0, 0.3),
            Parameter("tau_post", "ms", "log", self.tau_ms, 0.0, 0.3),
            Parameter("rise", "1/spike", "identity", self.step),
            Parameter("fall", "1/spike", "identity", self.step),
            Parameter("enough", "spikes", "log", 0.5, 0.0, 0.3),
        )

    def known(self, name):
        """Points of the literature; there are none."""
        raise ValueError(f"{name} cannot be written as a threshold rule")

    def equation(self, theta, threshold=0.0):
        """The rule as a formula of sympy."""
        import sympy

        _, _, rise, fall, enough = (sympy.Float(float(f"{value:.3g}"), 3) for value in np.asarray(theta))
        x_post = sympy.Symbol("x_post")
        return sympy.Piecewise((rise, x_post > enough), (fall, True))

    @staticmethod
    def on_pre(w, x_pre, x_post, tau_pre, tau_post, rise, fall, enough):
        """The weight after a presynaptic spike."""
        return w + rise if x_post > enough else w + fall

    @staticmethod
    def on_post(w, x_pre, x_post, tau_pre, tau_post, rise, fall, enough):
        """The weight after a postsynaptic spike."""
        return w
