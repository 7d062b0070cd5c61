"""Decides when the wall clock is within opening hours, in one zone or in several at once."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAY_MINUTES = 24 * 60
HORIZON = timedelta(days=9)
"""How far ahead an opening is looked for: a week, and what a change of the clocks may shift."""

_REACH_DAYS = 4  # Samoa left a whole day out in 2011: the day after tomorrow may be the next one.
_DAY = timedelta(days=1)
_MAX_NAME = 64
_NAME = re.compile(r"[A-Za-z0-9_+\-]+(?:/[A-Za-z0-9_+\-]+)*")
_NO_PLACE = frozenset({"localtime", "posixrules", "Factory"})
_OTHER_TREES = ("right/", "posix/")  # `right/` counts leap seconds and is off by half a minute.
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Opening hours on the wall clock, in minutes of the day: from `opens` to before `closes`.

    `closes` may be 1440, which is 24:00. A window whose `opens` is not before `closes` never opens.
    """

    opens: int
    closes: int


def parse_window(from_: str, until: str) -> Window:
    """The window of two `HH:MM` texts; ValueError says what is wrong with them.

    `until` may be `24:00`; the night over midnight is no window, for the day ends at 24:00.
    """
    opens, closes = _minutes(from_, "from"), _minutes(until, "until")
    if opens >= closes:
        raise ValueError(f"from {from_} is not before until {until}; the day ends at 24:00")
    return Window(opens=opens, closes=closes)


def _minutes(text: object, side: str) -> int:
    match = _CLOCK.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{side} must be a time of day such as 09:00, not {text!r}")
    minutes = int(match[1]) * 60 + int(match[2])
    if int(match[2]) > 59 or minutes > DAY_MINUTES:
        raise ValueError(f"{side} must lie between 00:00 and 24:00, not {text!r}")
    return minutes


def clock_text(minutes: int) -> str:
    """Minutes of the day as `HH:MM`."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def zone(name: str | None) -> ZoneInfo | None:
    """The zone of an IANA name, aliases included; None for whatever names no place's clock."""
    if not isinstance(name, str) or len(name) > _MAX_NAME or _NAME.fullmatch(name) is None:
        return None
    if name in _NO_PLACE or name.startswith(_OTHER_TREES):
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def is_open(window: Window, zones: Sequence[ZoneInfo], now: datetime) -> bool:
    """Whether the wall clock of every zone is within the window; without a zone it never is."""
    try:
        return bool(zones) and all(_opens_at(window, place, now) for place in zones)
    except OverflowError:  # the ends of the calendar have no wall clock everywhere
        return False


def next_open(window: Window, zones: Sequence[ZoneInfo], now: datetime) -> datetime | None:
    """The first instant (UTC), from `now` on, at which it is open in every zone at once.

    None when there is none within `HORIZON`: the zones have no hour of the window in common.
    An opening time that the clocks leave out counts from the moment they are put forward.
    """
    places = tuple(dict.fromkeys(zones))
    if not places or window.opens >= window.closes:
        return None
    try:
        at, limit = now.astimezone(UTC), now.astimezone(UTC) + HORIZON
        while at <= limit:
            later = _latest_opening(window, places, at)
            if later is None or later == at:
                return later
            at = later
    except OverflowError:
        return None
    return None


def closes_at(window: Window, zones: Sequence[ZoneInfo], now: datetime) -> datetime | None:
    """The first instant (UTC) after `now` at which it is no longer open in every zone.

    `now` itself where it is closed already; None where it never closes.
    """
    if not is_open(window, zones, now):
        return now
    try:
        ends = [_next_closing(window, place, now.astimezone(UTC)) for place in dict.fromkeys(zones)]
    except OverflowError:
        return now
    return min((end for end in ends if end is not None), default=None)


def _latest_opening(window: Window, zones: Sequence[ZoneInfo], now: datetime) -> datetime | None:
    """An instant before which some zone is closed: the latest of their next openings."""
    latest = now
    for place in zones:
        opening = _next_opening(window, place, now)
        if opening is None:
            return None
        latest = max(latest, opening)
    return latest


def _next_opening(window: Window, place: ZoneInfo, now: datetime) -> datetime | None:
    if _opens_at(window, place, now):
        return now
    return _next_turn(window, place, now, window.opens, opening=True)


def _next_closing(window: Window, place: ZoneInfo, now: datetime) -> datetime | None:
    return _next_turn(window, place, now, window.closes, opening=False)


def _next_turn(
    window: Window, place: ZoneInfo, now: datetime, minutes: int, *, opening: bool
) -> datetime | None:
    """The first instant after `now` at which the window has opened, or else closed."""
    soon = _on_a_plain_day(minutes, place, now)
    if soon is not None and _opens_at(window, place, soon) is opening:
        return soon
    turns = (at for at in _changes(minutes, place, now) if at > now)
    return min((at for at in turns if _opens_at(window, place, at) is opening), default=None)


def _on_a_plain_day(minutes: int, place: ZoneInfo, now: datetime) -> datetime | None:
    """When the wall clock next shows `minutes`, if nobody touches it for a day."""
    local = now.astimezone(place)
    if local.utcoffset() != (now + _DAY).astimezone(place).utcoffset():
        return None
    wall = timedelta(
        hours=local.hour,
        minutes=local.minute,
        seconds=local.second,
        microseconds=local.microsecond,
    )
    ahead = (timedelta(minutes=minutes) - wall) % _DAY
    return now + ahead if ahead else None


def _opens_at(window: Window, place: ZoneInfo, now: datetime) -> bool:
    local = now.astimezone(place)
    return window.opens <= local.hour * 60 + local.minute < window.closes


def _changes(minutes: int, place: ZoneInfo, now: datetime) -> Iterator[datetime]:
    """The instants of the coming days at which a window may open or close.

    The wall clock shows `minutes` (both times, where it shows them twice), or is put on or back.
    """
    today = now.astimezone(place).date()
    for days in range(_REACH_DAYS):
        wall = _wall(today + timedelta(days=days), minutes, place)
        yield wall.astimezone(UTC)
        yield wall.replace(fold=1).astimezone(UTC)
        start = now + timedelta(days=days)
        end = start + _DAY
        if start.astimezone(place).utcoffset() != end.astimezone(place).utcoffset():
            yield _transition(place, start, end)


def _wall(day: date, minutes: int, place: ZoneInfo) -> datetime:
    midnight = datetime(day.year, day.month, day.day, tzinfo=place)
    return midnight + timedelta(minutes=minutes)  # wall-clock arithmetic: 1440 is the next midnight


def _transition(place: ZoneInfo, start: datetime, end: datetime) -> datetime:
    """The first whole second after `start` that has the offset of `end`, by halving."""
    base = start.replace(microsecond=0)
    after = end.astimezone(place).utcoffset()
    low, high = 0, math.ceil((end - base).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if (base + timedelta(seconds=middle)).astimezone(place).utcoffset() == after:
            high = middle
        else:
            low = middle
    return base + timedelta(seconds=high)
