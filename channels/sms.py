"""Sends SMS through Twilio's REST API."""

import asyncio
import base64
import logging
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import aiohttp
from twilio.base.exceptions import (
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from channels.accounts import Account
from channels.errors import SendError, SendErrorKind, classify_twilio
from channels.ports import Accepted, Message

_log = logging.getLogger("twilio")

_CONNECTIONS = 50
_LISTED = 100  # messages of one number looked at when a send is settled
_CLOCKS_APART = timedelta(minutes=2)  # between the carrier's clock and ours
_SHORTEST_VALIDITY, _LONGEST_VALIDITY = 60, 36_000  # seconds; the carrier's own limits
_SHORTEST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=1), timedelta(hours=1)

# The library's exceptions carry no headers; a call and its exception belong to one task.
_RETRY_AFTER: ContextVar[timedelta | None] = ContextVar("retry_after", default=None)


class _Unwritten(Exception):
    """The request surely never left: no connection could be made."""


class _Http(AsyncHttpClient):  # type: ignore[misc]
    """One pooled session with a time limit on each request, and no retries.

    The library's own client ignores its timeout, retries creates, and shares one slot for the
    last response between concurrent calls.
    """

    def __init__(self, account: Account) -> None:
        super().__init__(_log, True, account.timeout.total_seconds())
        self._base = urlsplit(account.base_url) if account.base_url else None
        self._timeout = aiohttp.ClientTimeout(total=account.timeout.total_seconds())
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        allow_redirects: bool = False,
    ) -> Response:
        """Make one call; _Unwritten when no connection was made."""
        sent = dict(headers or {})
        if auth:
            pair = base64.b64encode(f"{auth[0]}:{auth[1]}".encode()).decode()
            sent["Authorization"] = f"Basic {pair}"
        _RETRY_AFTER.set(None)
        try:
            async with self._open().request(
                method,
                self._moved(url),
                params=_present(params),
                data=_present(data),
                headers=sent,
                allow_redirects=allow_redirects,
            ) as answer:
                body = await answer.text()
                _RETRY_AFTER.set(_seconds(answer.headers.get("Retry-After")))
                return Response(answer.status, body, dict(answer.headers))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as fault:
            raise _Unwritten(str(fault)) from fault

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
            )
        return self._session

    def _moved(self, url: str) -> str:
        if self._base is None:
            return url
        parts = urlsplit(url)
        path = self._base.path.rstrip("/") + parts.path
        return urlunsplit((self._base.scheme, self._base.netloc, path, parts.query, ""))

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()


def _present(values: Mapping[str, object] | None) -> dict[str, Any] | None:
    return None if values is None else {k: v for k, v in values.items() if v is not None}


class TwilioSms:
    """An SMS carrier: each message names its contact in the status callback's URL."""

    def __init__(self, account: Account, public_url: str) -> None:
        self._account = account
        self._public_url = public_url.rstrip("/")
        self._http = _Http(account)
        # A non-empty environment keeps TWILIO_REGION and TWILIO_EDGE from rewriting the host.
        self._client = Client(
            account.sid, account.token, http_client=self._http, environment={"_": "_"}
        )

    async def close(self) -> None:
        """Close connections."""
        await self._http.close()

    def status_url(self, contact: str) -> str:
        """Where receipts of a contact are posted."""
        return f"{self._public_url}/carriers/twilio/status?contact={quote(contact)}"

    async def send(self, message: Message) -> Accepted:
        """Create the message; see `channels.ports.Carrier`."""
        options: dict[str, Any] = {
            "to": message.to,
            "body": message.text,
            "status_callback": self.status_url(message.contact),
        }
        if self._account.service:
            options["messaging_service_sid"] = self._account.service
        else:
            options["from_"] = self._account.sender
        if message.valid_for is not None:
            options["validity_period"] = min(
                _LONGEST_VALIDITY, max(_SHORTEST_VALIDITY, message.valid_for)
            )
        try:
            created = await self._client.messages.create_async(**options)
        except Exception as fault:
            raise _error(fault, creating=True) from fault
        if not created.sid:
            # Some other server answered, or half of one: it proves neither.
            raise SendError(SendErrorKind.AMBIGUOUS, retryable=True, detail="no sid in the answer")
        return Accepted(carrier_id=str(created.sid), segments=_segments(created.num_segments))

    async def find(self, message: Message, known: frozenset[str]) -> Accepted | None:
        """The message in the account's list; see `channels.ports.Carrier`."""
        try:
            listed = await self._client.messages.list_async(
                to=message.to, limit=_LISTED, page_size=_LISTED
            )
        except Exception as fault:
            raise _error(fault, creating=False) from fault
        since = message.intended_at - _CLOCKS_APART
        unaccounted = [
            item
            for item in listed
            if item.sid not in known
            and str(item.direction) == "outbound-api"
            and (item.date_created is None or item.date_created >= since)
        ]
        for item in unaccounted:
            if item.body == message.text:
                return Accepted(carrier_id=str(item.sid), segments=_segments(item.num_segments))
        if unaccounted:
            # Carriers change texts, by look-alikes or prefixes: one of these may be ours.
            detail = "a text that we do not know is listed"
            raise SendError(SendErrorKind.AMBIGUOUS, retryable=True, detail=detail)
        return None


def _segments(told: object) -> int:
    """With a messaging service the carrier says "0" at first."""
    text = str(told)
    return max(1, int(text)) if text.isascii() and text.isdigit() else 1


def _seconds(header: str | None) -> timedelta | None:
    text = (header or "").strip()
    if not (text.isascii() and text.isdigit()):
        return None
    return min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, timedelta(seconds=int(text[:6]))))


def _error(fault: Exception, *, creating: bool) -> SendError:
    """The one error others see. A create whose answer was lost may have happened."""
    match fault:
        case _Unwritten():
            return SendError(SendErrorKind.LATER, retryable=True, detail="no connection")
        case (
            TwilioRestException(status=int(status), code=code)
            | TwilioServiceException(status=int(status), code=code)
        ):
            known = code if isinstance(code, int) else None
            kind = classify_twilio(status, known)
            if kind is SendErrorKind.AMBIGUOUS and not creating:
                kind = SendErrorKind.LATER
            return SendError(
                kind,
                retryable=kind in (SendErrorKind.LATER, SendErrorKind.AMBIGUOUS),
                code=str(known) if known is not None else str(status),
                detail=f"the carrier answered {status}",
                retry_after=_RETRY_AFTER.get() if kind is SendErrorKind.LATER else None,
            )
        case aiohttp.ClientError() | asyncio.TimeoutError() | OSError() | TwilioException():
            kind = SendErrorKind.AMBIGUOUS if creating else SendErrorKind.LATER
            return SendError(kind, retryable=True, detail=type(fault).__name__)
        case _:
            # An answer nobody can read, after the request was written.
            return SendError(SendErrorKind.AMBIGUOUS, retryable=True, detail=type(fault).__name__)
