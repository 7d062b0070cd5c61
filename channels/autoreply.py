"""Tells a machine's reply from a person's, by its words alone."""

import re

from channels.clauses import MOST_CHARACTERS, plain

# A reply that names itself does so first, and then goes on after a mark: whoever talks about
# automatic replies in a sentence is a person.
_NAME = (
    r"(?:(?:ooo|out of office) )?auto(?:mat(?:ed|ic(?:ally)?))?[ -]?"
    r"(?:generated )?(?:(?:sms|text|message|e-?mail|whatsapp)[ -]?)?"
    r"(?:reply|replies|respon(?:se|der|d)|answer|message|text|sms|email"
    r"|notification)"
    r"|(?:系统|短信|手机|微信|邮件|驾驶模式)?(?:自动|智能)(?:短信|信息|微信|消息)?(?:回复|答复"
    r"|回信|应答|消息|短信"
    r"|通知|留言|讯息|简讯)"
    r"|auto-?reply|autoresponder|driving mode|vacation (?:reply|response)|驾驶中|开车中"
    r"|开会中,稍后|驾驶模式|离开模式"
    r"|勿扰模式"
)
_OPEN, _MARK = r"^[\W_]{0,8}", r"[ \t]{0,3}(?:[]:)}>»】|。!.…\n*~-]|$)"
_LAST = (
    r"^[\W_]{0,2}【[^】]{2,14}】您的(?:订单|包裹|快递|快件|外卖)|[(\[【](?:系统)?(?:自动(?:回复"
    r"|答复|应答|短信|传送|发送|传讯)|auto(?:matic|mated)?(?:[ -]?reply)?)[)\]】]"
    r"\W{0,4}$"
)
_FROM = r" from [a-z]{2,12}(?: [a-z]{2,12})?:"
_NAMED = re.compile(rf"{_LAST}|{_OPEN}(?:{_NAME})(?:{_FROM}|{_MARK}|[ /]{{1,3}}(?:{_NAME}){_MARK})")

# RFC 3834 names the kinds: notices of absence, of arrival, of failure, and robots' confirmations.
_ENGLISH = (
    (
        r"this is an? (?:auto[ -]?|system[ -]?|computer[ -]?)"
        r"(?:mat(?:ed|ic)(?:ally)? )?(?:generated )?(?:(?:sms|text|e-?mail|message) )?"
        r"(?:reply|response|message|email|text|notification|answer)"
    ),
    r"(?:sent|generated|replied|replying) automatically",
    (
        r"^[\W_]{0,8}(?:(?:hi|hello|sorry|thanks|thank you)[,.! ]{1,3})?(?:i am|i'm|im|we are)?"
        r"(?: currently| presently| now| away and| away,)?"
        r" ?(?:ooo\b(?! l)|out of (?:the )?office\b)(?! (?:today|when|for the engineer))"
    ),
    (
        r"^[\W_]{0,8}(?:(?:hi|hello|sorry)[,.! ]{1,3})?(?:i am|i'm|im) (?:currently )?"
        r"(?:away|on (?:annual |sick |parental |maternity )?leave"
        r"|on (?:vacation|holiday)|unavailable)"
        r"\b.{0,60}\b(?:until|return|back|reply|respond|urgent|limited access|no access)"
    ),
    r"\b(?:limited|no) access to (?:my )?(?:e-?mail|phone)",
    (
        r"^[\W_]{0,8}(?:sorry,? )?(?:i am|i'm|im) driving\b(?! (?:an?|\d+|for|to|all|over|past|me"
        r"|back)\b)"
        r"(?: with|.{0,40}\b(?:i'll|ill|will|cannot|can't|cant|get back|reply|text|call)\b)"
    ),
    r"do not disturb while driving|i'm not receiving notifications",
    (
        r"^[\W_]{0,4}(?:sorry,? )?(?:i )?(?:can't|cant|cannot) (?:talk|speak|pick up"
        r"|answer(?: the phone| your (?:call|text|message))?|take (?:your|this) call)"
        r" (?:right )?now"
    ),
    (
        r"^[\W_]{0,4}sorry,? (?:that )?i (?:have )?missed your (?:call|text|message)\b"
        r".{0,60}\b(?:i'll|i will|will (?:call|text|reply|respond|get back))\b"
    ),
    (
        r"^[\W_]{0,4}(?:sorry,? )?(?:i am|i'm|im)(?: currently| presently| now)?"
        r" (?:in (?:an? |the )?(?:lecture|class|lesson|seminar|surgery|theatre|exam|court|training"
        r"|conference|interview)|on (?:an? |the )?(?:flight|plane|ward|another call)|teaching"
        r"|flying)"
        r"\b.{0,24}(?:\b(?:i'll|ill|i will|will) (?:reply|respond|call|get back|text|be in touch)"
        r"|\b(?:back|until|till) )"
    ),
    (
        r"^[\W_]{0,4}(?:sorry,? )?(?:i'm|i am) (?:in a meeting|busy)(?: right now)?[,.!; ]{1,3}"
        r"(?:and )?(?:call you (?:back )?later"
        r"|(?:i'll|i will|can i|will) (?:call|text|get back|reply|respond))"
    ),
    r"we(?:'ve| have)? received your (?:message|text|e-?mail|sms|enquiry|inquiry|request)",
    r"your (?:message|text|e-?mail|sms|enquiry|inquiry|request) (?:has been|was) received",
    (
        r"(?:thanks|thank you) for (?:contacting|your (?:message|e-?mail|text"
        r"|enquiry|inquiry)|texting"
        r"|messaging|reaching out|getting in touch|e-?mailing)\b.{0,120}"
        r"(?:we will|we'll|we aim|our (?:office|team|hours|opening|business|agents)"
        r"|someone will|(?:will|to) (?:get back|reply"
        r"|respond|be in touch|contact)|business (?:hours|days?)|(?:are|is|now) closed"
        r"|(?:text|reply) stop"
        r"|as soon as)"
    ),
    (
        r"^[\W_]{0,4}(?:currently |away )?on (?:annual |sick |parental |maternity )?(?:leave"
        r"|vacation|holiday|pto)\b"
        r".{0,40}\b(?:until|till|return|back|reply|respond|urgent)"
    ),
    (
        r"(?:i am|i'm)(?: currently| presently)? in a meeting\b.{0,20}\b(?:will|i'll"
        r"|shall) (?:reply|respond|call|get back|text)"
    ),
    (
        r"(?:i am|i'm|currently) away from my (?:phone|desk)"
        r"|^[\W_]{0,4}(?:the |user )?mailbox (?:is )?full"
        r"|^[\W_]{0,4}(?:message |sms |text )?delivery (?:has )?failed(?:[.,:!]|$)"
    ),
    (
        r"^[\W_]{0,4}(?:your )?message (?:could|can|was|has) ?not (?:be |been )?deliver"
        r"|your (?:[a-z]+ ){0,3}(?:code|otp|pin|passcode|password)(?: is|:) ?(?:[a-z]{1,2}-)?\d{3}"
        r"|^[a-z][a-z0-9&' ]{1,20}: your (?:[a-z]+ )?(?:data|bill|account|balance|plan|order"
        r"|parcel|payment|package"
        r"|subscription|recharge|statement)\b|\buse \d{4,8} as your\b"
        r"|\b\d{4,8} is your (?:[a-z]+ ){0,4}(?:code|otp|pin|passcode|password)\b"
        r"|(?:never|do not|don't) share (?:this|your|the|it)\b.{0,24}(?:code|otp|pin|anyone"
        r"|password)"
        r"|(?:rs\.?|inr|usd|sgd|hk\$|\$|£) ?[\d,.]{1,12} (?:has been |was |is )?(?:debited"
        r"|credited|withdrawn)"
    ),
    (
        r"your (?:ticket|case|request|enquiry|inquiry)\b.{0,14}\b(?:has been|was) (?:received"
        r"|created|logged|registered|submitted)"
    ),
    (
        r"^[\W_]{0,4}dear (?:customer|valued|user|subscriber|sender)|(?:reply|press"
        r"|text) [0-9a-c] (?:for|to) (?!get|me|make)"
    ),
    (
        r"this (?:number|mailbox|inbox|address|account) (?:is (?:not|un|no longer)|does not|doesn't"
        r"|cannot|can't|can not) ?(?:be )?(?:monitored|accept|receive|take|in service|in use|reply)"
    ),
    (
        r"^[\W_]{0,4}(?:sorry,? )?i'll call you (?:right )?(?:back|later)[\W_]*$"
        r"|^[\W_]{0,4}auto-?reply\b|^[\W_]{0,4}\[auto\]|vacation responder|unmonitored mailbox"
        r"|inbox is unattended|we(?: are|'re) (?:currently |now )?closed\b.{0,40}hours"
        r"|message (?:not sent|failed to send)|please do not reply to this (?:message|text"
        r"|e-?mail|number|sms)"
    ),
    (
        r"^[\W_]{0,4}(?:[a-z]{2,14}: (?:.{0,40} )?)?(?:your )?(?:parcel|package|delivery"
        r"|order)(?: \w+){0,4}"
        r" (?:(?:will be|has been|is|was|be) (?:delivered|dispatched|shipped|out for delivery"
        r"|on (?:its|the) way|arriving)|out for delivery|slot is)\b"
        r"|^[\W_]{0,4}[a-z]{2,14}: we(?:'ve| have)? (?:delivered|dispatched|shipped|left) your\b"
    ),
    r"(?:unable to|could not|cannot|failed to) (?:send|deliver) (?:your )?(?:message|text|sms)",
    (
        r"(?:^[\W_]{0,4}user|subscriber) (?:is )?(?:currently )?(?:busy|unavailable"
        r"|not (?:available|reachable))"
    ),
    r"message (?:blocking is|not delivered|delivery failed|undeliverable)|^[\W_]{0,4}undeliver",
    r"^[\W_]{0,4}free ?msg\b|(?:msg|message) ?(?:&|and) ?data rates may apply",
    (
        r"the (?:subscriber|customer|person|party|number|user) you (?:have |are |'ve )?"
        r"(?:trying|texted|messaged|contacted|texting|messaging|calling|dialled|dialed|called"
        r"|reached)"
    ),
    r"(?:text|reply) stop to (?:opt out|unsubscribe|end|cancel|stop)",
)
_CONTACT = r"(?:联系|回复|答复|回电|回信|去电|回)"
_BACK_TO_YOU = rf"(?:再|会|将|尽快){{0,3}}(?:(?:给|跟|和|与|同)?[您你]{_CONTACT}|{_CONTACT}?[您你])"
_BACK = rf"(?:再|会|将|尽快){{0,3}}(?:给|跟|和|与|同)?[您你]?{_CONTACT}"
_SOON = (
    r"(?:稍后|稍候|一会儿?|等会儿?|待会儿?|晚点|晚些时候?|尽快|会后|结束后|到达后|下车后|随后"
    r"|\d{1,2}点后)"
)
_BUSY = (
    r"(?:开会|会议|开车|驾车|驾驶|有事|忙|通话|上课|休假|出差|休息|外出|不方便|不在|无法接听"
    r"|不能接听|离开)"
)
_START = r"^[\W_]{0,4}(?:【.{1,12}】)?(?:您好|你好|对不起|很?抱歉)?[,!。 ]{0,2}"
_CHINESE = (
    rf"(?:现在|正在|目前|暂时|当前|我在|本人在|正).{{0,6}}{_BUSY}.{{0,14}}{_SOON}{_BACK_TO_YOU}",
    rf"^[\W_]{{0,4}}(?:我|本人)?正?在?(?:驾驶|驾车|开车|开会).{{0,4}}[,。 ]{_SOON}{_BACK}[\W_]*$",
    rf"^[\W_]{{0,6}}(?:您好|你好)[,!.。 ]{{0,2}}(?:本人|我)?.{{0,6}}{_BUSY}.{{0,14}}{_SOON}{_BACK}",
    (
        r"(?:本人|我)?(?:现在|目前|正在)?(?:休假|出差|外出)(?:中|期间|至|到).{0,30}(?:联系|请致电"
        r"|请拨打|回复)"
    ),
    (
        r"您(?:的|发(?:送)?的)(?:短信|消息|留言|来信|信息|讯息|简讯|反馈|邮件|咨询|来电"
        r"|诉求)(?:我们)?(?:已经?|均已)(?:被)?"
        r"(?:收到|接收|受理|记录|转)"
    ),
    (
        r"(?:短信|消息|留言|信息|邮件|来信)已(?:经)?(?:成功)?(?:收到|接收|送达)"
        r"[^请望烦盼求没未不]{0,12}(?:稍后|尽快|(?:会|将).{0,6}(?:回复|处理|联系))"
    ),
    (
        r"(?:感谢|谢谢)您?的?(?:来信|留言|咨询|关注|来电|致电|联系).{0,20}"
        r"(?:(?:我们|客服|工作人员)?(?:将|会|已)(?:尽快|在|于|稍后|安排|为您)|工作时间|营业时间"
        r"|稍后为您)"
    ),
    (
        r"^[\W_]{0,4}(?:【.{1,12}】)?(?:尊敬的|亲爱的)(?:客户|用户|顾客|会员|车主|先生|女士|旅客)"
        r"|验证码(?:是|为|:)? ?\d|话费余额(?:为|是|:)? ?\d"
        r"|^[\W_]{0,4}(?:您好|你好)?[,!。 ]{0,2}欢迎(?:您)?(?:致电|关注|使用|光临)"
        r"|(?:工作|营业|服务)时间(?:为|是|:)?(?:\d|周|每|早|上午|工作日)|^.{0,12}语音信箱.{0,4}请"
        r"|(?:请)?(?:回复|按)(?:数字|序号"
        r"|[0-9])(?:查|办|转|了解|进入|选择|键)(?!.*(?:按了|按完|[我都没半]))"
        r"|(?:现在|暂时)?无法接听(?:您的)?(?:电话|来电).{0,6}(?:请|稍后)|请稍后再(?:打|拨|联系)"
    ),
    (
        r"^[\W_]{0,6}(?:您好|你好)?[,!。 ]{0,3}(?:本人|我)?(?:现在|目前|正在|近期"
        r"|于)?.{0,12}(?:不在办公室|休假中?|出差中?|放假)"
        r".{0,40}(?:急事|请留言|请致电|请拨打|请联系|将回复|会回复|再回复)"
    ),
    (
        r"(?:此|本)(?:号码?|短信|邮件|信箱|邮箱|消息|信息|讯息|简讯)(?:为|是|由|系|不|仅|无法"
        r"|暂不|无需|无人)"
        r".{0,6}(?:系统|自动|接收|回复|受理|支持|值守|发送|通知)"
    ),
    r"我是(?:一个)?(?:智能|机器人|语音|ai|私人|手机).{0,4}助[理手][,。! ]{0,2}(?:主人|机主)",
    r"(?:系统|机器人|平台)自动(?:发送|发出|生成|回复)的?(?:短信|消息|信息|邮件|通知|,|。|请勿|$)",
    (
        r"请勿(?:直接)?回复(?:本|此|该)(?:短信|邮件|信息|消息)|(?:本|此)(?:短信|邮件|信息"
        r"|消息).{0,8}请勿回复"
    ),
    rf"{_START}(?:您|你)(?:所)?联系的(?:用户|机主)",
    (
        r"(?:此|本)(?:短信|信息|消息|讯息|简讯)?(?:为|是|由)(?:系统|机器人)?自动(?:发送|回复|短信"
        r"|消息|信息|通知|生成)"
    ),
    rf"{_START}(?:您|你)(?:所)?(?:拨打|呼叫|发送)的(?:电话|用户|号码|手机|短信)",
    (
        rf"{_START}(?:该)?(?:用户|对方|机主)(?:已|正在|暂时)?(?:关机|停机|通话中|无法接听"
        r"|(?:设置|开启)了?(?:勿扰|免打扰|驾驶模式|自动回复|(?:短信)?拦截|来电))"
        r"(?:[\W_]*$|[,。! ].{0,6}(?:请|稍后|将|会))"
    ),
    (
        r"(?:短信|信息|消息)(?:发送失败|未能送达|无法送达)|已启用(?:拦截|来电助理|短信助手)"
        r"|来电助[理手]"
    ),
    # A business signs before it speaks: of parcels, cards, balances.
    (
        r"尾号(?:为|是)?\d{4}.{0,12}(?:卡|账户|帐户|消费|支出|收入|转账)|取件码"
        r"|^[\W_]{0,2}(?:温馨提示|友情提醒)|(?:快件|包裹|快递|订单).{0,8}(?:已到|送达|已签收"
        r"|已发[货出]"
        r"|派送)|^[\W_]{0,2}【[^】]{2,14}】.{0,40}(?:余额(?:不足|为|已)|您尾号|账户\d|支出"
        r"|人民币|转账|消费|验证码|请及时|已成功|如需|退订回|回复?td?退订"
        r"|点击|https?:|已使用|积分|到期)"
    ),
    # It signs as no person does, and says nothing that one would say of himself or of us.
    (
        r"^[\W_]{0,2}【[^】]{2,14}】(?!.*(?:[我俺咱吗呢吧啊呀]|你们|评价|满意|打分|评分|解决"
        r"|回访)).{8,}"
    ),
    (
        r"^(?!.*(?:[我俺咱吗呢吧啊呀]|你们|评价|满意|打分|评分|解决"
        r"|回访)).{8,300}【[^】]{2,14}】\W{0,4}$"
    ),
)
_STOCK = re.compile("|".join((*_ENGLISH, *_CHINESE)))
# A customer who tells of such a sentence, or writes like one, ends with a rating of us.
_RATED = re.compile(
    r"[,。.;!\n] ?(?:我?[给打评])?(?:10|\d|[一二两三四五])(?:分|星| stars?| points?)?[\W_]*$"
    r"|(?:^|\D)(?:10|\d)(?:分|星| stars?)[\W_]*$|(?:不|很|非常|挺|还算|比较|[,。 ])满意[\W_]*$"
)


def is_automatic(text: str) -> bool:
    """Whether a machine wrote the text: it names itself so, or it is a machine's stock sentence.

    Contract section 8: an auto-reply is no answer and gets none. It is asked before anything else,
    since such texts hold digits, "yes" and "reply STOP" too. Total; linear; reads the first
    MOST_CHARACTERS.
    """
    said = plain(text[:MOST_CHARACTERS])
    if _NAMED.search(said) is not None:
        return True
    return _STOCK.search(said) is not None and _RATED.search(said) is None
