"""Builds the events that a ticketing system tells the product."""

import uuid
from datetime import datetime

from sandbox.world import Customer, Ticket

Event = dict[str, object]


def closed(ticket: Ticket, source: str, at: datetime) -> Event:
    """Return `ticket.closed` for the closing that the ticket stands in."""
    about = _ticket(ticket) | {
        "closed_at": (ticket.closed_at or at).isoformat(),
        "close_reason": ticket.close_reason,
    }
    return _event(ticket, source, "ticket.closed", at, about)


def reopened(ticket: Ticket, source: str, at: datetime) -> Event:
    """Return `ticket.reopened`."""
    about = _ticket(ticket) | {"reopened_at": at.isoformat()}
    return _event(ticket, source, "ticket.reopened", at, about)


def _event(ticket: Ticket, source: str, kind: str, at: datetime, about: Event) -> Event:
    return {
        "specversion": "1.0",
        "id": f"evt-{uuid.uuid4().hex}",
        "source": source,
        "type": kind,
        "time": at.isoformat(),
        "subject": ticket.id,
        "datacontenttype": "application/json",
        "data": {"ticket": about, "customer": customer(ticket.customer)},
    }


def _ticket(ticket: Ticket) -> Event:
    return {
        "id": ticket.id,
        "cycle": ticket.cycle,
        **ticket.fields,
        "agent": dict(ticket.agent),
        "opened_at": ticket.opened_at.isoformat(),
    }


def customer(person: Customer) -> Event:
    """Return a customer as events carry one; what is unknown is left out."""
    known = {
        "id": person.id,
        "name": person.name,
        "phone": person.phone,
        "email": person.email,
        "locale": person.locale,
        "timezone": person.timezone,
        "tier": person.tier,
        "preferences": dict(person.preferences) or None,
    }
    return {name: value for name, value in known.items() if value is not None}
