"""What README and docs say can be done: their commands, code and links; the site itself is built by .ci/run."""

import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from small import options, small

import plastica
from plastica.cli import app

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = [page for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")) if "_build" not in page.parts]
SEARCHING = ("run", "plan", "config", "study")  # commands that take settings


def page_id(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, language: str) -> list[str]:
    """Code of a language, as it stands; not the cells of notebooks, which building the site runs."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)


def commands(page: Path) -> Iterator[tuple[list[str], str]]:
    """The arguments of each call of the program, and the file to which its output goes, if any."""
    for block in blocks(page, "console"):
        for line in block.replace("\\\n", "").splitlines():  # a command may go on
            if line.startswith("$ plastica "):
                words = shlex.split(line.removeprefix("$ plastica ").rstrip("& "), comments=True)
                yield (words[:-2], words[-1]) if ">" in words else (words, "")


def test_each_command_of_the_readme_does_what_it_says(call, tmp_path, monkeypatch):
    """In their order, in one folder, with settings that make them small."""
    monkeypatch.chdir(tmp_path)
    (task,) = (block for block in blocks(README, "python") if "TASK = " in block)
    Path("my_task.py").write_text(task)
    for arguments, output in commands(README):
        if arguments[0] in SEARCHING and arguments[1] != "mine.toml":  # which is small already
            arguments = [*arguments, *options("oja")]
        if arguments[0] == "compare":
            shutil.copytree("runs/mine", "runs/other")
        said = call(*arguments)
        assert (said.status, said.err) == (0, ""), arguments
        if output:
            Path(output).write_text(said.out)
    assert (Path("runs/mine/figures/search.svg")).exists()
    assert Path("comparison.png").exists()


def test_the_readme_runs_in_python(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (text,) = (block for block in blocks(README, "python") if "TASK = " not in block)
    smaller = text.replace('"network.inputs": 3}', '"network.inputs": 3, **small}')
    assert smaller != text
    exec(smaller, {"small": small("oja")})
    assert capsys.readouterr().out.startswith("{'feedforward': '")


def test_the_readme_is_short():
    assert len(README.read_text().splitlines()) <= 120


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_what_a_page_says_holds(page):
    """Files that it links to exist; its commands and options do; its Python compiles, and its TOML can be read."""
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)):
        if not re.match(r"[a-z]+:|#", target):
            assert (page.parent / target.partition("#")[0]).exists(), target
    group = typer.main.get_command(app)
    for arguments, _ in commands(page):
        group.commands[arguments[0]].make_context(arguments[0], arguments[1:])
    for block in blocks(page, "toml"):
        tomllib.loads(block)
    for block in blocks(page, "python"):
        compile(block, str(page), "exec")


def test_each_public_name_is_in_the_reference():
    """A new one takes a line in docs/reference/api.md."""
    page = (ROOT / "docs/reference/api.md").read_text()
    documented = re.findall(r"^\.\. (?:auto\w+|py:data):: (\w+)$", page, re.MULTILINE)
    assert sorted(documented) == sorted(plastica.__all__)


@pytest.mark.parametrize("name", ["own_data", "third_factor"])
def test_an_example_that_a_page_shows_is_sound_and_runs(call, tmp_path, name):
    file = ROOT / "examples" / f"{name}.py"
    smaller = ("--set", "network.updates=20", "--set", "data.count=3")
    said = call("check", file, "--trust", *smaller)
    assert (said.status, said.err) == (0, "")
    held_out = ("--set", "held_out.count=5", "--set", "held_out.selection=3", "--set", "held_out.random_rules=3")
    run = call("run", file, "--trust", "-q", "--generations", 2, *smaller, *held_out, "--out", tmp_path / "run")
    assert (run.status, run.err) == (0, "")
