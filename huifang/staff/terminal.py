"""Carries out `huifang user`: who may sign in, from the command line."""

import getpass
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TextIO

from huifang import configuration, settings
from huifang.commands import say
from huifang.identity import COMMAND_LINE
from huifang.staff.model import User
from huifang.staff.users import Users
from kernel.endpoint import Role
from kernel.engine import open_database
from kernel.faults import SettingsFault
from scheduler.clock import SystemClock


def asked(source: TextIO, *, piped: bool) -> str:
    """A password: typed twice at a terminal, else, or where `piped`, the first line of `source`.

    SettingsFault where there is none, or the two are not the same.
    """
    if piped or not source.isatty():
        password = source.readline().removesuffix("\n").removesuffix("\r")
        if not password:
            raise SettingsFault(["password: there is none in the first line of stdin"])
        return password
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise SettingsFault(["password: it was not the same twice; nothing was changed"])
    return password


async def create(login: str, name: str, role: Role, agent: str | None, password: str) -> int:
    """Make a user."""
    _warn_of_stranger(agent)
    async with _users() as users:
        user = await users.create(login, name, role, agent, password, SystemClock().now())
    say(f"{user.login} may sign in as {role.name.lower()}")
    return 0


async def set_password(login: str, password: str) -> int:
    """Give somebody another password; a lock of theirs ends, and every session."""
    async with _users() as users:
        await users.set_password(login, password, SystemClock().now())
    say(f"{login} has another password, and is signed out everywhere")
    return 0


async def deactivate(login: str) -> int:
    """Let somebody go."""
    async with _users() as users:
        await users.deactivate(login, SystemClock().now())
    say(f"{login} is signed out and cannot sign in any more")
    return 0


async def activate(login: str) -> int:
    """Let somebody in again."""
    async with _users() as users:
        await users.activate(login, SystemClock().now())
    say(f"{login} may sign in again")
    return 0


async def list_users(*, as_json: bool) -> int:
    """Print logins, roles, states, last sign-ins, agents and names."""
    async with _users() as users:
        found = await users.list()
    if as_json:
        items = [_shown(user) for user in found]
        say(json.dumps({"items": items}, ensure_ascii=False, indent=2))
        return 0
    for user in found:
        state = "deactivated" if user.ended_at else "active"
        last, agent = user.signed_in_at or "-", user.agent or "-"
        say(f"{user.login}\t{user.role.name.lower()}\t{state}\t{last}\t{agent}\t{user.name}")
    if not found:
        say("there are no users; `huifang user create` makes one")
    return 0


@asynccontextmanager
async def _users() -> AsyncIterator[Users]:
    database = open_database(settings.database_url(settings.environment()))
    try:
        yield Users(database=database, actor=COMMAND_LINE)
    finally:
        await database.close()


def _warn_of_stranger(agent: str | None) -> None:
    agents = configuration.written(settings.environment()).rules.agents
    if agent is not None and agent not in {each.id for each in agents}:
        sys.stderr.write(f"huifang: note that `agents:` of huifang.yaml names no {agent} yet\n")


def _shown(user: User) -> dict[str, object]:
    return {
        "id": user.id,
        "login": user.login,
        "name": user.name,
        "role": user.role.name.lower(),
        "agent": user.agent,
        "active": user.ended_at is None,
        "created_at": user.created_at.isoformat(),
        "signed_in_at": user.signed_in_at.isoformat() if user.signed_in_at else None,
    }
