"""An exported file in a process of its own, which finds nothing of this one: arrays given, and what it made of them."""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plastica.errors import UserError

DRIVER = """\
import runpy, sys
import numpy as np
{before}
script, given, made = sys.argv[1:]
{run}
globals().update(np.load(given))
{call}
np.savez(made, **{{name: globals()[name] for name in {results!r}}})
"""
RUN = 'globals().update({k: v for k, v in runpy.run_path(script).items() if not k.startswith("__")})'


def run_apart(
    file: Path,
    given: Mapping[str, NDArray[Any]],
    call: str,
    results: list[str],
    before: str = "",
    runs: bool = True,
) -> dict[str, NDArray[Any]]:
    """The arrays that `call`, on what the file defines and on what is given, has made; `before` comes before the file,
    which is no script unless it `runs`: then it only lies at the path `script`.

    Raises UserError with the line that says what went wrong.
    """
    with TemporaryDirectory() as folder:
        driver, arrays, made = (Path(folder) / name for name in ("driver.py", "given.npz", "made.npz"))
        code = DRIVER.format(before=before, run=RUN if runs else "", call=call, results=results)
        driver.write_text(code, encoding="utf-8")
        np.savez(arrays, **dict[str, Any](given))
        command = [sys.executable, *map(str, (driver, file.resolve(), arrays, made))]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise UserError(f"{file} fails where it is run: {_first_error(done)}")
        with np.load(made) as found:
            return dict(found)


def _first_error(done: subprocess.CompletedProcess[str]) -> str:
    """The line that names an error, the first where one led to others."""
    lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
    return next((line for line in lines if re.match(r"[\w.]+(Error|Exception)\b", line)), lines[-1])
