"""Decides what is asked next and what becomes of a reply."""

from collections.abc import Mapping
from dataclasses import dataclass

from surveys import wording
from surveys.declining import declines
from surveys.low import meets
from surveys.model import Question, Survey, Value
from surveys.understand import Choice, Comment, Rating, Truth, Unclear, read

MOST_REPROMPTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """The question that is open now."""

    question: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Nothing is left to ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """An answer; `comment` is what was said beside it. An optional question passed over has ""."""

    value: Value
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAgain:
    """Not understood; the text asks once more in other words."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """Not understood too often; the text takes leave."""

    text: str


def next_step(survey: Survey, answers: Mapping[str, Value]) -> Ask | Finished:
    """The first unanswered question on the way that the answers lead.

    Where no step of a question applies the survey is finished. No question is passed twice, so a
    survey with a loop, which `questionnaire.read` refuses, ends too.
    """
    passed: set[str] = set()
    here = survey.questions.get(survey.start)
    while here is not None and here.id not in passed:
        if here.id not in answers:
            return Ask(question=here)
        passed.add(here.id)
        here = _after(survey, here, answers)
    return Finished()


def _after(survey: Survey, here: Question, answers: Mapping[str, Value]) -> Question | None:
    for step in here.next:
        if step.when is None or meets(step.when, answers):
            return survey.questions.get(step.go)
    return None


def reply(
    survey: Survey,
    question_id: str,
    asked: int,
    text: str,
    locale: str,
    answers: Mapping[str, Value],
) -> Accepted | AskAgain | GiveUp:
    """What becomes of a reply to the open question, which was asked again `asked` times so far.

    `answers` are those given before; they stay whatever happens. A question that the survey does
    not have is given up.
    """
    question = survey.questions.get(question_id)
    if question is None:
        return GiveUp(text=wording.leave(locale, kept=bool(answers)))
    if question.optional and declines(text):
        return Accepted(value="", comment=None)
    match read(text, question, locale):
        case Rating(value=value, rest=rest) | Truth(value=value, rest=rest):
            return Accepted(value=value, comment=rest or None)
        case Choice(id=chosen, rest=rest):
            return Accepted(value=chosen, comment=rest or None)
        case Comment(text=said):
            return Accepted(value=said, comment=None)
        case Unclear():
            if asked < MOST_REPROMPTS:
                return AskAgain(text=wording.again(question, locale, asked))
            return GiveUp(text=wording.leave(locale, kept=bool(answers)))
