"""Watches once a day, and tells managers of what is new or has changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from huifang.watching import store
from huifang.watching.looking import look
from huifang.watching.model import Known, Seen, page_of, rows_of
from kernel.engine import Database
from kernel.journal import Entry, append
from scheduler import notices
from scheduler.hours import zone
from scheduler.notices import Notice
from surveys.watch import has_changed

EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """The periodic duty; `timezone` is the service centre's, whose days are counted."""

    database: Database
    timezone: Callable[[], str]

    async def __call__(self, now: datetime) -> None:
        """Look, keep what is found, and tell each finding once until it changes."""
        place = zone(self.timezone()) or ZoneInfo("UTC")
        async with self.database.read() as conn:
            seen = await look(conn, place, now)
        async with self.database.write() as conn:
            before = await store.standing(conn)
            kept, news = weighed(seen, before, now)
            await store.keep(conn, kept)
            here = {each.spot.id for each in seen}
            over = [id_ for id_, each in before.items() if each.over_at is None and id_ not in here]
            await store.end(conn, over, now)
            await append(conn, [Entry(at=now, kind="watch.over", about=id_) for id_ in over])
            await notices.raise_many(conn, [_notice(each, place) for each in news], now)


def weighed(
    seen: Sequence[Seen], before: Mapping[str, Known], now: datetime
) -> tuple[list[Known], list[Seen]]:
    """Findings as they are to be kept, and those of them that managers are to be told of."""
    kept: list[Known] = []
    news: list[Seen] = []
    for each in seen:
        old = before.get(each.spot.id)
        of = each.finding
        if old is None or old.over_at is not None:
            news.append(each)
            kept.append(_new(each, now))
        elif has_changed(old.told, old.told_usual, of.now, of.usual.share):
            news.append(each)
            kept.append(replace(_new(each, now), found_at=old.found_at))
        else:
            kept.append(replace(old, seen=each, seen_at=now))
    return kept, news


def _new(seen: Seen, now: datetime) -> Known:
    return Known(
        seen=seen,
        found_at=now,
        seen_at=now,
        over_at=None,
        told_at=now,
        told=seen.finding.now,
        told_usual=seen.finding.usual.share,
    )


def _notice(seen: Seen, place: ZoneInfo) -> Notice:
    spot, of = seen.spot, seen.finding
    return Notice(
        kind=spot.matter.value,
        subject=spot.id,
        facts={
            "dimension": spot.dimension,
            "name": spot.name,
            "close_reason": spot.close_reason,
            "share": round(of.now.share, 4),
            "n": of.now.n,
            "usual": round(of.usual.share, 4),
            "rows": rows_of(seen),
            "page": page_of(seen, place),
        },
        roles=("manager",),
        insists=True,
    )
