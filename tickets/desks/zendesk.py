"""Reopens Zendesk tickets over its Ticketing API."""

from typing import Any

from tickets.adapters.zendesk import CLOSED, DONE, MERGED_TAG, facts
from tickets.desks.native import FOR_GOOD, GONE, MERGED, Seen
from tickets.desks.rest import Line, Reply, Rest, bearer_or_basic, segment, unsettled
from tickets.documents import items, part
from tickets.notes import Letter
from tickets.ports import Declined, DeskError, Done, Facts

_NEWEST = {"sort_order": "desc", "per_page": "100"}


class Zendesk:
    """One account; the token is `agent@example.com/token:KEY`, or an OAuth access token."""

    def __init__(self, line: Line) -> None:
        self._rest = Rest(
            base=line.url.removesuffix("/api/v2") + "/api/v2",
            headers=bearer_or_basic(line.token),
            timeout=line.timeout,
        )

    async def look(self, ticket: str) -> Seen:
        """Solved can be reopened, closed never; deleted tickets are not shown at all."""
        told = await self._rest.get(f"/tickets/{segment(ticket)}.json")
        if told is None:
            return Seen(refusal=GONE)
        body = part(told, "ticket")
        if not body:
            raise DeskError("desk answered with no ticket")
        state = str(body.get("status")).lower()
        if state == "deleted":
            return Seen(refusal=GONE, body=body)
        merged = MERGED_TAG in str(body.get("tags"))
        refusal = (MERGED if merged else FOR_GOOD) if state == CLOSED else None
        return Seen(open=state not in DONE, refusal=refusal, body=body)

    async def noted(self, ticket: str, mark: str) -> bool:
        """Whether one of the newest comments has the mark."""
        path = f"/tickets/{segment(ticket)}/comments.json"
        told = await self._rest.get(path, _NEWEST)
        return any(mark in str(item.get("body")) for item in items(told, "comments"))

    async def reopen(self, ticket: str, seen: Seen, said: Letter) -> Done | Declined:
        """State and private comment in one call, which fails where the ticket was changed since.

        Should our own call of before arrive after we have looked, it is such a change.
        """
        change: dict[str, Any] = {"comment": {"body": said.body, "public": False}}
        if not seen.open:
            change["status"] = "open"
        if stamp := seen.body.get("updated_at"):
            change |= {"safe_update": True, "updated_stamp": stamp}
        path = f"/tickets/{segment(ticket)}.json"
        reply = await self._rest.send("PUT", path, {"ticket": change})
        return Done() if reply.fine else _declined(reply)

    async def follow_up_of(self, ticket: str, mark: str) -> str | None:
        """The ticket whose external id is the mark."""
        told = await self._rest.get("/tickets.json", {"external_id": mark})
        found = (item for item in items(told, "tickets") if item.get("external_id") == mark)
        return next((str(item.get("id")) for item in found), None)

    async def follow_up(self, ticket: str, seen: Seen, said: Letter) -> Done | Declined:
        """A follow-up of a closed ticket, for the same requester; a plain ticket for any other."""
        new: dict[str, Any] = {
            "subject": said.subject,
            "comment": {"body": said.body, "public": False},
            "external_id": said.mark,
            "tags": ["huifang"],
        }
        if seen.refusal in (FOR_GOOD, MERGED):
            new["via_followup_source_id"] = int(ticket) if ticket.isdecimal() else ticket
        if requester := (seen.body or {}).get("requester_id") or said.customer:
            new["requester_id"] = requester
        # Under one key it is one request: without the customer it is another.
        key = f"{said.mark}-{said.customer}" if said.customer else said.mark
        reply = await self._rest.send(
            "POST", "/tickets.json", {"ticket": new}, headers={"Idempotency-Key": key}
        )
        if not reply.fine:
            return _declined(reply)
        opened = part(reply.body, "ticket").get("id")
        return Done(ticket=None if opened is None else str(opened))

    async def fetch(self, ticket: str, customer: str | None) -> Facts | Declined:
        """The requester as a user, and the ticket with its group and its agent."""
        about = await self._rest.get(
            f"/tickets/{segment(ticket)}.json", {"include": "users,groups"}
        )
        about = about if isinstance(about, dict) else {}
        who = customer or part(about, "ticket").get("requester_id")
        if who is None:
            return Declined(reason=GONE)
        told = await self._rest.get(f"/users/{segment(str(who))}.json")
        if told is None:
            return Declined(reason=GONE)
        return facts(part(told, "user"), about)

    async def close(self) -> None:
        """Close connections."""
        await self._rest.close()


def _declined(reply: Reply) -> Declined:
    # A conflict is somebody else's change a moment ago: look again, then try again.
    if reply.status in (409, 412):
        unsettled(reply)
    return reply.declined()
