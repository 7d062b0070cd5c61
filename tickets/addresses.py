"""Reads phone numbers, locales and zones as people and systems write them."""

import re
import unicodedata
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers

from kernel.addresses import phone

_LONGEST_PHONE = 64
_REMEMBERED = 4_096  # readings of each kind: the same are told again and again
_CHINESE_MOBILE = re.compile(r"(?:86)?1[3-9][0-9]{9}", re.ASCII)
_PLAIN_CHINESE_MOBILE = re.compile(r"\+861[3-9][0-9]{9}", re.ASCII)
_NORTH_AMERICA = 1  # country code; its numbers with the leading 1 look like Chinese mobiles
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*", re.ASCII)


def read_phone(text: str, locale: str | None) -> str | None:
    """The number as E.164; None unless it can be one, and in one reading only.

    With a country code the length must fit its country: numbering plans grow, and carriers know
    them better than a table does. Without one it must be valid: an 11-digit mobile beginning
    with 1 is Chinese, as is any number of a `zh-CN` customer; else the locale's region says
    where it is. A customer of North America whose number is valid at home as well stays
    without: nobody rings a stranger on a guess.
    """
    if _PLAIN_CHINESE_MOBILE.fullmatch(text):
        return text
    return _understood(text, locale) if len(text) <= _LONGEST_PHONE else None


@lru_cache(maxsize=_REMEMBERED)
def _understood(text: str, locale: str | None) -> str | None:
    written = re.sub(r"^00", "+", unicodedata.normalize("NFKC", text).strip())
    if written.startswith("+"):
        return phone(written, None, possible=True)
    home = _region(locale)
    looks_chinese = _CHINESE_MOBILE.fullmatch(phonenumbers.normalize_digits_only(written))
    chinese = phone(written, "CN") if looks_chinese or home == "CN" else None
    if home is None or home == "CN":
        return chinese
    local = phone(written, home)
    if chinese and local and phonenumbers.country_code_for_region(home) == _NORTH_AMERICA:
        return None
    return chinese or local


@lru_cache(maxsize=_REMEMBERED)
def is_zone(text: str) -> bool:
    """Whether this is the name of a time zone in the IANA database."""
    if _ZONE.fullmatch(text) is None:
        return False
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _region(locale: str | None) -> str | None:
    last = (locale or "").rpartition("-")[2]
    return last if last in phonenumbers.SUPPORTED_REGIONS else None
