"""Tables of rules: from runs or files, with their metrics, into CSV, JSON, or the layout of published ones."""

from plastica.table.described import described
from plastica.table.files import read_table, write_table
from plastica.table.from_runs import of_runs
from plastica.table.on_task import evaluated, fitted
from plastica.table.rule_table import Table, joined, within

__all__ = ["Table", "described", "evaluated", "fitted", "joined", "of_runs", "read_table", "within", "write_table"]
