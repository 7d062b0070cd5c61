"""Finds what is wrong with the words of a survey: unknown variables and texts too long to send."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from channels.segments import count
from surveys.blueprint import LOCALES, nearest
from surveys.source import Path

VARIABLES = ("brand", "ticket", "agent", "product", "name", "link")
MAY_BE_UNKNOWN = frozenset({"agent", "product", "name"})
LINK = "link"  # to the survey's own page; named by an SMS alone
MOST_SEGMENTS = 3
VARIABLE_LENGTH = 16  # characters that `{ticket}`, and for caution every variable, counts as

SIGNED = "zh-CN"
"""The locale whose SMS open with the signature, as their numbers' law wants it."""

_BRACES = re.compile(r"\{([^{}|]*)(?:\|([^{}]*))?\}")
_WIDE = re.compile(rf"｛\s*({'|'.join(VARIABLES)})\b[^｝]*｝")  # as Chinese keyboards write them
_FILLER = "0" * VARIABLE_LENGTH
_FILLED = ("ask", "end")  # of these texts alone the variables are filled in


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What of ours travels in an SMS: the signature that opens Chinese ones, and a `link`."""

    signature: str = ""
    link: str = _FILLER


def faults_of_texts(data: Any, frame: Frame) -> list[tuple[Path, str]]:
    """(path, reason) of every fault, per locale; a text of another shape is the schema's affair."""
    return list(_faults(data, (), frame))


def too_long(text: str, frame: Frame, locale: str) -> str | None:
    """Why a text is too long for an SMS, each variable at its longest; None if it is not."""
    for size in (count(_opened(each, frame.signature, locale)) for each in _longest(text, frame)):
        if size.segments > MOST_SEGMENTS:
            return f"{size.segments} SMS segments in {size.encoding}; {MOST_SEGMENTS} at most"
    return None


def _opened(text: str, signature: str, locale: str) -> str:
    return signature + text if locale == SIGNED else text


def _longest(text: str, frame: Frame) -> Iterator[str]:
    def known(match: re.Match[str]) -> str:
        return frame.link if match[1] == LINK else _FILLER

    yield _BRACES.sub(known, text)
    yield _BRACES.sub(lambda match: match[2] or known(match), text)


def _faults(data: Any, path: Path, frame: Frame) -> Iterator[tuple[Path, str]]:
    match data:
        case dict():
            for key, inner in data.items():
                here: Path = (*path, key)
                if key in LOCALES and path[-1:] in {("ask",), ("end",)}:
                    yield from _of_wording(inner, here, frame)
                elif isinstance(inner, str) and (key in LOCALES or path[-2:-1] == ("labels",)):
                    yield from _of_plain(inner, here)
                else:
                    yield from _faults(inner, here, frame)
        case list():
            for index, inner in enumerate(data):
                yield from _faults(inner, (*path, index), frame)
        case _:
            return


def _of_plain(text: str, path: Path) -> Iterator[tuple[Path, str]]:
    if "{" in text or "}" in text:
        yield path, f"no variable is filled in here, only in {' and '.join(_FILLED)}"


def _of_wording(raw: Any, path: Path, frame: Frame) -> Iterator[tuple[Path, str]]:
    if isinstance(raw, str):
        yield from _of_text(raw, path)
        yield from _of_length(raw, path, path[-1], frame)
        return
    for name, text in raw.items() if isinstance(raw, dict) else ():
        if isinstance(text, str):
            yield from _of_text(text, (*path, name))
            if name == ("sms" if "sms" in raw else "text"):
                yield from _of_length(text, (*path, name), path[-1], frame)


def _of_length(
    text: str, path: Path, locale: str | int, frame: Frame
) -> Iterator[tuple[Path, str]]:
    if fault := too_long(text, frame, str(locale)):
        yield path, fault


def _of_text(text: str, path: Path) -> Iterator[tuple[Path, str]]:
    for name, instead in ((match[1], match[2]) for match in _BRACES.finditer(text)):
        if name not in VARIABLES:
            yield path, f"there is no variable {{{name}}}; {nearest(name, VARIABLES)}"
        elif name == LINK and path[-1] != "sms":
            yield path, f"{{{LINK}}} stands in an SMS alone: give it a wording of its own, `sms`"
        elif instead is None and name in MAY_BE_UNKNOWN:
            yield path, f"{{{name}}} may be unknown; say what then stands there: {{{name}|…}}"
        elif instead is not None and not instead.strip():
            yield path, f"{{{name}|}} would leave a hole; write words after the stroke"
    if found := _WIDE.search(text):
        yield path, f"{found[0]} is filled in by nobody; write {{{found[1]}}}, in plain braces"
    rest = _BRACES.sub("", text)
    if "{" in rest or "}" in rest:
        yield path, "a brace without its other half"
