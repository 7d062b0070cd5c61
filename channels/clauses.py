"""Brings a message into one plain form, cuts it at its marks, and finds demands in its clauses."""

import re
import unicodedata

from channels.characters import SIMPLIFIED

MOST_CHARACTERS = 1_600
"""Characters of a message that are read: the longest text a carrier takes."""

# Within a word, and no part of it.
_JOINED = re.compile("['`´\u2018\u2019\u02bc\uff07\u00ad\u200b-\u200f\u2060\ufeff\ufe00-\ufe0f]")
#: An oath that hides its middle behind marks, which would cut it in two.
_STARRED = re.compile(r"(?<![a-z0-9])f[*#@$%&!.]{1,3}c?k?(?=ing|ed|\W|$)(?<=[*#@$%&!.kc])")
#: A face in tears, which would be cut into two words that opt out.
_TEARS = re.compile(r"(?<![a-z0-9])t_{1,3}t(?![a-z0-9])")
_BREAK = re.compile(r"[^\w\s-]+|[\r\n]+|_+")


def plain(text: str) -> str:
    """One width, one case, simplified characters; marks as they were; cut at MOST_CHARACTERS."""
    return (
        unicodedata.normalize("NFKC", text)
        .casefold()[:MOST_CHARACTERS]
        .translate(SIMPLIFIED)
        .replace("’", "'")
    )


def clauses(text: str) -> list[str]:
    """The message in its plain form, cut at its marks; one space at most, and none at an edge.

    Apostrophes and invisible characters go, so that "don't" is `dont` and "s\\u200btop" is `stop`.
    """
    whole = _STARRED.sub("fuck", plain(_JOINED.sub("", text[:MOST_CHARACTERS])))
    dry = _TEARS.sub(" ", whole)
    cut = _BREAK.split(dry if any(map(str.isalnum, dry)) else whole)
    parts = (" ".join(part.replace("-", " ").split()) for part in cut)
    return [part for part in parts if part]


_POLITE = (
    r"please|pls|plz|kindly|just|hi|hey|hello|ok|okay|yes|no|none|now|then|also|so|and|but|sorry"
    r"|hi (?:team|there|all)|dear (?:sir|madam|team)|good (?:morning|evening|afternoon)|sir"
    r"|madam|mate"
    r"|bro|guys|people|omg|wtf|ugh|walao|wah|alamak|aiyoh?|aiyah|oi|eh|aunty|uncle|boss|dude|man|"
    r"again|once again|i repeat|immediately|thank you|again please"
    r"|i beg you|im begging you|i am asking you|im asking you|we want you|i demand(?: that)?"
    r"|(?:can|could|would|will) (?:u|someone|somebody|anyone)|is (?:it|there) (?:possible|any way"
    r"|a way)(?: for you| for u)?(?: to)?|(?:any|what) (?:chance|way) (?:you|u|to)(?: can| could)?"
    r"|how (?:do|can|could) (?:i|we) (?:get|make) (?:you|u|this|it|them)(?: guys)?(?: to)?"
    r"|why (?:cant|dont|wont) (?:you|u)(?: just)?|when will (?:you|u)|you (?:better|had better"
    r"|guys)"
    r"|ur to|for the (?:\w+ )time|final warning|last warning|this is (?:a|my) (?:formal|final|last)"
    r" (?:request|notice|warning)(?: to| that you)?|i (?:insist|request|ask|order)(?: that)?(?:"
    r" you)?(?: to)?"
    r"|i (?:have |already |have already )?(?:told|asked|begged) (?:you|u)(?: guys| people|"
    r" already)? to"
    r"|thanks|seriously|can you|cant (?:you|u)|wont (?:you|u)|could you|would you|will you"
    r"|you (?:must|should|need to|have to)"
    r"|i (?:want|need|would like|told|asked) you(?: guys| people)? to|id like you to|i said"
    r"|for the last time|once and for all"
    r"|(?:i |we )?(?:would |d |id |wed |ill )?(?:really |very much )?(?:be (?:very |really |so "
    r"|most )?"
    r"(?:grateful|glad|obliged)|appreciate it)(?: if)? (?:you|u|youd|youll|someone|somebody)"
    r"(?: (?:would|could|can|will|please|just)){0,2}"
    r"|tell (?:them|your (?:people|team|system)) to|for (?:gods sake|the love of god)|ffs"
)
JOINTS = "please|pls|plz|kindly|but|and|so|now|just"
"""After these a demand may begin in the midst of an English clause."""


def english(*cores: str, joints: str = JOINTS) -> re.Pattern[str]:
    """Finds a clause, or what follows a joint, that begins with a core, politeness aside."""
    body = "|".join(f"(?:{core})" for core in cores)
    return re.compile(
        rf"(?:^|(?<= )(?:{joints}) )(?:[\d ]{{1,8}} )?(?:(?:{_POLITE}) ){{0,6}}(?:{body})(?= |$)"
    )


ZH_POLITE = (
    r"(?:请你们|请您|请你|请|麻烦|拜托|求求|你们|您们|您|你|以后|今后|我|能不能|可不可以|可以"
    r"|能|希望|真的"
    r"|都|也|千万|就|那|所以|但是|但|不过|可是|好了|够了|赶紧|尽快|马上|立即|立刻|帮我|帮忙|给我"
    r"|叫他们"
    r"|让他们|另外|还有|求"
    r"|永远|从此|再也|一律|务必|烦死了|烦死|烦|他?妈的|tmd|尼玛|我?靠|办理|不该|劳驾|恳请|敬请"
    r"|强烈|收皮啦?|你好|您好|谢谢"
    r"|算了|行了|我说|我们|咱|并且|各位|大哥|大姐|亲|帮|老子|本人|要求|想要|想|要|需要|建议"
    r"|please|pls|plz)"
)
ZH_END = (
    r"(?:了|啦|吧|啊|吖|呀|哦|哈|好吗|好不好|行吗|行不行|可以吗|谢谢|谢了|多谢|一下|吗|感谢|拜托"
    r"|行不|好伐|可好|成吗|好么|嘛|咯|哎|不(?=$)|please|pls"
    r"|不该|thankyou|thanks|thx|ok|烦死了?|烦人|真烦|很烦|好烦|烦|有病啊?|没空|谢谢合作|拜拜"
    r"|再见){0,4}$"
)
