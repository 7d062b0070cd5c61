"""Makes users, sets their passwords and lets them go."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from huifang.staff import store
from huifang.staff.model import ROLES, User, login_fault, login_of, name_fault, tries_of
from huifang.staff.passwords import LEAST, MOST, Passwords, Weakness, weakness
from kernel.endpoint import Role
from kernel.engine import Database
from kernel.faults import Conflict, FieldError, Invalid, NotFound
from kernel.journal import Entry, append

_ID_BYTES = 8
_LONGEST_AGENT = 64

_WEAK = {
    Weakness.SHORT: f"at least {LEAST} characters",
    Weakness.LONG: f"at most {MOST} characters",
    Weakness.LOGIN: "another than the login",
    Weakness.PLAIN: "more than a few different characters",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Users:
    """Who may sign in; `actor` is who says so, for the audit."""

    database: Database
    actor: str
    passwords: Passwords = field(default_factory=Passwords)

    async def create(
        self, login: str, name: str, role: Role, agent: str | None, password: str, now: datetime
    ) -> User:
        """A new user; Invalid names every fault, Conflict says that the login is in use."""
        login = login_of(login)
        _refuse(login, name, role, agent, password)
        user = User(
            id="u_" + secrets.token_hex(_ID_BYTES),
            login=login,
            name=name,
            role=role,
            agent=agent,
            locale=None,
            by_password=True,
            created_at=now,
            signed_in_at=None,
            ended_at=None,
        )
        row = row_of(user) | {"password": await self.passwords.hash(password)}
        async with self.database.write() as conn:
            written = await store.add_user(conn, row)
            if written:
                await append(conn, [self._told("user.created", user, now, role=row["role"])])
        if not written:
            raise Conflict(f"{login} is in use; deactivate it first or take another login")
        return user

    async def set_password(self, login: str, password: str, now: datetime) -> None:
        """Another password; every session ends, and so does a lock. NotFound: nobody's login."""
        weak = weakness(password, login)
        if weak is not None:
            raise _invalid([FieldError(path="password", reason=_WEAK[weak])])
        hashed = await self.passwords.hash(password)
        async with self.database.write() as conn:
            user = await self._held(conn, login)
            await store.change_user(conn, user.id, password=hashed)
            await store.end_sessions(conn, user.id)
            await store.forget_tries(conn, [tries_of(user.login)])
            await append(conn, [self._told("user.password_changed", user, now)])

    async def deactivate(self, login: str, now: datetime) -> None:
        """Let somebody go: every session ends at once. NotFound for a login nobody has."""
        async with self.database.write() as conn:
            user = await self._held(conn, login)
            await store.change_user(conn, user.id, ended_at=now)
            await store.end_sessions(conn, user.id)
            await append(conn, [self._told("user.deactivated", user, now)])

    async def activate(self, login: str, now: datetime) -> None:
        """Let somebody in again who was let go; NotFound, or Conflict where another has the login.

        Who comes from the organisation has no other way back.
        """
        async with self.database.write() as conn:
            if await store.by_login(conn, login_of(login)) is not None:
                raise Conflict(f"{login} is in use already")
            user = await store.let_go(conn, login_of(login))
            if user is None:
                raise NotFound(f"nobody signed in as {login}; `huifang user list` names who did")
            await store.change_user(conn, user.id, ended_at=None)
            await append(conn, [self._told("user.activated", user, now)])

    async def list(self) -> Sequence[User]:
        """Whoever was a user, oldest first."""
        async with self.database.read() as conn:
            return await store.every_user(conn)

    async def _held(self, conn: AsyncConnection, login: str) -> User:
        known = await store.by_login(conn, login_of(login), lock=True)
        if known is None:
            raise NotFound(f"nobody signs in as {login}; `huifang user list` names who does")
        return known.user

    def _told(self, kind: str, user: User, now: datetime, **detail: object) -> Entry:
        return Entry(at=now, kind=kind, about=user.id, detail={"actor": self.actor, **detail})


def row_of(user: User) -> dict[str, object]:
    """The columns of a new user, but for what proves who they are."""
    return {
        "id": user.id,
        "login": user.login,
        "name": user.name,
        "role": user.role.name.lower(),
        "agent": user.agent,
        "locale": user.locale,
        "created_at": user.created_at,
    }


def _refuse(login: str, name: str, role: Role, agent: str | None, password: str) -> None:
    errors = []
    if reason := login_fault(login):
        errors.append(FieldError(path="login", reason=reason))
    if reason := name_fault(name):
        errors.append(FieldError(path="name", reason=reason))
    if role not in ROLES:
        errors.append(FieldError(path="role", reason="agent, manager or admin"))
    if agent is not None and not 0 < len(agent) <= _LONGEST_AGENT:
        errors.append(FieldError(path="agent", reason=f"1 to {_LONGEST_AGENT} characters"))
    weak = weakness(password, login)
    if weak is not None:
        errors.append(FieldError(path="password", reason=_WEAK[weak]))
    if errors:
        raise _invalid(errors)


def _invalid(errors: Sequence[FieldError]) -> Invalid:
    told = "; ".join(f"{each.path}: {each.reason}" for each in errors)
    return Invalid(told, errors=errors)
