"""The outer loop: searches that ask for candidates and are told losses; nothing here simulates or writes files."""

from plastica.outer.adam import Adam
from plastica.outer.cma_es import CMAES
from plastica.outer.filter import Filter
from plastica.outer.lra_cma import LRACMAES
from plastica.outer.random_search import RandomSearch

SEARCHES = {"cma": CMAES, "lra-cma": LRACMAES, "adam": Adam, "random": RandomSearch, "filter": Filter}

__all__ = ["CMAES", "LRACMAES", "SEARCHES", "Adam", "Filter", "RandomSearch"]
