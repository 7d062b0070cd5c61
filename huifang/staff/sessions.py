"""Signs people in and out, and knows who they are at every call."""

import asyncio
import hashlib
import hmac
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from huifang.staff import store
from huifang.staff.cookies import Cookie, csrf_of, new_token
from huifang.staff.model import User, login_of, tries_of
from huifang.staff.passwords import Passwords
from huifang.staff.store import Known, Spans
from kernel.endpoint import Person
from kernel.engine import Database
from kernel.journal import Entry, append

log = structlog.get_logger("staff")

DOOR = "sign-in"  # the audit's actor where it is not known who somebody is

LOCKED = timedelta(minutes=15)
"""Tries are counted for so long from the first; beyond the most of them none is looked at."""

#: Of an address more, since a whole service centre may call from one.
MOST_OF_LOGIN, MOST_OF_REMOTE = 5, 50

_SEEN_NOTED = timedelta(minutes=1)
_NOTING_SECONDS = 1.0  # the caller waits
_HOME = 64  # bits of an IPv6 address that one subscriber has


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who they are, and the token that their browser is to keep."""

    user: User
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Login and password do not fit, or, until an instant, nobody looks whether they do."""

    until: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Sessions:
    """People's sessions: random tokens, of which a hash is kept that needs our secret to make."""

    database: Database
    secrets: Sequence[bytes] = field(repr=False)
    cookie: Cookie
    passwords: Passwords = field(default_factory=Passwords)
    spans: Spans = field(default_factory=Spans)

    async def who(self, headers: Mapping[str, str], now: datetime) -> Person | None:
        """Whose session the call comes from; None for one that is over, or none of ours."""
        token = self.cookie.read(headers)
        if not token:
            return None
        hashes = [_hash(secret, token) for secret in self.secrets]
        async with self.database.read() as conn:
            found = await store.session(conn, hashes, self.spans, now)
        if found is None:
            return None
        if now - found.seen_at >= _SEEN_NOTED:
            await self._note_seen(found.hash, now)
        user = found.user
        return Person(
            user=user.id,
            login=user.login,
            name=user.name,
            role=user.role,
            agent=user.agent,
            locale=user.locale,
            csrf=csrf_of(token),
            session=found.hash,
        )

    async def _note_seen(self, hash_: str, now: datetime) -> None:
        try:
            async with asyncio.timeout(_NOTING_SECONDS), self.database.write() as conn:
                await store.note_seen(conn, hash_, now - _SEEN_NOTED, now)
        except (SQLAlchemyError, OSError) as fault:
            # Book-keeping must not turn anybody away.
            log.warning("session.use_not_noted", reason=type(fault).__name__)

    async def sign_in(
        self, login: str, password: str, remote: str, now: datetime
    ) -> SignedIn | Refused:
        """A session for who knows the password; as much work, and one answer, for who does not.

        The try is counted, for the login and for the remote address, before it is looked at, in
        the database that all replicas share.
        """
        mine, theirs = tries_of(login), self._tried_from(remote)

        async def count(conn: AsyncConnection) -> tuple[Known | None, datetime | None]:
            known = await store.by_login(conn, login_of(login))
            return known, await self._locked(conn, mine, theirs, known, now)

        known, until = await self.database.transact(count)
        if until is not None:
            return Refused(until=until)
        hashed = known.password if known else None
        if not await self.passwords.fits(password, hashed) or known is None or hashed is None:
            await self._refuse(known, now)
            return Refused()
        renewed = await self.passwords.hash(password) if self.passwords.is_old(hashed) else hashed

        async def enter(conn: AsyncConnection) -> SignedIn | Refused:
            still = await store.by_id(conn, known.user.id, lock=True)
            if still is None or still.password != hashed:
                return Refused()
            if renewed != hashed:
                await store.change_user(conn, known.user.id, password=renewed)
            await store.forget_tries(conn, [mine])
            await store.take_back(conn, theirs)
            return await self.begin(conn, still.user, "password", now)

        return await self.database.transact(enter)

    async def begin(self, conn: AsyncConnection, user: User, how: str, now: datetime) -> SignedIn:
        """Begin a session of a user whose row is locked; the token is made here and never again."""
        token = new_token()
        await store.begin_session(conn, _hash(self.secrets[0], token), user.id, self.spans, now)
        await store.change_user(conn, user.id, signed_in_at=now)
        await append(conn, [_told("session.begun", user.id, now, user.login, how=how)])
        return SignedIn(user=user, token=token)

    async def try_password(self, person: Person, password: str, now: datetime) -> bool | None:
        """Whether it is their own, counted as a sign-in is; None where it was tried too often."""
        mine = tries_of(person.login)
        async with self.database.write() as conn:
            known = await store.by_id(conn, person.user)
            if await self._locked(conn, mine, mine, known, now) is not None:
                return None
        if not await self.passwords.fits(password, known.password if known else None):
            await self._refuse(known, now)
            return False
        async with self.database.write() as conn:
            await store.forget_tries(conn, [mine])
        return True

    async def change_password(self, person: Person, password: str, now: datetime) -> SignedIn:
        """Set a password that will do; every session ends, and the person's own begins anew."""
        hashed = await self.passwords.hash(password)
        async with self.database.write() as conn:
            await store.change_user(conn, person.user, password=hashed)
            await store.end_sessions(conn, person.user)
            known = await store.by_id(conn, person.user, lock=True)
            assert known is not None  # whoever is gone has no session to ask from
            told = _told("user.password_changed", person.user, now, person.login)
            await append(conn, [told])
            return await self.begin(conn, known.user, "password", now)

    async def sign_out(self, person: Person, now: datetime, *, everywhere: bool = False) -> None:
        """End this session of a person, or all of them."""
        async with self.database.write() as conn:
            if everywhere:
                await store.end_sessions(conn, person.user)
            else:
                await store.end_session(conn, person.session)
            kind = "session.all_ended" if everywhere else "session.ended"
            await append(conn, [_told(kind, person.user, now, person.login)])

    async def speak(self, person: Person, locale: str) -> None:
        """Keep the language that a person wants."""
        async with self.database.write() as conn:
            await store.change_user(conn, person.user, locale=locale)

    async def _locked(
        self, conn: AsyncConnection, mine: str, theirs: str, known: Known | None, now: datetime
    ) -> datetime | None:
        """Until when nothing is looked at, after counting this try; None where it is."""
        counted = await store.count_tries(conn, {mine, theirs}, LOCKED, now)
        limits = {theirs: MOST_OF_REMOTE, mine: MOST_OF_LOGIN}
        over = {key: each for key, each in counted.items() if each.tries > limits[key]}
        if any(each.tries == limits[key] + 1 for key, each in over.items()):
            whose = "login" if mine in over else "remote"
            about = known.user.id if known else "unknown"
            await append(conn, [_told("session.locked", about, now, DOOR, whose=whose)])
        return max((each.until for each in over.values()), default=None)

    async def _refuse(self, known: Known | None, now: datetime) -> None:
        """Nothing of what was typed is kept: people type passwords where logins belong."""
        about = known.user.id if known else "unknown"
        async with self.database.write() as conn:
            await append(conn, [_told("session.refused", about, now, DOOR)])

    def _tried_from(self, remote: str) -> str:
        return _hash(self.secrets[0], f"remote {subscriber_of(remote)}")


def subscriber_of(remote: str) -> str:
    """What stands for whoever calls from an address: of IPv6, where each has many, the network."""
    try:
        address = ipaddress.ip_address(remote)
    except ValueError:
        return ""
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, _HOME), strict=False))


def _told(kind: str, about: str, now: datetime, actor: str, **detail: object) -> Entry:
    return Entry(at=now, kind=kind, about=about, detail={"actor": actor, **detail})


def _hash(secret: bytes, text: str) -> str:
    return hmac.digest(secret, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()
