"""Decides by when a complaint is owed what, on the calendar's clock or on the centre's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from callbacks.complaint import is_met
from callbacks.model import ClockKind, Complaint, ComplaintClass, Opening
from scheduler.hours import HORIZON, closes_at, next_open, zone

_LATEST = datetime.max.replace(tzinfo=UTC)
_NOTHING = timedelta(0)


def later(at: datetime, span: timedelta, clock: ClockKind, opening: Opening) -> datetime:
    """The instant `span` after `at`, in hours of the calendar or of the centre; never before `at`.

    Where the centre is not open for a fortnight, or its zone is none, every hour counts from there
    on: a deadline that never came would be worse.
    """
    if span <= _NOTHING:
        return at
    try:
        return at + span if clock is ClockKind.CALENDAR else _open_after(at, span, opening)
    except OverflowError:
        return _LATEST


def _open_after(at: datetime, span: timedelta, opening: Opening) -> datetime:
    place = zone(opening.timezone)
    if place is None:
        return at + span
    while True:
        begin = next_open(opening.hours, (place,), at)
        if begin is None:
            return at + span
        end = closes_at(opening.hours, (place,), begin) or begin + HORIZON
        if begin + span <= end:
            return begin + span
        span -= end - begin
        at = end


def deadlines(
    opened_at: datetime, owed: ComplaintClass, opening: Opening
) -> tuple[datetime, datetime, datetime]:
    """By when to respond, to resolve and to tell."""

    def by(span: timedelta) -> datetime:
        return later(opened_at, span, owed.clock, opening)

    return by(owed.respond), by(owed.resolve), by(owed.tell)


def classed(
    item: Complaint, owed: ComplaintClass, opening: Opening, now: datetime, *, by_hand: bool
) -> Complaint:
    """A complaint in another class: its deadlines count anew from when it was opened.

    One that has passed unmet was escalated, and is not put off by that.
    """
    before = {"respond": item.respond_by, "resolve": item.resolve_by, "tell": item.tell_by}
    anew = dict(zip(before, deadlines(item.opened_at, owed, opening), strict=True))
    for name, by in before.items():
        if by <= now and not is_met(item, name):
            anew[name] = min(by, anew[name])
    return replace(
        item,
        classed=owed.id,
        by_hand=by_hand or item.by_hand,
        revision=item.revision + 1,
        respond_by=anew["respond"],
        resolve_by=anew["resolve"],
        tell_by=anew["tell"],
    )
