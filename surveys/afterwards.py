"""Decides what comes after an answer, or after the end, changes: corrections and late answers."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from surveys.corrections import corrected, says_so
from surveys.dialogue import MOST_REPROMPTS, Accepted, Ask, Finished, next_step, reply
from surveys.low import Low, judge
from surveys.model import (
    NOT_UNDERSTOOD,
    OPEN_STATES,
    RESUMED,
    Answered,
    Invitation,
    InvitationState,
    QuestionKind,
    Response,
    Value,
)
from surveys.scores import score
from surveys.thanks import corrected_to, late
from surveys.turns import Thread, Turn, Unfit, after, on_answer
from surveys.understand import Choice, Rating, Truth, Unclear, read

CORRECTED_WITHIN = timedelta(minutes=10)
"""How long after an answer another rating takes its place."""

CORRECTION, CONFIRMED = "corrected", "confirmed"
"""Why one answer took the place of another: the customer said so, or was asked to confirm it."""


def late_until(invitation: Invitation) -> datetime:
    """Until when an answer is kept though the invitation is over."""
    over = invitation.expires_at or invitation.due_at + invitation.lasts
    return over + invitation.terms.accept_late


def resumed(thread: Thread, now: datetime) -> Thread | None:
    """The thread with its question open again, where we gave up before its time was over.

    That is so after replies that nobody could read, and where no channel seemed to reach anybody.
    None where it was not given up, nothing is left to ask, or it is too late.
    """
    invitation = thread.invitation
    over = invitation.expires_at or invitation.due_at + invitation.lasts
    ended = (InvitationState.EXPIRED, InvitationState.COMPLETED)
    unread = invitation.state in ended and invitation.reason == NOT_UNDERSTOOD
    unreached = invitation.state is InvitationState.UNREACHABLE
    if not (unread or unreached) or now >= over:
        return None
    step = next_step(thread.survey, thread.response.answers if thread.response else {})
    if not isinstance(step, Ask):
        return None
    return replace(thread, invitation=replace(after(invitation, step), reason=RESUMED))


def on_late(
    thread: Thread,
    response_id: str,
    channel: str,
    text: str,
    now: datetime,
    until: datetime | None,
) -> Turn | Unfit:
    """An answer after the end is kept, once; it changes no score of one that was in time."""
    invitation, survey, before = thread.invitation, thread.survey, thread.response
    reopened = (invitation.state, invitation.reason) == (InvitationState.CANCELLED, "reopened")
    if not (reopened or invitation.state is InvitationState.EXPIRED):
        return Unfit(reason=invitation.state)
    if until is not None and now >= until:
        return Unfit(reason="too_late")
    given: Mapping[str, Value] = before.answers if before else {}
    asked = late_question(thread)
    if asked is None:
        return Unfit(reason="no_open_question")
    said = reply(survey, asked, MOST_REPROMPTS, text, invitation.locale, given)
    if not isinstance(said, Accepted):
        return Unfit(reason=NOT_UNDERSTOOD)
    return late_turn(thread, response_id, channel, asked, said.value, said.comment, now)


def late_question(thread: Thread) -> str | None:
    """What an answer after the end would be to; None once there was such an answer."""
    before = thread.response
    if before is not None and (before.late or any(how.late for how in before.given.values())):
        return None
    step = next_step(thread.survey, before.answers if before else {})
    return step.question.id if isinstance(step, Ask) else None


def late_turn(
    thread: Thread,
    response_id: str,
    channel: str,
    asked: str,
    value: Value,
    comment: str | None,
    now: datetime,
) -> Turn:
    """What an understood answer after the end changes, by whatever channel it came.

    An answer in doubt that is confirmed as it stands was given when it was given.
    """
    invitation, before = thread.invitation, thread.response
    turn = on_answer(thread, response_id, channel, asked, value, comment, now)
    assert turn.response is not None
    assert turn.answer is not None
    doubted = before is not None and before.suspect and asked in before.given
    confirms = before is not None and doubted and before.answers[asked] == value
    too_late = before.given[asked].late if before is not None and confirms else True
    response = replace(turn.response, late=before.late if before and confirms else True)
    if before is not None and not before.late and not doubted:
        words = turn.response.comments
        response = replace(before, answers=turn.response.answers, comments=words)
    return replace(
        turn,
        invitation=invitation,
        response=response,
        answer=replace(turn.answer, late=too_late),
        ask=None,
        said=late(invitation.locale),
        late=too_late,
    )


def correction(thread: Thread, text: str, now: datetime) -> Turn | None:
    """The text as another answer to a question answered just before, the latest first.

    One that does not say so is none while a question of ours hangs in the air, open or not.
    """
    if thread.response is None:
        return None
    told = corrected(text)
    # What only a correction would have us ask was never asked.
    left = thread.response.completed_at is None and late_question(thread) is not None
    asked = thread.invitation.state in OPEN_STATES or left
    if (told is None and asked) or answers_open(thread, text):
        return None
    given = sorted(thread.response.given.items(), key=lambda item: item[1].at, reverse=True)
    for question, how in given:
        if now - how.at > CORRECTED_WITHIN:
            continue
        meant = _meant(thread, question, text if told is None else told, sure=told is not None)
        if meant is None:
            continue
        turn = on_revision(thread, question, *meant, now)
        if isinstance(turn, Turn):
            return turn
    return None


def answers_open(thread: Thread, text: str) -> bool:
    """Whether a text that may be a correction fits the open question: then it answers that."""
    invitation, told = thread.invitation, corrected(text)
    asked = thread.survey.questions.get(invitation.question or thread.survey.start)
    if told is None or says_so(text) or asked is None or asked.kind is QuestionKind.COMMENT:
        return False
    said = (read(each, asked, invitation.locale) for each in (text, told))
    return invitation.state in OPEN_STATES and not all(isinstance(each, Unclear) for each in said)


def _meant(
    thread: Thread, question_id: str, text: str, *, sure: bool
) -> tuple[Value, str | None] | None:
    """What a text is as an answer; unless it is `sure` to be one, a rating and nothing beside."""
    question = thread.survey.questions.get(question_id)
    if question is None:
        return None
    match read(text, question, thread.invitation.locale):
        case Rating(value=value, rest=rest) if sure or not rest:
            return value, rest or None
        case Truth(value=value, rest=rest) if sure or (not rest and _is_number(text)):
            return value, rest or None
        case Choice(id=value, rest=rest) if sure or (not rest and _is_number(text)):
            return value, rest or None
        case _:
            return None


def _is_number(text: str) -> bool:
    # "好的" after our thanks is no answer to whatever we asked before.
    return text.strip(" \t\r\n.。!！").isdigit()


def on_revision(
    thread: Thread,
    question_id: str,
    value: Value,
    comment: str | None,
    now: datetime,
) -> Turn | Unfit:
    """What another answer to an answered question changes, by whatever channel it came.

    Score, flag and what is asked next follow; an invitation that is over stays so. The same value
    again changes nothing and is answered with nothing.
    """
    before, invitation, survey = thread.response, thread.invitation, thread.survey
    how = before.given.get(question_id) if before else None
    if before is None or how is None or question_id not in survey.questions:
        return Unfit(reason="not_answered")
    if before.suspect and question_id == invitation.question:  # it waits for exactly this
        return on_answer(thread, before.id, before.channel, question_id, value, comment, now)
    if now - how.at > CORRECTED_WITHIN:
        return Unfit(reason="too_late")
    if before.answers.get(question_id) == value:
        return Turn(invitation=invitation, response=before, said="")
    answers = {**before.answers, question_id: value}
    was, judged = judge(_counted(before), survey), judge(_counted(before, answers), survey)
    points, rating = score(survey, _counted(before, answers))
    step = next_step(survey, answers)
    if invitation.state in OPEN_STATES:
        invitation = after(invitation, step)
    given = {**before.given, question_id: replace(how, at=now, revision=how.revision + 1)}
    is_comment = survey.questions[question_id].kind is QuestionKind.COMMENT
    still_open = invitation.state in OPEN_STATES and isinstance(step, Ask)
    return Turn(
        invitation=invitation,
        response=replace(
            before,
            answers=answers,
            given=given,
            score=points,
            rating=rating,
            low=isinstance(judged, Low),
            completed_at=before.completed_at or (now if isinstance(step, Finished) else None),
        ),
        answer=Answered(
            question=question_id,
            value=None if is_comment else value,
            at=now,
            comment=str(value) if is_comment else comment,
        ),
        ask=step.question.id if still_open and isinstance(step, Ask) else None,
        said=None if still_open else corrected_to(invitation.locale),
        low=judged if isinstance(judged, Low) and not isinstance(was, Low) else None,
        more=isinstance(was, Low),
        replaces=how.revision,
        late=how.late,
    )


def _counted(response: Response, answers: Mapping[str, Value] | None = None) -> dict[str, Value]:
    """The answers that score and flag go by: those in time, unless the response began late."""
    told = response.answers if answers is None else answers
    late_ones = {name for name, how in response.given.items() if how.late and not response.late}
    return {name: value for name, value in told.items() if name not in late_ones}
