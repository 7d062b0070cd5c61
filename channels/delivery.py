"""The one door out: asks the policy, writes the intent, sends, and records what became of it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import ledger, outcomes, store
from channels.errors import SendError, SendErrorKind
from channels.gate import ASKING, Board, load_board
from channels.jobs import SEND, Send
from channels.ledger import Contact
from channels.model import Channel, ContactState, MessageClass, Withdrawn, Words
from channels.outcomes import Result, entry
from channels.policy import Never, Rules, SendNow, WaitUntil, decide
from channels.ports import (
    Accepted,
    Carrier,
    Conversation,
    Message,
    Outcome,
    OutcomeKind,
    Wanted,
)
from channels.render import Render
from channels.settling import Patience, Settling
from kernel.barrier import OPEN, Barrier
from kernel.engine import Database
from kernel.journal import Entry, append
from kernel.vault import Vault
from scheduler import store as jobs
from scheduler.job import Leased
from scheduler.ports import Clock
from scheduler.store import Again

log = structlog.get_logger("channels")

Verdict = SendNow | WaitUntil | Never

_AT_ONCE = timedelta(0)
_LAST_MINUTE = timedelta(seconds=60)
_QUESTION_FOR = timedelta(days=21)  # an open question ends with its survey; this is the backstop


@dataclass(frozen=True, slots=True, kw_only=True)
class _Going:
    """A contact whose intent is being written, with its job."""

    leased: Leased
    send: Send
    contact: Contact
    message: Message
    not_after: datetime | None  # closing time where the customer is


class LeaseLost(Exception):
    """Others hold jobs of this batch by now; what was about to be written is dropped."""


@dataclass(slots=True, kw_only=True)
class _Plan:
    """What one transaction decided for a batch."""

    going: list[_Going] = field(default_factory=list)
    waiting: list[Again] = field(default_factory=list)
    ended: list[Leased] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    told: list[tuple[str, Outcome]] = field(default_factory=list)


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
    patience: Patience = field(default_factory=Patience)
    barrier: Barrier = OPEN
    at_once: int = 64
    count_decision: Callable[[str, str], None] = lambda verdict, reason: None
    count_contact: Callable[[str, str], None] = lambda state, channel: None

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Carry out a batch: decide and intend in one transaction, send in none, record in one."""
        async with self.database.read() as conn:
            ids = [SEND.read(item.job).contact for item in batch]
            known = await ledger.load(conn, self.vault, ids)
        fresh: list[Leased] = []
        unsettled: list[tuple[Leased, Contact]] = []
        over: list[Leased] = []
        for item in batch:
            contact = known.get(SEND.read(item.job).contact)
            if contact is None or contact.state is ContactState.QUEUED:
                fresh.append(item)
            elif contact.state in ledger.UNSETTLED:
                unsettled.append((item, contact))
            else:
                over.append(item)
        async with self.database.write() as conn:
            await jobs.finish(conn, over, now)
        settling = Settling(
            database=self.database,
            vault=self.vault,
            carriers=self.carriers,
            conversations=self.conversations,
            patience=self.patience,
        )
        going = await self._intend([*fresh, *await settling.settle(unsettled, now)])
        await self.barrier.reach("delivery.intent_written")
        results = await self._send_all(going)
        await self.barrier.reach("delivery.sent")
        await self._record(results)
        await self.barrier.reach("delivery.outcome_recorded")

    async def _intend(self, batch: Sequence[Leased]) -> list[_Going]:
        """Decide on a batch and commit the intents of those that go now.

        Locks are taken in everybody's order: people, addresses, contacts, invitations, jobs.
        """
        if not batch:
            return []
        async with self.database.write() as conn:
            sends = [SEND.read(item.job) for item in batch]
            now = self.clock.now()
            board = await load_board(conn, self.vault, sends, self.carriers.keys(), self.rules, now)
            contacts = [send.contact for send in sends]
            known = await ledger.load(conn, self.vault, contacts, lock=True)
            words = await self._compose(conn, board, sends, now)
            # The clock is read again: waiting for the locks may have taken us past the hour.
            now = self.clock.now()
            plan = _Plan()
            for leased, send in zip(batch, sends, strict=True):
                tried = known[send.contact].attempt if send.contact in known else 0
                self._plan(plan, board, leased, send, words.get(send.contact), tried, now)
            ours = await self._write_intents(conn, plan.going)
            going = [item for item in plan.going if item.contact.id in ours]
            plan.entries.extend(_sending(item, now) for item in going)
            await store.open_questions(conn, _questions(going, now))
            await store.close_questions(conn, plan.closed)
            await append(conn, plan.entries)
            await outcomes.tell(conn, self.conversations, plan.told, now)
            if len(await jobs.held(conn, batch)) < len(batch):
                # Somebody else decides on these by now: nothing of ours may stay.
                raise LeaseLost
            await jobs.retry(conn, plan.waiting)
            await jobs.finish(conn, plan.ended, now)
        return going

    async def _compose(
        self, conn: AsyncConnection, board: Board, sends: Sequence[Send], now: datetime
    ) -> dict[str, Words | Withdrawn]:
        """Ask before deciding: what is withdrawn must not count for the next in the batch."""
        wanted: dict[str, list[Wanted]] = {}
        for send in sends:
            person = board.people.get((send.source, send.customer))
            item = Wanted(
                contact=send.contact,
                thread=send.thread,
                message_class=MessageClass(send.message_class),
                name=person.name if person else None,
            )
            wanted.setdefault(send.conversation, []).append(item)
        words: dict[str, Words | Withdrawn] = {}
        for name, items in sorted(wanted.items()):
            words.update(await self.conversations[name].compose(conn, items, now))
        return words

    def _decide(self, board: Board, leased: Leased, send: Send, now: datetime) -> Verdict:
        facts = board.facts(send, leased.job.not_after)
        if facts is None:
            return Never(reason="customer_gone", trace=())
        verdict = decide(facts, self.rules, now)
        if isinstance(verdict, SendNow):
            board.fold(send, verdict.channel, now)
        return verdict

    def _plan(
        self,
        plan: _Plan,
        board: Board,
        leased: Leased,
        send: Send,
        words: Words | Withdrawn | None,
        tried: int,
        now: datetime,
    ) -> None:
        if words is None or isinstance(words, Withdrawn):
            reason = words.reason if words else "nothing_to_say"
            plan.ended.append(leased)
            plan.entries.append(entry(now, "contact.withdrawn", send, reason=reason))
            return
        verdict = self._decide(board, leased, send, now)
        decision = _decision(now, send, verdict)
        plan.entries.append(decision)
        self.count_decision(decision.detail["verdict"], decision.detail.get("reason") or "-")
        match verdict:
            case SendNow():
                going = self._going(board, leased, send, verdict, words, now)
                contact = replace(going.contact, attempt=tried + 1)
                plan.going.append(replace(going, contact=contact))
            case WaitUntil(at=at, reason=reason):
                plan.waiting.append(Again(leased=leased, at=at, error=reason, burn=False))
                plan.told.append((send.conversation, _outcome(send, verdict)))
            case Never():
                plan.ended.append(leased)
                plan.closed.append(send.thread)
                plan.told.append((send.conversation, _outcome(send, verdict)))

    def _going(
        self,
        board: Board,
        leased: Leased,
        send: Send,
        verdict: SendNow,
        words: Words,
        now: datetime,
    ) -> _Going:
        who = (send.source, send.customer)
        address = board.addresses[who, verdict.channel]
        rendered = self.render.message(words, address, board.people[who])
        contact = Contact(
            id=send.contact,
            message_class=MessageClass(send.message_class),
            conversation=send.conversation,
            thread=send.thread,
            source=send.source,
            customer=send.customer,
            ticket=send.ticket,
            address=address,
            text=rendered.text,
            state=ContactState.SENDING,
            attempt=1,
            intended_at=now,
        )
        message = Message(
            contact=send.contact,
            to=address.value,
            text=rendered.text,
            subject=rendered.subject,
            headers=rendered.headers,
            intended_at=now,
        )
        return _Going(
            leased=leased,
            send=send,
            contact=contact,
            message=message,
            not_after=verdict.not_after,
        )

    async def _write_intents(self, conn: AsyncConnection, going: Sequence[_Going]) -> set[str]:
        """Only one of two that try gets a contact: the row itself is the fence."""
        first = [item.contact for item in going if item.contact.attempt == 1]
        again = [item.contact for item in going if item.contact.attempt > 1]
        written = await ledger.intend(conn, self.vault, first)
        return written | await ledger.intend_again(conn, self.vault, again)

    async def _send_all(self, going: Sequence[_Going]) -> list[Result]:
        room = asyncio.Semaphore(self.at_once)

        async def one(item: _Going) -> Result:
            async with room:
                said = await self._send(item)
            return Result(leased=item.leased, send=item.send, contact=item.contact, said=said)

        return await asyncio.gather(*(one(item) for item in going))

    async def _send(self, item: _Going) -> Accepted | SendError:
        now = self.clock.now()
        # A process that was stopped since the intent leaves the contact to whoever takes it up:
        # this attempt, at least, never left.
        if now - item.contact.intended_at > self.patience.send_within:
            return SendError(
                SendErrorKind.LATER, retryable=True, code=outcomes.LATE, retry_after=_AT_ONCE
            )
        message = item.message
        if item.not_after is not None:
            left = item.not_after - now
            if left < _LAST_MINUTE:
                # The carrier may hold it a minute: it would arrive after closing time.
                return SendError(
                    SendErrorKind.LATER,
                    retryable=True,
                    code=outcomes.CLOSING,
                    retry_after=_LAST_MINUTE,
                )
            message = replace(message, valid_for=int(left.total_seconds()))
        try:
            return await self.carriers[item.contact.channel].send(message)
        except SendError as error:
            return error
        except Exception as fault:
            # A bug in an adapter must not take the results of its neighbours with it.
            log.exception("carrier.failed", channel=item.contact.channel)
            detail = type(fault).__name__
            return SendError(SendErrorKind.AMBIGUOUS, retryable=True, detail=detail)

    async def _record(self, results: Sequence[Result]) -> None:
        for result in results:
            state = "sent" if isinstance(result.said, Accepted) else result.said.kind
            self.count_contact(state, result.contact.channel)
        if results:
            async with self.database.write() as conn:
                await outcomes.record(
                    conn,
                    self.conversations,
                    results,
                    self.patience.settle_after,
                    self.clock.now(),
                )


def _sending(item: _Going, now: datetime) -> Entry:
    contact = item.contact
    about = {"channel": contact.channel, "message_class": contact.message_class}
    return entry(now, "contact.sending", item.send, **about)


def _questions(going: Sequence[_Going], now: datetime) -> dict[bytes, tuple[str, str, datetime]]:
    return {
        item.contact.address.index: (item.send.conversation, item.send.thread, now + _QUESTION_FOR)
        for item in going
        if item.contact.channel is Channel.SMS and item.contact.message_class in ASKING
    }


def _outcome(send: Send, verdict: WaitUntil | Never) -> Outcome:
    waiting = isinstance(verdict, WaitUntil)
    return Outcome(
        kind=OutcomeKind.DEFERRED if waiting else OutcomeKind.SUPPRESSED,
        contact=send.contact,
        thread=send.thread,
        message_class=MessageClass(send.message_class),
        channel=None,
        until=verdict.at if isinstance(verdict, WaitUntil) else None,
        reason=verdict.reason,
    )


def _decision(now: datetime, send: Send, verdict: Verdict) -> Entry:
    said = _verdict(verdict)
    rules = [
        {"rule": asked.rule, "verdict": asked.verdict, "facts": dict(asked.facts)}
        for asked in verdict.trace
    ]
    return entry(now, "decision", send, message_class=send.message_class, rules=rules, **said)


def _verdict(verdict: Verdict) -> dict[str, Any]:
    match verdict:
        case SendNow(channel=channel):
            return {"verdict": "allow", "channel": channel}
        case WaitUntil(at=at, reason=reason):
            return {"verdict": "defer", "until": at.isoformat(), "reason": reason}
        case Never(reason=reason):
            return {"verdict": "suppress", "reason": reason}
