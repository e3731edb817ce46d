"""The config of a run: the composition of a task with its search and engine, as TOML in and out."""

import json
import os
from collections.abc import Mapping
from copy import deepcopy
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PositiveInt, ValidationError, create_model

from plastica.analysis.held_out import HeldOut
from plastica.complaint import VARIANTS, sentence
from plastica.engines import ENGINES
from plastica.engines.base import EngineSection
from plastica.errors import UserError
from plastica.from_file import confined, located, rules_of_files
from plastica.outer import SEARCHES
from plastica.outer.base import SearchSection
from plastica.rules import RULES
from plastica.section import Section
from plastica.tasks import TASKS, Preset, Task
from plastica.toml_text import nested, read_toml, toml_of

Settings = dict[str, Any]


class Config(Section):
    """What every run has; a task adds the sections of its parts. Build one with `load`, not by hand."""

    task: str = Field(description="what is asked of the rules; `plastica tasks` lists the choices")
    seed: Annotated[int, Field(ge=0, lt=2**63)] = Field(1, description="one seed gives one result, bit for bit")
    generations: PositiveInt = Field(description="generations of the search, at most")

    @property
    def composed(self) -> Task:
        """The task that the sections describe. Raises ValueError if the network has a connection without a rule."""
        parts: Any = self
        unruled = set(parts.network.connections) - set(type(parts.rules).model_fields)
        if unruled:
            raise ValueError(
                f"network has {', '.join(sorted(unruled))} connections, for which the task {self.task} has no rule: "
                'leave them out (network.lateral = "none"), or choose another task'
            )
        rules = {connection: getattr(parts.rules, connection) for connection in parts.network.connections}
        preset = TASKS[self.task].task
        targets = {c: name for c, name in preset.targets.items() if c in rules}
        return Task(self.task, parts.network, rules, parts.data, parts.loss, targets, preset.baselines)

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
        return self, {}

    def toml(self, comments: bool = False) -> str:
        """The complete config; with comments, each key below the sentence that describes it."""
        return toml_of(self, comments)


def load(task_or_file: str, settings: Mapping[str, Any] | None = None, trust: bool = False) -> Config:
    """The config of a task by name, or of a TOML file, changed by `settings` {"dotted.key": value}.

    Raises UserError for a task that does not exist, a file that cannot be read, any key or value that is wrong, and
    for a rule in a Python file unless the file is to be trusted.
    """
    if task_or_file.endswith(".toml") or os.path.isfile(task_or_file):
        file = Path(task_or_file)
        return _changed(located(read_toml(file), file.parent), settings, trust)
    return _changed({"task": task_or_file}, settings, trust)


def load_run(file: Path, settings: Mapping[str, Any] | None = None, trust: bool = False) -> Config:
    """The config in the folder of a run, like `load`; it may name no file of a rule but those that the folder keeps."""
    return _changed(located(confined(read_toml(file), file.parent), file.parent), settings, trust)


def _changed(tree: Settings, settings: Mapping[str, Any] | None, trust: bool) -> Config:
    changes: Settings = {}
    for key, value in (settings or {}).items():
        _merge(changes, located(nested(key, value), Path()))
    _merge(tree, changes)
    return parse(tree, trust)


def parse(tree: Settings, trust: bool = False) -> Config:
    """A config from a tree of settings; what it leaves out has the task's default. Raises UserError."""
    preset = find_preset(tree.get("task"))
    made = rules_of_files(tree, preset.task.rules, trust)
    full = _defaults(preset, tree)
    if made:
        full["rules"] |= {connection: table for connection, (table, _) in made.items()}
        tree = tree | {"rules": tree["rules"] | {connection: further for connection, (_, further) in made.items()}}
    _merge(full, tree)
    try:
        text = json.dumps(full, default=str)  # JSON has lists, and no types to guess
        config = _model(preset.task.name).model_validate_json(text)
    except ValidationError as error:
        raise UserError(sentence(error, full)) from None
    except RecursionError:
        raise UserError("the config is nested too deeply: `plastica config TASK` prints all keys") from None
    try:
        task = config.composed
        task.check()
        config.search_section.check(task)
    except ValueError as error:
        raise UserError(str(error)) from None
    return config


def find_preset(name: Any) -> Preset:
    """The preset of a task. Raises UserError, with the nearest name, if there is none."""
    if isinstance(name, str) and name in TASKS:
        return TASKS[name]
    if name is None:
        raise UserError(f'the config names no task: add task = "...", one of {", ".join(TASKS)}')
    near = get_close_matches(str(name), TASKS, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]}?" if near else f"choose from {', '.join(TASKS)}"
    raise UserError(f"there is no task {name}: {hint}")


def _defaults(preset: Preset, tree: Settings) -> Settings:
    task = preset.task
    search = tree.get("search", {})
    name = search.get("name", preset.search["name"]) if isinstance(search, dict) else preset.search["name"]
    own = preset.search if name == preset.search["name"] else preset.searches.get(str(name), {})
    sections = {"network": task.network, "data": task.data, "loss": task.loss}
    return {
        "task": task.name,
        "generations": preset.generations,
        **{key: section.model_dump() for key, section in sections.items()},  # type: ignore[attr-defined]
        "rules": {connection: _default_rule(rule, tree, connection) for connection, rule in task.rules.items()},
        "search": {**_sparsity(preset, tree), **deepcopy(dict(own)), "name": name},  # settings are merged into it
        "engine": {"name": "threads"},
        "held_out": dict(preset.held_out),
    }


def _default_rule(rule: Any, tree: Settings, connection: str) -> Settings:
    """The preset's own rule; of a formula, not the parameters of another text."""
    default: Settings = rule.model_dump(mode="json")
    rules = tree.get("rules")
    given = rules.get(connection) if isinstance(rules, dict) else None
    given = given if isinstance(given, dict) else {}
    texts = [key for key in ("change", "on_pre", "on_post") if key in default and key in given]
    return {"kind": rule.kind} if any(given[key] != default[key] for key in texts) else default


def _sparsity(preset: Preset, tree: Settings) -> Settings:
    """The default weight of the L1 norm, where the task has one that depends on the inputs."""
    if preset.sparsity is None:
        return {}
    default: Any = preset.task.network
    network = tree.get("network")
    inputs = network.get("inputs", default.inputs) if isinstance(network, dict) else default.inputs
    return {"l1": preset.sparsity(inputs)} if isinstance(inputs, int) and inputs > 0 else {}


@cache
def _model(name: str) -> type[Config]:
    """The config of a task by name; one class, so that equal configs compare equal. A preset's rules may be of kinds
    of its own."""
    task = TASKS[name].task
    kinds = RULES | {rule.kind: type(rule) for rule in task.rules.values()}
    rules = {c: (_choice(kinds, "kind"), Field(description=f"the {c} connection")) for c in task.rules}
    rules_model = create_model("Rules", __base__=Section, **rules)  # type: ignore[call-overload]
    return create_model(
        "TaskConfig",
        __base__=Config,
        network=(type(task.network), Field(description="the network of the inner loop")),
        rules=(rules_model, Field(description="what the synapses of each plastic connection may do")),
        data=(type(task.data), Field(description="the datasets that candidates are tested on")),
        loss=(type(task.loss), Field(description="how far a trial is from what is asked")),
        search=(_choice(SEARCHES, "name"), Field(description="the outer loop")),
        engine=(_choice(ENGINES, "name"), Field(description="where trials run")),
        held_out=(HeldOut, Field(HeldOut(), description="the final evaluation, on datasets that no search has seen")),
    )


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
