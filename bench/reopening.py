"""Times the way from a customer's low reply to the reopening heard at the desk.

The product and the sandbox are processes of their own; the database is SQLite and then a real
PostgreSQL with Valkey, as the tests start them. Beside each figure stands the bare limit of the
same run: what one signed POST to the desk costs from here.
"""

import os
import statistics
import time
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial
from pathlib import Path

from huifang import schema
from kernel.engine import open_database
from tests import servers
from tests.e2e.stack import Stack, stack, until


async def run(folder: Path, rounds: int) -> None:
    """Measure on both databases and print medians and the slowest."""
    for name in ("sqlite", "postgresql"):
        async with AsyncExitStack() as opened:
            base = folder / name
            base.mkdir()
            redis = None
            if name == "sqlite":
                database = f"sqlite:///{base}/bench.sqlite3"
            else:
                server = opened.enter_context(servers.postgres_server(os.environ))
                database = opened.enter_context(servers.postgres_database(server))
                redis = opened.enter_context(servers.valkey_server(os.environ))
            opened_database = open_database(database)
            await schema.migrate(opened_database)
            await opened_database.close()
            world = await opened.enter_async_context(stack(base, database, redis))
            world.serve()
            await world.ready()
            await _measure(name, world, rounds)


async def _measure(name: str, world: Stack, rounds: int) -> None:
    taken: list[float] = []
    bare: list[float] = []
    for number in range(rounds):
        ticket, phone = f"B-{number}", f"+8613900{number:06d}"
        await _prepare(world, ticket, phone)
        started = time.perf_counter()
        await world.session.get(f"{world.sandbox}/api/desk/deliveries")
        bare.append(time.perf_counter() - started)
        await world.close_ticket(ticket)
        await world.asked(phone)
        replied = time.time()
        await world.reply(phone, "1", f"SM{number:032d}")
        heard = await until(partial(_heard, world, ticket), "the reopening")
        taken.append(heard - replied)
    taken.sort()
    share = statistics.median(taken) / statistics.median(bare)
    print(
        f"{name}: low reply to reopening at the desk, {rounds} tickets: "
        f"median {statistics.median(taken) * 1000:.0f} ms, slowest {taken[-1] * 1000:.0f} ms; "
        f"{share:.0f} times one bare request of the same run"
    )


async def _prepare(world: Stack, ticket: str, phone: str) -> None:
    customer = {
        "id": f"C-{ticket}",
        "name": "测试",
        "phone": phone,
        "locale": "zh-CN",
        "timezone": "Asia/Shanghai",
    }
    body = {"id": ticket, "customer": customer}
    async with world.session.post(f"{world.sandbox}/api/tickets", json=body) as answer:
        answer.raise_for_status()


async def _heard(world: Stack, ticket: str) -> float | None:
    """When the desk heard the order, by the sandbox's clock on this same machine."""
    heard = await world.deliveries(ticket, "ticket.reopen_requested")
    return _epoch(heard[0]["at"]) if heard else None


def _epoch(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
