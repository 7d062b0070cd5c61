"""Brings what older keys sealed and hashed under the first key of each ring."""

import base64
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import LargeBinary, Select, bindparam, func, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.jobs import SEND, SETTLE, number_place, said_place
from huifang.erasing import ERASE, words_place
from huifang.rekeying import Rekeying
from kernel.engine import Database, metadata
from kernel.privacy import Sealed, sealed_columns
from kernel.vault import Vault, VaultError
from tickets.jobs import COMMENT, CONSIDER, FETCH, NOTE, REOPEN

log = structlog.get_logger("rotation")

EVERY = timedelta(hours=6)

PART = 500
"""Rows in one transaction."""

SOME = 500
"""Rows at each end of a table that tell whether the keys are those of this database."""

jobs = metadata.tables["jobs"]

_ID_FROM, _ID_LENGTH = 1, 5  # where the version and the key's id stand in a sealed value


def _place_of(form: str, name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda payload: f"{form}|{payload[name]}"


#: What jobs hold sealed, by kind: the field, in base64, and where its value stands.
_IN_JOBS: Mapping[str, Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    **{
        kind.name: {
            "said": lambda payload: said_place(payload["contact"]),
            "to": lambda payload: number_place(payload["contact"]),
        }
        for kind in (SEND, SETTLE)
    },
    REOPEN.name: {"comment": _place_of("reopen.comment", "complaint")},
    NOTE.name: {"comment": _place_of("note.comment", "complaint")},
    CONSIDER.name: {"comment": _place_of("response.comment", "response")},
    COMMENT.name: {"comment": _place_of("response.comment", "response")},
    FETCH.name: {"document": _place_of("fetch.document", "event")},
    ERASE.name: {"words": lambda payload: words_place(payload["person"])},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What still needs an older key: sealed values by column (`jobs.payload` too), and stops whose
    address nobody knows any more, so that it cannot be hashed anew.
    """

    sealed: Mapping[str, int]
    stops: int

    @property
    def values(self) -> int:
        """All sealed values."""
        return sum(self.sealed.values())


@dataclass(slots=True, kw_only=True)
class Rotation:
    """A periodic duty, and the command `rotate`; with one key in each ring there is nothing to do.

    Each part is a transaction of its own and leaves what it did done: cut short, it goes on with
    what is left. `tell` hears of each column how many values were changed so far.
    """

    database: Database
    vault: Vault
    show: Callable[[Mapping[str, int]], None] = lambda left: None
    tell: Callable[[str, int], None] = field(default=lambda what, number: None)

    async def __call__(self, now: datetime) -> None:
        """Bring everything under the first keys, and show what is left."""
        if len(self.vault.ciphers) > 1 or len(self.vault.index_keys) > 1:
            await self.rotate()
            left = await self.left()
            self.show({**left.sealed, "stops": left.stops})

    async def rotate(self) -> dict[str, int]:
        """How many values were changed, by column."""
        changed: dict[str, int] = {}
        if len(self.vault.ciphers) > 1:
            for column in sealed_columns(metadata):
                changed[column.name] = await self._reseal(column)
            changed["jobs.payload"] = await self._reseal_jobs()
        if len(self.vault.index_keys) > 1:
            rekeying = Rekeying(database=self.database, vault=self.vault, tell=self.tell)
            changed["addresses"] = await rekeying.run()
        return {name: number for name, number in changed.items() if number}

    async def left(self) -> Left:
        """What an older key is still needed for; every table is read through for it."""
        sealed: dict[str, int] = {}
        async with self.database.read() as conn:
            for each in sealed_columns(metadata):
                query = select(func.count()).select_from(each.table).where(self._is_old(each))
                sealed[each.name] = int((await conn.execute(query)).scalar_one())
            stops = metadata.tables["opt_outs"].c
            lost = select(func.count()).where(
                stops.ended_at.is_(None),
                stops.index_key.is_distinct_from(self.vault.index_key),
            )
            number = int((await conn.execute(lost)).scalar_one())
        sealed["jobs.payload"] = await self._walk_jobs(self._count)
        lone = len(self.vault.index_keys) == 1
        return Left(
            sealed={name: count for name, count in sealed.items() if count},
            stops=0 if lone else number,
        )

    async def foreign(self) -> list[str]:
        """The columns that hold what no key of the ring sealed, as far as some rows tell."""
        found = []
        async with self.database.read() as conn:
            for each in sealed_columns(metadata):
                heads = [head for query in _ends(each) for head in await conn.scalars(query)]
                if not all(self.vault.knows(head) for head in heads if head is not None):
                    found.append(each.name)
        return found

    def _is_old(self, wanted: Sealed) -> Any:
        head = literal(self.vault.head, LargeBinary)
        return wanted.column.is_not(None) & (_head_of(wanted) != head)

    async def _reseal(self, wanted: Sealed) -> int:
        keys, changed = wanted.keys, 0
        query = select(*keys, wanted.column).where(self._is_old(wanted)).order_by(*keys).limit(PART)
        rows: Sequence[Any] = ()
        while True:
            beyond = _beyond(query, keys, rows[-1]) if rows else query
            async with self.database.write() as conn:
                rows = (await conn.execute(beyond)).all()
                changed += await self._save(conn, wanted, rows)
            if rows:
                self.tell(wanted.name, changed)
            if len(rows) < PART:
                return changed

    async def _save(self, conn: AsyncConnection, wanted: Sealed, rows: Sequence[Any]) -> int:
        """Write values sealed anew, unless they were overwritten meanwhile."""
        column, table = wanted.column, wanted.table
        values = []
        for row in rows:
            found = dict(row._mapping)
            sealed = self._anew(found[column.name], wanted.place(found))
            if sealed is not None:
                mine = {f"k_{key.name}": found[key.name] for key in wanted.keys}
                values.append({**mine, "was": found[column.name], "is": sealed})
        if values:
            row_of = [key == bindparam(f"k_{key.name}", type_=key.type) for key in wanted.keys]
            same = column == bindparam("was", type_=LargeBinary)
            fresh = {column.name: bindparam("is", type_=LargeBinary)}
            await conn.execute(update(table).where(*row_of, same).values(fresh), values)
        return len(values)

    def _anew(self, sealed: bytes, place: str) -> bytes | None:
        """The value under the first key; None where no key opens it: `left` goes on to say so."""
        try:
            return self.vault.seal(self.vault.open(sealed, place), place)
        except VaultError:
            log.warning("rotation.unreadable", column=place.partition("|")[0])
            return None

    async def _reseal_jobs(self) -> int:
        return await self._walk_jobs(self._save_job)

    async def _walk_jobs(
        self, work: Callable[[AsyncConnection, Any, Mapping[str, str]], Awaitable[None]]
    ) -> int:
        """Do something with each job that holds what an older key sealed; how many there are."""
        total, after = 0, ""
        columns = (jobs.c.key, jobs.c.kind, jobs.c.payload)
        query = select(*columns).where(jobs.c.kind.in_(sorted(_IN_JOBS))).order_by(jobs.c.key)
        while True:
            async with self.database.write() as conn:
                rows = (await conn.execute(query.where(jobs.c.key > after).limit(PART))).all()
                for row in rows:
                    if old := self._old_of(row):
                        total += 1
                        await work(conn, row, old)
            if len(rows) < PART:
                return total
            after = rows[-1].key

    def _old_of(self, row: Any) -> dict[str, str]:
        """The fields of a job, with their values' places, that an older key sealed."""
        return {
            name: place(row.payload)
            for name, place in _IN_JOBS[row.kind].items()
            if (text := row.payload.get(name))
            and not base64.b64decode(text).startswith(self.vault.head)
        }

    async def _save_job(self, conn: AsyncConnection, row: Any, old: Mapping[str, str]) -> None:
        payload = dict(row.payload)
        for name, place in old.items():
            sealed = self._anew(base64.b64decode(payload[name]), place)
            if sealed is not None:
                payload[name] = base64.b64encode(sealed).decode()
        await conn.execute(update(jobs).where(jobs.c.key == row.key).values(payload=payload))

    async def _count(self, conn: AsyncConnection, row: Any, old: Mapping[str, str]) -> None:
        """Counted by whoever walks."""


def _head_of(wanted: Sealed) -> Any:
    return func.substr(wanted.column, _ID_FROM, _ID_LENGTH, type_=LargeBinary)


def _ends(wanted: Sealed) -> list[Select[Any]]:
    """Some heads from either end of a table, by its key: no search for rows that hold a value."""
    query = select(_head_of(wanted)).limit(SOME)
    return [
        query.order_by(*wanted.keys),
        query.order_by(*(key.desc() for key in wanted.keys)),
    ]


def _beyond(query: Select[Any], keys: Sequence[Any], last: Any) -> Select[Any]:
    values = [literal(last._mapping[key.name], key.type) for key in keys]
    return query.where(tuple_(*keys) > tuple_(*values))


def verdict(vault: Vault, left: Left) -> dict[str, str]:
    """Which older keys may be dropped from the settings, in words; nothing where there are none."""
    said: dict[str, str] = {}
    if len(vault.ciphers) > 1:
        said["HUIFANG_DATA_KEY"] = (
            f"{left.values} values are still sealed by an older key: keep it, "
            "`huifang rotate` seals them anew"
            if left.values
            else "nothing needs the older keys: all but the first may be dropped"
        )
    if len(vault.index_keys) > 1:
        said["HUIFANG_INDEX_KEY"] = (
            f"{left.stops} stops may be found by an older key alone, since nobody knows their "
            "addresses any more: drop it and they are lost"
            if left.stops
            else "nothing needs the older keys: all but the first may be dropped"
        )
    return said
