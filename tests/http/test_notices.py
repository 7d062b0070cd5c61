"""The supervisors' board over HTTP: listed page by page, acknowledged once, with who did it."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from kernel.endpoint import Role
from kernel.journal import latest
from scheduler.notices import Notice, raise_many
from tests.fakes.outside import TOKEN
from tests.fakes.world import closed
from tests.http.real import EVENT, HOURS, Real, Reply, real

DESK = Notice(kind="desk.silent", subject="k_1", source="/tickets", ticket="T-1")
STOP = Notice(kind="opt_out.provisional", subject="SM1", facts={"channel": "sms"})


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[Real]:
    async with real(database_url) as found:
        yield found


async def raised(app: Real, *found: Notice) -> None:
    async with app.service.database.write() as conn:
        await raise_many(conn, found, app.clock.now())


async def acknowledge(app: Real, id_: str, body: dict[str, Any], **more: Any) -> Reply:
    headers = {"Content-Type": "application/json"}
    path = f"/v1/notices/{id_}/acknowledge"
    return await app.ask("POST", path, data=json.dumps(body), headers=headers, **more)


async def test_the_board_is_listed_and_cleared_item_by_item(app: Real) -> None:
    agent = await app.key(Role.AGENT)
    await raised(app, DESK)
    app.clock.advance(HOURS)
    await raised(app, STOP)
    await app.run()
    first = (await app.get("/v1/notices?limit=1", key=agent)).body
    assert [item["kind"] for item in first["items"]] == [STOP.kind]
    rest = (await app.get(f"/v1/notices?limit=1&cursor={first['next']}", key=agent)).body
    [item] = rest["items"]
    assert rest["next"] is None
    assert (item["id"], item["source"], item["ticket"]) == (DESK.id, "/tickets", "T-1")
    assert (item["told"], item["told_at"], item["acknowledged_at"]) == ([], None, None)
    english = await app.get("/v1/notices?kind=desk.silent", headers={"Accept-Language": "en"})
    assert "silent" in english.body["items"][0]["text"]
    page = (await app.get("/metrics", key=None)).text
    assert 'huifang_notices_open{kind="desk.silent"} 1.0' in page
    assert 'huifang_notices_unmailed_total{reason="no_mailbox"} 2.0' in page

    done = await acknowledge(app, DESK.id, {"by": "A-7"}, key=agent)
    assert done.status == 200
    assert done.body["acknowledged_by"] == "A-7"
    again = await acknowledge(app, DESK.id, {"by": "A-8"}, key=agent)
    assert (again.status, again.body["acknowledged_by"]) == (409, "A-7")
    assert (await acknowledge(app, "n_none", {"by": "A-8"})).status == 404
    standing = (await app.get("/v1/notices?open=true")).body["items"]
    assert [each["id"] for each in standing] == [STOP.id]
    over = (await app.get("/v1/notices?open=false")).body["items"]
    assert [each["id"] for each in over] == [DESK.id]
    async with app.service.database.read() as conn:
        entry = await latest(conn, DESK.id)
    assert entry is not None
    assert (entry.kind, entry.ticket) == ("notice.acknowledged", "T-1")
    assert entry.detail == {"notice": "desk.silent", "by": "A-7", "actor": "agent"}


async def test_what_is_asked_is_read_strictly_and_of_agents_alone(app: Real) -> None:
    ingest = await app.key(Role.INGEST)
    for path in ("/v1/notices", "/v1/contacts"):
        assert (await app.get(path, key=None)).status == 401
        assert (await app.get(path, key=ingest)).status == 403
        for query in ("limit=0", "limit=501", "cursor=nothing", "cursor=%C3%A9"):
            assert (await app.get(f"{path}?{query}")).status == 422, query
    assert (await app.get("/v1/notices?open=perhaps")).status == 422
    assert (await app.get("/v1/contacts?state=sent")).status == 422
    await raised(app, DESK)
    for body in ({}, {"by": ""}, {"by": "x" * 65}, {"by": "A-7", "note": "x"}):
        assert (await acknowledge(app, DESK.id, body)).status == 422
    assert (await acknowledge(app, DESK.id, {"by": "A-7"}, key=ingest)).status == 403


async def test_contacts_of_unknown_fate_are_listed_without_whom_they_were_for(app: Real) -> None:
    sent = json.dumps(closed())
    await app.ask("POST", "/v1/events", data=sent, headers={"Content-Type": EVENT})
    app.outside.fault("carrier", "status", 500, times=None)
    await app.after(2 * HOURS)
    [item] = (await app.get("/v1/contacts?state=unknown")).body["items"]
    assert (item["ticket"], item["customer"], item["channel"]) == ("T-1001", "C-1", "sms")
    assert item["message_class"] == "invitation"
    assert TOKEN not in json.dumps(item)
    assert "138" not in json.dumps(item)
    before = "2026-11-20T04:00:00Z"
    assert (await app.get(f"/v1/contacts?before={before}")).body == {"items": [], "next": None}
