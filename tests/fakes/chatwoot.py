"""A small Chatwoot, after the published OpenAPI description of its application API.

developers.chatwoot.com, and repository chatwoot/chatwoot, `swagger/paths/application/`:
conversations (show, create, toggle_status), messages (index, create), contacts (show,
conversations); `api_access_token` at the door. What it answers holds only the fields that a
client needs.
"""

from typing import Any

from aiohttp import web

from tests.fakes.desks import CLOSED, OPEN, Customer, FakeDesk, Note, Ticket, document

TOKEN = "ct-1"
_API = "/api/v1/accounts/3"
_NAMES = {OPEN: "open", CLOSED: "resolved"}
_PAGE = 20


class FakeChatwoot(FakeDesk):
    """Conversations with messages, of contacts in the inboxes they wrote to."""

    def authorized(self, request: web.Request) -> bool:
        return request.headers.get("api_access_token") == TOKEN

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(f"{_API}/conversations", self.create),
            web.get(f"{_API}/conversations/{{id}}", self.show),
            web.post(f"{_API}/conversations/{{id}}/toggle_status", self.toggle),
            web.get(f"{_API}/conversations/{{id}}/messages", self.messages),
            web.post(f"{_API}/conversations/{{id}}/messages", self.write),
            web.get(f"{_API}/contacts/{{id}}", self.contact),
            web.get(f"{_API}/contacts/{{id}}/conversations", self.conversations),
        ]

    async def show(self, request: web.Request) -> web.Response:
        ticket = self.tickets.get(request.match_info["id"])
        return _missing() if ticket is None else web.json_response(self._shown(ticket))

    async def toggle(self, request: web.Request) -> web.Response:
        ticket = self.tickets.get(request.match_info["id"])
        if ticket is None:
            return _missing()
        status = (await document(request))["status"]
        ticket.reopens += status == "open" and ticket.state != OPEN
        ticket.state = OPEN if status == "open" else CLOSED
        payload = {"success": True, "current_status": status, "conversation_id": int(ticket.id)}
        return web.json_response({"meta": {}, "payload": payload})

    async def messages(self, request: web.Request) -> web.Response:
        ticket = self.tickets.get(request.match_info["id"])
        if ticket is None:
            return _missing()
        before = int(request.query.get("before", 10_000))
        found = [
            {"id": number, "content": note.text, "private": note.internal}
            for number, note in enumerate(ticket.notes, start=1)
            if number < before
        ]
        return web.json_response({"meta": {}, "payload": found[-_PAGE:]})

    async def write(self, request: web.Request) -> web.Response:
        ticket = self.tickets.get(request.match_info["id"])
        if ticket is None:
            return _missing()
        told = await document(request)
        assert told["message_type"] == "outgoing"
        ticket.notes.append(Note(text=told["content"], internal=told["private"]))
        ticket.text = ticket.text or (told["content"] if ticket.mark else "")
        return web.json_response({"id": len(ticket.notes), "content": told["content"]})

    async def create(self, request: web.Request) -> web.Response:
        wanted = await document(request)
        if wanted.get("inbox_id") != 5 or str(wanted.get("contact_id")) not in self.customers:
            return web.json_response({"error": "Resource could not be found"}, status=404)
        assert "message" not in wanted, "the customer would read it"
        own = wanted["custom_attributes"]
        ticket = self.new(
            customer=str(wanted["contact_id"]),
            mark=own["huifang_follow_up"],
            link=own["huifang_first"],
        )
        return web.json_response(self._shown(ticket))

    async def contact(self, request: web.Request) -> web.Response:
        customer = self.customers.get(request.match_info["id"])
        if customer is None:
            return _missing()
        inboxes = [{"source_id": "s-1", "inbox": {"id": 5, "name": "Website"}}]
        return web.json_response({"payload": {**_person(customer), "contact_inboxes": inboxes}})

    async def conversations(self, request: web.Request) -> web.Response:
        whose = request.match_info["id"]
        found = [self._shown(item) for item in self.tickets.values() if item.customer == whose]
        return web.json_response({"payload": found})

    def _shown(self, ticket: Ticket) -> dict[str, Any]:
        own = {"huifang_follow_up": ticket.mark, "huifang_first": ticket.link}
        return {
            "id": int(ticket.id),
            "status": _NAMES.get(ticket.state, ticket.state),
            "inbox_id": 5,
            "custom_attributes": own if ticket.mark else {},
            "meta": {"sender": _person(self.customers[ticket.customer or ""])},
        }


def _person(customer: Customer) -> dict[str, Any]:
    return {
        "id": int(customer.id),
        "name": customer.name,
        "email": customer.email,
        "phone_number": customer.phone,
    }


def _missing() -> web.Response:
    return web.json_response({"error": "Resource could not be found"}, status=404)
