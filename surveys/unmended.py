"""Holds what people say of a problem that is not resolved, or not wholly."""

import re

# What an engineer does to a fault, and what a line does that works again.
_MENDED_ZH = (
    r"(?:解决|修好|修复|弄好|搞好|搞定|处理好|处理|处理完|修理好|整好|整明白|办好|装好|弄完"
    r"|恢复|恢复正常|好|妥|通|正常|正常使用|修|修完|fix好|fix|fixed|resolved|solved|sorted"
    r"|done|ok|working|取消|退订|退款|到账|办成|装好|办好)"
)
FAULT_ZH = (
    r"(?:断|停|断网|断线|掉|掉线|卡|卡顿|慢|闪|报错|坏|黑屏|花屏|死机|重启|没网|没信号|断流|失灵"
    r"|出错|出问题|出毛病|跳|红灯|延迟|吵|杂音|有杂音|串线|乱扣费|多扣|扣费)"
)
_NOT_ZH = (
    r"(?:没|没有|未|还没|还没有|还没能|还未|尚未|并没|并没有|并未|仍未|仍没有?|根本没有?"
    r"|压根没有?|完全没有?|一直没有?|从没|没能|未能|未曾|无法|不能|不能算|不算|算不上|谈不上"
    r"|也没有?|都没有?|依然没有?|还是没有?|至今没有?|到现在没有?|不曾|没给|不给)"
)
_STILL_ZH = (
    r"(?:还是|仲系|仲|仍然|仍旧|依然|依旧|照样|照旧|仍|还在|一直|还|又|老是|总是|天天|每天|经常"
    r"|继续"
    r"|再次"
    r"|重新|再度)"
)

NO = re.compile(
    r"(?:没有?|无)一[个件样项][^,]{0,6}(?:解决|修好|弄好|搞定)|(?<![a-z'])(?:none of (?:it|them"
    r"|this|that|these"
    r"|those|(?:the|my) \w+)|not (?:one|a single)(?: of (?:it|them|these|the \w+)| \w+)) (?:(?:was"
    r"|were|is|are|has|have"
    r"|got|been|ever|actually) ){0,3}(?:fixed|resolved|solved|sorted|repaired|done)(?![a-z'])"
    r"|(?<![a-z'])still (?:being |getting |get |gets )?(?:billed|charged|paying)(?![a-z'])|"
    r"断断续续|^(?:都|一直|都?还)?还在呢?$|卡[得的]要[死命]|还是?(?:错的|不对)|没给?我?(?:答复|说法"
    r"|交代)|石沉大海|不了了之"
    r"|踢皮球|^哪有$"
    r"|(?<![a-z'])(?:awaiting|^waiting since|(?:engineer|technician|visit|appointment) (?:was "
    r"|got |has )?cancelled"
    r"|still same|same to same|by no means|^pending$|not (?=解决|修好|搞定|弄好))(?![a-z'])"
    r"|^(?:梗系|当然|肯定)?未[啦啊呀呢]?$|^(?:我?[仲还])?等紧"
    r"|(?:人|人影|影子|师傅|电话|短信)(?:都|也)没(?:见|接|看|等|碰|收|打)[到着]?|越.{1,2}越(?:差"
    r"|慢|卡|坏|烂|糟|断)"
    r"|(?<![a-z'])(?:no[ -]shows?|back to how it was|^waiting (?:on|for)|dropped again"
    r"|cut off again"
    r"|(?:cuts?|drops?|goes|cutting|dropping|crashes|freezes)(?: out| off| down)? (?:every|each"
    r"|all the"
    r" time|constantly|at night|nightly))(?![a-z'])|"
    r"(?<![a-z'])(?:no|none of (?:the|my)) (?:calls?|texts?|messages?|sms|data|apps?|channels?"
    r"|sites?|websites?|pages?|e?mails?)(?: (?:or|and|nor) [a-z]+)? (?:works?|working|load\w*"
    r"|(?:go(?:es|ing)?|com(?:es?|ing)|get(?:s|ting)?) through)(?![a-z'])"
    r"|(?:断网|断线|掉线|掉网|卡顿|卡|报错|故障|问题|毛病|杂音)(?:就|从来|一直|都|压根|根本)?没有?"
    r"(?:停|断|消停|间断|中断)过|没消停过|(?<!了)不得 ?\Z|"
    rf"{_NOT_ZH}(?:得到|有|被|真|给我|给|人|能|再|进行)?{_MENDED_ZH}(?!话)"
    r"|(?:没|没有|未|无)(?:什么|任何|啥|一点)?(?:网络?|信号|反应|变化|效果|改变|进展|声音"
    r"|图像|动静|下文|结果|回应|人(?:来|管|理|联系|处理|修|接|回|给|跟进|上门|负责)|用(?!过|你"
    r"|这)|见效|着落|消息"
    r"|起作用|起色|改观|改善|好转|改进)"
    r"|(?:没|没有|未|还没|还没有|一直没|都没)(?:人)?(?:过来|上门|来修|来过|来|联系我|修过|动"
    r"|管|退(?:款|费|钱)?|到账|回复我?|出现)"
    r"|[毛屁]用(?:都|也)?没有?|一?点用(?:处)?(?:都|也)?没有?|没(?:有)?(?:什么|啥"
    r"|个?[毛屁])?用(?:处)?(?:$|啊|的)|^(?:还是)?不通$|^没戏了?$"
    r"|(?<![a-z'])(?:fixed|resolved|solved|sorted) nothing(?![a-z'])|[都仲]系咁|call (?:that|this"
    r"|it) (?:fixed|resolved|solved|sorted|working)"
    rf"|{_STILL_ZH}(?:是|会|有|在|老|出现|开始|那么|这么|很|特别|经常|一样)?(?:(?:不|没|未"
    rf"|无)(?!(?:有)?(?:再|出)?(?:错|赖|差|断|掉|卡|闪|坏|重启|问题))|{FAULT_ZH}|老样子"
    r"|老问题|一样|那样|有问题|有故障|这样|原样|故障|等)"
    rf"|(?<!没)(?<!没有)(?<!不)(?<!不会)(?<!没再)又"
    rf" ?(?:来|出|开始|{FAULT_ZH}|不|没|打不|上不|down|drop|lag)"
    r"|未得|^不好$|不行(?!了?吗)|(?:用|上|打|连|看|接|登|开|收|修|弄|搞|解决|处理|听|拨|刷"
    r"|通|退订|取消|办|改|退|换|查|登录)不(?:了|上|通|好|到|开|见|定|清|出|去|动|来)|没法(?:用"
    r"|上|看|打)|不能(?:用|上|看|打|连|正常)"
    r"|老样子|和(?:之前|以前|原来)一样|跟(?:之前|以前|原来)一样|同样的?问题|老问题"
    r"|问题(?:依旧|依然|还在|照旧|仍在|还是)"
    r"|还在(?:处理|修|等|查|排队)|解决(?:了)?啥了?|(?:解决|修|修好|处理|好|搞定|弄好)了?个(?:屁"
    r"|鬼|毛|啥|锤子|球|头|寂寞|der|蛋|空气|毛线|什么)"
    r"|(?:其实|实际上?|事实上|但是?|可是?|结果|根本|却)(?:还|都|也|就|压根)*(?:没有?|不是"
    r"|并没有?|未)$"
    r"|解决什么[了呀啊啦嘛]?$|^人呢$|哪里?(?:有)?(?:解决|修好|弄好|恢复|好)了?$"
    r"|[整搞修弄执]不[掂返好]|(?:解决|修好?"
    r"|处理)(?:了)?(?:你|他)(?:妹|妈|大爷|个头)|(?:越来越|更)(?:差|慢|卡|糟|坏"
    r"|严重|烂|厉害|频繁)|白(?:修|跑|来|折腾|搭)|(?:晚上|白天|每天|天天|经常|老是|一直|总是|时常"
    r"|还会"
    r"|不停地?|不断|动不动就?|频繁)(?:的|地|都|会|在|还)?(?:断|掉|卡|重启|没网|没信号|断网"
    r"|掉线|闪)"
    r"|(?<![再不没会])(?:坏|断|停|挂|瘫痪)(?:了|掉了)(?!的)|(?:解决|修|处理|弄|搞)得?(?:个啥"
    r"|不彻底|不好)|没完没了|没(?:有)?办法(?:修|解决|处理|弄|恢复)"
    r"|只(?:好|正常|管用|能用)了?(?:不到)?[一两二三几半0-9]{1,2}个?(?:天|小时|会|分钟|晚)"
    r"|一(?:到|用|开|下雨|刮风).{0,4}就(?:断|掉|卡|没)|远远?没有|(?<![再没未无])(?<!没有)(?:有|存在"
    r"|出现)(?:问题|故障|毛病)(?!了?吗)"
    r"|假(?:解决|的)|骗人|[没未冇] ?(?:fix(?:ed)?|resolved|solved|done)"
    # English
    r"|(?<![a-z'])(?:not|never|isn't|wasn't|hasn't|haven't|aren't|weren't|didn't|doesn't"
    r"|ain't|hardly|nothing|far from|don't|nowhere near|can't say|cannot say|wouldn't say"
    r"|wouldn't call|would not call|can't call"
    r"|couldn't|won't)"
    r"(?: (?:it|it's|that|this|is|was|has|have|been|being|yet|even|at all|actually|truly"
    r"|really been|properly|got|get|be|ever|the|problem|issue|my|fault|anything|anyone"
    r"|ever been|still)){0,4}"
    r" (?:fix(?:ed)?|resolved?|solved?|sorted|sort|working|works?|repaired|done|connected"
    r"|restored|changed?|dealt|addressed|handled|finished|completed?|came|come|turned up"
    r"|showed up|shown up|help(?:ed)?|stable|usable|running|up|ok|right|good|happened"
    r"|happening|load|connect|stop|rebooted|cancell?ed|refunded|credited|delivered|installed"
    r"|activated|replaced)(?![a-z'])"
    r"|(?<![a-z'])(?:not|never|haven't|hasn't|didn't|don't|no) (?:yet )?(?:got|get|gotten"
    r"|received?|seen|had"
    r"|have) (?:my|the|any|a) (?:refund|money|credit|bill|router|sim|compensation)"
    r"|(?<![a-z'])(?:e|it|am|still|network|light) no (?:dey |gree |go |de )?(?:work|fix|come"
    r"|stable)"
    r"|(?<![a-z'])without (?:fix|resolv|solv|sort|do|repair|help)[a-z]*ing(?![a-z'])"
    r"|(?<![a-z'])(?:unresolved|unsolved|unfixed|unrepaired|still (?:not|no|broken|down|dead"
    r"|out|off|the same|same|doesn't|isn't|hasn't|can't|cannot|won't|don't|haven't|slow"
    r"|dropping|drops|having|have|has|got|get|getting|waiting|an issue|issue|happening"
    r"|happens|bad|faulty|offline|cutting|cuts|crashing|crackl\w+|noisy|lag\w*|buffer\w*"
    r"|doing|going|crap|rubbish|shit|awful|poor|stops?|stopping|freez\w*|intermittent|unable"
    r"|without|missing|outstanding|pending|unpaid|owed|problems?|nothing|there|exists?|persists?"
    r"|flashing|red"
    r"|keeps?|fails?|failing|stuck|unstable|useless|terrible|disconnect\w*|rebooting|broke)"
    r"|(?:nobody|no ?one|none) (?:has |have |ever )?(?:came|come|showed|called|turned|fixed"
    r"|resolved|solved|sorted|repaired"
    r"|rang|contacted|arrived|answered|bothered|did|helped|been)"
    r"|(?:broke|broken|down|out|gone|dead|off|failed|dropping|drops|happening|stopped"
    r"|stopped working|crashed|died|dies|same(?: issue| problem| thing)?|disconnected|faulty|slow"
    r"|back to square one) (?:down )?again|broken|back to square one|(?:works?|worked|fixed"
    r"|resolved|solved|sorted|fine"
    r"|ok|good|up) for (?:an?|one|two|half|about|only|just|[0-9]{1,2})"
    r" (?:[a-z]+ )?(?:min|minute|hour|day|week|second|while)s?|then (?:it )?(?:broke"
    r"|stopped|died|dropped|went|failed)|same (?:story|problem|issue"
    r"|thing|fault|old|as before)"
    r"|(?:can't|cannot|can not|unable to) (?:connect|get (?:online|on|through|any)|use|access"
    r"|call|load|log|watch|make|receive|stream)|no (?:internet|signal|connection|service"
    r"|dial tone|broadband|wifi|sound|picture|change"
    r"|fix|improvement|resolution|dice|better|luck|reply|response|difference|solution|progress"
    r"|joy|phone"
    r"|network|engineer|refund|one came)"
    r"|won't (?:stop|work|connect|load|turn|start|sync)|doesn't work|does not work|(?:got"
    r"|getting|even|made it|much|is|it's) worse|worse(?: than (?:before|ever))?$"
    r"|keeps? (?:dropping|cutting|crashing|rebooting|failing|disconnecting|going|happening"
    r"|breaking|buffering|losing|freezing)|came back|(?:it|problem|issue|fault|noise|error)(?:'s"
    r"| is| are) back again|problem (?:persists|remains|continues"
    r"|is back)|issue (?:persists|remains|continues|is back)|(?:fault|noise|error|trouble"
    r"|problems|issues)(?: is| are|'s) back|dropped(?: out)?(?: \w+)? times|stuck|not yet"
    r"|stopped working"
    r"|gone (?:down|again)|(?:doesn't|isn't|hasn't|didn't|won't|wasn't|aren't)(?= ?$)"
    r"|nothing(?:'s)? (?:has |was |got )?(?:changed|works|worked|happened|done))(?![a-z'])"
)
NO_WORDS = frozenset(
    """
    没 没有 没呢 没哦 没啊 没有呢 没有啊 没有哦 还没 还没有 还没呢 未 否 不 不是 不是的 不对
    没有的 不系 没有呀 没呀 没耶 不得 没有耶 没有啦 没啦 暂时没有 冇 冇呀 冇啊 未呀 都没有
    完全没有 根本没有 并没有
    no nope nah n na noo nooo negative never 非 还早 早着呢 haven't hasn't hardly nay
    """.split()
) | {
    "not yet",
    "not really",
    "unfortunately not",
    "sadly not",
    "afraid not",
    "i'm afraid not",
    "not as yet",
    "hasn't been",
    "no luck",
    "no joy",
    "not at all",
    "no it isn't",
    "no it hasn't",
    "no it is not",
    "it isn't",
    "it hasn't",
    "it is not",
    "it has not",
    "of course not",
    "definitely not",
    "clearly not",
    "obviously not",
    "dead",
    "absolutely not",
    "certainly not",
    "nowhere near",
    "far from it",
    "not even close",
    "not one bit",
    "not in the slightest",
    "not really no",
    "no way",
    "it's not",
    "it wasn't",
    "it doesn't",
    "not a chance",
    "as bad as ever",
    *("nahi hua", "nahi hua hai", "nahi hui", "nahi", "nahin", "abhi nahi", "abhi tak nahi"),
    *("abhi tak nahi hua", "theek nahi hua", "solve nahi hua", "no settle", "not settled"),
    *("never settle", "cannot lah", "cannot leh", "cannot la", "still cannot", "e no work"),
    "same as ever",
    "nada",
}

#: Partly, perhaps, not yet tried: neither yes nor no.
PARTLY = re.compile(
    r"不(?:是|能说|可能|会|算|能算)(?:说)?(?:没有?|未|不)(?:解决|修好|好|处理)|并非(?:没|未"
    r"|不)|没有没(?!有$|有没有$)|[0-9] (?:out )?of [0-9]|^算.{1,6}吧|(?:not|isn't|wasn't"
    r"|can't say it's)"
    r" (?:un(?:resolved|solved|fixed)|not )"
    r"|差不多|算是|好多了|好些|好一?点|好了?(?:返|那么)?(?:一?(?:点|些|半(?!小时|天|个)|丢丢|阵子)|少少|啲|不少)"
    r"|(?:掂|搞掂|搞定|改善)了?(?:少少|啲|一半|一?部分)|好似|稍微?好|[五六七八九]成(?=好|修|解|恢"
    r"|把握|了)|[就才]算(?:解决|修好|好了|搞定)|主要的?(?:问题|毛病|故障)"
    r"|(?<![a-z'])(?:main (?:thing|problem|issue|fault)|one (?:problem|issue|fault)"
    r"|to go)(?![a-z'])|一(?:个|间|台|部)(?:房间?|卧室|电脑|手机|电视|屋)(?:修?好|解决|通|行)"
    r"|看[着上]去?像"
    r"|works? on ?\Z|(?<![a-z'])fingers crossed(?![a-z'])"
    r"|(?<!没有)(?<!任何)(?<!没)(?<!毫无)(?:好转|改善)|应该|应當|好像|似乎|看起来|看上去|看样子"
    r"|貌似|仿佛|可能"
    r"|大概|也许|或许|估计|勉强|基本|大部分|部分|一半|有时|偶尔|时好时坏|时有时无|时断时续"
    r"|不知道|不清楚|不确定|不晓得|不好说|说不准|说不好|还没(?:有)?(?:测|试|用|看|检查|确认"
    r"|回家|到家|去看|观察|验)|没(?:有)?(?:测|试|检查|确认)|未(?:测|试)|还没用|待观察|观察"
    r"|看情况|目前看|看看|再看|没完全|没有完全|未完全|不完全|没彻底|没有彻底|未彻底|不彻底"
    r"|没全|没有全|未全部|不全|没真正|没有真正|解决了?[一两几1-9](?:个|半|部分|些)"
    r"|(?:新的?|(?<!没)(?<!没有)(?<!任何)(?:别的|其他的?|另外的?|另一个))(?:问题|毛病|故障)"
    r"|来了新的|目前(?:还)?没|^(?:就|才|也)?好了(?:[一两几半]"
    r"|[0-9]{1,2})(?:天|个?小时|会儿?|阵子?|分钟|周)$"
    r"|解决了?(?:部分|大半)|只(?:解决|修好|好|弄好)(?!了?[一两二三几半0-9])了?|其中|暂且|半好"
    r"|暂时(?:好|解决|没问题"
    r"|正常|能|可以|ok)|凑合|将就|不太稳定|一会儿?好|暂时(?:还)?[没不]|算吧|马马虎虎|还行|还可以"
    r"|是否|(?<!没)有没有"
    r"|好了没|解决没|修好没|解决了没|修好了没|不是没|不是不|没用过|没收到"
    r"|(?<![a-z'])(?:partly|partially|mostly|almost|nearly|kind of|sort of|maybe|perhaps"
    r"|probably|possibly|guess|i think|think so|seems?|appears?|hopefully|should be|(?<!no )better"
    r"|improved|improving|(?<!no )improvement"
    r"|comes and goes|intermittent(?:ly)?|on and off|off and on|sometimes|occasionally"
    r"|haven't (?:checked|tried|tested|used|looked|been|had (?:a |the )?(?:chance|time))"
    r"|not (?:sure|fully|completely"
    r"|entirely|totally|really(?! *$)|quite|100|tested|checked|tried)"
    r"|don't know(?! why)|dunno|unsure|no idea(?! why)|then not|can't tell|one of (?:the|my|two"
    r"|them)|half(?! (?:an? )?(?:day|hour|week|term|past|morning))|some of"
    r"|for now|so far|fixed one|work in progress|another|(?:was|were) never(?! (?:fixed|resolved"
    r"|solved|sorted|done|repaired))|bit|a little"
    r"|more or less|up to a point"
    r"|to some extent|to an extent"
    r"|hard to say|too early|will see|we'll see"
    r"|wait and see|in part|depends|not unresolved|no doubt|ish|temporarily|not yet (?:tested"
    r"|tried|checked)|half-fixed|partial|one thing|except)(?![a-z'])"
)
