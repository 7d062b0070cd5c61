"""Finds what a survey may say but should not: costly characters, missing keys, no way out."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from channels import keywords
from channels.segments import Segments, count, misfits
from surveys.form import keys
from surveys.model import SCALES, Question, QuestionKind, Survey
from surveys.phrasing import LINK, MOST_SEGMENTS, SIGNED, VARIABLE_LENGTH, VARIABLES
from surveys.questionnaire import fill
from surveys.wording import labels

END = "end"
SMS = "sms"
SHORT_TICKET, LONG_TICKET = 6, 20  # characters of a ticket's number between which nothing changes

_STAND_INS: Mapping[str, str] = {
    "‘": "'",
    "’": "'",
    "´": "'",
    "`": "'",
    "“": '"',
    "”": '"',
    "„": '"',
    "«": '"',
    "»": '"',
    "‐": "-",
    "‑": "-",
    "–": "-",
    "—": "-",
    "−": "-",
    "•": "-",
    "·": "-",
    "…": "...",
    "×": "x",
    "\t": " ",
    "\u200b": "",
    "\u200d": "",
    "\ufe0f": "",
    "\ufeff": "",
}
_IDEOGRAPH = re.compile("[\u3400-\u9fff]")
_WAY_OUT = {"zh-CN": re.compile("退订"), "en": re.compile(r"\bSTOP\b")}
# Words which the carrier takes for itself; STOP and its like are meant to be.
_CARRIERS_OWN = re.compile(
    r"\b[Rr]eply(?: with)?\s+[\"'“]?(YES|START|UNSTOP|END|CANCEL|QUIT|REVOKE|INFO|HELP)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Advice on one text: a question's, or that of the `end`."""

    survey: str
    question: str
    locale: str
    channel: str
    advice: str

    def __str__(self) -> str:
        return (
            f"survey {self.survey}, {self.question}, {self.locale}, {self.channel}: {self.advice}"
        )


def remarks(
    survey: Survey, brand: str, signature: str, link: str | None = None
) -> tuple[Remark, ...]:
    """All remarks on what the survey sends by SMS, question by question; `link` as those sent."""
    found: list[Remark] = []
    for id_, question in [*survey.questions.items(), (END, None)]:
        for locale in survey.end:
            text = question.asking(locale, SMS) if question else survey.ending(locale, SMS)
            text = fill(text, {LINK: link}) if link else text
            opened = signature + text if locale == SIGNED else text
            advice = [*_of_encoding(opened, brand), *_of_border(opened, brand)]
            if locale != SIGNED:
                advice += _of_signature(text, brand, signature)
            if question is not None:
                advice += _of_keys(question, text)
                advice += _of_words(text)
                advice += _of_labels(question, locale)
            if id_ == survey.start:
                advice += _of_way_out(text, locale)
            found += [
                Remark(survey=survey.id, question=id_, locale=locale, channel=SMS, advice=each)
                for each in advice
            ]
    return tuple(found)


def stand_in(char: str) -> str | None:
    """What says the same in GSM-7, "" for what nobody sees; None where nothing does."""
    known = _STAND_INS.get(char)
    if known is not None:
        return known
    plain = "".join(
        each for each in unicodedata.normalize("NFKD", char) if not unicodedata.combining(each)
    )
    return plain if plain and not misfits(plain) else None


def measured(text: str, brand: str, ticket: int = VARIABLE_LENGTH) -> Segments:
    """How a text travels when the ticket's number has so many characters, other variables 16."""
    usual = dict.fromkeys(VARIABLES, "0" * VARIABLE_LENGTH)
    return count(fill(text, usual | {"brand": brand, "ticket": "0" * ticket}))


def _of_encoding(text: str, brand: str) -> Iterator[str]:
    if _IDEOGRAPH.search(text):
        return
    found, known = misfits(text), {char: stand_in(char) for char in misfits(text)}
    table = {ord(char): instead for char, instead in known.items() if instead is not None}
    before, after = measured(text, brand), measured(text.translate(table), brand)
    for char in found:
        if (instead := known[char]) is None:
            what = "leave it out"
        else:
            what = f"write {instead} in its place" if instead.strip() else "write a plain space"
            what = what if instead else "take it out"
        yield f"{_named(char)} makes this {_sized(before)}; {what}"
    if misfits(brand) and "{brand}" in text and after.encoding != "GSM-7":
        plain = measured(text.translate(table), "0" * len(brand))
        if plain.encoding == "GSM-7":
            yield f"the brand {brand} makes this {_sized(after)}; without it {_sized(plain)}"


def _of_border(text: str, brand: str) -> Iterator[str]:
    if "{ticket" not in text:
        return
    fits = measured(text, brand, SHORT_TICKET).segments
    for length in range(SHORT_TICKET + 1, LONG_TICKET + 1):
        if measured(text, brand, length).segments > fits:
            yield (
                f"{fits} SMS segments, {fits + 1} once the ticket's number has {length} characters"
            )
            return


def _of_signature(text: str, brand: str, signature: str) -> Iterator[str]:
    """Whatever the language, an SMS to a Chinese number is signed."""
    size = measured(signature + text, brand)
    if size.segments > MOST_SEGMENTS:
        yield f"to a number of +86 it is signed: {_sized(size)}"


def _of_keys(question: Question, text: str) -> Iterator[str]:
    """Whoever answers by SMS must be told what to send."""
    told = set(re.findall(r"\d+", text))
    if missing := [number for number in _replies(question) if number not in told]:
        yield f"does not say what a reply of {', '.join(missing)} means"


def _replies(question: Question) -> list[str]:
    """The numbers that must be explained: of a scale the two ends."""
    match question.kind:
        case QuestionKind.CSAT5 | QuestionKind.NPS | QuestionKind.CES7:
            return [str(end) for end in SCALES[question.kind]]
        case QuestionKind.RESOLVED | QuestionKind.CHOICE:
            return [str(number) for number, _ in enumerate(keys(question), start=1)]
        case QuestionKind.COMMENT:
            return []


def _of_labels(question: Question, locale: str) -> Iterator[str]:
    """Answers that cannot be told apart or texted, and a score that may be left out."""
    said = [each.strip().casefold() for each in labels(question, locale).values()]
    for words in sorted({each for each in said if said.count(each) > 1}):
        yield f"has {words!r} for more than one answer"
    for words in said:
        if not isinstance(keywords.read(words, opted_out=False), keywords.Nothing):
            yield f"has {words!r} for an answer, which by SMS is heard as a wish of another kind"
    if question.headline and question.optional:
        yield "is the headline and may be passed over: without it a response has no score"


def _of_words(text: str) -> Iterator[str]:
    if taken := _CARRIERS_OWN.search(text):
        yield f"asks for {taken[1]}, which the carrier takes for itself; ask for a number"


def _of_way_out(text: str, locale: str) -> Iterator[str]:
    way_out = _WAY_OUT.get(locale)
    if way_out and not way_out.search(text):
        yield "the first message does not say how to stop them (回T退订, Reply STOP)"


def _sized(size: Segments) -> str:
    return f"{size.encoding}, {size.segments} segment{'s' if size.segments > 1 else ''}"


def _named(char: str) -> str:
    name = unicodedata.name(char, f"U+{ord(char):04X}").lower()
    return f"{char} ({name})" if char.isprintable() and not char.isspace() else f"the {name}"
