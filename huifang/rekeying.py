"""Hashes addresses anew under the first index key, in all places of an address at once."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Column, Table, bindparam, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.engine import Database, metadata
from kernel.erased import NOBODY
from kernel.privacy import hashed_columns
from kernel.sql import among, lock_rows
from kernel.vault import Vault

PART = 200
"""Addresses in one transaction."""

#: Where an address can be read whose hash stands beside it: table, sealed value, hash.
_READABLE = (
    ("customers", "phone", "phone_ix"),
    ("customers", "email", "email_ix"),
    ("contacts", "address", "address_ix"),
    ("inbound", "address", "address_ix"),
)
_OWN = frozenset({"addresses.ix", "opt_outs.address_ix"})  # those where two rows become one
_OPEN = ("open_conversation", "open_thread", "open_until")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rekeying:
    """Walks every column of hashes. An address whose text stands nowhere any more keeps its hash.

    All places of an address change in one transaction, so that it is never two; whoever looks one
    up asks for it under every key, so that it is found before and after.
    """

    database: Database
    vault: Vault
    tell: Callable[[str, int], None]

    async def run(self) -> int:
        """How many addresses were hashed anew."""
        total = 0
        for column in hashed_columns(metadata):
            after: bytes | None = NOBODY
            while after is not None:
                part = partial(self._part, column=column, after=after)
                number, after = await self.database.transact(part)
                total += number
                self.tell("addresses", total)
        return total

    async def _part(
        self, conn: AsyncConnection, column: Column[Any], after: bytes
    ) -> tuple[int, bytes | None]:
        query = select(column).distinct().where(column > after).order_by(column).limit(PART)
        found = [row[0] for row in await conn.execute(query)]
        ring_of = await self._rings(conn, found)
        pairs = {ix: ring[0] for ix, ring in ring_of.items() if ix != ring[0]}
        if pairs:
            await _lock(conn, {*pairs, *pairs.values()})
            await _merge_addresses(conn, pairs)
            await _merge_stops(conn, pairs)
            for other in hashed_columns(metadata):
                if f"{other.table.name}.{other.name}" not in _OWN:
                    await _move(conn, other, pairs)
        stops = metadata.tables["opt_outs"]
        known = {ring[0] for ring in ring_of.values()}
        await conn.execute(
            update(stops)
            .where(
                among(conn, known, stops.c.address_ix),
                stops.c.index_key.is_distinct_from(self.vault.index_key),
            )
            .values(index_key=self.vault.index_key)
        )
        return len(pairs), found[-1] if len(found) == PART else None

    async def _rings(
        self, conn: AsyncConnection, hashes: Collection[bytes]
    ) -> dict[bytes, tuple[bytes, ...]]:
        """The hashes, under every key, of those whose address can be read somewhere."""
        found: dict[bytes, tuple[bytes, ...]] = {}
        for name, value, ix in _READABLE:
            missing = set(hashes) - found.keys()
            if missing:
                texts = await self._texts(conn, metadata.tables[name], value, ix, missing)
                for hashed, text in texts.items():
                    ring = self.vault.indexes(text)
                    if hashed in ring:
                        found[hashed] = ring
        return found

    async def _texts(
        self, conn: AsyncConnection, table: Table, value: str, ix: str, hashes: Collection[bytes]
    ) -> dict[bytes, str]:
        keys = tuple(table.primary_key.columns)
        mine = (among(conn, hashes, table.c[ix]), table.c[value].is_not(None))
        # Of the many contacts of an address one is enough, and an index leads to it.
        last = func.max(keys[-1]).label("one")
        some = select(table.c[ix].label("ix"), last).where(*mine).group_by(table.c[ix]).subquery()
        query = select(*keys, table.c[ix], table.c[value]).join(
            some, (table.c[ix] == some.c.ix) & (keys[-1] == some.c.one)
        )
        found: dict[bytes, str] = {}
        for row in await conn.execute(query):
            told = row._mapping
            place = "|".join([f"{table.name}.{value}", *(str(told[key.name]) for key in keys)])
            text = self.vault.open(told[value], place)
            if text:
                found[told[ix]] = text
        return found


async def _lock(conn: AsyncConnection, hashes: Collection[bytes]) -> None:
    """People, then addresses, in everybody's order."""
    people, addresses = metadata.tables["customers"].c, metadata.tables["addresses"].c
    mine = or_(among(conn, hashes, people.phone_ix), among(conn, hashes, people.email_ix))
    query = select(people.id).where(mine).order_by(people.source, people.id)
    await conn.execute(lock_rows(query, conn))
    rows = select(addresses.ix).where(among(conn, hashes, addresses.ix)).order_by(addresses.ix)
    await conn.execute(lock_rows(rows, conn))


async def _merge_addresses(conn: AsyncConnection, pairs: Mapping[bytes, bytes]) -> None:
    """Two rows of an address become one: dead if either was, with the question that is open."""
    table = metadata.tables["addresses"]
    every = among(conn, {*pairs, *pairs.values()}, table.c.ix)
    rows = {row.ix: row for row in await conn.execute(select(table).where(every))}
    for old, new in sorted(pairs.items()):
        was, now = rows.get(old), rows.get(new)
        if was is None:
            continue
        if now is None:
            await conn.execute(update(table).where(table.c.ix == old).values(ix=new))
            rows[new] = was
            continue
        values: dict[str, Any] = {}
        if was.dead:
            other = now.dead and now.dead_channel != was.dead_channel
            values |= {"dead": True, "dead_channel": None if other else was.dead_channel}
        if now.open_thread is None and was.open_thread is not None:
            values |= {name: getattr(was, name) for name in _OPEN}
        if values:
            await conn.execute(update(table).where(table.c.ix == new).values(values))
        await conn.execute(delete(table).where(table.c.ix == old))


async def _merge_stops(conn: AsyncConnection, pairs: Mapping[bytes, bytes]) -> None:
    """No stop is lost: of two in force for a channel the firmer stays."""
    table = metadata.tables["opt_outs"]
    every = among(conn, {*pairs, *pairs.values()}, table.c.address_ix)
    in_force = select(table).where(every, table.c.ended_at.is_(None)).order_by(table.c.at)
    held: dict[tuple[bytes, str], list[Any]] = {}
    for row in await conn.execute(in_force):
        held.setdefault((pairs.get(row.address_ix, row.address_ix), row.channel), []).append(row)
    spare = [row.id for rows in held.values() for row in _spare(rows)]
    await conn.execute(delete(table).where(among(conn, spare, table.c.id)))
    await _move(conn, table.c.address_ix, pairs)


def _spare(rows: Sequence[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: (row.state != "final", row.at))[1:]


async def _move(conn: AsyncConnection, column: Column[Any], pairs: Mapping[bytes, bytes]) -> None:
    was, becomes = bindparam("was", type_=column.type), bindparam("becomes", type_=column.type)
    statement = update(column.table).where(column == was).values({column.name: becomes})
    given = [{"was": old, "becomes": new} for old, new in sorted(pairs.items())]
    try:
        async with conn.begin_nested():
            await conn.execute(statement, given)
    except IntegrityError:
        # Both are in hand, such as two dials of a number: the next round finds them ended.
        return
