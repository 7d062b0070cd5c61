"""When an answer is low, and what a response scores."""

import pytest

from surveys.low import Fine, Low, judge, meets
from surveys.model import Condition, Option, Question, QuestionKind, Survey, Value
from surveys.scores import score


@pytest.mark.parametrize(
    ("condition", "value", "met"),
    [
        (Condition(question="q", at_most=2), 2, True),
        (Condition(question="q", at_most=2), 3, False),
        (Condition(question="q", at_most=0), 0, True),
        (Condition(question="q", at_least=9), 9, True),
        (Condition(question="q", at_least=9), 8, False),
        (Condition(question="q", is_=False), False, True),
        (Condition(question="q", is_=False), True, False),
        (Condition(question="q", is_=0), 0, True),
        (Condition(question="q", is_="a"), "a", True),
        (Condition(question="q", in_=("a", "b")), "b", True),
        (Condition(question="q", in_=("a", "b")), "c", False),
        (Condition(question="q", in_=(1, 2)), 2, True),
    ],
)
def test_a_condition_tests_the_answer(condition: Condition, value: Value, met: bool) -> None:
    assert meets(condition, {"q": value}) is met


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        (Condition(question="q", is_=False), 0),
        (Condition(question="q", is_=1), True),
        (Condition(question="q", in_=(True,)), 1),
        (Condition(question="q", at_most=2), False),
        (Condition(question="q", at_least=0), True),
        (Condition(question="q", at_most=2), "1"),
        (Condition(question="q"), 1),
    ],
)
def test_an_answer_of_another_type_meets_nothing(condition: Condition, value: Value) -> None:
    assert not meets(condition, {"q": value})


def test_an_absent_answer_meets_nothing() -> None:
    assert not meets(Condition(question="q", at_most=2), {})
    assert not meets(Condition(question="q", is_=False), {"other": False})


def survey(kind: QuestionKind, *low: Condition, options: tuple[Option, ...] = ()) -> Survey:
    asked = Question(id="q", kind=kind, ask={}, next=(), headline=True, options=options)
    return Survey(id="s", version="0", title={}, start="q", questions={"q": asked}, end={}, low=low)


RULES = (Condition(question="q", at_most=2), Condition(question="resolved", is_=False))


def test_the_first_condition_that_is_met_decides() -> None:
    csat = survey(QuestionKind.CSAT5, *RULES)
    assert judge({"q": 2}, csat) == Low(question="q", value=2)
    assert judge({"q": 5, "resolved": False}, csat) == Low(question="resolved", value=False)
    assert judge({"q": 1, "resolved": False}, csat) == Low(question="q", value=1)
    assert judge({"q": 3, "resolved": True}, csat) == Fine()
    assert judge({}, csat) == Fine()


def test_without_conditions_nothing_is_low() -> None:
    assert judge({"q": 1}, survey(QuestionKind.CSAT5)) == Fine()


OPTIONS = (Option(id="a", label={}, score=40), Option(id="b", label={}))


@pytest.mark.parametrize(
    ("kind", "answer", "expected"),
    [
        (QuestionKind.CSAT5, 4, (80.0, 4)),
        (QuestionKind.CSAT5, 1, (20.0, 1)),
        (QuestionKind.CSAT5, 6, (None, None)),
        (QuestionKind.CSAT5, True, (None, None)),
        (QuestionKind.NPS, 0, (0.0, 0)),
        (QuestionKind.NPS, 10, (100.0, 10)),
        (QuestionKind.CES7, 7, (100.0, 7)),
        (QuestionKind.CES7, 5, (71.428571, 5)),
        (QuestionKind.CES7, 1, (14.285714, 1)),
        (QuestionKind.RESOLVED, True, (100.0, None)),
        (QuestionKind.RESOLVED, False, (0.0, None)),
        (QuestionKind.RESOLVED, 1, (None, None)),
        (QuestionKind.CHOICE, "a", (40.0, None)),
        (QuestionKind.CHOICE, "b", (None, None)),
        (QuestionKind.CHOICE, "c", (None, None)),
        (QuestionKind.COMMENT, "好", (None, None)),
    ],
)
def test_the_headline_gives_score_and_rating(
    kind: QuestionKind, answer: Value, expected: tuple[float | None, int | None]
) -> None:
    options = OPTIONS if kind is QuestionKind.CHOICE else ()
    assert score(survey(kind, options=options), {"q": answer}) == expected


def test_without_the_headlines_answer_there_is_no_score() -> None:
    assert score(survey(QuestionKind.CSAT5), {"resolved": True}) == (None, None)
