"""Words what every resource of the carrier's REST API has: errors, pages, dates, log-in, faults."""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from typing import TypeAlias
from urllib.parse import urlencode

from aiohttp import web
from multidict import MultiDictProxy, MultiMapping

from sandbox.config import Config
from sandbox.faults import Faults
from sandbox.network import API_VERSION

MAX_PAGE = 1000
DEFAULT_PAGE = 50
RETRY_AFTER_S = 1
_ERRORS: dict[int, tuple[int, str]] = {
    13224: (400, "Dial: Twilio does not support calling this number or the number is invalid"),
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal Server Error"),
    21201: (400, "No 'To' number is specified"),
    21205: (400, "Url is not a valid URL"),
    21211: (400, "The 'To' number is not a valid phone number"),
    21212: (400, "The 'From' number is not a valid phone number"),
    21213: (400, "No 'From' number is specified"),
    21214: (400, "The 'To' phone number cannot be reached"),
    21215: (400, "Account not authorized to call this number"),
    21216: (400, "Account not allowed to call this number"),
    21217: (400, "Phone number does not appear to be valid"),
    21218: (400, "ApplicationSid is not valid"),
    21219: (400, "'To' phone number not verified"),
    21220: (400, "Call is not in-progress. Cannot redirect."),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21609: (400, "The StatusCallback URL is not a valid URL"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    30409: (400, "The message cannot be changed in its current state"),
}

Form: TypeAlias = MultiDictProxy[str | bytes | bytearray | web.FileField]
Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
Accept: TypeAlias = Callable[[], dict[str, object]]


def checked(config: Config, handler: Handler) -> Handler:
    """Return the handler behind the account's log-in."""
    pair = f"{config.account_sid}:{config.auth_token}".encode()
    wanted = "Basic " + base64.b64encode(pair).decode()

    async def check(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != wanted:
            return error(20003)
        if request.match_info["account"] != config.account_sid:
            return error(20404)
        return await handler(request)

    return check


async def create(
    request: web.Request,
    faults: Faults,
    target: str,
    number: str,
    refusal: Callable[[], int | None],
    accept: Accept,
) -> web.StreamResponse:
    """Answer a create with 201 and what `accept` returns, unless a fault or a refusal is due."""
    if latency := faults.take(target, "latency", number):
        await asyncio.sleep(latency.value / 1000)
    if faults.take(target, "drop_before_accept", number):
        return drop_connection(request)
    if throttle := faults.take(target, "throttle", number):
        return error(20429, retry_after=throttle.value or None)
    if status := faults.take(target, "status", number):
        return failure(status.value)
    if refuse := faults.take(target, "refuse", number):
        return error(refuse.value)
    if code := refusal():
        return error(code)
    answer = web.json_response(accept(), status=201)
    if faults.take(target, "drop_after_accept", number):
        return drop_connection(request)
    if after := faults.take(target, "status_after_accept", number):
        return failure(after.value)
    return answer


def failure(status: int) -> web.Response:
    """Return the carrier's own failure under a status."""
    if status == 429:
        return error(20429, retry_after=RETRY_AFTER_S)
    return error(20500, status=status)


def error(
    code: int,
    *,
    status: int | None = None,
    message: str | None = None,
    retry_after: int | None = None,
) -> web.Response:
    """Return a refusal as the carrier words it."""
    usual_status, usual_message = _ERRORS.get(code, (400, f"Error {code}"))
    answered = status or usual_status
    headers = {}
    if answered == 401:
        headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
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


def gmt(at: datetime | None) -> str | None:
    """Return an instant as the carrier writes it."""
    return format_datetime(at.astimezone(UTC)) if at else None


def in_range(at: datetime, query: MultiMapping[str], name: str) -> bool:
    """Whether an instant meets every filter of that name: `DateSent>=2026-11-21` and its like.

    Raises ValueError when a filter's value is no date.
    """
    return all(
        _on_side(at, given.removeprefix(name), value)
        for given, value in query.items()
        if given.startswith(name)
    )


def _on_side(at: datetime, side: str, value: str) -> bool:
    """Compare with a date or an instant, both in GMT."""
    if len(value) == len("2026-11-21"):
        start = datetime.combine(date.fromisoformat(value), time(), UTC)
        end = start + timedelta(days=1)
    else:
        given = datetime.fromisoformat(value)
        start = end = given if given.tzinfo else given.replace(tzinfo=UTC)
    if side.startswith(">"):
        return at >= start
    if side.startswith("<"):
        return at < end or at == start
    return start <= at < end or at == start


def page(
    request: web.Request, name: str, find: Callable[[], list[Mapping[str, object]]]
) -> web.Response:
    """Return one page of what `find` finds, under its name; a filter nobody can read is refused."""
    query = request.query
    try:
        found = find()
        size = min(max(int(query.get("PageSize", DEFAULT_PAGE)), 1), MAX_PAGE)
        at = max(int(query.get("Page", 0)), 0)
    except ValueError:
        return error(20500, status=400, message="A parameter cannot be read")
    account = request.match_info["account"]
    path = f"/{API_VERSION}/Accounts/{account}/{name.capitalize()}.json"

    def uri(number: int) -> str:
        given = {k: v for k, v in query.items() if k not in ("Page", "PageSize")}
        return f"{path}?{urlencode({**given, 'PageSize': size, 'Page': number})}"

    shown = found[at * size : (at + 1) * size]
    body = {
        name: shown,
        "page": at,
        "page_size": size,
        "start": at * size,
        "end": at * size + max(len(shown) - 1, 0),
        "uri": uri(at),
        "first_page_uri": uri(0),
        "next_page_uri": uri(at + 1) if (at + 1) * size < len(found) else None,
        "previous_page_uri": uri(at - 1) if at else None,
    }
    return web.json_response(body)


def base_url(request: web.Request, before: str) -> str:
    """Return the URL under which the sandbox was asked, up to the path's part `before`."""
    prefix = request.rel_url.raw_path.partition(before)[0]
    return f"{request.scheme}://{request.host}{prefix}"
