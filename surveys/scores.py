"""Turns the headline's answer into a score of 100 and a raw rating."""

from collections.abc import Mapping

from surveys.model import SCALES, Question, QuestionKind, Survey, Value

HIGHEST = 100.0

_DIGITS = 6  # a seventh has no end


def score(survey: Survey, answers: Mapping[str, Value]) -> tuple[float | None, int | None]:
    """(score of 0 to 100, rating as given) of the headline; None each where there is none.

    csat5 r*20 (so 4 of 5 is 80), nps r*10, ces7 r/7*100, resolved 100 or 0, choice the
    option's own score. Only the three scales have a rating.
    """
    question = survey.headline
    value = answers.get(question.id)
    match question.kind:
        case QuestionKind.CSAT5 | QuestionKind.NPS | QuestionKind.CES7:
            return _of_scale(question.kind, value)
        case QuestionKind.RESOLVED:
            return (HIGHEST if value else 0.0, None) if isinstance(value, bool) else (None, None)
        case QuestionKind.CHOICE:
            return _of_choice(question, value), None
        case QuestionKind.COMMENT:
            return None, None


def _of_scale(kind: QuestionKind, value: Value | None) -> tuple[float | None, int | None]:
    lowest, highest = SCALES[kind]
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        return None, None
    return round(value * HIGHEST / highest, _DIGITS), value


def _of_choice(question: Question, value: Value | None) -> float | None:
    scores = {option.id: option.score for option in question.options}
    points = scores.get(value) if isinstance(value, str) else None
    return None if points is None else float(points)
