"""How near a rule is to one of the literature: angles between what the two do to a weight.

A rule does something at each of many places, and all that it does there is a vector, on which a known rule depends by
its factors alone, and in proportion: its vectors are a cone, spanned by one column for each factor. The angle to the
rule as published is that to one vector of the cone; the angle with *free factors* is that to the nearest vector of it,
each factor being zero or more, so that no term changes its sign. An angle does not see the scale of either rule, since
that only sets how fast it learns; it does see the sign, for a rule and its reverse do different things.

The places are, for rules that are polynomials in the network's quantities, all their terms, with coefficients as what
is done; for other rules of rates, values that are drawn once for all (`SAMPLES`); for rules of spikes, the spikes of
two trains that are drawn once for all (`TRAIN_S`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import accumulate, chain, combinations

import numpy as np

from plastica.analysis.compare_rules import angle_deg
from plastica.rules.base import Floats, Rule, Trace
from plastica.rules.catalogue.entry import HIGHEST, Entry
from plastica.rules.expression import Expression
from plastica.rules.polynomial import terms_of
from plastica.rules.readers import NUMPY, read

SAMPLES = 2000  # values of each quantity of a rate network: independent, normal, of zero mean and unit variance
TRAIN_S, TRAIN_HZ = 100.0, 10.0  # length and rate of the two Poisson trains, which are independent
WEIGHTS = (0.0, 1.0)  # between which the weight at each spike is drawn evenly

Values = Mapping[str, Floats]
Monomial = frozenset[tuple[str, int]]  # quantities with their powers, none of them zero


@dataclass(frozen=True)
class Resemblance:
    """Angles in degrees, to the rule as published and to the nearest with free factors; and those factors by name.

    Factors are in the units of the found rule. `space` says what was compared: "coefficients", "changes" (of a weight,
    at values of the quantities), or "spikes" (changes at those of two trains).
    """

    angle_deg: float
    angle_free_deg: float
    factors: dict[str, float]
    space: str


class Found:
    """A rule with theta [P], ready to be compared with many: what it does at each kind of place is computed once."""

    def __init__(self, rule: Rule, theta: Floats) -> None:
        self.formulas, self.traces = rule.formulas, rule.traces
        self.numbers = {p.name: np.asarray(value) for p, value in zip(rule.parameters(), theta, strict=True)}

    @cached_property
    def at_spikes(self) -> Floats:
        """[n]: by how much the weight changes at each spike of the trains."""
        return _at_spikes(self.formulas, self.traces, self.numbers)[:, 0]

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The quantities of a rule of rates."""
        return tuple(word for word in self.formulas["change"].names if word not in self.numbers)

    @cached_property
    def coefficients(self) -> dict[Monomial, float] | None:
        """Of a rule of rates, by the powers of its quantities; None where it is no polynomial in them."""
        terms = terms_of(self.formulas["change"], self.reads, HIGHEST)
        return (
            None
            if terms is None
            else {_monomial(powers, self.reads): float(read(one, NUMPY, self.numbers)) for powers, one in terms.items()}
        )

    @cached_property
    def at_samples(self) -> Floats:
        """[n]: by how much the weight changes at each of the samples."""
        values = {**self.numbers, **{word: _sample(word) for word in self.reads}}
        return np.broadcast_to(read(self.formulas["change"], NUMPY, values), SAMPLES)


def resemblance(found: Found, entry: Entry) -> Resemblance:
    """Between a found rule and a known one, both of the same events."""
    with np.errstate(all="ignore"):
        space, ours, columns = _vectors(found, entry)
    sound = np.isfinite(ours) & np.isfinite(columns).all(axis=1)  # where neither rule is infinite
    ours, columns = ours[sound], columns[sound]
    factors = nearest_factors(ours, columns)
    return Resemblance(
        float(angle_deg(ours, columns @ np.array(list(entry.factors.values())))),
        _angle_to_cone(ours, columns, factors),
        dict(zip(entry.factors, factors.tolist(), strict=True)),
        space,
    )


def nearest_factors(found: Floats, columns: Floats) -> Floats:
    """c [K], none negative, for which columns [n, K] @ c is nearest to found [n]: non-negative least squares.

    There are few factors, so every set of them is solved for on its own, and of those without a negative factor the
    best is the answer; one solution would be as exact, and needs a library that takes a second to load.
    """
    count = columns.shape[1]
    gram, along = columns.T @ columns, columns.T @ found
    best, gained = np.zeros(count), 0.0
    for chosen in map(list, chain.from_iterable(combinations(range(count), k) for k in range(1, count + 1))):
        solved = np.linalg.lstsq(gram[np.ix_(chosen, chosen)], along[chosen], rcond=None)[0]
        if (solved >= 0).all() and solved @ along[chosen] > gained * (1 + 1e-12):
            gained = float(solved @ along[chosen])
            best = np.zeros(count)
            best[chosen] = solved
    return best


def _angle_to_cone(found: Floats, columns: Floats, factors: Floats) -> float:
    """To the nearest vector of the cone; where all of it lies beyond 90 degrees, that is one of its edges."""
    if factors.any():
        return float(angle_deg(found, columns @ factors))
    return float(np.min(angle_deg(columns.T, found), initial=180.0))


def _vectors(found: Found, entry: Entry) -> tuple[str, Floats, Floats]:
    """What is compared, the found rule's vector [n], and the known rule's columns [n, K]."""
    if not entry.change:
        return "spikes", found.at_spikes, _columns_at_spikes(entry)
    ours, theirs = found.coefficients, _columns_by_monomial(entry)
    if ours is None or theirs is None:
        return "changes", found.at_samples, _columns_at_samples(entry)
    monomials = dict.fromkeys([*ours, *theirs])
    nothing = np.zeros(len(entry.factors))
    columns = np.stack([theirs.get(monomial, nothing) for monomial in monomials])
    return "coefficients", np.array([ours.get(monomial, 0.0) for monomial in monomials]), columns


def _monomial(powers: Sequence[int], variables: Sequence[str]) -> Monomial:
    return frozenset((word, power) for word, power in zip(variables, powers, strict=True) if power)


def _units(entry: Entry) -> dict[str, Floats]:
    """Parameters by name: each factor one in a column [1, K] of its own, and zero in all others."""
    rows = np.eye(len(entry.factors))
    units = {name: rows[k : k + 1] for k, name in enumerate(entry.factors)}
    return units | {name: np.asarray(value) for name, value in entry.constants.items()}


@cache
def _columns_by_monomial(entry: Entry) -> dict[Monomial, Floats] | None:
    """The coefficients [K] of a known rule with each factor alone; None where it is no polynomial."""
    terms, shape = terms_of(entry.formulas["change"], entry.variables, HIGHEST), (1, len(entry.factors))
    return (
        None
        if terms is None
        else {
            _monomial(powers, entry.variables): np.broadcast_to(read(one, NUMPY, _units(entry)), shape)[0]
            for powers, one in terms.items()
        }
    )


@cache
def _columns_at_samples(entry: Entry) -> Floats:
    """[n, K]: the changes of the weight with each factor alone."""
    values = {word: _sample(word)[:, None] for word in entry.variables}
    changes = read(entry.formulas["change"], NUMPY, {**_units(entry), **values})
    return np.broadcast_to(changes, (SAMPLES, len(entry.factors)))


@cache
def _sample(word: str) -> Floats:
    """The values of a quantity, whatever others there are."""
    return np.random.default_rng([0, *word.encode()]).standard_normal(SAMPLES)


@dataclass(frozen=True)
class _Trains:
    """All spikes in their order: ms since the one before [n], of which side, and the weight that each finds."""

    gaps: Floats
    is_pre: np.ndarray
    weights: Floats


@cache
def _trains() -> _Trains:
    generator = np.random.default_rng(0)
    counts = generator.poisson(TRAIN_S * TRAIN_HZ, 2)
    times = np.concatenate([generator.uniform(0, 1e3 * TRAIN_S, count) for count in counts])
    order = np.argsort(times)
    is_pre = (np.arange(times.size) < counts[0])[order]
    return _Trains(np.diff(times[order], prepend=0.0), is_pre, generator.uniform(*WEIGHTS, times.size))


@lru_cache(maxsize=256)
def _trace(side: str, tau: float) -> Floats:
    """A trace at every spike [n], without that spike."""
    trains = _trains()
    own = trains.is_pre if side == "pre" else ~trains.is_pre
    steps = zip(np.exp(-trains.gaps[1:] / tau).tolist(), own[:-1].tolist(), strict=True)
    return np.array([*accumulate(steps, lambda x, step: (x + step[1]) * step[0], initial=0.0)])


def _at_spikes(formulas: Mapping[str, Expression], traces: Sequence[Trace], values: Values, columns: int = 1) -> Floats:
    """By how much a rule changes the weight at every spike, [n, columns], for values that have as many, or one."""
    trains = _trains()
    taus = {one.name: one.tau_ms(values) for one in traces}
    changes = np.zeros((trains.gaps.size, columns))
    for event, here in (("on_pre", trains.is_pre), ("on_post", ~trains.is_pre)):
        at = {one.name: _trace(one.side, taus[one.name])[here, None] for one in traces}
        w = trains.weights[here, None]
        changes[here] = read(formulas[event], NUMPY, {**values, **at, "w": w}) - w
    return changes


@cache
def _columns_at_spikes(entry: Entry) -> Floats:
    return _at_spikes(entry.formulas, entry.traces, _units(entry), len(entry.factors))
