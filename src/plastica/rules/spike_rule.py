"""The contract of a rule for spiking networks: what a synapse does at a spike of either side."""

from typing import Protocol, cast

from plastica.rules.base import Rule


class SpikeRule(Rule, Protocol):
    """A rule whose first two parameters are the time constants tau_pre and tau_post of its traces, in ms.

    The traces are those of Eq. (12): dx/dt = -x / tau + S. The two functions are plain Python functions of scalars
    (static methods), written with arithmetic, comparisons, `if` and `math`; numba compiles them. They receive theta's
    numbers one by one and return the new weight, which the network then holds within its bounds. Neither trace holds
    the spike that is being handled.

        class Threshold(Section):
            change: str = "dw"                   # what the equation is equal to

            def parameters(self): ...            # tau_pre, tau_post, eta
            def known(self, name): ...           # raises ValueError where there is none
            def equation(self, theta, threshold=0.0): ...

            @staticmethod
            def on_pre(w, x_pre, x_post, tau_pre, tau_post, eta):
                return w - eta if x_post < 0.5 else w + eta

            @staticmethod
            def on_post(w, x_pre, x_post, tau_pre, tau_post, eta):
                return w
    """

    @staticmethod
    def on_pre(w, x_pre, x_post, *theta):
        """The weight after a presynaptic spike."""
        ...

    @staticmethod
    def on_post(w, x_pre, x_post, *theta):
        """The weight after a postsynaptic spike."""
        ...


def check_spike_rule(rule: Rule) -> SpikeRule:
    """The rule itself if a spiking network can use it; else ValueError with a sentence."""
    if {"on_pre", "on_post"} == set(rule.formulas):
        return cast(SpikeRule, rule)
    if not all(callable(getattr(rule, name, None)) for name in ("on_pre", "on_post")):
        raise ValueError(f"{type(rule).__name__} says nothing about single spikes: take a rule for spiking networks")
    names = [parameter.name for parameter in rule.parameters()]
    if names[:2] != ["tau_pre", "tau_post"]:
        raise ValueError(f"the first parameters of a spike rule are tau_pre and tau_post, not {', '.join(names[:2])}")
    return cast(SpikeRule, rule)
