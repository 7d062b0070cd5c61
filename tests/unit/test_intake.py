"""Shows how requests, batches and stream entries become events or refusals with a reason."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from kernel.faults import Malformed, TooLarge, WrongMedia
from tickets.fields import read_instant
from tickets.intake import Batch, read_entry, read_event, read_request
from tickets.model import (
    Agent,
    Customer,
    Preferences,
    PreferencesChanged,
    Refused,
    Ticket,
    TicketClosed,
    TicketDeleted,
    TicketMerged,
    TicketReopened,
)

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
CLOSED_AT = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)


def closed(**ticket):
    return {
        "specversion": "1.0",
        "id": "evt-1",
        "source": "/tickets",
        "type": "ticket.closed",
        "time": "2026-11-21T08:30:00+08:00",
        "data": {
            "ticket": {"id": "T-1", "closed_at": "2026-11-21T08:00:00+08:00", **ticket},
            "customer": {"id": "C-1"},
        },
    }


def with_customer(**customer):
    document = closed()
    document["data"]["customer"].update(customer)
    return document


def about(kind, **more):
    return {"specversion": "1.0", "id": "evt-2", "source": "/tickets", "type": kind, **more}


def changed(document, path, value):
    """`document` with the field at the dotted `path` set, or left out if `value` is `...`."""
    copy = json.loads(json.dumps(document))
    *way, last = path.split(".")
    part = copy
    for step in way:
        part = part[step]
    if value is ...:
        del part[last]
    else:
        part[last] = value
    return copy


def send(document, media=STRUCTURED, headers=None):
    return read_request(media, headers or {}, json.dumps(document).encode(), NOW)


def test_a_full_closing_is_read_field_by_field():
    document = closed(
        cycle=2,
        category="broadband_fault",
        product="fibre",
        region="JX",
        channel="phone",
        priority="high",
        team="NOC-2",
        agent={"id": "A-7", "name": "小王", "email": "Wang@Example.com"},
        opened_at="2026-11-20T20:00:00Z",
        close_reason="resolved",
        tags=["vip", "night"],
    )
    document["data"]["customer"].update(
        name="李雷",
        phone="+86 138 0013 8000",
        email=" Li.Lei@Example.COM ",
        locale="zh-CN",
        timezone="Asia/Shanghai",
        tier="vip",
        preferences={"channels": ["SMS", "voice"], "do_not_contact": False},
    )
    event = read_event(document, NOW)
    assert isinstance(event, TicketClosed)
    assert event.ticket == Ticket(
        id="T-1",
        cycle=2,
        category="broadband_fault",
        product="fibre",
        region="JX",
        channel="phone",
        priority="high",
        team="NOC-2",
        agent=Agent(id="A-7", name="小王", email="wang@example.com"),
        opened_at=datetime(2026, 11, 20, 20, 0, tzinfo=UTC),
        closed_at=CLOSED_AT,
        close_reason="resolved",
        tags=("vip", "night"),
    )
    assert event.customer == Customer(
        id="C-1",
        name="李雷",
        phone="+8613800138000",
        email="li.lei@example.com",
        locale="zh-CN",
        timezone="Asia/Shanghai",
        tier="vip",
        preferences=Preferences(channels=("sms", "voice"), do_not_contact=False),
    )
    assert event.envelope.time == CLOSED_AT + timedelta(minutes=30)
    assert (event.envelope.id, event.envelope.source) == ("evt-1", "/tickets")


def test_the_raw_event_keeps_the_fields_we_do_not_know():
    document = closed(custom={"line": 7})
    document["traceparent"] = "00-abc"
    event = read_event(document, NOW)
    assert isinstance(event, TicketClosed)
    assert json.loads(event.envelope.raw) == document


def test_integers_will_do_as_ids():
    document = changed(changed(closed(id=1001), "data.customer.id", 7), "id", 42)
    event = read_event(document, NOW)
    assert isinstance(event, TicketClosed)
    assert (event.ticket.id, event.customer.id, event.envelope.id) == ("1001", "7", "42")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("specversion", ...),
        ("specversion", "0.3"),
        ("specversion", 1.0),
        ("id", ...),
        ("id", ""),
        ("id", None),
        ("id", True),
        ("id", "x" * 256),
        ("source", ...),
        ("source", "x" * 256),
        ("source", "/a\nb"),
        ("type", ...),
        ("type", "ticket.opened"),
        ("time", "2026-11-21 08:00"),
        ("time", "2026-11-21T08:00:00"),
        ("time", 1795222800),
        ("data", "text"),
        ("data.ticket", []),
        ("data.ticket.id", ...),
        ("data.ticket.id", ["T-1"]),
        ("data.ticket.id", "   "),
        ("data.ticket.id", "x" * 256),
        ("data.ticket.closed_at", "yesterday"),
        ("data.ticket.closed_at", "2026-11-21T08:00:00"),
        ("data.ticket.closed_at", "2026-02-30T08:00:00Z"),
        ("data.customer", "C-1"),
        ("data.customer.id", ...),
        ("data.customer.id", 1.5),
    ],
)
def test_a_needed_field_that_cannot_be_used_refuses_the_event_and_is_named(path, value):
    refused = read_event(changed(closed(), path, value), NOW)
    assert isinstance(refused, Refused)
    assert refused.path == path
    assert refused.reason
    assert refused.id == (None if path == "id" else "evt-1")


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("data", "data.ticket.id"),
        ("data.ticket", "data.ticket.id"),
        ("data.customer", "data.customer.id"),
    ],
)
def test_where_a_whole_part_is_missing_the_needed_field_in_it_is_named(path, named):
    refused = read_event(changed(closed(), path, ...), NOW)
    assert refused == Refused(id="evt-1", path=named, reason="needed")


@pytest.mark.parametrize("path", ["time", "data.ticket.closed_at"])
def test_a_time_an_hour_ahead_is_a_clock_askew_and_more_is_refused(path):
    just = changed(closed(), path, (NOW + timedelta(hours=1)).isoformat())
    assert isinstance(read_event(just, NOW), TicketClosed)
    beyond = changed(closed(), path, (NOW + timedelta(hours=1, seconds=1)).isoformat())
    assert read_event(beyond, NOW) == Refused(
        id="evt-1", path=path, reason="more than an hour ahead of our clock"
    )


def test_a_closing_without_its_own_time_takes_the_other():
    no_time = read_event(changed(closed(), "time", ...), NOW)
    assert isinstance(no_time, TicketClosed)
    assert no_time.envelope.time == CLOSED_AT
    no_closed_at = read_event(changed(closed(), "data.ticket.closed_at", None), NOW)
    assert isinstance(no_closed_at, TicketClosed)
    assert no_closed_at.ticket.closed_at == CLOSED_AT + timedelta(minutes=30)
    neither = changed(changed(closed(), "time", ...), "data.ticket.closed_at", ...)
    assert read_event(neither, NOW) == Refused(
        id="evt-1", path="data.ticket.closed_at", reason="needed"
    )


@pytest.mark.parametrize(
    ("field", "value", "kept", "note"),
    [
        ("phone", "call me", None, "phone: not a valid number"),
        ("phone", ["+8613800138000"], None, "phone: not a text"),
        ("phone", "9" * 201, None, "phone: longer than 200 characters"),
        ("email", "nobody", None, "email: not a valid address"),
        ("locale", "klingon", None, "locale: not a known locale"),
        ("timezone", "Mars/Base", "Mars/Base", "timezone: not a known time zone"),
        ("timezone", 8, "8", "timezone: not a known time zone"),
        ("timezone", {"utc": 8}, None, "timezone: not a text"),
        ("name", "x" * 201, None, "name: longer than 200 characters"),
        ("name", "Bobby\r\nBcc: all@example.com", None, "name: has control characters"),
        ("preferences", "sms", Preferences(), "preferences: not an object"),
    ],
)
def test_a_wrong_detail_of_the_customer_is_noted_and_refuses_nothing(field, value, kept, note):
    event = read_event(with_customer(**{field: value}), NOW)
    assert isinstance(event, TicketClosed)
    assert getattr(event.customer, field) == kept
    assert event.customer.notes == (note,)


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("cycle", 0, None),
        ("cycle", True, None),
        ("cycle", 1.5, None),
        ("cycle", 10**9, None),
        ("category", {"id": 1}, None),
        ("opened_at", "2026-11-20", None),
        ("agent", "A-7", Agent()),
        ("agent", {"id": "A-7", "email": "@"}, Agent(id="A-7")),
        ("tags", {"vip": True}, ()),
        ("tags", ["vip", None, "x" * 65, "night"], ("vip", "night")),
        ("tags", [str(n) for n in range(51)], tuple(str(n) for n in range(50))),
    ],
)
def test_a_wrong_detail_of_the_ticket_is_noted_and_refuses_nothing(field, value, kept):
    event = read_event(closed(**{field: value}), NOW)
    assert isinstance(event, TicketClosed)
    assert getattr(event.ticket, field) == kept
    (note,) = event.customer.notes
    assert note.startswith(f"ticket.{field}")


def test_a_text_of_tags_or_channels_is_a_list_with_commas() -> None:
    event = read_event(closed(tags="spam, vip"), NOW)
    assert isinstance(event, TicketClosed)
    assert (event.ticket.tags, event.customer.notes) == (("spam", "vip"), ())
    wishes = read_event(with_customer(preferences={"channels": "email,SMS"}), NOW)
    assert isinstance(wishes, TicketClosed)
    assert wishes.customer.preferences.channels == ("email", "sms")


def test_empty_and_null_details_are_absent_without_a_note():
    event = read_event(with_customer(phone="", email=None, name=" ", preferences=None), NOW)
    assert isinstance(event, TicketClosed)
    assert event.customer == Customer(id="C-1")


def test_a_cycle_may_come_as_its_digits():
    event = read_event(closed(cycle="3"), NOW)
    assert isinstance(event, TicketClosed)
    assert event.ticket.cycle == 3


@pytest.mark.parametrize(
    ("told", "kept", "noted"),
    [
        (True, True, False),
        ("yes", True, False),
        (1, True, False),
        (False, False, False),
        ("no", False, False),
        ("", None, False),
        (None, None, False),
        ("perhaps", True, True),
        ([], True, True),
    ],
)
def test_a_wish_to_be_left_alone_that_cannot_be_read_is_obeyed(told, kept, noted):
    event = read_event(with_customer(preferences={"do_not_contact": told}), NOW)
    assert isinstance(event, TicketClosed)
    assert event.customer.preferences.do_not_contact is kept
    assert bool(event.customer.notes) is noted


@pytest.mark.parametrize(
    ("told", "kept"),
    [(["sms", "pigeon"], ("sms",)), (["pigeon"], None), ([], ()), ("sms", ("sms",)), (" ", None)],
)
def test_of_the_channels_only_those_we_have_are_kept(told, kept):
    event = read_event(with_customer(preferences={"channels": told}), NOW)
    assert isinstance(event, TicketClosed)
    assert event.customer.preferences.channels == kept


@pytest.mark.parametrize(
    "text", ["a\x00b", json.loads('"\\ud800"')], ids=["NUL", "half a surrogate pair"]
)
@pytest.mark.parametrize("where", ["value", "key", "id"])
def test_a_text_that_the_database_cannot_keep_refuses_the_event(text, where):
    document = {
        "value": closed(custom=[{"deep": text}]),
        "key": closed(**{text: 1}),
        "id": {**closed(), "id": text},
    }[where]
    refused = read_event(document, NOW)
    assert isinstance(refused, Refused)
    assert refused.reason == "a text with NUL or half a surrogate pair"
    assert refused.id == (None if where == "id" else "evt-1")


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 400])
def test_a_number_that_the_database_cannot_keep_refuses_the_event(number):
    body = json.dumps(closed(custom=0)).replace('"custom": 0', f'"custom": {number}')
    batch = read_request(STRUCTURED, {}, body.encode(), NOW)
    assert [refused.reason for refused in batch.refused] == ["a number too large to keep"]


def test_an_event_nested_deeper_than_we_keep_is_refused():
    nest = "deep"
    for _ in range(40):
        nest = [nest]
    refused = read_event(closed(custom=nest), NOW)
    assert refused == Refused(id="evt-1", path="", reason="nested too deeply")


@pytest.mark.parametrize(
    ("kind", "told"),
    [("ticket.reopened", TicketReopened), ("ticket.deleted", TicketDeleted)],
)
def test_what_happens_to_a_ticket_needs_only_its_id(kind, told):
    for more in ({"subject": "T-9"}, {"data": {"ticket": {"id": "T-9"}}, "subject": "other"}):
        event = read_event(about(kind, **more), NOW)
        assert isinstance(event, told)
        assert event.ticket_id == "T-9"
        assert event.envelope.time == NOW
    assert read_event(about(kind), NOW) == Refused(
        id="evt-2", path="data.ticket.id", reason="needed"
    )


def test_a_reopening_without_a_time_happened_now_and_not_at_the_closing_it_undoes():
    ticket = {"id": "T-9", "closed_at": "2026-11-01T08:00:00Z"}
    event = read_event(about("ticket.reopened", data={"ticket": ticket}), NOW)
    assert isinstance(event, TicketReopened)
    assert event.envelope.time == NOW


def test_a_merged_ticket_says_into_which_if_it_is_told():
    into = read_event(
        about("ticket.merged", data={"ticket": {"id": "T-9", "merged_into": "T-1"}}), NOW
    )
    assert isinstance(into, TicketMerged)
    assert (into.ticket_id, into.into) == ("T-9", "T-1")
    untold = read_event(about("ticket.merged", subject="T-9"), NOW)
    assert isinstance(untold, TicketMerged)
    assert untold.into is None


def test_changed_preferences_concern_a_customer_and_no_ticket():
    wishes = {"channels": ["email"], "do_not_contact": True, "timezone": "Europe/Berlin"}
    document = about(
        "customer.preferences_changed", data={"customer": {"id": "C-1", "preferences": wishes}}
    )
    event = read_event(document, NOW)
    assert isinstance(event, PreferencesChanged)
    assert event.customer.preferences == Preferences(
        channels=("email",), do_not_contact=True, timezone="Europe/Berlin"
    )
    without = read_event(changed(document, "data.customer.id", ...), NOW)
    assert without == Refused(id="evt-2", path="data.customer.id", reason="needed")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-21T08:00:00Z", (8, 0, 0, 0)),
        ("2026-11-21t08:00:00z", (8, 0, 0, 0)),
        ("2026-11-21 08:00:00-00:00", (8, 0, 0, 0)),
        ("2026-11-21T13:30:00.5+05:30", (8, 0, 0, 500_000)),
        ("2026-11-21T08:00:00.123456789Z", (8, 0, 0, 123_456)),
        ("2026-11-21T07:59:60Z", (8, 0, 0, 0)),
    ],
)
def test_an_instant_is_read_as_rfc_3339_writes_it(text, instant):
    assert read_instant(text) == datetime(2026, 11, 21, *instant, tzinfo=UTC)
    assert read_instant(text).tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-11-21T08:00:00", "without an offset"),
        ("2026-11-21", "not an RFC 3339 time"),
        ("20261121T080000Z", "not an RFC 3339 time"),
        ("2026-W47-6T08:00:00Z", "not an RFC 3339 time"),
        ("2026-11-21T08:00Z", "not an RFC 3339 time"),
        ("2026-11-21T08:00:00Z\n", "not an RFC 3339 time"),
        ("２０２６-11-21T08:00:00Z", "not an RFC 3339 time"),
        ("2026-11-31T08:00:00Z", "not a time that exists"),
        ("2026-11-21T24:00:00Z", "not a time that exists"),
        ("2026-11-21T08:00:61Z", "not a time that exists"),
        ("2026-11-21T08:00:00+24:00", "not a time that exists"),
        ("0001-01-01T00:00:00+01:00", "not a time that exists"),
        ("9999-12-31T23:59:60Z", "not a time that exists"),
    ],
)
def test_what_is_no_instant_is_refused_with_its_reason(text, reason):
    with pytest.raises(ValueError, match=reason):
        read_instant(text)


def test_a_structured_request_may_have_parameters_and_stray_headers():
    batch = send(
        closed(),
        media="Application/CloudEvents+JSON; charset=UTF-8",
        headers={"ce-id": "stray", "ce-type": "stray"},
    )
    assert [event.envelope.id for event in batch.events] == ["evt-1"]


def test_plain_json_without_event_headers_is_structured_or_a_batch():
    assert len(send(closed(), media="application/json").events) == 1
    two = send([closed(), {**closed(), "id": "evt-2"}], media="application/json")
    assert [event.envelope.id for event in two.events] == ["evt-1", "evt-2"]
    stray = send(closed(), media="application/json", headers={"ce-traceparent": "00-abc"})
    assert [event.envelope.id for event in stray.events] == ["evt-1"]
    bare = send({"ticket": {"id": "T-1"}}, media="application/json")
    assert bare.refused == (Refused(id=None, path="specversion", reason="needed"),)


def test_a_binary_request_has_its_attributes_in_the_headers():
    headers = {
        "ce-specversion": "1.0",
        "ce-id": '"evt \\"9\\""',
        "ce-source": "/%E5%B7%A5%E5%8D%95",
        "ce-type": "ticket.closed",
        "ce-time": "2026-11-21T08:30:00+08:00",
        "ce-data": "not the data",
        "user-agent": "tickets",
    }
    batch = send(closed()["data"], media="application/json; charset=utf-8", headers=headers)
    (event,) = batch.events
    assert isinstance(event, TicketClosed)
    assert (event.envelope.id, event.envelope.source) == ('evt "9"', "/工单")
    assert json.loads(event.envelope.raw)["data"] == closed()["data"]
    assert "user-agent" not in json.loads(event.envelope.raw)


def test_a_binary_request_lacking_an_attribute_is_refused_and_gets_no_id_of_our_making():
    headers = {"ce-specversion": "1.0", "ce-source": "/tickets", "ce-type": "ticket.closed"}
    batch = send(closed()["data"], media="application/json", headers=headers)
    assert batch == Batch(events=(), refused=(Refused(id=None, path="id", reason="needed"),))


def test_a_binary_request_may_do_without_a_body():
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "evt-3",
        "ce-source": "/tickets",
        "ce-type": "ticket.deleted",
        "ce-subject": "T-4",
    }
    batch = read_request("application/json", headers, b"", NOW)
    (event,) = batch.events
    assert isinstance(event, TicketDeleted)
    assert event.ticket_id == "T-4"


def test_a_batch_keeps_its_order_and_its_good_events():
    bad = changed(closed(), "data.ticket.id", ...)
    documents = [{**closed(), "id": "a"}, {**bad, "id": "b"}, 7, {**closed(), "id": "c"}]
    batch = send(documents, media=BATCH)
    assert [event.envelope.id for event in batch.events] == ["a", "c"]
    assert [(refused.id, refused.path) for refused in batch.refused] == [
        ("b", "data.ticket.id"),
        (None, ""),
    ]


def test_a_batch_may_be_empty_and_has_at_most_five_hundred_events():
    assert send([], media=BATCH) == Batch(events=(), refused=())
    assert len(send([closed()] * 500, media=BATCH).events) == 500
    with pytest.raises(TooLarge, match="at most 500"):
        send([closed()] * 501, media=BATCH)


def test_a_batch_that_is_no_array_is_malformed_and_an_array_is_no_single_event():
    with pytest.raises(Malformed, match="array"):
        send(closed(), media=BATCH)
    assert send([closed()]).refused == (Refused(id=None, path="", reason="not a JSON object"),)


@pytest.mark.parametrize("media", ["", "text/plain", "application/xml", "application/jsonp"])
def test_other_media_are_refused(media):
    with pytest.raises(WrongMedia, match="application/cloudevents"):
        send(closed(), media=media)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"id": NaN}', "a number"),
        (b"[-Infinity]", "a number"),
        (b"[" + b"9" * 5000 + b"]", "a number"),
        (b'"\xff"', "not UTF-8"),
        ('{"id": "x"}'.encode("utf-16"), "not UTF-8"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 200_000, "nested too deeply"),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"ce-id": "evt-1"}], ids=["structured", "binary"])
def test_a_body_that_cannot_be_read_is_malformed(body, reason, headers):
    if not body and headers:
        body = b"{"
    with pytest.raises(Malformed, match=reason):
        read_request("application/json", headers, body, NOW)


def test_a_header_that_is_not_percent_coded_utf_8_is_malformed():
    with pytest.raises(Malformed, match="percent-coded"):
        read_request("application/json", {"ce-id": "%FF"}, b"{}", NOW)


def test_a_byte_order_mark_is_no_fault():
    body = b"\xef\xbb\xbf" + json.dumps(closed()).encode()
    assert len(read_request(STRUCTURED, {}, body, NOW).events) == 1


def test_a_stream_entry_has_its_event_in_a_field():
    event = read_entry({"event": json.dumps(closed()), "trace": "x"}, NOW)
    assert isinstance(event, TicketClosed)
    assert read_entry({"payload": "{}"}, NOW) == Refused(id=None, path="event", reason="needed")


@pytest.mark.parametrize("text", ["", "{", "NaN", "[" * 100_000, "[]", '"x"', "5"])
def test_a_stream_entry_that_cannot_be_read_is_refused_with_its_reason(text):
    refused = read_entry({"event": text}, NOW)
    assert isinstance(refused, Refused)
    assert refused.path == "event"
    assert refused.reason


def test_no_refusal_and_no_note_quotes_what_the_customer_sent():
    event = read_event(
        with_customer(
            phone="secret-1",
            email="secret-2",
            locale="secret-3",
            preferences={"do_not_contact": "secret-4"},
        ),
        NOW,
    )
    assert isinstance(event, TicketClosed)
    assert len(event.customer.notes) == 4
    assert "secret" not in "".join(event.customer.notes)
