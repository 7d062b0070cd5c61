"""Holds the words by which people say that they wish to be phoned."""

import re

from channels.clauses import ZH_END, ZH_POLITE, english
from channels.slips import respelled

CALL_WORDS = frozenset(
    {"call", "callme", "callback", "callmeback", "phoneme", "ringme", "call我", "打我电话"}
    | {"回电", "回电话", "人工", "转人工", "人工服务", "人工客服", "真人客服", "转接人工", "真人"}
)
LONE_CALL_WORDS = (
    CALL_WORDS
    | {"agent", "human", "operator", "representative", "联系我", "客服"}
    | {"请致电", "回拨", "请回拨", "请跟我联络", "请与我联络", "转专员", "帮我转专员"}
)

# "Call me if …" is politeness, "call me crazy" is not about phones: what may follow is listed.
_TAIL = (
    r"(?= (?:back|please|pls|plz|now|asap|today|tomorrow|tmrw?|tonight|when|about|at|on|in|after"
    r"|before"
    r"|between|to|regarding|for|this|next|later|soon|again|anytime|thanks|thank|so|and|because"
    r"|instead|urgently|immediately|first|directly|mate|ok|or|\d+)\b| *$)"
)
_END = r"(?= (?:please|pls|plz|now|thanks|thank you|ok|already|immediately|at once|asap)\b| *$)"
_SOMEONE = (
    r"(?:an? |the |your |my |some |any )?(?:real |live |actual |human )?(?:human|person|agent"
    r"|representative|rep|manager|someone|somebody|operator|officer|staff|supervisor|advisor|engineer|boss)"
    r"(?: being)?"
)
_RING = r"(?:call|phone|ring|telephone|fone)"
_WISH = r"(?:want|need|would like|wanna|request|demand|expect)"
_ASK = r"(?:can|could|may|would|will)"
_CALL_ENGLISH = english(
    rf"{_RING} (?:me|us)(?: up)?{_TAIL}",
    rf"(?:give|gimme) ?(?:(?:me|us) ?)?(?:an? )?(?:call|ring|bell|buzz)(?: ?back)?{_TAIL}",
    r"(?:i |we )?(?:would |id )(?:really |much )?(?:prefer|rather|like"
    r"|appreciate)(?: it)?(?: if)? (?:you|u|someone|somebody)"
    rf" (?:(?:could|would|can|just|to|please) ){{0,2}}(?:rang|called|phoned|{_RING}) (?:me"
    rf"|us){_TAIL}",
    rf"(?:have|let|get|ask|tell) {_SOMEONE} (?:to )?(?:{_RING}|contact|reach out to|get in touch"
    r" with) (?:me|us)",
    rf"(?:{_ASK} )?{_SOMEONE} (?:please |pls |should |must |(?:needs|has|ought) to )?"
    rf"(?:{_RING}|contact) (?:me|us){_TAIL}",
    rf"(?:i )?(?:really |still )?{_WISH} (?:to (?:speak|talk) (?:to|with) {_SOMEONE}"
    rf"|{_SOMEONE} to (?:{_RING}|contact)|you to {_RING} (?:me|us)"
    rf"|an? (?:call ?back|call|phone call)(?: back)?{_TAIL}|call ?back{_TAIL})",
    rf"id (?:rather|prefer to) (?:speak|talk) (?:to|with) {_SOMEONE}|id like (?:to (?:speak"
    rf"|talk) (?:to|with) {_SOMEONE}|{_SOMEONE} to {_RING}"
    rf"|an? (?:call ?back|call|phone call){_TAIL})",
    rf"(?:{_ASK} i )?(?:please )?(?:speak|talk) (?:to|with) {_SOMEONE}",
    rf"(?:{_ASK} i )?(?:please )?(?:get|have) a (?:call ?back|call|phone call){_TAIL}",
    rf"{_ASK} i (?:please )?(?:get|have) a (?:call ?back|call|phone call)(?: back)? from",
    rf"(?:call ?back|phone call)(?: please| asap| now| requested| wanted)?{_END}",
    rf"{_RING} (?:my|our|this) (?:mobile|phone|cell|landline|home|other|work|wife|husband|son"
    r"|daughter|mum|number)",
    rf"(?<!first )call{_END}|(?<=please )(?:phone|ring)(?= *$)",
    r"(?:contact|reach out to|get (?:back )?in touch with|get back to|get hold of) (?:me"
    rf"|us){_TAIL}",
    r"(?:arrange|book|schedule|organi[sz]e|set up)(?: me)? an? (?:call ?back|call|phone call)",
    rf"(?:pass|put|transfer|connect) (?:me|us)(?: through| over)? (?:to|on to|with) {_SOMEONE}",
    rf"(?:let|allow) (?:me|us) (?:to )?(?:speak|talk) (?:to|with) {_SOMEONE}",
    rf"{_SOMEONE} please",
    joints=(
        r"please|pls|plz|kindly|but|so|then|just|am|pm|today|tomorrow|tonight|fixed|broken"
        r"|down|working|asap|or|first"
    ),
)

_WHEN = (
    r"(?:直接|在|再|先|速速|速|务必|尽早|急|一定|稍后|晚点|待会儿?|等下|等会儿?|一会儿?|回头|今天|明天"
    r"|后天|今晚|明早|上午|中午|下午|晚上|早上|现在|顺便|顺带|有空|得闲|有时间|方便|可以|的话|的?时候?"
    r"|以?后"
    r"|周[一二三四五六日天]"
    r"|\d{1,2}点(?:半|钟|\d{1,2}分)?|\d{1,2}:\d\d|[一二三四五六七八九十]{1,2}点半?)"
)
_WHO = (
    r"(?:人工客服|人工服务|人工坐席|人工|真人客服|真人|客服|专人|专员|经理|领导|主管|负责人"
    r"|他|她|工程师|维修工?|售后|老板|班长|总监|技术人员|工作人员|师傅|人)"
)
_CALL_CHINESE = re.compile(
    rf"(?:^|(?<=[行坏断决题错意分网事])|(?<=没好)|(?<=修好)|(?<=弄好))(?:\d{{1,2}}分?"
    rf"|[一二三四五]分|[一二三四五]星)?(?:{ZH_POLITE}|{_WHEN}|安排|还|派|找|让|叫|换|{_WHO}|个"
    rf"|一个|"
    rf"你们){{0,8}}(?:"
    rf"(?:给我|跟我|和我|向我)?(?:回个|回一个|回)(?:电话|电)(?:给我|跟我)?"
    r"|给(?:我)?一?个电话(?:给)?我?|[复覆回]我(?:个)?(?:电话|电)|(?:和|跟|同|与)(?:真人|人工|人"
    r"|客服|经理|领导|主管)(?:说话?|聊|倾(?:偈|计|下)?"
    r"|谈|沟通|讲|通话|对话)"
    rf"|(?:给我|跟我|和我|给本人)(?:来个|来一个|打个|打一个|打|来)电话"
    r"|(?:来个|来一个|打个|打一个|打通?)电话(?:给我|过来|来|跟我|和我|找我|向我)"
    r"|打我(?:另外?一?个|别的|这个|家里?|老公|老婆)?的?(?:电话|号码?|座机"
    rf"|手机)|电话打?给?我|倾(?:下|个)?(?:电话|偈)|(?:打|拨)(?:个|一个)?(?:电话)?(?:过来|回来"
    rf"|来)(?:给我)?"
    rf"|(?:打|复|覆)(?:返|番|翻)(?:个|一个)?电话(?:给|来)?我?"
    rf"|(?:打|拨|call|ring)(?:返|番|翻)(?:给|俾|畀)?我|复电|(?:打|拨)(?:给|俾|畀)我|致电给?我|电话联系我?"
    rf"|电联我?|来电(?![显话])|(?:跟|和|与|同)我联[系络]|联[系络]我|(?:call|ring"
    rf"|phone)(?:一下)?(?:我|me)|给我(?:个)?call"
    r"|(?:转|接|找|要|换|转接|接通|联系|呼叫)(?:个|一个|你们?)?的?(?:人工客服|人工服务|人工坐席"
    r"|人工"
    rf"|真人客服|真人|客服|经理|领导|主管|负责人|老板)"
    rf"|人工客服|人工服务|人工"
    rf")(?:\d{{0,12}})(?:{_WHEN}|给我|处理|解决|说明|沟通|说清楚|讲清楚|说一下|解释|聊聊|谈谈"
    rf"|我(?:再|来|会)?(?:跟|和|同|给|对)你们?(?:说|讲|反映|解释|细说|聊|沟通|谈|详细说)|核实"
    rf"|(?:办|咨询|升级|查|说明|解释|核实|确认|问|了解|谈)(?:理|一下|下)?[\u4e00-\u9fff]{{1,5}}"
    rf"|再评价?|再说|再打分|再回复?){{0,3}}{ZH_END}"
)


#: English goes on behind it: call我 after 6pm.
_MIXED = re.compile(r"\b(call|ring|phone)我(?= [a-z0-9])")


def is_wish(clause: str) -> bool:
    """Whether a clause of `clauses.clauses` asks to be phoned: contract section 8, reading (3)."""
    clause = _MIXED.sub(r"\1 me", respelled(clause))
    word = clause.replace(" ", "")
    if clause.startswith("when "):  # asks after a call that was promised
        return False
    return (
        word.strip("0123456789") in CALL_WORDS
        or _CALL_ENGLISH.search(clause) is not None
        or _CALL_CHINESE.search(word) is not None
    )


#: Why it had better be said aloud tells nothing else.
_WHY_ENGLISH = re.compile(
    r"(?:its |it is |it would be |would be |i would |id |much |far |so |just |sorry ){0,3}"
    r"(?:(?:easier|quicker|better|simpler|prefer|rather)(?: (?:to|for me to))? (?:talk|speak"
    r"|explain|discuss)(?: (?:it|this))?(?: (?:by|over|on) (?:the )?phone)?"
    r"|(?:easier|quicker|better|simpler)(?: (?:by|over|on) (?:the )?phone)"
    r"|(?:too )?(?:long|hard|difficult|complicated|much)(?: a story)? to"
    r" (?:explain|type|text|write)"
    r"(?: (?:it|here|this|by|over|in|on|a|text|message|sms|all)){0,4}"
    r"|(?:cant|cannot|dont want to|hate to) (?:explain|type|text|write)"
    r"(?: (?:it|here|this|by|over|in|on|a|text|message|sms|all|much)){0,4}|long story)"
)
_WHY_CHINESE = re.compile(
    r"(?:用|发|在)?(?:短信|打字|文字|信息|这里|这儿|简讯|讯息)?(?:里|上|中)?(?:说|讲|打|写|表达"
    r"|解释)(?:也|都)?不(?:太)?(?:清楚?|明白|完|方便|了)(?:了|啊)?"
    r"|[一三两][句言两](?:话|两语|语)?(?:也)?(?:说|讲)不(?:清楚?|完|明白)|打字(?:太)?(?:慢"
    r"|麻烦|累|不方便)"
    r"|(?:还是)?(?:电话|当面)(?:里|上|中)?(?:说|讲|聊|谈|沟通)(?:吧|更?清楚|方便|比较好|好)?"
    r"|说来话长|情况(?:比较|很)?复杂"
)


def says_why(clause: str) -> bool:
    """Whether a clause only says that it had better be told on the phone than written."""
    word = clause.replace(" ", "")
    return _WHY_ENGLISH.fullmatch(clause) is not None or _WHY_CHINESE.fullmatch(word) is not None
