"""Decides when units may start at an account that takes only so many in a span."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most `count` units in each `per`, evenly: one every per / count. Both are above zero."""

    count: int
    per: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many units may start soon enough; when there is none, ask again after `wait`."""

    units: int
    wait: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """When each granted item may go, counted from the answer; ask for more after `wait`."""

    offsets: tuple[timedelta, ...]
    wait: timedelta


def marks(rate: Rate, costs: Iterable[int]) -> list[int]:
    """Where each item starts if the first starts at 0, and last where the next one would, in µs.

    An item takes as many units as it costs, one at least. Rounded up: late by less than a
    microsecond, never early, and the error does not add up.
    """
    per = micros(rate.per)
    taken = accumulate((max(cost, 1) for cost in costs), initial=0)
    return [-(-units * per // rate.count) for units in taken]


def latest(marks: Sequence[int], waits: Iterable[timedelta]) -> int:
    """When the first item must start so that none starts before its own wait is over, in µs."""
    return max((micros(wait) - mark for wait, mark in zip(waits, marks, strict=False)), default=0)


def room(rate: Rate, first: int, ahead: int) -> Room:
    """How many units may start within `ahead` at an account that is free in `first`, all µs."""
    if first > ahead:
        return Room(units=0, wait=span(first - ahead))
    units = (ahead - first) * rate.count // micros(rate.per) + 1
    return Room(units=units, wait=timedelta(0))


def slots(starts: Sequence[int], first: int, free: int, ahead: int) -> Slots:
    """Items which start `starts` after an account is free in `first`; others in `free`, all µs."""
    offsets = tuple(span(first + start) for start in starts)
    return Slots(offsets=offsets, wait=span(max(free - ahead, 0)))


def micros(length: timedelta) -> int:
    """Whole microseconds of a span."""
    return length // _MICROSECOND


def span(length: int) -> timedelta:
    """Microseconds as a span."""
    return length * _MICROSECOND
