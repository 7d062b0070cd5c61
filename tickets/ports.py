"""Says what tickets tell whoever follows them, and what is asked of a ticketing system."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from sqlalchemy.ext.asyncio import AsyncConnection

from tickets.model import Closure, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """An event told for the first time, and what it meant for its ticket.

    `closure` is set for closings: `fresh` when nobody told of it before, `superseded` when a
    later closing is known. `current` is false where a later event of the ticket is known, `first`
    is true where nothing had been told of the ticket before this batch. `erased`: whose ticket it
    was is forgotten, and this is no new closing: what it says of a customer must not be kept.
    """

    event: Event
    closure: Closure | None = None
    fresh: bool = False
    superseded: bool = False
    current: bool = True
    first: bool = False
    erased: bool = False


class Follower(Protocol):
    """Whoever plans what follows a ticket's news, in the transaction that keeps the news."""

    async def on_news(self, conn: AsyncConnection, news: Sequence[News], now: datetime) -> None:
        """Take note, in the events' own order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a desk is asked: reopen, or open a linked ticket when `follow_up`.

    `key` is the same however often it is asked, and tells a desk that it was asked before.
    `customer`: whose ticket it was, by the system's own id, for one to be opened in its place.
    """

    key: str
    at: datetime
    ticket: str
    source: str
    cycle: int
    score: float | None
    rating: int | None
    question: str
    version: str
    comment: str | None
    complaint: str
    url: str
    follow_up: bool = False
    customer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What a customer said after the order for a ticket; `key` as in `Order`.

    `linked`: the key of the order for a linked ticket, where the ticket itself takes no notes.
    """

    key: str
    ticket: str
    complaint: str
    comment: str
    url: str
    linked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The desk did it; `ticket` is the linked one it opened, if it said so."""

    ticket: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """The desk will never do it: gone, closed for good, merged."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a ticketing system knows of a ticket and its customer, in the words of our events.

    Both hold JSON values under the names of `data.ticket` and `data.customer`; what is None, or
    not there, the system does not know.
    """

    ticket: Mapping[str, Any] = field(default_factory=dict)
    customer: Mapping[str, Any] = field(default_factory=dict)


class DeskError(Exception):
    """The desk could not be asked, or not now; to be tried again.

    `misconfigured`: no try will do before a person changes a setting, ours or the system's.
    """

    def __init__(
        self, detail: str, *, retry_after: timedelta | None = None, misconfigured: bool = False
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after
        self.misconfigured = misconfigured


class Desk(Protocol):
    """A ticketing system; both verbs raise DeskError only."""

    async def reopen(self, order: Order) -> Done | Declined:
        """Reopen a ticket or open a linked one; asked twice with one key, it is done once."""

    async def hear(self, id: str, type_: str, at: datetime, data: object) -> None:
        """Tell the desk of an event; a desk that takes none does nothing."""


@runtime_checkable
class Notebook(Protocol):
    """A ticketing system in which notes for agents can be left."""

    async def note(self, remark: Remark) -> Done | Declined:
        """Leave a note, once for a key; raises DeskError only."""


@runtime_checkable
class Directory(Protocol):
    """A ticketing system that can be asked what its events do not say."""

    async def fetch(self, ticket: str, customer: str | None) -> Facts | Declined:
        """The facts of a ticket and its customer, whose id the system gave if it did.

        Declined where the system knows no such ticket or customer; raises DeskError only.
        """
