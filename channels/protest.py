"""Decides whether a message protests against being written to, however it is worded."""

import re
from collections.abc import Sequence

from channels.clauses import ZH_END
from channels.echoes import ACCUSED_CHINESE
from channels.endings import ends_ours

# Who says it in passing, of what does not stop, or of somebody else, demands nothing of us.
_NO_DEMAND = re.compile(
    r"\b(?:wont|wouldnt|didnt|doesnt|does not|did not|will not|would not|cant|cannot|can not"
    r"|couldnt|never"
    r"|not|he|she|him|her|them|(?<!s )(?<!work )phone|router|engineer|technician|scammers?"
    r"|my (?:mum|mom|dad|wife|husband|son|daughter|kids?))(?: to| ever| even| has| have| will)? \Z"
)
_MEDIA = (
    r"(?:(?:sms|text|message) (?:services?|alerts?|notifications?)|texts?|text messages?"
    r"|messages?|sms(?:es)?|surveys?|questionnaires?|spam|communications?"
    r"|correspondence|notifications?|reminders?|promotions?|promos?)"
)
_ACT = (
    r"(?:texting|messaging|contacting|spamming|harassing|surveying|pestering|bothering|bugging"
    r"|annoying me|disturbing)"
)
_GAP = (
    r"(?:(?:sending|send|getting|receiving|with|the|these|this|those|that|any|all|your|such|more"
    r"|further"
    r"|me|us|of|out|to|from|promotional|marketing|automated|automatic|stupid|annoying|random"
    r"|unwanted|service|customer|satisfaction|feedback|constant|endless|bloody|fucking|damn"
    r"|future|kind"
    r"|sort|being|so|many|ur|him|her|them|dis|on|my|no|number) ){0,5}"
)
_CLOSE = (
    r"(?= (?:please|pls|plz|now|thanks|thank|ok|okay|already|immediately|today|here|guys|people|bro"
    r"|mate|sir|man|and|or|but|i|im|me|us|you|u|my|on|to|from|at|for|again|any ?more|ever|ffs|at"
    r" all|forever"
    r"|asap|altogether|because|since|this|these|it)\b| *$)"
)
_HERE = (
    r"(?= (?:please|pls|plz|now|thanks|ok|already|immediately|guys|mate|sir|again|any ?more|ffs"
    r"|will you|or"
    r"|at all|asap|people|bro)\b| *$)"
)
_ASK = r"(?:can|could|may|want|like|need|make|get|let|wish|hope|have|please|demand|prefer)"
_WHOSE = r"(?:this|these|those|the|your|all|it|them|such|any)"
_NUMBER = r"(?:mobile |phone |cell )?(?:number|phone|no|mobile|details|data|info|name)"

_LOOSE_ENGLISH = re.compile(
    r"\b(?!end of)(?:stop|quit|cease|halt|end|discontinue|deactivate|disable|refrain from|desist"
    r" from)"
    rf" {_GAP}(?:{_MEDIA}|{_ACT}){_CLOSE}"
    r"|\b(?:stop|quit) (?:blowing up|clogging(?: up)?|filling(?: up)?|flooding|cluttering) my"
    r" (?:phone|inbox|mobile|cell)\b"
    rf"|^(?:(?:please|pls|i|want|and|ok|so|hi|just|already|said|told|you) ){{0,4}}no (?:more"
    rf"|further)"
    rf" {_GAP}(?:{_MEDIA}|{_ACT}){_HERE}"
    r"|\b(?:stop|get rid of|be rid of|get off|get out of|come off|lay off|give over|pack in"
    r"|knock off|spare me)"
    r" (?:with )?(?:getting |receiving |sending )?(?:the|this|these|your|those|ur|all|any)"
    rf" ?(?:more )?(?:{_GAP}{_MEDIA}"
    rf"|mailing list|lists?){_CLOSE}|\b(?:stop|avoid) (?:getting|receiving) (?:these|this|them"
    rf"|it){_HERE}"
    r"|\b(?:dont|do not|never|not) (?:to )?(?:get|receive|be sent|see) (?:any more (?:of"
    rf" (?:these|this|them)|{_MEDIA})"
    rf"|(?:this|these|them|it|{_MEDIA}) again){_HERE}"
    r"|\b(?:stop|quit) (?:pestering|harassing|spamming) (?:people|pensioners|customers|everyone"
    r"|us|my|the|old|elderly)\b"
    rf"|\b(?:enough|had enough of|too many) {_GAP}{_MEDIA} (?:now|already|please|stop)\b"
    r"|\bstop sending(?: me| us)?(?= *$| (?:please|pls|now|already|again)\b)"
    rf"|\b{_ASK} (?:\w+ ){{0,3}}?{_WHOSE} {_GAP}{_MEDIA} (?:to |be )?(?:stop|end"
    r"|cease"
    rf"|stopped|ended){_HERE}"
    r"|\b(?:want|need|like|wish|expect|ask|request)(?: for)? no (?:more|further|future)"
    rf" (?:contact|{_MEDIA})"
)
_ENGLISH = re.compile(
    r"^(?:(?:please|pls|kindly|just|now|so|and|i|im|you|u|hey|ok|sorry|well|then|also) ){0,4}(?:"
    # Stop, without saying what.
    r"(?:(?:stop|quit|knock|pack) (?:it|this|that|these)(?: out| off| in)?|cut (?:it|that) out"
    r"|give (?:it|me|us) a"
    rf" rest)(?: with {_GAP}{_MEDIA})?{_HERE}"
    rf"|(?:stop|unsubscribe)(?: (?:me|it|this|all))?{_HERE}"
    rf"|(?:remove|delete|deactivate) (?:me|number|this service|my {_NUMBER}|this {_NUMBER}){_HERE}"
    rf"|(?:deactivate|disable|turn off|switch off|cancel) {_GAP}(?:{_MEDIA}|this service"
    r"|alerts)"
    rf"{_CLOSE}"
    r"|(?:remove|delete|take|drop)(?: (?:me|us|it|my number|this number))? (?:from|off)"
    r" (?:(?:the|your|this|ur|all|any) )?"
    r"(?:mailing )?(?:lists?|databases?|system|records)\b|unsubscribe from (?:this (?:number"
    r"|phone)|here|all|everything"
    rf"|you)\b|stop (?:to )?all{_HERE}"
    r"|stop (?:it|this) (?:you|u)\b|get off my (?:phone|back|case)\b"
    r"|(?:do not|dont|never) (?:text|message|sms|contact) (?:her|him|them|my (?:mum|mom|mother"
    r"|dad|father|wife|husband|son"
    rf"|daughter|child|kids?|phone)){_HERE}|(?:do not|dont|never) send (?:me )?(?:(?:any ?)?more"
    rf"|these|this|them|surveys?){_HERE}"
    r"|(?:do not|dont|never|no longer) (?:even |ever )?(?:need|want) (?:these|any of (?:this"
    rf"|these)){_HERE}"
    r"|(?:do not|dont)(?: ever| even)? (?:reply|respond|write|bother)(?: (?:to|with))? (?:me|us"
    r"|texting"
    r"|messaging|sending(?! (?:any ?(?:one|body)|some ?(?:one|body)|an?|the|another|him|her"
    r"|them)\b)"
    r"|contacting|again)\b"
    # No consent.
    r"|(?:no|my|all|any) ?(?:consent|permission|authori[sz]ation)(?: (?:is|was|has been|hereby"
    r"|to this"
    rf"|given|granted)){{0,3}}(?: (?:revoked|withdrawn|cancelled|given|granted|denied"
    rf"|refused)){_HERE}"
    r"|(?:consent|permission) (?:revoked|withdrawn|denied|refused|not given|cancelled)"
    r"|(?:do not|dont|never|did not|didnt) (?:have |got |give |gave |get )?(?:you )?(?:any |my )?"
    r"(?:consent(?:ed)?|permission)(?: to (?:this|these|it|any of (?:this|these)"
    rf"|{_GAP}{_MEDIA}))?{_HERE}"
    r"|(?:did not|didnt|never) (?:ask|asked|sign up|signed up|subscribe|subscribed|opt in|opted"
    r" in|agree"
    rf"|agreed)(?: (?:for|to|into|with))? {_GAP}{_MEDIA}{_HERE}"
    # Do-not-disturb registers.
    r"|(?:activate|start|enable|apply|put(?: me)? on)(?: \w+){0,2} (?:dnd|dnc)\b|(?:have|got)"
    r" (?:\w+ ){0,2}(?:dnd|dnc) (?:active"
    r"|activated|registered)|(?:this|my) (?:number|no|mobile) is (?:registered |already |listed"
    r" )*(?:on|in|under"
    r"|for) (?:the )?"
    r"(?:dnd|dnc|tps|do not call|no call)\b|(?:dnd|dnc) (?:is )?(?:active|activated|registered)"
    r"|no (?:texting|messaging|spamming|surveying|contacting)(?: (?:me|us|ever|again|please|pls"
    r"|at all))*"
    r"(?= *$)"
    # Oaths.
    r"|(?:go )?(?:f|fuck|screw|stuff|sod|damn|bugger) (?:you|u|yourself|yourselves|urself|your"
    r" (?:survey|text"
    r"|message)s?)\b"
    r"|(?:shove|stick|stuff) (?:it|this|that|your (?:\w+ )?(?:survey|text|message|question)s?)\b"
    # Somebody else's number.
    r"|(?:i )?(?:think|believe|guess|reckon)? ?(?:you|u|youve|ve)? ?(?:have|got|has|must have|ve"
    r" got)? ?(?:the )?"
    r"wrong (?:person|number|guy|man|woman|lady|bloke|chap|dude|customer)(?= *$)"
    r"|(?:you|u|youre|ur)(?: are|re)? ?(?:texting|messaging|contacting|calling|ringing) the wrong\b"
    r"|(?:you|u|youve)(?: have)? (?:got|reached|have|dialled|dialed) the wrong (?:no|number"
    r"|person|man|woman)\b"
    r"|(?:theres|there is|its)? ?no (?:mr|mrs|ms|miss|dr) [a-z]+ (?:here|at|on)\b|(?:nobody|no"
    r" one|no body) (?:called|named|by"
    r" the name)(?: of)? [a-z]+\b.{0,12}(?:number|phone|here)$|(?:this is )?not my (?:phone"
    r"|number|mobile|sim)$"
    r"|(?:the )?(?:(?:person|man|woman|lady|customer|guy|owner|account holder)(?: (?:of|on) this"
    r" (?:number|phone)| (?:you|u|youre)"
    r"(?: are|re)?(?: \w+){1,2}?)|owner|account holder) (?:has |have |is )?(?:died|dead|deceased"
    r"|passed away|passed)\b"
    r"|(?:this is |its )?not \w+s (?:phone|number|mobile)\b"
    r"|(?:just|only just|recently) (?:got|bought|changed to|took over) (?:this|a new) (?:number"
    r"|sim|phone)\b"
    r"|(?:whoever|the person|whomever) (?:you|u) (?:want|are looking for|need"
    r"|think)\b.{0,20}\b(?:isnt|is not|not"
    r"|doesnt|moved|gone|left)\b"
    r"|(?:have |ve )?(?:never|not) (?:had|have|been|held)(?: an?| any)? (?:service|services"
    r"|account|contract"
    r"|customer|anything|phone) (?:with|of|from) (?:you|your|u)\b"
    # How we came by the number.
    r"|(?:who|how|where|why)(?: the (?:hell|heck|fuck))?(?: \w+)? (?:gave|give|got|did (?:you"
    r"|u)(?: guys| people)?"
    r" (?:get|find|obtain)|do (?:you|u)(?: guys| people)? (?:have|get)|have (?:you|u) got)(?:"
    r" (?:you|u|out))?"
    r" (?:my|this|our) (?:\w+ )?(?:number|no|details|contacts?|info|mobile)"
    r"(?= *$| (?:from|please|to you|and|anyway)\b)"
    r"|(?:this|it|that|which|thats|its)? ?(?:is|s|was)? ?(?:pure |total |sheer |just |plain "
    r"|nothing but )?"
    r"harr?ass?ment(?= *$)"
    # Already told on.
    r"|(?:block(?:ed|ing) and report(?:ed|ing)|report(?:ed|ing) and block(?:ed|ing))(?= *$"
    r"| (?:you|this)\b)"
    r"|(?:already |have |am |ve )*report(?:ed|ing)?(?: (?:you|this|it))?(?: number)?(?: (?:as"
    r"|for) (?:spam|junk|scam|harassment)| to (?:the )?(?:fcc|ftc))$"
    r"|(?:you|u|this number|youve)(?: have| has|ve)? been (?:reported|blocked|blacklisted|barred)$"
    r"|(?:this is|thats|you are|youre|u are|ur|ure|stop)? ?(?:spamming|harassing|stalking"
    r"|pestering) me"
    r")"
)
# A number that was come by: whoever asks that it be struck out means ours.
_MY_NUMBER = re.compile(r"\b(?:my|this) (?:\w+ )?(?:number|phone|mobile|sim)\b")
_STRIKE_IT = re.compile(
    r"^(?:\w+ ){0,2}(?:(?:delete|remove|erase|lose|forget) it|take it off)(?= *$| (?:now|please"
    r"|pls))"
)
_SPAM = re.compile(r"^(?:this is )?(?:spam|junk|scam)$")
_REPORTED = re.compile(
    r"^(?:i )?(?:have |am )?(?:report(?:ed|ing)|block(?:ed|ing))(?: (?:you|this))?$"
)

_SEND_ZH = r"(?:发(?![生票现货烧觉布火脾错动育展挥飙])|传(?!真)|寄(?!快递|发票)|推送|send|群发)"
_TOUCH_ZH = r"(?:打扰|骚扰|烦(?!请|劳)|吵|纠缠|联系|回访|搞(?=我))"
_MEDIA_ZH = (
    r"(?:(?:垃圾|骚扰|营销|推广|广告|调查|评价|回访|满意度|问卷|推送|通知|服务|提醒"
    r"|推销){0,2}(?:短信息|短信|短讯|信息"
    r"|消息|讯息|简讯|问卷|调查|回访|广告|推送|通知(?=的?短信)|sms|message|text))"
)
_WHICH_ZH = (
    r"(?:一切|所有|各种|类似|这种|这类|这些|这个|这样的|此类|任何|你们的?|贵司的?|该|那么多|那些"
    r"|没用的|破|的|点|些|什么){0,3}"
)
_NOT_ZH = r"(?:不要|别|不用|不必|请勿|勿|莫|不准|不许|甭|少|无需|无须|不使|不好|咪)"
_MORE_ZH = r"(?:再|继续|老是|老|总是|总|一直|天天|每天|反复|乱|随便){0,2}"
_ME_ZH = (
    r"(?:给(?:他们?|她|我妈|我爸|老人|孩子|我家人?)|给我们?|向我|[向往给对]?[本此该](?:手机)?号码?|[到往](?:我|这)(?:这儿?|里|边|手机"
    r"|个|号码?|卡){0,3}|对我|给本人"
    r"|给这个号码?|给原来的?人?)"
)
_TAIL_ZH = (
    rf"(?:{_WHICH_ZH}{_MEDIA_ZH}|{_WHICH_ZH}(?:东西|[野嘢])|这些没用的|没用的|这些|这个"
    rf"|这种)?(?:{_ME_ZH}"
    rf"|我们?|过来|来|人){{0,2}}{ZH_END}"
)
_LOOSE_ZH = re.compile(
    rf"{_NOT_ZH}{_MORE_ZH}{_ME_ZH}?{_MORE_ZH}(?:{_SEND_ZH}{_TAIL_ZH}"
    rf"|(?<!不用)(?<!不必)(?<!无需)(?<!无须){_TOUCH_ZH}(?:我们?|人家?|老人家?|老年人|孩子|他们?"
    rf"|她|我[妈爸]|家人|病人|用户|客户|百姓){ZH_END})"
    rf"|(?:不要|别|不好|咪)再{_ME_ZH}?打(?:电话)?(?:给|过来|来)(?:我们?)?{ZH_END}"
    r"|(?:拒绝|谢绝|不接受|不参与|不参加|不想参加|不想接受|不做"
    rf"|不想做)(?:再)?{_WHICH_ZH}{_MEDIA_ZH}{{1,2}}{ZH_END}"
    rf"|(?:把|将){_WHICH_ZH}(?:{_MEDIA_ZH}{{1,2}}|通知)(?:服务|通知)?(?:都|全)?(?:给我)?(?:停|关"
    rf"|取消|退|屏蔽)"
    rf"(?:了|掉|用|闭){ZH_END}|^{_WHICH_ZH}{_MEDIA_ZH}{{2}}(?:都|全)?(?:给我)?(?:停|关|取消|退)"
    rf"(?:了|掉|闭){ZH_END}"
    r"|(?:可不可以|能不能|可否|能否|可以|能"
    rf"|请)(?:请)?(?:你们)?不(?:要)?{_MORE_ZH}{_ME_ZH}?(?:{_SEND_ZH}{_TAIL_ZH}"
    rf"|{_TOUCH_ZH}(?:我们?|人)?{ZH_END})"
    r"|(?:停止|(?:才能|想|要|希望|可以|如何|怎样|请)不再?|不要再?|不想再?)(?:收到?"
    rf"|接收){_WHICH_ZH}{_MEDIA_ZH}{ZH_END}"
    r"|(?!屏蔽(?:垃圾|骚扰))(?:退订|屏蔽|拒收|取消|关闭|停止|停掉"
    rf"|关掉){_WHICH_ZH}{_MEDIA_ZH}{{1,2}}(?:服务|功能"
    rf"|提醒|通知|推送)?{ZH_END}"
)
#: What stands before a loose demand, when another makes it or is told of.
_OTHERS_ZH = re.compile(
    r"(?:师傅|客服|他|她|人家|老板|经理|骗子|诈骗|朋友|微信|邮箱|银行|验证码|说|让我|叫我|教"
    r"|问(?!题)"
    r"|怎么(?=.)"
    r"|为什么|为啥|(?:如果|要是)(?!.{0,14}就\Z)|会|怕|自动|账单|发票|合同|协议|快递|收不)"
)
_CHINESE = re.compile(
    r"^(?:(?:我|要|会|想|只能|你们?|请|已经|已|都|就|直接|早就?|全部|全|统统|马上|立即|现在|先|好"
    r"|了|真的|麻烦"
    r"|选择|申请|求求?|各位|真"
    r"|谢谢)){0,5}(?:"
    # The word among ratings, verdicts and resolutions.
    r"(?:(?:\d{1,2}|[一二三四五])(?:分|星)?|好评|差评|非常满意|很满意|不满意|满意|一般|很好|好的"
    r"|好|已解决|解决了|没解决"
    r"|未解决|是的?|否){1,3}(?:退订|td?)$"
    r"|(?:退订|拒收)(?:谢谢|吧|了|啊|你们)*$|停[吧啦]?$|停止(?:吧)?$"
    # Told on, or shut out.
    r"|(?:拉黑|举报|屏蔽|封锁|拉进黑名单|拉入黑名单)你们?(?:了|啦)?$"
    r"|(?:举报|投诉)(?:了)?你们?(?:短信|信息)?(?:骚扰|扰民)(?:我|用户|客户)?(?:了|啊)?$"
    r"|(?:举报|投诉|拉黑|屏蔽|标记)(?:了)?(?:为|成|你们|此|该|这)*(?:垃圾|骚扰)(?:短信|信息|号码)$"
    r"|(?:让|给)(?:我|人)(?:们)?(?:点|一?些)?(?:清[净静]|安静|消停)(?:清[净静]|安静|消停"
    r"|一?[下会点]儿?|几天|吧)*$"
    r"|(?:解除|退出)(?:订阅)?(?:短信|简讯|调查|回访|群发|名单)$|不(?:收|看|要|接收)(?:任何|你们的?"
    r"|这种)?(?:短信|简讯|讯息)$"
    r"|(?:如何|怎么|怎样)(?:才能)?(?:屏蔽|拉黑|摆脱|关掉)(?:你们|这个号码?)$"
    # No consent.
    r"|(?:谁|哪个|边个)(?:让|允许|准许?|叫|同意|给)(?:了)?你们?(?:给我|权利|权力)?(?:发|传|send"
    r"|骚扰|打扰)"
    r"|(?:从来|从|根本|并)?(?:没有?|未)(?:经)?(?:我|本人)?(?:的)?(?:同意|授权|允许|许可)(?:过"
    r"|你们|给我|向我){0,3}(?:不要"
    r"|不得|不准|就)?(?:给我)?(?:发|传|send)"
    r"|(?:从来|从|根本)?(?:没有?|未曾?)(?:登记|注册|订阅|订|申请|报名|关注|参加)过(?:你们的?"
    r"|这个|此类|什么)*(?:短信|调查|回访|推送)$"
    r"|.{0,12}从.{0,8}(?:名单|系统|数据库|列表|资料库)(?:里|中|内|上)*(?:剔除|移除|删除|删掉"
    r"|除名|去掉|踢出|撤下)"
    r"|.{0,12}(?<![票货码])还(?:在|给我|一直|老|要|来){0,2}(?:发|send)(?:什么|啥|个屁|短信|信息"
    r"|消息)?$"
    r"|(?:删|删除|删掉|去掉)了?我的?(?:手机)?(?:号码?|电话)(?:吧|别联系|了)*$"
    r"|不[想愿]意?(?:再)?(?:参与|参加|接受|做)(?:你们的?|任何|这种|这个){0,2}(?:满意度|调查|评价"
    r"|问卷|回访)"
    r"|不好(?:再)?(?:找|搞|揾)我|(?:不要|别|请勿|勿|禁止|停止)(?:再)?(?:使用|用)(?:我|本人"
    r"|这个)(?:的)?(?:手机号?码?|号码?|电话)"
    # How we came by the number.
    r"|(?:是)?(?:谁|哪个|边个)(?:把|给|将|告诉|泄露|透露)(?:了)?(?:你们?)?(?:把"
    r"|给)?我(?:的)?(?:手机|电话|联系)"
    r"?(?:号码?|电话|方式|手机)(?:给|告诉)?(?:了)?(?:你们?)?(?:的|啊|呀)*$"
    r"|(?:你们?|您们?)?(?:是)?(?:怎么|从哪里?|哪里|哪儿|边度|点解|为什么|为何|咋)(?:会|能|知道"
    r"|有|得到|弄到|搞到"
    r"|拿到|攞到|得来|来的){1,3}我(?:的)?(?:手机|电话|联系)?(?:号码?|电话|方式|手机)(?:的|啊|呀)*$"
    # Somebody else's number.
    r"|(?:你们?)?从?哪(?:里|儿)?(?:来|弄|搞|得到?)的?我的?(?:手机|电话)?(?:号码?|电话)(?:的|啊"
    r"|呀)*$"
    r"|不是.{0,6}(?:机主|号主|户主|用户本人)(?:了|啊|哦)*$|(?:搞|弄|认|找|发|寄|送|传)错(?:人"
    r"|号码?|对象)(?:了|吧|啦|啊|哦)*$"
    # Oaths and prayers.
    r"|(?:老|天天|一直|总)?发(?:什么发|个(?:屁|毛|鬼|没完)|你(?:妈|妹|大爷))|给我停(?:掉|下来?)$"
    r"|(?:换(?:了)?(?:运营商|号码?|卡|联通|移动|电信|网)|销户|离网|退网|注销|不用你们|过户"
    r"|携号转网).{0,6}还(?:在)?(?:给我)?(?:发|传)"
    r"|.{0,4}(?:发|传)(?:短信|信息|消息|讯息|简讯).{0,4}(?:经过|征得|得到)我.{0,2}(?:同意|允许"
    r"|授权)"
    r"|(?:有病|神经病|有毛病|闲的|烦死了?|吃饱了?撑的|脑子有病)(?:吧|啊|呀|吗)*(?:天天|整天"
    r"|老是?|一直|总是?|不停地?)(?:给我)?(?:发|传)"
    rf"|(?:滚你|去你)们?(?:的|妈的?|大爷的?|蛋){ZH_END}|(?:求)?放过(?:我|我们)?{ZH_END}"
    rf"|饶了我{ZH_END}"
    # The word was of no use.
    r"|(?:回复?|发)(?:过|了)?td?(?:过|了)?(?:也|都|根本)?(?:没用|无效|不管用|不行|没反应|还)"
    rf"|{_WHICH_ZH}{_MEDIA_ZH}(?:以后|今后|请|就|都|也|麻烦|再"
    rf"|我){{0,3}}{_NOT_ZH}{_MORE_ZH}{_ME_ZH}?(?:{_SEND_ZH}"
    rf"(?:{_ME_ZH}|我|来|过来)?|来){ZH_END}"
    r")"
)
#: Nothing but that it shall end: whatever else could be meant would be named.
_BARE = re.compile(
    r"(?:(?:please|pls|plz|kindly|ok|no|hi|i|im|i am|just|(?:can|could|would|will) (?:you|u)"
    r"|for (?:gods sake|the love"
    r" of god)|i (?:already )?said|now|thanks|thank you|thx|sir|madam"
    r"|mate) ?){0,4}"
    r"(?:(?:how (?:do|can|to|could)(?: i| we)?|is there (?:a|any) way to|can i)"
    r" (?:(?:stop|end|cancel|block) (?:this|these|it|them)|opt out|unsubscribe)"
    r"|no more(?: now| of (?:this|it|these))?|enough(?: now| is enough| already| of (?:this|it"
    r"|these|that))?|discontinue|opting out|opt(?:ed)?"
    r" out|unsubscribing|unsubscribed"
    r"|thats enough(?: now| thanks| please)?|(?:can|could|would) (?:you|u) (?:just |please )?not"
    r"|(?:wish|want|choose|would like|d like|decided?|need|have decided|choosing) to (?:stop|opt"
    r" out|unsubscribe|quit)"
    r"|(?:cancel|end|stop|discontinue|terminate) (?:it|this|these|them|all|everything)"
    r"|desist|block(?:ed|ing)|block (?:me|my number)|count me out|(?:turn|switch) (?:these|this"
    r"|them|it"
    r"|those) off"
    r"|(?:turn|switch) off (?:these|this|them|it|those)|off (?:the|your|this|ur) (?:mailing )?list"
    r"|remove|remove me|(?:remove|delete) it|(?:make|need|want|can|id like|would"
    r" like) (?:it|this|these)"
    r"(?: to)? (?:stop|end)|stfu|gtfo|fu|foff)(?: (?:please|pls|plz|now|thanks|thank you|thx|ok"
    r"|all))*"
)
_THANKS = re.compile(
    r"(?:please|pls|plz|thanks|thank you|thx|ok|now|sorry|hi|hello|sir|madam|no|not interested|"
    r" ){1,6}"
)
_NEXT_ZH = re.compile(
    r"^再吵(?:我|就)*(?:投诉|举报|检举|拉黑)|"
    rf"(?:再|还敢|继续|还|下次再){_ME_ZH}?(?!吵)(?:{_SEND_ZH}|{_TOUCH_ZH}|来短信"
    rf"|收到|有(?=[一半]?[条个次封]?(?:这种|这类)?短?[信讯]))(?:一?[条个次封遍])?{_WHICH_ZH}(?:{_MEDIA_ZH})?"
    r"(?:给我|来|我|过来)?(?:了|的话)?[,就]?(?:我|就|老子|立刻|马上|直接|一定|会|去|们|要|必"
    rf"|都){{0,5}}"
    r"(?:报警|举报|投诉|检举|拉黑|起诉|告你|屏蔽|换运营商|转网|携号|退网|销户|销号|注销|换卡"
    r"|换号|消协|法院|律师|工信部|12321|12315"
    r"|12345|试试|封锁|骂|打12)"
)


def protests(said: Sequence[str]) -> bool:
    """Whether clauses of `clauses.clauses`, respelled, protest against our messages as such.

    Read loosely, where `stopping` found no demand in so many words: a person settles it, since
    47 CFR 64.1200(a)(10) hears whatever a reasonable person would take for a revocation.
    """
    words = [clause.replace(" ", "") for clause in said]
    return (
        any(map(_ENGLISH.search, said))
        or any(map(_CHINESE.search, words))
        or _only_ends(said)
        or ACCUSED_CHINESE.fullmatch("".join(words)) is not None
        or any(map(_demands, said))
        or any(map(_demands_zh, words))
        or ends_ours(said)
        or _NEXT_ZH.search("".join(words)) is not None
        or _strikes_out(said)
    )


def _only_ends(said: Sequence[str]) -> bool:
    beside = [clause for clause in said if not _BARE.fullmatch(clause)]
    return len(beside) < len(said) and all(map(_THANKS.fullmatch, beside))


def _demands(clause: str) -> bool:
    return any(
        _NO_DEMAND.search(clause[: found.start()]) is None
        for found in _LOOSE_ENGLISH.finditer(clause)
    )


def _demands_zh(word: str) -> bool:
    return any(
        found.start() <= _MOST_BEFORE and _OTHERS_ZH.search(word[: found.start()]) is None
        for found in _LOOSE_ZH.finditer(word)
    )


_MOST_BEFORE = 16
"""Characters before a loose demand in its clause: what stands behind more is in a story."""


_DIED = re.compile(r"\b(?:died|passed away|deceased|is dead|passed on)\b")


def _strikes_out(said: Sequence[str]) -> bool:
    if any(map(_DIED.search, said)) and any(map(_BARE.fullmatch, said)):
        return True
    if any(map(_SPAM.search, said)) and any(map(_REPORTED.search, said)):
        return True
    return any(map(_MY_NUMBER.search, said)) and any(map(_STRIKE_IT.search, said))
