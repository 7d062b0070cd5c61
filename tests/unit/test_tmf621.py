"""Shows what an operator's TMF621 notifications tell us."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tickets.adapters.tmf621 import facts, read
from tickets.completing import complete
from tickets.course import run, unheard
from tickets.intake import read_event
from tickets.model import Ignored, Refused, TicketClosed, TicketDeleted, TicketReopened, Unfinished

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
MOBILE = {"mediumType": "mobile", "characteristic": {"phoneNumber": "+8613800138000"}}


def notice(
    type_: str = "TroubleTicketStatusChangeEvent", at: str = "2026-11-21T08:00:00Z", **ticket: Any
) -> dict[str, Any]:
    return {
        "eventId": f"e-{at}-{ticket.get('status')}",
        "eventTime": at,
        "eventType": type_,
        "event": {
            "troubleTicket": {
                "id": "TT-7",
                "status": "resolved",
                "ticketType": "line fault",
                "priority": "2",
                "creationDate": "2026-11-20T01:00:00Z",
                **ticket,
            }
        },
    }


def customer(**more: Any) -> dict[str, Any]:
    agent = {"id": "A-1", "role": "agent", "contactMedium": [MOBILE]}
    return {"relatedParty": [agent, {"id": "C-9", "role": "Customer", "name": "Wu Fang", **more}]}


def closing(**ticket: Any) -> TicketClosed:
    found = read(notice(**customer(contactMedium=[MOBILE]), **ticket), "/tmf621", NOW)
    assert isinstance(found, TicketClosed), found
    return found


def test_a_resolved_ticket_with_its_customer_is_a_closing() -> None:
    found = closing(resolutionDate="2026-11-21T07:59:00Z")
    assert (found.ticket.id, found.ticket.category) == ("TT-7", "line fault")
    assert found.ticket.closed_at == datetime(2026, 11, 21, 7, 59, tzinfo=UTC)
    assert (found.customer.id, found.customer.phone) == ("C-9", "+8613800138000")


def test_an_operator_may_put_the_ticket_into_the_event_itself() -> None:
    """As an Australian wholesaler's published notification does: capitals, and no customer."""
    body = {
        "eventUuid": "0b7c9c2e-1111-4222-8333-444455556666",
        "eventTime": "2026-11-21T08:00:00+00:00",
        "eventType": "TroubleTicketResolvedEvent",
        "event": {
            "id": "INC42",
            "notificationType": "TroubleTicketResolved",
            "reason": "cable joint renewed",
            "reasonCode": "JT-1",
            "status": "Resolved",
            "category": "No signal",
            "troubleTicket": {"serviceIds": ["AVC1"]},
        },
    }
    found = read(body, "/tmf621", NOW)
    assert isinstance(found, Unfinished)
    assert (found.ticket, found.customer) == ("INC42", None)
    known = {"id": "C-9", "role": "customer"}
    party = {"id": "C-9", "fullName": "Wu Fang", "contactMedium": [MOBILE]}
    event = read_event(complete(found.document, facts({"relatedParty": [known]}, party)), NOW)
    assert isinstance(event, TicketClosed)
    assert (event.customer.name, event.customer.phone) == ("Wu Fang", "+8613800138000")
    assert (event.ticket.category, event.ticket.close_reason) == ("No signal", "JT-1")


@pytest.mark.parametrize(
    "media",
    [
        {"@type": "PhoneContactMedium", "contactType": "mobile", "phoneNumber": "+8613800138000"},
        {"mediumType": "Mobile Phone", "characteristic": {"phoneNumber": "+8613800138000"}},
    ],
)
def test_a_mobile_number_goes_before_a_landline_in_version_4_and_5(media: Any) -> None:
    landline = {"mediumType": "phone", "characteristic": {"phoneNumber": "+862112345678"}}
    found = read(notice(**customer(contactMedium=[landline, media])), "/tmf621", NOW)
    assert isinstance(found, TicketClosed)
    assert found.customer.phone == "+8613800138000"


@pytest.mark.parametrize("date", [None, "2026-11-21T08:00:00Z"])
def test_resolved_and_then_closed_is_one_closing_and_resolved_anew_another(
    date: str | None,
) -> None:
    def event(at: str, status: str, date: str | None = date) -> Any:
        ticket = {"status": status, "resolutionDate": date, **customer(contactMedium=[MOBILE])}
        found = read(notice(at=at, **ticket), "/tmf621", NOW)
        assert not isinstance(found, Refused | Ignored | Unfinished)
        return found

    events = [
        event("2026-11-21T08:00:00Z", "resolved"),
        event("2026-11-21T08:10:00Z", "closed"),
        event("2026-11-21T08:20:00Z", "inProgress"),
        event("2026-11-21T08:30:00Z", "Closed", "2026-11-21T08:29:00Z"),
    ]
    news = run(unheard("/tmf621", "TT-7"), [], events, first=True).news
    cycles = [(item.closure.cycle, item.fresh) for item in news if item.closure]
    assert cycles == [(1, True), (1, False), (2, True)]


@pytest.mark.parametrize("status", ["inProgress", "InProgress", "In Progress", "pending", "Held"])
def test_work_that_goes_on_is_a_reopening_unless_we_ordered_it(status: str) -> None:
    assert isinstance(read(notice(status=status), "/tmf621", NOW), TicketReopened)
    ours = notice(status=status, statusChangeReason="huifang w_1a2b")
    assert isinstance(read(ours, "/tmf621", NOW), Ignored)


@pytest.mark.parametrize("status", ["acknowledged", "cancelled", "rejected"])
def test_other_states_neither_close_nor_reopen(status: str) -> None:
    assert isinstance(read(notice(status=status), "/tmf621", NOW), Ignored)


@pytest.mark.parametrize("word", ["AttributeValueChange", "Create", "InformationRequired"])
def test_a_notification_that_is_no_change_of_state_is_none_of_ours(word: str) -> None:
    assert isinstance(read(notice(f"TroubleTicket{word}Event"), "/tmf621", NOW), Ignored)


def test_a_deleted_ticket_is_deleted_and_a_fault_names_the_sender_s_field() -> None:
    gone = read(notice("TroubleTicketDeleteEvent", status=None), "/tmf621", NOW)
    assert isinstance(gone, TicketDeleted)
    unknown = read(notice(id=None), "/tmf621", NOW)
    assert isinstance(unknown, Refused)
    assert unknown.path == "event.troubleTicket.id"
    assert isinstance(read(notice(status=None), "/tmf621", NOW), Refused)
