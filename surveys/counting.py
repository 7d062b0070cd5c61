"""Tells the numerals that count or name something from those that may rate."""

import re

from surveys import lexicon
from surveys.amounts import AFTER_A_WHILE, is_word
from surveys.numerals import UNIT, Number, goes_on
from surveys.plaintext import is_latin, parts_of

_NAMES_FROM = 5
"""Digits from which on a number without a unit is a telephone's, an account's, an order's."""
_SLANG = re.compile(r"6{3,}|8{2,3}|886|9{3,}|23{2,}|520|1314")

NEAR = 16
"""Characters before and after a numeral that tell what it is."""
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
#: 1打就断: as soon as.
_AS_SOON = re.compile(r"(?:打开?|[到用开连按说动上看玩插碰下刮过拨接登])[^,;.!?]{0,4}就")
#: Before "one", which then stands for a thing.
_STANDS_FOR = re.compile(
    r"(?<![a-z'])(?:this|that|the|which|each|every|another|wrong|only|last|first|next|old|new|good"
    r"|nice|great|other|middle|second|third) \Z"
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
    r"|(?:加|多|少|(?<!最)差|负|前|(?<!售)后|近|共|约了?)(?! )"
    r"|(?<![a-z'])(?:nr|top|strike|(?<!all )round|at|(?<!spot )(?<!bang )on|in|by|since|from|till"
    r"|until|after|before"
    r"|past|flat|room|floor|apt"
    r"|apartment|unit|level|house|channel|port|(?<!phone )line|ticket|order|case|ref|reference"
    r"|account"
    r"|building"
    r"|street|page|version|wifi|phone|step|minus|high|owe|extra|another|these|those|every|within"
    r"|no\.|(?:ticket|order|case|account|phone|my) (?:no\.?|number)(?: is)?)) {0,2}[#:]? {0,2}\Z"
)


def counts(text: str, token: Number, *, named: bool) -> bool:
    """Whether the number counts or names something: 3次, 5 days, 第2, wifi6, 5g, 5分钟."""
    if token.kind == "stars":
        return False
    near = text[max(0, token.start - NEAR) : token.start]
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
    after = text[token.end : token.end + 2 * NEAR]
    if unit := UNIT.match(after):
        return goes_on(after, unit.end())
    if token.kind == "hanzi" and _in_word(near[-1:], after[:1]):
        return True
    following = after.lstrip(" ")
    if following.startswith("of course"):
        return False
    if following[:1] in lexicon.COUNTED_HANZI and not following.startswith("多谢"):
        return _ANOTHER_WORD.match(following) is None
    if _is_idiom(text[token.start : token.end], following):
        return True
    if is_word(text, token.start, token.end):
        return True
    return _is_counted(following, glued=following == after, one=token.value == 1)


def _is_idiom(said: str, following: str) -> bool:
    """Whether a number belongs to a turn of phrase: 九成, 0投诉, 1打就断."""
    if said in {"0", "zero", "零"} and _LACKED.match(following):
        return True
    if said in {"1", "一"} and _AS_SOON.match(following):
        return True
    return following.startswith("成") and not following.startswith(("成吧", "成交"))


def before_counted(text: str, at: int) -> bool:
    """Whether a character that is counted begins at `at`, as in 3次."""
    return text[at : at + 1] in lexicon.COUNTED_HANZI


def is_name(text: str, token: Number) -> bool:
    """Whether the digits are a telephone's, an account's or an order's, or slang (666)."""
    digits = text[token.start : token.end]
    long = len(digits) >= _NAMES_FROM or _SLANG.fullmatch(digits) is not None
    return long and token.kind == "digits" and not (token.unit or token.whole)


_BEFORE_HANZI = frozenset("给打评选是为个我号第答复")
_AFTER_HANZI = frozenset("吧了的啊哦呀啦哈呢满制到至或和与")


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
