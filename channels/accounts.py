"""Describes the accounts by which messages leave; their secrets never show in a repr."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A Twilio account; `base_url` replaces scheme and host of every call."""

    sid: str
    token: str = field(repr=False)
    sender: str | None = None
    service: str | None = None
    base_url: str | None = None
    timeout: timedelta = timedelta(seconds=10)


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
