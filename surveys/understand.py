"""Says what a reply means as an answer to a question, and never guesses."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from surveys import lexicon
from surveys.model import SCALES, Question, QuestionKind
from surveys.numerals import Doubt, Number, numbers
from surveys.plaintext import Plain, clause, fold, has, is_latin, made_of

MOST_OPTIONS_BY_NUMBER = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """A rating within the question's scale; `rest` is what was said beside it, or empty."""

    value: int
    rest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The id of an option; `rest` is what was said beside it, or empty."""

    id: str
    rest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Yes or no; `rest` is what was said beside it, or empty."""

    value: bool
    rest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """Free text, never empty."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """No answer that a careful person would be sure of.

    `reason`: `empty`, `no_answer`, `several`, `out_of_scale`, `range`, `half`, `question`,
    `condition`, `negated`, `contradiction`, `not_certain`.
    """

    reason: str


Meaning = Rating | Choice | Truth | Comment | Unclear


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hit:
    start: int
    end: int
    value: int | None
    sure: bool
    weak: bool = False


_Table = Mapping[str, int | None]


def _finder(table: Iterable[str]) -> re.Pattern[str]:
    """The longest phrase at a place wins; English ones stand as words of their own."""
    ordered = sorted(table, key=lambda phrase: (-len(phrase), phrase))
    return re.compile(
        "|".join(
            rf"(?<![a-z']){re.escape(each)}(?![a-z'])" if is_latin(each[0]) else re.escape(each)
            for each in ordered
        )
    )


_LABELS: _Table = {**lexicon.LABELS, **dict.fromkeys(lexicon.NO_LABELS)}
_TRUTHS: _Table = {
    **dict.fromkeys(lexicon.YES, 1),
    **dict.fromkeys(lexicon.NO, 0),
    **dict.fromkeys(lexicon.NEITHER),
}
_FIND_LABELS = _finder(_LABELS)
_FIND_TRUTHS = _finder(_TRUTHS)
_LABEL_WORDS = frozenset(lexicon.LABELS) | {"very"}
_YES_WORDS, _NO_WORDS = frozenset(lexicon.YES), frozenset(lexicon.NO)
_NUMBERED = frozenset({"1", "2"})  # as in "2 no"; whether it contradicts is asked later
_MIDDLE = 3


def read(text: str, question: Question, locale: str) -> Meaning:
    """What `text` answers to `question`, digits and words of every language alike.

    `locale` decides only which label of an option is meant when two languages share one. The text
    is cut at 1600 characters. Total: any text gives a meaning, if only Unclear.
    """
    plain = fold(text)
    if not plain.text.strip():
        return Unclear(reason="empty")
    match question.kind:
        case QuestionKind.COMMENT:
            return Comment(text=plain.whole())
        case QuestionKind.CHOICE:
            return _choice(plain, question, locale)
        case QuestionKind.RESOLVED:
            return _doubt(plain.text) or _truth(plain)
        case QuestionKind.CSAT5 | QuestionKind.NPS | QuestionKind.CES7:
            return _doubt(plain.text) or _rating(plain, question.kind)


def _doubt(text: str) -> Unclear | None:
    """What makes any answer in the text doubtful."""
    if has(text, lexicon.QUESTIONS):
        return Unclear(reason="question")
    return Unclear(reason="condition") if has(text, lexicon.CONDITIONS) else None


def _rating(plain: Plain, kind: QuestionKind) -> Rating | Unclear:
    text = plain.text
    lowest, highest = SCALES[kind]
    found = numbers(text, highest, units=True, beside=_LABEL_WORDS)
    if isinstance(found, Doubt):
        return Unclear(reason=found.reason)
    if has(text, lexicon.TURNED):
        return Unclear(reason="negated")
    labels = _hits(text, _FIND_LABELS, _LABELS)
    if not found:
        return _labelled(plain, labels) if kind is QuestionKind.CSAT5 else _none()
    meant = _meant(found)
    if isinstance(meant, Unclear):
        return meant
    value, place = meant
    if not lowest <= value <= highest:
        return Unclear(reason="out_of_scale")
    rest = _rest(plain, place.start, place.end)
    declined = bool(_bare(rest)) and made_of(fold(rest).text, _NO_WORDS)
    if (declined and 2 * value > lowest + highest) or _contradicted(
        text, value, (lowest, highest), labels
    ):
        return Unclear(reason="contradiction")
    return Rating(value=value, rest=rest)


def _none() -> Unclear:
    return Unclear(reason="no_answer")


def _meant(found: tuple[Number, ...]) -> tuple[int, Number] | Unclear:
    """The one number that all of these are, and where it stands."""
    if len({number.value for number in found}) > 1:
        return Unclear(reason="several")
    place = next((number for number in found if number.sure), None)
    if place is None:
        return Unclear(reason="not_certain")
    if place.value is None:
        return Unclear(reason="out_of_scale")
    return place.value, place


def _labelled(plain: Plain, labels: tuple[_Hit, ...]) -> Rating | Unclear:
    place = next((hit for hit in labels if hit.sure), None)
    if place is None or place.value is None:
        return _none()
    if len({hit.value for hit in labels}) > 1:
        return Unclear(reason="several")
    if _contradicted(plain.text, place.value, SCALES[QuestionKind.CSAT5], ()):
        return Unclear(reason="contradiction")
    return Rating(value=place.value, rest=_rest(plain, place.start, place.end))


def _contradicted(text: str, value: int, scale: tuple[int, int], labels: tuple[_Hit, ...]) -> bool:
    """Whether words and number point in opposite ways: irony, or a scale read upside down."""
    side = _sign(2 * value - sum(scale))
    for hit in labels:
        other = _sign((hit.value or _MIDDLE) - _MIDDLE)
        if other != side and (other * side < 0 or scale == SCALES[QuestionKind.CSAT5]):
            return True
    if side > 0:
        return has(text, lexicon.HARSH)
    negated = any(negator in text for negator in lexicon.NEGATORS)
    return side < 0 and not negated and has(text, lexicon.PRAISE)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _truth(plain: Plain) -> Truth | Unclear:
    text = plain.text
    found = numbers(text, 2, units=False, beside=_YES_WORDS | _NO_WORDS)
    if isinstance(found, Doubt):
        return Unclear(reason=found.reason)
    hits = _hits(text, _FIND_TRUTHS, _TRUTHS)
    if any(hit.value is None for hit in hits):
        return Unclear(reason="not_certain")
    said = [(bool(hit.value), hit.start, hit.end, hit.sure) for hit in hits if _tells(hit)]
    for number in found:
        if number.value not in {1, 2}:
            return Unclear(reason="out_of_scale")
        said.append((number.value == 1, number.start, number.end, number.sure))
    sure = [each for each in said if each[-1]]
    if not sure:
        return Unclear(reason="not_certain") if said else _none()
    value, start, end, _ = min(sure, key=lambda each: each[1])
    if len({each[0] for each in said}) > 1 or (value and has(text, lexicon.BUT)):
        return Unclear(reason="contradiction")
    return Truth(value=value, rest=_rest(plain, start, end))


def _tells(hit: _Hit) -> bool:
    return hit.sure or not hit.weak


def _hits(text: str, finder: re.Pattern[str], table: _Table) -> tuple[_Hit, ...]:
    """The phrases of a table in the text; `sure` where nothing but courtesy is around it."""
    found: list[_Hit] = []
    for match in finder.finditer(text):
        value = table[match[0]]
        if value is None and match[0] in lexicon.NO_LABELS:
            continue
        first, last = clause(text, match.start(), match.end())
        same = _same_side(value) if table is _TRUTHS else frozenset[str]()
        sure = made_of(text[first : match.start()], lexicon.OPENINGS | same) and made_of(
            text[match.end() : last], lexicon.CLOSINGS | same
        )
        found.append(
            _Hit(
                start=match.start(),
                end=match.end(),
                value=value,
                sure=sure,
                weak=match[0] in lexicon.WEAK,
            )
        )
    return tuple(found)


def _same_side(value: int | None) -> frozenset[str]:
    return _NUMBERED | (_YES_WORDS if value else _NO_WORDS)


def _choice(plain: Plain, question: Question, locale: str) -> Choice | Unclear:
    by_label = _option_named(plain.text, question, locale)
    if by_label is not None:
        return Choice(id=by_label)
    doubt = _doubt(plain.text)
    if doubt is not None:
        return doubt
    found = numbers(plain.text, MOST_OPTIONS_BY_NUMBER, units=False)
    if isinstance(found, Doubt):
        return Unclear(reason=found.reason)
    if not found:
        return _none()
    meant = _meant(found)
    if isinstance(meant, Unclear):
        return meant
    value, place = meant
    if not 1 <= value <= len(question.options):
        return Unclear(reason="out_of_scale")
    chosen = question.options[value - 1].id
    return Choice(id=chosen, rest=_rest(plain, place.start, place.end))


def _option_named(text: str, question: Question, locale: str) -> str | None:
    """The option whose id or label is the whole text; labels of the locale go before others."""
    said = _bare(text)
    own = {option.id for option in question.options if _bare(fold(option.id).text) == said}
    for locales in ({locale}, {key for option in question.options for key in option.label}):
        own |= {
            option.id
            for option in question.options
            for key, label in option.label.items()
            if key in locales and said and _bare(fold(label).text) == said
        }
        if own:
            return own.pop() if len(own) == 1 else None
    return None


def _bare(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def _rest(plain: Plain, start: int, end: int) -> str:
    """What was said beside the answer: all of it, unless only courtesy came before."""
    if not made_of(plain.text[:start], lexicon.OPENINGS):
        return plain.whole()
    rest = plain.rest(end)
    return "" if made_of(fold(rest).text, lexicon.PARTICLES) and _is_wordy(rest) else rest


def _is_wordy(rest: str) -> bool:
    return all(char.isalnum() or char.isspace() for char in rest)
