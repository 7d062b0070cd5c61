"""Reads what ticketing systems send, CloudEvents 1.0, as events or as refusals with a reason."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NoReturn
from urllib.parse import unquote

import orjson

from kernel.faults import Malformed, TooLarge, WrongMedia
from tickets.addresses import read_phone
from tickets.fields import ABOUT, ATTRIBUTES, CLOSED, CUSTOMER, NEEDED, Part, read_id
from tickets.model import (
    Agent,
    Customer,
    Envelope,
    Event,
    Preferences,
    PreferencesChanged,
    Refused,
    Ticket,
    TicketClosed,
    TicketDeleted,
    TicketMerged,
    TicketReopened,
)

MOST_EVENTS = 500
DEEPEST = 32
MOST_NOTES = 20
#: How far another system's clock may run ahead of ours.
AHEAD = timedelta(hours=1)

_STRUCTURED = "application/cloudevents+json"
_BATCH = "application/cloudevents-batch+json"
_PLAIN = "application/json"
_BINARY_MARKS = ("ce-specversion", "ce-id", "ce-source", "ce-type")
_LARGEST_BITS = 1024  # of an integer: beyond the text it becomes is no longer cheap
# A number of so many digits may not fit into 64 bits, and would lose some of them.
_LONG_NUMBER = b"0" * 19
_DIGITS_ALIKE = bytes.maketrans(b"123456789", b"0" * 9)
# PostgreSQL keeps neither NUL in a text nor half a surrogate pair.
_UNKEEPABLE = re.compile(r"[\x00\ud800-\udfff]")

_NEEDED_ATTRIBUTES = ("specversion", "type", "id", "source", "time")
_ABOUT_NEEDS = ("data.ticket.id",)
#: What the data of each type hold, and the fields without which they are of no use.
_DATA: Mapping[str, tuple[Part, tuple[str, ...]]] = {
    "ticket.closed": (
        CLOSED,
        ("data.ticket.id", "data.ticket.closed_at", "data.customer.id"),
    ),
    "ticket.reopened": (ABOUT, _ABOUT_NEEDS),
    "ticket.deleted": (ABOUT, _ABOUT_NEEDS),
    "ticket.merged": (ABOUT, _ABOUT_NEEDS),
    "customer.preferences_changed": (CUSTOMER, ("data.customer.id",)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one request brought, events and refusals each in the order sent."""

    events: tuple[Event, ...]
    refused: tuple[Refused, ...]


def read_request(
    content_type: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> Batch:
    """The events of one HTTP request; header names are in lower case.

    The content type decides between structured, batch and binary (CloudEvents HTTP binding,
    section 3); under `application/json` the `ce-` headers make it binary, else it is structured
    or, with an array, a batch. Raises WrongMedia, Malformed or TooLarge for the request as a
    whole; a fault within one event is a refusal of that event.
    """
    media = content_type.partition(";")[0].strip().lower()
    if media not in (_STRUCTURED, _BATCH, _PLAIN):
        raise WrongMedia(f"send {_STRUCTURED}, {_BATCH} or {_PLAIN}")
    if media == _PLAIN and any(mark in headers for mark in _BINARY_MARKS):
        return _batch([_binary(headers, body)], now, False)
    plain = _plain(body)
    document = read_json(body) if plain is None else plain
    if media == _BATCH and not isinstance(document, list):
        raise Malformed("a batch is a JSON array of events")
    documents = [document]
    if isinstance(document, list) and media != _STRUCTURED:
        documents = document
    return _batch(documents, now, plain is not None)


def read_entry(fields: Mapping[str, str], now: datetime) -> Event | Refused:
    """The event in the field `event` of a stream entry; total."""
    text = fields.get("event")
    if text is None:
        return Refused(id=None, path="event", reason=NEEDED)
    if _is_shallow(text) and (plain := _plain(text.encode(errors="surrogatepass"))) is not None:
        return _placed(_read(plain, text, now))
    try:
        document = _load(text)
    except ValueError as fault:
        return Refused(id=None, path="event", reason=str(fault))
    return _placed(read_event(document, now))


def _placed(read: Event | Refused) -> Event | Refused:
    """A fault of the whole is one of the entry's field."""
    return replace(read, path="event") if isinstance(read, Refused) and not read.path else read


def read_event(document: object, now: datetime) -> Event | Refused:
    """One CloudEvent in structured form, as `json.loads` gives it; total.

    A fault in a field we need refuses the event and names the field; any other drops the field
    and leaves a note with the customer, since a wrong detail must not cost a follow-up.
    """
    return _read(document, None, now)


def _read(document: object, text: str | None, now: datetime) -> Event | Refused:
    """As `read_event`; `text` is the document's own where it is known that it can be kept."""
    if not isinstance(document, dict):
        return Refused(id=None, path="", reason="not a JSON object")
    if text is None:
        if (unkeepable := _unkeepable(document)) is not None:
            return Refused(id=_known_id(document), path="", reason=unkeepable)
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    faults: dict[str, str] = {}
    attributes = ATTRIBUTES.read(document, "", faults)
    fault = _first(faults, _NEEDED_ATTRIBUTES) or _attribute_fault(attributes, now)
    if fault is not None:
        return Refused(id=_known_id(document), path=fault[0], reason=fault[1])
    part, needed = _DATA[attributes["type"]]
    told = document.get("data")
    data = part.read({} if told is None else told, "data", faults)
    fault = _first(faults, needed)
    if fault is not None:
        return Refused(id=_known_id(document), path=fault[0], reason=fault[1])
    return _event(attributes, data, faults, text, now)


def _batch(documents: Sequence[object], now: datetime, plain: bool) -> Batch:
    if len(documents) > MOST_EVENTS:
        raise TooLarge(f"at most {MOST_EVENTS} events in one request, not {len(documents)}")
    read = [_read(each, _plain_text(each) if plain else None, now) for each in documents]
    return Batch(
        events=tuple(event for event in read if not isinstance(event, Refused)),
        refused=tuple(event for event in read if isinstance(event, Refused)),
    )


def _binary(headers: Mapping[str, str], body: bytes) -> dict[str, object]:
    document: dict[str, object] = {
        name.removeprefix("ce-"): _header(value)
        for name, value in headers.items()
        if name.startswith("ce-")
    }
    document.pop("data", None)
    return {**document, "data": read_json(body)} if body.strip() else document


def _header(value: str) -> str:
    # The HTTP binding, 3.1.3.2: a value may be quoted, and is percent-coded where not plain ASCII.
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError as fault:
        raise Malformed("a ce- header is not percent-coded UTF-8") from fault


def read_json(body: bytes) -> object:
    """A body as JSON; Malformed when it is none."""
    try:
        return _load(body.decode("utf-8-sig"))
    except UnicodeDecodeError as fault:
        raise Malformed("the body is not UTF-8") from fault
    except ValueError as fault:
        raise Malformed(f"the body cannot be read: {fault}") from fault


def _load(text: str) -> object:
    """Parsed JSON; ValueError with a reason that quotes nothing of the text."""
    try:
        return _DECODER.decode(text)
    except RecursionError as fault:
        raise ValueError("nested too deeply") from fault
    except json.JSONDecodeError as fault:
        raise ValueError(f"not JSON at line {fault.lineno}, column {fault.colno}") from fault
    except ValueError as fault:
        raise ValueError("a number that JSON does not have, or too large to keep") from fault


def _plain(body: bytes) -> object | None:
    """A document that can be kept unless it is too deep, read at a third of what `_load` takes.

    None for any other, and for what is no JSON: `_load` reads those, or has the reason.
    """
    if b"\\u0000" in body or _LONG_NUMBER in body.translate(_DIGITS_ALIKE):
        return None
    try:
        document: object = orjson.loads(body)  # refuses half surrogate pairs, and infinities
    except orjson.JSONDecodeError:
        return None
    return document


def _plain_text(document: object) -> str | None:
    """The text of a document of `_plain`; None where it may be too deep."""
    try:
        text = orjson.dumps(document).decode()
    except orjson.JSONEncodeError:
        return None
    return text if _is_shallow(text) else None


def _is_shallow(text: str) -> bool:
    return text.count("{") + text.count("[") <= DEEPEST


def _not_a_number(name: str) -> NoReturn:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_not_a_number)  # made once: making it costs a reading


def _known_id(document: Mapping[str, Any]) -> str | None:
    try:
        known = read_id(document.get("id"))
    except ValueError:
        return None
    return known if known is not None and _UNKEEPABLE.search(known) is None else None


def _unkeepable(document: object) -> str | None:
    """Why a parsed document cannot be kept in a database, None if it can."""
    texts: list[str] = []
    level: list[object] = [document]
    for _ in range(DEEPEST + 1):
        below: list[object] = []
        for value in level:
            if isinstance(value, str):
                texts.append(value)
            elif isinstance(value, dict):
                below += value
                below += value.values()
            elif isinstance(value, list):
                below += value
            elif (reason := _unkeepable_value(value)) is not None:
                return reason
        level = below
    if level:
        return "nested too deeply"
    # All at once: looking a hundred times takes longer than looking through a long text.
    kept = _UNKEEPABLE.search("".join(texts)) is None
    return None if kept else "a text with NUL or half a surrogate pair"


def _unkeepable_value(value: object) -> str | None:
    match value:
        case None:
            return None
        case int():
            return None if value.bit_length() <= _LARGEST_BITS else "a number too large to keep"
        case float():
            return None if math.isfinite(value) else "a number too large to keep"
        case _:
            return "not JSON"


def _first(faults: Mapping[str, str], needed: Sequence[str]) -> tuple[str, str] | None:
    """The first fault that makes a needed field unusable, be it in the field or around it."""
    if not faults:
        return None
    for path in needed:
        for at, reason in faults.items():
            if at == path or path.startswith(at + "."):
                return (path if reason == NEEDED else at), reason
    return None


def _attribute_fault(attributes: Mapping[str, Any], now: datetime) -> tuple[str, str] | None:
    if attributes["specversion"] != "1.0":
        return "specversion", "only CloudEvents 1.0 can be read"
    if attributes["type"] not in _DATA:
        return "type", "not one of " + ", ".join(_DATA)
    return _ahead("time", attributes.get("time"), now)


def _ahead(path: str, at: datetime | None, now: datetime) -> tuple[str, str] | None:
    if at is not None and at - now > AHEAD:
        return path, "more than an hour ahead of our clock"
    return None


def _event(
    attributes: Mapping[str, Any],
    data: Mapping[str, Any],
    faults: Mapping[str, str],
    text: str,
    now: datetime,
) -> Event | Refused:
    kind = attributes["type"]
    if kind == "ticket.closed":
        return _closed(attributes, data, faults, text, now)
    envelope = _envelope(attributes, text, attributes.get("time") or now)
    if kind == "customer.preferences_changed":
        return PreferencesChanged(envelope=envelope, customer=_customer(data["customer"], faults))
    ticket = data.get("ticket") or {}
    about = ticket.get("id") or attributes.get("subject")
    if about is None:
        return Refused(id=envelope.id, path="data.ticket.id", reason=NEEDED)
    if kind == "ticket.merged":
        return TicketMerged(envelope=envelope, ticket_id=about, into=ticket.get("merged_into"))
    if kind == "ticket.deleted":
        return TicketDeleted(envelope=envelope, ticket_id=about)
    return TicketReopened(envelope=envelope, ticket_id=about)


def _closed(
    attributes: Mapping[str, Any],
    data: Mapping[str, Any],
    faults: Mapping[str, str],
    text: str,
    now: datetime,
) -> TicketClosed | Refused:
    told = data["ticket"]
    closed_at: datetime | None = told.get("closed_at") or attributes.get("time")
    if closed_at is None:
        return Refused(id=attributes["id"], path="data.ticket.closed_at", reason=NEEDED)
    if (fault := _ahead("data.ticket.closed_at", closed_at, now)) is not None:
        return Refused(id=attributes["id"], path=fault[0], reason=fault[1])
    return TicketClosed(
        envelope=_envelope(attributes, text, attributes.get("time") or closed_at),
        ticket=_ticket(told, closed_at),
        customer=_customer(data["customer"], faults),
    )


def _envelope(attributes: Mapping[str, Any], text: str, at: datetime) -> Envelope:
    return Envelope(id=attributes["id"], source=attributes["source"], time=at, raw=text)


def _ticket(told: Mapping[str, Any], closed_at: datetime) -> Ticket:
    given = {**told, "closed_at": closed_at}
    given["agent"] = Agent(**(told.get("agent") or {}))
    given["tags"] = told.get("tags") or ()
    return Ticket(**given)


def _customer(told: Mapping[str, Any], faults: Mapping[str, str]) -> Customer:
    wishes = Preferences(**(told.get("preferences") or {}))
    written = told.get("phone")
    phone = read_phone(written, told.get("locale") or wishes.locale) if written else None
    notes = [f"{_short(path)}: {reason}" for path, reason in faults.items()]
    if written and phone is None:
        notes.append("phone: not a valid number")
    given = {**told, "phone": phone, "preferences": wishes, "notes": tuple(notes[:MOST_NOTES])}
    return Customer(**given)


def _short(path: str) -> str:
    return path.removeprefix("data.").removeprefix("customer.")
