"""The tests' own servers: real, found in a fixed order, stopped at the end, on this machine."""

import asyncio
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import redis.asyncio

from tests import guard, servers


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[redis.asyncio.Redis]:
    connection = redis.asyncio.Redis.from_url(redis_url, decode_responses=True)
    yield connection
    await connection.aclose()


def listens(url: str) -> bool:
    parts = urlsplit(url)
    with closing(socket.socket()) as probe:
        return probe.connect_ex((parts.hostname or "", parts.port or 0)) == 0


async def test_postgresql_answers(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    try:
        assert (await connection.fetchval("SELECT version()")).startswith("PostgreSQL ")
    finally:
        await connection.close()


async def test_valkey_answers(client: redis.asyncio.Redis) -> None:
    assert await client.ping() is True


@pytest.mark.parametrize("turn", [1, 2])
async def test_each_test_finds_valkey_empty(client: redis.asyncio.Redis, turn: int) -> None:
    assert await client.dbsize() == 0
    await client.set("left over by turn", turn)


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_finds_its_database_fresh(database_url: str, turn: int) -> None:
    statement = "CREATE TABLE left_over (turn int)"  # fails where the table is there already
    if database_url.startswith("sqlite"):
        with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as connection:
            connection.execute(statement)
    else:
        servers.execute(database_url, statement)


def test_a_copy_of_a_template_has_its_tables(postgres_url: str) -> None:
    with servers.postgres_database(postgres_url) as template:
        servers.execute(template, "CREATE TABLE made_once (id int)")
        with servers.postgres_database(postgres_url, template.rpartition("/")[2]) as copy:
            servers.execute(copy, "INSERT INTO made_once VALUES (1)")


def test_a_copied_sqlite_file_has_what_the_log_still_held(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "template")) as template:
        template.execute("PRAGMA journal_mode=WAL")
        template.execute("CREATE TABLE made_once (id int)")
        template.commit()
        servers.copy_sqlite(tmp_path / "template", tmp_path / "copy")
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        assert copy.execute("SELECT count(*) FROM made_once").fetchone() == (0,)


async def test_a_dropped_database_is_gone_even_while_somebody_is_connected(
    postgres_url: str,
) -> None:
    with servers.postgres_database(postgres_url) as url:
        connection = await asyncpg.connect(url)
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(url)
    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        await connection.close()


def test_servers_of_our_own_stop_and_leave_nothing_behind() -> None:
    with servers.valkey_server({}) as valkey, servers.postgres_server({}) as postgres:
        assert listens(valkey)
        assert listens(postgres)
    assert not listens(valkey)
    assert not listens(postgres)


def test_servers_end_also_where_the_tests_are_killed() -> None:
    words = (
        "from tests import servers\n"
        "with servers.valkey_server({}) as url, servers._workspace('left') as folder:\n"
        "    print(url, folder, flush=True)\n"
        "    input()\n"
    )
    tests = subprocess.Popen(
        [sys.executable, "-c", words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert tests.stdout is not None
    url, folder = tests.stdout.readline().split()
    assert listens(url)
    tests.kill()
    tests.communicate()
    deadline = time.monotonic() + 20
    while (listens(url) or Path(folder).exists()) and time.monotonic() < deadline:
        time.sleep(servers.POLL_S)
    assert not listens(url)
    assert not Path(folder).exists()


def test_a_url_in_the_environment_comes_first() -> None:
    with servers.postgres_server(
        {servers.POSTGRES_VARIABLE: "postgresql://somebody@127.0.0.1:1/x"}
    ) as url:
        assert url == "postgresql://somebody@127.0.0.1:1/x"
    with servers.valkey_server({servers.REDIS_VARIABLE: "redis://127.0.0.1:1/3"}) as url:
        assert url == "redis://127.0.0.1:1/3"


def test_without_any_server_the_tests_fail_and_say_what_to_do() -> None:
    with (
        pytest.raises(servers.NoServer, match=servers.POSTGRES_VARIABLE),
        servers.postgres_server({}, folders=[]),
    ):
        pass
    with (
        pytest.raises(servers.NoServer, match=servers.REDIS_VARIABLE),
        servers.valkey_server({}, binaries=[]),
    ):
        pass


def test_a_server_that_dies_at_once_shows_its_last_words(tmp_path: Path) -> None:
    broken = tmp_path / "valkey-server"
    broken.write_text("#!/bin/sh\n[ $1 = --version ] && exit 0\necho cannot go on\nexit 1\n")
    broken.chmod(0o755)
    with (
        pytest.raises(servers.NoServer, match="cannot go on"),
        servers.valkey_server({}, binaries=[broken]),
    ):
        pass


def test_binaries_of_the_machine_are_found_on_path(tmp_path: Path) -> None:
    for name in ("postgres", "redis-server"):
        (tmp_path / name).touch(mode=0o755)
    assert tmp_path / "redis-server" in list(servers.valkey_binaries(str(tmp_path)))
    assert tmp_path in list(servers.postgres_folders(str(tmp_path)))


def test_binaries_which_the_servers_account_cannot_reach_are_copied(tmp_path: Path) -> None:
    package = tmp_path / "site" / "server"
    (package / "pginstall" / "bin").mkdir(parents=True)
    (package.parent / "server.libs").mkdir()
    (package.parent / "server.libs" / "libpq.so").touch(mode=0o600)
    for name in ("postgres", "initdb"):
        # Says no as a file does that another user may not execute.
        (package / "pginstall" / "bin" / name).touch(mode=0o600)
    found = servers.reachable_postgres(package / "pginstall" / "bin", tmp_path / "workspace")
    assert found == tmp_path / "workspace" / "binaries" / "server" / "pginstall" / "bin"
    library = tmp_path / "workspace" / "binaries" / "server.libs" / "libpq.so"
    assert library.stat().st_mode & 0o777 == 0o644


def test_a_connection_that_leaves_the_machine_is_refused(loopback_only: guard.Guard) -> None:
    with closing(socket.socket()) as outside, pytest.raises(guard.LeavesTheMachine):
        outside.connect(("192.0.2.1", 80))
    assert loopback_only.refused == ["socket.connect 192.0.2.1"]
    loopback_only.refused.clear()


async def test_a_name_outside_is_not_even_asked_for(loopback_only: guard.Guard) -> None:
    with pytest.raises(guard.LeavesTheMachine):
        await asyncio.open_connection("example.invalid", 80)
    assert loopback_only.refused == ["socket.getaddrinfo example.invalid"]
    loopback_only.refused.clear()


def test_a_datagram_that_leaves_the_machine_is_refused(loopback_only: guard.Guard) -> None:
    with (
        closing(socket.socket(type=socket.SOCK_DGRAM)) as outside,
        pytest.raises(guard.LeavesTheMachine),
    ):
        outside.sendto(b"x", ("192.0.2.1", 53))
    loopback_only.refused.clear()


def test_unix_sockets_and_loopback_are_allowed(tmp_path: Path) -> None:
    path = os.path.relpath(tmp_path / "s")  # the kernel takes 107 bytes, pytest's folders are long
    with closing(socket.socket(socket.AF_UNIX)) as server:
        server.bind(path)
        server.listen()
        with closing(socket.socket(socket.AF_UNIX)) as peer:
            peer.connect(path)
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        socket.create_connection(server.getsockname(), 1).close()


def test_a_server_named_by_the_environment_is_allowed() -> None:
    assert "127.0.0.1" in guard.hosts_of({"URL": "redis://127.0.0.1:6379/0"}, ["URL", "UNSET"])
