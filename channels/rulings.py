"""Asks each rule of the contact policy: nothing against it, not before, or never."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from channels.model import Channel, MessageClass
from channels.terms import Cap, Facts, OnCap, Past, Reach, Reason, Rules
from channels.zones import plausible
from scheduler.hours import Window, clock_text, closes_at, next_open, parse_window
from scheduler.trace import Asked

QUESTION_PAUSE = timedelta(hours=1)
"""How long to wait before looking again whether an address's open question was answered."""

MAX_SHOWN = 8
"""How many zones and local times a trace shows; a toll-free number has forty."""

_BEGINNING = datetime.min.replace(tzinfo=UTC)
_FOREVER = datetime.max.replace(tzinfo=UTC)
_PASS, _DEFER, _SUPPRESS = "pass", "defer", "suppress"

# What answers a customer who just spoke, and the slot a customer chose, go out at any hour.
_ANY_HOUR = frozenset({MessageClass.CONVERSATION, MessageClass.PROMISED_CALLBACK})
# Only what asks something can be mistaken for the question that an answer belongs to.
_ASKING = frozenset({MessageClass.INVITATION, MessageClass.REMINDER, MessageClass.RECOVERY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a rule says: without `reason` nothing is against it; without `until` it is final."""

    asked: tuple[Asked, ...]
    reason: Reason | None = None
    until: datetime | None = None

    @property
    def refusal(self) -> Reason | None:
        """Why never, or None when there is only something to wait for, or nothing at all."""
        return self.reason if self.until is None else None


def consent(facts: Facts) -> Answer:
    """`do_not_contact` binds every class."""
    refused = facts.person.do_not_contact
    return _answer(
        "consent", {"do_not_contact": refused}, Reason.DO_NOT_CONTACT if refused else None
    )


def usefulness(facts: Facts, at: datetime) -> Answer:
    """A contact is of no use any more from `useful_until` on."""
    stale = facts.useful_until is not None and at >= facts.useful_until
    seen = {"at": _text(at), "useful_until": _text(facts.useful_until)}
    return _answer("usefulness", seen, Reason.STALE if stale else None)


def pause(facts: Facts, at: datetime) -> Answer:
    """A customer's pause holds back whatever the windows hold back."""
    until = facts.person.paused_until
    bound = facts.message_class not in _ANY_HOUR
    seen = {"bound": bound, "paused_until": _text(until)}
    if not bound or until is None or until <= at:
        return _answer("pause", seen)
    return _answer("pause", seen, Reason.PAUSE, until)


def address(channel: Channel, reach: Reach | None) -> Answer:
    """There must be an address, and it must not be dead."""
    dead = reach is not None and reach.dead
    seen = {"channel": channel.value, "known": reach is not None, "dead": dead}
    return _answer("address", seen, Reason.NO_ADDRESS if reach is None or dead else None)


def opt_out(channel: Channel, reach: Reach) -> Answer:
    """A stop binds every class, a provisional one as well, until a person has settled it."""
    # A stop whose channel is no known word binds everything: a misprint must not undo it.
    others = {other.value for other in Channel if other is not channel}
    stop = next((stop for stop in reach.opt_outs if stop.channel not in others), None)
    if stop is None:
        return _answer("opt_out", {"channel": channel.value})
    seen = {
        "channel": channel.value,
        "scope": channel.value if stop.channel == channel.value else "all",
        "state": stop.state.value,
        "since": _text(stop.at),
    }
    return _answer("opt_out", seen, Reason.OPT_OUT)


def window(channel: Channel, facts: Facts, rules: Rules, at: datetime) -> Answer:
    """The hours, on the wall clock of every zone the person may be in; asks `zone` first."""
    if facts.message_class in _ANY_HOUR:
        return _answer("window", {"channel": channel.value, "bound": False})
    zones, source = _zones(channel, facts, rules)
    zone = _zone(channel, zones, source)
    if zone.refusal is not None:
        return zone
    hours, own = _hours(channel, facts, rules)
    opening = next_open(hours, zones, at)
    seen = {
        "channel": channel.value,
        "bound": True,
        "from": clock_text(hours.opens),
        "until": clock_text(hours.closes),
        "own": own,
        "local": _local_times(zones, at),
        "opens_at": _text(opening),
    }
    if opening is None:
        answer = _answer("window", seen, Reason.EMPTY_WINDOW)
    elif opening > at:
        answer = _answer("window", seen, Reason.WINDOW, opening)
    else:
        answer = _answer("window", seen)
    return _beside(zone.asked, answer)


def shuts_at(channel: Channel, facts: Facts, rules: Rules, now: datetime) -> datetime | None:
    """From when on a contact that may go out `now` may no longer: hours and usefulness together."""
    ends = [] if facts.useful_until is None else [facts.useful_until]
    if facts.message_class not in _ANY_HOUR:
        hours, _ = _hours(channel, facts, rules)
        closing = closes_at(hours, _zones(channel, facts, rules)[0], now)
        ends += [] if closing is None else [closing]
    return min(ends, default=None)


def caps(channel: Channel, reach: Reach, facts: Facts, rules: Rules, at: datetime) -> Answer:
    """Every cap, for the person and for the address; the one that frees last is waited for."""
    answers = [_cap(cap, channel, reach, facts, rules.on_cap, at) for cap in rules.caps]
    asked = tuple(asked for answer in answers for asked in answer.asked)
    bound = [answer for answer in answers if answer.reason is not None]
    if any(answer.refusal is not None for answer in bound):
        return Answer(asked=asked, reason=Reason.CAP)
    until = max((answer.until for answer in bound if answer.until is not None), default=None)
    return Answer(asked=asked, reason=None if until is None else Reason.CAP, until=until)


def one_open_question(channel: Channel, reach: Reach, facts: Facts, at: datetime) -> Answer:
    """A text message can only be answered if no other question is open on the same number."""
    bound = channel is Channel.SMS and facts.message_class in _ASKING
    seen = {"channel": channel.value, "bound": bound, "thread": reach.open_question}
    if not bound or reach.open_question is None:
        return _answer("one_open_question", seen)
    return _answer("one_open_question", seen, Reason.ONE_OPEN_QUESTION, _plus(at, QUESTION_PAUSE))


def _cap(
    cap: Cap, channel: Channel, reach: Reach, facts: Facts, on_cap: OnCap, at: datetime
) -> Answer:
    bound = cap.binds(facts.message_class)
    person, place = _ends(cap, facts.history, at), _ends(cap, reach.history, at)
    limit = max(cap.limit, 1)
    frees = [ends[-limit] for ends in (person, place) if len(ends) >= limit]
    full = bound and (bool(frees) or cap.limit < 1)
    until = max(frees, default=_FOREVER)
    waits = full and cap.limit > 0 and until < _FOREVER and on_cap is OnCap.DEFER
    seen = {
        "channel": channel.value,
        "bound": bound,
        "counts": cap.counts.value,
        "limit": cap.limit,
        "per_hours": cap.per / timedelta(hours=1),
        "person": len(person),
        "address": len(place),
        "on_cap": on_cap.value,
        "frees_at": _text(until) if waits else None,
    }
    return _answer("cap", seen, Reason.CAP if full else None, until if waits else None)


def _ends(cap: Cap, history: Iterable[Past], at: datetime) -> list[datetime]:
    """When each contact that counts at `at` ceases to count, the soonest first."""
    try:
        since = at - cap.per
    except OverflowError:
        since = _BEGINNING
    counted = (past for past in history if past.at > since and cap.binds(past.message_class))
    return sorted(_plus(past.at, cap.per) for past in counted)


def _zones(channel: Channel, facts: Facts, rules: Rules) -> tuple[tuple[ZoneInfo, ...], str]:
    reach = facts.reachable.get(channel)
    by_number = reach is not None and channel is not Channel.EMAIL
    phone = reach.address.value if reach is not None and by_number else facts.person.phone
    return plausible(facts.person.timezone, phone, rules.default_timezone)


def _zone(channel: Channel, zones: Sequence[ZoneInfo], source: str) -> Answer:
    names = sorted(place.key for place in zones)
    seen = {
        "channel": channel.value,
        "source": source,
        "count": len(names),
        "zones": names[:MAX_SHOWN],
    }
    return _answer("zone", seen, None if zones else Reason.NO_ZONE)


def _hours(channel: Channel, facts: Facts, rules: Rules) -> tuple[Window, str]:
    """The channel's window narrowed by the person's own, and what became of the latter."""
    hours = rules.windows.get(channel, rules.window)
    if facts.person.window is None:
        return hours, "none"
    try:
        own = parse_window(*facts.person.window)
    except (ValueError, TypeError):  # stored long ago, perhaps; it can only have narrowed
        return hours, "unreadable"
    return Window(opens=max(hours.opens, own.opens), closes=min(hours.closes, own.closes)), "kept"


def _local_times(zones: Sequence[ZoneInfo], at: datetime) -> list[str]:
    try:
        times = sorted({at.astimezone(place).isoformat(timespec="seconds") for place in zones})
    except OverflowError:
        return []
    return times[:MAX_SHOWN]


def _answer(
    rule: str,
    facts: Mapping[str, Any],
    reason: Reason | None = None,
    until: datetime | None = None,
) -> Answer:
    verdict = _PASS if reason is None else _SUPPRESS if until is None else _DEFER
    asked = Asked(rule=rule, verdict=verdict, facts=facts)
    return Answer(asked=(asked,), reason=reason, until=until)


def _beside(asked: tuple[Asked, ...], answer: Answer) -> Answer:
    return Answer(asked=asked + answer.asked, reason=answer.reason, until=answer.until)


def _plus(at: datetime, span: timedelta) -> datetime:
    try:
        return at + span
    except OverflowError:  # a cap of centuries never frees
        return _FOREVER


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
