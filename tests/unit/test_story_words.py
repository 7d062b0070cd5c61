"""Tells what happened in words of the reader's language, without keys of the program."""

from datetime import UTC, datetime

import pytest

from huifang.story import tell
from kernel.journal import Entry

_AT = datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "detail", "chinese", "english"),
    [
        (
            "callback.rescheduled",
            {"from": "14:00", "by": "missed"},
            "回电改约到14:00(错过了原时段)",
            "The call was moved to 14:00 (its slot was missed)",
        ),
        (
            "callback.rescheduled",
            {"from": "14:00", "by": "customer:sms"},
            "回电改约到14:00(客户)",
            "The call was moved to 14:00 (the customer)",
        ),
        ("callback.claimed", {"by": "A-7"}, "A-7领取了回电", "A-7 took the call"),
        (
            "decision",
            {"verdict": "suppress", "reason": "no_program"},
            "决定:不联系(没有适用的回访方案)",
            "Decided: not to be contacted (no program covers such a closing)",
        ),
        (
            "callback.put_off",
            {"until": "09:00", "reason": "holiday"},
            "回电推迟到09:00(节假日不联系)",
            "Put off until 09:00 (not contacted on a public holiday)",
        ),
    ],
)
def test_whoever_or_whatever_did_it_and_why_is_told_in_words(
    kind: str, detail: dict[str, str], chinese: str, english: str
) -> None:
    entry = Entry(at=_AT, kind=kind, about="T-1", detail=detail)
    assert (tell(entry, "zh-CN"), tell(entry, "en")) == (chinese, english)
