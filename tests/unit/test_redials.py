"""What follows a call that reached nobody: another call, the next channel, and then an end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.model import Channel, MessageClass
from channels.ports import Outcome, OutcomeKind
from scheduler.job import Job
from surveys.delivery import FIRST, LATER, contact_id
from surveys.model import Attribution, Invitation, InvitationState, Terms
from surveys.outcomes import after

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
HOUR, DAYS = timedelta(hours=1), timedelta(days=1)


def invited(**changes: object) -> Invitation:
    made = Invitation(
        id="i_1",
        source="/tickets",
        ticket="T-1",
        cycle=1,
        customer="C-1",
        program="default",
        survey="csat",
        version="v",
        state=InvitationState.INVITED,
        channels=("voice", "sms"),
        locale="zh-CN",
        due_at=NOW,
        useful_until=NOW + 7 * DAYS,
        lasts=7 * DAYS,
        attribution=Attribution(),
        channel="voice",
        expires_at=NOW + 7 * DAYS,
        terms=Terms(redials=(HOUR, 2 * HOUR), fallback_after=3 * DAYS),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def told(contact: str, kind: OutcomeKind = OutcomeKind.UNREACHED, why: str = "busy") -> Outcome:
    return Outcome(
        kind=kind,
        contact=contact,
        thread="i_1",
        message_class=MessageClass.INVITATION,
        channel=Channel.VOICE,
        reason=why,
    )


def following(before: Invitation, outcome: Outcome, made: int = 1) -> tuple[Invitation, list[Job]]:
    return after(before, outcome, NOW, made)


def test_each_call_is_followed_by_the_next_of_the_ladder_and_then_by_the_next_channel() -> None:
    before = invited()
    contact = contact_id(before, FIRST)
    seen = []
    for _ in range(3):
        before, [job] = following(before, told(contact))
        seen.append((job.payload["wanted"], job.due_at - NOW, job.payload["message_class"]))
        assert (before.state, before.reason) == (InvitationState.INVITED, "busy")
        assert job.not_after == before.expires_at
        contact = job.payload["contact"]
    assert seen == [
        (["voice"], HOUR, "reminder"),
        (["voice"], 2 * HOUR, "reminder"),
        (["sms"], timedelta(0), "reminder"),
    ]


@pytest.mark.parametrize(
    ("changes", "made"),
    [
        ({}, 3),
        ({"expires_at": NOW + HOUR}, 1),
        ({"state": InvitationState.COMPLETED}, 1),
        ({"state": InvitationState.IN_PROGRESS}, 1),
        ({"state": InvitationState.CANCELLED}, 1),
        ({"channels": ("voice",), "terms": Terms()}, 1),
    ],
)
def test_nothing_follows_past_the_end(changes: dict[str, object], made: int) -> None:
    before = invited(**changes)
    moved, wanted = following(before, told(contact_id(before, FIRST)), made)
    assert wanted == []
    assert moved.state is before.state


def test_who_hung_up_midway_is_asked_the_rest_by_the_next_channel() -> None:
    before = invited(state=InvitationState.IN_PROGRESS, question="resolved")
    outcome = told(contact_id(before, FIRST), OutcomeKind.DELIVERED)
    moved, [job] = following(before, outcome)
    assert (moved.state, moved.question) == (before.state, before.question)
    assert (job.payload["contact"], job.payload["wanted"]) == (contact_id(before, LATER), ["sms"])
    assert job.due_at == NOW + 3 * DAYS
    alone = replace(before, channels=("voice",))
    assert following(alone, outcome)[1] == []
    texted = replace(outcome, channel=Channel.SMS)
    assert following(before, texted)[1] == []


@given(
    spans=st.lists(st.integers(1, 10_000), max_size=8),
    most=st.integers(1, 10),
    lasts=st.integers(1, 20_000),
    dialled=st.lists(st.booleans(), min_size=40, max_size=40),
)
def test_attempts_never_exceed_the_ladder_nor_the_contacts_of_an_invitation(
    spans: list[int], most: int, lasts: int, dialled: list[bool]
) -> None:
    redials = tuple(timedelta(minutes=span) for span in spans)
    before = invited(
        max_contacts=most,
        expires_at=NOW + timedelta(minutes=lasts),
        terms=Terms(redials=redials),
    )
    contact, now, made, calls, seen = contact_id(before, FIRST), NOW, 0, 0, set()
    for rang in dialled:
        assert contact not in seen
        seen.add(contact)
        calls, made = calls + 1, made + rang
        before, wanted = after(before, told(contact), now, made)
        if not wanted or wanted[0].payload["wanted"] != ["voice"]:
            break
        [job] = wanted
        assert before.expires_at is not None
        assert now < job.due_at < before.expires_at
        contact, now = job.payload["contact"], job.due_at
    assert calls <= len(redials) + 1
    assert made <= most
