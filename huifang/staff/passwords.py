"""Hashes passwords away from the event loop, a few at a time, and says which will do."""

import asyncio
import base64
import unicodedata
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from huifang.staff.model import login_of
from kernel.faults import Unavailable

T = TypeVar("T")

LEAST, MOST = 12, 256
"""Characters of a password."""

_LEAST_DIFFERENT = 4  # characters of it
_AT_ONCE = 2  # hashes in work; each takes 64 MiB and a tenth of a second
_MOST_WAITING = 64


class Weakness(StrEnum):
    """Why a password will not do."""

    SHORT = "short"
    LONG = "long"
    LOGIN = "login"
    PLAIN = "plain"


def weakness(password: str, login: str) -> Weakness | None:
    """What speaks against a password of a login; None: it will do.

    Length counts, not kinds of characters: NIST SP 800-63B, section 5.1.1.2.
    """
    clean = _clean(password)
    if len(clean) < LEAST:
        return Weakness.SHORT
    if len(clean) > MOST:
        return Weakness.LONG
    folded, mine = clean.casefold(), login_of(login)
    if folded in {mine, mine[::-1], mine.partition("@")[0]}:
        return Weakness.LOGIN
    if len(set(folded)) < _LEAST_DIFFERENT or not clean.strip():
        return Weakness.PLAIN
    return None


def _clean(password: str) -> str:
    """As every keyboard gives it: the same characters may come in several forms."""
    return unicodedata.normalize("NFKC", password)


class Passwords:
    """Argon2id (RFC 9106, section 4, the second choice of parameters)."""

    def __init__(self, hasher: PasswordHasher | None = None, *, at_once: int = _AT_ONCE) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(at_once)
        self._waiting = 0
        self._nobodys = _nobodys(self._hasher)

    async def hash(self, password: str) -> str:
        """The hash to keep; Unavailable where too many wait already."""
        return await self._work(self._hasher.hash, _clean(password))

    async def fits(self, password: str, hashed: str | None) -> bool:
        """Whether the password is the hash's; as much work, and no, where there is none."""
        if len(password) > MOST:
            password = ""
        return await self._work(self._fits, hashed or self._nobodys, _clean(password))

    def is_old(self, hashed: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(hashed)

    def _fits(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (Argon2Error, InvalidHashError):
            return False

    async def _work(self, work: Callable[..., T], *told: str) -> T:
        if self._waiting >= _MOST_WAITING:
            raise Unavailable("too many people sign in at this moment; try again")
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(work, *told)
        finally:
            self._waiting -= 1


def _nobodys(hasher: PasswordHasher) -> str:
    """A hash of nobody's password, which takes as long to disprove as anybody's."""
    salt, digest = (_text(bytes(size)) for size in (hasher.salt_len, hasher.hash_len))
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${digest}"


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")
