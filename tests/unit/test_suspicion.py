"""What no person may have answered, and how far a customer has come."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang import catalogue
from surveys import suspicion
from surveys.model import Given, Question, QuestionKind, Response
from surveys.progress import place

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
CSAT = catalogue.shipped()["csat"]


def answered(value: int | str, ago: float) -> Response:
    return Response(
        id="r_1",
        invitation="i_1",
        survey="csat",
        version="1",
        channel="web",
        started_at=NOW,
        answers={"q": value},
        given={"q": Given(at=NOW - timedelta(seconds=ago))},
    )


def question(kind: QuestionKind = QuestionKind.CSAT5) -> Question:
    return Question(id="q", kind=kind, ask={"en": "?"}, next=())


@pytest.mark.parametrize(("after", "hasty"), [(0, True), (0.999, True), (1, False), (60, False)])
def test_a_second_is_what_a_person_needs_to_read(after: float, hasty: bool) -> None:
    assert suspicion.hasty(NOW - timedelta(seconds=after), NOW) is hasty


@pytest.mark.parametrize(
    ("value", "ago", "another"), [(5, 9.999, True), (5, 10, False), (4, 1, False)]
)
def test_another_rating_within_ten_seconds_is_one_too_many(
    value: int, ago: float, another: bool
) -> None:
    given_ = answered(4, ago)
    assert suspicion.is_another_rating(given_, question(), value, NOW) is another


def test_other_words_are_no_rating() -> None:
    asked = question(QuestionKind.COMMENT)
    assert not suspicion.is_another_rating(answered("a", 1), asked, "b", NOW)


@pytest.mark.parametrize(
    ("asked", "ago", "may"), [(True, 0, True), (False, 9, False), (False, 10, True)]
)
def test_a_doubt_is_settled_where_asked_else_after_a_while(
    asked: bool, ago: float, may: bool
) -> None:
    assert suspicion.may_confirm(answered(1, ago), "q", NOW, asked=asked) is may


def test_progress_counts_the_longest_way_ahead() -> None:
    assert place(CSAT, "satisfaction", ()) == (1, 3)
    assert place(CSAT, "resolved", ("satisfaction",)) == (2, 3)
    assert place(CSAT, "comment", ("satisfaction", "resolved")) == (3, 3)
    assert place(CSAT, "satisfaction", ("satisfaction",)) == (1, 3)


@given(st.sampled_from(sorted(catalogue.shipped())), st.data())
def test_a_customer_is_never_told_that_more_is_left_than_before(
    name: str, data: st.DataObject
) -> None:
    survey = catalogue.shipped()[name]
    here, behind = survey.start, [10**6]
    answered_: list[str] = []
    while here != "end":
        number, total = place(survey, here, answered_)
        assert number == len(answered_) + 1 <= total <= behind[-1]
        behind.append(total)
        answered_.append(here)
        here = data.draw(st.sampled_from([step.go for step in survey.questions[here].next]))
