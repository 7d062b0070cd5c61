"""Proves of any input that intake answers, keeps what it was told, and counts closings once."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel import addresses
from kernel.faults import Fault
from kernel.webhooks import verify
from tickets.adapters import chatwoot, freshdesk, zammad
from tickets.addresses import is_zone, read_phone
from tickets.cycles import Known, assign
from tickets.intake import Batch, read_entry, read_event, read_request
from tickets.model import Event, Ignored, Refused, TicketClosed, Unfinished

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
# The first number of each country loads its numbering plan, which takes as long as it takes.
unhurried = settings(deadline=None)

MEDIA = (
    "application/json",
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "text/plain",
)
KINDS = (
    "ticket.closed",
    "ticket.reopened",
    "ticket.deleted",
    "ticket.merged",
    "customer.preferences_changed",
)

texts = st.text(st.characters(exclude_categories=[]), max_size=12)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def objects(*names):
    """Objects whose fields are ours by name and anything by value."""
    return st.dictionaries(st.sampled_from(names), values, max_size=len(names))


tickets = objects("id", "closed_at", "opened_at", "cycle", "tags", "agent", "team", "merged_into")
customers = objects("id", "name", "phone", "email", "locale", "timezone", "preferences")
near_events = st.builds(
    lambda head, kind, ticket, customer: {
        "specversion": "1.0",
        "id": "evt-1",
        "source": "/tickets",
        "type": kind,
        "data": {"ticket": ticket, "customer": customer},
        **head,
    },
    objects("id", "source", "time", "subject", "data"),
    st.sampled_from(KINDS),
    tickets | st.builds(lambda t: {**t, "id": "T", "closed_at": "2026-11-21T00:00:00Z"}, tickets),
    customers | st.builds(lambda c: {**c, "id": "C"}, customers),
)
near_tickets = st.builds(
    lambda base, more: {"ticket": {**base, **more}},
    st.just({"id": 1, "state": "closed", "updated_at": "2026-11-21T00:00:00Z"}),
    objects("id", "state", "updated_at", "close_at", "customer", "owner", "group", "tags"),
)
instants = st.timedeltas(timedelta(0), timedelta(days=2000)).map(lambda back: NOW - back)
names = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=40)


@unhurried
@given(document=values | near_events)
def test_any_document_is_an_event_that_can_be_kept_or_a_refusal_with_a_reason(document):
    read = read_event(document, NOW)
    if isinstance(read, Refused):
        assert read.reason
        return
    assert isinstance(read, Event)
    kept = read.envelope.raw.encode()
    assert b"\\u0000" not in kept
    assert read.envelope.time.tzinfo is UTC
    assert read.envelope.time <= NOW + timedelta(hours=1)


def told(read):
    """What a reading comes to, but for the form of its text."""
    if isinstance(read, Refused):
        return read
    envelope = read.envelope
    raw = json.dumps(json.loads(envelope.raw), sort_keys=True)
    return replace(read, envelope=replace(envelope, raw=raw))


@unhurried
@given(document=near_events | values, deep=st.integers(0, 40), long=st.integers(0, 2**80))
def test_an_event_is_read_alike_by_the_short_way_and_by_the_long(document, deep, long):
    if isinstance(document, dict):
        nest = document["nest"] = []
        for _ in range(deep):
            nest.append([])
            nest = nest[0]
        document["long"] = long
    try:
        text = json.dumps(document, allow_nan=False)
    except ValueError:
        return
    slow = told(read_event(document, NOW))
    entry = told(read_entry({"event": text}, NOW))
    if isinstance(entry, Refused) and isinstance(slow, Refused) and not slow.path:
        # What is wrong with the whole is, of an entry, wrong with its field.
        assert entry.path == "event"
        entry = replace(entry, path="")
    assert entry == slow
    batch = read_request(MEDIA[2], {}, f"[{text}]".encode(), NOW)
    assert [told(read) for read in (*batch.events, *batch.refused)] == [slow]


@unhurried
@given(
    media=st.sampled_from(MEDIA) | texts,
    headers=st.dictionaries(
        st.sampled_from(["ce-id", "ce-type", "ce-specversion", "ce-source", "ce-time", "ce-data"]),
        texts,
    ),
    body=st.binary(max_size=60)
    | st.builds(lambda value: json.dumps(value).encode(), values | st.lists(near_events)),
)
def test_any_request_is_a_batch_or_a_fault_of_the_caller(media, headers, body):
    try:
        batch = read_request(media, headers, body, NOW)
    except Fault as fault:
        assert fault.status in (400, 413, 415)  # noqa: PT017
    else:
        assert isinstance(batch, Batch)


@unhurried
@given(
    fields=st.dictionaries(
        st.sampled_from(["event", "other"]), texts | st.builds(json.dumps, values)
    )
)
def test_any_stream_entry_is_an_event_or_a_refusal(fields):
    read = read_entry(fields, NOW)
    assert isinstance(read, Refused) or read.envelope.source


@unhurried
@given(document=values | near_tickets, headers=st.dictionaries(st.just("x-zammad-delivery"), texts))
def test_any_post_to_the_zammad_hook_is_answered(document, headers):
    read = zammad.read(document, headers, "/zammad", NOW)
    assert isinstance(read, Event | Unfinished | Ignored | Refused)


@unhurried
@given(document=values | near_tickets, changed=values, at=values)
def test_any_post_to_the_freshdesk_and_chatwoot_hooks_is_answered(document, changed, at):
    rule = {"triggered_event": changed, "event_time": at, "ticket_id": 1, "ticket_status": "4"}
    chat = {"event": "conversation_status_changed", "status": "resolved", "id": 1}
    chat |= {"updated_at": at, "changed_attributes": changed, "meta": {"sender": document}}
    for read in (
        *(freshdesk.read(told, "/f", NOW) for told in (document, rule)),
        *(chatwoot.read(told, "/c", NOW) for told in (document, chat)),
    ):
        assert isinstance(read, Event | Unfinished | Ignored | Refused)


@given(body=st.binary(max_size=20), header=st.none() | texts, secret=texts)
def test_no_header_that_was_not_computed_passes_as_zammads(body, header, secret):
    assert not zammad.signed(body, header, secret)


@given(
    headers=st.dictionaries(
        st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]),
        texts | st.sampled_from(["1795222800", "v1,AAAA", "v1,"]),
    ),
    secrets=st.lists(texts | st.just("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")),
)
def test_no_webhook_that_was_not_signed_is_believed(headers, secrets):
    assert not verify(secrets, headers, b"{}", NOW)


@unhurried
@given(
    ticket=names,
    customer=names,
    closed_at=instants,
    cycle=st.none() | st.integers(min_value=1, max_value=1_000_000),
    offset=st.integers(min_value=-14 * 4, max_value=14 * 4),
    more=st.dictionaries(names.map("x".__add__), st.integers(-1000, 1000), max_size=3),
)
def test_a_valid_closing_comes_out_as_it_went_in(ticket, customer, closed_at, cycle, offset, more):
    east = timedelta(minutes=15 * abs(offset))
    sign = "-" if offset < 0 else "+"
    local = closed_at + (east if offset >= 0 else -east)
    zone = f"{sign}{abs(offset) // 4:02}:{abs(offset) % 4 * 15:02}"
    document = {
        "specversion": "1.0",
        "id": "evt-1",
        "source": "/tickets",
        "type": "ticket.closed",
        "data": {
            "ticket": {
                "id": ticket,
                "cycle": cycle,
                "closed_at": local.replace(tzinfo=None).isoformat() + zone,
                **more,
            },
            "customer": {"id": customer},
        },
    }
    (event,) = read_request(MEDIA[1], {}, json.dumps(document).encode(), NOW).events
    assert isinstance(event, TicketClosed)
    assert (event.ticket.id, event.ticket.cycle, event.customer.id) == (ticket, cycle, customer)
    assert event.ticket.closed_at == closed_at == event.envelope.time
    assert event.customer.notes == ()
    assert json.loads(event.envelope.raw) == document
    assert read_event(json.loads(event.envelope.raw), NOW) == event


@unhurried
@given(text=texts, locale=st.none() | st.sampled_from(["zh-CN", "en-US", "de-DE", "xx"]) | texts)
def test_a_kept_address_stays_the_same_when_it_is_read_again(text, locale):
    is_zone(text)
    phone = read_phone(text, locale)
    assert phone is None or read_phone(phone, None) == phone
    email = addresses.email(text + "@" + text)
    assert email is None or addresses.email(email) == email


@given(data=st.data(), closings=st.lists(instants, unique=True, min_size=1, max_size=6))
def test_in_any_order_of_arrival_each_closing_has_one_cycle_and_repeats_make_none(data, closings):
    repeated = closings + data.draw(st.lists(st.sampled_from(closings), max_size=6))
    arrivals = data.draw(st.permutations(repeated))
    known: list[Known] = []
    cycles: dict[datetime, int] = {}
    for closed_at in arrivals:
        told = assign(data.draw(st.permutations(known)), None, closed_at)
        assert told.new is (closed_at not in cycles)
        assert told.superseded is any(closing > closed_at for closing in cycles)
        assert cycles.setdefault(closed_at, told.cycle) == told.cycle
        if told.new:
            known.append(Known(cycle=told.cycle, closed_at=closed_at))
    assert sorted(cycles.values()) == list(range(1, len(closings) + 1))


@given(
    given_cycles=st.lists(st.integers(min_value=1, max_value=5), min_size=1, max_size=8),
    closed_at=instants,
)
def test_a_given_cycle_is_never_counted_twice(given_cycles, closed_at):
    known: list[Known] = []
    for cycle in given_cycles:
        told = assign(known, cycle, closed_at)
        assert told.cycle == cycle
        assert told.new is all(closing.cycle != cycle for closing in known)
        if told.new:
            known.append(Known(cycle=cycle, closed_at=closed_at))
    assert len(known) == len(set(given_cycles))


@pytest.mark.parametrize("depth", [10, 1_000, 100_000])
def test_a_deep_nest_is_answered_whatever_its_depth(depth):
    body = b'{"specversion":"1.0","id":"e","data":' + b"[" * depth + b"]" * depth + b"}"
    try:
        batch = read_request(MEDIA[1], {}, body, NOW)
    except Fault as fault:
        assert fault.status == 400  # noqa: PT017
    else:
        assert len(batch.refused) == 1
