"""Decides what is done, and when, while an answer is waited for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from channels.policy import Reason
from channels.rulings import QUESTION_PAUSE
from scheduler.job import Job
from surveys.jobs import EXPIRE, WAIT, Expire, Remind, Wait
from surveys.model import OPEN_STATES, Invitation, InvitationState, Terms

TALKING = timedelta(hours=1)
"""For how long whoever answered is left to go on."""


def first(invitation: Invitation, contact: str, channel: str, over: datetime) -> Job:
    """The first wait since `contact` went out by `channel`; `over` is when the invitation ends."""
    wait = Wait(invitation=invitation.id, until=over.isoformat(), contact=contact, channel=channel)
    return _job(invitation, wait)


def after(invitation: Invitation, wait: Wait) -> Job | None:
    """The wait that follows one; None where another wait began, or none can be.

    It follows whatever state the invitation is in: what was over may yet be taken up again.
    """
    over = datetime.fromisoformat(wait.until)
    if invitation.expires_at != over:
        return None
    return _job(invitation, replace(wait, step=wait.step + 1))


def keys(invitation: Invitation, contacts: Sequence[str]) -> list[str]:
    """The keys of all waits that an invitation may come to, begun by any of these contacts."""
    steps = range(len(_plan(invitation.terms, invitation.lasts)))
    begun = [f"{WAIT.name}:{invitation.id}:{contact}" for contact in contacts]
    return [f"{key}:{step}" for key in begun for step in steps]


def due(invitation: Invitation, wait: Wait) -> Remind:
    """What is to be done now that a wait is over."""
    reminded = _plan(invitation.terms, invitation.lasts)[wait.step][1]
    until = wait.until
    if reminded is None:
        return Remind(invitation=invitation.id, until=until, channel=wait.channel)
    return Remind(invitation=invitation.id, until=until, number=reminded)


def makes_way(
    older: Invitation,
    later: Invitation | None,
    answered_at: datetime | None,
    now: datetime,
    *,
    is_asked: bool,
) -> datetime | None:
    """When a survey ends in favour of a `later` one of its ticket: `now`, or when to ask again.

    None: never, for one of the two is settled. It ends only where it `is_asked` on the number by
    which the later one would go, and so is what that waits for.
    """
    if (
        older.state not in OPEN_STATES
        or later is None
        or later.state is not InvitationState.PLANNED
    ):
        return None
    waits = later.reason == Reason.ONE_OPEN_QUESTION
    if older.state is InvitationState.PLANNED or not (waits and is_asked):
        # On its way, or not yet in the way: as often as the gate looks.
        return now + QUESTION_PAUSE
    return now if answered_at is None else max(now, answered_at + TALKING)


def _job(invitation: Invitation, wait: Wait) -> Job:
    plan = _plan(invitation.terms, invitation.lasts)
    over = datetime.fromisoformat(wait.until)
    # Another channel begins another wait, so the keys name the contact too.
    key = f"{wait.invitation}:{wait.contact}"
    if wait.step >= len(plan):
        return EXPIRE.job(key, Expire(invitation=wait.invitation), due_at=over)
    at = over - invitation.lasts + plan[wait.step][0]
    return WAIT.job(f"{key}:{wait.step}", wait, due_at=at)


@lru_cache(maxsize=256)
def _plan(terms: Terms, lasts: timedelta) -> Sequence[tuple[timedelta, int | None]]:
    """What to do after which span: the reminder of a number, or None: go on by another channel."""
    spans: list[tuple[timedelta, int | None]] = [
        (span, number) for number, span in enumerate(terms.reminders)
    ]
    if terms.fallback_after is not None:
        spans.append((terms.fallback_after, None))
    return tuple(sorted((each for each in spans if each[0] < lasts), key=lambda each: each[0]))
