"""Holds what people say of a stop unheard, and of our writing as such."""

import re

from channels.clauses import ZH_END
from channels.sendwords import MEDIA, SEND, SEND_ZH, SENDING

# An earlier stop that went unheard: to say it again is to say stop.
_SAID = (
    r"(?:told|asked|said|say|replied|reply|texted|text|sent|send|typed|type|wrote|write|written"
    r"|answered|tell|ask|requested|repeat|begged|instructed|warned)"
)
ECHO_ENGLISH = re.compile(
    r"(?<!if )(?<!^do )(?<!should )(?<!happens when )\b(?:i|ive|weve|we|already|times"
    r"|after)(?: (?:have|has|had|already|do|must|should|did|just"
    rf"|clearly|specifically|to|need|got)){{0,4}} {_SAID}(?: (?:you|u|guys|people|lot|already|to"
    r"|twice|once|before|repeatedly|nicely|politely|times|three|many|several|again|\d|the"
    rf"|word|please|this|number|them|it|in|back)){{0,4}} (?:stop|quit|unsubscribe|cease|opt out"
    r"|not to"
    rf" {SEND}|dont {SEND})(?: (?:{SENDING}|calling|doing this)| (?:to )?(?:this|these|it)"
    r"(?= *$)|(?= *$)|(?= (?:please|already|and|but|so|many|several|\d|twice|yesterday|before|last"
    r"|on|days?|weeks?|how|why|now|still|yet|times|three|two|four|five|once|me)\b))"
    r"|^(?:already |have |just )?(?:told|asked|begged|warned) (?:you|u)(?: \w+){0,3} to stop"
    r"(?= *$| (?:it|this|texting|messaging|sending|contacting)\b)"
    r"|\b(?:unsubscribed|opted out|(?:said|replied|texted|sent|typed"
    r"|told you to) stop)\b(?! (?:of|from) (?!this|these|your"
    rf"|all|the (?:{MEDIA})))[a-z0-9 ]{{0,30}}\b(?:still|keep|kept|again|yet)(?: (?:you|u"
    rf"|youre|i|im|are|keep|still|being|get)){{0,3}}"
    r" (?:texting|messaging|contacting|spamming|texted|messaged|bothering me|harassing me|sms ?ing"
    rf"|(?:sending|send|sent|getting|receiving|get|receive)(?: me)? (?:these|this|them"
    rf"|{MEDIA}))(?= *$| (?:me|us|why|please|pls|so|and|stop)\b)"
    r"|\b(?:already|have|ive|has) (?:opted out|unsubscribed)(?= (?:of|from) (?:this|these|your"
    r"|all)\b"
    r"| (?:and|but|why|so|twice|before|already|yet|\d)\b| *$)"
)

_STOPPED_ZH = (
    r"(?:退订|td?(?![a-z])|拒收|取消订阅|stop|unsubscribe|(?:别|不要|不用|勿|停止|不准"
    r"|不许)(?:再|继续)?(?:给我)?"
    rf"(?:{SEND_ZH}|骚扰|打扰|烦|推)(?:短信|短讯|讯息|简讯|信息|消息|来|过来|我)?)"
)
ECHO_CHINESE = re.compile(
    r"^(?:我|俺|第[一二三四五六七八九十几\d]{1,2}[次遍回]|再次|再一次|这是|又|都|已经|早就|早"
    r"|之前|前面|上次|昨天|刚才?|刚刚|明明|不是|跟你们?|和你们?"
    r"|告诉你们?|这都)"
    r"{0,5}(?:说|讲|回复?|发|告诉|强调|要求|通知|申请)(?:过|了|你们?){0,3}(?:多少|好?几|无数"
    r"|[两三四五六七八九十\d]"
    rf"{{1,3}}|很多|好多|n)?(?:遍|次|回|个|条)?(?:了)?(?:叫|让|要)?(?:你们?)?{_STOPPED_ZH}(?:了"
    r"|啦)?(?=怎么"
    r"|为什么|为啥|咋|干嘛|你们?(?:听|看|聋|瞎|耳)|听不懂|看不懂|还(?!在?(?:一直)?(?:扣"
    r"|收[费钱月]|算|计费|要[交钱]|出账|没退"
    r"|有费))|你们|又|呢|$)"
    r"|^(?:说了)?(?:退订|拒收)(?:你们?)?(?:听不懂|看不懂|没看[到见]|没听[到见])"
    r"|^(?:这是|这都|已经|都"
    r"|我){0,3}第[一二三四五六七八九十几\d]{1,2}[次遍回](?:给你们)?(?:退订|拒收|td?)(?:了"
    r"|啦)?$"
    rf"|^(?:我|都|已经|早就|早|明明){{0,3}}{_STOPPED_ZH}(?:了|过)?(?:怎么|为什么|为啥|咋|干嘛"
    r"|干吗)?(?:还|又|一直"
    rf"|老|总){{1,2}}(?:在|给我|会|能){{0,3}}{SEND_ZH}"
)
# An outburst without a verb: over our messages, unless the message tells of something else.
OUTBURST_CHINESE = re.compile(
    rf"^(?:你们?|您们?|到底|究竟|还|真是|发){{0,4}}(?:有完没完|没完没了了?是吧|没完了是?吧?"
    r"|有完没有)"
    rf"(?:了|你们|还){{0,2}}{ZH_END}"
)
BESIDE_OUTBURST = re.compile(
    r"(?:天天|一天到晚|整天|老是?|总是?|每天|还|一直)(?:在|给我){0,2}(?:发|传)(?:短信|信息|这个)?"
    r"|(?:一天|都|还)?发了?(?:多少|[几\d一二三四五六七八九十两]{1,3})[遍条次个]了?|(?:怎么|你们?"
    r"|咋)?又(?:来|发|是你们?)(?:短信|信息)?了?(?:啊|呀)?"
)
"""Not a word of what else may be endless."""
ACCUSED_CHINESE = re.compile(
    r"(?:(?:垃圾|骚扰)(?:短信|信息|消息)?|我|已经?|已|都|全部|统统|直接){0,3}(?:拉黑|举报|屏蔽"
    r"|封锁|拉进黑名单|拉入黑名单)(?:处理"
    r"|删除)?(?:了|啦)?"
    r"|我?(?:从来|从|根本)?没有?(?:登记|注册|订阅|报名|关注)过(?:啊|呀|的)?(?:取消|退订"
    r"|停)?(?:吧|了)?"
    # Accusations: that we harass, that we write every day.
    r"|(?:你们?|您们?|这|这种|这样|真|就|纯粹|简直|完全|已经){0,4}(?:是|属于|算|叫|在|构成|涉嫌"
    r"|短信|信息|消息)?(?:骚扰|扰民)"
    r"(?:我|用户|客户|短信|信息|了|啊|吧|行为|已?投诉|举报|报警){0,3}"
    r"|(?:你们?)?(?:天天|整天|每天|老是?|总是?|一直|不停地?|一天到晚|没完没了地?)(?:给我)?(?:发|传)"
    r"(?:短信|信息|消息|这种|这些|这个|个){0,2}(?:烦不烦|烦死|累不累|(?:你们?)?不(?:累|烦|嫌烦"
    r"|腻|觉得烦)|无聊不无聊|有意思|有毛病|有病|干嘛|干什么)"
    r"(?:吗|啊|呀|了|人|我|你们|吧){0,3}"
    r"|(?:烦不烦|累不累|烦死)(?:了|啊|呀|人)?(?:你们?)?(?:天天|整天|老是?|一直"
    r"|总是?)(?:给我)?(?:发|传)(?:短信|信息)?"
)
"""All of a message: in a story the same may be said of somebody else."""
