"""Looks at answers and closings for what is out of the ordinary."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from huifang import decisions
from huifang.watching.model import DIFFERS_BY, DROPS_BY, SKIPPED, Matter, Seen, Spot
from surveys import report
from surveys.periods import Period, day_of, periods
from surveys.report import Selection
from surveys.watch import Finding, Hits, apart, discoveries, risen, total
from tickets import listing

WATCHED = 14
"""Days in which a sudden rise of low scores is looked for."""

BASELINE = 84
"""Days before those, which say what is usual."""

COMPARED = timedelta(days=28)
"""How far back closings are compared."""

MIN_N, MIN_CLOSINGS = 10, 30
"""Answers, and closings, without which nothing is said of anybody."""

_MOST = 1_000_000  # groups by day


async def look(conn: AsyncConnection, place: ZoneInfo, now: datetime) -> list[Seen]:
    """All that is out of the ordinary, as of the last local midnight."""
    until = day_of(now, place)
    found = [
        each for dimension in DROPS_BY for each in await _dropped(conn, dimension, place, until)
    ]
    for dimension in DIFFERS_BY:
        found += await _different(conn, dimension, until)
    return found


async def _dropped(
    conn: AsyncConnection, dimension: str, place: ZoneInfo, until: datetime
) -> list[Seen]:
    since = until - timedelta(days=WATCHED + BASELINE)
    days = periods(["day"], place, since, until, WATCHED + BASELINE + 2) or []
    days = [day for day in days if day.until <= until]
    counted = await report.counts(
        conn, Selection(since=since, until=until), [dimension], days, _MOST
    )
    by_name: dict[str, dict[str, Hits]] = defaultdict(dict)
    for (name, day), count in (counted or {}).items():
        if name is not None and day is not None:
            by_name[name][day] = Hits(hits=count.tally.low, n=count.tally.n)
    found = {name: _risen(days, of) for name, of in by_name.items()}
    # Many charts are looked at each day: what chance alone would have shown is left out.
    sure = discoveries({name: each.chance for name, each in found.items() if each is not None})
    return [
        Seen(
            spot=Spot(matter=Matter.DROPPED, dimension=dimension, name=name),
            finding=each,
            since=days[-WATCHED:][each.since].since,
            until=until,
        )
        for name, each in sorted(found.items())
        if each is not None and name in sure
    ]


def _risen(days: Sequence[Period], of: Mapping[str, Hits]) -> Finding | None:
    points = [of.get(day.names[0], Hits()) for day in days]
    return risen(total(points[:-WATCHED]), points[-WATCHED:], MIN_N)


async def _different(conn: AsyncConnection, dimension: str, until: datetime) -> list[Seen]:
    since = until - COMPARED
    unasked, handed, reasons = {}, {}, await listing.reasons(conn, dimension, since, until)
    closed = {name: sum(of.values()) for name, of in reasons.items()}
    wanted = Selection(since=since, until=until)
    for item in await decisions.counted(conn, wanted, [dimension]):
        name = item["group"][dimension]
        if name is not None:
            skipped = sum(item["reasons"].get(reason, 0) for reason in SKIPPED)
            unasked[Spot(matter=Matter.UNASKED, dimension=dimension, name=name)] = Hits(
                hits=skipped, n=item["closures"]
            )
    again = await listing.handed_on(conn, dimension, since, until)
    for name, n in closed.items():
        spot = Spot(matter=Matter.HANDED_ON, dimension=dimension, name=name)
        handed[spot] = Hits(hits=again.get(name, 0), n=n)
    found = apart(unasked, MIN_CLOSINGS) | apart(handed, MIN_CLOSINGS)
    for reason in sorted({reason for of in reasons.values() for reason in of if reason}):
        given = {
            Spot(
                matter=Matter.CLOSE_REASON, dimension=dimension, name=name, close_reason=reason
            ): Hits(hits=of.get(reason, 0), n=closed[name])
            for name, of in reasons.items()
        }
        found |= apart(given, MIN_CLOSINGS)
    return [Seen(spot=spot, finding=each, since=since, until=until) for spot, each in found.items()]
