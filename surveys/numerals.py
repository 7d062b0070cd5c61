"""Finds the numbers in a folded text and tells those that rate from those that count."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from surveys import lexicon
from surveys.plaintext import clause, is_latin, made_of

_TOKEN = re.compile(
    r"(?P<digits>[0-9]+)"
    r"|(?P<full>满分)"
    rf"|(?P<hanzi>[{''.join(lexicon.HANZI)}]+)"
    rf"|(?P<word>(?<![a-z'])(?:{'|'.join(lexicon.WORDS)})(?![a-z']))"
    r"|(?P<stars>[★☆⭐🌟]+)"
)
_UNIT = re.compile(r" {0,2}-?(?:stars?(?![a-z])|points?(?![a-z])|颗星|个星|星|分)")
_OUT_OF = re.compile(r" {0,2}(?:/|out of|of) {0,2}\Z")
_RANGE = re.compile(r" {0,2}(?:-{1,2}|~|–|—|〜|到|至|to|/) {0,2}\Z")
_DECIMAL = re.compile(r"(?:[.,]|点)\Z")
_HALF = re.compile(r" {0,2}(?:半|and a half)")

_SIGNS_BEFORE = frozenset("+-~#$¥€£<>≥≤≈±°^*_/\\")
_SIGNS_AFTER = frozenset("+%°‰℃^*_×/\\")
_MOST_DIGITS = 2

_NEAR = 12
#: 十分 before a word says "very"; alone it says ten points.
_VERY = re.compile(r"十分\w")
_WORD = re.compile(r"[a-z']+")
#: Before a number: it is a name or an ordinal.
_NAMES = re.compile(r"(?:第|周|星期|礼拜|(?<![a-z])(?:no\.|nr|top|number)) {0,2}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number that may be an answer; `value` None: no whole number of at most two digits.

    `sure`: it stands where an answer stands.
    """

    start: int
    end: int
    value: int | None
    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Why no number of the text can be relied on: `range`, `half` or `out_of_scale`."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    start: int
    end: int
    kind: str
    value: int | None
    unit: bool = False
    whole: bool = False  # with its "of so many", as 4/5


def numbers(
    text: str, highest: int, *, units: bool, beside: frozenset[str] = frozenset()
) -> tuple[Number, ...] | Doubt:
    """The numbers of a folded text that do not count something else, in their order.

    `highest` is the top of the scale; `units`: whether 分, stars and "out of" may follow; `beside`:
    further words that may stand around an answer.
    """
    tokens = _joined(list(_tokens(text, highest)), text, highest if units else None)
    if isinstance(tokens, Doubt):
        return tokens
    found: list[Number] = []
    for token in tokens:
        unit = None if token.whole else _UNIT.match(text, token.end)
        if unit and not _goes_on(text, unit.end()):
            token = replace(token, end=unit.end(), unit=True)
        if _HALF.match(text, token.end):
            return Doubt(reason="half")
        if _counts(text, token):
            continue
        sure = _is_sure(text, token, beside) and (units or not token.unit)
        if sure or _is_striking(text, token):
            found.append(Number(start=token.start, end=token.end, value=token.value, sure=sure))
    return tuple(found)


def _tokens(text: str, highest: int) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        value = _value(kind, match[0], highest)
        # A row of stars brings its unit along.
        yield _Token(
            start=match.start(), end=match.end(), kind=kind, value=value, unit=kind == "stars"
        )


def _value(kind: str, said: str, highest: int) -> int | None:
    match kind:
        case "digits":
            plain = len(said) <= _MOST_DIGITS and (said == "0" or not said.startswith("0"))
            return int(said) if plain else None
        case "full":
            return highest
        case "hanzi":
            return lexicon.HANZI.get(said)
        case "word":
            return lexicon.WORDS[said]
        case _:
            return _stars(said, highest)


def _stars(said: str, highest: int) -> int | None:
    lit = said.rstrip("☆")
    whole = "☆" not in lit and (lit == said or len(said) == highest)
    return len(lit) if lit and whole else None


def _joined(tokens: list[_Token], text: str, highest: int | None) -> list[_Token] | Doubt:
    """Takes "4/5" for one number and refuses ranges and decimals."""
    found: list[_Token] = []
    for token in tokens:
        last = found[-1] if found else None
        between = text[last.end : token.start] if last else ""
        if last is None or not between:
            found.append(token)
        elif highest is not None and not last.whole and _OUT_OF.fullmatch(between):
            if token.value != highest:
                return Doubt(reason="out_of_scale")
            found[-1] = replace(last, end=token.end, whole=True)
        elif _DECIMAL.fullmatch(between):
            return Doubt(reason="half")
        elif _RANGE.fullmatch(between):
            return Doubt(reason="range")
        else:
            found.append(token)
    return found


def _goes_on(text: str, at: int) -> bool:
    """Whether what was taken for a unit is the beginning of another word, as in 分钟 and 星期."""
    return text[at : at + 3].lstrip(" ")[:1] in lexicon.AFTER_POINTS


def _counts(text: str, token: _Token) -> bool:
    """Whether the number counts or names something: 3次, 5 days, 第2, wifi6, 5g, 5分钟."""
    if token.kind == "stars":
        return False
    near = text[max(0, token.start - _NEAR) : token.start]
    if _NAMES.search(near) or (token.kind == "digits" and near and is_latin(near[-1])):
        return True
    after = text[token.end : token.end + 2 * _NEAR]
    if token.unit and _VERY.match(text, token.start):
        return True
    if (unit := _UNIT.match(after)) and not token.unit:
        return _goes_on(after, unit.end())
    following = after.lstrip(" ")
    if following[:1] in lexicon.COUNTED_HANZI:
        return True
    return _is_counted(following, glued=following == after and not token.unit)


def _is_counted(following: str, *, glued: bool) -> bool:
    word = _WORD.match(following)
    if word is None:
        return False
    if glued or word[0] in lexicon.COUNTED_WORDS:
        return True
    return word[0].endswith("s") and word[0] not in lexicon.NO_PLURALS


def _is_sure(text: str, token: _Token, around: frozenset[str]) -> bool:
    first, last = clause(text, token.start, token.end)
    after = text[token.end : last]
    if _is_signed(text, token) or after.lstrip(" ").startswith(lexicon.HEDGES_AFTER):
        return False
    if not made_of(text[first : token.start], lexicon.OPENINGS | around):
        return False
    if token.unit or token.whole:
        return True
    leads = token.kind == "digits" and made_of(text[: token.start], lexicon.OPENINGS | around)
    return leads or made_of(after, lexicon.CLOSINGS | around)


def _is_signed(text: str, token: _Token) -> bool:
    before, after = text[max(0, token.start - 1) : token.start], text[token.end : token.end + 2]
    if before in _SIGNS_BEFORE or after[:1] in _SIGNS_AFTER:
        return True
    # "5-" may be half a range; "5-great" and "5 - great" are not.
    return after in {"-", "- "}


def _is_striking(text: str, token: _Token) -> bool:
    """Whether a number that is no sure answer still makes another one doubtful."""
    if token.kind in {"digits", "stars"} or token.unit or token.whole:
        return True
    if token.kind == "full" or text[token.start : token.end] == "one":
        return False
    around = text[max(0, token.start - 1) : token.start] + text[token.end : token.end + 1]
    return not any(char.isalnum() for char in around)
