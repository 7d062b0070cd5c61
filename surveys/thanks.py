"""Words our thanks for what a customer sent after the end, or in the place of something else."""

from collections.abc import Mapping

from surveys.wording import CHINESE, ENGLISH, language

_LATE: Mapping[str, str] = {
    CHINESE: "感谢您的回复。本次调查已经结束，您的意见我们已记下。",
    ENGLISH: "Thank you for your reply. This survey has closed, but we have noted what you said.",
}
_CORRECTED: Mapping[str, str] = {
    CHINESE: "已按您最新的回复更正，谢谢。",
    ENGLISH: "We have corrected your answer. Thank you.",
}


def late(locale: str) -> str:
    """Said once to whoever answers after the end."""
    return _LATE[language(locale)]


def corrected_to(locale: str) -> str:
    """Said to whoever corrected an answer, where nothing is left to ask."""
    return _CORRECTED[language(locale)]
