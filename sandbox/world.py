"""Keeps the outside world's state: messages, mails, tickets, what was heard, and who listens."""

import asyncio
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.calls import Alert, Call, Recording
from sandbox.faults import Faults
from sandbox.persona import Persona

MAX_MESSAGES = 20_000
MAX_MAILS = 5_000
MAX_CUSTOMERS = 2_000
MAX_TICKETS = 5_000
MAX_NOTES = 200
MAX_DELIVERIES = 20_000
MAX_CALLBACKS = 20_000
MAX_CALLS = 5_000
MAX_RECORDINGS = 2_000
MAX_ALERTS = 2_000
MAX_PERSONAS = 5_000
MAX_LISTENERS = 100
MAX_UNREAD_CHANGES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A person with one phone and one mailbox."""

    id: str
    name: str
    phone: str | None = None
    email: str | None = None
    locale: str | None = None
    timezone: str | None = None
    tier: str | None = None
    preferences: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Message:
    """One text message as the carrier knows it."""

    sid: str
    account_sid: str
    to: str
    from_: str
    body: str
    direction: str
    status: str
    num_segments: str
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None = None
    status_callback: str | None = None
    messaging_service_sid: str | None = None
    error_code: int | None = None
    error_message: str | None = None

    @property
    def inbound(self) -> bool:
        """Whether the customer wrote it."""
        return self.direction == "inbound"

    @property
    def phone(self) -> str:
        """The customer's number, whoever wrote."""
        return self.from_ if self.inbound else self.to


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """One webhook that the carrier posted to the product, and the answer."""

    at: datetime
    url: str
    fields: Mapping[str, str]
    status: int | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail as it lies in one mailbox."""

    id: str
    at: datetime
    mailbox: str
    envelope_from: str
    sender: str
    subject: str
    message_id: str
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    links: tuple[str, ...]
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One remark on a ticket, seen by the desk's own people only."""

    at: datetime
    kind: str
    text: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Ticket:
    """One support ticket at the desk."""

    id: str
    title: Mapping[str, str]
    customer: Customer
    fields: Mapping[str, object]
    agent: Mapping[str, str]
    opened_at: datetime
    status: str = "open"
    cycle: int = 0
    closed_at: datetime | None = None
    close_reason: str = "resolved"
    reopens: int = 0
    linked_to: str | None = None
    notes: list[Note] = field(default_factory=list)
    last_event: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One webhook that the desk heard, whatever it answered; `hearing` counts from 1 per id."""

    at: datetime
    webhook_id: str
    type: str
    ticket: str | None
    hearing: int
    status: int
    body: Mapping[str, object]


class World:
    """Everything outside the product, bounded, in memory."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.messages: dict[str, Message] = {}
        self.mails: deque[Mail] = deque(maxlen=MAX_MAILS)
        self.customers: dict[str, Customer] = {}
        self.tickets: dict[str, Ticket] = {}
        self.deliveries: deque[Delivery] = deque(maxlen=MAX_DELIVERIES)
        self.callbacks: deque[Callback] = deque(maxlen=MAX_CALLBACKS)
        self.blocked: set[str] = set()
        self.calls: dict[str, Call] = {}
        self.recordings: dict[str, Recording] = {}
        self.alerts: deque[Alert] = deque(maxlen=MAX_ALERTS)
        self.personas: dict[str, list[Persona]] = {}
        self.agents: dict[str, str] = {}  # the names of those who serve customers, by phone
        self.on_message: list[Callable[[Message], None]] = []
        self.on_mail: list[Callable[[Mail], None]] = []
        self.echo_reopen = False
        self._listeners: set[asyncio.Queue[str | None]] = set()
        self._serial = 0

    def add_customer(self, customer: Customer) -> None:
        """Keep a customer; the same id replaces."""
        self.customers[customer.id] = customer
        _forget_oldest(self.customers, MAX_CUSTOMERS)
        self.changed("customer")

    def add_message(self, message: Message) -> None:
        """Keep a message and tell the listeners."""
        self.messages[message.sid] = message
        _forget_oldest(self.messages, MAX_MESSAGES)
        self.changed("message")
        for heed in self.on_message:
            heed(message)

    def add_call(self, call: Call) -> None:
        """Keep a call and tell the listeners."""
        self.calls[call.sid] = call
        _forget_oldest(self.calls, MAX_CALLS)
        self.changed("call")

    def calls_of(self, number: str) -> list[Call]:
        """Return the calls of one phone, oldest first."""
        return [call for call in self.calls.values() if call.phone == number]

    def add_recording(self, recording: Recording) -> None:
        """Keep a recording."""
        self.recordings[recording.sid] = recording
        _forget_oldest(self.recordings, MAX_RECORDINGS)

    def set_personas(self, number: str, personas: list[Persona]) -> None:
        """Say how a phone meets its next calls; the last goes for all that follow."""
        self.personas[number] = personas
        _forget_oldest(self.personas, MAX_PERSONAS)
        self.changed("phone")

    def next_persona(self, number: str) -> Persona:
        """Return how a phone meets the call that comes now."""
        waiting = self.personas.get(number)
        if not waiting:
            return Persona()
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def add_mail(self, mail: Mail) -> None:
        """Keep a mail and tell the listeners."""
        self.mails.append(mail)
        self.changed("mail")
        for heed in self.on_mail:
            heed(mail)

    def add_ticket(self, ticket: Ticket) -> None:
        """Keep a ticket with its customer and tell the listeners."""
        self.add_customer(ticket.customer)
        self.tickets[ticket.id] = ticket
        _forget_oldest(self.tickets, MAX_TICKETS)
        self.changed("ticket")

    def add_note(self, ticket: Ticket, note: Note) -> None:
        """Keep a remark on a ticket and tell the listeners."""
        ticket.notes = [*ticket.notes[-MAX_NOTES + 1 :], note]
        self.changed("ticket")

    def thread(self, number: str) -> list[Message]:
        """Return the messages of one phone, oldest first."""
        return [m for m in self.messages.values() if m.phone == number]

    def threads(self) -> dict[str, list[Message]]:
        """Return every phone with its messages, customers' phones first."""
        phones: dict[str, list[Message]] = {
            c.phone: [] for c in self.customers.values() if c.phone is not None
        }
        for message in self.messages.values():
            phones.setdefault(message.phone, []).append(message)
        for call in self.calls.values():
            phones.setdefault(call.phone, [])
        for number in self.agents:
            phones.setdefault(number, [])
        return phones

    def heard(self, webhook_id: str) -> list[Delivery]:
        """Return every hearing of one webhook, oldest first."""
        return [d for d in self.deliveries if d.webhook_id == webhook_id]

    def next_ticket_id(self) -> str:
        """Return a ticket id not yet in use."""
        while True:
            self._serial += 1
            ticket_id = f"T-{2000 + self._serial}"
            if ticket_id not in self.tickets:
                return ticket_id

    def listen(self) -> asyncio.Queue[str | None]:
        """Return a queue that receives what changed; None says that the sandbox ends."""
        if len(self._listeners) >= MAX_LISTENERS:
            raise OverflowError(f"more than {MAX_LISTENERS} listeners")
        queue: asyncio.Queue[str | None] = asyncio.Queue(MAX_UNREAD_CHANGES)
        self._listeners.add(queue)
        return queue

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._listeners)

    def unlisten(self, queue: asyncio.Queue[str | None]) -> None:
        """Forget a listener."""
        self._listeners.discard(queue)

    def changed(self, what: str) -> None:
        """Tell every listener what changed."""
        _tell(self._listeners, what)

    def ending(self) -> None:
        """Tell every listener that nothing more will come."""
        _tell(self._listeners, None)


def sid(prefix: str = "SM") -> str:
    """Return a fresh carrier identifier: two letters and 32 hex digits."""
    return prefix + uuid.uuid4().hex


def _tell(listeners: Iterable[asyncio.Queue[str | None]], what: str | None) -> None:
    for queue in listeners:
        # A listener that does not read already has changes to fetch; the end must get through.
        if queue.full():
            if what is not None:
                continue
            queue.get_nowait()
        queue.put_nowait(what)


def _forget_oldest(kept: dict[str, Any], limit: int) -> None:
    while len(kept) > limit:
        del kept[next(iter(kept))]
