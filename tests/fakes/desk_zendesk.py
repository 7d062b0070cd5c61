"""A Zendesk account in miniature, after the Ticketing API reference at developer.zendesk.com.

From the pages "Tickets", "Ticket comments", "Users" and "Creating and updating tickets": solved
tickets can be opened, closed ones answer 422; deleted ones 404; `safe_update` with a stale
`updated_stamp` is a 409; `via_followup_source_id` links to a closed ticket; tickets are listed by
`external_id`; Basic authorization is `EMAIL/token:KEY`.
"""

import base64
from typing import Any

from aiohttp import web

from tests.fakes.desks import CLOSED, FOR_GOOD, MERGED, OPEN, FakeDesk, Note, Ticket, document

TOKEN = "robot@example.com/token:zd-secret"
_STATUS = {OPEN: "open", CLOSED: "solved", FOR_GOOD: "closed", MERGED: "closed"}


class FakeZendesk(FakeDesk):
    """Tickets have numbers; each update moves `updated_at` on."""

    def __init__(self) -> None:
        super().__init__()
        self.updates: dict[str, int] = {}

    def authorized(self, request: web.Request) -> bool:
        basic = base64.b64encode(TOKEN.encode()).decode()
        return request.headers.get("Authorization") == f"Basic {basic}"

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v2/tickets.json", self.listed),
            web.post("/api/v2/tickets.json", self.create),
            web.get("/api/v2/tickets/{id}.json", self.show),
            web.put("/api/v2/tickets/{id}.json", self.update),
            web.get("/api/v2/tickets/{id}/comments.json", self.comments),
            web.get("/api/v2/users/{id}.json", self.user),
        ]

    async def show(self, request: web.Request) -> web.Response:
        ticket = self._ticket(request)
        users = [self._user(ticket.customer), {"id": 77, "name": "Ana", "email": "ana@example.com"}]
        beside = {"users": users, "groups": [{"id": 12, "name": "Broadband"}]}
        with_ = beside if "include" in request.query else {}
        return web.json_response({"ticket": self._shown(ticket), **with_})

    async def update(self, request: web.Request) -> web.Response:
        ticket = self._ticket(request)
        change = (await document(request))["ticket"]
        if _STATUS[ticket.state] == "closed":
            return web.json_response({"error": "RecordInvalid"}, status=422)
        if change.get("safe_update") and change["updated_stamp"] != self._stamp(ticket):
            return web.json_response({"error": "UpdateConflict"}, status=409)
        if change.get("status") == "open" and ticket.state == CLOSED:
            ticket.state, ticket.reopens = OPEN, ticket.reopens + 1
        if comment := change.get("comment"):
            ticket.notes.append(Note(text=comment["body"], internal=not comment["public"]))
        self.updates[ticket.id] = self.updates.get(ticket.id, 0) + 1
        return web.json_response({"ticket": self._shown(ticket)})

    async def comments(self, request: web.Request) -> web.Response:
        notes = self._ticket(request).notes
        newest = [{"body": note.text, "public": not note.internal} for note in reversed(notes)]
        return web.json_response({"comments": newest})

    async def listed(self, request: web.Request) -> web.Response:
        wanted = request.query.get("external_id")
        found = [self._shown(item) for item in self.tickets.values() if item.mark == wanted]
        return web.json_response({"tickets": found, "count": len(found)})

    async def create(self, request: web.Request) -> web.Response:
        told = (await document(request))["ticket"]
        source = told.get("via_followup_source_id")
        if source is not None and _STATUS[self.tickets[str(source)].state] != "closed":
            source = None  # has no effect with other tickets
        comment = told["comment"]
        ticket = self.new(
            link=None if source is None else str(source),
            mark=told["external_id"],
            text=comment["body"],
            customer=told.get("requester_id"),
            notes=[Note(text=comment["body"], internal=not comment["public"])],
        )
        return web.json_response({"ticket": self._shown(ticket)}, status=201)

    async def user(self, request: web.Request) -> web.Response:
        if request.match_info["id"] not in self.customers:
            return _missing()
        return web.json_response({"user": self._user(request.match_info["id"])})

    def _ticket(self, request: web.Request) -> Ticket:
        ticket = self.tickets.get(request.match_info["id"])
        if ticket is None:
            raise web.HTTPNotFound(text='{"error": "RecordNotFound"}')
        return ticket

    def _shown(self, ticket: Ticket) -> dict[str, Any]:
        return {
            "id": int(ticket.id),
            "status": _STATUS[ticket.state],
            "tags": ["fibre", "closed_by_merge"] if ticket.state == MERGED else ["fibre"],
            "requester_id": ticket.customer,
            "assignee_id": 77,
            "group_id": 12,
            "external_id": ticket.mark,
            "updated_at": self._stamp(ticket),
        }

    def _stamp(self, ticket: Ticket) -> str:
        return f"2026-11-20T04:00:{self.updates.get(ticket.id, 0):02d}Z"

    def _user(self, id_: str | None) -> dict[str, Any]:
        user = self.customers[id_ or ""]
        return {
            "id": int(user.id),
            "name": user.name,
            "phone": user.phone,
            "email": user.email,
            "locale": "zh-CN",
            "iana_time_zone": "Asia/Shanghai",
        }


def _missing() -> web.Response:
    return web.json_response({"error": "RecordNotFound"}, status=404)
