"""From the rules that a run drew to a posterior over rules, given what they should do; and what its rules do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plastica.errors import UserError
from plastica.inference.calibration import calibration, ranks
from plastica.inference.drawn import Drawn, drawn_by
from plastica.inference.networks import Networks, import_sbi
from plastica.inference.posterior import Posterior, Weighted
from plastica.inference.simulated import Simulator
from plastica.kept import Run
from plastica.memory import check_memory
from plastica.rules.base import Floats
from plastica.table import Table, described, evaluated, within
from plastica.table.rule_table import FAILED

Window = tuple[float, float]

FEWEST = 200  # rules that networks learn from
CALIBRATED_ON, RANKED_AMONG = 300, 200  # rules that are kept back, at most a fifth of all, and draws for each of them


@dataclass(frozen=True)
class Inferred:
    """Rules of the posterior with what they do on held-out datasets, and how far they can be trusted, as plain data."""

    rules: Table
    summary: Mapping[str, Any]


def infer(
    run: Run,
    windows: Mapping[str, Window],
    samples: int = 500,
    networks: int = 3,
    datasets: int = 50,
    calibrate: int = 0,
    seed: int = 1,
) -> Inferred:
    """The posterior over rules given that each named metric is in its window; a window without width is a target, and
    without any the windows are those of the search.

    Networks learn from all rules that a run of `filter` drew and no trial of which failed; what they draw is simulated
    on `datasets` and weighed, and `samples` of it are measured on as many held-out ones. The posterior itself is
    calibrated on `calibrate` of its rules. Raises UserError without sbi, for other runs, names or windows than the run
    has, and where too few rules were drawn.
    """
    windows = windows or getattr(run.config.search_section, "windows", {})
    drawn = drawn_by(run, tuple(windows))
    ends = _ends(drawn, windows, run)
    _check(calibrate, samples, ends)
    import_sbi()
    held_back, rest = _split(len(drawn.points), seed)
    learned = Networks(drawn.points[rest], drawn.scores(drawn.x[rest]), networks, seed)
    check_memory(run.config, run.config.engine_section)
    with run.config.engine_section.start(run.task) as engine:
        posterior = Posterior(drawn, learned, Simulator(run.config, engine, tuple(windows), datasets))
        generator = np.random.default_rng((seed, 1))
        weighted = _weighted(posterior, ends, samples, generator, run)
        points = weighted.chosen(samples, generator)
        own = posterior.own_ranks(points[:calibrate], ends, generator) if calibrate else None
    rules = evaluated(_table(run, drawn.thetas(points)), run.config, datasets)
    found = {
        "windows": {name: list(window) for name, window in windows.items()},
        "learned_from": len(rest),
        "left_out": drawn.left_out,
        "networks": networks,
        "candidates": len(weighted.points),
        "effective_samples": weighted.effective,
        "calibration": _calibration(run, drawn, held_back, learned, own),
        "datasets": datasets,
    }
    return Inferred(rules, found | _predicted(rules, windows, run))


def _calibration(
    run: Run, drawn: Drawn, held_back: NDArray[np.int64], learned: Networks, own: Floats | None
) -> dict[str, Any]:
    """Of the networks by rules that they have not seen, and of the posterior by the ranks of its own rules."""
    free = tuple(name for name, is_free in zip(run.task.space.names, drawn.free, strict=True) if is_free)
    others = learned.draw(drawn.scores(drawn.x[held_back]), RANKED_AMONG)
    return {
        "networks": calibration(ranks(drawn.points[held_back], others), free),
        "posterior": None if own is None or not len(own) else calibration(own, free),
    }


def _predicted(rules: Table, windows: Mapping[str, Window], run: Run) -> dict[str, Any]:
    """What the sampled rules do on the datasets that they were measured on."""
    return {
        "holds": _share_that_holds(rules, windows),
        "failed": float((rules.metrics[FAILED] > 0).mean()),
        **described(rules, len(rules), run.task),
    }


def _weighted(posterior: Posterior, ends: Floats, count: int, generator: np.random.Generator, run: Run) -> Weighted:
    found = posterior.given(ends, count, generator)
    if found is None:
        raise UserError(
            f"no rule that the networks drew does what is asked: widen the windows, or let the search draw more: "
            f"plastica resume {run.folder.path} --set generations=N"
        )
    return found


def _check(calibrate: int, samples: int, ends: Floats) -> None:
    if calibrate > samples:
        raise UserError(f"--calibrate {calibrate}: there are {samples} samples; ask for at most as many")
    if calibrate and (ends[:, 0] == ends[:, 1]).any():
        raise UserError(f"--calibrate {calibrate}: a target has no width in which rules fall again; give windows")


def _ends(drawn: Drawn, windows: Mapping[str, Window], run: Run) -> Floats:
    """Of each window, [M, 2], as far as anything was learned there."""
    if len(drawn.points) < FEWEST:
        raise UserError(
            f"{run.folder.path} has {len(drawn.points)} rules of which no trial failed, and infer learns from "
            f"{FEWEST} at least: go on with plastica resume {run.folder.path} --set generations=N"
        )
    seen = np.stack([drawn.x.min(axis=0), drawn.x.max(axis=0)], axis=1)
    for (name, (low, high)), (least, most) in zip(windows.items(), seen, strict=True):
        if not (low <= most and least <= high):
            asked = f"{low:g}" if low == high else f"{low:g} to {high:g}"
            raise UserError(
                f"{name} = {asked}: the rules of {run.folder.path} have {least:.4g} to {most:.4g}, and nothing was "
                "learned beyond"
            )
    return np.clip(list(windows.values()), seen[:, :1], seen[:, 1:])


def _share_that_holds(rules: Table, windows: Mapping[str, Window]) -> float | None:
    """On the datasets that the rules were measured on; None where all that is given are targets."""
    wide = {name: (low, high) for name, (low, high) in windows.items() if low < high}
    return float(within(rules, wide).mean()) if wide else None


def _split(count: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which rules calibration is measured on, and which the networks learn from."""
    order = np.random.default_rng(seed).permutation(count)
    back = min(CALIBRATED_ON, count // 5)
    return order[:back], order[back:]


def _table(run: Run, thetas: Floats) -> Table:
    units = tuple(parameter.unit for parameter in run.task.space.parameters)
    origin = tuple(f"{run.folder.path}/posterior/{k}" for k in range(len(thetas)))
    return Table(run.task.space.names, units, thetas, {}, origin)
