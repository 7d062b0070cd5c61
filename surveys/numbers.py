"""Finds the numbers of a folded text that may rate, and the doubts that forbid to rely on any."""

import re
from dataclasses import dataclass, replace

from surveys.counting import NEAR, before_counted, counts, is_name
from surveys.numerals import Number, numerals

_OUT_OF = re.compile(r" {0,2}(?:/|out of|outof|of a possible|of) {0,2}\Z")
_RANGE = re.compile(
    r" {0,2}(?:分|星|points?|stars?)?"
    r" {0,2}(?:-{1,2}|~|–|—|〜|到|至|to|in|/|或者?|or(?: an? (?:low|high|weak|strong|solid"
    r"|generous))?|、|对|vs|v) {0,2}\Z"
)
_EITHER = re.compile(r",? {0,2}(?:maybe|perhaps|possibly|或许|也许|可能)(?: an?)? {0,2}\Z")
_DECIMAL = re.compile(r"(?:[.,]|点)\Z")
_HALF = re.compile(r" {0,2}(?:个?半(?![天年月小夜])|and a (?:half|bit|little|quarter)|½)|\+")
#: The scale itself is named: 五分满分, 满分10分, 十分制.
_WHOLE = re.compile(r" {0,2}(?:满分|制|为满分|是满分|封顶)")
#: How many they are said with them, and nothing else.
_FULL_MARKS = re.compile(r"\W{0,4}(?:满分[0-9]{1,2}分?|[0-9]{1,2}分?满分)\W{0,4}")
_OF_WHOLE = re.compile(r"(?:满分|总分|max|maximum)(?:是|为|:)? {0,2}\Z")

_SIGNS_BEFORE = frozenset("+-#$¥€£<>≥≤≈±°^\\=")
_SIGNS_AFTER = frozenset("+%°‰℃^×\\=")
_EVENS = 50
"""Fifty of fifty is no full marks: it is as likely as not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Why no number of the text can be relied on: `range`, `half` or `out_of_scale`."""

    reason: str


def numbers(text: str, highest: int, *, named: bool = True) -> tuple[Number, ...] | Doubt:
    """The numbers of a folded text that do not count something else, in their order.

    `highest` is the top of the scale. `named`: "No. 2" names something else, as it does wherever
    no options are to be chosen from. README of the table, "Ratings".
    """
    joined = _joined(numerals(text, highest), text, highest, shares=named)
    if isinstance(joined, Doubt):
        return joined
    found: list[Number] = []
    named_only = all(is_name(text, token) for token in joined)
    starts, ends = {token.start for token in joined}, {token.end for token in joined}
    for token in joined:
        if is_name(text, token) and not named_only:
            continue
        if token.kind == "full" and (token.start in ends or token.end in starts):
            continue  # "full marks" only says how many those are
        scale = _is_scale(text, token)
        if scale and token.value != highest:
            return Doubt(reason="out_of_scale")
        if scale or counts(text, token, named=named):
            continue
        if half := _HALF.match(text, token.end):
            if half[0] != "+" or token.value != highest:  # there is nothing above the top
                return Doubt(reason="half")
            found.append(replace(token, end=half.end()))
            continue
        found.append(replace(token, signed=_is_signed(text, token)))
    return tuple(found)


def _joined(tokens: list[Number], text: str, highest: int, *, shares: bool) -> list[Number] | Doubt:
    """Takes "4/5" for one number and refuses ranges and decimals."""
    found: list[Number] = []
    for token in tokens:
        last = found[-1] if found else None
        if last is not None and token.start < last.end:
            continue  # the star that was the unit
        between = text[last.end : token.start][:NEAR] if last else ""
        counting = not token.unit and counts(text, token, named=shares)
        counting = counting and (token.kind == "digits" or before_counted(text, token.end))
        if last is not None and counting and not last.start and between == " - ":
            continue  # "1 - 45 minutes": a dash after the answer
        joins = _RANGE.fullmatch(between) or (shares and _OUT_OF.fullmatch(between))
        counting = counting or (last is not None and _is_own_scale(text, last, token, highest))
        if last is not None and counting and not last.unit and joins:
            # "9到11点" is a time, "2-3次" a count, "1 of 2 problems" a share, 0 to 10 the scale.
            found.pop()
            continue
        counted = between.strip(" ") == "," and (
            counts(text, token, named=shares)
            or (last is not None and not last.unit and counts(text, last, named=shares))
        )
        if last is None or not between or counted or is_name(text, last):
            found.append(token)
        elif shares and not last.whole and _OUT_OF.fullmatch(between):
            share = _share(text, last, token, highest)
            if share is None:
                return Doubt(reason="out_of_scale")
            found[-1] = share
        elif _DECIMAL.fullmatch(between) and last.kind == token.kind and not last.unit:
            if between != "," or not _is_beyond(last, highest):
                return Doubt(reason="half")
            found.append(token)  # "测速950，5分": the mark of a Chinese clause
        elif _RANGE.fullmatch(between) or _EITHER.fullmatch(between):
            if not (_is_beyond(last, highest) and _is_beyond(token, highest)):
                return Doubt(reason="range")
            found.append(token)  # "bills went from 45 to 62"
        else:
            found.append(token)
    return found


#: Before and after a range: it is the whole scale, and no doubt between two numbers.
_ON_A_SCALE = re.compile(r"(?:scale (?:of|from)|从|按) ?\Z")
_SCALE_THEN = re.compile(r"分?(?:的话|之间|分?里|制)")


def _is_own_scale(text: str, first: Number, last: Number, highest: int) -> bool:
    if first.value not in {0, 1} or last.value != highest:
        return False
    before = text[max(0, first.start - NEAR) : first.start]
    named = _ON_A_SCALE.search(before) or _SCALE_THEN.match(text, last.end)
    return _RANGE.fullmatch(text[first.end : last.start][:NEAR]) is not None and named is not None


def _share(text: str, part: Number, whole: Number, highest: int) -> Number | None:
    """The number that "4 of 5" is: of the scale's top, or all there is; else None."""
    value = part.value
    if whole.value != highest:
        said = text[part.start : part.end], text[whole.start : whole.end]
        if (part.value != whole.value and said[0] != said[1]) or part.value == _EVENS:
            return None
        value = highest
    return replace(
        part,
        end=whole.end,
        value=value,
        whole=True,
        unit=part.unit or whole.unit,
        star=part.star or whole.star,
    )


def _is_beyond(token: Number, highest: int) -> bool:
    return not token.unit and (token.value is None or token.value > highest)


def _is_scale(text: str, token: Number) -> bool:
    if token.kind == "full":
        return False
    before = text[max(0, token.start - NEAR) : token.start]
    if _FULL_MARKS.fullmatch(text):
        return False
    return _WHOLE.match(text, token.end) is not None or _OF_WHOLE.search(before) is not None


def _is_signed(text: str, token: Number) -> bool:
    before, after = text[max(0, token.start - 1) : token.start], text[token.end : token.end + 2]
    if before in _SIGNS_BEFORE and before and not _is_dash(text, token.start - 1):
        return True
    if before == "~" or (after[:1] in _SIGNS_AFTER and not _explains(after)):
        return True
    # "5-" may be half a range; "5-great" and "5 - great" are not.
    return after in {"-", "- ", "/"}


def _explains(after: str) -> bool:
    """Whether a label follows, as in "5=very satisfied"."""
    return after[:1] == "=" and after[1:].isalpha()


def _is_dash(text: str, at: int) -> bool:
    """Whether the sign parts a number from a word before it, as in "service -5"."""
    return text[at] == "-" and at > 1 and text[at - 1] == " " and text[at - 2].isalpha()
