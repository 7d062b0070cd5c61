"""Finds eligible closings that nothing is planned for any more, and plans them after all."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import ledger
from channels import store as people
from kernel import journal
from kernel.engine import Database
from kernel.erased import ERASED
from kernel.faults import described
from kernel.sql import passing
from scheduler import store as jobs
from scheduler import waiting
from scheduler.job import Job
from surveys import store as surveys
from surveys.delivery import first_send, send_keys
from surveys.model import Invitation, InvitationState
from surveys.service import Planning
from tickets import store as tickets
from tickets.intake import read_event
from tickets.model import ClosureRow, TicketClosed
from tickets.ports import News

log = structlog.get_logger("replanning")

EVERY = timedelta(hours=1)
_LOOKED_BACK = timedelta(days=3)  # older closings are asked about by hardly any program
_LEFT_ALONE = timedelta(hours=1)  # what is due for less than that is in somebody's hands
_PART = 2_000
_ABOUT, _KIND = "closings", "closings.unplanned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replanning:
    """A periodic duty. Closing, decision, invitation and job are one commit, so there is nothing to
    find unless somebody restored a part of the database, or emptied a table.

    A closing without a decision is decided anew, from the event that told of it; a planned
    invitation whose job is gone is given another one. The gate decides about both as ever.
    """

    database: Database
    planning: Planning

    async def __call__(self, now: datetime) -> None:
        """Look at the closings of three days, a part at a time; say how many were beyond help."""
        after: tickets.Spot | None = None
        found = left = 0
        while True:
            async with self.database.read() as conn:
                part = await tickets.closures_after(
                    conn, after, now - _LOOKED_BACK, now - _LEFT_ALONE, _PART
                )
                undecided, idle = await _without_plan(conn, part, now)
            if undecided or idle:
                found += len(undecided) + len(idle)
                left += await self._mend([*undecided, *idle], now)
            if len(part) < _PART:
                break
            after = tickets.spot(part[-1])
        if found:
            log.warning("closings.without_plan", found=found, left=left)
        await self._note(left, now)

    async def _mend(self, lost: Sequence[ClosureRow | Invitation], now: datetime) -> int:
        """Plan what can be planned; how many could not. What is broken holds up nothing else."""
        try:
            return await self._plan(lost, now)
        except Exception as fault:
            if passing(fault):
                raise
            if len(lost) == 1:
                log.warning("closings.unplannable", **described(fault))
                return 1
        middle = len(lost) // 2
        return await self._mend(lost[:middle], now) + await self._mend(lost[middle:], now)

    async def _plan(self, lost: Sequence[ClosureRow | Invitation], now: datetime) -> int:
        undecided = [item for item in lost if isinstance(item, ClosureRow)]
        idle = [item for item in lost if isinstance(item, Invitation)]
        async with self.database.write() as conn:
            rows = await tickets.lock_tickets(
                conn, {(row.closure.source, row.closure.ticket) for row in undecided}
            )
            events = await self._events(conn, undecided, now)
            news = [
                News(
                    event=event,
                    closure=row.closure,
                    fresh=True,
                    current=event.envelope.time >= ticket.changed_at,
                )
                for row, event in events
                if (ticket := rows.get((row.closure.source, row.closure.ticket))) is not None
                and ticket.customer != ERASED  # while we looked
            ]
            await self.planning.on_news(conn, news, now)
            again = await self._first_sends(conn, idle)
            await jobs.enqueue(conn, again)
            alive = await waiting.due_times(conn, [job.key for job in again])
        return len(undecided) - len(news) + len(idle) - len(alive)

    async def _first_sends(self, conn: AsyncConnection, idle: Sequence[Invitation]) -> list[Job]:
        who = {(item.source, item.customer) for item in idle}
        known = await people.load_people(conn, self.planning.vault, who) if who else {}
        return [
            first_send(item, person.tier if person else None)
            for item in idle
            for person in [known.get((item.source, item.customer))]
        ]

    async def _events(
        self, conn: AsyncConnection, undecided: Sequence[ClosureRow], now: datetime
    ) -> list[tuple[ClosureRow, TicketClosed]]:
        """The events that told of closings, as far as they are still known."""
        told = await _ids(conn, undecided)
        texts = await tickets.payloads(conn, self.planning.vault, set(told.values()))
        found: list[tuple[ClosureRow, TicketClosed]] = []
        for row in undecided:
            text = texts.get(told.get(row.closure.key, ("", "")))
            event = read_event(json.loads(text), now) if text else None
            if isinstance(event, TicketClosed):
                found.append((row, event))
        return found

    async def _note(self, left: int, now: datetime) -> None:
        """Keep the number where every replica's gauge finds it."""
        async with self.database.write() as conn:
            if await without_plan(conn) != left:
                said = journal.Entry(at=now, kind=_KIND, about=_ABOUT, detail={"count": left})
                await journal.append(conn, [said])


async def without_plan(conn: AsyncConnection) -> int:
    """How many eligible closings had no plan when last looked, and could be given none."""
    last = await journal.last_of(conn, _ABOUT, [_KIND])
    return int(last.detail["count"]) if last else 0


async def _without_plan(
    conn: AsyncConnection, closings: Sequence[ClosureRow], now: datetime
) -> tuple[list[ClosureRow], list[Invitation]]:
    """Of some closings those without a decision, and the planned invitations without a job."""
    which = {(row.closure.source, row.closure.ticket) for row in closings}
    asked = await surveys.invitations_of(conn, which)
    known = {(item.source, item.ticket, item.cycle) for each in asked.values() for item in each}
    told = await journal.abouts(conn, which, "decision")
    undecided = [
        row
        for row in closings
        if (row.closure.source, row.closure.ticket, row.closure.cycle) not in known
        and (row.closure.source, row.closure.ticket, f"closure:{row.closure.cycle}") not in told
        and row.customer != ERASED
    ]
    planned = [
        item
        for each in asked.values()
        for item in each
        if item.state is InvitationState.PLANNED
        and item.due_at < now - _LEFT_ALONE
        and not item.is_collected
    ]
    return undecided, await _idle(conn, planned)


async def _idle(conn: AsyncConnection, planned: Collection[Invitation]) -> list[Invitation]:
    # Nearly all wait for their first send still: one key of each is looked up before all of them.
    first = {item.id: first_send(item).key for item in planned}
    alive = await waiting.due_times(conn, list(first.values()))
    rest = [item for item in planned if first[item.id] not in alive]
    keys = {item.id: set(send_keys(item)) for item in rest}
    alive = await waiting.due_times(conn, [key for each in keys.values() for key in each])
    rest = [item for item in rest if keys[item.id].isdisjoint(alive)]
    made = await ledger.made(conn, [item.id for item in rest])
    return [item for item in rest if not made[item.id]]


async def _ids(
    conn: AsyncConnection, closings: Sequence[ClosureRow]
) -> Mapping[str, tuple[str, str]]:
    """The event (source, id) that was the first to tell of each closing, by its key."""
    which = {(row.closure.source, row.closure.ticket) for row in closings}
    told = await journal.of_kind(conn, which, "ticket.closed")
    first = {
        (entry.source, entry.ticket, entry.detail.get("cycle")): entry.about
        for entry in told
        if entry.detail.get("fresh")
    }
    known = (
        (row.closure, (row.closure.source, row.closure.ticket, row.closure.cycle))
        for row in closings
    )
    return {of.key: (of.source, first[key]) for of, key in known if key in first}
