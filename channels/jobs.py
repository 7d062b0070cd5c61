"""Declares the jobs that ask delivery for one contact, and others to phone a customer."""

from dataclasses import dataclass
from datetime import timedelta

from scheduler.job import Kind, Ladder, Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Contact somebody for `thread` of `conversation`, by one of the `wanted` channels.

    `contact` is derived by whoever asks: the same contact is made once, whatever happens. Past
    the job's `not_after` it is of no use any more.

    `said`: what it says, sealed, where that is known already: an answer to the mail `in_reply_to`.
    `to`: another telephone than the customer's own, sealed, for calls and texts. `bound`: hours
    bind it whatever its class, since the customer did not choose them. `spoken_at`: when they said
    (RFC 3339) what it answers; some minutes later hours bind it too.
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
    to: str | None = None
    bound: bool = False
    spoken_at: str | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Wipe:
    """Have the carrier forget its copy of a message, a call or a recording (`what`), by its id."""

    what: str
    id: str


#: The law gives a month; a carrier that is still busy with a message deletes it later.
WIPE = Kind(
    name="carrier.wipe",
    payload=Wipe,
    ladder=Ladder(
        pauses=tuple(timedelta(minutes=pause) for pause in (*_MINUTES, *(1440,) * 7)),
        tell_after=timedelta(days=2),
    ),
)


def number_place(contact: str) -> str:
    """Where the telephone of a contact stands sealed in its job; moved it does not open."""
    return f"jobs.to|{contact}"


def said_place(contact: str) -> str:
    """Where what a contact says stands sealed in its job; moved elsewhere it does not open."""
    return f"jobs.said|{contact}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CareCall:
    """A call owed for a matter: between `after` and `within` of its begin, as far as may be.

    `priority`: `urgent`, `high`, `normal` or `low`.
    """

    topic: str
    after: timedelta = timedelta(hours=24)
    within: timedelta = timedelta(hours=72)
    priority: str = "normal"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedCall:
    """Promise to phone a customer. `id` is derived by whoever asks: it is promised once.

    `origin`: `program`, `customer` (by text), `page`, `phone` or `complaint`. `channel`: the one by
    which the customer asked. `since`, `until` and `slot` (its begin and end) are RFC 3339; without
    them it is promised as soon as may be.
    """

    id: str
    source: str
    customer: str
    ticket: str | None
    origin: str
    topic: str
    priority: str = "normal"
    channel: str | None = None
    invitation: str | None = None
    complaint: str | None = None
    cycle: int | None = None
    since: str | None = None
    until: str | None = None
    slot: list[str] | None = None


#: It touches nothing but our own database.
CALLBACK = Kind(
    name="callback.request",
    payload=WantedCall,
    ladder=Ladder(
        pauses=tuple(timedelta(seconds=pause) for pause in (1, 5, 30, 300, 1_800, 7_200)),
        tell_after=timedelta(minutes=30),
    ),
    priority=Priority.RECOVERY,
)

#: What a customer asks for without saying more: one open call about it is enough.
ASKED_TOPIC = "asked"
