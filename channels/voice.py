"""Places calls through Twilio's REST API, and keeps what customers leave there as recordings."""

import asyncio
import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import orjson

from channels.accounts import Account, caller_for
from channels.errors import ACCOUNT_PAUSE, SendError, SendErrorKind, twilio_meaning
from channels.ports import Accepted, Leg, Message, Ring
from kernel.pauses import retry_after

_API = "https://api.twilio.com"
_REFUSED, _FAILED = 400, 500  # from these statuses on
_LOGIN, _MISSING, _TOO_MANY = 401, 404, 429
_CONNECTIONS = 16
_LISTED = 100  # calls to one number looked at when one is settled
_CLOCKS_APART = timedelta(minutes=2)  # between the carrier's clock and ours
# A call leaves within seconds of its intent, and nobody else calls the number for an hour: what was
# placed later is another's, of which we do not know yet either.
_PLACED_WITHIN = timedelta(minutes=30)
_SHORTEST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=1), timedelta(hours=1)
_LARGEST = 8 * 1024 * 1024  # octets of a recording; two minutes have two million
_EVENTS = ("initiated", "ringing", "answered", "completed")
_ADDED = 5  # seconds by which the carrier may ring longer than it was told
_LEAST_RING = 5
_LONGEST_CALL = 900  # seconds; a survey has minutes, and a line left open costs
_LONGEST_TALK = 7_200  # seconds that two people may talk
_OVER = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})

# Of the create call, beside those of every message: Twilio's error dictionary.
_OF_CALLS = {
    10004: SendErrorKind.LATER,  # too many calls at one time
    13223: SendErrorKind.DEAD_ADDRESS,
    13224: SendErrorKind.DEAD_ADDRESS,
    22005: SendErrorKind.LATER,  # the queue of calls is full
}


class _Unwritten(Exception):
    """The request surely never left: no connection could be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: int
    body: bytes
    media: str
    retry_after: timedelta | None

    def json(self) -> dict[str, Any]:
        """The object in the body; empty when there is none."""
        try:
            said = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return {}
        return said if isinstance(said, dict) else {}


class TwilioVoice:
    """A voice carrier: each call names its contact in the URLs by which the carrier asks us.

    `ring`: for how long it rings at most.
    """

    def __init__(
        self,
        account: Account,
        public_url: str,
        ring: Callable[[], timedelta] = lambda: timedelta(seconds=25),
    ) -> None:
        self._account = account
        self._public_url = public_url.rstrip("/")
        self._ring = ring
        base = (account.base_url or _API).rstrip("/")
        self._root = f"{base}/2010-04-01/Accounts/{account.sid}"
        login = base64.b64encode(f"{account.sid}:{account.token}".encode()).decode()
        self._headers = {"Authorization": f"Basic {login}", "Accept": "application/json"}
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close connections."""
        if self._session is not None:
            await self._session.close()

    def url(self, contact: str, below: str = "") -> str:
        """Where the carrier asks how the call of a contact goes on, and tells what became of it."""
        return f"{self._public_url}/carriers/twilio/voice/{quote(contact, safe='')}{below}"

    async def send(self, message: Message) -> Accepted:
        """Place the call; see `channels.ports.Carrier`."""
        form = self._form(message)
        return Accepted(carrier_id=await self._place(form))

    async def _place(self, form: Sequence[tuple[str, str]]) -> str:
        try:
            answer = await self._ask("POST", "/Calls.json", form=form)
        except Exception as fault:
            raise _error(fault, creating=True) from fault
        if answer.status >= _REFUSED:
            raise _refused(answer, creating=True)
        sid = answer.json().get("sid")
        if not sid:
            # Some other server answered, or half of one: it proves neither.
            raise SendError(SendErrorKind.AMBIGUOUS, retryable=True, detail="no sid in the answer")
        return str(sid)

    def _caller(self, number: str) -> str:
        caller = caller_for(self._account, number)
        if caller is None:
            detail = "no number of ours to call from"
            raise SendError(
                SendErrorKind.CONFIGURATION, retryable=False, code="no_caller", detail=detail
            )
        return caller

    def _form(self, message: Message) -> list[tuple[str, str]]:
        ring = int(self._ring().total_seconds())
        if message.valid_for is not None:
            # It must have stopped ringing by closing time.
            ring = max(_LEAST_RING, min(ring, message.valid_for - _ADDED))
        # Who is a machine is known before we say a word; to leave a message we wait for its beep.
        detection = "DetectMessageEnd" if message.voicemail else "Enable"
        return [
            ("To", message.to),
            ("From", self._caller(message.to)),
            ("Url", self.url(message.contact)),
            ("Method", "POST"),
            ("StatusCallback", self.url(message.contact, "/status")),
            ("StatusCallbackMethod", "POST"),
            *(("StatusCallbackEvent", event) for event in _EVENTS),
            ("Timeout", str(ring)),
            ("TimeLimit", str(_LONGEST_TALK if message.joins else _LONGEST_CALL)),
            ("MachineDetection", detection),
        ]

    def caller(self, number: str) -> str | None:
        """Which of our numbers calls a number; None: none can."""
        return caller_for(self._account, number)

    async def ring(self, wanted: Ring) -> str:
        """Call somebody of ours; see `channels.ports.Switchboard`.

        Nobody asks whether a machine answered: only a person presses a key.
        """
        url = f"{self._public_url}/carriers/twilio/voice{wanted.path}"
        form = [
            ("To", wanted.to),
            ("From", self._caller(wanted.to)),
            ("Url", url),
            ("Method", "POST"),
            ("StatusCallback", f"{url}/status"),
            ("StatusCallbackMethod", "POST"),
            *(("StatusCallbackEvent", event) for event in _EVENTS),
            ("Timeout", str(int(wanted.ring.total_seconds()))),
            ("TimeLimit", str(_LONGEST_TALK)),
        ]
        return await self._place(form)

    async def leg(self, id: str) -> Leg | None:
        """A call by its id; see `channels.ports.Switchboard`."""
        answer = await self._fetch("GET", f"/Calls/{quote(id, safe='')}.json")
        return None if answer.status == _MISSING else _leg(answer.json())

    async def take_back(self, id: str) -> Leg | None:
        """Cancel what was not answered yet; see `channels.ports.CallList`."""
        path = f"/Calls/{quote(id, safe='')}.json"
        try:
            await self._ask("POST", path, form=[("Status", "canceled")])
        except Exception as fault:
            raise _error(fault, creating=False) from fault
        # Refused or not, the list says what it came to.
        return await self.leg(id)

    async def legs_of(self, parent: str) -> tuple[Leg, ...]:
        """The calls below another; see `channels.ports.Switchboard`."""
        query = urlencode({"ParentCallSid": parent, "PageSize": str(_LISTED)})
        listed = (await self._fetch("GET", f"/Calls.json?{query}")).json().get("calls")
        if not isinstance(listed, list):
            raise SendError(SendErrorKind.LATER, retryable=True, detail="no list in the answer")
        return tuple(_leg(call) for call in listed if isinstance(call, dict))

    async def find(self, message: Message, known: frozenset[str]) -> Accepted | None:
        """The call in the account's list; see `channels.ports.Carrier`."""
        query = {"To": message.to, "From": self._caller(message.to), "PageSize": str(_LISTED)}
        try:
            answer = await self._ask("GET", f"/Calls.json?{urlencode(query)}")
        except Exception as fault:
            raise _error(fault, creating=False) from fault
        if answer.status >= _REFUSED:
            raise _refused(answer, creating=False)
        listed = answer.json().get("calls")
        if not isinstance(listed, list):
            raise SendError(SendErrorKind.LATER, retryable=True, detail="no list in the answer")
        at = message.intended_at
        ours = [
            str(call["sid"])
            for call in listed
            if isinstance(call, dict) and call.get("sid") and _may_be(call, message.to, at)
        ]
        unaccounted = [sid for sid in ours if sid not in known]
        if len(unaccounted) > 1:
            # Calls have no text to tell them apart, and one of these is somebody else's.
            detail = "several calls that we do not know are listed"
            raise SendError(SendErrorKind.AMBIGUOUS, retryable=True, detail=detail)
        return Accepted(carrier_id=unaccounted[0]) if unaccounted else None

    async def recording(self, sid: str) -> tuple[bytes, str] | None:
        """A recording's octets and media type; None: there is none. SendError of kind `later`."""
        answer = await self._fetch("GET", f"/Recordings/{quote(sid, safe='')}.mp3")
        return None if answer.status == _MISSING else (answer.body, answer.media)

    async def forget(self, sid: str) -> None:
        """Delete a recording at the carrier; what is gone is gone. SendError of kind `later`."""
        await self._fetch("DELETE", f"/Recordings/{quote(sid, safe='')}.json")

    async def erase(self, sid: str) -> None:
        """Delete a call's record at the carrier; see `channels.ports.Eraser`."""
        await self._fetch("DELETE", f"/Calls/{quote(sid, safe='')}.json")

    async def _fetch(self, method: str, path: str) -> _Answer:
        try:
            answer = await self._ask(method, path)
        except Exception as fault:
            raise _error(fault, creating=False) from fault
        if answer.status >= _REFUSED and answer.status != _MISSING:
            raise _refused(answer, creating=False)
        return answer

    async def _ask(
        self, method: str, path: str, form: Sequence[tuple[str, str]] | None = None
    ) -> _Answer:
        """One call, never repeated; _Unwritten when no connection was made."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=self._account.timeout.total_seconds()),
            )
        data = None if form is None else aiohttp.FormData(form)
        try:
            async with self._session.request(
                method,
                self._root + path,
                data=data,
                headers=self._headers,
                allow_redirects=False,
            ) as answer:
                asked = retry_after(answer.headers.get("Retry-After"), answer.headers.get("Date"))
                pause = None if asked is None else min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, asked))
                body = await _read(answer)
                return _Answer(
                    status=answer.status, body=body, media=answer.content_type, retry_after=pause
                )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as fault:
            raise _Unwritten(str(fault)) from fault


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for part in answer.content.iter_chunked(65_536):
        body += part
        if len(body) > _LARGEST:
            raise aiohttp.ClientPayloadError("more than a recording has")
    return bytes(body)


def _leg(call: Mapping[str, Any]) -> Leg:
    status, seconds = str(call.get("status", "")), str(call.get("duration") or "0")
    return Leg(
        id=str(call.get("sid", "")),
        to=str(call.get("to", "")),
        status=status,
        over=status in _OVER,
        seconds=int(seconds) if seconds.isascii() and seconds.isdigit() else 0,
        answered_by=str(call.get("answered_by") or ""),
    )


def _may_be(call: Mapping[str, Any], to: str, at: datetime) -> bool:
    """Whether a listed call may be the one that was meant to be placed then."""
    if call.get("to", to) != to or not str(call.get("direction", "")).startswith("outbound-api"):
        return False
    told = call.get("date_created") or call.get("start_time")
    try:
        made = parsedate_to_datetime(str(told))
    except ValueError:
        return True  # nobody can say when
    made = made if made.tzinfo else made.replace(tzinfo=UTC)
    return at - _CLOCKS_APART <= made <= at + _PLACED_WITHIN


def _refused(answer: _Answer, *, creating: bool) -> SendError:
    """What an answer of 4xx or 5xx means."""
    code = answer.json().get("code")
    known = code if type(code) is int else None
    meaning = twilio_meaning(answer.status, known)
    kind = _OF_CALLS.get(known or 0) or meaning.kind
    pause = answer.retry_after or (_SHORTEST_PAUSE if answer.status == _TOO_MANY else None)
    if kind is SendErrorKind.AMBIGUOUS and not creating:
        kind = SendErrorKind.LATER
    return SendError(
        kind,
        retryable=kind in (SendErrorKind.LATER, SendErrorKind.AMBIGUOUS),
        code=str(known if known is not None else answer.status),
        detail=f"the carrier answered {answer.status}",
        retry_after=ACCOUNT_PAUSE if meaning.account_wide else pause,
        # A login that is refused is refused to all: as good as nobody there.
        away=answer.status >= _FAILED or answer.status == _LOGIN,
    )


def _error(fault: Exception, *, creating: bool) -> SendError:
    """The one error others see. A create whose answer was lost may have rung."""
    match fault:
        case _Unwritten():
            return SendError(SendErrorKind.LATER, retryable=True, detail="no connection", away=True)
        case aiohttp.ClientError() | asyncio.TimeoutError() | OSError():
            kind = SendErrorKind.AMBIGUOUS if creating else SendErrorKind.LATER
            return SendError(kind, retryable=True, detail=type(fault).__name__, away=True)
        case _:
            return SendError(SendErrorKind.AMBIGUOUS, retryable=True, detail=type(fault).__name__)
