"""Cards as dictionaries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def card_text(card: Mapping[str, Any]) -> str:
    """The text of a card given as a dictionary, e.g.

    >>> print(card_text({"process": {"generate": ["p p > t t~"]}, "run": {"events": 100}}))
    process.generate = ["p p > t t~"]
    run.events = 100
    """
    return "\n".join(_lines("", card))


def _lines(prefix: str, table: Mapping[str, Any]) -> list[str]:
    lines: list[str] = []
    for key, value in table.items():
        name = f"{prefix}{_key(key)}"
        if isinstance(value, Mapping) and value:
            lines += _lines(f"{name}.", value)
        else:
            lines.append(f"{name} = {_value(name, value)}")
    return lines


def _key(key: str) -> str:
    bare = key.replace("_", "").replace("-", "")
    return key if bare.isascii() and bare.isalnum() else json.dumps(key)


def _value(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        pairs = (f"{_key(k)} = {_value(f'{name}.{k}', v)}" for k, v in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(name, v) for v in value) + "]"
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, (bool, str, int)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float):
        return repr(value)
    raise TypeError(
        f"{name}: found a value of type {type(value).__name__}, "
        "expected a number, a string, a list or a dictionary"
    )
