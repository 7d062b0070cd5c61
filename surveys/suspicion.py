"""Decides which answers of the page no person may have given: contract section 8, `suspect`."""

from dataclasses import replace
from datetime import datetime, timedelta

from surveys.model import (
    OPEN_STATES,
    Invitation,
    InvitationState,
    Question,
    QuestionKind,
    Response,
    Value,
)
from surveys.turns import Thread, Turn

QUICKEST = timedelta(seconds=1)
"""A form that comes back sooner after its page was not read by a person."""

APART = timedelta(seconds=10)
"""Another rating sooner after the one before may be a machine's that tries them all."""

HASTE, SEVERAL = "haste", "several_ratings"


def hasty(served_at: datetime, now: datetime) -> bool:
    """Whether a form came back before a person could have read its page."""
    return now - served_at < QUICKEST


def disputed(thread: Thread) -> str | None:
    """The question whose answer waits to be confirmed; after the end the one answered last."""
    invitation, response = thread.invitation, thread.response
    if response is None or not response.suspect or not response.given:
        return None
    if invitation.state in OPEN_STATES and invitation.question in response.given:
        return invitation.question
    return max(response.given, key=lambda name: response.given[name].at)


def is_another_rating(
    response: Response | None, question: Question, value: Value, now: datetime
) -> bool:
    """Whether a rating differs from one given within the last ten seconds."""
    how = response.given.get(question.id) if response else None
    if response is None or how is None or question.kind is QuestionKind.COMMENT:
        return False
    return response.answers.get(question.id) != value and now - how.at < APART


def may_confirm(response: Response, question: str, now: datetime, *, asked: bool) -> bool:
    """Whether a form sent again settles a doubt: where that was `asked`, else after a while."""
    how = response.given.get(question)
    return asked or how is None or now - how.at >= APART


def doubted(thread: Thread, turn: Turn, reason: str) -> Turn:
    """The turn kept, but nothing follows from it: its question stays open to be confirmed."""
    if turn.response is None or turn.answer is None:
        return turn
    asked = turn.answer.question
    response = replace(turn.response, suspect=True, suspect_reason=reason, completed_at=None)
    return replace(
        turn,
        invitation=_still_open(thread, asked),
        response=response,
        ask=asked,
        low=None,
        more=False,
    )


def disputing(thread: Thread, response: Response, question: str) -> Turn:
    """What another rating changes: the first stays, and the question is open to be confirmed."""
    doubt = replace(response, suspect=True, suspect_reason=SEVERAL, completed_at=None)
    return Turn(invitation=_still_open(thread, question), response=doubt, ask=question)


def _still_open(thread: Thread, question: str) -> Invitation:
    invitation = thread.invitation
    if invitation.state not in (*OPEN_STATES, InvitationState.COMPLETED):
        return invitation
    return replace(
        invitation, state=InvitationState.IN_PROGRESS, question=question, asked=0, reason=None
    )
