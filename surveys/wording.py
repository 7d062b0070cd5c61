"""Words what we say of our own in a dialogue: asking again, and taking leave."""

from collections.abc import Mapping

from surveys.model import Question, QuestionKind

CHINESE, ENGLISH = "zh-CN", "en"

_AGAIN: Mapping[QuestionKind, Mapping[str, str]] = {
    QuestionKind.CSAT5: {
        CHINESE: "抱歉，没看懂您的回复。请只回复一个数字："
        "5非常满意 4满意 3一般 2不满意 1非常不满意",
        ENGLISH: "Sorry, we could not read that. Please reply with one number only, from "
        "5 (very satisfied) down to 1 (very dissatisfied)",
    },
    QuestionKind.NPS: {
        CHINESE: "抱歉，没看懂您的回复。请只回复0到10中的一个数字，10表示非常愿意推荐",
        ENGLISH: "Sorry, we could not read that. Please reply with one number only, from "
        "0 (not at all likely) to 10 (very likely)",
    },
    QuestionKind.CES7: {
        CHINESE: "抱歉，没看懂您的回复。请只回复1到7中的一个数字",
        ENGLISH: "Sorry, we could not read that. Please reply with one number only, from 1 to 7",
    },
    QuestionKind.RESOLVED: {
        CHINESE: "抱歉，没看懂您的回复。问题已解决请回复1，未解决请回复2",
        ENGLISH: "Sorry, we could not read that. Please reply 1 if it is resolved, 2 if it is not",
    },
    QuestionKind.CHOICE: {
        CHINESE: "抱歉，没看懂您的回复。请只回复一个编号：",
        ENGLISH: "Sorry, we could not read that. Please reply with one number only: ",
    },
    QuestionKind.COMMENT: {
        CHINESE: "抱歉，没收到您的文字。请用几句话告诉我们您的意见",
        ENGLISH: "Sorry, there was no text in your reply. Please tell us in a few words",
    },
}
_LEAVE: Mapping[str, str] = {
    CHINESE: "抱歉，没能看懂您的回复，就不再打扰您了。感谢您的时间。",
    ENGLISH: "Sorry, we could not read your reply and will not ask again. Thank you for your time.",
}
_LEAVE_KEPT: Mapping[str, str] = {
    CHINESE: "抱歉，没能看懂这条回复，就不再打扰您了。您之前的评价已收到，谢谢。",
    ENGLISH: "Sorry, we could not read that and will not ask again. "
    "What you told us before is kept. Thank you.",
}


def language(locale: str) -> str:
    """The language we have for a locale, however it is spelt; Chinese where none is known."""
    known = locale.strip().lower()
    return CHINESE if not known or known.startswith("zh") else ENGLISH


def again(question: Question, locale: str) -> str:
    """The question once more, in other words and with its keys; at most three SMS segments."""
    spoken = language(locale)
    text = _AGAIN[question.kind][spoken]
    if question.kind is not QuestionKind.CHOICE:
        return text
    labels = [option.label.get(spoken, option.id) for option in question.options]
    return text + " ".join(f"{number} {label}" for number, label in enumerate(labels, start=1))


def leave(locale: str, *, kept: bool) -> str:
    """Our last words after a reply that nobody could read; `kept`: earlier answers stay."""
    return (_LEAVE_KEPT if kept else _LEAVE)[language(locale)]
