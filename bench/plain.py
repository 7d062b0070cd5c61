"""Serves the product's door for events with a commit a request, to compare gathering with."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import uvloop
from aiohttp import web

from huifang import configuration, server
from huifang.wiring import ServiceRole, build
from scheduler.clock import SystemClock
from tickets.gathering import Gathering
from tickets.model import Event
from tickets.service import Taken
from tickets.web import EventHooks


class Alone(Gathering):
    """Gathers nothing."""

    async def take(self, events: Sequence[Event], now: datetime) -> Taken:
        """Keep the events of one request in a transaction of their own."""
        return await self.intake.take(events, now)


async def serve() -> None:
    """As `huifang serve --role api` does, but each request goes to the intake by itself."""
    found = configuration.load(dict(os.environ))
    service = build(found.settings, found.rules, found.surveys, SystemClock(), [ServiceRole.API])
    handlers: list[Any] = [each.handler for each in service.endpoints if each.tag == "events"]
    hooks = next(each.__self__ for each in handlers if isinstance(each.__self__, EventHooks))
    hooks = replace(hooks, gathering=Alone(intake=service.intake))
    service.endpoints = hooks.endpoints()
    runner = web.AppRunner(server.make_application(service), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, found.settings.bind_host, found.settings.bind_port).start()
    print("huifang serves a commit a request", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve())
