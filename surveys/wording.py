"""Words what we say of our own in a dialogue: labels of scales, asking again, and taking leave."""

from collections.abc import Mapping, Sequence

from surveys.form import keys
from surveys.model import SCALES, Question, QuestionKind

CHINESE, ENGLISH = "zh-CN", "en"

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
# What is replied for a yes and a no: contract section 5.
_REPLIED = {"yes": "1", "no": "2"}

_ONE_NUMBER: Mapping[str, str] = {
    CHINESE: "抱歉，没看懂您的回复。请只回复一个数字：",
    ENGLISH: "Sorry, we could not read that. Please reply with one number only: ",
}
_ON_SCALE: Mapping[str, str] = {
    CHINESE: "抱歉，没看懂您的回复。请只回复{low}到{high}中的一个数字：{low}{worst}，{high}{best}",
    ENGLISH: "Sorry, we could not read that. Please reply with one number only, "
    "from {low} ({worst}) to {high} ({best})",
}
_IN_WORDS: Mapping[str, str] = {
    CHINESE: "抱歉，没收到您的文字。请用几句话告诉我们您的意见",
    ENGLISH: "Sorry, there was no text in your reply. Please tell us in a few words",
}
# The second time, in other words than the first.
_ONE_NUMBER_MORE: Mapping[str, str] = {
    CHINESE: "还是没能看懂。只要发一个数字就好：",
    ENGLISH: "We still could not read that. Just one number will do: ",
}
_ON_SCALE_MORE: Mapping[str, str] = {
    CHINESE: "还是没能看懂。只要发一个数字就好，最低{low}（{worst}），最高{high}（{best}）",
    ENGLISH: "We still could not read that. Just one number will do: "
    "{low} is the lowest ({worst}), {high} the highest ({best})",
}
_IN_WORDS_MORE: Mapping[str, str] = {
    CHINESE: "还是没有看到文字。写一句话就好",
    ENGLISH: "We still see no text. One sentence will do",
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


_AGAIN = (
    (_ONE_NUMBER, _ON_SCALE, _IN_WORDS),
    (_ONE_NUMBER_MORE, _ON_SCALE_MORE, _IN_WORDS_MORE),
)


def language(locale: str) -> str:
    """The language we have for a locale, however it is spelt; Chinese where none is known."""
    known = locale.strip().lower()
    return CHINESE if not known or known.startswith("zh") else ENGLISH


def labels(question: Question, language: str) -> Mapping[str, str]:
    """The words of a question's answers by value; of a long scale perhaps only its two ends."""
    if question.kind is QuestionKind.CHOICE:
        return {
            option.id: option.label.get(language) or next(iter(option.label.values()), option.id)
            for option in question.options
        }
    return question.labels.get(language) or _LABELS.get(question.kind, {}).get(language, {})


def again(question: Question, locale: str, asked: int = 0) -> str:
    """The question once more, in other words and with its keys; at most three SMS segments.

    `asked`: how often it was asked again before; what is said the second time is not the first.
    """
    spoken = language(locale)
    one_number, on_scale, in_words = _AGAIN[min(asked, len(_AGAIN) - 1)]
    words = labels(question, spoken)
    match question.kind:
        case QuestionKind.NPS | QuestionKind.CES7:
            low, high = SCALES[question.kind]
            worst, best = words.get(str(low), ""), words.get(str(high), "")
            return on_scale[spoken].format(low=low, high=high, worst=worst, best=best)
        case QuestionKind.CSAT5 | QuestionKind.RESOLVED:
            known = [key for key in keys(question) if key in words]
            return _one_of(
                [(_REPLIED.get(key, key), words[key]) for key in known], spoken, one_number
            )
        case QuestionKind.CHOICE:
            numbered = enumerate(words.values(), start=1)
            return _one_of([(str(number), label) for number, label in numbered], spoken, one_number)
        case QuestionKind.COMMENT:
            return in_words[spoken]


def _one_of(parts: Sequence[tuple[str, str]], spoken: str, one_number: Mapping[str, str]) -> str:
    # Apart, since a label may begin with a digit: 5G信号差.
    between = " " if spoken == CHINESE else ", "
    return one_number[spoken] + between.join(f"{key} {label}" for key, label in parts)


def leave(locale: str, *, kept: bool) -> str:
    """Our last words after a reply that nobody could read; `kept`: earlier answers stay."""
    return (_LEAVE_KEPT if kept else _LEAVE)[language(locale)]
