"""Declares the job that asks delivery for one contact."""

from dataclasses import dataclass
from datetime import timedelta

from scheduler.job import Kind, Ladder


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Contact somebody for `thread` of `conversation`, by one of the `wanted` channels.

    `contact` is derived by whoever asks: the same contact is made once, whatever happens. Past
    the job's `not_after` it is of no use any more.
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


#: A carrier that says "later": its own Retry-After goes before these.
SEND = Kind(
    name="contact.send",
    payload=Send,
    ladder=Ladder(pauses=tuple(timedelta(minutes=pause) for pause in (1, 5, 15, 60))),
)
