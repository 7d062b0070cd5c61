"""The carrier's REST API: messages are created, listed, fetched, redacted and deleted."""

import asyncio
import base64
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from urllib.parse import urlencode

from aiohttp import web
from multidict import MultiDictProxy, MultiMapping

from sandbox import segments, world
from sandbox.config import Config
from sandbox.network import API_VERSION, Network

MAX_PAGE = 1000
DEFAULT_PAGE = 50
RETRY_AFTER_S = 1
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_ERRORS: dict[int, tuple[int, str]] = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal Server Error"),
    21211: (400, "The 'To' number is not a valid phone number"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    30409: (400, "The message cannot be changed in its current state"),
}

Form = MultiDictProxy[str | bytes | bytearray | web.FileField]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Carrier:
    """Answers the carrier's REST API out of the world's messages."""

    def __init__(
        self,
        kept: world.World,
        config: Config,
        network: Network,
        now: Callable[[], datetime],
    ) -> None:
        self._world = kept
        self._config = config
        self._network = network
        self._now = now

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Put the API where the carrier has it."""
        messages = f"/{API_VERSION}/Accounts/{{account}}/Messages"
        router.add_post(f"{messages}.json", self._checked(self._create))
        router.add_get(f"{messages}.json", self._checked(self._list))
        router.add_get(f"{messages}/{{sid}}.json", self._checked(self._fetch))
        router.add_post(f"{messages}/{{sid}}.json", self._checked(self._update))
        router.add_delete(f"{messages}/{{sid}}.json", self._checked(self._delete))

    def _checked(self, handler: Handler) -> Handler:
        config = self._config
        pair = f"{config.account_sid}:{config.auth_token}".encode()
        wanted = "Basic " + base64.b64encode(pair).decode()

        async def checked(request: web.Request) -> web.StreamResponse:
            if request.headers.get("Authorization") != wanted:
                return error(20003)
            if request.match_info["account"] != config.account_sid:
                return error(20404)
            return await handler(request)

        return checked

    async def _create(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        faults = self._world.faults
        if latency := faults.take("carrier", "latency"):
            await asyncio.sleep(latency.value / 1000)
        if faults.take("carrier", "drop_before_accept"):
            return drop_connection(request)
        if status := faults.take("carrier", "status"):
            return error(20429) if status.value == 429 else error(20500, status=status.value)
        if refuse := faults.take("carrier", "refuse"):
            return error(refuse.value)
        if code := self._refusal(form):
            return error(code)
        message = self._accept(form)
        if faults.take("carrier", "drop_after_accept"):
            return drop_connection(request)
        return web.json_response(resource(message), status=201)

    def _refusal(self, form: Form) -> int | None:
        to, body = str(form.get("To", "")), str(form.get("Body", ""))
        if not to.strip():
            return 21604
        if not _NUMBER.fullmatch(to):
            return 21211
        if not (form.get("From") or form.get("MessagingServiceSid")):
            return 21603
        if not body.strip():
            return 21602
        if len(body) > segments.MAX_BODY:
            return 21617
        return 21610 if to in self._world.blocked else None

    def _accept(self, form: Form) -> world.Message:
        service = str(form.get("MessagingServiceSid", "")) or None
        return self._network.send(
            to=str(form["To"]),
            from_=str(form.get("From", "")) or self._config.from_number,
            body=str(form["Body"]),
            direction="outbound-api",
            status="accepted" if service else "queued",
            status_callback=str(form.get("StatusCallback", "")) or None,
            messaging_service_sid=service,
        )

    async def _list(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        try:
            found = [m for m in reversed(self._world.messages.values()) if _matches(m, query)]
            size = min(max(int(query.get("PageSize", DEFAULT_PAGE)), 1), MAX_PAGE)
            page = max(int(query.get("Page", 0)), 0)
        except ValueError:
            return error(20500, status=400, message="A parameter cannot be read")
        return web.json_response(_page(request, found, page, size))

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        message = self._world.messages.get(request.match_info["sid"])
        return error(20404) if message is None else web.json_response(resource(message))

    async def _update(self, request: web.Request) -> web.StreamResponse:
        message = self._world.messages.get(request.match_info["sid"])
        form = await request.post()
        if message is None:
            return error(20404)
        # An empty Body is the only text the carrier takes here: it redacts.
        if form.get("Body") != "":
            return error(30409)
        message.body = ""
        message.updated_at = self._now()
        self._world.changed("message")
        return web.json_response(resource(message))

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        if self._world.messages.pop(request.match_info["sid"], None) is None:
            return error(20404)
        self._world.changed("message")
        return web.Response(status=204)


def resource(message: world.Message) -> dict[str, object]:
    """Return a message as the carrier's REST API shows it."""
    uri = f"/{API_VERSION}/Accounts/{message.account_sid}/Messages/{message.sid}"
    return {
        "account_sid": message.account_sid,
        "api_version": API_VERSION,
        "body": message.body,
        "date_created": format_datetime(message.created_at.astimezone(UTC)),
        "date_sent": message.sent_at and format_datetime(message.sent_at.astimezone(UTC)),
        "date_updated": format_datetime(message.updated_at.astimezone(UTC)),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": message.error_message,
        "from": message.from_,
        "messaging_service_sid": message.messaging_service_sid,
        "num_media": "0",
        "num_segments": message.num_segments,
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def error(code: int, *, status: int | None = None, message: str | None = None) -> web.Response:
    """Return a refusal as the carrier words it."""
    usual_status, usual_message = _ERRORS.get(code, (400, f"Error {code}"))
    answered = status or usual_status
    headers = {}
    if answered == 401:
        headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    if answered == 429:
        headers["Retry-After"] = str(RETRY_AFTER_S)
    body = {
        "code": code,
        "message": message or usual_message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": answered,
    }
    return web.json_response(body, status=answered, headers=headers)


def drop_connection(request: web.Request) -> web.Response:
    """Close the connection: the answer returned here never leaves the machine."""
    if request.transport is not None:
        request.transport.close()
    return web.Response(status=500)


def _matches(message: world.Message, query: MultiMapping[str]) -> bool:
    sent_at = message.sent_at or message.created_at
    return (
        query.get("To", message.to) == message.to
        and query.get("From", message.from_) == message.from_
        and all(
            _on_side(sent_at, name.removeprefix("DateSent"), value)
            for name, value in query.items()
            if name.startswith("DateSent")
        )
    )


def _on_side(sent_at: datetime, side: str, value: str) -> bool:
    """Compare with a date or an instant, both in GMT: `DateSent>=2026-11-21` and its like."""
    if len(value) == len("2026-11-21"):
        start = datetime.combine(date.fromisoformat(value), time(), UTC)
        end = start + timedelta(days=1)
    else:
        given = datetime.fromisoformat(value)
        start = end = given if given.tzinfo else given.replace(tzinfo=UTC)
    if side.startswith(">"):
        return sent_at >= start
    if side.startswith("<"):
        return sent_at < end or sent_at == start
    return start <= sent_at < end or sent_at == start


def _page(
    request: web.Request, found: list[world.Message], page: int, size: int
) -> dict[str, object]:
    shown = found[page * size : (page + 1) * size]
    account = request.match_info["account"]

    def uri(number: int) -> str:
        given = {k: v for k, v in request.query.items() if k not in ("Page", "PageSize")}
        query = urlencode({**given, "PageSize": size, "Page": number})
        return f"/{API_VERSION}/Accounts/{account}/Messages.json?{query}"

    more = (page + 1) * size < len(found)
    return {
        "messages": [resource(message) for message in shown],
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": page * size + max(len(shown) - 1, 0),
        "uri": uri(page),
        "first_page_uri": uri(0),
        "next_page_uri": uri(page + 1) if more else None,
        "previous_page_uri": uri(page - 1) if page else None,
    }
