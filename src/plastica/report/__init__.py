"""A run as one page that can be kept, sent and printed: HTML with everything in it, no script, and nothing from
elsewhere."""

from plastica.report.write import write_report

__all__ = ["write_report"]
