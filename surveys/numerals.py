"""Finds the numbers in a folded text and tells those that rate from those that count."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from surveys import lexicon
from surveys.amounts import AFTER_A_WHILE, AMOUNT, is_word
from surveys.plaintext import is_latin, parts_of

_ROMAN = {
    "i": 1,
    "ii": 2,
    "iii": 3,
    "iv": 4,
    "v": 5,
    "vi": 6,
    "vii": 7,
    "viii": 8,
    "ix": 9,
    "x": 10,
}
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
_UNIT = re.compile(
    r" {0,2}-?(?P<star>(?:stars?(?![a-z])|颗[星★⭐🌟]|粒星|颗(?!粒)|个星|星)"
    r"(?: ?[★⭐🌟](?![★☆⭐🌟]))?|[★☆⭐🌟](?![★☆⭐🌟]))"
    r"| {0,2}-?(?:points?(?![a-z])|marks?(?![a-z])|pts?(?![a-z])|个?分数?)"
    r"|s(?= (?:across|from (?:me|us)|all (?:a?round|the way|over)))|(?<=all [0-9])s(?![a-z])"
    r"|(?<=straight [0-9])s(?![a-z])"
)
_OUT_OF = re.compile(r" {0,2}(?:/|out of|outof|of a possible|of) {0,2}\Z")
_RANGE = re.compile(
    r" {0,2}(?:分|星|points?|stars?)?"
    r" {0,2}(?:-{1,2}|~|–|—|〜|到|至|to|in|/|或者?|or(?: an? (?:low|high|weak|strong|solid"
    r"|generous))?|、|对|vs|v) {0,2}\Z"
)
_EITHER = re.compile(r",? {0,2}(?:maybe|perhaps|possibly|或许|也许|可能)(?: an?)? {0,2}\Z")
_BETWEEN = re.compile(r"(?:between|从|介于|在) {0,2}\Z")
_DECIMAL = re.compile(r"(?:[.,]|点)\Z")
_HALF = re.compile(r" {0,2}(?:个?半(?![天年月小夜])|and a (?:half|bit|little|quarter)|½)|\+")
#: The scale itself is named: 五分满分, 满分10分, 十分制.
_WHOLE = re.compile(r" {0,2}(?:满分|制|为满分|是满分|封顶)")
#: How many they are said with them, and nothing else.
_FULL_MARKS = re.compile(r"\W{0,4}(?:满分[0-9]{1,2}分?|[0-9]{1,2}分?满分)\W{0,4}")
_OF_WHOLE = re.compile(r"(?:满分|总分|max|maximum)(?:是|为|:)? {0,2}\Z")

_SIGNS_BEFORE = frozenset("+-#$¥€£<>≥≤≈±°^\\=")
_SIGNS_AFTER = frozenset("+%°‰℃^×\\=")
_MOST_DIGITS = 2
_EVENS = 50
"""Fifty of fifty is no full marks: it is as likely as not."""
_NAMES_FROM = 5
"""Digits from which on a number without a unit is a telephone's, an account's, an order's."""
_SLANG = re.compile(r"6{3,}|8{2,3}|886|9{3,}|23{2,}|520|1314")

_NEAR = 16
#: 十分 before a word says "very"; alone it says ten points.
_VERY = re.compile(r"十分(?!制|满分|吧|啦|了|的(?!满意|不满)|呢|哦|啊)\w")
#: What begins with a word that counts, and is another one: 5小王很好, 1 套餐太贵, 1 天天断网.
_ANOTHER_WORD = re.compile(
    r"([\u4e00-\u9fff])\1|小(?!时)|比(?![0-9一二三四五六七八九十])|家[里人中的]|更|根本|几乎"
    r"|本[来地人]|手[机续]"
    r"|路[由上]|话费|口[碑音]|首先|人(?:很|真|特|挺|超|蛮|工|员|不错|态|还|家)|来[得的](?!时候)"
    r"|道歉|回[复访应]"
    r"|号码|年轻|月底|点赞|秒[修回]|时间|周[到围]|室内|部分|通[话知]|光[猫纤]|套[餐路]|期[待望]"
    r"|排队|支[付持]"
    r"|万分|单位|台风|门[口店]|楼[上下道]|项目|批评|把(?![0-9一二])|与其"
    r"|和(?![0-9一二三四五六七八九十])|条理|度过|句句"
)
#: What somebody has none of: "zero signal", 0投诉.
_LACKED = re.compile(
    r"(?:signal|service(?! (?:was|is|were|has))|help|support|internet|coverage|communication"
    r"|effort|response|respect|care"
    r"|interest)(?![a-z'])"
    r"|投诉|基础|距离|反应|效果|信号|问题|故障|信任"
)
#: Before "one", which then stands for a thing.
_STANDS_FOR = re.compile(
    r"(?<![a-z'])(?:this|that|the|which|each|every|another|wrong|only|last|first|next|old|new|good"
    r"|nice|great|other) \Z"
)
_WORD = re.compile(r"[a-z']+")
_GOES_ON = re.compile(
    r"(?:is|was) (?:my|our) (?:rating|answer|score|vote|mark|choice|final)|nothing special"
)
_PLURAL = re.compile(r"[a-z']*[^s]s")
#: "2 lovely engineers": a word that describes, and what is counted.
_COUNTED = re.compile(
    r"[a-z]{3,12}ed (?:appointments?|visits?|calls?|hours|days|weeks|promises|emails|tickets"
    r"|attempts)\b|(?!(?:still|not|never|no|nobody|someone|everyone|the|my|you|he|she|they|it|i"
    r"|we|your|this|that"
    r"|because|as|for"
    r"|only|just|always|very|so|too|is|was"
    r"|[a-z']+(?:ing|ed)|really|actually|honestly|nearly|barely"
    r"|hardly)\b)[a-z']+ (?!(?:always|this|is|was|has|does|as|us|his|its|it's"
    r"|yes|thanks|cheers|unless|plus|sometimes|less)\b)[a-z]+(?<!s)s\b(?! (?:is|was|are|were))"
)
#: Before a number: it is a name, an ordinal, a time or a place.
_NAMES = re.compile(
    r"(?:第|周|(?<!个)星期|(?<!个)礼拜|编号(?:是|为)?|单号(?:是|为)?|工单(?:号)?(?:是|为)?|房间"
    r"|扣[了的]?"
    r"|减[了的]?|留了?"
    r"|(?:加|多|少|(?<!最)差|负|前|后|近|共|约了?)(?! )"
    r"|(?<![a-z'])(?:nr|top|strike|(?<!all )round|at|(?<!spot )(?<!bang )on|in|by|since|from|till"
    r"|until|after|before"
    r"|past|flat|room|floor|apt"
    r"|apartment|unit|level|house|channel|port|(?<!phone )line|ticket|order|case|ref|reference"
    r"|account"
    r"|building"
    r"|street|page|version|wifi|phone|step|minus|high|owe|extra|another|these|those|every|within"
    r"|no\.|(?:ticket|order|case|account|phone|my) (?:no\.?|number)(?: is)?)) {0,2}[#:]? {0,2}\Z"
)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Why no number of the text can be relied on: `range`, `half` or `out_of_scale`."""

    reason: str


def numbers(text: str, highest: int, *, named: bool = True) -> tuple[Number, ...] | Doubt:
    """The numbers of a folded text that do not count something else, in their order.

    `highest` is the top of the scale. `named`: "No. 2" names something else, as it does wherever
    no options are to be chosen from. README of the table, "Ratings".
    """
    tokens = [_with_unit(text, token) for token in _tokens(text, highest)]
    joined = _joined(tokens, text, highest, shares=named)
    if isinstance(joined, Doubt):
        return joined
    found: list[Number] = []
    named_only = all(_is_name(text, token) for token in joined)
    for token in joined:
        if _is_name(text, token) and not named_only:
            continue
        if token.kind == "full" and _beside_number(joined, token):
            continue
        scale = _is_scale(text, token)
        if scale and token.value != highest:
            return Doubt(reason="out_of_scale")
        if scale or _counts(text, token, named=named):
            continue
        if half := _HALF.match(text, token.end):
            if half[0] != "+" or token.value != highest:  # there is nothing above the top
                return Doubt(reason="half")
            found.append(replace(token, end=half.end()))
            continue
        found.append(replace(token, signed=_is_signed(text, token)))
    return tuple(found)


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
    unit = _UNIT.match(text, token.end)
    if unit is None or token.kind == "stars" or _goes_on(text, unit.end()):
        return token
    return replace(token, end=unit.end(), unit=True, star=unit["star"] is not None)


def _joined(tokens: list[Number], text: str, highest: int, *, shares: bool) -> list[Number] | Doubt:
    """Takes "4/5" for one number and refuses ranges and decimals."""
    found: list[Number] = []
    for token in tokens:
        last = found[-1] if found else None
        if last is not None and token.start < last.end:
            continue  # the star that was the unit
        between = text[last.end : token.start][:_NEAR] if last else ""
        counts = not token.unit and _counts(text, token, named=shares)
        counts = counts and (token.kind == "digits" or _is_unit(text, token.end))
        if last is not None and counts and not last.start and between == " - ":
            continue  # "1 - 45 minutes": a dash after the answer
        joins = _RANGE.fullmatch(between) or (shares and _OUT_OF.fullmatch(between))
        if last is not None and counts and not last.unit and joins:
            found.pop()  # "9到11点" is a time, "2-3次" a count, "1 of 2 problems" a share
            continue
        counted = between.strip(" ") == "," and (
            _counts(text, token, named=shares)
            or (last is not None and not last.unit and _counts(text, last, named=shares))
        )
        if last is None or not between or counted or _is_name(text, last):
            found.append(token)
        elif shares and not last.whole and _OUT_OF.fullmatch(between):
            alike = (
                last.value == token.value
                or text[last.start : last.end] == text[token.start : token.end]
            )
            top = highest if alike and last.value != _EVENS else None
            if token.value != highest and top is None:
                return Doubt(reason="out_of_scale")
            found[-1] = replace(
                last,
                end=token.end,
                value=last.value if token.value == highest else top,
                whole=True,
                unit=last.unit or token.unit,
                star=last.star or token.star,
            )
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


def _is_beyond(token: Number, highest: int) -> bool:
    return not token.unit and (token.value is None or token.value > highest)


def _goes_on(text: str, at: int) -> bool:
    """Whether what was taken for a unit is the beginning of another word, as in 分钟 and 星期."""
    return text[at : at + 1] in lexicon.AFTER_POINTS


def _is_scale(text: str, token: Number) -> bool:
    if token.kind == "full":
        return False
    before = text[max(0, token.start - _NEAR) : token.start]
    if _FULL_MARKS.fullmatch(text):
        return False
    return _WHOLE.match(text, token.end) is not None or _OF_WHOLE.search(before) is not None


def _beside_number(tokens: list[Number], full: Number) -> bool:
    """Whether "full marks" only says how many those are."""
    return any(token.end == full.start or token.start == full.end for token in tokens)


def _counts(text: str, token: Number, *, named: bool) -> bool:
    """Whether the number counts or names something: 3次, 5 days, 第2, wifi6, 5g, 5分钟."""
    if token.kind == "stars":
        return False
    near = text[max(0, token.start - _NEAR) : token.start]
    if text[token.start : token.end] == "one" and _STANDS_FOR.search(near):
        return True
    if (named and _NAMES.search(near)) or (
        token.kind == "digits"
        and near
        and not token.unit
        and (is_latin(near[-1]) or (near[-1:] == "-" and near[-2:-1].isalpha()))
    ):
        return True
    if token.unit:
        return _VERY.match(text, token.start) is not None
    after = text[token.end : token.end + 2 * _NEAR]
    if unit := _UNIT.match(after):
        return _goes_on(after, unit.end())
    if token.kind == "hanzi" and _in_word(near[-1:], after[:1]):
        return True
    following = after.lstrip(" ")
    if following.startswith("of course"):
        return False
    if following[:1] in lexicon.COUNTED_HANZI and not following.startswith("多谢"):
        return _ANOTHER_WORD.match(following) is None
    if following.startswith("成") and not following.startswith(("成吧", "成交")):
        return True
    if text[token.start : token.end] in {"0", "zero", "零"} and _LACKED.match(following):
        return True
    if is_word(text, token.start, token.end):
        return True
    return _is_counted(following, glued=following == after, one=token.value == 1)


def _is_unit(text: str, at: int) -> bool:
    return text[at : at + 1] in lexicon.COUNTED_HANZI


def _is_name(text: str, token: Number) -> bool:
    digits = text[token.start : token.end]
    long = len(digits) >= _NAMES_FROM or _SLANG.fullmatch(digits) is not None
    return long and token.kind == "digits" and not (token.unit or token.whole)


_BEFORE_HANZI, _AFTER_HANZI = (
    frozenset("给打评选是为个我号第答复"),
    frozenset("吧了的啊哦呀啦哈呢满制到至或和与"),
)


def _in_word(before: str, after: str) -> bool:
    """Whether a number in characters is part of a word: 一般, 唯一, 三心二意."""
    return (_is_han(before) and before not in _BEFORE_HANZI) or (
        _is_han(after) and after not in _AFTER_HANZI
    )


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


def _is_counted(following: str, *, glued: bool, one: bool) -> bool:
    word = _WORD.match(following)
    if word is None:
        return False
    if following.startswith(("call me", "call us", "call back")):
        return False
    if not glued and _COUNTED.match(following):
        return True
    if word[0] == "x" and not glued and parts_of(following, lexicon.NEUTRAL) is not None:
        return False  # a kiss
    if AFTER_A_WHILE.match(following) or _GOES_ON.match(following):
        return False
    if glued or word[0] in lexicon.COUNTED_WORDS:
        return True
    return not one and _PLURAL.fullmatch(word[0]) is not None and word[0] not in lexicon.NO_PLURALS


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
