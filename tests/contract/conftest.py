"""Engines to test: each as a user would start it, but Dask on one cluster that all tests share."""

import pytest
from distributed import Client, LocalCluster

from plastica.engines import ENGINES, OnClient


@pytest.fixture(scope="session")
def cluster():
    """Two worker processes of this machine."""
    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster:
        yield cluster


@pytest.fixture(scope="session")
def client(cluster):
    with Client(cluster, set_as_default=False) as client:
        yield client


@pytest.fixture
def start(client):
    """start(name, task): an engine of the registry, started on a task."""

    def begin(name, task):
        return (OnClient(client) if name == "dask" else ENGINES[name]()).start(task)

    return begin
