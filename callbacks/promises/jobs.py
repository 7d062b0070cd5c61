"""Declares the jobs of promises that nobody else needs to know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from callbacks.promises.decide import kept_until
from callbacks.promises.model import Callback
from scheduler.job import Job, Kind, Ladder, Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Look what time has made of a callback: due, its claim run out, or its slot gone by."""

    callback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A ticket with open callbacks was closed, as `cycle`, at `at` (RFC 3339), and why."""

    source: str
    ticket: str
    cycle: int
    at: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A ticket with open callbacks was deleted, or merged `into` another one.

    `past`: the tickets it came by, where one merger follows the other.
    """

    source: str
    ticket: str
    into: str | None
    past: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Talked:
    """A customer was reached by a callback about `ticket`, at `at` (RFC 3339)."""

    source: str
    customer: str
    ticket: str | None
    at: str


#: These touch nothing but our own database: what still fails after hours is a fault of ours.
_LADDER = Ladder(
    pauses=tuple(timedelta(seconds=pause) for pause in (1, 5, 30, 300, 1_800, 7_200)),
    tell_after=timedelta(minutes=30),
)

LOOK = Kind(name="callback.look", payload=Look, ladder=_LADDER, priority=Priority.CALLBACK)
CLOSED = Kind(
    name="callback.ticket_closed", payload=Closed, ladder=_LADDER, priority=Priority.RECOVERY
)
GONE = Kind(name="callback.ticket_gone", payload=Gone, ladder=_LADDER, priority=Priority.RECOVERY)
TALKED = Kind(name="callback.talked", payload=Talked, ladder=_LADDER, priority=Priority.RECOVERY)


def talked_job(item: Callback, at: datetime) -> Job:
    """The job that looks whether what else the customer asked for is needless now."""
    told = Talked(source=item.source, customer=item.customer, ticket=item.ticket, at=at.isoformat())
    return TALKED.job(f"{item.id}:{item.revision}", told, due_at=at)


def look(item: Callback, at: datetime) -> Job:
    """The job that looks at a callback at an instant; one for each instant, whoever asks."""
    return LOOK.job(f"{item.id}:{at.isoformat()}", Look(callback=item.id), due_at=at)


def put_off_look(item: Callback, now: datetime) -> Job:
    """The job that looks at a callback which the gate has just put off."""
    return LOOK.job(f"{item.id}:put_off:{now.isoformat()}", Look(callback=item.id), due_at=now)


def looks(item: Callback) -> list[Job]:
    """The jobs that look at a callback when it is due, and when that has gone by."""
    over = kept_until(item)
    if item.attempt_at is None or over is None:
        return []
    return [look(item, item.attempt_at), look(item, over)]
