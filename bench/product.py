"""Runs the product as its operators do, and closes tickets for it to follow up."""

import asyncio
import base64
import shutil
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, func, select, update

from bench.machine import Ground, running
from channels.jobs import SEND
from channels.tables import contacts
from huifang import configuration, schema
from huifang.wiring import Service, ServiceRole, build
from kernel.engine import Database, open_database
from scheduler.clock import SystemClock
from scheduler.tables import jobs
from tests import servers
from tickets.intake import read_event
from tickets.model import Event, Refused

KEY = "bench-bootstrap-key"
SOURCE = "/bench"
#: The whole gate, at any hour, and no rate: what is measured is how fast, not whether.
RULES = """
programs:
  - {id: default, delay: 0s, channels: [sms]}
policy:
  window: {from: "00:00", until: "24:00"}
  legal_windows: false
  rates: {sms: null, voice: null, email: null}
"""

_SERVES = b"huifang serves"
_START = 60.0  # seconds for it to say so
_LOOK = 0.002

_TAKEN_AT_ONCE = 500
_FIRST_NUMBER = 13_900_000_000


def document(number: int, closed_at: datetime) -> dict[str, Any]:
    """A closing as a ticketing system tells it: a ticket, a customer and a phone of its own."""
    at = closed_at.isoformat()
    return {
        "specversion": "1.0",
        "id": f"bench-{number}",
        "source": SOURCE,
        "type": "ticket.closed",
        "time": at,
        "subject": f"T-{number}",
        "data": {
            "ticket": {
                "id": f"T-{number}",
                "cycle": 1,
                "category": "broadband_fault",
                "product": "fibre",
                "region": "JX",
                "channel": "phone",
                "priority": "high",
                "team": f"NOC-{number % 20}",
                "agent": {"id": f"A-{number % 500}", "name": "李雷", "email": "lilei@example.com"},
                "opened_at": (closed_at - timedelta(hours=5)).isoformat(),
                "closed_at": at,
                "close_reason": "resolved",
                "tags": ["fibre", "repeat"],
            },
            "customer": {
                "id": f"C-{number}",
                "name": "王小明",
                "phone": phone(number),
                "locale": "zh-CN",
                "timezone": "Asia/Shanghai",
                "tier": "standard",
                "preferences": {"channels": ["sms"]},
            },
        },
    }


def phone(number: int) -> str:
    """A mobile number of its own for each of a hundred million customers."""
    return f"+86{_FIRST_NUMBER + number}"


def event(number: int, now: datetime) -> Event:
    """A closing as the product reads it."""
    read = read_event(document(number, now), now)
    if isinstance(read, Refused):
        raise TypeError(f"the product refused the event: {read.reason}")
    return read


def environment(stage: Ground, database: str, *, redis: bool = False) -> dict[str, str]:
    """The product's settings: its defaults, but for where its neighbours are."""
    config = stage.folder / "config"
    config.mkdir(exist_ok=True)
    (config / "huifang.yaml").write_text(RULES)
    found = {
        "HUIFANG_DATABASE_URL": database,
        "HUIFANG_CONFIG": str(config),
        "HUIFANG_BIND": f"127.0.0.1:{servers.free_port()}",
        "HUIFANG_SECRET_KEY": "bench-secret",
        "HUIFANG_DATA_KEY": base64.b64encode(b"b" * 32).decode(),
        "HUIFANG_BOOTSTRAP_KEY": KEY,
        "HUIFANG_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "HUIFANG_TWILIO_AUTH_TOKEN": "t" * 32,
        "HUIFANG_TWILIO_FROM": "+8610655500001",
        "HUIFANG_TWILIO_BASE_URL": stage.carrier.url,
    }
    if redis:
        found["HUIFANG_REDIS_URL"] = stage.valkey
    return found


def serve(stage: Ground, environ: dict[str, str], role: str) -> AbstractAsyncContextManager[int]:
    """`huifang serve` with one role in a process of its own; its pid, once it serves."""
    return start(stage, environ, "huifang", "serve", "--role", role)


@asynccontextmanager
async def start(stage: Ground, environ: dict[str, str], *module: str) -> AsyncIterator[int]:
    """A module that serves, with its words, in a process of its own; its pid, once it serves."""
    log = stage.folder / f"product-{time.monotonic_ns()}.log"
    async with running([sys.executable, "-m", *module], environ, log) as pid:
        end = time.monotonic() + _START
        while _SERVES not in log.read_bytes():
            if time.monotonic() > end:
                raise TimeoutError(f"the product did not start:\n{log.read_text()[-2000:]}")
            await asyncio.sleep(_LOOK)
        await stage.carrier.begin(time.time())
        yield pid


@asynccontextmanager
async def service(environ: dict[str, str], *roles: ServiceRole) -> AsyncIterator[Service]:
    """The product inside this process, not started: for seeding and for profiles."""
    found = configuration.load(environ)
    built = build(found.settings, found.rules, found.surveys, SystemClock(), roles)
    try:
        yield built
    finally:
        await built.stop()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """The product's database, to look into."""
    database = open_database(url)
    try:
        yield database
    finally:
        await database.close()


async def migrate(url: str) -> None:
    """The product's tables."""
    async with opened(url) as database:
        await schema.migrate(database)


async def close_tickets(environ: dict[str, str], numbers: Sequence[int]) -> None:
    """Have tickets closed and their surveys planned, due at once."""
    async with service(environ) as built:
        for start in range(0, len(numbers), _TAKEN_AT_ONCE):
            now = datetime.now(UTC)
            part = [event(number, now) for number in numbers[start : start + _TAKEN_AT_ONCE]]
            await built.intake.take(part, now)


async def space_out(url: str, first: datetime, every: timedelta) -> dict[str, float]:
    """Have the contacts fall due one by one; when each is due, in seconds since 1970."""
    async with opened(url) as database:
        async with database.read() as conn:
            query = select(jobs.c.key).where(jobs.c.kind == SEND.name).order_by(jobs.c.key)
            keys = [row.key for row in await conn.execute(query)]
        due = {key: first + every * number for number, key in enumerate(keys)}
        change = update(jobs).where(jobs.c.key == bindparam("k"))
        async with database.write() as conn:
            await conn.execute(
                change.values(due_at=bindparam("at"), run_at=bindparam("at")),
                [{"k": key, "at": at} for key, at in due.items()],
            )
    return {key.removeprefix(f"{SEND.name}:"): at.timestamp() for key, at in due.items()}


async def sent(url: str) -> int:
    """How many contacts the ledger has as sent."""
    async with opened(url) as database, database.read() as conn:
        query = select(func.count()).select_from(contacts).where(contacts.c.state == "sent")
        return int((await conn.execute(query)).scalar_one())


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """A database with contacts due, from which every run takes a copy."""

    stage: Ground
    template: str
    due: int

    @asynccontextmanager
    async def copy(self) -> AsyncIterator[str]:
        """The URL of a copy, gone afterwards."""
        if self.template.startswith("sqlite"):
            path = self.stage.folder / "run" / "huifang.sqlite3"
            path.parent.mkdir()
            servers.copy_sqlite(Path(self.template.removeprefix("sqlite:///")), path)
            try:
                yield f"sqlite:///{path}"
            finally:
                shutil.rmtree(path.parent)
        else:
            with self.stage.database(self.template.rpartition("/")[2]) as url:
                yield url


async def stock(stage: Ground, template: str, due: int) -> Stock:
    """Fill the database at the URL through the product's own intake."""
    await migrate(template)
    await close_tickets(environment(stage, template), range(due))
    if template.startswith("postgresql"):
        servers.execute(template, "VACUUM ANALYZE", "CHECKPOINT")
    return Stock(stage=stage, template=template, due=due)


async def settling(stocked: Stock) -> float:
    """Seconds to leave between starting a dispatcher and the first contact: twice what it takes."""
    async with stocked.copy() as url:
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        await space_out(url, tomorrow, timedelta(0))
        started = time.monotonic()
        async with serve(stocked.stage, environment(stocked.stage, url), "dispatcher"):
            return 2 * (time.monotonic() - started) + 2
