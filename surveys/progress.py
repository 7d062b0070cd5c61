"""Says how far a customer has come in a survey, and how far it may still be."""

from collections.abc import Collection

from surveys.model import Survey


def place(survey: Survey, question: str, answered: Collection[str]) -> tuple[int, int]:
    """Which question this is, from 1, and of how many at most: on the longest way ahead.

    The second number never grows from one question to the next.
    """
    behind = len({each for each in answered if each != question})
    ahead = _longest(survey, question, frozenset(answered) - {question}, {})
    return behind + 1, behind + max(ahead, 1)


def _longest(survey: Survey, here: str, answered: Collection[str], known: dict[str, int]) -> int:
    """Questions from `here` to the end, those answered not counted."""
    question = survey.questions.get(here)
    if question is None:
        return 0
    if here not in known:
        known[here] = 0  # a loop, which `questionnaire.read` refuses, ends here
        further = [_longest(survey, step.go, answered, known) for step in question.next]
        known[here] = max(further, default=0) + (here not in answered)
    return known[here]
