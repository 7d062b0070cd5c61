"""Shows what Chatwoot's webhook tells us, and which posts are not Chatwoot's."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from tickets.adapters.chatwoot import read, signed
from tickets.model import Agent, Ignored, Refused, TicketClosed, TicketReopened, Unfinished

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
RESOLVED = datetime(2026, 11, 21, 8, 15, 31, 250_000, tzinfo=UTC)


def payload(before="open", **changes):
    told = {
        "event": "conversation_status_changed",
        "id": 42,
        "status": "resolved",
        "inbox_id": 5,
        "channel": "Channel::WebWidget",
        "priority": "high",
        "labels": ["fibre"],
        "custom_attributes": {"category": "broadband_fault", "region": "JX"},
        "messages": [{"content": "我的宽带断了"}],
        "meta": {
            "sender": {
                "id": 501,
                "name": "李磊",
                "email": "Li@Example.cn",
                "phone_number": "+8613800138000",
                "custom_attributes": {"tier": "vip"},
                "additional_attributes": {"timezone": "Asia/Shanghai"},
            },
            "assignee": {"id": 9, "name": "王敏", "email": "wang@isp.example"},
            "team": {"id": 2, "name": "NOC-2"},
        },
        "changed_attributes": [
            {"updated_at": {"previous_value": "x", "current_value": "y"}},
            {"status": {"previous_value": before, "current_value": "resolved"}},
        ],
        "created_at": int(datetime(2026, 11, 19, 2, 0, tzinfo=UTC).timestamp()),
        "updated_at": RESOLVED.timestamp(),
    }
    return told | changes


def read_now(document):
    return read(document, "/chatwoot", NOW)


def test_a_resolved_conversation_is_told_with_whom_it_concerned_and_who_resolved_it():
    event = read_now(payload())
    assert isinstance(event, TicketClosed)
    ticket, whom = event.ticket, event.customer
    assert (event.envelope.source, event.envelope.time) == ("/chatwoot", RESOLVED)
    assert (ticket.id, ticket.cycle, ticket.team, ticket.priority) == ("42", None, "NOC-2", "high")
    assert (ticket.category, ticket.region, ticket.tags) == ("broadband_fault", "JX", ("fibre",))
    assert (ticket.opened_at, ticket.closed_at) == (
        datetime(2026, 11, 19, 2, 0, tzinfo=UTC),
        RESOLVED,
    )
    assert ticket.agent == Agent(id="9", name="王敏", email="wang@isp.example")
    assert (whom.id, whom.name, whom.email, whom.tier) == ("501", "李磊", "li@example.cn", "vip")
    assert (whom.phone, whom.timezone) == ("+8613800138000", "Asia/Shanghai")
    assert not ticket.confirms
    assert "我的宽带断了" not in event.envelope.raw


def test_resolved_again_it_is_another_event_and_another_closing():
    first = read_now(payload())
    later = read_now(payload(updated_at=RESOLVED.timestamp() + 3600))
    assert isinstance(first, TicketClosed)
    assert isinstance(later, TicketClosed)
    assert first.envelope.id != later.envelope.id
    assert later.ticket.closed_at == RESOLVED + timedelta(hours=1)
    assert read_now(payload()) == first


def test_one_that_does_not_say_when_it_was_is_known_again_by_its_body_and_was_just_now():
    first, again = read_now(payload(updated_at=None)), read_now(payload(updated_at=None))
    assert isinstance(first, TicketClosed)
    assert (first.ticket.closed_at, first.envelope.time) == (NOW, NOW)
    assert first == again
    other = read_now(payload(updated_at=None, labels=["fibre", "again"]))
    assert isinstance(other, TicketClosed)
    assert other.envelope.id != first.envelope.id
    by_stamp = read_now(payload(updated_at=None, timestamp=RESOLVED.timestamp()))
    assert isinstance(by_stamp, TicketClosed)
    assert by_stamp.ticket.closed_at == RESOLVED


@pytest.mark.parametrize(
    ("status", "before", "kind"),
    [
        ("open", "resolved", TicketReopened),
        ("pending", "resolved", TicketReopened),
        ("snoozed", "resolved", TicketReopened),
        ("open", "pending", Ignored),
        ("open", "snoozed", Ignored),
        ("resolved", "resolved", Ignored),
        ("archived", "open", Ignored),
        ("Resolved", "Open", TicketClosed),
    ],
)
def test_only_a_change_between_open_and_resolved_is_news(status, before, kind):
    assert isinstance(read_now(payload(before, status=status)), kind)


@pytest.mark.parametrize("changes", [None, [], [{}], "x", [{"status": None}]])
def test_an_older_chatwoot_does_not_say_what_changed(changes):
    event = read_now(payload(changed_attributes=changes))
    assert isinstance(event, TicketClosed)
    assert event.ticket.confirms
    assert isinstance(read_now(payload(changed_attributes=changes, status="open")), TicketReopened)


@pytest.mark.parametrize(
    "event", ["message_created", "conversation_updated", "conversation_created", "contact_updated"]
)
def test_messages_our_own_notes_among_them_are_no_news(event):
    assert isinstance(read_now(payload(event=event)), Ignored)


def test_a_conversation_whose_contact_is_not_shown_has_him_found_by_the_conversation():
    found = read_now(payload(meta={}))
    assert isinstance(found, Unfinished)
    assert (found.ticket, found.customer) == ("42", None)


def test_a_contact_without_number_and_mailbox_has_none():
    sender = {"id": 501, "name": "", "email": None, "phone_number": None}
    event = read_now(payload(meta={"sender": sender}))
    assert isinstance(event, TicketClosed)
    assert (event.customer.phone, event.customer.email) == (None, None)
    assert event.ticket.agent == Agent()


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ([], ""),
        ({}, "event"),
        (payload(status=None), "status"),
        (payload(id=None), "id"),
        (payload(updated_at=float("inf")), ""),
        (payload(updated_at=1e300), "updated_at"),
        (payload(updated_at="yesterday"), "updated_at"),
        (payload(updated_at=True), "updated_at"),
        (payload(updated_at=(NOW + timedelta(hours=3)).timestamp()), "updated_at"),
    ],
)
def test_what_lacks_the_needed_is_refused_where_chatwoot_has_it(document, path):
    refused = read_now(document)
    assert isinstance(refused, Refused)
    assert refused.path == path


BODY = b'{"event":"conversation_status_changed"}'


def headers(secret="s3cret", at=NOW, body=BODY):
    stamp = str(int(at.timestamp()))
    mac = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"x-chatwoot-timestamp": stamp, "x-chatwoot-signature": f"sha256={mac}"}


def test_a_body_signed_with_our_secret_and_lately_is_chatwoot_s():
    # printf '1763715600.{}' | openssl dgst -sha256 -hmac s3cret
    known = {
        "x-chatwoot-timestamp": "1763715600",
        "x-chatwoot-signature": "sha256="
        "c288ac88c1b6357040b80a228c7c28bbf40e02f0f2208eec104256607c7b3203",
    }
    at = datetime.fromtimestamp(1763715600, UTC)
    assert signed(b"{}", known, "s3cret", at)
    assert signed(BODY, headers(), "s3cret", NOW + timedelta(minutes=4))
    assert not signed(BODY, headers(), "s3cret", NOW + timedelta(minutes=6))
    assert not signed(BODY, headers(), "s3cret", NOW - timedelta(minutes=6))
    assert not signed(BODY + b" ", headers(), "s3cret", NOW)
    assert not signed(BODY, headers("other"), "s3cret", NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"x-chatwoot-timestamp": ""},
        {"x-chatwoot-timestamp": "٣"},
        {"x-chatwoot-timestamp": "9" * 40},
        {"x-chatwoot-signature": ""},
        {"x-chatwoot-signature": "sha256="},
        {"x-chatwoot-signature": "sha256=工单\udcff"},
        {"x-chatwoot-signature": "md5=00"},
    ],
)
def test_headers_that_are_no_signature_prove_nothing(changes):
    assert not signed(BODY, headers() | changes, "s3cret", NOW)
    assert not signed(BODY, {}, "s3cret", NOW)


def test_an_empty_secret_proves_nothing_even_if_the_signature_fits_it():
    assert not signed(BODY, headers(""), "", NOW)
