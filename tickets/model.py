"""Says what a ticketing system tells us: closings, reopenings, and whom they concern."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Who closed the ticket."""

    id: str | None = None
    name: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """A customer's wishes as a ticketing system sends them; None: not said."""

    channels: tuple[str, ...] | None = None
    do_not_contact: bool | None = None
    locale: str | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Whom a ticket is for; `phone` is E.164 and `email` case-folded, None when unusable or absent.

    `notes` says what was wrong with what was sent (a bad zone, an unreadable number); such facts
    narrow the gate and never stop an event.
    """

    id: str
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    locale: str | None = None
    timezone: str | None = None
    tier: str | None = None
    preferences: Preferences = field(default_factory=Preferences)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket as it was when it was closed; these facts are frozen for attribution.

    `confirms`: its system closes in two steps, and this is the second, which is a closing of its
    own only where nobody told of the first.
    """

    id: str
    cycle: int | None = None
    category: str | None = None
    product: str | None = None
    region: str | None = None
    channel: str | None = None
    priority: str | None = None
    team: str | None = None
    agent: Agent = field(default_factory=Agent)
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    close_reason: str | None = None
    tags: tuple[str, ...] = ()
    confirms: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What every event has: (`source`, `id`) is told once; `time` orders events, not arrival.

    `raw` is the CloudEvent in structured form as JSON, kept for the record.
    """

    id: str
    source: str
    time: datetime
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketClosed:
    """A ticket was closed."""

    envelope: Envelope
    ticket: Ticket  # closed_at is always set here
    customer: Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReopened:
    """A ticket was opened again, by a person or as the echo of our own order."""

    envelope: Envelope
    ticket_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketDeleted:
    """A ticket is gone for good."""

    envelope: Envelope
    ticket_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMerged:
    """A ticket went up in another one."""

    envelope: Envelope
    ticket_id: str
    into: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencesChanged:
    """A customer's wishes were changed in the ticketing system."""

    envelope: Envelope
    customer: Customer


Event = TicketClosed | TicketReopened | TicketDeleted | TicketMerged | PreferencesChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An event that cannot be used: where (`path`, dotted) and why; `id` as far as it is known."""

    id: str | None
    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """A ticketing system's news that is none of our events, and why."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A closing which does not say how to reach its customer: its system must be asked.

    `document` is the CloudEvent in structured form as far as it is known, good but for
    `data.customer`; `customer` is the id the system knows him by, None where it is to be found by
    the ticket.
    """

    id: str
    source: str
    ticket: str
    customer: str | None
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """One closing of a ticket: the unit that may earn a follow-up, at most one."""

    source: str
    ticket: str
    cycle: int

    @property
    def key(self) -> str:
        """The closure as one text, for derived ids; no part can imitate another."""
        return f"{len(self.source)}:{self.source}:{len(self.ticket)}:{self.ticket}:{self.cycle}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRow:
    """A ticket as far as we were told; `changed_at` is the time of the newest event applied.

    `merged_into`: the ticket it went up in, if its system said which.
    """

    source: str
    id: str
    status: str
    customer: str | None
    changed_at: datetime
    reopens: int
    merged_into: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureRow:
    """A closure with the facts frozen at closing; `facts` holds no names, numbers or mailboxes."""

    closure: Closure
    closed_at: datetime
    customer: str
    superseded: bool
    facts: Mapping[str, Any]
