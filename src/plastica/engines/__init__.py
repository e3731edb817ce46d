"""Where trials run: engines carry blocks of candidates x datasets to processors and back; they compute nothing."""

from plastica.engines.dask_cluster import Dask, OnClient
from plastica.engines.threads import Threads

ENGINES = {"threads": Threads, "dask": Dask}

__all__ = ["ENGINES", "Dask", "OnClient", "Threads"]
