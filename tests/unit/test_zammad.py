"""Shows what Zammad's webhook tells us, and which posts are not Zammad's."""

import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest

from kernel.vault import derived_id
from tickets.adapters.zammad import read, signed
from tickets.completing import complete
from tickets.intake import read_event
from tickets.model import (
    Agent,
    Ignored,
    Refused,
    TicketClosed,
    TicketDeleted,
    TicketMerged,
    TicketReopened,
    Unfinished,
)
from tickets.ports import Facts

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
MARK = derived_id("w_", "an order")
UPDATED = datetime(2026, 11, 21, 8, 15, 31, tzinfo=UTC)
LAST = datetime(2026, 11, 21, 8, 15, 30, 250_000, tzinfo=UTC)


def payload(**ticket):
    return {
        "ticket": {
            "id": 4711,
            "number": "204711",
            "title": "宽带断线",
            "state": "closed",
            "state_id": 4,
            "created_at": "2026-11-19T02:00:00.000Z",
            "close_at": "2026-11-20T03:00:00.000Z",
            "last_close_at": "2026-11-21T08:15:30.250Z",
            "updated_at": "2026-11-21T08:15:31.000Z",
            "create_article_type": "web",
            "customer": {
                "id": 52,
                "firstname": "Lei",
                "lastname": "Li",
                "login": "li@example.cn",
                "email": "Li@Example.cn",
                "phone": "0086 10 6552 9988",
                "mobile": "13800138000",
                "vip": True,
            },
            "group": {"id": 2, "name": "NOC-2"},
            "owner": {
                "id": 9,
                "login": "wang",
                "firstname": "Min",
                "lastname": "Wang",
                "email": "wang@isp.example",
            },
            "priority": {"id": 3, "name": "3 high"},
            "tags": ["fibre", "night"],
            **ticket,
        },
        "article": {"id": 1, "body": "please call"},
    }


def customer(**changes):
    told = payload()["ticket"]["customer"]
    return {name: value for name, value in {**told, **changes}.items() if value is not None}


def read_now(document, headers=None, **more):
    return read(document, headers or {}, "/zammad", NOW, **more)


def test_a_closed_ticket_is_told_with_whom_it_concerned_and_who_closed_it():
    event = read_now(payload(), {"x-zammad-delivery": "d-1"})
    assert isinstance(event, TicketClosed)
    assert (event.envelope.id, event.envelope.source) == ("d-1", "/zammad")
    assert event.envelope.time == datetime(2026, 11, 21, 8, 15, 31, tzinfo=UTC)
    ticket, whom = event.ticket, event.customer
    assert (ticket.id, ticket.team, ticket.priority, ticket.channel) == (
        "4711",
        "NOC-2",
        "3 high",
        "web",
    )
    assert (ticket.category, ticket.cycle, ticket.tags) == (None, None, ("fibre", "night"))
    assert ticket.opened_at == datetime(2026, 11, 19, 2, 0, tzinfo=UTC)
    assert ticket.agent == Agent(id="9", name="Min Wang", email="wang@isp.example")
    assert (whom.id, whom.name, whom.email, whom.tier) == ("52", "Lei Li", "li@example.cn", "vip")
    assert whom.phone == "+8613800138000"
    assert whom.notes == ()


def test_the_ticket_stays_in_the_raw_event_without_the_article():
    event = read_now(payload(custom_field="x"))
    assert isinstance(event, TicketClosed)
    assert json.loads(event.envelope.raw)["data"]["zammad"]["custom_field"] == "x"
    assert "please call" not in event.envelope.raw


@pytest.mark.parametrize(
    ("times", "closed_at", "confirms"),
    [
        ({}, LAST, False),
        ({"last_close_at": None}, UPDATED, True),
        ({"last_close_at": None, "close_at": None}, UPDATED, True),
    ],
)
def test_the_last_closing_counts_and_not_the_first(times, closed_at, confirms):
    event = read_now(payload(**times))
    assert isinstance(event, TicketClosed)
    assert (event.ticket.closed_at, event.ticket.confirms) == (closed_at, confirms)


def test_without_a_delivery_id_the_ticket_and_its_last_change_make_one():
    event = read_now(payload())
    assert isinstance(event, TicketClosed)
    assert event.envelope.id == "4711:2026-11-21T08:15:31.000Z"


@pytest.mark.parametrize("state", ["closed", "Closed", " CLOSED "])
def test_a_closing_state_is_known_in_any_case(state):
    assert isinstance(read_now(payload(state=state)), TicketClosed)


def test_a_state_that_the_administrator_named_closes_when_it_is_configured():
    assert isinstance(read_now(payload(state="已解决")), Ignored)
    event = read_now(payload(state="已解决"), closed_states=("closed", "已解决"))
    assert isinstance(event, TicketClosed)


@pytest.mark.parametrize("state", ["open", "new", "pending reminder"])
def test_an_open_ticket_that_was_closed_before_is_reopened(state):
    event = read_now(payload(state=state))
    assert isinstance(event, TicketReopened)
    assert event.ticket_id == "4711"
    assert event.envelope.time == datetime(2026, 11, 21, 8, 15, 31, tzinfo=UTC)


def test_an_open_ticket_that_was_never_closed_is_no_news():
    never = payload(state="open", close_at=None, last_close_at=None)
    assert isinstance(read_now(never), Ignored)
    old_zammad = payload(state="open", last_close_at=None)
    assert isinstance(read_now(old_zammad), TicketReopened)


def test_a_ticket_about_to_be_closed_by_itself_is_no_news():
    assert isinstance(read_now(payload(state="pending close")), Ignored)


def test_a_merged_ticket_is_told_as_merged():
    event = read_now(payload(state="merged"))
    assert isinstance(event, TicketMerged)
    assert event.ticket_id == "4711"


@pytest.mark.parametrize(
    ("changes", "phone", "notes"),
    [
        ({"mobile": None}, "+861065529988", ()),
        ({"mobile": ""}, "+861065529988", ()),
        ({"mobile": "ask reception"}, "+861065529988", ()),
        ({"mobile": None, "phone": None}, None, ()),
        ({"mobile": "ask", "phone": "none"}, None, ("phone: not a valid number",)),
    ],
)
def test_the_first_number_that_can_be_read_is_taken_mobile_first(changes, phone, notes):
    event = read_now(payload(customer=customer(**changes)))
    assert isinstance(event, TicketClosed)
    assert (event.customer.phone, event.customer.notes) == (phone, notes)


def test_a_ticket_that_nobody_owned_credits_nobody():
    nobody = {"id": 1, "login": "-", "firstname": "-", "lastname": "", "email": ""}
    event = read_now(payload(owner=nobody))
    assert isinstance(event, TicketClosed)
    assert event.ticket.agent == Agent()


def test_a_leaner_payload_made_by_hand_is_read_too():
    lean = {
        "ticket": {
            "id": "4711",
            "state": {"name": "closed"},
            "updated_at": "2026-11-21T08:15:31Z",
            "customer_id": 52,
            "group": "NOC-2",
            "tags": "fibre, night",
        }
    }
    found = read_now(lean)
    assert isinstance(found, Unfinished)
    assert (found.ticket, found.customer) == ("4711", "52")
    facts = Facts(customer={"phone": "13800138000", "email": "li@example.cn"})
    event = read_event(complete(found.document, facts), NOW)
    assert isinstance(event, TicketClosed)
    assert (event.customer.id, event.customer.phone) == ("52", "+8613800138000")
    assert event.ticket.team == "NOC-2"
    assert event.ticket.tags == ("fibre", "night")


def test_a_payload_without_its_customer_has_him_found_by_the_ticket():
    found = read_now(payload(customer=None))
    assert isinstance(found, Unfinished)
    assert (found.ticket, found.customer) == ("4711", None)


def note(body, **changes):
    return {"id": 7, "type": "note", "internal": True, "body": body, **changes}


@pytest.mark.parametrize(
    ("article", "ours"),
    [
        (note("客户不满意\n" + MARK), True),
        (note("客户不满意\n" + MARK, internal=False), False),
        (note("an agent says why"), False),
        (note(None), False),
        ("a text", False),
    ],
)
def test_the_echo_of_our_own_reopening_is_no_news(article, ours):
    told = payload(state="open") | {"article": article}
    assert isinstance(read_now(told), Ignored if ours else TicketReopened)
    # Closed again before Zammad told of our note, it is a closing all the same.
    assert isinstance(read_now(payload() | {"article": article}), TicketClosed)


def test_a_removed_ticket_is_told_as_deleted():
    event = read_now(payload(state="removed"))
    assert isinstance(event, TicketDeleted)
    assert event.ticket_id == "4711"


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ([], "ticket"),
        ({}, "ticket"),
        ({"ticket": "4711"}, "ticket"),
        (payload(state=None), "ticket.state"),
        (payload(id=None), "ticket.updated_at"),
        (payload(updated_at=None), "ticket.updated_at"),
        (payload(last_close_at="yesterday"), "ticket.last_close_at"),
        (payload(customer={"email": "a@example.cn"}), "ticket.customer.id"),
    ],
)
def test_what_lacks_the_needed_is_refused_where_zammad_has_it(document, path):
    refused = read_now(document)
    assert isinstance(refused, Refused)
    assert refused.path == path


def test_a_delivery_about_no_ticket_names_the_ticket():
    refused = read_now(payload(id=None), {"x-zammad-delivery": "d-1"})
    assert isinstance(refused, Refused)
    assert (refused.id, refused.path) == ("d-1", "ticket.id")


def test_a_body_signed_with_our_secret_is_zammads():
    # openssl dgst -sha1 -mac HMAC -macopt key:s3cret
    header = "sha1=e197d43c3459abbd32ed8b5f35f43e0bc0e4a352"
    assert signed(b'{"ticket":{"id":7}}', header, "s3cret")
    assert not signed(b'{"ticket":{"id":8}}', header, "s3cret")
    assert not signed(b'{"ticket":{"id":7}}', header, "secret")


@pytest.mark.parametrize(
    "header",
    [None, "", "sha1=", "e197d43c3459abbd32ed8b5f35f43e0bc0e4a352", "sha1=工单", "sha1=\udcff"],
)
def test_a_header_that_is_no_signature_proves_nothing(header):
    assert not signed(b'{"ticket":{"id":7}}', header, "s3cret")


def test_an_empty_secret_proves_nothing_even_if_the_signature_fits_it():
    fits = "sha1=" + hmac.new(b"", b"{}", hashlib.sha1).hexdigest()
    assert not signed(b"{}", fits, "")
