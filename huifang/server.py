"""Serves the application, and ends it without losing what is in hand."""

import asyncio
import gc
import signal
import socket
from collections.abc import Callable, Mapping

import structlog
from aiohttp import web

from huifang import schema
from huifang.paths import templates
from huifang.probing import database_state, redis_state
from huifang.reads import Reads
from huifang.reload import Reloading
from huifang.topics.segmenting import segmenter
from huifang.web import application
from huifang.wiring import Service
from kernel.faults import SettingsFault

log = structlog.get_logger("huifang")

_GARBAGE = 100_000  # objects made and not freed, after which cycles are looked for
_SHUTDOWN = 10.0  # seconds for requests under way


def listen(host: str, port: int, setting: str = "HUIFANG_BIND") -> socket.socket:
    """A bound socket; SettingsFault, naming the `setting` at fault, when the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as fault:
        bound.close()
        what = f"{setting}: {host}:{port} cannot be used: {fault.strerror}"
        advice = "end what listens there, or name another address"
        raise SettingsFault([f"{what}; {advice}"]) from fault
    return bound


async def ready(service: Service) -> dict[str, str]:
    """Each component: `ok`, or what is wrong with it."""
    parts = await asyncio.gather(database_state(service.database), redis_state(service.redis))
    return {name: state for part in parts for name, state in part.items()}


def make_application(service: Service, reloading: Reloading | None = None) -> web.Application:
    """The HTTP application of a service, whose rules may be `reloading`."""
    settings = service.settings

    async def components() -> Mapping[str, str]:
        found = await ready(service)
        return found if reloading is None else {**found, "configuration": reloading.state}

    service.metrics.refresh = service.refresh_metrics
    return application(
        service.endpoints,
        clock=service.clock,
        identity=service.identity,
        public_url=settings.public_url,
        trusted_proxies=settings.trusted_proxies,
        ready=components,
        metrics=service.metrics,
        templates=templates(),
        static=templates() / "static",
        sessions=service.sessions,
        note=Reads(database=service.database).note,
    )


async def require_schema(service: Service) -> None:
    """SettingsFault unless the database has this version's schema."""
    at, needed = await schema.current(service.database), schema.head()
    if at != needed:
        have = f"is at {at}" if at else "is empty"
        fault = f"the database {have}, this version needs {needed}; run `huifang migrate`"
        raise SettingsFault([f"HUIFANG_DATABASE_URL: {fault}"])


def _spare_the_collector() -> None:
    """Have the collector of cycles pass over what stays for good, and look less often.

    Batches make many objects and few cycles: by default a fifth of a dispatcher's time goes into
    walking through them, and through every module, again and again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE, 20, 20)


async def serve(
    service: Service,
    reloading: Reloading,
    bound: socket.socket | None,
    announce: Callable[[], None],
) -> None:
    """Serve until SIGTERM or SIGINT; then take nothing new and finish what is in hand.

    SIGHUP has the configuration read again.
    """
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    loop.add_signal_handler(signal.SIGHUP, reloading.ask)
    app = make_application(service, reloading)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN)
    try:
        await require_schema(service)
        await runner.setup()
        if bound is not None:
            # It holds all threads up while it loads: before anybody is there to wait.
            await asyncio.to_thread(segmenter)
            await web.SockSite(runner, bound, backlog=1024).start()
        await service.start()
        reloading.start()
        _spare_the_collector()
        announce()
        await over.wait()
        log.info("server.stopping")
    finally:
        await reloading.stop()
        await runner.cleanup()
        await service.stop()
