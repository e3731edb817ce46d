"""A rule of one's own: a synapse grows stronger when the neuron has fired enough of late, else weaker.

Inhibition that grows with firing and fades without it holds a rate. The Hebbian rule of Vogels et al. (2011) does this
in proportion to the postsynaptic trace; this rule knows only "enough" or "not enough".

    plastica run examples/threshold_rule.toml --trust
"""

from plastica import formula


def on_pre(w, x_post, rise, fall, enough):
    """The weight after a presynaptic spike, from the trace of postsynaptic ones; all other names are parameters."""
    return w + rise if x_post > enough else w + fall


THRESHOLD = formula(
    on_pre=on_pre,
    parameters={
        "tau_post": {"scale": 100.0},  # ms; the rest of what a search needs to know has defaults
        "enough": {"transform": "log", "scale": 0.5, "unit": "spikes"},
    },
)
