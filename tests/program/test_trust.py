"""Rules from a user's Python file: nothing of it runs without --trust, and a run keeps the formula that it makes.

Version 0.1 kept the file itself, and ran its class: such folders open with --trust as ever.
"""

import hashlib
import json
import os
import py_compile
import shutil
import subprocess
from importlib.util import cache_from_source
from pathlib import Path

import pytest
from processes import as_version_0_1, command, journal_of
from small import options, small

import plastica
from plastica.config import load
from plastica.errors import UserError
from plastica.rules.formula import formula

EXAMPLES = Path(__file__).parents[2] / "examples"
OLD = Path(__file__).parents[1] / "data" / "version_0_1_rule"
TASK = "inhibitory-balance"
SMALL = options(TASK)
CLEAN = (EXAMPLES / "threshold_rule.py").read_text()
ASKS = "a Python file that runs as a program: read it, and if you trust it add --trust (in Python: trust=True)"


@pytest.fixture
def ran(tmp_path) -> Path:
    """A file that exists as soon as a text with the lines of `telling` has run; a text runs once in a process."""
    return tmp_path / "it_ran"


def telling(ran: Path, text: str = CLEAN) -> str:
    return f"{text}\nimport pathlib\npathlib.Path({str(ran)!r}).touch()\n"


@pytest.fixture(scope="module")
def example(tmp_path_factory) -> Path:
    """The folder of a small run of the example, whose original files are gone."""
    home = tmp_path_factory.mktemp("home")
    for name in ("threshold_rule.py", "threshold_rule.toml"):
        shutil.copy(EXAMPLES / name, home)
    plastica.run(str(home / "threshold_rule.toml"), small(TASK), out=home / "run", trust=True)
    for name in ("threshold_rule.py", "threshold_rule.toml"):
        (home / name).unlink()
    return home / "run"


@pytest.fixture
def old(tmp_path) -> Path:
    """A run of version 0.1 with a class from a file, which its folder keeps."""
    shutil.copytree(OLD, tmp_path / "old")
    return tmp_path / "old"


def of_a_stranger(folder: Path, ran: Path) -> Path:
    """The same run, whose rule tells when it runs, and nothing gives that away."""
    rule = folder / "rules" / "threshold_rule.py"
    rename(folder, "rules/threshold_rule.py", write(rule, telling(ran, rule.read_text())))
    return folder


def write(file: Path, text: str) -> str:
    """Returns the text's fingerprint."""
    file.write_text(text)
    return hashlib.sha256(text.encode()).hexdigest()


def rename(folder: Path, file: str, fingerprint: str) -> None:
    """Let the config of a run name another file."""
    lines = (folder / "config.toml").read_text().splitlines()
    lines = [f"file = {json.dumps(file)}" if line.startswith("file = ") else line for line in lines]
    lines = [f'sha256 = "{fingerprint}"' if line.startswith("sha256 = ") else line for line in lines]
    (folder / "config.toml").write_text("\n".join(lines))
    as_version_0_1(folder)


def test_the_example_runs_and_says_what_it_found(example, call):
    """All commands that open the run work on it, and ask for no trust: its rule is text."""
    summary = json.loads(call("show", example, "--json").out)
    assert summary["status"] == "finished"
    assert summary["angle_deg"] == {}
    assert "x_post >" in summary["equation"]["inhibitory"]
    assert set(summary["theta"]) == {f"inhibitory.{name}" for name in ("tau_post", "enough", "rise", "fall")}
    for verb in ("resume", "plot", "evaluate", "ablate"):
        said = call(verb, example)
        assert (said.status, said.err) == (0, ""), verb
    assert call("compare", example, "--out", example.parent / "comparison").status == 0


def test_the_folder_keeps_the_formula_and_no_file(example):
    """The config of the run is complete without the file that made its rule."""
    text = (example / "config.toml").read_text()
    assert 'on_pre = "where(x_post > enough, w + rise, w + fall)"' in text
    assert "threshold_rule" not in text
    assert not (example / "rules").exists()
    assert load(str(example / "config.toml")).composed.rules["inhibitory"].parameters()[2].scale == 2e-3


def test_a_run_of_version_0_1_opens_and_goes_on(old, call):
    """With the same coefficients in the same order, to the same journal."""
    summary = json.loads(call("show", old, "--json", "--trust").out)
    assert list(summary["theta"]) == [
        f"inhibitory.{name}" for name in ("tau_pre", "tau_post", "rise", "fall", "enough")
    ]
    assert summary["theta"] == json.loads((OLD / "result.json").read_text())["theta"]
    content = (old / "journal.jsonl").read_bytes()
    (old / "journal.jsonl").write_bytes(content[: len(content) // 2])
    (old / "result.json").unlink()
    for verb in ("resume", "plot", "evaluate", "ablate"):
        said = call(verb, old, "--trust")
        assert (said.status, said.err) == (0, ""), verb
    assert journal_of(old) == journal_of(OLD)


@pytest.mark.parametrize("verb", ["resume", "show", "plot", "report", "evaluate", "ablate"])
def test_without_trust_nothing_of_a_strangers_folder_runs(old, call, ran, verb):
    """One sentence that names the file; with --trust it runs."""
    folder = of_a_stranger(old, ran)
    said = call(verb, folder)
    assert (said.status, said.out) == (2, "")
    assert said.err == f"plastica: rules.inhibitory comes from {folder / 'rules' / 'threshold_rule.py'}, {ASKS}\n"
    assert not ran.exists()
    if verb == "show":
        assert call(verb, folder, "--trust").status == 0
        assert ran.exists()


@pytest.mark.parametrize("verb", ["run", "config"])
def test_without_trust_nothing_runs_of_a_config_that_names_a_file(call, tmp_path, monkeypatch, ran, verb):
    """From a config file and from --set alike; a relative name begins at the config's folder, or where one stands."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "mine.toml").write_text(
        f'task = "{TASK}"\nrules.inhibitory = {{file = "../rule.py", rule = "THRESHOLD"}}\n'
    )
    named = ["--set", "rules.inhibitory.file=rule.py", "--set", "rules.inhibitory.rule=THRESHOLD"]
    for text, arguments in ((CLEAN, ["deep/mine.toml"]), (CLEAN + "#", [TASK, *named])):
        (tmp_path / "rule.py").write_text(telling(ran, text))
        said = call(verb, *arguments)
        assert (said.status, said.out) == (2, "")
        assert "rule.py, a Python file that runs as a program" in said.err
        assert not ran.exists()
        more = [*SMALL, "--generations", 1, "--out", tmp_path / arguments[0].replace("/", "-"), "-q"]
        assert call(verb, *arguments, "--trust", *(more if verb == "run" else ())).status == 0
        assert ran.exists()
        ran.unlink()


def test_from_python_it_takes_trust_too(example, old):
    """Opening an old folder, resuming, evaluating, and a script that names the file again."""
    for act in (plastica.Run.open, plastica.resume, plastica.evaluate, plastica.ablate):
        with pytest.raises(UserError, match=r"rules\.inhibitory comes from .* add --trust"):
            act(old)
    mine = {"rules.inhibitory.file": str(EXAMPLES / "threshold_rule.py"), "rules.inhibitory.rule": "THRESHOLD"}
    mine |= {"rules.inhibitory.parameters": {"rise": {"scale": 2e-3}, "fall": {"scale": 2e-3}}}
    with pytest.raises(UserError, match=r"rules\.inhibitory comes from .* add --trust"):
        plastica.run_or_resume(TASK, small(TASK) | mine, out=example)
    again = plastica.run_or_resume(TASK, small(TASK) | mine, out=example, trust=True)
    assert again.summary()["generations"] == 6
    other = {"rules.inhibitory.parameters.rise.scale": 3e-3}
    with pytest.raises(UserError, match="holds a run with another config"):
        plastica.run_or_resume(TASK, small(TASK) | mine | other, out=example, trust=True)


def test_a_copied_folder_resumes_elsewhere(example, tmp_path):
    """In another process, at another path, from another folder: the very journal of the undisturbed run."""
    folder = tmp_path / "elsewhere" / "run"
    shutil.copytree(example, folder)
    content = (folder / "journal.jsonl").read_bytes()
    (folder / "journal.jsonl").write_bytes(content[: len(content) // 2])
    (folder / "result.json").unlink()
    done = subprocess.run(
        command("resume", Path("elsewhere", "run"), "-q"), cwd=tmp_path, capture_output=True, text=True,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": ""}, timeout=300,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert journal_of(folder) == journal_of(example)
    assert (folder / "result.json").read_text() == (example / "result.json").read_text()


def test_a_copy_that_was_changed_is_refused(old, call):
    """The run began with another text: one sentence, and the journal stays as it is."""
    rule = old / "rules" / "threshold_rule.py"
    rule.write_text(rule.read_text().replace("w + fall", "w - fall"))
    said = call("resume", old, "--trust")
    assert said.status == 2
    assert said.err.startswith(f"plastica: {rule} has changed since rules.inhibitory.sha256 was noted: restore it")
    assert journal_of(old) == journal_of(OLD)


@pytest.mark.parametrize("verb", ["show", "resume", "plot", "report", "evaluate", "ablate", "compare"])
@pytest.mark.parametrize("way", ["above", "absolute", "link", "linked folder", "no fingerprint", "text"])
def test_a_run_takes_its_rule_from_its_own_folder_only(call, tmp_path, ran, verb, way):
    """Trusting a folder is trusting what is in it: no other file runs, not even one that the fingerprint fits."""
    folder, outside = tmp_path / "deep" / "run", tmp_path / "rule.py"
    shutil.copytree(OLD, folder)
    text = telling(ran, (OLD / "rules" / "threshold_rule.py").read_text())
    fingerprint = write(outside, text)
    inside = folder / "rules" / "rule.py"
    if way == "link":
        inside.symlink_to(outside)
    elif way == "linked folder":
        shutil.rmtree(folder / "rules")
        (folder / "rules").symlink_to(tmp_path)
    elif way == "no fingerprint":
        write(inside, text)
    names = {"above": "../../rule.py", "absolute": str(outside), "text": "rules/\0.py"}
    rename(folder, names.get(way, "rules/rule.py"), "" if way == "no fingerprint" else fingerprint)
    arguments = ["--out", tmp_path / "figure"] if verb == "compare" else []
    said = call(verb, folder, *arguments, "--trust")
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(f"plastica: {folder / 'config.toml'} names rules.inhibitory.file = ")
    assert "a run's rule is a file of its own rules/, with its fingerprint; restore the folder" in said.err
    assert said.err.count("\n") == 1
    assert not ran.exists()


def test_a_config_of_ones_own_may_name_any_file(call, tmp_path, ran):
    """The same text outside of a run's folder is its user's, who says what to trust."""
    write(tmp_path / "rule.py", telling(ran, CLEAN + "# mine"))
    mine = tmp_path / "configs" / "mine.toml"
    mine.parent.mkdir()
    mine.write_text(f'task = "{TASK}"\nrules.inhibitory = {{file = "../rule.py", rule = "THRESHOLD"}}\n')
    assert call("run", mine, "--trust", *SMALL, "--generations", 1, "--out", tmp_path / "run", "-q").status == 0
    assert ran.exists()


def test_bytecode_beside_the_file_is_not_run(old, tmp_path, ran):
    """What runs is the text that its user could read, not what a stranger compiled beside it."""
    rule = old / "rules" / "threshold_rule.py"
    other = tmp_path / "other.py"
    other.write_text(telling(ran))
    py_compile.compile(
        str(other), cache_from_source(str(rule)), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
    )
    program = "import plastica, sys; plastica.Run.open(sys.argv[1], trust=True)"
    subprocess.run([*command()[:1], "-c", program, old], check=True, timeout=60)
    assert not ran.exists()


def test_evaluate_on_another_file(example, call, tmp_path):
    """A setting that names another file replaces the whole table; the rule must have the same coefficients."""
    (tmp_path / "other.py").write_text(CLEAN.replace('"scale": 0.5', '"scale": 0.7'))
    settings = ["--set", f"rules.inhibitory.file={tmp_path / 'other.py'}", "--set", "rules.inhibitory.rule=THRESHOLD"]
    said = call("evaluate", example, "--json", *settings)
    assert said.status == 2
    assert "add --trust" in said.err
    said = call("evaluate", example, "--trust", "--json", *settings)
    assert (said.status, said.err) == (0, "")
    (tmp_path / "other.py").write_text(CLEAN.replace("enough", "plenty"))
    said = call("evaluate", example, "--trust", "--json", *settings)
    assert (said.status, said.err) == (2, "plastica: --set changes which coefficients the rule has: evaluate it with "
                                          "the rules that it was found with\n")  # fmt: skip
    said = call("evaluate", example, "--trust", *settings[:2])
    assert said.status == 2
    assert "rules.inhibitory.rule = None: give a Python file and the rule in it" in said.err


def test_the_printed_config_can_be_run_from_anywhere_and_without_trust(call, tmp_path, monkeypatch):
    """It holds the formula, and parses to the same config."""
    said = call("config", EXAMPLES / "threshold_rule.toml", "--trust")
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(said.out)
    assert load("mine.toml") == load(str(EXAMPLES / "threshold_rule.toml"), trust=True)


def test_a_rate_network_takes_a_function_from_a_file(tmp_path):
    """And any rule of plastica's kinds that the file makes; further keys of the table are the rule's."""
    file = tmp_path / "mine.py"
    file.write_text(
        "from plastica import tanh\nfrom plastica.rules.volterra import Volterra\n"
        "def hebb(x, y, w, a, b):\n    return a*x*tanh(y) if y > 0 else -b*w\nSHORT = Volterra(order=1)\n"
    )

    def rule(**table):
        settings = {"rules.feedforward": {"file": str(file), **table}}
        return load("oja", settings, trust=True).composed.rules["feedforward"]

    assert rule(rule="hebb") == formula(change="where(y > 0, a*x*tanh(y), -b*w)")
    assert rule(rule="hebb", parameters={"b": {"sd": 2.0}}).parameters()[1].sd == 2.0
    assert rule(rule="SHORT", initial_sd=0.3).model_dump() == {**rule(rule="SHORT").model_dump(), "initial_sd": 0.3}
    assert rule(rule="SHORT").order == 1


CLASS = """
from plastica.rules.base import Parameter
from plastica.section import Section
class Mine(Section):
    size: float = 1.0
    def parameters(self): return (Parameter("tau_pre", "ms", "log", 20.0), Parameter("tau_post", "ms", "log", 20.0))
    @staticmethod
    def on_pre(w, x_pre, x_post, tau_pre, tau_post): return w + x_pre
    @staticmethod
    def on_post(w, x_pre, x_post, tau_pre, tau_post): return w
"""
RULE = """
from plastica import formula
Mine = formula(on_pre="w + a*x_post", parameters={"a": {"scale": 1e-3}})
"""
WRONG = [
    (None, {}, "rules.inhibitory.file = '{file}' cannot be read (No such file or directory)"),
    ("class Mine(:", {}, "{file} is not valid Python (line 1: "),
    ("x = 1\nraise OSError('no luck')", {}, "{file} fails in line 2 (OSError: no luck)"),
    ("import nowhere_to_be_found", {}, "{file} fails in line 1 (ModuleNotFoundError: No module named"),
    ("raise SystemExit(0)", {}, "{file} fails in line 1 (SystemExit: 0)"),
    ("def one(x): pass\nfrom math import exp", {}, "rules.inhibitory.rule = 'Mine': {file} has no such rule; it has"),
    ("Mine = 3", {}, "rules.inhibitory.rule = 'Mine': {file} has no such rule; it has none"),
    ("class Mine: pass", {}, "rules.inhibitory.rule = 'Mine': {file} has no such rule; it has none"),
    ("from math import exp as Mine", {}, "rules.inhibitory.rule = 'Mine': {file} has no such rule; it has none"),
    (RULE.replace("*", "^"), {}, "on_pre, column 6, at"),
    ("def Mine(x): return x.y", {}, "rules.inhibitory.rule = 'Mine': change: Mine cannot be read as a formula in line"),
    (RULE, {"parameters": {"a": {"scale": "big"}}}, "rules.inhibitory.parameters.a.scale = 'big': input should be"),
    (RULE, {"parameters": {"b": {}}}, "rules.inhibitory.parameters.b is no parameter of the formula, whose are"),
    (RULE, {"colour": 3}, "rules.inhibitory.colour = 3: there is no such key"),
    (RULE, {"rule": 3}, "rules.inhibitory.rule = 3: give a Python file and the rule in it, as text"),
    (RULE, {"file": 3}, "rules.inhibitory.file = 3: give a Python file and the rule in it, as text"),
    (CLASS, {"size": "big"}, "rules.inhibitory.size = 'big': input should be a valid number"),
    (CLASS.replace("w + x_pre", "w + nowhere"), {}, "rules.inhibitory.rule = 'Mine': on_pre cannot be read as a"),
    (CLASS.replace("tau_post): return w +", "tau): return w *"), {}, None),
    (CLASS.replace(", tau_post): return w +", "): return w *"), {}, "rules.inhibitory.rule = 'Mine': on_pre cannot be"),
    (CLASS.replace('Parameter("tau_pre", "ms", "log", 20.0)', "'tau_pre'"), {}, "{file} fails (AttributeError: "),
]  # fmt: skip


@pytest.mark.parametrize(("text", "keys", "says"), WRONG, ids=[str(says)[:60] for *_, says in WRONG])
def test_what_is_wrong_with_a_file_is_one_sentence(tmp_path, text, keys, says):
    """The file or the key, what is wrong, what to do; nothing is left behind that a corrected file would meet."""
    file = tmp_path / "mine.py"
    if text is not None:
        file.write_text(text)
    table = {"file": str(file), "rule": "Mine", **keys}
    settings = {f"rules.inhibitory.{key}": value for key, value in table.items()}
    if says is None:  # the arguments of a class of version 0.1 have any names
        assert load(TASK, settings, trust=True).composed
        return
    with pytest.raises(UserError) as caught:
        load(TASK, settings, trust=True)
    assert says.format(file=file) in str(caught.value)
    assert "\n" not in str(caught.value)
    file.write_text(RULE)
    assert load(TASK, {"rules.inhibitory": {"file": str(file), "rule": "Mine"}}, trust=True).composed


def test_a_file_for_a_connection_that_is_not_there(tmp_path):
    """Is not even asked for."""
    with pytest.raises(UserError, match=r"rules\.excitatory = .*there is no such key"):
        load(TASK, {"rules.excitatory.file": "nowhere.py"})
