"""Masks what a comment says of persons: numbers, mailboxes, addresses, tickets and names."""

import re
from collections.abc import Iterable

from huifang.logs import mask

NAME, NUMBER, ADDRESS = "[name]", "[number]", "[address]"

# The ticket T-7 is not in T-77; Chinese has no spaces.
_START, _END = "(?<![A-Za-z0-9])", "(?![A-Za-z0-9])"
_SHORTEST = 2  # characters of a value that is known and masked wherever it stands
_WIDE = str.maketrans(
    {chr(0xFEE0 + code): chr(code) for code in range(0x21, 0x7F) if chr(code).isalnum()}
    | {"＠": "@", "．": ".", "－": "-", "＋": "+", "＿": "_"}
)
_HAN = "\u4e00-\u9fff"
_SURNAMES = (
    "(?:欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|端木|南宫"
    "|[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董袁潘蒋蔡余杜叶程"
    "苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵"
    "万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁"
    "尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆"
    "农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商"
    "刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝])"
)
_TITLES = "(?:先生|女士|小姐|师傅|老师|经理|主任|太太|阿姨|大哥|大姐|班长|店长)"
_BEFORE = rf"(?:^|(?<=[^{_HAN}])|(?<=[的是叫请让给谢找位和跟对]))"
_TRADES = "(?!安装|安防|安全|高级|金牌|白班|温柔|万能|司机|车间|路过|时候|方才|成都|广州|江西)"
_NAMES = re.compile(
    rf"(?<=姓){_SURNAMES}"
    rf"|{_BEFORE}{_TRADES}{_SURNAMES}[{_HAN}]{{1,2}}(?={_TITLES})"
    rf"|{_SURNAMES}(?={_TITLES})"
    rf"|(?<=名叫|我叫|她叫|他叫|本人|姓名|名字){_SURNAMES}[{_HAN}]{{1,2}}(?![{_HAN}]{{3}})"
    rf"|(?<=姓名是|名字是|姓名:|姓名：){_SURNAMES}[{_HAN}]{{1,2}}"
    r"|\b(?P<title>(?:Mr|Mrs|Ms|Miss|Dr)\.?|(?:[Mm]y|[Hh]is|[Hh]er) name(?: is|'s))"
    r"(?: [A-Z][\w'-]+){1,3}"
)
_NUMBERS = re.compile(
    r"(?P<word>(?:工单|单号|编号|订单|账号|帐号|卡号|身份证|[Tt]icket|[Cc]ase|[Oo]rder|[Aa]ccount)"
    r"(?:编?号码?|[Nn]umber|[Nn]o\.?|#)?[\s:：是为#]{0,3})(?=[A-Za-z-]*\d)[A-Za-z0-9-]{3,}"
    r"|(?<![A-Za-z0-9])[A-Za-z]{0,6}[-#]?\d{6,}[Xx]?(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9])[A-Za-z]{1,6}-\d{2,}(?![A-Za-z0-9])"
    r"|[零〇一二三四五六七八九幺两]{7,}"
)
_ADDRESSES = re.compile(
    r"[0-9A-Za-z一二三四五六七八九十]{1,5}(?:号楼|栋|幢|单元|号院|弄|室|楼层?)"
    r"(?:[0-9A-Za-z一二三四五六七八九十]{1,5}(?:号楼|栋|幢|单元|号|室|楼层?)?)+"
    r"|[0-9A-Za-z]{1,5}(?:号楼|栋|幢|单元|室)"
)
_NUMERALS = "零〇一二三四五六七八九十幺两"
#: Without one of these there is no number, mailbox, key or address; most comments have none.
_COUNTED = re.compile(
    rf"[\d@%]|hf_|[{_NUMERALS}](?:[{_NUMERALS}]{{6}}|号楼|栋|幢|单元|号院|弄|室|楼)"
)


def masked(text: str, known: Iterable[str | None] = ()) -> str:
    """The text with marks in the place of what may tell who somebody is.

    `known` are values of this customer, masked wherever they stand, and so is each word of them;
    the rest is found by how it looks, and rather too much is masked than too little. Digits and
    Latin letters become narrow.
    """
    plain = text.translate(_WIDE)
    for value in sorted(_with_words(known), key=len, reverse=True):
        if len(value) >= _SHORTEST:
            mark = NUMBER if any(map(str.isdigit, value)) else NAME
            known_as = rf"{_START}{re.escape(value.translate(_WIDE))}{_END}"
            plain = re.sub(known_as, mark, plain, flags=re.IGNORECASE)
    if _COUNTED.search(plain):
        plain = _ADDRESSES.sub(ADDRESS, mask(plain))
        plain = _NUMBERS.sub(lambda found: f"{found['word'] or ''}{NUMBER}", plain)
    return nameless(plain)


def _with_words(known: Iterable[str | None]) -> set[str]:
    """The values, and of those in several words each one; `An` and `Li` are words of everybody."""
    whole = {each for each in known if each}
    words = {word for each in whole for word in each.split()}
    return whole | {word for word in words if not word.isascii() or len(word) > _SHORTEST}


def nameless(text: str) -> str:
    """The text with a mark in the place of what looks like a person's name."""
    return _NAMES.sub(_named, text)


def _named(found: re.Match[str]) -> str:
    return f"{found['title']} {NAME}" if found["title"] else NAME
