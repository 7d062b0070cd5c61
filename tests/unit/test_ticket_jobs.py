"""Shows the jobs that neighbours exchange and what a webhook desk is posted."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from scheduler.job import Priority
from tickets.jobs import COMMENT, CONSIDER, REOPEN, REOPENED, Reopen, desk_event

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
ORDER = Reopen(
    complaint="cmp-1",
    source="/tickets",
    ticket="T-1",
    cycle=1,
    score=20.0,
    rating=1,
    question="satisfaction",
    version="v",
    comment=None,
)


def test_a_reopening_is_tried_ten_times_over_days_and_then_given_up():
    waits = []
    attempt = 1
    while (at := REOPEN.ladder.next_attempt_at(attempt, NOW)) is not None:
        waits.append(int((at - NOW).total_seconds()))
        attempt += 1
    assert waits == [1, 5, 30, 300, 1800, 7200, 21600, 86400, 259200]
    assert attempt == 10
    assert REOPEN.ladder.tell_after == timedelta(minutes=30)


def test_recovery_goes_before_ordinary_work():
    assert {kind.priority for kind in (REOPEN, CONSIDER, COMMENT, REOPENED)} == {Priority.RECOVERY}


def test_an_order_survives_being_kept_as_json():
    job = REOPEN.job("cmp-1", ORDER, due_at=NOW)
    assert job.key == "ticket.reopen:cmp-1"
    assert json.loads(json.dumps(job.payload)) == job.payload
    assert REOPEN.read(job) == ORDER


def test_kinds_have_the_names_that_are_kept_in_the_job_table():
    names = [kind.name for kind in (REOPEN, CONSIDER, COMMENT, REOPENED)]
    assert names == [
        "ticket.reopen",
        "complaint.consider",
        "complaint.comment",
        "complaint.reopened",
    ]


def test_a_desk_is_posted_type_timestamp_and_data_in_one_spelling():
    shanghai = NOW.astimezone(timezone(timedelta(hours=8)))
    body = desk_event("ticket.reopen_requested", shanghai, {"ticket": "工单", "cycle": 1})
    assert body == (
        b'{"data":{"cycle":1,"ticket":"\\u5de5\\u5355"},'
        b'"timestamp":"2026-11-21T01:00:00Z","type":"ticket.reopen_requested"}'
    )
    assert body == desk_event("ticket.reopen_requested", NOW, {"cycle": 1, "ticket": "工单"})


def test_a_desk_is_posted_no_naive_time_and_no_number_that_json_lacks():
    with pytest.raises(ValueError, match="aware"):
        desk_event("ticket.reopen_requested", NOW.replace(tzinfo=None), {})
    with pytest.raises(ValueError, match="JSON"):
        desk_event("ticket.reopen_requested", NOW, {"score": float("nan")})
