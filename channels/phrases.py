"""Holds the words and turns of phrase by which people say stop, go on, help and call me."""

import re
from collections.abc import Mapping

# As far as these words are written with them; the patterns below know simplified ones only.
SIMPLIFIED = str.maketrans(
    "訂閱發給電話復繫聯擾煩訊騷開轉個請幫別們還簡郵問調評價資謝務點線單嗎這種條斷對類號碼從刪繼續傳撥"
    "盡馬動機實時會說讓絕垃圾廣報幹麼為與後間暫週兩兒過",
    "订阅发给电话复系联扰烦讯骚开转个请帮别们还简邮问调评价资谢务点线单吗这种条断对类号码从删继续传拨"
    "尽马动机实时会说让绝垃圾广报干么为与后间暂周两儿过",
)

# Lone words: without spaces and marks, so that OPT-OUT, OPT OUT and OPTOUT are one.
# The carriers' own English ones: 47 CFR 64.1200(a)(10) and Twilio's defaults.
_FULL_STOPS = (
    *("stop", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"),
    *("退订", "拒收", "取消订阅", "停止发送", "不要再发", "不要再发了", "别再发了", "别再发"),
)
STOP_WORDS = frozenset({*_FULL_STOPS, "t", "td", "t退订", "td退订", "退订t", "退订td"})
STOP_REPEATED = re.compile("|".join(f"(?:{word}){{1,9}}" for word in _FULL_STOPS))
STOP_ALL_WORDS = frozenset(
    {"stopall", "unsubscribeall", "cancelall", "optoutall", "退订全部", "退订所有", "全部退订"}
)
PROBABLE_STOPS = frozenset(
    {"停止", "取消", "退定", "回t", "回td", "回复t", "回复td", "回t退订", "回td退订", "回复t退订"}
    | {"回复td退订", "stopplease", "pleasestop", "stopthanks", "stopit", "stopthis", "unsub"}
)
START_WORDS = frozenset({"start", "unstop"})
AGAIN_WORDS = frozenset({"yes", "恢复", "恢复订阅", "订阅", "重新订阅", "开始"})
HELP_WORDS = frozenset({"help", "info", "帮助"})

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
_DAYS = {1: "d天日", 7: "w周星", 30: "m月", 365: "y年"}
UNITS = {letter: days for days, letters in _DAYS.items() for letter in letters}
"""Days of a unit, by its first letter."""
PAUSE = re.compile(
    r"(?:please|pls|plz){0,2}pause"
    r"(?:(?:for)?(?P<number>\d{1,4})(?P<unit>d|days?|weeks?|months?|years?)?)?"
    r"(?:please|pls|plz|thanks|thankyou|thx){0,2}"
    r"|(?:请|麻烦|先|帮我|我想|我要){0,3}暂停(?:联系|接收|回访|短信)?"
    rf"(?:(?P<count>\d{{1,4}}|{'|'.join(sorted(NUMERALS, key=len, reverse=True))})个?"
    r"(?P<span>天|日|周|星期|月|年)?)?"
    r"(?:吧|啊|哦|哈|好吗|好不好|行吗|可以吗|谢谢|谢了|多谢|感谢|拜托){0,3}"
)
LATER = re.compile(
    r"(?:please)?(?:(?:maybe|ask(?:me)?|remindme|textme)?later(?:on)?|notnow)(?:please|thanks)?"
    r"|(?:请|麻烦)?(?:(?:稍后|稍候|晚点儿?|晚些|待会儿?|等会儿?|等一会儿?|过会儿?|过一会儿?|改天)"
    r"(?:再说|再答|再评价?|再回复?|再问我?|再来|回复|评价|提醒我)?|(?:以后|回头|有空)(?:再说|再回复?|再评价?))"
    r"(?:吧|哈|哦|啊|好吗|谢谢){0,2}"
)
CALL_CLAUSES = frozenset(
    {"call", "callme", "callback", "callmeback", "phoneme", "ringme"}
    | {"回电", "回电话", "人工", "转人工", "人工服务", "人工客服", "真人客服"}
)
CALL_WORDS = CALL_CLAUSES | {"agent", "human"}


def _english(*cores: str, joints: str) -> re.Pattern[str]:
    """A clause, or what follows a joint, that begins with one of the cores, politeness aside."""
    polite = (
        r"please|pls|plz|kindly|just|hi|hey|hello|ok|okay|no|now|then|also|so|and|but|seriously"
        r"|can you|could you|would you|will you|you (?:must|should|need to|have to)"
        r"|i (?:want|need|would like|told|asked) you(?: guys| people)? to|id like you to"
        r"|tell (?:them|your (?:people|team|system)) to"
    )
    body = "|".join(f"(?:{core})" for core in cores)
    return re.compile(
        rf"(?:^|(?<= )(?:{joints}) )(?:[\d ]{{1,8}} )?(?:(?:{polite}) ){{0,6}}(?:{body})(?= |$)"
    )


_END = r"(?= (?:please|pls|plz|now|thanks|thank you|ok|already|immediately|at once)\b| *$)"
_MEDIA = (
    r"(?:messages?|msgs?|texts?|sms|notifications?|surveys?|questionnaires?|reminders?|spam|stuff)"
)
_WHICH = r"(?:(?:me|us|all|any|more|these|those|this|the|your|such|so many|annoying|stupid) )"
_ME = r"(?:me|us|this number|my (?:number|phone))"
_AGAIN = r"(?:again|any ?more|any longer|ever)"
_STOP = r"(?:stop|quit|cease)"
_NOT = r"(?:(?:do not|dont)(?: ever| please| you)?|no longer)"
_I_DO_NOT_WANT = r"i (?:do not|dont|no longer|never) (?:want|wish|need)"
_I_WANT = r"(?:i (?:want|wish|would like|need)|id like) to"
_JOINTS = r"please|pls|plz|kindly|but|and|so|now"

STOP_ENGLISH = _english(
    rf"{_STOP} (?:texting|messaging|spamming|surveying|sms ?ing)(?: {_ME})?",
    rf"{_STOP} (?:with )?(?:sending )?(?:to )?{_WHICH}{{0,4}}{_MEDIA}{_END}",
    rf"{_STOP} sending (?:to )?{_WHICH}{{0,4}}{_MEDIA}",
    rf"{_STOP} sending(?: {_ME})?{_END}",
    rf"{_STOP} asking {_ME}",
    rf"(?:stop|unsubscribe|opt out|unsub)(?: (?:it|this|that|me))?{_END}",
    rf"{_NOT} (?:text|message|msg|sms|spam|survey)(?: to)? (?:{_ME}|{_AGAIN})",
    rf"{_NOT} (?:text|message){_END}",
    rf"{_NOT} send (?:to )?{_WHICH}{{0,4}}{_MEDIA}",
    rf"{_NOT} send (?:{_ME} )?(?:anything|{_AGAIN})",
    rf"never (?:text|message|send)(?: {_ME})?(?: {_MEDIA}| anything)? {_AGAIN}",
    rf"no (?:more|further) (?:of )?{_WHICH}{{0,2}}{_MEDIA}{_END}",
    rf"{_I_DO_NOT_WANT} (?:to (?:receive|get|see|have) )?{_WHICH}{{0,4}}{_MEDIA}",
    rf"{_I_WANT} stop (?:receiving|getting) {_WHICH}{{0,4}}{_MEDIA}",
    rf"(?:{_I_WANT}|how (?:do|can) i) (?:unsubscribe|opt out|stop)"
    rf"(?: (?:of|from))? {_WHICH}{{0,4}}{_MEDIA}",
    rf"(?:{_I_WANT}|how (?:do|can) i) (?:unsubscribe|opt out){_END}",
    rf"(?:unsubscribe|opt) {_ME}(?: (?:out|from|off))?",
    joints=_JOINTS,
)

# Said of calls, mails or contact altogether: by whatever channel it is said, no other may go on.
STOP_ALL_ENGLISH = _english(
    rf"{_STOP} (?:contacting|calling|phoning|ringing|emailing|mailing|bothering|harassing"
    rf"|pestering|disturbing|annoying)(?: {_ME}|{_END}| {_AGAIN})",
    rf"{_STOP} (?:with )?{_WHICH}{{0,3}}(?:calls|phone calls|emails?|mails?){_END}",
    rf"{_NOT} (?:contact|disturb|harass)(?: (?:{_ME}|{_AGAIN})|{_END})",
    rf"{_NOT} (?:bother|annoy|pester) {_ME}",
    rf"never (?:contact|call|phone|ring|e ?mail|mail|bother)(?: {_ME})? {_AGAIN}",
    rf"(?:do not|dont) (?:ever )?(?:call|phone|ring|e ?mail|mail|write to) {_ME}"
    rf"(?: {_AGAIN}| (?:at|on|about|for|in|during|while)|{_END})",
    rf"no (?:more|further) (?:calls|phone calls|contact|emails?|mails?){_END}",
    rf"{_I_DO_NOT_WANT} to be (?:contacted|called|phoned|bothered|disturbed|texted|messaged)",
    rf"{_I_DO_NOT_WANT} you to (?:contact|call|phone|text|message) {_ME}",
    rf"{_I_DO_NOT_WANT} (?:any )?(?:more )?(?:calls|emails?){_END}",
    rf"(?:remove|take|delete|get) {_ME[:-1]}|my (?:name|email|address|details))"
    r" (?:from|off|out of)(?: (?:this|that|the|your|all|of|any))*"
    r" (?:\w+ )?(?:lists?|database|system|records?)",
    rf"(?:remove|delete) {_ME[:-1]}|my (?:name|email|address|details)){_END}",
    rf"take {_ME} off{_END}",
    r"leave me (?:alone|in peace)",
    r"lose my number",
    r"i (?:hereby )?(?:revoke|withdraw) (?:my )?(?:consent|permission)",
    rf"(?:unsubscribe|opt) {_ME} (?:out )?(?:from|of) (?:all|everything)",
    joints=_JOINTS,
)

# "Call me if …" is politeness, "call me crazy" is not about phones: what may follow is listed.
_CALL_TAIL = (
    r"(?= (?:back|please|pls|plz|now|asap|today|tomorrow|tonight|when|about|at|on|in|after|before"
    r"|between|to|regarding|for|this|next|later|soon|again|anytime|thanks|thank|so|and|because"
    r"|instead|urgently|immediately|first|directly|\d+)\b| *$)"
)
_SOMEONE = (
    r"(?:an? |the |your |my |some )?(?:real |live |actual )?"
    r"(?:human|person|agent|representative|rep|manager|someone|somebody|operator|supervisor|advisor)"
)
_RING = r"(?:call|phone|ring)"
_CALL_WISH = r"(?:want|need|would like|wanna|request)"
CALL_ENGLISH = _english(
    rf"{_RING} (?:me|us)(?: up)?{_CALL_TAIL}",
    rf"give (?:me|us) a (?:call|ring)(?: ?back)?{_CALL_TAIL}",
    rf"(?:have|let|get) {_SOMEONE} (?:to )?{_RING} (?:me|us)",
    rf"(?:(?:can|could|may) )?{_SOMEONE} (?:please |pls )?{_RING} (?:me|us){_CALL_TAIL}",
    rf"(?:i )?{_CALL_WISH} (?:to (?:speak|talk) (?:to|with) {_SOMEONE}|{_SOMEONE} to {_RING}"
    rf"|you to {_RING} (?:me|us)|an? (?:call ?back|call|phone call)(?: back)?{_CALL_TAIL})",
    rf"id like (?:to (?:speak|talk) (?:to|with) {_SOMEONE}|an? (?:call ?back|call){_CALL_TAIL})",
    rf"(?:can i |could i |may i )?(?:speak|talk) (?:to|with) {_SOMEONE}",
    rf"(?:call ?back|phone call)(?: please| asap| now| requested| wanted)?{_END}",
    joints=r"please|pls|plz|kindly|but|so|then",
)

_ZH_POLITE = (
    r"(?:请你们|请您|请你|请|麻烦|拜托|求求|你们|您们|您|你|以后|今后|我|能不能|可不可以|可以|能|希望|真的"
    r"|都|也|千万|就|那|所以|但是|但|好了|够了|赶紧|尽快|马上|立即|立刻|帮我|帮忙|给我|叫他们|让他们|另外|还有|求"
    r"|要求|想要|想|要|需要)"
)
_ZH_END = (
    r"(?:了|啦|吧|啊|呀|哦|好吗|好不好|行吗|行不行|可以吗|谢谢|谢了|多谢|一下|吗|感谢|拜托){0,4}$"
)
_ZH_MEDIA = (
    r"(?:垃圾|骚扰|营销|推广|广告|调查|评价|回访|满意度|问卷|推送|通知)?"
    r"(?:短信息|短信|信息|消息|讯息|简讯|问卷|调查|回访|广告|推送|通知|东西|链接|评价|满意度)"
)
_ZH_WHICH = r"(?:这种|这类|这些|这个|此类|任何|你们的|你们|贵司的?|该|什么|那么多|那些|的){0,3}"
_ZH_NOT_STRONG = r"(?:不要|别|请勿|勿|莫|禁止|停止|不想|不希望|不愿意|不准|不许|拒绝|甭)"
_ZH_NOT = r"(?:不要|别|不用|不必|请勿|勿|莫|禁止|停止|不想|不希望|不需要|不愿意|不准|不许|拒绝|甭)"
_ZH_AGAIN = r"(?:再|继续|老是|老|总是|总|一直|天天|每天|反复|乱){0,2}"
_ZH_ME = r"(?:给我们|给我|向我|跟我|往我手机|对我|给本人|给这个号码)"
_ZH_START = rf"(?:^|(?<=[请但]))(?:\d{{1,2}}分?)?{_ZH_POLITE}{{0,6}}"

STOP_CHINESE = re.compile(
    rf"{_ZH_START}(?:"
    rf"{_ZH_NOT}{_ZH_AGAIN}{_ZH_ME}?{_ZH_AGAIN}(?:发送|推送|群发|发|传){_ZH_ME}?"
    rf"(?:{_ZH_WHICH}{_ZH_MEDIA}|过来|来|给我)?{_ZH_END}"
    rf"|{_ZH_NOT}{_ZH_AGAIN}(?:收到|接收|接受|看到|来){_ZH_WHICH}{_ZH_MEDIA}{_ZH_END}"
    rf"|{_ZH_NOT}{_ZH_AGAIN}(?:收到|接收){_ZH_WHICH}{_ZH_END}"
    rf"|{_ZH_NOT}{_ZH_AGAIN}(?:进行|做)?(?:回访|短信|问卷|调查|推送|广告){_ZH_END}"
    rf"|(?:拒收|拒绝接收|拒绝接受|退订|退定|取消订阅|取消)(?:掉)?{_ZH_WHICH}{_ZH_MEDIA}{_ZH_END}"
    rf"|(?:怎么|如何|怎样)?(?:才能)?(?:退订|退定|拒收|取消订阅)(?:掉)?{_ZH_END}"
    rf"|(?:t|td)退订{_ZH_END}"
    rf")"
)
STOP_ALL_CHINESE = re.compile(
    rf"{_ZH_START}(?:"
    rf"(?:{_ZH_NOT_STRONG}|(?:不用|不必|不需要)再){_ZH_AGAIN}{_ZH_ME}?{_ZH_AGAIN}"
    rf"(?:(?:联系|联络|打扰|骚扰|烦|纠缠|找)(?:我们|我|本人)|联系|联络|打扰|骚扰|烦){_ZH_END}"
    rf"|(?:不要|别|勿|莫|不准|不许|停止|禁止|拒绝)(?:再|继续|老是|老|总是|总|一直|天天|每天){{0,2}}{_ZH_ME}?"
    rf"(?:再)?(?:打来|打过来|拨打|打|来)(?:骚扰)?(?:电话|邮件){_ZH_ME}?{_ZH_END}"
    rf"|(?:不要|别)再(?:给我)?打(?:过来|来)?{_ZH_END}"
    rf"|{_ZH_NOT}{_ZH_AGAIN}{_ZH_ME}?(?:发送|发)(?:{_ZH_WHICH})邮件{_ZH_END}"
    rf"|(?:把|将)我的?(?:手机号码|电话号码|手机号|号码|电话|名字|邮箱|信息)?(?:从.{{0,12}})?"
    rf"(?:删除|删掉|删了|移除|移出|去掉|拉黑).{{0,6}}$"
    rf"|(?:我)?(?:撤回|撤销|收回)(?:我的)?(?:同意|授权){_ZH_END}"
    rf")"
)
_ZH_WHEN = (
    r"(?:在|今天|明天|后天|今晚|上午|中午|下午|晚上|早上|现在|有空|有时间|的?时候?|以?后|周[一二三四五六日天]"
    r"|\d{1,2}点(?:半|钟|\d{1,2}分)?)"
)
CALL_CHINESE = re.compile(
    rf"(?:\d{{1,2}}分?|[一二三四五]分|[一二三四五]星)?(?:{_ZH_POLITE}|{_ZH_WHEN}){{0,8}}(?:"
    rf"(?:给我|跟我|和我|向我)?(?:回个|回一个|回)(?:电话|电)(?:给我)?"
    rf"|(?:给我|跟我|和我)(?:来个|来一个|打个|打一个|打)电话"
    rf"|(?:来个|来一个|打个|打一个|打)电话给我|(?:打给|致电给?|电话联系|电联)我"
    rf"|(?:转|接|找|要|换)(?:个|一个)?(?:人工客服|人工服务|人工|真人客服|真人|客服)"
    rf"|人工客服|人工服务|人工"
    rf"|(?:派|安排|找|让|叫)(?:个|一个)?(?:人|专人|客服|经理|领导|主管)"
    rf"(?:给我|跟我|和我)?(?:回个电话|回电话|回电|打个电话|打电话|联系我|致电)(?:给我|我)?"
    rf")(?:吧|啊|呀|哦|好吗|可以吗|行吗|谢谢|谢了|一下|吗|感谢|处理|解决|说明|沟通){{0,3}}"
)
