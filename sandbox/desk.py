"""The ticketing desk: tells the product what becomes of tickets, and hears its webhooks."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from sandbox import cloudevents, signing
from sandbox.config import Config
from sandbox.product import Answer, Product
from sandbox.restapi import drop_connection
from sandbox.world import Delivery, Note, Ticket, World

RETRY_AFTER_S = 1
_NOTE_FACTS = ("score", "rating", "question", "comment", "complaint", "url", "cycle")

Body = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event that the desk told the product, and the answer."""

    event: Mapping[str, object]
    answer: Answer


class Desk:
    """One team's tickets."""

    def __init__(
        self, kept: World, config: Config, product: Product, now: Callable[[], datetime]
    ) -> None:
        self._world = kept
        self._config = config
        self._product = product
        self._now = now
        self._follow_ups: dict[str, str] = {}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Put the webhook where the product is told to post."""
        router.add_post("/desk/webhook", self._webhook)

    async def close(
        self, ticket: Ticket, *, reason: str = "resolved", closed_at: datetime | None = None
    ) -> Told:
        """Close an open ticket and tell the product."""
        ticket.status = "closed"
        ticket.cycle += 1
        ticket.closed_at = closed_at or self._now()
        ticket.close_reason = reason
        self._note(ticket, "closed", reason)
        event = cloudevents.closed(ticket, self._config.source, ticket.closed_at)
        return await self._tell(ticket, event)

    async def reopen(self, ticket: Ticket) -> Told:
        """Open a ticket again by an agent's hand and tell the product."""
        self._open_again(ticket)
        self._note(ticket, "reopened_by_hand", "")
        event = cloudevents.reopened(ticket, self._config.source, self._now())
        return await self._tell(ticket, event)

    async def repeat(self, ticket: Ticket) -> Told | None:
        """Tell the ticket's latest event once more, with the same id; None if there was none."""
        if ticket.last_event is None:
            return None
        return await self._tell(ticket, ticket.last_event)

    async def _tell(self, ticket: Ticket, event: Mapping[str, object]) -> Told:
        ticket.last_event = event
        answer = await self._product.post_event(event, self._now())
        if not answer.ok:
            what = answer.error or f"HTTP {answer.status}"
            self._note(ticket, "not_taken", f"{event['type']}: {what}")
        return Told(event=event, answer=answer)

    async def _webhook(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        if reason := self._disbelief(request, raw):
            self._hear(request, {}, 401)
            return _refused(401, reason)
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        if not isinstance(body, dict) or not isinstance(body.get("type"), str):
            self._hear(request, {}, 400)
            return _refused(400, "the body is no JSON object with a type")
        faults = self._world.faults
        if latency := faults.take("desk", "latency"):
            await asyncio.sleep(latency.value / 1000)
        if faults.take("desk", "drop_before_accept"):
            return drop_connection(request)
        if status := faults.take("desk", "status"):
            self._hear(request, body, status.value)
            return _refused(status.value, "as ordered")
        response = self._carry_out(request, body)
        if faults.take("desk", "drop_after_accept"):
            return drop_connection(request)
        return response

    def _disbelief(self, request: web.Request, raw: bytes) -> str | None:
        if self._config.desk_secret is None:
            return "the desk has no secret to check with"
        return signing.webhook_fault(self._config.desk_secret, request.headers, raw, self._now())

    def _carry_out(self, request: web.Request, body: Body) -> web.Response:
        webhook_id = request.headers["webhook-id"]
        done = next((d for d in self._world.heard(webhook_id) if d.status < 300), None)
        if done is not None:
            self._hear(request, body, done.status)
            return self._again(webhook_id, body, done.status)
        response = self._act(webhook_id, body)
        self._hear(request, body, response.status)
        return response

    def _again(self, webhook_id: str, body: Body, status: int) -> web.Response:
        """The answer to what was done before: the same, as a desk with a memory gives it."""
        if status == 204:
            return web.Response(status=204)
        if webhook_id in self._follow_ups:
            return _opened(self._follow_ups[webhook_id], body)
        return _accepted(body)

    def _act(self, webhook_id: str, body: Body) -> web.Response:
        if body["type"] not in ("ticket.reopen_requested", "ticket.follow_up_requested"):
            return web.Response(status=204)
        data = _data(body)
        ticket = self._world.tickets.get(str(data.get("ticket", "")))
        if ticket is None:
            return _refused(404, "no such ticket")
        if body["type"] == "ticket.follow_up_requested":
            self._follow_ups[webhook_id] = self._follow_up(ticket, data)
            return _opened(self._follow_ups[webhook_id], body)
        if ticket.status == "archived":
            return _refused(409, "an archived ticket cannot be opened again")
        self._reopen_as_asked(ticket, data)
        return _accepted(body)

    def _reopen_as_asked(self, ticket: Ticket, data: Body) -> None:
        was_closed = ticket.status == "closed"
        self._open_again(ticket)
        self._note(ticket, "reopen_requested", "", data)
        if was_closed and self._world.echo_reopen:
            event = cloudevents.reopened(ticket, self._config.source, self._now())
            self._product.later(self._echo(ticket, event))

    async def _echo(self, ticket: Ticket, event: Mapping[str, object]) -> None:
        await self._tell(ticket, event)

    def _follow_up(self, ticket: Ticket, data: Body) -> str:
        follow_up = Ticket(
            id=self._world.next_ticket_id(),
            title=ticket.title,
            customer=ticket.customer,
            fields=ticket.fields,
            agent=ticket.agent,
            opened_at=self._now(),
            linked_to=ticket.id,
        )
        self._world.add_ticket(follow_up)
        self._note(follow_up, "follow_up_requested", "", data)
        self._note(ticket, "followed_up_by", follow_up.id)
        return follow_up.id

    def _open_again(self, ticket: Ticket) -> None:
        if ticket.status == "closed":
            ticket.status = "open"
            ticket.closed_at = None
            ticket.reopens += 1

    def _note(self, ticket: Ticket, kind: str, text: str, data: Body | None = None) -> None:
        facts = {name: data[name] for name in _NOTE_FACTS if name in data} if data else {}
        self._world.add_note(ticket, Note(at=self._now(), kind=kind, text=text, facts=facts))

    def _hear(self, request: web.Request, body: Body, status: int) -> None:
        webhook_id = request.headers.get("webhook-id", "")
        data = _data(body)
        ticket = data.get("ticket")
        if isinstance(ticket, dict):
            ticket = ticket.get("id")
        self._world.deliveries.append(
            Delivery(
                at=self._now(),
                webhook_id=webhook_id,
                type=str(body.get("type", "")),
                ticket=str(ticket) if ticket else None,
                hearing=len(self._world.heard(webhook_id)) + 1,
                status=status,
                body=body,
            )
        )
        self._world.changed("delivery")


def _data(body: Body) -> Body:
    data = body.get("data")
    return data if isinstance(data, dict) else {}


def _accepted(body: Body) -> web.Response:
    return web.json_response({"ticket": _data(body).get("ticket"), "status": "accepted"})


def _opened(follow_up: str, body: Body) -> web.Response:
    linked_to = _data(body).get("ticket")
    return web.json_response({"ticket": follow_up, "linked_to": linked_to}, status=201)


def _refused(status: int, reason: str) -> web.Response:
    headers = {"Retry-After": str(RETRY_AFTER_S)} if status in (429, 503) else {}
    return web.json_response({"error": reason}, status=status, headers=headers)
