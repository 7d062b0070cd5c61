"""Ends promises that are needless by now: the case was solved, or the customer got through."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.promises import decide, follows, store
from callbacks.promises.follows import Follow
from callbacks.promises.jobs import CLOSED, TALKED, Closed
from callbacks.promises.model import Callback, CallbackState
from callbacks.promises.service import keep
from kernel.engine import Database
from kernel.vault import Vault, derived_id
from scheduler import store as jobs
from scheduler.job import Job, Leased
from scheduler.store import Again
from tickets.model import TicketClosed
from tickets.ports import News

SOLVED = "ticket_solved"
GOT_THROUGH = "got_through"

_AGAIN = timedelta(minutes=1)  # when to look whether a dial is over


@dataclass(slots=True, kw_only=True)
class Solved:
    """Hears of closings in the transaction that keeps them, and acts on them as jobs."""

    database: Database
    vault: Vault

    async def on_news(self, conn: AsyncConnection, news: Sequence[News], now: datetime) -> None:
        """Note the closings of tickets that a call is promised for; most tickets have none."""
        closings = [
            (item.closure, item.event.ticket.closed_at or item.event.envelope.time, item.event)
            for item in news
            if isinstance(item.event, TicketClosed)
            and item.closure is not None
            and item.fresh
            and item.current
        ]
        known = {(closure.source, closure.ticket) for closure, _, _ in closings}
        waiting = await store.open_tickets(conn, known)
        wanted: list[Job] = []
        for closure, at, event in closings:
            if (closure.source, closure.ticket) not in waiting:
                continue
            closed = Closed(
                source=closure.source,
                ticket=closure.ticket,
                cycle=closure.cycle,
                at=at.isoformat(),
                reason=event.ticket.close_reason,
            )
            wanted.append(CLOSED.job(derived_id("x_", closure.key), closed, due_at=now))
        await jobs.enqueue(conn, wanted)

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
                        changed[item.id] = over = decide.cancelled(item, SOLVED, now)
                        said.append(follows.cancelled(over, now, "ticket.closed", tell=True))
            await keep(conn, self.vault, changed, said)
            again = [each for each in batch if each.job.key in later]
            await jobs.retry(
                conn,
                [Again(leased=e, at=now + _AGAIN, error="dialling", burn=False) for e in again],
            )
            await jobs.finish(conn, [each for each in batch if each.job.key not in later], now)


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


def _settled(found: Iterable[Callback], told: Closed) -> list[Callback]:
    at = datetime.fromisoformat(told.at)
    return [
        item
        for item in found
        if (item.source, item.ticket) == (told.source, told.ticket)
        and decide.is_settled(item, told.cycle, at, told.reason)
    ]
