"""Asks each rule of the contact policy: nothing against it, not before, or never."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from channels.model import Channel, MessageClass
from channels.openings import Openings
from channels.terms import Cap, Facts, OnCap, Past, Reach, Reason, Rules
from channels.zones import PLACELESS
from scheduler.hours import Schedule, apart, clock_text, closes_at, is_open, next_open
from scheduler.trace import Asked

QUESTION_PAUSE = timedelta(hours=1)
"""How long to wait before looking again whether an address's open question was answered."""

LONGEST = timedelta(days=400)
"""How far ahead the end of holidays and blackouts is waited for."""

MAX_SHOWN = 8
"""How many zones, local times and laws a trace shows; a toll-free number has forty zones."""

_HOUR = timedelta(hours=1)
_BEGINNING = datetime.min.replace(tzinfo=UTC)
_FOREVER = datetime.max.replace(tzinfo=UTC)
_PASS, _DEFER, _SUPPRESS = "pass", "defer", "suppress"

# What answers a customer who just spoke, and the slot a customer chose, go out at any hour.
ANY_HOUR = frozenset({MessageClass.CONVERSATION, MessageClass.PROMISED_CALLBACK})
# Only what asks something can be mistaken for the question that an answer belongs to.
_ASKING = frozenset({MessageClass.INVITATION, MessageClass.REMINDER, MessageClass.RECOVERY})


class Answer(NamedTuple):
    """What a rule says: without `reason` nothing is against it; without `until` it is final."""

    asked: tuple[Asked, ...]
    reason: Reason | None = None
    until: datetime | None = None

    @property
    def refusal(self) -> Reason | None:
        """Why never, or None when there is only something to wait for, or nothing at all."""
        return self.reason if self.until is None else None


def any_hour(facts: Facts) -> bool:
    """Whether neither windows nor holidays nor pauses bind a contact."""
    return facts.message_class in ANY_HOUR and not facts.bound


def consent(facts: Facts) -> Answer:
    """`do_not_contact` binds every class."""
    return _consent(facts.person.do_not_contact)


# What is said of many alike is made once: a batch hears the same of nearly all its contacts.
@lru_cache(maxsize=2)
def _consent(refused: bool) -> Answer:
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
    bound = not any_hour(facts)
    if until is None:
        return _no_pause(bound)
    seen = {"bound": bound, "paused_until": _text(until)}
    if not bound or until <= at:
        return _answer("pause", seen)
    return _answer("pause", seen, Reason.PAUSE, until)


@lru_cache(maxsize=2)
def _no_pause(bound: bool) -> Answer:
    return _answer("pause", {"bound": bound, "paused_until": None})


def address(channel: Channel, reach: Reach | None) -> Answer:
    """There must be an address, and it must not be dead."""
    return _address(channel, reach is not None, reach is not None and reach.dead)


@lru_cache(maxsize=16)
def _address(channel: Channel, known: bool, dead: bool) -> Answer:
    seen = {"channel": channel.value, "known": known, "dead": dead}
    return _answer("address", seen, None if known and not dead else Reason.NO_ADDRESS)


def opt_out(channel: Channel, reach: Reach) -> Answer:
    """A stop binds every class, a provisional one as well, until a person has settled it."""
    if not reach.opt_outs:
        return _nothing_against("opt_out", channel)
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


def zone(channel: Channel, openings: Openings) -> Answer:
    """Without a zone that is plausible there is no hour at which it is day for sure."""
    names = sorted(place.key for place in openings.zones)
    seen = {
        "channel": channel.value,
        "source": openings.source,
        "count": len(names),
        "zones": names[:MAX_SHOWN],
    }
    return _answer("zone", seen, None if names else Reason.NO_ZONE)


def window(channel: Channel, openings: Openings | None, at: datetime) -> Answer:
    """The hours, the law's among them, on the wall clock of every zone the person may be in."""
    if openings is None:
        return _answer("window", {"channel": channel.value, "bound": False})
    opening = next_open(openings.hours.window, openings.zones, at)
    seen = {
        "channel": channel.value,
        "bound": True,
        "from": clock_text(openings.window.opens),
        "until": clock_text(openings.window.closes),
        "own": openings.own,
        "laws": _laws(openings, at, shut=opening != at),
        "local": _local_times(openings.zones, at),
        "opens_at": _text(opening),
    }
    if opening is None:
        return _answer("window", seen | _apart(openings, at), Reason.EMPTY_WINDOW)
    if opening > at:
        return _answer("window", seen, Reason.WINDOW, opening)
    return _answer("window", seen)


def holiday(openings: Openings | None, countries: tuple[str, ...], at: datetime) -> Answer:
    """No contact on what is a public holiday of a named country in any plausible zone."""
    if openings is None:
        return _answer("holiday", {"bound": False})
    seen = {"bound": True, "countries": list(countries)}
    if not countries:
        return _answer("holiday", seen)
    return _until("holiday", seen, Reason.HOLIDAY, openings.hours.holidays, openings, at)


def blackout(openings: Openings | None, at: datetime) -> Answer:
    """No contact during a blackout of a region that the person may be in."""
    if openings is None:
        return _answer("blackout", {"bound": False})
    regions = sorted({region for each in openings.blackouts for region in each.regions})
    seen = {"bound": True, "count": len(openings.blackouts), "regions": regions[:MAX_SHOWN]}
    if not openings.blackouts:
        return _answer("blackout", seen)
    return _until("blackout", seen, Reason.BLACKOUT, openings.hours.blackouts, openings, at)


def opens_at(openings: Openings | None, at: datetime) -> datetime | None:
    """From when on neither hours nor holidays nor blackouts are against it; None: not for long."""
    if openings is None:
        return at
    return next_open(openings.hours.every, openings.zones, at, LONGEST)


def longest(at: datetime) -> datetime:
    """The end of what is waited for from `at` on."""
    return _plus(at, LONGEST)


_CARRIED = timedelta(days=2)  # no carrier carries a message for longer than that


def shuts_at(facts: Facts, openings: Openings | None, now: datetime) -> datetime | None:
    """From when on a contact that may go out `now` may no longer: hours and usefulness together."""
    closing = None if openings is None else _closing(openings, now)
    return min((end for end in (facts.useful_until, closing) if end is not None), default=None)


@lru_cache(maxsize=256)
def _closing(openings: Openings, now: datetime) -> datetime | None:
    return closes_at(openings.hours.every, openings.zones, now, _CARRIED)


def caps(channel: Channel, reach: Reach, facts: Facts, rules: Rules, at: datetime) -> Answer:
    """Every cap, for the person and for the address; the one that frees last is waited for."""
    if not facts.history and not reach.history:
        return _first_of_all(channel, facts.message_class, rules.caps, rules.on_cap)
    both, about = (facts.history, reach.history), facts.message_class
    return _together([_cap(cap, channel, about, both, rules.on_cap, at) for cap in rules.caps])


@lru_cache(maxsize=256)
def _first_of_all(
    channel: Channel, message_class: MessageClass, caps: tuple[Cap, ...], on_cap: OnCap
) -> Answer:
    """What caps say to whom nothing was sent yet; that is most, and the same for all of them."""
    return _together(
        [_cap(cap, channel, message_class, ((), ()), on_cap, _BEGINNING) for cap in caps]
    )


def _together(answers: Sequence[Answer]) -> Answer:
    asked = tuple(asked for answer in answers for asked in answer.asked)
    bound = [answer for answer in answers if answer.reason is not None]
    if any(answer.refusal is not None for answer in bound):
        return Answer(asked=asked, reason=Reason.CAP)
    until = max((answer.until for answer in bound if answer.until is not None), default=None)
    return Answer(asked=asked, reason=None if until is None else Reason.CAP, until=until)


@lru_cache(maxsize=256)
def _nothing_against(rule: str, channel: Channel) -> Answer:
    return _answer(rule, {"channel": channel.value})


def one_open_question(channel: Channel, reach: Reach, facts: Facts, at: datetime) -> Answer:
    """A number is asked one thing at a time, by text or phone; of mail, links say what is meant."""
    bound = channel is not Channel.EMAIL and facts.message_class in _ASKING
    if reach.open_question is None:
        return _none_open(channel, bound)
    seen = {"channel": channel.value, "bound": bound, "thread": reach.open_question}
    if not bound:
        return _answer("one_open_question", seen)
    return _answer("one_open_question", seen, Reason.ONE_OPEN_QUESTION, _plus(at, QUESTION_PAUSE))


@lru_cache(maxsize=16)
def _none_open(channel: Channel, bound: bool) -> Answer:
    seen = {"channel": channel.value, "bound": bound, "thread": None}
    return _answer("one_open_question", seen)


def _cap(
    cap: Cap,
    channel: Channel,
    message_class: MessageClass,
    histories: tuple[Sequence[Past], Sequence[Past]],
    on_cap: OnCap,
    at: datetime,
) -> Answer:
    bound = cap.binds(message_class)
    person, place = (_counted(cap, history, at) for history in histories)
    limit = max(cap.limit, 1)
    frees = [_plus(past[-limit], cap.per) for past in (person, place) if len(past) >= limit]
    full = bound and (bool(frees) or cap.limit < 1)
    until = max(frees, default=_FOREVER)
    waits = full and cap.limit > 0 and until < _FOREVER and on_cap is OnCap.DEFER
    seen = {
        "channel": channel.value,
        "bound": bound,
        "counts": cap.counts.value,
        "limit": cap.limit,
        "per_hours": cap.per / _HOUR,
        "person": len(person),
        "address": len(place),
        "on_cap": on_cap.value,
        "frees_at": _text(until) if waits else None,
    }
    return _answer("cap", seen, Reason.CAP if full else None, until if waits else None)


def _counted(cap: Cap, history: Sequence[Past], at: datetime) -> list[datetime]:
    """When the contacts were that count at `at`, the first one first."""
    if not history:
        return []
    try:
        since = at - cap.per
    except OverflowError:
        since = _BEGINNING
    return sorted(past.at for past in history if past.at > since and cap.binds(past.message_class))


def _until(
    rule: str,
    seen: dict[str, Any],
    reason: Reason,
    schedule: Schedule,
    openings: Openings,
    at: datetime,
) -> Answer:
    """What a rule says that is against whole stretches of time, and until when; or for good."""
    over = next_open(schedule, openings.zones, at, LONGEST)
    if over == at:
        return _answer(rule, seen)
    seen |= {"local": _local_times(openings.zones, at), "until": _text(over)}
    return _answer(rule, seen, reason, over)


def _apart(openings: Openings, at: datetime) -> dict[str, list[str]]:
    """The zones that leave no hour in common, and those of them which name no place."""
    found = [place.key for place in apart(openings.hours.window, openings.zones, at)]
    names = [*found[:-1][: MAX_SHOWN - 1], *found[-1:]]
    return {"apart": names, "placeless": [name for name in names if name in PLACELESS]}


def _laws(openings: Openings, at: datetime, *, shut: bool) -> list[str]:
    """The laws that bind; where it is shut, those that shut it."""
    laws = (
        law.id
        for law in openings.hours.laws
        if not shut or not is_open(law.hours, openings.zones, at)
    )
    return list(islice(laws, MAX_SHOWN))


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


def _plus(at: datetime, span: timedelta) -> datetime:
    try:
        return at + span
    except OverflowError:  # a cap of centuries never frees
        return _FOREVER


@lru_cache(maxsize=1024)
def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
