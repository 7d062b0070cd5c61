"""Turns low scores into complaints, and follows their reopening."""

import base64
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks import store
from callbacks.classes import Case, class_of
from callbacks.complaint import is_past
from callbacks.deadlines import classed, deadlines
from callbacks.decide import Reopen, TellAPerson, on_low
from callbacks.model import Complaint, ComplaintRules, ComplaintState
from callbacks.news import entry, first_deadlines, published
from callbacks.pacing import ORDERED, WAITING, look_again, note_job, notice, paced, reopen_job
from callbacks.settling import owed_calls
from channels import store as people
from channels.model import Person
from kernel.barrier import OPEN, Barrier
from kernel.engine import Database
from kernel.journal import Entry, append
from kernel.vault import Vault, derived_id
from scheduler import store as jobs
from scheduler.job import Job, Leased
from scheduler.notices import CUSTOMER_CARE, OPERATION, Notice, raise_many
from tickets import store as tickets
from tickets.jobs import COMMENT, CONSIDER, REOPENED, Consider, Reopened

Key = tuple[str, str, int]  # source, ticket and cycle of a closing


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
            cases = await self._cases(conn, {(low.source, low.ticket, low.cycle) for low in lows})
            new: list[Complaint] = []
            for low in lows:
                history = before[low.source, low.ticket]
                case = cases.get((low.source, low.ticket, low.cycle), Case())
                complaint = self._judged(low, case, history, now)
                history.append(complaint)
                new.append(complaint)
            new = await paced(conn, new, self.rules)
            written = await store.add(conn, self.vault, new)
            fresh = [item for item in new if item.id in written]
            await append(conn, [entry for item in fresh for entry in _registered(item, now)])
            await jobs.enqueue(conn, [job for item in fresh for job in self._jobs(item, now)])
            await jobs.enqueue(conn, await owed_calls(conn, fresh, self.rules, now))
            held_back = [item for item in fresh if item.reopen == WAITING]
            await append(
                conn,
                [
                    entry(item, "complaint.paced", now, capacity=self.rules.capacity)
                    for item in held_back
                ],
            )
            await jobs.enqueue(conn, [look_again(now)] if held_back else [])
            await self.barrier.reach("complaint.registering")
            await jobs.finish(conn, batch, now)
            told = [item for one in fresh for item in _notices(one)]
            if held_back:
                told.append(notice(self.rules.capacity or 0))
            await raise_many(conn, told, now)
        await self.barrier.reach("complaint.registered")

    async def _cases(self, conn: AsyncConnection, closures: Collection[Key]) -> dict[Key, Case]:
        """What is known of closings, for the classes to be told apart by."""
        known = await tickets.closures_of(
            conn, {(source, ticket) for source, ticket, _ in closures}
        )
        found = {key: known[key] for key in closures if key in known}
        whose = {(key[0], row.customer) for key, row in found.items()}
        persons = await people.load_people(conn, self.vault, whose)
        return {
            key: _case(row.facts, persons.get((key[0], row.customer))) for key, row in found.items()
        }

    def _judged(
        self, low: Consider, case: Case, history: Sequence[Complaint], now: datetime
    ) -> Complaint:
        # What was ordered, or waits for room, is yet to happen: it counts as of now.
        reopened_at = tuple(
            now if item.reopen in (ORDERED, WAITING) else item.opened_at
            for item in history
            if item.reopen != "none"
        )
        verdict = on_low(reopened_at, self.rules, now, late=low.late)
        comment = self._opened(low.comment, low.response)
        owed = class_of(replace(case, comment=comment), self.rules.classes)
        respond_by, resolve_by, tell_by = deadlines(now, owed, self.rules.opening)
        return Complaint(
            id=complaint_id(low.response),
            source=low.source,
            ticket=low.ticket,
            cycle=low.cycle,
            invitation=low.invitation,
            response=low.response,
            state=ComplaintState.REGISTERED,
            classed=owed.id,
            owner=low.owner or low.team or next(iter(owed.escalate_to), None),
            opened_at=now,
            respond_by=respond_by,
            resolve_by=resolve_by,
            tell_by=tell_by,
            score=low.score,
            rating=low.rating,
            question=low.question,
            version=low.version,
            answers=dict(low.answers),
            comment=comment,
            reopen=ORDERED if isinstance(verdict, Reopen) else "none",
            attention=verdict.reason if isinstance(verdict, TellAPerson) else None,
        )

    def _opened(self, sealed: str | None, response: str) -> str | None:
        raw = base64.b64decode(sealed) if sealed else None
        return self.vault.open(raw, f"response.comment|{response}")

    def _jobs(self, item: Complaint, now: datetime) -> list[Job]:
        news = published(item, "complaint.opened", item.id, _registered(item, now), now)
        follows = [news, *first_deadlines(item)]
        return [*follows, reopen_job(self.vault, item, now)] if item.reopen == ORDERED else follows

    async def comment(self, batch: Sequence[Leased], now: datetime) -> None:
        """Add what a customer said later to the complaint it belongs to."""
        async with self.database.write() as conn:
            batch = await _held(conn, batch)
            said = [COMMENT.read(item.job) for item in batch]
            ids = {complaint_id(item.response) for item in said}
            found = await store.load(conn, self.vault, ids, lock=True)
            entries: list[Entry] = []
            noted: list[Job | None] = []
            for leased, item in zip(batch, said, strict=True):
                complaint = found.get(complaint_id(item.response))
                if complaint is None:
                    continue
                words = self._opened(item.comment, item.response)
                if words is not None:
                    whole = f"{complaint.comment}\n{words}" if complaint.comment else words
                    complaint = replace(complaint, comment=whole)
                    entries.append(entry(complaint, "complaint.comment_added", now))
                    noted.append(note_job(self.vault, complaint, words, leased.job.key, now))
                if item.value is not None:
                    answers = {**complaint.answers, item.question: item.value}
                    complaint = replace(complaint, answers=answers)
                    detail = {"question": item.question, "value": item.value}
                    entries.append(entry(complaint, "complaint.answer_added", now, **detail))
                found[complaint.id] = complaint
            moved = await self._reclassed(conn, list(found.values()), now)
            await store.save(conn, self.vault, list((found | moved).values()))
            entries += [_classified(item, now) for item in moved.values()]
            await append(conn, entries)
            owed = await owed_calls(conn, list(moved.values()), self.rules, now)
            timed = [job for item in moved.values() for job in first_deadlines(item)]
            await jobs.enqueue(conn, [*timed, *owed, *(job for job in noted if job is not None)])
            # A comment whose complaint is not there yet waits: the runner gives it back.
            settled = [
                leased
                for leased, item in zip(batch, said, strict=True)
                if complaint_id(item.response) in found
            ]
            await jobs.finish(conn, settled, now)

    async def _reclassed(
        self, conn: AsyncConnection, said: Sequence[Complaint], now: datetime
    ) -> dict[str, Complaint]:
        """Those that belong to another class by what was said since, unless a person chose it."""
        if not any(each.when.words for each in self.rules.classes):
            return {}
        open_ = [
            item
            for item in said
            if not item.by_hand and not is_past(item.state, ComplaintState.IN_PROGRESS)
        ]
        cases = await self._cases(conn, {item.closure for item in open_})
        moved = {}
        for item in open_:
            case = replace(cases.get(item.closure, Case()), comment=item.comment)
            owed = class_of(case, self.rules.classes)
            if owed.id != item.classed:
                moved[item.id] = classed(item, owed, self.rules.opening, now, by_hand=False)
        return moved

    async def reopened(self, batch: Sequence[Leased], now: datetime) -> None:
        """Keep what desks answered to reopen orders."""
        async with self.database.write() as conn:
            batch = await _held(conn, batch)
            heard = [REOPENED.read(item.job) for item in batch]
            found = await store.load(
                conn, self.vault, {item.complaint for item in heard}, lock=True
            )
            entries: list[Entry] = []
            notices: list[Notice] = []
            for item in heard:
                complaint = found.get(item.complaint)
                if complaint is None:
                    continue
                changed = _after_desk(complaint, item)
                found[complaint.id] = changed
                if changed.attention != complaint.attention:
                    entries.extend(_attention(changed, now))
                    notices.extend(_notices(changed))
            await store.save(conn, self.vault, list(found.values()))
            await append(conn, entries)
            await jobs.finish(conn, batch, now)
            await raise_many(conn, notices, now)


async def _held(conn: AsyncConnection, batch: Sequence[Leased]) -> list[Leased]:
    """What is still ours, locked: whoever lost a lease writes nothing twice."""
    held = await jobs.held(conn, batch)
    return [leased for leased in batch if leased.job.key in held]


def _after_desk(complaint: Complaint, heard: Reopened) -> Complaint:
    """A complaint after its desk answered, refused, or was silent for long."""
    match heard.accepted:
        case None:
            # Said late, of a desk that has answered since, it is no news.
            waiting = complaint.reopen == ORDERED
            return replace(complaint, attention=heard.reason) if waiting else complaint
        case False:
            return replace(complaint, reopen="refused", attention=heard.reason)
        case True:
            reopen = "accepted" if heard.follow_up is None else "follow_up"
            linked = heard.follow_up or complaint.follow_up
            return replace(complaint, reopen=reopen, follow_up=linked, attention=None)


def _registered(item: Complaint, now: datetime) -> list[Entry]:
    detail = {
        "score": item.score,
        "rating": item.rating,
        "question": item.question,
        "reopen": item.reopen,
        "owner": item.owner,
        "class": item.classed,
        "respond_by": item.respond_by.isoformat(),
        "resolve_by": item.resolve_by.isoformat(),
    }
    return [entry(item, "complaint.registered", now, **detail), *_attention(item, now)]


def _attention(item: Complaint, now: datetime) -> list[Entry]:
    if item.attention is None:
        return []
    return [entry(item, "complaint.needs_a_person", now, reason=item.attention)]


def _notices(item: Complaint) -> list[Notice]:
    """Why a person must look at a complaint, if one must; each reason is told once."""
    if item.attention is None:
        return []
    silent = item.attention == "desk_silent"
    return [
        Notice(
            kind="desk.silent" if silent else "complaint.needs_a_person",
            subject=f"{item.id}:{item.attention}",
            source=item.source,
            ticket=item.ticket,
            facts={"complaint": item.id, "reason": item.attention},
            roles=OPERATION if silent else CUSTOMER_CARE,
        )
    ]


def _classified(item: Complaint, now: datetime) -> Entry:
    return entry(item, "complaint.classified", now, by="words", **{"class": item.classed})


def _case(facts: Mapping[str, Any], person: Person | None) -> Case:
    return Case(
        category=facts.get("category"),
        product=facts.get("product"),
        region=facts.get("region"),
        team=facts.get("team"),
        channel=facts.get("channel"),
        priority=facts.get("priority"),
        close_reason=facts.get("close_reason"),
        tags=tuple(facts.get("tags") or ()),
        tier=person.tier if person else None,
    )
