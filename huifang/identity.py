"""Knows who calls: API keys, of which only hashes are kept."""

import asyncio
import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from huifang.tables import api_keys
from kernel.endpoint import Role
from kernel.engine import Database
from kernel.faults import Conflict, FieldError, Invalid
from kernel.journal import Entry, append
from kernel.sql import insert_new

log = structlog.get_logger("identity")

BOOTSTRAP = "bootstrap"  # the name of the key that comes from the settings
COMMAND_LINE = "command line"  # who makes and revokes keys, and settles what was given up
PREFIX = "hf_"

#: Actors of the audit that are no key's.
_TAKEN = frozenset({BOOTSTRAP, COMMAND_LINE, "configuration", "sign-in"})
_KEY_BYTES = 32
_LONGEST_KEY = 512  # characters; longer ones are not even hashed
_LONGEST_NAME = 64
_REMEMBERED = timedelta(seconds=5)  # how long a revoked key may still be let in elsewhere
_MOST_REMEMBERED = 1_024
_USE_NOTED = timedelta(minutes=1)
_NOTING_SECONDS = 1.0  # the caller waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who calls: the key's name, and what it may do."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What is known of a key; the key itself is not."""

    name: str
    role: Role
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Remembered:
    principal: Principal
    at: datetime


class Identity:
    """Makes, recognises and revokes keys; they are 256 random bits, so a bare hash is enough."""

    def __init__(
        self,
        database: Database,
        bootstrap_key: str | None = None,
        *,
        remembered: int = _MOST_REMEMBERED,
    ) -> None:
        self._database = database
        self._bootstrap = None if bootstrap_key is None else _hash(bootstrap_key)
        self._most = remembered
        self._known: OrderedDict[str, _Remembered] = OrderedDict()

    async def create(self, role: Role, name: str, now: datetime) -> str:
        """A new key, shown this once; Invalid for an unusable name, Conflict for one in use."""
        _refuse_unusable(role, name)
        key = PREFIX + secrets.token_urlsafe(_KEY_BYTES)
        row = {"name": name, "role": role.name.lower(), "hash": _hash(key), "created_at": now}
        async with self._database.write() as conn:
            written = await insert_new(conn, api_keys, [row], ["id"])
            if written:
                await append(conn, [_told("key.created", name, now, role=row["role"])])
        if not written:
            raise Conflict(f"a key named {name} is in use; revoke it first or take another name")
        return key

    async def who(self, key: str, now: datetime) -> Principal | None:
        """Whose key it is; None for an unknown or revoked one.

        What was found is remembered for five seconds at most, so that a revocation is quick in
        every process.
        """
        if not key or len(key) > _LONGEST_KEY:
            return None
        hashed = _hash(key)
        # Both sides are hashes: the comparison tells neither how much fits nor how long the key is.
        if self._bootstrap is not None and hmac.compare_digest(hashed, self._bootstrap):
            return Principal(name=BOOTSTRAP, role=Role.ADMIN)
        known = self._known.get(hashed)
        if known is not None and timedelta(0) <= now - known.at < _REMEMBERED:
            return known.principal
        return await self._look_up(hashed, now)

    async def _look_up(self, hashed: str, now: datetime) -> Principal | None:
        self._known.pop(hashed, None)
        async with self._database.read() as conn:
            found = await conn.execute(
                select(api_keys).where(api_keys.c.hash == hashed, api_keys.c.revoked_at.is_(None))
            )
            row = found.one_or_none()
        if row is None:
            return None
        if row.last_used_at is None or now - row.last_used_at >= _USE_NOTED:
            await self._note_use(row.id, now)
        principal = Principal(name=row.name, role=Role[row.role.upper()])
        self._known[hashed] = _Remembered(principal=principal, at=now)
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return principal

    async def _note_use(self, key_id: int, now: datetime) -> None:
        """Written by whichever process comes first in the minute."""
        stale = or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at <= now - _USE_NOTED)
        statement = update(api_keys).where(api_keys.c.id == key_id, stale)
        try:
            async with asyncio.timeout(_NOTING_SECONDS), self._database.write() as conn:
                await conn.execute(statement.values(last_used_at=now))
        except (SQLAlchemyError, OSError) as fault:
            # Book-keeping must not turn a caller away.
            log.warning("identity.use_not_noted", reason=type(fault).__name__)

    async def revoke(self, name: str, now: datetime) -> bool:
        """End the key of that name, here at once; whether there was one."""
        async with self._database.write() as conn:
            result = await conn.execute(
                update(api_keys)
                .where(api_keys.c.name == name, api_keys.c.revoked_at.is_(None))
                .values(revoked_at=now)
                .returning(api_keys.c.id)
            )
            ended = result.all()
            if ended:
                await append(conn, [_told("key.revoked", name, now)])
        self._known.clear()
        return bool(ended)

    async def list(self) -> Sequence[Key]:
        """Every key there ever was, oldest first."""
        async with self._database.read() as conn:
            rows = await conn.execute(
                select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)
            )
            return [
                Key(
                    name=row.name,
                    role=Role[row.role.upper()],
                    created_at=row.created_at,
                    last_used_at=row.last_used_at,
                    revoked_at=row.revoked_at,
                )
                for row in rows
            ]


def _told(kind: str, name: str, now: datetime, **detail: object) -> Entry:
    return Entry(at=now, kind=kind, about=name, detail={"actor": COMMAND_LINE, **detail})


def _hash(key: str) -> str:
    # A header's bytes that are no UTF-8 arrive as lone surrogates; they must not raise.
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _refuse_unusable(role: Role, name: str) -> None:
    errors = []
    if not name or len(name) > _LONGEST_NAME or not name.isprintable() or name != name.strip():
        reason = f"1 to {_LONGEST_NAME} printable characters, no space at either end"
        errors.append(FieldError(path="name", reason=reason))
    elif name.casefold() in _TAKEN:
        reason = "stands for no key in the audit; take another"
        errors.append(FieldError(path="name", reason=reason))
    if role is Role.NONE:
        errors.append(FieldError(path="role", reason="a key needs a role"))
    if errors:
        raise Invalid("the key cannot be made; mend the fields named", errors=errors)
