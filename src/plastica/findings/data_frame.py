"""A table of pandas, where pandas is installed."""

from collections.abc import Mapping, Sequence
from typing import Any

from plastica.errors import not_installed


def data_frame(content: Mapping[str, Any] | Sequence[Mapping[str, Any]], index: Any = None) -> Any:
    """A DataFrame of columns by name, or of rows. Raises UserError without pandas."""
    try:
        import pandas as pd
    except ImportError:
        raise not_installed("to_pandas() needs pandas", "pandas") from None
    return pd.DataFrame(content, index=index)
