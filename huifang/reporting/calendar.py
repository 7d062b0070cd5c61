"""Says which period a report is about, and when it is due, on the reader's clock."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from surveys.periods import Period, periods

_DAY = timedelta(days=1)
_FEW = 3


def due(every: str, at: str, place: ZoneInfo, now: datetime) -> Period | None:
    """The latest period whose report is due: it has ended, and the clock has passed `at` since.

    `every` is day, week or month, `at` a time of day of `place`. Periods missed before it are not
    told: their figures are still there to be asked for. None: the calendar ends.
    """
    try:
        local = now.astimezone(place)
        reached = local.time() >= time.fromisoformat(at)
        return _before(every, local.date() if reached else local.date() - _DAY, place)
    except (ValueError, OverflowError):
        return None


def _before(every: str, day: date, place: ZoneInfo) -> Period | None:
    """The last whole period before a day."""
    midnight = datetime.combine(day, time(0), place)
    found = periods([every], place, midnight - 2 * _LENGTHS[every], midnight, _FEW + 1) or []
    ended = [each for each in found if each.until <= midnight]
    return ended[-1] if ended else None


_LENGTHS = {"day": _DAY, "week": 7 * _DAY, "month": 31 * _DAY}


def named(name: str, place: ZoneInfo, now: datetime) -> Period | None:
    """The period that somebody asks for: `day`, `week` or `month` is the last whole one, else by
    its name, as in 2026-11-21, 2026-W47 or 2026-11; None: it is no such thing.
    """
    try:
        if name in _LENGTHS:
            return _before(name, now.astimezone(place).date(), place)
        every, first = _read(name)
        begin = datetime.combine(first, time(12), place)
        found = periods([every], place, begin, begin + timedelta(hours=1), 1) or []
    except (ValueError, OverflowError):
        return None
    return next((each for each in found if each.names == (name,)), None)


def _read(name: str) -> tuple[str, date]:
    if "W" in name:
        return "week", date.fromisoformat(f"{name}-1")
    if name.count("-") == 1:
        return "month", date.fromisoformat(f"{name}-01")
    return "day", date.fromisoformat(name)
