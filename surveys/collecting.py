"""Decides what answers change that others got from a customer and hand in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from kernel.erased import ERASED
from surveys import form
from surveys.afterwards import late_question, late_turn, late_until, on_revision, resumed
from surveys.dialogue import Ask, next_step
from surveys.model import (
    OPEN_STATES,
    SCALES,
    InvitationState,
    Question,
    QuestionKind,
    Response,
    Value,
)
from surveys.turns import Thread, Turn, Unfit, on_answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """No answers to this survey: why not, by question."""

    faults: Mapping[str, str]


def collect(
    thread: Thread, response_id: str, channel: str, given: Mapping[str, object], now: datetime
) -> list[tuple[Thread, Turn]] | Refused | Unfit:
    """What answers by question change, one after the other, each with the thread as it then is.

    Values are as on the wire; "" passes an optional question over. What stands already changes
    nothing; another value corrects one given within `CORRECTED_WITHIN`. After the end they are kept
    as late, once, as a reply is. All of them are taken, or none.
    """
    faults = {
        name: fault
        for name, value in given.items()
        if (fault := _fault(thread.survey.questions.get(name), value)) is not None
    }
    if faults:
        return Refused(faults=faults)
    thread = resumed(thread, now) or thread
    left: dict[str, Value] = {
        name: form.clean(value) if isinstance(value, str) else value
        for name, value in given.items()
        if isinstance(value, int | bool | str)
    }
    left = {name: value for name, value in left.items() if not _stands(thread, name, value)}
    if left and (over := _over(thread, now)) is not None:
        return over
    taken: list[tuple[Thread, Turn]] = []
    while left:
        turn = _next(thread, response_id, channel, left, now)
        if turn is None:
            return Refused(faults=dict.fromkeys(left, "is not asked after these answers"))
        if isinstance(turn, Unfit):
            return turn
        assert turn.answer is not None
        taken.append((thread, turn))
        left.pop(turn.answer.question)
        thread = replace(thread, invitation=turn.invitation, response=turn.response)
    return taken


def _next(
    thread: Thread, response_id: str, channel: str, left: Mapping[str, Value], now: datetime
) -> Turn | Unfit | None:
    """The correction among what is left, else the answer to what is asked now; None: neither."""
    before = thread.response
    for name in left if before is not None else ():
        if before is not None and name in before.given:
            return on_revision(thread, name, left[name], None, now)
    if before is not None and before.suspect:
        return Unfit(reason="suspect")
    step = next_step(thread.survey, before.answers if before else {})
    if not isinstance(step, Ask) or step.question.id not in left:
        return None
    take = on_answer if thread.invitation.state in OPEN_STATES else late_turn
    name = step.question.id
    return take(thread, response_id, channel, name, left[name], None, now)


def _over(thread: Thread, now: datetime) -> Unfit | None:
    """Why nothing is kept any more; None where something may be."""
    invitation = thread.invitation
    if invitation.customer == ERASED:  # whatever state that found it in
        return Unfit(reason="erased")
    if invitation.state in (*OPEN_STATES, InvitationState.COMPLETED):
        return None
    reopened = (invitation.state, invitation.reason) == (InvitationState.CANCELLED, "reopened")
    if not reopened and invitation.state is not InvitationState.EXPIRED:
        return Unfit(reason=invitation.reason or invitation.state)
    if now >= late_until(invitation):
        return Unfit(reason="too_late")
    return Unfit(reason="answered") if late_question(thread) is None else None


def _stands(thread: Thread, name: str, value: Value) -> bool:
    """Whether this is what was answered; what is in doubt is confirmed by being said again."""
    response: Response | None = thread.response
    return response is not None and not response.suspect and response.answers.get(name) == value


def _fault(question: Question | None, value: object) -> str | None:
    """Why a value is no answer to a question, None where it is one."""
    if question is None:
        return "is no question of the survey"
    if question.optional and value == "":
        return None
    match question.kind:
        case QuestionKind.COMMENT:
            fits = isinstance(value, str) and 0 < len(form.clean(value)) <= form.LONGEST
            return None if fits else f"must be a text of 1 to {form.LONGEST} characters"
        case QuestionKind.RESOLVED:
            return None if isinstance(value, bool) else "must be true or false"
        case QuestionKind.CHOICE:
            known = form.keys(question)
            fits = isinstance(value, str) and value in known
            return None if fits else f"must be one of {', '.join(known)}"
        case _:
            lowest, highest = SCALES[question.kind]
            fits = type(value) is int and lowest <= value <= highest
            return None if fits else f"must be a whole number from {lowest} to {highest}"
