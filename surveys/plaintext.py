"""Folds what a person wrote into one plain form and remembers where each character came from."""

import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from surveys.lexicon import TRADITIONAL

MOST_CHARACTERS = 1600  # the longest text a carrier takes
MOST_AROUND = 48  # what is longer is no mere opening or closing of an answer

#: What ends a clause; a full stop within a number is looked at before.
_BREAKS = frozenset(',.;:!?()[]\n\r"、。…—“”‘|/~')
_KEYCAP_TEN = "\U0001f51f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """A folded text: `text[i]` was made from `original[at[i]]`."""

    original: str
    text: str
    at: tuple[int, ...]

    def rest(self, end: int) -> str:
        """What was said after the folded position `end`, as it was written."""
        start = self.at[end - 1] + 1 if end else 0
        # Left over from a keycap, or from an emoji in two parts.
        while start < len(self.original) and _vanishes(self.original[start]):
            start += 1
        return self.original[start:].strip(' \t\r\n,.;:!?，。；：！？、）)]】-—~～…"”')

    def whole(self) -> str:
        """All that was said, without the space around it."""
        return self.original.strip()


def fold(text: str) -> Plain:
    """One case, one width, one form of digits; nothing invisible; cut at MOST_CHARACTERS."""
    original = text[:MOST_CHARACTERS]
    folded: list[str] = []
    at: list[int] = []
    for index, char in enumerate(original):
        for piece in _folded(char):
            folded.append(piece)
            at.append(index)
    return Plain(original=original, text="".join(folded), at=tuple(at))


def _folded(char: str) -> Iterator[str]:
    if _vanishes(char):
        return
    if char == _KEYCAP_TEN:
        yield from "10"
        return
    for piece in unicodedata.normalize("NFKC", char).casefold().translate(TRADITIONAL):
        digit = unicodedata.digit(piece, None)
        if piece in "’ʼ`":
            yield "'"
        elif piece in "\t\v\f\x85\u2028\u2029":
            yield "\n"
        else:
            yield piece if digit is None else str(digit)


def _vanishes(char: str) -> bool:
    # Cf: joiners and direction marks; Me: the frame of a keycap; variation selectors.
    return unicodedata.category(char) in {"Cf", "Me"} or "\ufe00" <= char <= "\ufe0f"


def clause(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the clause begins and ends that holds `text[start:end]`, as far as is worth looking."""
    earliest, latest = max(0, start - MOST_AROUND - 1), min(len(text), end + MOST_AROUND + 1)
    while start > earliest and text[start - 1] not in _BREAKS:
        start -= 1
    while end < latest and text[end] not in _BREAKS:
        end += 1
    return start, end


def made_of(text: str, words: Collection[str]) -> bool:
    """Whether nothing but these words, space, marks and pictures is in `text`; greedy.

    A text above MOST_AROUND is not, which keeps the reading of a long message linear.
    """
    if len(text) > MOST_AROUND:
        return False
    at = 0
    while at < len(text):
        if not text[at].isalnum():
            at += 1
        elif size := _word(text, at, words):
            at += size
        else:
            return False
    return True


_LONGEST_WORD = 12


def _word(text: str, at: int, words: Collection[str]) -> int:
    """The length of the longest of the words that stands at `at`; 0 for none."""
    if text[at].isascii():
        end = at + 1
        while end < len(text) and end - at <= _LONGEST_WORD and is_latin(text[end]):
            end += 1
        return end - at if text[at:end] in words else 0
    for size in range(min(_LONGEST_WORD, len(text) - at), 0, -1):
        if text[at : at + size] in words:
            return size
    return 0


def is_latin(char: str) -> bool:
    """Whether the character goes on an English word."""
    return char == "'" or (char.isascii() and char.isalpha())


def has(text: str, phrases: Collection[str]) -> bool:
    """Whether any of the phrases is in `text`; English ones only as words of their own."""
    return any(_stands(text, phrase) for phrase in phrases)


def _stands(text: str, phrase: str) -> bool:
    at = text.find(phrase)
    while at >= 0:
        end = at + len(phrase)
        glued_before = at > 0 and is_latin(phrase[0]) and is_latin(text[at - 1])
        glued_after = end < len(text) and is_latin(phrase[-1]) and is_latin(text[end])
        if not glued_before and not glued_after:
            return True
        at = text.find(phrase, at + 1)
    return False
