"""Senders are told to come again, with a time, where their events cannot be kept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from kernel.endpoint import Role
from tests.fakes.outside import Wire, until, wire
from tests.fakes.world import closed
from tests.http.real import EVENT, FORM, Real, Reply, real


@asynccontextmanager
async def behind_a_wire(postgresql_url: str) -> AsyncIterator[tuple[Real, Wire]]:
    port = urlsplit(postgresql_url).port or 5432
    async with (
        wire(port) as line,
        real(postgresql_url.replace(f":{port}", f":{line.port}")) as app,
    ):
        yield app, line


async def post(app: Real, number: int, key: str) -> Reply:
    document = closed(number, ticket=f"T-{number}", customer=f"C-{number}")
    return await app.ask(
        "POST", "/v1/events", json=document, headers={"Content-Type": EVENT}, key=key
    )


def refused(reply: Reply) -> bool:
    assert (reply.status, reply.media) == (503, "application/problem+json")
    assert reply.body["type"] == "urn:huifang:fault:unavailable"
    assert reply.body["detail"]
    return int(reply.headers["Retry-After"]) > 0


async def test_while_the_database_is_away_events_are_refused_and_then_taken_again(
    postgresql_url: str,
) -> None:
    async with behind_a_wire(postgresql_url) as (app, line):
        known, unknown = await app.key(Role.INGEST), await app.key(Role.AGENT)
        assert (await post(app, 1, known)).status == 202
        await line.cut()
        for key in (known, unknown):  # one is remembered, the other would have to be looked up
            assert refused(await post(app, 2, key))
        assert refused(await app.get("/v1/tickets/T-1"))
        for method in ("GET", "POST"):  # a customer is told in words, and what to do
            page = await app.ask(method, "/s/any", headers={"Content-Type": FORM}, key=None)
            assert (page.status, page.media) == (503, "text/html")
            assert all(word in page.text for word in ("刷新本页", "reload this page"))
            assert int(page.headers["Retry-After"]) > 0
        staff = {"Cookie": f"__Host-huifang={'t' * 43}", "Accept-Language": "zh-CN"}
        board = await app.get("/complaints", headers=staff, key=None)
        assert (board.status, board.media, "请稍后再试" in board.text) == (503, "text/html", True)
        asked = {"CallSid": "CA1", "To": "+8613800138000", "Digits": "5"}
        said = await app.carrier("/carriers/twilio/voice/c_1/key?step=1", asked)
        assert (said.status, "稍后再试" in said.text, "<Hangup" in said.text) == (200, True, True)
        assert (await app.carrier("/carriers/twilio/voice/c_1/key", asked, token="x")).status == 403
        await line.mend()

        async def taken() -> bool:
            return (await post(app, 2, known)).status == 202

        await until(taken, "the database back")
        for number in (1, 2):
            assert (await post(app, number, unknown)).body["duplicates"] == [f"evt-{number}"]
            shown = (await app.get(f"/v1/tickets/T-{number}")).body
            assert len(shown["invitations"]) == 1
