"""The outer loop: searches that ask for candidates and are told losses; nothing here simulates or writes files."""

from plastica.outer.adam import Adam
from plastica.outer.cma_es import CMAES
from plastica.outer.random_search import RandomSearch

SEARCHES = {"cma": CMAES, "adam": Adam, "random": RandomSearch}

__all__ = ["CMAES", "SEARCHES", "Adam", "RandomSearch"]
