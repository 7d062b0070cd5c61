"""A small Freshdesk, after its published API documentation.

developers.freshdesk.com/api, version 2: Authentication (the API key as user, any password),
Tickets (view, with `include`, list, create, update; the codes of states), Archived Tickets,
Conversations (list, create a note), Agents (currently authenticated), Errors. What it answers
holds only the fields that a client needs.
"""

import base64
from typing import Any

from aiohttp import web

from tests.fakes.desks import CLOSED, FOR_GOOD, OPEN, FakeDesk, Note, Ticket, document

KEY = "fk-1"
TRASHED = "trashed"
_API = "/api/v2"
_CODES = {OPEN: 2, CLOSED: 4, TRASHED: 2}
_FOLLOWS = "follow-up-"
_BASIC = "Basic " + base64.b64encode(f"{KEY}:X".encode()).decode()


class FakeFreshdesk(FakeDesk):
    """Tickets with private notes; one closed for good is in the archive."""

    def authorized(self, request: web.Request) -> bool:
        return request.headers.get("Authorization") == _BASIC

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"{_API}/tickets", self.list),
            web.post(f"{_API}/tickets", self.create),
            web.get(f"{_API}/tickets/archived/{{id}}", self.archived),
            web.get(f"{_API}/tickets/{{id}}", self.show),
            web.put(f"{_API}/tickets/{{id}}", self.update),
            web.get(f"{_API}/tickets/{{id}}/conversations", self.conversations),
            web.post(f"{_API}/tickets/{{id}}/notes", self.note),
            web.get(f"{_API}/agents/me", self.me),
        ]

    def _live(self, request: web.Request) -> Ticket | None:
        ticket = self.tickets.get(request.match_info["id"])
        return None if ticket is None or ticket.state == FOR_GOOD else ticket

    async def show(self, request: web.Request) -> web.Response:
        ticket = self._live(request)
        if ticket is None:
            return web.Response(status=404)
        told = _shown(ticket)
        include = request.query.get("include", "").split(",")
        if "requester" in include:
            person = self.customers[ticket.customer or ""]
            told["requester"] = {
                "id": int(person.id),
                "name": person.name,
                "email": person.email,
                "mobile": person.phone,
                "phone": None,
            }
        if "stats" in include:
            told["stats"] = {
                "resolved_at": "2026-11-20T03:00:00Z",
                "closed_at": "2026-11-20T03:30:00Z",
                "reopened_at": None,
            }
        return web.json_response(told)

    async def archived(self, request: web.Request) -> web.Response:
        ticket = self.tickets.get(request.match_info["id"])
        if ticket is None or ticket.state != FOR_GOOD:
            return web.Response(status=404)
        return web.json_response({**_shown(ticket), "archived": True})

    async def update(self, request: web.Request) -> web.Response:
        ticket = self._live(request)
        if ticket is None:
            return web.Response(status=404)
        if ticket.state == TRASHED:
            return web.Response(status=405)
        status = (await document(request))["status"]
        ticket.reopens += status == 2 and ticket.state != OPEN
        ticket.state = OPEN if status == 2 else CLOSED
        return web.json_response(_shown(ticket))

    async def conversations(self, request: web.Request) -> web.Response:
        ticket = self._live(request)
        if ticket is None:
            return web.Response(status=404)
        page, size = int(request.query["page"]), int(request.query["per_page"])
        found = [
            {"body": note.text, "body_text": note.text, "private": note.internal}
            for note in ticket.notes
        ]
        return web.json_response(found[(page - 1) * size : page * size])

    async def note(self, request: web.Request) -> web.Response:
        ticket = self._live(request)
        if ticket is None:
            return web.Response(status=404)
        told = await document(request)
        ticket.notes.append(Note(text=told["body"], internal=told["private"]))
        return web.json_response({"id": len(ticket.notes)}, status=201)

    async def list(self, request: web.Request) -> web.Response:
        newest = [item for item in reversed(self.tickets.values()) if item.state != FOR_GOOD]
        return web.json_response(
            [_shown(item) for item in newest[: int(request.query["per_page"])]]
        )

    async def create(self, request: web.Request) -> web.Response:
        wanted = await document(request)
        lacking = [
            name
            for name in ("subject", "description", "status", "priority", "requester_id")
            if not wanted.get(name)
        ]
        if lacking or any(len(tag) > 32 for tag in wanted["tags"]):
            told = {"description": "Validation failed", "errors": [{"field": lacking}]}
            return web.json_response(told, status=400)
        marks = [tag for tag in wanted["tags"] if tag.startswith("w_")]
        follows = [tag for tag in wanted["tags"] if tag.startswith(_FOLLOWS)]
        ticket = self.new(
            customer=str(wanted["requester_id"]),
            mark=marks[0],
            link=follows[0].removeprefix(_FOLLOWS),
            text=wanted["description"],
        )
        return web.json_response(_shown(ticket), status=201)

    async def me(self, _request: web.Request) -> web.Response:
        return web.json_response({"id": 7, "contact": {"email": "survey@example.com"}})


def _shown(ticket: Ticket) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": int(ticket.id),
        "subject": "网断了",
        "status": _CODES.get(ticket.state, 5),
        "priority": 3,
        "requester_id": int(ticket.customer or 0),
        "group_id": 11,
        "type": "Incident",
        "created_at": "2026-11-19T03:00:00Z",
        "tags": [ticket.mark, f"{_FOLLOWS}{ticket.link}"] if ticket.mark else [],
    }
    return told | ({"deleted": True} if ticket.state == TRASHED else {})
