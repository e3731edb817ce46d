"""Which kernel computes the rules of a network."""

from collections.abc import Mapping

from plastica.inner.pair_form import pair_form
from plastica.inner.recurrent.formula_rules import formula_plasticities
from plastica.inner.recurrent.pair_rules import PairPlasticity, pair_rules
from plastica.inner.recurrent.simulation import Plasticity
from plastica.rules.base import Floats, Rule


def is_lazy(rules: Mapping[str, Rule], connections: tuple[str, ...]) -> bool:
    """Whether all rules are spike-pair rules, so that weights need to be touched at presynaptic spikes only."""
    return all(pair_form(rules[connection]) is not None for connection in connections)


def plasticities(
    rules: Mapping[str, Rule],
    thetas: Mapping[str, Floats],
    connections: tuple[str, ...],
    dt_ms: float,
    quantities: Mapping[str, tuple[int, float]],
) -> list[Plasticity]:
    """The candidates thetas[connection] [R, P] of a network."""
    if not is_lazy(rules, connections):
        return list(formula_plasticities(rules, thetas, connections, dt_ms, quantities))
    return [PairPlasticity.of(one, connections, dt_ms) for one in pair_rules(rules, thetas, connections)]
