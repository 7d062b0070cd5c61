"""Tells words that stand for another thing than an option, though they look like it."""

import re

#: What is out of order or slow and may be the customer's own, or another thing of ours.
_DEVICE = re.compile(
    r"手机|电视|机顶盒|遥控|电脑|平板|座机|话机|(?<![a-z])(?:tv|telly|phone(?! line)|handset|mobile"
    r"|laptop|computer|tablet|remote)(?![a-z])"
)
_BROKEN = frozenset(("坏", "broken", "down", "dead", "断了"))
_OTHERS_PACE = re.compile(
    r"电梯|客服|回[复应电]|处理|上门|维修|修得|师傅|人工|排队|退[款费]|来得|接电话|反应|解决|办理"
    r"|办事|说话"
    r"|(?<![a-z])(?:response|responses|service|repairs?|engineers?|refunds?|delivery|repl(?:y|ies)"
    r"|answer|answering|staff|agents?|respond|call ?back|visit|install\w*|app|website)(?![a-z])"
)
_PACE = frozenset(("慢", "太慢", "slow", "slower", "slowness", "sluggish"))
#: Words that hold another one: 贵公司, 慢走, 银行卡.
_WITHIN = re.compile(
    r"[宝高珍名富可尊]\Z|(?:银行|电话|手机|sim|副|流量|充值|身份证?|会员|校园|储值|信用|刷|办|开|换"
    r"|补|新|旧|这张|张)\Z"
)
_WITHIN_AFTER = {
    "贵": re.compile(r"公司|司|姓|宾|州|阳|人|方|处|网点|单位|庚"),
    "装修": re.compile(r"队|公司|工人"),
    "慢": re.compile(r"走|工出|性|用|慢来|跑|生活"),
    "卡": re.compile(r"号|片|里|上|余额|密码|丢|座|路里|拉"),
}
_WHOLE_OF = frozenset("贵卡")
#: A name, and no bill; a net of another kind.
_NAMESAKE = re.compile(
    r"(?<![a-z'])(?:name(?:'s| is)|this is|i'm|i am|it's|mr|ask|tell|call|hi|hello|dear|for) bill"
    r"(?! (?:query|issue|problem|question|was|is|too|payment|shock|wrong))(?=\W*\Z| here| speaking"
    r"| from)"
    r"|\A ?bill (?:here|speaking|from|smith|jones|told|said|will)(?![a-z'])"
    r"|(?:社交|人际|关系|神经)网络|网络(?:游戏|诈骗|小说|主播|用语|购物|暴力)|服务[台区器]"
    r"|self service"
    r"|(?<![a-z'])(?:(?:your|my|his|her|their|our|nobody's|whose|no) faults?|moving (?:on|story"
    r"|forward)"
    r"|moved on|any price|price of (?!your|the|my|it|this|that|line|broadband|internet|data)[a-z]+"
    r"|charged (?:my|the) (?:phone|battery|laptop)|very moving|slow down(?! (?:at|in|every|a lot"
    r"|every))|no (?:bills?|charges?))(?![a-z'])"
)


def is_another(before: str, mention: str, after: str) -> bool:
    """Whether a mention between `before` and `after` stands for another thing than the option's."""
    whole = before + mention + after
    if mention in _BROKEN and _DEVICE.search(whole):
        return True
    if mention in _PACE and _OTHERS_PACE.search(whole):
        return True
    if mention in _WHOLE_OF and _WITHIN.search(before):
        return True
    within = _WITHIN_AFTER.get(mention)
    return (within is not None and within.match(after) is not None) or (
        _NAMESAKE.search(whole) is not None
    )
