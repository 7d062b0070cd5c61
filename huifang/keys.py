"""Carries out `huifang key`: who may call the API, from the command line."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime

from huifang import settings
from huifang.commands import say
from huifang.identity import Identity
from kernel.endpoint import Role
from kernel.engine import open_database
from kernel.faults import NotFound
from scheduler.clock import SystemClock


@asynccontextmanager
async def _identity() -> AsyncIterator[Identity]:
    database = open_database(settings.database_url(settings.environment()))
    try:
        yield Identity(database, None)
    finally:
        await database.close()


async def create(role: Role, name: str, *, as_json: bool) -> int:
    """Make an API key and print it; it cannot be shown again."""
    async with _identity() as identity:
        key = await identity.create(role, name, SystemClock().now())
    made = {"name": name, "role": role.name.lower(), "key": key}
    say(json.dumps(made, ensure_ascii=False) if as_json else key)
    return 0


async def revoke(name: str) -> int:
    """End an API key."""
    async with _identity() as identity:
        ended = await identity.revoke(name, SystemClock().now())
    if not ended:
        raise NotFound(f"no key is in force under the name {name}; `huifang key list` names them")
    say(f"the key of {name} is ended")
    return 0


async def list_keys(*, as_json: bool) -> int:
    """Print names, roles and last use of the keys, and which of them are over."""
    async with _identity() as identity:
        known = await identity.list()
    if as_json:
        items = [{**asdict(key), "role": key.role.name.lower()} for key in known]
        say(json.dumps({"items": items}, ensure_ascii=False, indent=2, default=datetime.isoformat))
        return 0
    if not known:
        say("there are no keys; `huifang key create --role ROLE --name NAME` makes one")
    for key in known:
        state = "ended" if key.revoked_at else "in force"
        say(f"{key.name}\t{key.role.name.lower()}\t{state}\t{key.last_used_at or '-'}")
    return 0
