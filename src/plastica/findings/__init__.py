"""What a run has found, as small values: its history, its rules, its held-out table; nothing here reads a folder."""

from plastica.findings.card import card
from plastica.findings.held_out_table import HeldOutRow, HeldOutTable
from plastica.findings.history import History
from plastica.findings.learned_rule import LearnedRule
from plastica.findings.remark import legend, remark, used

__all__ = ["HeldOutRow", "HeldOutTable", "History", "LearnedRule", "card", "legend", "remark", "used"]
