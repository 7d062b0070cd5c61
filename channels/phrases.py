"""Holds the words and turns of phrase by which people say stop, go on, help and call me."""

import re
from collections.abc import Mapping

# Lone words: without spaces and marks, so that OPT-OUT, OPT OUT and OPTOUT are one.
# The carriers' own English ones: 47 CFR 64.1200(a)(10), CTIA and Twilio's defaults; the Chinese
# ones are those that the regulator's model texts and the carriers print beneath a message.
_FULL_STOPS = (
    *("stop", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"),
    *(
        "退订",
        "拒收",
        "取消订阅",
        "停止发送",
        "停止接收",
        "拒绝接收",
        "退订短信",
        "拒收短信",
        "停止订阅",
    ),
    *("停止", "取消", "停止推送", "停止接收短信", "取消短信", "退订信息", "停发短信"),
    *("不要再发", "不要再发了", "别再发了", "别再发", "tuiding"),
    # As they are said in Taiwan and Hong Kong, once their characters are simplified.
    *("解除订阅", "取消接收", "停止传送", "停止简讯", "停止接收简讯", "不要再传", "不要再传了"),
    *("别再传", "别再传了", "退订简讯", "拒收简讯", "取消简讯", "停发简讯", "拒收讯息"),
)
STOP_WORDS = frozenset({*_FULL_STOPS, "t", "td", "t退订", "td退订", "退订t", "退订td"})
STOP_REPEATED = re.compile(f"(?:{'|'.join(sorted(_FULL_STOPS, key=len, reverse=True))}){{1,9}}")
STOP_ALL_WORDS = frozenset(
    {"stopall", "unsubscribeall", "cancelall", "optoutall", "退订全部", "退订所有", "全部退订"}
    | {"endall", "quitall", "拒收全部", "全部拒收"}
)
PROBABLE_STOPS = frozenset(
    {
        "退定",
        "推订",
        "退钉",
        "退丁",
        "腿订",
        "回t",
        "回td",
        "回复t",
        "回复td",
        "回t退订",
        "回td退订",
        "回复t退订",
    }
    | {"回复td退订", "stopplease", "pleasestop", "stopthanks", "stopit", "stopthis", "unsub"}
    | {"请勿再传", "请勿再传送", "请勿传送", "勿再传送", "请勿再发", "请勿再传简讯"}
    | {"t谢谢", "td谢谢", "请t", "请td", "tplease", "tdplease", "不订了", "不再订阅"}
    | {
        "退",
        "remove",
        "plsremove",
        "pleaseremove",
        "停",
        "停停停",
        "停停",
        "免打扰",
        "我要免打扰",
        "请停",
        "停吧",
        "stoppls",
        "plsstop",
        "stopplz",
    }
    | {
        "dnd",
        "dnc",
        "spam",
        "junk",
        "骚扰",
        "够了",
        "够啦",
        "够了够了",
        "垃圾短信",
        "骚扰短信",
        "拒绝",
        "退阅",
        "t订",
        "我要t",
        "我要td",
        "halt",
        "countmeout",
        *(
            "blockme",
            "block",
            "blockedyou",
            "letmebe",
            "donotsend",
            "dontsend",
            "stopdoingthis",
            "stopwiththese",
        ),
        *(
            "stopcontact",
            "stoptexting",
            "stoptextingme",
            "endnow",
            "quitnow",
            "cancelplease",
            "pleasecancel",
        ),
        *(
            "cancelsubscription",
            "cancelmysubscription",
            "notacustomer",
            "dndplease",
            "dndpls",
            "reported",
        ),
        *("thisisspam", "imreportingyou", "notinterestedstop", "stopyouidiots", "stopuidiots"),
        *(
            "请取消",
            "取消掉",
            "取消提醒",
            "不订阅",
            "我不订阅",
            "我没订阅",
            "没订阅",
            "谁订阅了",
            "停一停",
            "退顶",
        ),
        *(
            "退出",
            "qx",
            "退订服务",
            "退订业务",
            "黑名单",
            "拉黑名单",
            "加黑名单",
            "取关",
            "取消关注",
        ),
        *("解订", "结束", "终止", "停止通知", "停用", "拒接", "不接收", "不再订", "停止服务短信"),
        *("tdtd", "t退", "退t", "退td", "td退", "tuidin", "tuidingle", "jushou", "quxiao"),
        *("exit", "leave", "delete", "out", "imout", "nosms", "notexts", "nomsgs", "stopcalling"),
        *("stop2end", "stop2quit", "txtstop", "stopmsg", "stopmsgs", "stopmessages", "arret"),
        *("号码错了", "号错了", "不认识", "我是新机主", "新机主"),
        *("不订阅了", "拉黑我", "拉黑我吧", "tuid", "tdxiexie", "endplease", "quitplease"),
        *("tttt", "ttttt", "tttttt", "replystop", "sendstop", "textstop", "saystop"),
        *("replyingstop", "stopreply", "imsayingstop", "isaidstop"),
        "取消啦",
        *("已加入黑名单", "加入黑名单", "已封锁", "封锁检举", "已封锁检举", "已举报", "已屏蔽"),
        "取消吧",
        "退订啦",
        "垃圾信息",
    }
)
POLITE_ENDS = re.compile(
    r"\A(?:请|麻烦|please|pls|plz|kindly)+"
    r"|(?:谢谢|多谢|不该|感谢|行吗|可以吗|好吗|吧|啦|啊|please|pls|plz|thanks|thankyou|thx|lah?"
    r"|now)+\Z"
)
"""What a lone word may be dressed in without another meaning."""
PROBABLE_CODE = re.compile(r"(?:请?回复?)?[a-z0-9]{1,4}退订")
"""An opt-out by some other carrier's code."""
START_WORDS = frozenset({"start", "unstop"})
AGAIN_WORDS = frozenset(
    {
        "start",
        "unstop",
        "yes",
        "恢复",
        "恢复订阅",
        "订阅",
        "重新订阅",
        "开始",
        "是",
        "继续接收",
        "继续订阅",
    }
    | {"恢复接收", "恢复发送", "optin", "subscribe", "resubscribe"}
)
HELP_WORDS = frozenset({"help", "helpplease", "helppls", "info", "帮助", "说明", "协助"})
COURTESY = re.compile(
    r"(?:谢谢|多谢|谢了|感谢|你们|您好|你好|您|你|好的|好|嗯|哦|啊|吧|了|喂|请|麻烦|辛苦|急"
    r"|很急|尽快|马上|在线等|有人吗|有人在吗|在吗|在不在|anyonethere|hi|hello"
    r"|hey|ok|okay|please|pls|plz|thanks|thankyou|thx|asap|now|urgent|urgently|sir|madam"
    r"|sorry|yes){0,6}"
)


def is_again(word: str, tokens: list[str]) -> bool:
    """Whether the whole message is a word that opts in again, or several of them."""
    return word in AGAIN_WORDS or AGAIN_WORDS.issuperset(tokens)


# A while without us: how long, in one of the units, if it is said at all.
NUMERALS: Mapping[str, float] = {
    "半": 0.5,
    **{char: number for number, char in enumerate("一二三四五六七八九十", start=1)},
    "两": 2,
    "十五": 15,
    "二十": 20,
    "三十": 30,
    "六十": 60,
    "九十": 90,
}
_DAYS = {1: "d天日", 7: "w周星礼", 30: "m月", 365: "y年"}
UNITS = {letter: days for days, letters in _DAYS.items() for letter in letters}
"""Days of a unit, by its first letter."""
PAUSE = re.compile(
    r"(?:please|pls|plz){0,2}pause"
    r"(?:(?:for)?(?P<number>\d{1,4})(?P<unit>d|days?|weeks?|months?|years?)?)?"
    r"(?:please|pls|plz|thanks|thankyou|thx){0,2}"
    r"|(?:请|麻烦|先|帮我|我想|我要){0,3}暂停(?:联系|联络|接收|回访|短信|简讯)?"
    rf"(?:(?P<count>\d{{1,4}}|{'|'.join(sorted(NUMERALS, key=len, reverse=True))})个?"
    r"(?P<span>天|日|周|星期|礼拜|月|年)?)?"
    r"(?:吧|啊|哦|哈|好吗|好不好|行吗|可以吗|谢谢|谢了|多谢|感谢|拜托){0,3}"
)
LATER = re.compile(
    r"(?:please)?(?:(?:maybe|ask(?:me)?|remindme|textme)?later(?:on)?|notnow)(?:please|thanks)?"
    r"|(?:请|麻烦)?(?:(?:稍后|稍候|晚点儿?|晚些|待会儿?|等会儿?|等一会儿?|过会儿?|过一会儿?|改天"
    r"|晚一点|迟[点些啲]|等一?阵|等一下下?|改日)"
    r"(?:再说|再答|再评价?|再回复?|再问我?|再来|回复|评价|提醒我)?|(?:以后|之后|回头|有空)(?:再说"
    r"|再回复?|再评价?))"
    r"(?:吧|哈|哦|啊|先|好吗|谢谢){0,2}"
)
