"""Declares the job that asks delivery for one contact."""

from dataclasses import dataclass
from datetime import timedelta

from scheduler.job import Kind, Ladder


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Contact somebody for `thread` of `conversation`, by one of the `wanted` channels.

    `contact` is derived by whoever asks: the same contact is made once, whatever happens. Past
    the job's `not_after` it is of no use any more.

    `said`: what it says, sealed, where that is known already: an answer to the mail `in_reply_to`.
    """

    contact: str
    conversation: str
    thread: str
    message_class: str
    source: str
    customer: str
    ticket: str | None
    wanted: list[str]
    fixed: str | None
    said: str | None = None
    in_reply_to: str | None = None


#: A contact whose fate is unknown leaves the queue of those to be sent, however long that is: its
#: job goes on as this kind, which no carrier's rate holds up, until its fate is known.
SETTLE = Kind(name="contact.settle", payload=Send, ladder=Ladder(pauses=()))

#: A carrier that says "later": its own Retry-After goes before these.
SEND = Kind(
    name="contact.send",
    payload=Send,
    ladder=Ladder(pauses=tuple(timedelta(minutes=pause) for pause in (1, 5, 15, 60))),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Fetch a recording from the carrier, keep it sealed, and delete it there.

    Without a `question` nobody meant to leave it: it is deleted only.
    """

    recording: str
    contact: str
    thread: str
    question: str | None
    seconds: int


_MINUTES = (1, 5, 15, 60, 240, 720, 1440)

#: The carrier may still be writing it when the call is over.
KEEP = Kind(
    name="recording.keep",
    payload=Keep,
    ladder=Ladder(pauses=tuple(timedelta(minutes=pause) for pause in _MINUTES)),
)


def said_place(contact: str) -> str:
    """Where what a contact says stands sealed in its job; moved elsewhere it does not open."""
    return f"jobs.said|{contact}"
