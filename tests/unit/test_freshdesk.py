"""Shows what a Freshdesk automation rule tells us."""

from datetime import UTC, datetime

import pytest

from tickets.adapters.freshdesk import read
from tickets.completing import complete
from tickets.hooks import HOOKS, Post
from tickets.intake import read_event
from tickets.model import Agent, Ignored, Refused, TicketClosed, TicketReopened, Unfinished
from tickets.ports import Facts

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
DONE = "{status:{from:2,to:4}}"


def body(**changes):
    told = {
        "triggered_event": DONE,
        "event_time": "2026-11-21T08:15:31Z",
        "ticket_id": "11",
        "ticket_status": "已解决",
        "ticket_priority": "High",
        "ticket_group_name": "NOC-2",
        "ticket_agent_name": "王敏",
        "ticket_agent_email": "wang@isp.example",
        "ticket_source": "Phone",
        "ticket_tags": "fibre, night",
        "ticket_ticket_type": "Incident",
        "ticket_description": "<p>网断了</p>",
        "ticket_latest_public_comment": "请回电",
        "requester_id": "501",
        "requester_name": "李磊",
        "requester_email": "Li@Example.cn",
        "requester_mobile": "13800138000",
        "requester_phone": "010 6552 9988",
    }
    told |= changes
    return {name: value for name, value in told.items() if value is not None}


def read_now(told, **more):
    return read(told, "/freshdesk", NOW, **more)


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_resolved_ticket_is_told_with_whom_it_concerned_and_who_resolved_it(wrapped):
    event = read_now({"freshdesk_webhook": body()} if wrapped else body())
    assert isinstance(event, TicketClosed)
    ticket, whom = event.ticket, event.customer
    assert event.envelope.source == "/freshdesk"
    assert ticket.closed_at == datetime(2026, 11, 21, 8, 15, 31, tzinfo=UTC)
    assert (ticket.id, ticket.cycle, ticket.team, ticket.priority) == ("11", None, "NOC-2", "High")
    assert (ticket.category, ticket.channel, ticket.tags) == (
        "Incident",
        "Phone",
        ("fibre", "night"),
    )
    assert ticket.agent == Agent(name="王敏", email="wang@isp.example")
    assert (whom.id, whom.name, whom.email) == ("501", "李磊", "li@example.cn")
    assert whom.phone == "+8613800138000"


def test_the_record_keeps_nothing_of_what_was_written_on_the_ticket():
    event = read_now(body(cf_line="L-7"))
    assert isinstance(event, TicketClosed)
    assert "L-7" in event.envelope.raw
    assert "网断了" not in event.envelope.raw
    assert "请回电" not in event.envelope.raw


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("{status:{from:2,to:4}}", TicketClosed),
        ("{status:{from:6,to:5}}", TicketClosed),
        ('{"status": {"from": "2", "to": "4"}}', TicketClosed),
        ({"status": {"from": 2, "to": 4}}, TicketClosed),
        ("{group_id:{from:1,to:2}, status:{from:2,to:4}}", TicketClosed),
        ("{status:{from:4,to:5}}", Ignored),
        ("{status:{from:4,to:2}}", TicketReopened),
        ("{status:{from:5,to:7}}", TicketReopened),
        ("{status:{from:2,to:3}}", Ignored),
        ("{note_type:{from:,to:private}}", Ignored),
        ("{priority:{from:1,to:4}}", Ignored),
        ("{ticket_action:update}", Ignored),
    ],
)
def test_only_a_change_between_open_and_done_is_news(change, kind):
    assert isinstance(read_now(body(triggered_event=change)), kind)


def test_states_of_an_account_s_own_that_mean_done_are_configured():
    assert isinstance(read_now(body(triggered_event="{status:{from:2,to:8}}")), Ignored)
    event = read_now(body(triggered_event="{status:{from:2,to:8}}"), closed_states={"8"})
    assert isinstance(event, TicketClosed)


@pytest.mark.parametrize("status", ["4", "5", "Resolved", " closed "])
def test_a_rule_that_does_not_say_what_changed_only_confirms_a_closing(status):
    event = read_now(body(triggered_event=None, ticket_status=status))
    assert isinstance(event, TicketClosed)
    assert event.ticket.confirms
    told = read_now(body())
    assert isinstance(told, TicketClosed)
    assert not told.ticket.confirms


def test_an_open_state_without_what_changed_is_a_reopening():
    event = read_now(body(triggered_event="", ticket_status="Open"))
    assert isinstance(event, TicketReopened)
    assert event.ticket_id == "11"


@pytest.mark.parametrize(
    ("written", "closed_at"),
    [
        ("2026-11-21T16:15:31+08:00", datetime(2026, 11, 21, 8, 15, 31, tzinfo=UTC)),
        ("2026-11-21 16:15:31 +0800", datetime(2026, 11, 21, 8, 15, 31, tzinfo=UTC)),
        ("2026-11-21 08:15:31 UTC", datetime(2026, 11, 21, 8, 15, 31, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_as_freshdesk_may_write_it(written, closed_at):
    event = read_now(body(event_time=written))
    assert isinstance(event, TicketClosed)
    assert event.ticket.closed_at == closed_at
    assert event.envelope.time == closed_at


@pytest.mark.parametrize("written", [None, "Sat, 21 Nov at 4:15 PM", "", 17])
def test_without_a_time_freshdesk_is_asked_and_the_arrival_stands_in(written):
    found = read_now(body(event_time=written))
    assert isinstance(found, Unfinished)
    assert (found.ticket, found.customer) == ("11", "501")
    facts = Facts(ticket={"closed_at": "2026-11-21T08:15:00Z"})
    event = read_event(complete(found.document, facts), NOW)
    assert isinstance(event, TicketClosed)
    assert event.ticket.closed_at == datetime(2026, 11, 21, 8, 15, tzinfo=UTC)
    alone = read_event(found.document, NOW)
    assert isinstance(alone, TicketClosed)
    assert alone.ticket.closed_at == NOW


@pytest.mark.parametrize(
    ("changes", "customer"),
    [
        ({"requester_id": None}, None),
        ({"requester_mobile": "", "requester_phone": None}, "501"),
        ({"requester_id": "", "requester_unique_external_id": "C-7"}, "C-7"),
    ],
)
def test_a_customer_whose_id_or_number_is_missing_is_asked_for(changes, customer):
    found = read_now(body(**{"requester_phone": None, "requester_mobile": None} | changes))
    assert isinstance(found, Unfinished)
    assert found.customer == customer


def test_two_events_of_a_ticket_have_ids_of_their_own_and_one_told_twice_has_one():
    first, again = read_now(body()), read_now(body())
    later = read_now(body(event_time="2026-11-21T08:40:00Z"))
    assert isinstance(first, TicketClosed)
    assert isinstance(again, TicketClosed)
    assert isinstance(later, TicketClosed)
    assert first.envelope.id == again.envelope.id != later.envelope.id


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ([], "freshdesk_webhook"),
        ({"freshdesk_webhook": "x"}, "freshdesk_webhook"),
        ({}, "ticket_status"),
        (body(ticket_id=None), "ticket_id"),
        (body(event_time="2026-11-21T19:00:00Z"), "event_time"),
    ],
)
def test_what_lacks_the_needed_is_refused_where_the_rule_has_it(document, path):
    refused = read_now(document)
    assert isinstance(refused, Refused)
    assert refused.path == path


@pytest.mark.parametrize(
    ("given", "secret", "fits"),
    [
        ("s3cret", "s3cret", True),
        ("other", "s3cret", False),
        ("", "", False),
        ("工单", "工", False),
    ],
)
def test_the_rule_brings_our_secret_in_a_header(given, secret, fits):
    [hook] = [each for each in HOOKS if each.name == "freshdesk"]
    post = Post(headers={"x-huifang-secret": given}, body=b"{}", now=NOW)
    assert hook.signed(post, secret) is fits
