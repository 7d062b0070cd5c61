"""Carries exports out in the background, and takes their files away when their time is over."""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from huifang.exporting import store
from huifang.exporting.making import PAGE, NotMade, make
from huifang.exporting.model import Export, Made, Order
from huifang.exporting.shelf import Shelf, seal
from kernel.barrier import OPEN, Barrier
from kernel.endpoint import Role
from kernel.engine import Database
from kernel.journal import Entry, append
from kernel.sql import passing
from kernel.vault import Vault
from scheduler import store as queue
from scheduler.job import Kind, Ladder, Leased

log = structlog.get_logger("exports")

_TELL_EVERY = 1.0  # seconds between two notes of how far it is
_TRIES = 5  # where the database is away, or something unforeseen happens
_STRAY = timedelta(days=1)  # a file that is being made is younger


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The payload: the export to make."""

    export: str


MAKE = Kind(name="export.make", payload=Wanted, ladder=Ladder(pauses=()))


async def order(conn: AsyncConnection, wanted: Order, by: str, role: Role, now: datetime) -> Export:
    """Save an export and the job that makes it."""
    id_ = f"x_{secrets.token_hex(16)}"
    job = MAKE.job(id_, Wanted(export=id_), due_at=now)
    await queue.enqueue(conn, [job])
    export = await store.add(conn, id_, job.key, wanted, by, role, now)
    detail = {
        "actor": by,
        "format": wanted.format,
        "grain": wanted.grain,
        "comments": wanted.comments,
        "identities": wanted.identities,
    }
    await append(conn, [Entry(at=now, kind="export.asked", about=id_, detail=detail)])
    return export


async def cancel(conn: AsyncConnection, export: Export, by: str, now: datetime) -> None:
    """End an export that is under way; whoever has it in hand drops what was made."""
    await queue.cancel(conn, [export.job], now)
    await store.cancel(conn, export.id, now)
    detail = {"actor": by}
    await append(conn, [Entry(at=now, kind="export.cancelled", about=export.id, detail=detail)])


class _NotWanted(Exception):
    """Somebody cancelled it, or somebody else has it in hand: all that was made is dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """Makes one export after the other, each from its beginning; `page` rows at a time.

    Until the last step the file stands in a folder of this try. A job whose lease is lost, whose
    process dies or which fails leaves no file; the next try takes the folder away.
    """

    database: Database
    vault: Vault
    shelf: Shelf
    now: Callable[[], datetime]
    barrier: Barrier = OPEN
    page: int = PAGE
    tell_every: float = _TELL_EVERY

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Make the exports of a batch."""
        for leased in batch:
            await self._carry_out(leased, now)

    async def _carry_out(self, leased: Leased, now: datetime) -> None:
        wanted = MAKE.read(leased.job).export
        async with self.database.write() as conn:
            await queue.require(conn, [leased])
            export = await store.begin(conn, wanted, now)
            if export is None:
                await queue.finish(conn, [leased], now)
                return
        try:
            await self._make(leased, export)
        except (_NotWanted, queue.LeaseLost):
            log.info("export.dropped", export=wanted)
        except NotMade as fault:
            await self._give_up(leased, wanted, str(fault))
        except Exception as fault:
            # What passes is tried again, from the beginning, and what nobody foresaw too.
            if leased.attempt < _TRIES:
                raise
            log.exception("export.failed", export=wanted)
            away = passing(fault)
            reason = "the database was away too often" if away else type(fault).__name__
            await self._give_up(leased, wanted, reason)
        finally:
            await asyncio.to_thread(self.shelf.drop, wanted, leased.lease)

    async def _make(self, leased: Leased, export: Export) -> None:
        try:
            desk = await asyncio.to_thread(self.shelf.desk, export.id, leased.lease)
        except OSError as fault:
            where = f"HUIFANG_EXPORTS: {self.shelf.folder}"
            raise NotMade(f"{where} cannot be written: {fault.strerror}") from fault
        path = desk / f"file.{export.order.format}"
        told = _Telling(making=self, leased=leased, export=export.id)
        made = await make(self.database, self.vault, export.order, path, told.hear, page=self.page)
        await asyncio.to_thread(seal, path)
        await self.barrier.reach("export.made")
        now = self.now()
        async with self.database.write() as conn:
            await queue.require(conn, [leased])
            if not await store.advance(conn, export.id, 1.0):
                raise _NotWanted
            # In its place before anybody is told of it; should the commit fail, the next try
            # puts its own there.
            await asyncio.to_thread(self.shelf.put, path, export.id, export.order.format)
            await store.done(conn, export.id, made, now)
            await queue.finish(conn, [leased], now)
            await append(conn, [_told(export, made, now)])

    async def _give_up(self, leased: Leased, export: str, reason: str) -> None:
        now = self.now()
        async with self.database.write() as conn:
            await queue.require(conn, [leased])
            await store.fail(conn, export, reason, now)
            await queue.finish(conn, [leased], now, outcome="failed")
            detail = {"reason": reason}
            await append(conn, [Entry(at=now, kind="export.failed", about=export, detail=detail)])


@dataclass(slots=True, kw_only=True)
class _Telling:
    """Notes how far an export is, not too often, and hears whether it is still wanted."""

    making: Making
    leased: Leased
    export: str
    at: float = field(default_factory=time.monotonic)

    async def hear(self, progress: float) -> None:
        """Called after each page."""
        await self.making.barrier.reach("export.page")
        if time.monotonic() - self.at < self.making.tell_every:
            return
        self.at = time.monotonic()
        async with self.making.database.write() as conn:
            await queue.require(conn, [self.leased])
            if not await store.advance(conn, self.export, progress):
                raise _NotWanted


def _told(export: Export, made: Made, now: datetime) -> Entry:
    detail = {"rows": made.rows, "bytes": made.bytes, "sha256": made.sha256}
    return Entry(at=now, kind="export.made", about=export.id, detail=detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """The periodic duty: files older than `kept_for` go, and what was left half made."""

    database: Database
    shelf: Shelf
    kept_for: Callable[[], timedelta]

    async def __call__(self, now: datetime) -> None:
        """Take away what is past its time."""
        await self.forget(now - self.kept_for(), now)
        await asyncio.to_thread(self.shelf.sweep, now - _STRAY)

    async def erase(self, now: datetime) -> int:
        """Have no file hold what was erased: a file cannot forget one customer, so all of them go.

        Call it once the erasure is committed. What is under way begins anew, without what is
        gone. How many files were taken away.
        """
        async with self.database.write() as conn:
            for export in await store.under_way(conn):
                await queue.cancel(conn, [export.job], now)
                wanted = Wanted(export=export.id)
                job = MAKE.job(f"{export.id}.{secrets.token_hex(8)}", wanted, due_at=now)
                await queue.enqueue(conn, [job])
                await store.hand_over(conn, export.id, job.key)
        return await self.forget(now + timedelta.resolution, now)

    async def forget(self, before: datetime, now: datetime) -> int:
        """Take away the files of all exports that ended before an instant; how many."""
        total = 0
        while True:
            async with self.database.read() as conn:
                old = await store.kept_until(conn, before)
            if not old:
                return total
            # The file first: what is noted as gone must be gone.
            await asyncio.to_thread(self.shelf.remove, old)
            async with self.database.write() as conn:
                await store.remove(conn, old, now)
            total += len(old)
