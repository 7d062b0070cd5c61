"""Installs the peers, puts their jobs in, and starts their workers."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.machine import ROOT, Ground, running
from bench.report import progress

_PINS = ROOT / "bench" / "peers.txt"
_HOME = ROOT / ".cache" / "peers"
_STAMP = "installed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Somebody else's queue: its package, and the words its module wants after the verb."""

    name: str
    package: str
    words: tuple[str, ...] = ()
    poll: float | None = None  # seconds; None: as it comes

    @property
    def python(self) -> Path:
        """The interpreter of its environment."""
        return _HOME / self.package / "bin" / "python"


_OFTEN = 0.01

APSCHEDULER_REDIS = Peer(name="APScheduler, Redis", package="apscheduler", words=("redis",))
APSCHEDULER_SQL = Peer(name="APScheduler, SQLAlchemy", package="apscheduler", words=("sql",))
ARQ = Peer(name="arq", package="arq")
ARQ_OFTEN = Peer(name="arq, polling every 10 ms", package="arq", poll=_OFTEN)
SAQ = Peer(name="saq", package="saq")
PROCRASTINATE = Peer(name="procrastinate, polling every 50 ms", package="procrastinate", poll=0.05)
CELERY = Peer(name="celery, prefork", package="celery")

ALL = (APSCHEDULER_REDIS, APSCHEDULER_SQL, ARQ_OFTEN, SAQ, PROCRASTINATE, CELERY)


def pins() -> dict[str, list[str]]:
    """What each environment holds: `name==version` by section of peers.txt."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in _PINS.read_text("utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if text.startswith("["):
            section = text.strip("[]")
        elif text:
            found.setdefault(section, []).append(text)
    return found


async def install(peer: Peer) -> None:
    """Make the peer's environment, unless it is there with these very versions."""
    wanted = pins()[peer.package]
    home = _HOME / peer.package
    stamp = home / _STAMP
    if stamp.exists() and stamp.read_text("utf-8").split() == wanted:
        return
    progress(f"installing {peer.package}, once")
    await _run(sys.executable, "-m", "venv", "--clear", str(home))
    pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    await _run(str(peer.python), *pip, *wanted)
    stamp.write_text("\n".join(wanted), "utf-8")


async def _run(*words: str, environ: dict[str, str] | None = None) -> str:
    process = await asyncio.create_subprocess_exec(
        *words,
        cwd=ROOT,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)} failed:\n{err.decode(errors='replace')[-2000:]}")
    return out.decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A peer with its jobs put in: how fast that went, and its worker to start."""

    put_rate: float
    work: Callable[[], AbstractAsyncContextManager[int]]


@asynccontextmanager
async def loaded(
    stage: Ground, peer: Peer, jobs: int, first: float | None = None, every: float = 0.0
) -> AsyncIterator[Loaded]:
    """The peer's jobs in stores of their own; `first` and `every` in seconds, due now without."""
    await install(peer)
    with ExitStack() as opened:
        stage.empty_valkey()
        errand = {
            "carrier": stage.carrier.url,
            "redis": stage.valkey,
            "postgres": opened.enter_context(stage.database()),
            "jobs": jobs,
            "first": time.time() - 1 if first is None else first,
            "every": every,
            "poll": peer.poll,
        }
        environ = {"BENCH_ERRAND": json.dumps(errand), "PATH": "/usr/bin:/bin"}
        module = (str(peer.python), "-m", f"bench.peers.{peer.package}")
        said = await _run(*module, "put", *peer.words, environ=environ)
        seconds = float(json.loads(said.splitlines()[-1])["put_seconds"])
        log = stage.folder / f"peer-{peer.package}.log"

        def work() -> AbstractAsyncContextManager[int]:
            return running([*module, "work", *peer.words], environ, log)

        yield Loaded(put_rate=jobs / seconds, work=work)
