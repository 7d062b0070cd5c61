"""Forgets what is past its time, a part at a time, and nothing of what is still open."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks import duties as callbacks
from callbacks.dialling import store as dials
from callbacks.promises import store as promises
from channels import duties as channels
from huifang.rules import Rules
from kernel import journal
from kernel.engine import Database
from scheduler import notices
from scheduler import store as jobs
from surveys import duties as surveys
from tickets import store as tickets

_JOBS_KEPT = timedelta(days=35)  # ended jobs guard their keys at least as long as event ids

K = TypeVar("K", int, str)  # the key of a table
W = TypeVar("W")  # what it belongs to, which may be open

#: The next rows past their time, each with what it belongs to, and the key to go on after.
_Read = Callable[[AsyncConnection, K], Awaitable[tuple[list[tuple[K, W]], K | None]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Two periodic duties; `rules` gives the operator's rules in force.

    Tickets, closures, invitations, responses and complaints stay: they hold keys and scores, and
    a closure is planned once however late it is told again.
    """

    database: Database
    rules: Callable[[], Rules]

    async def often(self, now: datetime) -> None:
        """Ended jobs, and events that were taken in: there are many, and an index leads to them."""
        before = now - self.rules().retention.events
        await self._until_none(lambda conn: jobs.purge(conn, now - _JOBS_KEPT))
        await self._until_none(lambda conn: tickets.purge_events(conn, before))

    async def daily(self, now: datetime) -> None:
        """Contacts and what came in (`events`), words (`comments`), the rest (`journal`)."""
        rules = self.rules()
        # What a cap still counts is not past its time, however long the cap looks back.
        longest = max([rules.retention.events, *(cap.per for cap in rules.policy.caps)])
        sent, words = now - longest, now - rules.retention.comments
        told = now - rules.retention.journal
        for old, before, forget in (
            (channels.old_contacts, sent, channels.forget_contacts),
            (channels.old_inbound, sent, channels.forget_inbound),
            (channels.old_calls, sent, channels.forget_calls),
            (channels.old_recordings, words, channels.forget_recordings),
        ):
            await self._walk("", partial(old, before=before), _open_threads, forget)
        await self._walk(
            "",
            lambda conn, after: surveys.old_responses(conn, after, words),
            _open_threads,
            lambda conn, ids: surveys.forget_words(conn, ids, words),
        )
        await self._walk(
            0, lambda conn, after: journal.old(conn, after, told), _open_tickets, journal.forget
        )
        await self._until_none(lambda conn: callbacks.forget_words(conn, words))
        await self._until_none(lambda conn: promises.forget(conn, words))
        await self._until_none(lambda conn: dials.forget(conn, sent))
        await self._until_none(lambda conn: notices.purge(conn, told))

    async def _until_none(self, forget: Callable[[AsyncConnection], Awaitable[int]]) -> None:
        # A part at a time, each in a transaction of its own: nobody waits for the rest.
        while await self.database.transact(forget):
            pass

    async def _walk(
        self,
        after: K,
        read: _Read[K, W],
        open_of: Callable[[AsyncConnection, Collection[W]], Awaitable[Collection[object]]],
        forget: Callable[[AsyncConnection, Sequence[K]], Awaitable[None]],
    ) -> None:
        """Go through a table by its key; what belongs to something open is passed over."""
        at: K | None = after
        while at is not None:
            async with self.database.read() as conn:
                old, at = await read(conn, at)
                busy = await open_of(conn, {whose for _, whose in old})
            over = [key for key, whose in old if whose not in busy]
            if over:
                async with self.database.write() as conn:
                    await forget(conn, over)


async def _open_threads(
    conn: AsyncConnection, threads: Collection[str | None]
) -> Collection[str | None]:
    named = {thread for thread in threads if thread is not None}
    if not named:
        return ()
    surveyed = await surveys.open_threads(conn, named)
    return surveyed | await callbacks.open_threads(conn, named)


async def _open_tickets(
    conn: AsyncConnection, which: Collection[tuple[str, str] | None]
) -> Collection[tuple[str, str] | None]:
    named = {ticket for ticket in which if ticket is not None}
    if not named:
        return ()
    surveyed = await surveys.open_tickets(conn, named)
    surveyed |= await callbacks.open_tickets(conn, named)
    return surveyed | await promises.open_tickets(conn, named)
