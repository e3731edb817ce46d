"""A table of pandas, where pandas is installed."""

from collections.abc import Mapping
from typing import Any

from plastica.errors import not_installed


def data_frame(columns: Mapping[str, Any], index: Any) -> Any:
    """A DataFrame of columns by name. Raises UserError without pandas."""
    try:
        import pandas as pd
    except ImportError:
        raise not_installed("to_pandas() needs pandas", "pandas") from None
    return pd.DataFrame(dict(columns), index=index)
