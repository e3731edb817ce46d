"""Known rules on the command line: the catalogue, and what a run's rule resembles."""

import json
import shutil

import pytest

import plastica
from plastica.analysis import identify
from plastica.rules.catalogue import CATALOGUE

ROW = {"rule", "title", "source", "angle_deg", "angle_free_deg", "factors", "space"}
BEHAVIOUR = {"loss", "standard_error", "median", "outcomes", "difference", "parameters"}


def test_rules_lists_the_catalogue(call):
    """Each with its equation and its source."""
    said = call("rules")
    assert said.status == 0
    for name, entry in CATALOGUE.items():
        assert f"\n{name}: dw / " in f"\n{said.out}"
        assert entry.source in said.out
    assert "oja: dw / eta = -1.0*w*y**2 + 1.0*x*y\n" in said.out
    assert "    reads y2_mean: tau d(y2_mean)/dt = y**2 - y2_mean; no network of plastica has it\n" in said.out
    assert " ; tau_pre = 20 ms, tau_post = 20 ms\n" in said.out
    assert list(json.loads(call("rules", "--json").out)) == list(CATALOGUE)


def test_identify_ranks_and_tries(call, finished, monkeypatch):
    """A table for people, one object for programs; from Python the same."""
    few = ("hebb", "anti_hebb", "oja", "delta")  # whose kernels are those of the run
    monkeypatch.setattr(identify, "CATALOGUE", {name: CATALOGUE[name] for name in few})
    monkeypatch.setattr(identify, "NEAREST", 2)
    monkeypatch.setattr(identify, "GENERATIONS", 1)
    said = call("identify", finished, "--json")
    assert said.status == 0
    (rows,) = (found := json.loads(said.out)).values()
    assert all(set(row) >= ROW for row in rows)
    assert [set(row.get("behaviour", ())) for row in rows[:3]] == [BEHAVIOUR, BEHAVIOUR, set()]
    summary = json.loads(call("show", finished, "--json").out)
    assert summary["nearest"] == {"feedforward": {key: rows[0][key] for key in ROW}}
    assert plastica.Run.open(finished).identify() == found
    table = call("identify", finished).out
    assert table.startswith("feedforward: known rules by their angle with free factors; the nearest 2, calibrated")
    for word in (rows[0]["rule"], rows[0]["source"], "learned - this", "not compared", "delta (e)"):
        assert word in table


@pytest.mark.parametrize("run", ["finished", "pair"])
def test_a_summary_ends_with_the_nearest_rule_of_each_connection(call, request, run):
    folder = request.getfixturevalue(run)
    nearest = json.loads(call("show", folder, "--json").out)["nearest"]
    lines = call("show", folder).out.splitlines()[-len(nearest) :]
    for (connection, row), line in zip(nearest.items(), lines, strict=True):
        assert line.startswith(f"  {connection}: nearest known rule {row['rule']}, {row['angle_free_deg']:.1f}° with ")
        assert line.endswith(f"{row['angle_deg']:.1f}° as published; {row['source']}")


def test_a_run_without_a_result_is_answered_in_a_sentence(call, finished, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    (folder / "result.json").unlink()
    said = call("identify", folder)
    assert (said.status, said.out) == (2, "")
    sentence = f"{folder} has no result yet: let the run come to its end, with: plastica resume {folder}"
    assert said.err == f"plastica: {sentence}\n"
    assert call("show", folder).status == 0
