"""`plastica plan`: its counts are those of a real run, its table follows from what it measured."""

import json
from dataclasses import asdict, replace

import pytest
from direct import Direct
from small import one_a_network, options, small

import plastica
from plastica.analysis import held_out
from plastica.display.plan import print_plan
from plastica.engines.base import candidate_blocks
from plastica.engines.threads import Threads
from plastica.plan import CORES, SCHEDULING_S, Call, Measured, plan
from plastica.tasks import TASKS

MEASURED = Measured(group_s=0.1, dataset_s=1.0, search_s=0.0, dataset_bytes=1, process_bytes=1)


@pytest.mark.parametrize("name", one_a_network())
@pytest.mark.parametrize("search", ["cma", "adam"])
def test_it_counts_the_trials_of_a_real_run(name, search, tmp_path):
    """Candidates of the first generation and of the others, and whatever the held-out evaluation asks for."""
    settings = small(name, **{"search.name": search, "search.restarts.most": 0})
    planned = plan(name, settings)
    run = plastica.run(name, settings, out=tmp_path / "run")
    assert planned["trials"]["search"] == run.summary()["trials"]
    records = run.records()
    assert planned["candidates"]["first"] == len(records[0]["loss"])
    assert planned["candidates"]["later"] == len(records[1]["loss"])
    engine = Direct(run.task)
    held_out.evaluate_held_out(run.task, run.theta, run.config.seed, run.config.held_out_section, engine)
    assert planned["trials"]["held_out"] == sum(thetas * len(keys) for thetas, keys in engine.seen)


@pytest.mark.parametrize("name", TASKS)
def test_the_command_prints_a_table_and_one_object(name, call, tmp_path, monkeypatch):
    """For people and for programs; more cores are never slower, nor faster than so many cores could be."""
    monkeypatch.chdir(tmp_path)
    said = call("plan", name, *options(name), "--json")
    assert (said.status, said.err) == (0, "")
    planned = json.loads(said.out)
    rows = planned["cores"]
    assert [row["cores"] for row in rows] == list(CORES)
    times = [row["seconds"] for row in rows]
    assert times == sorted(times, reverse=True)
    for row in rows:
        assert 1 <= row["used"] <= row["cores"]
        assert row["seconds"] >= 0.999 * times[0] / row["used"]
        assert row["memory_per_worker_bytes"] > planned["measured"]["process_bytes"]
    assert planned["core_hours"] == pytest.approx(times[0] / 3600)
    assert 1 <= planned["useful_cores"] <= rows[-1]["used"]
    assert all(value > 0 for value in planned["measured"].values())
    text = call("plan", name, *options(name)).out
    here = planned["here"]
    assert here["threads"] == Threads().workers_here
    assert 0 < here["seconds"] <= 1.001 * times[0]
    assert here["memory_bytes"] > planned["measured"]["process_bytes"]
    for word in (
        "on this machine, with ",
        "on a Dask cluster (engine.name=dask)",
        "trials: ",
        "measured here, on one thread: ",
        "computed: ",
        "1,024",
        "memory of a worker",
        "hardly help",
    ):
        assert word in text
    assert list(tmp_path.iterdir()) == []


PLAN = {
    "task": "oja", "generations": 2, "candidates": {"first": 7, "later": 7, "lanes": 16},
    "datasets": 1, "first_datasets": 1, "trials": {"search": 14, "held_out": 9},
    "measured": asdict(MEASURED), "scheduling_s": SCHEDULING_S,
    "here": {"threads": 1, "seconds": 3.0, "memory_bytes": 2e8}, "core_hours": 0.1, "useful_cores": 1,
    "cores": [{"cores": 1, "used": 1, "seconds": 4.0, "memory_per_worker_bytes": 1e8}],
}  # fmt: skip


def test_it_speaks_of_the_engine_in_use(capsys):
    """Threads: this machine first, and what a cluster would do; Dask: the cluster alone. One of a thing is singular."""
    print_plan(PLAN)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "  on this machine, with 1 thread: about 3 s, and 200 MB of memory"
    assert "  computed: 0.1 core-hours" in lines
    assert "  on a Dask cluster (engine.name=dask), with 0.003 s a block on more cores than one:" in lines
    assert lines[-1].startswith("  more than 1 core hardly helps: a generation has 1 dataset, and")
    print_plan(PLAN | {"here": None, "useful_cores": 2})
    said = capsys.readouterr().out
    assert "  computed: 0.1 core-hours; on more cores than one, 0.003 s a block\n" in said
    assert "more than 2 cores hardly help: " in said
    assert "this machine" not in said
    assert "engine.name" not in said


def test_it_says_that_a_search_may_begin_with_few_datasets(capsys):
    print_plan(PLAN | {"datasets": 20, "first_datasets": 4})
    first = "oja: 2 generations x 7 candidates x 4 to 20 datasets, all 20 in what follows"
    assert capsys.readouterr().out.splitlines()[0] == first


def test_another_engine_than_threads_is_not_here():
    """The plan of a cluster says nothing of threads."""
    assert plan("oja", small("oja", **{"engine.name": "dask"}))["here"] is None


def test_threads_cost_no_scheduling():
    """Blocks are as large as with a cluster."""
    call = Call(40, 20, ahead=True)
    assert call.seconds(MEASURED, 3, on_cluster=False) == pytest.approx(2 * 4 * 0.3)
    assert call.seconds(MEASURED, 60, on_cluster=False) == pytest.approx(0.1)


def test_a_call_takes_whole_blocks_on_each_core():
    """40 candidates fill three groups of lanes; 20 datasets are five blocks of four, ten of two, or twenty of one.

    With more cores than datasets, groups of lanes travel apart.
    """
    call = Call(40, 20, ahead=True)
    assert call.trials == 800
    assert call.seconds(MEASURED, 1) == pytest.approx(20 * 0.3)
    assert call.seconds(MEASURED, 3) == pytest.approx(2 * 4 * 0.3 + 5 * SCHEDULING_S)
    assert call.seconds(MEASURED, 10) == pytest.approx(2 * 0.3 + 10 * SCHEDULING_S)
    assert call.seconds(MEASURED, 20) == pytest.approx(0.3 + 20 * SCHEDULING_S)
    assert call.seconds(MEASURED, 40) == pytest.approx(0.2 + 40 * SCHEDULING_S)  # two groups and one, apart
    assert call.seconds(MEASURED, 60) == call.seconds(MEASURED, 500) == pytest.approx(0.1 + 60 * SCHEDULING_S)
    assert Call(40, 20, times=3, ahead=True).seconds(MEASURED, 1) == pytest.approx(3 * 20 * 0.3)
    assert Call(1, 20, gradients=1, ahead=True).seconds(MEASURED, 500) == pytest.approx(10 * 0.1 + 2 * SCHEDULING_S)


def test_candidates_that_are_computed_one_by_one_fill_no_lanes():
    """17 of them cost 17 times one; and they travel apart where the datasets do not suit the cores."""
    alone = replace(MEASURED, lanes=1)
    call = Call(17, 3, ahead=True)
    assert call.seconds(alone, 1) == pytest.approx(3 * 17 * 0.1)
    assert call.seconds(alone, 2, on_cluster=False) == pytest.approx(2 * 2 * 9 * 0.1)
    assert call.seconds(alone, 60) == pytest.approx(0.1 + 51 * SCHEDULING_S)
    assert [len(part) for part in candidate_blocks(17, 3, 2, lanes=1)] == [9, 8]
    assert len(candidate_blocks(17, 4, 2, lanes=1)) == 1


def test_few_datasets_go_round_evenly_with_halves_of_the_candidates():
    """Three datasets on two cores would leave one of them idle for a third of the time."""
    assert [len(part) for part in candidate_blocks(101, 3, 2)] == [64, 37]
    assert [len(candidate_blocks(101, datasets, 2)) for datasets in (1, 2, 4, 5, 6)] == [2, 1, 1, 1, 1]
    assert len(candidate_blocks(16, 3, 2)) == 1  # one vector


def test_datasets_are_made_beside_the_work_or_in_its_way():
    """Ahead, they take cores but nobody waits; else the block that needs them makes them."""
    assert Call(16, 20, made=20, ahead=True).seconds(MEASURED, 1) == pytest.approx(20 * (0.1 + 1.0))
    assert Call(16, 20, made=20, ahead=True).seconds(MEASURED, 100) == pytest.approx(22 / 100)
    assert Call(16, 20, made=20).seconds(MEASURED, 100) == pytest.approx(1.1 + 20 * SCHEDULING_S)


def test_it_plans_exact_gradients_too():
    """A candidate or two a generation, and blocks of their own size."""
    planned = plan("oja", small("oja", **{"search.name": "adam", "search.gradient": "exact"}))
    assert planned["candidates"]["later"] == 2
    assert planned["cores"][-1]["seconds"] > 0


def test_what_cannot_run_cannot_be_planned(call, tmp_path):
    """The sentences of `run`; a rule from a file asks for --trust."""
    assert call("plan", "oha").err == "plastica: there is no task oha: did you mean oja?\n"
    named = ["--set", f"rules.inhibitory.file={tmp_path / 'mine.py'}", "--set", "rules.inhibitory.rule=Mine"]
    said = call("plan", "inhibitory-balance", *named)
    assert said.status == 2
    assert "add --trust" in said.err
