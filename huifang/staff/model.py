"""Says what a user of the staff's pages is, and what a login may be."""

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from kernel.endpoint import Role

ROLES = (Role.AGENT, Role.MANAGER, Role.ADMIN)
"""What a person may be; the lowest role is for machines that post events."""

LONGEST_LOGIN = 64  # as long as an actor of the journal
LONGEST_NAME = 128
_LONGEST_TYPED = 256  # characters of a login that are looked at
_TAKEN = frozenset({"bootstrap", "configuration", "sign-in"})  # actors of the audit that are nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may sign in; `agent` is an id of `agents:`, `ended_at` set when they may not.

    `by_password` is false for who comes from the organisation's own sign-in.
    """

    id: str
    login: str
    name: str
    role: Role
    agent: str | None
    locale: str | None
    by_password: bool
    created_at: datetime
    signed_in_at: datetime | None
    ended_at: datetime | None


def login_of(typed: str) -> str:
    """A login as it is kept and compared: case, width and surrounding spaces do not matter."""
    short = typed.strip()[:_LONGEST_TYPED]
    return unicodedata.normalize("NFKC", short).strip().casefold()


def tries_of(login: str) -> str:
    """The key under which what is tried with a login is counted, whether anybody has it or not."""
    return hashlib.sha256(login_of(login).encode("utf-8", "surrogatepass")).hexdigest()


def login_fault(login: str) -> str | None:
    """Why a login cannot be given to anybody; None where it can."""
    if not login or len(login) > LONGEST_LOGIN:
        return f"1 to {LONGEST_LOGIN} characters"
    if not login.isprintable() or any(each.isspace() or each in ",;\"'<>" for each in login):
        return "a word or a mail address, without spaces or quotes"
    if login in _TAKEN:
        return "stands for no person in the audit; take another"
    return None


def name_fault(name: str) -> str | None:
    """Why a name cannot be shown; None where it can."""
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or name != name.strip():
        return f"1 to {LONGEST_NAME} printable characters, no space at either end"
    return None
