"""What is wrong with a config, in one sentence for its user."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

VARIANTS = ("name", "shape", "kind")  # the keys that choose one of several sections


def sentence(error: ValidationError, tree: Mapping[str, Any]) -> str:
    """The first thing wrong with a config, with its dotted key, its value and what is allowed."""
    errors = [(_path(one["loc"], one["type"], tree), one) for one in error.errors()]
    # Where a key may be one of several things, there is an error for each: the deepest is about the one that was meant.
    first = errors[0][0]
    path = max((path for path, _ in errors if path[: len(first)] == first), key=len)
    found = [one for other, one in errors if other == path]
    one = next((one for one in found if one["type"].startswith("union_tag")), found[0])
    key = ".".join(path)
    if one["type"] == "value_error":
        return _of_a_validator(key, one["msg"].removeprefix("Value error, "))
    if one["type"] == "extra_forbidden":
        return f"{key} = {one['input']!r}: there is no such key; `plastica config TASK` prints all"
    if one["type"] == "missing":
        return f"{key} is missing: add it"
    if one["type"] == "union_tag_invalid":
        context = one["ctx"]
        return f"{key}.{context['discriminator'][1:-1]} = {context['tag']!r}: choose from {context['expected_tags']}"
    allowed = ", or ".join(dict.fromkeys(_plain(one["msg"]) for one in found))
    return f"{key} = {one['input']!r}: {allowed}"


def _of_a_validator(key: str, message: str) -> str:
    """A sentence that begins with a key of the section at `key`, or goes on behind it with a comma."""
    if not key or message.startswith(f"{key.split('.')[0]}."):
        return message
    return f"{key}{message}" if message.startswith(",") else f"{key}.{message}"


def _path(location: Sequence[int | str], kind: str, tree: Mapping[str, Any]) -> tuple[str, ...]:
    """Where an error is, in the keys of the tree: without the names that pydantic gives to alternatives."""
    value: Any = tree
    path: list[str] = []
    for position, part in enumerate(location):
        last = position == len(location) - 1
        if isinstance(value, dict):
            is_variant = not last and part in [value.get(key) for key in VARIANTS]
            is_key = part in value and not is_variant
        else:
            is_key = isinstance(value, list | tuple) and isinstance(part, int) and part < len(value)
        if is_key:
            value = value[part]
        elif not (last and kind == "missing"):
            continue
        path.append(str(part))
    return tuple(path)


def _plain(message: str) -> str:
    """What pydantic says, without the words of its trade."""
    message = message.replace("a valid array", "a list").replace("Tuple should", "List should")
    message = re.sub("an object$", "a table of keys", message)
    return message[0].lower() + message[1:]
