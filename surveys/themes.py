"""Finds which option of a question a text is about, by its labels and by their plain synonyms."""

import re
from collections.abc import Iterator, Mapping

from surveys.model import Question
from surveys.plaintext import fold

#: What customers of a network call the same thing; an option is about a theme if its label is.
_THEMES: Mapping[str, str] = {
    "speed": """
        网速 速度 speeds downloads download uploads crawl crawling crawls 慢 卡 卡顿 延迟 带宽 慢死
        太慢 龟速 转圈 slow speed lag laggy buffering sluggish
        slowness bandwidth slower latency
    """,
    "fault": """
        故障 断网 网断 网坏 没有网 wifi dropping drops dropped disconnecting 掉线 断线 断了 没网
        没信号
        上不了网 上不去网 上不到网 没法上网 连不上 网络 信号 坏 出毛病 fault outage outages
        network down disconnects dropouts no_internet offline signal connection breakdown broken
        dead
    """,
    "price": """
        资费 价格 价钱 贵 太贵 费用 收费 便宜不了 涨价 性价比 price prices pricing cost costs
        expensive pricey costly dear overpriced fee fees 定价 套餐费 月费 月租 网费 宽带费 钱太多
        收费贵 too_much_money charge charges tariff
    """,
    "bill": """
        多收 乱收 扣了 扣我 billed 扣钱 账单 话费 费用 扣费 多扣 乱扣 欠费 缴费 发票 充值 退费 资费
        bill bills
        billing charge
        charges charged invoice payment overcharged refund fees
    """,
    "staff": """
        态度 客服 人员 师傅 服务态度 服务 员工 凶 不耐烦 敷衍 没礼貌
        爱答不理 爱搭不理 爱理不理 语气 staff attitude rude agent
        agents impolite unfriendly manners service behaviour behavior rude rudeness employee
        employees people
        arrogant unhelpful
    """,
    "install": """
        装机 移机 安装 新装 装宽带 开户 搬家 迁移 装修 上门安装 装 移 install installation
        installing installed instalation instal moving moved relocation relocate move set-up setup
        new_line new_connection
    """,
    "wait": """
        等待 等 排队 太久 时间 响应 上门慢 wait waiting delay delays late queue hold time
        response long
    """,
    "quality": """
        质量 清晰 杂音 音质 画质 quality noise noisy sound picture crackling
    """,
    "cover": "覆盖 信号 盲区 coverage signal reception",
    "plan": """
        套餐 合约 流量 升级 降档 改套餐 plan package data contract upgrade downgrade tariff
    """,
    "cancel": """
        退订 销户 拆机 注销 携号转网 cancel cancellation termination leave leaving terminate
    """,
    "skill": """
        技术 专业 水平 不懂 没修好 skill knowledge competence expertise ability unprofessional
    """,
    "equipment": """
        设备 光猫 路由器 机顶盒 router modem equipment device box hardware
    """,
    "other": """
        其他 其它 别的 other others another something_else else
    """,
}
_SETS = tuple(tuple(word.replace("_", " ") for word in words.split()) for words in _THEMES.values())
_COMMON = frozenset("的 了 是 和 与 或 不 the a an of and or to for your our my is it us".split())
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_LATIN = re.compile(r"[a-z][a-z'-]{2,}")

About = Mapping[str, frozenset[str]]
"""Each word or pair of characters, with the options that it may mean."""


def of(question: Question) -> About:
    """What points to which options: their labels' words, and the synonyms that only one has."""
    about: dict[str, set[str]] = {}
    for option in question.options:
        for label in option.label.values():
            for word in _pieces(fold(label).text):
                about.setdefault(word, set()).add(option.id)
    direct = {word: frozenset(options) for word, options in about.items()}
    themes: dict[str, set[str]] = {}
    for words in _SETS:
        touched = _touched(words, direct)
        for word in words:
            if word not in direct and word:
                themes.setdefault(word, set()).update(touched)
    return direct | {word: frozenset(options) for word, options in themes.items() if options}


def _touched(words: tuple[str, ...], direct: About) -> set[str]:
    found: set[str] = set()
    for word in words:
        found |= direct.get(word, frozenset())
    return found


def words(question: Question) -> frozenset[str]:
    """The labels themselves, folded: to say one again adds nothing."""
    return frozenset(
        fold(label).text for option in question.options for label in option.label.values()
    )


def _pieces(label: str) -> Iterator[str]:
    """A label's English words, its runs of characters, and each pair of neighbours in them."""
    for word in _LATIN.findall(label):
        if word not in _COMMON:
            yield word
    for run in _HAN.findall(label):
        yield run
        yield from (run[at : at + 2] for at in range(len(run) - 1))
        # What a label ends with is its verdict: 网速慢, 资费贵.
        if len(run) > 2 and run[-1] in "慢贵差坏卡久远少高难":
            yield run[-1]


def find(text: str, about: About) -> Iterator[tuple[str, int, int]]:
    """Where a clause speaks of options; longest first, and a word that may mean two means none."""
    at = 0
    while at < len(text):
        size = next((size for size in range(_LONGEST, 0, -1) if _fits(text, at, size, about)), 0)
        if size:
            options = about[text[at : at + size]]
            if len(options) == 1:
                yield next(iter(options)), at, at + size
        at += size or 1


_LONGEST = 14


def _fits(text: str, at: int, size: int, about: About) -> bool:
    word = text[at : at + size]
    if len(word) < size or word not in about:
        return False
    if not word[0].isascii():
        return True
    around = text[at - 1 : at] + text[at + size : at + size + 1]
    return not any(char.isascii() and char.isalpha() for char in around)
