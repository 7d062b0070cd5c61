"""Shows what Zendesk's event webhooks tell us, and which posts are not Zendesk's."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import pytest

from tickets.adapters.zendesk import facts, read, signed
from tickets.completing import complete
from tickets.intake import read_event
from tickets.model import (
    Event,
    Ignored,
    Refused,
    TicketClosed,
    TicketDeleted,
    TicketMerged,
    TicketReopened,
    Unfinished,
)

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
STAMP = "2026-11-21T08:15:31Z"


def payload(name: str = "status_changed", **changes: Any) -> dict[str, Any]:
    detail = {
        "id": "5501",
        "status": "SOLVED",
        "requester_id": "901",
        "assignee_id": "77",
        "group_id": "12",
        "priority": "HIGH",
        "type": "INCIDENT",
        "tags": ["fibre"],
        "via": {"channel": "WEB_SERVICE"},
        "created_at": "2026-11-19T02:00:00Z",
        **changes.pop("detail", {}),
    }
    return {
        "account_id": 1,
        "id": "01HEVENT",
        "time": "2026-11-21T08:15:30.123456789Z",
        "type": f"zen:event-type:ticket.{name}",
        "subject": "zen:ticket:5501",
        "detail": detail,
        "event": {"current": "SOLVED", "previous": "OPEN"},
        **changes,
    }


def moved(current: str | None, previous: str | None, **detail: Any) -> Any:
    event = {"current": current, "previous": previous}
    return read(payload(event=event, detail={"status": current, **detail}), "/zendesk", NOW)


def test_a_solved_ticket_is_a_closing_whose_customer_must_be_asked_for() -> None:
    told = read(payload(), "/zendesk", NOW)
    assert isinstance(told, Unfinished)
    assert (told.id, told.source, told.ticket, told.customer) == (
        "01HEVENT",
        "/zendesk",
        "5501",
        "901",
    )
    user = {"id": 901, "name": "Wu Fang", "phone": "+8613800138000", "email": "wu@example.cn"}
    beside = {
        "ticket": {"assignee_id": 77, "group_id": 12},
        "users": [{"id": 77, "name": "Ana", "email": "ana@example.com"}],
        "groups": [{"id": 12, "name": "Broadband"}],
    }
    event = read_event(complete(told.document, facts(user, beside)), NOW)
    assert isinstance(event, TicketClosed)
    assert (event.customer.id, event.customer.phone) == ("901", "+8613800138000")
    assert (event.ticket.team, event.ticket.agent.id) == ("Broadband", "77")
    assert event.ticket.closed_at == datetime(2026, 11, 21, 8, 15, 30, 123456, tzinfo=UTC)
    assert not event.ticket.confirms


def test_what_zendesk_closes_for_good_after_days_is_no_second_closing() -> None:
    assert isinstance(moved("CLOSED", "SOLVED"), Ignored)
    straight = moved("CLOSED", "OPEN")
    assert isinstance(straight, Unfinished)
    unsure = moved("CLOSED", None)
    assert isinstance(unsure, Unfinished)
    assert [each.document["data"]["ticket"]["confirms"] for each in (straight, unsure)] == [
        False,
        True,
    ]


@pytest.mark.parametrize("state", ["NEW", "OPEN", "Pending", "hold"])
def test_a_ticket_that_was_done_is_open_again_in_any_case_of_letters(state: str) -> None:
    assert isinstance(moved(state, "Solved"), TicketReopened)
    assert isinstance(moved(state, None), TicketReopened)
    assert isinstance(moved(state, "NEW"), Ignored)


def test_a_ticket_that_went_up_in_another_is_no_closing() -> None:
    assert isinstance(moved("CLOSED", "OPEN", tags=["closed_by_merge"]), TicketMerged)
    merged = read(payload("merged", event={"target_ticket_id": "5502"}), "/zendesk", NOW)
    assert isinstance(merged, TicketMerged)
    assert (merged.ticket_id, merged.into) == ("5501", "5502")


@pytest.mark.parametrize("name", ["soft_deleted", "permanently_deleted", "marked_as_spam"])
def test_a_ticket_that_is_gone_is_deleted(name: str) -> None:
    found: Event | Any = read(payload(name, event={}), "/zendesk", NOW)
    assert isinstance(found, TicketDeleted)


@pytest.mark.parametrize("name", ["comment_added", "tags_changed", "undeleted", "created"])
def test_our_own_note_and_all_else_changes_nothing(name: str) -> None:
    assert isinstance(read(payload(name), "/zendesk", NOW), Ignored)


def test_a_fault_names_zendesk_s_own_field() -> None:
    found = read(payload(detail={"id": None}, subject=None), "/zendesk", NOW)
    assert isinstance(found, Refused)
    assert found.path == "detail.id"
    assert isinstance(read({"type": 5}, "/zendesk", NOW), Refused)
    assert isinstance(read([], "/zendesk", NOW), Refused)


def test_a_signature_is_that_of_this_body_at_this_time_under_this_secret() -> None:
    digest = hmac.new(b"zd", STAMP.encode() + b"{}", hashlib.sha256).digest()
    headers = {
        "x-zendesk-webhook-signature": base64.b64encode(digest).decode(),
        "x-zendesk-webhook-signature-timestamp": STAMP,
    }
    assert signed(b"{}", headers, "zd")
    assert not signed(b"{ }", headers, "zd")
    assert not signed(b"{}", headers, "other")
    assert not signed(b"{}", headers | {"x-zendesk-webhook-signature-timestamp": ""}, "zd")
    assert not signed(b"{}", {}, "zd")
    empty = base64.b64encode(hmac.new(b"", STAMP.encode(), hashlib.sha256).digest()).decode()
    assert not signed(b"", headers | {"x-zendesk-webhook-signature": empty}, "")
