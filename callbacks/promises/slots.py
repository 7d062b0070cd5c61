"""Decides which slots there are, which of them are free, and why a slot cannot be promised."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from callbacks.model import Opening
from callbacks.promises.model import CallbackRules, Slot
from scheduler.hours import HORIZON, Schedule, closes_at, is_open, next_open, zone

LONGEST = timedelta(days=1)
"""A promise for longer than that is none."""

OFFERED = 3
"""How many slots are offered in the place of one that cannot be had."""

_DAY = timedelta(days=1)
_ROUNDS = 64  # of two calendars that meet seldom


class Refusal(StrEnum):
    """Why a slot cannot be promised."""

    LENGTH = "length"
    TOO_SOON = "too_soon"
    TOO_FAR = "too_far"
    CENTRE_CLOSED = "centre_closed"
    OUTSIDE_WINDOW = "outside_window"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Hours that bind, on the wall clocks of all of some zones; without a zone never open."""

    hours: Schedule
    zones: tuple[ZoneInfo, ...]

    def holds(self, slot: Slot) -> bool:
        """Whether it is open from the slot's begin to its end."""
        if not is_open(self.hours, self.zones, slot.begin):
            return False
        shuts = closes_at(self.hours, self.zones, slot.begin)
        return shuts is None or shuts >= slot.end


@dataclass(slots=True, kw_only=True)
class Book:
    """The slots promised already; a promise that is added counts for the next."""

    begins: list[datetime] = field(default_factory=list)
    ends: list[datetime] = field(default_factory=list)

    def count(self, slot: Slot) -> int:
        """How many promises touch a slot: begun before its end, and not over by its begin."""
        return bisect_left(self.begins, slot.end) - bisect_right(self.ends, slot.begin)

    def add(self, slot: Slot) -> None:
        """One more promise."""
        insort(self.begins, slot.begin)
        insort(self.ends, slot.end)

    def remove(self, slot: Slot) -> None:
        """One promise less; nothing where there was none."""
        if slot.begin in self.begins and slot.end in self.ends:
            self.begins.remove(slot.begin)
            self.ends.remove(slot.end)


def book_of(promised: Iterable[Slot]) -> Book:
    """A book with these promises."""
    known = list(promised)
    return Book(
        begins=sorted(slot.begin for slot in known), ends=sorted(slot.end for slot in known)
    )


def centre(opening: Opening) -> Place:
    """The hours of the centre; never open where its zone is none."""
    place = zone(opening.timezone)
    return Place(hours=opening.hours, zones=() if place is None else (place,))


def grid(rules: CallbackRules, since: datetime, until: datetime) -> Iterator[Slot]:
    """The centre's slots that begin from `since` to before `until`, in order.

    Each opening is cut from its begin on, so that a slot is at the same wall clock time on every
    day, whatever is done to the clocks between.
    """
    opening = rules.opening
    place = zone(opening.timezone)
    if place is None or rules.slot <= timedelta(0):
        return
    try:
        day = since.astimezone(place).date()
        while (midnight := _midnight(day, place)) < until:
            day += _DAY
            for slot in _of_day(opening.hours, place, rules.slot, midnight, _midnight(day, place)):
                if since <= slot.begin < until:
                    yield slot
    except OverflowError:  # the end of the calendar
        return


def _midnight(day: date, place: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=place).astimezone(UTC)


@lru_cache(maxsize=64)
def _of_day(
    hours: Schedule, place: ZoneInfo, length: timedelta, begin: datetime, over: datetime
) -> Sequence[Slot]:
    """The slots of a day, cut once for all who look for one."""
    found, at = [], begin
    while at < over:
        opens = next_open(hours, (place,), at, over - at)
        if opens is None or opens >= over:
            break
        shuts = closes_at(hours, (place,), opens)
        at = over if shuts is None else min(max(shuts, opens + length), over)
        while opens + length <= (over if shuts is None else min(shuts, over)):
            found.append(Slot(begin=opens, end=opens + length))
            opens += length
    return tuple(found)


def free(
    rules: CallbackRules,
    book: Book,
    customer: Place | None,
    now: datetime,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[Slot]:
    """The slots that may be promised, in order: in the centre's hours, with room, within reach.

    `customer`: the hours at which the customer may be phoned; None: they do not bind. `since`:
    none before; `until`: none that begins then or later.
    """
    begin, end = _reach(rules, now)
    begin = begin if since is None else max(begin, since)
    end = end if until is None else min(end, until)
    for slot in grid(rules, begin, end):
        if book.count(slot) < rules.capacity and (customer is None or customer.holds(slot)):
            yield slot


def next_slot(
    rules: CallbackRules,
    book: Book,
    customer: Place | None,
    now: datetime,
    since: datetime | None = None,
) -> Slot | None:
    """The first slot that may be promised; None where there is none."""
    return next(free(rules, book, customer, now, since=since), None)


def refusal(
    slot: Slot, rules: CallbackRules, book: Book, customer: Place | None, now: datetime
) -> Refusal | None:
    """Why a slot cannot be promised; None: it can. `customer` as in `free`."""
    if not timedelta(0) < slot.end - slot.begin <= LONGEST:
        return Refusal.LENGTH
    begin, end = _reach(rules, now)
    if slot.begin < begin:
        return Refusal.TOO_SOON
    if slot.begin >= end:
        return Refusal.TOO_FAR
    if not centre(rules.opening).holds(slot):
        return Refusal.CENTRE_CLOSED
    if customer is not None and not customer.holds(slot):
        return Refusal.OUTSIDE_WINDOW
    return Refusal.FULL if book.count(slot) >= rules.capacity else None


def instead(
    slot: Slot | None, rules: CallbackRules, book: Book, customer: Place | None, now: datetime
) -> list[Slot]:
    """The next slots that can be had, from the one that was wished on or else the first ones."""
    since = None if slot is None else slot.begin
    later = list(islice(free(rules, book, customer, now, since=since), OFFERED))
    return later or list(islice(free(rules, book, customer, now), OFFERED))


def _reach(rules: CallbackRules, now: datetime) -> tuple[datetime, datetime]:
    """From when on to before when a slot may be booked."""
    return _plus(now, rules.book.earliest), _plus(now, rules.book.latest)


def open_from(places: Sequence[Place], at: datetime) -> datetime | None:
    """The first instant from `at` on at which all of some places are open; None: not for long."""
    wanted = at
    for _ in range(_ROUNDS):
        before = wanted
        for place in places:
            opens = next_open(place.hours, place.zones, wanted, HORIZON)
            if opens is None:
                return None
            wanted = opens
        if wanted == before:
            return wanted
    return None


def _plus(at: datetime, span: timedelta) -> datetime:
    try:
        return at + span
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)
