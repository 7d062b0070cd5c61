"""Brings an invitation forward by what became of one of its contacts."""

from dataclasses import replace
from datetime import datetime

from channels.errors import SendErrorKind
from channels.model import MessageClass
from channels.policy import Reason
from channels.ports import Outcome, OutcomeKind
from scheduler.job import Job, Priority
from surveys.jobs import EXPIRE, Expire
from surveys.model import OPEN_STATES, Invitation, InvitationState
from surveys.news import item_of, published
from surveys.service import send_job


def after(before: Invitation, item: Outcome, now: datetime) -> tuple[Invitation, list[Job]]:
    """An invitation after one of its contacts came to something, with the jobs that follow."""
    planned = before.state is InvitationState.PLANNED
    match item.kind:
        case OutcomeKind.DEFERRED if item.until is not None:
            return replace(before, due_at=item.until, reason=item.reason), []
        case OutcomeKind.SUPPRESSED if planned:
            nowhere = item.reason == Reason.NO_ADDRESS
            state = InvitationState.UNREACHABLE if nowhere else InvitationState.SUPPRESSED
            return replace(before, state=state, reason=item.reason), []
        case OutcomeKind.SENT | OutcomeKind.UNKNOWN if planned:
            invited = replace(
                before,
                state=InvitationState.INVITED,
                channel=item.channel,
                reason=item.reason,
                expires_at=now + before.lasts,
            )
            # Another channel begins another wait, so the key names the contact too.
            key, over = f"{before.id}:{item.contact}", now + before.lasts
            expire = EXPIRE.job(key, Expire(invitation=before.id), due_at=over)
            news = published("survey.invited", before.id, invited, item_of(invited), now)
            return invited, [expire, news]
        case OutcomeKind.FAILED if item.reason == SendErrorKind.OPT_OUT:
            if before.state not in OPEN_STATES:
                return before, []
            # Who told the carrier to stop is asked by no other channel either.
            state = InvitationState.CANCELLED
            return replace(before, state=state, reason="opt_out", question=None), []
        case OutcomeKind.FAILED if item.message_class is MessageClass.REMINDER:
            return before, []  # what it repeats did arrive
        case OutcomeKind.FAILED if before.state in (
            InvitationState.PLANNED,
            InvitationState.INVITED,
        ):
            return _next_channel(before, item, now)
        case _:
            return before, []


def _next_channel(before: Invitation, item: Outcome, now: datetime) -> tuple[Invitation, list[Job]]:
    """A channel that reaches nobody: try the next at once, or say that there is none."""
    if item.channel is not None and item.channel not in before.channels:
        return before, []  # told of that failure already: another channel has its turn
    rest = [name for name in before.channels if name != item.channel]
    if not rest or item.channel is None:
        gone = replace(before, state=InvitationState.UNREACHABLE, reason=item.reason)
        return gone, []
    again = replace(
        before,
        state=InvitationState.PLANNED,
        channels=tuple(rest),
        channel=None,
        expires_at=None,
        due_at=now,
        reason=item.reason,
    )
    return again, [send_job(again, f"after {item.channel}", rest, now, Priority.NORMAL)]
