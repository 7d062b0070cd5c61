"""Starts what is measured on: real PostgreSQL and Valkey that keep their data, and processes."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil  # type: ignore[import-untyped]

from bench.carrier import Carrier, carrier
from tests import servers

ROOT = Path(__file__).resolve().parents[1]
#: Nothing but what the servers do by themselves: every commit is flushed.
POSTGRES_AS_IT_COMES: Mapping[str, str] = {}
VALKEY_APPENDS = {"save": "", "appendonly": "yes", "appendfsync": "everysec"}

_STOP = 30.0  # seconds for a process to end by itself
_FLUSHES = 200
_PAGE = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What every benchmark stands on."""

    folder: Path
    postgres: str
    postmaster: int
    valkey: str
    carrier: Carrier

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """A PostgreSQL database of its own, dropped afterwards."""
        with servers.postgres_database(self.postgres, template) as url:
            yield url

    def empty_valkey(self) -> None:
        """Forget everything in Valkey."""
        servers.empty(self.valkey)


@asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    """Both servers and the carrier, started now and stopped afterwards."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="huifang-bench-")))
        # No address from the environment: servers of unknown settings would measure nothing.
        postgres = opened.enter_context(servers.postgres_server({}, settings=POSTGRES_AS_IT_COMES))
        valkey = opened.enter_context(servers.valkey_server({}, settings=VALKEY_APPENDS))
        async with carrier(folder / "carrier.log") as listening:
            yield Ground(
                folder=folder,
                postgres=postgres,
                postmaster=await _postmaster(postgres),
                valkey=valkey,
                carrier=listening,
            )


async def _postmaster(url: str) -> int:
    """The server's first process; it also proves that the server flushes what it commits."""
    connection = await asyncpg.connect(url)
    try:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            if await connection.fetchval(f"SHOW {setting}") != "on":
                raise RuntimeError(f"PostgreSQL runs with {setting} off: nothing to measure")
        backend = await connection.fetchval("SELECT pg_backend_pid()")
        return int(psutil.Process(backend).ppid())  # while the connection keeps it alive
    finally:
        await connection.close()


async def conditions(stage: Ground) -> str:
    """One line on the machine, without which no figure means anything."""
    connection = await asyncpg.connect(stage.postgres)
    try:
        version = await connection.fetchval("SHOW server_version")
    finally:
        await connection.close()
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, PostgreSQL {version} (fsync on, "
        f"its defaults), Valkey (appendfsync everysec), all on loopback; a flush of a page costs "
        f"{_flush_ms(stage.folder):.2f} ms; load before the start {load:.1f}"
    )


def _flush_ms(folder: Path) -> float:
    """What one write and flush costs on the disk that the databases are on."""
    path = folder / "flush"
    page = b"\0" * _PAGE
    with path.open("wb", buffering=0) as file:
        started = time.perf_counter()
        for _ in range(_FLUSHES):
            file.write(page)
            os.fdatasync(file.fileno())
        spent = time.perf_counter() - started
    path.unlink()
    return spent / _FLUSHES * 1000


@asynccontextmanager
async def running(
    words: Sequence[str | Path], environ: Mapping[str, str], log: Path
) -> AsyncIterator[int]:
    """A process of ours, its output in `log`; the pid. Stopped as an operator would."""
    with log.open("ab") as out:
        process = subprocess.Popen(  # noqa: ASYNC220 - starting one takes a millisecond
            words,
            cwd=ROOT,
            env={**os.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    try:
        yield process.pid
        if process.poll() is not None:
            raise RuntimeError(f"{words} ended too early:\n{_tail(log)}")
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                await asyncio.to_thread(process.wait, _STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-20:])


def cpu_seconds(pid: int) -> float:
    """Processor time that a process and all its children have used so far."""
    spent = 0.0
    process = psutil.Process(pid)
    for each in (process, *process.children(recursive=True)):
        try:
            spent += sum(each.cpu_times()[:4])  # its own, and that of its children now gone
        except psutil.NoSuchProcess:
            continue  # whoever waited for it counts it by now
    return spent


def resident_mib(pid: int) -> float:
    """Memory that a process holds, in MiB."""
    return float(psutil.Process(pid).memory_info().rss) / 2**20
