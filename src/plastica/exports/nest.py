"""NEST without generated code: the neuron of section 3.3 with NEST's own `vogels_sprekeler_synapse`."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from string import Template

import numpy as np

from plastica.errors import UserError
from plastica.exports.apart import run_apart
from plastica.exports.head import docstring, head
from plastica.exports.networks import loop_of, vogels_input
from plastica.exports.networks.spiking_neuron import SPIKING_NEURON, ends, given
from plastica.exports.source import Source
from plastica.exports.spikes import check_spikes
from plastica.exports.target import Agreement, Target
from plastica.inner.neuron.kernels import WEIGHT_LARGEST
from plastica.inner.neuron.network import PLASTIC
from plastica.inner.pair_form import pair_form, pair_thetas

FORM = 1e-3  # how near a rule must come to NEST's form, relative to its largest coefficient and time constant
NEAR, NEAR_WEIGHT = 1e-2, 2e-2  # NEST integrates the membrane otherwise than by forward Euler: weights settle lower
REMARK = (
    "NEST's own vogels_sprekeler_synapse: at a presynaptic spike w += eta (x_post - alpha), at a postsynaptic one w += "
    "eta x_pre, with one time constant for both traces. Weights are conductances in nS, and negative. NEST transmits "
    "the weight after its change, plastica before, and integrates the membrane more finely: numbers of spikes agree "
    "within 1 %, weights within 2 %."
)
TEXT = Template('''\
import nest
import numpy as np

$input

TAU = $tau  # of both traces, ms
ETA = $eta  # 1/spike
ALPHA = $alpha
G_E, G_I = $g_e, $g_i  # conductance of a spike at weight 1, nS
NEURON = {
    "C_m": $c_m, "g_L": $g_l, "E_L": $e_l, "V_th": $v_th, "V_reset": $v_reset, "t_ref": $t_ref,
    "E_ex": $e_ex, "E_in": $e_in, "tau_syn_ex": $tau_ex, "tau_syn_in": $tau_in, "tau_minus": TAU,
}


def simulate(steps, afferents, excitatory, w):
    """Steps at which the neuron spikes, and the trained weights [INHIBITORY]."""
    nest.ResetKernel()
    nest.set(resolution=DT, print_time=False)
    neuron = nest.Create("iaf_cond_exp", params=NEURON)
    neuron.V_m = NEURON["E_L"]
    order = np.argsort(afferents, kind="stable")
    trains = np.split(steps[order], np.searchsorted(afferents[order], np.arange(1, EXCITATORY + INHIBITORY)))
    times = [{"spike_times": np.round((train + 1) * DT, 6)} for train in trains]
    source = nest.Create("spike_generator", EXCITATORY + INHIBITORY, params=times)
    relays = nest.Create("parrot_neuron", INHIBITORY)  # no device has plastic synapses
    recorder = nest.Create("spike_recorder")
    weights = {"weight": G_E * excitatory[None, :], "delay": 2 * DT}
    nest.Connect(source[:EXCITATORY], neuron, "all_to_all", weights)
    nest.Connect(source[EXCITATORY:], relays, "one_to_one", {"delay": DT})
    rule = {"tau": TAU, "eta": G_I * ETA, "alpha": ALPHA, "weight": -G_I, "Wmax": -G_I * $w_max}
    nest.CopyModel("vogels_sprekeler_synapse", "learned", rule)
    plastic = {"synapse_model": "learned", "weight": -G_I * np.maximum(w, 1e-9)[None, :], "delay": DT}
    nest.Connect(relays, neuron, "all_to_all", plastic)
    nest.Connect(neuron, recorder)
    nest.Simulate(STEPS * DT + 10 * DT)
    spikes = np.round(np.array(recorder.events["times"]) / DT).astype(int) - 3
    synapses = nest.GetConnections(relays, neuron)
    found = np.empty(INHIBITORY)
    found[np.array(synapses.source) - min(relays.tolist())] = np.array(synapses.weight) / -G_I
    return spikes, found


$main''')


def text(source: Source) -> str:
    check_spikes(source, "nest")
    if loop_of(source.kind, source.data_kind) is not SPIKING_NEURON:
        raise UserError(
            "--to nest: the script is for the network and the input of section 3.3, and the task "
            f"{source.task.name} has others: take --to nestml, which writes the synapse model alone"
        )
    tau, eta, alpha = _nest_form(source)
    network = source.network
    script = TEXT.substitute(
        input=vogels_input.text(source),
        tau=repr(tau),
        eta=repr(eta),
        alpha=repr(alpha),
        g_e=network.g_excitatory_ns,
        g_i=network.g_inhibitory_ns,
        c_m=network.tau_m_ms * network.g_leak_ns,
        g_l=network.g_leak_ns,
        e_l=network.v_rest_mv,
        v_th=network.v_threshold_mv,
        v_reset=network.v_reset_mv,
        t_ref=network.refractory_ms,
        e_ex=network.e_excitatory_mv,
        e_in=network.e_inhibitory_mv,
        tau_ex=network.tau_excitatory_ms,
        tau_in=network.tau_inhibitory_ms,
        w_max=network.weight_max or WEIGHT_LARGEST,
        main=vogels_input.main(source),
    )
    return f"{docstring(head(source, f'{source.task.name}: learned, for NEST 3.', [REMARK]))}\n\n{script}"


def _nest_form(source: Source) -> tuple[float, float, float]:
    """tau, eta and alpha of NEST's synapse. Raises UserError for a rule of another form."""
    rule = source.rules[PLASTIC]
    form = pair_form(rule)
    if form is None:
        raise _refusal("this rule is not of the form of Eq. 14")
    tau_pre, tau_post, alpha, beta, gamma, kappa = pair_thetas(rule, form, source.theta[PLASTIC][None])[0].tolist()
    largest = max(abs(alpha), abs(beta), abs(gamma), abs(kappa))
    near = abs(beta) <= FORM * largest and abs(gamma - kappa) <= FORM * largest
    if not (near and min(gamma, kappa) > 0 and abs(tau_pre - tau_post) <= FORM * tau_pre):
        raise _refusal(
            f"this rule has tau_pre = {tau_pre:.4g} ms, tau_post = {tau_post:.4g} ms, beta = {beta:.4g}, gamma = "
            f"{gamma:.4g} and kappa = {kappa:.4g}"
        )
    eta = (gamma + kappa) / 2
    return (tau_pre + tau_post) / 2, eta, -alpha / eta


def _refusal(why: str) -> UserError:
    return UserError(
        f"--to nest: NEST's vogels_sprekeler_synapse has beta = 0, gamma = kappa > 0 and tau_pre = tau_post (all "
        f"within {100 * FORM:g} %), and {why}: take --to nestml, which writes any spike rule"
    )


def require() -> None:
    if find_spec("nest") is None:
        raise UserError("--to nest --check needs NEST, which is not installed: pip install nest-simulator")


def check(source: Source, file: Path) -> Sequence[Agreement]:
    """The whole network on the first held-out dataset: spikes and weights."""
    double, _ = ends(source)
    call = "spikes, w = simulate(steps, afferents, excitatory, w)"
    made = run_apart(file, given(source), call, ["spikes", "w"])
    counts = _relative(made["spikes"].size, double["spikes"].size)
    return [
        Agreement("number of spikes, relative to plastica in double precision", counts, NEAR),
        Agreement("mean weight, relative", _relative(made["w"].mean(), double["w"].mean()), NEAR_WEIGHT),
        Agreement("weights, 1 - correlation", 1 - float(np.corrcoef(made["w"], double["w"])[0, 1]), NEAR),
    ]


def _relative(a: float, b: float) -> float:
    return abs(float(a) - float(b)) / max(abs(float(b)), 1e-12)


TARGET = Target("_nest.py", text, require, check)
