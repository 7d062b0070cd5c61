"""Decides what a reply changes: the invitation, the response, and what is said next."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from channels.model import MessageClass
from surveys.afterwards import correction, late_question, late_until, on_late, resumed
from surveys.corrections import corrected
from surveys.dialogue import MOST_REPROMPTS, Accepted, AskAgain, GiveUp, reply
from surveys.model import (
    NOT_UNDERSTOOD,
    OPEN_STATES,
    Invitation,
    InvitationState,
    QuestionKind,
    Survey,
    Value,
)
from surveys.questionnaire import fill
from surveys.turns import Thread, Turn, Unfit, on_answer
from surveys.wording import language


def speaking(thread: Thread, locale: str | None) -> Thread:
    """The thread in the language that the customer chose; itself where that changes nothing."""
    if locale is None or language(locale) == thread.invitation.locale:
        return thread
    return replace(thread, invitation=replace(thread.invitation, locale=language(locale)))


def is_wanted(invitation: Invitation, message_class: MessageClass, *, asked: bool = False) -> bool:
    """Whether a message still has its place: nobody is invited or reminded who is answering.

    `asked`: the customer asked to be reminded, and may be in the middle of it.
    """
    if message_class is MessageClass.CONVERSATION:
        return invitation.state is InvitationState.IN_PROGRESS
    if message_class is not MessageClass.REMINDER:
        return invitation.state is InvitationState.PLANNED
    answering = asked and invitation.state is InvitationState.IN_PROGRESS
    return invitation.state is InvitationState.INVITED or answering


def opening(survey: Survey, invitation: Invitation) -> str | None:
    """The id of the question an invitation begins with, or goes on with."""
    return invitation.question or survey.start


def on_reply(
    thread: Thread, response_id: str, channel: str, text: str, now: datetime
) -> Turn | Unfit:
    """What a text changes in a thread; `response_id` is the one to use for a first answer.

    A correction that says so goes before an answer to the open question; once nothing is open,
    another rating is a correction without saying so. What we gave up is taken up again by a clear
    answer in time, and by nothing less.
    """
    invitation, survey = thread.invitation, thread.survey
    allowed = invitation.terms.channels
    if allowed and channel not in allowed:
        return Unfit(reason="channel_not_enabled")
    open_again = resumed(thread, now)
    # What says of itself that it corrects an answer takes nothing up.
    takes_up = open_again is not None and corrected(text) is None
    if (turn := correction((takes_up and open_again) or thread, text, now)) is not None:
        return turn
    if open_again is not None:
        return _answered(open_again, response_id, channel, text, now)
    if invitation.state not in OPEN_STATES:
        return on_late(thread, response_id, channel, text, now, late_until(invitation))
    question_id = opening(survey, invitation)
    if question_id is None or question_id not in survey.questions:
        return Unfit(reason="no_open_question")
    given: Mapping[str, Value] = thread.response.answers if thread.response else {}
    match reply(survey, question_id, invitation.asked, text, invitation.locale, given):
        case AskAgain(text=again):
            asked = replace(invitation, question=question_id, asked=invitation.asked + 1)
            return Turn(invitation=asked, response=thread.response, said=again)
        case GiveUp(text=leave):
            return Turn(invitation=_left(invitation, given), response=thread.response, said=leave)
        case Accepted(value=value, comment=comment):
            return on_answer(thread, response_id, channel, question_id, value, comment, now)


def on_attached(
    thread: Thread,
    response_id: str,
    channel: str,
    text: str,
    at: datetime,
    over: datetime | None,
) -> Turn | Unfit:
    """What a text changes that a person says belongs to a thread; nobody is asked again for it.

    `at`: when it arrived, which tells whether it was in time; `over`: when the invitation ended, if
    it did. What was over by then or since stays so, unless this is the last answer.
    """
    invitation = thread.invitation
    if invitation.state is InvitationState.PLANNED:
        return Unfit(reason="no_open_question")
    if invitation.state in OPEN_STATES:
        return _answered(thread, response_id, channel, text, at)
    if over is None or at >= over:
        return on_late(thread, response_id, channel, text, at, None)
    asked = late_question(thread)
    if asked is None:
        return Unfit(reason="no_open_question")
    still = replace(thread, invitation=replace(invitation, question=asked))
    turn = _answered(still, response_id, channel, text, at)
    if isinstance(turn, Turn) and turn.ask is not None:
        return replace(turn, invitation=invitation, ask=None)
    return turn


def _answered(
    thread: Thread, response_id: str, channel: str, text: str, now: datetime
) -> Turn | Unfit:
    """What a text changes as an answer to the open question; one that is none changes nothing."""
    invitation, survey = thread.invitation, thread.survey
    question = opening(survey, invitation)
    if question is None:
        return Unfit(reason="no_open_question")
    given: Mapping[str, Value] = thread.response.answers if thread.response else {}
    said = reply(survey, question, MOST_REPROMPTS, text, invitation.locale, given)
    if not isinstance(said, Accepted):
        return Unfit(reason=NOT_UNDERSTOOD)
    return on_answer(thread, response_id, channel, question, said.value, said.comment, now)


def _left(invitation: Invitation, given: Mapping[str, Value]) -> Invitation:
    """Asked again often enough: what was answered stays, and the customer is left in peace."""
    state = InvitationState.COMPLETED if given else InvitationState.EXPIRED
    return replace(invitation, state=state, question=None, reason=NOT_UNDERSTOOD)


def words(
    survey: Survey,
    question_id: str | None,
    locale: str,
    facts: Mapping[str, str],
    channel: str = "sms",
) -> str:
    """The text of a question, or of the survey's end, for a channel in a locale we have."""
    return fill(wording(survey, question_id, locale, channel), facts)


def wording(survey: Survey, question_id: str | None, locale: str, channel: str = "sms") -> str:
    """The same text, its variables not yet filled in."""
    asked = survey.questions[question_id] if question_id else None
    return asked.asking(locale, channel) if asked else survey.ending(locale, channel)


def without_words(survey: Survey, answers: Mapping[str, Value]) -> dict[str, Value]:
    """The answers but for comments, which are the customer's own words and told to nobody."""
    return {
        question: value
        for question, value in answers.items()
        if question in survey.questions
        and survey.questions[question].kind is not QuestionKind.COMMENT
    }
