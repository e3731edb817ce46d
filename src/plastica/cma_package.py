"""The `cma` package without what plastica never asks of it, which takes a second to load: its plots, statistics."""

import sys
import threading
import warnings
from typing import Any

import numpy as np

NOT_NEEDED = ("matplotlib", "scipy.stats")  # cma says that it misses the first, and has its own for the second

_lock = threading.Lock()


def load_cma() -> Any:
    """The module."""
    with _lock:
        if "cma" in sys.modules:
            return sys.modules["cma"]
        missing = _Missing(threading.get_ident())
        sys.meta_path.insert(0, missing)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                import cma
        finally:
            sys.meta_path.remove(missing)
    return cma


def cma_options(population: int, generator: np.random.Generator) -> dict[str, Any]:
    """A strategy that says nothing, writes nothing, and takes all chance from `generator`."""
    return {
        "popsize": population,
        "randn": lambda *shape: generator.standard_normal(shape),
        "seed": np.nan,  # leave numpy's global generator alone
        "verbose": -9,
        "verb_log": 0,
    }


class _Missing:
    """Finds nothing where `cma` looks for what is not needed; other threads find it."""

    def __init__(self, thread: int) -> None:
        self._thread = thread

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name in NOT_NEEDED and threading.get_ident() == self._thread:
            raise ModuleNotFoundError(f"{name} is not needed here", name=name)
