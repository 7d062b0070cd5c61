"""Declares the jobs of dialling."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from callbacks.dialling.model import Dial
from scheduler.job import Job, Kind, Ladder, Priority

LOST = timedelta(minutes=10)
"""After this a dial that called nobody is given up: it holds a callback, a number and an agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """Carry a dial out, or look what became of it."""

    dial: str


_LADDER = Ladder(
    pauses=tuple(timedelta(seconds=pause) for pause in (1, 5, 30, 300, 1_800, 7_200)),
    tell_after=timedelta(minutes=30),
)

DIAL = Kind(name="callback.dial", payload=Dialled, ladder=_LADDER, priority=Priority.CALLBACK)
#: Whatever the carrier does not tell is asked for.
SETTLE = Kind(
    name="callback.dial_settle", payload=Dialled, ladder=_LADDER, priority=Priority.CALLBACK
)


def settle_job(dial: Dial, at: datetime) -> Job:
    """The job that asks what became of a dial as it stands, should nobody have told by then."""
    return SETTLE.job(f"{dial.id}:{dial.stage.value}", Dialled(dial=dial.id), due_at=at)
