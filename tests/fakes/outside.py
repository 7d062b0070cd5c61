"""Runs the sandbox over real sockets, a server that keeps what it is sent, and a wire to cut."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from channels.accounts import Account, Relay, Tls
from huifang.paths import templates
from sandbox import mailbox, seed
from sandbox.config import ACCOUNT_SID, FROM_NUMBER, Config
from sandbox.server import application
from sandbox.world import World

DEADLINE = 15.0  # seconds for whatever must happen
TOKEN = "outside-" + "t" * 24
DESK_SECRET = "whsec_" + base64.b64encode(b"d" * 32).decode()


def system_now() -> datetime:
    return datetime.now(UTC)


async def until(look: Callable[[], Awaitable[Any]], what: str) -> Any:
    """What `look` finds, as soon as it is true; an error after the deadline."""
    loop = asyncio.get_running_loop()
    end = loop.time() + DEADLINE
    while True:
        found = await look()
        if found:
            return found
        assert loop.time() < end, f"never came: {what}"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def serving(app: web.Application, port: int = 0) -> AsyncIterator[str]:
    """The URL under which the application is served on loopback."""
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@dataclass
class Door:
    """Counts the requests that are being answered, also those whose caller has gone."""

    inside: int = 0

    def middleware(self) -> Callable[..., Awaitable[web.StreamResponse]]:
        @web.middleware
        async def count(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            self.inside += 1
            try:
                return await handler(request)
            finally:
                self.inside -= 1

        return count


@dataclass(frozen=True, kw_only=True)
class Outside:
    """A running sandbox: what it knows, and where it is reached."""

    world: World
    url: str
    smtp_port: int
    door: Door

    @property
    def account(self) -> Account:
        return Account(sid=ACCOUNT_SID, token=TOKEN, sender=FROM_NUMBER, base_url=self.url)

    @property
    def relay(self) -> Relay:
        return Relay(
            host="127.0.0.1", port=self.smtp_port, sender="huifang@example.com", tls=Tls.NEVER
        )

    @property
    def desk_url(self) -> str:
        return f"{self.url}/desk/webhook"

    def fault(
        self, target: str, kind: str, value: int | None = None, times: int | None = 1
    ) -> None:
        self.world.faults.add(target, kind, value=value, times=times)

    @property
    def sent(self) -> list[Any]:
        """What the product had the carrier send, oldest first."""
        return [m for m in self.world.messages.values() if m.direction == "outbound-api"]


@asynccontextmanager
async def outside(
    *,
    product: str = "http://127.0.0.1:9",
    prefix: str = "",
    now: Callable[[], datetime] = system_now,
    **more: Any,
) -> AsyncIterator[Outside]:
    """Carrier, desk and mailbox; the carrier tells no receipts, tests post them by themselves.

    `more`: what else the sandbox is told of the product.
    """
    world = World()
    seed.sow(world, now())
    world.faults.add("carrier", "no_callbacks", times=None)
    config = Config(
        product_url=product,
        templates=templates(),
        auth_token=TOKEN,
        desk_secret=DESK_SECRET,
        **more,
    )
    app, door = application(world, config, now=now), Door()
    app.middlewares.append(door.middleware())
    if prefix:
        parent = web.Application()
        parent.add_subapp(f"{prefix}/", app)
        app = parent
    mails = await mailbox.start(world, now=now)
    try:
        async with serving(app) as url:
            yield Outside(world=world, url=url + prefix, smtp_port=mails.port, door=door)
    finally:
        await mails.close()


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Recorder:
    """Keeps every request and answers as it was told: the answers in turn, then the last one."""

    answers: list[Callable[[], web.Response]] = field(
        default_factory=lambda: [lambda: web.Response(status=204)]
    )
    heard: list[Heard] = field(default_factory=list)

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{any:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.read()
        self.heard.append(
            Heard(method=request.method, path=request.path_qs, headers=headers, body=body)
        )
        return (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])()


class Wire:
    """A TCP wire to a server on this machine; cut, it refuses and drops everything."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for end in list(self._ends):
            end.transport.abort()
        while self._ends:
            await asyncio.sleep(0)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        self._ends |= {writer, back}
        await asyncio.gather(_pour(reader, back), _pour(there, writer))
        self._ends -= {writer, back}


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()


@asynccontextmanager
async def wire(port: int) -> AsyncIterator[Wire]:
    """A wire to the port, mended at the start."""
    found = Wire(port)
    await found.mend()
    try:
        yield found
    finally:
        await found.cut()
