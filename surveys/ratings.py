"""Reads a reply to a question that is answered on a scale."""

import re

from surveys import certainty, doubts, gibberish, irony, lexicon, orders
from surveys.amounts import TAKEN_OFF
from surveys.besides import rest
from surveys.figures import Figures, Reading, cut, figures, hangs, is_asked, settled
from surveys.grades import EFFORT, SATISFACTION, Grade, grade
from surveys.meanings import Rating, Unclear
from surveys.model import SCALES, QuestionKind
from surveys.numerals import Number
from surveys.ownlabels import Labels, bare
from surveys.plaintext import Clause, Plain, clause_at

_WORDS = {
    QuestionKind.CSAT5: SATISFACTION,
    QuestionKind.NPS: SATISFACTION,
    QuestionKind.CES7: EFFORT,
}
#: The two ends of the scale of recommending; nothing between them has a word that all agree on.
_LIKELY = {
    **dict.fromkeys(("非常可能", "极有可能", "extremely likely", "极其可能"), 10),
    **dict.fromkeys(
        ("完全不可能", "根本不可能", "not at all likely", "绝不可能", "一点都不可能"), 0
    ),
}

_NUMBER = re.compile("[0-9]|[1-9][0-9]")


def read(plain: Plain, kind: QuestionKind, labels: Labels) -> Rating | Unclear:
    """The rating that a respelled text gives on the scale of `kind`.

    A number goes before words, and words that point the other way make it doubtful. README of the
    table, "Ratings", "Words on csat5", "Negation". `labels`: the operator's own words for ratings.
    """
    lowest, highest = SCALES[kind]
    named = labels.get(bare(plain.text))
    if named is not None:
        return Rating(value=int(named))
    bare_text = plain.text.strip(" '")
    if _NUMBER.fullmatch(bare_text):  # what most customers say, and nothing beside it
        alone = int(bare_text)
        in_scale = lowest <= alone <= highest
        return Rating(value=alone) if in_scale else Unclear(reason="out_of_scale")
    reading = cut(_unquoted(plain.text), highest)
    if isinstance(reading, Unclear):
        return reading
    if orders.TO_MACHINES.search(plain.text):
        return Unclear(reason="not_certain")
    verdicts = _verdicts(reading, kind, labels)
    given = figures(reading, _WORDS[kind].words)
    place = settled(reading, given)
    if isinstance(place, Unclear):
        return place
    if place is None:
        return _worded(plain, reading, verdicts, kind, labels)
    if place.star and kind is not QuestionKind.CSAT5:
        return Unclear(reason="out_of_scale")
    if not lowest <= (value := place.value or 0) <= highest:
        return Unclear(reason="out_of_scale")
    if not place.unit and gibberish.is_noise(reading.masked, reading.text):
        return Unclear(reason="not_certain")
    doubt = _doubt(reading, place, given)
    if doubt is not None:
        return doubt
    if _contradicted(reading, place, 2 * value - lowest - highest, verdicts, kind):
        return Unclear(reason="contradiction")
    return Rating(value=value, rest=_rest(plain, reading, place.start, place.end, kind))


def _unquoted(text: str) -> str:
    """The text without our own scale, where an answer stands beside the quotation of it."""
    if len(_SCALE.findall(text)) > 1:
        return text
    blank = _SCALE.sub(lambda found: "," + " " * (len(found[0]) - 1), text)
    return blank if any(char.isdecimal() for char in blank) else text


_OTHER_LABELS = (
    *("very unsatisfied", "unsatisfied", "not satisfied", "average", "okay", "ok", "fair"),
    *("excellent", "very good", "good", "very poor", "poor", "very bad", "bad", "普通", "还行"),
    *("还可以", "很好", "很差", "很满意", "比较满意", "基本满意", "差", "好"),
)
_OWN_LABELS = "|".join(
    sorted((*lexicon.SATISFACTION_LABELS, *_OTHER_LABELS), key=len, reverse=True)
)
_SCALE = re.compile(rf"(?:[0-9][ .:=-]{{0,2}}(?:{_OWN_LABELS})[ ,;/、。\n]{{0,3}}){{2,}}")
Verdict = tuple[Clause, Grade]


def _verdicts(reading: Reading, kind: QuestionKind, labels: Labels) -> list[Verdict]:
    return [
        (clause, judged)
        for clause in reading.parts
        if (judged := _named(clause.text, kind, labels) or _judged(clause.text, kind)) is not None
    ]


def _named(text: str, kind: QuestionKind, labels: Labels) -> Grade | None:
    """The rating that the operator's own label stands for."""
    key = labels.get(bare(text))
    if key is None:
        return None
    lean = 2 * int(key) - sum(SCALES[kind])
    return Grade(value=int(key), side=(lean > 0) - (lean < 0))


def _judged(text: str, kind: QuestionKind) -> Grade | None:
    if kind is QuestionKind.NPS and (end := _likely(text)) is not None:
        return Grade(value=end, side=1 if end else -1)
    if kind is QuestionKind.NPS and (wish := doubts.RECOMMENDS.search(text)):
        return Grade(value=None, side=-1 if wish["no"] else 1)
    return grade(text, _WORDS[kind])


def _likely(text: str) -> int | None:
    """The end of the scale that is named: 非常可能推荐."""
    return _LIKELY.get(text.strip(" #").removesuffix("推荐").removesuffix("会"))


def _doubt(reading: Reading, place: Number, given: Figures) -> Unclear | None:
    if any(is_asked(reading, number.start) for number in given.sure):
        return Unclear(reason="question")
    if certainty.is_quoted(reading, clause_at(reading.parts, place.start)):
        return Unclear(reason="quoted")
    hanging = hangs(reading, place.start) or doubts.TRAILS_OFF.search(reading.text)
    return Unclear(reason="condition") if hanging else None


def _contradicted(
    reading: Reading, place: Number, lean: int, verdicts: list[Verdict], kind: QuestionKind
) -> bool:
    """Whether words and number point in opposite ways: irony, or a scale read upside down."""
    side = (lean > 0) - (lean < 0)
    if place.value == SCALES[kind][1] and TAKEN_OFF.search(reading.text):
        return True
    own = clause_at(reading.parts, place.start)
    for clause, judged in verdicts:
        if "?" in clause.mark and clause.end <= place.start:
            continue  # our question, said again before the answer: "推荐？0"
        if judged.side * side < 0 or (not side and judged.value in SCALES[kind]):
            return True
        if _label(clause) is not None and judged.side != side and kind is QuestionKind.CSAT5:
            return True
        # In the number's own clause a word is the number's label.
        if clause == own and judged.side != side and kind is not QuestionKind.NPS:
            return True
    if _pulls_away(reading, place, own, side):
        return True
    if side > 0:
        top = place.value is not None and place.value >= SCALES[kind][1] - (
            kind is QuestionKind.NPS
        )
        held_up = irony.SCARE_QUOTES.search(reading.text) is not None
        return held_up or (top and _complains(reading)) or _is_refusal(reading, place)
    return side < 0 and irony.PRAISE.search(reading.masked) is not None


def _pulls_away(reading: Reading, place: Number, own: Clause, side: int) -> bool:
    """Whether an English clause that its number ends speaks the other way: "rude man 5"."""
    before = reading.masked[own.start : place.start]
    if place.unit or not before.isascii() or reading.masked[place.end : own.end].strip():
        return False
    if side > 0:
        return irony.BLAME_WORD.search(irony.NO_BLAME.sub("", before)) is not None
    return side < 0 and irony.PRAISE_WORD.search(irony.NO_PRAISE.sub("", before)) is not None


def _complains(reading: Reading) -> bool:
    text = reading.masked
    return irony.COMPLAINT.search(text) is not None and not irony.RECOVERY.search(text)


def _is_refusal(reading: Reading, place: Number) -> bool:
    return doubts.REFUSAL.match(reading.masked[place.end :]) is not None


def _worded(
    plain: Plain, reading: Reading, verdicts: list[Verdict], kind: QuestionKind, labels: Labels
) -> Rating | Unclear:
    """The rating that words give where no number stands."""
    if kind is QuestionKind.NPS:
        verdicts = [
            each
            for each in verdicts
            if _likely(each[0].text) is not None or bare(each[0].text) in labels
        ]
    if not verdicts:
        return Unclear(reason="no_answer")
    values = {judged.value for _, judged in verdicts}
    clause, judged = verdicts[0]
    if len(values) > 1 and (farther := _farther(verdicts)) is not None:
        clause, judged = farther
    elif len(values) > 1:
        labelled = [each for each in verdicts if _label(each[0]) is not None]
        if len({one.side for _, one in verdicts}) > 1 or len(labelled) != 1:
            return Unclear(reason="several")
        clause, judged = labelled[0]
    if judged.value is None:
        return Unclear(reason="negated" if judged.denied else "not_certain")
    if kind is QuestionKind.CES7 and certainty.is_divided(reading, clause, judged.side):
        return Unclear(reason="contradiction")
    doubt = _doubted(reading, clause, judged)
    return doubt or Rating(
        value=judged.value, rest=_rest(plain, reading, clause.start, clause.end, kind)
    )


def _doubted(reading: Reading, clause: Clause, judged: Grade) -> Unclear | None:
    """Why a verdict in words is not to be relied on."""
    if is_asked(reading, clause.start):
        return Unclear(reason="question")
    if hangs(reading, clause.start):
        return Unclear(reason="condition")
    if certainty.is_quoted(reading, clause):
        return Unclear(reason="quoted")
    if judged.side > 0 and (_complains(reading) or _mocks(reading, clause, judged)):
        return Unclear(reason="contradiction")
    if (judged.side <= 0 and _is_halved(reading, clause)) or (
        judged.side > 0 and _is_marred(reading, clause)
    ):
        return Unclear(reason="contradiction")
    if irony.SCARE_QUOTES.search(reading.text) or doubts.COULD_BE.search(reading.text):
        return Unclear(reason="not_certain")
    if doubts.INTENDED.search(reading.masked) or doubts.BARE_MISTAKE.search(reading.masked):
        return Unclear(reason="not_certain")
    return None


def _farther(verdicts: list[Verdict]) -> Verdict | None:
    """The verdict that says another one again, and more of it: 满意，非常满意."""
    longest = max(verdicts, key=lambda each: len(each[0].text))
    again = all(each[0].text.strip() in longest[0].text for each in verdicts)
    agreed = len({judged.side for _, judged in verdicts}) == 1
    return longest if again and agreed and longest[1].value is not None else None


def _is_halved(reading: Reading, own: Clause) -> bool:
    """Whether blame stands against praise for something else: good, but."""
    others = [part.text for part in reading.parts if part != own]
    if any(map(doubts.CONTENT_WITH.search, others)):
        return True
    good = any(map(doubts.GOOD.search, others)) or doubts.STAFF_OK.search(reading.masked)
    return bool(good) and doubts.BUT.search(reading.masked) is not None


def _is_marred(reading: Reading, own: Clause) -> bool:
    """Whether praise is only granted, or blame of something else stands beside it."""
    bad = certainty.is_marred(reading, own) and not irony.RECOVERY.search(reading.masked)
    return bad or doubts.CONCEDED.search(reading.masked) is not None


def _label(clause: Clause) -> int | None:
    return lexicon.SATISFACTION_LABELS.get(clause.text.strip())


def _mocks(reading: Reading, own: Clause, judged: Grade) -> bool:
    if irony.RECOVERY.search(reading.masked):
        return False
    text = reading.masked
    if judged.value == SATISFACTION.praise:
        text = certainty.without_granted(reading, own)
    found = irony.WAITING.search(text) or irony.LAUGHTER.search(text)
    return found is not None


def _rest(plain: Plain, reading: Reading, start: int, end: int, kind: QuestionKind) -> str:
    return rest(plain, reading, start, end, lambda text: _judged(text, kind) is not None)
