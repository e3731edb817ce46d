"""What a user can get wrong on the command line: one sentence on stderr, exit status 2, no traceback, no folder."""

import json
import os
import shutil
import subprocess
import warnings

import pytest
from processes import as_version_0_1, command
from small import options

from plastica import experiment, memory

BAD_RUNS = [
    (["oha"], "there is no task oha: did you mean oja?"),
    (["oja", "--set", "network.inputs=1000000000"], "network.inputs = 1000000000: input should be less than or equal"),
    (["nowhere.toml"], "nowhere.toml cannot be read (No such file or directory)"),
    (["oja", "--set", "network.inputs=0"], "network.inputs = 0: input should be greater than 0"),
    (["oja", "--set", "nework.inputs=3"], "nework = {'inputs': 3}: there is no such key"),
    (["oja", "--set", "network.inputs"], "--set network.inputs: write it as key=value"),
    (["oja", "--set", "data.spectrum=[1, 2]"], "data.spectrum lists 2 variances for network.inputs = 3"),
    (["oja", "--set", "network.eta=-1"], "network.eta = -1: input should be greater than 0"),
    (["oja", "--set", "search.population=3"], "search.population = 3: input should be greater than or equal to 4"),
    (["oja", "--set", "rules.feedforward.terms=[]"], "rules.feedforward.terms = [] keeps no term"),
    (["oja", "--set", "rules.lateral.order=1"], "rules.lateral = {'order': 1}: there is no such key"),
    (["oja", "--set", "network.outputs=2"], "network has lateral connections, for which the task oja has no rule"),
    (["principal-components", "--set", "network.outputs=6"], "network.outputs = 6 is more than network.inputs = 5"),
    (
        ["principal-components", "--set", "network={outputs=2, lateral=[[0, 1], [0, 0]]}"],
        "network.lateral has a 1 at row 1, column 2, which may close a cycle",
    ),
]


def assert_one_sentence(said, sentence: str) -> None:
    assert said.status == 2
    assert said.out == ""
    assert said.err.startswith(f"plastica: {sentence}")
    assert said.err.count("\n") == 1
    assert "Traceback" not in said.err


@pytest.mark.parametrize(("arguments", "sentence"), BAD_RUNS, ids=[" ".join(arguments) for arguments, _ in BAD_RUNS])
def test_a_bad_run_does_not_begin(call, tmp_path, monkeypatch, arguments, sentence):
    """`run` and `config` say the same, and neither leaves anything behind."""
    monkeypatch.chdir(tmp_path)
    assert_one_sentence(call("run", *arguments), sentence)
    assert_one_sentence(call("config", *arguments), sentence)
    assert list(tmp_path.iterdir()) == []


def test_it_is_the_same_in_a_process_of_its_own(tmp_path):
    """The exit status that a shell sees."""
    done = subprocess.run(
        command("run", "oja", "--set", "network.inputs=0"), cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr == "plastica: network.inputs = 0: input should be greater than 0\n"
    assert done.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [["run"], ["run", "oja", "--seed", "one"], ["run", "oja", "--seed", "-1"], ["run", "oja", "--generations", "0"],
     ["run", "oja", "--max-seconds", "-1"], ["run", "oja", "--colour"], ["dance"], ["show"]],
    ids=" ".join,
)  # fmt: skip
def test_bad_options_exit_with_2(call, arguments):
    """What the parser of the command line refuses."""
    said = call(*arguments)
    assert said.status == 2
    assert "Traceback" not in said.err
    assert said.err


def break_nothing(folder):
    shutil.rmtree(folder)


def break_config(folder):
    (folder / "config.toml").unlink()


def break_middle(folder):
    lines = (folder / "journal.jsonl").read_text().splitlines(keepends=True)
    (folder / "journal.jsonl").write_text("".join([*lines[:2], "half a li\n", *lines[3:]]))


def break_format(folder):
    text = (folder / "journal.jsonl").read_text()
    (folder / "journal.jsonl").write_text(text.replace('"format":1', '"format":99', 1))


def break_toml(folder):
    (folder / "config.toml").write_text("task = ")


def break_newer(folder):
    with (folder / "config.toml").open("a") as file:
        file.write("\n[telepathy]\nrange = 3\n")


BROKEN = [
    (break_nothing, "is not a folder"),
    (break_config, "is not the folder of a run"),
    (break_middle, "is damaged at line 3"),
    (break_format, "has format 99, written by a newer version of plastica"),
    (break_toml, "is not valid TOML"),
    (break_newer, "telepathy = {'range': 3}: there is no such key"),
]


CASES = [
    (verb, harm, sentence)
    for verb in ("show", "resume", "plot", "report", "evaluate", "ablate", "identify")
    for harm, sentence in BROKEN
    if verb in ("show", "resume", "plot", "report") or harm is not break_middle  # the others read only the result
]


@pytest.mark.parametrize(("verb", "harm", "sentence"), CASES, ids=[f"{v}-{h.__name__}" for v, h, _ in CASES])
def test_a_broken_folder_is_explained(call, finished, tmp_path, verb, harm, sentence):
    """Every command that opens a run: missing, not a run, damaged in the middle, or from a newer version."""
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    harm(folder)
    said = call(verb, folder)
    assert said.status == 2
    assert said.out == ""
    assert sentence in said.err
    assert str(folder) in said.err or harm is break_newer
    assert said.err.count("\n") == 1


def test_a_run_in_the_folder_of_a_run_is_refused(call, finished):
    """Never overwritten: two ways out."""
    before = (finished / "journal.jsonl").read_bytes()
    said = call("run", "oja", "--out", finished)
    assert_one_sentence(
        said, f"{finished} holds a run already: choose another --out, or resume it with: plastica resume {finished}"
    )
    assert (finished / "journal.jsonl").read_bytes() == before


def test_a_config_that_was_changed_is_noticed_by_what_the_search_asks(call, finished, tmp_path):
    """A journal that does not follow from the config cannot be continued."""
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    (folder / "result.json").unlink()
    text = (folder / "config.toml").read_text()
    (folder / "config.toml").write_text(text.replace("sigma0 = 0.2", "sigma0 = 0.3"))
    as_version_0_1(folder)
    said = call("resume", folder)
    assert said.status == 2
    assert said.err.startswith("plastica: generation 1 of the journal does not follow from the config: resume with")


def test_a_rule_is_not_evaluated_as_another(call, finished):
    """Other coefficients than those that were found."""
    said = call("evaluate", finished, "--set", "rules.feedforward.order=1")
    assert said.status == 2
    assert "--set changes which coefficients the rule has" in said.err


def test_an_empty_run_cannot_be_drawn(call, tmp_path):
    """There is no generation yet."""
    folder = tmp_path / "run"
    call("run", "oja", *options("oja"), "--max-seconds", 0, "--out", folder, "--quiet")
    said = call("plot", folder)
    assert said.status == 2
    assert "has no generation yet" in said.err
    assert json.loads(call("show", folder, "--json").out)["loss"] is None


@pytest.mark.parametrize("arguments", [["run", "oja"], ["bench"], ["plan", "inhibitory-balance"]], ids=" ".join)
def test_kernels_that_must_not_compile_are_explained(arguments, tmp_path):
    """Numba's switch for debugging: the kernels have no meaning without its compiler."""
    surroundings = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(
        command(*arguments), env=surroundings, cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr.startswith("plastica: NUMBA_DISABLE_JIT is set")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_run_without_enough_memory_does_not_begin(call, tmp_path, monkeypatch):
    """No machine has it: what needs it, how much that is, and what to do."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(experiment, "conduct", lambda *_: pytest.fail("it began"))
    said = call("run", "oja", "--set", "network.inputs=100000")
    assert_one_sentence(said, "network.inputs = 100000, data.batches = 20")
    assert " TB of memory are needed, and " in said.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
def test_a_tight_run_warns_in_one_sentence(call, tmp_path, monkeypatch, quiet):
    """On stderr, unless only errors are wanted."""
    monkeypatch.setattr(memory, "TIGHT", 0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        said = call("run", "oja", *options("oja", generations=1), "--out", tmp_path / "run", *quiet)
    assert said.status == 0
    assert said.err.startswith("plastica: network.inputs = 3, ") is not bool(quiet)
    assert said.err.count("\n") == 1 - len(quiet)


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("seed=" + "9" * 5000, "--set seed: the value is too long a number, or nested too deeply"),
        ("seed=" + "[" * 50000, "--set seed: the value is too long a number, or nested too deeply"),
        ("seed=9223372036854775808", "seed = 9223372036854775808: "),
        ("network..inputs=3", "--set network..inputs=3: the key network..inputs has an empty part"),
        ("held_out.count=100000000", "held_out.count = 100000000: "),
    ],
)
def test_values_beyond_measure_are_one_sentence(call, setting, sentence):
    said = call("config", "oja", "--set", setting)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(f"plastica: {sentence}")
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize("out", [".", "/", ".."])
def test_a_figure_needs_a_name(finished, call, out):
    said = call("compare", finished, "--out", out)
    assert (said.status, said.out) == (2, "")
    assert "name the figure without a suffix" in said.err
