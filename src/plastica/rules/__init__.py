"""What is learned: how a synapse changes, as kinds of rules with named coefficients; nothing here simulates."""

from plastica.rules.formula import Formula
from plastica.rules.perceptron import Perceptron
from plastica.rules.spike_pair import SpikePair
from plastica.rules.spike_perceptron import SpikePerceptron
from plastica.rules.spike_polynomial import SpikePolynomial
from plastica.rules.volterra import Volterra
from plastica.section import Section

RULES: dict[str, type[Section]] = {
    "volterra": Volterra,
    "perceptron": Perceptron,
    "formula": Formula,
    "spike-pair": SpikePair,
    "spike-polynomial": SpikePolynomial,
    "spike-perceptron": SpikePerceptron,
}
