"""Decides what an understood answer changes: the response, its score, and what is asked next."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from surveys.dialogue import Ask, Finished, next_step
from surveys.low import Low, judge
from surveys.model import (
    OPEN_STATES,
    Answered,
    Given,
    Invitation,
    InvitationState,
    QuestionKind,
    Response,
    Survey,
    Value,
)
from surveys.scores import score


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """An invitation with its pinned survey, and its response as far as there is one."""

    invitation: Invitation
    survey: Survey
    response: Response | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one reply changed; `ask` is the question now open, `said` other words of ours, perhaps
    none at all.

    `low` is set by the answer that decides it; `more` when a response that was low before got
    another answer. `replaces`: how often the answer had been corrected before this took its place;
    `late`: the answer came after the invitation was over.
    """

    invitation: Invitation
    response: Response | None
    answer: Answered | None = None
    ask: str | None = None
    said: str | None = None
    low: Low | None = None
    more: bool = False
    replaces: int | None = None
    late: bool = False

    @property
    def is_open(self) -> bool:
        """Whether more is asked, or may be answered."""
        return self.invitation.state in OPEN_STATES


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """The reply answers nothing that is open."""

    reason: str


def on_answer(
    thread: Thread,
    response_id: str,
    channel: str,
    question_id: str,
    value: Value,
    comment: str | None,
    now: datetime,
) -> Turn:
    """What an understood answer changes, by whatever channel it came.

    An answer in doubt makes way for this one, which settles the doubt.
    """
    thread, replaces = _without_doubt(thread, question_id)
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
        invitation=_lasting(after(thread.invitation, step), now),
        response=replace(
            response,
            answers=answers,
            score=points,
            rating=rating,
            low=isinstance(judged, Low),
            completed_at=now if finished else None,
            comments=(*response.comments, words) if words else response.comments,
            given={
                **response.given,
                question_id: Given(at=now, revision=0 if replaces is None else replaces + 1),
            },
        ),
        answer=Answered(
            question=question_id, value=None if is_comment else value, at=now, comment=words or None
        ),
        ask=step.question.id if isinstance(step, Ask) else None,
        low=judged if isinstance(judged, Low) and not was_low else None,
        more=was_low,
        replaces=replaces,
    )


def _without_doubt(thread: Thread, question_id: str) -> tuple[Thread, int | None]:
    """The thread without the answer that waits to be confirmed, and how often it was corrected."""
    response = thread.response
    if response is None or not response.suspect or question_id not in response.given:
        return thread, None
    doubted = response.answers[question_id]
    is_comment = thread.survey.questions[question_id].kind is QuestionKind.COMMENT
    sure = replace(
        response,
        suspect=False,
        suspect_reason=None,
        answers={name: value for name, value in response.answers.items() if name != question_id},
        given={name: how for name, how in response.given.items() if name != question_id},
        comments=tuple(
            words for words in response.comments if not (is_comment and words == doubted)
        ),
    )
    return replace(thread, response=sure), response.given[question_id].revision


def _lasting(invitation: Invitation, now: datetime) -> Invitation:
    """With an end, where it was answered before it was known to be asked."""
    if invitation.state is not InvitationState.IN_PROGRESS or invitation.expires_at is not None:
        return invitation
    return replace(invitation, expires_at=now + invitation.lasts)


def after(invitation: Invitation, step: Ask | Finished) -> Invitation:
    """An open invitation after an answer: what is asked next is open, or all is over."""
    if isinstance(step, Finished):
        over = InvitationState.COMPLETED
        return replace(invitation, state=over, question=None, asked=0, reason=None)
    return replace(
        invitation,
        state=InvitationState.IN_PROGRESS,
        question=step.question.id,
        asked=0,
        reason=None,
    )
