"""A TMF621 trouble ticket API in miniature, after TM Forum's published REST specification v4.

GET, POST and PATCH (merge patch, RFC 7396: lists are replaced) of `/troubleTicket`, filters by
attribute as in TMF630; a closed ticket takes no change of state and answers 409. The customer is a
`relatedParty` with the address of the Party Management API (TMF632), where contact media are.
"""

from typing import Any

from aiohttp import web

from tests.fakes.desks import CLOSED, FOR_GOOD, OPEN, FakeDesk, Note, Ticket, document

TOKEN = "tmf-secret"
_STATUS = {OPEN: "inProgress", CLOSED: "resolved", FOR_GOOD: "closed"}


class FakeTmf621(FakeDesk):
    """Takes merge patches, or with `plain` only JSON, as some operators have it."""

    plain = False
    party = "/tmf-api/party/v4/individual/501"
    root = "/tmf-api/troubleTicket/v4"

    def authorized(self, request: web.Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {TOKEN}"

    def name_of(self, number: int) -> str:
        return f"TT-{number}"

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"{self.root}/troubleTicket", self.listed),
            web.post(f"{self.root}/troubleTicket", self.create),
            web.get(self.root + "/troubleTicket/{id}", self.show),
            web.patch(self.root + "/troubleTicket/{id}", self.patch),
            web.get("/tmf-api/party/v4/individual/{id}", self.individual),
        ]

    async def show(self, request: web.Request) -> web.Response:
        return web.json_response(self._shown(self._ticket(request)))

    async def patch(self, request: web.Request) -> web.Response:
        ticket = self._ticket(request)
        if self.plain and request.content_type != "application/json":
            return web.json_response({"code": "unsupported"}, status=415)
        change = await document(request)
        if ticket.state == FOR_GOOD and "status" in change:
            return web.json_response({"code": "conflict"}, status=409)
        if change.get("status") == "inProgress" and ticket.state == CLOSED:
            ticket.state, ticket.reopens = OPEN, ticket.reopens + 1
        if "note" in change:
            ticket.notes = [Note(text=note["text"], internal=True) for note in change["note"]]
        return web.json_response(self._shown(ticket))

    async def listed(self, request: web.Request) -> web.Response:
        wanted = request.query.get("externalId")
        found = [self._shown(item) for item in self.tickets.values() if item.mark == wanted]
        return web.json_response(found)

    async def create(self, request: web.Request) -> web.Response:
        told = await document(request)
        if not all(told.get(name) for name in ("description", "severity", "ticketType")):
            return web.json_response({"code": "missing"}, status=400)
        related = told.get("troubleTicketRelationship") or [{"id": None}]
        ticket = self.new(link=related[0]["id"], mark=self.mark_of(told), text=told["description"])
        return web.json_response(self._shown(ticket), status=201)

    async def individual(self, request: web.Request) -> web.Response:
        party = self.customers.get(request.match_info["id"])
        if party is None:
            return web.json_response({"code": "unknown"}, status=404)
        media = [
            {"mediumType": "landline", "characteristic": {"phoneNumber": "+862112345678"}},
            {"mediumType": "mobile", "characteristic": {"phoneNumber": party.phone}},
            {"mediumType": "email", "characteristic": {"emailAddress": party.email}},
        ]
        return web.json_response({"id": party.id, "fullName": party.name, "contactMedium": media})

    def mark_of(self, told: Any) -> str:
        return str(told["externalId"])

    def _ticket(self, request: web.Request) -> Ticket:
        ticket = self.tickets.get(request.match_info["id"])
        if ticket is None:
            raise web.HTTPNotFound(text='{"code": "unknown"}')
        return ticket

    def _shown(self, ticket: Ticket) -> dict[str, Any]:
        return {
            "id": ticket.id,
            "status": _STATUS[ticket.state],
            "severity": "Major",
            "ticketType": "fault",
            "externalId": ticket.mark,
            "note": [{"text": note.text} for note in ticket.notes],
            "relatedParty": [{"id": ticket.customer, "role": "customer", "href": self.party}],
        }


class FakeTmf621Fifth(FakeTmf621):
    """Version 5: a ticket may have several external identifiers, and filters it ignores."""

    root = "/oss/troubleTicketManagement/v5"

    def mark_of(self, told: Any) -> str:
        assert "externalId" not in told
        return str(told["externalIdentifier"][0]["id"])

    async def listed(self, request: web.Request) -> web.Response:
        found = [
            {"id": item.id, "externalIdentifier": [{"id": item.mark, "owner": "huifang"}]}
            for item in self.tickets.values()
        ]
        return web.json_response(found)
