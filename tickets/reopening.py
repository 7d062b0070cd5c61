"""Carries orders to reopen tickets out to their desks, and remembers what they answered."""

import asyncio
import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.barrier import OPEN, Barrier
from kernel.engine import Database
from kernel.erased import ERASED
from kernel.journal import Entry, append
from kernel.vault import Vault, derived_id
from scheduler import store as jobs
from scheduler.job import Job, Leased
from scheduler.ports import Clock
from scheduler.publication import publish
from tickets import store
from tickets.jobs import REOPEN, REOPENED, Reopen, Reopened, follow_up_key, next_try
from tickets.ports import Declined, Desk, DeskError, Done, Order
from tickets.waiting import put_off, side_by_side

_AT_ONCE = 16  # orders under way at one time


@dataclass(slots=True, kw_only=True)
class Reopening:
    """Handles `ticket.reopen` jobs: asks each ticket's desk, and remembers what it answered."""

    database: Database
    clock: Clock
    vault: Vault
    desk_of: Callable[[str], Desk | None]
    public_url: str
    barrier: Barrier = OPEN
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Ask the desks, several at a time; each answer is kept by itself."""
        await side_by_side(self._one(leased) for leased in batch)

    async def _one(self, leased: Leased) -> None:
        wanted = REOPEN.read(leased.job)
        desk = self.desk_of(wanted.source)
        if desk is None:
            await self._settle(leased, wanted, Declined(reason="no_desk"))
            return
        async with self.room:
            await self.barrier.reach("desk.before_post")
            try:
                answer = await desk.reopen(await self._order(leased, wanted))
            except DeskError as error:
                await self._again(leased, wanted, error)
                return
            await self.barrier.reach("desk.posted")
        await self._settle(leased, wanted, answer)

    async def _order(self, leased: Leased, wanted: Reopen) -> Order:
        customer = await self._customer(wanted) if wanted.follow_up else None
        sealed = base64.b64decode(wanted.comment) if wanted.comment else None
        return Order(
            key=derived_id("w_", leased.job.key),
            at=leased.job.due_at,  # the same at every attempt, as the key is
            ticket=wanted.ticket,
            source=wanted.source,
            cycle=wanted.cycle,
            score=wanted.score,
            rating=wanted.rating,
            question=wanted.question,
            version=wanted.version,
            comment=self.vault.open(sealed, f"reopen.comment|{wanted.complaint}"),
            complaint=wanted.complaint,
            url=url_of(self.public_url, wanted.source, wanted.ticket),
            follow_up=wanted.follow_up,
            customer=customer,
        )

    async def _customer(self, wanted: Reopen) -> str | None:
        async with self.database.read() as conn:
            found = await store.ticket_with_closures(conn, wanted.source, wanted.ticket)
        customer = found[0].customer if found else None
        return None if customer == ERASED else customer

    async def _again(self, leased: Leased, wanted: Reopen, error: DeskError) -> None:
        now = self.clock.now()
        at = next_try(REOPEN, leased.attempt, now, error.retry_after)
        detail = {"attempt": leased.attempt, "reason": error.detail, "until": _iso(at)}
        kind = "reopen.given_up" if at is None else "reopen.failed"
        follow = _unanswered(leased, wanted, at, now)
        async with self.database.write() as conn:
            if await put_off(conn, leased, at, wanted.source, error, now, follow):
                await append(conn, [_desk_entry(wanted, kind, now, detail)])

    async def _settle(self, leased: Leased, wanted: Reopen, answer: Done | Declined) -> None:
        now = self.clock.now()
        async with self.database.write() as conn:
            # The lease decides who counts the reopen, should two have asked.
            if not await jobs.finish(conn, [leased], now):
                return
            match answer:
                case Done():
                    await self._done(conn, wanted, answer, now)
                case Declined() if wanted.follow_up or answer.reason == "no_desk":
                    heard = _reopened(wanted, accepted=False, reason=answer.reason)
                    kind = "ticket.follow_up_refused" if wanted.follow_up else "reopen.refused"
                    entry = _desk_entry(wanted, kind, now, {"reason": answer.reason})
                    await append(conn, [entry])
                    await jobs.enqueue(conn, [REOPENED.job(wanted.complaint, heard, due_at=now)])
                case Declined():
                    entry = _desk_entry(wanted, "reopen.refused", now, {"reason": answer.reason})
                    await append(conn, [entry])
                    instead = replace(wanted, follow_up=True)
                    key = follow_up_key(wanted.complaint)
                    await jobs.enqueue(conn, [REOPEN.job(key, instead, due_at=now)])

    async def _done(
        self, conn: AsyncConnection, wanted: Reopen, answer: Done, now: datetime
    ) -> None:
        linked = (answer.ticket or "") if wanted.follow_up else None
        heard = _reopened(wanted, accepted=True, follow_up=linked)
        detail = {
            "complaint": wanted.complaint,
            "cycle": wanted.cycle,
            "score": wanted.score,
            "rating": wanted.rating,
            "question": wanted.question,
            "version": wanted.version,
            "follow_up": linked,
        }
        kind = "ticket.follow_up_opened" if wanted.follow_up else "ticket.reopened_by_us"
        await append(conn, [_desk_entry(wanted, kind, now, detail)])
        follow = [REOPENED.job(wanted.complaint, heard, due_at=now)]
        if not wanted.follow_up:  # of a ticket that stays closed nobody is told that it is open
            await store.count_reopen(conn, wanted.source, wanted.ticket)
            where = {"source": wanted.source, "ticket": wanted.ticket}
            news = publish("ticket.reopened", wanted.complaint, now, **where, data=detail)
            follow.append(news)
        await jobs.enqueue(conn, follow)


def _unanswered(leased: Leased, wanted: Reopen, at: datetime | None, now: datetime) -> list[Job]:
    """What whoever ordered a reopening hears where the desk was silent for long, or for good."""
    if at is None:
        heard = _reopened(wanted, accepted=False, reason="desk_unreachable")
        # Under a key of its own: replayed, the order may have another answer yet.
        return [REOPENED.job(f"{wanted.complaint}:given_up", heard, due_at=now)]
    patience = REOPEN.ladder.tell_after
    if patience is None or now - leased.job.due_at < patience:
        return []
    heard = _reopened(wanted, accepted=None, reason="desk_silent")
    return [REOPENED.job(f"{wanted.complaint}:silent", heard, due_at=now)]


def _reopened(
    wanted: Reopen,
    *,
    accepted: bool | None,
    follow_up: str | None = None,
    reason: str | None = None,
) -> Reopened:
    return Reopened(
        complaint=wanted.complaint,
        source=wanted.source,
        ticket=wanted.ticket,
        accepted=accepted,
        follow_up=follow_up,
        reason=reason,
    )


def _desk_entry(wanted: Reopen, kind: str, now: datetime, detail: Mapping[str, Any]) -> Entry:
    return Entry(
        at=now,
        kind=kind,
        about=wanted.complaint,
        source=wanted.source,
        ticket=wanted.ticket,
        detail=detail,
    )


def url_of(public_url: str, source: str, id_: str) -> str:
    """Where a ticket's story is told."""
    ticket, where = quote(id_, safe=""), quote(source, safe="")
    return f"{public_url}/v1/tickets/{ticket}/timeline?source={where}"


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
