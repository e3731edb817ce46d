"""The polynomial of SpikES: products of the weight, traces, and what the postsynaptic neuron has, 21 coefficients."""

from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field

from plastica.rules.base import KIND, Floats, Parameter, Trace
from plastica.rules.expression import Expression, name
from plastica.rules.kind import Kind

COEFFICIENTS = tuple(f"c{k}" for k in range(21))
FACTORS = ("c0", "c10")  # multiply the change at a pre- and at a postsynaptic spike
RATIO_LARGEST, FACTOR_LARGEST = 1e3, 1e4
OF_TRACE, OF_NEURON = 2.0, 15.0  # by which traces, and potentials in volts, are multiplied


class SpikePolynomial(Kind, frozen=True):
    """dw at a presynaptic spike, with V, E, I = 15 (v_post, e_post, i_post), X = 2 x, and slow and fast traces,

        c0 (1 + c1 + w (c2 + c3 w)) (1 + c4 V) (1 + E (c5 + c6 E)) (1 + c7 I) (1 + c8 X_pre_slow) (1 + c9 X_post)

    and at a postsynaptic one

        c10 (1 + c11 + w (c12 + c13 w)) (1 + c14 V) (1 + E (c15 + c16 E)) (1 + c17 I) (1 + c18 X_pre)
        (1 + X_post_slow (c19 + c20 X_post_slow))

    (Confavreux et al. 2025, PLoS Computational Biology 21:e1012910, and github.com/VogelsLab/SpikES). `released` is
    what the code there computes: in the second, c11 + c12 c13 w^2 of the weight, and X_post_slow (c19 + c20
    X_post_slow^2).
    """

    kind: Literal["spike-polynomial"] = Field(default="spike-polynomial", description=KIND)
    released: bool = Field(default=False, description="whether it is the polynomial that the released code computes")
    tau_fast_ms: float = Field(
        default=20.0, description="time constant of the traces x_pre and x_post, ms", ge=1, le=1e6
    )
    tau_slow_ms: float = Field(
        default=100.0, description="time constant of the traces x_pre_slow and x_post_slow, ms", ge=1, le=1e6
    )
    step: float = Field(default=1e-2, description="unit of c0 and c10: weight change per spike", gt=0, le=1e4)
    sd: float = Field(default=1.0, description="sd of c0 and c10 of an initial rule, in units of step", ge=0, le=1e6)
    ratio_sd: float = Field(default=0.1, description="sd of its other coefficients", ge=0, le=1e6)

    def searched_parameters(self) -> tuple[Parameter, ...]:
        """c0 to c20; c0 and c10 per spike."""
        factor = Parameter("", "1/spike", scale=self.step, sd=self.sd, low=-FACTOR_LARGEST, high=FACTOR_LARGEST)
        ratio = Parameter("", sd=self.ratio_sd, low=-RATIO_LARGEST, high=RATIO_LARGEST)
        return tuple(replace(factor if word in FACTORS else ratio, name=word) for word in COEFFICIENTS)

    def searched_traces(self) -> tuple[Trace, ...]:
        return four_traces(self.tau_fast_ms, self.tau_slow_ms)

    def searched_formulas(self) -> dict[str, Expression]:
        c = [name(word) for word in COEFFICIENTS]
        w, V, E, I = name("w"), *(OF_NEURON * name(word) for word in ("v_post", "e_post", "i_post"))  # noqa: E741
        X_pre, X_post, X_pre_slow, X_post_slow = (OF_TRACE * name(trace.name) for trace in self.searched_traces())

        def neuron(first: int) -> Expression:
            """The factors of V, E and I, whose coefficients begin at this one."""
            return (1 + c[first] * V) * (1 + E * (c[first + 1] + c[first + 2] * E)) * (1 + c[first + 3] * I)

        by_weight = w * (c[12] * (c[13] * w)) if self.released else w * (c[12] + c[13] * w)
        power = X_post_slow * X_post_slow if self.released else X_post_slow
        on_pre = c[0] * (1 + c[1] + w * (c[2] + c[3] * w)) * neuron(4) * (1 + c[8] * X_pre_slow) * (1 + c[9] * X_post)
        on_post = c[10] * (1 + c[11] + by_weight) * neuron(14) * (1 + c[18] * X_pre)
        return {"on_pre": w + on_pre, "on_post": w + on_post * (1 + X_post_slow * (c[19] + c[20] * power))}

    def known(self, name: str) -> Floats:
        """theta of no plasticity, "none". Raises ValueError for any other rule."""
        if name != "none":
            raise ValueError(f"the {name} rule is no spike-polynomial rule")
        return np.zeros(len(COEFFICIENTS))


def four_traces(fast_ms: float, slow_ms: float) -> tuple[Trace, ...]:
    """A fast trace of either side, and a slow one."""
    return (
        Trace("x_pre", "pre", fast_ms),
        Trace("x_post", "post", fast_ms),
        Trace("x_pre_slow", "pre", slow_ms),
        Trace("x_post_slow", "post", slow_ms),
    )
