"""Servers that a test may stop and start again, and freeze and thaw, under a running product."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests import servers
from tests.servers import HASTY_POSTGRES, POSTGRES_USER, NoServer


@dataclass(slots=True, kw_only=True)
class Server:
    """One server; what it kept is there again after a stop."""

    command: Sequence[str | Path]
    ready: Callable[[], bool]
    workspace: Path
    ends: signal.Signals
    popen: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.workspace / "log").open("ab") as log:
            self.popen = subprocess.Popen(
                self.command,
                cwd=self.workspace,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **servers._account(),
            )
        deadline = time.monotonic() + servers.START_LIMIT_S
        while not self.ready():
            assert time.monotonic() < deadline, (self.workspace / "log").read_text()[-2000:]
            time.sleep(servers.POLL_S)

    def stop(self) -> None:
        if self.popen is not None:
            self.thaw()
            self.popen.send_signal(self.ends)
            self.popen.wait(servers.STOP_LIMIT_S)
            self.popen = None

    def freeze(self) -> None:
        """Stop answering, with every connection open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        """To the server and to its children, each of which has a session of its own."""
        assert self.popen is not None
        pid = self.popen.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for each in (pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(each, number)


@contextmanager
def own_postgres() -> Iterator[tuple[Server, str]]:
    """A PostgreSQL of this test alone, started, with the URL of its empty database."""
    folder = next((each for each in servers.postgres_folders() if each.is_dir()), None)
    if folder is None:
        raise NoServer(servers.POSTGRES_ADVICE)
    with servers._workspace("postgres-own") as workspace:
        reachable = servers.reachable_postgres(folder, workspace)
        data, port = workspace / "data", servers.free_port()
        servers._initialise(reachable, data, workspace)
        server = Server(
            command=servers._postgres_command(reachable, data, port, HASTY_POSTGRES),
            ready=lambda: servers._postgres_is_ready(data),
            workspace=workspace,
            ends=signal.SIGINT,
        )
        with _running(server):
            yield server, f"postgresql://{POSTGRES_USER}@127.0.0.1:{port}/postgres"


@contextmanager
def own_valkey() -> Iterator[tuple[Server, str]]:
    """A Valkey of this test alone, started, that keeps on disk what it is told."""
    binary = next((each for each in servers.valkey_binaries() if each.exists()), None)
    if binary is None:
        raise NoServer(servers.REDIS_ADVICE)
    with servers._workspace("valkey-own") as workspace:
        reachable = servers.reachable_valkey(binary, workspace)
        port = servers.free_port()
        settings = {"save": "", "appendonly": "yes"}
        server = Server(
            command=servers._valkey_command(reachable, workspace, port, settings),
            ready=lambda: servers._valkey_is_ready(port),
            workspace=workspace,
            ends=signal.SIGTERM,
        )
        with _running(server):
            yield server, f"redis://127.0.0.1:{port}/0"


@contextmanager
def _running(server: Server) -> Iterator[None]:
    server.start()
    try:
        yield
    finally:
        server.stop()
