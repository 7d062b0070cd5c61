"""A policy that is changed under the running processes: in force within the minute, or refused."""

import json
import os
import signal
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.stack import RULES, Stack, free_port, stack, until

TICKET, PHONE = "T-1001", "+8613800138001"


@pytest.fixture
async def real(tmp_path: Path, postgresql_url: str, redis_url: str) -> AsyncIterator[Stack]:
    async with stack(tmp_path, postgresql_url, redis_url) as found:
        yield found


def write(world: Stack, text: str) -> None:
    (Path(world.environ["HUIFANG_CONFIG"]) / "huifang.yaml").write_text(text)


def closed_now() -> str:
    """Rules whose window, in Shanghai, opens three hours from now at the earliest."""
    hour = (datetime.now(UTC) + timedelta(hours=8 + 4)).hour
    return RULES.replace('"00:00"', f'"{hour:02d}:00"').replace('"24:00"', f'"{hour + 1:02d}:00"')


async def metric(world: Stack, port: int, name: str) -> list[str]:
    async with world.session.get(f"http://127.0.0.1:{port}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return [line for line in lines if line.startswith(name)]


async def ready(world: Stack, port: int) -> tuple[int, str]:
    async with world.session.get(f"http://127.0.0.1:{port}/readyz") as answer:
        found: dict[str, Any] = await answer.json()
        return answer.status, found["components"]["configuration"]


async def test_a_window_that_is_opened_lets_out_what_waits_and_a_fault_changes_nothing(
    real: Stack,
) -> None:
    write(real, closed_now())
    ports = {"api": real.port, "dispatcher": free_port()}
    processes = [real.serve("--role", role, port=port) for role, port in ports.items()]
    for port in ports.values():
        await real.ready(port)
    await real.close_ticket(TICKET)

    async def put_off() -> Any:
        items = (await real.get(f"/v1/tickets/{TICKET}/explain"))["items"]
        return next((item for item in items if item["reason"] == "window"), None)

    assert (await until(put_off, "a deferral"))["verdict"] == "defer"

    write(real, RULES + "colour: red\n")

    async def refused() -> bool | None:
        found = [await ready(real, port) for port in ports.values()]
        return True if all(state != "ok" for _, state in found) else None

    await until(refused, "the faulty file refused everywhere")
    for port in ports.values():
        status, state = await ready(real, port)
        assert (status, state.startswith("ok, but ")) == (200, True)
        assert await metric(real, port, "huifang_configuration_valid") == [
            "huifang_configuration_valid 0.0"
        ]
    assert await real.texts(PHONE) == []
    assert all("huifang.yaml" in process.log.read_text() for process in processes)

    changed = time.monotonic()
    write(real, RULES)
    await real.asked(PHONE)
    assert time.monotonic() - changed < 60
    versions = [await metric(real, port, "huifang_configuration_info") for port in ports.values()]
    assert versions[0] == versions[1] != []
    assert [await ready(real, port) for port in ports.values()] == [(200, "ok")] * 2
    await real.at_rest()
    assert len(await real.texts(PHONE)) == 1
    assert await real.stop() == [0, 0]


async def test_sighup_has_the_files_read_at_once(tmp_path: Path, sqlite_url: str) -> None:
    async with stack(tmp_path, sqlite_url, None) as world:
        process = world.serve()
        await world.ready()
        [before] = await metric(world, world.port, "huifang_configuration_info")
        write(world, closed_now())
        os.kill(process.pid, signal.SIGHUP)

        async def adopted() -> bool | None:
            found = await metric(world, world.port, "huifang_configuration_info")
            return True if found != [before] else None

        await until(adopted, "other rules in force")
        lines = [json.loads(line) for line in process.log.read_text().splitlines() if "{" in line]
        said = [line for line in lines if line.get("event") == "configuration.adopted"]
        assert [line["changed"] for line in said] == [["policy"]]
        assert await process.stop() == 0
