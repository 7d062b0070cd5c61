"""Takes apart the documents that ticketing systems send, whatever they hold."""

from collections.abc import Mapping
from typing import Any


def whole(told: Any) -> Mapping[str, Any]:
    """A document that is an object; empty where it is none."""
    return told if isinstance(told, dict) else {}


def part(told: Any, name: str) -> Mapping[str, Any]:
    """An object within a document; empty where there is none."""
    return whole(whole(told).get(name))


def items(told: Any, name: str | None = None) -> list[Mapping[str, Any]]:
    """The objects of a document that is a list, or of a list within it."""
    found = told if name is None else whole(told).get(name)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
