"""Tells a short clause that speaks of an end and of our messages, whatever its grammar."""

import re
from collections.abc import Sequence

_ENDING = frozenset(
    """
    stop quit cease halt discontinue bin unsubscribe unsub remove harassment sick fed tired
    unwanted unsolicited object
    """.split()
)
_OURS = frozenset(
    """
    text texts texting message messages messaging sms survey surveys surveying spamming pestering
    marketing
    """.split()
)
_NOT_OURS = frozenset(
    """
    scam scams scammers spam calls code codes otp working work send receive receiving roaming
    whatsapp bank friend friends picture voice voicemail phone phones router sim app line internet
    wifi pay paying pays cost costs charging charged charge signal until didnt doesnt wont cant
    never not stopped data minutes credit limit old drive driving
    """.split()
)
"""Words of messages that are not ours, and of an end that is not wished for."""
_DEMAND = re.compile(
    r"(?<!i )\b(?:do not|dont|no need to|need not)(?: you| ever| please| pls| even)?"
    r" (?:send|text|message|sms)\b|\bnever stop (?:texting|messaging|sending)\b"
    r"|\benough (?:of )?(?:these |those |your |the )?(?:texts|messages|sms|surveys|spam)\b"
)
_DEMANDING = frozenset(("not", "never", "send"))
_OTHERS = re.compile(
    r"\b(?:my|his|her|their|outgoing|incoming|group) (?:texts?|messages?|sms)\b"
    r"|\bfrom (?:my (?!number|phone|mobile)|the engineer)|\bstop (?:by|at|over|for)\b"
    r"|\bbus stop\b|\bfull stops?\b"
    r"|\bwhat (?:do|does|is|are)\b.{0,40}\b(?:mean|means|for)\b|\bmeaning of\b"
)
_MOST_WORDS = 14

_ENDING_ZH = re.compile(
    r"别|不要|不用|不需要|勿|停(?![机电网复])|莫|咪|不准(?![确时点])|不许|拒|拉黑|屏蔽|够[了喇啦]|受够"
    r"|受不了|退订|取消"
    r"|关[闭掉]|不想|不同意|没完|扰民|烦[透死]|烦不烦"
)
_OURS_ZH = re.compile(
    r"短信|信息|消息|简讯|讯息|问卷|回访|骚扰(?!电话)|给我发(?!货|票)|发给我|发我|我手机上?发|烦我"
)
_NOT_OURS_ZH = re.compile(
    r"收不|没收|未收|收到(?!了?(?:太多|好多|很多|这|你))|验证码|密码|流量|欠费|账单|套餐|诈骗"
    r"|骗子|彩信|话费"
    r"|提醒|查清|查明|能收|问题(?=已|都|也|解|修|处|弄)|为什么|为啥|师傅|客服|银行|发票|快递|忘"
    r"|钱|[发打]不|拦截|朋友|微信|个人信息|老婆|家人"
    r"|漫游|功能|业务(?!$)|(?:是|有)(?:什么|啥)|(?:什么|啥)意思|彩铃|怎么(?=[^取退停关])|工单"
    r"|网络|宽带|信号|回电|人工|上门|垃圾短信(?:多|怎)"
    r"|[他她]|别人|如何|帮我(?:屏蔽|拦)|解决|修|短信包|短信(?:说|联系|沟通|通知|告诉|就行|就好|即可|回|给我)|(?:用"
    r"|改|发)短信(?:就|即|吧|给)|(?:太|那么|这么)[晚早](?:发|了|$)|[早晚]点|晚上"
)
_MOST_HANZI = 16


def ends_ours(said: Sequence[str]) -> bool:
    """Whether clauses of `clauses.clauses` have a word of ending and one of our messages.

    Any one of them, or all together where the message is short; without a word of others'
    messages. A person settles it: 47 CFR 64.1200(a)(10) hears any wording of a revocation, and no
    grammar lists them all.
    """
    if any(map(_ends, said)) or _too_often("".join(said).replace(" ", "")):
        return True
    return len(said) <= _MOST_CLAUSES and _ends(" ".join(said))


_MOST_CLAUSES = 3
_OFTEN_ZH = re.compile(
    r"(?:老是?|天天|每(?:天|周|个?月)都?|总是?|一直|整天)(?:在|给我){0,2}发(?![烧票现火货生热呆错])"
    r"|(?:短信|调查|信息|问卷|短讯|简讯)(?:都|也)?(?:发|传|来)了?.{1,4}[遍次条回]"
    r"|收到(?:好多|太多|很多)(?:短信|信息|短讯|简讯|调查)"
)
_ENOUGH_ZH = re.compile(r"停[了掉]|屏蔽|拉黑|举报|别来|够[了啦喇]|烦死|取消了?$|别再?发")
_MOST_TOLD = 30  # characters: a longer message tells a story


def _too_often(word: str) -> bool:
    """Whether a short message says that we write too often, and that it be enough."""
    return (
        len(word) <= _MOST_TOLD
        and _OFTEN_ZH.search(word) is not None
        and _ENOUGH_ZH.search(word) is not None
        and _NOT_OURS_ZH.search(word) is None
    )


def _ends(clause: str) -> bool:
    words = clause.split()
    demanded = _DEMAND.search(clause) is not None
    ending = demanded or not _ENDING.isdisjoint(words)
    if ending and len(words) <= _MOST_WORDS and not _OURS.isdisjoint(words):
        not_ours = _NOT_OURS - _DEMANDING if demanded else _NOT_OURS
        return not_ours.isdisjoint(words) and not _OTHERS.search(clause)
    word = "".join(words)
    if len(word) > _MOST_HANZI or not _ENDING_ZH.search(word) or not _OURS_ZH.search(word):
        return False
    return _NOT_OURS_ZH.search(word) is None
