"""Turns Zammad's webhook into our events, and checks that Zammad sent it."""

import hashlib
import hmac
import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from tickets.addresses import read_phone
from tickets.completing import unfinished
from tickets.intake import read_event
from tickets.model import Event, Ignored, Refused, Unfinished

CLOSED = "closed"
MERGED = "merged"
REMOVED = "removed"
#: States in which somebody works or waits again; `pending close` is on its way to closed.
OPEN_AGAIN = frozenset({"new", "open", "pending reminder"})

#: Zammad's user for "nobody", the owner of a ticket that no agent has taken.
_NOBODY = "-"
_DIGEST = "sha1="
_OUR_MARK = re.compile(r"\bw_[0-9A-Za-z]{26}\b", re.ASCII)

#: Where our fields stand in what Zammad sends, for a refusal that its administrator can use.
_PLACES = {
    "id": "ticket.updated_at",
    "time": "ticket.updated_at",
    "data.ticket.id": "ticket.id",
    "data.ticket.closed_at": "ticket.last_close_at",
    "data.customer.id": "ticket.customer.id",
}


def read(
    payload: object,
    headers: Mapping[str, str],
    source: str,
    now: datetime,
    *,
    closed_states: Collection[str] = (CLOSED,),
) -> Event | Unfinished | Ignored | Refused:
    """The event in the body of a trigger's default webhook; total.

    Header names are in lower case. Zammad lets an administrator rename states and add some:
    `closed_states`, in lower case, are those that close a ticket beside its own. The payload says
    only what a ticket is now, so one that is open counts as reopened once it has been closed
    before, unless it is told with the note that we reopened it by. A payload of an
    administrator's own making may name the customer by id alone: he is asked for.
    """
    told = payload if isinstance(payload, dict) else {}
    ticket = told.get("ticket")
    if not isinstance(ticket, dict):
        return Refused(id=None, path="ticket", reason="not an object")
    state = _name(ticket.get("state"))
    if state is None:
        return Refused(id=None, path="ticket.state", reason="needed")
    kind = _kind(state.strip().lower(), ticket, closed_states)
    if isinstance(kind, Ignored):
        return kind
    if kind == "ticket.reopened" and _is_ours(told.get("article")):
        return Ignored(reason="the echo of our own reopening")
    document = _document(kind, ticket, headers, source)
    lacking = kind == "ticket.closed" and not isinstance(ticket.get("customer"), dict)
    event = unfinished(document, now) if lacking else read_event(document, now)
    if isinstance(event, Refused):
        return Refused(id=event.id, path=_PLACES.get(event.path, event.path), reason=event.reason)
    return event


def signed(body: bytes, header: str | None, secret: str) -> bool:
    """Whether `X-Hub-Signature` is `sha1=` and the hexadecimal HMAC-SHA1 of the body; total.

    Without a secret nothing is signed: anyone can sign with an empty one.
    """
    if not secret or header is None or not header.startswith(_DIGEST):
        return False
    key = secret.encode("utf-8", "surrogatepass")
    expected = hmac.new(key, body, hashlib.sha1).hexdigest()
    given = header.removeprefix(_DIGEST).encode("utf-8", "surrogatepass")
    return hmac.compare_digest(expected.encode(), given)


def _kind(state: str, ticket: Mapping[str, Any], closed_states: Collection[str]) -> str | Ignored:
    if state == CLOSED or state in closed_states:
        return "ticket.closed"
    if state == MERGED:
        return "ticket.merged"
    if state == REMOVED:
        return "ticket.deleted"
    if state not in OPEN_AGAIN:
        return Ignored(reason=f"the state {state[:64]!r} neither closes nor reopens")
    if not (ticket.get("last_close_at") or ticket.get("close_at")):
        return Ignored(reason="the ticket has not been closed yet")
    return "ticket.reopened"


def _document(
    kind: str, ticket: Mapping[str, Any], headers: Mapping[str, str], source: str
) -> dict[str, object]:
    updated_at = ticket.get("updated_at")
    return {
        "specversion": "1.0",
        "id": _event_id(ticket, headers),
        "source": source,
        "type": kind,
        "time": updated_at,
        "data": {
            "ticket": _ticket(ticket),
            "customer": _customer(ticket),
            "zammad": ticket,
        },
    }


def _event_id(ticket: Mapping[str, Any], headers: Mapping[str, str]) -> str | None:
    if delivery := headers.get("x-zammad-delivery"):
        return delivery
    ticket_id, updated_at = ticket.get("id"), ticket.get("updated_at")
    told = isinstance(ticket_id, str | int) and isinstance(updated_at, str) and updated_at
    return f"{ticket_id}:{updated_at}" if told else None


def _ticket(ticket: Mapping[str, Any]) -> dict[str, object]:
    # Zammad sets close_at at the first closing only, and has had last_close_at since version 5.
    # Without it any change of a closed ticket looks like its closing: one that only confirms it.
    last = ticket.get("last_close_at")
    owner = ticket.get("owner")
    taken = isinstance(owner, dict) and owner.get("login") != _NOBODY
    return {
        "id": ticket.get("id"),
        "channel": ticket.get("create_article_type"),
        "priority": _name(ticket.get("priority")),
        "team": _name(ticket.get("group")),
        "agent": _person(owner) if isinstance(owner, dict) and taken else None,
        "opened_at": ticket.get("created_at"),
        "closed_at": last or ticket.get("updated_at"),
        "confirms": not last,
        "tags": _tags(ticket.get("tags")),
    }


def _customer(ticket: Mapping[str, Any]) -> dict[str, object]:
    told = ticket.get("customer")
    if not isinstance(told, dict):
        return {"id": ticket.get("customer_id")}
    return {**customer_of(told), "id": told.get("id") or ticket.get("customer_id")}


def customer_of(user: Mapping[str, Any]) -> dict[str, object]:
    """`data.customer` of a user as Zammad shows one, in a webhook or over its API; total."""
    return {
        **_person(user),
        "phone": _phone(user),
        "tier": "vip" if user.get("vip") is True else None,
    }


def _is_ours(article: object) -> bool:
    """Whether this is a note of ours: an order's mark stands in it, and customers cannot see it."""
    if not isinstance(article, dict) or article.get("internal") is not True:
        return False
    body = article.get("body")
    return isinstance(body, str) and _OUR_MARK.search(body) is not None


def _phone(told: Mapping[str, Any]) -> object:
    """A mobile can be texted, so it goes first; an unreadable one makes way for the other."""
    numbers = [told.get(field) for field in ("mobile", "phone") if told.get(field)]
    readable = (n for n in numbers if isinstance(n, str) and read_phone(n, None) is not None)
    return next(readable, numbers[0] if numbers else None)


def _person(told: Mapping[str, Any]) -> dict[str, object]:
    names = (told.get("firstname"), told.get("lastname"))
    name = " ".join(part.strip() for part in names if isinstance(part, str))
    return {"id": told.get("id"), "name": name.strip() or None, "email": told.get("email")}


def _name(told: object) -> str | None:
    """A state, group or priority is an object in the default payload, or its bare name."""
    name = told.get("name") if isinstance(told, dict) else told
    return name if isinstance(name, str) and name.strip() else None


def _tags(told: object) -> object:
    if isinstance(told, str):
        return [tag.strip() for tag in told.split(",") if tag.strip()]
    return told
