"""Completes closings whose payload leaves the customer out with what the system says when asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tickets.intake import read_event
from tickets.model import Refused, TicketClosed, Unfinished
from tickets.ports import Facts

_NOBODY = "?"  # stands for a customer's id until it is known


def unfinished(document: Mapping[str, Any], now: datetime) -> Unfinished | Refused:
    """A `ticket.closed` in structured form that lacks its customer's id, number or mailbox; total.

    Refused for every other fault that would make it useless: the sender hears of it at once.
    """
    told = _part(document, "customer")
    event = read_event(_with(document, {}, {**told, "id": told.get("id") or _NOBODY}), now)
    if isinstance(event, Refused):
        return event
    if not isinstance(event, TicketClosed):
        return Refused(id=event.envelope.id, path="type", reason="not ticket.closed")
    known = event.customer.id
    return Unfinished(
        id=event.envelope.id,
        source=event.envelope.source,
        ticket=event.ticket.id,
        customer=None if known == _NOBODY else known,
        document=document,
    )


def complete(document: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    """The document with the facts where it says nothing itself; what an event says stands."""
    return _with(
        document,
        {**_said(facts.ticket), **_said(_part(document, "ticket"))},
        {**_said(facts.customer), **_said(_part(document, "customer"))},
    )


def _with(
    document: Mapping[str, Any], ticket: Mapping[str, Any], customer: Mapping[str, Any]
) -> dict[str, Any]:
    data = document.get("data")
    given = data if isinstance(data, dict) else {}
    about = {"ticket": dict(ticket)} if ticket else {}
    return {**document, "data": {**given, **about, "customer": dict(customer)}}


def _part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    data = document.get("data")
    part = data.get(name) if isinstance(data, dict) else None
    return part if isinstance(part, dict) else {}


def _said(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if value not in (None, "", [], {})}
