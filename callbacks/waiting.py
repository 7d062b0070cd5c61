"""Escalates the deadlines that nobody met, until somebody does what they ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from callbacks import store
from callbacks.classes import named
from callbacks.complaint import overdue
from callbacks.deadlines import later
from callbacks.jobs import DEADLINE, Deadline
from callbacks.model import Complaint, ComplaintClass, ComplaintRules
from callbacks.news import deadline_job, entry, published
from kernel.engine import Database
from kernel.journal import Entry, about, append
from kernel.vault import Vault
from scheduler import notices
from scheduler import store as jobs
from scheduler.job import Job, Leased
from scheduler.notices import CUSTOMER_CARE, Item, Notice, raise_many


def notice_of(item: Complaint, deadline: str, role: str | None = None, round_: int = 0) -> Notice:
    """The matter of a deadline that passed unmet: one on the board, told anew each round."""
    return Notice(
        kind="complaint.escalated",
        subject=f"{item.id}:{deadline}",
        source=item.source,
        ticket=item.ticket,
        facts={"complaint": item.id, "deadline": deadline, "role": role, "round": round_},
        roles=CUSTOMER_CARE if role is None else (role,),
        insists=True,
    )


@dataclass(slots=True, kw_only=True)
class Escalating:
    """Handles `complaint.deadline` jobs: the first role of the class, then the next, and the last
    one again, each a deadline's length after the one before.

    `respond` goes on until the complaint is acknowledged; the others until the step is done, or
    somebody acknowledged the notice.
    """

    database: Database
    vault: Vault
    rules: ComplaintRules

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Look, under lock, at what is unmet now, and tell of it."""
        asked = [(leased, DEADLINE.read(leased.job)) for leased in batch]
        async with self.database.write() as conn:
            ids = {deadline.complaint for _, deadline in asked}
            found = await store.load(conn, self.vault, ids, lock=True)
            held = await jobs.held(conn, batch)
            unmet = [
                (item, deadline)
                for leased, deadline in asked
                if leased.job.key in held
                and (item := found.get(deadline.complaint))
                and _is_unmet(item, deadline, now)
            ]
            standing = await notices.load(
                conn, {notice_of(item, deadline.name).id for item, deadline in unmet}
            )
            stories = await about(conn, {item.id for item, _ in unmet})
            told = [
                self._escalated(item, deadline, stories[item.id], now)
                for item, deadline in unmet
                if not _is_heard(standing.get(notice_of(item, deadline.name).id), deadline)
            ]
            await append(conn, [said for said, _, _ in told])
            await jobs.enqueue(conn, [job for _, following, _ in told for job in following])
            await jobs.finish(conn, batch, now)
            await raise_many(conn, [notice for _, _, notice in told], now)

    def _escalated(
        self, item: Complaint, deadline: Deadline, story: list[Entry], now: datetime
    ) -> tuple[Entry, tuple[Job, Job], Notice]:
        """Whom it goes to, added to the complaint's `story`, which is published with it."""
        owed = named(item.classed, self.rules.classes) or ComplaintClass()
        role = _role(owed, deadline.round)
        detail = {"deadline": deadline.name, "role": role, "round": deadline.round}
        said = entry(item, "complaint.escalated", now, **detail)
        story.append(said)
        key = f"{item.id}:{item.revision}:{deadline.name}:{deadline.round}"
        news = published(item, "complaint.escalated", key, story, now)
        notice = notice_of(item, deadline.name, role, deadline.round)
        return said, (news, self._again(item, deadline, owed, now)), notice

    def _again(
        self, item: Complaint, deadline: Deadline, owed: ComplaintClass, now: datetime
    ) -> Job:
        # From now on: what was missed while nobody was there to tell is told once.
        span = owed.span(deadline.name)
        at = later(now, span, owed.clock, self.rules.opening)
        return deadline_job(item, deadline.name, deadline.round + 1, at)


def _is_unmet(item: Complaint, deadline: Deadline, now: datetime) -> bool:
    return item.revision == deadline.revision and deadline.name in overdue(item, now)


def _is_heard(before: Item | None, deadline: Deadline) -> bool:
    """Whether somebody took it on, and need not do more than that to end it."""
    acknowledged = before is not None and before.acknowledged_at is not None
    return acknowledged and deadline.name != "respond"


def _role(owed: ComplaintClass, number: int) -> str | None:
    roles = owed.escalate_to
    return roles[min(number, len(roles) - 1)] if roles else None
