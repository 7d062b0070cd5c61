"""Reopens trouble tickets over an operator's TMF621 API, version 4 or 5."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from tickets.adapters.tmf621 import CLOSED, DONE, OURS, facts, party, reachable, state
from tickets.desks.native import FOR_GOOD, GONE, Seen
from tickets.desks.rest import Line, Rest, bearer_or_basic, segment
from tickets.documents import items
from tickets.notes import Letter
from tickets.ports import Declined, DeskError, Done, Facts

_USUAL = "/tmf-api/troubleTicket/v4"
_ENDED = frozenset({"cancelled", "canceled", "rejected"})
_MERGE = {"Content-Type": "application/merge-patch+json"}  # TMF630, part 1; RFC 7396


class Tmf621:
    """One API; without a path its URL is that of the usual version 4.

    TMF621 has no private notes: whoever may read a ticket's notes reads ours.
    """

    def __init__(self, line: Line) -> None:
        parts = urlsplit(line.url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._tickets = f"{parts.path or _USUAL}/troubleTicket"
        self._fifth = "/v5" in parts.path
        self._rest = Rest(
            base=self._origin, headers=bearer_or_basic(line.token), timeout=line.timeout
        )

    async def look(self, ticket: str) -> Seen:
        """A resolved ticket can be worked on again; of a closed one the system is asked."""
        body = await self._rest.get(self._path(ticket))
        if body is None:
            return Seen(refusal=GONE)
        now = state(body.get("status")) if isinstance(body, dict) else ""
        if not now:
            raise DeskError("desk answered with no ticket")
        refusal = FOR_GOOD if now in _ENDED else None
        return Seen(open=now not in DONE | _ENDED, refusal=refusal, body=body)

    async def noted(self, ticket: str, mark: str) -> bool:
        """Whether one of the notes has the mark."""
        body = await self._rest.get(self._path(ticket))
        return any(mark in str(note.get("text")) for note in items(body, "note"))

    async def reopen(self, ticket: str, seen: Seen, said: Letter) -> Done | Declined:
        """Status, reason and note in one patch; a merge patch replaces lists, so all notes go."""
        # Read again at the last moment: what others noted since must not be lost.
        body = await self._rest.get(self._path(ticket))
        change: dict[str, Any] = {"note": [*items(body, "note"), _note(said)]}
        if not seen.open:
            capital = str(seen.body.get("status") or "")[:1].isupper()
            change["status"] = "InProgress" if capital else "inProgress"
            change["statusChangeReason"] = OURS + said.mark
        path = self._path(ticket)
        reply = await self._rest.send("PATCH", path, change, headers=_MERGE)
        if reply.status == 415:
            reply = await self._rest.send("PATCH", path, change)
        if reply.fine:
            return Done()
        # A closed ticket is refused in as many ways as there are systems.
        over = state(seen.body.get("status")) == CLOSED
        return Declined(reason=FOR_GOOD) if over else reply.declined()

    async def follow_up_of(self, ticket: str, mark: str) -> str | None:
        """The ticket whose external id is the mark; systems that cannot filter show all."""
        name = "externalIdentifier.id" if self._fifth else "externalId"
        told = await self._rest.get(self._tickets, {name: mark})
        for item in items(told):
            known = items(item, "externalIdentifier")
            if item.get("externalId") == mark or any(each.get("id") == mark for each in known):
                return str(item.get("id"))
        return None

    async def follow_up(self, ticket: str, seen: Seen, said: Letter) -> Done | Declined:
        """A new ticket for the same parties and services, related to the first."""
        before: Mapping[str, Any] = seen.body or {}
        new: dict[str, Any] = {
            "name": said.subject,
            "description": said.body,
            "severity": before.get("severity") or "Major",
            "ticketType": before.get("ticketType") or "complaint",
            **self._named(said.mark),
        }
        new |= {name: before[name] for name in _KEPT if before.get(name)}
        if said.customer is not None:
            whose = {"id": said.customer, "role": "customer", "@referredType": "Customer"}
            new["relatedParty"] = [whose]
        if seen.body is not None:
            new["troubleTicketRelationship"] = [{"id": ticket, "relationshipType": "followUpOf"}]
        reply = await self._rest.send("POST", self._tickets, new)
        if not reply.fine:
            return reply.declined()
        opened = reply.body.get("id") if isinstance(reply.body, dict) else None
        return Done(ticket=None if opened is None else str(opened))

    async def fetch(self, ticket: str, customer: str | None) -> Facts | Declined:
        """The ticket, and its customer by the address that the ticket gives for the Party API."""
        body = await self._rest.get(self._path(ticket))
        if not isinstance(body, dict):
            return Declined(reason=GONE)
        who = party(body)
        href = who.get("href")
        known: Any = None
        if not reachable(who) and isinstance(href, str) and (path := self._near(href)):
            known = await self._rest.get(path)
        return facts(body, known if isinstance(known, dict) else {})

    async def close(self) -> None:
        """Close connections."""
        await self._rest.close()

    def _path(self, ticket: str) -> str:
        return f"{self._tickets}/{segment(ticket)}"

    def _near(self, href: str) -> str | None:
        """The path of an address on this very server; our token is for no other."""
        if href.startswith("/") and not href.startswith("//"):
            return href
        return href.removeprefix(self._origin) if href.startswith(self._origin + "/") else None

    def _named(self, mark: str) -> dict[str, Any]:
        if not self._fifth:
            return {"externalId": mark}
        own = {"id": mark, "externalIdentifierType": "order", "owner": OURS.strip()}
        return {"externalIdentifier": [own]}


_KEPT = ("priority", "relatedParty", "relatedEntity")


def _note(said: Letter) -> dict[str, str]:
    return {"author": OURS.strip(), "text": said.body}
