"""Runs the real service as one process of a simulated world, which may die at any moment."""

import asyncio
import base64
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import event

from channels.model import Channel
from channels.ports import Carrier
from huifang import catalogue, rules, settings
from huifang.rules import Rules
from huifang.wiring import Outside, Service, build
from kernel.barrier import Barrier
from kernel.endpoint import Endpoint
from kernel.engine import Database, open_database
from surveys.model import Survey
from tests.simulation.driver import Line
from tests.simulation.ground import Ground
from tickets.ports import Desk

DATA_KEY = b"k" * 32
TOKEN = "simulation-" + "t" * 20
PUBLIC_URL = "https://care.example.com"


class Crash(BaseException):
    """The process is no more; nothing in it may catch this."""


@dataclass(slots=True, kw_only=True)
class Pulse:
    """The clock as a process sees it; the dead see none."""

    owner: "Process"

    def now(self) -> datetime:
        self.owner.touch()
        return self.owner.ground.time.now()

    def seconds_until(self, instant: datetime) -> float:
        return max(0.0, (instant - self.owner.ground.time.present).total_seconds())

    def elapsed(self) -> float:
        return self.owner.ground.time.present.timestamp()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tripwire(Barrier):
    """At every named step a process may die, or stand still while the others go on."""

    owner: "Process"

    async def reach(self, step: str) -> None:
        await self.owner.at_step(step)


class Seat:
    """The engine of whichever process of a name lives now: an engine keeps what it compiled."""

    def __init__(self) -> None:
        self._engine = open_database("sqlite:///simulation").engine
        self._owner: Process | None = None
        event.listen(self._engine.sync_engine, "do_connect", self._connect)

    def taken_by(self, owner: "Process") -> Database:
        """A database whose connections are those of `owner` from now on."""
        self._owner = owner
        return Database(engine=self._engine, writer=asyncio.Lock())

    def _connect(self, _dialect: Any, _record: Any, _args: Any, options: dict[str, Any]) -> None:
        async def line(_path: str, **_options: Any) -> Line:
            assert self._owner is not None
            return self._owner.line()

        options["async_creator_fn"] = line


@cache
def seat(name: str) -> Seat:
    """Of each name there is one, for all stories that are played in a run."""
    return Seat()


@dataclass(slots=True, kw_only=True)
class Process:
    """One process of the service over the world's database file."""

    name: str
    ground: Ground
    rules: Rules
    database: Path
    writing: int = 0
    dead: bool = True
    held: bool = False  # stands still: others must not ask it to do anything
    lines: list[Line] = field(default_factory=list)
    _service: Service | None = None

    @property
    def service(self) -> Service:
        assert self._service is not None
        return self._service

    @property
    def up(self) -> bool:
        """Whether it can be asked to do something."""
        return not self.dead and not self.held

    @property
    def buried(self) -> bool:
        """Whether somebody has seen that it died."""
        return self._service is None

    def start(self, outside: Outside) -> None:
        """Build the service anew over the same file."""
        self.dead, self.writing, self.lines = False, 0, []
        joined = replace(outside, database=seat(self.name).taken_by(self))
        settings = _settings(self.database)
        self._service = build(settings, self.rules, surveys(), Pulse(owner=self), outside=joined)

    def line(self) -> Line:
        """A connection to the database."""
        self.touch()
        self.lines.append(Line(self, str(self.database)))
        return self.lines[-1]

    async def stop(self) -> None:
        """End in peace, or bury what died."""
        self.dead = True
        service, self._service = self._service, None
        if service is not None:
            await service.database.close()

    def endpoint(self, path: str) -> Endpoint:
        return next(each for each in self.service.endpoints if each.path == path)

    # What happens to it.

    def touch(self) -> None:
        if self.dead:
            raise Crash

    def die(self, where: str) -> NoReturn:
        self.ground.tell(self.name, f"dies {where}")
        self.dead = True
        for line in self.lines:
            line.cut()
        raise Crash

    async def at_begin(self) -> None:
        ground = self.ground
        await ground.breathe()
        if not self.writing and ground.happens("stall_at_begin"):
            await self.stand_still("before a transaction")
        elif not self.writing and ground.pressed and ground.happens("meddle"):
            await self._give_way()

    def before_commit(self) -> None:
        if self.ground.happens("crash_before_commit"):
            self.die("before a commit")

    def after_commit(self, tables: Iterable[str]) -> None:
        self.ground.written.update(tables)
        if self.ground.happens("crash_after_commit"):
            self.die("after a commit")

    async def at_step(self, step: str) -> None:
        self.touch()
        if self.ground.happens("crash_at_step"):
            self.die(f"at {step}")
        if not self.writing and self.ground.happens("stall_at_step"):
            await self.stand_still(f"at {step}")

    async def _give_way(self) -> None:
        """Somebody to whom a message is about to go has enough, and another hears of it first."""
        if not self.held:
            self.held = True
            try:
                await self.ground.meddle(self.name, None)
            finally:
                self.held = False

    async def stand_still(self, where: str) -> None:
        """Stop as under SIGSTOP for longer than a lease, go on as if nothing had been."""
        if self.held:
            return
        span = self.ground.seconds(61, 900)
        self.ground.tell(self.name, f"stands still {where}")
        self.held = True
        try:
            self.ground.time.advance(span)
            await self.ground.elsewhere(self.name)
        finally:
            self.held = False
        self.ground.tell(self.name, "goes on")

    async def survives(self, work: Awaitable[object]) -> bool:
        """Do some work of this process; whether it lived to see the end."""
        before = asyncio.all_tasks()
        try:
            await work
        except Crash:
            others = asyncio.all_tasks() - before
            await asyncio.gather(*others, return_exceptions=True)
            return False
        return True


def outside(process: Process, carriers: Mapping[Channel, Carrier], desk: Desk) -> Outside:
    """What a process is joined to."""
    return Outside(carriers=carriers, desk_of=lambda source: desk, barrier=Tripwire(owner=process))


@cache
def surveys() -> dict[str, Survey]:
    """The shipped surveys."""
    return catalogue.shipped()


def _settings(database: Path) -> settings.Settings:
    return settings.load(
        {
            "HUIFANG_DATABASE_URL": f"sqlite:///{database}",
            "HUIFANG_PUBLIC_URL": PUBLIC_URL,
            "HUIFANG_SECRET_KEY": "secret-of-the-simulation",
            "HUIFANG_DATA_KEY": base64.b64encode(DATA_KEY).decode(),
            "HUIFANG_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "HUIFANG_TWILIO_AUTH_TOKEN": TOKEN,
            "HUIFANG_TWILIO_FROM": "+15005550006",
        }
    )


def read_rules(text: str) -> Rules:
    """The rules of a `huifang.yaml`."""
    return rules.read(text, {})
