"""Words the survey page: its buttons and faults, and questions freed of texting habits."""

import re
from collections.abc import Mapping
from itertools import pairwise

from channels.pagewording import CHINESE, ENGLISH
from surveys.form import keys
from surveys.model import SCALES, Question
from surveys.wording import labels

WEB, EMAIL = "web", "email"

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
        "place": "第{number}题，最多{total}题",
        "confirm": "请确认您的回答",
        "confirm_go": "确认",
        "haste": "刚才的回答提交得太快，可能不是您本人点选的。请核对后再确认，确认之前不会计入。",
        "several_ratings": "几秒之内收到了不止一个评分。请选定您想要的那一个，再点确认。",
        "kept": "您之前的回答已经记录，隔得久了，不再更改。",
        "call_hint": "还有话想说？我们可以打电话给您。",
        "call": "请给我回电",
        "call_when": "什么时间方便？",
        "call_soon": "越快越好",
        "called": "已经记下，我们的同事会打电话给您。",
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
        "place": "Question {number} of {total} at most",
        "confirm": "Please confirm your answer",
        "confirm_go": "Confirm",
        "haste": "The answer came so quickly that it may not have been you. Please look it over "
        "and confirm it; until then it does not count.",
        "several_ratings": "More than one rating came within seconds. Please choose the one you "
        "mean, and confirm it.",
        "kept": "Your earlier answer is kept as it was; it is too long ago to be changed.",
        "call_hint": "Is there more to say? We can phone you.",
        "call": "Please call me",
        "call_when": "When does it suit you?",
        "call_soon": "As soon as possible",
        "called": "Noted: one of us will phone you.",
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


def offered(question: Question, language: str) -> tuple[tuple[str, str], ...]:
    """The answers that a letter offers as links: the value for the page, and what is read there.

    Numbers with their words, where the scale has any for them; of other questions words alone.
    """
    said = labels(question, language)
    numbered = question.kind in SCALES
    return tuple(
        (key, f"{key} {said.get(key, '')}".strip() if numbered else said.get(key, key))
        for key in keys(question)
    )


def ask(question: Question, language: str, channel: str = WEB) -> str:
    """The question as a page or a letter asks it, variables still in place.

    Its own wording for the channel stays as it is. Of the general text what tells a texter which
    key to send is left out, since the page has buttons for it; the whole text stays where nothing
    else would.
    """
    text = question.asking(language, channel)
    if channel in question.ask_by.get(language, {}) or len(text) > _LONGEST:
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
