"""Decides when a customer who was not reached is dialled again, or that it was tried enough."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from callbacks.promises.decide import waiting
from callbacks.promises.model import (
    Attempt,
    Callback,
    CallbackRules,
    CallbackState,
    CallOutcome,
    NextDay,
)
from callbacks.promises.slots import Place, centre, open_from
from scheduler.hours import zone

BREATH = timedelta(minutes=15)
"""Nobody is rung again sooner than that, however late the attempt before was."""

_DAY = timedelta(days=1)
_FORTNIGHT = 15
#: What took an attempt of the customer's: the phone rang, or would have.
_BURNS = frozenset({CallOutcome.NO_ANSWER, CallOutcome.BUSY, CallOutcome.MACHINE})
#: What rang a phone of the customer's.
RANG = _BURNS | {CallOutcome.REACHED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """What the next attempt goes by: the rules, and when the customer may be phoned at all."""

    rules: CallbackRules
    customer: Place


def after(item: Callback, attempt: Attempt, ladder: Ladder) -> Callback:
    """The callback after an attempt; it is kept with the others, whatever came of it.

    Reached: done. Declined by an agent: back in the queue, and no attempt of the customer's is
    used up. An alternate number that is none gives way to the customer's own. What rang in vain
    goes on to the next step of the ladder; after the last one it is exhausted.
    """
    tried = replace(
        item, attempts=(*item.attempts, attempt), claimed_until=None, revision=item.revision + 1
    )
    now, rules = attempt.at, ladder.rules
    match attempt.outcome:
        case CallOutcome.REACHED:
            return _over(tried, CallbackState.DONE, now, None)
        case CallOutcome.DECLINED:
            return replace(waiting(tried, now), revision=item.revision)
        case CallOutcome.INVALID if item.phone is not None:
            return waiting(replace(tried, phone=None, attempt_at=now), now)
        case CallOutcome.INVALID:
            return _over(tried, CallbackState.EXHAUSTED, now, "invalid")
        case _ if item.rung + 1 >= len(rules.attempts):
            return _over(tried, CallbackState.EXHAUSTED, now, attempt.outcome.value)
        case _:
            again = _next(replace(tried, rung=item.rung + 1), ladder, now)
            return waiting(again, now)


def _over(item: Callback, state: CallbackState, now: datetime, reason: str | None) -> Callback:
    return replace(item, state=state, attempt_at=None, closed_at=now, reason_closed=reason)


def _next(item: Callback, ladder: Ladder, now: datetime) -> Callback:
    """The attempt that the ladder names, put off to hours at which it may be made."""
    rules, place = ladder.rules, zone(ladder.rules.opening.timezone)
    named = rules.attempts[item.rung]
    if now < item.slot.begin:
        at = max(item.slot.begin, now + BREATH)  # tried ahead of it, the promise still stands
    elif isinstance(named, NextDay):
        at = _next_day(item.slot.begin, max(now, item.slot.begin), ladder)
    else:
        at = _open(max(item.slot.begin + named, now + BREATH), ladder)
    for _ in range(_FORTNIGHT):
        if rung_on(item.attempts, at, place) < rules.max_dials_per_day:
            break
        at = _next_day(item.slot.begin, at, ladder)
    return replace(item, attempt_at=at)


def tomorrow(item: Callback, ladder: Ladder, now: datetime) -> datetime:
    """When a number that was dialled enough today is dialled again: at the slot's time of day."""
    return _next_day(item.slot.begin, now, ladder)


def _open(at: datetime, ladder: Ladder) -> datetime:
    """Where no hour suits for a fortnight, the gate before the dial has the last word."""
    return open_from((centre(ladder.rules.opening), ladder.customer), at) or at


def _next_day(begin: datetime, at: datetime, ladder: Ladder) -> datetime:
    """The wall clock time of `begin`, or soon after, on the next day that has such an hour."""
    place = zone(ladder.rules.opening.timezone)
    for _ in range(_FORTNIGHT):
        at = _day_after(begin, at, place)
        opens = _open(at, ladder)
        if _day_of(opens, place) == _day_of(at, place):
            return opens
    return _open(at, ladder)


def _day_after(begin: datetime, at: datetime, place: ZoneInfo | None) -> datetime:
    """The same wall clock time as `begin` on the day after `at`."""
    where = place or UTC
    day = at.astimezone(where).date() + _DAY
    clock: time = begin.astimezone(where).timetz().replace(tzinfo=None)
    return datetime.combine(day, clock, tzinfo=where).astimezone(UTC)


def rung_on(attempts: Sequence[Attempt], at: datetime, place: ZoneInfo | None) -> int:
    """How often the customer's phone rang on the day of an instant, by the centre's calendar."""
    day = _day_of(at, place)
    return sum(each.outcome in RANG and _day_of(each.at, place) == day for each in attempts)


def _day_of(at: datetime, place: ZoneInfo | None) -> date:
    return at.astimezone(place or UTC).date()
