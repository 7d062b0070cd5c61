"""Says what delivery asks of a carrier, and what channels tell whoever wrote a message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.model import Channel, MessageClass, Withdrawn, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message ready to go: `text` as the customer will read it."""

    contact: str
    to: str
    text: str
    intended_at: datetime
    subject: str | None = None
    headers: Mapping[str, str] | None = None
    valid_for: int | None = None  # seconds the carrier may keep trying


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The carrier has it: its own id, and how many segments it is."""

    carrier_id: str
    segments: int = 1


class Carrier(Protocol):
    """Sends messages of one channel; both verbs raise `channels.errors.SendError` only."""

    async def send(self, message: Message) -> Accepted:
        """Hand the message over; an ambiguous error means that it may have gone out."""

    async def find(self, message: Message, known: frozenset[str]) -> Accepted | None:
        """The message as the carrier lists it, `known` ids left out; None proves its absence.

        A carrier that keeps no list raises an ambiguous error: nothing can be proven.
        """


class OutcomeKind(StrEnum):
    """What became of a wanted contact."""

    DEFERRED = "deferred"
    SUPPRESSED = "suppressed"
    SENT = "sent"
    UNKNOWN = "unknown"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One wanted contact and what became of it; `until` is when a deferred one is tried again."""

    kind: OutcomeKind
    contact: str
    thread: str
    message_class: MessageClass
    channel: Channel | None
    until: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A message that may go out: what shall it say, if it is still wanted?

    `locale`: the language the customer chose, which goes before whatever was planned. `by_mail`:
    whether it may have to be a letter, with its links.
    """

    contact: str
    thread: str
    message_class: MessageClass
    name: str | None
    locale: str | None = None
    by_mail: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a customer said in a thread; `locale`: the language they chose, if they did."""

    id: str
    thread: str
    channel: Channel
    text: str
    locale: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What to answer, perhaps nothing; `open_question` tells whether another answer is awaited."""

    texts: tuple[str, ...] = ()
    open_question: bool = False
    matched: bool = True
    source: str | None = None
    ticket: str | None = None
    customer: str | None = None


class Conversation(Protocol):
    """Whoever writes messages and reads the answers, in the caller's transaction."""

    async def compose(
        self, conn: AsyncConnection, wanted: Sequence[Wanted], now: datetime
    ) -> Mapping[str, Words | Withdrawn]:
        """The words by contact, or that they are no longer wanted; locks what it decided on."""

    async def on_outcome(
        self, conn: AsyncConnection, outcomes: Sequence[Outcome], now: datetime
    ) -> None:
        """Take note of what became of contacts."""

    async def on_reply(
        self, conn: AsyncConnection, replies: Sequence[Reply], now: datetime
    ) -> Mapping[str, Said]:
        """Read the answers, and say what to answer, by reply id."""

    async def on_opt_out(
        self, conn: AsyncConnection, threads: Sequence[str], now: datetime
    ) -> None:
        """End the threads: the customer wants no more."""

    async def on_later(
        self, conn: AsyncConnection, threads: Sequence[str], until: datetime, now: datetime
    ) -> Mapping[str, datetime | None]:
        """Ask again at `until`, where something is open; when, by thread, or None for not again."""

    async def on_choice(
        self, conn: AsyncConnection, who: Sequence[tuple[str, str]], now: datetime
    ) -> None:
        """Look again at what was put off: these customers (source, id) chose anew."""
