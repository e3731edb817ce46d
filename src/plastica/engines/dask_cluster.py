"""A Dask cluster: processes of this machine, a scheduler that is running somewhere, or jobs of a SLURM queue."""

import asyncio
import logging
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from shutil import which
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from plastica.engines.base import Engine, EngineSection
from plastica.engines.threads import available_cores
from plastica.errors import UserError, not_installed
from plastica.section import Section
from plastica.tasks.task import Task

if TYPE_CHECKING:
    from distributed import Client

# Of a cluster of our own. Dask would also give freed memory back to the system at once, which makes datasets a fifth
# dearer, and have each worker profile itself. The first number is how many workers may die over one block.
SETTINGS = {
    "distributed.scheduler.allowed-failures": 100,
    "distributed.nanny.pre-spawn-environ": {"OMP_NUM_THREADS": 1, "MKL_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1},
    "distributed.worker.profile.enabled": False,
}
AT_ONCE = 8  # runs of a study on a cluster, at most, where nobody says otherwise
BATCHED_S = 1e-3  # for which messages to the scheduler wait for others; Dask's 10 ms are long beside a small generation


class Slurm(Section):
    """Jobs that each start workers, one for each core; none unless `jobs` or `maximum_jobs` says how many."""

    jobs: NonNegativeInt = Field(0, description="jobs to start at once; 0 is none, or as many as are needed")
    minimum_jobs: NonNegativeInt = Field(0, description="with maximum_jobs: jobs that are kept in any case")
    maximum_jobs: NonNegativeInt = Field(0, description="jobs that come and go with the work, at most; 0 is off")
    queue: str = Field("", description="partition; empty is the cluster's default")
    account: str = Field("", description="account that is charged; empty is yours")
    walltime: str = Field("01:00:00", description="longest time of a job, hours:minutes:seconds")
    cores: PositiveInt = Field(1, description="cores, and so workers, of a job")
    memory: str = Field("4GB", description="memory of a job, shared by its workers")

    @model_validator(mode="after")
    def _makes_sense(self) -> "Slurm":
        if not re.fullmatch(r"(\d+-)?\d+:\d\d:\d\d", self.walltime):
            raise ValueError(f'walltime = "{self.walltime}": write hours:minutes:seconds, such as 04:00:00')
        if not re.fullmatch(r"\d+(\.\d+)? ?[kMGT]i?B", self.memory):
            raise ValueError(f'memory = "{self.memory}": write a number and a unit, such as 16GB')
        if self.jobs and self.maximum_jobs:
            raise ValueError("jobs and maximum_jobs are both given: choose a fixed number of jobs, or bounds")
        if self.minimum_jobs > self.maximum_jobs:
            raise ValueError(f"minimum_jobs = {self.minimum_jobs} is more than maximum_jobs = {self.maximum_jobs}")
        return self

    @property
    def is_used(self) -> bool:
        return bool(self.jobs or self.maximum_jobs)


class Dask(Section):
    """Carry blocks to the workers of a Dask cluster."""

    name: Literal["dask"] = "dask"
    workers: NonNegativeInt = Field(0, description="worker processes on this machine; 0 is one for each core")
    scheduler: str = Field("", description="a running scheduler to join instead, such as tcp://host:8786")
    slurm: Slurm = Field(Slurm(), description="or jobs of a SLURM queue, which dask-jobqueue starts")
    device: Literal["cpu", "gpu"] = Field(
        "cpu", description="where JAX computes: exact gradients, and networks that are written in it"
    )
    timeout_s: PositiveFloat = Field(
        60.0, description="the run ends, to be resumed, when the scheduler has not answered for so long"
    )

    @model_validator(mode="after")
    def _one_cluster(self) -> "Dask":
        chosen = [
            *(["workers"] if self.workers else []),
            *(["scheduler"] if self.scheduler else []),
            *(["slurm"] if self.slurm.is_used else []),
        ]
        if len(chosen) > 1:
            raise ValueError(f"{' and '.join(chosen)} are both given: choose one kind of cluster")
        if self.scheduler and "://" not in self.scheduler:
            raise ValueError(f'scheduler = "{self.scheduler}": write an address such as tcp://host:8786')
        return self

    @property
    def workers_here(self) -> int:
        return 0 if self.scheduler or self.slurm.is_used else self.workers or available_cores()

    @property
    def at_once(self) -> int:
        return min(AT_ONCE, self.workers_here or AT_ONCE)

    @contextmanager
    def start(self, task: Task) -> Iterator[Engine]:
        """The engine, for the length of a `with` block; starts the cluster, or joins it, and leaves it as it was."""
        with self.shared() as carrier, carrier.start(task) as engine:
            yield engine

    @contextmanager
    def shared(self) -> Iterator[EngineSection]:
        """The cluster, for several tasks."""
        with ExitStack() as stack:
            client = self._client(stack)
            comm: Any = client.scheduler_comm
            comm.interval = BATCHED_S
            yield OnClient(client, self.timeout_s, self.device, patient=self.slurm.is_used)

    def _client(self, stack: ExitStack) -> "Client":
        try:
            import distributed
        except ImportError:
            raise not_installed('engine.name = "dask" needs Dask', "dask") from None
        _hush()
        if self.scheduler:
            return self._join(distributed, stack)
        cluster = stack.enter_context(self._slurm() if self.slurm.is_used else self._local(distributed))
        return stack.enter_context(
            distributed.Client(
                cluster,
                timeout=self.timeout_s,
                set_as_default=False,
                direct_to_workers=None if self.slurm.is_used else True,
            )
        )

    def _join(self, distributed: Any, stack: ExitStack) -> "Client":
        try:
            asyncio.run(asyncio.wait_for(_greet(self.scheduler), self.timeout_s))
            client = distributed.Client(self.scheduler, timeout=self.timeout_s, set_as_default=False)
        except (OSError, TimeoutError, ValueError):
            raise UserError(
                f'engine.scheduler = "{self.scheduler}": no scheduler answered there within {self.timeout_s:g} s: '
                "start one (dask scheduler), or choose another engine"
            ) from None
        return stack.enter_context(client)

    def _local(self, distributed: Any) -> Any:
        import dask

        with dask.config.set(SETTINGS):
            return distributed.LocalCluster(
                n_workers=self.workers_here, threads_per_worker=1, processes=True, host="127.0.0.1",
                dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL,
            )  # fmt: skip

    def _slurm(self) -> Any:
        try:
            from dask_jobqueue import SLURMCluster
        except ImportError:
            raise not_installed("engine.slurm needs dask-jobqueue", "dask") from None
        if which("sbatch") is None:
            raise UserError(
                "engine.slurm: there is no sbatch on this machine: start the run where jobs can be submitted"
            )
        slurm = self.slurm
        cluster = SLURMCluster(
            queue=slurm.queue or None, account=slurm.account or None, walltime=slurm.walltime,
            cores=slurm.cores, processes=slurm.cores, memory=slurm.memory, silence_logs=logging.CRITICAL,
            scheduler_options={"dashboard_address": ":0"},
        )  # fmt: skip
        if slurm.jobs:
            cluster.scale(jobs=slurm.jobs)
        else:
            cluster.adapt(minimum_jobs=slurm.minimum_jobs, maximum_jobs=slurm.maximum_jobs)
        return cluster


async def _greet(address: str) -> None:
    """Connect and exchange greetings: a client waits without end for those of somebody who is mute."""
    from distributed.comm import connect

    comm = await connect(address)
    await comm.close()


def _hush() -> None:
    """What a user has to know is said by the engine; distributed gives each of its loggers a level of its own."""
    for name in ("distributed", *logging.root.manager.loggerDict):
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)


class OnClient:
    """An engine on a `distributed.Client` of yours: `plastica.run("oja", engine=OnClient(client))`.

    timeout_s and device as in the config's section `engine`; who is `patient` waits for workers without end, as jobs in
    a queue take their time.
    """

    workers_here = 0  # not known
    at_once = AT_ONCE

    def __init__(
        self,
        client: "Client",
        timeout_s: float = 60.0,
        device: Literal["cpu", "gpu"] = "cpu",
        *,
        patient: bool = False,
    ) -> None:
        self._client, self._timeout_s, self._device, self._patient = client, timeout_s, device, patient

    def shared(self) -> AbstractContextManager[EngineSection]:
        return nullcontext(self)

    @contextmanager
    def start(self, task: Task) -> Iterator[Engine]:
        """The engine, for the length of a `with` block; the client stays open."""
        from plastica.engines.dask_engine import DaskEngine

        engine = DaskEngine(task, self._client, self._timeout_s, self._device, self._patient)
        try:
            yield engine
        finally:
            engine.close()
