"""Carries out the commands about personal data: to erase a customer, and to change keys."""

import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from huifang import schema, settings, subject
from huifang.erasing import Report, open_erasure
from huifang.identity import COMMAND_LINE
from huifang.rotation import Left, Rotation, verdict
from huifang.settings import Settings
from huifang.subscriber import open_redis
from kernel.engine import Database, open_database
from kernel.faults import SettingsFault
from kernel.vault import Vault, open_vault
from scheduler.clock import SystemClock


@asynccontextmanager
async def _opened() -> AsyncIterator[tuple[Settings, Database, Vault]]:
    found = settings.load(settings.environment())
    database = open_database(found.database_url)
    try:
        if await schema.current(database) != schema.head():
            raise SettingsFault(["the database has another schema: run `huifang migrate`"])
        yield found, database, open_vault(found.data_keys, found.index_keys)
    finally:
        await database.close()


async def erase(customer: str, source: str | None, *, sure: bool, as_json: bool) -> int:
    """Erase a customer; asks who sits at a terminal, unless `sure`. What carriers hold is left to
    dispatchers.
    """
    now = SystemClock().now()
    async with _opened() as (found, database, vault):
        async with database.read() as conn:
            who = await subject.source_of(conn, customer, source)
        if not (sure or _agreed(f"erase customer {who[1]} of {who[0]} for good?")):
            return 1
        redis = open_redis(found.redis_url) if found.redis_url else None
        try:
            erasure = open_erasure(found, database, vault, redis)
            erasure.tell = _progress()
            report = await erasure.begin(who, COMMAND_LINE, now)
            more = await erasure.complete(who, now)
        finally:
            if redis is not None:
                await redis.aclose()
        if more:
            report = replace(report, state="done", erased={**report.erased, **more})
    _print(report, as_json=as_json)
    return 0


def _agreed(question: str) -> bool:
    """Whether the person at the terminal means it; a script has nobody who could be asked."""
    if not sys.stdin.isatty():
        return True
    sys.stderr.write(f"huifang: {question} [yes/no] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"yes", "y", "是"}


def _progress() -> Callable[[str, int], None]:
    """Tells a person at a terminal how far it is; quiet in a pipe."""
    if not sys.stderr.isatty():
        return lambda what, number: None

    def tell(what: str, number: int) -> None:
        sys.stderr.write(f"\r\x1b[K{what}: {number}")
        sys.stderr.flush()

    return tell


def _print(report: Report, *, as_json: bool) -> None:
    told = {
        "customer": report.customer,
        "source": report.source,
        "state": report.state,
        "erased": dict(report.erased),
    }
    if as_json:
        _say(json.dumps(told, ensure_ascii=False))
        return
    _say(f"{report.customer} of {report.source}: {report.state}")
    for name, number in sorted(report.erased.items()):
        _say(f"  {name}: {number}")


async def rotate(*, as_json: bool) -> int:
    """Bring everything under the first keys; 1 while something needs an older one."""
    async with _opened() as (_, database, vault):
        rotation = Rotation(database=database, vault=vault, tell=_progress())
        changed = await rotation.rotate()
        left = await rotation.left()
    needed = left.values or left.stops
    if as_json:
        told = {"changed": changed, "left": left.sealed, "stops": left.stops}
        _say(json.dumps(told))
        return 1 if needed else 0
    for name, number in sorted(changed.items()):
        _say(f"{name}: {number} changed")
    for name, line in (verdict(vault, left) or {"keys": "there is one of each"}).items():
        _say(f"{name}: {line}")
    return 1 if needed else 0


async def keys(found: Settings) -> tuple[dict[str, str], list[str]]:
    """Which older keys may be dropped, for `check`, and the fault of a key that is missing."""
    vault = open_vault(found.data_keys, found.index_keys)
    database = open_database(found.database_url)
    try:
        rotation = Rotation(database=database, vault=vault)
        if foreign := await rotation.foreign():
            return {}, [f"HUIFANG_DATA_KEY: no key of it opens what stands in {', '.join(foreign)}"]
        if len(vault.ciphers) == 1 and len(vault.index_keys) == 1:
            return {}, []
        left: Left = await rotation.left()
    finally:
        await database.close()
    return verdict(vault, left), []


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
