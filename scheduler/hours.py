"""Decides when the wall clock is within opening hours, in one zone or in several at once."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scheduler.holidays import is_holiday

DAY_MINUTES = 24 * 60
HORIZON = timedelta(days=15)
"""How far ahead an opening is looked for: a week, and another one of holidays."""

Span = tuple[int, int]
"""Minutes of the day: from the first to before the last; 1440 is 24:00."""
Period = tuple[datetime, datetime]
"""Instants (UTC): from the first to before the last."""

_WEEK = 7
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Opening hours of each weekday, Monday first, in order and disjoint.

    Shut are, on the wall clock, the public holidays of the countries in `holidays` and the days of
    `days_off` (from the first to before the last), and everywhere at once the `closures`.
    """

    week: tuple[tuple[Span, ...], ...]
    holidays: tuple[str, ...] = ()
    days_off: tuple[tuple[date, date], ...] = ()
    closures: tuple[Period, ...] = ()


Hours = Window | Schedule


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


@lru_cache(maxsize=1024)
def daily(window: Window) -> Schedule:
    """The same window on every day."""
    spans = ((window.opens, window.closes),) if window.opens < window.closes else ()
    return Schedule(week=(spans,) * _WEEK)


def narrowed(hours: Schedule, by: Schedule) -> Schedule:
    """What is open in both."""
    days = zip(hours.week, by.week, strict=True)
    return Schedule(
        week=tuple(tuple(_common(mine, theirs)) for mine, theirs in days),
        holidays=tuple(dict.fromkeys(hours.holidays + by.holidays)),
        days_off=hours.days_off + by.days_off,
        closures=hours.closures + by.closures,
    )


def _common(mine: Sequence[Span], theirs: Sequence[Span]) -> Iterator[Span]:
    for opens, closes in mine:
        for other_opens, other_closes in theirs:
            first, last = max(opens, other_opens), min(closes, other_closes)
            if first < last:
                yield first, last


@lru_cache(maxsize=2048)
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


def is_open(hours: Hours, zones: Sequence[ZoneInfo], now: datetime) -> bool:
    """Whether the wall clock of every zone is within the hours; without a zone it never is."""
    schedule = _schedule(hours)
    try:
        at = now.astimezone(UTC)
        return bool(zones) and all(_end(schedule, place, at) is not None for place in zones)
    except OverflowError:  # the ends of the calendar have no wall clock everywhere
        return False


def next_open(
    hours: Hours, zones: Sequence[ZoneInfo], now: datetime, horizon: timedelta = HORIZON
) -> datetime | None:
    """The first instant (UTC), from `now` on, at which it is open in every zone at once.

    None when there is none within the horizon, as when the zones have no open hour in common.
    An opening time that the clocks leave out counts from the moment they are put forward.
    """
    schedule, places = _schedule(hours), tuple(dict.fromkeys(zones))
    if not places or not any(schedule.week):
        return None
    try:
        at = now.astimezone(UTC)
        limit = at + horizon
        while at <= limit:
            later = _latest_opening(schedule, places, at, limit)
            if later is None or later == at:
                return later
            at = later
    except OverflowError:
        return None
    return None


def apart(hours: Hours, zones: Sequence[ZoneInfo], now: datetime) -> tuple[ZoneInfo, ...]:
    """Of zones that have no open hour in common those which show it; the last agrees with none.

    Empty where they have one, and where it opens nowhere: then no zone is to blame.
    """
    shared: list[ZoneInfo] = []
    for place in dict.fromkeys(zones):
        if next_open(hours, (*shared, place), now) is None:
            against = [each for each in shared if next_open(hours, (each, place), now) is None]
            return (*(against or shared), place) if shared else ()
        shared.append(place)
    return ()


def closes_at(
    hours: Hours, zones: Sequence[ZoneInfo], now: datetime, horizon: timedelta = HORIZON
) -> datetime | None:
    """The first instant (UTC) after `now` at which it is no longer open in every zone.

    `now` itself where it is shut already; None where it stays open all through `horizon`.
    """
    schedule, places = _schedule(hours), tuple(dict.fromkeys(zones))
    try:
        at = now.astimezone(UTC)
        ends = [_closing(schedule, place, at, at + horizon) for place in places]
    except OverflowError:
        return now
    return min((end for end in ends if end is not None), default=None) if places else now


def _schedule(hours: Hours) -> Schedule:
    return daily(hours) if isinstance(hours, Window) else hours


def _latest_opening(
    schedule: Schedule, zones: Sequence[ZoneInfo], at: datetime, limit: datetime
) -> datetime | None:
    """An instant before which some zone is shut; `at` itself when all are open."""
    for place in zones:
        opening = _opening(schedule, place, at, limit)
        if opening is None:
            return None
        at = opening
    return at


def _opening(schedule: Schedule, place: ZoneInfo, at: datetime, limit: datetime) -> datetime | None:
    day, last = at.date(), limit.date()
    while day <= last:
        for begin, end in _open_on(schedule, place, day):
            if at < end:
                return max(at, begin)
        day += _DAY
    return None


def _end(schedule: Schedule, place: ZoneInfo, at: datetime) -> datetime | None:
    """The end of the open period that holds `at`, within the UTC day; None when there is none."""
    periods = _open_on(schedule, place, at.date())
    return next((end for begin, end in periods if begin <= at < end), None)


def _closing(schedule: Schedule, place: ZoneInfo, at: datetime, limit: datetime) -> datetime | None:
    while at <= limit:
        end = _end(schedule, place, at)
        if end is None:
            return at
        if end.time() != time.min:
            return end
        at = end  # midnight in UTC, where one day's periods are cut off and the next day's begin
    return None


@lru_cache(maxsize=8192)
def _open_on(schedule: Schedule, place: ZoneInfo, day: date) -> tuple[Period, ...]:
    """The open periods of one day of UTC, in order.

    A day of UTC, since a local one may come twice, in pieces, or not at all.
    """
    begin = datetime.combine(day, time.min, tzinfo=UTC)
    found: list[Period] = []
    for start, stop, offset in _pieces(place, begin, begin + _DAY):
        for period in _by_wall_clock(schedule, start, stop, offset):
            if found and found[-1][1] == period[0]:
                found[-1] = (found[-1][0], period[1])
            else:
                found.append(period)
    for closure in schedule.closures:
        found = [rest for period in found for rest in _without(period, closure)]
    return tuple(found)


def _by_wall_clock(
    schedule: Schedule, start: datetime, stop: datetime, offset: timedelta
) -> Iterator[Period]:
    """The open periods of a stretch of time in which nobody touches the clocks."""
    day, last = (start + offset).date(), (stop + offset).date()
    while day <= last:
        midnight = datetime.combine(day, time.min, tzinfo=UTC) - offset
        for opens, closes in _spans(schedule, day):
            begin = max(start, midnight + timedelta(minutes=opens))
            end = min(stop, midnight + timedelta(minutes=closes))
            if begin < end:
                yield begin, end
        day += _DAY


def _spans(schedule: Schedule, day: date) -> tuple[Span, ...]:
    if any(first <= day < last for first, last in schedule.days_off):
        return ()
    if any(is_holiday(day, country) for country in schedule.holidays):
        return ()
    return schedule.week[day.weekday()]


def _without(period: Period, closure: Period) -> Iterator[Period]:
    (begin, end), (shuts, opens) = period, closure
    if begin < min(end, shuts):
        yield begin, min(end, shuts)
    if max(begin, opens) < end:
        yield max(begin, opens), end


def _pieces(
    place: ZoneInfo, start: datetime, stop: datetime
) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """A day cut where the clocks are put on or back, each piece with its offset from UTC."""
    before, after = _offset(place, start), _offset(place, stop)
    if before == after:
        yield start, stop, before
        return
    turn = _transition(place, start, stop)
    yield start, turn, before
    yield turn, stop, after


def _offset(place: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(place).utcoffset() or timedelta(0)


def _transition(place: ZoneInfo, start: datetime, stop: datetime) -> datetime:
    """The first whole second after `start` that has the offset of `stop`, by halving."""
    after = _offset(place, stop)
    low, high = 0, math.ceil((stop - start).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(place, start + timedelta(seconds=middle)) == after:
            high = middle
        else:
            low = middle
    return start + timedelta(seconds=high)
