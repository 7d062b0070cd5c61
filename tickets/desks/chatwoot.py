"""Speaks Chatwoot's application API, as its published OpenAPI description has it."""

import re

from tickets.adapters import chatwoot
from tickets.desks.native import GONE, Seen
from tickets.desks.rest import Line, Rest, refused, segment
from tickets.documents import items, part, whole
from tickets.notes import Letter
from tickets.ports import Declined, DeskError, Done, Facts

_ACCOUNT = re.compile(r"(?P<base>.*?)(?:/app|/api/v1)?/accounts/(?P<id>[0-9]+)(?:/.*)?")
_FIRST = "1"  # the account of an installation that has but one
_MARK = "huifang_follow_up"
_MOST_PAGES = 50  # of twenty messages each


class Chatwoot:
    """`url` is an account's, as the address bar has it (`…/app/accounts/3`); `token` an agent's.

    Paths and bodies are those of developers.chatwoot.com: conversations, messages, contacts. An
    explicit state does no harm twice, so the private note that follows it is the mark.
    """

    def __init__(self, line: Line) -> None:
        match = _ACCOUNT.fullmatch(line.url)
        base, account = (match["base"], match["id"]) if match else (line.url, _FIRST)
        self._rest = Rest(
            base=f"{base}/api/v1/accounts/{account}",
            headers={"api_access_token": line.token or ""},
            timeout=line.timeout,
        )

    async def look(self, ticket: str) -> Seen:
        """How a conversation stands."""
        body = await self._rest.get(f"/conversations/{segment(ticket)}")
        if body is None:
            return Seen(refusal=GONE)
        if not isinstance(body, dict):
            raise DeskError("desk answered with no conversation")
        return Seen(open=body.get("status") != chatwoot.RESOLVED, body=body)

    async def noted(self, ticket: str, mark: str) -> bool:
        """Whether a message with the mark stands in the conversation; the newest come first."""
        params: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            page = whole(await self._rest.get(f"/conversations/{segment(ticket)}/messages", params))
            found = items(page, "payload")
            if any(mark in str(each.get("content")) for each in found):
                return True
            ids = [each["id"] for each in found if isinstance(each.get("id"), int)]
            if not ids:
                break
            params = {"before": str(min(ids))}
        return False

    async def reopen(self, ticket: str, seen: Seen, said: Letter) -> Done | Declined:
        """Set the state, then leave a private note."""
        if not seen.open:
            path = f"/conversations/{segment(ticket)}/toggle_status"
            reply = await self._rest.send("POST", path, {"status": "open"})
            if not reply.fine:
                return refused(reply)
        return await self._note(ticket, said)

    async def follow_up_of(self, ticket: str, mark: str) -> str | None:
        """Looked for among the contact's conversations; of one that is gone there is none."""
        seen = await self.look(ticket)
        contact = _contact(seen)
        if contact is None:
            return None
        begun = await self._begun(contact, mark)
        return begun if begun and await self.noted(begun, mark) else None

    async def follow_up(self, ticket: str, seen: Seen, said: Letter) -> Done | Declined:
        """Open a conversation with the same contact; he hears nothing of it.

        A conversation belongs to a contact and an inbox: of one that is gone we may know the
        contact, who can be reached by some inbox.
        """
        contact = _contact(seen)
        if contact is None and said.customer and said.customer.isdecimal():
            contact = int(said.customer)
        if contact is None:
            return Declined(reason=GONE)
        known = await self._begun(contact, said.mark)
        if known is not None and await self.noted(known, said.mark):
            return Done(ticket=known)
        inbox = whole(seen.body).get("inbox_id")
        begun = known or await self._begin(ticket, contact, inbox, said)
        if isinstance(begun, Declined):
            return begun
        noted = await self._note(begun, said)
        return Done(ticket=begun) if isinstance(noted, Done) else noted

    async def fetch(self, ticket: str, customer: str | None) -> Facts | Declined:
        """The contact's record, found by the conversation where the event did not name him."""
        if customer is None:
            sender = part((await self.look(ticket)).body, "meta").get("sender")
        else:
            found = whole(await self._rest.get(f"/contacts/{segment(customer)}"))
            sender = found.get("payload")
        if not isinstance(sender, dict):
            return Declined(reason=GONE)
        return Facts(customer={**chatwoot.customer_of(sender), "id": str(sender.get("id"))})

    async def close(self) -> None:
        """Close connections."""
        await self._rest.close()

    async def _begun(self, contact: int, mark: str) -> str | None:
        """The conversation that was opened for this mark; its note may still be missing."""
        page = whole(await self._rest.get(f"/contacts/{contact}/conversations"))
        for each in items(page, "payload"):
            if part(each, "custom_attributes").get(_MARK) == mark:
                return str(each.get("id"))
        return None

    async def _inbox_of(self, contact: int) -> object:
        """An inbox by which a contact can be reached."""
        told = part(await self._rest.get(f"/contacts/{contact}"), "payload")
        found = (part(each, "inbox") for each in items(told, "contact_inboxes"))
        return next((inbox["id"] for inbox in found if inbox.get("id") is not None), None)

    async def _begin(
        self, ticket: str, contact: int, inbox: object, said: Letter
    ) -> str | Declined:
        inbox = inbox or await self._inbox_of(contact)
        if inbox is None:
            return Declined(reason=GONE)
        wanted = {
            "inbox_id": inbox,
            "contact_id": contact,
            "status": "open",
            "custom_attributes": {_MARK: said.mark, "huifang_first": ticket},
        }
        reply = await self._rest.send("POST", "/conversations", wanted)
        if not reply.fine:
            return refused(reply)
        return str(whole(reply.body).get("id"))

    async def _note(self, ticket: str, said: Letter) -> Done | Declined:
        note = {"content": said.body, "message_type": "outgoing", "private": True}
        reply = await self._rest.send("POST", f"/conversations/{segment(ticket)}/messages", note)
        return Done() if reply.fine else refused(reply)


def _contact(seen: Seen) -> int | None:
    sender = part(part(seen.body, "meta"), "sender")
    id_ = sender.get("id")
    return id_ if isinstance(id_, int) else None
