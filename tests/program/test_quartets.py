"""Quartets of rules by rounds of a filter, as in papers/confavreux2025: the same on every engine, and after kills."""

import importlib
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from distributed import Client, LocalCluster
from processes import command, journal_of
from small import OTHERS

import plastica
from plastica.engines import OnClient
from plastica.plan import plan
from plastica.tasks.losses.metric_windows import PLAUSIBLE

QUARTETS = Path(__file__).parents[2] / "papers" / "confavreux2025" / "quartets.toml"
SETTINGS = {key: value for key, value in OTHERS["recurrent-stability"].items() if key.startswith("network.")} | {
    "search.population": 20, "search.rules": 1000, "generations": 4, "held_out.count": 2, "held_out.random_rules": 1,
    **{f"search.windows.{name}": [-1.0, 1e4] for name in PLAUSIBLE},
}  # fmt: skip


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    return plastica.run(str(QUARTETS), SETTINGS | {"engine.threads": 1}, out=folder).folder.path


def test_rounds_keep_some_rules_and_two_threads_change_nothing(undisturbed, tmp_path):
    """Each journal line tells what fraction a round kept."""
    run = plastica.run(str(QUARTETS), SETTINGS | {"engine.threads": 2}, out=tmp_path / "run")
    assert journal_of(run.folder.path)[1:] == journal_of(undisturbed)[1:]
    assert any(0 < record["search"]["kept"] <= 1 for record in run.records())
    assert len(run.theta) == 24


def test_the_table_of_rounds_has_what_the_filter_kept(undisturbed, monkeypatch):
    monkeypatch.syspath_prepend(QUARTETS.parent)
    run = plastica.Run.open(undisturbed)
    cells = [row.split(" | ") for row in importlib.import_module("rounds").rows(run)][2:]
    kept = [record["search"]["kept"] for record in run.records()]
    assert [row[6] for row in cells] == [f"{100 * share:.1f} %" for share in kept]
    assert all(float(row[6][:-2]) <= min(float(share[:-2]) for share in row[3:6]) for row in cells)
    assert cells[-1][-1] == f"{run.records()[-1]['search']['rules']} |"
    sys.modules.pop("rounds"), sys.modules.pop("prior")


def test_the_full_network_is_planned(tmp_path):
    """Candidates are no lanes there, and travel apart: more cores than one are of use with a single dataset."""
    planned = plan(str(QUARTETS), SETTINGS)
    assert planned["candidates"]["lanes"] == 1
    assert planned["useful_cores"] > 1


@pytest.mark.slow
def test_dask_carries_them_with_the_same_bits(undisturbed, tmp_path):
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        run = plastica.run(str(QUARTETS), SETTINGS, out=tmp_path / "run", engine=OnClient(client))
    assert journal_of(run.folder.path)[1:] == journal_of(undisturbed)[1:]


@pytest.mark.slow
def test_killed_and_resumed_the_rounds_are_the_same(undisturbed, tmp_path):
    folder = tmp_path / "run"
    config = tmp_path / "config.toml"
    config.write_bytes((undisturbed / "config.toml").read_bytes())
    process = subprocess.Popen(command("run", config, "--out", folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if (folder / "journal.jsonl").exists() and (folder / "journal.jsonl").read_bytes().count(b"\n") >= 3:
            break
        time.sleep(0.002)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    done = subprocess.run(command("resume", folder), capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert journal_of(folder)[1:] == journal_of(undisturbed)[1:]
