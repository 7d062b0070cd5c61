"""The one door out: asks the policy, writes the intent, sends, and records what became of it."""

import asyncio
import base64
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import ledger, outcomes, store
from channels.errors import SendError, SendErrorKind
from channels.gate import Board, load_board, opens_question
from channels.intents import Candidate, Going, Plan, Planner, timed
from channels.jobs import SEND, SETTLE, Send, said_place
from channels.ledger import Contact
from channels.model import Channel, ContactState, MessageClass, Person, Withdrawn, Words
from channels.outcomes import Result
from channels.pacing import Pacing
from channels.pagewording import language
from channels.policy import Rules
from channels.ports import Accepted, Carrier, Conversation, Wanted
from channels.render import Render
from channels.settling import Patience
from kernel.barrier import OPEN, Barrier
from kernel.engine import Database
from kernel.journal import append
from kernel.vault import Vault
from scheduler import store as jobs
from scheduler.job import Leased
from scheduler.ports import Clock
from scheduler.rates import Room
from scheduler.store import Again

log = structlog.get_logger("channels")

_AT_ONCE = timedelta(0)
_ROUNDED_OFF, _NAPS = 0.0005, 100  # seconds; and how often a wait may end too soon
_LAST_MINUTE = timedelta(seconds=60)


@dataclass(slots=True, kw_only=True)
class Delivery:
    """Handles `contact.send` jobs; nothing reaches a customer by any other way."""

    database: Database
    clock: Clock
    vault: Vault
    rules: Rules
    carriers: Mapping[Channel, Carrier]
    conversations: Mapping[str, Conversation]
    render: Render
    policy: str = ""  # the version of the rules, for the journal
    patience: Patience = field(default_factory=Patience)
    pacing: Pacing = field(default_factory=Pacing)
    barrier: Barrier = OPEN
    at_once: int = 64
    count_decision: Callable[[str, str, int], None] = lambda verdict, reason, count: None
    count_contact: Callable[[str, str, int], None] = lambda state, channel, count: None
    _call_s: float = 0.0

    async def room(self, now: datetime) -> Room:
        """How many contacts the carriers can take now; what they cannot stays in the queue.

        No more than can be called in a second either: a stop must not come too late for many.
        """
        room = await self.pacing.room(self.carriers.keys(), now)
        soon = int(self.at_once / self._call_s) if self._call_s > 0 else room.units
        return Room(units=min(room.units, max(soon, self.at_once)), wait=room.wait)

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Decide and intend in one transaction, send in none, record in one."""
        going, since = await self._intend(batch)
        await self.barrier.reach("delivery.intent_written")
        results = await self._send_all(going, since)
        await self.barrier.reach("delivery.sent")
        await self._record(results)
        await self.barrier.reach("delivery.outcome_recorded")

    async def _intend(self, batch: Sequence[Leased]) -> tuple[list[Going], float]:
        """Decide on a batch and commit the intents of those that go now; since when they stand.

        Locks are taken in everybody's order: people, addresses, contacts, invitations, jobs.
        """
        # A batch ends by the rules it began with, should others be adopted meanwhile.
        rules, policy = self.rules, self.policy
        async with self.database.write() as conn:
            sends = {item.job.key: SEND.read(item.job) for item in batch}
            now = self.clock.now()
            board = await load_board(
                conn, self.vault, list(sends.values()), self.carriers.keys(), rules, now
            )
            contacts = [send.contact for send in sends.values()]
            known = await ledger.load(conn, self.vault, contacts, lock=True)
            fresh, over, unsettled = _sorted(batch, sends, known, self.patience, now)
            words = await self._compose(conn, board, [sends[item.job.key] for item in fresh], now)
            # The clock is read again: waiting for the locks may have taken us past the hour.
            now, since = self.clock.now(), self.clock.elapsed()
            candidates = [
                Candidate(
                    leased=item,
                    send=(send := sends[item.job.key]),
                    words=words.get(send.contact),
                    tried=known[send.contact].attempt if send.contact in known else 0,
                    at=max(now, item.job.due_at),
                )
                for item in fresh
            ]
            planner = Planner(
                rules=rules,
                render=self.render,
                board=board,
                now=now,
                policy=policy,
                accounts=self.pacing.accounts,
            )
            plan = await self._paced(planner, candidates)
            plan.ended.extend(over)
            plan.waiting.extend(unsettled)
            going = await self._write(conn, plan, board, now)
            # Should somebody else decide on these by now, nothing of ours may stay.
            await jobs.require(conn, batch)
            await jobs.retry(conn, plan.waiting)
            await jobs.finish(conn, plan.ended, now)
        for (verdict, reason), count in Counter(plan.verdicts).items():
            self.count_decision(verdict, reason, count)
        return going, since

    async def _paced(self, planner: Planner, candidates: Sequence[Candidate]) -> Plan:
        """The plan, within what the carriers' accounts can take."""
        plan = planner.plan(candidates)
        costs, waits = plan.costs(), plan.waits(planner.now)
        granted = {
            channel: await self.pacing.reserve(channel, wanted, planner.now, waits[channel])
            for channel, wanted in sorted(costs.items())
        }
        if any(len(granted[channel].offsets) < len(wanted) for channel, wanted in costs.items()):
            plan = replace(planner, granted=granted).plan(candidates)
        # None of a batch had room: nor would the next have, until an account has some.
        full = bool(costs) and not any(slots.offsets for slots in granted.values())
        wait = min((slots.wait for slots in granted.values()), default=_AT_ONCE)
        self.pacing.went(costs, wait if full else _AT_ONCE, planner.now)
        plan.going = timed(plan.going, granted, planner.now)
        return plan

    async def _write(
        self, conn: AsyncConnection, plan: Plan, board: Board, now: datetime
    ) -> list[Going]:
        """Save what was decided; the contacts that are ours to send."""
        await ledger.advance(conn, plan.dropped)
        ours = await self._write_intents(conn, plan.going)
        going = [item for item in plan.going if item.contact.id in ours]
        await store.open_questions(conn, _questions(going, board, now))
        await store.close_questions(conn, plan.closed)
        await append(conn, plan.entries)
        await outcomes.tell(conn, self.conversations, plan.told, now)
        return going

    async def _compose(
        self, conn: AsyncConnection, board: Board, sends: Sequence[Send], now: datetime
    ) -> dict[str, Words | Withdrawn]:
        """Ask before deciding: what is withdrawn must not count for the next in the batch."""
        wanted: dict[str, list[Wanted]] = {}
        words: dict[str, Words | Withdrawn] = {}
        for send in sends:
            who = (send.source, send.customer)
            person = board.people.get(who)
            if send.said is not None:
                words[send.contact] = self._answer(send, person)
                continue
            item = Wanted(
                contact=send.contact,
                thread=send.thread,
                message_class=MessageClass(send.message_class),
                name=person.name if person else None,
                locale=person.own_locale if person else None,
                by_mail=(who, Channel.EMAIL) in board.addresses,
            )
            wanted.setdefault(send.conversation, []).append(item)
        for name, items in sorted(wanted.items()):
            words.update(await self.conversations[name].compose(conn, items, now))
        return words

    def _answer(self, send: Send, person: Person | None) -> Words:
        """What answers a customer's mail, and was worded when it was read."""
        sealed = base64.b64decode(send.said or "")
        text = self.vault.open(sealed, said_place(send.contact)) or ""
        spoken = language(None, person.locale if person else None)
        return Words(text=text, locale=spoken, in_reply_to=send.in_reply_to)

    async def _write_intents(self, conn: AsyncConnection, going: Sequence[Going]) -> set[str]:
        """Only one of two that try gets a contact: the row itself is the fence."""
        first = [item.contact for item in going if item.contact.attempt == 1]
        again = [item.contact for item in going if item.contact.attempt > 1]
        written = await ledger.intend(conn, self.vault, first)
        return written | await ledger.intend_again(conn, self.vault, again)

    async def _send_all(self, going: Sequence[Going], since: float) -> list[Result]:
        results: list[Result] = []
        waiting = iter(sorted(going, key=lambda item: item.wait))  # each takes the next

        async def some() -> None:
            for item in waiting:
                await self._wait(item.wait, since)
                said = await self._send(item, since)
                results.append(
                    Result(leased=item.leased, send=item.send, contact=item.contact, said=said)
                )

        await asyncio.gather(*(some() for _ in range(min(self.at_once, len(going)))))
        return results

    async def _wait(self, wait: timedelta, since: float) -> None:
        """Wait until a contact's moment, and no shorter."""
        # By a clock that is never set: the other one might have us wait an hour.
        for _ in range(_NAPS):
            left = wait - timedelta(seconds=self.clock.elapsed() - since)
            if left <= _AT_ONCE:
                return
            # The loop counts in milliseconds, rounds them, and from when it last looked.
            await asyncio.sleep(self.clock.seconds_until(self.clock.now() + left) + _ROUNDED_OFF)

    async def _send(self, item: Going, since: float) -> Accepted | SendError:
        channel, now, began = item.contact.channel, self.clock.now(), self.clock.elapsed()
        # A process that was stopped since the intent leaves the contact to whoever takes it up:
        # this attempt, at least, never left.
        age = max(now - item.contact.intended_at, timedelta(seconds=began - since))
        if age > self.patience.send_within:
            return _held_back(outcomes.LATE, _AT_ONCE)
        if pause := self.pacing.pause(channel, now):
            return _held_back(outcomes.AWAY, pause)
        valid_for: int | None = None
        if item.not_after is not None:
            left = item.not_after - now
            if left < _LAST_MINUTE:
                # The carrier may hold it a minute: it would arrive after closing time.
                return _held_back(outcomes.CLOSING, _LAST_MINUTE)
            valid_for = int(left.total_seconds())
        error: SendError | None = None
        try:
            return await self.carriers[channel].send(item.message(valid_for))
        except SendError as fault:
            error = fault
            return error
        except Exception as fault:
            # A bug in an adapter must not take the results of its neighbours with it.
            log.exception("carrier.failed", channel=channel)
            detail = type(fault).__name__
            error = SendError(SendErrorKind.AMBIGUOUS, retryable=True, detail=detail)
            return error
        finally:
            self._took(self.clock.elapsed() - began)
            await self.pacing.heard(channel, error, self.clock.now())

    def _took(self, seconds: float) -> None:
        """Remember how long calls take, the last ones most."""
        self._call_s += (seconds - self._call_s) / self.at_once

    async def _record(self, results: Sequence[Result]) -> None:
        if not results:
            return
        states = Counter(
            ("sent" if isinstance(item.said, Accepted) else item.said.kind, item.contact.channel)
            for item in results
        )
        for (state, channel), count in states.items():
            self.count_contact(state, channel, count)
        # What the carrier said would be lost: should the rows be contended for, try again.
        await self.database.transact(
            lambda conn: outcomes.record(
                conn,
                self.conversations,
                results,
                self.patience.settle_after,
                self.clock.now(),
            )
        )


def _sorted(
    batch: Sequence[Leased],
    sends: Mapping[str, Send],
    known: Mapping[str, Contact],
    patience: Patience,
    now: datetime,
) -> tuple[list[Leased], list[Leased], list[Again]]:
    """The jobs to decide on, those whose contact is made already, and those that wait."""
    fresh: list[Leased] = []
    over: list[Leased] = []
    unsettled: list[Again] = []
    for item in batch:
        contact = known.get(sends[item.job.key].contact)
        if item.job.due_at - now > patience.send_within:
            # The clock was set back: nobody holds a job for as long as it is wrong.
            unsettled.append(Again(leased=item, at=item.job.due_at, burn=False))
        elif contact is None or contact.state is ContactState.QUEUED:
            fresh.append(item)
        elif contact.state in ledger.UNSETTLED:
            at = contact.intended_at + patience.settle_after
            unsettled.append(Again(leased=item, at=at, burn=False, kind=SETTLE.name))
        else:
            over.append(item)
    return fresh, over, unsettled


def _held_back(code: str, pause: timedelta) -> SendError:
    """A contact that we kept ourselves: nobody was called, so the attempt does not count."""
    return SendError(SendErrorKind.LATER, retryable=True, code=code, retry_after=pause)


def _questions(
    going: Sequence[Going], board: Board, now: datetime
) -> dict[bytes, tuple[str, str, datetime]]:
    """The questions that contacts open; a call leaves what was asked by text open for as long."""
    found = {}
    for item in going:
        contact, send = item.contact, item.send
        calls, ix = contact.channel is Channel.VOICE, contact.address.index
        if calls and board.open_threads.get(ix) == send.thread:
            continue
        if opens_question(contact.channel, contact.message_class):
            until = now + (store.CALL_FOR if calls else store.QUESTION_FOR)
            found[ix] = (send.conversation, send.thread, until)
    return found
