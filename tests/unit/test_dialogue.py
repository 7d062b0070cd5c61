"""What is asked next, and what becomes of a reply."""

from pathlib import Path

import pytest

from channels.segments import count
from surveys.dialogue import (
    MOST_REPROMPTS,
    Accepted,
    Ask,
    AskAgain,
    Finished,
    GiveUp,
    next_step,
    reply,
)
from surveys.model import Condition, Option, Question, QuestionKind, Step, Survey, Value
from surveys.questionnaire import read
from surveys.wording import again, language

SHIPPED = Path(__file__).parents[2] / "templates" / "surveys" / "csat.yaml"
CSAT = read({"csat.yaml": SHIPPED.read_text(encoding="utf-8")}).surveys["csat"]


def open_question(answers: dict[str, Value]) -> str | None:
    match next_step(CSAT, answers):
        case Ask(question=question):
            return question.id
        case Finished():
            return None


@pytest.mark.parametrize(
    ("answers", "question"),
    [
        ({}, "satisfaction"),
        ({"satisfaction": 5}, "resolved"),
        ({"satisfaction": 5, "resolved": True}, None),
        ({"satisfaction": 3, "resolved": True}, None),
        ({"satisfaction": 5, "resolved": False}, "comment"),
        ({"satisfaction": 2, "resolved": True}, "comment"),
        ({"satisfaction": 1, "resolved": False}, "comment"),
        ({"satisfaction": 1, "resolved": False, "comment": "没人来"}, None),
        ({"satisfaction": 1, "resolved": False, "comment": ""}, None),
        ({"resolved": True}, "satisfaction"),
    ],
)
def test_a_comment_is_asked_only_of_those_who_are_not_content(
    answers: dict[str, Value], question: str | None
) -> None:
    assert open_question(answers) == question


def test_the_first_step_that_applies_is_taken_and_none_ends_the_survey() -> None:
    ask = {"zh-CN": "问", "en": "Ask"}
    survey = survey_of(
        Question(
            id="a",
            kind=QuestionKind.NPS,
            headline=True,
            ask=ask,
            next=(
                Step(go="b", when=Condition(question="a", at_most=6)),
                Step(go="c", when=Condition(question="a", at_most=8)),
            ),
        ),
        Question(id="b", kind=QuestionKind.COMMENT, ask=ask, next=(Step(go="c"),)),
        Question(id="c", kind=QuestionKind.COMMENT, ask=ask, next=(Step(go="end"),)),
    )
    assert next_step(survey, {"a": 6}) == Ask(question=survey.questions["b"])
    assert next_step(survey, {"a": 7}) == Ask(question=survey.questions["c"])
    assert next_step(survey, {"a": 9}) == Finished()
    assert next_step(survey, {"a": 6, "b": "x"}) == Ask(question=survey.questions["c"])


def survey_of(*questions: Question) -> Survey:
    return Survey(
        id="s",
        version="0",
        title={},
        start=questions[0].id,
        questions={each.id: each for each in questions},
        end={},
        low=(),
    )


def test_a_survey_with_a_loop_or_a_hole_ends_too() -> None:
    ask = {"zh-CN": "问", "en": "Ask"}
    a = Question(id="a", kind=QuestionKind.COMMENT, ask=ask, next=(Step(go="b"),))
    b = Question(id="b", kind=QuestionKind.COMMENT, ask=ask, next=(Step(go="a"),))
    assert next_step(survey_of(a, b), {"a": "x", "b": "y"}) == Finished()
    assert next_step(survey_of(a), {"a": "x"}) == Finished()


def answer(question: str, text: str, asked: int = 0) -> Accepted | AskAgain | GiveUp:
    return reply(CSAT, question, asked, text, "zh-CN", {})


def test_an_answer_is_accepted_with_what_was_said_beside_it() -> None:
    assert answer("satisfaction", "5") == Accepted(value=5, comment=None)
    assert answer("satisfaction", "1 师傅没来") == Accepted(value=1, comment="师傅没来")
    assert answer("resolved", "2") == Accepted(value=False, comment=None)
    assert answer("resolved", "没解决，还在断网") == Accepted(value=False, comment="还在断网")
    assert answer("comment", " 没人来 ") == Accepted(value="没人来", comment=None)


@pytest.mark.parametrize("text", ["跳过", "“跳过”", " Skip. ", "SKIP", "略"])
def test_an_optional_question_can_be_passed_over(text: str) -> None:
    assert answer("comment", text) == Accepted(value="", comment=None)


def test_a_question_that_is_not_optional_cannot_be_passed_over() -> None:
    assert isinstance(answer("satisfaction", "跳过"), AskAgain)


def test_an_unclear_reply_is_asked_again_twice_and_then_left() -> None:
    assert MOST_REPROMPTS == 2
    kinds = [type(answer("satisfaction", "4-5", asked)) for asked in range(5)]
    assert kinds == [AskAgain, AskAgain, GiveUp, GiveUp, GiveUp]


def test_a_clear_reply_is_accepted_however_often_was_asked() -> None:
    assert answer("satisfaction", "4", asked=2) == Accepted(value=4, comment=None)


def test_asking_again_is_in_other_words_and_in_the_language_of_the_customer() -> None:
    for locale, sign in (("zh-CN", "抱歉"), ("zh", "抱歉"), ("en", "Sorry"), ("en-GB", "Sorry")):
        said = reply(CSAT, "satisfaction", 0, "?", locale, {})
        assert isinstance(said, AskAgain)
        assert said.text.startswith(sign)
        assert said.text not in CSAT.questions["satisfaction"].ask.values()


def test_taking_leave_tells_whether_earlier_answers_are_kept() -> None:
    nothing = reply(CSAT, "resolved", 2, "?", "en", {})
    kept = reply(CSAT, "resolved", 2, "?", "en", {"satisfaction": 4})
    assert isinstance(nothing, GiveUp)
    assert isinstance(kept, GiveUp)
    assert "kept" in kept.text
    assert "kept" not in nothing.text


def test_a_question_which_the_survey_does_not_have_is_left_at_once() -> None:
    assert isinstance(answer("weather", "5"), GiveUp)


def test_a_choice_asked_again_names_its_options_by_number() -> None:
    question = Question(
        id="q",
        kind=QuestionKind.CHOICE,
        ask={},
        next=(),
        options=(
            Option(id="a", label={"zh-CN": "网速", "en": "Speed"}),
            Option(id="b", label={"zh-CN": "资费", "en": "Price"}),
        ),
    )
    assert again(question, "zh-CN").endswith("1 网速 2 资费")
    assert again(question, "en").endswith("1 Speed, 2 Price")


@pytest.mark.parametrize("kind", list(QuestionKind))
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_asking_again_fits_one_segment(kind: QuestionKind, locale: str) -> None:
    question = Question(id="q", kind=kind, ask={}, next=())
    said = [again(question, locale, asked) for asked in range(MOST_REPROMPTS)]
    assert len(set(said)) == MOST_REPROMPTS, "the second time in other words than the first"
    assert [count(each).segments for each in said] == [1] * MOST_REPROMPTS


@pytest.mark.parametrize(
    ("locale", "spoken"),
    [("zh-CN", "zh-CN"), ("zh-Hant-TW", "zh-CN"), ("", "zh-CN"), ("EN", "en"), ("fr", "en")],
)
def test_every_locale_is_spoken_to_in_a_language_we_have(locale: str, spoken: str) -> None:
    assert language(locale) == spoken
