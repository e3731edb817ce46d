"""Files of tables: by the suffix of their names, read as data and nothing else, and written whole or not at all."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from plastica.errors import UserError
from plastica.table import as_csv, as_json, as_npy
from plastica.table.rule_table import Table

READERS: Mapping[str, Callable[[Path], Table]] = {".csv": as_csv.read, ".json": as_json.read, ".npy": as_npy.read}
WRITERS: Mapping[str, Callable[[Table], bytes]] = {
    ".csv": as_csv.written, ".json": as_json.written, ".npy": as_npy.written
}  # fmt: skip


def read_table(file: Path) -> Table:
    """Raises UserError for a file that cannot be read, or holds no table of rules."""
    check_suffix(file)
    try:
        table = READERS[file.suffix](file)
    except OSError as error:
        raise UserError(f"{file} cannot be read ({error.strerror}): give the folder of a run, or a table") from None
    _check(file, table)
    return table


def _check(file: Path, table: Table) -> None:
    """Raises UserError for a table without rules, or with parameters that are not there once and as finite numbers."""
    if not len(table):
        raise UserError(f"{file} holds no rule")
    if not table.names or len(set(table.names)) < len(table.names):
        raise UserError(f"{file} should name each parameter once, and names {', '.join(table.names) or 'none'}")
    for k, parameter in np.argwhere(~np.isfinite(table.thetas)):
        found = f"{table.origin[k]} has {table.names[parameter]} = {table.thetas[k, parameter]}"
        raise UserError(f"{file}: {found}: put a finite number there, or take the rule out")


def write_table(table: Table, file: Path) -> None:
    """Raises UserError if there is such a file already, or it cannot be written, or not hold these rules."""
    check_out(file)
    try:
        content = WRITERS[file.suffix](table)
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as new:
            new.write(content)
    except OSError as error:
        raise UserError(f"{file} cannot be written ({error.strerror}): choose another --out") from None


def check_out(file: Path) -> None:
    """Raises UserError for a file that is there already, or no table by its name."""
    check_suffix(file)
    if file.exists() or file.is_symlink():
        raise UserError(f"{file} exists: choose another --out, or delete it")


def check_suffix(file: Path) -> None:
    """Raises UserError for a file that is no table by its name."""
    if file.suffix not in READERS:
        raise UserError(f"{file}: a table is a file that ends in {', '.join(READERS)}")
