"""Describes the accounts by which messages leave; their secrets never show in a repr."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)

#: Who writes to which numbers: a prefix such as `+44`, and the sender there; the longest wins.
Senders = tuple[tuple[str, str], ...]


def sender_for(senders: Senders, number: str) -> str | None:
    """The sender for a number as E.164; None where no prefix fits."""
    fitting = [(len(prefix), sender) for prefix, sender in senders if number.startswith(prefix)]
    return max(fitting)[1] if fitting else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A Twilio account; `base_url` replaces scheme and host of every call.

    `senders`, by country, go before `service`, and that before `sender`, which is all others'.
    """

    sid: str
    token: str = field(repr=False)
    sender: str | None = None
    service: str | None = None
    base_url: str | None = None
    timeout: timedelta = timedelta(seconds=10)
    senders: Senders = ()


def caller_for(account: Account, number: str) -> str | None:
    """The number that calls another; None: a name or a short code calls nobody."""
    caller = sender_for(account.senders, number) or account.sender
    return caller if caller and _NUMBER.fullmatch(caller) else None


def can_call(account: Account) -> bool:
    """Whether an account has a number to call from, for some country at least."""
    senders = (account.sender, *(sender for _, sender in account.senders))
    return any(sender and _NUMBER.fullmatch(sender) for sender in senders)


class Long(StrEnum):
    """How a text of several segments travels to an SMSC."""

    UDH = "udh"  # a header in each part, as phones read it
    SAR = "sar"  # the sar_* parameters: the SMSC writes that header
    PAYLOAD = "payload"  # whole, as message_payload: the SMSC cuts it


class Alphabet(StrEnum):
    """What an SMSC takes data_coding 0 for."""

    GSM = "gsm7"
    LATIN = "latin1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Smsc:
    """An account at an SMSC, spoken to in SMPP 3.4.

    `window`: requests under way at one time. `dead`: the network's own error codes (`err:` of a
    receipt) after which a number is never tried again. `country` (`CN`) reads numbers that the
    SMSC tells without theirs.
    """

    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    senders: Senders
    system_type: str = ""
    tls: bool = False
    window: int = 10
    long: Long = Long.UDH
    alphabet: Alphabet = Alphabet.GSM
    country: str | None = None
    dead: frozenset[str] = frozenset()
    timeout: timedelta = timedelta(seconds=10)
    enquire: timedelta = timedelta(seconds=30)


class Tls(StrEnum):
    """How a connection is secured: from the first byte, or by STARTTLS as the address says."""

    IMPLICIT = "implicit"
    REQUIRED = "required"
    OPTIONAL = "optional"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """A mail server, and who writes."""

    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: Tls = Tls.REQUIRED
    timeout: timedelta = timedelta(seconds=30)
