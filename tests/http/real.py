"""The whole service on a migrated database, its application on a socket, the sandbox around it."""

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import aiohttp
from twilio.request_validator import RequestValidator

from channels.model import Channel
from channels.ports import Carrier
from huifang import configuration, wiring
from huifang.server import make_application
from huifang.wiring import Service, build
from kernel.endpoint import Role
from kernel.webhooks import sign
from scheduler.clock import MovableClock
from tests.fakes.outside import DESK_SECRET, TOKEN, Outside, outside, serving
from tests.fakes.world import NOON

PUBLIC_URL = "https://care.example.com/hf"
BOOTSTRAP = "bootstrap-key-of-the-tests"
INGEST_SECRET = "whsec_" + base64.b64encode(b"i" * 32).decode()
FORM = "application/x-www-form-urlencoded"
EVENT, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
HOURS = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the application answered."""

    status: int
    media: str
    headers: Mapping[str, str]
    text: str
    body: Any


# Whoever sets a handler of signals has what a fixture gave written out, and nobody reads it.
@dataclass(kw_only=True, repr=False)
class Real:
    """The service with its clock, the way to its application, and the world outside."""

    service: Service
    clock: MovableClock
    session: aiohttp.ClientSession
    url: str
    outside: Outside

    async def ask(
        self,
        method: str,
        path: str,
        *,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = BOOTSTRAP,
        **more: Any,
    ) -> Reply:
        sent = dict(headers or {})
        if key is not None:
            sent["Authorization"] = f"Bearer {key}"
        async with self.session.request(
            method, self.url + path, data=data, headers=sent, allow_redirects=False, **more
        ) as answer:
            text = await answer.text(errors="replace")
            is_json = answer.content_type.endswith("json")
            return Reply(
                status=answer.status,
                media=answer.content_type,
                headers=dict(answer.headers),
                text=text,
                body=await answer.json(content_type=None) if is_json else None,
            )

    async def get(self, path: str, **more: Any) -> Reply:
        return await self.ask("GET", path, **more)

    async def key(self, role: Role) -> str:
        return await self.service.identity.create(role, role.name.lower(), self.clock.now())

    async def carrier(
        self,
        path: str,
        form: Mapping[str, str] | Sequence[tuple[str, str]],
        *,
        token: str | None = TOKEN,
        signed_url: str | None = None,
    ) -> Reply:
        """Post a form as the carrier does, signed by its own library; no token: unsigned."""
        pairs = list(form.items()) if isinstance(form, Mapping) else list(form)
        headers = {"Content-Type": FORM}
        if token is not None:
            url = signed_url or PUBLIC_URL + path
            headers["X-Twilio-Signature"] = RequestValidator(token).compute_signature(
                url, dict(pairs)
            )
        return await self.ask("POST", path, data=urlencode(pairs), headers=headers, key=None)

    def webhook(self, body: bytes, secret: str = INGEST_SECRET) -> dict[str, str]:
        """The headers of a Standard Webhook."""
        return sign(secret, "msg_1", self.clock.now(), body)

    async def run(self) -> None:
        """Step until nothing is due."""
        for _ in range(50):
            if not await self.service.step():
                return
        raise AssertionError("the service never came to rest")

    async def after(self, span: timedelta) -> None:
        self.clock.advance(span)
        await self.run()


def environ(database_url: str, world: Outside) -> dict[str, str]:
    """The settings, as an operator gives them."""
    return {
        "HUIFANG_DATABASE_URL": database_url,
        "HUIFANG_PUBLIC_URL": PUBLIC_URL,
        "HUIFANG_SECRET_KEY": "secret-of-the-tests",
        "HUIFANG_DATA_KEY": base64.b64encode(b"k" * 32).decode(),
        "HUIFANG_BOOTSTRAP_KEY": BOOTSTRAP,
        "HUIFANG_INGEST_SECRET": INGEST_SECRET,
        "HUIFANG_TWILIO_ACCOUNT_SID": world.account.sid,
        "HUIFANG_TWILIO_AUTH_TOKEN": TOKEN,
        "HUIFANG_TWILIO_FROM": str(world.account.sender),
        "HUIFANG_TWILIO_BASE_URL": world.url,
        "HUIFANG_TICKETING": "webhook",
        "HUIFANG_TICKETING_URL": world.desk_url,
        "HUIFANG_TICKETING_SECRET": DESK_SECRET,
    }


@asynccontextmanager
async def real(
    database_url: str,
    *,
    by_mail: bool = False,
    carriers: Mapping[Channel, Carrier] | None = None,
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[Real]:
    """Everything joined; lanes are stepped by the test, the clock is moved by it.

    `by_mail`: with a mail server too, the sandbox's. `carriers`: instead of all these.
    `settings`: in place of, and beside, those of `environ`.
    """
    clock = MovableClock(NOON)
    async with outside(now=clock.now) as world:
        told = environ(database_url, world)
        if by_mail:
            told["HUIFANG_SMTP_URL"] = f"smtp://127.0.0.1:{world.smtp_port}?starttls=never"
            told["HUIFANG_MAIL_FROM"] = "示例电信 <care@survey.example.com>"
        found = configuration.load(told | dict(settings or {}))
        instead = wiring.Outside(carriers=carriers)
        service = build(found.settings, found.rules, found.surveys, clock, outside=instead)
        try:
            async with (
                serving(make_application(service)) as url,
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session,
            ):
                yield Real(service=service, clock=clock, session=session, url=url, outside=world)
        finally:
            await service.stop()
