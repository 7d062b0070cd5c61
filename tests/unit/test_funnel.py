"""What an invitation remembers of its contacts, for the funnel."""

from datetime import UTC, datetime, timedelta

import pytest

from channels.model import Channel, MessageClass
from channels.ports import Outcome, OutcomeKind
from surveys.model import Attribution, Invitation, InvitationState
from surveys.outcomes import after

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
PLANNED = Invitation(
    id="i_1",
    source="/tickets",
    ticket="T-1",
    cycle=1,
    customer="C-1",
    program="default",
    survey="csat",
    version="1",
    state=InvitationState.PLANNED,
    channels=("sms", "email"),
    locale="zh-CN",
    due_at=NOW,
    useful_until=NOW + timedelta(days=7),
    lasts=timedelta(days=7),
    attribution=Attribution(),
)


def remembered(*kinds: OutcomeKind) -> tuple[bool, bool]:
    invitation = PLANNED
    for kind in kinds:
        outcome = Outcome(
            kind=kind,
            contact="c_1",
            thread="i_1",
            message_class=MessageClass.INVITATION,
            channel=Channel.SMS,
        )
        invitation, _ = after(invitation, outcome, NOW)
    return invitation.attempted, invitation.delivered


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        ((), (False, False)),
        ((OutcomeKind.DEFERRED, OutcomeKind.SUPPRESSED), (False, False)),
        ((OutcomeKind.FAILED,), (False, False)),
        ((OutcomeKind.UNKNOWN,), (True, False)),
        ((OutcomeKind.SENT,), (True, False)),
        ((OutcomeKind.SENT, OutcomeKind.FAILED), (True, False)),
        ((OutcomeKind.SENT, OutcomeKind.DELIVERED), (True, True)),
        ((OutcomeKind.DELIVERED, OutcomeKind.SENT), (True, True)),
    ],
)
def test_what_went_out_was_attempted_and_what_was_receipted_delivered(
    kinds: tuple[OutcomeKind, ...], told: tuple[bool, bool]
) -> None:
    assert remembered(*kinds) == told
