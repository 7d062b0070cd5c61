"""Says what a complaint is: a ticket reopened by a low score, on its way to being closed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class ComplaintState(StrEnum):
    """How far a complaint is; each follows the one before."""

    REGISTERED = "registered"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    TOLD = "told"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintRules:
    """When a low score reopens by itself, and by when what must be done."""

    reopen: bool = True
    max_reopens: int = 1
    per: timedelta = timedelta(days=30)
    respond: timedelta = timedelta(minutes=15)
    resolve: timedelta = timedelta(hours=2)
    tell: timedelta = timedelta(hours=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One complaint; `attention` says why a person must look at it, when the loop cannot go on."""

    id: str
    source: str
    ticket: str
    cycle: int
    invitation: str
    response: str
    state: ComplaintState
    classed: str
    owner: str | None
    opened_at: datetime
    respond_by: datetime
    resolve_by: datetime
    tell_by: datetime
    score: float | None
    rating: int | None
    question: str
    version: str
    answers: Mapping[str, int | bool | str] = field(default_factory=dict)
    comment: str | None = None
    reopen: str = "none"  # none, ordered, accepted, follow_up, refused
    follow_up: str | None = None
    attention: str | None = None
