"""The outer loop: searches that ask for candidates and are told losses; nothing here simulates or writes files."""

from plastica.outer.cma_es import CMAES

SEARCHES = {"cma": CMAES}

__all__ = ["CMAES", "SEARCHES"]
