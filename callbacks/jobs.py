"""Declares the jobs of complaints that nobody else needs to know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from scheduler.job import Kind, Ladder, Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """Look whether a complaint met a deadline, and escalate it if not, for the `round`th time.

    `name` is `respond`, `resolve` or `tell`; `revision` that of the complaint which set it: a
    deadline that was set anew since has a job of its own. Rounds count from 0.
    """

    complaint: str
    name: str
    revision: int
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A ticket with an open complaint was closed again, as `cycle`, or went up `into` another.

    `past`: the tickets it came by, where one merger follows the other.
    """

    source: str
    ticket: str
    cycle: int
    into: str | None = None
    past: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Look whether there is room for reopens that wait."""


#: These touch nothing but our own database: what still fails after hours is a fault of ours.
_LADDER = Ladder(
    pauses=tuple(timedelta(seconds=pause) for pause in (1, 5, 30, 300, 1_800, 7_200)),
    tell_after=timedelta(minutes=30),
)

DEADLINE = Kind(
    name="complaint.deadline", payload=Deadline, ladder=_LADDER, priority=Priority.RECOVERY
)
CLOSED = Kind(
    name="complaint.ticket_closed", payload=Closed, ladder=_LADDER, priority=Priority.RECOVERY
)
PACE = Kind(name="complaint.pace", payload=Pace, ladder=_LADDER, priority=Priority.RECOVERY)
