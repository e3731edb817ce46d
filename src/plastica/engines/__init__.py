"""Where trials run: engines carry blocks of candidates x datasets to processors and back; they compute nothing."""

from plastica.engines.threads import Threads

ENGINES = {"threads": Threads}

__all__ = ["ENGINES", "Threads"]
