"""Finds what is wrong with the words of a survey: unknown variables and texts too long to send."""

import re
from collections.abc import Iterator
from typing import Any

from channels.segments import count
from surveys.blueprint import LOCALES
from surveys.source import Path

VARIABLES = ("brand", "ticket", "agent", "product", "name")
MOST_SEGMENTS = 3
VARIABLE_LENGTH = 16  # characters that `{ticket}`, and for caution every variable, counts as

_BRACES = re.compile(r"\{([^{}]*)\}")
_FILLER = "0" * VARIABLE_LENGTH


def faults_of_texts(data: Any) -> list[tuple[Path, str]]:
    """(path, reason) of every fault, per locale; a text of another shape is the schema's affair."""
    return [fault for path, text, sent in _texts(data, ()) for fault in _of_text(path, text, sent)]


def _texts(data: Any, path: Path) -> Iterator[tuple[Path, str, bool]]:
    """Every text of the survey with its path, and whether it is sent as an SMS."""
    match data:
        case dict():
            for key, inner in data.items():
                if key in LOCALES and isinstance(inner, str):
                    yield (*path, key), inner, path[-1:] in {("ask",), ("end",)}
                else:
                    yield from _texts(inner, (*path, key))
        case list():
            for index, inner in enumerate(data):
                yield from _texts(inner, (*path, index))
        case _:
            return


def _of_text(path: Path, text: str, sent: bool) -> Iterator[tuple[Path, str]]:
    for name in _BRACES.findall(text):
        if name not in VARIABLES:
            yield path, f"there is no variable {{{name}}}; there are {', '.join(VARIABLES)}"
    if sent:
        size = count(_BRACES.sub(_FILLER, text))
        if size.segments > MOST_SEGMENTS:
            yield (
                path,
                f"{size.segments} SMS segments in {size.encoding}; {MOST_SEGMENTS} at most",
            )
