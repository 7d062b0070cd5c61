"""The product as it is wired, with a scripted carrier, on rules that a test may change."""

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from channels.model import Channel
from huifang import configuration
from huifang.reload import Reloading, Watch
from huifang.wiring import Outside, Service, ServiceRole, build
from scheduler.clock import MovableClock
from tests.fakes.world import NOON, ScriptedCarrier, closed
from tickets.intake import read_event
from tickets.model import Refused

USUAL = 'window: {from: "09:00", until: "20:00"}'


def rules(policy: str = USUAL, delay: str = "0s", more: str = "") -> str:
    return f"programs: [{{id: default, delay: {delay}}}]\npolicy:\n  {policy}\n{more}\n"


@dataclass(kw_only=True)
class Replica:
    """A service with its watch, and the folder it reads."""

    folder: Path
    service: Service
    reloading: Reloading
    carrier: ScriptedCarrier
    clock: MovableClock

    def write(self, text: str) -> None:
        (self.folder / "huifang.yaml").write_text(text)

    async def look(self, times: int = 3) -> None:
        """See a change, see that it stays, follow it up."""
        for _ in range(times):
            await self.reloading.step()

    async def close(self, number: int = 1, **more: Any) -> None:
        event = read_event(closed(number, at=self.clock.now(), **more), self.clock.now())
        assert not isinstance(event, Refused), event
        await self.service.intake.take([event], self.clock.now())

    async def run(self, after: timedelta = timedelta(0)) -> None:
        self.clock.advance(after)
        while await self.service.step():
            pass

    async def metric(self, name: str, **labels: str) -> float | None:
        text = (await self.service.metrics.render()).decode()
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == name and sample.labels == labels:
                    return sample.value
        return None


Opener = Callable[..., AbstractAsyncContextManager[Replica]]


def opener(database_url: str, folder: Path) -> Opener:
    """Opens replicas on a database; `folder` has its rules already."""

    @asynccontextmanager
    async def opened(
        start: datetime = NOON, roles: tuple[ServiceRole, ...] = tuple(ServiceRole)
    ) -> AsyncIterator[Replica]:
        environ = {
            "HUIFANG_DATABASE_URL": database_url,
            "HUIFANG_CONFIG": str(folder),
            "HUIFANG_SECRET_KEY": "s" * 32,
            "HUIFANG_DATA_KEY": base64.b64encode(b"k" * 32).decode(),
        }
        found = configuration.load(environ)
        clock, carrier = MovableClock(start), ScriptedCarrier()
        outside = Outside(carriers={Channel.SMS: carrier}, desk_of=lambda source: None)
        service = build(found.settings, found.rules, found.surveys, clock, roles, outside)
        service.metrics.refresh = service.refresh_metrics
        watch = Watch(every=timedelta(seconds=60), settle=timedelta(0))
        reloading = Reloading(service=service, variables=environ, current=found, watch=watch)
        reloading.start()
        made = Replica(
            folder=folder, service=service, reloading=reloading, carrier=carrier, clock=clock
        )
        try:
            await made.look()
            yield made
        finally:
            await reloading.stop()
            await service.stop()

    return opened
