"""Keeps dials and presences; every verb takes and returns many."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.dialling.model import Dial, Presence, Stage, There
from callbacks.dialling.tables import dials, presences
from callbacks.promises.model import CallOutcome, DialMode
from kernel.sql import among, insert_new, lock_rows, upsert

_IN_HAND = dials.c.ended_at.is_(None)
_FORGOTTEN = 1_000  # rows in one transaction


async def add(conn: AsyncConnection, new: Sequence[Dial]) -> set[str]:
    """Take dials in hand; the ids written: not where callback, number or agent has one already."""
    return {row[0] for row in await insert_new(conn, dials, [_row(item) for item in new], ["id"])}


async def save(conn: AsyncConnection, changed: Sequence[Dial]) -> None:
    """Overwrite dials whose rows the caller has locked."""
    await upsert(conn, dials, [_row(item) for item in changed], ["id"])


def _row(item: Dial) -> dict[str, Any]:
    row = {name: getattr(item, name) for name in Dial.__dataclass_fields__}
    outcome = item.outcome.value if item.outcome else None
    return {**row, "mode": item.mode.value, "stage": item.stage.value, "outcome": outcome}


def _dial(row: Any) -> Dial:
    given = dict(row._mapping)
    outcome = CallOutcome(row.outcome) if row.outcome else None
    given |= {"mode": DialMode(row.mode), "stage": Stage(row.stage), "outcome": outcome}
    return Dial(**given)


async def load(
    conn: AsyncConnection, ids: Collection[str], *, lock: bool = False
) -> dict[str, Dial]:
    """Dials by id; locked in order when `lock`, after their callbacks."""
    if not ids:
        return {}
    query = select(dials).where(among(conn, set(ids), dials.c.id)).order_by(dials.c.id)
    rows = await conn.execute(lock_rows(query, conn) if lock else query)
    return {row.id: _dial(row) for row in rows}


async def of_contacts(conn: AsyncConnection, contacts: Collection[str]) -> dict[str, Dial]:
    """Dials by the contact that is their customer's leg; not locked."""
    if not contacts:
        return {}
    rows = await conn.execute(select(dials).where(among(conn, set(contacts), dials.c.contact)))
    return {row.contact: _dial(row) for row in rows}


async def of_callbacks(
    conn: AsyncConnection, callbacks: Collection[str]
) -> Mapping[str, list[Dial]]:
    """The dials of callbacks, in the order they were made; not locked."""
    found: dict[str, list[Dial]] = defaultdict(list)
    if callbacks:
        query = select(dials).where(among(conn, set(callbacks), dials.c.callback))
        for row in await conn.execute(query.order_by(dials.c.at, dials.c.id)):
            found[row.callback].append(_dial(row))
    return found


async def joined(conn: AsyncConnection, callback: str) -> bool:
    """Whether both legs of a callback were ever connected: the proof that it was reached."""
    return any(item.joined_at for item in (await of_callbacks(conn, [callback]))[callback])


async def in_hand(conn: AsyncConnection) -> list[Dial]:
    """Every dial that holds a callback, a number and an agent."""
    return [_dial(row) for row in await conn.execute(select(dials).where(_IN_HAND))]


async def forget(conn: AsyncConnection, before: datetime) -> int:
    """Delete some dials that ended before an instant; how many."""
    old = select(dials.c.id).where(dials.c.ended_at < before).limit(_FORGOTTEN)
    return int((await conn.execute(delete(dials).where(dials.c.id.in_(old)))).rowcount)


async def rung_since(conn: AsyncConnection, ring: Collection[bytes], since: datetime) -> int:
    """How often the phone of a number, by its look-ups, was let ring since an instant."""
    query = select(func.count()).where(among(conn, ring, dials.c.phone_ix), dials.c.leg_at >= since)
    return int((await conn.execute(query)).scalar_one())


async def presence(conn: AsyncConnection) -> dict[str, There]:
    """What agents said last, by id; who never said anything is not there."""
    return {row.agent: _there(row) for row in await conn.execute(select(presences))}


def _there(row: Any) -> There:
    return There(**{**row._mapping, "state": Presence(row.state)})


async def say(conn: AsyncConnection, agent: str, state: Presence, now: datetime) -> There:
    """Note that an agent is there, or away; said again it is only seen again."""
    known = (await _locked(conn, [agent])).get(agent)
    same = known is not None and known.state is state
    since = known.since if known is not None and same else now
    # Who comes back has waited for nothing yet.
    rested = known.rested_at if known is not None and same else now
    there = There(agent=agent, state=state, since=since, seen_at=now, rested_at=rested)
    await _put(conn, there)
    return there


async def rest(conn: AsyncConnection, agent: str, now: datetime, *, away: bool) -> None:
    """Note that an agent's call is over; `away`: nobody was at their phone."""
    known = (await _locked(conn, [agent])).get(agent)
    if known is not None:
        gone = away and known.state is Presence.THERE
        there = replace(known, rested_at=now)
        await _put(conn, replace(there, state=Presence.AWAY, since=now) if gone else there)


async def absent(conn: AsyncConnection, forgot: Mapping[str, datetime], now: datetime) -> None:
    """Note that agents are away who had a callback since an instant each, and did nothing since.

    Nothing is to say that they are there, to be on a call, or to end one.
    """
    known = await _locked(conn, forgot)
    held = select(dials.c.agent).where(_IN_HAND, among(conn, set(known), dials.c.agent))
    busy = {row.agent for row in await conn.execute(held)} if known else set()
    gone = [
        replace(each, state=Presence.AWAY, since=now)
        for each in known.values()
        if each.state is Presence.THERE
        and each.agent not in busy
        and max(each.seen_at, each.rested_at) < forgot[each.agent]
    ]
    await _put(conn, *gone)


async def _locked(conn: AsyncConnection, agents: Collection[str]) -> dict[str, There]:
    """What some agents said last; nobody says otherwise until the transaction ends."""
    if not agents:
        return {}
    query = select(presences).where(among(conn, set(agents), presences.c.agent))
    rows = await conn.execute(lock_rows(query.order_by(presences.c.agent), conn))
    return {row.agent: _there(row) for row in rows}


async def _put(conn: AsyncConnection, *there: There) -> None:
    names = There.__dataclass_fields__
    rows = [
        {**{name: getattr(each, name) for name in names}, "state": each.state.value}
        for each in there
    ]
    await upsert(conn, presences, rows, ["agent"])
