"""Speaks Freshdesk's REST API, version 2, as its published documentation has it."""

import html
from collections.abc import Mapping
from typing import Any

from tickets.desks.native import FOR_GOOD, GONE, Seen
from tickets.desks.rest import Line, Reply, Rest, bearer_or_basic, refused, segment
from tickets.documents import items, part, whole
from tickets.notes import Letter
from tickets.ports import Declined, DeskError, Done, Facts

_OPEN, _MEDIUM = 2, 2
_DONE = frozenset({"4", "5"})  # resolved, closed
_PAGE = 100
_MOST_PAGES = 10


class Freshdesk:
    """`url` is the account's, `token` the API key of an agent.

    Paths, bodies and codes are those of developers.freshdesk.com/api: tickets, conversations,
    archived tickets, contacts, agents. `?closed=7,8` in the URL names the account's own states
    that mean done. A closed ticket that Freshdesk has archived can be read and not changed; one
    in the trash says `deleted`, and any change of it is answered 405.
    """

    def __init__(self, line: Line) -> None:
        own = (code.strip() for code in line.options.get("closed", "").split(","))
        self._done = _DONE | {code for code in own if code}
        self._rest = Rest(
            base=f"{line.url}/api/v2",
            headers=bearer_or_basic(f"{line.token or ''}:X"),
            timeout=line.timeout,
        )

    async def look(self, ticket: str) -> Seen:
        """How a ticket stands; one that is not there may be archived."""
        body = await self._rest.get(f"/tickets/{segment(ticket)}")
        if body is None:
            archived = await self._rest.get(f"/tickets/archived/{segment(ticket)}")
            return Seen(refusal=GONE if archived is None else FOR_GOOD, body=archived)
        if not isinstance(body, dict):
            raise DeskError("desk answered with no ticket")
        gone = body.get("deleted") is True or body.get("spam") is True
        open_ = str(body.get("status")) not in self._done
        return Seen(open=open_, refusal=GONE if gone else None, body=body)

    async def noted(self, ticket: str, mark: str) -> bool:
        """Whether a note with the mark stands on the ticket."""
        for page in range(1, _MOST_PAGES + 1):
            params = {"per_page": str(_PAGE), "page": str(page)}
            notes = items(await self._rest.get(f"/tickets/{segment(ticket)}/conversations", params))
            if any(mark in f"{each.get('body_text')} {each.get('body')}" for each in notes):
                return True
            if len(notes) < _PAGE:
                break
        return False

    async def reopen(self, ticket: str, seen: Seen, said: Letter) -> Done | Declined:
        """Set the state, which does no harm twice, then leave a private note: it is the mark."""
        if not seen.open:
            reply = await self._rest.send("PUT", f"/tickets/{segment(ticket)}", {"status": _OPEN})
            if not reply.fine:
                return _refused(reply)
        note = {"body": _html(said.body), "private": True}
        reply = await self._rest.send("POST", f"/tickets/{segment(ticket)}/notes", note)
        return Done() if reply.fine else _refused(reply)

    async def follow_up_of(self, ticket: str, mark: str) -> str | None:
        """Looked for by its tag among the newest tickets: searching lags behind by minutes."""
        params = {"order_by": "created_at", "order_type": "desc", "per_page": str(_PAGE)}
        for each in items(await self._rest.get("/tickets", params)):
            if mark in (each.get("tags") or ()):
                return str(each.get("id"))
        return None

    async def follow_up(self, ticket: str, seen: Seen, said: Letter) -> Done | Declined:
        """Open a ticket for the same requester and group; where both are gone, for us.

        Parents and trackers are extras that not every account has: the description names the
        first ticket, and so does a tag.
        """
        known = seen.body if isinstance(seen.body, dict) else {}
        theirs = int(said.customer) if said.customer and said.customer.isdecimal() else None
        requester = known.get("requester_id") or theirs or await self._me()
        wanted: dict[str, Any] = {
            "subject": said.subject,
            "description": _html(said.body),
            "status": _OPEN,
            "priority": known.get("priority") or _MEDIUM,
            "requester_id": requester,
            "tags": ["huifang", f"follow-up-{ticket}", said.mark],
        }
        for name in ("group_id", "product_id", "type"):
            if known.get(name) is not None:
                wanted[name] = known[name]
        reply = await self._rest.send("POST", "/tickets", wanted)
        if not reply.fine:
            return _refused(reply)
        made = reply.body.get("id") if isinstance(reply.body, dict) else None
        return Done(ticket=None if made is None else str(made))

    async def fetch(self, ticket: str, customer: str | None) -> Facts | Declined:
        """When the ticket was done, and who asked for it."""
        params = {"include": "requester,stats"}
        body = await self._rest.get(f"/tickets/{segment(ticket)}", params)
        if not isinstance(body, dict):
            return Declined(reason=GONE)
        person = part(body, "requester")
        whose = customer or body.get("requester_id") or person.get("id")
        told = {
            "closed_at": _done_at(part(body, "stats")),
            "opened_at": body.get("created_at"),
            "category": body.get("type"),
            "tags": body.get("tags"),
        }
        return Facts(
            ticket=told,
            customer={
                "id": None if whose is None else str(whose),
                "name": person.get("name"),
                "phone": person.get("mobile") or person.get("phone"),
                "email": person.get("email"),
            },
        )

    async def close(self) -> None:
        """Close connections."""
        await self._rest.close()

    async def _me(self) -> object:
        body = whole(await self._rest.get("/agents/me"))
        return body.get("id")


def _done_at(stats: Mapping[str, Any]) -> object:
    """When a ticket was resolved last; Freshdesk closes it days later, which is no other end."""
    resolved, reopened = stats.get("resolved_at"), stats.get("reopened_at")
    stale = resolved and reopened and str(reopened) > str(resolved)
    return stats.get("closed_at") if stale or not resolved else resolved


def _refused(reply: Reply) -> Declined:
    if reply.status == 405:
        return Declined(reason=GONE)
    # 400 names fields that a rule of the account wants filled: no other try would fill them.
    return refused(reply, final=(400, 409, 422))


def _html(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")
