"""What holds for every reply, every survey and every set of answers."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.dialogue import Accepted, Ask, AskAgain, Finished, GiveUp, next_step, reply
from surveys.low import Fine, Low, judge
from surveys.model import (
    SCALES,
    Condition,
    Option,
    Question,
    QuestionKind,
    Step,
    Survey,
    Value,
)
from surveys.questionnaire import definition, fill, from_definition
from surveys.questionnaire import read as read_files
from surveys.scores import score
from surveys.source import Path
from surveys.understand import Choice, Comment, Rating, Truth, Unclear, read
from tests.unit.test_questionnaire import GOOD

PIECES = [
    *"0123456789",
    *"０５①⑤❶٥五一十两半分星点到或不没是否了吗的满意很",
    *" ,.，。-~/?!+%#\n",
    "\ufe0f\u20e3",
    "★",
    "☆",
    "非常满意",
    "不满意",
    "一般",
    "满分",
    "解决了",
    "没解决",
    "分钟",
    "次",
    "如果",
    "yes",
    "no",
    "not ",
    "five",
    "stars",
    " out of ",
    "satisfied",
    "fixed",
    "days",
    "T",
]
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
)
LOCALES = st.sampled_from(["zh-CN", "en", "", "x"])
OPTIONS = tuple(
    Option(id=f"o{number}", label={"zh-CN": f"选项{number}", "en": f"Option {number}"})
    for number in range(1, 4)
)


def question(kind: QuestionKind) -> Question:
    options = OPTIONS if kind is QuestionKind.CHOICE else ()
    return Question(id="q", kind=kind, ask={}, next=(), headline=True, options=options)


@settings(max_examples=200, deadline=None)
@given(text=TEXTS, kind=st.sampled_from(QuestionKind), locale=LOCALES)
def test_any_text_has_a_meaning_and_no_rating_leaves_its_scale(
    text: str, kind: QuestionKind, locale: str
) -> None:
    match read(text, question(kind), locale):
        case Rating(value=value, rest=rest):
            lowest, highest = SCALES[kind]
            assert type(value) is int
            assert lowest <= value <= highest
            assert rest in text
        case Truth(value=value, rest=rest):
            assert kind is QuestionKind.RESOLVED
            assert isinstance(value, bool)
            assert rest in text
        case Choice(id=id_, rest=rest):
            assert kind is QuestionKind.CHOICE
            assert id_ in {option.id for option in OPTIONS}
            assert rest in text
        case Comment(text=said):
            assert kind is QuestionKind.COMMENT
            assert said == text.strip()
            assert said
        case Unclear(reason=reason):
            assert reason


@given(
    low=st.integers(min_value=0, max_value=10),
    high=st.integers(min_value=0, max_value=10),
    between=st.sampled_from(["-", "~", "到", " to ", "至", " - ", "～"]),
    kind=st.sampled_from(sorted(SCALES)),
)
def test_a_range_is_never_a_rating(low: int, high: int, between: str, kind: QuestionKind) -> None:
    assert isinstance(read(f"{low}{between}{high}", question(kind), "zh-CN"), Unclear)


@given(value=st.integers(min_value=-5, max_value=10**30), kind=st.sampled_from(sorted(SCALES)))
def test_a_bare_number_is_a_rating_if_and_only_if_it_is_on_the_scale(
    value: int, kind: QuestionKind
) -> None:
    lowest, highest = SCALES[kind]
    read_as = read(str(value), question(kind), "en")
    assert (read_as == Rating(value=value)) is (lowest <= value <= highest)


@given(
    text=TEXTS, kind=st.sampled_from(QuestionKind), asked=st.integers(0, 5), optional=st.booleans()
)
def test_any_reply_is_accepted_asked_again_or_left(
    text: str, kind: QuestionKind, asked: int, optional: bool
) -> None:
    survey = one_question(replace(question(kind), optional=optional))
    match reply(survey, "q", asked, text, "zh-CN", {}):
        case Accepted(value=value):
            assert isinstance(next_step(survey, {"q": value}), Finished)
        case AskAgain(text=said):
            assert asked < 2
            assert said
        case GiveUp(text=said):
            assert asked >= 2
            assert said


def one_question(asked: Question) -> Survey:
    return Survey(id="s", version="0", title={}, start="q", questions={"q": asked}, end={}, low=())


IDS = ["a", "b", "c", "d", "end", "gone"]
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.integers(-1, 11), st.booleans(), st.sampled_from(["", "o1", "x"])
)
CONDITIONS = st.builds(
    Condition,
    question=st.sampled_from(IDS),
    at_most=st.none() | st.integers(0, 10),
    at_least=st.none() | st.integers(0, 10),
    is_=st.none() | VALUES,
    in_=st.none() | st.lists(VALUES, max_size=2).map(tuple),
)
STEPS = st.builds(Step, go=st.sampled_from(IDS), when=st.none() | CONDITIONS)


@st.composite
def surveys(draw: st.DrawFn) -> Survey:
    """Any survey that could stand in a database, loops and holes included."""
    questions = {
        id_: Question(
            id=id_,
            kind=draw(st.sampled_from(QuestionKind)),
            ask={"zh-CN": "问", "en": "Ask"},
            next=tuple(draw(st.lists(STEPS, max_size=3))),
            headline=id_ == "a",
            options=OPTIONS,
        )
        for id_ in ("a", "b", "c", "d")
    }
    return Survey(
        id="s",
        version="0",
        title={"zh-CN": "题", "en": "Title"},
        start=draw(st.sampled_from(IDS)),
        questions=questions,
        end={"zh-CN": "完", "en": "End"},
        low=tuple(draw(st.lists(CONDITIONS, max_size=3))),
    )


ANSWERS = st.dictionaries(st.sampled_from(IDS), VALUES)


@given(survey=surveys(), answers=ANSWERS)
def test_a_dialogue_ends_after_as_many_answers_as_there_are_questions(
    survey: Survey, answers: dict[str, Value]
) -> None:
    given_answers = dict(answers)
    for _ in range(len(survey.questions) + 1):
        step = next_step(survey, given_answers)
        if isinstance(step, Finished):
            return
        assert isinstance(step, Ask)
        assert step.question.id not in given_answers
        given_answers[step.question.id] = 1
    raise AssertionError("the dialogue goes on")


@given(survey=surveys(), answers=ANSWERS)
def test_every_response_is_judged_and_scored_from_0_to_100(
    survey: Survey, answers: dict[str, Value]
) -> None:
    match judge(answers, survey):
        case Low(question=id_, value=value):
            assert answers[id_] == value
        case Fine():
            pass
    points, rating = score(survey, answers)
    assert points is None or 0 <= points <= 100
    assert rating is None or rating == answers["a"]


@given(survey=surveys())
def test_a_definition_keeps_the_whole_survey(survey: Survey) -> None:
    # `in` with nothing in it and a condition without a test come from no file.
    assert definition(from_definition("s", "0", definition(survey))) == definition(survey)


@settings(deadline=None)
@given(text=st.text(max_size=300))
def test_any_file_is_read_or_refused(text: str) -> None:
    loaded = read_files({"x.yaml": text})
    assert bool(loaded.faults) is not bool(loaded.surveys)


@given(text=st.text(max_size=80), value=st.text(max_size=20))
def test_filling_touches_known_variables_only(text: str, value: str) -> None:
    assert fill(text, {}) == text
    assert fill("{name}" + text, {"name": value}).startswith(value)


def _parts(data: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    inner = data.items() if isinstance(data, dict) else ()
    for key, each in enumerate(data) if isinstance(data, list) else inner:
        yield from _parts(each, (*path, key))


EXAMPLE = definition(read_files({"x.yaml": GOOD}).surveys["care"])
PARTS = sorted(_parts(EXAMPLE), key=len)
ODDITIES: list[Any] = [None, True, 3, -1, 1.5, "", "x", "end", [], {}, [[]], [None], {"a": 1}]


@given(st.sampled_from(PARTS[1:]), st.sampled_from(ODDITIES))
def test_whatever_stands_in_the_place_of_a_part_is_read_or_told_of(where: Path, odd: Any) -> None:
    data = json.loads(json.dumps(EXAMPLE))
    here = data
    for key in where[:-1]:
        here = here[key]
    here[where[-1]] = odd
    loaded = read_files({"x.yaml": json.dumps(data)})
    assert bool(loaded.surveys) is not bool(loaded.faults)
