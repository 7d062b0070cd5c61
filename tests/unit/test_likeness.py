"""Holds the second opinion on stops to what it is for: words that no rule knows, and no more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.clauses import clauses
from channels.keywords import CallMeWord, OptInWord, OptOutWord, Wish, read
from channels.likeness import MOST_TOKENS, features, is_like_stop, tokens
from channels.likeness_weights import LEARNED_FROM, WEIGHTS
from tests.replies.learn import MOST_FEATURES, digest

# Written after the rules, and after the weights; none of them stands in a table.
IN_NEW_WORDS = (
    "我这号码麻烦从你们名单里划掉",
    "今后请勿以任何形式联系本人",
    "你们短信太烦，关了行不行",
    "收到太多你哋嘅短訊，停咗佢啦",
    "could someone please switch these texts off",
    "please don't include me in your surveys",
    "I've asked you not to text this number",
    "this number should not be getting texts",
    "no more surveys for me thank you",
)
BESIDE_A_STOP = (
    "我没有退订",
    "我不想取消",
    "I don't want to opt out",
    "I never said stop",
    "短信里的链接打不开",
    "不要再断网了",
    "this keeps on dropping, stop cutting corners and send an engineer",
    "希望不要再发生这种事",
    "please text me when it is done",
)


def _provisional(wish: Wish) -> bool:
    return isinstance(wish, OptOutWord) and not wish.certain and not wish.all_channels


@pytest.mark.parametrize("text", IN_NEW_WORDS)
def test_a_stop_in_words_that_no_rule_knows_waits_for_a_person(text: str) -> None:
    assert _provisional(read(text, opted_out=False))


@pytest.mark.parametrize("text", BESIDE_A_STOP)
def test_what_denies_a_stop_or_speaks_of_something_else_is_none(text: str) -> None:
    assert not isinstance(read(text, opted_out=False), OptOutWord)


def test_rules_have_the_first_word() -> None:
    assert read("td", opted_out=False) == OptOutWord(certain=True, all_channels=False)
    assert isinstance(read("unstop", opted_out=True), OptInWord)
    assert read("please call me about these texts", opted_out=False) == CallMeWord(alone=True)


def test_a_long_story_is_not_weighed() -> None:
    story = "短信太烦关了行不行" * 20
    assert len(tokens([story])) > MOST_TOKENS
    assert not is_like_stop([story])


def test_the_weights_are_those_of_the_tables_as_they_are() -> None:
    assert digest() == LEARNED_FROM, "a table changed: run python -m tests.replies.learn"
    assert 0 < len(WEIGHTS) <= MOST_FEATURES


@given(st.text(max_size=200))
def test_any_text_is_weighed_by_no_more_than_five_features_a_token(text: str) -> None:
    said = clauses(text)
    words = tokens(said)
    assert len(list(features(words))) <= 5 * len(words)
    assert is_like_stop(said) in {True, False}


def test_a_text_of_unknown_words_is_no_stop() -> None:
    assert not is_like_stop([])
    assert not is_like_stop(["qwx jqz", "ǂǁ"])
