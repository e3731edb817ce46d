"""The config of a run: the composition of a task with its search and engine, as TOML in and out."""

import json
import os
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, NonNegativeInt, PositiveInt, PrivateAttr, ValidationError, create_model

from plastica import task_file
from plastica.analysis.held_out import HeldOut
from plastica.complaint import VARIANTS, sentence
from plastica.engines import ENGINES
from plastica.engines.base import EngineSection
from plastica.errors import UserError
from plastica.from_file import confined, located, rules_of_files
from plastica.outer import SEARCHES
from plastica.outer.base import SearchSection
from plastica.presets import Found, find, tree_of
from plastica.python_file import reported
from plastica.rules import RULES
from plastica.section import Section
from plastica.tasks import Preset, Task
from plastica.toml_text import nested, read_toml, toml_of

Settings = dict[str, Any]
WITHOUT_L1 = {name for name, section in SEARCHES.items() if "l1" not in section.__annotations__}
PARTS = ("network", "data", "loss")
TABLES = {
    "source": "the Python file that defines the task",
    "parts": "what the task is composed of; each part has a table of its own",
    "network": "the network of the inner loop",
    "data": "the datasets that candidates are tested on",
    "loss": "how far a trial is from what is asked",
}


class Config(Section):
    """What every run has; a task adds the sections of its parts. Build one with `load`, not by hand."""

    task: str = Field(description="what is asked of the rules; `plastica tasks` lists the choices")
    seed: Annotated[int, Field(ge=0, lt=2**63)] = Field(default=1, description="one seed gives one result, bit for bit")
    generations: PositiveInt = Field(description="generations of the search, at most")
    first_datasets: NonNegativeInt = Field(
        default=0,
        description="datasets of the first generations; twice as many, up to data.count, each time that they no longer "
        "agree on which candidates are better; 0 is data.count from the beginning",
    )
    _found: Found = PrivateAttr()

    @property
    def composed(self) -> Task:
        """The task that the sections describe; a part that is no section is the preset's.

        Raises ValueError if the network has a connection without a rule.
        """
        given = self._found.preset.task
        network, data, loss = (getattr(self, part, getattr(given, part)) for part in PARTS)
        every = {**given.rules, **dict(self.rules)}  # type: ignore[attr-defined]
        unruled = set(network.connections) - set(every)
        if unruled:
            raise ValueError(
                f"network has {', '.join(sorted(unruled))} connections, for which the task {self.task} has no rule: "
                'leave them out (network.lateral = "none"), or choose another task'
            )
        rules = {connection: every[connection] for connection in network.connections}
        known = network.rules_to_find(given.targets) if hasattr(network, "rules_to_find") else given.targets
        targets = {c: name for c, name in known.items() if c in rules}
        return Task(self.task, network, rules, data, loss, targets, given.baselines)

    @property
    def asked(self) -> str:
        """What the task asks, in a sentence."""
        return self._found.preset.summary

    @property
    def search_section(self) -> SearchSection:
        return self.search  # type: ignore[attr-defined]

    @property
    def engine_section(self) -> EngineSection:
        return self.engine  # type: ignore[attr-defined]

    @property
    def held_out_section(self) -> HeldOut:
        return self.held_out  # type: ignore[attr-defined]

    def portable(self) -> tuple["Config", dict[str, bytes]]:
        """The config for the folder of a run, and the files that it names there: {path in the folder: content}."""
        if self._found.file is None:
            return self, {}
        source = self.source.in_folder(self._found.file)  # type: ignore[attr-defined]
        return self.model_copy(update={"source": source}), {source.file: self._found.file.content}

    @property
    def packages(self) -> dict[str, str]:
        """{distribution: version} of installed packages that the task, or a part of it, comes from."""
        return self._found.packages

    def toml(self, comments: bool = False) -> str:
        """The complete config; with comments, each key below the sentence that describes it."""
        return toml_of(self, comments)


def load(task: str | Preset, settings: Mapping[str, Any] | None = None, trust: bool = False) -> Config:
    """The config of a task, changed by `settings` {"dotted.key": value}.

    A task is a name, a TOML file, a Python file (`my_task.py`, `my_task.py:NAME`) or a `Preset`. Raises UserError for a
    task that does not exist, a file that cannot be read, any key or value that is wrong, and for a task or rule in a
    Python file unless the file is to be trusted; that of a preset at hand is.
    """
    if isinstance(task, Preset):
        return _changed(tree_of(task), settings, trust, task)
    if in_file := task_file.named_file(task):
        return _changed(_located(in_file, Path()), settings, trust)
    if task.endswith(".toml") or os.path.isfile(task):
        file = Path(task)
        return _changed(_located(read_toml(file), file.parent), settings, trust)
    return _changed({"task": task}, settings, trust)


def load_run(file: Path, settings: Mapping[str, Any] | None = None, trust: bool = False) -> Config:
    """The config in the folder of a run, like `load`; it may name no Python file but those that the folder keeps."""
    return load_kept(read_toml(file), file.parent, settings, trust)


def load_kept(tree: Settings, folder: Path, settings: Mapping[str, Any] | None = None, trust: bool = False) -> Config:
    """The same for the tree of such a config, which a folder keeps in whatever file."""
    tree = task_file.confined(confined(tree, folder), folder)
    tree.setdefault("first_datasets", 0)  # it began before there was this key
    return _changed(_located(tree, folder), settings, trust)


def _located(tree: Settings, folder: Path) -> Settings:
    return task_file.located(located(tree, folder), folder)


def _changed(tree: Settings, settings: Mapping[str, Any] | None, trust: bool, preset: Preset | None = None) -> Config:
    changes: Settings = {}
    for key, value in (settings or {}).items():
        _merge(changes, _located(nested(key, value), Path()))
    _merge(tree, changes)
    return parse(tree, trust, preset)


def parse(tree: Settings, trust: bool = False, preset: Preset | None = None) -> Config:
    """A config from a tree of settings; what it leaves out has the task's default. Raises UserError.

    `preset` is the task, where it is at hand.
    """
    found = find(tree, trust or preset is not None, preset)
    defaults = found.preset.task
    made = rules_of_files(tree, defaults.rules, trust)
    full = _defaults(found, tree)
    if made:
        full["rules"] |= {connection: table for connection, (table, _) in made.items()}
        tree = tree | {"rules": tree["rules"] | {connection: further for connection, (_, further) in made.items()}}
    _merge(full, tree)
    tables = found.tables | {part: type(value) for part, value in _sections(defaults).items()}
    rules = {c: type(rule) for c, rule in defaults.rules.items() if isinstance(rule, Section)}
    try:
        text = json.dumps(full, default=str)  # JSON has lists, and no types to guess
        config = _model(tuple(tables.items()), tuple(rules.items())).model_validate_json(text)
    except ValidationError as error:
        raise UserError(sentence(error, full)) from None
    except RecursionError:
        raise UserError("the config is nested too deeply: `plastica config TASK` prints all keys") from None
    config._found = found
    if found.file:
        reported(str(found.file.path), lambda: _check(config))
    else:
        _check(config)
    return config


def _check(config: Config) -> None:
    """Raise UserError where the parts do not fit together."""
    try:
        task = config.composed
        task.check()
        config.search_section.check(task)
    except ValueError as error:
        raise UserError(str(error)) from None


def _sections(task: Task) -> dict[str, Section]:
    """The parts of a task that are tables of the config; what else it has, its file defines."""
    parts = {part: getattr(task, part) for part in PARTS}
    return {part: value for part, value in parts.items() if isinstance(value, Section)}


def _defaults(found: Found, tree: Settings) -> Settings:
    preset, task = found.preset, found.preset.task
    given = tree.get("search", {})
    search: Settings = given if isinstance(given, dict) else {}
    name = search.get("name", preset.search["name"])
    own = preset.search if name == preset.search["name"] else preset.searches.get(str(name), {})
    return {
        "task": found.name,
        "generations": preset.generations,
        "first_datasets": _first_datasets(preset, tree, search),
        **{part: _default_part(section, tree.get(part)) for part, section in _sections(task).items()},
        "rules": {c: _default_rule(rule, tree, c) for c, rule in task.rules.items() if isinstance(rule, Section)},
        "search": {
            **_sparsity(preset, tree, str(name)),
            **deepcopy(dict(own)),
            "name": name,
        },  # settings are merged into it
        "engine": {"name": "threads"},
        "held_out": dict(preset.held_out),
    }


def _default_part(section: Any, given: Any) -> Settings:
    """The preset's own; a part whose settings say what others begin as has `defaults_beside` what is given."""
    default: Settings = section.model_dump()
    beside = isinstance(given, dict) and hasattr(section, "defaults_beside")
    return section.defaults_beside(given) if beside else default


def _default_rule(rule: Any, tree: Settings, connection: str) -> Settings:
    """The preset's own rule; of a formula, not the parameters of another text."""
    default: Settings = rule.model_dump(mode="json")
    rules = tree.get("rules")
    given = rules.get(connection) if isinstance(rules, dict) else None
    given = given if isinstance(given, dict) else {}
    texts = [key for key in ("change", "on_pre", "on_post") if key in default and key in given]
    return {"kind": rule.kind} if any(given[key] != default[key] for key in texts) else default


def _sparsity(preset: Preset, tree: Settings, search: str) -> Settings:
    """The default weight of the L1 norm, where the task has one that depends on the inputs and the search knows it."""
    inputs = _inputs(preset, tree)
    return {"l1": preset.sparsity(inputs)} if preset.sparsity and inputs and search not in WITHOUT_L1 else {}


def _first_datasets(preset: Preset, tree: Settings, search: Settings) -> int:
    """Of the default search, unless it begins at a rule, around which few datasets say little: 0 is all of them."""
    inputs, default = _inputs(preset, tree), preset.search["name"]
    if preset.first_datasets is None or inputs == 0 or search.get("start") or search.get("name", default) != default:
        return 0
    return preset.first_datasets(inputs)


def _inputs(preset: Preset, tree: Settings) -> int:
    """How many inputs the network has, on which defaults of a search may depend; 0 for one that says none."""
    network, default = tree.get("network"), getattr(preset.task.network, "inputs", 0)
    inputs = network.get("inputs", default) if isinstance(network, dict) else default
    return inputs if isinstance(inputs, int) and inputs > 0 else 0


@cache
def _model(tables: tuple[tuple[str, type], ...], rules: tuple[tuple[str, type], ...]) -> type[Config]:
    """The config with these tables, and with these rules, or of other kinds, by connection; one class, so that equal
    configs compare equal."""
    fields = {c: (_rule_choice(rule), Field(description=f"the {c} connection")) for c, rule in rules}
    rules_model = create_model("Rules", __base__=Section, **fields)  # type: ignore[call-overload]
    kept = {table: (kind, Field(description=TABLES[table])) for table, kind in tables}
    last = {table: kept.pop(table) for table in ("data", "loss") if table in kept}
    return create_model(  # type: ignore[call-overload]
        "TaskConfig",
        __base__=Config,
        **kept,
        rules=(rules_model, Field(description="what the synapses of each plastic connection may do")),
        **last,
        search=(_choice(SEARCHES, "name"), Field(description="the outer loop")),
        engine=(_choice(ENGINES, "name"), Field(description="where trials run")),
        held_out=(
            HeldOut,
            Field(default=HeldOut(), description="the final evaluation, on datasets that no search has seen"),
        ),
    )


def _rule_choice(rule: Any) -> Any:
    """A rule of any kind, where the task's own has a word for its kind; else of the task's own class only."""
    kind = rule.model_fields.get("kind")
    return _choice(RULES | {kind.default: rule}, "kind") if kind else rule


def _choice(members: Mapping[str, type], key: str) -> Any:
    """One of several sections, told apart by `key`."""
    union: Any = None
    for member in members.values():
        union = member if union is None else union | member
    return Annotated[union, Field(discriminator=key)] if len(members) > 1 else union


def _merge(tree: Settings, changes: Settings) -> None:
    """Write changes into a tree, tables into tables; a table that names another variant replaces the old one."""
    for key, value in changes.items():
        old = tree.get(key)
        switched = (
            isinstance(value, dict)
            and isinstance(old, dict)
            and (_other_variant(value, old) or ("file" in value and "kind" in old))  # a file's rule is whole
        )
        if isinstance(old, dict) and isinstance(value, dict) and not switched:
            _merge(old, value)
        else:
            tree[key] = value


def _other_variant(value: Settings, old: Settings) -> bool:
    return any(value.get(key) not in (None, old.get(key, value.get(key))) for key in (*VARIANTS, "file"))
