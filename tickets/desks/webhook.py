"""A generic desk that is told by signed Standard Webhooks."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import orjson

from kernel.pauses import retry_after
from kernel.webhooks import sign
from scheduler.ports import Clock
from tickets.jobs import desk_event
from tickets.ports import Declined, DeskError, Done, Order

#: Answers by which a desk refuses for good; all others but 2xx are tried again.
_REFUSED = frozenset({404, 409, 410, 422})
_LONGEST_WAIT = timedelta(hours=24)
_LONGEST_ANSWER = 65_536


@dataclass(slots=True, kw_only=True)
class WebhookDesk:
    """Posts `{type, timestamp, data}` to one URL; 2xx accepts, 404, 409, 410 and 422 refuse."""

    url: str
    clock: Clock
    secret: str | None = None
    token: str | None = None
    timeout: timedelta = timedelta(seconds=20)
    _session: aiohttp.ClientSession | None = field(default=None, init=False)

    async def reopen(self, order: Order) -> Done | Declined:
        """Post `ticket.reopen_requested` or `ticket.follow_up_requested`; the id is the key."""
        kind = "ticket.follow_up_requested" if order.follow_up else "ticket.reopen_requested"
        data = {
            "ticket": order.ticket,
            "source": order.source,
            "cycle": order.cycle,
            "score": order.score,
            "rating": order.rating,
            "question": order.question,
            "version": order.version,
            "comment": order.comment,
            "complaint": order.complaint,
            "url": order.url,
        }
        status, body = await self._post(order.key, desk_event(kind, order.at, data))
        if status in _REFUSED:
            return Declined(reason=f"desk answered {status}")
        return Done(ticket=_linked(body))

    async def hear(self, id: str, type_: str, at: datetime, data: Any) -> None:
        """Post an event; a desk that refuses one is not asked again."""
        await self._post(id, desk_event(type_, at, data))

    async def close(self) -> None:
        """Close connections."""
        if self._session is not None:
            await self._session.close()

    async def _post(self, id: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of an answer that settles it; DeskError for all others."""
        headers = {"Content-Type": "application/json"}
        if self.secret:
            headers |= sign(self.secret, id, self.clock.now(), body)
        else:
            headers["webhook-id"] = id
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self.timeout.total_seconds()),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        try:
            async with self._session.post(
                self.url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                if 200 <= answer.status < 300 or answer.status in _REFUSED:
                    return answer.status, await _read(answer.content)
                asked = retry_after(answer.headers.get("Retry-After"), answer.headers.get("Date"))
                wait = None if asked is None else min(_LONGEST_WAIT, asked)
                # A person must look at once, as with other desks; it is tried again all the same.
                shut = answer.status in (401, 403) or 300 <= answer.status < 400
                raise DeskError(
                    f"desk answered {answer.status}", retry_after=wait, misconfigured=shut
                )
        except (TimeoutError, aiohttp.ClientError, OSError) as fault:
            raise DeskError(type(fault).__name__) from fault


async def _read(content: aiohttp.StreamReader) -> bytes:
    """The answer as far as we want to know it; it may come in pieces."""
    found = b""
    while len(found) < _LONGEST_ANSWER and (piece := await content.read(_LONGEST_ANSWER)):
        found += piece
    return found[:_LONGEST_ANSWER]


def _linked(body: bytes) -> str | None:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    ticket = answer.get("ticket") if isinstance(answer, dict) else None
    return str(ticket) if isinstance(ticket, str | int) else None
