"""One story by phone: the product calls, the sandbox's customers answer, as over a real line."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from channels.tables import recordings
from huifang import configuration
from huifang.server import make_application
from huifang.wiring import Service, build
from kernel import journal
from kernel.endpoint import Role
from scheduler.clock import MovableClock
from surveys import store as surveys
from surveys.model import Response
from tests.e2e.stack import free_port
from tests.fakes.outside import Outside, outside, serving, until
from tests.fakes.world import NOON, closed
from tests.http.real import BOOTSTRAP, EVENT, HOURS, environ

PHONE = "+8613800138000"


class Story:
    """Both sides of the line, and the clock that they share."""

    def __init__(
        self, service: Service, clock: MovableClock, world: Outside, http: aiohttp.ClientSession
    ) -> None:
        self.service, self.clock, self.world, self.http = service, clock, world, http

    async def phone(self, **persona: Any) -> None:
        """How the customer's telephone is met."""
        async with self.http.put(
            f"{self.world.url}/api/phones/{PHONE}/persona", json=persona
        ) as said:
            assert said.status == 200, await said.text()

    async def get(self, path: str, key: str = BOOTSTRAP) -> tuple[int, bytes, str]:
        """What the product answers."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        url = f"{self.service.settings.public_url}{path}"
        async with self.http.get(url, headers=headers) as answer:
            return answer.status, await answer.read(), answer.content_type

    async def calls(self) -> list[dict[str, Any]]:
        async with self.http.get(f"{self.world.url}/api/calls") as answer:
            items: list[dict[str, Any]] = (await answer.json())["items"]
            return items

    async def run(self) -> None:
        for _ in range(50):
            if not await self.service.step():
                return

    async def over(self, number: int = 1) -> None:
        """The calls are over and told of."""

        async def all_over() -> bool:
            found = await self.calls()
            kinds = await self.kinds()
            ended = [call for call in found if call["status"] not in _LIVE]
            told = kinds.count("contact.delivered") + kinds.count("contact.unreached")
            return len(ended) >= number and told >= number

        await until(all_over, "the end of the call")
        await self.run()

    async def kinds(self) -> list[str]:
        async with self.service.database.read() as conn:
            return [each.kind for each in await journal.of_ticket(conn, "/tickets", "T-1001")]

    async def response(self) -> Response | None:
        async with self.service.database.read() as conn:
            found = await surveys.responses_of(conn, self.service.vault, "/tickets", "T-1001")
        return found[0] if found else None


_LIVE = ("queued", "initiated", "ringing", "in-progress")


@asynccontextmanager
async def told(database_url: str) -> AsyncIterator[Story]:
    """Product and sandbox on sockets of their own, by one clock."""
    clock, port = MovableClock(NOON), free_port()
    public = f"http://127.0.0.1:{port}"
    async with outside(product=public, now=clock.now) as world, aiohttp.ClientSession() as http:
        world.world.faults.clear()
        found = configuration.load({**environ(database_url, world), "HUIFANG_PUBLIC_URL": public})
        service = build(found.settings, found.rules, found.surveys, clock)
        try:
            async with serving(make_application(service), port):
                async with http.put(f"{world.url}/api/pace", json={"speed": None}) as said:
                    assert said.status == 200
                event = closed()
                event["data"]["customer"]["preferences"] = {"channels": ["voice"]}
                headers = {"Content-Type": EVENT, "Authorization": f"Bearer {BOOTSTRAP}"}
                url, body = f"{public}/v1/events", json.dumps(event)
                async with http.post(url, data=body, headers=headers) as taken:
                    assert taken.status == 202
                yield Story(service, clock, world, http)
        finally:
            await service.stop()


@pytest.fixture
async def story(sqlite_url: str) -> AsyncIterator[Story]:
    async with told(sqlite_url) as found:
        yield found


async def test_a_customer_answers_by_keys_and_words_and_leaves_a_message(story: Story) -> None:
    turns = [{"keys": "1"}, {"say": "很不满意"}, {"keys": "2"}, {"say": "师傅没有来", "keys": "#"}]
    await story.phone(ring="answer", turns=turns)
    story.clock.advance(2 * HOURS)
    await story.run()
    await story.over()
    found = await story.response()
    assert found is not None, await story.calls()
    assert {name: found.answers[name] for name in ("satisfaction", "resolved")} == {
        "satisfaction": 1,
        "resolved": False,
    }
    [comment] = found.comments
    assert comment.startswith("（语音留言")
    assert "complaint.registered" in await story.kinds()

    async def kept() -> bool:
        await story.run()
        async with story.service.database.read() as conn:
            return len((await conn.execute(select(recordings))).all()) == 1

    await until(kept, "the recording")
    assert not story.world.world.recordings  # deleted where it was made
    async with story.service.database.read() as conn:
        entries = await journal.of_ticket(conn, "/tickets", "T-1001")
        [row] = (await conn.execute(select(recordings))).all()
    [told_of] = [each.detail["url"] for each in entries if each.kind == "recording.kept"]
    assert row.audio.find(b"ID3") < 0
    listed = await story.get(f"/v1/responses/{found.id}/recordings")
    [item] = json.loads(listed[1])["items"]
    assert (item["url"], item["question"]) == (told_of, "comment")
    status, audio, media = await story.get(told_of)
    assert (status, media) == (200, "audio/mpeg")
    assert len(audio) > 100
    assert "recording.heard" in await story.kinds()
    assert (await story.get(told_of, key=""))[0] == 401
    agent = await story.service.identity.create(Role.AGENT, "agent", story.clock.now())
    assert (await story.get(told_of, key=agent))[0] == 403
    for missing in ("/v1/recordings/RE404", "/v1/responses/r_404/recordings"):
        assert (await story.get(missing))[0] == 404
    [call] = await story.calls()
    assert call["status"] == "completed"


async def test_a_voicemail_is_asked_nothing_and_a_busy_line_is_called_again(story: Story) -> None:
    await story.phone(
        calls=[{"ring": "machine", "after": 3}, {"ring": "answer", "turns": [{"keys": "9"}]}]
    )
    story.clock.advance(2 * HOURS)
    await story.run()
    await story.over()
    assert await story.response() is None
    story.clock.advance(25 * HOURS)
    await story.run()
    await story.over(2)
    assert "opt_out.recorded" in await story.kinds()


async def test_who_missed_our_call_calls_back_and_answers(story: Story) -> None:
    await story.phone(ring="ignore")
    story.clock.advance(2 * HOURS)
    await story.run()
    await story.over()
    turns = [{"keys": "1"}, {"keys": "4"}, {"say": "已经解决了"}]
    path = f"{story.world.url}/api/phones/{PHONE}/call"
    async with story.http.post(path, json={"turns": turns}) as said:
        assert said.status == 200, await said.text()

    async def complete() -> bool:
        found = await story.response()
        return found is not None and found.completed_at is not None

    await until(complete, "the last answer")
    found = await story.response()
    assert found is not None
    assert (found.answers, found.channel) == ({"satisfaction": 4, "resolved": True}, "voice")
