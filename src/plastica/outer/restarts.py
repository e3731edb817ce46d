"""Restarts, above ask and tell: they work for every search, and the journal replays them like anything else."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, NonNegativeInt

from plastica.outer.base import Search, State
from plastica.rules.base import Floats
from plastica.section import Section

WINDOW = 20  # generations over which two favourites are compared


@dataclass(frozen=True)
class Attempt:
    """`effort` times the population, `step` times the first step size; a warm one begins where the settings say."""

    effort: float = 1.0
    step: float = 1.0
    warm: bool = False


Begin = Callable[[np.random.Generator, Attempt], Search]


class Restarts(Section):
    """Begin again from another random rule when an attempt stops or stagnates; the best favourite is kept."""

    most: NonNegativeInt = Field(default=0, description="restarts, at most; 0 is none")
    policy: Literal["same", "ipop", "bipop"] = Field(
        default="ipop",
        description='"same": as before; "ipop": twice the population each time (Auger & Hansen 2005); "bipop": '
        "alternate between that and small populations with small steps, by trials spent (Hansen 2009)",
    )
    patience: NonNegativeInt = Field(
        default=0, description="an attempt stagnates after this many generations without improvement; 0 is never"
    )
    settled: NonNegativeInt = Field(
        default=0,
        description="the search ends when a good attempt has not improved for this many generations; 0 is never",
    )
    improvement: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.02, description="fraction by which the best loss must fall to count as improvement"
    )
    good: float = Field(
        default=0.0, description="an attempt whose favourite has at most this loss is not given up for another"
    )

    def begin(self, begin: Begin, generator: np.random.Generator, warm_step: float = 0.0) -> Search:
        """The first attempt, warm where its step is given, with restarts around it if there are to be any."""
        first = begin(generator, Attempt(step=warm_step, warm=True) if warm_step else Attempt())
        return _RestartingSearch(self, begin, generator, first) if self.most else first


class _RestartingSearch(Search):
    def __init__(self, section: Restarts, begin: Begin, generator: np.random.Generator, first: Search) -> None:
        self._section, self._begin, self._generator = section, begin, generator
        self._attempt = first
        self._restarts = 0
        self._reason = ""
        self._large, self._spent = 1.0, {"large": 0, "small": 0}
        self._regime: Literal["large", "small"] = "large"
        self._incumbent: Floats | None = None  # the best favourite of earlier attempts, until one of this attempt wins
        self._pairs: deque[tuple[float, float]] = deque(maxlen=WINDOW)
        self._best: list[float] = []
        self._asked: Floats = np.empty((0, 0))

    @property
    def gradients(self) -> int:
        return self._attempt.gradients

    def ask(self) -> Floats:
        self._reason = ""
        stops = {} if self._is_good() else self._stops()
        if stops and self._restarts < self._section.most:
            self._restart(", ".join(f"{reason} = {value:.3g}" for reason, value in stops.items()))
        asked = self._attempt.ask()
        self._asked = asked if self._incumbent is None else np.vstack([self._incumbent, asked])
        return self._asked

    def tell(self, loss: Floats, gradient: Floats | None = None) -> None:
        own = loss if self._incumbent is None else loss[1:]
        self._attempt.tell(own, gradient)
        self._best.append(float(np.min(own)))
        self._pairs.append((float(loss[0]), float(own[0])))
        self._spent[self._regime] += len(own)
        incumbent, current = np.mean(self._pairs, axis=0)
        if self._incumbent is not None and len(self._pairs) == WINDOW and current < incumbent:
            self._incumbent = None

    def stop(self) -> dict[str, float]:
        if self._is_good():
            return self._attempt.stop() or self._stagnation("settled", self._section.settled)
        return self._stops() if self._restarts == self._section.most else {}

    def state(self) -> State:
        state: State = {**self._attempt.state(), "restarts": self._restarts}
        return {**state, "restarted": self._reason} if self._reason else state

    def _stops(self) -> dict[str, float]:
        """Why this attempt is at its end: its own reasons, or stagnation."""
        return self._attempt.stop() or self._stagnation("stagnation", self._section.patience)

    def _stagnation(self, reason: str, generations: int) -> dict[str, float]:
        """{reason: best loss} if it has not improved within some generations, compared with as many before."""
        best = self._best
        if not generations or len(best) < 2 * generations:
            return {}
        before, now = np.median(best[-2 * generations : -generations]), np.median(best[-generations:])
        return {reason: float(now)} if now > (1 - self._section.improvement) * before else {}

    def _is_good(self) -> bool:
        return len(self._pairs) == WINDOW and np.mean(self._pairs, axis=0)[1] <= self._section.good

    def _restart(self, reason: str) -> None:
        if self._incumbent is None:
            self._incumbent = self._asked[0]
        self._attempt = self._begin(self._generator, self._next())
        self._restarts, self._reason = self._restarts + 1, reason
        self._pairs.clear()
        self._best.clear()

    def _next(self) -> Attempt:
        if self._section.policy == "same":
            return Attempt()
        if self._section.policy == "bipop" and self._restarts and self._spent["small"] < self._spent["large"]:
            self._regime = "small"
            effort = max(1.0, self._large / 2) ** (self._generator.uniform() ** 2)
            return Attempt(effort, 10 ** (-2 * self._generator.uniform()))
        self._regime = "large"
        self._large *= 2
        return Attempt(self._large)
