"""Says what a contact is: whom, by which channel, what for, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Channel(StrEnum):
    """A way to reach a person."""

    __hash__ = str.__hash__  # as a text that equals it has; an enum's own is not, and slow

    SMS = "sms"
    EMAIL = "email"
    VOICE = "voice"


class MessageClass(StrEnum):
    """What a contact is for; rules name the classes they bind."""

    __hash__ = str.__hash__

    INVITATION = "invitation"
    REMINDER = "reminder"
    RECOVERY = "recovery"
    CONVERSATION = "conversation"
    PROMISED_CALLBACK = "promised_callback"
    SERVICE = "service"


class ContactState(StrEnum):
    """What became of a contact; it only ever moves forward."""

    __hash__ = str.__hash__

    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A number (E.164) or a mailbox (case-folded), with its keyed look-up."""

    channel: Channel
    value: str
    index: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer as the gate sees one; zones and locales are as told, perhaps broken.

    `chosen`: since when a fact is the customer's own choice, by its name, or was left open by it.
    """

    source: str
    id: str
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    locale: str | None = None
    timezone: str | None = None
    region: str | None = None
    tier: str | None = None
    channels: tuple[str, ...] = ()
    do_not_contact: bool = False
    paused_until: datetime | None = None
    window: tuple[str, str] | None = None
    chosen: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def own_locale(self) -> str | None:
        """The language the customer chose; None where it was told by others, if at all."""
        return self.locale if "locale" in self.chosen else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a message says: `text` by SMS; in a mail `letter`, set in a letter with its links.

    `scale`: the values and labels of a rating that the letter may offer, each as a link of its own.
    Without a link it is set as `form` says, usually as the answer to a mail: that of
    `in_reply_to`. `spoken`: how a call begins; `voicemail`: whether a message is left where a
    machine answers; `joins`: whether the call is joined to a person, who takes their time.
    """

    text: str
    locale: str
    letter: str | None = None  # without what makes sense on a phone alone
    link: str | None = None
    unsubscribe: str | None = None
    scale: tuple[tuple[str, str], ...] = ()
    in_reply_to: str | None = None
    spoken: str | None = None
    voicemail: bool = False
    joins: bool = False
    form: str = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """The message is no longer wanted: answered, reopened, cancelled, expired."""

    reason: str


class OptOutState(StrEnum):
    """Final: the customer said so; provisional: probably, and a person settles it."""

    FINAL = "final"
    PROVISIONAL = "provisional"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """A stop in force: `channel` is a channel or `all`; proof says where it came from."""

    channel: str
    at: datetime
    how: str
    state: OptOutState
    proof: str | None = None
