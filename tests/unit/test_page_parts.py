"""The values behind the customer's pages: bodies, answers, strangers, and questions to be shown."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import multipart
from channels.pagewording import (
    CHANNELS,
    LANGUAGE_NAMES,
    LANGUAGES,
    NOTICES,
    PREFERENCES,
    STARTS,
    STOPS,
    day_text,
    language,
)
from channels.strangers import MOST_ADDRESSES, MOST_UNKNOWN, Strangers
from surveys.form import LONGEST, Given, Refused, clean, keys, read
from surveys.model import Option, Question, QuestionKind
from surveys.pagewording import TEXTS, ask
from surveys.wording import labels

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
OPTIONS = (
    Option(id="slow", label={"zh-CN": "太慢", "en": "Too slow"}),
    Option(id="rude", label={"zh-CN": "态度差", "en": "Rude"}),
)


def question(kind: QuestionKind, text: str = "?", *, optional: bool = False) -> Question:
    options = OPTIONS if kind is QuestionKind.CHOICE else ()
    asked = {"zh-CN": text, "en": text}
    return Question(id="q", kind=kind, ask=asked, next=(), optional=optional, options=options)


def body(*parts: tuple[str, str], boundary: str = "x y", end: str = "\r\n") -> bytes:
    lines = []
    for head, value in parts:
        lines += [f"--{boundary}", f"Content-Disposition: {head}", "", value]
    return end.join([*lines, f"--{boundary}--", ""]).encode()


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_multipart_fields_are_read_in_order(end: str) -> None:
    sent = body(
        ('form-data; name="List-Unsubscribe"', "One-Click"),
        ("form-data; name=stop", ""),
        ('form-data; name="多"', "行" + end + "行"),
        end=end,
    )
    assert multipart.read('multipart/form-data; boundary="x y"', sent) == [
        ("List-Unsubscribe", "One-Click"),
        ("stop", ""),
        ("多", "行" + end + "行"),
    ]


@pytest.mark.parametrize(
    "head", ['form-data; name="a"; filename="a.txt"', "attachment; name=a", "form-data", ""]
)
def test_what_is_no_plain_field_is_left_out(head: str) -> None:
    sent = body((head, "1"), ('form-data; name="b"', "2"))
    assert multipart.read('multipart/form-data; boundary="x y"', sent) == [("b", "2")]


def test_only_so_many_fields_are_read() -> None:
    sent = body(*[(f"form-data; name=f{number}", "1") for number in range(500)])
    found = multipart.read('multipart/form-data; boundary="x y"', sent)
    assert len(found) == multipart.MOST_FIELDS


@given(st.text(), st.binary(max_size=300))
def test_no_body_breaks_the_reader(content_type: str, raw: bytes) -> None:
    multipart.read(content_type, raw)
    multipart.read("multipart/form-data; boundary=b", b"--b\r\n" + raw)


@given(st.sampled_from(list(QuestionKind)), st.booleans(), st.text(), st.booleans())
def test_every_answer_is_given_or_refused(
    kind: QuestionKind, optional: bool, text: str, skip: bool
) -> None:
    fields = {"answer": text} | ({"skip": "yes"} if skip else {})
    found = read(question(kind, optional=optional), fields)
    assert isinstance(found, Given | Refused)
    if isinstance(found, Given) and kind in (QuestionKind.CSAT5, QuestionKind.NPS):
        passed_over = optional and (skip or not clean(text))
        assert found.value == "" if passed_over else type(found.value) is int


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (QuestionKind.CSAT5, "5", 5),
        (QuestionKind.NPS, "0", 0),
        (QuestionKind.NPS, "10", 10),
        (QuestionKind.CES7, "7", 7),
        (QuestionKind.RESOLVED, "yes", True),
        (QuestionKind.RESOLVED, "no", False),
        (QuestionKind.RESOLVED, "2", False),
        (QuestionKind.CHOICE, "rude", "rude"),
        (QuestionKind.COMMENT, " a\r\nb\x00 ", "a\nb"),
        (QuestionKind.COMMENT, "x" * LONGEST, "x" * LONGEST),
    ],
)
def test_an_answer_is_what_it_is_on_the_wire(
    kind: QuestionKind, text: str, value: int | bool | str
) -> None:
    found = read(question(kind), {"answer": text})
    assert found == Given(value=value)
    assert isinstance(found, Given)
    assert type(found.value) is type(value)


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        (QuestionKind.CSAT5, "6", "impossible"),
        (QuestionKind.NPS, "01", "impossible"),
        (QuestionKind.CES7, "0", "impossible"),
        (QuestionKind.RESOLVED, "maybe", "impossible"),
        (QuestionKind.CHOICE, "Rude", "impossible"),
        (QuestionKind.COMMENT, "x" * (LONGEST + 1), "too_long"),
        (QuestionKind.COMMENT, " \n", "missing"),
        (QuestionKind.CSAT5, "", "missing"),
    ],
)
def test_what_is_no_answer_is_refused_with_its_reason(
    kind: QuestionKind, text: str, reason: str
) -> None:
    assert read(question(kind), {"answer": text}) == Refused(reason=reason)


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        (
            QuestionKind.CSAT5,
            "工单{ticket}已处理,请评价:5非常满意 4满意 3一般 2不满意 1非常不满意。回T退订",
            "工单{ticket}已处理,请评价",
        ),
        (QuestionKind.RESOLVED, "问题解决了吗?1已解决 2未解决", "问题解决了吗?"),
        (QuestionKind.RESOLVED, "Is it fixed? Reply 1 for yes, 2 for no", "Is it fixed?"),
        (QuestionKind.RESOLVED, "24小时内我们联系您了吗？1是 2否", "24小时内我们联系您了吗？"),
        (
            QuestionKind.NPS,
            "How likely, 0 (no) to 10 (yes)?",
            "How likely, 0 (no) to 10 (yes)?",
        ),
        (QuestionKind.NPS, "您愿意推荐我们吗？回复0到10", "您愿意推荐我们吗？"),
        (QuestionKind.NPS, "How likely? Please reply with a number from 0 to 10.", "How likely?"),
        (QuestionKind.RESOLVED, "我们回复2到3次了吗？", "我们回复2到3次了吗？"),
        (QuestionKind.CSAT5, "客服回复是否及时？", "客服回复是否及时？"),
        (
            QuestionKind.CSAT5,
            "How soon did we reply to you?",
            "How soon did we reply to you?",
        ),
        (QuestionKind.COMMENT, "请说明原因，不想说请回复“跳过”", "请说明原因"),
        (QuestionKind.COMMENT, "Why? Reply STOP to opt out", "Why?"),
        (QuestionKind.COMMENT, "回复T退订", "回复T退订"),
        (QuestionKind.COMMENT, "我们2楼 3楼都修了吗", "我们2楼 3楼都修了吗"),
    ],
)
def test_a_page_asks_without_the_keys_of_a_text(kind: QuestionKind, text: str, shown: str) -> None:
    assert ask(question(kind, text), "zh-CN") == shown


@given(st.text(), st.sampled_from(list(QuestionKind)))
def test_a_question_never_becomes_silent(text: str, kind: QuestionKind) -> None:
    assert ask(question(kind, text), "en") or not text


@pytest.mark.parametrize("spoken", LANGUAGES)
def test_every_text_is_there_in_every_language(spoken: str) -> None:
    for kind in (QuestionKind.CSAT5, QuestionKind.RESOLVED, QuestionKind.CHOICE):
        assert set(labels(question(kind), spoken)) == set(keys(question(kind)))
    for kind in (QuestionKind.NPS, QuestionKind.CES7):
        offered = keys(question(kind))
        assert set(labels(question(kind), spoken)) == {offered[0], offered[-1]}
    assert TEXTS[spoken].keys() == TEXTS["en"].keys()
    assert PREFERENCES[spoken].keys() == PREFERENCES["en"].keys()
    assert all(
        spoken in texts
        for texts in (
            *NOTICES.values(),
            *CHANNELS.values(),
            *STOPS.values(),
            *STARTS.values(),
            LANGUAGE_NAMES,
        )
    )


def test_a_day_is_told_by_the_clock_of_the_place() -> None:
    at = datetime(2026, 12, 31, 20, 5, tzinfo=UTC)
    shanghai = ZoneInfo("Asia/Shanghai")
    assert day_text(at, shanghai, "zh-CN") == "2027年1月1日04:05"
    assert day_text(at, shanghai, "en") == "1 January 2027, 04:05"
    assert day_text(datetime.max.replace(tzinfo=UTC), shanghai, "en") == "31 December 9999, 23:59"


@pytest.mark.parametrize(
    ("wanted", "locale", "spoken"),
    [
        (None, None, "zh-CN"),
        (None, "zh-TW", "zh-CN"),
        (None, "en-GB", "en"),
        (None, "fr", "en"),
        ("en", "zh-CN", "en"),
        ("zh-CN", "en", "zh-CN"),
        ("xx", "en", "en"),
    ],
)
def test_a_page_speaks_as_asked_else_as_the_customer(
    wanted: str | None, locale: str | None, spoken: str
) -> None:
    assert language(wanted, locale) == spoken


def test_the_thirty_first_within_a_minute_is_too_many() -> None:
    strangers = Strangers()
    seconds = [timedelta(seconds=number) for number in range(MOST_UNKNOWN + 1)]
    tried = [strangers.too_many("198.51.100.1", NOW + second) for second in seconds]
    assert tried == [False] * MOST_UNKNOWN + [True]
    assert not strangers.too_many("198.51.100.2", NOW)


def test_thirty_a_minute_go_on_for_ever() -> None:
    strangers = Strangers()
    steps = [NOW + timedelta(seconds=2 * number) for number in range(500)]
    assert not any(strangers.too_many("198.51.100.1", at) for at in steps)


def test_one_household_shares_its_count_whatever_address_it_takes() -> None:
    strangers = Strangers()
    tried = [strangers.too_many(f"2001:db8:1:2::{number:x}", NOW) for number in range(40)]
    assert tried[MOST_UNKNOWN:] == [True] * 10
    assert strangers.too_many("::ffff:198.51.100.1", NOW) is False
    assert strangers.too_many("2001:db8:1:3::1", NOW) is False


def test_strangers_are_forgotten_the_longest_unheard_of_first() -> None:
    strangers = Strangers()
    for number in range(MOST_ADDRESSES + 50):
        strangers.too_many(f"unnamed-{number}", NOW)
    assert len(strangers._tried) == MOST_ADDRESSES
