"""Finds the questions how, where and why by which people ask that our messages end."""

import re

from channels.clauses import ZH_END
from channels.sendwords import MEDIA

_THESE = rf"(?:(?:these|your|all|any|more|of|the|this|such|daily|further) ){{0,4}}(?:{MEDIA}|these)"
_END = r"(?= (?:please|pls|plz|now|thanks|ok|already|any ?more|at all|again|coming|guys|lah)\b| *$)"
_HOW = r"\b(?:how|where)(?: (?:exactly|on earth|the hell|else))?"
_DO_I = r"(?: (?:do|can|could|would|should|to|must)(?: (?:i|we|u|you))?)"
_OFF_THE_LIST = r"(?:get off|come off|get out of|leave) (?:of )?(?:this|your|the) (?:\w+ )?list"

ENGLISH = re.compile(
    rf"{_HOW}{_DO_I} (?:turn|switch|shut) (?:off {_THESE}|{_THESE} off){_END}"
    rf"|{_HOW}{_DO_I} (?:unsubscribe|opt out){_END}"
    rf"|{_HOW}{_DO_I} (?:make|get) {_THESE}(?: to)? stop{_END}"
    rf"|{_HOW}{_DO_I} (?:not|no longer|never|avoid|stop) (?:get(?:ting)?|receiv(?:e|ing)) {_THESE}"
    rf"{_END}|{_HOW}{_DO_I} (?:block|disable|deactivate|cancel|stop|end) {_THESE}{_END}"
    rf"|{_HOW}{_DO_I} {_OFF_THE_LIST}"
    r"|\b(?:why|y) (?:am|do|are) (?:i|we)(?: (?:still|keep|even|always)){0,2} (?:getting|receiving"
    r"|get|receive) (?:all )?(?:these|them)"
    r"(?= *$| (?:i (?:have )?(?:unsub|opt|said|told|asked|replied)|(?:when|after|if|even|though"
    r"|again|still|please)\b))"
    rf"|\bstill (?:getting|receiving|get|receive) {_THESE} (?:even )?(?:after|though|despite|when) "
    r"(?:i )?(?:(?:have |had )?unsubscrib|opt|said stop|sending stop|replying stop|texting stop)"
    r"|\b(?:unsubscribed|opted out)\b.{0,24}\bstill (?:get|getting|got|receive|receiving) "
    rf"(?:{_THESE}|them){_END}"
    r"|\b(?:this|my|our) (?:\w+ )?(?:number|phone|name) (?:should not|shouldnt"
    r"|should never) be (?:on|in)"
    r" (?:your|this|the|any) (?:\w+ )?(?:lists?|database|systems?|records)\b"
    r"|\b(?:why|how come)(?: the hell)? (?:am i|is (?:my|this) (?:\w+ )?number)(?: still"
    r"| even)? (?:on|in)"
    r" (?:your|this|the|a) (?:\w+ )?(?:lists?|database|systems?|records)\b"
    r"|^(?:why|y) (?:always|keep|still|everyday|every day|like that)"
    r" (?:text|message|sms|msg|send|disturb|spam|contact)(?:ing)? (?:me|us)\b"
    r"|^do (?:you|u)(?: people| guys| lot)? ever stop(?= *$| texting| messaging| sending)"
    r"|\bi (?:thought|believed|am sure|was sure|could swear) (?:that )?(?:i )?(?:had |have |was "
    rf"|already )*(?:unsubscribed|opted out){_END}"
)

_HOW_ZH = (
    r"(?:怎么样?|怎样|如何|咋样?|点样?|点先|(?:在|去|从|到)?(?:哪里|哪儿|哪|边度))"
    r"(?:操作|做|弄|办理?)?(?:才能?够?|先|可以|能够?|会|去|得|把|将|来|都|给|的){0,3}"
)
_OPENING_ZH = (
    r"(?:请问(?:一下)?|想问(?:一下|下)?|问一?下|你好|您好|麻烦|那|我想知道|我想|我|想|要|到底|究竟"
    r"|告诉我|说下|教我)"
)
_MEDIA_ZH = (
    r"(?:(?:这种|这类|这些|这个|这样的|此类|任何|你们的?|贵司的?|该|呢啲|啲|所有|的){0,3}"
    r"(?:(?:满意度|评价|回访|营销|推广|广告|服务){0,2}(?:短信息|短信|短讯|信息|消息|讯息|简讯|问卷"
    r"|调查|回访|推送|群发)(?:提醒|推送|通知|服务|功能|回访|调查){0,2}))"
)
_OFF_ZH = (
    r"(?:退订|拒收|取消(?:订阅|接收)?|关闭|关掉|关了?|停止(?:接收)?|停掉|停用?了?|终止|退出|拉黑"
    r"|不(?:再|会|要){0,2}收到?|不(?:再|会|要){0,2}接收)"
)
_SENT_ZH = (
    r"(?:(?:让|叫)(?:你们?|他们)?)?(?:不|别)(?:再|会|要){0,2}(?:给我)?(?:发送?|传|send|推送)"
    r"(?:给我)?"
)
_LEAVE_ZH = r"(?:退订|取消订阅|拒收|不(?:再|会){0,2}收到?)"
CHINESE = re.compile(
    rf"^{_OPENING_ZH}{{0,4}}(?:"
    rf"{_HOW_ZH}{_OFF_ZH}{_MEDIA_ZH}{ZH_END}"
    rf"|{_HOW_ZH}{_MEDIA_ZH}(?:给|都){{0,2}}{_OFF_ZH}{ZH_END}"
    rf"|{_MEDIA_ZH}(?:要|该|应该|能|是)?{_HOW_ZH}{_OFF_ZH}{ZH_END}"
    rf"|{_HOW_ZH}{_LEAVE_ZH}{ZH_END}|{_HOW_ZH}{_SENT_ZH}{_MEDIA_ZH}?{ZH_END}"
    rf"|退订(?:要|该|是|应该)?{_HOW_ZH}(?:操作|弄|搞|办理?|退|发|回复?)?{ZH_END}"
    r")"
)


def asks_a_way_out(clause: str) -> bool:
    """Whether a clause of `clauses.clauses`, respelled, asks how our messages are ended.

    47 CFR 64.1200(a)(10): whoever asks for the way out is on it. What does not end with our
    messages, as "how do I stop these dropouts" does not, asks for something else.
    """
    word = clause.replace(" ", "")
    return ENGLISH.search(clause) is not None or CHINESE.search(word) is not None
