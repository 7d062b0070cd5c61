"""Derives the version of a value from its content."""

import hashlib
import json
from collections.abc import Mapping, Set
from dataclasses import Field, fields, is_dataclass
from enum import Enum
from typing import Any

_DIGITS = 12


def version(value: object) -> str:
    """Twelve hexadecimal digits: the same for the same content, whatever its order in mappings.

    What a dataclass keeps out of its `repr`, such as a password, stays out of the version too.
    """
    text = json.dumps(_plain(value), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def shown(value: Any) -> tuple[Field[Any], ...]:
    """The fields of a dataclass that may be told."""
    return tuple(each for each in fields(value) if each.repr)


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return _plain(value.value)
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            return {str(_plain(key)): _plain(each) for key, each in value.items()}
        case Set():
            return sorted((_plain(each) for each in value), key=str)
        case list() | tuple():
            return [_plain(each) for each in value]
        case _ if is_dataclass(value):
            return {each.name: _plain(getattr(value, each.name)) for each in shown(value)}
        case _:
            return str(value)
