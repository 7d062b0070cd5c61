"""Says what the journal and other systems are told of an invitation."""

from collections.abc import Mapping
from datetime import datetime

from kernel.journal import Entry
from scheduler.job import Job
from scheduler.publication import publish
from surveys.model import Invitation, Response, Value


def entry(invitation: Invitation, kind: str, now: datetime, **detail: object) -> Entry:
    """A journal entry about an invitation."""
    return Entry(
        at=now,
        kind=kind,
        about=invitation.id,
        source=invitation.source,
        ticket=invitation.ticket,
        detail=detail,
    )


def item_of(
    invitation: Invitation,
    response: Response | None = None,
    answers: Mapping[str, Value] | None = None,
) -> dict[str, object]:
    """What other systems are told of an invitation, or once it is answered of its response.

    Either as the ticket's view shows it (contract section 7), without comments.
    """
    item: dict[str, object] = {
        "id": invitation.id,
        "invitation": invitation.id,
        "cycle": invitation.cycle,
        "program": invitation.program,
        "survey": invitation.survey,
        "version": invitation.version,
        "state": invitation.state,
        "reason": invitation.reason,
        "channel": invitation.channel,
        "due_at": invitation.due_at.isoformat(),
        "expires_at": invitation.expires_at.isoformat() if invitation.expires_at else None,
        "attribution": invitation.attribution.facts(),
    }
    if response is not None:
        item |= {
            "id": response.id,
            "closure": invitation.cycle,
            "channel": response.channel,
            "answers": dict(answers or {}),
            "score": response.score,
            "rating": response.rating,
            "low": response.low,
            "suspect": response.suspect,
            "suspect_reason": response.suspect_reason,
            "late": response.late,
            "started_at": response.started_at.isoformat(),
            "completed_at": response.completed_at.isoformat() if response.completed_at else None,
        }
    return item


def published(
    type_: str, key: str, invitation: Invitation, item: Mapping[str, object], now: datetime
) -> Job:
    """The job that tells other systems of an invitation; the same type and key do so once."""
    return publish(type_, key, now, source=invitation.source, ticket=invitation.ticket, data=item)
