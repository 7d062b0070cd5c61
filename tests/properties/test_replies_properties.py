"""What holds for every message, whoever wrote it: lone surrogates and endless texts included."""

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from channels import autoreply, clauses, keywords
from surveys.declining import declines
from surveys.model import Option, Question, QuestionKind
from surveys.understand import Unclear, read

ANY = st.text(st.characters(), max_size=300)  # every code point, surrogates too
PIECES = st.lists(
    st.sampled_from(
        """
        5 4 1 0 10 分 星 满意 不 很 非常 没 好 了 解决 退订 T stop yes no not very good bad call me
        如果 师傅 让我 给 打错了 是 再 发 短信 3天 ， 。 ? ! / - ~ … 👍 ⭐ ５ ⑤ Ⅴ manyi
        _
        """.replace("_", "\u00a0").split(" ")
    ),
    max_size=14,
).map("".join)
TEXTS = ANY | PIECES
OPTIONS = tuple(
    Option(id=name, label={"zh-CN": chinese, "en": english})
    for name, chinese, english in (("a", "网速慢", "slow internet"), ("b", "资费贵", "price"))
)


def question(kind: QuestionKind) -> Question:
    options = OPTIONS if kind is QuestionKind.CHOICE else ()
    return Question(id="q", kind=kind, ask={}, next=(), options=options)


@settings(max_examples=100, deadline=None)
@given(text=TEXTS, kind=st.sampled_from(QuestionKind), opted_out=st.booleans())
def test_any_text_is_read_without_a_fault(text: str, kind: QuestionKind, opted_out: bool) -> None:
    assert autoreply.is_automatic(text) in (True, False)
    assert keywords.read(text, opted_out) is not None
    assert declines(text) in (True, False)
    assert read(text, question(kind), "zh-CN") is not None


@settings(deadline=None)
@given(text=PIECES, opted_out=st.booleans())
def test_width_and_case_make_no_difference_to_a_wish(text: str, opted_out: bool) -> None:
    said = keywords.read(text, opted_out)
    assert keywords.read(unicodedata.normalize("NFKC", text), opted_out) == said
    assert keywords.read(text.upper(), opted_out) == said
    assert autoreply.is_automatic(text.upper()) == autoreply.is_automatic(text)


@settings(deadline=None)
@given(text=PIECES, kind=st.sampled_from([QuestionKind.CSAT5, QuestionKind.RESOLVED]))
def test_case_makes_no_difference_to_an_answer(text: str, kind: QuestionKind) -> None:
    small, large = (read(each, question(kind), "en") for each in (text, text.upper()))
    assert isinstance(small, Unclear) == isinstance(large, Unclear)
    assert getattr(small, "value", None) == getattr(large, "value", None)


@settings(max_examples=20, deadline=None)
@given(text=st.text(min_size=1, max_size=20), kind=st.sampled_from(QuestionKind))
def test_what_follows_the_longest_message_is_not_read(text: str, kind: QuestionKind) -> None:
    full = (text * clauses.MOST_CHARACTERS)[: clauses.MOST_CHARACTERS]
    assert read(full + "5", question(kind), "en") == read(full, question(kind), "en")
    assert keywords.read(full + "5", opted_out=False) == keywords.read(full, opted_out=False)
