"""A small Zammad, after its published API documentation.

docs.zammad.org, "REST API": Tickets (show, create, update, search), Ticket Articles, Linking
Tickets, Ticket States, Users, and "HTTP Token Authentication"; repository
zammad/zammad-documentation, `api/`. What it answers holds only the fields that a client needs.
"""

from typing import Any

from aiohttp import web

from tests.fakes.desks import CLOSED, MERGED, OPEN, FakeDesk, Note, Ticket, document

TOKEN = "zt-1"
_API = "/api/v1"
_NAMES = {OPEN: "open", CLOSED: "closed", MERGED: "merged"}


class FakeZammad(FakeDesk):
    """Tickets with articles and links; `own` is a state that the administrator added, by type."""

    own: tuple[str, str] | None = None

    def authorized(self, request: web.Request) -> bool:
        return request.headers.get("Authorization") == f"Token token={TOKEN}"

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"{_API}/tickets/search", self.search),
            web.get(f"{_API}/tickets/{{id}}", self.show),
            web.put(f"{_API}/tickets/{{id}}", self.update),
            web.post(f"{_API}/tickets", self.create),
            web.get(f"{_API}/ticket_articles/by_ticket/{{id}}", self.articles),
            web.get(f"{_API}/ticket_states", self.states),
            web.get(f"{_API}/links", self.links),
            web.get(f"{_API}/users/me", self.me),
            web.get(f"{_API}/users/{{id}}", self.user),
        ]

    async def show(self, request: web.Request) -> web.Response:
        ticket = self.tickets.get(request.match_info["id"])
        return _missing() if ticket is None else web.json_response(self._shown(ticket, request))

    async def update(self, request: web.Request) -> web.Response:
        ticket = self.tickets.get(request.match_info["id"])
        if ticket is None:
            return _missing()
        change = await document(request)
        if (state := change.get("state")) is not None:
            ticket.reopens += state == "open" and ticket.state != OPEN
            ticket.state = OPEN if state == "open" else CLOSED
        self._write(ticket, change.get("article"))
        return web.json_response(self._shown(ticket, request))

    async def create(self, request: web.Request) -> web.Response:
        wanted = await document(request)
        if not all(wanted.get(field) for field in ("title", "group", "customer_id", "article")):
            return web.json_response({"error": "a required field is missing"}, status=422)
        linked = wanted.get("links", {}).get("Ticket", {}).get("normal", [])
        ticket = self.new(
            customer=str(wanted["customer_id"]),
            link=str(linked[0]) if linked else None,
            text=wanted["article"]["body"],
        )
        self._write(ticket, wanted["article"])
        return web.json_response(self._shown(ticket, request), status=201)

    async def articles(self, request: web.Request) -> web.Response:
        ticket = self.tickets.get(request.match_info["id"])
        if ticket is None:
            return _missing()
        found = [{"body": note.text, "internal": note.internal} for note in ticket.notes]
        return web.json_response([{"body": "网断了", "internal": False}, *found])

    async def states(self, _request: web.Request) -> web.Response:
        own = [self.own] if self.own else []
        states = [("new", "new"), ("open", "open"), ("closed", "closed"), *own]
        return web.json_response([{"name": name, "state_type": type_} for name, type_ in states])

    async def links(self, request: web.Request) -> web.Response:
        about = request.query["link_object_value"]
        linked = [
            {"link_type": "normal", "link_object": "Ticket", "link_object_value": int(item.id)}
            for item in self.tickets.values()
            if item.link == about
        ]
        return web.json_response({"links": linked, "assets": {}})

    async def search(self, request: web.Request) -> web.Response:
        words = request.query["query"]
        found = [int(item.id) for item in self.tickets.values() if words in item.text]
        return web.json_response({"tickets": found, "tickets_count": len(found), "assets": {}})

    async def me(self, _request: web.Request) -> web.Response:
        return web.json_response({"id": 7, "login": "survey@example.com"})

    async def user(self, request: web.Request) -> web.Response:
        customer = self.customers.get(request.match_info["id"])
        if customer is None:
            return _missing()
        first, _, last = customer.name.partition(" ")
        return web.json_response(
            {
                "id": int(customer.id),
                "firstname": first,
                "lastname": last,
                "email": customer.email,
                "phone": "",
                "mobile": customer.phone,
                "vip": False,
            }
        )

    def _shown(self, ticket: Ticket, request: web.Request) -> dict[str, Any]:
        told: dict[str, Any] = {
            "id": int(ticket.id),
            "number": f"20{ticket.id}",
            "title": "网断了",
            "customer_id": int(ticket.customer or 1),
            "group_id": 2,
            "state_id": 4,
        }
        if request.query.get("expand") == "true":
            told |= {"state": _NAMES.get(ticket.state, ticket.state), "group": "NOC-2"}
        return told

    def _write(self, ticket: Ticket, article: dict[str, Any] | None) -> None:
        if article is not None:
            assert article["type"] == "note"
            ticket.notes.append(Note(text=article["body"], internal=article["internal"]))


def _missing() -> web.Response:
    return web.json_response({"error": "Couldn't find Ticket"}, status=404)
