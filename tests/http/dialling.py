"""The whole product beside the sandbox's phones, with agents who dial callbacks."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from twilio.request_validator import RequestValidator

from callbacks.dialling import store
from callbacks.dialling.model import Dial
from channels import ledger
from channels.ledger import Contact
from huifang import configuration, wiring
from huifang.server import make_application
from huifang.wiring import Service, build
from kernel import journal
from kernel.barrier import Barrier
from scheduler.clock import MovableClock
from tests.e2e.stack import free_port
from tests.fakes.outside import TOKEN, Outside, outside, serving, until
from tests.fakes.world import NOON, closed
from tests.http.real import BOOTSTRAP, EVENT, environ

PHONE, OTHER = "+8613800138000", "+8613800138111"
AGENT, SECOND = "+8613900139001", "+8613900139002"
LIVE = ("queued", "initiated", "ringing", "in-progress")

RULES = f"""
programs: []
centre: {{hours: {{mon-sun: "09:00-18:00"}}, holidays: []}}
agents:
  - {{id: A-7, name: 周敏, team: NOC-2, phone: "{AGENT}", locale: zh-CN}}
  - {{id: A-9, name: Tom Reed, team: Billing-1, phone: "{SECOND}", locale: en}}
callbacks:
  book: {{earliest: 0s}}
  slot: 1h
"""


class Stopped(asyncio.CancelledError):
    """The process was killed at a named step: nobody catches it, and nobody is answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill(Barrier):
    """Kills whoever reaches a step, as often as it is listed; what is committed is all that is."""

    steps: list[str]

    async def reach(self, step: str) -> None:
        if step in self.steps:
            self.steps.remove(step)
            raise Stopped(step)


@dataclass(kw_only=True)
class Floor:
    """Agents, customers, and the service between them."""

    service: Service
    clock: MovableClock
    world: Outside
    http: aiohttp.ClientSession
    url: str
    kill: list[str]

    async def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {BOOTSTRAP}"}
        url = f"{self.url}/v1/{path}"
        async with self.http.request(method, url, json=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def promise(self, topic: str = "billing", **more: Any) -> str:
        """A callback that is due now."""
        wanted = {"customer": "C-1", "source": "/tickets", "ticket": "T-1001", "topic": topic}
        status, body = await self.ask("POST", "callbacks", {**wanted, "asap": True, **more})
        assert status in (200, 201), body
        await self.run()
        return str(body["id"])

    async def due(self, topic: str = "billing", agent: str = "A-7", **more: Any) -> str:
        """A callback that an agent has claimed, at its time."""
        id_ = await self.promise(topic, **more)
        shown = await self.callback(id_)
        begins = shown["attempt_at"] or shown["slot"]["from"]
        late = self.clock.now().fromisoformat(begins) - self.clock.now()
        self.clock.advance(max(late, timedelta(0)) + timedelta(seconds=1))
        await self.run()
        await self.claim(id_, agent)
        return id_

    async def claim(self, id_: str, agent: str = "A-7") -> None:
        status, body = await self.ask("POST", f"callbacks/{id_}/claim", {"agent": agent})
        assert status == 200, body

    async def dial(self, id_: str) -> tuple[int, Any]:
        """The dial begins, and all that is due is done."""
        status, body = await self.ask("POST", f"callbacks/{id_}/dial")
        if status == 200:
            await self.run()
        return status, body

    async def api(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> int:
        """Something done to the sandbox."""
        url = f"{self.world.url}/api/{path}"
        async with self.http.request(method, url, json=body) as answer:
            return answer.status

    async def fault(self, kind: str, number: str, times: int = 1) -> None:
        body = {"target": "voice", "kind": kind, "number": number, "times": times}
        assert await self.api("POST", "faults", body) == 201

    async def carrier(self, path: str, **form: str) -> str:
        """What the product answers to a voice webhook, signed as the carrier signs it."""
        url = f"{self.url}/carriers/twilio/voice/{path}"
        signature = RequestValidator(TOKEN).compute_signature(url, form)
        async with self.http.post(
            url, data=form, headers={"X-Twilio-Signature": signature}
        ) as said:
            assert said.status == 200, await said.text()
            return await said.text()

    async def tomorrow(self) -> None:
        """The same hour of the next day; nobody has been dialled yet on it."""
        await self.run(timedelta(days=1))

    async def callback(self, id_: str) -> Any:
        status, body = await self.ask("GET", f"callbacks/{id_}")
        assert status == 200, body
        return body

    async def phone(self, number: str, **persona: Any) -> None:
        """How a telephone is met."""
        url = f"{self.world.url}/api/phones/{number}/persona"
        async with self.http.put(url, json=persona) as said:
            assert said.status == 200, await said.text()

    def calls(self, number: str) -> list[Any]:
        return self.world.world.calls_of(number)

    def heard(self, number: str, kind: str = "say") -> str:
        return " ".join(
            each.text for call in self.calls(number) for each in call.lines if each.kind == kind
        )

    async def run(self, after: timedelta = timedelta(0)) -> None:
        self.clock.advance(after)
        for _ in range(50):
            try:
                if not await self.service.step():
                    return
            except Stopped:
                pass  # what it had leased stays so for its time
        raise AssertionError("the service never came to rest")

    async def dials(self, id_: str) -> list[Dial]:
        async with self.service.database.read() as conn:
            return (await store.of_callbacks(conn, [id_]))[id_]

    async def over(self, id_: str, number: int = 1) -> Dial:
        """The last dial, once so many are over and no phone is on the line."""

        async def quiet() -> bool:
            live = any(call.status in LIVE for call in self.world.world.calls.values())
            ended = [dial for dial in await self.dials(id_) if not dial.is_open]
            return not live and len(ended) >= number

        await until(quiet, "the end of the dial")
        await self.run()
        return (await self.dials(id_))[-1]

    async def hung_up(self) -> None:
        """No phone is on the line, and the carrier has told all it will tell."""

        async def quiet() -> bool:
            return all(call.status not in LIVE for call in self.world.world.calls.values())

        await until(quiet, "the end of the calls")

    async def contact(self, dial: Dial) -> Contact | None:
        async with self.service.database.read() as conn:
            found = await ledger.load(conn, self.service.vault, [dial.contact])
        return found.get(dial.contact)

    async def kinds(self) -> list[str]:
        async with self.service.database.read() as conn:
            return [each.kind for each in await journal.of_ticket(conn, "/tickets", "T-1001")]


@asynccontextmanager
async def floor(
    database_url: str, folder: Path, *, mode: str = "agent_first", most: int = 2
) -> AsyncIterator[Floor]:
    """Product and sandbox on sockets of their own, by one clock; C-1 and C-2 are known.

    `most`: dials of a number in a day.
    """
    _write(folder, f"{RULES}  mode: {mode}\n  max_dials_per_day: {most}\n")
    clock, port = MovableClock(NOON), free_port()
    public = f"http://127.0.0.1:{port}"
    async with outside(product=public, now=clock.now) as world, aiohttp.ClientSession() as http:
        world.world.faults.clear()
        told = {**environ(database_url, world), "HUIFANG_PUBLIC_URL": public}
        found = configuration.load({**told, "HUIFANG_CONFIG": str(folder)})
        kill: list[str] = []
        instead = wiring.Outside(barrier=Kill(steps=kill))
        service = build(found.settings, found.rules, found.surveys, clock, outside=instead)
        try:
            async with serving(make_application(service), port):
                async with http.put(f"{world.url}/api/pace", json={"speed": None}) as said:
                    assert said.status == 200
                made = Floor(
                    service=service, clock=clock, world=world, http=http, url=public, kill=kill
                )
                await _introduce(made)
                yield made
        finally:
            await service.stop()


def _write(folder: Path, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "huifang.yaml").write_text(text)


async def _introduce(made: Floor) -> None:
    headers = {"Content-Type": EVENT, "Authorization": f"Bearer {BOOTSTRAP}"}
    for number, (customer, ticket, phone) in enumerate(
        (("C-1", "T-1001", PHONE), ("C-2", "T-1002", OTHER)), 1
    ):
        event = closed(number, ticket=ticket, customer=customer, phone=phone)
        async with made.http.post(
            f"{made.url}/v1/events", data=json.dumps(event), headers=headers
        ) as taken:
            assert taken.status == 202, await taken.text()
    await made.run()
