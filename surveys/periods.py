"""Cuts time into local days, ISO weeks and months, as ranges of instants."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

PERIODS = ("day", "week", "month")

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A half-open range of instants, in UTC, and its name in each of the periods asked for.

    A day is named 2026-11-22, a week 2026-W47 (ISO 8601), a month 2026-11.
    """

    since: datetime
    until: datetime
    names: tuple[str, ...]


def periods(
    wanted: Sequence[str], zone: ZoneInfo, since: datetime, until: datetime, most: int
) -> list[Period] | None:
    """The periods that touch the time from `since` up to `until`, whole, in order; never empty
    ones. None where there are more than `most`, or the calendar ends.

    Each begins at its first local midnight. Where clocks go forward at midnight that is the
    instant of the change; a day that a zone left out has no period. Several `wanted` are cut into
    what lies in one of each.
    """
    found: list[Period] = []
    try:
        first = since.astimezone(zone).date()
        day = min(_first_day(name, first) for name in wanted)
        while (begins := _midnight(day, zone)) < until:
            after = min(_next_day(name, day) for name in wanted)
            ends = _midnight(after, zone)
            if begins < ends and since < ends:
                names = tuple(_NAMES[name](day) for name in wanted)
                found.append(Period(since=begins, until=ends, names=names))
            if len(found) > most:
                return None
            day = after
    except (OverflowError, ValueError):
        return None
    return found


def day_of(at: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of the local day that an instant lies in.

    Where clocks went back over midnight, the day that had begun goes on. At the very ends of the
    calendar, where a zone has no day to begin or to end, it is a day of UTC.
    """
    try:
        day = at.astimezone(zone).date()
        begins = _midnight(day, zone)
    except OverflowError:
        return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with suppress(OverflowError):
        following = _midnight(day + _DAY, zone)
        return following if following <= at else begins
    return begins


def day_after(begins: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of the local day after the one that begins at `begins`.

    The last instant there is, where the calendar ends before that day.
    """
    try:
        day = begins.astimezone(zone).date() + _DAY
        while (following := _midnight(day, zone)) <= begins:  # a day that a zone left out
            day += _DAY
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)
    return following


def whole_days(
    since: datetime | None, until: datetime | None, zone: ZoneInfo
) -> tuple[datetime | None, datetime | None] | None:
    """From when to when only whole local days lie within two instants; None: there is none.

    An end that is None stays open.
    """
    try:
        first = since and _next_midnight(since, zone)
        last = until and day_of(until, zone)
    except (OverflowError, ValueError):
        return None
    return None if first and last and first >= last else (first, last)


def _next_midnight(at: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, at `at` or after it."""
    day = at.astimezone(zone).date()
    begins = _midnight(day, zone)
    while begins < at:
        day += _DAY
        begins = _midnight(day, zone)
    return begins


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _first_day(name: str, day: date) -> date:
    match name:
        case "week":
            return day - _DAY * day.weekday()
        case "month":
            return day.replace(day=1)
        case _:
            return day


def _next_day(name: str, day: date) -> date:
    match name:
        case "week":
            return day + _DAY * (7 - day.weekday())
        case "month":
            return (day.replace(day=28) + 4 * _DAY).replace(day=1)
        case _:
            return day + _DAY


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"


_NAMES: dict[str, Callable[[date], str]] = {
    "day": date.isoformat,
    "week": _week,
    "month": lambda day: f"{day.year:04}-{day.month:02}",
}
