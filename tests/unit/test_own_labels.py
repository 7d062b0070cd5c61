"""An operator's own labels are answers: contract section 5, `labels`."""

from collections.abc import Mapping

import pytest

from surveys.model import Question, QuestionKind
from surveys.understand import Meaning, Rating, Truth, Unclear, read

LABELS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "csat5": {
        "zh-CN": {"5": "点个大赞", "4": "还行", "3": "凑合", "2": "失望", "1": "拉黑了"},
        "en": {
            "5": "Loved it",
            "4": "Liked it",
            "3": "It was OK",
            "2": "Not for me",
            "1": "Hated it",
        },
    },
    "nps": {
        "zh-CN": {"0": "打死也不推荐", "10": "逢人就推荐"},
        "en": {"0": "No way", "10": "You bet"},
    },
    "ces7": {
        "zh-CN": {"1": "累坏了", "7": "一点不费劲"},
        "en": {"1": "A real struggle", "7": "No effort at all"},
    },
    "resolved": {
        "zh-CN": {"yes": "搞掂收工", "no": "还差一点"},
        "en": {"yes": "All sorted", "no": "Nope, not there yet"},
    },
}


def meaning(kind: str, text: str, locale: str = "zh-CN") -> Meaning:
    question = Question(
        id="q", kind=QuestionKind(kind), ask={}, next=(), headline=True, labels=LABELS[kind]
    )
    return read(text, question, locale)


def answer(kind: str, key: str) -> Meaning:
    return Truth(value=key == "yes") if kind == "resolved" else Rating(value=int(key))


EVERY = [
    (kind, key, label)
    for kind, spoken in LABELS.items()
    for labels in spoken.values()
    for key, label in labels.items()
]


@pytest.mark.parametrize(("kind", "key", "label"), EVERY)
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_a_label_of_the_operator_answers_in_any_language(
    kind: str, key: str, label: str, locale: str
) -> None:
    assert meaning(kind, label, locale) == answer(kind, key)
    assert meaning(kind, f" {label.upper()}! ", locale) == answer(kind, key)


def test_a_label_goes_before_the_usual_meaning_of_its_word() -> None:
    assert meaning("csat5", "还行") == Rating(value=4)
    usual = Question(id="q", kind=QuestionKind.CSAT5, ask={}, next=())
    assert read("还行", usual, "zh-CN") == Rating(value=3)


def test_a_label_is_read_beside_a_story_and_thanks() -> None:
    assert meaning("csat5", "点个大赞，谢谢") == Rating(value=5)
    told = meaning("csat5", "失望，师傅迟到了")
    assert isinstance(told, Rating)
    assert (told.value, told.rest) == (2, "师傅迟到了")
    assert meaning("nps", "逢人就推荐，谢谢") == Rating(value=10)


def test_a_label_that_speaks_against_its_number_or_asks_is_no_answer() -> None:
    assert isinstance(meaning("csat5", "1，点个大赞"), Unclear)
    assert isinstance(meaning("csat5", "点个大赞？拉黑了"), Unclear)


def test_a_label_that_two_answers_share_stands_for_that_of_the_locale_or_for_none() -> None:
    shared = Question(
        id="q",
        kind=QuestionKind.NPS,
        ask={},
        next=(),
        labels={"zh-CN": {"0": "super", "10": "棒"}, "en": {"0": "棒", "10": "super"}},
    )
    assert read("super", shared, "en") == Rating(value=10)
    assert read("super", shared, "zh-CN") == Rating(value=0)
    twice = Question(
        id="q", kind=QuestionKind.NPS, ask={}, next=(), labels={"en": {"0": "same", "10": "same"}}
    )
    assert isinstance(read("same", twice, "en"), Unclear)
