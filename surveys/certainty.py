"""Decides whether what stands around a verdict leaves it certain, whatever the verdict is."""

import re

from surveys.doubts import BAD
from surveys.figures import Reading
from surveys.plaintext import Clause

#: Harm told beside praise in words; what is denied of it, or lasted a moment only, is none.
_HARM = re.compile(
    r"[断坏卡贵慢瘫]|(?<!不)差(?!点|不多)|[停催]|白[跑等]|等[了足到]|还没|没(?:人|网|信号|来|修好"
    r"|解决|接)|又[^有]|才[^,]{0,4}[0-9一二三两几][次个遍]|连续"
    r"|拖|迟|扣|涨价|推销|骗|错过|投诉|挂(?:我|了)|挂?电话都|好笑|可笑|狗头|被逼|被迫|逼的"
    r"|[个几\d一两三]月|[个几\d一两三]星期"
    r"|(?:都|也|就是)(?:不|没)|不(?:行|能用|通|了|稳|接|理|管)"
    r"|(?<![a-z'])(?:slow|late|again|another|waited|weeks|months?|hours|days|down|cut|broken?"
    r"|bills?|outages?|lost|missed"
    r"|without|nobody|never|rude|wrong|overcharged|cancel\w*|drops?|dropped|dropping|dead|off"
    r"|not (?:with|the|your|by)|still|until|wasn't|isn't|worse|wait|ruined)"
    r"(?![a-z'])"
)
_NO_HARM = re.compile(
    r"(?:没有?|不(?:再|会|用|怎么)?|无|从?未|别)(?:再|有|让我|什么|任何|怎么|出现|觉得)*(?:断|坏"
    r"|卡|慢|贵|瘫|停|催|等|拖|迟到?|扣)"
    r"|投诉(?:已经?|都)?(?:取消|撤|处理[好完得]|解决了)|(?:取消|撤销)了?投诉"
    r"|一?点?(?:问题|毛病|瑕疵)(?:都|也)没有?|[0-9一二三两几半]+(?:分钟|个?小时)|(?:修|换|处理"
    r"|解决)[^,]{0,4}坏|第[一二]天就"
    r"|(?<![a-z'])(?:no|not|never|without|zero|hardly any|didn't|don't|doesn't|hasn't"
    r"|wasn't) (?:a |any |more |one |single"
    r" |been |had |too |have to |get |feel )*(?:slow|late|wait|waiting|outages?|drops?|dropped"
    r"|down|rude|problems?|issues?"
    r"|hassle|fuss|complaints?|delays?|faults?|cut off|cut|wrong)(?![a-z'])"
    r"|(?:within|in|under|only|just) (?:an? |two |a few |[0-9]{1,2} )?(?:minutes?|hours?|days?)"
    r"|(?:hold|help|day|days|see|use|call|work\w*) again|still (?:works?|working|fine|good"
    r"|perfect)|day ?off|not cut|(?:fast|fine|up|back|online|quick|happy|good) again"
)
#: The end of what goes before: somebody else is quoted, or what we wrote.
_OTHERS_WORDS = re.compile(
    r"(?:(?<!我)(?<!我想)(?<!我要)(?:说|讲|喊|叫嚣|嚷|宣传|标榜|号称|写着?的?|印着?|显示|提示"
    r"|通知)(?:的|着|了|是)?"
    r"|(?<![a-z'])(?<!i )(?<!i'd )(?:said|says|claims?|reads?|goes|shouts?|shouted|website|advert"
    r"|ad|slogan|sign|poster"
    r"|brochure))\s*\Z"
)
#: Behind the closing mark: who said or wrote it.
_SAID_SO = re.compile(
    r"[\"”’」』》']\s?,?\s?(?:(?:he|she|they|the \w{2,12}|my \w{2,12}) (?:said|says|wrote|writes"
    r"|asked"
    r"|begged|told|kept|insisted)(?![a-z'])|(?:他|她|他们|师傅|客服)(?:说|写|让|叫|要求))"
)
_NEAR = 32
_QUOTING = frozenset("\"“‘「『:《'")


#: What may be granted beside content: "satisfied, but the wait was long".
_CONTENT = re.compile(r"(?<![不没])满意|(?<![a-z])satisfied")
_GRANTED = re.compile(
    r"(?<![a-z'])(?:but|although|though|just)(?![a-z'])|就是|但|不过(?!分)|只是|虽然|可是"
)
_BLEMISH = re.compile(
    r"等(?:了|得|的)?(?:时间)?(?:一?小?会儿?|[太很]|有[点些]|比较|挺|好|略"
    r"|稍)?(?:[久长](?:了?[点些])?)?"
    r"(?:整整|大概|差不多|将近|快)?(?:[一两二三四五六七八九十几半0-9]{1,3}(?:多?个?多?(?:小时"
    r"|钟头)|[天周]|个?星期|个?礼拜"
    r"|分钟))?"
    r"|(?:有[点些]|稍微?|略|比较|[太很])[慢贵久晚]|[慢贵久晚]了?一?[点些]|价格?[^,]{0,2}贵"
    r"|(?:the )?wait(?:ing time)?(?: was| is)?(?: \w+)? long"
    r"|(?:bit|little|quite|rather|was|is|too|somewhat)(?: too| a bit)? (?:slow|late|long|expensive"
    r"|pricey)"
)


def is_marred(reading: Reading, own: Clause) -> bool:
    """Whether harm is told in another clause than the praise `own`: both cannot be meant.

    Who is content and grants that it took a while, or its price, means both.
    """
    others = [part.text for part in reading.parts if part != own]
    if _CONTENT.search(own.text) and _GRANTED.search(reading.text):
        others = [_BLEMISH.sub("", each) for each in others]
    return any(BAD.search(each) or _HARM.search(_NO_HARM.sub("", each)) for each in others)


#: By the side that a verdict takes: what another clause may not say beside it.
_AGAINST = {
    1: re.compile(
        r"(?<![不没无怕])(?:难|麻烦(?![你您了])|费劲|复杂)|(?<![a-z'])(?:hard|difficult|tough"
        r"|useless|hopeless"
        r"|rubbish|awful|terrible|bad|poor)(?![a-z'])"
    ),
    -1: re.compile(r"(?<![不没])(?:容易|简单|方便(?!面))|(?<![a-z'])(?:easy|simple)(?![a-z'])"),
}


def is_divided(reading: Reading, own: Clause, side: int) -> bool:
    """Whether another clause than `own` calls something hard where it is called easy, or so."""
    against = _AGAINST.get(side)
    return against is not None and any(
        against.search(part.text) for part in reading.parts if part != own
    )


def without_granted(reading: Reading, own: Clause) -> str:
    """The text without the wait that whoever is content, as `own` says, grants in so many words."""
    if _CONTENT.search(own.text) and _GRANTED.search(reading.text):
        return _BLEMISH.sub("", reading.masked)
    return reading.masked


def is_quoted(reading: Reading, own: Clause) -> bool:
    """Whether the clause is what another is said to say: the ad says "excellent"."""
    if _QUOTING.issuperset(reading.text[own.start - 1 : own.start].strip() or "-"):
        after = reading.text[own.end : own.end + _NEAR]
        if _SAID_SO.match(after):
            return True
    said = [part for part in reading.parts if part.end <= own.start and part.text.strip()]
    if not said:
        return False
    before = said[-1]
    between = reading.text[before.end : own.start]
    return not _QUOTING.isdisjoint(between) and _OTHERS_WORDS.search(before.text) is not None
