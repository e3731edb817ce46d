"""From a table of rules to a posterior over rules, by neural posterior estimation; needs sbi."""

from plastica.inference.infer import Inferred, infer

__all__ = ["Inferred", "infer"]
