"""Starts the product and the sandbox as processes of their own, and speaks to both over sockets."""

import asyncio
import base64
import json
import multiprocessing
import os
import runpy
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

T = TypeVar("T")

# Importing costs more than anything our processes do here: one of them does it, the others are
# forked from it, each with its own memory and its own death.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["huifang.commands", "huifang.demo", "sandbox.server", __name__])

OF_LATER_DAYS = (
    "invitation.expire",
    "invitation.wait",
    "invitation.remind",
    "complaint.deadline",
)  # waits while all is at rest
ROOT = Path(__file__).resolve().parents[2]
DEADLINE = 40.0  # seconds for anything that must happen
TOKEN = "e2e-" + "t" * 28
ACCOUNT = "AC" + "0" * 32
BOOTSTRAP = "e2e-bootstrap-key"


def _webhook_secret(letter: str) -> str:
    return "whsec_" + base64.b64encode(letter.encode() * 32).decode()


INGEST, DESK = _webhook_secret("i"), _webhook_secret("d")

#: Everything at once and at any hour: these tests are about crashes and sockets, not about hours.
RULES = """
programs:
  - {id: default, delay: 0s}
policy:
  window: {from: "00:00", until: "24:00"}
  legal_windows: false
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def until(look: Callable[[], Awaitable[T | None]], what: str) -> T:
    """What `look` finds, as soon as it finds something; an error after the deadline."""
    end = time.monotonic() + DEADLINE
    while True:
        try:
            found = await look()
        except aiohttp.ClientError:
            found = None
        if found is not None:
            return found
        assert time.monotonic() < end, f"never came: {what}"
        await asyncio.sleep(0.05)


def _become(
    words: Sequence[str], environ: Mapping[str, str], cwd: Path, out: Path, err: Path
) -> None:
    """In a fork: be `python -m WORDS`, with these variables and no others."""
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(cwd)
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644), number)
    sys.argv = list(words)
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)


def settings_of_others() -> dict[str, str]:
    """This machine's variables without the product's."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HUIFANG_")}


@dataclass(slots=True, kw_only=True)
class Process:
    """One process of ours, `python -m WORDS`; its output goes to a file that a failure shows."""

    words: Sequence[str]
    environ: Mapping[str, str]
    log: Path
    err: Path | None = None  # where its faults go, if not to the log
    cwd: Path = ROOT
    child: ForkServerProcess | None = None

    def start(self) -> None:
        environ = {**settings_of_others(), **self.environ}
        files = (self.log, self.err or self.log)
        self.child = _FORKS.Process(
            target=_become, args=(self.words, environ, self.cwd, *files), daemon=True
        )
        self.child.start()

    @property
    def pid(self) -> int:
        assert self.child is not None
        assert self.child.pid is not None
        return self.child.pid

    def kill(self) -> None:
        """As `kill -9` does."""
        assert self.child is not None
        self.child.kill()
        self.child.join()

    def ask_to_stop(self) -> None:
        """As an operator does."""
        if not self.ended():
            os.kill(self.pid, signal.SIGTERM)

    async def stop(self) -> int:
        """As an operator does; the exit code."""
        self.ask_to_stop()
        return await self.wait()

    async def wait(self) -> int:
        """The exit code; at the deadline it is killed."""
        end = time.monotonic() + DEADLINE
        while not self.ended():
            if time.monotonic() > end:
                self.kill()
            await asyncio.sleep(0.01)
        assert self.child is not None
        assert self.child.exitcode is not None
        return self.child.exitcode

    def ended(self) -> bool:
        return self.child is not None and self.child.exitcode is not None


@dataclass(slots=True, kw_only=True)
class Stack:
    """The product and its world."""

    folder: Path
    environ: dict[str, str]
    session: aiohttp.ClientSession
    sandbox: str
    product: str
    port: int
    processes: list[Process] = field(default_factory=list)

    def serve(self, *words: str, barrier: str | None = None, port: int | None = None) -> Process:
        """Start `huifang serve`; with `barrier` it stops for good at that step."""
        environ = dict(self.environ)
        if port is not None:
            environ["HUIFANG_BIND"] = f"127.0.0.1:{port}"
        if barrier is not None:
            environ["HUIFANG_BARRIER"] = f"{barrier}:{self.mark(barrier)}"
        process = Process(
            words=["huifang", "serve", *words],
            environ=environ,
            log=self.folder / f"product-{len(self.processes)}.log",
        )
        process.start()
        self.processes.append(process)
        return process

    async def stop(self) -> list[int]:
        """Stop all of the product at once; the exit codes."""
        for process in self.processes:
            process.ask_to_stop()
        return [await process.wait() for process in self.processes]

    def mark(self, step: str) -> Path:
        return self.folder / f"mark-{step}"

    async def ready(self, port: int | None = None) -> None:
        """Wait until the product is ready."""

        async def look() -> bool | None:
            dead = [process.log.read_text() for process in self.processes if process.ended()]
            assert not dead or len(dead) < len(self.processes), dead[-1][-3000:]
            url = f"http://127.0.0.1:{port or self.port}/readyz"
            async with self.session.get(url) as answer:
                return True if answer.status == 200 else None

        await until(look, "the product ready")

    async def close_ticket(self, ticket: str) -> None:
        """Close a ticket at the desk, telling until the product has taken it."""

        async def tell(verb: str) -> bool | None:
            url = f"{self.sandbox}/api/tickets/{ticket}/{verb}"
            async with self.session.post(url, json={}) as answer:
                return True if answer.status == 200 else None

        if await tell("close") is None:
            await until(lambda: tell("repeat"), f"the closing of {ticket} taken")

    async def get(self, path: str) -> Any:
        """A document of the product; None where it is not there yet."""
        headers = {"Authorization": f"Bearer {BOOTSTRAP}", "Accept-Language": "en"}
        async with self.session.get(self.product + path, headers=headers) as answer:
            return await answer.json() if answer.status == 200 else None

    async def state(self) -> Any:
        async with self.session.get(f"{self.sandbox}/api/state") as answer:
            return await answer.json()

    async def messages(self, number: str) -> list[Any]:
        """What the phone shows, oldest first."""
        phones = (await self.state())["phones"]
        return next((phone["messages"] for phone in phones if phone["number"] == number), [])

    async def texts(self, number: str) -> list[Any]:
        """What the product sent over the carrier's API, not in answer to a text."""
        return [item for item in await self.messages(number) if item["direction"] == "outbound-api"]

    async def asked(self, number: str) -> Any:
        """Wait for the survey to arrive."""

        async def look() -> Any:
            return (await self.texts(number) or [None])[0]

        return await until(look, f"a text on {number}")

    async def reply(self, number: str, text: str, sid: str) -> list[str]:
        """Answer as the customer; the carrier tells again until it gets an answer."""

        async def look() -> list[str] | None:
            url = f"{self.sandbox}/api/phones/{number.replace('+', '%2B')}/reply"
            async with self.session.post(url, json={"text": text, "sid": sid}) as answer:
                return (await answer.json())["replies"] if answer.status == 200 else None

        return await until(look, f"an answer to {text}")

    async def reopened(self, ticket: str) -> Any:
        """Wait until the desk has the ticket open again, and the product knows."""

        async def desk() -> Any:
            async with self.session.get(f"{self.sandbox}/api/tickets/{ticket}") as answer:
                found = await answer.json()
                return found if found["reopens"] else None

        async def product() -> Any:
            found = await self.get(f"/v1/tickets/{ticket}")
            return found if found and found["reopens"] else None

        await until(desk, f"{ticket} reopened at the desk")
        return await until(product, f"{ticket} reopened as the product sees it")

    async def deliveries(self, ticket: str, kind: str) -> list[Any]:
        url = f"{self.sandbox}/api/desk/deliveries"
        query = {"ticket": ticket, "type": kind}
        async with self.session.get(url, params=query) as answer:
            return list((await answer.json())["items"])

    async def at_rest(self) -> None:
        """Wait until nothing is due any more."""

        async def look() -> bool | None:
            async with self.session.get(f"{self.product}/metrics") as answer:
                text = await answer.text()
            overdue = [
                line
                for line in text.splitlines()
                if line.startswith("huifang_jobs_waiting")
                and not any(kind in line for kind in OF_LATER_DAYS)
            ]
            return True if all(float(line.split()[-1]) == 0 for line in overdue) else None

        await until(look, "the product at rest")


def environment(folder: Path, database: str, redis: str | None, port: int) -> dict[str, str]:
    """The product's settings."""
    config = folder / "config"
    config.mkdir(exist_ok=True)
    (config / "huifang.yaml").write_text(RULES)
    found = {
        "HUIFANG_DATABASE_URL": database,
        "HUIFANG_CONFIG": str(config),
        "HUIFANG_BIND": f"127.0.0.1:{port}",
        "HUIFANG_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "HUIFANG_SECRET_KEY": "e2e-secret",
        "HUIFANG_DATA_KEY": base64.b64encode(b"k" * 32).decode(),
        "HUIFANG_BOOTSTRAP_KEY": BOOTSTRAP,
        "HUIFANG_INGEST_SECRET": INGEST,
        "HUIFANG_TWILIO_ACCOUNT_SID": ACCOUNT,
        "HUIFANG_TWILIO_AUTH_TOKEN": TOKEN,
        "HUIFANG_TWILIO_FROM": "+8610655500001",
        "HUIFANG_TWILIO_TIMEOUT": "1s",
        "HUIFANG_SEND_WITHIN": "1s",
        "HUIFANG_SETTLE_AFTER": "3s",
        "HUIFANG_LEASE": "2s",
        "HUIFANG_TICKETING": "webhook",
        "HUIFANG_TICKETING_SECRET": DESK,
        "HUIFANG_LOG": "json:info",
    }
    if redis is not None:
        found["HUIFANG_REDIS_URL"] = redis
    return found


@asynccontextmanager
async def stack(folder: Path, database: str, redis: str | None) -> AsyncIterator[Stack]:
    """The sandbox running, the product's settings joined to it; the database is migrated."""
    port = free_port()
    environ = environment(folder, database, redis, port)
    product = f"http://127.0.0.1:{port}"
    sandbox = Process(
        words=[
            *("sandbox", "--product-url", product, "--auth-token", TOKEN),
            *("--ingest-secret", INGEST, "--api-key", BOOTSTRAP, "--desk-secret", DESK),
        ],
        environ={},
        log=folder / "sandbox.log",
    )
    sandbox.start()
    timeout = aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        try:
            said = await until(lambda: _first_line(sandbox.log), "the sandbox ready")
            url = str(json.loads(said)["url"])
            environ |= {
                "HUIFANG_TWILIO_BASE_URL": url,
                "HUIFANG_TICKETING_URL": f"{url}/desk/webhook",
                "HUIFANG_SMTP_URL": f"smtp://127.0.0.1:{json.loads(said)['smtp_port']}?starttls=never",
                "HUIFANG_MAIL_FROM": "huifang@example.com",
            }
            found = Stack(
                folder=folder,
                environ=environ,
                session=session,
                sandbox=url,
                product=product,
                port=port,
            )
            try:
                yield found
            finally:
                for process in found.processes:
                    process.kill()
        finally:
            sandbox.kill()


async def _first_line(log: Path) -> str | None:
    return _line_of(log)


def _line_of(log: Path) -> str | None:
    lines = log.read_text().splitlines() if log.exists() else []
    return next((line for line in lines if line.startswith("{")), None)
