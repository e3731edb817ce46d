"""Where a run begins: the versions of everything that computes, and the machine."""

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

LIBRARIES = (
    "plastica",
    "numpy",
    "scipy",
    "numba",
    "llvmlite",
    "cma",
    "cmaes",
    "optax",
    "jax",
    "jaxlib",
    "pydantic",
    "sympy",
)


def environment(packages: Mapping[str, str]) -> dict[str, Any]:
    """What a reader needs to reproduce a run elsewhere; `packages` {distribution: version} are those of its task."""
    versions = {"python": platform.python_version()}
    for library in LIBRARIES:
        try:
            versions[library] = version(library)
        except PackageNotFoundError:
            versions[library] = "unknown"
    return {"versions": {**versions, **packages}, "system": platform.system(), "machine": platform.machine()}
