"""Sends SMS through Twilio's REST API."""

import base64
import logging
import re
from collections.abc import AsyncIterator, Mapping
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import aiohttp
import orjson
from twilio.base.exceptions import (
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from channels.accounts import Account, sender_for
from channels.errors import ACCOUNT_PAUSE, SendError, SendErrorKind, no_sender, twilio_meaning
from channels.ports import Accepted, Message
from channels.posting import Poster, Unreadable, Unwritten
from kernel.pauses import retry_after

_log = logging.getLogger("twilio")

_SERVICE = re.compile(r"MG[0-9A-Fa-f]{32}")  # no sender is as long

_API = "https://api.twilio.com/2010-04-01"
_REFUSED, _FAILED = 400, 500  # from these statuses on
_LOGIN, _MISSING, _TOO_MANY = 401, 404, 429
_CONNECTIONS = 64
_LISTED = 100  # messages of one number looked at when a send is settled
_PAGE, _SWEPT = 1_000, 100_000  # messages a page, and looked at for missing receipts
_CLOCKS_APART = timedelta(minutes=2)  # between the carrier's clock and ours
_SHORTEST_VALIDITY, _LONGEST_VALIDITY = 60, 36_000  # seconds; the carrier's own limits
_SHORTEST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=1), timedelta(hours=1)

# The library's exceptions carry no headers; a call and its exception belong to one task.
_RETRY_AFTER: ContextVar[timedelta | None] = ContextVar("retry_after", default=None)


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
        """Make one call; Unwritten when no connection was made."""
        sent = dict(headers or {})
        if auth:
            sent["Authorization"] = _basic(*auth)
        _RETRY_AFTER.set(None)
        try:
            async with self._open().request(
                method,
                self.moved(url),
                params=_present(params),
                data=_present(data),
                headers=sent,
                allow_redirects=allow_redirects,
            ) as answer:
                body = await answer.text()
                said = answer.headers
                _RETRY_AFTER.set(_pause(said.get("Retry-After"), said.get("Date")))
                return Response(answer.status, body, dict(answer.headers))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as fault:
            raise Unwritten(str(fault)) from fault

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
            )
        return self._session

    def moved(self, url: str) -> str:
        """The URL of a call, at the account's own host where it has one."""
        if self._base is None:
            return url
        parts = urlsplit(url)
        path = self._base.path.rstrip("/") + parts.path
        return urlunsplit((self._base.scheme, self._base.netloc, path, parts.query, ""))

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _json(body: bytes) -> dict[str, Any]:
    """The object in a body; empty when there is none."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _form(fields: Mapping[str, str]) -> bytes:
    """As a browser posts it, but for every octet escaped, which a machine does in no time."""
    return "&".join([f"{name}={_escaped(value)}" for name, value in fields.items()]).encode()


def _escaped(value: str) -> str:
    octets = value.encode(errors="ignore")  # of half a surrogate pair nobody can make anything
    return "%" + octets.hex("%") if octets else ""


def _present(values: Mapping[str, object] | None) -> dict[str, Any] | None:
    return None if values is None else {k: v for k, v in values.items() if v is not None}


class TwilioSms:
    """An SMS carrier: each message names its contact in the status callback's URL."""

    def __init__(self, account: Account, public_url: str) -> None:
        self._account = account
        self._public_url = public_url.rstrip("/")
        self._http = _Http(account)
        # Posted straight: the library costs more than the post does. It stays the tests' oracle.
        self._poster = Poster(
            self._http.moved(f"{_API}/Accounts/{account.sid}/Messages.json"),
            {
                "Authorization": _basic(account.sid, account.token),
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            },
            within=account.timeout,
            at_most=_CONNECTIONS,
        )
        # A non-empty environment keeps TWILIO_REGION and TWILIO_EDGE from rewriting the host.
        self._client = Client(
            account.sid, account.token, http_client=self._http, environment={"_": "_"}
        )

    async def close(self) -> None:
        """Close connections."""
        await self._http.close()
        await self._poster.close()

    def status_url(self, contact: str) -> str:
        """Where receipts of a contact are posted."""
        return f"{self._public_url}/carriers/twilio/status?contact={quote(contact)}"

    async def send(self, message: Message) -> Accepted:
        """Create the message; see `channels.ports.Carrier`."""
        form = self._form(message)
        try:
            answer = await self._poster.post(_form(form))
        except Exception as fault:
            raise _error(fault, creating=True) from fault
        said = _json(answer.body)
        if answer.status >= _REFUSED:
            pause = _pause(answer.headers.get("retry-after"), answer.headers.get("date"))
            raise _refused(answer.status, said.get("code"), pause, creating=True)
        if not said.get("sid"):
            # Some other server answered, or half of one: it proves neither.
            raise SendError(SendErrorKind.AMBIGUOUS, retryable=True, detail="no sid in the answer")
        return Accepted(carrier_id=str(said["sid"]), segments=_segments(said.get("num_segments")))

    def _form(self, message: Message) -> dict[str, str]:
        form = {"To": message.to, **self._sender(message.to)}
        form["Body"] = message.text
        form["StatusCallback"] = self.status_url(message.contact)
        if message.valid_for is not None:
            seconds = min(_LONGEST_VALIDITY, max(_SHORTEST_VALIDITY, message.valid_for))
            form["ValidityPeriod"] = str(seconds)
        return form

    def _sender(self, number: str) -> dict[str, str]:
        account = self._account
        mine = sender_for(account.senders, number)
        if mine is None and account.service:
            return {"MessagingServiceSid": account.service}
        sender = mine or account.sender
        if sender is None:
            raise no_sender()
        return {"MessagingServiceSid" if _SERVICE.fullmatch(sender) else "From": sender}

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

    async def erase(self, sid: str) -> None:
        """Delete a message at the carrier; see `channels.ports.Eraser`."""
        try:
            await self._client.messages(sid).delete_async()
        except Exception as fault:
            if getattr(fault, "status", None) != _MISSING:
                raise _error(fault, creating=False) from fault

    async def listed(self, since: datetime, until: datetime) -> AsyncIterator[dict[str, str]]:
        """What the account's list says of a period, in the words of receipts and of webhooks.

        Of what customers wrote only what came to a sender or a service of ours. `DateSent` is RFC
        3339. Raises SendError where the list cannot be had.
        """
        try:
            listed = await self._client.messages.stream_async(
                date_sent_after=since, date_sent_before=until, limit=_SWEPT, page_size=_PAGE
            )
            async for item in listed:
                if str(item.direction) != "inbound" or self._is_ours(item):
                    yield _told(item)
        except Exception as fault:
            raise _error(fault, creating=False) from fault

    def _is_ours(self, item: Any) -> bool:
        account = self._account
        ours = {account.sender, account.service, *(sender for _, sender in account.senders)}
        return not ours.isdisjoint({item.to, item.messaging_service_sid} - {None})


def _told(item: Any) -> dict[str, str]:
    """A message of the list as the webhook about it has it."""
    told = {"MessageSid": str(item.sid), "MessageStatus": str(item.status)}
    if item.error_code is not None:
        told["ErrorCode"] = str(item.error_code)
    if item.date_sent is not None:
        told["DateSent"] = item.date_sent.isoformat()
    if str(item.direction) == "inbound":
        told |= {"Direction": "inbound", "From": str(item.from_), "Body": item.body or ""}
    else:
        told |= {"To": str(item.to), "Body": item.body or ""}
    return told


def _segments(told: object) -> int:
    """With a messaging service the carrier says "0" at first."""
    text = str(told)
    return max(1, int(text)) if text.isascii() and text.isdigit() else 1


def _pause(said: str | None, date: str | None) -> timedelta | None:
    asked = retry_after(said, date)
    return None if asked is None else min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, asked))


def _refused(status: int, code: object, pause: timedelta | None, *, creating: bool) -> SendError:
    """What an answer of 4xx or 5xx means."""
    known = code if isinstance(code, int) else None
    meaning = twilio_meaning(status, known)
    kind = meaning.kind
    if kind is SendErrorKind.AMBIGUOUS and not creating:
        kind = SendErrorKind.LATER
    if meaning.account_wide:
        pause = ACCOUNT_PAUSE
    elif pause is None and status == _TOO_MANY:
        pause = _SHORTEST_PAUSE
    return SendError(
        kind,
        retryable=meaning.retryable,
        code=str(known) if known is not None else str(status),
        detail=f"the carrier answered {status}",
        retry_after=pause,
        # A login that is refused is refused to all: as good as nobody there.
        away=status >= _FAILED or status == _LOGIN,
    )


def _error(fault: Exception, *, creating: bool) -> SendError:
    """The one error others see. A create whose answer was lost may have happened."""
    match fault:
        case Unwritten():
            return SendError(SendErrorKind.LATER, retryable=True, detail="no connection", away=True)
        case (
            TwilioRestException(status=int(status), code=code)
            | TwilioServiceException(status=int(status), code=code)
        ):
            return _refused(status, code, _RETRY_AFTER.get(), creating=creating)
        case aiohttp.ClientError() | TimeoutError() | OSError() | Unreadable() | TwilioException():
            kind = SendErrorKind.AMBIGUOUS if creating else SendErrorKind.LATER
            detail = type(fault).__name__
            return SendError(kind, retryable=True, detail=detail, away=True)
        case _:
            # An answer nobody can read, after the request was written.
            return SendError(SendErrorKind.AMBIGUOUS, retryable=True, detail=type(fault).__name__)
