"""Tells a correction of an earlier answer from an answer, by what is said before or after it."""

import re

from surveys.plaintext import fold

MOST_CHARACTERS = 60
"""A correction is short; a longer text tells a story."""

_SLIP = "打|按|发|点|选|说|写|输|回|答|弄|搞|评|给"
_WHO = r"(?:我|刚才|刚刚|刚|前面|上面|上一?条|之前|是)*"
_SORRY = r"(?:不好意思|对不起|抱歉|啊|哦|呃|oh|oops|sorry|apologies|my bad|i'm sorry|no)?"
_CHINESE = (
    rf"{_WHO}(?:{_SLIP})(?:错|反)(?:了|啦|数字|号码?|分数?|键)*"
    r"|更正(?:一下)?|修正|改(?:成|为|一下)|更改为|纠正"
    r"|我?(?:的意思是|是想[说打发选给]|想[说打发选给]的?是|要[说打发选给]的?是|本来想)"
)
_ENGLISH = (
    r"(?:i |what i )?(?:actually )?(?:meant?|wanted|intended)"
    r"(?: to (?:say|put|type|send|give|press))?"
    r"|correction|correct(?: it| that)? to|change (?:it |that |my (?:answer|rating|score) )?to"
    r"|make (?:it|that)(?: an?)?|typo|my mistake"
    r"|(?:i )?(?:pressed|typed|hit|sent|chose|picked) (?:the )?wrong(?:ly)?"
    r"(?: (?:number|key|button|one))?"
    r"|wrong (?:number|key|button|answer|one)|mistyped|by mistake"
)
# Whoever answers says so as well: "不对，还没好", "it should be fine now".
_PERHAPS = r"不对|应该是|应为|(?:it )?should (?:be|have been)\b"
_BETWEEN = r"[\s,.;:!~、，。；：！…-]*"
_SAID = rf"(?:(?:{_CHINESE})|(?:{_ENGLISH})\b|{_PERHAPS})"
_BEFORE = re.compile(
    rf"^{_BETWEEN}{_SORRY}{_BETWEEN}{_SAID}{_BETWEEN}{_SAID}?{_BETWEEN}"
    rf"(?:to say|to be|it's|is|是|为|:)?{_BETWEEN}"
)
_AFTER = re.compile(
    rf"{_BETWEEN}(?:{_SORRY}{_BETWEEN}(?:(?:{_WHO}(?:{_SLIP})错(?:了|啦)?)|更正|才对|\b(?:{_ENGLISH}|{_PERHAPS}))"
    rf"{_BETWEEN}{_SORRY}|\bsorry){_BETWEEN}$"
)
_SURELY = re.compile(rf"(?:{_CHINESE})|\b(?:{_ENGLISH})\b")
_MERELY = re.compile(rf"^(?:no|oops|sorry|不是|不|哦|抱歉){_BETWEEN}(?=\d{{1,2}}(?:分|星)?\W*$)")


def corrected(text: str) -> str | None:
    """What is said in the place of an earlier answer; None where nothing is corrected in so many
    words. Perhaps nothing at all: "打错了" alone.
    """
    if len(text) > MOST_CHARACTERS:
        return None
    plain = fold(text).text.strip()
    for phrase in (_BEFORE, _AFTER, _MERELY):
        found = phrase.search(plain)
        if found is not None and found.group():
            return (plain[: found.start()] + plain[found.end() :]).strip()
    return None


def says_so(text: str) -> bool:
    """Whether a correction can be nothing else; "no, 2" and "2, sorry" may answer what is open."""
    return _SURELY.search(fold(text[:MOST_CHARACTERS]).text) is not None
