"""Words the survey page: labels of its buttons, faults, and questions freed of texting habits."""

import re
from collections.abc import Mapping
from itertools import pairwise

from channels.pagewording import CHINESE, ENGLISH
from surveys.form import keys
from surveys.model import Question, QuestionKind

TEXTS: Mapping[str, Mapping[str, str]] = {
    CHINESE: {
        "ticket": "工单",
        "send": "提交",
        "skip": "跳过",
        "optional": "选填",
        "thanks": "谢谢",
        "fault": "有一处需要改正",
        "missing": "请先选择或填写，再提交。",
        "impossible": "请从下列选项中选择一项。",
        "too_long": "文字太长了，请控制在{most}字以内。",
        "stale": "页面打开太久了，请再提交一次，您填写的内容还在。",
        "preferences": "退订或设置联系方式",
    },
    ENGLISH: {
        "ticket": "Ticket",
        "send": "Send",
        "skip": "Skip",
        "optional": "optional",
        "thanks": "Thank you",
        "fault": "There is one thing to mend",
        "missing": "Please choose or write an answer first.",
        "impossible": "Please choose one of the answers below.",
        "too_long": "That is a little long; please keep to {most} characters.",
        "stale": "This page was open for long. Please send it once more; what you entered is here.",
        "preferences": "Unsubscribe, or choose how we may contact you",
    },
}

_LABELS: Mapping[QuestionKind, Mapping[str, Mapping[str, str]]] = {
    QuestionKind.CSAT5: {
        CHINESE: {"5": "非常满意", "4": "满意", "3": "一般", "2": "不满意", "1": "非常不满意"},
        ENGLISH: {
            "5": "Very satisfied",
            "4": "Satisfied",
            "3": "Neutral",
            "2": "Dissatisfied",
            "1": "Very dissatisfied",
        },
    },
    QuestionKind.NPS: {
        CHINESE: {"0": "完全不愿意", "10": "非常愿意"},
        ENGLISH: {"0": "Not at all likely", "10": "Very likely"},
    },
    QuestionKind.CES7: {
        CHINESE: {"1": "非常费力", "7": "非常轻松"},
        ENGLISH: {"1": "Very difficult", "7": "Very easy"},
    },
    QuestionKind.RESOLVED: {
        CHINESE: {"yes": "已解决", "no": "未解决"},
        ENGLISH: {"yes": "Yes", "no": "No"},
    },
}

# "5 very satisfied, 4 satisfied": a number, its label, and what parts it from the next.
_ENTRY = r"(?<!\d)\d{1,2}\s*[=:：.、]?\s*[^\d\s，,;；、。.?？!！:：][^\d，,;；、。.?？!！]*"
_LISTING = re.compile(
    r"(?:\b[Rr]eply(?: with)?\s+|回复?\s*)?"
    rf"(?:{_ENTRY}(?:[，,;；、]\s*|(?<=\s)))+{_ENTRY}[，,;；、\s]*"
)
# A clause that names a word to text back: "回T退订", "or reply SKIP to leave it there".
_TEXT_BACK = re.compile(
    r"[，,;；。.\s]*[^，,;；。.?？!！:：]*"
    r"(?:回复?\s*[“「\"']?(?:[A-Z]{1,8}(?![a-z])|跳过|退订)|\b[Rr]eply\s+(?:with\s+)?[\"“]?[A-Z]{2,})"
    r"[^，,;；。.?？!！]*"
)
# "请回复0到10", "reply with a number from 0 to 10", where a clause begins with it.
_RANGE = re.compile(
    r"(?:^|(?<=[，,;；。.?？!！:：]))\s*"
    r"(?:请?直?接?回复|(?:[Pp]lease )?[Rr]eply(?: with)?(?: a number)?(?: from)?)"
    r"\s*\d{1,2}\s*(?:到|至|[-–—~]|to)\s*\d{1,2}[^，,;；。.?？!！:：]*[。.]?"
)
_NUMBER = re.compile(r"(?<!\d)\d{1,2}(?!\d)")
_LONGEST = 500  # characters looked through; three SMS segments have fewer
_TAIL = " \n，,;；、:："


def labels(question: Question, language: str) -> Mapping[str, str]:
    """The words of a question's radio buttons by value; of a long scale only its two ends."""
    if question.kind is QuestionKind.CHOICE:
        return {
            option.id: option.label.get(language) or next(iter(option.label.values()), option.id)
            for option in question.options
        }
    return _LABELS.get(question.kind, {}).get(language, {})


def ask(question: Question, language: str) -> str:
    """The question as a page asks it, variables still in place.

    What tells a texter which key to send is left out, since the page has buttons for it; the
    whole text stays where nothing else would.
    """
    text = question.ask.get(language) or next(iter(question.ask.values()), "")
    if len(text) > _LONGEST:
        return text
    count = len(keys(question))

    def listing(match: re.Match[str]) -> str:
        numbers = [int(number) for number in _NUMBER.findall(match[0])]
        steps = {after - before for before, after in pairwise(numbers)}
        # Only a run of numbers one by one is a list of keys.
        return "" if count and len(steps) == 1 and steps <= {1, -1} else match[0]

    freed = _TEXT_BACK.sub("", _LISTING.sub(listing, " ".join(text.split())))
    freed = (_RANGE.sub("", freed) if count else freed).strip().rstrip(_TAIL)
    return freed or text
