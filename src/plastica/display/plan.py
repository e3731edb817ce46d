"""How long a run will take, and how much memory."""

from typing import Any

from rich.table import Table

from plastica.display.lines import add_row, console, counted, duration, say
from plastica.memory import in_words


def print_plan(plan: dict[str, Any]) -> None:
    """What was measured, what was computed from it, and a table of how long on how many cores."""
    candidates, measured, trials = plan["candidates"], plan["measured"], plan["trials"]
    each, lanes = measured["group_s"] / candidates["lanes"], candidates["lanes"]
    together = f" (with all {lanes} lanes in use)" if lanes > 1 else ""
    first, datasets = plan["first_datasets"], plan["datasets"]
    used, of_all = (f"{first} to ", f", all {datasets} in what follows") if first < datasets else ("", "")
    say(
        f"{plan['task']}: {plan['generations']:,} generations x {candidates['later']} candidates x "
        f"{used}{datasets} datasets{of_all}"
    )
    if plan["here"]:
        here = plan["here"]
        threads, time = counted(here["threads"], "thread"), duration(here["seconds"])
        say(f"  on this machine, with {threads}: about {time}, and {in_words(here['memory_bytes'])} of memory")
    say(f"  trials: {trials['search']:,} of the search, at most; {trials['held_out']:,} held out")
    say(
        f"  measured here, on one thread: {each:.2g} s a trial{together}, "
        f"{measured['dataset_s']:.2g} s to make a dataset of {in_words(measured['dataset_bytes'])}, "
        f"{measured['search_s']:.2g} s of the search in a generation, "
        f"{in_words(measured['process_bytes'])} for a process"
    )
    here, price = plan["here"], f"{plan['scheduling_s']:g} s a block"
    computed = f"  computed: {plan['core_hours']:.2g} core-hours"
    say(computed if here else f"{computed}; on more cores than one, {price}")
    if here:
        say(f"  on a Dask cluster (engine.name=dask), with {price} on more cores than one:")
    table = Table(box=None)
    for name in ("cores", "of use", "time", "speed-up", "memory of a worker"):
        table.add_column(name, justify="right")
    for row in plan["cores"]:
        speedup = plan["cores"][0]["seconds"] / row["seconds"]
        numbers = f"{row['cores']:,}", f"{row['used']:,}", duration(row["seconds"]), f"{speedup:.3g} x"
        add_row(table, *numbers, in_words(row["memory_per_worker_bytes"]))
    console.print(table)
    useful = plan["useful_cores"]
    say(
        f"  more than {counted(useful, 'core')} hardly {'helps' if useful == 1 else 'help'}: a generation has "
        f"{counted(plan['datasets'], 'dataset')}, and the smallest block is one dataset with sixteen candidates; "
        "held-out datasets are many, but come once"
    )
