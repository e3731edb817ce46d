"""What others get: the wheel by itself, and the same numbers from a processor without wide vectors."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow

RUN = """
import json, sys
import plastica
from small import small
run = plastica.run(sys.argv[1], small(sys.argv[1]), out=sys.argv[2])
print(json.dumps({"file": plastica.__file__, "status": run.summary()["status"]}))
"""
LOSSES = """
import json, sys
import numpy as np
from plastica.config import load
from small import small
task = load(sys.argv[1], small(sys.argv[1])).composed
thetas = task.space.draw(np.random.default_rng(1), 6)
print(json.dumps({"loss": task.evaluate(thetas, task.keys(7, "held-out", 4)).loss.tolist()}))
"""

TABLES = """
import hashlib, json
from plastica.config import load
from plastica.inner.lanes import WIDE
task = load("oja", {"network.inputs": 100}).composed
table = task.dataset(task.keys(7, "held-out", 1)[0]).table
print(json.dumps({"wide": WIDE, "table": hashlib.sha256(table.tobytes()).hexdigest()}))
"""
NARROWER = """
import json
from numba.core.registry import cpu_target
features = cpu_target.target_context.codegen().magic_tuple()[2].split(",")
print(json.dumps(",".join("-" + one[1:] if "avx512" in one or "avx10" in one else one for one in features)))
"""


def in_a_process(code, *arguments, **environment):
    own = {**os.environ, **environment}
    done = subprocess.run([sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, env=own)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_wheel_runs_without_the_tree(tmp_path):
    """Built as `pip install` builds it, unpacked elsewhere, and run from there: all files that it needs are in it."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", tmp_path, ROOT], check=True)
    (wheel,) = tmp_path.glob("plastica-*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", tmp_path / "site", wheel], check=True)
    assert (tmp_path / "site" / "plastica" / "py.typed").exists()
    path = os.pathsep.join(map(str, (tmp_path / "site", ROOT / "tests")))
    found = in_a_process(RUN, "oja", tmp_path / "run", PYTHONPATH=path)
    assert Path(found["file"]).is_relative_to(tmp_path / "site")
    assert found["status"] == "finished"
    for command in ("plot", "report"):
        said = subprocess.run(
            [sys.executable, "-m", "plastica", command, tmp_path / "run"],
            env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.parametrize("task", ["oja", "principal-components", "inhibitory-balance"])
def test_a_processor_without_wide_vectors_computes_the_same(tmp_path, task):
    """Numba compiles for what there is, and vectors of eight for a `generic` processor are pieces of narrow ones: the
    same numbers but for the rounding of fused products."""
    narrow = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    path = os.pathsep.join(map(str, (ROOT / "src", ROOT / "tests")))
    here = in_a_process(LOSSES, task, PYTHONPATH=path)
    there = in_a_process(LOSSES, task, PYTHONPATH=path, **narrow)
    np.testing.assert_allclose(there["loss"], here["loss"], rtol=1e-4)


def test_a_table_of_averages_has_the_same_bits_without_avx512(tmp_path):
    """Where rows go on by two instead of by eight."""
    narrow = {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": in_a_process(NARROWER)}
    here, there = in_a_process(TABLES), in_a_process(TABLES, NUMBA_CACHE_DIR=str(tmp_path / "cache"), **narrow)
    if not here["wide"]:
        pytest.skip("this processor has no AVX-512")
    assert not there["wide"]
    assert there["table"] == here["table"]
