"""Known rules as points in the space of the Volterra rule: the literature, for baselines, tests and comparison.

Each is a map from (power of pre, power of post, power of weight) to its coefficient; where a rule reads the
postsynaptic neuron's error, its power is the fourth.
"""

from collections.abc import Mapping, Sequence

USUAL = ("x", "y", "w")  # presynaptic activity, postsynaptic activity, weight: the powers below are theirs
WITH_ERROR = (*USUAL, "e")  # and those of the postsynaptic neuron's error, where a rule has a fourth power

KNOWN_RULES: Mapping[str, Mapping[tuple[int, ...], float]] = {
    # Oja 1982, J Math Biol 15:267 (Eqs. 2 and 4): first principal component, unit norm.
    "oja": {(1, 1, 0): 1.0, (0, 2, 1): -1.0},
    # Hebb 1949: what fires together wires together; unbounded.
    "hebb": {(1, 1, 0): 1.0},
    # Foldiak 1990, Biol Cybern 64:165 (Eq. 8): decorrelates.
    "anti_hebb": {(1, 1, 0): -1.0},
    # Hebb with passive decay of the weight.
    "hebb_decay": {(1, 1, 0): 1.0, (0, 0, 1): -1.0},
    # Anti-Hebb with passive decay of the weight.
    "anti_hebb_decay": {(1, 1, 0): -1.0, (0, 0, 1): -1.0},
    # Instar, Grossberg 1976, Biol Cybern 23:121: the weight follows the input while the neuron is active.
    "instar": {(1, 1, 0): 1.0, (0, 1, 1): -1.0},
    # Outstar, Grossberg 1976: the weight follows the output while the input is active.
    "outstar": {(1, 1, 0): 1.0, (1, 0, 1): -1.0},
    # Bienenstock, Cooper & Munro 1982, J Neurosci 2:32, with a fixed threshold of one.
    "bcm_fixed_threshold": {(1, 2, 0): 1.0, (1, 1, 0): -1.0},
    # Widrow & Hoff 1960, IRE WESCON Conv Rec 4:96: least mean squares, from the error of each example.
    "delta": {(1, 0, 0, 1): 1.0},
    # Tsodyks & Feigelman 1988, Europhys Lett 6:101: (x - f)(y - f), for patterns in which a fraction f = 0.2 is active.
    "covariance": {(1, 1, 0): 1.0, (1, 0, 0): -0.2, (0, 1, 0): -0.2, (0, 0, 0): 0.04},
    # Hopfield 1982, PNAS 79:2554: the same for f = 1/2, where x - 1/2 and y - 1/2 are spins.
    "hopfield": {(1, 1, 0): 1.0, (1, 0, 0): -0.5, (0, 1, 0): -0.5, (0, 0, 0): 0.25},
    # Hyvarinen & Oja 1997, Int J Neural Syst 7:671, and 1998, Signal Process 64:301: an independent component of
    # whitened inputs, by an anti-Hebbian cubic term for sources of negative kurtosis. With 1.8 = <s^4> of an even
    # distribution, the Hebbian term gives unit norm, which the papers impose.
    "hyvarinen_oja": {(1, 1, 0): 1.8, (1, 3, 0): -1.0},
    # No plasticity at all.
    "none": {},
}


def known_terms(name: str, order: int, variables: Sequence[str] = USUAL) -> dict[tuple[int, ...], float]:
    """{powers of the variables: coefficient}. Raises ValueError for an unknown name, an order that is too low for the
    rule, and variables that it does not do with."""
    if name not in KNOWN_RULES:
        raise ValueError(f"the {name} rule is no polynomial")
    terms = KNOWN_RULES[name]
    needed = max((max(powers) for powers in terms), default=0)
    if needed > order:
        raise ValueError(f"the {name} rule needs order {needed}, not {order}")
    named = [dict(zip(WITH_ERROR, powers, strict=False)) for powers in terms]
    lacking = {word: None for powers in named for word, power in powers.items() if power and word not in variables}
    if lacking:
        raise ValueError(f"the {name} rule needs {', '.join(lacking)} among the variables")
    places = [tuple(powers.get(word, 0) for word in variables) for powers in named]
    return dict(zip(places, terms.values(), strict=True))
