"""An engine that carries nothing: every evaluation is made where it is asked for, and what was asked is noted."""

from dataclasses import dataclass, field

from plastica.inner.keys import Key
from plastica.tasks.task import Task


@dataclass
class Direct:
    """`seen` has the keys of each evaluation, with the number of candidates."""

    task: Task
    seen: list[tuple[int, tuple[Key, ...]]] = field(default_factory=list)

    def evaluate(self, thetas, keys):
        self.seen.append((len(thetas), tuple(keys)))
        return self.task.evaluate(thetas, keys)

    def prepare(self, keys):
        """Nothing is made ahead."""
