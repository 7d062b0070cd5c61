"""Speaks Zammad's REST API, as its published documentation has it."""

from collections.abc import Mapping
from typing import Any

from tickets.adapters import zammad
from tickets.desks.native import GONE, MERGED, Seen
from tickets.desks.rest import Line, Rest, refused, segment
from tickets.documents import items
from tickets.notes import Letter
from tickets.ports import Declined, DeskError, Done, Facts

#: Types of states in which nobody works or waits: an account's own states are each of some type.
_DONE = frozenset({"closed", "merged", "removed"})
_MOST_LINKED = 20
_GROUP = "Users"  # the group that every installation begins with


class Zammad:
    """`url` is the installation's, `token` an access token with `ticket.agent`.

    Paths and bodies are those of docs.zammad.org, API: tickets, articles, links, users. A note and
    the state go in one request, as do a ticket and its link. `?group=NAME` in the URL names where
    a follow-up goes whose first ticket is gone.
    """

    def __init__(self, line: Line) -> None:
        self._group = line.options.get("group", _GROUP)
        self._rest = Rest(
            base=f"{line.url}/api/v1",
            headers={"Authorization": f"Token token={line.token or ''}"},
            timeout=line.timeout,
        )

    async def look(self, ticket: str) -> Seen:
        """How a ticket stands; a state of the account's own is looked up by its type."""
        body = await self._ticket(ticket)
        if body is None:
            return Seen(refusal=GONE)
        state = await self._type(str(body.get("state", "")).lower())
        refusal = {"merged": MERGED, "removed": GONE}.get(state)
        return Seen(open=state not in _DONE, refusal=refusal, body=body)

    async def noted(self, ticket: str, mark: str) -> bool:
        """Whether an article with the mark stands on the ticket."""
        articles = await self._rest.get(f"/ticket_articles/by_ticket/{segment(ticket)}")
        return any(mark in str(each.get("body")) for each in items(articles))

    async def reopen(self, ticket: str, seen: Seen, said: Letter) -> Done | Declined:
        """Set the state and leave an internal note, in one request."""
        change: dict[str, Any] = {"article": _article(said)}
        if not seen.open:
            change["state"] = "open"
        reply = await self._rest.send("PUT", f"/tickets/{segment(ticket)}", change)
        return Done() if reply.fine else refused(reply)

    async def follow_up_of(self, ticket: str, mark: str) -> str | None:
        """Looked for among the linked tickets, then by searching: of a ticket gone none is left."""
        params = {"link_object": "Ticket", "link_object_value": ticket}
        links = await self._rest.get("/links", params)
        linked = items(links, "links")
        for each in linked[-_MOST_LINKED:]:
            other = str(each.get("link_object_value"))
            if each.get("link_object") == "Ticket" and await self.noted(other, mark):
                return other
        found = await self._rest.get("/tickets/search", {"query": mark, "limit": "5"})
        ids = found.get("tickets") if isinstance(found, dict) else None
        for id_ in ids if isinstance(ids, list) else []:
            if str(id_) != ticket and await self.noted(str(id_), mark):
                return str(id_)
        return None

    async def follow_up(self, ticket: str, seen: Seen, said: Letter) -> Done | Declined:
        """Open a linked ticket for the same customer and group; where both are gone, for us."""
        known = seen.body if isinstance(seen.body, dict) else {}
        wanted: dict[str, Any] = {
            "title": said.subject,
            "group": known.get("group") or self._group,
            "article": _article(said),
        }
        if known:
            wanted["customer_id"] = known.get("customer_id")
            wanted["links"] = {"Ticket": {"normal": [known.get("id")]}}
        else:
            wanted["customer_id"] = said.customer or (await self._me()).get("id")
        reply = await self._rest.send("POST", "/tickets", wanted)
        if not reply.fine:
            return refused(reply)
        made = reply.body.get("id") if isinstance(reply.body, dict) else None
        return Done(ticket=None if made is None else str(made))

    async def fetch(self, ticket: str, customer: str | None) -> Facts | Declined:
        """The customer's record; found by the ticket where the event did not name him."""
        known: Mapping[str, Any] = {}
        if customer is None:
            known = await self._ticket(ticket) or {}
            customer = str(known.get("customer_id") or "")
        person = await self._rest.get(f"/users/{segment(customer)}") if customer else None
        if not isinstance(person, dict):
            return Declined(reason=GONE)
        told = {"team": known.get("group"), "priority": known.get("priority")}
        whose = {**zammad.customer_of(person), "id": str(person.get("id"))}
        return Facts(ticket=told, customer=whose)

    async def close(self) -> None:
        """Close connections."""
        await self._rest.close()

    async def _ticket(self, ticket: str) -> dict[str, Any] | None:
        body = await self._rest.get(f"/tickets/{segment(ticket)}", {"expand": "true"})
        if body is None or isinstance(body, dict):
            return body
        raise DeskError("desk answered with no ticket")

    async def _type(self, state: str) -> str:
        if state in zammad.OPEN_AGAIN or state in _DONE:
            return state
        states = await self._rest.get("/ticket_states", {"expand": "true"})
        types = {str(each.get("name")).lower(): each.get("state_type") for each in items(states)}
        return str(types.get(state))

    async def _me(self) -> dict[str, Any]:
        body = await self._rest.get("/users/me")
        return body if isinstance(body, dict) else {}


def _article(said: Letter) -> dict[str, Any]:
    return {
        "subject": said.subject,
        "body": said.body,
        "content_type": "text/plain",
        "type": "note",
        "internal": True,
    }
