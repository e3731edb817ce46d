"""Rules from a user's Python file: nothing of it runs without --trust, and a copied folder brings the file along."""

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

EXAMPLES = Path(__file__).parents[2] / "examples"
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


def copied(folder: Path, target: Path, ran: Path | None = None) -> Path:
    """A copy of a run; with `ran`, its rule is a stranger's and tells when it runs, and nothing gives that away."""
    shutil.copytree(folder, target)
    if ran:
        rename(target, "rules/threshold_rule.py", write(target / "rules" / "threshold_rule.py", telling(ran)))
    return target


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
    """All commands that open a run work on it, and it says its own equation."""
    summary = json.loads(call("show", example, "--json", "--trust").out)
    assert summary["status"] == "finished"
    assert summary["angle_deg"] == {}
    assert "x_post >" in summary["equation"]["inhibitory"]
    assert list(summary["theta"])[2:] == ["inhibitory.rise", "inhibitory.fall", "inhibitory.enough"]
    for verb in ("resume", "plot", "evaluate", "ablate"):
        said = call(verb, example, "--trust")
        assert (said.status, said.err) == (0, ""), verb
    refused = call("compare", example, "--out", example.parent / "comparison")
    assert refused.status == 2
    assert "add --trust" in refused.err
    assert call("compare", example, "--out", example.parent / "comparison", "--trust").status == 0


def test_the_folder_keeps_the_file_and_names_its_copy(example):
    """The config of the run refers to the copy, with a fingerprint; there is no bytecode beside it."""
    text = (example / "config.toml").read_text()
    assert 'file = "rules/threshold_rule.py"\nrule = "Threshold"\nsha256 = "' in text
    assert (example / "rules" / "threshold_rule.py").read_text() == CLEAN
    assert [file.name for file in (example / "rules").iterdir()] == ["threshold_rule.py"]


@pytest.mark.parametrize("verb", ["resume", "show", "plot", "evaluate", "ablate"])
def test_without_trust_nothing_of_a_strangers_folder_runs(example, call, tmp_path, ran, verb):
    """One sentence that names the file; with --trust it runs."""
    folder = copied(example, tmp_path / "stranger", ran)
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
        f'task = "{TASK}"\nrules.inhibitory = {{file = "../rule.py", rule = "Threshold"}}\n'
    )
    named = ["--set", "rules.inhibitory.file=rule.py", "--set", "rules.inhibitory.rule=Threshold"]
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


def test_from_python_it_takes_trust_too(example):
    """Opening a folder, resuming, evaluating, and a script that does either."""
    for act in (plastica.Run.open, plastica.resume, plastica.evaluate, plastica.ablate):
        with pytest.raises(UserError, match=r"rules\.inhibitory comes from .* add --trust"):
            act(example)
    mine = {"rules.inhibitory.file": str(EXAMPLES / "threshold_rule.py"), "rules.inhibitory.rule": "Threshold"}
    mine |= {"rules.inhibitory.step": 2e-3}
    again = plastica.run_or_resume(TASK, small(TASK) | mine, out=example, trust=True)
    assert again.summary()["generations"] == 6
    with pytest.raises(UserError, match="holds a run with another config"):
        plastica.run_or_resume(TASK, small(TASK) | mine | {"rules.inhibitory.step": 3e-3}, out=example, trust=True)


def test_a_copied_folder_resumes_elsewhere(example, tmp_path):
    """In another process, at another path, from another folder: the very journal of the undisturbed run."""
    folder = copied(example, tmp_path / "elsewhere" / "run")
    content = (folder / "journal.jsonl").read_bytes()
    (folder / "journal.jsonl").write_bytes(content[: len(content) // 2])
    (folder / "result.json").unlink()
    done = subprocess.run(
        command("resume", Path("elsewhere", "run"), "--trust", "-q"), cwd=tmp_path, capture_output=True, text=True,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": ""}, timeout=300,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert journal_of(folder) == journal_of(example)
    assert (folder / "result.json").read_text() == (example / "result.json").read_text()
    assert [file.name for file in (folder / "rules").iterdir()] == ["threshold_rule.py"]


def test_a_copy_that_was_changed_is_refused(example, call, tmp_path):
    """The run began with another text: one sentence, and the journal stays as it is."""
    folder = copied(example, tmp_path / "run")
    rule = folder / "rules" / "threshold_rule.py"
    rule.write_text(rule.read_text().replace("w + fall", "w - fall"))
    said = call("resume", folder, "--trust")
    assert said.status == 2
    assert said.err.startswith(f"plastica: {rule} has changed since rules.inhibitory.sha256 was noted: restore it")
    assert journal_of(folder) == journal_of(example)


@pytest.mark.parametrize("verb", ["show", "resume", "plot", "evaluate", "ablate", "compare"])
@pytest.mark.parametrize("way", ["above", "absolute", "link", "linked folder", "no fingerprint", "text"])
def test_a_run_takes_its_rule_from_its_own_folder_only(example, call, tmp_path, ran, verb, way):
    """Trusting a folder is trusting what is in it: no other file runs, not even one that the fingerprint fits."""
    folder, outside = copied(example, tmp_path / "deep" / "run"), tmp_path / "rule.py"
    fingerprint = write(outside, telling(ran))
    inside = folder / "rules" / "rule.py"
    if way == "link":
        inside.symlink_to(outside)
    elif way == "linked folder":
        shutil.rmtree(folder / "rules")
        (folder / "rules").symlink_to(tmp_path)
    elif way == "no fingerprint":
        write(inside, telling(ran))
    names = {"above": "../../rule.py", "absolute": str(outside), "text": "rules/\0.py"}
    rename(folder, names.get(way, "rules/rule.py"), "" if way == "no fingerprint" else fingerprint)
    arguments = ["--out", tmp_path / "figure"] if verb == "compare" else []
    said = call(verb, folder, *arguments, "--trust")
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(f"plastica: {folder / 'config.toml'} names rules.inhibitory.file = ")
    assert "a run's rule is a file of its own rules/, with its fingerprint; restore the folder" in said.err
    assert said.err.count("\n") == 1
    assert not ran.exists()


def test_a_config_of_ones_own_may_name_any_file(example, call, tmp_path, ran):
    """The same text outside of a run's folder is its user's, who says what to trust."""
    write(tmp_path / "rule.py", telling(ran, CLEAN + "# mine"))
    mine = tmp_path / "configs" / "mine.toml"
    mine.parent.mkdir()
    mine.write_text(f'task = "{TASK}"\nrules.inhibitory = {{file = "../rule.py", rule = "Threshold"}}\n')
    assert call("run", mine, "--trust", *SMALL, "--generations", 1, "--out", tmp_path / "run", "-q").status == 0
    assert ran.exists()


def test_bytecode_beside_the_file_is_not_run(example, tmp_path, ran):
    """What runs is the text that its user could read, not what a stranger compiled beside it."""
    folder = copied(example, tmp_path / "run")
    rule = folder / "rules" / "threshold_rule.py"
    other = tmp_path / "other.py"
    other.write_text(telling(ran))
    py_compile.compile(
        str(other), cache_from_source(str(rule)), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
    )
    program = "import plastica, sys; plastica.Run.open(sys.argv[1], trust=True)"
    subprocess.run([*command()[:1], "-c", program, folder], check=True, timeout=60)
    assert not ran.exists()


def test_evaluate_on_another_file(example, call, tmp_path):
    """A setting that names another file replaces the whole table; the rule must have the same coefficients."""
    (tmp_path / "other.py").write_text(CLEAN.replace("0.5, 0.0, 0.3", "0.7, 0.0, 0.3"))
    settings = ["--set", f"rules.inhibitory.file={tmp_path / 'other.py'}", "--set", "rules.inhibitory.rule=Threshold"]
    said = call("evaluate", example, "--trust", "--json", *settings)
    assert (said.status, said.err) == (0, "")
    said = call("evaluate", example, "--trust", *settings[:2])
    assert said.status == 2
    assert "rules.inhibitory.rule = None: give a Python file and the class in it" in said.err


def test_the_printed_config_can_be_run_from_anywhere(call, tmp_path, monkeypatch):
    """It names the file by its whole path, and parses to the same config."""
    said = call("config", EXAMPLES / "threshold_rule.toml", "--trust")
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(said.out)
    assert load("mine.toml", trust=True) == load(str(EXAMPLES / "threshold_rule.toml"), trust=True)


RULE = """
from plastica.rules.base import Parameter
from plastica.section import Section
class Mine(Section):
    size: float = 1.0
    change: str = "dw"
    def parameters(self): return (Parameter("tau_pre", "ms", "log", 20.0), Parameter("tau_post", "ms", "log", 20.0))
    def known(self, name): raise ValueError
    def equation(self, theta, threshold=0.0): return 0
    @staticmethod
    def on_pre(w, x_pre, x_post, tau_pre, tau_post): return w
    @staticmethod
    def on_post(w, x_pre, x_post, tau_pre, tau_post): return w
"""
WRONG = [
    (None, {}, "rules.inhibitory.file = '{file}' cannot be read (No such file or directory)"),
    ("class Mine(:", {}, "{file} is not valid Python (line 1: "),
    ("x = 1\nraise OSError('no luck')", {}, "{file} fails in line 2 (OSError: no luck)"),
    ("import nowhere_to_be_found", {}, "{file} fails in line 1 (ModuleNotFoundError: No module named"),
    ("raise SystemExit(0)", {}, "{file} fails in line 1 (SystemExit: 0)"),
    ("class Other: pass", {}, "rules.inhibitory.rule = 'Mine': {file} has no such class; it has Other"),
    ("Mine = 3", {}, "rules.inhibitory.rule = 'Mine': {file} has no such class; it has none"),
    ("class Mine: pass", {}, "rules.inhibitory.rule = 'Mine': derive the class from plastica.section.Section"),
    (RULE.replace("on_pre", "before"), {}, "rules.inhibitory.rule = 'Mine': the class lacks on_pre; define it in"),
    (RULE.replace("size:", "file:"), {}, "rules.inhibitory.rule = 'Mine': give its field file another name"),
    (RULE, {"size": "big"}, "rules.inhibitory.size = 'big': input should be a valid number"),
    (RULE, {"colour": 3}, "rules.inhibitory.colour = 3: there is no such key"),
    (RULE, {"rule": 3}, "rules.inhibitory.rule = 3: give a Python file and the class in it, as text"),
    (RULE, {"file": 3}, "rules.inhibitory.file = 3: give a Python file and the class in it, as text"),
    (RULE.replace("tau_pre", "tau"), {}, "the first parameters of a spike rule are tau_pre and tau_post, not tau"),
    (RULE.replace("return 0", "return nothing"), {}, "rules.inhibitory: {file} fails in line 9 (NameError"),
    (RULE.replace('Parameter("tau_pre", "ms", "log", 20.0)', "'tau_pre'"), {}, "rules.inhibitory: {file} fails"),
    (RULE.replace("return w", "return weight"), {}, "Mine.on_pre does not compile for w, x_pre, x_post and 2"),
    (RULE.replace("x_post, tau_pre, tau_post", "x_post"), {}, "Mine.on_pre does not compile for w, x_pre, x_post"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "keys", "says"), WRONG, ids=[says[:60] for *_, says in WRONG])
def test_what_is_wrong_with_a_file_is_one_sentence(tmp_path, text, keys, says):
    """The file or the key, what is wrong, what to do; nothing is left behind that a corrected file would meet."""
    file = tmp_path / "mine.py"
    if text is not None:
        file.write_text(text)
    table = {"file": str(file), "rule": "Mine", **keys}
    with pytest.raises(UserError) as caught:
        load(TASK, {f"rules.inhibitory.{key}": value for key, value in table.items()}, trust=True)
    assert str(caught.value).startswith(says.format(file=file))
    assert "\n" not in str(caught.value)
    file.write_text(RULE)
    assert load(TASK, {"rules.inhibitory": {"file": str(file), "rule": "Mine"}}, trust=True).composed


def test_only_spiking_networks_take_a_rule_from_a_file(tmp_path):
    """A rate network's rule is a polynomial; the file is not even read."""
    with pytest.raises(UserError, match=r"rules\.feedforward\.file = .*only spiking networks take a rule from a file"):
        load("oja", {"rules.feedforward.file": str(tmp_path / "nowhere.py"), "rules.feedforward.rule": "Mine"})
    with pytest.raises(UserError, match=r"rules\.excitatory = .*there is no such key"):
        load(TASK, {"rules.excitatory.file": "nowhere.py"})
