"""Decides what is done, and when, while an answer is waited for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from scheduler.job import Job
from surveys.jobs import EXPIRE, WAIT, Expire, Remind, Wait
from surveys.model import Invitation, Terms


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
