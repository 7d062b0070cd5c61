"""Plays a carrier that takes every message at once: what is measured is who sends, never it."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import aiohttp
import uvloop
from aiohttp import web

_ROOT = Path(__file__).resolve().parents[1]
# Within the form's status callback, which names the contact; we escape every octet of a form.
_MARKS = (b"contact%3D", b"%" + b"contact=".hex("%").encode())
_START = 20.0
_HELD = 10.0  # seconds that one question for a count is held


@dataclass(slots=True)
class Counter:
    """What arrived: how often, and each contact's first time, in order of arrival."""

    count: int = 0
    begun: float | None = None
    arrived: dict[bytes, float] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    awaited: int = 0

    def take(self, body: bytes) -> int:
        """Note a message; its number."""
        start = max((body.find(it) + len(it) for it in _MARKS if it in body), default=0)
        end = body.find(b"&", start)
        contact = body[start:] if end < 0 else body[start:end]
        self.arrived.setdefault(contact, time.time())
        self.count += 1
        if self.count == self.awaited:
            self.changed.set()
        return self.count

    def begin(self, at: float) -> float:
        """Whoever works begins now; the first to say so counts."""
        if self.begun is None:
            self.begun = at
            self.changed.set()
        return self.begun

    async def wait_begun(self) -> float | None:
        """When work began, once it has, or None after a while."""
        if self.begun is None:
            await self._wait()
        return self.begun

    async def reach(self, count: int) -> int:
        """The count, once it is as high, or after a while."""
        self.awaited = count
        if self.count < count:
            await self._wait()
        return self.count

    async def _wait(self) -> None:
        self.changed.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.changed.wait(), _HELD)

    def report(self) -> dict[str, Any]:
        """How many arrived, how many of them twice, and when the last one did."""
        times = self.arrived.values()
        return {
            "count": self.count,
            "doubled": self.count - len(times),
            "begun": self.begun,
            "last": max(times, default=None),
        }

    def reset(self) -> None:
        """Forget everything."""
        self.count, self.begun, self.arrived = 0, None, {}


async def _answer(counter: Counter, request: web.BaseRequest) -> web.StreamResponse:
    if request.method == "POST":
        number = counter.take(await request.read())
        body = f'{{"sid":"SM{number:032d}","status":"queued","num_segments":"1"}}'
        return web.Response(status=201, body=body.encode(), content_type="application/json")
    match request.path:
        case "/reached":
            return web.json_response(await counter.reach(int(request.query["count"])))
        case "/report":
            return web.json_response(counter.report())
        case "/begin":
            return web.json_response(counter.begin(float(request.query.get("at", time.time()))))
        case "/begun":
            return web.json_response(await counter.wait_begun())
        case "/arrivals":
            found = {unquote_to_bytes(it).decode(): at for it, at in counter.arrived.items()}
            return web.json_response(found)
        case "/reset":
            counter.reset()
            return web.json_response(0)
        case _:
            return web.json_response({"messages": []})


async def _serve() -> None:
    counter = Counter()

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        return await _answer(counter, request)

    server = web.Server(handler, access_log=None)
    listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    print(json.dumps({"port": listening.sockets[0].getsockname()[1]}), flush=True)
    await asyncio.Event().wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """The carrier's process as the benchmarks see it."""

    url: str
    pid: int
    session: aiohttp.ClientSession

    async def reset(self) -> None:
        """Forget what arrived."""
        await self._get("/reset")

    async def begin(self, at: float) -> None:
        """Say that work begins, at an instant in seconds since 1970."""
        await self._get(f"/begin?at={at}")

    async def begun(self, limit: float) -> float:
        """Wait until whoever works has begun; when that was. TimeoutError after `limit` seconds."""
        end = time.monotonic() + limit
        while (at := await self._get("/begun")) is None:
            if time.monotonic() > end:
                raise TimeoutError(f"nobody began within {limit:.0f} s")
        return float(at)

    async def reached(self, count: int, limit: float) -> None:
        """Wait until that many arrived; TimeoutError after `limit` seconds."""
        end = time.monotonic() + limit
        while (seen := int(await self._get(f"/reached?count={count}"))) < count:
            if time.monotonic() > end:
                raise TimeoutError(f"only {seen} of {count} messages arrived in {limit:.0f} s")

    async def report(self) -> dict[str, Any]:
        """See `Counter.report`."""
        return dict(await self._get("/report"))

    async def arrivals(self) -> dict[str, float]:
        """When each contact arrived, in seconds since 1970."""
        return dict(await self._get("/arrivals"))

    async def _get(self, path: str) -> Any:
        async with self.session.get(self.url + path) as answer:
            return await answer.json()


@asynccontextmanager
async def carrier(log: Path) -> AsyncIterator[Carrier]:
    """The carrier in a process of its own."""
    with log.open("wb") as err:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.carrier"),
            cwd=_ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=err,
        )
    try:
        assert process.stdout is not None
        said = await asyncio.wait_for(process.stdout.readline(), _START)
        url = f"http://127.0.0.1:{json.loads(said)['port']}"
        async with aiohttp.ClientSession() as session:
            yield Carrier(url=url, pid=process.pid, session=session)
    finally:
        with suppress(ProcessLookupError):  # whoever interrupted us may have ended it too
            process.terminate()
        await process.wait()


if __name__ == "__main__":
    uvloop.run(_serve())
