"""Shows the world's state as JSON."""

from collections.abc import Mapping
from datetime import datetime

from sandbox.cloudevents import customer
from sandbox.faults import Fault
from sandbox.world import Callback, Delivery, Mail, Message, Note, Ticket, World

Json = dict[str, object]

MAX_SHOWN_MESSAGES = 200
MAX_SHOWN_MAILS = 100


def state(world: World, now: datetime) -> Json:
    """Return phones, mailboxes and tickets, as the page shows them."""
    by_phone = {c.phone: c for c in world.customers.values() if c.phone}
    phones = [
        {
            "number": number,
            "customer": customer(by_phone[number]) if number in by_phone else None,
            "messages": [message(m) for m in thread[-MAX_SHOWN_MESSAGES:]],
        }
        for number, thread in world.threads().items()
    ]
    return {
        "now": now.isoformat(),
        "echo_reopen": world.echo_reopen,
        "phones": phones,
        "mailboxes": mailboxes(world),
        "tickets": [ticket(t) for t in world.tickets.values()],
        "faults": [fault(f) for f in world.faults.items()],
    }


def mailboxes(world: World) -> list[Json]:
    """Return every mailbox with its latest mails, customers' own first."""
    boxes: dict[str, list[Mail]] = {
        c.email.lower(): [] for c in world.customers.values() if c.email
    }
    for each in world.mails:
        boxes.setdefault(each.mailbox, []).append(each)
    return [
        {"address": address, "mails": [mail(m) for m in mails[-MAX_SHOWN_MAILS:]]}
        for address, mails in boxes.items()
    ]


def message(shown: Message) -> Json:
    """Return one text message."""
    return {
        "sid": shown.sid,
        "at": shown.created_at.isoformat(),
        "from": shown.from_,
        "to": shown.to,
        "body": shown.body,
        "direction": shown.direction,
        "status": shown.status,
        "segments": int(shown.num_segments),
        "status_callback": shown.status_callback,
        "error_code": shown.error_code,
        "error_message": shown.error_message,
    }


def mail(shown: Mail) -> Json:
    """Return one mail without its source."""
    return {
        "id": shown.id,
        "at": shown.at.isoformat(),
        "mailbox": shown.mailbox,
        "envelope_from": shown.envelope_from,
        "from": shown.sender,
        "subject": shown.subject,
        "message_id": shown.message_id,
        "text": shown.text,
        "links": list(shown.links),
    }


def whole_mail(shown: Mail) -> Json:
    """Return one mail with headers, HTML and source."""
    headers = [[name, value] for name, value in shown.headers]
    return mail(shown) | {"headers": headers, "html": shown.html, "raw": shown.raw}


def ticket(shown: Ticket) -> Json:
    """Return one ticket with its notes."""
    return {
        "id": shown.id,
        "title": dict(shown.title),
        "status": shown.status,
        "cycle": shown.cycle,
        "reopens": shown.reopens,
        "opened_at": shown.opened_at.isoformat(),
        "closed_at": shown.closed_at.isoformat() if shown.closed_at else None,
        "close_reason": shown.close_reason,
        "linked_to": shown.linked_to,
        "agent": dict(shown.agent),
        "customer": customer(shown.customer),
        "notes": [note(n) for n in shown.notes],
        **shown.fields,
    }


def note(shown: Note) -> Json:
    """Return one remark."""
    return {
        "at": shown.at.isoformat(),
        "kind": shown.kind,
        "text": shown.text,
        "facts": dict(shown.facts),
    }


def delivery(shown: Delivery) -> Json:
    """Return one webhook that the desk heard."""
    return {
        "at": shown.at.isoformat(),
        "webhook_id": shown.webhook_id,
        "type": shown.type,
        "ticket": shown.ticket,
        "hearing": shown.hearing,
        "status": shown.status,
        "body": dict(shown.body),
    }


def callback(shown: Callback) -> Json:
    """Return one webhook that the carrier posted."""
    fields: Mapping[str, str] = shown.fields
    return {
        "at": shown.at.isoformat(),
        "url": shown.url,
        "fields": dict(fields),
        "status": shown.status,
        "error": shown.error,
    }


def fault(shown: Fault) -> Json:
    """Return one fault in force."""
    return {
        "id": shown.id,
        "target": shown.target,
        "kind": shown.kind,
        "times": shown.times,
        "value": shown.value,
    }
