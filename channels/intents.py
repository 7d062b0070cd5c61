"""Decides what becomes of a batch of wanted contacts, each with the ones before it in mind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from channels import segments
from channels.gate import Board
from channels.jobs import Send
from channels.ledger import Contact, Progress
from channels.model import Channel, ContactState, MessageClass, Withdrawn, Words
from channels.outcomes import entry
from channels.policy import Never, Reason, Rules, SendNow, Verdict, WaitUntil, decide
from channels.ports import Message, Outcome, OutcomeKind
from channels.render import Render, Rendered
from kernel.journal import Entry
from scheduler.job import Leased
from scheduler.rates import Slots
from scheduler.store import Again
from scheduler.trace import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """A contact whose intent is being written, with its job.

    `not_after`: closing time where the customer is; `cost`: segments, or one; `wait`: how
    long from the decision, until it is due or for the sake of the carrier's rate.
    """

    leased: Leased
    send: Send
    contact: Contact
    words: Words
    rendered: Rendered
    not_after: datetime | None
    cost: int
    wait: timedelta = timedelta(0)

    def message(self, valid_for: int | None) -> Message:
        """What the carrier gets; it may keep trying for so many seconds."""
        return Message(
            contact=self.contact.id,
            to=self.contact.address.value,
            text=self.rendered.text,
            html=self.rendered.html,
            subject=self.rendered.subject,
            headers=self.rendered.headers,
            intended_at=self.contact.intended_at,
            valid_for=valid_for,
            voicemail=self.words.voicemail,
            joins=self.words.joins,
        )


@dataclass(slots=True, kw_only=True)
class Plan:
    """What one transaction decided for a batch."""

    going: list[Going] = field(default_factory=list)
    waiting: list[Again] = field(default_factory=list)
    ended: list[Leased] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    told: list[tuple[str, Outcome]] = field(default_factory=list)
    verdicts: list[tuple[str, str]] = field(default_factory=list)  # (verdict, reason) that are new
    dropped: list[Progress] = field(default_factory=list)  # tried before, and now never to be sent

    def costs(self) -> dict[Channel, list[int]]:
        """What the contacts that go would cost, by channel, in their order."""
        found: dict[Channel, list[int]] = {}
        for item in self.going:
            found.setdefault(item.contact.channel, []).append(item.cost)
        return found

    def waits(self, now: datetime) -> dict[Channel, list[timedelta]]:
        """How long each of them waits for its moment, by channel, in their order."""
        found: dict[Channel, list[timedelta]] = {}
        for item in self.going:
            found.setdefault(item.contact.channel, []).append(item.contact.intended_at - now)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A wanted contact: its job, what it would say, and how often it was tried before.

    `at`: the moment at which it would leave, a little ahead of us at most. It is decided on as of
    then.
    """

    leased: Leased
    send: Send
    words: Words | Withdrawn | None
    tried: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Asks the policy about each candidate; what is allowed counts for those that follow.

    `policy` names the version of the rules; `granted` says which starts the channels' accounts
    gave; None: nobody was asked yet.
    """

    rules: Rules
    render: Render
    board: Board
    now: datetime
    policy: str
    accounts: Mapping[Channel, str] = field(default_factory=dict)
    granted: Mapping[Channel, Slots] | None = None

    def plan(self, candidates: Sequence[Candidate]) -> Plan:
        """The plan; asked again with other `granted` it decides anew from the same facts."""
        plan, board = Plan(), self.board.copy()
        taken: dict[Channel, int] = {}
        for item in candidates:
            if item.words is None or isinstance(item.words, Withdrawn):
                reason = item.words.reason if item.words else "nothing_to_say"
                plan.ended.append(item.leased)
                plan.entries.append(entry(item.at, "contact.withdrawn", item.send, reason=reason))
                self._drop(plan, item, reason)
                continue
            verdict = self._decide(board, item, taken)
            self._note(plan, item, verdict)
            match verdict:
                case SendNow():
                    plan.going.append(self._going(board, item, item.words, verdict))
                case WaitUntil(at=at, reason=reason):
                    again = Again(leased=item.leased, at=at, error=reason, burn=False)
                    plan.waiting.append(again)
                case Never(reason=reason):
                    plan.ended.append(item.leased)
                    self._drop(plan, item, reason)
                    if item.send.message_class != MessageClass.REMINDER:
                        # Of a reminder, the question it would repeat stays open.
                        plan.closed.append(item.send.thread)
        return plan

    def _drop(self, plan: Plan, item: Candidate, reason: str) -> None:
        """A contact that was given back stands in the ledger, which must not wait for ever."""
        if item.tried:
            failed, why = ContactState.FAILED, reason[:_LONGEST_ERROR]
            plan.dropped.append(Progress(id=item.send.contact, state=failed, at=item.at, error=why))

    def _decide(self, board: Board, item: Candidate, taken: dict[Channel, int]) -> Verdict:
        send = item.send
        facts = board.facts(send, item.leased.job.not_after)
        if facts is None:
            return Never(reason="customer_gone", trace=())
        verdict = decide(facts, self.rules, item.at)
        if not isinstance(verdict, SendNow):
            return verdict
        channel = verdict.channel
        slots = None if self.granted is None else self.granted.get(channel, _NOT_ASKED)
        if slots is not None and taken.get(channel, 0) >= len(slots.offsets):
            # Last of all rules, and not counted: whoever does not go takes nobody's place.
            until = self.now + max(slots.wait, _SHORTEST_WAIT)
            seen = {
                "channel": channel.value,
                "account": self.accounts.get(channel, channel.value),
                "wait_seconds": round(slots.wait.total_seconds(), 3),
                "until": until.isoformat(),
            }
            asked = Asked(rule="rate", verdict="defer", facts=seen)
            return WaitUntil(at=until, reason=Reason.RATE, trace=(*verdict.trace, asked))
        taken[channel] = taken.get(channel, 0) + 1
        board.fold(send, channel, item.at)
        room = _has_room(channel, self.accounts.get(channel, channel.value))
        return SendNow(channel=channel, trace=(*verdict.trace, room), not_after=verdict.not_after)

    def _note(self, plan: Plan, item: Candidate, verdict: Verdict) -> None:
        """Tell of a verdict, unless it only puts off again what is looked at again and again."""
        if isinstance(verdict, WaitUntil) and _is_old(verdict.reason, item.leased):
            return
        asked = decision(item.at, item.send, verdict, self.policy)
        plan.entries.append(asked)
        plan.verdicts.append((asked.detail["verdict"], asked.detail.get("reason") or "-"))
        if not isinstance(verdict, SendNow):
            plan.told.append((item.send.conversation, _outcome(item.send, verdict)))

    def _going(self, board: Board, item: Candidate, words: Words, verdict: SendNow) -> Going:
        send, channel = item.send, verdict.channel
        address = board.address(send, channel)
        assert address is not None
        person = board.people[send.source, send.customer]
        rendered = self.render.message(words, address, person)
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
            attempt=item.tried + 1,
            intended_at=item.at,
        )
        return Going(
            leased=item.leased,
            send=send,
            contact=contact,
            words=words,
            rendered=rendered,
            not_after=verdict.not_after,
            cost=segments.count(rendered.text).segments if channel is Channel.SMS else 1,
        )


_OFTEN: frozenset[str] = frozenset({Reason.RATE, Reason.ONE_OPEN_QUESTION})
_LONGEST_ERROR = 64  # characters, as the table has it
_NONE = timedelta(0)
_NOT_ASKED = Slots(offsets=(), wait=timedelta(0))
_NOTICED = timedelta(milliseconds=2)  # a wait that costs less than to wait for it
_SHORTEST_WAIT = timedelta(milliseconds=10)


def timed(going: Sequence[Going], granted: Mapping[Channel, Slots], now: datetime) -> list[Going]:
    """The same contacts, each at the start that its account granted, and not before its moment."""
    taken: dict[Channel, int] = {}
    found = []
    for item in going:
        channel = item.contact.channel
        place = taken.get(channel, 0)
        taken[channel] = place + 1
        wait, due = granted[channel].offsets[place], item.contact.intended_at - now
        if due > _NONE or wait >= _NOTICED:
            item = replace(item, wait=max(wait, due))
        found.append(item)
    return found


@lru_cache(maxsize=64)
def _has_room(channel: Channel, account: str) -> Asked:
    """What the last of all rules says of a contact that goes: its account takes it."""
    facts = {"channel": channel.value, "account": account}
    return Asked(rule="rate", verdict="pass", facts=facts)


def _is_old(reason: str, leased: Leased) -> bool:
    return reason in _OFTEN and reason == leased.reason


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


def decision(now: datetime, send: Send, verdict: Verdict, policy: str) -> Entry:
    """The journal's entry of what the policy said of a contact, rule by rule."""
    rules = [
        {"rule": asked.rule, "verdict": asked.verdict, "facts": asked.facts}
        for asked in verdict.trace
    ]
    said = {"message_class": send.message_class, "policy": policy, **_verdict(verdict)}
    return entry(now, "decision", send, rules=rules, **said)


def _verdict(verdict: Verdict) -> dict[str, Any]:
    match verdict:
        case SendNow(channel=channel):
            return {"verdict": "allow", "channel": channel}
        case WaitUntil(at=at, reason=reason):
            return {"verdict": "defer", "until": at.isoformat(), "reason": reason}
        case Never(reason=reason):
            return {"verdict": "suppress", "reason": reason}
