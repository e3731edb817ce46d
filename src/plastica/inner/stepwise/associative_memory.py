"""A recurrent network that stores sparse binary patterns, each seen once, and is asked for them by corrupted cues."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field, PositiveInt

from plastica.inner.keys import Key
from plastica.inner.quantities import Quantities
from plastica.inner.stepwise.network import StepwiseNetwork
from plastica.section import Section

Share = Annotated[float, Field(ge=0, le=1)]

COVARIANCE = {0.2: "covariance", 0.5: "hopfield"}  # the covariance rule's name for the activities f at which it has one


class AssociativeMemory(StepwiseNetwork):
    """A pattern sets the units' activity, x = y, and every weight but those of a unit onto itself changes by the rule.

    Recall begins with a cue s; then all units change at once, `sweeps` times: s_i = f(gain (h_i - threshold)), with the
    logistic f, and h_i = sum_j w_ij s_j / (N f (1 - f)): by the covariance rule one stored pattern gives the units of
    that pattern a field of 1 - f, and the others one of -f.
    """

    kind: ClassVar[str] = "associative-memory"
    connections = ("recurrent",)
    quantities: ClassVar[Quantities] = {"change": ("x", "y", "w")}

    units: Annotated[int, Field(gt=1, le=10_000)] = Field(default=64, description="neurons, N (at most 10,000)")
    activity: Annotated[float, Field(ge=0.001, le=0.999)] = Field(
        default=0.2, description="fraction of units that are active in a pattern, f"
    )
    updates: PositiveInt = Field(default=6, description="patterns that are stored, each seen once")
    weight_bound: Annotated[float, Field(gt=0, le=1e6)] = Field(
        default=100.0, description="a trial in which any weight exceeds this in absolute value ends as exploded"
    )
    threshold: Annotated[float, Field(ge=-1e6, le=1e6)] = Field(
        default=0.3, description="field at which a unit is half active"
    )
    gain: Annotated[float, Field(gt=0, le=1e6)] = Field(default=10.0, description="how sharp the threshold is")
    sweeps: Annotated[int, Field(gt=0, le=1000)] = Field(
        default=5, description="steps of the dynamics from cue to answer"
    )

    def initial(self, drawn: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"recurrent": np.zeros((self.units, self.units), np.float32)}

    def step(self, state: Any, stimulus: Any, rules: Any) -> Mapping[str, Any]:
        w = state["recurrent"]
        change = rules["recurrent"](x=stimulus[None, :], y=stimulus[:, None], w=w)
        return {"recurrent": w + (1 - np.eye(self.units, dtype=np.float32)) * change}

    def rules_to_find(self, named: Mapping[str, str]) -> dict[str, str]:
        """The known rule of each connection that is to be found: instead of the covariance rule, that of its activity,
        or none."""
        own = {c: COVARIANCE.get(self.activity, "") if name == "covariance" else name for c, name in named.items()}
        return {connection: name for connection, name in own.items() if name}

    def tested(self, state: Any, drawn: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the network answers to the cues, [patterns, N]."""
        import jax.numpy as jnp

        w = state["recurrent"] / (self.units * self.activity * (1 - self.activity))
        s = drawn["cues"]
        for _ in range(self.sweeps):
            s = 0.5 * jnp.tanh(0.5 * self.gain * (s @ w.T - self.threshold)) + 0.5
        return {"recalled": s}


class Patterns(Section):
    """Random binary patterns, and cues in which some units were drawn again."""

    count: PositiveInt = Field(default=10, description="datasets that every candidate of a generation is tested on")
    refresh: PositiveInt = Field(default=2, description="generations between two redraws of the datasets")
    corruption: Share = Field(default=0.3, description="probability that a unit of a cue is drawn again, at random")

    def shapes(self, network: AssociativeMemory) -> dict[str, Any]:
        """Of what `draw` gives."""
        return dict.fromkeys(("stimuli", "cues"), (network.updates, network.units))

    def draw(self, key: Key, network: AssociativeMemory) -> dict[str, Any]:
        """Patterns to store and their cues: a pure function of the key."""
        generator = key.generator()
        shape = (network.updates, network.units)
        patterns, others = (generator.random(shape) < network.activity for _ in range(2))
        cues = np.where(generator.random(shape) < self.corruption, others, patterns)
        return {"stimuli": patterns.astype(float), "cues": cues.astype(float)}
