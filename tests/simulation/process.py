"""Runs the real service as one process of a simulated world, which may die at any moment."""

import asyncio
import base64
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
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
        self._service = build(
            _settings(self.database), self.rules, surveys(), Pulse(owner=self), outside=outside
        )
        engine = self._service.database.engine.sync_engine
        event.listen(engine, "do_connect", self._connect)

    def _connect(self, _dialect: Any, _record: Any, _args: Any, options: dict[str, Any]) -> None:
        async def line(path: str, **_options: Any) -> Line:
            self.touch()
            self.lines.append(Line(self, path))
            return self.lines[-1]

        options["async_creator_fn"] = line

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
        await self.ground.breathe()
        if not self.writing and self.ground.happens("stall_at_begin"):
            await self.stand_still("before a transaction")

    def before_commit(self) -> None:
        if self.ground.happens("crash_before_commit"):
            self.die("before a commit")

    def after_commit(self) -> None:
        if self.ground.happens("crash_after_commit"):
            self.die("after a commit")

    async def at_step(self, step: str) -> None:
        self.touch()
        if self.ground.happens("crash_at_step"):
            self.die(f"at {step}")
        if not self.writing and self.ground.happens("stall_at_step"):
            await self.stand_still(f"at {step}")

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
