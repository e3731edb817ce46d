"""What varies in a study: the product of the values of some keys, each a complete config; and the seeds."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from plastica.complaint import VARIANTS
from plastica.config import Config, load
from plastica.errors import UserError
from plastica.tasks import Preset
from plastica.toml_text import setting

Vary = Mapping[str, Sequence[Any]]

MOST_RUNS = 100_000
LONGEST = 80  # characters of the name of a setting
NOT_VARIED = {
    "seed": "give the seeds of a study by --seeds (in Python: seeds=...)",
    "engine": "one engine carries all runs of a study, and changes no result: use --set",
    "task": "a study asks for one task: make one for each, and lay them side by side with plastica compare",
    "source": "a study asks for one task: make one for each, and lay them side by side with plastica compare",
    "parts": "a study asks for one task: make one for each, and lay them side by side with plastica compare",
}


@dataclass(frozen=True)
class Setting:
    """What some runs have in common, but for the seed: what was varied, and the config; their names begin with `name`,
    which is empty where nothing varies."""

    name: str
    varied: Mapping[str, Any]
    config: Config

    @property
    def label(self) -> str:
        return ", ".join(_words(self.varied))

    def run_name(self, seed: int) -> str:
        return f"{self.name}-seed={seed}" if self.name else f"seed={seed}"

    def at(self, seed: int) -> Config:
        return self.config.model_copy(update={"seed": seed})


def seeds_of(text: str) -> list[int]:
    """`1-20`, or `1,3,7-9`. Raises UserError for anything else."""
    seeds: list[int] = []
    for part in text.split(","):
        found = re.fullmatch(r"\s*(\d{1,19})(?:\s*-\s*(\d{1,19}))?\s*", part, re.ASCII)
        if not found:
            raise UserError(f"--seeds {text}: write seeds as 1-20, or as 1,3,7-9")
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first:
            raise UserError(f"--seeds {text}: {part.strip()} ends before it begins: write {last}-{first}")
        if last - first + len(seeds) >= MOST_RUNS:
            raise UserError(f"--seeds {text}: at most {MOST_RUNS:,} runs make a study: give fewer seeds")
        seeds += range(first, last + 1)
    return seeds


def vary_of(texts: Iterable[str]) -> dict[str, list[Any]]:
    """`KEY=a,b,c`, each value as --set takes one; a comma within brackets or quotes does not end a value."""
    vary: dict[str, list[Any]] = {}
    for text in texts:
        key, _, values = text.partition("=")
        read = [setting(f"{key}={value}", "--vary") for value in _values(values)] or [setting(text, "--vary")]
        if read[0][0] in vary:
            raise UserError(f"--vary {key} is given twice: list all of its values once, as {key}=a,b,c")
        vary[read[0][0]] = [value for _, value in read]
    return vary


def _values(text: str) -> list[str]:
    """The pieces between commas that no bracket or quote holds."""
    pieces, depth, quote = [""], 0, ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        depth += 0 if quote else (character in "[{") - (character in "]}")
        if character == "," and not quote and depth <= 0:
            pieces.append("")
        else:
            pieces[-1] += character
    return [piece for piece in pieces if piece.strip() or len(pieces) > 1]


def checked_seeds(seeds: Iterable[int]) -> tuple[int, ...]:
    """Raises UserError unless there are some, each once."""
    found = tuple(seeds)
    if not found:
        raise UserError("a study without seeds has no run: give some, such as --seeds 1-20 (in Python: range(1, 21))")
    for seed in found:
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
            raise UserError(f"seeds: {seed!r} is no seed: give whole numbers from 0 to 2**63 - 1")
    twice = [seed for seed, count in Counter(found).items() if count > 1]
    if twice:
        raise UserError(f"seeds: {twice[0]} is given twice: give each seed once")
    return found


def settings_of(
    task: str | Preset, settings: Mapping[str, Any], vary: Vary, seeds: Sequence[int], trust: bool
) -> tuple[Setting, ...]:
    """A setting for each combination, whose configs are all complete and valid. Raises UserError, before any run."""
    _check_keys(settings, vary)
    combinations = [dict(zip(vary, values, strict=True)) for values in product(*vary.values())]
    if len(combinations) * len(seeds) > MOST_RUNS:
        raise UserError(
            f"{len(combinations):,} settings x {len(seeds):,} seeds: at most {MOST_RUNS:,} runs make a study: vary less"
        )
    configs = [load(task, {**settings, **varied, "seed": seeds[0]}, trust) for varied in combinations]
    _check_different(combinations, configs)
    names = _names(combinations)
    return tuple(Setting(*one) for one in zip(names, combinations, configs, strict=True))


def _check_keys(settings: Mapping[str, Any], vary: Vary) -> None:
    for key, values in vary.items():
        if remedy := NOT_VARIED.get(key.partition(".")[0]):
            raise UserError(f"--vary {key}: {remedy}")
        if isinstance(values, str) or not len(values):
            raise UserError(f"--vary {key} lists no values: write {key}=a,b,c (in Python: a list)")
        for other in (*settings, *(own for own in vary if own != key)):
            if f"{other}.".startswith(f"{key}.") or (f"{key}.".startswith(f"{other}.") and other in settings):
                raise UserError(f"--vary {key}: {other} is given, too: leave one of them out")
    if "seed" in settings:
        raise UserError(f"--set seed={settings['seed']}: {NOT_VARIED['seed']}")


def _check_different(combinations: Sequence[Mapping[str, Any]], configs: Sequence[Config]) -> None:
    seen: dict[str, Mapping[str, Any]] = {}
    for varied, config in zip(combinations, configs, strict=True):
        first = seen.setdefault(config.toml(), varied)
        if first is not varied:
            pair = " and ".join(", ".join(_words(one)) for one in (first, varied))
            raise UserError(f"--vary: {pair} ask for the same runs: give each value once")


def _names(combinations: Sequence[Mapping[str, Any]]) -> list[str]:
    """For folders: letters, digits and a few signs; of two that are alike, the later ones are numbered."""
    names = [re.sub(r"[^A-Za-z0-9._=,+-]+", "_", "-".join(_words(varied)))[:LONGEST] for varied in combinations]
    return [f"{name}-{names[:k].count(name) + 1}" if name in names[:k] else name for k, name in enumerate(names)]


def _words(varied: Mapping[str, Any]) -> list[str]:
    """`inputs=3`, `search=cma`: a key's last part, but for a word that chooses a table, whose name tells more."""
    short = [_short(key) for key in varied]
    keys = [own if short.count(own) == 1 else key for own, key in zip(short, varied, strict=True)]
    return [f"{key}={_text(value)}" for key, value in zip(keys, varied.values(), strict=True)]


def _short(key: str) -> str:
    parts = key.split(".")
    return parts[-2] if parts[-1] in VARIANTS and len(parts) > 1 else parts[-1]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str, separators=(",", ":"))
