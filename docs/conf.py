"""Sphinx: pip install -e '.[docs]' && sphinx-build docs docs/_build"""

project = "plastica"
extensions = ["myst_nb"]
myst_enable_extensions = ["dollarmath"]
html_theme = "furo"
exclude_patterns = ["_build"]
