"""Fig. 3D of Confavreux et al. 2020 for a whole family: all inhibitory rules of the prior that hold 5 Hz.

    python papers/confavreux2020/family.py

By Eq. 17 the rules that hold a rate are a surface in the space of rules. A search by `filter` keeps rules whose rate
and regularity are within windows, over a thousand of them; beside it run two searches by CMA-ES and two by Adam, with
the task's settings. What is done already is not done again. Prints, all of it on datasets that no search has seen:

* how many of the kept rules hold their windows;
* what Eq. 17 says of them, and with which excess of pairs of spikes it agrees with the simulation (see bias.py);
* how much of the surface is covered: of the rules that the prior draws, those are taken that Eq. 17 with its bias puts
  within the window, and of these the ones that hold it when simulated. Such a rule is covered if a kept rule is as near
  as, for 95 % of the rules of the theory, the nearest of equally many others; distances are in units of the prior;
* where CMA-ES and Adam end: the rate by Eq. 17, the Hebbian share, and the angle to the nearest kept rule.

Draws runs/family and runs/family-pairs as PNG, SVG and PDF. Takes six minutes of CPU time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from searches import run_all, script

import plastica
from plastica.analysis import family, mean_field
from plastica.analysis.balance import presynaptic_rate
from plastica.figures import draw_family, figure, files_of, plot_family
from plastica.rules.base import Floats, Space
from plastica.table import Table, evaluated, of_runs, within

TASK = "inhibitory-balance"
WINDOWS = {"rate_hz": (4.5, 5.5), "cv": (0.7, 1.5)}
TARGET_HZ = 5.0
FRESH_SEED = 7101  # of the datasets on which rules are measured again
FRESH = 50  # datasets
SHORT = {"held_out.count": 20, "held_out.random_rules": 1, "held_out.selection": 4}
FILTER = {
    "search.name": "filter",
    "search.windows": WINDOWS,
    "search.rules": 1500,
    "data.refresh": 1,  # so that no round has the luck of another
    "generations": 40,
    **SHORT,
}
SEEDS = range(101, 103)
OTHERS: Mapping[str, dict[str, object]] = {"CMA-ES": {"search.name": "cma"}, "Adam": {"search.name": "adam"}}
DRAWN, SIMULATED = 200_000, 400  # rules of the prior, and of those on the surface
STEM, PAIRS = Path("runs/family"), Path("runs/family-pairs")


@dataclass(frozen=True)
class Surface:
    """Eq. 17 at the presynaptic rate of the task's inputs, with pairs 1 + `excess` times as frequent as by chance."""

    pre_hz: float
    excess: float

    def rate(self, thetas: Floats) -> Floats:
        return family.biased_rate(thetas, self.pre_hz, self.excess)

    def sides(self, thetas: Floats) -> Floats:
        """What alpha takes away at the target, and what the other terms give, [N, 2]."""
        slope = mean_field.restoring_slope(self._biased(thetas), self.pre_hz)
        return np.stack([-thetas[:, 2] * self.pre_hz / TARGET_HZ, slope], axis=1)

    def place(self, thetas: Floats) -> Floats:
        """-alpha, and the share of the Hebbian terms in the restoring slope, [N, 2]."""
        slope = mean_field.restoring_slope(self._biased(thetas), self.pre_hz)
        return np.stack([-thetas[:, 2], 1 - thetas[:, 3] / slope], axis=1)

    def _biased(self, thetas: Floats) -> Floats:
        return thetas * (1 + self.excess * family.HEBBIAN)


def main() -> list[Path]:
    (filtered,) = run_all("runs/family-filter", TASK, FILTER, SEEDS[:1])
    ends = {
        name: np.array([run.theta for run in run_all(f"runs/family-{name}", TASK, settings | SHORT, SEEDS)])
        for name, settings in OTHERS.items()
    }
    kept = of_runs([filtered])
    fresh = on_fresh(filtered, kept)
    surface = measured_surface(filtered, fresh)
    tell_rounds(filtered, fresh)
    tell_theory(surface, fresh)
    tell_coverage(filtered, surface, fresh)
    tell_ends(filtered, surface, fresh, ends)
    draw(filtered, surface, fresh, ends)
    return [*files_of(STEM), *plot_family(kept, PAIRS)]


def on_fresh(run: plastica.Run, rules: Table) -> Table:
    """The rules with what they do on datasets that no search has seen."""
    return evaluated(rules, run.config.model_copy(update={"seed": FRESH_SEED}), FRESH)


def measured_surface(run: plastica.Run, fresh: Table) -> Surface:
    """The excess with which Eq. 17 agrees best with the measured rates."""
    pre_hz = float(np.mean([presynaptic_rate(run.task, key) for key in run.task.keys(FRESH_SEED, "held-out", 4)]))
    return Surface(pre_hz, family.fitted_excess(fresh.thetas, pre_hz, fresh.metrics["rate_hz"]))


def tell_rounds(run: plastica.Run, fresh: Table) -> None:
    records = run.records()
    fractions = " ".join(f"{100 * record['search']['kept']:.0f}" for record in records)
    trials = sum(sum(record["outcomes"].values()) for record in records)
    print(f"\nkept in each round, %: {fractions}; {trials:,} trials in {records[-1]['seconds']:.0f} s")
    holds = within(fresh, WINDOWS)
    print(
        f"{len(fresh):,} distinct rules kept; {100 * holds.mean():.1f} % hold their windows on {FRESH} fresh datasets"
    )
    found = family.spread(fresh.thetas, run.task.space)
    print(
        f"directions at least {found['apart_deg']:g} degrees apart: {found['directions']}; angles: {found['angle_deg']}"
    )


def tell_theory(surface: Surface, fresh: Table) -> None:
    measured = fresh.metrics["rate_hz"]
    print(f"\npresynaptic rate {surface.pre_hz:.1f} Hz; excess of pairs c = {surface.excess:.2f}")
    for name, excess in (("Eq. 17", 0.0), ("Eq. 17 with its bias", surface.excess)):
        ratio = measured / Surface(surface.pre_hz, excess).rate(fresh.thetas)
        print(f"measured rate / {name}: {quantiles(ratio)} (no steady state: {np.isnan(ratio).sum()})")


def tell_coverage(run: plastica.Run, surface: Surface, fresh: Table) -> None:
    """Of the prior's part of the surface, as far as rules there hold the windows when they are simulated."""
    space = run.task.space
    drawn = space.draw(plastica.Key(FRESH_SEED, "baseline").generator(), DRAWN)
    low, high = WINDOWS["rate_hz"]
    on_surface = drawn[mean_field.is_stable(drawn, surface.pre_hz) & inside(surface.rate(drawn), low, high)]
    some, rest = on_surface[:SIMULATED], on_surface[SIMULATED:]
    simulated = on_fresh(run, Table(fresh.names, fresh.units, some, {}, ("",) * len(some)))
    held = some[within(simulated, WINDOWS)]
    print(
        f"\nof the prior {100 * len(on_surface) / DRAWN:.2f} % lie within the window by Eq. 17 with its bias; of "
        f"{len(some)} of these {100 * len(held) / len(some):.0f} % hold rate and regularity when simulated"
    )
    if not len(held):
        return
    size = min(len(fresh), len(rest) // 2)
    ideal = family.distance(points(space, rest[size : 2 * size]), points(space, rest[:size]))
    near = family.distance(points(space, held), points(space, fresh.thetas))
    print(
        f"covered: {100 * np.mean(near <= np.quantile(ideal, 0.95)):.0f} % of {len(held)}; distance to the nearest "
        f"kept rule {np.median(near):.2f} in the median, {np.median(ideal):.2f} for equally many rules of the theory"
    )


def tell_ends(run: plastica.Run, surface: Surface, fresh: Table, ends: Mapping[str, Floats]) -> None:
    space = run.task.space
    print(
        "\n| search | alpha | beta | rate by Eq. 17 | with its bias | Hebbian share | angle to the nearest kept rule |"
    )
    print("|---" * 7 + "|")
    for name, thetas in ends.items():
        ours, theirs = (family.directions(values, space) for values in (fresh.thetas, thetas))
        rows = zip(
            thetas,
            mean_field.predicted_rate(thetas, surface.pre_hz),
            surface.rate(thetas),
            surface.place(thetas)[:, 1],
            family.angles(theirs, ours).min(axis=1),
            strict=True,
        )
        for theta, rate, biased, share, angle in rows:
            print(
                f"| {name} | {theta[2]:.2g} | {theta[3]:.2g} | {rate:.2f} | {biased:.2f} | {share:.2f} | {angle:.0f} |"
            )


def draw(run: plastica.Run, surface: Surface, fresh: Table, ends: Mapping[str, Floats]) -> None:
    thetas, measured = fresh.thetas, fresh.metrics["rate_hz"]
    with figure(STEM, panels=2, rows=2, height=2.5, width=3.2, letters=True) as axes:
        draw_family.rounds(axes[0], [record["search"]["kept"] for record in run.records()])
        predicted = mean_field.predicted_rate(thetas, surface.pre_hz)
        draw_family.on_surface(axes[1], predicted, measured, surface.rate(thetas), TARGET_HZ)
        sides = {name: surface.sides(values) for name, values in ends.items()}
        draw_family.balance(axes[2], surface.sides(thetas), sides)
        places = {name: surface.place(values) for name, values in ends.items()}
        draw_family.along(axes[3], surface.place(thetas), places)


def points(space: Space, thetas: Floats) -> Floats:
    """Rules in the search's coordinates, in units of the prior's spread."""
    return (space.encode(thetas) - space.mean) / space.sd


def inside(values: Floats, low: float, high: float) -> np.ndarray:
    return (low <= values) & (values <= high)


def quantiles(values: Floats) -> str:
    low, middle, high = np.nanquantile(values, (0.05, 0.5, 0.95))
    return f"{middle:.3f} in the median, middle 90 % {low:.3f} to {high:.3f}"


if __name__ == "__main__":
    script(main)
