"""Keeps what a person must be told: once each, on the board until somebody acknowledges it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import cursors
from kernel.journal import Entry, append
from kernel.listing import newest
from kernel.sql import among, insert_new, lock_rows, overwrite
from kernel.vault import derived_id
from scheduler import store as jobs
from scheduler.job import Kind, Ladder
from scheduler.tables import notices

#: Roles of `people:` who hear of customers, and of what the operator alone can put right.
CUSTOMER_CARE, OPERATION = ("team_lead",), ("team_lead", "manager")

_PURGED = 1_000  # rows in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A matter that a person must be told of: kind and subject together say which.

    `facts` are JSON and hold keys, numbers and reasons; names, numbers, addresses and free text
    never. `roles` are those of `people:` to be mailed. Told again, it is the same item; one that
    was acknowledged stays so, or with `again_after` is raised anew that long after it was raised.
    One that `insists` is raised anew whenever it is told, so that its roles, perhaps others, hear.
    """

    kind: str
    subject: str
    source: str | None = None
    ticket: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    roles: tuple[str, ...] = CUSTOMER_CARE
    again_after: timedelta | None = None
    insists: bool = False

    @property
    def id(self) -> str:
        """The same for the same kind and subject."""
        return derived_id("n_", self.kind, self.subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A notice as it stands; `told` are the roles that were mailed, `round` counts from 1.

    `tries` counts the mails of this round which may have left.
    """

    id: str
    kind: str
    subject: str
    source: str | None
    ticket: str | None
    facts: Mapping[str, Any]
    roles: tuple[str, ...]
    round: int
    raised_at: datetime
    tries: int
    told: tuple[str, ...] | None
    told_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Mail the people of a notice, for the `round`th time that it was raised."""

    notice: str
    round: int


#: Whoever carries it out ends it by itself: a mail that cannot be sent is no dead letter.
TELL = Kind(name="notice.tell", payload=Tell, ladder=Ladder(pauses=()))


async def raise_many(conn: AsyncConnection, found: Collection[Notice], now: datetime) -> set[str]:
    """Put matters on the board and have people told; the ids of those that were not open before.

    Called in the transaction that found them, as its last act: notices come after jobs in the
    order of locks.
    """
    wanted = {item.id: item for item in sorted(found, key=lambda item: item.id)}
    if not wanted:
        return set()
    rows = [_row(item, now) for item in wanted.values()]
    rounds = {row[0]: 1 for row in await insert_new(conn, notices, rows, ["id"])}
    rounds |= await _again(conn, [item for id_, item in wanted.items() if id_ not in rounds], now)
    tell = [
        TELL.job(f"{id_}:{number}", Tell(notice=id_, round=number), due_at=now)
        for id_, number in rounds.items()
    ]
    await jobs.enqueue(conn, tell)
    return set(rounds)


def _row(item: Notice, now: datetime) -> dict[str, Any]:
    return {
        "id": item.id,
        "kind": item.kind,
        "subject": item.subject,
        "source": item.source,
        "ticket": item.ticket,
        "facts": dict(item.facts),
        "roles": list(item.roles),
        "round": 1,
        "raised_at": now,
        "tries": 0,
    }


async def _again(conn: AsyncConnection, known: Sequence[Notice], now: datetime) -> dict[str, int]:
    """Raise anew what insists, or was acknowledged and has come again since; the rounds, by id."""
    spans = {item.id: item for item in known if item.again_after is not None or item.insists}
    before = await load(conn, spans, lock=True)
    anew = []
    for id_, item in before.items():
        if not _comes_again(spans[id_], item, now):
            continue
        told = {"told": None, "told_at": None, "acknowledged_at": None, "acknowledged_by": None}
        row = _row(spans[id_], now)
        anew.append({**row, **told, "round": item.round + 1})
    await overwrite(conn, notices, anew, "id")
    return {row["id"]: row["round"] for row in anew}


def _comes_again(wanted: Notice, before: Item, now: datetime) -> bool:
    if wanted.insists:
        return True
    span = wanted.again_after
    return (
        before.acknowledged_at is not None and span is not None and before.raised_at <= now - span
    )


async def load(
    conn: AsyncConnection, ids: Collection[str], *, lock: bool = False
) -> dict[str, Item]:
    """Notices by id; locked in order when `lock`."""
    if not ids:
        return {}
    query = select(notices).where(among(conn, set(ids), notices.c.id)).order_by(notices.c.id)
    return {
        row.id: _item(row) for row in await conn.execute(lock_rows(query, conn) if lock else query)
    }


def _item(row: Any) -> Item:
    return Item(
        id=row.id,
        kind=row.kind,
        subject=row.subject,
        source=row.source,
        ticket=row.ticket,
        facts=row.facts,
        roles=tuple(row.roles),
        round=row.round,
        raised_at=row.raised_at,
        tries=row.tries,
        told=None if row.told is None else tuple(row.told),
        told_at=row.told_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
    )


async def listed(
    conn: AsyncConnection,
    *,
    standing: bool | None = None,
    kind: str | None = None,
    after: cursors.Place | None = None,
    limit: int = 100,
) -> tuple[list[Item], cursors.Place | None]:
    """Notices, newest first, and the place after which there is more, if there is.

    `standing`: only those that nobody has acknowledged, or only the others.
    """
    query = select(notices)
    if standing is not None:
        nobody = notices.c.acknowledged_at.is_(None)
        query = query.where(nobody if standing else ~nobody)
    if kind is not None:
        query = query.where(notices.c.kind == kind)
    rows, more = await newest(conn, query, notices.c.raised_at, notices.c.id, after, limit)
    return [_item(row) for row in rows], more


async def counts(conn: AsyncConnection) -> dict[str, int]:
    """How many stand, by kind."""
    query = select(notices.c.kind, func.count().label("number")).group_by(notices.c.kind)
    rows = await conn.execute(query.where(notices.c.acknowledged_at.is_(None)))
    return {row.kind: row.number for row in rows}


async def acknowledge(
    conn: AsyncConnection, id_: str, by: str, actor: str, now: datetime
) -> Item | None:
    """Take a notice off the board; None where it was taken off before, or never was there.

    `by` is whoever takes care of it, `actor` the key by which it was said.
    """
    rows = await conn.execute(
        update(notices)
        .where(notices.c.id == id_, notices.c.acknowledged_at.is_(None))
        .values(acknowledged_at=now, acknowledged_by=by)
        .returning(notices)
    )
    row = rows.one_or_none()
    if row is None:
        return None
    item = _item(row)
    await append(conn, [entry(item, "notice.acknowledged", now, by=by, actor=actor)])
    return item


def entry(item: Item, kind: str, now: datetime, **detail: Any) -> Entry:
    """A journal entry about a notice."""
    return Entry(
        at=now,
        kind=kind,
        about=item.id,
        source=item.source,
        ticket=item.ticket,
        detail={"notice": item.kind, **detail},
    )


async def mailed_since(
    conn: AsyncConnection, kinds: Collection[str], since: datetime
) -> dict[str, int]:
    """How many notices of each kind were mailed, or perhaps were, after an instant."""
    rows = await conn.execute(
        select(notices.c.kind, func.count().label("number"))
        .where(notices.c.kind.in_(sorted(kinds)), notices.c.told_at > since)
        .group_by(notices.c.kind)
    )
    return {row.kind: row.number for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """What became of mailing a notice: `told_at` is when it left, or perhaps did; None: it did not.

    `told` are the roles, None as long as nobody knows.
    """

    id: str
    tries: int
    told: tuple[str, ...] | None
    told_at: datetime | None


async def note(conn: AsyncConnection, mailings: Sequence[Mailing]) -> None:
    """Keep what became of mailing notices that the caller has locked."""
    rows = [
        {
            "id": item.id,
            "tries": item.tries,
            "told": None if item.told is None else list(item.told),
            "told_at": item.told_at,
        }
        for item in sorted(mailings, key=lambda item: item.id)
    ]
    await overwrite(conn, notices, rows, "id")


async def purge(conn: AsyncConnection, before: datetime) -> int:
    """Forget some notices that were acknowledged before `before`; how many."""
    old = select(notices.c.id).where(notices.c.acknowledged_at < before).limit(_PURGED)
    result = await conn.execute(delete(notices).where(notices.c.id.in_(old)))
    return int(result.rowcount)
