"""Holds what people say of a problem that is resolved."""

import re

from surveys.unmended import FAULT_ZH

#: Well, and no word for what was only talked over, arranged or exclaimed: 说好了, 约好了, 太好了.
_WELL_ZH = (
    r"(?<![说讲谈聊约想填写付交买卖算看查问报记录签请选吃睡等太打])(?<![准预]备)(?<![^稳搞]定)"
    r"(?<!安排)(?<!商量)(?<!沟通)好"
)
# What an engineer does to a fault, and what a line does that works again.
_DONE_ZH = (
    r"(?:解决|修好|修复|弄好|搞好|搞定|处理好|处理完|修理好|整好|整明白|办好|装好|弄完|恢复"
    rf"|恢复正常|{_WELL_ZH}|妥|通|正常|正常使用|修完|fix好|fixed|resolved|solved|sorted|done|ok"
    r"|working)"
)
_WORKS_ZH = (
    r"(?:上网|用|使用|看|看电视|打电话|打|连|连上|连网|收看|打开|登录|通话|玩|接|拨打|收到"
    r"|刷)"
)
_WHEN_ZH = (
    r"[号日点半]|周[一二三四五六日天]|星期[一二三四五六日天]|今天|昨天|前天|今早|昨晚|早上|上午"
    r"|中午"
    r"|下午|晚上|当天|第二天|[0-9一两二三几](?:天|次|小时|分钟)"
)
#: A fault denied is a mending: taken out before anything that looks like the fault is found.
RECOVERED = re.compile(
    r"(?<!断网就)(?<!断线就)(?<!掉线就)(?:没|没有|不)(?:再|怎么|再怎么)?(?:会)?(?:断|掉线|卡|断网"
    r"|断线|掉|闪|重启|卡顿"
    r"|坏)(?:过|网|线)?(?:了)?(?!人|有)"
    r"|(?<![a-z'])(?:no longer|not|isn't|never|hasn't|doesn't|haven't|hasn't been) (?:broken"
    r"|down|slow|dropp(?:ed|ing)|drop|an issue|a problem|out|happening|dead|faulty"
    r"|cut(?:ting)? out|crash(?:ed|ing)?)"
    r"(?: (?:any ?more|any longer|now|since|again|once))*(?![a-z'])"
    r"|(?<![a-z'])(?:has |have )?stopped (?:dropping|cutting out|buffering|crashing"
    r"|disconnecting|lagging|freezing"
    r"|beeping|crackling|rebooting|happening)(?! (?:for|then|but))(?![a-z'])"
    r"|(?<![a-z'])(?:drops?|dropouts?|noise|crackling|buffering|disconnections?|outages?|errors?"
    r"|beeping)"
    r"(?: has| have|'s)? (?:stopped|gone|disappeared|cleared)(?![a-z'])|nothing wrong (?:now|any"
    r" ?more)"
)
YES = re.compile(
    r"(?:网|信号|宽带|电视)(?:又|都|已经?)?回来了|(?:能|可以)(?:上|收到?(?:短信|验证码|信号)?)了"
    r"|(?:钱|退款|款|话费|发票|赔偿|卡)(?:都|也|已经?)?(?:收到|到账|拿到)了?(?!吗|没)"
    r"|^已?经?到账了?$"
    r"|(?:改|更正|纠正|调整?)(?:过来|回来)了|^(?:已经?|都)?(?:装|接|换|连)上了$|(?:办|搞)妥"
    r"|^(?:已经?|都)搞掂"
    rf"|(?:{_WHEN_ZH})(?:就|才|给|已经?)?(?:修好|修复|恢复|解决|弄好|搞定|处理好|搞好|好)的(?= ?\Z)"
    r"|(?<![不未没])(?:就|家|家下|已经?|终于|都)得返?(?:晒|了|啦)?(?= ?\Z)|^得返晒"
    r"|(?<![不未没])(?:正常|掂|好)返"
    r"(?= ?\Z|晒|了|啦)|就没事(?= ?\Z|了|啦)"
    r"|^完事了?$|^欧了$|^ojbk$|(?:一切|万事|全都?)ok|满血复活|活过来了"
    r"|(?:钱|费用?|款|话费|押金|违约金)(?:都|也|已经?|全|全部){0,2}退(?:回来?|还|给我)?了(?!吗"
    r"|[一半])"
    r"|(?:终于|总算)(?:给)?(?:解决|修好|弄好|搞定|恢复|处理好|通)$|(?<![不冇未没])上到网"
    r"|有返(?:[信讯]号|网络?|声|画面)"
    r"|(?<![a-z'])(?:refund|money|credit)(?: has| have)? (?:came|come|gone|arrived|landed)"
    r"(?: through| in| back)?(?![a-z'])"
    r"|(?<![a-z'])(?:solve|fix|settle|repair|resolve)d? (?:already|liao|alr|alrdy)(?![a-z'])"
    r"|(?<![a-z'])(?:problem|issue|fault)s? (?:is |has |are )?(?:been )?(?:solve|fix|resolve"
    r"|settle)"
    r"(?= ?\Z| (?:already|liao|now))"
    r"|(?<![a-z'])can (?:use|work|connect|surf|call|watch) (?:already|liao|now|alr)(?![a-z'])"
    r"|(?<![不冇未])(?:用|上|打|睇|看|连|开|收)得返|^得返[了啦]?$|(?<![不没])(?:好使|好用|能使"
    r"|管用)了"
    r"|(?:已经?|都|全|全部|全都|终于|现在|总算|完全|彻底|一切|今天|马上|很快|当天|立刻|就|给"
    rf"|帮我|问题|网络|宽带|电视|信号|网|wifi|手机|刚)?(?:给)?{_DONE_ZH}(?:了|啦|咯|喽|好了"
    r"|完了|哒|滴|噜|完毕|成功)"
    r"|(?:已经?|都|全部|完全|彻底|圆满|顺利|成功)(?:解决|修复|恢复|处理完?|修好|搞定|处理好"
    r"|弄好|正常|ok|resolved|fixed|fix|solved)"
    r"|得到(?:了)?(?:圆满|妥善|彻底|及时)?(?:解决|处理)|^有(?:解决|修好|搞定|处理)到?了?$"
    r"|(?:有|来|通)网了|(?:网络?|信号|宽带|电视|^|都|全部)恢复正常|(?:已经?|都)退(?:款|费|还"
    r"|回)?了(?!吗)"
    r"|(?:好返|搞[定好]|整好|修好|弄好)(?:晒|了|啦){1,2}|(?:退订|取消|办理|开通|安装|充值|注销"
    r"|过户)(?:成功|好)了?"
    rf"|(?:能|可以|会)(?:正常)?(?:地)?{_WORKS_ZH}(?:电视|网|手机|电话|了|上网|视频)*了"
    rf"|(?:能|可以)正常{_WORKS_ZH}|(?:有|来)(?:信号|网络?|声音|图像|wifi|电|热点|画面)了"
    r"|(?!快了$)(?:网速?|速度|信号)?(?:快|稳定|正常|流畅)(?:多)?了"
    r"|(?:次|天|个?月|小时|趟|回|遍)才(?:好|修好|解决|弄好|恢复|搞定)"
    r"|(?:没|没有|不)(?:再|怎么|再怎么)?(?:会)?(?:断|掉线|卡|断网|断线|掉|闪|重启|卡顿)(?:过"
    rf"|网|线)?(?:了)?(?!人|有)|不(?:再)?(?:会)?{FAULT_ZH}了|(?:没|没有|未|不)再(?:出现|发生"
    rf"|有)?(?:过)?(?:{FAULT_ZH}|问题|故障|这种情况)|没(?:有)?(?:啥|什么|任何)?(?:问题|故障"
    r"|毛病|事)[了啦]|(?:问题|故障|毛病)(?:都|已经?|全)?没有?[了啦]"
    r"|(?:解决|处理|修|弄)[的得](?:挺|很|非常|特别|真|还挺|蛮|比较)?(?:快|好|及时|迅速|不错|到位"
    r"|顺利)"
    r"|(?:一切|完全|都|目前|现在)正常|(?:退|到账|退款|退费)(?:到账|到|回来|给我)了|(?:打|连"
    r"|接|上)(?:得|的)?(?:通|上)了|^(?:修好|搞好|弄好|好啦|妥|妥妥的|通了|ok[了啦]"
    r"|完成)$|^(?:现在|已经|都|应该)?(?:可以|行|成|没事|能用)了|通畅|畅通|流畅了?|妥了"
    r"|已处理|(?:internet|connection|service|signal|wifi|broadband|line|phone|tv|everything"
    r"|it)(?:'s| is| are) back(?! (?:and|to square|again|to how))|good to go|^正常$|^已经?好$"
    r"|^搞定$"
    r"|^解决$|^修复$"
    r"|^已?完成了?$|^完美解决"
    r"|(?<![a-z'])(?:disconnects?|disconnections?|drops?|drop ?outs?|noises?|crackl\w+|buffering"
    r"|lag\w*|outages?"
    r"|beeping|problems?|issues?|faults?|errors?|cut ?outs?|cutting out|flicker\w*|static|freezing"
    r"|dropping)(?: (?:has|have|all|finally|now|seem"
    r"|to|completely|since))* (?:stopped|gone|disappeared|cleared|went away)(?! (?:again|and|but"
    r"|then|for))(?![a-z'])"
    r"|(?<![a-z'])(?:(?:all|now|finally|been|is|it's|was|got|totally|fully|completely"
    r"|everything(?:'s| is)?|problem|issue|fault|has been|yes) )?(?:fixed|resolved|solved"
    r"|sorted|repaired|rectified|restored|mended)(?: (?:it|now|out))?(?![a-z'])"
    r"(?! (?:penalty|abode|asset|income|wireless|fee|price|rate|term|line|cost|contract|charge|ip"
    r"|monthly))"
    r"|(?<![a-z'])(?:(?:it |it's |its |is |all |everything |internet |now |line |phone |that "
    r"|they |wifi |router |tv |signal |service )*(?:working|works|work)(?: (?:again|now|fine"
    r"|well|perfectly|great|properly|ok|like a charm|as it should|a treat|good|normally"
    r"|beautifully))*"
    r"|up and running|back (?:on|up|online|to normal|in business|working|again|in service)"
    r"|running (?:fine|again|smoothly|well|perfectly)|(?:good|fine|ok|okay|great|perfect"
    r"|stable|fast|normal|online|connected|better than ever) (?:again|now)|now (?:fine|ok"
    r"|good|stable|fast|normal|online)"
    r"|no (?:more )?(?:problems?|issues?|dropouts?|trouble|complaints|faults?|outages?|noise"
    r"|disconnections?|errors?|lag|drops) (?:now|any ?more|any longer|since|at all now)"
    r"|no (?:more|further) (?:problems?|issues?|dropouts?|trouble|faults?|outages?|noise"
    r"|drops|disconnections?|buffering)|problem(?:'s| is)? gone|issue(?:'s| is)? gone"
    r"|gone now|all done|job done|did the trick|did the job|(?:hasn't|has not"
    r"|haven't) (?:dropped|cut|crashed|failed|happened)(?: out)? (?:since|again|once)"
    r"|^can (?:already|now)|all (?:good|fine|ok|well)(?: here| this end)? (?:since|again|here"
    r"|now)|(?:got|received|have) (?:my|the) (?:refund|money|credit)(?! yet)"
    r"|(?:refund|money|credit)(?: has been| has| is| was)? (?:received|credited|paid|refunded)"
    r"|doesn't (?:drop|cut|crash|buffer|lag)(?: out)? any ?more|as good as new|good as new"
    r"|all clear)(?![a-z'])"
)
YES_WORDS = frozenset(
    word.replace("_", " ")
    for word in """
    是 是的 是啊 是滴 对 对的 对啊 对呀 嗯 嗯嗯 恩 恩恩 嗯呢 yes yeah yep yup y ya yea yess yup yh
    aye 嗯呐 嗯哪 是嘞
    of_course 有解决 settled settled_already already_ok already_fine ok_already ok_liao
    okay_already okay_liao
    settle_already settle_liao settled_liao done_already done_liao can_liao fixed_liao solved_liao
    ho_gaya hogaya ho_gya ho_gaya_hai haan haan_ji e_don_work it_don_work e_don_dey_work
    done 搞掂 correct indeed definitely absolutely affirmative sure_is it_is it_has it_does it_was
    系
    fully yes_fully certainly yes_certainly it_did they_did he_did she_did you_did yes_you_did
    yes_they_did
    yes_he_did yes_it_did
    yes_it_is yes_it_has yes_it_does yes_it_was
    """.split()
)
