"""Brings the names of languages into the one form in which they are kept."""

import re
from functools import lru_cache

_REMEMBERED = 4_096  # the same few are told again and again
_LOCALE = re.compile(
    r"(?P<language>[A-Za-z]{2,3})(?:[-_](?P<script>[A-Za-z]{4}))?"
    r"(?:[-_](?P<region>[A-Za-z]{2}|[0-9]{3}))?",
    re.ASCII,
)


@lru_cache(maxsize=_REMEMBERED)
def read_locale(text: str) -> str | None:
    """The locale as BCP 47 writes it (`zh_cn` is `zh-CN`); None if it is none.

    Language, script and region only; whether we speak the language is not asked here.
    """
    match = _LOCALE.fullmatch(text.strip())
    if match is None:
        return None
    script, region = match["script"], match["region"]
    parts = (match["language"].lower(), script and script.title(), region and region.upper())
    return "-".join(part for part in parts if part)
