"""Decides what a reply changes: the invitation, the response, and what is said next."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from channels.model import MessageClass
from surveys.dialogue import Accepted, Ask, AskAgain, Finished, GiveUp, next_step, reply
from surveys.low import Low, judge
from surveys.model import (
    OPEN_STATES,
    Answered,
    Invitation,
    InvitationState,
    QuestionKind,
    Response,
    Survey,
    Value,
)
from surveys.questionnaire import fill
from surveys.scores import score
from surveys.wording import language


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """An invitation with its pinned survey, and its response as far as there is one."""

    invitation: Invitation
    survey: Survey
    response: Response | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one reply changed; `ask` is the question now open, `said` other words of ours.

    `low` is set by the answer that decides it, once; `more` when a response that was low already
    got another answer.
    """

    invitation: Invitation
    response: Response | None
    answer: Answered | None = None
    ask: str | None = None
    said: str | None = None
    low: Low | None = None
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """The reply answers nothing that is open."""

    reason: str


def speaking(thread: Thread, locale: str | None) -> Thread:
    """The thread in the language that the customer chose; itself where that changes nothing."""
    if locale is None or language(locale) == thread.invitation.locale:
        return thread
    return replace(thread, invitation=replace(thread.invitation, locale=language(locale)))


def is_wanted(invitation: Invitation, message_class: MessageClass) -> bool:
    """Whether a message still has its place: nobody is invited who is answering already."""
    if message_class is MessageClass.REMINDER:
        return invitation.state in (InvitationState.INVITED, InvitationState.IN_PROGRESS)
    return invitation.state is InvitationState.PLANNED


def opening(survey: Survey, invitation: Invitation) -> str | None:
    """The id of the question an invitation begins with, or goes on with."""
    return invitation.question or survey.start


def on_reply(
    thread: Thread, response_id: str, channel: str, text: str, now: datetime
) -> Turn | Unfit:
    """What a text changes in a thread; `response_id` is the one to use for a first answer."""
    invitation, survey = thread.invitation, thread.survey
    if invitation.state not in OPEN_STATES:
        return Unfit(reason=invitation.state)
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


def on_answer(
    thread: Thread,
    response_id: str,
    channel: str,
    question_id: str,
    value: Value,
    comment: str | None,
    now: datetime,
) -> Turn:
    """What an understood answer changes, by whatever channel it came."""
    survey = thread.survey
    before: Mapping[str, Value] = thread.response.answers if thread.response else {}
    answers = {**before, question_id: value}
    points, rating = score(survey, answers)
    judged = judge(answers, survey)
    was_low = isinstance(judge(before, survey), Low)
    step = next_step(survey, answers)
    finished = isinstance(step, Finished)
    response = thread.response or Response(
        id=response_id,
        invitation=thread.invitation.id,
        survey=survey.id,
        version=survey.version,
        channel=channel,
        started_at=now,
    )
    is_comment = survey.questions[question_id].kind is QuestionKind.COMMENT
    words = str(value) if is_comment else comment
    return Turn(
        invitation=_after(thread.invitation, step),
        response=replace(
            response,
            answers=answers,
            score=points,
            rating=rating,
            low=isinstance(judged, Low),
            completed_at=now if finished else None,
            comments=(*response.comments, words) if words else response.comments,
        ),
        answer=Answered(
            question=question_id, value=None if is_comment else value, at=now, comment=words or None
        ),
        ask=step.question.id if isinstance(step, Ask) else None,
        low=judged if isinstance(judged, Low) and not was_low else None,
        more=was_low,
    )


def _after(invitation: Invitation, step: Ask | Finished) -> Invitation:
    if isinstance(step, Finished):
        return replace(invitation, state=InvitationState.COMPLETED, question=None, asked=0)
    return replace(
        invitation, state=InvitationState.IN_PROGRESS, question=step.question.id, asked=0
    )


def _left(invitation: Invitation, given: Mapping[str, Value]) -> Invitation:
    """Asked again often enough: what was answered stays, and the customer is left in peace."""
    state = InvitationState.COMPLETED if given else InvitationState.EXPIRED
    return replace(invitation, state=state, question=None, reason="not_understood")


def words(survey: Survey, question_id: str | None, locale: str, facts: Mapping[str, str]) -> str:
    """The text of a question, or of the survey's end, in a locale we have."""
    texts = survey.questions[question_id].ask if question_id else survey.end
    return fill(texts.get(locale) or next(iter(texts.values())), facts)


def without_words(survey: Survey, answers: Mapping[str, Value]) -> dict[str, Value]:
    """The answers but for comments, which are the customer's own words and told to nobody."""
    return {
        question: value
        for question, value in answers.items()
        if question in survey.questions
        and survey.questions[question].kind is not QuestionKind.COMMENT
    }
