"""What other systems are told of a survey has what the ticket's view shows of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from surveys.model import Attribution, Invitation, InvitationState, Response
from surveys.news import item_of

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
INVITED = Invitation(
    id="i_1",
    source="/tickets",
    ticket="T-1",
    cycle=2,
    customer="C-1",
    program="default",
    survey="csat",
    version="1",
    state=InvitationState.INVITED,
    channels=("email",),
    channel="sms",
    locale="zh-CN",
    due_at=NOW,
    expires_at=NOW + timedelta(days=7),
    useful_until=NOW + timedelta(days=7),
    lasts=timedelta(days=7),
    attribution=Attribution(agent="A-7"),
)
RESPONSE = Response(
    id="r_1",
    invitation="i_1",
    survey="csat",
    version="1",
    channel="sms",
    started_at=NOW,
    score=40.0,
    rating=2,
    low=True,
    comments=("网速太慢",),
)
#: Section 7 of the contract, but for `ticket` and `source`, which all news has, and the comment.
INVITATION = {"id", "survey", "version", "state", "channel", "due_at", "expires_at", "reason"}
ANSWERS = {"id", "closure", "survey", "version", "channel", "score", "rating", "low", "suspect"}
ANSWERS |= {"late", "answers", "attribution", "started_at", "completed_at"}


def test_an_invitation_is_told_as_the_ticket_shows_it() -> None:
    told = item_of(INVITED)
    assert told.keys() >= INVITATION
    assert (told["id"], told["reason"]) == ("i_1", None)
    assert told["expires_at"] == "2026-11-27T04:00:00+00:00"
    never_sent = replace(INVITED, expires_at=None, reason="window")
    assert (item_of(never_sent)["expires_at"], item_of(never_sent)["reason"]) == (None, "window")


def test_a_response_is_told_as_the_ticket_shows_it_without_the_customers_words() -> None:
    told = item_of(INVITED, RESPONSE, {"satisfaction": 2})
    assert told.keys() >= ANSWERS
    assert (told["id"], told["invitation"], told["closure"]) == ("r_1", "i_1", 2)
    assert "网速太慢" not in str(told)
