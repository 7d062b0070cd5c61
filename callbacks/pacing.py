"""Paces reopens while more complaints are open than people can take care of."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks import store
from callbacks.jobs import PACE, Pace
from callbacks.model import Complaint, ComplaintRules
from callbacks.news import entry
from kernel.engine import Database
from kernel.journal import append
from kernel.vault import Vault, derived_id
from scheduler import store as jobs
from scheduler.job import Job, Leased
from scheduler.notices import Notice
from tickets.jobs import NOTE, REOPEN, Note, note_place
from tickets.jobs import Reopen as ReopenOrder

ORDERED, WAITING = "ordered", "waiting"

_NOTED = frozenset({ORDERED, "accepted", "follow_up"})
_ORDER_TAKES = timedelta(seconds=30)
_LOOK = timedelta(minutes=1)
_TOLD_AGAIN = timedelta(days=1)


def reopen_job(vault: Vault, item: Complaint, now: datetime) -> Job:
    """The order to a ticket's desk to reopen it."""
    sealed = vault.seal(item.comment, f"reopen.comment|{item.id}")
    order = ReopenOrder(
        complaint=item.id,
        source=item.source,
        ticket=item.ticket,
        cycle=item.cycle,
        score=item.score,
        rating=item.rating,
        question=item.question,
        version=item.version,
        comment=base64.b64encode(sealed).decode() if sealed else None,
    )
    return REOPEN.job(item.id, order, due_at=now)


def note_job(vault: Vault, item: Complaint, words: str, key: str, now: datetime) -> Job | None:
    """The job that leaves what was said later where agents work; None: nothing was opened there.

    What waits for room will be ordered with all that was said by then.
    """
    if item.reopen not in _NOTED:
        return None
    sealed = vault.seal(words, note_place(item.id)) or b""
    note = Note(
        complaint=item.id,
        source=item.source,
        ticket=item.ticket,
        comment=base64.b64encode(sealed).decode(),
        linked=item.follow_up or None,
    )
    # The order goes first; its answer takes a moment.
    due_at = now + _ORDER_TAKES if item.reopen == ORDERED else now
    return NOTE.job(derived_id("n_", key), note, due_at=due_at)


async def paced(
    conn: AsyncConnection, new: Sequence[Complaint], rules: ComplaintRules
) -> list[Complaint]:
    """The same complaints, the worst first; the reopens for which there is no room wait."""
    if rules.capacity is None:
        return list(new)
    room = rules.capacity - await store.busy(conn)
    found: list[Complaint] = []
    for item in sorted(new, key=lambda item: item.score or 0):
        wants = item.reopen == ORDERED
        found.append(replace(item, reopen=WAITING) if wants and room <= 0 else item)
        room -= found[-1].reopen == ORDERED
    return found


def look_again(now: datetime) -> Job:
    """The job that looks for room; one a minute, whoever asks for it."""
    at = (now + _LOOK).replace(second=0, microsecond=0)
    return PACE.job(at.isoformat(), Pace(), due_at=at)


def notice(capacity: int) -> Notice:
    """That reopens wait, and why; told once, and a day later again if it is still so."""
    return Notice(
        kind="complaint.paced",
        subject="capacity",
        facts={"capacity": capacity},
        roles=("manager",),
        again_after=_TOLD_AGAIN,
    )


@dataclass(slots=True, kw_only=True)
class Pacing:
    """Handles `complaint.pace` jobs: orders what waits as there is room, oldest and worst first."""

    database: Database
    vault: Vault
    rules: ComplaintRules

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Look once for the whole batch, and again in a minute while anything waits."""
        capacity = self.rules.capacity
        async with self.database.write() as conn:
            waiting = await store.lock_waiting(conn, self.vault)
            room = None if capacity is None else max(0, capacity - await store.busy(conn))
            going = [replace(item, reopen=ORDERED) for item in waiting[:room]]
            await store.save(conn, self.vault, going)
            await append(conn, [entry(item, "complaint.paced_on", now) for item in going])
            wanted = [reopen_job(self.vault, item, now) for item in going]
            if len(going) < len(waiting):
                wanted.append(look_again(now))
            await jobs.enqueue(conn, wanted)
            await jobs.finish(conn, batch, now)
