"""Found rules as files for others: each runs or compiles as it stands, and computes what plastica computes."""

import json
import shutil
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from processes import command

import plastica
from plastica import exports
from plastica.config import load
from plastica.errors import UserError
from plastica.exports.networks.loop import Trial, agreements
from plastica.exports.target import Agreement, Target

SMALL = {
    "generations": 1, "data.count": 2, "search.population": 6, "held_out.count": 2, "held_out.random_rules": 1,
    "held_out.selection": 1,
}  # fmt: skip
RATE = SMALL | {"network.updates": 12, "data.batches": 4, "data.batch": 10}
SPIKES = SMALL | {"network.training_s": 0.6, "network.scoring_s": 0.3, "network.window_s": 0.2}
TRIPLET = {
    "kind": "formula",
    "on_pre": "where(x_post > 0.2, w - x_post*(a2 + a3*x_slow), w + a2)",
    "on_post": "w + x_pre*(b2 + b3*y_slow) + 1e-3*maximum(0, tanh(ms*tau_x))",
    "traces": {"x_slow": {"side": "pre", "tau": "tau_x"}, "y_slow": {"side": "post", "tau": "tau_x"}},
    "parameters": {word: {"scale": 2e-2} for word in ("ms", "a2", "a3", "b2", "b3")},
}
VOGELS = {
    "kind": "formula",
    "on_pre": "w + eta*(x_post - offset)",
    "on_post": "w + eta*x_pre",
    "traces": {"x_pre": {"side": "pre", "tau": "tau"}, "x_post": {"side": "post", "tau": "tau"}},
    "parameters": {
        "eta": {"transform": "log", "scale": 5e-3, "sd": 0.01, "unit": "1/spike"},
        "offset": {"transform": "log", "scale": 0.2, "sd": 0.01},
        "tau": {"scale": 20.0, "sd": 0.01},
    },
}
NETWORK = SMALL | {
    "network.plastic": ["EE", "IE"], "network.neuron": "tif", "network.excitatory": 40, "network.inhibitory": 10,
    "network.probability": 0.4, "network.weight_EE": 0.1, "network.weight_IE": 0.5, "network.weight_II": 0.5,
    "network.inputs": 60, "network.input_probability": 0.3, "network.input_weight": 0.5, "network.input_hz": 25.0,
    "network.warmup_s": 0.03, "network.learning_s": [0.1, 0.2], "network.scoring_s": 0.1, "held_out.few": 0,
    "held_out.generations": 1, "network.initial_sd_mv": 4.0, "network.weight_max": 0.6,
}  # fmt: skip
OWN_WORDS = "where(y > np, N*x*log(1 + abs(y)), -mV*w) + 0.01*minimum(x, double)"  # parameters with names of others
RUNS = {
    "oja": ("oja", RATE),
    "principal-components": ("principal-components", RATE | {"seed": 2}),
    "delta-rule": ("delta-rule", RATE),
    "inhibitory-balance": ("inhibitory-balance", SPIKES | {"rules.inhibitory.step": 3e-2}),
    "perceptron": (
        "principal-components",
        RATE
        | {
            "network.outputs": 3,
            "network.lateral": [[0, 0, 0], [1, 0, 0], [0, 1, 0]],
            "network.initial_lateral_sd": 0.2,
            "network.activation": "tanh",
            "rules.feedforward": {"kind": "perceptron", "hidden": [3, 2]},
            "rules.lateral": {"kind": "formula", "change": OWN_WORDS},
        },
    ),
    "sources": ("independent-components", RATE | {"network.activation": "sigmoid"}),
    "taught-relu": ("delta-rule", RATE | {"network.activation": "relu", "rules.feedforward.fixed": ""}),
    "triplet": ("inhibitory-balance", SPIKES | {"rules.inhibitory": TRIPLET, "network.weight_max": 0.15}),
    "memory": ("associative-memory", SMALL | {"network.units": 12, "network.updates": 3}),
    "vogels": ("inhibitory-balance", SPIKES | {"rules.inhibitory": VOGELS}),
    "recurrent": ("recurrent-stability", NETWORK),
}
RECURRENT = pytest.param("recurrent", marks=pytest.mark.slow)  # compiles kernels in double precision
TASKS = ("oja", "principal-components", "delta-rule", "inhibitory-balance", RECURRENT)
AGAIN = [  # that Brian2, which takes its time to begin, computes by the code that is tested already
    pytest.param(name, marks=pytest.mark.slow)
    for name in ("principal-components", "delta-rule", "perceptron", "taught-relu")
]
installed = {name: find_spec(name) is not None for name in ("brian2", "pynestml", "nest")}
needs_brian2 = pytest.mark.skipif(not installed["brian2"], reason="needs Brian2")
needs_nestml = pytest.mark.skipif(not installed["pynestml"], reason="needs NESTML")
needs_nest = pytest.mark.skipif(not installed["nest"], reason="needs NEST")
needs_tex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs a TeX")


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """The folder of a small run by its name in RUNS, made once."""
    home, made = tmp_path_factory.mktemp("learned"), {}

    def folder(name) -> Path:
        if name not in made:
            task, settings = RUNS[name]
            made[name] = plastica.run(task, settings, out=home / name).folder.path
        return made[name]

    return folder


def exported(folder, to, tmp_path, name="rule.py"):
    """Written and checked: it agrees, by tests that have a tolerance."""
    found = plastica.export(folder, to, out=tmp_path / name, check=True)
    assert any(one.is_asked for one in found.agreements)
    assert found.agrees, found.agreements
    return found.file


@pytest.mark.parametrize("name", [RECURRENT if name == "recurrent" else name for name in RUNS if name != "vogels"])
def test_python_computes_what_plastica_does(learned, tmp_path, name):
    """Every kind of rule, network and activation: final weights within a billionth. By itself the file needs nothing
    but numpy, and prints what comes of data that it draws."""
    file = exported(learned(name), "python", tmp_path)
    bare = (
        "import runpy, sys\n"
        "sys.modules.update(dict.fromkeys(['plastica', 'scipy', 'jax', 'numba', 'brian2']))\n"
        f"runpy.run_path({str(file)!r}, run_name='__main__')\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", bare], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert ("weight" in done.stdout) == (name != "memory")  # which has no loop
    assert ("without a loop" in file.read_text()) == (name == "memory")


@needs_brian2
@pytest.mark.parametrize("name", ["oja", "inhibitory-balance", "triplet", *AGAIN, RECURRENT])
def test_brian2_computes_what_plastica_does(learned, tmp_path, name):
    """Final weights within a billionth, and every spike at its step."""
    file = exported(learned(name), "brian2", tmp_path)
    assert ("online version" in file.read_text()) == (name not in ("inhibitory-balance", "triplet", "recurrent"))


@needs_brian2
def test_an_order_of_events_that_is_another_is_noticed(learned, tmp_path):
    """The check is one: with presynaptic spikes first, Brian2 does not agree."""
    folder = learned("inhibitory-balance")
    file = plastica.export(folder, "brian2", out=tmp_path / "rule.py").file
    text = file.read_text()
    assert text.count("inhibition.pre.order = 1") == text.count("inhibition.post.order = 0") == 1
    wrong = tmp_path / "wrong.py"
    wrong.write_text(text.replace("pre.order = 1", "pre.order = -1"))
    source = exports.source.Source(plastica.Run.open(folder))
    assert not all(one.holds for one in exports.brian2.check(source, wrong))


@needs_nestml
@pytest.mark.parametrize("name", ["inhibitory-balance", "triplet"])
def test_nestml_parses_and_generates(learned, tmp_path, name):
    exported(learned(name), "nestml", tmp_path, "rule.nestml")


@needs_nest
@pytest.mark.slow
def test_nest_fires_as_plastica_does(tmp_path):
    """By a rule of its form, over the whole protocol."""
    long = {"network.training_s": 60.0, "network.scoring_s": 30.0}
    run = plastica.run("inhibitory-balance", SPIKES | long | {"rules.inhibitory": VOGELS}, out=tmp_path / "run")
    exported(run.folder.path, "nest", tmp_path)


def test_nest_has_a_rule_of_its_form(learned, tmp_path):
    """With its own alpha, in units of eta."""
    text = plastica.export(learned("vogels"), "nest", out=tmp_path / "rule.py").file.read_text()
    theta = plastica.Run.open(learned("vogels")).summary()["theta"]
    numbers = {line.split(" = ")[0]: line.split(" = ")[1].split()[0] for line in text.splitlines() if " = " in line}
    assert float(numbers["ETA"]) == pytest.approx(theta["inhibitory.eta"], rel=1e-12)
    assert float(numbers["ALPHA"]) == pytest.approx(theta["inhibitory.offset"], rel=1e-12)
    assert float(numbers["TAU"]) == pytest.approx(theta["inhibitory.tau"], rel=1e-12)
    compile(text, "rule.py", "exec")


@pytest.mark.parametrize("name", [*TASKS, "perceptron", "triplet"])
def test_json_is_the_same_rule_again(learned, tmp_path, name):
    """As a formula of a config, which computes the very losses of the run's held-out datasets."""
    file = exported(learned(name), "json", tmp_path, "rule.json")
    read = json.loads(file.read_text())
    run = plastica.Run.open(learned(name))
    assert read["theta"] == run.summary()["theta"]
    tables = {f"rules.{connection}": one["rule"] for connection, one in read["connections"].items()}
    task, settings = RUNS[name]
    again = load(task, {key: value for key, value in settings.items() if not key.startswith("rules.")} | tables)
    theta = np.concatenate([again.composed.rules[c].known("found") for c in again.composed.network.connections])
    keys = run.task.keys(run.config.seed, "held-out", 2)
    ours, theirs = run.task.evaluate(run.theta, keys), again.composed.evaluate(theta, keys)
    np.testing.assert_allclose(theirs.loss, ours.loss, rtol=1e-4)
    np.testing.assert_array_equal(theirs.outcome, ours.outcome)


@needs_tex
@pytest.mark.parametrize("name", ["principal-components", "triplet"])
def test_latex_compiles(learned, tmp_path, name):
    exported(learned(name), "latex", tmp_path, "rule.tex")


@pytest.mark.parametrize("name", TASKS)
def test_latex_is_a_document_with_all_numbers(learned, tmp_path, name):
    text = plastica.export(learned(name), "latex", out=tmp_path / "rule.tex").file.read_text()
    assert text.count(r"\begin{align*}") == text.count(r"\end{align*}") > 1
    assert text.index(r"\documentclass") < text.index(r"\begin{document}") < text.index(r"\end{document}")
    for value in plastica.Run.open(learned(name)).summary()["theta"].values():
        assert rf"\texttt{{{value!r}}}" in text


@pytest.mark.parametrize("to", exports.EXPORTS)
def test_the_head_says_where_it_comes_from(learned, tmp_path, to):
    """The equation, the units, the run, the version, the licence."""
    text = plastica.export(learned("vogels"), to, out=tmp_path / "rule").file.read_text()
    for word in (
        "vogels",
        "inhibitory-balance",
        version("plastica"),
        "SPDX-License-Identifier: MIT",
        "1/spike",
        "S_post*x_pre",
    ):
        assert word in text


def test_the_command_writes_into_the_run_and_says_what_agrees(learned, call):
    """The default file; it is checked again where it is there already, but never overwritten."""
    folder = learned("oja")
    said = call("export", folder, "--to", "python", "--check")
    file = folder / "exports" / "oja_rule.py"
    first, *lines = said.out.splitlines()
    assert (said.status, said.err, first) == (0, "", str(file))
    assert lines[0].startswith("ok     w: relative distance from plastica in double precision: ")
    assert lines[1].startswith("       w: relative distance from the search's own computation, in single precision: ")
    assert call("export", folder, "--to", "python", "--check") == said
    before = file.read_bytes()
    said = call("export", folder, "--to", "python")
    assert (said.status, said.out) == (2, "")
    assert said.err == (
        f"plastica: {file} exists already, and is not overwritten: delete it, or choose another by --out FILE\n"
    )
    file.write_text("mine")
    assert call("export", folder, "--to", "python", "--check").status == 2
    assert file.read_text() == "mine"
    file.write_bytes(before)
    assert [one.name for one in file.parent.iterdir()] == ["oja_rule.py"]


def test_what_does_not_agree_ends_with_status_1(learned, call, tmp_path, monkeypatch):
    target = Target(".txt", lambda source: "text", lambda: None, lambda source, file: [Agreement("all", 2.0, 1e-9)])
    monkeypatch.setitem(exports.EXPORTS, "python", target)
    said = call("export", learned("oja"), "--to", "python", "--check", "--out", tmp_path / "file.txt")
    assert (said.status, said.out.splitlines()[1]) == (1, "FAIL   all: 2 (at most 1e-09)")


def test_what_is_not_the_same_is_noticed():
    """Other numbers, not a number, and another number of them."""
    for made in ([1.0, 2.0 + 1e-8], [1.0, np.nan], [1.0]):
        trial = Trial({}, "", {"w": np.array([1.0, 2.0])}, {})
        assert [one.holds for one in agreements(trial, {"w": np.array(made)})] == [False]


def test_a_rule_that_explodes_is_not_compared():
    trial = Trial({}, "", {"w": np.array([1.0, np.nan])}, {})
    with pytest.raises(UserError, match="sends w beyond all numbers"):
        agreements(trial, {"w": np.array([1.0, np.nan])})


BAD = [
    ("oja", "pynn", "--to pynn: choose from python, latex, json, brian2, nestml, nest"),
    ("oja", "nestml", "--to nestml: the rule of feedforward changes weights by rates, and nestml"),
    ("perceptron", "nest", "--to nest: the rule of feedforward changes weights by rates, and nest has"),
    ("delta-rule", "nest", "--to nest: the rule of feedforward changes weights by rates"),
    (
        "memory",
        "brian2",
        "--to brian2: plastica writes the networks rate, taught-neuron, spiking-neuron, recurrent for Brian2",
    ),
    ("inhibitory-balance", "nest", "--to nest: NEST's vogels_sprekeler_synapse has beta = 0, gamma = kappa > 0 and"),
    ("triplet", "nest", "--to nest: NEST's vogels_sprekeler_synapse has beta = 0"),
]


@pytest.mark.parametrize(("name", "to", "sentence"), BAD, ids=[f"{name} to {to}" for name, to, _ in BAD])
def test_what_cannot_be_written_is_one_sentence(learned, call, tmp_path, name, to, sentence):
    said = call("export", learned(name), "--to", to, "--out", tmp_path / "new" / "file")
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
    assert said.err.startswith(f"plastica: {sentence}")
    assert list(tmp_path.iterdir()) == []


MISSING = {"brian2": "needs Brian2, which is not installed: pip install -e '.[brian2]'", "latex": "needs pdflatex",
           "nestml": "needs NESTML, which is not installed: pip install", "nest": "needs NEST, which is"}  # fmt: skip


@pytest.mark.parametrize("to", MISSING)
def test_a_target_that_is_not_installed_is_written_but_not_checked(learned, call, tmp_path, monkeypatch, to):
    monkeypatch.setattr(f"plastica.exports.{to}.{'shutil.which' if to == 'latex' else 'find_spec'}", lambda name: None)
    said = call("export", learned("vogels"), "--to", to, "--check", "--out", tmp_path / "file")
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
    assert said.err.startswith(f"plastica: --to {to} --check {MISSING[to]}")
    assert list(tmp_path.iterdir()) == []
    assert call("export", learned("vogels"), "--to", to, "--out", tmp_path / "file").status == 0


def test_a_run_without_a_result_is_one_sentence(learned, call, tmp_path):
    shutil.copytree(learned("oja"), tmp_path / "run")
    (tmp_path / "run" / "result.json").unlink()
    said = call("export", tmp_path / "run", "--to", "python")
    assert (said.status, said.out) == (2, "")
    assert said.err == (
        f"plastica: {tmp_path / 'run'} has no result to export yet: go on with: plastica resume {tmp_path / 'run'}\n"
    )


def test_nothing_is_written_where_it_cannot_be_whole(learned, call, tmp_path, monkeypatch):
    """A disk that is full, a folder in the place of which there is a file, and a link out of the run's folder."""
    (tmp_path / "file").write_text("in the way")
    said = call("export", learned("oja"), "--to", "json", "--out", tmp_path / "file" / "rule.json")
    assert (said.status, said.err.count("\n")) == (2, 1)
    assert "cannot be written" in said.err

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("plastica.exports.export.os.link", full)
    said = call("export", learned("oja"), "--to", "json", "--out", tmp_path / "rule.json")
    assert "cannot be written (No space left on device)" in said.err
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
    shutil.copytree(learned("oja"), tmp_path / "run", ignore=shutil.ignore_patterns("exports"))
    (tmp_path / "victim").mkdir()
    (tmp_path / "run" / "exports").symlink_to(tmp_path / "victim")
    said = call("export", tmp_path / "run", "--to", "json")
    assert said.err.startswith(f"plastica: {tmp_path / 'run' / 'exports'} is a symbolic link, ")
    assert list((tmp_path / "victim").iterdir()) == []


@pytest.mark.parametrize("to", ["python", "brian2", "latex", "nestml"])
def test_a_stranger_s_words_are_no_code(tmp_path, to):
    """A unit that would end a comment or a string, if it could."""
    parts = {"network": "spiking-neuron", "data": "vogels-input", "loss": "target-rate",
             "rules": {"inhibitory": "formula"}}  # fmt: skip
    bad = '"""\nraise SystemExit(7)\n"""\\ %\r'
    table = {"kind": "formula", "on_pre": "w + a", "parameters": {"a": {"unit": bad}}}
    tree = SPIKES | {"parts": parts, "rules.inhibitory": table, "seed": 1}
    run = plastica.run(written_config(tmp_path, "mine", tree), out=tmp_path / "run")
    file = plastica.export(run, to, out=tmp_path / "rule").file
    text = file.read_text()
    for line in text.splitlines():
        assert not line.startswith("raise")
    if to in ("python", "brian2"):
        compile(text, "rule", "exec")
    if to == "python":
        assert plastica.export(run, to, out=file, check=True).agrees


def written_config(tmp_path, name, tree):
    """A config in a file whose task has a name of one's own."""
    import tomli_w

    settings: dict = {}
    for key, value in tree.items():
        *parents, leaf = key.split(".")
        table = settings
        for parent in parents:
            table = table.setdefault(parent, {})
        table[leaf] = value
    file = tmp_path / "mine.toml"
    file.write_text(tomli_w.dumps({"task": name, **settings}))
    return str(file)


def test_it_is_the_same_in_a_process_of_its_own(learned, tmp_path):
    """As a shell starts it."""
    arguments = ("export", learned("delta-rule"), "--to", "python", "--check", "--out", tmp_path / "delta.py")
    done = subprocess.run(command(*arguments), capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == str(tmp_path / "delta.py")
