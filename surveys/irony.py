"""Finds what makes a joke of a verdict: complaints, waits and laughter beside praise."""

import re

#: What nobody says who is content: beside praise it makes a joke of it.
COMPLAINT = re.compile(
    r"还没(?:好|修|来|解决|人|弄|通|到|处理|给|退)|没人(?:来|管|理|接|修|处理|回)"
    r"|差一?点(?:儿|就)?(?:把|被|给|让|害).{1,8}(?:烧|炸|砸|毁|坏|拆|触?电|摔|气|丢|害|死|停|断)"
    r"|没(?:有)?(?:修好|解决|处理好|弄好)|未解决|解决不了|修不好|更(?:慢|差|卡|糟|坏|烂)"
    r"|越.{1,2}越(?:坏|差|慢|卡|糟|烂)"
    r"|又(?:断|坏|掉线|没网|卡|不行)|(?:都|也|连.{1,4}(?:都|也))(?:没了|不行了|坏了|断了"
    r"|没有了|不能用)|还是(?:不行|不能|没|断|老样子|卡|慢|掉|坏)|依然(?:没|不|断)|白跑|呵呵"
    r"|无语|气死|恶心|骗子|(?<!取消)(?<!撤销)投诉(?!(?:已经?|都|也)?(?:取消|撤|处理[好完得]"
    r"|解决了))"
    r"|(?:谢谢|感谢|多谢|谢了|辛苦|恭喜|佩服|厉害)[^.;!?]{0,10}(?:让|害|把|叫"
    r"|使)[^.;!?]{0,12}(?:断|没网|无网|没有网|掉线"
    r"|没信号|白|坏|等|跑|停|瘫|没电视|上不了|打不通|扣|修)|(?:满意|好|快|棒|贴心|优秀|给力|感动"
    r"|高效|专业)(?:到|得)(?:我)?(?:家了)?,?"
    r"[^.;!?]{0,8}(?:断|没网|掉线|没信号|没人|坏|等了|停了|瘫|用不了|上不了)"
    r"|戒了?网瘾|得我?(?:头发|血压|眼泪)[^,;.!?]{0,4}(?:白|掉|高|满|流|飙)|(?<![a-z'])(?:suffer\w*"
    r"|(?:to|for) the (?:queue|hold|waiting)"
    r" music)(?![a-z'])|仇人|敌人|仇家|有仇|前任|(?<![a-z])enem(?:y|ies)(?![a-z])|才怪|反话|做梦"
    r"|骗你的?|鬼[才都]?信|狗头"
    r"|被逼|被迫|个鬼|想得美|白等|放鸽子|挂我?电话|踢皮球"
    r"|🙃|😏|🤡|🙄|😒|😡|🤬|👎|越修越|弄坏|修坏|搞坏"
    r"|(?:你|您|贵司)们?(?:可|还)?(?:真是?|太)(?:行|厉害|可以|牛|有才|会玩|能)|[也哪]配|也好意思"
    r"|(?:全|都|又)断了|(?<!把)(?<!清理)(?<!收拾)垃圾(?!(?:都|也|全)?(?:带走|收[走拾]|清|扫|拿走"
    r"|扔|倒))|服了|真行啊|厉害了"
    r"|(?<![a-z'])(?:broke (?:it|again)|broken again|still (?:not|no|down|broken|waiting"
    r"|doesn't|isn't|out|dead|slow)|made? (?:it )?worse|even worse|never (?:came|showed"
    r"|called|fixed|turned|arrived)"
    r"|no ?(?:body|one) (?:came|showed|called|cares?|turned|answered)|for (?:wasting|making"
    r"|losing|breaking|hanging|ignoring|leaving|nothing|doing nothing|keeping|not)"
    r"|making me wait|made me wait|wast(?:e|ed|ing)|thanks for nothing|not fixed|unresolved"
    r"|yeah right|a joke|cut me off|hung up)(?![a-z'])"
    r"|(?<![a-z'])(?:oh|just|how|yeah|well) (?:great|wonderful|lovely|brilliant|nice|fantastic|joy"
    r"|perfect|super)(?![a-z'])[^.!?]{0,40}(?:another|without|no (?:internet|signal|service|phone)"
    r"|again|down|outage|broken|dead|wait|off|late|worse)(?![a-z'])"
    r"|(?<![a-z'])(?:thanks|thank you|thx|cheers|congrats|congratulations|well done|bravo|kudos"
    r"|love|loved"
    r"|loving|enjoyed|enjoying)(?: (?:so much|a lot|a bunch|guys|again|to"
    r" you))?(?![^.!?]{0,24}(?:fix|sort|resol|solv"
    r"|repair|restor|help|quick|fast|prompt))(?: for| on| being| how| waiting"
    r"| sitting| the| my| having)? [^.!?]{0,30}(?:outages?|without|cut(?:ting)?|disconnect\w*"
    r"|ruin\w*|hold"
    r"|days? (?:off|down)|no (?:internet|signal|service|phone|show)|down|broken|breaking"
    r"|overcharg\w*|waiting"
    r"|missed|wrong|lost)(?![a-z'])"
    r"|(?<![a-z'])(?:great|nice|good|excellent|fine|fantastic|amazing|brilliant) (?:job|work|one"
    r"|going|effort)"
    r" (?:at |on |with |of |in |by )?(?:cut|break|los|ruin|ignor|keep|leav|charg|mak|disconnect"
    r"|mess|not|hang"
    r"|wast|overcharg|kill|delay|forget)(?:t?ing|ging|ting)?(?![a-z'])"
    r"|脸皮|推诿|的勇气|(?:下次|以后)别(?:再)?来|再也不(?:用|来|办|装)|谢谢?你们?全家|想太?多了"
    r"|个头(?![大小])"
    r"|(?<![a-z'])(?:for|at) (?:\w+ ){0,2}(?:incompeten\w+|rudeness|lying|lies|laziness|nothing"
    r"|excuses|wasting"
    r"|deceit|cheating|stealing|delays?|ignoring)(?![a-z'])|said no ?(?:one|#+|body)|hate (?:you"
    r"|it)"
    r"|only (?:took|waited|needed)[^.!?]{0,8}(?:weeks?|months?|years?)"
    r"|(?:[.,!?…-]+ ?| {2,})not[ .!]*$|\(not\)|(?<![a-z'])(?:just kidding|dream on|/s|jk|joking"
    r"|kidding|as"
    r" if)(?![a-z'])|开玩笑|逗你"
    r"|(?<![a-z'])(?:again and again|slow clap|sarcasm|lmao|pfft|what a joke|if only)(?![a-z'])"
)
#: A wait that is called short makes a joke of praise in words.
WAITING = re.compile(
    r"(?:修|折腾|拖|搞|弄|断|排)了.{0,3}(?:半个?月|[一两二三四五六七八九十几0-9]{1,3}(?:个?月"
    r"|周|个?星期|个?礼拜|天))|也?就等了|才等了|只等了|不过等了|等了.{0,3}(?:半个?月|个?月"
    r"|[一两二三四五六七八九十几0-9]{1,3}(?:个?月|周|个?星期|个?礼拜|天|个?小时|个?钟头))"
    r"|(?:just|only) .{0,14}(?:hours?|days?|weeks?|months?|calls|tears|visits|attempts|tries"
    r"|transfers|people|departments|menus|emails|forms)"
    r"|[也就才只不过]{1,3}(?:打|跑|转|催|换|填|找)了[^,;.!?]{0,8}?(?:次|遍|趟|回|通"
    r"|个(?:电话|部门|人|小时|客服))|(?:waited|waiting"
    r"|wait) .{0,12}(?:hours?|days?|weeks?|months?)|on hold|just .{0,10}late"
    r"|迟到|没来|没去|没修|不接|打不通|断了|断网|掉线|没网|又要|又得|又让"
    r"|第[二三四五六七八九十几]次|气(?:死|得|人|到)|末流|(?:换|转)(?:到)?(?:联通|移动|电信"
    r"|运营商|别家)|从早.{0,4}到晚|错过(?!了好)|个头|再也不|别再?来了|坏了|没了|多扣|扣了"
    r"|推来推去|敷衍"
    r"|(?<!不)(?<!没有)(?<!没)再断|又来|可真|真行|真有你的|真会|好家伙|佩服|谢谢您嘞"
    r"|(?<![a-z'])(?:without (?:internet|service|signal|a)|no (?:internet|show|signal|answer"
    r"|reply)|no-show|outage|another (?:week|day|hour|outage|engineer|call|month|fault|bill"
    r"|visit|one|delay)"
    r"|(?:second|third|fourth|fifth|umpteenth|[2-9](?:nd|rd|th)) time|leaving you|no (?:phone|tv"
    r"|landline|mobile|wifi|broadband)|either|(?:just|simply) (?:great"
    r"|brilliant|perfect|wonderful)|in the rain|cancell?ed"
    r"|wasted|nothing works|dead|broke|broken|down again|ignored|ruined|worse|disconnected"
    r"|dropped|cut off|wow|not!|/s|as usual|just what i needed|well done for)(?![a-z'])"
)
LAUGHTER = re.compile(
    r"才怪|个鬼|^呵[, ]|呵呵|哈哈|嘿嘿|(?<![a-z'])(?:ha){2,}(?![a-z'])|(?<![a-z'])lol(?![a-z'])"
    r"|yeah right"
    r"|(?<![a-z'])(?:in your dreams|my (?:foot|arse|ass|a[*$@s]{2,3})|dream on|as if)(?![a-z'])"
    r"|🙄|😂|🤣|oh sure|yeah sure|oh yes|oh so|oh yeah"
)
EMOJI_OF_SCORN = "🙄😒🤡"
#: Beside a low number it makes a joke of it, or shows a scale read upside down.
PRAISE = re.compile(
    r"(?<!不)(?<!没)(?<!有)(?:非常好|太棒|很棒|真棒|优秀|完美|超赞|很赞|非常满意|很满意"
    r"|服务一流)(?!个)"
    r"|(?<![a-z'])(?<!not )(?<!n't )(?<!no )(?<!hardly )(?:great|excellent|perfect|amazing"
    r"|wonderful|fantastic|brilliant|best(?! (?:of|wishes|regards))|very happy|(?:very|so"
    r"|really) helpful|awesome|superb|outstanding"
    r"|very satisfied)(?![a-z'])"
)
#: Said in the very clause that a number ends: words that pull the other way.
BLAME_WORD = re.compile(
    r"(?<![a-z'])(?:rude|slow|wrong|useless|worst|joke|hated?|lying|lied|lies|lie|overcharg\w+"
    r"|twice|never"
    r"|no ?body|no ?one|not|cannot|broken?|down|expensive|awful|horrible|terrible|pathetic"
    r"|rubbish|crap|shit"
    r"|bad|poor|unhappy|disappoint\w*|nothing|without|late|waited|waiting|useless|worse|angry"
    r"|annoy\w*"
    r"|incompetent|liars?|scam|cheat\w*|rip off|fail\w*|lost|missed|ignore[ds]?(?! (?:my|the"
    r"|that) ))(?![a-z'])"
    r"|n't(?! (?:fault|complain|be happier|be better|ask for|thank|stop))(?![a-z])"
)
PRAISE_WORD = re.compile(
    r"(?<!not )(?<!no )(?<!n't )(?<!not very )(?<!isn't very )(?<![a-z'])(?:lovely|friendly"
    r"|great|good|nice|helpful"
    r"|fantastic|excellent|perfect|amazing|best|brilliant|thanks(?! for nothing)|thank|polite"
    r"|professional|loved?|awesome|superb"
    r"|quick|fast|kind|happy|pleased)(?![a-z'])"
)
#: Denied, they pull the other way, or not at all.
NO_BLAME = re.compile(
    r"(?<![a-z'])not (?:too |so |that |half |at all |a |the )?(?:bad|shabby|worst|slow|expensive)"
    r"(?![a-z'])"
)
NO_PRAISE = re.compile(
    r"(?:(?<![a-z'])(?:not|nothing|no|never|hardly)|n't)(?: (?:so|too|that|all that|really|very"
    r"|quite|exactly|particularly|even|a|the))? [a-z]+(?![a-z'])"
)
#: What went wrong before and is well now is no reason to doubt praise.
RECOVERY = re.compile(
    r"现在(?:都|已经|就|全)?(?:好|正常|没问题|不断)|终于|总算|后来|这次(?![又还更])"
    r"|最后.{0,6}[好来修]|(?<![a-z'])(?:finally|eventually"
    r"|in the end|this time|at last)(?![a-z'])"
)
#: A word of praise held up between quotation marks.
SCARE_QUOTES = re.compile(
    r"(?:真是?|真的|[太很好]|非常|特别|超级?|所谓的?|这就?是|(?<![a-z'])(?:sure|so|really|such"
    r"|this|called|your|oh|very"
    r"|course)(?![a-z']))[ ,]{0,2}[\"'“‘「『]{1,2}[^\"'”’」』]{1,12}[\"'”’」』]"
)
