"""What commands print for programs, and what they say to whoever errs; on a database, no server."""

import json
from datetime import UTC, datetime

import pytest

from huifang import commands, keys
from huifang.identity import Identity
from kernel.endpoint import Role
from kernel.engine import open_database
from kernel.faults import NotFound
from tickets import store
from tickets.course import unheard


@pytest.fixture(autouse=True)
def of_a_database(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HUIFANG_DATABASE_URL", sqlite_url)
    return sqlite_url


async def test_a_key_is_printed_alone_or_as_a_document(
    of_a_database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await keys.create(Role.AGENT, "board", as_json=False) == 0
    [plain] = capsys.readouterr().out.splitlines()
    assert await keys.create(Role.MANAGER, "看板", as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert {**told, "key": ""} == {"name": "看板", "role": "manager", "key": ""}
    database = open_database(of_a_database)
    try:
        identity, now = Identity(database, None), datetime.now(UTC)
        found = [await identity.who(key, now) for key in (plain, told["key"])]
    finally:
        await database.close()
    assert [(each.name, each.role) for each in found if each] == [
        ("board", Role.AGENT),
        ("看板", Role.MANAGER),
    ]
    with pytest.raises(NotFound, match="`huifang key list` names them"):
        await keys.revoke("nobody")


async def test_a_wrong_source_is_told_with_those_that_know_the_ticket(of_a_database: str) -> None:
    database = open_database(of_a_database)
    async with database.write() as conn:
        await store.add_tickets(conn, [unheard("/crm", "T-1"), unheard("/shop", "T-1")])
    await database.close()
    with pytest.raises(NotFound) as fault:
        await commands.explain("T-1", "/crn", "en", as_json=False)
    assert fault.value.detail == "no ticket T-1 is known from /crn; --source may be /crm, /shop"
