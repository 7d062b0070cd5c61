"""Speaks to a ticketing system's REST API: bounded, and each answer sorted by what follows."""

import base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NoReturn
from urllib.parse import quote

import aiohttp
import orjson

from kernel.pauses import retry_after
from tickets.desks.native import GONE
from tickets.ports import Declined, DeskError

_LONGEST_WAIT = timedelta(hours=24)
_LARGEST_ANSWER = 2 * 1024 * 1024  # bytes: a page of a hundred notes
#: Answers about the ticket or our words; what they mean differs from system to system.
_SAID_NO = frozenset({400, 404, 405, 409, 410, 412, 415, 422})
NOT_THERE = frozenset({404, 410})
_NOT_READ = 405


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Where a ticketing system is reached, as the operator set it; `url` ends without a slash.

    `options` are the parameters of that URL's query.
    """

    url: str
    token: str | None = field(default=None, repr=False)
    options: Mapping[str, str] = field(default_factory=dict)
    timeout: timedelta = timedelta(seconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer that settles it: 2xx, or a 4xx about the ticket; `body` is its JSON, or None."""

    status: int
    body: Any

    @property
    def fine(self) -> bool:
        """Whether the system did it."""
        return 200 <= self.status < 300

    def declined(self) -> Declined:
        """The refusal of a 4xx that no other try would change."""
        return Declined(reason=f"desk answered {self.status}")


@dataclass(slots=True, kw_only=True)
class Rest:
    """One system's API. Raises DeskError for what is to be tried again, and nothing else.

    401, 403 and a redirection are `misconfigured`: the operator must look.
    """

    base: str
    headers: Mapping[str, str] = field(repr=False)
    timeout: timedelta = timedelta(seconds=20)
    _session: aiohttp.ClientSession | None = field(default=None, init=False)

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The JSON at a path; None where there is none (404, 410), or none to be read (405)."""
        reply = await self.send("GET", path, params=params)
        if reply.status in NOT_THERE or reply.status == _NOT_READ:
            return None
        if not reply.fine:
            unsettled(reply)
        return reply.body

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """The answer to a request with a JSON body, or with none."""
        given = {"Accept": "application/json", **self.headers}
        if body is not None:
            given["Content-Type"] = "application/json"
        try:
            async with self._opened().request(
                method,
                self.base + path,
                params=params,
                data=None if body is None else orjson.dumps(body),
                headers={**given, **(headers or {})},
                allow_redirects=False,  # the token is for this system alone
            ) as answer:
                return await self._read(answer)
        except (TimeoutError, aiohttp.ClientError, OSError) as fault:
            raise DeskError(type(fault).__name__) from fault

    async def close(self) -> None:
        """Close connections."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self.timeout.total_seconds()),
                cookie_jar=aiohttp.DummyCookieJar(),
                middlewares=(_once,),
            )
        return self._session

    async def _read(self, answer: aiohttp.ClientResponse) -> Reply:
        status = answer.status
        if 200 <= status < 300 or status in _SAID_NO:
            return Reply(status=status, body=await _json(answer))
        if status in (401, 403) or 300 <= status < 400:
            raise DeskError(f"desk answered {status}", misconfigured=True)
        asked = retry_after(answer.headers.get("Retry-After"), answer.headers.get("Date"))
        wait = None if asked is None else min(_LONGEST_WAIT, asked)
        raise DeskError(f"desk answered {status}", retry_after=wait)


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Send what changes something once: aiohttp itself repeats a PUT whose connection broke.

    Such a one may have been done, notes and all; whoever ordered it looks before trying again.
    """
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as fault:
        if request.method == "GET":
            raise
        raise DeskError(type(fault).__name__) from fault


def unsettled(reply: Reply) -> NoReturn:
    """An answer that makes no sense here: tried again, since systems recover."""
    raise DeskError(f"desk answered {reply.status}")


def refused(reply: Reply, final: Collection[int] = (409, 422)) -> Declined:
    """Why a system refuses: the ticket is gone, or a status that no other try would change.

    DeskError for any other.
    """
    if reply.status in NOT_THERE:
        return Declined(reason=GONE)
    if reply.status not in final:
        unsettled(reply)
    return reply.declined()


def bearer_or_basic(token: str | None) -> dict[str, str]:
    """The header of a token: `USER:SECRET` goes as Basic, any other as Bearer."""
    if token is None:
        return {}
    if ":" in token:
        return {"Authorization": "Basic " + base64.b64encode(token.encode()).decode()}
    return {"Authorization": f"Bearer {token}"}


def segment(id_: str) -> str:
    """An id as one step of a path."""
    return quote(id_, safe="")


async def _json(answer: aiohttp.ClientResponse) -> Any:
    body = b""
    while piece := await answer.content.read(_LARGEST_ANSWER):
        body += piece
        if len(body) > _LARGEST_ANSWER:
            raise DeskError("desk answered with too much")
    try:
        return orjson.loads(body) if body.strip() else None
    except orjson.JSONDecodeError:
        if 200 <= answer.status < 300:
            # A page of a proxy, or of a login: whoever reads it must not take it for a ticket.
            raise DeskError("desk answered with no JSON", misconfigured=True) from None
        return None
