"""Carries out what waits for an invitation once it was sent: reminding, falling back, expiry."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import ledger
from channels.jobs import SEND
from channels.model import MessageClass
from channels.policy import Reason
from kernel.engine import Database
from scheduler import store as jobs
from scheduler import waiting
from scheduler.job import Job, Leased
from scheduler.publication import bundled
from surveys import duties, store, waits
from surveys.delivery import LATER, contact_id, instead_of, redial, reminder, send_job
from surveys.jobs import EXPIRE, REMIND, WAIT, Expire, Remind, Wait
from surveys.model import OPEN_STATES, Invitation, InvitationState
from surveys.news import item_of, published
from surveys.settling import CLOSED_AGAIN, cancel, lock, make_way

log = structlog.get_logger("surveys")

_LONG_OVER = timedelta(hours=12)  # by then a job that failed was tried for the last time


@dataclass(slots=True, kw_only=True)
class Reminding:
    """Handles `invitation.wait` and `invitation.remind` jobs."""

    database: Database

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Have whoever has not begun to answer asked once more; the gate decides when."""
        async with self.database.write() as conn:
            read = [_read(item.job) for item in batch]
            found = await store.load_invitations(
                conn, {item.invitation for item in read}, lock=True
            )
            waited = [
                (found[item.invitation], item)
                for item in read
                if isinstance(item, Wait) and item.invitation in found
            ]
            wanted = [item for item in read if isinstance(item, Remind)]
            wanted += [waits.due(*each) for each in waited]
            postponed = await self._postponed(conn, list(found.values()))
            sends = [
                job
                for item in wanted
                if (invitation := found.get(item.invitation)) is not None
                and (item.channel is not None or item.invitation not in postponed)
                and (job := _again(invitation, item, now)) is not None
            ]
            following = [job for each in waited if (job := waits.after(*each)) is not None]
            await jobs.enqueue(conn, [*sends, *following])
            await jobs.finish(conn, batch, now)

    async def _postponed(self, conn: AsyncConnection, found: Sequence[Invitation]) -> set[str]:
        """Those whose customers said when to ask again, or did not answer a call, which has another
        call or channel follow: no reminder comes on top of that.
        """
        asked = {
            item.id: {contact_id(item, step) for step in _instead_of_reminders(item)}
            for item in found
        }
        keys = [f"{SEND.name}:{contact}" for ids in asked.values() for contact in ids]
        due = {key.removeprefix(f"{SEND.name}:") for key in await waiting.due_times(conn, keys)}
        made = await ledger.made(conn, list(asked))
        return {name for name, contacts in asked.items() if contacts & (due | made[name])}


def _read(job: Job) -> Wait | Remind:
    return WAIT.read(job) if job.kind == WAIT.name else REMIND.read(job)


def _instead_of_reminders(invitation: Invitation) -> tuple[str, ...]:
    return LATER, redial(0), instead_of(invitation.channel or "")


def _again(invitation: Invitation, due: Remind, now: datetime) -> Job | None:
    """The contact that is due, if this is still the wait that it was planned for."""
    over, used = invitation.expires_at, invitation.channel
    if invitation.state is not InvitationState.INVITED or used is None:
        return None
    if over is None or over != datetime.fromisoformat(due.until):
        return None
    if due.channel is None:
        step, wanted = reminder(due.number), [used]
    else:
        step, wanted = instead_of(used), [name for name in invitation.channels if name != used]
    if due.channel not in (None, used) or not wanted:
        return None
    return send_job(invitation, step, wanted, now, message_class=MessageClass.REMINDER)


@dataclass(slots=True, kw_only=True)
class Expiring:
    """Handles `invitation.expire` jobs."""

    database: Database

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """End what nobody answered in time, or keeps a later survey of its ticket from asking."""
        async with self.database.write() as conn:
            read = [EXPIRE.read(item.job) for item in batch]
            named = [name for item in read for name in (item.invitation, item.later) if name]
            found = await lock(conn, named)
            pairs = [
                (found[item.invitation], found.get(item.later))
                for item in read
                if item.later and item.invitation in found
            ]
            yielding, again = await make_way(conn, pairs, now)
            over = [_ended(item) for item in found.values() if _unanswered(item, now)]
            known = {item.id for item in over}
            over += [_cut_short(item, now) for item in yielding if item.id not in known]
            unsent = [
                replace(item, state=InvitationState.SUPPRESSED, reason=Reason.STALE.value)
                for item in found.values()
                if _useless(item, now) and not item.is_collected
            ]
            await cancel(conn, over + unsent, now)
            news = [published("survey.expired", item.id, item, item_of(item), now) for item in over]
            await jobs.enqueue(conn, bundled([*news, *again]))
            await jobs.finish(conn, batch, now)


def _ended(item: Invitation) -> Invitation:
    return replace(item, state=InvitationState.EXPIRED, reason="unanswered", question=None)


def _cut_short(item: Invitation, now: datetime) -> Invitation:
    """Over before its time, for a later one; from the end counts what is late."""
    spared = item.expires_at - now if item.expires_at is not None else timedelta(0)
    # It lasted less: when it was first sent, from which answers are timed, stays where it was.
    return replace(_ended(item), reason=CLOSED_AGAIN, expires_at=now, lasts=item.lasts - spared)


def _unanswered(item: Invitation, now: datetime) -> bool:
    over = item.state in OPEN_STATES and item.expires_at and item.expires_at <= now
    return bool(over) or (item.is_collected and _useless(item, now))


def _useless(item: Invitation, now: datetime) -> bool:
    return item.state is InvitationState.PLANNED and item.useful_until <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """A periodic duty: whose own job was lost, or given up, is ended all the same.

    A question that is open for ever would keep all others from its number.
    """

    database: Database

    async def __call__(self, now: datetime) -> None:
        """Order the end of what is long over, once for each; a part at a time."""
        after: str | None = ""
        while after is not None:
            async with self.database.read() as conn:
                late, after = await duties.overdue(conn, after, now - _LONG_OVER)
            ends = [
                EXPIRE.job(f"{id_}:{at.isoformat()}:overdue", Expire(invitation=id_), due_at=now)
                for id_, at in late
            ]
            if ends:
                log.warning("invitations.overdue", count=len(ends))
                async with self.database.write() as conn:
                    await jobs.enqueue(conn, ends)
