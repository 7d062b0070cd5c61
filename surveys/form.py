"""Reads what the form of a question was sent back with, and says what it offers."""

from collections.abc import Mapping
from dataclasses import dataclass

from surveys.model import SCALES, Question, QuestionKind, Value

ANSWER, SKIP = "answer", "skip"
"""Names of the form's fields: the answer, and the button that passes an optional question over."""

LONGEST = 1_600
"""Characters of a comment: what a reply by SMS may have as well."""

_TRUTHS = {"yes": True, "no": False, "true": True, "false": False, "1": True, "2": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A valid answer, as `decide.on_answer` takes it; "" for an optional question passed over."""

    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """No answer to this question: `missing`, `impossible` or `too_long`."""

    reason: str


def read(question: Question, fields: Mapping[str, str]) -> Given | Refused:
    """The answer to a question among a form's fields."""
    if question.optional and SKIP in fields:
        return Given(value="")
    text = clean(fields.get(ANSWER, ""))
    if not text:
        return Given(value="") if question.optional else Refused(reason="missing")
    if question.kind is QuestionKind.COMMENT:
        return Given(value=text) if len(text) <= LONGEST else Refused(reason="too_long")
    value = value_of(question, text)
    return Refused(reason="impossible") if value is None else Given(value=value)


def value_of(question: Question, text: str) -> Value | None:
    """The value that a radio button's text stands for; None when the question has no such one."""
    match question.kind:
        case QuestionKind.CSAT5 | QuestionKind.NPS | QuestionKind.CES7:
            return int(text) if text in keys(question) else None
        case QuestionKind.RESOLVED:
            return _TRUTHS.get(text)
        case QuestionKind.CHOICE:
            return text if text in keys(question) else None
        case QuestionKind.COMMENT:
            return None


def keys(question: Question) -> tuple[str, ...]:
    """The values of a question's radio buttons in the order shown; none for a comment."""
    match question.kind:
        case QuestionKind.CSAT5 | QuestionKind.NPS | QuestionKind.CES7:
            lowest, highest = SCALES[question.kind]
            scale = tuple(str(rating) for rating in range(lowest, highest + 1))
            return scale[::-1] if question.kind is QuestionKind.CSAT5 else scale
        case QuestionKind.RESOLVED:
            return ("yes", "no")
        case QuestionKind.CHOICE:
            return tuple(option.id for option in question.options)
        case QuestionKind.COMMENT:
            return ()


def clean(text: str) -> str:
    """A text that can be stored: without NUL and lone surrogates, and without outer spaces."""
    whole = text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    return whole.replace("\r\n", "\n").strip()
