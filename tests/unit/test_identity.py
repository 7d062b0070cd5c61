"""API keys: made once, recognised by their hash, ended quickly; on both databases."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.exc import OperationalError

from huifang.identity import Identity, Key, Principal
from huifang.tables import api_keys
from kernel.endpoint import Role
from kernel.engine import Database, metadata, open_database
from kernel.faults import Conflict, Invalid

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = open_database(database_url)
    async with opened.write() as conn:
        await conn.run_sync(metadata.create_all)
    yield opened
    await opened.close()


@pytest.fixture
def statements(database: Database) -> list[str]:
    """Every statement on our table, as it is sent."""
    seen: list[str] = []

    @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def _see(conn: object, cursor: object, statement: str, *_: object) -> None:
        if "api_keys" in statement:
            seen.append(statement.split(maxsplit=1)[0])

    return seen


async def test_a_key_is_known_again_and_looks_like_one(database: Database) -> None:
    identity = Identity(database)
    key = await identity.create(Role.AGENT, "desk 前台", NOW)
    assert re.fullmatch(r"hf_[A-Za-z0-9_-]{43}", key)
    assert await identity.who(key, NOW) == Principal(name="desk 前台", role=Role.AGENT)
    assert await Identity(database).who(key, NOW) == Principal(name="desk 前台", role=Role.AGENT)


async def test_two_keys_differ(database: Database) -> None:
    identity = Identity(database)
    one, two = [await identity.create(Role.AGENT, name, NOW) for name in "ab"]
    assert one != two
    found = await identity.who(two, NOW)
    assert found is not None
    assert found.name == "b"


async def test_a_caller_is_let_in_though_somebody_else_writes_for_long(database: Database) -> None:
    key = await Identity(database).create(Role.AGENT, "desk", NOW)
    async with database.write() as conn:
        await conn.execute(update(api_keys).values(role="agent"))
        async with asyncio.timeout(4.0):
            assert await Identity(database).who(key, NOW) is not None


async def test_the_key_itself_is_not_kept(database: Database) -> None:
    key = await Identity(database).create(Role.ADMIN, "desk", NOW)
    async with database.read() as conn:
        row = (await conn.execute(select(api_keys))).one()
    assert key not in str(tuple(row))
    assert len(row.hash) == 64


@pytest.mark.parametrize("key", ["", "hf_", "hf_" + "x" * 43, "x" * 100_000, "\udcff", "a\0b"])
async def test_what_nobody_made_is_nobody(database: Database, key: str) -> None:
    assert await Identity(database, "bootstrap").who(key, NOW) is None


async def test_the_bootstrap_key_is_an_admin_without_a_row(
    database: Database, statements: list[str]
) -> None:
    identity = Identity(database, "a bootstrap key")
    expected = Principal(name="bootstrap", role=Role.ADMIN)
    assert await identity.who("a bootstrap key", NOW) == expected
    assert statements == []
    assert await identity.who("a bootstrap keY", NOW) is None
    assert await Identity(database).who("a bootstrap key", NOW) is None


async def test_a_name_in_use_is_refused_and_free_again_once_revoked(database: Database) -> None:
    identity = Identity(database)
    old = await identity.create(Role.AGENT, "desk", NOW)
    with pytest.raises(Conflict):
        await identity.create(Role.ADMIN, "desk", NOW)
    assert await identity.revoke("desk", NOW)
    new = await identity.create(Role.MANAGER, "desk", NOW)
    assert await identity.who(old, NOW) is None
    assert await identity.who(new, NOW) == Principal(name="desk", role=Role.MANAGER)


_NOBODYS = ("bootstrap", "command line", "Configuration", "sign-in")


@pytest.mark.parametrize("name", ["", " desk", "a\nb", "a\0b", "x" * 65, *_NOBODYS])
async def test_an_unusable_name_is_refused(database: Database, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        await Identity(database).create(Role.AGENT, name, NOW)
    assert [error.path for error in refused.value.errors] == ["name"]


async def test_a_key_without_a_role_is_refused(database: Database) -> None:
    with pytest.raises(Invalid) as refused:
        await Identity(database).create(Role.NONE, "desk", NOW)
    assert [error.path for error in refused.value.errors] == ["role"]


async def test_revoking_ends_a_key_here_at_once_and_elsewhere_within_five_seconds(
    database: Database,
) -> None:
    here, elsewhere = Identity(database), Identity(database)
    key = await here.create(Role.AGENT, "desk", NOW)
    assert await here.who(key, NOW)
    assert await elsewhere.who(key, NOW)
    assert await here.revoke("desk", NOW)
    assert await here.who(key, NOW) is None
    assert await elsewhere.who(key, NOW + 4 * SECOND)
    assert await elsewhere.who(key, NOW + 5 * SECOND) is None


async def test_revoking_a_name_nobody_has_says_so(database: Database) -> None:
    identity = Identity(database)
    assert not await identity.revoke("desk", NOW)
    await identity.create(Role.AGENT, "desk", NOW)
    assert await identity.revoke("desk", NOW)
    assert not await identity.revoke("desk", NOW)


async def test_a_key_is_looked_up_once_in_five_seconds(
    database: Database, statements: list[str]
) -> None:
    identity = Identity(database)
    key = await identity.create(Role.AGENT, "desk", NOW)
    await identity.who(key, NOW)
    statements.clear()
    for second in range(1, 5):
        assert await identity.who(key, NOW + second * SECOND)
    assert statements == []
    assert await identity.who(key, NOW + 5 * SECOND)
    assert statements == ["SELECT"]


async def test_a_clock_set_back_does_not_keep_a_revoked_key_alive(database: Database) -> None:
    here, elsewhere = Identity(database), Identity(database)
    key = await here.create(Role.AGENT, "desk", NOW)
    await elsewhere.who(key, NOW)
    await here.revoke("desk", NOW)
    assert await elsewhere.who(key, NOW - timedelta(hours=1)) is None


async def test_what_is_remembered_is_bounded(database: Database, statements: list[str]) -> None:
    identity = Identity(database, remembered=2)
    keys = [await identity.create(Role.AGENT, name, NOW) for name in "abc"]
    for key in keys:
        await identity.who(key, NOW)
    statements.clear()
    await identity.who(keys[2], NOW)
    await identity.who(keys[1], NOW)
    assert statements == []
    await identity.who(keys[0], NOW)
    assert statements == ["SELECT"]


async def test_use_is_noted_at_most_once_a_minute(
    database: Database, statements: list[str]
) -> None:
    identity = Identity(database)
    key = await identity.create(Role.AGENT, "desk", NOW)
    statements.clear()
    for second in range(0, 60, 6):
        await identity.who(key, NOW + second * SECOND)
    assert statements.count("UPDATE") == 1
    assert (await identity.list())[0].last_used_at == NOW
    await identity.who(key, NOW + 60 * SECOND)
    assert (await identity.list())[0].last_used_at == NOW + 60 * SECOND


async def test_a_caller_is_let_in_though_its_use_cannot_be_noted(database: Database) -> None:
    identity = Identity(database)
    key = await identity.create(Role.AGENT, "desk", NOW)

    async with AsyncExitStack() as stack:

        @event.listens_for(database.engine.sync_engine, "before_execute")
        def _refuse(conn: object, clause: object, *_: object) -> None:
            if "UPDATE" in str(clause):
                raise OperationalError("UPDATE", None, OSError("disk full"))

        stack.callback(event.remove, database.engine.sync_engine, "before_execute", _refuse)
        assert await identity.who(key, NOW)
    assert (await identity.list())[0].last_used_at is None


async def test_the_list_tells_all_but_the_keys(database: Database) -> None:
    identity = Identity(database)
    await identity.create(Role.INGEST, "crm", NOW)
    await identity.create(Role.AGENT, "desk", NOW + SECOND)
    await identity.revoke("crm", NOW + 2 * SECOND)
    assert list(await identity.list()) == [
        Key(
            name="crm",
            role=Role.INGEST,
            created_at=NOW,
            last_used_at=None,
            revoked_at=NOW + 2 * SECOND,
        ),
        Key(
            name="desk",
            role=Role.AGENT,
            created_at=NOW + SECOND,
            last_used_at=None,
            revoked_at=None,
        ),
    ]
