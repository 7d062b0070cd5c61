"""Plays the whole product on one machine: service, carrier, mailbox, desk, and a clock to move."""

import asyncio
import base64
import secrets
import signal
import socket
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
from aiohttp import web

from huifang import configuration, logs, schema, server
from huifang.commands import say
from huifang.identity import COMMAND_LINE
from huifang.paths import templates
from huifang.staff.store import Spans
from huifang.staff.users import Users
from huifang.wiring import Service, build
from kernel.endpoint import Role
from sandbox import mailbox, seed
from sandbox.server import Config, application
from sandbox.world import World
from scheduler.clock import MovableClock, SystemClock

_SOURCE = "/tickets"
_PREFIX = "/sandbox"
_FOR_GOOD = timedelta(days=400)  # what browsers keep a cookie for at most
_PATIENCE = 20.0  # seconds for one step of the story
_MORNING = time(10, 0)
_ZONE = ZoneInfo("Asia/Shanghai")
_TICKET, _PHONE = "T-1001", "+8613800138001"
_LOGIN, _AGENT = "demo", "A-7"  # who may look around, and take calls
_REPLIES = ("1", "2", "师傅没按约定时间上门,晚上还是断线")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keys:
    """Secrets of this one run."""

    bootstrap: str
    ingest: str
    desk: str
    token: str
    password: str


def _keys(key: str | None) -> _Keys:
    def webhook() -> str:
        return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()

    return _Keys(
        bootstrap=key or secrets.token_urlsafe(32),
        ingest=webhook(),
        desk=webhook(),
        token=secrets.token_hex(16),
        password="-".join(secrets.token_hex(3) for _ in range(3)),
    )


async def run(
    *, once: bool, port: int, data: Path | None, speed: float, locale: str, key: str | None
) -> int:
    """Serve until stopped, after the story of one ticket; with `once` the story alone.

    `key`: an API key of an admin, for whoever drives the demo by a program.
    """
    logs.configure("console", "warning")
    async with AsyncExitStack() as stack:
        folder = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="huifang-")))
        folder.mkdir(parents=True, exist_ok=True)
        bound = server.listen("127.0.0.1", 0 if once else port, "--port")
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        keys = _keys(key)
        started = datetime.now(_ZONE).date()
        clock = MovableClock(
            datetime.combine(started, _MORNING, _ZONE).astimezone(UTC), speed=speed
        )
        over = _until_stopped()
        await _serve(stack, folder, bound, url, keys, clock)
        play = _Play(url=url, key=keys.bootstrap, locale=locale)
        try:
            await play.story()
        except (aiohttp.ClientError, TimeoutError) as fault:
            say(f"the story stopped: {type(fault).__name__}: {fault}")
            return 1
        if once:
            return 0
        say("")
        places = {"url": f"{url}{_PREFIX}/", "staff": f"{url}/", "docs": f"{url}/docs"}
        known = {"login": _LOGIN, "password": keys.password, "data": folder}
        say(_WELCOME[locale].format(**places, **known))
        await over.wait()
    return 0


_WELCOME = {
    "zh-CN": "打开 {url} ,扮演坐席和客户。\n"
    "管理页面 {staff} ,登录名 {login} ,密码 {password} (仅本次有效)。\n"
    "接口文档 {docs} ,数据在 {data} 。按 Ctrl-C 结束。",
    "en": "Open {url} and play the agent and the customer.\n"
    "The staff's pages: {staff} , login {login} , password {password} (for this run alone).\n"
    "API: {docs} . Data: {data} . Ctrl-C ends it.",
}


def _until_stopped() -> asyncio.Event:
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    return over


async def _serve(
    stack: AsyncExitStack,
    folder: Path,
    bound: socket.socket,
    url: str,
    keys: _Keys,
    clock: MovableClock,
) -> None:
    """Build the product with a sandbox beside it, on one port, and start both."""
    world = World()
    seed.sow(world, clock.now())
    mails = await mailbox.start(world, host="127.0.0.1", port=0, now=clock.now)
    stack.push_async_callback(mails.close)
    config = Config(
        product_url=url,
        templates=templates(),
        auth_token=keys.token,
        ingest_secret=keys.ingest,
        api_key=keys.bootstrap,
        desk_secret=keys.desk,
        source=_SOURCE,
        echo_reopen=True,
    )
    found = configuration.load(_environment(folder, url, keys, config, mails.port))
    world.agents = {each.phone: each.name or each.id for each in found.rules.agents if each.phone}
    service = build(found.settings, found.rules, found.surveys, clock)
    clock.on_move(service.cadence.look)

    async def advance(by: timedelta) -> None:
        clock.advance(by)

    await schema.migrate(service.database)
    await _let_in(service, keys.password)
    app = server.make_application(service)
    app.add_subapp(f"{_PREFIX}/", application(world, config, advance_clock=advance, now=clock.now))
    app.router.add_get(_PREFIX, _to_sandbox)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
    stack.push_async_callback(service.stop)
    stack.push_async_callback(runner.cleanup)
    await runner.setup()
    await web.SockSite(runner, bound).start()
    await service.start()


async def _let_in(service: Service, password: str) -> None:
    """Make the user who may see everything; moving the clock by days does not sign them out."""
    service.sessions.spans = Spans(idle=_FOR_GOOD, whole=_FOR_GOOD)
    users = Users(database=service.database, actor=COMMAND_LINE)
    await users.create(_LOGIN, "Demo", Role.ADMIN, _AGENT, password, service.clock.now())


async def _to_sandbox(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(f"{_PREFIX}/")


#: Two people who take calls in the demo; whoever plays it edits the file, and it is followed.
_RULES = """\
agents:
  - {id: A-7, name: 周敏, team: NOC-2, phone: "+8613900139007", locale: zh-CN}
  - {id: A-9, name: Tom Reed, team: Billing-1, phone: "+8613900139009", locale: en}
"""


def _rules_of(folder: Path) -> Path:
    """The folder with the operator's rules; those of an earlier run are kept."""
    rules = folder / "rules"
    rules.mkdir(exist_ok=True)
    if not (rules / "huifang.yaml").exists():
        (rules / "huifang.yaml").write_text(_RULES, encoding="utf-8")
    return rules


def _environment(
    folder: Path, url: str, keys: _Keys, config: Config, smtp_port: int
) -> dict[str, str]:
    """The settings of this run, as an operator would give them."""
    stamp = SystemClock().now().strftime("%Y%m%d-%H%M%S")
    return {
        "HUIFANG_DATABASE_URL": f"sqlite:///{folder}/demo-{stamp}.sqlite3",
        "HUIFANG_CONFIG": str(_rules_of(folder)),
        "HUIFANG_BIND": url.removeprefix("http://"),
        "HUIFANG_PUBLIC_URL": url,
        "HUIFANG_SECRET_KEY": secrets.token_urlsafe(32),
        "HUIFANG_DATA_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "HUIFANG_BOOTSTRAP_KEY": keys.bootstrap,
        "HUIFANG_INGEST_SECRET": keys.ingest,
        "HUIFANG_TWILIO_ACCOUNT_SID": config.account_sid,
        "HUIFANG_TWILIO_AUTH_TOKEN": keys.token,
        "HUIFANG_TWILIO_FROM": config.from_number,
        "HUIFANG_TWILIO_BASE_URL": f"{url}{_PREFIX}",
        "HUIFANG_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}?starttls=never",
        "HUIFANG_MAIL_FROM": "huifang@example.com",
        "HUIFANG_TICKETING": "webhook",
        "HUIFANG_TICKETING_URL": f"{url}{_PREFIX}/desk/webhook",
        "HUIFANG_TICKETING_SECRET": keys.desk,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Play:
    """One ticket's story, played over HTTP like any user would."""

    url: str
    key: str
    locale: str

    async def story(self) -> None:
        """Close, wait, be asked, answer badly, see the ticket reopen, print what happened."""
        timeout = aiohttp.ClientTimeout(total=_PATIENCE)
        async with aiohttp.ClientSession(self.url, timeout=timeout) as session:
            await _post(session, f"tickets/{_TICKET}/close", {})
            await _post(session, "clock", {"advance": "2h"})
            await self._until(session, "contact.sent")
            for words in _REPLIES:
                await _post(session, f"phones/{_PHONE}/reply", {"text": words})
            await self._until(session, "complaint.comment_added")
            items = await self._until(session, "ticket.reopened_by_us")
        for item in items:
            say(f"{_clock_text(item['at'], _ZONE)}  {item['text']}")

    async def _until(self, session: aiohttp.ClientSession, kind: str) -> list[dict[str, str]]:
        """The timeline, as soon as it tells of `kind`."""
        headers = {"Authorization": f"Bearer {self.key}", "Accept-Language": self.locale}
        path = f"/v1/tickets/{_TICKET}/timeline"
        async with asyncio.timeout(_PATIENCE):
            while True:
                async with session.get(path, headers=headers) as answer:
                    items: list[dict[str, str]] = (
                        (await answer.json())["items"] if answer.status == 200 else []
                    )
                if any(item["kind"] == kind for item in items):
                    return items
                await asyncio.sleep(0.05)


async def _post(session: aiohttp.ClientSession, path: str, body: dict[str, str]) -> None:
    async with session.post(f"{_PREFIX}/api/{path}", json=body) as answer:
        answer.raise_for_status()


def _clock_text(at: str, zone: tzinfo) -> str:
    """An instant in RFC 3339 as a wall clock shows it: day, hour, minute, second."""
    return datetime.fromisoformat(at).astimezone(zone).strftime("%m-%d %H:%M:%S")
