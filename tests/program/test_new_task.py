"""The first task of one's own: the file that `plastica new` writes, and the one that the README shows."""

import re
from pathlib import Path

import pytest

import plastica

README = Path(__file__).parents[2] / "README.md"
SMALL = ("--set", "network.updates=20", "--set", "data.count=3", "--set", "held_out.count=5", "--generations", 3)


def written(call, tmp_path) -> Path:
    assert call("new", tmp_path / "first.py").status == 0
    return tmp_path / "first.py"


def shown(call, tmp_path) -> Path:
    (text,) = (t for t in re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL) if "TASK = " in t)
    assert len(text.splitlines()) <= 21
    (tmp_path / "my_task.py").write_text(text)
    return tmp_path / "my_task.py"


@pytest.mark.parametrize("source", [written, shown])
def test_it_is_sound_and_runs(call, tmp_path, source):
    file = source(call, tmp_path)
    said = call("check", file, "--trust", "--set", "network.updates=20")
    assert (said.status, said.err) == (0, "")
    assert all(line.startswith("ok    ") for line in said.out.splitlines())
    assert call("run", file, "--trust", "-q", *SMALL, "--out", tmp_path / "run").status == 0
    assert plastica.Run.open(tmp_path / "run", trust=True).summary()["status"] == "finished"


def test_nothing_is_overwritten(call, tmp_path):
    """One sentence, for what is there, for a name of another kind, for a place that is none."""
    file = written(call, tmp_path)
    before = file.read_text()
    for name, says in (("first.py", "exists already"), ("first.txt", "is no name of a Python file"),
                       ("nowhere/first.py", "cannot be written (No such file or directory)")):  # fmt: skip
        said = call("new", tmp_path / name)
        assert (said.status, said.err.count("\n")) == (2, 1)
        assert says in said.err
    assert file.read_text() == before
