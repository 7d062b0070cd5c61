"""Folds what a person wrote into one plain form and cuts it into clauses."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from channels.characters import SIMPLIFIED
from channels.clauses import MOST_CHARACTERS
from surveys.spelling import slips

MOST_AROUND = 48  # what is longer is no mere opening or closing of an answer

#: A Thai digit that is the cheek of a face, as in (๑•̀ㅂ•́)و.
_FACE = re.compile(r"[(（]๑|๑[)）]")
#: Cantonese for "it works now"; in simplified characters it would say "enough".
_DONE = re.compile(r"(?<![唔冇似])得(?=咗)")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A stretch of a folded text between two breaks; `mark` is the break after it.

    `sentence` counts the sentences before it.
    """

    start: int
    end: int
    text: str
    mark: str
    sentence: int


def fold(text: str) -> Plain:
    """One case, one width, one form of digits; nothing invisible; cut at MOST_CHARACTERS."""
    original = text[:MOST_CHARACTERS]
    plainer = _FACE.sub(lambda face: face[0].replace("๑", "·"), original)
    plainer = _DONE.sub("好", plainer)
    folded: list[str] = []
    at: list[int] = []
    for index, char in enumerate(plainer):
        for piece in _folded(char):
            folded.append(piece)
            at.append(index)
        if len(folded) > MOST_CHARACTERS:
            break  # one character may fold to eighteen
    return Plain(original=original, text="".join(folded), at=tuple(at))


def respelled(plain: Plain) -> Plain:
    """The text with its slips mended; what was mended still knows where it came from."""
    text: list[str] = []
    at: list[int] = []
    done = 0
    for start, end, meant in slips(plain.text):
        text += (plain.text[done:start], meant)
        at += plain.at[done:start]
        at += [plain.at[start]] * (len(meant) - 1) + [plain.at[end - 1]]
        done = end
    text.append(plain.text[done:])
    at += plain.at[done:]
    return Plain(original=plain.original, text="".join(text), at=tuple(at))


def _folded(char: str) -> Iterator[str]:
    if _vanishes(char):
        return
    if char == _KEYCAP_TEN or unicodedata.category(char) == "Nl":
        # A Roman numeral of its own kind, which would fold to a mere letter.
        yield from "10" if char == _KEYCAP_TEN else f"{unicodedata.numeric(char):.0f}"
        return
    for piece in unicodedata.normalize("NFKC", char).casefold().translate(SIMPLIFIED):
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


_HAN = "\u4e00-\u9fff"
_JOINING = (
    r"(?<![a-z'])(?:and(?! running)|(?<!anything )but|so(?= (?:i|i'm|i'll|i'd|we|it|it's|that"
    r"|an?|my|you|he"
    r"|only|just|overall|giving|no|yes)(?![a-z'])| #)|because|cause"
    r"|(?<!soon )(?<!long )(?<!far )(?<!same )(?<!such )(?<!much )(?<!well )(?<!good )as"
    r"(?= (?:i|i'm|i've|i'd|we|we're|they|it's|he|she|nobody|no one|my)(?![a-z']))|though|although"
    r"|however"
    r"|then)(?![a-z'])"
    r"|但是|但|可是|不过(?!分)|然而|因为|所以|然后|而且|结果|另外|虽然|只是|而(?!且)"
)
#: A full stop or a slash within a number is none; a space is one beside a Chinese character.
_BREAK = re.compile(
    r"[,;:!?()\[\]\n\"、。…—–“”‘’「」『』【】《》|~〜<>{}]+"
    r"|\.(?![0-9])|(?<![0-9])\.|(?<![0-9 ])/|/(?![0-9 ])"
    rf"| -+ "
    rf"|(?<=[{_HAN}])(?<!非常)(?<!很)(?<!太)(?<!不)(?<!超)(?<!十分)"
    r"(?<!特别)(?<!比较)(?<!没)(?<!没有)(?<!已)(?<!已经)(?<!未) (?=[^ ])"
    # An English word that goes with the verdict after it, as in "very 满意".
    rf"|(?<=[^ {_HAN}])(?<!\bvery)(?<!\bnot)(?<!\bso)(?<!\bsuper)(?<!\breally)(?<!\btoo)"
    rf"(?<!\bquite)(?<!\bextremely)(?<!\bno) (?=[{_HAN}])|{_JOINING}"
)
_ENDS = frozenset("!?。…\n.;")


def clauses(text: str) -> tuple[Clause, ...]:
    """The clauses of a folded text in their order; words that join two belong to neither."""
    found: list[Clause] = []
    start = sentence = 0
    for match in _BREAK.finditer(text):
        if match.start() > start:
            piece = text[start : match.start()]
            found.append(
                Clause(start=start, end=match.start(), text=piece, mark=match[0], sentence=sentence)
            )
        sentence += not _ENDS.isdisjoint(match[0])
        start = match.end()
    if start < len(text):
        piece = text[start:]
        found.append(Clause(start=start, end=len(text), text=piece, mark="", sentence=sentence))
    return tuple(found)


def clause_at(parts: tuple[Clause, ...], position: int) -> Clause:
    """The clause that holds a position; `parts` is not empty."""
    return parts[max(0, bisect_right(parts, position, key=lambda part: part.start) - 1)]


_LATIN = re.compile(r"[a-z][a-z'-]*")
_LONGEST_PHRASE, _MOST_WORDS = 10, 5


def parts_of(text: str, table: Mapping[str, str]) -> str | None:
    """The letters of the parts that the words of `text` play; None where a word plays none.

    The longest phrase wins. Marks and pictures say nothing; `#` stands for a number. A text above
    MOST_AROUND plays none, which keeps the reading of a long message linear.
    """
    if len(text) > MOST_AROUND:
        return None
    letters: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == "#":
            letters.append("#")
            at += 1
        elif not text[at].isalnum():
            at += 1
        elif found := _phrase(text, at, table):
            letters.append(table[found])
            at += len(found)
        else:
            return None
    return "".join(letters)


def _phrase(text: str, at: int, table: Mapping[str, str]) -> str | None:
    if not is_latin(text[at]):
        for size in range(min(_LONGEST_PHRASE, len(text) - at), 0, -1):
            if text[at : at + size] in table:
                return text[at : at + size]
        return None
    end, longest = at, None
    for _ in range(_MOST_WORDS):
        word = _LATIN.match(text, end)
        if word is None:
            break
        if text[at : word.end()] in table:
            longest = text[at : word.end()]
        end = word.end() + 1
        if text[word.end() : end] != " ":
            break
    return longest


def is_latin(char: str) -> bool:
    """Whether the character goes on an English word."""
    return char == "'" or (char.isascii() and char.isalpha())
