"""Finds the numerals of a folded text, however they are written, with their units of rating."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from surveys import lexicon
from surveys.amounts import AMOUNT

_ROMAN = {"ii": 2, "iii": 3, "iv": 4, "vi": 6, "vii": 7, "viii": 8, "ix": 9}
_TOKEN = re.compile(
    rf"(?P<amount>{AMOUNT})"
    r"|(?P<times>(?:[★⭐🌟] ?[x×*✖] ?[0-9]{1,2}|[0-9]{1,2} ?[x×*✖] ?[★⭐🌟])(?![0-9★☆⭐🌟%]))"
    r"|(?P<digits>[0-9]+(?:\*{2,8}[0-9]+)?)(?:\.0{1,2}(?![0-9]))?"
    r"|(?P<full>满分|满星|(?<![a-z'])(?:full marks|top marks|full score)(?![a-z']))"
    rf"|(?P<hanzi>[{''.join(lexicon.HANZI)}]+)"
    rf"|(?P<word>(?<![a-z'])(?:{'|'.join(lexicon.WORDS)})(?![a-z']))"
    r"|(?P<roman>(?<![^\s\W])(?:viii|vii|vi|iv|ix|iii|ii)(?![a-z']))"
    r"|(?P<stars>(?![★☆⭐🌟✨] ?[0-9]|✨{2,9} ?[0-9]|(?<=[0-9分星✨])✨)(?:[★☆⭐🌟✨]\s?)+"
    r"|\A\s{0,9}\*(?: ?\*){2,4}\s{0,9}\Z)"
)
UNIT = re.compile(
    r" {0,2}-?(?P<star>(?:stars?(?![a-z])|颗[星★⭐🌟]|粒星|颗(?!粒)|个星|星)"
    r"(?: ?[★⭐🌟](?![★☆⭐🌟]))?|[★☆⭐🌟](?![★☆⭐🌟]))"
    r"| {0,2}-?(?:points?(?![a-z])|marks?(?![a-z])|pts?(?![a-z])|个?分数?)"
    r"|s(?= (?:across|from (?:me|us)|all (?:a?round|the way|over)))|(?<=all [0-9])s(?![a-z])"
    r"|(?<=straight [0-9])s(?![a-z])"
)

_MOST_DIGITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number that may be an answer; `value` None: no whole number of at most two digits.

    `kind` is how it was written: `digits`, `hanzi`, `word`, `roman`, `stars`, `full`; `unit`: a
    unit of rating follows; `star`: that unit is stars; `signed`: a sign makes another thing of it.
    """

    start: int
    end: int
    kind: str
    value: int | None
    unit: bool = False
    star: bool = False
    whole: bool = False  # with its "of so many", as 4/5
    signed: bool = False


def numerals(text: str, highest: int) -> list[Number]:
    """All numerals of a folded text in their order, each with the unit of rating that follows it.

    `highest`: what "full marks" are worth. Amounts (`surveys.amounts`) are left out.
    """
    return [_with_unit(text, token) for token in _tokens(text, highest)]


def _tokens(text: str, highest: int) -> Iterator[Number]:
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        if kind == "amount":
            continue
        stars = kind in {"stars", "times"}
        yield Number(
            start=match.start(),
            end=match.end(),
            kind=kind,
            value=_value(kind, match[kind], highest, alone=match[kind] == text.strip()),
            unit=stars,  # a row of stars brings its unit along
            star=stars,
        )


def _value(kind: str, said: str, highest: int, *, alone: bool) -> int | None:
    match kind:
        case "digits":
            led = not alone and said != "0" and said.startswith("0")  # part of a date, a code
            return int(said) if len(said) <= _MOST_DIGITS and not led else None
        case "times":  # so many stars: ⭐x5
            return int("".join(filter(str.isdecimal, said)))
        case "full":
            return highest
        case "hanzi":
            return lexicon.HANZI.get(said)
        case "word":
            return lexicon.WORDS[said]
        case "roman":
            return _ROMAN[said]
        case _:
            return _stars("".join(said.split()), highest)


def _stars(said: str, highest: int) -> int | None:
    said = said.replace("*", "★")
    lit = said.rstrip("☆")
    whole = "☆" not in lit and (lit == said or len(said) == highest)
    return len(lit) if lit and whole else None


def _with_unit(text: str, token: Number) -> Number:
    unit = UNIT.match(text, token.end)
    if unit is None or token.kind == "stars" or goes_on(text, unit.end()):
        return token
    return replace(token, end=unit.end(), unit=True, star=unit["star"] is not None)


def goes_on(text: str, at: int) -> bool:
    """Whether what was taken for a unit is the beginning of another word, as in 分钟 and 星期."""
    return text[at : at + 1] in lexicon.AFTER_POINTS
