"""An admin is shown all that is held of a customer; reading is noted; time takes what it may."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from channels import archive
from huifang.retention import Retention
from kernel.endpoint import Role
from kernel.engine import metadata
from kernel.journal import journal
from kernel.privacy import sealed_columns
from tests.http import planted
from tests.http.planted import NAME, PHONE, WORDS, plant, traces
from tests.http.real import Real, real
from tests.http.staff import signed_in

#: Kept until the customer is erased: who somebody is does not grow old.
LASTING = {"customers.name", "customers.phone", "customers.email"}


@pytest.fixture
async def app(sqlite_url: str) -> AsyncIterator[Real]:
    async with real(sqlite_url) as found:
        await plant(found)
        yield found


async def test_all_that_is_held_is_shown_noted_and_forgotten_in_time(app: Real) -> None:
    await _shown(app)
    await _refused(app)
    await _noted(app)
    await _nothing_is_shown_unnoted(app)
    await _never_in_the_journal(app)
    await _forgotten(app)


async def _shown(app: Real) -> None:
    answer = await app.get("/v1/customers/C-1/data")
    assert answer.status == 200, answer.text
    missing = {NAME, PHONE, planted.MAILBOX, *WORDS.values()} - set(traces(answer.text))
    assert missing - {WORDS["piece"]} == set(), "held, and not shown"
    assert planted.KEPT not in answer.text
    assert answer.body["decisions"]
    assert answer.body["truncated"] == []
    again = (await app.get("/v1/customers/C-1/data")).body
    assert "customer.data_read" in [each["kind"] for each in again["story"]]
    acts = (await app.get("/v1/audit?kind=customer.data_read")).body["items"]
    assert [each["about"] for each in acts] == ["C-1", "C-1"]


async def _refused(app: Real) -> None:
    manager = await app.key(Role.MANAGER)
    assert (await app.ask("DELETE", "/v1/customers/C-1", key=manager)).status == 403
    assert (await app.get("/v1/customers/C-1/data", key=manager)).status == 403
    assert (await app.ask("DELETE", "/v1/customers/C-9")).status == 404
    assert (await app.ask("DELETE", "/v1/customers/C-1?source=/elsewhere")).status == 404


async def _noted(app: Real) -> None:
    agent = await app.key(Role.AGENT)
    for path in (
        *("/v1/tickets/T-1", "/v1/tickets/T-1/timeline", "/v1/unmatched", "/v1/complaints"),
        *("/v1/callbacks", "/v1/customers/C-1/preferences"),
    ):
        before = await _reads(app)
        assert (await app.get(path, key=agent)).status == 200, path
        assert await _reads(app) == before + 1, path
    assert (await app.get("/v1/tickets/T-404", key=agent)).status == 404
    assert (await app.get("/v1/surveys", key=agent)).status == 200
    acts = (await app.get("/v1/audit?kind=personal.read&actor=agent")).body["items"]
    assert [each["about"] for each in acts] == [
        *("C-1", "callbacks", "complaints", "unmatched", "T-1", "T-1")
    ]
    story = (await app.get("/v1/customers/C-1/data")).body["story"]
    assert "agent" in [each["actor"] for each in story if each["kind"] == "personal.read"]


async def _nothing_is_shown_unnoted(app: Real) -> None:
    """Whatever answers with a customer's words leaves an entry, be it a page or for programs."""
    admin = await signed_in(app, "root", Role.ADMIN)
    [complaint] = (await app.get("/v1/tickets/T-1")).body["complaints"]
    [callback, *_] = (await app.get("/v1/callbacks")).body["items"]
    ids = {"tickets": "T-1", "customers": "C-1", "surveys": "csat"}
    ids |= {"complaints": complaint["id"], "callbacks": callback["id"]}
    shown: set[str] = set()
    for each in app.service.endpoints:
        kind = each.path.removeprefix("/v1").split("/")[1]
        path = each.path.replace("{id}", ids.get(kind, "none"))
        if each.method != "GET" or each.role is Role.NONE or "{" in path or path == "/v1/live":
            continue
        before = await _acts(app)
        said = (await (app if each.page is None else admin).get(path)).text
        if traces(said, also=(planted.KEPT,)):
            shown.add(each.path)
            assert await _acts(app) > before, path
    assert shown >= {
        *("/responses", "/tickets/{id}", "/complaints/{id}", "/v1/customers/{id}/data"),
        *("/v1/responses", "/v1/tickets/{id}", "/v1/callbacks", "/v1/callbacks/{id}"),
        *("/v1/complaints/{id}", "/v1/unmatched"),
    }


async def _acts(app: Real) -> int:
    async with app.service.database.read() as conn:
        query = select(func.count()).where(journal.c.actor.is_not(None))
        return int((await conn.execute(query)).scalar_one())


async def _reads(app: Real) -> int:
    acts = (await app.get("/v1/audit?kind=personal.read&limit=500")).body["items"]
    return len(acts)


async def _never_in_the_journal(app: Real) -> None:
    async with app.service.database.read() as conn:
        rows = [str(dict(row)) for row in (await conn.execute(select(journal))).mappings()]
    assert rows
    assert [word for row in rows for word in traces(row)] == []


async def _forgotten(app: Real) -> None:
    """Every sealed column is somebody's to forget, once what it belongs to is over."""
    [complaint] = (await app.get("/v1/tickets/T-1")).body["complaints"]
    await planted.post(app, f"/v1/complaints/{complaint['id']}/close", {})
    await app.after(timedelta(days=60))
    for item in (await app.get("/v1/callbacks")).body["items"]:
        if item["state"] not in ("done", "exhausted", "cancelled"):
            await planted.post(app, f"/v1/callbacks/{item['id']}/cancel", {"reason": "over"})
    app.clock.advance(timedelta(days=800))
    now, service = app.clock.now(), app.service
    retention = Retention(database=service.database, rules=lambda: service.rules)
    await retention.often(now)
    await retention.daily(now)
    async with service.database.write() as conn:
        await archive.forget_parts(conn, now)
    left = {each.name for each in sealed_columns(metadata) if await planted.sealed_of(app, each)}
    assert left == LASTING
