"""Every role in processes of its own, several at once: a message goes out once, a cap holds."""

import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from redis.asyncio import Redis
from sqlalchemy import func, select

from channels.tables import contacts
from kernel.engine import Database, open_database
from kernel.journal import journal
from tests.e2e.stack import BOOTSTRAP, Process, Stack, free_port, stack, until
from tests.e2e.test_walk import event

TICKET, PHONE = "T-1001", "+8613800138001"
STREAMED, SHARED = "+8613800138099", "+8613800138100"
DISPATCHERS = 4


@pytest.fixture
async def real(tmp_path: Path, postgresql_url: str, redis_url: str) -> AsyncIterator[Stack]:
    async with stack(tmp_path, postgresql_url, redis_url) as found:
        yield found


@pytest.fixture
async def database(postgresql_url: str) -> AsyncIterator[Database]:
    opened = open_database(postgresql_url)
    yield opened
    await opened.close()


async def tell(redis_url: str, document: dict[str, Any]) -> None:
    async with Redis.from_url(redis_url) as redis:
        await redis.xadd("tickets:events", {"event": json.dumps(document)})


def closing(ticket: str, customer: str, phone: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(event(ticket, phone))
    document["data"]["customer"]["id"] = customer
    document["id"] = f"evt-{ticket}"
    return document


async def post(world: Stack, documents: list[dict[str, Any]]) -> None:
    async with world.session.post(
        f"{world.product}/v1/events",
        json=documents,
        headers={
            "Authorization": f"Bearer {BOOTSTRAP}",
            "Content-Type": "application/cloudevents-batch+json",
        },
    ) as answer:
        assert answer.status == 202, await answer.text()


async def decided(world: Stack, port: int) -> dict[str, float]:
    """What a dispatcher decided on contacts, by verdict."""
    async with world.session.get(f"http://127.0.0.1:{port}/metrics") as answer:
        text = await answer.text()
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == "huifang_decisions_total":
                verdict = sample.labels["verdict"]
                found[verdict] = found.get(verdict, 0) + sample.value
    return found


async def in_state(database: Database, *states: str) -> int:
    async with database.read() as conn:
        query = select(func.count()).select_from(contacts).where(contacts.c.state.in_(states))
        return int((await conn.execute(query)).scalar_one())


async def fault(world: Stack, **given: Any) -> None:
    async with world.session.post(f"{world.sandbox}/api/faults", json=given) as answer:
        assert answer.status == 201, await answer.text()


#: On a machine that is busy with so many, whoever is slow must not seem to have crashed.
PATIENT = {
    "HUIFANG_LOOK": "250ms",
    "HUIFANG_LEASE": "30s",
    "HUIFANG_TWILIO_TIMEOUT": "10s",
    "HUIFANG_SEND_WITHIN": "10s",
    "HUIFANG_SETTLE_AFTER": "30s",
}


async def test_roles_of_their_own_go_one_round_hold_a_cap_and_end_their_batch(
    real: Stack, redis_url: str, database: Database
) -> None:
    ports = [free_port() for _ in range(DISPATCHERS)]
    real.environ |= PATIENT
    for role, port in (
        ("api", real.port),
        ("subscriber", free_port()),
        ("periodic", free_port()),
        *(("dispatcher", port) for port in ports),
    ):
        real.serve("--role", role, port=port)
    for port in (real.port, *ports):
        await real.ready(port)
    await one_round(real, redis_url)
    await one_of_two_hundred(real, ports, database)
    await batch_in_hand(real, database)


async def one_round(world: Stack, redis_url: str) -> None:
    await world.close_ticket(TICKET)
    await tell(redis_url, closing("R-1", "R-1", STREAMED))
    await world.asked(STREAMED)
    await world.asked(PHONE)
    await world.reply(PHONE, "1", "SM" + "1" * 32)
    found = await world.reopened(TICKET)
    await world.at_rest()
    assert found["reopens"] == 1
    assert [len(await world.texts(phone)) for phone in (PHONE, STREAMED)] == [1, 1]


async def one_of_two_hundred(world: Stack, ports: list[int], database: Database) -> None:
    """Two customers share a number; both are owed a hundred surveys within the same moment."""
    for start in range(0, 200, 25):
        await post(
            world,
            [closing(f"S-{n}", f"C-{100 + n % 2}", SHARED) for n in range(start, start + 25)],
        )

    async def all_decided() -> bool | None:
        async with database.read() as conn:
            entries = select(func.count()).where(journal.c.kind == "decision")
            count = (await conn.execute(entries)).scalar_one()
        return True if count >= 2 * 202 else None  # one to plan it, one to send it

    await until(all_decided, "a decision on every contact")
    await world.asked(SHARED)
    assert len(await world.texts(SHARED)) == 1
    found = [await decided(world, port) for port in ports]
    assert sum(each.get("allow", 0) for each in found) == 3  # two in the round before
    assert sum(1 for each in found if each) >= 2  # it was no single one's work


async def batch_in_hand(world: Stack, database: Database) -> None:
    """A carrier that takes its time, and a shutdown while it does."""
    sent = await in_state(database, "sent", "delivered")
    await fault(world, target="carrier", kind="latency", value=800, times=None)
    phones = [f"+8613800138{n}" for n in range(200, 220)]
    await post(world, [closing(f"D-{n}", f"D-{n}", phone) for n, phone in enumerate(phones)])

    async def sending() -> int | None:
        return await in_state(database, "sending") or None

    assert await until(sending, "a batch in hand") > 0
    assert set(await world.stop()) == {0}
    assert await in_state(database, "sending", "unknown") == 0
    texts = [await world.texts(phone) for phone in phones]
    assert {len(each) for each in texts} <= {0, 1}
    carried = sum(len(each) for each in texts)
    assert carried > 0
    assert await in_state(database, "sent", "delivered") - sent == carried
    log = "".join(process.log.read_text() for process in world.processes)
    assert all(f'"{event}.failed"' not in log for event in ("job", "lane", "carrier", "duty"))


def stopped(process: Process) -> None:
    os.kill(process.pid, signal.SIGSTOP)


def goes_on(process: Process) -> None:
    os.kill(process.pid, signal.SIGCONT)


async def marked(world: Stack, step: str) -> bool | None:
    return True if world.mark(step).exists() else None


async def known(database: Database, count: int) -> bool | None:
    return True if await in_state(database, "sent", "delivered") == count else None


async def test_a_dispatcher_that_was_stopped_and_goes_on_repeats_nobody(
    real: Stack, redis_url: str, database: Database
) -> None:
    other = real.serve("--role", "api", "--role", "dispatcher")
    try:
        for number, step in enumerate(("delivery.intent_written", "delivery.sent"), start=1):
            phone = f"+861380013830{number}"
            port = free_port()
            one = real.serve(
                "--role", "subscriber", "--role", "dispatcher", barrier=step, port=port
            )
            await real.ready()
            await real.ready(port)
            stopped(other)
            await tell(redis_url, closing(f"Z-{number}", f"Z-{number}", phone))

            await until(partial(marked, real, step), f"the dispatcher at {step}")
            stopped(one)
            goes_on(other)
            await until(partial(known, database, number), "the contact sent, and known to be")
            real.mark(step).unlink()
            goes_on(one)
            assert await one.stop() == 0
            await real.at_rest()
            assert len(await real.texts(phone)) == 1
            assert len(await real.reply(phone, "5", f"SM{number:032d}")) == 1
    finally:
        with suppress(ProcessLookupError):
            goes_on(other)
    assert await other.stop() == 0
