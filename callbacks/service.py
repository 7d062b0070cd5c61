"""Turns low scores into complaints, and follows their reopening."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks import store
from callbacks.decide import LowScore, Reopen, TellAPerson, on_low
from callbacks.model import Complaint, ComplaintRules, ComplaintState
from kernel.barrier import OPEN, Barrier
from kernel.engine import Database
from kernel.journal import Entry, append
from kernel.vault import Vault, derived_id
from scheduler import store as jobs
from scheduler.job import Job, Leased
from scheduler.publication import publish
from tickets import store as tickets
from tickets.jobs import COMMENT, CONSIDER, REOPEN, REOPENED, Consider, Reopened
from tickets.jobs import Reopen as ReopenOrder


def complaint_id(response: str) -> str:
    """The id of the complaint that a response makes."""
    return derived_id("k_", response)


@dataclass(slots=True, kw_only=True)
class Complaints:
    """Handles the jobs of complaints; alone decides between reopening and telling a person."""

    database: Database
    vault: Vault
    rules: ComplaintRules
    barrier: Barrier = OPEN

    async def consider(self, batch: Sequence[Leased], now: datetime) -> None:
        """Register complaints for low responses and order what follows, in one transaction."""
        async with self.database.write() as conn:
            batch = await _held(conn, batch)
            lows = [CONSIDER.read(item.job) for item in batch]
            which = {(low.source, low.ticket) for low in lows}
            # One at a time counts the reopens of a ticket: two must not both find room.
            await tickets.lock_tickets(conn, which)
            before = await store.of_tickets(conn, self.vault, which)
            new: list[Complaint] = []
            for low in lows:
                history = before[low.source, low.ticket]
                complaint = self._judged(low, history, now)
                history.append(complaint)
                new.append(complaint)
            written = await store.add(conn, self.vault, new)
            fresh = [item for item in new if item.id in written]
            await append(conn, [entry for item in fresh for entry in _registered(item, now)])
            await jobs.enqueue(conn, [job for item in fresh for job in self._jobs(item, now)])
            await self.barrier.reach("complaint.registering")
            await jobs.finish(conn, batch, now)
        await self.barrier.reach("complaint.registered")

    def _judged(self, low: Consider, history: Sequence[Complaint], now: datetime) -> Complaint:
        reopened_at = tuple(item.opened_at for item in history if item.reopen != "none")
        verdict = on_low(LowScore(late=low.late), reopened_at, self.rules, now)
        return Complaint(
            id=complaint_id(low.response),
            source=low.source,
            ticket=low.ticket,
            cycle=low.cycle,
            invitation=low.invitation,
            response=low.response,
            state=ComplaintState.REGISTERED,
            classed="default",
            owner=low.owner or low.team,
            opened_at=now,
            respond_by=now + self.rules.respond,
            resolve_by=now + self.rules.resolve,
            tell_by=now + self.rules.tell,
            score=low.score,
            rating=low.rating,
            question=low.question,
            version=low.version,
            answers=dict(low.answers),
            comment=self._opened(low.comment, low.response),
            reopen="ordered" if isinstance(verdict, Reopen) else "none",
            attention=verdict.reason if isinstance(verdict, TellAPerson) else None,
        )

    def _opened(self, sealed: str | None, response: str) -> str | None:
        raw = base64.b64decode(sealed) if sealed else None
        return self.vault.open(raw, f"response.comment|{response}")

    def _jobs(self, item: Complaint, now: datetime) -> list[Job]:
        opened = publish(
            "complaint.opened",
            item.id,
            now,
            source=item.source,
            ticket=item.ticket,
            data=_public(item),
        )
        if item.reopen != "ordered":
            return [opened]
        sealed = self.vault.seal(item.comment, f"reopen.comment|{item.id}")
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
        return [opened, REOPEN.job(item.id, order, due_at=now)]

    async def comment(self, batch: Sequence[Leased], now: datetime) -> None:
        """Add what a customer said later to the complaint it belongs to."""
        async with self.database.write() as conn:
            batch = await _held(conn, batch)
            said = [COMMENT.read(item.job) for item in batch]
            ids = {complaint_id(item.response) for item in said}
            found = await store.load(conn, self.vault, ids, lock=True)
            entries: list[Entry] = []
            for item in said:
                complaint = found.get(complaint_id(item.response))
                if complaint is None:
                    continue
                words = self._opened(item.comment, item.response)
                if words is not None:
                    whole = f"{complaint.comment}\n{words}" if complaint.comment else words
                    complaint = replace(complaint, comment=whole)
                    entries.append(_entry(complaint, "complaint.comment_added", now))
                if item.value is not None:
                    answers = {**complaint.answers, item.question: item.value}
                    complaint = replace(complaint, answers=answers)
                    detail = {"question": item.question, "value": item.value}
                    entries.append(_entry(complaint, "complaint.answer_added", now, **detail))
                found[complaint.id] = complaint
            await store.save(conn, self.vault, list(found.values()))
            await append(conn, entries)
            # A comment whose complaint is not there yet waits: the runner gives it back.
            settled = [
                leased
                for leased, item in zip(batch, said, strict=True)
                if complaint_id(item.response) in found
            ]
            await jobs.finish(conn, settled, now)

    async def reopened(self, batch: Sequence[Leased], now: datetime) -> None:
        """Keep what desks answered to reopen orders."""
        async with self.database.write() as conn:
            batch = await _held(conn, batch)
            heard = [REOPENED.read(item.job) for item in batch]
            found = await store.load(
                conn, self.vault, {item.complaint for item in heard}, lock=True
            )
            entries: list[Entry] = []
            for item in heard:
                complaint = found.get(item.complaint)
                if complaint is None:
                    continue
                changed = _after_desk(complaint, item)
                found[complaint.id] = changed
                if changed.attention != complaint.attention:
                    entries.extend(_attention(changed, now))
            await store.save(conn, self.vault, list(found.values()))
            await append(conn, entries)
            await jobs.finish(conn, batch, now)


async def _held(conn: AsyncConnection, batch: Sequence[Leased]) -> list[Leased]:
    """What is still ours, locked: whoever lost a lease writes nothing twice."""
    held = await jobs.held(conn, batch)
    return [leased for leased in batch if leased.job.key in held]


def _after_desk(complaint: Complaint, heard: Reopened) -> Complaint:
    """A complaint after its desk answered, refused, or was silent for long."""
    match heard.accepted:
        case None:
            # Said late, of a desk that has answered since, it is no news.
            waiting = complaint.reopen == "ordered"
            return replace(complaint, attention=heard.reason) if waiting else complaint
        case False:
            return replace(complaint, reopen="refused", attention=heard.reason)
        case True:
            reopen = "accepted" if heard.follow_up is None else "follow_up"
            return replace(complaint, reopen=reopen, follow_up=heard.follow_up, attention=None)


def _registered(item: Complaint, now: datetime) -> list[Entry]:
    detail = {
        "score": item.score,
        "rating": item.rating,
        "question": item.question,
        "reopen": item.reopen,
        "owner": item.owner,
        "respond_by": item.respond_by.isoformat(),
        "resolve_by": item.resolve_by.isoformat(),
    }
    return [_entry(item, "complaint.registered", now, **detail), *_attention(item, now)]


def _attention(item: Complaint, now: datetime) -> list[Entry]:
    if item.attention is None:
        return []
    return [_entry(item, "complaint.needs_a_person", now, reason=item.attention)]


def _entry(item: Complaint, kind: str, now: datetime, **detail: Any) -> Entry:
    return Entry(
        at=now, kind=kind, about=item.id, source=item.source, ticket=item.ticket, detail=detail
    )


def _public(item: Complaint) -> dict[str, Any]:
    """A complaint as other systems are told of it: no names, numbers or comments."""
    return {
        "id": item.id,
        "state": item.state,
        "class": item.classed,
        "owner": item.owner,
        "opened_at": item.opened_at.isoformat(),
        "deadlines": {
            "respond": item.respond_by.isoformat(),
            "resolve": item.resolve_by.isoformat(),
            "tell": item.tell_by.isoformat(),
        },
        "score": item.score,
        "cycle": item.cycle,
    }
