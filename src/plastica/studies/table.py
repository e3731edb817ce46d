"""The table of a study: a flat row for each run, and which found rules are of one family."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from plastica.analysis.families import ANGLE_DEG, FACTOR, angles_between, differences_between, families
from plastica.rules.base import Floats
from plastica.tasks.task import Task

Row = dict[str, Any]
Summary = dict[str, Any]  # of a run; empty where it has not begun
Coefficients = Mapping[str, Sequence[str]]  # names of a connection's parameters that are coefficients

LOSSES = ("held_out", "held_out_se", "held_out_median", "calibrated", "difference", "difference_se", "ratio")
BASELINES = ("no_plasticity", "random_rules", "known_rule")
NUMBERS = ("loss", *LOSSES, *BASELINES, "angle", "generations", "restarts", "trials")
CALIBRATED = "known_rule_calibrated"


def row(summary: Summary) -> Row:
    """The run's part of its row: how it ended, losses, angles, what was spent, metrics, theory, equations and theta."""
    angles = summary["angle_deg"]
    core = {
        "status": summary["status"],
        "reason": summary["reason"],
        "success": None,
        "loss": summary["loss"],
        **(_held_out(summary["held_out"]) if summary["held_out"] else {}),
        **({"angle": max(angles.values())} if angles and summary["generations"] else {}),
        **({f"angle_{connection}": degrees for connection, degrees in angles.items()} if len(angles) > 1 else {}),
        "generations": summary["generations"],
        "restarts": len(summary["restarts"]),
        "trials": summary["trials"],
    }
    measured = summary["held_out"]["details"]["learned"]["metrics"] if summary["held_out"] else {}
    further = {**measured, **(summary["theory"] or {})}
    equations = {f"equation_{c}": formula for c, formula in summary["equation"].items() if summary["generations"]}
    nearest = {f"nearest_{c}": found["rule"] for c, found in (summary.get("nearest") or {}).items() if found}
    theta = summary["theta"] if summary["generations"] else {}
    return core | {key: value for key, value in further.items() if key not in core} | equations | nearest | theta


def names_of_numbers(task: Task) -> list[str]:
    """What a row has of numbers for any task, whatever its metrics are called."""
    many = [f"angle_{connection}" for connection in task.targets] if len(task.targets) > 1 else []
    return [*NUMBERS, *many, *task.baselines]


def _held_out(held_out: dict[str, Any]) -> Row:
    """The learned rule's loss; that of the calibrated known rule, paired over datasets; those of other baselines."""
    learned, losses = held_out["details"]["learned"], held_out["baselines"]
    found: Row = {
        "held_out": learned["loss"],
        "held_out_se": learned["standard_error"],
        "held_out_median": learned["median"],
    }
    if losses.get(CALIBRATED) is not None:
        paired = held_out["difference"][CALIBRATED]
        found |= {
            "calibrated": losses[CALIBRATED],
            "difference": paired["mean"],
            "difference_se": paired["standard_error"],
            "ratio": learned["loss"] / losses[CALIBRATED] if losses[CALIBRATED] else None,
        }
    return found | {name: loss for name, loss in losses.items() if name != CALIBRATED}


def with_families(rows: Sequence[Row], summaries: Sequence[Summary], linear: Coefficients) -> list[Row]:
    """Rows with the families of the rules that were found: by the angle between them, and by what they do."""
    done = [k for k, summary in enumerate(summaries) if summary.get("held_out")]
    numbers: dict[str, dict[int, int]] = {"family_by_angle": {}, "family_by_behaviour": {}}
    if done:
        found = [summaries[k] for k in done]
        by = (families(angles(found, linear), ANGLE_DEG), families(differences(found), 1 - 1 / FACTOR))
        numbers = {key: dict(zip(done, own.tolist(), strict=True)) for key, own in zip(numbers, by, strict=True)}
    return [one | {key: own.get(k) for key, own in numbers.items()} for k, one in enumerate(rows)]


def angles(found: Sequence[Summary], linear: Coefficients) -> Floats:
    """[N, N] degrees between found rules; a coefficient that a setting leaves out is zero."""
    thetas = [summary["theta"] for summary in found]
    return angles_between([np.array([[t.get(n, 0.0) for n in names] for t in thetas]) for names in linear.values()])


def differences(found: Sequence[Summary]) -> Floats:
    """[N, N] between what found rules do: by held-out loss, share of trials that ended well, and every metric."""
    rows = [_behaviour(summary["held_out"]["details"]["learned"]) for summary in found]
    names = [name for name in rows[0] if all(name in one for one in rows)]
    return differences_between(np.array([[one[name] for name in names] for one in rows]))


def _behaviour(learned: dict[str, Any]) -> dict[str, float]:
    ended = learned["outcomes"]["ok"] / sum(learned["outcomes"].values())
    return {"loss": learned["loss"], "ended well": ended, **learned["metrics"]}


def filled(rows: Sequence[Row]) -> list[Row]:
    """All rows with the keys of all, in the order in which they first come; None where a row has none."""
    keys = list(dict.fromkeys(key for one in rows for key in one))
    return [{key: one.get(key) for key in keys} for one in rows]
