"""Describes the fields of an event, each with what may be wrong with it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from kernel.addresses import LONGEST_EMAIL, email
from kernel.locales import read_locale
from tickets.addresses import is_zone

LONGEST_ID = 255
LONGEST_TEXT = 200
MOST_TAGS = 50
LONGEST_TAG = 64
MOST_CYCLES = 1_000_000
_REMEMBERED = 4_096  # mailboxes read

NEEDED = "needed"

_CHANNELS = frozenset({"sms", "email", "voice"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_DIGITS = re.compile(r"[0-9]{1,7}", re.ASCII)
_YES_OR_NO = {
    "": None,
    **dict.fromkeys(("true", "yes", "1"), True),
    **dict.fromkeys(("false", "no", "0"), False),
}
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:(?P<second>\d\d)(?:\.\d+)?(?P<offset>[Zz]|[+-]\d\d:\d\d)?",
    re.ASCII,
)


class Unfit(ValueError):
    """A value that cannot be used; `kept` is what to go on with all the same."""

    def __init__(self, reason: str, kept: object = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.kept = kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An object within an event: how each field is read, and which must not be missing.

    A reader takes what JSON has, but for null, and gives the value, None where it says nothing;
    it raises Unfit. Fields not named here are none of our business.
    """

    fields: Mapping[str, "Callable[[object], Any] | Part"]
    needed: frozenset[str] = frozenset()

    def read(self, told: object, path: str, faults: dict[str, str]) -> dict[str, Any]:
        """The fields that say something; what is wrong goes to `faults`, by its dotted path."""
        if not isinstance(told, dict):
            faults[path] = "not an object"
            return {}
        found: dict[str, Any] = {}
        for name, reader in self.fields.items():
            value = told.get(name)
            if value is not None:
                try:
                    if isinstance(reader, Part):
                        value = reader.read(value, _below(path, name), faults)
                    else:
                        value = reader(value)
                except Unfit as fault:
                    faults[_below(path, name)] = fault.reason
                    if fault.kept is not None:
                        found[name] = fault.kept
                    continue
            if value is not None:
                found[name] = value
            elif name in self.needed:
                faults[_below(path, name)] = NEEDED
        return found


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def read_instant(text: str) -> datetime:
    """An RFC 3339 time as aware UTC; digits beyond the microsecond are cut.

    Unfit, a ValueError with the reason, otherwise; a time without an offset is no instant.
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise Unfit("not an RFC 3339 time")
    second, offset = match.groups()
    if offset is None:
        raise Unfit("a time without an offset")
    # RFC 3339 has leap seconds and Python has not: 23:59:60 is the instant after 23:59:59.
    leap = second == "60"
    if leap:
        text = f"{text[: match.start('second')]}59{text[match.end('second') :]}"
    try:
        local = datetime.fromisoformat(text.upper())
        return (local + timedelta(seconds=1) if leap else local).astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise Unfit("not a time that exists") from fault


def read_text(value: object, longest: int = LONGEST_TEXT) -> str | None:
    """A short text without the space around it; integers are taken as their digits."""
    text = (value if type(value) is str else _text(value)).strip()
    if len(text) > longest:
        raise Unfit(f"longer than {longest} characters")
    if not text.isprintable() and _CONTROL.search(text):
        raise Unfit("has control characters")
    return text or None


def read_id(value: object) -> str | None:
    """A name that another system gave; padding around it is no part of it."""
    return read_text(value, LONGEST_ID)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Unfit("not a text")


def _instant(value: object) -> datetime:
    if not isinstance(value, str):
        raise Unfit("not an RFC 3339 time")
    return read_instant(value)


def _locale(value: object) -> str | None:
    text = read_text(value)
    if text is None:
        return None
    locale = read_locale(text)
    if locale is None:
        raise Unfit("not a known locale")
    return locale


def _zone(value: object) -> str | None:
    text = read_text(value)
    if text is not None and not is_zone(text):
        # Kept as told, so that the gate sees it is broken.
        raise Unfit("not a known time zone", kept=text)
    return text


def _mailbox(value: object) -> str | None:
    text = read_text(value, LONGEST_EMAIL)
    if text is None:
        return None
    address = _address(text)
    if address is None:
        raise Unfit("not a valid address")
    return address


_address = lru_cache(maxsize=_REMEMBERED)(email)  # the same agents close ticket after ticket


def _cycle(value: object) -> int:
    if type(value) is int:
        number = value
    else:
        text = _text(value)
        number = int(text) if _DIGITS.fullmatch(text) else 0
    if not 1 <= number <= MOST_CYCLES:
        raise Unfit(f"not a whole number from 1 to {MOST_CYCLES}")
    return number


def _refusal(value: object) -> bool | None:
    """A wish to be left alone; what is neither yes nor no is taken as yes, nothing as unsaid."""
    said = str(value).strip().casefold() if isinstance(value, str | int) else "?"
    if said not in _YES_OR_NO:
        raise Unfit("neither yes nor no, taken as yes", kept=True)
    return _YES_OR_NO[said]


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Unfit("neither true nor false")
    return value


def _tags(value: object) -> tuple[str, ...] | None:
    return _words(value, MOST_TAGS, _tag)


def _tag(word: str) -> str | None:
    fits = 0 < len(word) <= LONGEST_TAG
    return word if fits and (word.isprintable() or not _CONTROL.search(word)) else None


def _channels(value: object) -> tuple[str, ...] | None:
    return _words(value, len(_CHANNELS), _channel)


def _channel(word: str) -> str | None:
    name = word.lower()
    return name if name in _CHANNELS else None


def _words(value: object, most: int, usable: Callable[[str], str | None]) -> tuple[str, ...] | None:
    """The usable ones of a list of short words, in the order told; a text is one with commas."""
    if isinstance(value, str):
        value = [word for word in value.split(",") if word.strip()]
        if not value:
            return None
    if not isinstance(value, list):
        raise Unfit("not a list")
    words = [
        usable(str(item).strip()) if type(item) in (str, int) else None for item in value[:most]
    ]
    found = tuple(word for word in words if word is not None)
    if len(found) < len(value):
        raise Unfit("some could not be used", kept=found or None)
    return found


#: The CloudEvents attributes we read (CloudEvents 1.0, context attributes).
ATTRIBUTES = Part(
    fields={
        "specversion": read_text,
        "type": read_text,
        "id": read_id,
        "source": read_id,
        "time": _instant,
        "subject": read_id,
    },
    needed=frozenset({"specversion", "type", "id", "source"}),
)

_AGENT = Part(fields={"id": read_id, "name": read_text, "email": _mailbox})
_PREFERENCES = Part(
    fields={
        "channels": _channels,
        "do_not_contact": _refusal,
        "locale": _locale,
        "timezone": _zone,
    }
)
_CUSTOMER = Part(
    fields={
        "id": read_id,
        "name": read_text,
        "phone": read_text,
        "email": _mailbox,
        "locale": _locale,
        "timezone": _zone,
        "tier": read_text,
        "preferences": _PREFERENCES,
    },
    needed=frozenset({"id"}),
)
_TICKET = Part(
    fields={
        "id": read_id,
        "cycle": _cycle,
        "category": read_text,
        "product": read_text,
        "region": read_text,
        "channel": read_text,
        "priority": read_text,
        "team": read_text,
        "agent": _AGENT,
        "opened_at": _instant,
        "closed_at": _instant,
        "close_reason": read_text,
        "tags": _tags,
        "confirms": _flag,
    },
    needed=frozenset({"id"}),
)
#: What `ticket.closed` carries.
CLOSED = Part(
    fields={"ticket": _TICKET, "customer": _CUSTOMER}, needed=frozenset({"ticket", "customer"})
)
#: What `ticket.reopened`, `ticket.deleted` and `ticket.merged` carry.
ABOUT = Part(fields={"ticket": Part(fields={"id": read_id, "merged_into": read_id})})
#: What `customer.preferences_changed` carries.
CUSTOMER = Part(fields={"customer": _CUSTOMER}, needed=frozenset({"customer"}))
