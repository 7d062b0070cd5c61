"""Open pages hear of what changes: by this process or another, for who is signed in alone."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from huifang.server import make_application
from huifang.staff import live
from huifang.staff.live import Live, TooManyPages
from kernel.endpoint import Answer, Call, Person, Role
from kernel.engine import open_database
from kernel.faults import Unavailable
from kernel.journal import Entry, append
from tests.fakes.world import NOON
from tests.http.real import Real
from tests.http.staffed import enter, promise, staffed


@pytest.fixture
async def app(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Real]:
    async with staffed(sqlite_url, tmp_path / "rules") as found:
        yield found


async def event(answer: aiohttp.ClientResponse) -> tuple[int, list[str] | None]:
    """The next event: its id, and the ids that changed."""
    number = 0
    async with asyncio.timeout(15):
        async for line in answer.content:
            name, _, value = line.decode().strip().partition(": ")
            if name == "id":
                number = int(value)
            elif name == "data":
                return number, json.loads(value)["ids"]
    raise AssertionError("the stream ended")


async def test_a_page_hears_of_a_callback_and_goes_on_where_it_was(app: Real) -> None:
    browser = await enter(app, "zhou", Role.AGENT, "A-7")
    id_ = await promise(app)
    headers = {"Cookie": browser.cookie}
    url = f"{app.url}/v1/live"
    async with app.session.get(url, headers=headers) as answer:
        assert answer.content_type == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"
        assert await answer.content.readline() == b"retry: 2000\n"
        claimed = json.dumps({"agent": "A-7"})
        await browser.api("POST", f"/v1/callbacks/{id_}/claim", data=claimed)
        number, ids = await event(answer)
        # What was there before, and of which the page knows, may be told again.
        while id_ not in (ids or ()):
            number, ids = await event(answer)
    again = {**headers, "Last-Event-ID": str(number)}
    async with app.session.get(url, headers=again) as answer:
        assert await event(answer) == (number, None)  # everything may have changed meanwhile


async def test_it_is_for_sessions_alone(app: Real) -> None:
    assert (await app.ask("GET", "/v1/live", key=None)).status == 401
    assert (await app.get("/v1/live")).status == 401  # a key has no page to keep up to date


async def test_who_listens_does_not_hold_the_service_up_when_it_stops(app: Real) -> None:
    browser = await enter(app, "zhou", Role.AGENT, "A-7")
    runner = web.AppRunner(make_application(app.service), shutdown_timeout=30)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1/live"
    answer = await app.session.get(url, headers={"Cookie": browser.cookie})
    assert await answer.content.readline() == b"retry: 2000\n"
    began = asyncio.get_running_loop().time()
    await runner.cleanup()
    assert asyncio.get_running_loop().time() - began < 15  # a stream lasts for minutes
    answer.close()


async def test_what_another_process_wrote_is_heard_and_slow_listeners_cost_nothing(
    database_url: str,
) -> None:
    ours, theirs = open_database(database_url), open_database(database_url)
    hub = Live(database=ours)
    streams = [(await hub.listen(_call())).body for _ in range(2)]
    for stream in streams:
        assert await anext(stream) == b"retry: 2000\n\n"
    for number in range(300):
        async with theirs.write() as conn:
            await append(conn, [Entry(at=NOON, kind="callback.due", about=f"cb_{number}")])
    async with asyncio.timeout(15):
        found: set[str] = set()
        while "cb_299" not in found:
            said = await anext(streams[0])
            ids = json.loads(said.split(b"data: ")[1])["ids"]
            if ids is None:
                break
            found.update(ids)
        assert b'"ids":null' in await anext(streams[1])  # too many to name, and none kept
    for stream in streams:
        await stream.aclose()
    await ours.close()
    await theirs.close()


async def test_no_more_listen_than_there_is_room_for(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    hub = Live(database=database)
    streams = []
    for number in range(live.MOST):
        answer: Answer = await hub.listen(_call(number // live.EACH))
        await anext(answer.body)
        streams.append(answer.body)
    with pytest.raises(Unavailable):
        await hub.listen(_call(number))
    await streams.pop().aclose()
    assert (await hub.listen(_call(number))).status == 200
    # One session does not take the places of others, nor when its pages open all at once.
    with pytest.raises(TooManyPages):
        await hub.listen(_call(0))
    burst = [(await hub.listen(_call(number))).body for _ in range(live.EACH + 1)]
    assert [await anext(stream, None) is None for stream in burst[:2]] == [False, True]
    streams += burst
    for stream in streams:
        await stream.aclose()
    await database.close()


def _call(session: int = 0) -> Call:
    return Call(
        now=NOON,
        path={},
        query={},
        body=None,
        raw=b"",
        headers={},
        url="",
        remote="",
        form=(),
        actor="zhou",
        role=Role.AGENT,
        person=Person(
            user="u_1",
            login="zhou",
            name="周敏",
            role=Role.AGENT,
            agent=None,
            locale=None,
            csrf="",
            session=str(session),
        ),
    )
