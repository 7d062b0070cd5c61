"""Writes calendars that calendar programs subscribe to: iCalendar, RFC 5545."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

_LONGEST = 75  # octets of a line, its end not counted: section 3.1
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


class Status(StrEnum):
    """Whether it will be; tentative is what nobody has taken yet. Section 3.8.1.11."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something in a calendar; `uid` stays, `revision` grows whenever it is moved or called off."""

    uid: str
    begin: datetime
    end: datetime
    summary: str
    url: str
    revision: int
    status: Status


def calendar(name: str, events: Iterable[Event], now: datetime) -> str:
    """A calendar to subscribe to, as a text with CRLF; every instant is in UTC."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//huifang//callbacks//EN",
        "CALSCALE:GREGORIAN",
        f"NAME:{_text(name)}",  # RFC 7986
        f"X-WR-CALNAME:{_text(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
        "X-PUBLISHED-TTL:PT15M",
        *(line for event in events for line in _event(event, now)),
        "END:VCALENDAR",
    ]
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _event(event: Event, now: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(event.uid)}"
    yield f"DTSTAMP:{_instant(now)}"
    yield f"DTSTART:{_instant(event.begin)}"
    yield f"DTEND:{_instant(event.end)}"
    yield f"SEQUENCE:{event.revision}"
    yield f"SUMMARY:{_text(event.summary)}"
    yield f"URL:{event.url}"
    yield f"STATUS:{event.status.value}"
    yield "END:VEVENT"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """A text value: section 3.3.11; other control characters have no place in one."""
    escaped = value.translate(_ESCAPED)
    return "".join(each for each in escaped if each >= " " and each != "\x7f")


def _folded(line: str) -> Iterator[str]:
    """A line in parts of 75 octets at most, none of which ends within a character."""
    part, size = "", 0
    for each in line:
        octets = len(each.encode("utf-8", "replace"))
        if size + octets > _LONGEST:
            yield part
            part, size = " ", 1
        part, size = part + each, size + octets
    yield part
