"""Rules without a search: `plastica protocol` and `plastica simulate`, and the same from Python."""

import csv
import json

import numpy as np
from small import small

import plastica


def one_sentence(said, *words):
    assert said.status == 2
    assert said.out == ""
    assert said.err.startswith("plastica: ")
    assert said.err.count("\n") == 1
    for word in words:
        assert word in said.err


def test_a_protocol_prints_draws_and_writes_tables(call, pair, tmp_path):
    """Of each connection; the folder of the run is left as it was where figures go elsewhere."""
    before = sorted(pair.rglob("*"))
    said = call("protocol", pair, "--out", tmp_path / "out")
    assert (said.status, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0] == "feedforward:"
    assert "lateral:" in lines
    assert any("fixed point" in line for line in lines)
    for connection in ("feedforward", "lateral"):
        suffixes = (".png", ".svg", ".pdf", "-change.csv", "-mean.csv", "-fixed-points.csv")
        for file in (tmp_path / "out" / f"protocols-{connection}{suffix}" for suffix in suffixes):
            assert str(file) in lines
            assert file.stat().st_size > 0
    assert sorted(pair.rglob("*")) == before


def test_a_protocol_in_json_is_what_python_gives(call, finished, tmp_path):
    said = call("protocol", finished, "--out", tmp_path, "--json")
    assert (said.status, said.err) == (0, "")
    found = plastica.Run.open(finished).protocols()
    assert json.loads(said.out) == {"feedforward": {name: one.plain() for name, one in found["feedforward"].items()}}
    with (tmp_path / "protocols-feedforward-mean.csv").open() as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["w", "mean_change"]
    np.testing.assert_array_equal(
        [float(row[1]) for row in rows[1:]], found["feedforward"]["mean"].values["mean_change"]
    )


def test_a_protocol_needs_a_generation(call, tmp_path):
    """Nothing is made before."""
    plastica.run("oja", small("oja"), out=tmp_path / "run", max_seconds=0)
    (tmp_path / "run" / "result.json").unlink(missing_ok=True)
    one_sentence(call("protocol", tmp_path / "run"), "has no generation to draw yet", "plastica resume")
    assert not (tmp_path / "run" / "figures").exists()


def test_a_protocol_writes_through_no_link(call, finished, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    out = tmp_path / "out"
    out.mkdir()
    (out / "protocols-feedforward-mean.csv").symlink_to(victim)
    said = call("protocol", finished, "--out", out)
    assert said.status == 2
    assert "is a symbolic link" in said.err
    assert victim.read_text() == "mine"
