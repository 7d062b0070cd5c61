"""Finds what shows that an option which a clause mentions is the one it is about."""

import re
from collections.abc import Mapping

from surveys.lexicon import NEUTRAL
from surveys.plaintext import parts_of

#: Beside a mention these say nothing else: "the main issue was the price".
_AROUND: Mapping[str, str] = {
    **NEUTRAL,
    **dict.fromkeys(
        """
        because due main mainly mostly most biggest bigger worst thing things bother bothers
        bothered
        annoyed annoys reason reasons problem problems issue issues query question enquiry matter
        who more than of he she they his her their very too really definitely probably certainly
        obviously mostly basically really choose chosen bad poor new own home house flat line did
        does do again centre center call-centre
        contact contacted called call rang regarding re concerning related if have had
        wifi internet customer technical support department costs much not less but
        问题 方面 主要 原因 因为 最 不满意 不满 关于 由于 在于 属于 觉得是 肯定 一定 当然 跟 有关
        有关系 这块
        你们的 家里 家里的 我家 我家的 这 这个 那个 是因为 为了 呗 咯 啦 嘅 系 我嘅 你哋 方面的
        宽带 新 事 房 网 新房 事情 新的 equally maybe perhaps both 上 比较 更 更多 非要
        不是 而不是 不如 不如说 说 硬要 的话 选 业务 相关 一项 那项 这项 还是 其实 真的 有 了 申请
        办理
        """.split(),
        "n",
    ),
}
#: Mentions that are a complaint, or a request, by themselves.
_SPEAKS = re.compile(
    r"[慢贵卡坏凶断]|差|敷衍|不耐烦|没礼貌|没网|没有网|没信号|上不了|连不上|掉线|出毛病|乱|多收"
    r"|多扣|扣|"
    r"涨价|发票|充值|退费|故障|移机|装机|安装|新装|装宽带|开户|搬家|迁移|账单"
    r"|slow|lag|crawl|buffering|sluggish|expensive|pric(?:ey|y)|costly|dear|over(?:priced|charged)"
    r"|rude"
    r"|unfriendly|impolite|arrogant|unhelpful|drop|disconnect|outage|offline|no internet|fault"
    r"|down|dead|broken|billed|charged|refund|relocat|new (?:line|connection)|moving|install|instal"
)
#: Elsewhere in the clause: what is wrong, or what was asked of us.
_WRONG = re.compile(
    r"差|慢|贵|坏|恶|高|涨|不|没|冇|唔|乱|错|多|扣|断|卡|转圈|冷|敷衍|凶|难|骂|挂|受|投诉|问|故障|烂"
    r"|垃圾|拖|推|忽悠"
    r"|骗|嫌|太|低|弱|气|吵|吼|傲|渣|坑|死|乌龟|蜗牛|改进|提高|提升|加强|毛病|意见|需要|要|查|报|办"
    r"|咨询|想|约|退|申请"
    r"|装|搬|开|修|打|反映|联系|帮|迁|移|改"
    r"|(?<![a-z'])(?:too|high|higher|bad|poor|terrible|awful|rude\w*|wrong|down|out|off|broken"
    r"|broke"
    r"|unreliable|cut\w*|drop\w*|slow\w*|issues?|problems?|trouble|hurts?|annoy\w*|bother\w*|worst"
    r"|worse|horrible|disgusting|shocking|ridiculous|increase\w*|went up|going up|goes up|hike\w*"
    r"|never|no|not|cannot|nothing|mistakes?|errors?|late|lost|faults?|fail\w*|stop\w*|stuck|unfair"
    r"|doubled?|twice|extra|hidden|hung|shout\w*|swore|lied|lying|ignor\w*|expensive|rip|joke|crap"
    r"|shit|rubbish|appalling|disappoint\w*|unhappy|dissatisfied|complain\w*|crawl\w*|forever|ages"
    r"|hate|overcharg\w*|dead|die[ds]?|gone|weak|without|patchy|unstable|intermittent|lost|loose"
    r"|steep|creep\w*|rising|climb\w*|rocket\w*|soar\w*|up(?! to)|jumped|rose|raised|robbery"
    r"|need\w*|want\w*|about|for|because|called|rang|phoned|contact\w*|report\w*"
    r"|ask|asked|asking|query|queries|questions?|enquir\w*|inquir\w*|regarding|re|concern\w*|set"
    r"|book\w*|request\w*"
    r"|arrang\w*|check\w*|dispute\w*|explain\w*|understand|to (?:pay|get|have|change|cancel|move"
    r"|install|fix|see|sort))"
    r"(?![a-z])|n't(?![a-z])"
)


def speaks(mention: str) -> bool:
    """Whether a mention is a complaint or a request in itself."""
    return _SPEAKS.search(mention) is not None


def are_in(rest: str) -> bool:
    """Whether a clause is about what it mentions; `rest`: it without its mentions.

    So it is where nothing but words without a meaning of their own is left, or a complaint or a
    request.
    """
    return _WRONG.search(rest) is not None or parts_of(rest, _AROUND) is not None
