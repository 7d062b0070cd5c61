"""What is done while an answer is waited for: one thing after the other, and the end last."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.jobs import SEND
from channels.model import MessageClass
from scheduler.job import Job
from surveys import waits
from surveys.delivery import LATER, following, send_job
from surveys.jobs import EXPIRE, WAIT, Remind
from surveys.model import Attribution, Invitation, InvitationState, Terms

SENT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WAITING = {"state": InvitationState.PLANNED, "reason": "one_open_question"}


def invited(lasts: timedelta, **terms: object) -> Invitation:
    return Invitation(
        id="i_1",
        source="/tickets",
        ticket="T-1",
        cycle=1,
        customer="C-1",
        program="default",
        survey="csat",
        version="v",
        state=InvitationState.INVITED,
        channels=("sms", "email"),
        locale="zh-CN",
        due_at=SENT,
        useful_until=SENT + 7 * DAY,
        attribution=Attribution(),
        channel="sms",
        lasts=lasts,
        expires_at=SENT + lasts,
        terms=Terms(**terms),  # type: ignore[arg-type]
    )


def course(item: Invitation) -> list[tuple[timedelta, int | str]]:
    """When what comes: a reminder's number, the channel that is left, or the end."""
    assert item.expires_at is not None
    job: Job | None = waits.first(item, "c_1", "sms", item.expires_at)
    seen: list[tuple[timedelta, int | str]] = []
    while job is not None and job.kind == WAIT.name:
        due = waits.due(item, WAIT.read(job))
        assert isinstance(due, Remind)
        seen.append((job.due_at - SENT, due.channel or due.number))
        job = waits.after(item, WAIT.read(job))
    assert job is not None
    assert job.kind == EXPIRE.name
    return [*seen, (job.due_at - SENT, "end")]


def test_reminders_the_next_channel_and_the_end_follow_in_the_order_of_time() -> None:
    item = invited(7 * DAY, reminders=(96 * HOUR, 24 * HOUR), fallback_after=72 * HOUR)
    assert course(item) == [(24 * HOUR, 1), (72 * HOUR, "sms"), (96 * HOUR, 0), (7 * DAY, "end")]


def test_what_would_come_at_the_end_or_later_does_not_come() -> None:
    item = invited(DAY, reminders=(23 * HOUR, DAY), fallback_after=72 * HOUR)
    assert course(item) == [(23 * HOUR, 0), (DAY, "end")]


def test_without_reminders_only_the_end_is_waited_for() -> None:
    assert course(invited(DAY)) == [(DAY, "end")]


def test_a_wait_goes_on_for_who_was_given_up_since_they_may_yet_answer() -> None:
    item = invited(7 * DAY, reminders=(DAY,))
    over = replace(item, state=InvitationState.EXPIRED)
    assert item.expires_at is not None
    wait = WAIT.read(waits.first(item, "c_1", "sms", item.expires_at))
    follows = waits.after(over, wait)
    assert follows is not None
    assert follows.kind == EXPIRE.name


def test_a_wait_ends_where_another_began() -> None:
    item = invited(7 * DAY, reminders=(DAY,))
    assert item.expires_at is not None
    wait = WAIT.read(waits.first(item, "c_1", "sms", item.expires_at))
    assert waits.after(replace(item, expires_at=None), wait) is None
    assert waits.after(replace(item, expires_at=item.expires_at + HOUR), wait) is None


def test_only_what_answers_a_customer_says_since_when_they_wait_for_it() -> None:
    item = invited(DAY)
    talks, reminds = MessageClass.CONVERSATION, MessageClass.REMINDER
    said = send_job(item, following("SM1"), ["sms"], SENT + HOUR, message_class=talks)
    asked = send_job(item, LATER, ["sms"], SENT + HOUR, message_class=reminds)
    assert SEND.read(said).spoken_at == (SENT + HOUR).isoformat()
    assert SEND.read(asked).spoken_at is None


# --- Making way for a later one ---


@pytest.mark.parametrize(
    ("older", "later", "answered", "is_asked", "at"),
    [
        ({}, WAITING, None, True, SENT),
        ({}, WAITING, SENT - HOUR, True, SENT),
        ({}, WAITING, SENT - HOUR / 4, True, SENT + HOUR * 3 / 4),
        ({}, WAITING, None, False, SENT + HOUR),  # it waits for others
        ({}, {"state": InvitationState.PLANNED, "reason": "window"}, None, True, SENT + HOUR),
        ({"state": InvitationState.PLANNED}, WAITING, None, True, SENT + HOUR),  # on its way
        ({"state": InvitationState.COMPLETED}, WAITING, None, True, None),
        ({}, {"state": InvitationState.CANCELLED}, None, True, None),
        ({}, {"state": InvitationState.INVITED}, None, True, None),
        ({}, None, None, True, None),
    ],
)
def test_a_survey_makes_way_where_a_later_one_waits_for_it_and_nobody_is_answering(
    older: dict[str, Any],
    later: dict[str, Any] | None,
    answered: datetime | None,
    is_asked: bool,
    at: datetime | None,
) -> None:
    item = invited(7 * DAY)
    second = None if later is None else replace(item, id="i_2", cycle=2, **later)
    found = waits.makes_way(replace(item, **older), second, answered, SENT, is_asked=is_asked)
    assert found == at
