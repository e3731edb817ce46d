"""A table as CSV: a row a rule; `name [unit]` is a parameter, `origin` text, and every other column a metric."""

import csv
import io
import re
from pathlib import Path

import numpy as np

from plastica.errors import UserError
from plastica.rules.base import Floats
from plastica.table.rule_table import Table

ORIGIN = "origin"
PARAMETER = re.compile(r"(.+) \[([^\[\]]*)\]")


def written(table: Table) -> bytes:
    """Numbers to their last bit; a metric that was not measured is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    parameters = [f"{name} [{unit}]" for name, unit in zip(table.names, table.units, strict=True)]
    writer.writerow([ORIGIN, *parameters, *table.metrics])
    for k, origin in enumerate(table.origin):
        metrics = [float(values[k]) for values in table.metrics.values()]
        numbers = ["" if np.isnan(number) else repr(number) for number in metrics]
        writer.writerow([origin, *map(repr, table.thetas[k].tolist()), *numbers])
    return text.getvalue().encode()


def read(file: Path) -> Table:
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            header, *lines = [line for line in csv.reader(text) if line] or [[]]
    except (csv.Error, UnicodeDecodeError) as error:
        raise UserError(f"{file} is no CSV file: {error}") from None
    parameters = {k: found for k, name in enumerate(header) if (found := PARAMETER.fullmatch(name))}
    if not parameters:
        raise UserError(
            f"{file} lacks columns of parameters: each is called by its name and unit, such as tau_pre [ms] or A110 [1]"
        )
    if len(set(header)) < len(header):
        raise UserError(f"{file} has two columns of one name: rename one")
    for number, line in enumerate(lines, 2):
        if len(line) != len(header):
            raise UserError(
                f"{file}, line {number} has {len(line)} cells, and the header has {len(header)}: mend the line"
            )
    columns = {name: _numbers(file, name, k, lines) for k, name in enumerate(header) if name != ORIGIN}
    place = header.index(ORIGIN) if ORIGIN in header else None
    return Table(
        tuple(found[1] for found in parameters.values()),
        tuple(found[2] for found in parameters.values()),
        np.stack([columns[header[k]] for k in parameters], axis=1),
        {name: values for name, values in columns.items() if not PARAMETER.fullmatch(name)},
        tuple(f"{file}/{k}" if place is None else line[place] for k, line in enumerate(lines)),
    )


def _numbers(file: Path, name: str, column: int, lines: list[list[str]]) -> Floats:
    values = []
    for number, line in enumerate(lines, 2):
        try:
            values.append(float(line[column] or "nan"))
        except ValueError:
            raise UserError(f"{file}, line {number}: {name} is {line[column]!r}: put a number there") from None
    return np.array(values)
