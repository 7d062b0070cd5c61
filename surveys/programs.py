"""Decides whether a closing earns a survey, by which program, and when."""

import hmac
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from channels.jobs import CareCall
from scheduler.trace import Asked
from tickets.model import Closure, Customer, Ticket

_LATEST = datetime.max.replace(tzinfo=UTC)
_SHARE_BITS = 53  # what a float holds exactly: a share never rounds up to 1


class Repeat(StrEnum):
    """How often one ticket may earn a follow-up."""

    ONCE_PER_TICKET = "once_per_ticket"
    PER_CYCLE = "per_cycle"


class Voicemail(StrEnum):
    """What a machine hears that answers a call."""

    NONE = "none"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which closings a program is for: every list that is given must hold one of the facts,
    whatever their case and width.

    `attributes`: lists for whatever else an event tells, by its dotted path within `data`.
    """

    category: tuple[str, ...] = ()
    product: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    tier: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    close_reason: tuple[str, ...] = ()
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Which of a program's closings earn nothing, whatever the case and width of their words;
    `own_ticket`: an agent's own; `domains`: of customers whose mailbox is there, or below.
    """

    tags: tuple[str, ...] = ("spam", "merged", "duplicate", "internal")
    close_reason: tuple[str, ...] = ("inactivity",)
    own_ticket: bool = True
    domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Which closings earn which survey, when, and over which channels; `sampling` is a share.

    `expires_after` counts from the first send, `accept_late` from expiry, each of `redials` from a
    call that reached nobody. `collect_only`: nobody is asked by us; others hand the answers in.
    """

    id: str
    when: Match = field(default_factory=Match)
    skip: Skip = field(default_factory=Skip)
    survey: str | None = "csat"
    callback: CareCall | None = None
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
    redials: tuple[timedelta, ...] = (timedelta(hours=1),)
    voicemail: Voicemail = Voicemail.NONE
    collect_only: bool = False

    @property
    def asks_by(self) -> tuple[str, ...]:
        """The channels by which we ask; none where answers are only collected."""
        return () if self.collect_only else self.channels


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The facts: a ticket as it was closed, and what is known of its other cycles.

    `answered_or_planned_cycles` counts the ticket's other closures that were asked about, or will
    be;
    `superseded` says that a later event (reopened, deleted, merged, closed again) is known.
    `recovery`: the survey that takes the place of the program's, since a complaint is open.
    `told`: what the event says, where a program asks for more than a ticket's usual facts.
    `closer`: the mailbox and number that whoever closed it is known by here.
    """

    ticket: Ticket
    customer: Customer
    closure: Closure
    answered_or_planned_cycles: int
    superseded: bool
    recovery: str | None = None
    told: Mapping[str, Any] = field(default_factory=dict)
    closer: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A survey is owed, to be sent not before `due_at`: the program's, or one of recovery."""

    program: Program
    survey: str
    due_at: datetime
    trace: tuple[Asked, ...]
    recovers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOwed:
    """No survey is owed. `reason` is one stable word.

    `no_program`, `no_survey`, `skipped_tag`, `skipped_close_reason`, `own_ticket`,
    `internal_domain`, `not_sampled`, `superseded`, `stale` (when it was closed is not known),
    `too_old`, `already_asked`.
    """

    reason: str
    program: str | None
    trace: tuple[Asked, ...]


#: What a rule says: why it stops the closing, None if it lets it pass, and the facts it saw.
_Answer = tuple[str | None, dict[str, Any]]


def decide(
    closing: Closing, programs: Sequence[Program], now: datetime, secret: bytes
) -> Owed | NotOwed:
    """Whether the closing earns a survey: the first program that matches decides.

    `secret` makes the sample unguessable; the same closure is in it or not, however often asked.
    The trace holds every rule asked, in order, and no personal data.
    """
    facts = _facts(closing)
    program = next((each for each in programs if _matches(each.when, facts, closing)), None)
    reason, seen = _program(program, facts)
    trace = [_asked("program", reason, seen)]
    if program is None or reason is not None:
        name = program.id if program else None
        return NotOwed(reason=reason or "no_program", program=name, trace=tuple(trace))
    for name, rule in _RULES:
        reason, seen = rule(program, closing, now, secret)
        trace.append(_asked(name, reason, seen))
        if reason is not None:
            return NotOwed(reason=reason, program=program.id, trace=tuple(trace))
    return Owed(
        program=program,
        survey=closing.recovery or program.survey or "",
        due_at=_due_at(program, closing, now),
        trace=tuple(trace),
        recovers=closing.recovery is not None,
    )


def care_call(
    closing: Closing, programs: Sequence[Program], now: datetime, secret: bytes
) -> CareCall | None:
    """The call that a closing earns besides a survey, or instead of one, if it earns one.

    By the first program that matches, unless what it skips, or its age, says no. Sampling is of
    surveys; whoever complained is called as the complaint's class says.
    """
    if closing.recovery is not None or all(each.callback is None for each in programs):
        return None
    facts = _facts(closing)
    program = next((each for each in programs if _matches(each.when, facts, closing)), None)
    if program is None or program.callback is None:
        return None
    refused = (rule(program, closing, now, secret)[0] for rule in (_skip, _age))
    return None if any(reason is not None for reason in refused) else program.callback


def _asked(rule: str, reason: str | None, facts: Mapping[str, Any]) -> Asked:
    return Asked(rule=rule, verdict="pass" if reason is None else "suppress", facts=facts)


def _facts(closing: Closing) -> dict[str, str | None]:
    """What a program may ask for by a list, under the names of `Match`."""
    ticket = closing.ticket
    return {
        "category": ticket.category,
        "product": ticket.product,
        "region": ticket.region,
        "team": ticket.team,
        "channel": ticket.channel,
        "priority": ticket.priority,
        "tier": closing.customer.tier,
        "close_reason": ticket.close_reason,
    }


def _matches(when: Match, facts: Mapping[str, str | None], closing: Closing) -> bool:
    for name, fact in facts.items():
        wanted = getattr(when, name)
        if wanted and not _one_of(wanted, [fact] if fact is not None else []):
            return False
    if when.tags and not _one_of(when.tags, closing.ticket.tags):
        return False
    return all(_one_of(wanted, _said(closing.told, path)) for path, wanted in when.attributes)


def _one_of(wanted: Iterable[str], facts: Iterable[str]) -> bool:
    return not {_plain(each) for each in wanted}.isdisjoint(_plain(fact) for fact in facts)


def asks_more(programs: Sequence[Program]) -> bool:
    """Whether a program asks for more of an event than its usual facts."""
    return any(program.when.attributes for program in programs)


def _said(told: object, path: str) -> set[str]:
    """What an event says at a path, as texts: of a list each, of yes and no the JSON word."""
    for name in path.split("."):
        told = told.get(name) if isinstance(told, Mapping) else None
    each = told if isinstance(told, list) else [told]
    return {
        str(item).lower() if isinstance(item, bool) else str(item)
        for item in each
        if isinstance(item, str | int | float)
    }


def _program(program: Program | None, facts: Mapping[str, str | None]) -> _Answer:
    # Tags are free text and may name a person: the trace tells only those that a rule names.
    if program is None:
        return "no_program", dict(facts)
    reason = "no_survey" if program.survey is None else None
    seen = {**facts, "program": program.id, "survey": program.survey}
    return reason, seen | {"collect_only": True} if program.collect_only else seen


def _skip(program: Program, closing: Closing, _now: datetime, _secret: bytes) -> _Answer:
    ticket, skip = closing.ticket, program.skip
    told = _all_plain(ticket.tags)
    tags = [tag for tag in skip.tags if _plain(tag) in told] if told else []
    reason_told = ticket.close_reason
    closed_so = reason_told is not None and _plain(reason_told) in _all_plain(skip.close_reason)
    own = skip.own_ticket and _is_own(closing)
    domain = _domain(skip, closing.customer.email)
    reason = None
    if tags:
        reason = "skipped_tag"
    elif closed_so:
        reason = "skipped_close_reason"
    elif own:
        reason = "own_ticket"
    elif domain is not None:
        reason = "internal_domain"
    facts = {"tags": tags, "close_reason": ticket.close_reason, "own_ticket": own}
    return reason, facts | {"domain": domain} if reason == "internal_domain" else facts


def _domain(skip: Skip, email: str | None) -> str | None:
    """The domain that is skipped in which a customer has their mailbox."""
    host = (email or "").rpartition("@")[2].strip().casefold()
    return next((each for each in skip.domains if f".{host}".endswith(f".{each}")), None)


@lru_cache(maxsize=1024)
def _plain(word: str) -> str:
    """A word as it is compared: no system writes `VIP` or `spam` as all others do."""
    return " ".join(unicodedata.normalize("NFKC", word).split()).casefold()


@lru_cache(maxsize=1024)
def _all_plain(words: tuple[str, ...]) -> frozenset[str]:
    """Words as they are compared; a program's own are the same each time, a ticket's often."""
    return frozenset(_plain(each) for each in words)


def _is_own(closing: Closing) -> bool:
    agent, customer = closing.ticket.agent, closing.customer
    if agent.id and agent.id == customer.id:
        return True
    closer = {_plain(each) for each in (agent.email, *closing.closer) if each}
    # A number is E.164 and stands as it is: no cache is of use where each customer has another.
    return customer.phone in closer or bool(customer.email and _plain(customer.email) in closer)


def _sampling(program: Program, closing: Closing, _now: datetime, secret: bytes) -> _Answer:
    if program.sampling >= 1 or closing.recovery is not None:
        return None, {"sampling": program.sampling}
    digest = hmac.digest(secret, closing.closure.key.encode("utf-8", "surrogatepass"), "sha256")
    share = (int.from_bytes(digest[:8]) >> (64 - _SHARE_BITS)) / 2**_SHARE_BITS
    reason = None if share < program.sampling else "not_sampled"
    return reason, {"sampling": program.sampling, "share": round(share, 6)}


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
    return reason, facts


def _hours(span: timedelta) -> float:
    return round(span.total_seconds() / 3600, 1)


def _repeat(program: Program, closing: Closing, _now: datetime, _secret: bytes) -> _Answer:
    asked = closing.answered_or_planned_cycles
    # Whoever complained is asked whether it was settled, once, however often others are asked.
    once = program.repeat is Repeat.ONCE_PER_TICKET and closing.recovery is None
    again = once and asked > 0
    facts = {"repeat": program.repeat.value, "answered_or_planned_cycles": asked}
    return "already_asked" if again else None, facts


_RULES = (("skip", _skip), ("sampling", _sampling), ("age", _age), ("repeat", _repeat))


def _due_at(program: Program, closing: Closing, now: datetime) -> datetime:
    closed_at = closing.ticket.closed_at or now
    try:
        # What nobody sends may be answered at once.
        return closed_at if program.collect_only else max(closed_at + program.delay, now)
    except OverflowError:
        return _LATEST
