"""Holds the table of replies to its own rules: it judges the labels' form, and no product code."""

import unicodedata
from collections import Counter
from itertools import chain, product

import pytest

from tests.replies import Row, load

HALVES = ("build", "report")
TABLES = {half: load(half) for half in HALVES}
ROWS = list(chain.from_iterable(TABLES.values()))

LANGS = ("zh-CN", "zh-TW", "en", "mixed")
RATINGS = {"csat5": range(1, 6), "nps": range(11), "ces7": range(1, 8)}
OPTIONS = {"reason": ("network", "billing", "install"), "cause": ("speed", "price", "staff")}
KINDS = (*RATINGS, "resolved", "choice", "comment", "none")
ALWAYS = {"stop", "stop?", "help", "auto", "nothing"}


def readings(row: Row) -> set[str]:
    """What a row of this context may be labelled with."""
    known = set(ALWAYS)
    if row.opted_out:
        known.add("start")
    if row.kind not in {"comment", "none"}:
        known.add("unclear")
    if row.kind in RATINGS:
        known |= {f"rating:{n}" for n in RATINGS[row.kind]}
    elif row.kind == "resolved":
        known |= {"yes", "no"}
    elif row.kind == "choice":
        known |= {f"choice:{each}" for each in OPTIONS[row.question]}
    elif row.kind == "comment":
        known.add("comment")
    return known


def is_answer(row: Row) -> bool:
    return row.reading in {"yes", "no"} or row.reading.startswith(("rating:", "choice:"))


def significant(text: str) -> str:
    """What is left of a text when case, width, spaces and marks are no difference.

    A mark between two digits is one: 4.5 is not 4/5.
    """
    flat = unicodedata.normalize("NFKC", text).casefold()
    around = zip(" " + flat, flat, flat[1:] + " ", strict=False)
    return "".join(
        here
        for before, here, after in around
        if here.isalnum()
        or unicodedata.category(here) == "So"
        or (before.isdigit() and after.isdigit())
    )


@pytest.mark.parametrize("half", HALVES)
def test_a_half_is_large_enough_to_measure_on(half: str) -> None:
    assert len(TABLES[half]) >= 450


def test_no_id_is_given_twice() -> None:
    assert [each for each, times in Counter(row.id for row in ROWS).items() if times > 1] == []


def test_no_reply_stands_twice_in_the_same_context() -> None:
    seen = Counter((row.kind, row.question, row.opted_out, row.text) for row in ROWS)
    assert [key for key, times in seen.items() if times > 1] == []


def test_the_halves_share_no_reply_longer_than_two_characters() -> None:
    ours, theirs = (
        {mark for row in TABLES[half] if len(mark := significant(row.text)) > 2} for half in HALVES
    )
    assert ours & theirs == set()


def test_contexts_are_known() -> None:
    assert [row.id for row in ROWS if row.lang not in LANGS or row.kind not in KINDS] == []
    strange = [row.id for row in ROWS if (row.question in OPTIONS) != (row.kind == "choice")]
    assert strange == []


def test_a_row_is_labelled_with_what_its_question_can_have() -> None:
    assert [row.id for row in ROWS if row.reading not in readings(row)] == []


def test_flags_stand_where_they_mean_something() -> None:
    assert [row.id for row in ROWS if not row.flags <= {"call", "comment"}] == []
    assert [row.id for row in ROWS if "comment" in row.flags and not is_answer(row)] == []
    deaf = [row.id for row in ROWS if "call" in row.flags and row.reading in {"stop", "auto"}]
    assert deaf == []


def test_every_phenomenon_is_in_both_halves() -> None:
    ours, theirs = ({row.phenomenon for row in TABLES[half]} for half in HALVES)
    assert ours == theirs


@pytest.mark.parametrize("half", HALVES)
def test_every_kind_is_asked_in_every_language(half: str) -> None:
    present = {(row.kind, row.lang) for row in TABLES[half]}
    assert set(product(KINDS, LANGS)) - present == set()


def test_the_halves_are_alike_in_kinds_and_languages() -> None:
    for kind, lang in product(KINDS, LANGS):
        ours, theirs = (
            sum((row.kind, row.lang) == (kind, lang) for row in TABLES[half]) for half in HALVES
        )
        assert abs(ours - theirs) <= 5 + 0.2 * max(ours, theirs), (kind, lang)


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("second", 2_500),
        ("third", 2_300),
        ("fourth", 1_100),
        ("fifth", 2_900),
        ("sixth", 3_000),
        ("seventh", 2_270),
        ("eighth", 2_400),
        ("ninth", 1_200),
        ("tenth", 1_200),
    ],
)
def test_a_later_set_has_the_form_of_the_halves(name: str, least: int) -> None:
    rows = load(name)
    assert len(rows) >= least
    assert len({row.id for row in rows}) == len(rows)
    assert [row.id for row in rows if row.lang not in LANGS or row.kind not in KINDS] == []
    assert [row.id for row in rows if row.reading not in readings(row)] == []
    assert [row.id for row in rows if not row.flags <= {"call"}] == []


def test_escapes_are_undone() -> None:
    texts = {row.text for row in ROWS}
    assert "\n" in texts
    assert "\u3000" in texts
    assert [row.id for row in ROWS if "\\" in row.text] == []
