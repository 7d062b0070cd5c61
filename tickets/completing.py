"""Completes closings whose payload leaves the customer out with what the system says when asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tickets.documents import part
from tickets.intake import read_event
from tickets.model import Refused, TicketClosed, Unfinished
from tickets.ports import Facts

_NOBODY = "?"  # stands for a customer's id until it is known


def unfinished(document: Mapping[str, Any], now: datetime) -> Unfinished | Refused:
    """A `ticket.closed` in structured form that lacks its customer's id, number or mailbox; total.

    Refused for every other fault that would make it useless: the sender hears of it at once.
    """
    told = part(part(document, "data"), "customer")
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
    data = part(document, "data")
    return _with(
        document,
        {**_said(facts.ticket), **_said(part(data, "ticket"))},
        {**_said(facts.customer), **_said(part(data, "customer"))},
    )


def _with(
    document: Mapping[str, Any], ticket: Mapping[str, Any], customer: Mapping[str, Any]
) -> dict[str, Any]:
    about = {"ticket": dict(ticket)} if ticket else {}
    data = part(document, "data")
    return {**document, "data": {**data, **about, "customer": dict(customer)}}


def _said(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value not in (None, "", [], {})}
