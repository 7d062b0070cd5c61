"""Says what delivery asks of a carrier, and what channels tell whoever wrote a message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.appointments import PromiseWord
from channels.model import Channel, MessageClass, Withdrawn, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that a mail carries; `media` is its type, as in text/csv."""

    name: str
    media: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message ready to go: `text` as it will be read, `html` beside it in a mail.

    `also`: further mailboxes of one mail. `voicemail`: a call may leave its message after the beep.
    `joins`: a call that is joined to a person, and may last.
    """

    contact: str
    to: str
    text: str
    intended_at: datetime
    subject: str | None = None
    html: str | None = None
    headers: Mapping[str, str] | None = None
    valid_for: int | None = None  # seconds the carrier may keep trying
    also: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    voicemail: bool = False
    joins: bool = False


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


@runtime_checkable
class Recorder(Protocol):
    """Holds what customers leave as recordings; both verbs raise `channels.errors.SendError`."""

    async def recording(self, sid: str) -> tuple[bytes, str] | None:
        """A recording's octets and media type; None: there is none, or none yet."""

    async def forget(self, sid: str) -> None:
        """Delete a recording; one that is gone is gone."""


@runtime_checkable
class Eraser(Protocol):
    """Keeps copies of what it carried; raises `channels.errors.SendError`."""

    async def erase(self, sid: str) -> None:
        """Delete a message or a call, whichever it carries; one that is gone is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """A call to one of our own people: `to` as E.164, and the path below our voice webhooks at
    which the carrier asks what to say.
    """

    to: str
    path: str
    ring: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A call as its carrier lists it; `over`: it has ended, `seconds` after it was answered.

    `answered_by`: whom the carrier took whoever answered for; empty where it did not say.
    """

    id: str
    to: str
    status: str
    over: bool
    seconds: int
    answered_by: str = ""


@runtime_checkable
class CallList(Protocol):
    """Lists the calls it was given, and takes back what it has not dialled yet.

    Both verbs raise `channels.errors.SendError`.
    """

    async def leg(self, id: str) -> Leg | None:
        """A call by the carrier's id; None: there is none."""

    async def take_back(self, id: str) -> Leg | None:
        """Cancel a call that is queued or rings; the call as it then is, None: there is none."""


@runtime_checkable
class Switchboard(Protocol):
    """Rings our own people, and tells which calls there were; raises `channels.errors.SendError`.

    The customer's leg is never ordered here: that takes the gate, and a contact.
    """

    async def ring(self, wanted: Ring) -> str:
        """Call somebody of ours; the carrier's id. An ambiguous error: it may ring all the same."""

    async def leg(self, id: str) -> Leg | None:
        """A call by the carrier's id; None: there is none."""

    async def legs_of(self, parent: str) -> tuple[Leg, ...]:
        """The calls that were to be joined to another; empty proves that there is none."""

    def caller(self, number: str) -> str | None:
        """Which of our numbers calls a number; None: none can."""


class OutcomeKind(StrEnum):
    """What became of a wanted contact."""

    DEFERRED = "deferred"
    SUPPRESSED = "suppressed"
    SENT = "sent"
    UNKNOWN = "unknown"
    DELIVERED = "delivered"
    FAILED = "failed"
    RETURNED = "returned"  # came back for the time being
    UNREACHED = "unreached"  # a call that nobody answered, or a machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One wanted contact and what became of it.

    `until` is when a deferred one is tried again, or what came back may be asked for anew.
    """

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
    """What a customer said in a thread; `locale`: the language they chose, if they did.

    `before`: other threads in which we spoke on the same address just before, the latest first.
    """

    id: str
    thread: str
    channel: Channel
    text: str
    locale: str | None = None
    before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What to answer, perhaps nothing; `open_question` tells whether another answer is awaited.

    `reason`: in a word, why a reply that is not `matched` fits nothing. `answered`: how many
    questions of the thread have their answer, this one's among them.
    """

    texts: tuple[str, ...] = ()
    open_question: bool = False
    matched: bool = True
    reason: str | None = None
    answered: int = 0


class Pressing(StrEnum):
    """How a question is answered on the phone, if not in words."""

    KEY = "key"
    NUMBER = "number"  # more than one key
    RECORDING = "recording"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneQuestion:
    """A question as it is read out: `keys` are what may be entered, none for a recording."""

    id: str
    text: str
    pressing: Pressing
    keys: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()  # words that an answer may hold
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OnPhone:
    """What a thread has to say on the phone: the open question, if any, and its last words.

    `begun`: something was answered; `finished`: all of it. `voicemail`: a machine gets a message.
    """

    locale: str
    ticket: str
    question: PhoneQuestion | None
    ending: str
    begun: bool = False
    finished: bool = False
    voicemail: bool = False


@runtime_checkable
class Speaker(Protocol):
    """Whoever has a question read out on the phone, in the caller's transaction."""

    async def on_phone(
        self, conn: AsyncConnection, thread: str, locale: str | None
    ) -> OnPhone | None:
        """The thread as it stands, in the language the customer chose; None: there is none."""


class Operator(Protocol):
    """Whoever has a customer joined to a person, instead of asked anything; in markup."""

    async def answered(self, call: str, contact: str, answered_by: str, now: datetime) -> str:
        """What a customer hears who took a call of ours, or the machine that did."""

    async def pressed(self, call: str, contact: str, keys: str, now: datetime) -> str:
        """How it goes on after a key, or after none was pressed."""


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
        """Read the answers, and say what to answer, by reply id.

        No thread that one reply names, as its own or as one before, is named by another.
        """

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A time at which a customer can be phoned, as they would read it."""

    begin: datetime
    end: datetime
    label: str


class Promiser(Conversation, Protocol):
    """Whoever promises to phone customers, in the caller's transaction."""

    async def offers(
        self, conn: AsyncConnection, who: tuple[str, str], spoken: str, now: datetime
    ) -> Sequence[Offer]:
        """The times that a customer (source, id) may choose from, in order; none is held."""

    async def on_word(
        self,
        conn: AsyncConnection,
        who: Sequence[tuple[str, str]],
        word: PromiseWord,
        channel: Channel,
        now: datetime,
    ) -> Said | None:
        """Do what is asked about the next call promised to any of some customers (source, id).

        What to answer; None: no call is promised.
        """
