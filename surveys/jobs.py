"""Declares the jobs that wait for an invitation: to ask once more, and to end it."""

from dataclasses import dataclass
from datetime import timedelta

from scheduler.job import Kind, Ladder


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire:
    """End this invitation, unless it was answered to the end.

    Where its time is over; with a `later` one of its ticket, where that waits for its answer.
    """

    invitation: str
    later: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remind:
    """Ask once more, unless somebody answers already.

    `until` is the expiry of the wait that this belongs to: where nobody was reached, another
    channel begins another. `number` counts the program's reminders from 0; with a `channel`, go
    on from that one to the next instead.
    """

    invitation: str
    until: str
    number: int = 0
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """The `step`th thing to do while an answer is waited for since `contact` went by `channel`.

    One job at a time stands for the reminders, the next channel and the end that are to follow:
    each has the next one follow it. `until` is the expiry of this wait, as in `Remind`.
    """

    invitation: str
    until: str
    contact: str
    channel: str
    step: int = 0


_LADDER = Ladder(pauses=tuple(timedelta(minutes=pause) for pause in (1, 5, 30, 120, 360)))

EXPIRE = Kind(name="invitation.expire", payload=Expire, ladder=_LADDER)
WAIT = Kind(name="invitation.wait", payload=Wait, ladder=_LADDER)
REMIND = Kind(name="invitation.remind", payload=Remind, ladder=_LADDER)
