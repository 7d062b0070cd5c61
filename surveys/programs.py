"""Decides whether a closing earns a survey, by which program, and when."""

import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from scheduler.trace import Asked
from tickets.model import Closure, Customer, Ticket

_LATEST = datetime.max.replace(tzinfo=UTC)
_SHARE_BITS = 53  # what a float holds exactly: a share never rounds up to 1


class Repeat(StrEnum):
    """How often one ticket may earn a follow-up."""

    ONCE_PER_TICKET = "once_per_ticket"
    PER_CYCLE = "per_cycle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which closings a program is for: every list that is given must hold one of the facts."""

    category: tuple[str, ...] = ()
    product: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    tier: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    close_reason: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Which of a program's closings earn nothing; `own_ticket`: an agent's own."""

    tags: tuple[str, ...] = ("spam", "merged", "duplicate", "internal")
    close_reason: tuple[str, ...] = ("inactivity",)
    own_ticket: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Which closings earn which survey, when, and over which channels; `sampling` is a share.

    `expires_after` counts from the first send, `accept_late` from expiry.
    """

    id: str
    when: Match = field(default_factory=Match)
    skip: Skip = field(default_factory=Skip)
    survey: str | None = "csat"
    repeat: Repeat = Repeat.PER_CYCLE
    delay: timedelta = timedelta(hours=2)
    channels: tuple[str, ...] = ("sms", "email", "voice")
    reminders: tuple[timedelta, ...] = (timedelta(hours=24),)
    fallback_after: timedelta = timedelta(hours=72)
    max_contacts: int = 3
    expires_after: timedelta = timedelta(days=7)
    accept_late: timedelta = timedelta(days=14)
    sampling: float = 1.0
    max_event_age: timedelta = timedelta(hours=72)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The facts: a ticket as it was closed, and what is known of its other cycles.

    `answered_or_planned_cycles` counts the ticket's other closures that have an invitation;
    `superseded` says that a later event (reopened, deleted, merged, closed again) is known.
    """

    ticket: Ticket
    customer: Customer
    closure: Closure
    answered_or_planned_cycles: int
    superseded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A survey is owed, to be sent not before `due_at`; the program names the survey."""

    program: Program
    due_at: datetime
    trace: tuple[Asked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOwed:
    """No survey is owed. `reason` is one stable word.

    `no_program`, `no_survey`, `skipped_tag`, `skipped_close_reason`, `own_ticket`, `not_sampled`,
    `superseded`, `stale` (when it was closed is not known), `too_old`, `already_asked`.
    """

    reason: str
    program: str | None
    trace: tuple[Asked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What one rule says; without a reason it lets the closing pass."""

    rule: str
    reason: str | None
    facts: dict[str, Any]

    def asked(self) -> Asked:
        verdict = "pass" if self.reason is None else "suppress"
        return Asked(rule=self.rule, verdict=verdict, facts=self.facts)


def decide(
    closing: Closing, programs: Sequence[Program], now: datetime, secret: bytes
) -> Owed | NotOwed:
    """Whether the closing earns a survey: the first program that matches decides.

    `secret` makes the sample unguessable; the same closure is in it or not, however often asked.
    The trace holds every rule asked, in order, and no personal data.
    """
    program = next((each for each in programs if _matches(each.when, closing)), None)
    answers = tuple(_answers(program, closing, now, secret))
    trace = tuple(answer.asked() for answer in answers)
    reason = answers[-1].reason
    if program is None or reason is not None:
        name = program.id if program else None
        return NotOwed(reason=reason or "no_program", program=name, trace=trace)
    return Owed(program=program, due_at=_due_at(program, closing, now), trace=trace)


def _answers(
    program: Program | None, closing: Closing, now: datetime, secret: bytes
) -> Iterator[_Answer]:
    """Asks rule by rule until one of them stops the closing."""
    first = _program(program, closing)
    yield first
    if program is None or first.reason is not None:
        return
    for rule in (_skip, _sampling, _age, _repeat):
        answer = rule(program, closing, now, secret)
        yield answer
        if answer.reason is not None:
            return


def _matches(when: Match, closing: Closing) -> bool:
    ticket = closing.ticket
    return all(not wanted or _fact(name, closing) in wanted for name, wanted in _single(when)) and (
        not when.tags or not set(when.tags).isdisjoint(ticket.tags)
    )


def _single(when: Match) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (
        ("category", when.category),
        ("product", when.product),
        ("region", when.region),
        ("team", when.team),
        ("channel", when.channel),
        ("priority", when.priority),
        ("tier", when.tier),
        ("close_reason", when.close_reason),
    )


def _fact(name: str, closing: Closing) -> str | None:
    ticket = closing.ticket
    facts = {
        "category": ticket.category,
        "product": ticket.product,
        "region": ticket.region,
        "team": ticket.team,
        "channel": ticket.channel,
        "priority": ticket.priority,
        "tier": closing.customer.tier,
        "close_reason": ticket.close_reason,
    }
    return facts[name]


def _program(program: Program | None, closing: Closing) -> _Answer:
    # Tags are free text and may name a person: the trace tells only those that a rule names.
    facts: dict[str, Any] = {name: _fact(name, closing) for name, _ in _single(Match())}
    if program is None:
        return _Answer(rule="program", reason="no_program", facts=facts)
    facts |= {"program": program.id, "survey": program.survey}
    reason = "no_survey" if program.survey is None else None
    return _Answer(rule="program", reason=reason, facts=facts)


def _skip(program: Program, closing: Closing, _now: datetime, _secret: bytes) -> _Answer:
    ticket, skip = closing.ticket, program.skip
    tags = [tag for tag in skip.tags if tag in ticket.tags]
    closed_so = ticket.close_reason is not None and ticket.close_reason in skip.close_reason
    own = skip.own_ticket and _is_own(closing)
    reason = None
    if tags:
        reason = "skipped_tag"
    elif closed_so:
        reason = "skipped_close_reason"
    elif own:
        reason = "own_ticket"
    facts = {"tags": tags, "close_reason": ticket.close_reason, "own_ticket": own}
    return _Answer(rule="skip", reason=reason, facts=facts)


def _is_own(closing: Closing) -> bool:
    agent, customer = closing.ticket.agent, closing.customer
    if agent.id and agent.id == customer.id:
        return True
    if not agent.email or not customer.email:
        return False
    return agent.email.strip().casefold() == customer.email.strip().casefold()


def _sampling(program: Program, closing: Closing, _now: datetime, secret: bytes) -> _Answer:
    digest = hmac.digest(secret, closing.closure.key.encode("utf-8", "surrogatepass"), "sha256")
    share = (int.from_bytes(digest[:8]) >> (64 - _SHARE_BITS)) / 2**_SHARE_BITS
    reason = None if share < program.sampling else "not_sampled"
    facts = {"sampling": program.sampling, "share": round(share, 6)}
    return _Answer(rule="sampling", reason=reason, facts=facts)


def _age(program: Program, closing: Closing, now: datetime, _secret: bytes) -> _Answer:
    closed_at = closing.ticket.closed_at
    facts: dict[str, Any] = {
        "closed_at": closed_at.isoformat() if closed_at else None,
        "hours": _hours(now - closed_at) if closed_at else None,
        "limit_hours": _hours(program.max_event_age),
        "superseded": closing.superseded,
    }
    reason = None
    if closing.superseded:
        reason = "superseded"
    elif closed_at is None:
        reason = "stale"
    elif now - closed_at > program.max_event_age:
        reason = "too_old"
    return _Answer(rule="age", reason=reason, facts=facts)


def _hours(span: timedelta) -> float:
    return round(span.total_seconds() / 3600, 1)


def _repeat(program: Program, closing: Closing, _now: datetime, _secret: bytes) -> _Answer:
    asked = closing.answered_or_planned_cycles
    again = program.repeat is Repeat.ONCE_PER_TICKET and asked > 0
    facts = {"repeat": program.repeat.value, "answered_or_planned_cycles": asked}
    return _Answer(rule="repeat", reason="already_asked" if again else None, facts=facts)


def _due_at(program: Program, closing: Closing, now: datetime) -> datetime:
    closed_at = closing.ticket.closed_at or now
    try:
        return max(closed_at + program.delay, now)
    except OverflowError:
        return _LATEST
