"""A small product that speaks TwiML, and a client that places calls, for the sandbox's tests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from twilio.request_validator import RequestValidator

from tests.http.outside import ACCOUNT, PHONE, TOKEN, Outside, Start, authorised, eventually, serve

OWN_NUMBER = "+8610655500001"
EVERY_EVENT = ("initiated", "ringing", "answered", "completed")
OVER = ("completed", "busy", "no-answer", "failed", "canceled")


@dataclass(frozen=True)
class Heard:
    """One request that the product got."""

    method: str
    path: str
    form: dict[str, str]
    token: str | None


@dataclass
class Ivr:
    """Answers each path with its documents in turn, the last one for good."""

    url: str = ""
    documents: dict[str, list[str]] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)
    holding: set[str] = field(default_factory=set)
    heard: list[Heard] = field(default_factory=list)
    raw: dict[str, list[bytes]] = field(default_factory=dict)
    forged: list[str] = field(default_factory=list)

    def say(self, path: str, *documents: str) -> None:
        self.documents[path] = [f"<Response>{document}</Response>" for document in documents]

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{any:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        self.raw.setdefault(request.path, []).append(await request.read())
        posted = {name: str(value) for name, value in (await request.post()).items()}
        signature = request.headers.get("X-Twilio-Signature", "")
        plain = request.headers.get("User-Agent") == "link-scanner"
        plain |= request.content_type == "message/rfc822"
        url = self.url + request.path_qs
        if not plain and not RequestValidator(TOKEN).validate(url, posted, signature):
            self.forged.append(url)
        form = posted if request.method == "POST" else dict(request.query)
        token = request.headers.get("I-Twilio-Idempotency-Token")
        self.heard.append(Heard(request.method, request.path, form, token))
        if request.path in self.holding:
            await eventually(lambda: request.path not in self.holding)
        waiting = self.documents.get(request.path, [""])
        text = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        status = self.statuses.get(request.path, 200 if text else 204)
        media = self.media.get(request.path, "text/xml")
        return web.Response(status=status, text=text or None, content_type=media)

    def asked(self, path: str) -> list[dict[str, str]]:
        return [each.form for each in self.heard if each.path == path]


@dataclass
class Line:
    """The sandbox with the product, and what a test does with both."""

    outside: Outside
    ivr: Ivr

    @property
    def calls(self) -> str:
        return f"{self.outside.url}/2010-04-01/Accounts/{ACCOUNT}/Calls"

    @property
    def login(self) -> dict[str, str]:
        return authorised()

    async def place(self, *, events: tuple[str, ...] = EVERY_EVENT, **form: str) -> tuple[int, Any]:
        wanted = {
            "To": PHONE,
            "From": OWN_NUMBER,
            "Url": f"{self.ivr.url}/begin?contact=c%2F1",
            "StatusCallback": f"{self.ivr.url}/status?contact=c%2F1",
            **form,
        }
        pairs = [(name, value) for name, value in wanted.items() if value]
        pairs += [("StatusCallbackEvent", event) for event in events]
        return await self.rest("POST", ".json", pairs)

    async def rest(
        self, method: str, path: str, form: list[tuple[str, str]] | None = None
    ) -> tuple[int, Any]:
        async with self.outside.http.request(
            method, self.calls + path, data=form, headers=authorised()
        ) as answer:
            return answer.status, await answer.json() if answer.status != 204 else {}

    async def persona(self, *calls: dict[str, Any], number: str = PHONE) -> None:
        status, said = await self.outside.api(
            "PUT", f"phones/{number}/persona", {"calls": list(calls)}
        )
        assert status == 200, said

    async def phone(self, verb: str, body: object = None, number: str = PHONE) -> tuple[int, Any]:
        return await self.outside.api("POST", f"phones/{number}/{verb}", body)

    async def fault(self, kind: str, **more: object) -> None:
        body = {"target": "voice", "kind": kind, **more}
        status, said = await self.outside.api("POST", "faults", body)
        assert status == 201, said

    async def finished(self, sid: str) -> dict[str, Any]:
        """The call, once it is over and all is told of it."""
        call = self.outside.world.calls[sid]
        await eventually(lambda: call.status in OVER)
        _, shown = await self.outside.api("GET", f"calls/{sid}")
        return dict(shown)

    async def run(self, **form: str) -> dict[str, Any]:
        """A call from its placing to its end."""
        status, placed = await self.place(**form)
        assert status == 201, placed
        return await self.finished(str(placed["sid"]))

    async def until(self, kind: str, text: str = "", number: str = PHONE) -> None:
        """Until a phone has heard something of the kind that holds the text."""
        await eventually(
            lambda: any(
                line.kind == kind and text in line.text
                for call in self.outside.world.calls_of(number)
                for line in call.lines
            )
        )

    async def told(self, count: int) -> list[dict[str, str]]:
        """The status callbacks, once there are so many."""
        await eventually(lambda: len(self.ivr.asked("/status")) >= count)
        return self.ivr.asked("/status")


def kinds(call: dict[str, Any]) -> list[str]:
    return [line["kind"] for line in call["heard"]]


def texts(call: dict[str, Any], kind: str) -> list[str]:
    return [line["text"] for line in call["heard"] if line["kind"] == kind]


Connect = Callable[..., Awaitable[Line]]


@pytest.fixture
async def connect(start: Start) -> AsyncIterator[Connect]:
    async with AsyncExitStack() as stack:

        async def begin(**changes: object) -> Line:
            ivr = Ivr()
            runner, ivr.url = await serve(ivr.application())
            stack.push_async_callback(runner.cleanup)
            changes = {"call_speed": None, "product_url": ivr.url, **changes}
            return Line(await start(**changes), ivr)

        yield begin
