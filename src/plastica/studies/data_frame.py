"""A table of pandas, where pandas is installed."""

from collections.abc import Sequence
from typing import Any

from plastica.errors import not_installed
from plastica.studies.table import Row


def data_frame(rows: Sequence[Row]) -> Any:
    """A DataFrame of rows. Raises UserError without pandas."""
    try:
        import pandas as pd
    except ImportError:
        raise not_installed("to_pandas() needs pandas", "pandas") from None
    return pd.DataFrame(rows)
