"""Reads what a customer says about being contacted at all, before anyone looks for an answer."""

import re
import unicodedata
from dataclasses import dataclass

from channels import phrases

MAX_WORD = 40
"""Longest message, in letters and digits, that can be a lone word; longer ones are sentences."""

USUAL_PAUSE = 30
"""Days of a pause for which no length was said."""

LONGEST_PAUSE = 365
"""Days that a customer may pause at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOutWord:
    """Stop: `certain` when the word stands alone, else a sentence that a person has to settle.

    `all_channels`: by no channel any more, or by one that may be another than this.
    """

    certain: bool
    all_channels: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OptInWord:
    """Go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpWord:
    """Who are you, and what is this?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMeWord:
    """A wish to be phoned; not `alone` when there is more in the message, such as a rating."""

    alone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseWord:
    """Leave me in peace for so many days."""

    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterWord:
    """Not now: ask me again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """Nothing of the kind: whoever asked a question may look for its answer."""


Wish = OptOutWord | OptInWord | HelpWord | CallMeWord | PauseWord | LaterWord | Nothing


def read(text: str, opted_out: bool) -> Wish:
    """The wish a message states: contract section 8, "Reading a reply", 1 to 3.

    A lone word in any case and width, whatever stands around it; then a sentence which means
    stop; then a wish to be phoned. `opted_out`: the address is, so that YES means go on. Linear.
    A pause and a "later" are lone words too: within a sentence they may be about anything.
    """
    clauses = _clauses(text)
    word = "".join(clauses).replace(" ", "")
    if len(word) <= MAX_WORD:
        lone = _lone(word, opted_out)
        if lone is not None:
            return lone
    stop = _stop(clauses)
    if stop is not None:
        return stop
    if word in phrases.CALL_WORDS:
        return CallMeWord(alone=True)
    if any(_is_call(clause) for clause in clauses):
        return CallMeWord(alone=len(clauses) == 1 and not any(char.isdigit() for char in word))
    return Nothing()


def _lone(word: str, opted_out: bool) -> Wish | None:
    if word in phrases.STOP_ALL_WORDS:
        return OptOutWord(certain=True, all_channels=True)
    if word in phrases.STOP_WORDS or phrases.STOP_REPEATED.fullmatch(word):
        return OptOutWord(certain=True, all_channels=False)
    if word in phrases.START_WORDS or (opted_out and word in phrases.AGAIN_WORDS):
        return OptInWord()
    if word in phrases.HELP_WORDS:
        return HelpWord()
    if word in phrases.PROBABLE_STOPS:
        return OptOutWord(certain=False, all_channels=False)
    if phrases.LATER.fullmatch(word):
        return LaterWord()
    return _pause(word)


def _pause(word: str) -> PauseWord | None:
    match = phrases.PAUSE.fullmatch(word)
    if match is None:
        return None
    said = match["number"] or match["count"]
    if said is None:
        return PauseWord(days=USUAL_PAUSE)
    number = phrases.NUMERALS.get(said) or int(said)
    days = int(number * phrases.UNITS[(match["unit"] or match["span"] or "d")[0]])
    # Who asks for longer has it as long as may be; nothing is no while at all.
    return PauseWord(days=min(days, LONGEST_PAUSE)) if days else None


def _stop(clauses: list[str]) -> OptOutWord | None:
    for clause in clauses:
        everywhere = phrases.STOP_ALL_ENGLISH.search(clause) or phrases.STOP_ALL_CHINESE.search(
            clause.replace(" ", "")
        )
        if everywhere:
            return OptOutWord(certain=False, all_channels=True)
    for clause in clauses:
        here = phrases.STOP_ENGLISH.search(clause) or phrases.STOP_CHINESE.search(
            clause.replace(" ", "")
        )
        if here:
            return OptOutWord(certain=False, all_channels=False)
    return None


def _is_call(clause: str) -> bool:
    word = clause.replace(" ", "")
    return (
        word.strip("0123456789") in phrases.CALL_CLAUSES
        or phrases.CALL_ENGLISH.search(clause) is not None
        or phrases.CALL_CHINESE.fullmatch(word) is not None
    )


_JOINED = re.compile(
    r"['’‘ʼ`´＇\u200b-\u200d\u2060\ufe0e\ufe0f]"
)  # within a word, and no part of it
_BREAK = re.compile(r"[^\w\s-]+|[\r\n]+|_+")


def _clauses(text: str) -> list[str]:
    """The message in lower case and simplified characters, cut at its marks, one space at most."""
    plain = unicodedata.normalize("NFKC", _JOINED.sub("", text)).casefold()
    plain = plain.translate(phrases.SIMPLIFIED)
    parts = (" ".join(part.replace("-", " ").split()) for part in _BREAK.split(plain))
    return [part for part in parts if part]
