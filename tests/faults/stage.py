"""Puts the whole service on a socket before a sandbox that fails, and lets weeks go by."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import aiohttp

from huifang import configuration
from huifang.server import make_application
from huifang.wiring import Service, build
from sandbox.world import Mail, Message
from scheduler.clock import MovableClock
from tests.e2e.stack import free_port
from tests.fakes.outside import Outside, outside, serving
from tests.fakes.world import NOON, closed
from tests.http.real import BATCH, BOOTSTRAP, environ

CHANNELS = ("sms", "email", "voice")
SHARE = 0.05

#: Each fault of the contract's section 9 where it may happen, with a value if it needs one.
FAULTS: tuple[tuple[str, str, int | None], ...] = (
    ("carrier", "latency", 700),
    ("carrier", "throttle", 1),
    ("carrier", "status", 503),
    ("carrier", "drop_before_accept", None),
    ("carrier", "drop_after_accept", None),
    ("carrier", "status_after_accept", None),
    ("carrier", "undelivered", None),
    ("carrier", "duplicate_callbacks", None),
    ("carrier", "reorder_callbacks", None),
    ("carrier", "late_callbacks", 600_000),
    ("carrier", "no_callbacks", None),
    ("carrier", "late_reply", 7_200_000),
    ("carrier", "scan_links", None),
    ("voice", "latency", 700),
    ("voice", "throttle", 1),
    ("voice", "status", 503),
    ("voice", "drop_before_accept", None),
    ("voice", "drop_after_accept", None),
    ("voice", "status_after_accept", None),
    ("voice", "duplicate_callbacks", None),
    ("voice", "reorder_callbacks", None),
    ("voice", "late_callbacks", 600_000),
    ("voice", "no_callbacks", None),
    ("voice", "duplicate_webhooks", None),
    ("voice", "voicemail", None),
    ("voice", "busy", None),
    ("voice", "no_answer", None),
    ("mailbox", "status", 451),
    ("mailbox", "drop_after_accept", None),
    ("mailbox", "scan_links", None),
    ("mailbox", "bounce", 511),
)
_TIMEOUT = "500ms"  # below the latency, so that whoever waits so long does not know
_DAYS = 11  # until every survey is over
_STEPS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 16, 20))
_QUIET, _LOOK_S = 2, 0.01
_AT_ONCE = 16
_CALLS = 50  # times as fast as life; one jump after the other would have many callers wait
_DUTIES = ("receipts", "calls")  # what is asked of carriers


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One customer, by number: where they are reached, and by what they like best."""

    number: int

    @property
    def channel(self) -> str:
        """What they like best."""
        return CHANNELS[self.number % len(CHANNELS)]

    @property
    def phone(self) -> str:
        """Their telephone."""
        return f"+86138{self.number:08d}"

    @property
    def email(self) -> str:
        """Their mailbox."""
        return f"c{self.number}@example.com"

    @property
    def ticket(self) -> str:
        """The ticket that was closed for them."""
        return f"T-{self.number}"


@dataclass(slots=True, kw_only=True)
class Stage:
    """The service, the sandbox, and everybody's hands."""

    service: Service
    clock: MovableClock
    world: Outside
    http: aiohttp.ClientSession
    public: str
    customers: tuple[Customer, ...]
    dice: random.Random
    waiting: list[Message | Mail] = field(default_factory=list)

    async def play(self, tell: Callable[[str], None] = lambda line: None) -> None:
        """Close all the tickets, and let time go by until nothing more is owed."""
        await self._meet()
        for start in range(0, len(self.customers), 250):
            await self._close(self.customers[start : start + 250])
        await self._pass(timedelta(hours=2))
        for step in _STEPS:
            await self._pass(step)
        for day in range(_DAYS):
            # The next morning, an afternoon; whatever goes out is watched for an hour.
            for span in (timedelta(hours=18), timedelta(hours=6)):
                before = self._seen()
                await self._pass(span)
                while self._seen() != before:
                    before = self._seen()
                    for step in _STEPS:
                        await self._pass(step)
            tell(f"day {day + 1} of {_DAYS}")

    async def _pass(self, span: timedelta) -> None:
        self.clock.advance(span)
        await self._rest()
        for name in _DUTIES:
            _, duty = self.service.cadence.duties[name]
            await duty(self.clock.now())
        if self.waiting:
            await self._answer()
            await self._rest()

    async def _rest(self) -> None:
        """Until neither the service nor the world has anything to do.

        What the carrier takes long over, it takes before time goes on: nothing of ours is lost
        for a minute and taken then.
        """
        calm, before = 0, None
        while calm < _QUIET:
            worked = await self.service.step()
            await asyncio.sleep(_LOOK_S)
            seen, busy = self._seen(), worked or self.world.door.inside
            calm = calm + 1 if not busy and seen == before else 0
            before = seen

    def _seen(self) -> object:
        world = self.world.world
        live = sum(not call.ended for call in world.calls.values())
        said = sum(len(call.lines) for call in world.calls.values() if not call.ended)
        return live, said, len(world.callbacks), len(world.messages), len(world.mails)

    async def _meet(self) -> None:
        """Most customers answer, each in their own way; some do not."""
        world = self.world.world
        world.on_message.append(self._heard)
        world.on_mail.append(self._mailed)
        for customer in self.customers:
            rating = str(self.dice.choice((3, 4, 5)))
            turns = [{"keys": "1"}, {"keys": rating}, {"keys": "1"}]
            persona = {"ring": "answer", "turns": turns}
            if self.dice.random() < 0.25:
                persona = {"ring": "ignore"}
            await self._ask("PUT", f"phones/{customer.phone}/persona", persona)

    def _heard(self, message: Message) -> None:
        if not message.inbound:
            self.waiting.append(message)

    def _mailed(self, mail: Mail) -> None:
        self.waiting.append(mail)

    async def _answer(self) -> None:
        some, self.waiting = iter(self.waiting), []

        async def hand() -> None:
            for item in some:
                lost = isinstance(item, Message) and item.status == "undelivered"
                if lost or self.dice.random() < 0.3:
                    continue
                if isinstance(item, Mail):
                    await self._ask(
                        "POST", f"mails/{item.id}/reply", {"text": _rating(item.text, self.dice)}
                    )
                else:
                    text = _rating(item.body, self.dice)
                    await self._ask("POST", f"phones/{item.to}/reply", {"text": text})

        await asyncio.gather(*(hand() for _ in range(_AT_ONCE)))

    async def _ask(self, method: str, path: str, body: object) -> None:
        url = f"{self.world.url}/api/{path}"
        async with self.http.request(method, url, json=body) as answer:
            assert answer.status in (200, 201, 202), f"{path}: {await answer.text()}"

    async def _close(self, some: tuple[Customer, ...]) -> None:
        events = [self._event(customer) for customer in some]
        headers = {"Content-Type": BATCH, "Authorization": f"Bearer {BOOTSTRAP}"}
        url = f"{self.public}/v1/events"
        async with self.http.post(url, data=json.dumps(events), headers=headers) as taken:
            assert taken.status == 202, await taken.text()
            said = await taken.json()
        assert len(said["accepted"]) == len(some)

    def _event(self, customer: Customer) -> dict[str, Any]:
        event: dict[str, Any] = closed(customer.number)
        event["id"] = f"evt-{customer.ticket}"
        event["data"]["ticket"]["id"] = customer.ticket
        event["data"]["customer"] |= {
            "id": f"C-{customer.number}",
            "phone": customer.phone,
            "email": customer.email,
            "preferences": {"channels": [customer.channel]},
        }
        return event


def _rating(asked: str, dice: random.Random) -> str:
    return "1" if "解决了吗" in asked else str(dice.choice((3, 4, 5)))


@asynccontextmanager
async def stage(
    database_url: str, contacts: int, seed: int, share: float = SHARE
) -> AsyncIterator[Stage]:
    """Service and sandbox by one clock, with every fault in force, each in such a share."""
    clock, port = MovableClock(NOON), free_port()
    public = f"http://127.0.0.1:{port}"
    async with (
        outside(product=public, now=clock.now, api_key=BOOTSTRAP) as world,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http,
    ):
        faults = world.world.faults
        faults.clear()
        faults.seed(seed)
        for target, kind, value in FAULTS:
            faults.add(target, kind, times=None, value=value, probability=share)
        told = {
            **environ(database_url, world),
            "HUIFANG_PUBLIC_URL": public,
            "HUIFANG_TWILIO_TIMEOUT": _TIMEOUT,
            "HUIFANG_SMTP_URL": f"smtp://127.0.0.1:{world.smtp_port}?starttls=never",
            "HUIFANG_MAIL_FROM": "示例电信 <care@survey.example.com>",
        }
        found = configuration.load(told)
        service = build(found.settings, found.rules, found.surveys, clock)
        service.adopt(replace(found.rules, rates={}), found.surveys)
        try:
            async with serving(make_application(service), port):
                async with http.put(f"{world.url}/api/pace", json={"speed": _CALLS}) as said:
                    assert said.status == 200
                yield Stage(
                    service=service,
                    clock=clock,
                    world=world,
                    http=http,
                    public=public,
                    customers=tuple(Customer(number=number) for number in range(contacts)),
                    dice=random.Random(seed),
                )
        finally:
            await service.stop()
