"""A database or a Redis that goes away under the running product: told, held out, made up for."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from redis.asyncio import Redis

from tests import servers
from tests.conftest import _migrate
from tests.e2e.outages import Server, own_postgres, own_valkey
from tests.e2e.stack import Stack, stack, until
from tests.e2e.test_walk import event

STREAM = "tickets:events"


@dataclass(kw_only=True)
class Shaky:
    """The product, with the servers it stands on in the test's hand."""

    world: Stack
    postgres: Server
    valkey: Server
    url: str

    async def ready(self) -> tuple[int, dict[str, str]]:
        patience = aiohttp.ClientTimeout(total=30)
        url = f"{self.world.product}/readyz"
        async with self.world.session.get(url, timeout=patience) as answer:
            found: dict[str, Any] = await answer.json()
            return answer.status, found["components"]

    async def tell(self, *numbers: int) -> None:
        """Close tickets of as many customers, over the stream."""
        async with Redis.from_url(self.url) as redis:
            for number in numbers:
                await redis.xadd(STREAM, {"event": closing(number)})

    async def pending(self) -> int:
        """Entries of the stream that nobody has acknowledged."""
        async with Redis.from_url(self.url) as redis:
            return int((await redis.xpending(STREAM, "huifang"))["pending"])

    async def each_asked_once(self, *numbers: int) -> None:
        for number in numbers:
            await self.world.asked(phone(number))
        await self.world.at_rest()
        for number in numbers:
            assert len(await self.world.texts(phone(number))) == 1


def phone(number: int) -> str:
    return f"+86138001390{number:02d}"


def closing(number: int) -> str:
    document = json.loads(event(f"T-{number}", phone(number)))
    document["data"]["customer"]["id"] = f"C-{number}"
    return json.dumps(document)


@pytest.fixture
async def shaky(tmp_path: Path) -> AsyncIterator[Shaky]:
    with own_postgres() as (postgres, database), own_valkey() as (valkey, url):
        servers.in_thread(lambda: _migrate(database))
        async with stack(tmp_path, database, url) as world:
            yield Shaky(world=world, postgres=postgres, valkey=valkey, url=url)


async def test_servers_that_go_away_are_named_and_nothing_is_lost_or_doubled(
    shaky: Shaky,
) -> None:
    world = shaky.world
    process = world.serve()
    await world.ready()
    await shaky.tell(1)
    await shaky.each_asked_once(1)

    await asyncio.to_thread(shaky.postgres.stop)
    await shaky.tell(2, 3)
    status, components = await shaky.ready()
    assert (status, components["redis"]) == (503, "ok")
    assert components["database"] != "ok"
    await asyncio.to_thread(shaky.postgres.start)
    await world.ready()
    await shaky.each_asked_once(1, 2, 3)

    await shaky.tell(4)
    await asyncio.to_thread(shaky.valkey.stop)
    status, components = await shaky.ready()
    assert (status, components["database"]) == (503, "ok")
    assert components["redis"] != "ok"
    await asyncio.to_thread(shaky.valkey.start)
    await world.ready()
    await shaky.tell(5)
    await shaky.each_asked_once(1, 2, 3, 4, 5)

    await shaky.tell(6)
    shaky.postgres.freeze()
    shaky.valkey.freeze()
    status, components = await shaky.ready()
    assert status == 503
    assert "ok" not in (components["database"], components["redis"])
    shaky.valkey.thaw()
    shaky.postgres.thaw()
    await world.ready()
    await shaky.tell(7)
    await shaky.each_asked_once(1, 2, 3, 4, 5, 6, 7)

    async def settled() -> bool | None:
        return True if await shaky.pending() == 0 else None

    await until(settled, "every entry acknowledged")
    assert not process.ended()
    assert await process.stop() == 0
