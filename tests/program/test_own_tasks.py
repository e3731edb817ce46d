"""Tasks of a user's own: from a Python file the whole way, as objects, and from installed packages."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tomllib
from dataclasses import replace
from importlib import import_module, invalidate_caches
from pathlib import Path

import numpy as np
import pytest
from distributed import Client, LocalCluster
from processes import command, journal_of
from small import small

import plastica
from plastica.conduct import Silent
from plastica.config import load
from plastica.engines import OnClient
from plastica.engines.dask_worker import TaskPlugin
from plastica.errors import UserError
from plastica.parts import GaussianData, PrincipalVectors, RateNetwork, Volterra
from plastica.plan import plan
from plastica.python_file import run_text
from plastica.report import repetition
from plastica.report.material import Material
from plastica.tasks import TASKS

OWN = Path(__file__).parents[1] / "data" / "own_task.py"
STEPWISE = OWN.with_name("own_stepwise_task.py")
TRUST = "a Python file that runs as a program: read it, and if you trust it add --trust (in Python: trust=True)"
PLAIN = """
from plastica import Preset, Task
from plastica.parts import GaussianData, PrincipalVectors, RateNetwork, Volterra

def task(name="mine", network=RateNetwork(), rules={"feedforward": Volterra()}, data=GaussianData(), loss=None):
    return Preset("own", Task(name, network, rules, data, loss or PrincipalVectors()))

"""


@pytest.fixture
def own(tmp_path) -> Path:
    """A copy of the file, where a test may do with it what it likes."""
    return Path(shutil.copy(OWN, tmp_path / "own_task.py"))


def not_disturbed(file: Path, home: Path) -> Path:
    """A run of a file's task, whose original is gone."""
    copy = Path(shutil.copy(file, home))
    plastica.run(str(copy), out=home / "run", trust=True)
    copy.unlink()
    return home / "run"


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> Path:
    return not_disturbed(OWN, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def undisturbed_stepwise(tmp_path_factory) -> Path:
    return not_disturbed(STEPWISE, tmp_path_factory.mktemp("home"))


class Dies(Silent):
    """Kills its process after some generations."""

    def generation(self, run, record):
        if record["generation"] == 3:
            os.kill(os.getpid(), signal.SIGKILL)


DYING = "import sys, plastica, {here}; plastica.run(sys.argv[1], out=sys.argv[2], observer={here}.Dies(), trust=True)"


def test_a_file_goes_the_whole_way(undisturbed_stepwise, tmp_path, call):
    """Killed, resumed where only the folder is, shown, drawn, evaluated at another size: network, data, loss, rule."""
    own, folder = Path(shutil.copy(STEPWISE, tmp_path)), tmp_path / "run"
    program = [sys.executable, "-c", DYING.format(here="test_own_tasks"), own, folder]
    paths = os.pathsep.join(map(str, (Path(__file__).parent, OWN.parents[1])))
    surroundings = os.environ | {"PYTHONPATH": os.pathsep.join((paths, os.environ.get("PYTHONPATH", "")))}
    assert subprocess.run(program, env=surroundings, timeout=300, check=False).returncode == -signal.SIGKILL
    own.unlink()
    elsewhere = tmp_path / "elsewhere"
    shutil.move(folder, elsewhere)
    done = subprocess.run(command("resume", elsewhere, "--trust", "-q"), capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    check_whole_run(elsewhere, undisturbed_stepwise, call, "slowness")
    assert call("compare", elsewhere, undisturbed_stepwise, "--out", tmp_path / "both", "--trust").status == 0


def test_a_network_that_is_not_written_as_a_step_goes_that_way_too(undisturbed, tmp_path, call):
    """Arrays of a user's own all through; of the journal, what a kill leaves."""
    folder = shutil.copytree(undisturbed, tmp_path / "run")
    lines = (folder / "journal.jsonl").read_text().splitlines(keepends=True)
    (folder / "journal.jsonl").write_text("".join(lines[:5]) + lines[5][:9])
    (folder / "result.json").unlink()
    assert call("resume", folder, "--trust", "-q").status == 0
    check_whole_run(folder, undisturbed, call, "skewness")


def check_whole_run(folder: Path, undisturbed: Path, call, task: str) -> None:
    """It is the undisturbed run, bit for bit, and every command takes it."""
    assert journal_of(folder) == journal_of(undisturbed)
    summary = json.loads(call("show", folder, "--json", "--trust").out)
    assert (summary["task"], summary["status"]) == (task, "finished")
    assert summary["held_out"] == json.loads((undisturbed / "result.json").read_text())["held_out"]
    for verb in ("plot", "ablate"):
        assert call(verb, folder, "--trust").status == 0
    larger = json.loads(call("evaluate", folder, "--trust", "--json", "--set", "network.inputs=5").out)
    assert larger["loss"] != summary["held_out"]["loss"]


def test_they_travel_to_workers(undisturbed, undisturbed_stepwise, tmp_path):
    """Processes that have never seen the files get their text: the same journals, bit for bit."""
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        for file, expected in ((OWN, undisturbed), (STEPWISE, undisturbed_stepwise)):
            own, folder = shutil.copy(file, tmp_path), tmp_path / file.stem
            plastica.run(own, out=folder, engine=OnClient(client), trust=True)
            assert journal_of(folder) == journal_of(expected)


def test_the_folder_keeps_the_file_and_its_fingerprint(undisturbed, call):
    """Nothing of it runs without trust, and a changed copy is refused."""
    copy = undisturbed / "task" / "own_task.py"
    assert copy.read_bytes() == OWN.read_bytes()
    assert 'file = "task/own_task.py"\npreset = "TASK"\nsha256 = "' in (undisturbed / "config.toml").read_text()
    for verb in ("show", "resume", "plot", "report", "evaluate", "ablate", "compare"):
        said = call(verb, undisturbed)
        assert (said.status, said.err) == (2, f"plastica: the task comes from {copy}, {TRUST}\n")


def test_a_report_says_that_the_file_is_needed(undisturbed):
    """The command that repeats the run trusts it; the config names it as the folder does."""
    run = plastica.Run.open(undisturbed, trust=True)
    material = Material(run, run.summary(), True, None, None, {}, {})
    assert f"plastica run {undisturbed / 'config.toml'} --trust<" in repetition.repetition(material)
    assert "It names task/own_task.py, a Python file that the folder keeps, too." in repetition.config(material)


def test_a_changed_copy_is_refused(undisturbed, call, tmp_path):
    folder = shutil.copytree(undisturbed, tmp_path / "run")
    copy = folder / "task" / "own_task.py"
    copy.write_text(copy.read_text() + "\n")
    assert f"{copy} has changed since source.sha256 was noted" in call("show", folder, "--trust").err


@pytest.mark.parametrize("way", ["above", "absolute", "link", "no fingerprint", "text"])
def test_a_run_takes_its_task_from_its_own_folder_only(undisturbed, call, tmp_path, way):
    """Trusting a folder is trusting what is in it."""
    folder, ran = shutil.copytree(undisturbed, tmp_path / "deep" / "run"), tmp_path / "ran"
    (tmp_path / "evil.py").write_text(f"import pathlib\npathlib.Path({str(ran)!r}).touch()\n")
    if way == "link":
        (folder / "task" / "evil.py").symlink_to(tmp_path / "evil.py")
    names = {"above": "../../evil.py", "absolute": str(tmp_path / "evil.py"), "text": "task/\\u0000.py"}
    name = names.get(way, "task/evil.py" if way == "link" else "task/own_task.py")
    text = (folder / "config.toml").read_text().replace('"task/own_task.py"', f'"{name}"')
    lines = [line for line in text.splitlines() if way != "no fingerprint" or not line.startswith("sha256")]
    (folder / "config.toml").write_text("\n".join(lines))
    said = call("show", folder, "--trust")
    assert said.status == 2
    assert "a run's task is a file of its own task/, with its fingerprint; restore the folder" in said.err
    assert said.err.count("\n") == 1
    assert not ran.exists()


def test_settings_and_configs_reach_it(own, call, tmp_path):
    """Sections of the file are tables of the config; the printed config runs from anywhere; plan and check take it."""
    said = call("config", f"{own}:TASK", "--trust", "--set", "network.inputs=4")
    assert said.status == 0
    assert tomllib.loads(said.out)["network"]["inputs"] == 4
    (tmp_path / "mine.toml").write_text(said.out)
    assert load(str(tmp_path / "mine.toml"), trust=True) == load(str(own), {"network.inputs": 4}, trust=True)
    assert plan(str(own), trust=True)["task"] == "skewness"
    assert call("check", own, "--trust").status == 0


def test_two_tasks_of_one_file_are_told_apart(tmp_path):
    (tmp_path / "two.py").write_text(PLAIN + "ONE = task('one')\nTWO = task('two', RateNetwork(inputs=5))\n")
    assert load(f"{tmp_path / 'two.py'}:TWO", trust=True).composed.network.inputs == 5
    with pytest.raises(UserError, match=r"two\.py has no Preset called TASK: it has ONE, TWO"):
        load(str(tmp_path / "two.py"), trust=True)


WRONG = [
    ("TASK = (", "is not valid Python (line 1: "),
    ("x = 1\nTASK = nowhere", "fails in line 2 (NameError: name 'nowhere' is not defined)"),
    ("TASK = 3", "has no Preset called TASK: write TASK = plastica.Preset(...)"),
    (PLAIN + "TASK = task().task", "has no Preset called TASK: write TASK = plastica.Preset(...)"),
    (PLAIN + "TASK = Preset('own', 3)", ": task = 3 of the Preset is not a Task"),
    (PLAIN + "TASK = task('../mine')", ": the task's name '../mine' must be a word of letters, digits"),
    (PLAIN + "TASK = task(network=object())", ": the network of mine, object, lacks connections, check, footprint"),
    (PLAIN + "TASK = task(data=object())", ": the data of mine, object, lacks count, refresh"),
    (PLAIN + "TASK = task(loss=3)", ": the loss of mine, int, lacks score"),
    (PLAIN + "TASK = task(rules={'feedforward': 3})", ": the rule feedforward of mine, int, lacks parameters, known"),
    (PLAIN + "TASK = task(rules={})", "network has feedforward connections, for which the task mine has no rule"),
    (PLAIN + "import plastica\nplastica.run(__file__, trust=True)", "is being read: put what runs it below `if __name"),
    (PLAIN + "class Bad(RateNetwork):\n    def check(self, data, rules): return 1 / 0\nTASK = task(network=Bad())",
     "fails in line 9 (ZeroDivisionError: division by zero)"),
    (PLAIN + "import beside\nTASK = task()", "imports beside, which a run's folder would lack: put both into one file"),
    (PLAIN + "from beside import x\nTASK = task(loss=x)", "imports beside, which a run's folder would lack"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "says"), WRONG, ids=[says[:60] for _, says in WRONG])
def test_what_is_wrong_with_a_file_is_one_sentence(tmp_path, monkeypatch, call, text, says):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "beside.py").write_text("def x(trials, datasets): return 0\n")
    monkeypatch.delitem(sys.modules, "beside", raising=False)
    file = tmp_path / "mine.py"
    file.write_text(text)
    said = call("run", file, "--trust", "--out", tmp_path / "run")
    assert (said.status, said.out) == (2, "")
    assert says in said.err
    assert said.err.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_what_is_wrong_with_a_table_is_one_sentence():
    """`source` and `parts` may be written by hand."""
    parts = {"network": "rate", "data": "gaussian", "loss": "principal-vectors", "rules": {"feedforward": "volterra"}}
    for tree, says in (
        ({"source": 3}, r"source\.file = None: give a Python file"),
        ({"source.file": "x.py", "source.preset": 3}, r"source\.preset = 3: give a Python file"),
        ({"source.file": "nowhere.py", "task": "mine"}, r"source\.file = .* cannot be read"),
        ({"source.file": str(OWN), "task": "mine"}, "task = 'mine': the task of .* is called skewness; leave it out"),
        ({"parts": 3, "task": "mine"}, "^parts"),
        ({"parts": parts | {"colour": 3}, "task": "mine"}, r"parts\.colour = 3: there is no such key"),
        ({"parts": parts | {"network": "ring"}, "task": "mine"}, r"parts\.network = 'ring': choose from rate, spiking"),
        ({"parts": parts | {"loss": "os:system"}, "task": "mine"}, r"parts\.loss = 'os:system': no installed package"),
        ({"parts": parts}, "the task's name"),
    ):
        settings = {key: value for key, value in tree.items() if key != "task"}
        with pytest.raises(UserError, match=says):
            load_tree(settings, tree.get("task"))
    assert load_tree({"parts": parts}, "mine").composed.network == RateNetwork()


def load_tree(settings, task):
    from plastica.config import parse
    from plastica.toml_text import nested

    tree = {} if task is None else {"task": task}
    for key, value in settings.items():
        for name, inner in nested(key, value).items():
            tree[name] = {**tree[name], **inner} if name in tree else inner
    return parse(tree, trust=True)


def of_own_parts(loss=None) -> plastica.Preset:
    return plastica.Preset(
        "as in a notebook",
        plastica.Task(
            "balanced", RateNetwork(inputs=4, updates=20), {"feedforward": Volterra(order=1)},
            GaussianData(count=3, batches=2), loss or PrincipalVectors(), {"feedforward": "hebb"},
            {"also: hebb": {"feedforward": "hebb"}},
        ),
        generations=4, search={"name": "random"}, held_out={"count": 6, "random_rules": 3},
        sparsity=lambda inputs: 0.1,
    )  # fmt: skip


def test_an_object_of_plasticas_parts_is_data_in_its_folder(tmp_path, call):
    """Opened in another process, without trust: it resumes there, is drawn, and keeps targets and baselines."""
    preset = of_own_parts()
    run = plastica.run(preset, {"seed": 5, "network.inputs": 3}, out=tmp_path / "run")
    assert run.task.network.inputs == 3
    assert plan(preset)["task"] == "balanced"
    assert {"hebb", "also: hebb"} & set(run.result()["held_out"]["baselines"]) == {"also: hebb"}
    said = call("resume", tmp_path / "run", "--set", "generations=6", "-q")
    assert (said.status, said.err) == (0, "")
    assert list(plastica.Run.open(tmp_path / "run").summary()["angle_deg"]) == ["feedforward"]
    for verb in ("show", "plot", "evaluate", "ablate"):
        assert call(verb, tmp_path / "run").status == 0
    again = {"seed": 5, "network.inputs": 3, "generations": 6}
    assert plastica.run_or_resume(preset, again, out=tmp_path / "run").summary()["generations"] == 6
    with pytest.raises(UserError, match="holds a run with another config"):
        plastica.run_or_resume(preset, again | {"seed": 6}, out=tmp_path / "run")


def test_a_preset_of_plasticas_is_its_name():
    """Also where only its settings change."""
    assert load(TASKS["oja"], small("oja")) == load("oja", small("oja"))
    changed = replace(TASKS["oja"], generations=7)
    config = load(changed)
    assert (config.task, config.generations) == ("oja", 7)
    assert tomllib.loads(config.toml())["parts"]["rules"] == {"feedforward": "volterra"}


def test_what_a_session_defines_is_refused_by_a_sentence(tmp_path):
    """Nothing could bring it back from a folder."""
    program = (
        "import plastica, sys; sys.path.insert(0, sys.argv[1]); import test_own_tasks\n"
        "def mine(trials, datasets): return 0\n"
        "try: plastica.run(test_own_tasks.of_own_parts(mine))\n"
        "except plastica.UserError as error: print(error)"
    )
    paths = os.pathsep.join((str(OWN.parents[1]), os.environ.get("PYTHONPATH", "")))
    done = subprocess.run(
        [sys.executable, "-c", program, Path(__file__).parent], cwd=tmp_path, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": paths}, timeout=120,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout.startswith("the loss of the task balanced, mine, is defined in __main__, of which no run folder")
    assert "put the whole task into a Python file" in done.stdout
    assert not list(tmp_path.iterdir())


def test_an_object_of_a_file_is_that_file(own, tmp_path, monkeypatch):
    """`from own_task import TASK` in a notebook: the folder keeps the file, as if it had been named."""
    monkeypatch.syspath_prepend(tmp_path)
    invalidate_caches()
    module = import_module("own_task")
    try:
        run = plastica.run(module.TASK, {"generations": 2}, out=tmp_path / "run")
    finally:
        del sys.modules["own_task"]
    assert (tmp_path / "run" / "task" / "own_task.py").read_bytes() == OWN.read_bytes()
    assert run.summary()["generations"] == 2
    with pytest.raises(UserError, match=r"ThresholdNeuron, is defined in own_task, of which no run folder can keep"):
        load(replace(module.TASK, generations=3))


SCRIPT = """
if __name__ == "__main__":
    import sys, plastica
    plastica.run(TASK, {"generations": 2}, out=sys.argv[1])
"""


@pytest.mark.parametrize("guarded", [True, False])
def test_a_script_may_define_and_run_its_task(own, tmp_path, guarded):
    """Below its `if __name__ ...`; else it is told so, and does not run itself again and again."""
    text = SCRIPT if guarded else SCRIPT.replace('__name__ == "__main__"', "True")
    own.write_text(own.read_text() + text)
    done = subprocess.run(
        [sys.executable, own, tmp_path / "run"], capture_output=True, text=True, timeout=120, check=False
    )
    if guarded:
        assert (done.returncode, done.stderr) == (0, "")
        assert plastica.Run.open(tmp_path / "run", trust=True).summary()["status"] == "finished"
    else:
        assert "is being read: put what runs it below `if __name__" in done.stderr.splitlines()[-1]
        assert not (tmp_path / "run").exists()


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package that offers a task, all of whose parts are its own."""
    place = tmp_path / "site"
    (place / "labpkg").mkdir(parents=True)
    (place / "labpkg" / "__init__.py").write_text("")
    shutil.copy(OWN, place / "labpkg" / "tasks.py")
    info = place / "labpkg-1.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: labpkg\nVersion: 1.5\n")
    (info / "entry_points.txt").write_text("[plastica.tasks]\nskew = labpkg.tasks:TASK\nbroken = labpkg.none:TASK\n")
    monkeypatch.syspath_prepend(place)
    invalidate_caches()
    yield place
    for name in [name for name in sys.modules if name.split(".")[0] == "labpkg"]:
        del sys.modules[name]


def test_a_package_offers_tasks(package, tmp_path, call):
    """Listed without an import; run without trust; the folder says which version it was."""
    lines = call("tasks").out.splitlines()
    assert "skew                    of the package labpkg 1.5" in lines
    assert "labpkg.tasks" not in sys.modules
    run = plastica.run("skew", {"generations": 2}, out=tmp_path / "run")
    assert run.folder.environment()["versions"]["labpkg"] == "1.5"
    assert plastica.Run.open(tmp_path / "run").summary()["task"] == "skew"
    assert "there is no task skw: did you mean skew?" in call("run", "skw").err
    said = call("run", "broken")
    assert (said.status, said.err.count("\n")) == (2, 1)
    assert "the task broken of labpkg 1.5 cannot be loaded (ModuleNotFoundError" in said.err


def test_parts_of_a_package_are_data_too(package, tmp_path):
    """A preset composed of them in a notebook opens without trust wherever the package is installed."""
    tasks = import_module("labpkg.tasks")
    assert load(tasks.TASK).task == "skew"
    mine = replace(tasks.TASK, task=replace(tasks.TASK.task, name="mine", network=tasks.ThresholdNeuron(inputs=3)))
    run = plastica.run(mine, {"generations": 2}, out=tmp_path / "run")
    assert tomllib.loads(run.folder.config.read_text())["parts"]["loss"] == "labpkg.tasks:angle"
    assert run.folder.environment()["versions"]["labpkg"] == "1.5"
    opened = plastica.Run.open(tmp_path / "run")
    np.testing.assert_array_equal(opened.theta, run.theta)
    assert plastica.evaluate(tmp_path / "run") == run.result()["held_out"]


def test_workers_get_the_text_of_their_task_and_no_other(tmp_path):
    """Whatever else ran in the program may not run elsewhere."""
    run_text(tmp_path / "other.py", b"RULE = 1\n")
    assert TaskPlugin("a", load("oja").composed)._texts == {}
    own = load(f"{OWN}", trust=True).composed
    assert [Path(file).name for file, _ in TaskPlugin("b", own)._texts.values()] == [OWN.name]


def test_a_failing_trial_is_a_sentence(tmp_path, call):
    """Of `run`, which keeps it, and of `plan`, `evaluate` and `check`, too."""
    text = PLAIN + "def bad(trials, datasets): return 1 / 0\nTASK = task(loss=bad, data=GaussianData(count=2))\n"
    (tmp_path / "mine.py").write_text(text)
    said = call("run", tmp_path / "mine.py", "--trust", "--out", tmp_path / "run", "-q")
    assert said.status == 2
    assert "a trial failed (ZeroDivisionError: division by zero)" in said.err
    assert (tmp_path / "run" / "failure.json").exists()
    for verb, what in (("plan", tmp_path / "mine.py"), ("evaluate", tmp_path / "run")):
        said = call(verb, what, "--trust")
        assert (said.status, said.err.count("\n")) == (2, 1)
        assert "a trial failed (ZeroDivisionError: division by zero): mend the task" in said.err
    said = call("check", tmp_path / "mine.py", "--trust")
    assert said.status == 1
    assert "FAIL  a dataset follows from its key: ZeroDivisionError: division by zero" in said.out


def test_a_loss_that_is_a_function_is_finite_for_every_outcome(tmp_path):
    """What it says of a trial that failed does not count; a wrong shape is a sentence."""
    task = replace(of_own_parts().task, loss=lambda trials, datasets: trials.w[:, :, 0, 0] * np.inf)
    keys = task.keys(1, "search", 2)
    np.testing.assert_array_equal(task.evaluate(np.zeros((2, task.space.size)), keys).loss, 1e3)
    with pytest.raises(ValueError, match=r"the loss function returned \(\) for \(1, 2\)"):
        replace(task, loss=lambda trials, datasets: 0.0).evaluate(task.space.zero, keys)


def test_the_example_of_a_network_of_ones_own_is_sound(call):
    """The recurrent network of the docs, written as one step; its page shows it as it stands in the file."""
    file = Path(__file__).parents[2] / "examples" / "recurrent_task.py"
    settings = ("--set", "network.updates=10", "--set", "data.count=2")
    said = call("check", file, "--trust", *settings)
    assert (said.status, said.err) == (0, "")
    page = (file.parents[1] / "docs" / "tasks.md").read_text()
    shown = page.split("class Recurrent(StepwiseNetwork):")[1].split("```")[0]
    body = [line for line in shown.splitlines() if line.strip()]
    assert set(body) <= set(file.read_text().splitlines())
