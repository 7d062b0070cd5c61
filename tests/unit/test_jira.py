"""Shows what Jira's webhooks tell us, and which posts are not Jira's."""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import pytest

from tickets.adapters.jira import facts, read, signed
from tickets.completing import complete
from tickets.intake import read_event
from tickets.model import Ignored, Refused, TicketClosed, TicketDeleted, TicketReopened, Unfinished

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
AT = datetime(2026, 11, 21, 8, 15, 30, 250_000, tzinfo=UTC)
MOVED = "2026-11-21T16:15:30.250+0800"
FIELD = "customfield_10042"


def payload(category: str = "done", *items: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "webhookEvent": "jira:issue_updated",
        "timestamp": int(AT.timestamp() * 1000),
        "issue": {
            "key": "OPS-7",
            "fields": {
                "status": {"name": "Erledigt", "statusCategory": {"key": category}},
                "statuscategorychangedate": MOVED,
                "issuetype": {"name": "Incident"},
                "priority": {"name": "High"},
                "project": {"name": "Operations"},
                "labels": ["fibre"],
                "assignee": {"accountId": "A-7", "displayName": "Ana"},
                "reporter": {
                    "accountId": "qm:1:C-9",
                    "displayName": "Wu Fang",
                    "emailAddress": "wu@example.cn",
                    "timeZone": "Asia/Shanghai",
                },
                "resolution": {"name": "Done"},
                **fields,
            },
        },
        "changelog": {"id": "900", "items": [{"field": "status"}, *items]},
    }


def told(document: Any, **headers: str) -> Any:
    return read(document, headers, "/jira", NOW)


def test_an_issue_that_is_done_is_a_closing_whatever_its_state_is_called() -> None:
    found = told(payload())
    assert isinstance(found, Unfinished)
    assert (found.id, found.ticket, found.customer) == (
        "OPS-7:ticket.closed:900",
        "OPS-7",
        "qm:1:C-9",
    )
    fields = payload()["issue"]["fields"] | {FIELD: "+8613800138000"}
    event = read_event(complete(found.document, facts(fields, FIELD)), NOW)
    assert isinstance(event, TicketClosed)
    assert (event.customer.phone, event.customer.email) == ("+8613800138000", "wu@example.cn")
    assert (event.ticket.closed_at, event.ticket.close_reason) == (AT, "Done")
    assert (event.ticket.team, event.ticket.agent.id) == ("Operations", "A-7")
    assert not event.ticket.confirms


def test_a_delivery_s_own_id_names_the_event() -> None:
    assert told(payload(), **{"x-atlassian-webhook-identifier": "d-1"}).id == "d-1"


def test_from_one_done_state_to_another_is_the_same_closing() -> None:
    later = payload() | {"timestamp": int(AT.timestamp() * 1000) + 3_600_000}
    dates = {each.document["data"]["ticket"]["closed_at"] for each in map(told, (payload(), later))}
    assert dates == {"2026-11-21T16:15:30.250+08:00"}


def test_without_any_date_a_second_closing_only_confirms_the_first() -> None:
    found = told(payload(statuscategorychangedate=None, resolutiondate=None))
    about = found.document["data"]["ticket"]
    assert (about["closed_at"], about["confirms"]) == (AT.isoformat(), True)
    server = told(payload(statuscategorychangedate=None, resolutiondate=MOVED))
    assert not server.document["data"]["ticket"]["confirms"]


def test_an_issue_that_leaves_the_done_states_is_reopened() -> None:
    assert isinstance(told(payload("indeterminate")), TicketReopened)
    cleared = {"field": "resolution", "from": "10000", "to": None}
    found = payload("new", cleared, statuscategorychangedate="2026-11-01T00:00:00.000+0000")
    assert isinstance(told(found), TicketReopened)


def test_from_one_open_state_to_another_is_no_reopening() -> None:
    found = payload("indeterminate", statuscategorychangedate="2026-11-20T00:00:00.000+0000")
    assert isinstance(told(found), Ignored)


def test_a_comment_of_ours_and_all_else_changes_nothing() -> None:
    quiet = payload() | {"changelog": {"items": [{"field": "Comment"}]}}
    assert isinstance(told(quiet), Ignored)
    assert isinstance(told(payload() | {"webhookEvent": "comment_created"}), Ignored)
    assert isinstance(told(payload() | {"webhookEvent": "jira:issue_created"}), Ignored)


def test_a_deleted_issue_is_deleted() -> None:
    gone = {"webhookEvent": "jira:issue_deleted", "timestamp": 1_795_000_000_000, "issue": {}}
    assert isinstance(told(gone | {"issue": {"key": "OPS-7"}}), TicketDeleted)
    assert isinstance(told(gone), Refused)


@pytest.mark.parametrize("timestamp", [None, True, -1, 10**30, "soon", 1.5])
def test_an_event_without_a_readable_time_is_refused_or_dated_by_the_issue(timestamp: Any) -> None:
    found = told(payload("done", statuscategorychangedate=None) | {"timestamp": timestamp})
    assert isinstance(found, Refused)
    assert found.path in ("timestamp", "issue.fields.resolutiondate")


def test_a_signature_is_that_of_this_body_under_this_secret() -> None:
    digest = hmac.new(b"js", b"{}", hashlib.sha256).hexdigest()
    assert signed(b"{}", f"sha256={digest}", "js")
    assert not signed(b"{ }", f"sha256={digest}", "js")
    assert not signed(b"{}", f"sha256={digest}", "other")
    assert not signed(b"{}", f"sha1={digest}", "js")
    assert not signed(b"{}", None, "js")
    empty = hmac.new(b"", b"{}", hashlib.sha256).hexdigest()
    assert not signed(b"{}", f"sha256={empty}", "")
