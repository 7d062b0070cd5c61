"""Says what the contact policy is told, what it knows of a contact, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from channels.model import Address, Channel, MessageClass, OptOut, Person
from scheduler.hours import Window
from scheduler.trace import Asked


class Counts(StrEnum):
    """What a cap counts, and so whom it binds."""

    INVITATIONS = "invitations"
    CONTACTS = "contacts"


class OnCap(StrEnum):
    """What becomes of a contact above a cap."""

    DEFER = "defer"
    DROP = "drop"


class Reason(StrEnum):
    """Why not now, in the order in which the rules are asked."""

    DO_NOT_CONTACT = "do_not_contact"
    STALE = "stale"
    PAUSE = "pause"
    NO_ADDRESS = "no_address"
    OPT_OUT = "opt_out"
    NO_ZONE = "no_zone"
    EMPTY_WINDOW = "empty_window"
    WINDOW = "window"
    HOLIDAY = "holiday"
    BLACKOUT = "blackout"
    CAP = "cap"
    ONE_OPEN_QUESTION = "one_open_question"
    RATE = "rate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most `limit` contacts in any `per`, for the person and for the address alike.

    `invitations` counts invitations and binds them; `contacts` counts and binds all classes but
    conversation and the exempt ones. A contact at t counts until before t + per.
    """

    counts: Counts
    limit: int
    per: timedelta
    exempt: frozenset[MessageClass] = frozenset()

    def binds(self, message_class: MessageClass) -> bool:
        """Whether contacts of this class are held to the cap, and count towards it."""
        if message_class is MessageClass.CONVERSATION or message_class in self.exempt:
            return False
        return self.counts is Counts.CONTACTS or message_class is MessageClass.INVITATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Blackout:
    """A time in which nobody of some regions is contacted: from `begins` to before `ends`.

    Both are days on the customer's wall clock, or both are aware instants. No region: everywhere.
    """

    begins: date
    ends: date
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The operator's policy; `windows` holds the channels whose window is not the general one.

    `holidays`: countries (ISO 3166) on whose public holidays nobody is contacted.
    """

    window: Window
    windows: Mapping[Channel, Window] = field(default_factory=dict)
    caps: tuple[Cap, ...] = ()
    on_cap: OnCap = OnCap.DEFER
    default_timezone: str | None = None
    legal_windows: bool = True
    holidays: tuple[str, ...] = ()
    blackouts: tuple[Blackout, ...] = ()


DEFAULT = Rules(
    window=Window(opens=9 * 60, closes=20 * 60),
    caps=(
        Cap(counts=Counts.INVITATIONS, limit=1, per=timedelta(days=30)),
        Cap(
            counts=Counts.CONTACTS,
            limit=1,
            per=timedelta(hours=24),
            exempt=frozenset(
                {MessageClass.CONVERSATION, MessageClass.PROMISED_CALLBACK, MessageClass.SERVICE}
            ),
        ),
    ),
)
"""What holds where `huifang.yaml` says nothing else: contract section 4."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One contact made, or on its way: when, and what for."""

    at: datetime
    message_class: MessageClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A way to the person: the address, what it refused, and everyone's contacts by it.

    `dead`: known not to take messages. `open_question`: the thread whose question is open on the
    address, where that is not the thread asking now.
    """

    address: Address
    opt_outs: tuple[OptOut, ...] = ()
    dead: bool = False
    history: tuple[Past, ...] = ()
    open_question: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about one contact that is wanted; instants are aware.

    `wanted`: the program's channels in its order; `fixed`: the one channel there is no choice of,
    as for a reminder. `history`: the person's contacts by whatever address. `bound`: hours bind
    it though its class is free of them.
    """

    message_class: MessageClass
    person: Person
    wanted: tuple[Channel, ...]
    reachable: Mapping[Channel, Reach]
    fixed: Channel | None = None
    history: tuple[Past, ...] = ()
    useful_until: datetime | None = None
    bound: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SendNow:
    """Contact by this channel, at once, and not from `not_after` on."""

    channel: Channel
    trace: tuple[Asked, ...]
    not_after: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitUntil:
    """Ask again at this instant, which is later than now."""

    at: datetime
    reason: str
    trace: tuple[Asked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """Do not contact, now or later."""

    reason: str
    trace: tuple[Asked, ...]


Verdict = SendNow | WaitUntil | Never
