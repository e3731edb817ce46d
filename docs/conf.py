"""Sphinx: pip install -e '.[docs]' && sphinx-build -W docs docs/_build"""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "plastica"
copyright = "the plastica developers"
version = release = version_of("plastica")

extensions = ["myst_nb", "sphinx.ext.autodoc", "from_program"]
exclude_patterns = ["_build", "extensions"]
smartquotes = False  # two dashes begin an option
default_role = "literal"  # docstrings write code in single backticks
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 90

nb_execution_mode = "cache"  # in _build/.jupyter_cache: a page that is as it was is not run again
nb_execution_in_temp = True
nb_execution_timeout = 600
nb_execution_raise_on_error = True
nb_merge_streams = True

html_theme = "furo"
html_title = f"plastica {version}"
html_static_path = ["pictures"]
html_copy_source = False
