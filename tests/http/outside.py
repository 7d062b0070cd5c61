"""The sandbox as tests meet it: over real sockets, with a tiny application as the product."""

import asyncio
import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from twilio.request_validator import RequestValidator

from sandbox import seed
from sandbox.server import Config, application
from sandbox.world import World

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
ACCOUNT = "AC" + "a" * 32
TOKEN = "carrier-token"
INGEST_SECRET = "whsec_" + base64.b64encode(b"i" * 32).decode()
DESK_SECRET = "whsec_" + base64.b64encode(b"d" * 32).decode()
PHONE = "+8613800138001"
DEADLINE = 5.0


@dataclass
class Receiver:
    """What plays the product: it keeps what it is told and answers as it was bidden."""

    url: str = ""
    texts: list[dict[str, str]] = field(default_factory=list)
    statuses: list[dict[str, str]] = field(default_factory=list)
    events: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    mails: list[tuple[str, bytes]] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)
    twiml: str = "<Response/>"
    failing: int = 0
    event_status: int = 202

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/carriers/twilio/sms", self.sms)
        app.router.add_post("/carriers/twilio/status", self.status)
        app.router.add_post("/v1/events", self.event)
        app.router.add_post("/carriers/email/inbound", self.mail)
        app.router.add_get("/v1/tickets/{id}/timeline", self.timeline)
        app.router.add_get("/s/{token}", self.survey)
        return app

    def has_statuses(self, count: int) -> bool:
        return len(self.statuses) == count

    async def form(self, request: web.Request) -> dict[str, str]:
        form = {name: str(value) for name, value in (await request.post()).items()}
        url = self.url + request.path_qs
        signature = request.headers.get("X-Twilio-Signature", "")
        if not RequestValidator(TOKEN).validate(url, form, signature):
            self.forged.append(url)
        return {**form, "query": request.rel_url.raw_query_string}

    async def sms(self, request: web.Request) -> web.Response:
        self.texts.append(await self.form(request))
        if self.failing:
            self.failing -= 1
            return web.Response(status=500)
        return web.Response(text=self.twiml, content_type="text/xml")

    async def status(self, request: web.Request) -> web.Response:
        self.statuses.append(await self.form(request))
        if self.failing:
            self.failing -= 1
            return web.Response(status=503)
        return web.Response(status=204)

    async def event(self, request: web.Request) -> web.Response:
        self.events.append((dict(request.headers), await request.read()))
        return web.json_response({"accepted": ["x"]}, status=self.event_status)

    async def mail(self, request: web.Request) -> web.Response:
        self.mails.append((request.headers.get("Authorization", ""), await request.read()))
        return web.json_response({"id": "m_1", "kind": "reply"})

    async def timeline(self, request: web.Request) -> web.Response:
        about = {"at": "now", "kind": "event", "text": request.query["source"]}
        return web.json_response({"items": [about], "key": request.headers.get("Authorization")})

    async def survey(self, request: web.Request) -> web.Response:
        self.opened.append(request.match_info["token"])
        return web.Response(text="a page")


@dataclass
class Outside:
    """A running sandbox with a client for it."""

    url: str
    world: World
    product: Receiver
    http: aiohttp.ClientSession
    clock: list[datetime]

    async def api(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        async with self.http.request(method, f"{self.url}/api/{path}", json=body) as answer:
            raw = await answer.read()
            return answer.status, json.loads(raw) if raw else {}

    async def create(self, **form: str) -> tuple[int, Any]:
        wanted = {"To": PHONE, "From": "+8610655500001", "Body": "请评价", **form}
        url = f"{self.messages}.json"
        async with self.http.post(url, data=wanted, headers=authorised()) as answer:
            return answer.status, await answer.json()

    async def carrier(self, method: str, path: str, **form: str) -> tuple[int, Any]:
        url = self.messages + path
        async with self.http.request(
            method, url, headers=authorised(), data=form or None
        ) as answer:
            raw = await answer.read()
            return answer.status, json.loads(raw) if raw else {}

    @property
    def messages(self) -> str:
        return f"{self.url}/2010-04-01/Accounts/{ACCOUNT}/Messages"

    async def webhook(
        self, body: object, *, webhook_id: str | None = None, secret: str = DESK_SECRET
    ) -> int:
        raw = json.dumps(body).encode()
        webhook_id = webhook_id or f"msg_{uuid.uuid4().hex}"
        headers = signed(secret, webhook_id, raw, self.clock[0])
        url = f"{self.url}/desk/webhook"
        async with self.http.post(url, data=raw, headers=headers) as answer:
            return answer.status


def authorised(token: str = TOKEN) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{ACCOUNT}:{token}".encode()).decode()}


def signed(secret: str, webhook_id: str, raw: bytes, at: datetime) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{webhook_id}.{timestamp}.".encode() + raw
    digest = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,unrelated v1,{digest}",
        "Content-Type": "application/json",
    }


async def eventually(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await asyncio.sleep(0)


async def serve(app: web.Application) -> tuple[web.AppRunner, str]:
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


Start = Callable[..., Awaitable[Outside]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    runners: list[web.AppRunner] = []
    sessions: list[aiohttp.ClientSession] = []

    async def begin(*, movable: bool = True, prefix: str = "", **changes: object) -> Outside:
        product = Receiver()
        runner, product.url = await serve(product.application())
        runners.append(runner)
        clock = [datetime(2026, 11, 21, 10, 0, tzinfo=UTC)]
        config = Config(
            product_url=product.url,
            templates=TEMPLATES,
            account_sid=ACCOUNT,
            auth_token=TOKEN,
            ingest_secret=INGEST_SECRET,
            desk_secret=DESK_SECRET,
        )

        async def advance(by: timedelta) -> None:
            clock[0] += by

        world = World()
        seed.sow(world, clock[0])
        app = application(
            world,
            replace(config, **changes),  # type: ignore[arg-type]
            now=lambda: clock[0],
            advance_clock=advance if movable else None,
        )
        if prefix:
            parent = web.Application()
            parent.add_subapp(prefix, app)
            app = parent
        runner, url = await serve(app)
        runners.append(runner)
        sessions.append(aiohttp.ClientSession())
        return Outside(url + prefix.rstrip("/"), world, product, sessions[-1], clock)

    yield begin
    for session in sessions:
        await session.close()
    for runner in reversed(runners):
        await runner.cleanup()
