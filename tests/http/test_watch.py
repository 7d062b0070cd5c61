"""What is out of the ordinary, as managers see it over HTTP."""

from collections.abc import AsyncIterator

import pytest

from huifang.watching.duty import Watching
from kernel.endpoint import Role
from tests.fakes.closings import alike, closings
from tests.fakes.world import NOON
from tests.http.real import Real, real


@pytest.fixture
async def app(sqlite_url: str) -> AsyncIterator[Real]:
    async with real(sqlite_url) as found:
        database = found.service.database
        await alike(database, NOON, [f"A-{number}" for number in range(10, 18)])
        await closings(database, "A-bad", NOON, skipped=20, reasons={"cannot_reproduce": 4})
        await Watching(database=database, timezone=lambda: "Asia/Shanghai")(NOON)
        yield found


async def test_a_manager_sees_findings_in_words_with_the_rows_behind_them(app: Real) -> None:
    manager = await app.key(Role.MANAGER)
    english = {"Accept-Language": "en"}
    reply = await app.get("/v1/watch?current=true&kind=watch.unasked", key=manager, headers=english)
    assert reply.status == 200, reply.text
    [item] = reply.body["items"]
    assert reply.body["next"] is None
    assert item["text"] == (
        "Closings of agent A-bad are kept from being asked about by tag or close reason more than "
        "others: 33% (n=60), others 5%"
    )
    assert item["now"] == {"hits": 20, "n": 60, "share": pytest.approx(1 / 3)}
    assert (item["dimension"], item["name"], item["over_at"]) == ("agent", "A-bad", None)
    assert 0 < item["chance"] < 1e-6 < item["limit"] < item["now"]["share"]
    rows = (await app.get(item["rows"], key=manager)).body["items"]
    assert len(rows) == 20
    assert rows[0].keys() == {"source", "ticket", "closure", "closed_at"}
    [told] = (await app.get("/v1/notices?open=true", key=manager)).body["items"]
    assert told["text"].startswith("坐席A-bad关单后因标签或关单原因未做回访的比例偏高：33%")
    assert (await app.get("/v1/watch?current=false", key=manager)).body["items"] == []


async def test_only_managers_see_who_stands_out_and_unknown_findings_are_404(app: Real) -> None:
    agent = await app.key(Role.AGENT)
    assert (await app.get("/v1/watch", key=agent)).status == 403
    assert (await app.get("/v1/watch/w_none/rows", key=agent)).status == 403
    assert (await app.get("/v1/watch/w_none/rows")).status == 404
    assert (await app.get("/v1/watch?kind=other")).status == 422
