"""Which step a complaint may take, which class it belongs to, and what telling it comes to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from callbacks.classes import Case, class_of
from callbacks.complaint import OutOfOrder, Step, on_ticket_closed, overdue, possible, take
from callbacks.deadlines import classed, deadlines, later
from callbacks.delivery import after, contact_id, is_wanted, send_job
from callbacks.model import (
    Circumstances,
    ClockKind,
    Complaint,
    ComplaintClass,
    ComplaintState,
    Opening,
    Telling,
)
from callbacks.news import entry, published, shown_of
from channels.model import Channel, MessageClass
from channels.ports import Outcome, OutcomeKind
from scheduler.hours import Schedule

AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # a Friday noon in Shanghai
MINUTES, HOURS = timedelta(minutes=1), timedelta(hours=1)


def complaint(**more: Any) -> Complaint:
    return Complaint(
        id="k_1",
        source="/tickets",
        ticket="T-1",
        cycle=1,
        invitation="i_1",
        response="r_1",
        classed="default",
        opened_at=AT,
        respond_by=AT + 15 * MINUTES,
        resolve_by=AT + 2 * HOURS,
        tell_by=AT + 4 * HOURS,
        score=20.0,
        rating=1,
        question="q",
        version="v",
        **{"state": ComplaintState.REGISTERED, "owner": None, **more},
    )


def test_the_way_through_is_one_and_every_other_step_says_what_is_possible() -> None:
    way = [
        (ComplaintState.REGISTERED, Step.ACKNOWLEDGE, ComplaintState.ACKNOWLEDGED),
        (ComplaintState.ACKNOWLEDGED, Step.START, ComplaintState.IN_PROGRESS),
        (ComplaintState.IN_PROGRESS, Step.RESOLVE, ComplaintState.RESOLVED),
        (ComplaintState.TOLD, Step.CLOSE, ComplaintState.CLOSED),
    ]
    forward = {(before, step): state for before, step, state in way}
    forward[ComplaintState.RESOLVED, Step.TELL] = ComplaintState.RESOLVED
    for state, step in product(ComplaintState, Step):
        moved = take(complaint(state=state), step)
        if step in (Step.ASSIGN, Step.CLASSIFY) and state is not ComplaintState.CLOSED:
            assert moved == complaint(state=state)
        elif (state, step) in forward:
            assert isinstance(moved, Complaint)
            assert moved.state is forward[state, step]
        else:
            assert moved == OutOfOrder(possible=possible(state))
    assert possible(ComplaintState.CLOSED) == ()


def test_while_the_customer_is_being_told_nothing_goes_forward() -> None:
    told = take(complaint(state=ComplaintState.RESOLVED), Step.TELL)
    assert isinstance(told, Complaint)
    assert (told.telling, told.tellings) == (Telling.GOING, 1)
    assert isinstance(take(told, Step.TELL), OutOfOrder)
    assert isinstance(take(told, Step.CLOSE), OutOfOrder)
    for vain in (Telling.FAILED, Telling.UNSURE):
        stuck = replace(told, telling=vain)
        again, over = take(stuck, Step.TELL), take(stuck, Step.CLOSE)
        assert isinstance(again, Complaint)
        assert isinstance(over, Complaint)
        assert (again.tellings, over.state) == (2, ComplaintState.CLOSED)


def test_a_closing_resolves_only_what_somebody_took_up() -> None:
    said = {state: on_ticket_closed(complaint(state=state), 2) for state in ComplaintState}
    assert said[ComplaintState.REGISTERED] is None
    for state in (ComplaintState.ACKNOWLEDGED, ComplaintState.IN_PROGRESS):
        moved = said[state]
        assert moved is not None
        assert moved.state is ComplaintState.RESOLVED
    for state in (ComplaintState.RESOLVED, ComplaintState.TOLD, ComplaintState.CLOSED):
        assert said[state] == complaint(state=state)
    assert on_ticket_closed(complaint(), 1) == complaint()


def test_a_deadline_is_overdue_from_its_instant_on_until_its_step_is_done() -> None:
    item = complaint()
    assert overdue(item, AT + 15 * MINUTES - timedelta.resolution) == []
    assert overdue(item, AT + 15 * MINUTES) == ["respond"]
    assert overdue(item, AT + 4 * HOURS) == ["respond", "resolve", "tell"]
    late = AT + 9 * HOURS
    assert overdue(replace(item, state=ComplaintState.IN_PROGRESS), late) == ["resolve", "tell"]
    assert overdue(replace(item, state=ComplaintState.RESOLVED), late) == ["tell"]
    assert overdue(replace(item, state=ComplaintState.TOLD), late) == []


CLASSES = (
    ComplaintClass(id="legal", when=Circumstances(words=("律师", "sue"))),
    ComplaintClass(id="vip", when=Circumstances(tier=("vip", "gold"), region=("JX",))),
    ComplaintClass(id="tagged", when=Circumstances(tags=("outage",))),
    ComplaintClass(id="rest"),
)


@pytest.mark.parametrize(
    ("case", "wanted"),
    [
        (Case(comment="我要找律师"), "legal"),
        (Case(comment="I will SUE you!"), "legal"),
        (Case(comment="the issue is still there"), "rest"),  # an issue is no suit
        (Case(tier="vip", region="JX", comment="ＳＵＥ"), "legal"),  # the first that fits
        (Case(tier="vip", region="JX"), "vip"),
        (Case(tier="vip"), "rest"),
        (Case(tier=" VIP", region="jx"), "vip"),
        (Case(tags=("new", "Outage")), "tagged"),
        (Case(), "rest"),
    ],
)
def test_the_first_class_that_fits_is_the_class(case: Case, wanted: str) -> None:
    assert class_of(case, CLASSES).id == wanted


def test_what_fits_no_class_is_owed_what_the_contract_promises() -> None:
    assert class_of(Case(), CLASSES[:1]) == ComplaintClass()


def test_another_class_counts_from_the_opening_and_puts_off_nothing_that_escalated() -> None:
    slow = ComplaintClass(id="slow", respond=1 * HOURS, resolve=24 * HOURS, tell=1 * HOURS)
    moved = classed(complaint(), slow, Opening(), AT + 5 * MINUTES, by_hand=True)
    assert (moved.respond_by, moved.resolve_by) == (AT + HOURS, AT + 24 * HOURS)
    assert (moved.tell_by, moved.revision, moved.by_hand) == (AT + HOURS, 1, True)
    late = classed(complaint(), slow, Opening(), AT + 20 * MINUTES, by_hand=True)
    assert (late.respond_by, late.resolve_by) == (AT + 15 * MINUTES, AT + 24 * HOURS)
    acknowledged = complaint(state=ComplaintState.ACKNOWLEDGED)
    met = classed(acknowledged, slow, Opening(), AT + 20 * MINUTES, by_hand=False)
    assert met.respond_by == AT + HOURS


def test_business_hours_stop_at_closing_time_and_over_the_weekend() -> None:
    owed = ComplaintClass(
        clock=ClockKind.BUSINESS, respond=15 * MINUTES, resolve=6 * HOURS, tell=12 * HOURS
    )
    assert deadlines(AT, owed, Opening()) == (
        AT + 15 * MINUTES,
        AT + 6 * HOURS,  # 18:00, the last instant of the day
        datetime(2026, 11, 23, 7, 0, tzinfo=UTC),  # Monday 15:00
    )


def test_a_centre_that_never_opens_or_is_nowhere_still_has_deadlines() -> None:
    never = Opening(hours=Schedule(week=((),) * 7))
    nowhere = Opening(timezone="Asia/Atlantis")
    for opening in (never, nowhere):
        assert later(AT, HOURS, ClockKind.BUSINESS, opening) == AT + HOURS
    end = datetime.max.replace(tzinfo=UTC)
    for clock in ClockKind:
        assert later(end - HOURS, 2 * HOURS, clock, Opening()) == end


def outcome(kind: OutcomeKind, contact: str, channel: Channel | None = Channel.SMS) -> Outcome:
    return Outcome(
        kind=kind,
        contact=contact,
        thread="k_1",
        message_class=MessageClass.SERVICE,
        channel=channel,
        reason="because",
    )


def test_a_result_goes_by_the_next_channel_and_then_to_a_person() -> None:
    item = complaint(state=ComplaintState.RESOLVED, telling=Telling.GOING, tellings=1)
    first = contact_id("k_1", 1)
    assert is_wanted(item, first)
    next_ = after(item, outcome(OutcomeKind.FAILED, first))
    assert (next_.again, next_.in_vain) == (frozenset({Channel.SMS}), False)
    job = send_job(next_.complaint, "C-1", AT, frozenset({Channel.SMS}))
    assert (job.payload["wanted"], job.payload["message_class"]) == (["email"], "service")
    second = job.payload["contact"]
    assert second != first
    told = after(next_.complaint, outcome(OutcomeKind.SENT, second, Channel.EMAIL))
    assert (told.complaint.state, told.news) == (ComplaintState.TOLD, True)
    assert not after(told.complaint, outcome(OutcomeKind.DELIVERED, second, Channel.EMAIL)).news
    vain = after(next_.complaint, outcome(OutcomeKind.FAILED, second, Channel.EMAIL))
    assert (vain.in_vain, vain.complaint.telling) == (True, Telling.FAILED)
    assert vain.complaint.state is ComplaintState.RESOLVED


def test_what_became_of_an_earlier_telling_changes_nothing() -> None:
    item = complaint(state=ComplaintState.RESOLVED, telling=Telling.GOING, tellings=2)
    for kind in OutcomeKind:
        assert after(item, outcome(kind, contact_id("k_1", 1))).complaint == item
    assert not is_wanted(item, contact_id("k_1", 1))
    unsure = after(item, outcome(OutcomeKind.UNKNOWN, contact_id("k_1", 2)))
    assert unsure.complaint.telling is Telling.UNSURE
    settled = after(unsure.complaint, outcome(OutcomeKind.SENT, contact_id("k_1", 2)))
    assert settled.complaint.state is ComplaintState.TOLD


def test_other_systems_hear_of_a_complaint_and_of_nobody_in_it() -> None:
    item = complaint(comment="王五", how="换了光猫", result="王先生,已修好", owner="A-7")
    story = (
        entry(item, "complaint.resolved", AT, by="王五", actor="zhou@care.example", cycle=2),
        entry(item, "complaint.telling", AT + MINUTES, by="zhou", actor="zhou", number=0),
    )
    assert "换了光猫" in str(shown_of(item, story, AT))
    said = published(item, "complaint.escalated", "k_1:0", story, AT + 20 * MINUTES).payload
    assert said["type"] == "complaint.escalated"
    assert said["data"] == {
        "id": "k_1",
        "ticket": "T-1",
        "source": "/tickets",
        "state": "registered",
        "class": "default",
        "owner": "A-7",
        "opened_at": AT.isoformat(),
        "deadlines": shown_of(item, (), AT)["deadlines"],
        "overdue": ["respond"],
        "score": 20.0,
        "telling": "none",
        "history": [
            {"at": AT.isoformat(), "kind": "complaint.resolved", "detail": {"cycle": 2}},
            {
                "at": (AT + MINUTES).isoformat(),
                "kind": "complaint.telling",
                "detail": {"number": 0},
            },
        ],
    }
