"""Ends promises that are needless by now: settled, deleted, or talked about already."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.promises import decide, follows, store
from callbacks.promises.decide import DELETED, GOT_THROUGH, SOLVED
from callbacks.promises.follows import Follow
from callbacks.promises.jobs import CLOSED, GONE, TALKED, Closed, Gone
from callbacks.promises.model import Callback, CallbackState
from callbacks.promises.service import Terms, keep
from kernel.engine import Database
from kernel.vault import Vault, derived_id
from scheduler import store as jobs
from scheduler.job import Job, Leased
from scheduler.store import Again
from tickets import store as tickets
from tickets.model import ClosureRow, TicketClosed, TicketDeleted, TicketMerged, TicketRow
from tickets.ports import News

_AGAIN = timedelta(minutes=1)  # when to look whether a dial is over
_JUST = timedelta(hours=1)  # how long a talk is not followed by a text about another call


async def must_hear(
    conn: AsyncConnection, item: Callback, reason: str, remind: timedelta, now: datetime
) -> bool:
    """Whether a customer is told that somebody cancelled a callback: not who was just spoken to."""
    if not decide.must_hear(item, reason, remind, now):
        return False
    return not await store.talked_since(conn, item.who, now - _JUST)


@dataclass(slots=True, kw_only=True)
class Solved:
    """Hears of closings in the transaction that keeps them, and acts on them as jobs.

    So it does of tickets that were deleted or merged, as jobs of their own.
    """

    database: Database
    vault: Vault

    async def on_news(self, conn: AsyncConnection, news: Sequence[News], now: datetime) -> None:
        """Note what became of tickets that a call is promised for; most tickets have none."""
        told = [(key, item) for item in news if (key := _matters_to(item)) is not None]
        waiting = await store.open_tickets(conn, {key for key, _ in told})
        await jobs.enqueue(
            conn, [job for key, item in told if key in waiting for job in _jobs(item, now)]
        )

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Handle `callback.ticket_closed` jobs."""
        closed = {leased.job.key: CLOSED.read(leased.job) for leased in batch}
        changed: dict[str, Callback] = {}
        said: list[Follow] = []
        async with self.database.write() as conn:
            which = {(item.source, item.ticket) for item in closed.values()}
            found = await store.lock_open_of_tickets(conn, self.vault, which)
            held = await jobs.held(conn, batch)
            later: set[str] = set()
            for key, told in ((key, item) for key, item in closed.items() if key in held):
                for item in _settled(found, told):
                    if item.state is CallbackState.DIALING:
                        later.add(key)  # who dials goes on; in vain, it is not tried again
                    elif item.id not in changed:
                        tell = await must_hear(conn, item, SOLVED, timedelta(0), now)
                        changed[item.id] = over = decide.cancelled(item, SOLVED, now)
                        said.append(follows.cancelled(over, now, "ticket.closed", tell=tell))
            await keep(conn, self.vault, changed, said)
            await _settle(conn, batch, later, now)


@dataclass(slots=True, kw_only=True)
class Vanished:
    """Handles `callback.ticket_gone` jobs: who was promised a call hears that there is none.

    A ticket that went up in another one takes its calls along.
    """

    database: Database
    vault: Vault
    terms: Terms

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """End or move the open callbacks of a batch's tickets; tickets are locked before them."""
        gone = {leased.job.key: GONE.read(leased.job) for leased in batch}
        changed: dict[str, Callback] = {}
        said: list[Follow] = []
        async with self.database.write() as conn:
            into = {(each.source, each.into) for each in gone.values() if each.into is not None}
            rows = await tickets.lock_tickets(conn, into)
            closings = (await tickets.closures_of(conn, into)).values()
            which = {(each.source, each.ticket) for each in gone.values()}
            found = await store.lock_open_of_tickets(conn, self.vault, which)
            held = await jobs.held(conn, batch)
            later: set[str] = set()
            # What was merged and then taken away is merged.
            ordered = sorted(gone.items(), key=lambda each: each[1].into is None)
            theirs = [
                (key, told, item)
                for key, told in ordered
                for item in found
                if key in held and (item.source, item.ticket) == (told.source, told.ticket)
            ]
            for key, told, item in theirs:
                if item.state is CallbackState.DIALING:
                    later.add(key)
                elif item.id not in changed:
                    row = rows.get((told.source, told.into or ""))
                    after, why, follow = _carried(item, told, row, closings, now)
                    if why is not None:
                        after, more = await self._ended(conn, after, why, now)
                        follow += more
                    elif (further := _merged_on(told, row, key, now)) is not None:
                        follow += Follow(jobs=(further,))
                    changed[item.id] = after
                    said.append(follow)
            await keep(conn, self.vault, changed, said)
            await _settle(conn, batch, later, now)

    async def _ended(
        self, conn: AsyncConnection, item: Callback, why: str, now: datetime
    ) -> tuple[Callback, Follow]:
        tell = await must_hear(conn, item, why, self.terms.rules.remind, now)
        over = decide.cancelled(item, why, now)
        return over, follows.cancelled(over, now, "ticket.gone", tell=tell)


def _merged_on(told: Gone, row: TicketRow | None, key: str, now: datetime) -> Job | None:
    """The job that takes callbacks further, where the ticket they came to has gone up in another.

    Whoever told of that did not find them there. Mergers in a ring end where they began.
    """
    past = (*told.past, told.ticket)
    if row is None or row.merged_into in (None, row.id, *past):
        return None
    gone = Gone(source=told.source, ticket=row.id, into=row.merged_into, past=past)
    return GONE.job(derived_id("x_", key, now.isoformat()), gone, due_at=now)


def _carried(
    item: Callback,
    told: Gone,
    into: TicketRow | None,
    closings: Iterable[ClosureRow],
    now: datetime,
) -> tuple[Callback, str | None, Follow]:
    """A callback that goes on with another ticket, if there is one; why it ends, None: it stays."""
    if told.into is None:
        return item, DELETED, Follow()
    after, key = replace(item, ticket=told.into, cycle=None), (told.source, told.into)
    mine = [each for each in closings if (each.closure.source, each.closure.ticket) == key]
    return after, decide.ended_with(after, into, mine), follows.followed(item, told.into, now)


@dataclass(slots=True, kw_only=True)
class GotThrough:
    """Handles `callback.talked` jobs: who asked for any call of ours and got one needs no other."""

    database: Database
    vault: Vault

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """End what the customers of a batch had asked for before they were reached."""
        talks = {leased.job.key: TALKED.read(leased.job) for leased in batch}
        changed: dict[str, Callback] = {}
        async with self.database.write() as conn:
            who = {(talk.source, talk.customer) for talk in talks.values()}
            found = await store.lock_open(conn, self.vault, who)
            held = await jobs.held(conn, batch)
            for talk in (talk for key, talk in talks.items() if key in held):
                at = datetime.fromisoformat(talk.at)
                for item in found:
                    same = item.who == (talk.source, talk.customer)
                    if same and decide.is_answered(item, talk.ticket, at):
                        changed[item.id] = decide.cancelled(item, GOT_THROUGH, now)
            said = [
                follows.cancelled(over, now, "callback.done", tell=True)
                for over in changed.values()
            ]
            await keep(conn, self.vault, changed, said)
            await jobs.finish(conn, batch, now)


async def _settle(
    conn: AsyncConnection, batch: Sequence[Leased], later: Collection[str], now: datetime
) -> None:
    """Finish a batch, but for the jobs (`later`, by key) whose callbacks are being dialled."""
    again = [
        Again(leased=each, at=now + _AGAIN, error="dialling", burn=False)
        for each in batch
        if each.job.key in later
    ]
    await jobs.retry(conn, again)
    await jobs.finish(conn, [each for each in batch if each.job.key not in later], now)


def _settled(found: Iterable[Callback], told: Closed) -> list[Callback]:
    at = datetime.fromisoformat(told.at)
    return [
        item
        for item in found
        if (item.source, item.ticket) == (told.source, told.ticket)
        and decide.is_settled(item, told.cycle, at, told.reason)
    ]


def _matters_to(item: News) -> tuple[str, str] | None:
    """The ticket (source, id) whose calls an event may end or move; None: it does neither."""
    event = item.event
    match event:
        case TicketClosed() if item.current and item.fresh:
            return event.envelope.source, event.ticket.id
        case TicketDeleted() | TicketMerged() if item.current:
            return event.envelope.source, event.ticket_id
        case _:
            return None


def _jobs(item: News, now: datetime) -> list[Job]:
    """What an event means for the calls that its ticket has."""
    event, closure = item.event, item.closure
    match event:
        case TicketClosed() if closure is not None:
            closed = Closed(
                source=closure.source,
                ticket=closure.ticket,
                cycle=closure.cycle,
                at=(event.ticket.closed_at or event.envelope.time).isoformat(),
                reason=event.ticket.close_reason,
            )
            return [CLOSED.job(derived_id("x_", closure.key), closed, due_at=now)]
        case TicketDeleted():
            return [_gone(event, None, now)]
        case TicketMerged() if event.into not in (None, event.ticket_id):
            return [_gone(event, event.into, now)]
        case _:
            return []


def _gone(event: TicketDeleted | TicketMerged, into: str | None, now: datetime) -> Job:
    source = event.envelope.source
    gone = Gone(source=source, ticket=event.ticket_id, into=into)
    return GONE.job(derived_id("x_", source, event.envelope.id), gone, due_at=now)
