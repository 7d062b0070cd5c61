"""Judges whether what was answered so far calls for recovery."""

from collections.abc import Mapping
from dataclasses import dataclass

from surveys.model import Condition, Survey, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Low:
    """The answer that decided it."""

    question: str
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Fine:
    """Nothing answered so far is low."""


def meets(condition: Condition, answers: Mapping[str, Value]) -> bool:
    """Whether the answers pass the test; an absent answer, or one of another type, never does."""
    value = answers.get(condition.question)
    if value is None:
        return False
    if condition.is_ is not None:
        return _same(value, condition.is_)
    if condition.in_ is not None:
        return any(_same(value, wanted) for wanted in condition.in_)
    if isinstance(value, bool) or not isinstance(value, int):
        return False
    if condition.at_most is not None:
        return value <= condition.at_most
    return condition.at_least is not None and value >= condition.at_least


def _same(value: Value, wanted: Value) -> bool:
    # In Python False == 0 and True == 1; a rating of 0 is no "no".
    return type(value) is type(wanted) and value == wanted


def judge(answers: Mapping[str, Value], survey: Survey) -> Low | Fine:
    """Low as soon as any of the survey's low conditions is met, whatever is still unanswered."""
    for condition in survey.low:
        if meets(condition, answers):
            return Low(question=condition.question, value=answers[condition.question])
    return Fine()
