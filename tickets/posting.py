"""Leaves on tickets what their customers said after they were ordered to be reopened."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.barrier import OPEN, Barrier
from kernel.engine import Database
from kernel.journal import Entry, append
from kernel.vault import Vault, derived_id
from scheduler import store as jobs
from scheduler.job import Leased
from scheduler.ports import Clock
from tickets.jobs import NOTE, Note, follow_up_key, next_try, note_place
from tickets.ports import Declined, Desk, DeskError, Done, Notebook, Remark
from tickets.reopening import url_of
from tickets.waiting import put_off


@dataclass(slots=True, kw_only=True)
class Noting:
    """Handles `ticket.note` jobs; a desk that takes no notes heard of the answer as an event."""

    database: Database
    clock: Clock
    vault: Vault
    desk_of: Callable[[str], Desk | None]
    public_url: str
    barrier: Barrier = OPEN

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Ask the desks, one after the other: whoever waits for a note waits for no call."""
        for leased in batch:
            await self._one(leased, NOTE.read(leased.job))

    async def _one(self, leased: Leased, wanted: Note) -> None:
        desk: object = self.desk_of(wanted.source)
        answer: Done | Declined = Done()
        if isinstance(desk, Notebook) and wanted.comment is not None:
            try:
                answer = await desk.note(self._remark(leased, wanted, wanted.comment))
            except DeskError as error:
                await self._again(leased, wanted, error)
                return
            await self.barrier.reach("desk.noted")
        await self._settle(leased, wanted, answer)

    async def _settle(self, leased: Leased, wanted: Note, answer: Done | Declined) -> None:
        now = self.clock.now()
        async with self.database.write() as conn:
            if not await jobs.finish(conn, [leased], now) or isinstance(answer, Done):
                return
            refused = Entry(
                at=now,
                kind="ticket.note_refused",
                about=wanted.complaint,
                source=wanted.source,
                ticket=wanted.ticket,
                detail={"reason": answer.reason},
            )
            await append(conn, [refused])

    def _remark(self, leased: Leased, wanted: Note, comment: str) -> Remark:
        sealed = base64.b64decode(comment)
        return Remark(
            key=derived_id("w_", leased.job.key),  # the same at every attempt
            ticket=wanted.linked or wanted.ticket,
            complaint=wanted.complaint,
            comment=self.vault.open(sealed, note_place(wanted.complaint)) or "",
            url=url_of(self.public_url, wanted.source, wanted.ticket),
            linked=derived_id("w_", follow_up_key(wanted.complaint)),
        )

    async def _again(self, leased: Leased, wanted: Note, error: DeskError) -> None:
        now = self.clock.now()
        at = next_try(NOTE, leased.attempt, now, error.retry_after)
        async with self.database.write() as conn:
            await put_off(conn, leased, at, wanted.source, error, now)
