"""The product as the outside world sees it: where it answers and how to speak to it."""

import asyncio
import json
import logging
import uuid
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urlencode

import aiohttp
from yarl import URL

from sandbox import signing
from sandbox.config import CARRIER_SMS_PATH, CARRIER_VOICE_PATH, Config

CONNECT_S = 5.0
MAX_ANSWER_BYTES = 1_000_000
MAX_WEBHOOK_RETRIES = 5
MAX_TASKS = 5_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the product answered; no status when the connection failed, with the error said."""

    status: int | None
    text: str
    error: str | None = None
    connected: bool = True
    content_type: str = ""

    @property
    def ok(self) -> bool:
        """Whether the answer is a 2xx."""
        return self.status is not None and 200 <= self.status < 300

    def json(self) -> object:
        """Return the decoded body, or None when it is not JSON."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


class Product:
    """Speaks to the product as carrier and as ticketing system do; one per application."""

    def __init__(self, config: Config) -> None:
        self.url = config.product_url.rstrip("/")
        self._config = config
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def sms_webhook_url(self) -> str:
        """Where the carrier posts what customers write."""
        return self._config.sms_webhook_url or self.url + CARRIER_SMS_PATH

    @property
    def voice_webhook_url(self) -> str:
        """Where the carrier asks what to do with a call that comes in."""
        return self._config.voice_webhook_url or self.url + CARRIER_VOICE_PATH

    async def open(self) -> None:
        """Make ready to speak; call inside the running loop."""
        timeout = aiohttp.ClientTimeout(total=self._config.answer_timeout, connect=CONNECT_S)
        self._session = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())

    async def close(self) -> None:
        """End what is under way and close the connections."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def later(self, work: Coroutine[None, None, None]) -> None:
        """Carry out work beside the request that asked for it."""
        if len(self._tasks) >= MAX_TASKS:
            work.close()
            log.warning("more than %d posts under way: one is dropped", MAX_TASKS)
            return
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()):
            log.error("work beside a request failed", exc_info=failure)

    async def post_form(self, url: str, fields: Mapping[str, str]) -> Answer:
        """Post a signed carrier webhook; the URL's fragment says how often to try again."""
        return await self.send_form("POST", url, fields)

    async def send_form(
        self, method: str, url: str, fields: Mapping[str, str], *, token: str | None = None
    ) -> Answer:
        """Ask by POST, or by GET with the fields in the query, signed for the one or the other.

        A request that is made again has the `token` that it had before.
        """
        target, _, fragment = url.partition("#")
        retries, policies = _overrides(fragment)
        data: dict[str, str] | None = dict(fields)
        if method == "GET":
            target += ("&" if "?" in target else "?") + urlencode(fields)
            data = None
        headers = {
            "X-Twilio-Signature": signing.carrier_signature(
                self._config.auth_token, target, data or {}
            ),
            "I-Twilio-Idempotency-Token": token or str(uuid.uuid4()),
        }
        for _ in range(retries):
            answer = await self._ask(method, target, headers, data=data)
            if not _worth_another_try(answer, policies):
                return answer
        return await self._ask(method, target, headers, data=data)

    async def post_event(self, event: Mapping[str, object], now: datetime) -> Answer:
        """Post a structured CloudEvent, signed, or with the API key where there is no secret."""
        body = json.dumps(event, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/cloudevents+json; charset=utf-8"}
        if self._config.ingest_secret:
            webhook_id = f"msg_{uuid.uuid4().hex}"
            secret = self._config.ingest_secret
            headers |= signing.webhook_headers(secret, webhook_id, body, now)
        else:
            headers |= self._bearer()
        return await self._ask("POST", f"{self.url}/v1/events", headers, data=body)

    async def post_mail(self, raw: bytes) -> Answer:
        """Post a raw mail as a mail gateway does."""
        headers = self._bearer() | {"Content-Type": "message/rfc822"}
        return await self._ask("POST", f"{self.url}/carriers/email/inbound", headers, data=raw)

    async def timeline(self, ticket_id: str, language: str) -> Answer:
        """Ask for a ticket's timeline; the language is an Accept-Language header's."""
        url = URL(self.url).joinpath("v1", "tickets", ticket_id, "timeline")
        url = url.with_query(source=self._config.source)
        return await self._ask("GET", str(url), self._bearer() | {"Accept-Language": language})

    async def open_link(self, url: str, method: str = "GET") -> Answer:
        """Open a page as a link scanner does: no cookies, redirects followed."""
        return await self._ask(method, url, {"User-Agent": "link-scanner"}, follow=True)

    def _bearer(self) -> dict[str, str]:
        key = self._config.api_key
        return {"Authorization": f"Bearer {key}"} if key else {}

    async def _ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        *,
        data: dict[str, str] | bytes | None = None,
        follow: bool = False,
    ) -> Answer:
        if self._session is None:
            return Answer(status=None, text="", error="the sandbox has not started")
        try:
            async with self._session.request(
                # The signature is over the URL as given: it must not be encoded anew.
                method,
                URL(url, encoded=True),
                data=data,
                headers=headers,
                allow_redirects=follow,
            ) as response:
                raw = await response.content.read(MAX_ANSWER_BYTES)
                while not response.content.at_eof() and len(raw) < MAX_ANSWER_BYTES:
                    raw += await response.content.read(MAX_ANSWER_BYTES - len(raw))
                return Answer(
                    status=response.status,
                    text=raw.decode(errors="replace"),
                    content_type=response.content_type if raw else "",
                )
        except aiohttp.ClientConnectorError as failure:
            return Answer(status=None, text="", error=f"no connection: {failure}", connected=False)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as failure:
            return Answer(status=None, text="", error=f"{type(failure).__name__}: {failure}")


def _overrides(fragment: str) -> tuple[int, frozenset[str]]:
    given = parse_qs(fragment)
    count = given.get("rc", ["1"])[0]
    retries = min(int(count), MAX_WEBHOOK_RETRIES) if count.isdecimal() else 1
    return retries, frozenset(given.get("rp", ["ct"])[0].split(","))


def _worth_another_try(answer: Answer, policies: frozenset[str]) -> bool:
    if answer.status is None:
        return bool(policies & {"all", "rt" if answer.connected else "ct"})
    if answer.status >= 500:
        return bool(policies & {"all", "5xx"})
    return answer.status >= 400 and bool(policies & {"all", "4xx"})
