"""Declares the jobs by which surveys, callbacks and ticketing systems speak to each other."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from scheduler.job import Kind, Ladder, Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen:
    """Order a ticket's desk to reopen it, or once it has refused to, to open a linked one.

    `comment` is the customer's, sealed and base64; `rating` and `score` are those of the answer
    to `question` in the survey's `version`. `follow_up`: the desk refused, ask for a linked ticket.
    """

    complaint: str
    source: str
    ticket: str
    cycle: int
    score: float | None
    rating: int | None
    question: str
    version: str
    comment: str | None
    follow_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Leave on a ticket what its customer said after it was ordered to be reopened.

    `linked` is the ticket that was opened for the complaint, if its id is known; `comment` is
    sealed for `note_place` and base64, None once its customer was erased.
    """

    complaint: str
    source: str
    ticket: str
    comment: str | None
    linked: str | None = None


def note_place(complaint: str) -> str:
    """Where a comment stands sealed in the job that notes it; moved elsewhere it does not open."""
    return f"note.comment|{complaint}"


def follow_up_key(complaint: str) -> str:
    """The key of the order for a linked ticket."""
    return f"{complaint}:follow_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """Ask a ticketing system what the closing `event` does not say, then take the event in.

    `customer` is the id the system knows him by, None where the ticket leads to him; `document`
    is the CloudEvent as far as it is known, JSON sealed for `fetch.document|<event>` and base64.
    """

    source: str
    event: str
    ticket: str
    customer: str | None
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Consider:
    """A low answer to judge: reopen the ticket, or tell a person.

    `late` if it came after the invitation had expired; `owner` and `team` are those credited at
    closing; `survey`, `version` and `question` say what was answered. `comment` is the customer's,
    sealed for `response.comment|<response>` and base64.
    """

    invitation: str
    response: str
    source: str
    ticket: str
    cycle: int
    customer: str
    survey: str
    version: str
    question: str
    rating: int | None
    score: float | None
    late: bool
    owner: str | None
    team: str | None
    answers: Mapping[str, int | bool | str]
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commented:
    """The low response got another answer: add it to the complaint.

    `value` is None where the answer is words alone, which are sealed as in `Consider`.
    """

    invitation: str
    response: str
    source: str
    ticket: str
    question: str
    value: int | bool | str | None
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened:
    """What the desk answered to a reopen order; `accepted` is None while it is silent for long.

    `follow_up` is the linked ticket's id where one was opened, empty where the desk did not name
    it; `reason` why the desk refused.
    """

    complaint: str
    source: str
    ticket: str
    accepted: bool | None
    follow_up: str | None
    reason: str | None


_TELL_AFTER = timedelta(minutes=30)
_SOON = (
    timedelta(seconds=1),
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(minutes=30),
)

#: A desk may be down for days, and an unhappy customer's ticket must outlive that.
_DESK = Ladder(
    pauses=(*_SOON, *(timedelta(hours=hours) for hours in (2, 6, 24, 72))),
    tell_after=_TELL_AFTER,
)

#: These touch nothing but our own database: what still fails after hours is a fault of ours.
_OWN = Ladder(pauses=(*_SOON, timedelta(hours=2)), tell_after=_TELL_AFTER)

#: Once the system answers again, closings must not have to wait until nobody remembers the call.
_ASKED = Ladder(pauses=(*_SOON, *(timedelta(hours=2),) * 48), tell_after=_TELL_AFTER)

FETCH = Kind(name="ticket.fetch", payload=Fetch, ladder=_ASKED)
REOPEN = Kind(name="ticket.reopen", payload=Reopen, ladder=_DESK, priority=Priority.RECOVERY)
NOTE = Kind(name="ticket.note", payload=Note, ladder=_DESK)
CONSIDER = Kind(
    name="complaint.consider", payload=Consider, ladder=_OWN, priority=Priority.RECOVERY
)
COMMENT = Kind(name="complaint.comment", payload=Commented, ladder=_OWN, priority=Priority.RECOVERY)
REOPENED = Kind(
    name="complaint.reopened", payload=Reopened, ladder=_OWN, priority=Priority.RECOVERY
)


def next_try(
    kind: Kind[Any], attempt: int, now: datetime, not_before: timedelta | None
) -> datetime | None:
    """When to ask a desk again after its `attempt`th try (from 1) failed; None: give up.

    `not_before` is for how long the desk wants to be left alone (its `Retry-After`).
    """
    at = kind.ladder.next_attempt_at(attempt, now)
    return at if at is None or not_before is None else max(at, now + not_before)


def desk_event(kind_type: str, at: datetime, data: Mapping[str, Any]) -> bytes:
    """The body of a Standard Webhook; the same arguments give the same bytes.

    `kind_type` is such as `ticket.reopen_requested`, `at` aware; `data` holds JSON values.
    ValueError for a naive `at` and for numbers that are not finite, TypeError for what is no JSON.
    """
    if at.tzinfo is None:
        raise ValueError("an event happens at an aware instant")
    body = {
        "type": kind_type,
        "timestamp": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "data": dict(data),
    }
    return json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
