"""Writes and reads the cursor of a list: the place, by time and id, after which it goes on."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kernel.faults import FieldError, Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The last row that was shown."""

    at: datetime
    id: str


def write(place: Place | None) -> str | None:
    """The cursor of a place, for a URL; None at the end."""
    if place is None:
        return None
    text = f"{place.at.isoformat()} {place.id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(cursor: str) -> Place | None:
    """The place of a cursor; None for a text that is none."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        at, _, id_ = base64.urlsafe_b64decode(padded).decode().partition(" ")
        return _place(datetime.fromisoformat(at), id_)
    except (ValueError, OverflowError, binascii.Error):
        return None


def asked(query: Mapping[str, Any], *, numbered: bool = False) -> Place | None:
    """The place that a list's query names by its `cursor`; None: from the beginning.

    Raises Invalid for a text that is none, or where ids are `numbered` names no number.
    """
    cursor = query.get("cursor")
    if cursor is None:
        return None
    place = read(cursor)
    if place is None or (numbered and not _is_number(place.id)):
        fault = FieldError(path="cursor", reason="This is the `next` of no page.")
        raise Invalid("begin without a cursor", errors=[fault])
    return place


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def _place(at: datetime, id_: str) -> Place:
    if at.tzinfo is None or not id_ or not id_.isprintable():
        raise ValueError("no place")
    return Place(at=at.astimezone(UTC), id=id_)
