"""Cuts a comment into the words and pairs of neighbours that may be its topics."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from channels.clauses import plain
from surveys.topics.words import DEGREES, NEGATIONS, SINGLES, STOP, VERDICTS

Cut = Callable[[str], Sequence[str]]
"""Cuts a run of Chinese characters into words; put together they are the run again."""

LONGEST = 40
"""Characters of a term: what is longer is an address of the web, or a cat on the keys."""

# What was masked, and what should have been: mailboxes.
_MASKS = re.compile(r"\[[a-z]+\]|[a-z0-9._+-]+@[a-z0-9.-]+")
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_PARTS = re.compile(
    # A space between Chinese characters is written for a mark.
    rf"(?P<han>[{_HAN}]+)(?P<gap>\s+(?=[{_HAN}]))?"
    r"|(?P<latin>[a-z0-9]+(?:['+-][a-z0-9]+)*)"
    r"|[^\w ]"
)
_DIGITS = re.compile(r"[\d+'-]+|.*\d\d.*")  # 5g is a word, T-77 is a number

_BROKEN = ""
_SHORT = 2  # characters of a word that is never taken apart


def folded(term: str) -> str:
    """A term as `terms` tells it, however it was typed."""
    return " ".join(plain(term).split())


def terms(text: str, cut: Cut) -> frozenset[str]:
    """The words of a comment, and the pairs of words that stand together in it, each once.

    One case, one width, simplified characters. Words that tell nothing are left out, a word that is
    denied is told with its negation (没解决, "not fixed"). Numbers, mailboxes and what was masked
    are no words.
    """
    found: set[str] = set()
    before = _BROKEN
    for word in _telling(_words(_MASKS.sub("\n", plain(text)), cut)):
        if word:
            found.add(word)
            if before:
                found.add(_joined(before, word))
        before = word
    return frozenset(term for term in found if len(term) <= LONGEST)


def _words(text: str, cut: Cut) -> Iterator[str]:
    """The words of a text, with `_BROKEN` where two neighbours do not belong together."""
    for part in _PARTS.finditer(text):
        if part["latin"]:
            yield part["latin"]
            continue
        if part["han"]:
            for word in cut(part["han"]):
                if len(word) > _SHORT and word[-1] in VERDICTS:
                    yield word[:-1]
                    yield word[-1]
                else:
                    yield word
        if part["gap"] or not part["han"]:
            yield _BROKEN


def _telling(words: Iterable[str]) -> Iterator[str]:
    """The words that may be a topic, with `_BROKEN` in the place of others."""
    denied = ""
    for word in words:
        if word in NEGATIONS:
            denied = NEGATIONS[word]
        elif word in DEGREES:
            continue
        elif _tells_nothing(word, denied):
            denied = ""
            yield _BROKEN
        else:
            told = word[1:] if word[0] in DEGREES and word[1:] in SINGLES else word
            yield _joined(denied, told) if denied else told
            denied = ""


def _tells_nothing(word: str, denied: str) -> bool:
    if not word or word in STOP or _DIGITS.fullmatch(word):
        return True
    return len(word) == 1 and word not in SINGLES and not (denied and _is_han(word))


def _joined(one: str, other: str) -> str:
    return f"{one}{other}" if _is_han(one[-1]) and _is_han(other[0]) else f"{one} {other}"


def _is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff"
