"""Reads spans of time as configuration writes them: 90s, 15m, 2h, 30d."""

import re
from datetime import timedelta

LONGEST = timedelta(days=3650)

_SPAN = re.compile(r"([0-9]{1,9})(ms|s|m|h|d)", re.ASCII)
_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


def read_duration(text: str, *, least: str = "0s", finest: str = "s") -> timedelta:
    """The span of a whole number with `s`, `m`, `h` or `d`, from `least` to ten years.

    `finest="ms"` takes milliseconds too. ValueError, with a sentence that does not quote the text.
    """
    span = _span(text)
    if span is None or (text.endswith("ms") and finest != "ms"):
        raise ValueError("must be a duration such as 90s, 15m, 2h or 30d")
    if span > LONGEST:
        raise ValueError(f"must be at most {LONGEST.days}d")
    if span < (_span(least) or timedelta(0)):
        raise ValueError(f"must be at least {least}")
    return span


def _span(text: str) -> timedelta | None:
    match = _SPAN.fullmatch(text)
    return int(match[1]) * _UNITS[match[2]] if match else None
