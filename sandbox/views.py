"""Shows the world's state as JSON."""

from collections.abc import Mapping
from datetime import datetime

from sandbox.calls import Alert, Call, Recording
from sandbox.cloudevents import customer
from sandbox.faults import Fault
from sandbox.persona import Persona, Turn
from sandbox.world import Callback, Delivery, Mail, Message, Note, Ticket, World

Json = dict[str, object]

MAX_SHOWN_MESSAGES = 200
MAX_SHOWN_MAILS = 100
MAX_SHOWN_CALLS = 20


def state(world: World, now: datetime) -> Json:
    """Return phones, mailboxes and tickets, as the page shows them."""
    by_phone = {c.phone: c for c in world.customers.values() if c.phone}
    calls: dict[str, list[Call]] = {}
    for each in world.calls.values():
        calls.setdefault(each.phone, []).append(each)
    phones = [
        {
            "number": number,
            "customer": customer(by_phone[number]) if number in by_phone else None,
            "agent": world.agents.get(number),
            "messages": [message(m) for m in thread[-MAX_SHOWN_MESSAGES:]],
            "calls": [call(c, world) for c in calls.get(number, [])[-MAX_SHOWN_CALLS:]],
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
        "has_html": bool(shown.html),
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
        "number": shown.number,
        "probability": shown.probability,
        "met": shown.met,
    }


def call(shown: Call, world: World) -> Json:
    """Return one call with everything that was heard on it, in order."""
    kept = [world.recordings[sid] for sid in shown.recordings if sid in world.recordings]
    return {
        "sid": shown.sid,
        "at": shown.created_at.isoformat(),
        "number": shown.phone,
        "from": shown.from_,
        "to": shown.to,
        "direction": shown.direction,
        "status": shown.status,
        "parent": shown.parent,
        "answered_by": shown.answered_by,
        "duration": shown.duration,
        "listening": shown.listening,
        "heard": [
            {
                "at": line.at.isoformat(),
                "kind": line.kind,
                "text": line.text,
                "language": line.language,
                "by": line.by,
                **line.detail,
            }
            for line in shown.lines
        ],
        "voicemail": list(shown.voicemail),
        "recordings": [recording(each) for each in kept],
    }


def recording(shown: Recording) -> Json:
    """Return one recording that was not deleted."""
    return {"sid": shown.sid, "url": shown.url, "seconds": shown.seconds, "text": shown.text}


def alert(shown: Alert) -> Json:
    """Return one fault of the product's that the carrier noted."""
    return {
        "at": shown.at.isoformat(),
        "code": shown.code,
        "message": shown.message,
        "url": shown.url,
        "call": shown.call_sid,
    }


def persona(shown: Persona) -> Json:
    """Return how a phone meets one call, as it may be given again."""
    return {
        "ring": shown.ring,
        "after": shown.after,
        "turns": [turn(each) for each in shown.turns],
        "greeting": shown.greeting,
        "beep": shown.beep,
        **({"detected": shown.detected} if shown.detected else {}),
    }


def turn(shown: Turn) -> Json:
    """Return what a customer does when next listened to."""
    return {
        "after": shown.after,
        "barge": shown.barge,
        "say": shown.say,
        "confidence": shown.confidence,
        "keys": shown.keys,
        "hang_up": shown.hang_up,
    }
