"""Counts the segments in which a text is carried, billed and throttled."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Encoding = Literal["GSM-7", "UCS-2"]

# 3GPP TS 23.038, table 6.2.1: upper-case Ç is in it and lower-case ç is not; a backtick is in none.
_BASIC = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "abcdefghijklmnopqrstuvwxyz"
    "0123456789"
    " \n\r!\"#$%&'()*+,-./:;<=>?@_"
    "¡¿£¤¥§ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùü"
    "ΓΔΘΛΞΠΣΦΨΩ"
)
_EXTENSION = frozenset("\f[\\]^{|}~€")
_GSM = _BASIC | _EXTENSION


@dataclass(frozen=True, slots=True, kw_only=True)
class _Size:
    """Units that fit a lone segment, and those left in each of several."""

    alone: int
    each: int


_SIZES: dict[Encoding, _Size] = {
    "GSM-7": _Size(alone=160, each=153),
    "UCS-2": _Size(alone=70, each=67),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """How a text travels: `units` are septets in GSM-7 and UTF-16 code units in UCS-2."""

    encoding: Encoding
    units: int
    segments: int


def count(text: str) -> Segments:
    """The encoding, units and segments of `text`; an empty text still takes one segment.

    A character of two units (GSM-7 extension, UTF-16 surrogate pair) never straddles a border.
    """
    if _GSM.issuperset(text):
        if _EXTENSION.isdisjoint(text):
            return _narrow("GSM-7", len(text))
        return _counted("GSM-7", [2 if char in _EXTENSION else 1 for char in text])
    if len(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2:
        return _narrow("UCS-2", len(text))
    return _counted("UCS-2", [2 if char > "\uffff" else 1 for char in text])


def misfits(text: str) -> tuple[str, ...]:
    """The characters, each once, for which a text cannot travel as GSM-7."""
    return tuple(dict.fromkeys(char for char in text if char not in _GSM))


def _narrow(encoding: Encoding, units: int) -> Segments:
    """What most texts are: no character is wider than a unit, so none can straddle."""
    size = _SIZES[encoding]
    segments = 1 if units <= size.alone else -(-units // size.each)
    return Segments(encoding=encoding, units=units, segments=segments)


def _counted(encoding: Encoding, widths: list[int]) -> Segments:
    units = sum(widths)
    size = _SIZES[encoding]
    segments = 1 if units <= size.alone else _filled(widths, size.each)
    return Segments(encoding=encoding, units=units, segments=segments)


def _filled(widths: Iterable[int], each: int) -> int:
    segments, room = 1, each
    for width in widths:
        if width > room:
            segments, room = segments + 1, each
        room -= width
    return segments
