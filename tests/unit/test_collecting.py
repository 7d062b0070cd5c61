"""Answers that others got from a customer: what they change, and when none of them is kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from huifang import catalogue
from kernel.erased import ERASED
from surveys.collecting import Refused, collect
from surveys.low import Low
from surveys.model import (
    Attribution,
    Invitation,
    InvitationState,
    Response,
    Terms,
)
from surveys.turns import Thread, Turn, Unfit

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CSAT = catalogue.shipped()["csat"]
LOW = {"comment": "still down", "satisfaction": 1, "resolved": False}
PLANNED = Invitation(
    id="i_1",
    source="/tickets",
    ticket="T-1",
    cycle=1,
    customer="C-1",
    program="counter",
    survey="csat",
    version=CSAT.version,
    state=InvitationState.PLANNED,
    channels=(),
    locale="en",
    due_at=NOW,
    useful_until=NOW + timedelta(days=7),
    lasts=timedelta(days=7),
    attribution=Attribution(),
    terms=Terms(accept_late=timedelta(days=14)),
)


def thread(response: Response | None = None, **changed: object) -> Thread:
    return Thread(invitation=replace(PLANNED, **changed), survey=CSAT, response=response)  # type: ignore[arg-type]


def took(of: Thread, given: dict[str, object], now: datetime = NOW) -> list[Turn]:
    taken = collect(of, "r_1", "counter", given, now)
    assert isinstance(taken, list), taken
    return [turn for _, turn in taken]


def after(of: Thread, given: dict[str, object]) -> Thread:
    last = took(of, given)[-1]
    return replace(of, invitation=last.invitation, response=last.response)


def test_answers_are_taken_in_the_order_in_which_they_would_be_asked() -> None:
    turns = took(thread(), dict(LOW))
    assert [turn.answer.question for turn in turns if turn.answer] == [
        "satisfaction",
        "resolved",
        "comment",
    ]
    last = turns[-1]
    assert last.response is not None
    assert (last.response.channel, last.response.score, last.response.low) == ("counter", 20, True)
    assert last.response.completed_at == NOW
    assert last.invitation.state is InvitationState.COMPLETED
    assert isinstance(turns[0].low, Low)
    assert turns[1].low is None  # a complaint is made once


def test_a_score_alone_leaves_the_survey_open_for_the_rest() -> None:
    [turn] = took(thread(), {"satisfaction": 5})
    assert turn.invitation.state is InvitationState.IN_PROGRESS
    assert turn.invitation.expires_at == NOW + PLANNED.lasts
    [more] = took(after(thread(), {"satisfaction": 5}), {"satisfaction": 5, "resolved": True})
    assert more.answer is not None
    assert more.answer.question == "resolved"


def test_what_stands_already_changes_nothing_and_another_value_corrects_it_for_a_while() -> None:
    done = after(thread(), dict(LOW))
    assert took(done, dict(LOW), NOW + MINUTE) == []
    [turn] = took(done, {"satisfaction": 2}, NOW + MINUTE)
    assert (turn.replaces, turn.response and turn.response.rating) == (0, 2)
    late = collect(done, "r_1", "counter", {"satisfaction": 2}, NOW + 11 * MINUTE)
    assert late == Unfit(reason="too_late")


@pytest.mark.parametrize(
    ("given", "faulty"),
    [
        ({"satisfaction": 6}, "satisfaction"),
        ({"satisfaction": True}, "satisfaction"),
        ({"satisfaction": "5"}, "satisfaction"),
        ({"satisfaction": None}, "satisfaction"),
        ({"satisfaction": 1, "resolved": 1}, "resolved"),
        ({"satisfaction": 1, "resolved": False, "comment": "x" * 1_601}, "comment"),
        ({"satisfaction": 5, "mood": 1}, "mood"),
        ({"resolved": True}, "resolved"),
        ({"satisfaction": 5, "resolved": True, "comment": "fine"}, "comment"),
    ],
)
def test_one_answer_that_does_not_fit_refuses_all(given: dict[str, object], faulty: str) -> None:
    refused = collect(thread(), "r_1", "counter", given, NOW)
    assert isinstance(refused, Refused)
    assert list(refused.faults) == [faulty]


def test_an_optional_question_is_passed_over_with_nothing() -> None:
    last = took(thread(), {**LOW, "comment": ""})[-1]
    assert last.response is not None
    assert last.response.completed_at == NOW
    assert last.response.comments == ()


def test_after_the_end_answers_are_late_and_taken_once() -> None:
    over = thread(state=InvitationState.EXPIRED, reason="unanswered")
    turns = took(over, dict(LOW), NOW + timedelta(days=8))
    last = turns[-1]
    assert last.response is not None
    assert last.response.late
    assert all(turn.late for turn in turns)
    assert last.invitation.state is InvitationState.EXPIRED
    again = replace(over, response=last.response)
    told = collect(again, "r_1", "counter", {"satisfaction": 5}, NOW + timedelta(days=9))
    assert told == Unfit(reason="answered")
    gone = collect(over, "r_1", "counter", dict(LOW), NOW + timedelta(days=21))
    assert gone == Unfit(reason="too_late")


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (InvitationState.CANCELLED, "closed_again"),
        (InvitationState.CANCELLED, "opt_out"),
        (InvitationState.SUPPRESSED, "consent"),
    ],
)
def test_a_survey_that_is_no_more_takes_nothing(state: InvitationState, reason: str) -> None:
    over = thread(state=state, reason=reason)
    assert collect(over, "r_1", "counter", {"satisfaction": 5}, NOW) == Unfit(reason=reason)


@pytest.mark.parametrize("state", list(InvitationState))
def test_of_a_customer_who_was_erased_nothing_new_is_kept(state: InvitationState) -> None:
    over = thread(state=state, customer=ERASED)
    assert collect(over, "r_1", "counter", dict(LOW), NOW) == Unfit(reason="erased")


def test_of_a_ticket_reopened_before_the_answer_it_is_kept_as_late() -> None:
    reopened = thread(state=InvitationState.CANCELLED, reason="reopened")
    [turn] = took(reopened, {"satisfaction": 1})
    assert turn.response is not None
    assert turn.response.late
    assert turn.invitation.state is InvitationState.CANCELLED
