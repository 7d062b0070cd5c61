"""Holds what qualifies a statement: when it held, who says so, whether it is yet to come."""

import re

#: Said of what was mended: that it is broken again.
AGAIN = re.compile(
    r"又|再次|再度|复发|反弹|没(?:几|多|两|过).{0,4}(?:又|就)|第二天|结果.{0,6}(?:又|不)"
    r"|again|came back|is back|then (?:it )?(?:broke|stopped|died|dropped)|but (?:now"
    r"|then) (?:it )?(?:broke|stopped|died|dropped)"
)
#: How things stood at first, in so many words: they changed.
AT_FIRST = re.compile(r"本来|原本|起初|一开始|刚开始|之前|先前|(?<![a-z'])(?:at first|initially)")
#: No wish to be phoned, which has a "no" of its own.
NO_CALL = re.compile(
    r"(?<![a-z'])no need (?:to|for) (?:an? )?(?:call|ring|phone)(?: ?back| me| us)*(?![a-z'])"
    r"|(?:不用|不必|无需|不需要)(?:再)?(?:给我)?(?:回电话?|打电话|回访)(?:了|给我)*"
)
#: How things stand in the end, whatever was before.
BY_NOW = re.compile(
    r"现在|目前|终于|总算|后来|最后|今天|[这今]次|这回|now|finally|eventually|in the end|at last"
)
FORMERLY = re.compile(
    r"之前|以前|原来|本来|原本|起初|一开始|开始|当时|昨天|刚开始|上[次回]"
    r"|before|at first|initially|yesterday|earlier|was|first time"
)
#: It is not done, but is to be done, or is another thing.
TO_COME = re.compile(
    r"(?<![a-z'])(?:to be|hope|hoping|wish|pray|praying|will be|'ll be|gets?|(?:it|this|that|they"
    r"|he)'ll be|want (?:it|this"
    r"|that|my \w+|you to)|needs?(?:"
    r" (?:it|this|that|to))?|close to"
    r"|near to|was told|were told|i'm told|please (?:get|have|fix)|the wrong|should get|going to"
    r"|gonna|can you"
    r"|waiting (?:for|on)|when|(?:love|like|able) to say|could say|would be \w+ if"
    r"|if only)(?![a-z'])[^,.;!?]{0,24}(?<![a-z'])(?:fix|fixed|resolved?|solved?"
    r"|sorted|working|work|repaired|done"
    r"|restored|connected)(?![a-z'])|(?<![a-z'])(?:(?:off|from|using|on|via|with) (?:my "
    r"|the )?(?:phone|mobile"
    r"|hotspot|data|4g|5g)|go|going|get|come|drive|late|back|need|have|try\w*|able|unable"
    r"|want) to work(?![a-z'])|(?<![a-z'])(?:at work|work(?:ing)? (?:on|from|at|late|till"
    r"|until|tomorrow)|fixed (?:my|the"
    r" wrong))(?![a-z'])"
)
#: Before a statement in its clause: another says so, or it is another's.
OTHERS = re.compile(
    r"谁说|^(?:说是|据说|听说|号称|说已经?|显示)|(?:师傅|客服|你们|他们|他|她|工程师|技术员|系统"
    r"|后台"
    r"|短信|工单|订单|人员|人家|app)(?:都|跟我|跟我们|老|只|就|还|却|非|上|里|一直)*"
    r"(?:说|讲|告诉我?|显示|通知|声称|骗我|写|认为|称|标)"
    r"|(?:邻居|隔壁|楼上|楼下|别人|人家|朋友|同事)(?:家|的|网|宽带|那边)"
    r"|(?<![a-z'])(?:he|she|they|you|engineer|technician|agent|guy|app|system|website|text|email"
    r"|rep|operator"
    r"|tenant|landlord|landlady|flatmate|guest|wife|husband|colleague|manager"
    r"|staff|tech)(?: \w+)? (?:said|says|say|claims?|claimed|told me|tells me|insists?|thinks?"
    r"|shows?"
    r"|reckons?|marked|promised|keeps? saying|keeps? telling me)(?![a-z'])"
    r"|(?<![a-z'])(?:neighbou?r|friend|brother|sister|flatmate|mum|mom|dad|everyone)(?:s|'s"
    r"|s')(?![a-z'])"
)
#: Courtesy and assent to something else.
COURTESY = re.compile(
    r"^(?:没有?问题|没事|没关系|不客气|不用|不用谢|没什么|不错"
    r"|no (?:problem|worries|thanks|thank you|problems|bother|issue|issues|rush|one|1|2))"
    r"(?:啊|的|哦|哈|at all)?$"
)
TURN = re.compile(r"不对|不是|no wait|wait|actually|correction|sorry|i mean|更正|说错|打错|错了")
