"""Keeps users, their sessions, and counts of what was tried in vain."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from huifang.staff.model import User
from huifang.staff.tables import sessions, sign_in_tries, users
from kernel.endpoint import Role
from kernel.sql import among, insert, insert_all, insert_new, lock_rows

_MOST_SESSIONS = 20  # of one user; a further one ends the oldest

_THERE = users.c.ended_at.is_(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A user with the hash of the password, if there is one."""

    user: User
    password: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """For how long a session lasts: unused, and in all."""

    idle: timedelta = timedelta(hours=2)
    whole: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session that is in force, and whose."""

    hash: str
    seen_at: datetime
    user: User


async def add_user(conn: AsyncConnection, row: Mapping[str, Any]) -> bool:
    """Write a user; whether the login was free."""
    return bool(await insert_new(conn, users, [row], ["id"]))


async def every_user(conn: AsyncConnection) -> list[User]:
    """Whoever was a user, oldest first."""
    rows = await conn.execute(select(users).order_by(users.c.created_at, users.c.id))
    return [_user(row) for row in rows]


async def by_login(conn: AsyncConnection, login: str, *, lock: bool = False) -> Known | None:
    """The user who has this login now."""
    return await _known(conn, users.c.login == login, lock=lock)


async def by_id(conn: AsyncConnection, id_: str, *, lock: bool = False) -> Known | None:
    """The user of this id, while they may sign in."""
    return await _known(conn, users.c.id == id_, lock=lock)


async def of_subject(conn: AsyncConnection, subject: str) -> User | None:
    """Whom the organisation's own sign-in knows so, let go or not; locked."""
    query = select(users).where(users.c.subject == subject)
    newest = query.order_by(users.c.created_at.desc()).limit(1)
    row = (await conn.execute(lock_rows(newest, conn))).one_or_none()
    return None if row is None else _user(row)


async def _known(conn: AsyncConnection, which: Any, *, lock: bool) -> Known | None:
    query = select(users).where(which, _THERE)
    row = (await conn.execute(lock_rows(query, conn) if lock else query)).one_or_none()
    return None if row is None else Known(user=_user(row), password=row.password)


async def let_go(conn: AsyncConnection, login: str) -> User | None:
    """The last who had this login and was let go; locked."""
    query = select(users).where(users.c.login == login, ~_THERE)
    newest = query.order_by(users.c.created_at.desc()).limit(1)
    row = (await conn.execute(lock_rows(newest, conn))).one_or_none()
    return None if row is None else _user(row)


async def change_user(conn: AsyncConnection, id_: str, **values: Any) -> None:
    """Set columns of a user."""
    await conn.execute(update(users).where(users.c.id == id_).values(**values))


def _user(row: Any) -> User:
    return User(
        id=row.id,
        login=row.login,
        name=row.name,
        role=Role[row.role.upper()],
        agent=row.agent,
        locale=row.locale,
        by_password=row.password is not None,
        created_at=row.created_at,
        signed_in_at=row.signed_in_at,
        ended_at=row.ended_at,
    )


async def begin_session(
    conn: AsyncConnection, hash_: str, user: str, spans: Spans, now: datetime
) -> None:
    """Write a session; those that are over go, and the oldest of a user who has too many."""
    over = (sessions.c.seen_at <= now - spans.idle) | (sessions.c.created_at <= now - spans.whole)
    await conn.execute(delete(sessions).where(over))
    row = {"hash": hash_, "user_id": user, "created_at": now, "seen_at": now}
    await insert_all(conn, sessions, [row])
    newest = (
        select(sessions.c.hash)
        .where(sessions.c.user_id == user)
        .order_by(sessions.c.created_at.desc(), sessions.c.hash)
        .limit(_MOST_SESSIONS)
    )
    surplus = and_(sessions.c.user_id == user, sessions.c.hash.not_in(newest))
    await conn.execute(delete(sessions).where(surplus))


async def session(
    conn: AsyncConnection, hashes: Sequence[str], spans: Spans, now: datetime
) -> Session | None:
    """The session of one of the hashes, while it and its user are in force."""
    found = await conn.execute(
        select(users, sessions.c.hash, sessions.c.seen_at)
        .join(sessions, sessions.c.user_id == users.c.id)
        .where(
            sessions.c.hash.in_(hashes),
            sessions.c.seen_at > now - spans.idle,
            sessions.c.created_at > now - spans.whole,
            _THERE,
        )
    )
    row = found.first()
    return None if row is None else Session(hash=row.hash, seen_at=row.seen_at, user=_user(row))


async def note_seen(conn: AsyncConnection, hash_: str, before: datetime, now: datetime) -> None:
    """Say that a session was used, unless somebody said so since `before`."""
    stale = and_(sessions.c.hash == hash_, sessions.c.seen_at <= before)
    await conn.execute(update(sessions).where(stale).values(seen_at=now))


async def end_session(conn: AsyncConnection, hash_: str) -> bool:
    """End one session; whether there was one."""
    ended = await conn.execute(
        delete(sessions).where(sessions.c.hash == hash_).returning(sessions.c.hash)
    )
    return bool(ended.all())


async def end_sessions(conn: AsyncConnection, user: str) -> int:
    """End every session of a user; how many there were."""
    ended = await conn.execute(
        delete(sessions).where(sessions.c.user_id == user).returning(sessions.c.hash)
    )
    return len(ended.all())


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """How often something was tried, this time included, and when counting begins anew."""

    tries: int
    until: datetime


async def count_tries(
    conn: AsyncConnection, keys: Collection[str], span: timedelta, now: datetime
) -> dict[str, Tries]:
    """Count one try more for each key, before anybody knows whether it is in vain.

    So many at once cannot all pass. What is past its time is forgotten.
    """
    await conn.execute(delete(sign_in_tries).where(sign_in_tries.c.until <= now))
    statement = insert(conn, sign_in_tries).values(
        [{"key": key, "tries": 1, "until": now + span} for key in sorted(keys)]
    )
    found = await conn.execute(
        statement.on_conflict_do_update(
            index_elements=["key"], set_={"tries": sign_in_tries.c.tries + 1}
        ).returning(sign_in_tries)
    )
    return {row.key: Tries(tries=row.tries, until=row.until) for row in found}


async def take_back(conn: AsyncConnection, key: str) -> None:
    """Count one try less: it was not in vain."""
    less = case((sign_in_tries.c.tries > 0, sign_in_tries.c.tries - 1), else_=0)
    await conn.execute(update(sign_in_tries).where(sign_in_tries.c.key == key).values(tries=less))


async def forget_tries(conn: AsyncConnection, keys: Collection[str]) -> None:
    """Let counting begin anew."""
    await conn.execute(delete(sign_in_tries).where(among(conn, set(keys), sign_in_tries.c.key)))
