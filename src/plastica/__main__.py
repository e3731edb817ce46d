"""`python -m plastica` is the `plastica` command."""

from plastica.cli import main

main()
