"""Words what is usually wrong with a field, in English and in Chinese."""

import re
from collections.abc import Callable

_Pair = tuple[str, str]  # in English, in Chinese


def _always(english: str, chinese: str) -> Callable[[re.Match[str]], _Pair]:
    return lambda _match: (english, chinese)


def _with(english: str, chinese: str) -> Callable[[re.Match[str]], _Pair]:
    """Sentences in which `{0}`, `{1}` are what the library's sentence names."""
    return lambda match: (english.format(*match.groups()), chinese.format(*match.groups()))


def _one_of(match: re.Match[str]) -> _Pair:
    return f"must be one of {match[1]}", f"只能是{match[1].replace(', ', '、')}之一"


_TEXT = _always("must be text", "应为文字")
_MAPPING = _always("must be a mapping", "应为一组字段")
_FLAG = _always("must be true or false", "应为是（true）或否（false）")
_INSTANT = _always(
    "must be a time with its offset, such as 2026-11-21T00:00:00+08:00",
    "应为带时区偏移的时间，如 2026-11-21T00:00:00+08:00",
)
_DATE = _always("must be a date such as 2026-11-21", "应为日期，如 2026-11-21")
_TIME = _always("must be a time of day such as 09:00", "应为时刻，如 09:00")
_LEAST = _with("must be {0} or more", "不能小于{0}")
_MOST = _with("must be {0} or less", "不能大于{0}")
_BETWEEN = _with("must be from {0} to {1}", "应在{0}到{1}之间")

#: What the library says where a schema gives no words of its own (marshmallow 3 and 4).
_SAYINGS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], _Pair]], ...] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"Missing data for required field", _always("is missing", "必填")),
        (
            r"Field may not be null",
            _always("has no value; give it one, or leave it out", "没有值；请填写，或去掉这一项"),
        ),
        (r"Unknown field", _always("is not known here", "没有这一项")),
        (r"Not a valid string", _TEXT),
        (r"Not a valid integer", _always("must be a whole number", "应为整数")),
        (r"Not a valid number", _always("must be a number", "应为数字")),
        (r"Not a valid boolean", _FLAG),
        (r"Not a valid (?:naive |aware )?datetime", _INSTANT),
        (r"Not a valid date", _DATE),
        (r"Not a valid time", _TIME),
        (r"Not a valid list", _always("must be a list, such as [a, b]", "应为列表，如 [a, b]")),
        (r"Not a valid mapping type|Invalid (?:input )?type", _MAPPING),
        (r"Must be one of: (.+)", _one_of),
        (r"Shorter than minimum length 1", _always("must not be empty", "不能为空")),
        (r"Shorter than minimum length (\d+)", _with("needs {0} at least", "至少{0}个")),
        (r"Longer than maximum length (\d+)", _with("may have {0} at most", "最多{0}个")),
        (r"Length must be between (\d+) and (\d+)", _with("needs {0} to {1}", "应有{0}到{1}个")),
        (r"Must be greater than or equal to (\S+) and less than or equal to (\S+)", _BETWEEN),
        (r"Must be greater than or equal to (\S+)", _LEAST),
        (r"Must be less than or equal to (\S+)", _MOST),
        (r"String does not match expected pattern", _always("has another form", "格式不对")),
        (r"Invalid value", _always("is not possible here", "不能这样填")),
        # And what we say ourselves of every list.
        (
            r"This is the `next` of no page",
            _always("there is no such page; begin with the first", "没有这一页，请从第一页看起"),
        ),
        (
            r"These are too many \w+",
            _always("this is too much for one page; choose less time", "内容过多，请缩短时间"),
        ),
    )
)


def said(message: str) -> _Pair | None:
    """English and Chinese in place of a usual sentence; None: it is none of those."""
    text = message.removesuffix(".")
    for pattern, words in _SAYINGS:
        if match := pattern.fullmatch(text):
            return words(match)
    return None
