"""Finds what makes an answer doubtful: conditions, others' words, questions."""

import re

from surveys.amounts import AFTER_A_WHILE

_NO_IF = (
    r"(?! (?:i'?m|i am|i have to be|we'?re) (?:being )?(?:honest|fair|frank)"
    r"| you (?:need|want) (?:anything|any more|further|more (?:info\w*|details?)|to (?:call"
    r"|ring|phone"
    r"|contact|reach|speak|talk))"
    r"| you ask me(?! (?:for|to)))"
)
#: "After" what has been is a story, and no condition.
_NOT_YET = rf"(?!{AFTER_A_WHILE.pattern})after"
#: What was not done all along is no condition: 说了多少遍都不来修就给一分.
BY_NOW = re.compile(
    r"(?<![谁再要])(?:都|也|一直|从来)(?:不|没)[^,.;!?#]{0,6}?(?=(?:我|就|只能|只|才){1,3}[给打])"
)
#: What has been by now, where nothing is announced for the time after it.
_VISITED = (
    r"after (?:the|my) (?:\w+ )?(?:visit|repair|fix|call|reset|restart|reboot|upgrade|update|swap"
    r"|appointment|replacement|engineer|technician)(?![a-z])(?! (?:is|has|gets?|comes?)\b)"
    r"(?![^.;!?]{0,30}(?:will|'ll|can|could|maybe|perhaps|i give|i'd|then)(?![a-z]))"
)
#: What comes next time: a threat, or a bargain.
_ELSE = (
    r"(?:再(?!次|也|见|三)|下[次回]|要(?!是)|敢)[^,.;!?#]{1,10}(?:就|便|直接|立马|马上|一律)(?:是"
    r"|给|打"
    r"|会|评|算){0,2}(?:你们?|个)?#|(?:\A|[,;] ?)(?:涨价|扣[钱费]|断网|掉线|卡顿|修不好|不修|不来"
    r"|没人来"
    r"|不退)(?:了|的话)?(?:我)?(?:就|便|直接)(?:是|给|打)?(?:你们?|个)?#"
    r"|(?<![a-z'])(?:one more|another|any more|again) ?[^.;!?#]{0,24}?(?:and|=|or|,"
    r"|then) ?(?:it's|its"
    r"|it is|you get|i'll give|i give|i'll say|that's|it'll be) (?:an? )?#"
    r"|(?<![a-z'])again ?= ?#"
    r"|(?:\A|[,;] ?)(?:please )?(?:fix|sort|call|refund|reply|answer|send|get|pay|come)(?![a-z'])"
    r"[^.;!?#]{0,24} or (?:else )?(?:it's|its|it is|you get|i'll give|i give|it'll be|that's)"
    r" (?:an? )?#"
)
_N = r"(?:#|满意|好评|satisfied|happy)"
#: What was or would have been, and what hangs upon something to come.
CONDITION = re.compile(
    rf"{_ELSE}|"
    r"等(?!了|的|待|很|太).{1,8}(?:好|来|完|解决|退|修|恢复|处理)了?(?:再|后|以后|之后|就"
    r"|,).{0,4}#|(?:明天|下次|下回|后天|改天"
    r"|将来)[^,.;!?]{0,10}#|(?:退|赔|减|免|送|补)(?:我|给我|点|一)(?!了)[^,.;!?]{0,8}#"
    r"|(?<![a-z'])(?:fix|send|refund|repair|call|get|come|sort|solve|replace|lower|cut"
    r"|bring)(?![a-z']).{0,30}(?:and|then|,) (?:then )?(?:i'll(?! tell| explain)|i will(?! tell|"
    r" explain)|you(?:'ll| will) get"
    r"|i'd|we'll)"
    r"|先[畀俾](?:你们?|佢)?个?#|如果|(?<![主重只需])要是|要不是|若不是|假如|假使|倘若|若是"
    r"|若(?!干)"
    r"|的话(?![费题务音筒])|除非|只要.{0,8}(?:就|我)"
    r"|只有.{0,12}才"
    r"|等.{1,14}(?:再|了)(?:给|打|评|说|告诉|通知|回复)"
    r"|(?:\A|[,;] ?)(?:我|先|等)?(?:修好|解决|弄好|搞好|处理好|恢复)(?:就|再|才)?"
    r"(?:给|打)(?:你们?|您)?#|(?:修好|解决|弄好|搞好|搞定|处理好|恢复|退)了我?(?:给"
    r"|打)(?:你们?|您)?打?#|再给#|才给(?!退|修|换|办|解决|处理|我|补|弄|装|开|查)|才会给|才能给"
    r"|先.{1,12}再(?:给|打|评|说)"
    r"|(?<!别)(?<!不要)再(?:给|打(?!给|个?电话)|评|说|考虑|决定)(?!我)|看(?:你们)?(?:表现"
    r"|情况|心情)|取决于|视情况"
    rf"|(?:能|肯|会|不|来|好(?![几多])|修|退|减|赔|送|改|降|处理|解决|完|后|以后|之后"
    rf"|时).{{0,10}}(?:就"
    rf"|才|便)(?:是|给|打|会|能|算)?(?:给|打|评)?(?:你们|你|个)?{_N}"
    rf"|(?:我|俺)(?:才|就)(?:会|能)?(?:给|打|是)?{_N}|差一?点(?:儿|就|点)|几乎(?:要|就)"
    r"|(?<![a-z'])(?:give|get|send|offer|promise) (?:me|us) .{1,24} and (?:it's|i give|i'll"
    r"|you get)(?![a-z'])"
    r"|(?:\A|[.!?;] ?)had (?:you|he|she|they)(?![a-z'])"
    rf"|(?<![a-z'])(?:if{_NO_IF}|unless|provided|providing|assuming|depends|depending|as long as"
    r"|in case|next time(?=[^.;!?#]{0,24}#)|only when"
    r"|once (?!(?:i|we) (?:found|got|had|reached|spoke|knew|managed|worked|figured|learn(?:ed|t)"
    r"|was"
    r"|were|understood|called|rang|asked|saw)(?![a-z']))"
    r"(?:you|it|they|i|my|we|he|she|the|this|that|fixed|sorted|(?:you|they"
    r"|we)'re|(?:it|he|she|that)'s)|as soon as)(?![a-z'])"
    r"|#(?: stars?| points?)?,? (?:for )?next time(?! (?:please|pls|be|come|it|tell|call|just|try))"
    r"|(?<![a-z'])(?:would|could|should|might|may|must)(?! be \w{2,9}er(?![a-z])| be (?:improved"
    r"|a bit|a little|more|less))"
    r" (?:have|of|be|give|say|rate)(?! (?:you|it|this|that|them)? ?(?:an? )?#)"
    r"|(?:would|could|might|may)(?:'ve| have)"
    rf"|(?:{_N}|stars?|points?) (?:when|until|till|the day|the moment|{_NOT_YET})(?![a-z'])"
    rf"|(?<![a-z'])(?:when|until|till|(?!{_VISITED})after) (?:you|i get|i have|it is|it's"
    rf"|it works|they"
    r"|we get|someone|my|the)(?![a-z']).{0,30}#"
)
_INTENDED = (
    r"本来|原本|本想|原想|原来想|原来要|打算给|准备给|差点给|wanted to|was going to"
    r"|was about to|meant to give"
    r"|(?:很|多|真|倒是?|挺|也)想(?:说|给|打)|[要想]给[^,]{1,4}的,? ?(?:但|可|结果)"
    r"|(?:love|like|wish i could|want) to (?:say|give)|would have|would've|could have|should have"
    r"|intended|nearly gave|almost gave|was thinking"
)
#: 4分，要是再早点就是5分: what would have been, beside what is given.
IF_SO = re.compile(
    r"(?:(?<![主重只需])(?:要是|要不是|若不是|如果|若是|假如)[^#.;!?]{1,24}"
    r"|再[^#.;!?,给打评]{1,10}[点些])"
    r"(?:就|便)(?:是|给|能|会|可以|打|有){0,2}#+分?了?"
)
#: What would have been is over: 要不是迟到就5分了，4分.
BUT_FOR = re.compile(r"(?:要|若)不是")
#: Right before a number: it is given as things are.
AS_IT_IS = re.compile(r"(?:现在|目前|这次|本次|眼下)(?:只能|只|就|先|我)?(?:给|打|是)?\Z")
FOR_NOW = re.compile(r" {0,2}(?:for now|right now|at the moment|currently)(?![a-z'])")
#: What cannot be given, and so is no condition of what is.
HYPOTHETICAL = re.compile(
    r"#+[^#,.;]{0,8} (?:would be|'d be|would have been) (?:too (?:much|high|low|generous|kind)"
    r"|pushing"
    r" it|an? (?:stretch|lie|exaggeration)|generous|overkill|silly|dishonest)|"
    r"(?:would|'d|wish|could) (?:have )?(?:give|given|gave|rate|rated|score)(?: you| it| this|"
    r" them)?(?: an?)? "
    r"#+[^#,.;]{0,12}? if (?:i could|possible|allowed|(?:it|that) was possible|there was one)"
    r"|if (?:an? )?(?:#+|0|zero) (?:is|was|were|isn't|wasn't)(?: not)?(?: an option| possible|"
    r" allowed| available)?"
    r"|if (?:only )?there (?:is|was|were) (?:no |an? )?#+"
    r"|(?:would|'d|could) (?:be|have been)(?: an?)? #+[^#,.;]{0,12}? (?:if|had|but for|were"
    r" it)(?![a-z'])[^.;!?#]*"
    r"|(?:maybe |perhaps |possibly |would be |could be )?(?:more|higher) if [^.;!?#]*"
    r"|(?:would|'d) (?:have been|be)(?: even| so much| a bit)? (?:nice|nicer|better|great|good"
    r"|helpful|perfect|easier|quicker) if [^.;!?#]*"
    r"|(?<![主重只需])(?:要是|如果|若是|假如)[^#.;!?]{1,20}(?:就|会)(?:更|再|最)?(?:给"
    r"|打)?(?:好(?!评)|高|多"
    r"|完美|棒)"
)
#: Before a number: it would be so, but for what follows.
WOULD_BE = re.compile(r"(?:would be|'d be|would've been)(?: an?)? ?\Z")
IF_OTHERWISE = re.compile(
    r" {0,2}(?:stars? )?(?:if|had|but|were it|elsewhere|anywhere else)(?![a-z'])"
)
#: Granted, and yet: 容易是容易，就是慢.
CONCEDED = re.compile(r"([\u4e00-\u9fff]{1,4})(?:倒|也)?是\1")
#: Blame of a part beside praise for the whole.
BAD = re.compile(
    r"(?<!任何)(?<![没有么])不满(?:意|$)|不(?:好(?!意思)|行|稳|快|给力|怎么样|咋样)"
    r"|(?<!不)(?<!没)(?:[太很]|有点)(?:差|慢|卡|贵|烂"
    r"|(?<!等很)久)|(?<![不没])(?:差|烂)$"
    r"|(?<![a-z'])(?:(?:is|are|was|were|too|very|so) (?:slow|bad|poor|terrible|awful|expensive"
    r"|rude|late))(?![a-z'])"
)
#: More was to be said, and was not.
TRAILS_OFF = re.compile(
    r"(?:(?<![a-z'])(?:but|however|although)|但[是系]?|不过|可是|只是|就是)[ .,…~。]*\Z"
)
#: Before and after a number: it was so, and is no longer.
WAS = re.compile(r"(?<![a-z'])(?:was|were|used to be)(?: an?)? ?\Z")
NOW = re.compile(r"[^#]{0,8}?(?<![a-z'])now(?![a-z'])")
#: In the clause of a number, and after it: it was so some time ago, and now it is another.
ONCE = re.compile(
    r"(?<![a-z'])(?:ago|earlier|at first|initially|back then|yesterday|(?:in|last) (?:spring|summer"
    r"|autumn|winter|jan\w*|feb\w*|march|april|may|june|july|aug\w*|sep\w*|oct\w*|nov\w*"
    r"|dec\w*))(?![a-z'])"
)
BUT_NOW = re.compile(r"(?<![a-z'])(?:now|today|this time|these days)(?![a-z'])[^#]{0,16}#")
#: Full marks of a school.
EXAM = re.compile(r"考|作[文业]|测验")
#: Before a number beside the one that is given: "4, almost a 5".
FALLS_SHORT = re.compile(r"(?<![a-z'])(?:almost|nearly|not quite|close to)(?: an?)? ?\Z")
BUT_OTHER = re.compile(r"(?<![a-z'])(?:but|however|except|only)(?![a-z'])[^#]{0,120}#")
#: A clause about a rating that was not given after all.
INTENDED = re.compile(_INTENDED)
_WHO = (
    r"(?:师傅|客服|小哥|小伙|网上|隔壁|其他人|身边人|家人|同学|室友|房东|物业|工程师|技术员"
    r"|人员|员工|经理|领导|班长|老婆|老公|妻子|丈夫|我妈|我爸|妈妈|爸爸|儿子|女儿|孩子|朋友"
    r"|邻居|同事|别人|人家|他们|她们|他|她|你们|系统)"
)
#: What the writer thinks of somebody is no word of theirs: 小伙子不错给五分.
_OWN_WORDS = r"(?!不错|[好棒快差烂真很]|负责|辛苦|专业|耐心|热情|必须|我|值得|应该)"
#: Before a number in its clause: another told it, or gave it.
QUOTED = re.compile(
    rf"(?<![给对]){_WHO}(?:{_OWN_WORDS}.){{0,6}}(?:给(?![我力他她您你])了?|打了|评了).{{0,8}}\Z"
    rf"|(?<![给对]){_WHO}.{{0,6}}(?:让|叫|要求|要|求|说(?!话|明)|讲(?!解|话|得)|教(?!我)|逼"
    rf"|催|哄|骗"
    r").{0,8}\Z"
    r"|(?:意思|要求|吩咐|安排)(?:给|打)?\Z|(?:让|叫|求|嘱咐|交代|提醒|拜托|劝|逼)(?:我|我们"
    r"|咱)?(?:给|打|评|选|点)(?:个|他"
    r"|你们)?\Z|(?:短信|上面|题目|选项|写的|写着|规定).{0,6}(?:说|写|是).{0,4}\Z"
    r"|i was (?:told|asked|instructed|begged) (?:to|for)(?![a-z']).{0,20}\Z|(?:supposed"
    r"|expected) to (?:say|give|put|rate)(?![a-z']).{0,10}\Z"
    r"|(?:让我|叫我|要我|记得给?|务必给?|求我|逼我|教我|说要|说给|请我).{0,6}\Z"
    r"|(?<![a-z'])(?:he|she|they|someone|everyone|everybody|people|others|google|trustpilot"
    r"|online|partner|flatmate|landlord|mate|technician|engineer|agent|guy|man|lady"
    r"|neighbou?r|wife|husband|kids?|children|friend|boss|manager|supervisor|mum|mom|dad"
    r"|son|daughter|colleague|fella|lad|rep|staff|operator|brother|sister)(?: \w+)? (?:asked"
    r"|hint(?:ed|s)|fish(?:ed|es)|angled|aimed|pushed|told|begged|said|says|wanted|wants|gave|gives"
    r"|would give|reckons?|thinks?|thought|feels?"
    r"|figures?|believes?|voted|put|pressed|typed|hit|tapped|clicked|chose|picked|entered"
    r"|demanded|requested|insisted|tells|asks|pleaded|suggested|rated|rates|hoped"
    r"|expects?)(?![a-z']).{0,30}\Z"
    r"|(?:asked|told|begged) (?:me|for|to)(?![a-z']).{0,20}\Z"
    r"|(?<![a-z'])(?:website|site|app|text|message|advert|ad|sign|form|review|reviews) (?:says?"
    r"|said|shows?|claims?|has)"
    r"(?![a-z']).{0,20}\Z|(?:同事|邻居|朋友|别人|人家|老婆|老公|我妈|我爸|家人|隔壁)(?:都|也|只"
    r"|就)?(?:打|评|给)\Z"
    r"|(?:官网|广告|宣传册?|海报|网站|传单|报道|新闻)[上里]?(?:说|写|称|讲)[^,#]{0,12}\Z"
    r"|(?:用户|客户|大家|网友)(?:们|都|会|也)*(?:给|打|评)(?:了|过|的)?\Z"
    r"|(?:都说|号称|宣传|标榜|吹)[^,]{0,6}\Z"
)
#: Before a number in its clause: that number it is not.
DENIED = re.compile(
    r"(?:不是|并非|不给|不打|不评|不选|不想给|不会给|不会|不愿给|不可能给|不可能|不配|不值|给不了"
    r"|打不了|给不到|别想(?:我|让我)?|除了|离|距离|休想|比|不如|别指望|没资格|配不上|没到|拿不到"
    r"|得不到|不配有|没有|没给|不到|不止|不只|够不上"
    r"|达不到|不够|而不是|不能给"
    r"|不敢给|绝不|谈不上)"
    r"(?:给|打|评|的|你们|你|个|是|我|什么|到|得|拿|拿到|有)?\Z"
    r"|没\Z|(?:不(?!错|得不|愧|卡|断|用|管|论|掉|慢|容易|好意思|到[半一两])|没(?!想到|话|得"
    r"|毛病|问题"
    r"|等|让|断|耽|白|挑|错"
    r"|事)|[无未难哪]|(?<!特)(?<!级)(?<!分)别(?!说))[^,#]{0,6}(?:给|打|评|值|配|得到|算|够|拿)"
    r"(?:得|到|个|你们?|出|上|满)*\Z|[值配给打评够到算拿得]不(?:了|起|到|上|够|出)(?:给|打)?\Z"
    r"|(?<![a-z'])(?:not|isn't|never|don't|won't|wouldn't|cannot|can't|wasn't|instead of"
    r"|rather than|no way|nobody|noone|no one|nowhere near|there(?:'s| is| was) no|far from"
    r"|less than|more than|didn't"
    r"|hardly|anything but)"
    r"(?: (?:an?|the|i'm|i am|i'll|i'd|i|would|will|give|giving|do|go|even|be|deserve|worth"
    r"|quite|really|exactly|you|it|this|that"
    r"|call|say|rate|going|to|get|rating|score|of|think|believe|deserves?|deserved|they|he"
    r"|she|that's|it's|is|was|could|can|possibly|ever|see|justify|myself|earn|earned"
    r"|near)){0,5} ?\Z"
)
#: Before or after a number in its clause: it was so once, or went from there to here.
FORMER = re.compile(
    r"(?:上次|上回|上一次|前[一两二三几]次|以前|之前|过去|去年|上个?月|从前|原先|原来|曾经|前年"
    r"|往年)(?:(?!这次"
    r"|这回|现在|如今|今).){0,6}\Z"
    r"|(?:从|自|由|掉到|降到|跌到|涨到|升到|掉成|变成|降为)(?:满分|了)? ?\Z"
    r"|(?<![a-z'])(?:last (?:time|year|month|week|survey)|used to|previously|formerly|originally"
    r"|(?:went|dropped|fell|gone|down|up|improved|slipped|drop|moved|goes) (?:down |up )?from"
    r"|from)(?:(?!now|this time|today)[a-z' ]){0,24}\Z"
    r"|(?<![a-z'])(?:from|to)(?: an?)? ?#? (?:down )?to(?: an?)? \Z"
)
FORMER_AFTER = re.compile(
    r" {0,2}(?:last (?:time|year|month|week|survey)|before(?! (?:i|you|we|but)\b)|previously|in"
    r" the past"
    r"|once upon)(?![a-z'])"
)
#: After a number in its clause: what the scale means by it.
EXPLAINED = re.compile(
    r" {0,2}(?:on (?:the|my|your) (?:list|menu)|down,? (?:and )?#+ to go|reviews?|promises?|hotel"
    r"|ratings? (?:is|are))(?![a-z'])| {0,2}(?:不?代表|表示|意思"
    r"|等于|是(?:不是)?(?:非常|很|最|满分|满意)|的(?:人|都|客户|用户|那些)|就是(?:非常|最)"
    r"|(?:means?"
    r"|stands for|equals|being|is) (?:very|the|un|dis|satisfied|best|worst|highest|lowest|top"
    r"|bad|good|extremely))"
)
#: After a number in its clause: it is not given.
REFUSED = re.compile(
    r" {0,2}(?:stars? )?(?:in your dreams|dream on|my (?:ass|arse|foot|a[*$@s]{2,3}))(?![a-z*])"
    r"| {0,2}(?:扣|减|加|minus|plus|take off) {0,2}[0-9一二两三]| {0,2}if (?:i|you|we) (?:could"
    r"|can)(?![a-z])"
    r"| {0,2}if (?:possible|allowed|it was possible|that was possible)(?![a-z])"
    r"| {0,2}(?:都|也)?(?:嫌)?(?:多|高|低)了?\Z| {0,2}(?:你们?)?(?:想(?:太?多了|得美|太多)|做梦)|"
    r" {0,2}个(?:屁|鬼|毛|头|锤子|球|蛋|寂寞)| {0,2}(?:都|也|是|我|倒)?(?:不至于|不想|不给|不配"
    r"|不值"
    r"|不可能|不行|不会|不能给|没有|嫌|给不了|打不了|算了|太高|太多|太少|太低|免谈|拿不到|到不了"
    r"|达不到)"
    r"| {0,2}(?:is |are |would be |'s )?(?:too (?:much|many|high|low|generous|kind|nice)(?! [a-z])"
    r"|pushing it|an? (?:stretch|lie|exaggeration)|generous|overkill|silly|dishonest"
    r"|not possible"
    r"|impossible|no way|is not|isn't)"
)
_HEDGES = (
    r"至少|最少|最多(?!只|给|打|能给)|差不多|大概|大约|大致|约莫|估计|接近|将近|几乎|应该(?!是)"
    r"|可能|也许|或许|超过|高于|低于|少于|多于|小于|大于|不足|暂时|暂且|姑且|(?<!首)先|起码|about"
    r"|around|at least|at most|at best"
    r"|maybe|perhaps|possibly|probably|roughly|almost|nearly|close to|up to|under|over|below"
    r"|above|minimum|maximum|max|min|approx|approximately"
    r"|somewhere|between|介于|not sure|unsure|say maybe|either|边缘"
)
#: Before or after a number in its clause: about so many.
HEDGED_BEFORE = re.compile(rf"(?:{_HEDGES})(?: (?:an?|the|like|give|of))*[给打评有]?个? ?\Z")
HEDGED_AFTER = re.compile(
    r" {0,2}(?:都(?:可以|行|成|好|ok)|左右|以上|以下|以内|上下|出头|多|不到|吧大概|差不多|or so"
    r"|or more|or less"
    r"|or higher|or lower|for (?:effort|trying|what|turning up|showing up)(?![a-z])|on a good day"
    r"|at a push|for (?:the |my "
    r"|your )?[a-z ]{1,40} (?:only|alone)|give or take|ish|-ish|plus|minus|max|tops|maybe"
    r"|at (?:least|most|best)"
    r"|i guess maybe)"
)
#: Whoever asks has not answered, in the same clause.
QUESTION = re.compile(
    r"吗|(?<![怎什这那多])么(?![的么样])|(?<!没)(?<!有)(?<!着)(?<!在)呢\Z|(?:没问题|对|够了?)吧"
    r" ?\Z|(?<!不)怎么|(?<!没)(?<!没有)什么(?!垃圾|破|烂|鬼)"
    r"|(?<!知道)(?<!看出)(?<!看得出)(?<!找到)(?<!清楚)(?<!明白)(?<!无论)(?<!不管)哪|几分|多少"
    r"|是不是|还是(?![没不老]).{0,8}(?:好|高)|是否|为何|为什么|干嘛|能不能"
    r"|可不可以|(?<!没)有没有"
    r"|谁|是[^,。]{1,8}还是|有咩|有乜|[送有](?:话费|流量|奖励?|礼品?|红包)不 ?\Z"
    r"|^ ?(?:what|why|when|where|which|who|how|(?:is|are)(?! (?:not|now|still|all|working|fixed"
    r"|resolved|solved|very)(?![a-z']))|does(?! not)|do(?! (?:better|not))|did(?! not)"
    r"|can(?! (?:lah?|lor|leh|liao|already|(?:do|be) (?:better|faster|quicker|more)"
    r"|(?:use|work|connect|surf|call|watch) (?:already|liao|now|alr))(?![a-z]))"
    r"|could(?! (?:be|do|have been) )|should(?! (?:be|have been|read|say) )|shall"
    r"|(?:has|have|was|were|will|had|am) (?:it|you|this|he|she|they|that|i|we|someone"
    r"|anyone))(?![a-z'])"
    r"|(?:what does|what is|what's|what do|which one|which is|is it)"
)
#: After an answer: the writer asks whether that was right.
TAG = re.compile(
    r"^ ?(?:对吗|是吗|行吗|可以吗|好吗|对吧|是吧|对不对|是不是|行不行|行不|right|ok|okay"
    r"|correct|yes|yeah|no|is that right|is that ok|is it|huh|eh)? ?$"
)
#: What a word-for-word answer before it was, whoever wrote it takes back.
MISTAKE = re.compile(
    r"\? {0,2}(?:no|nope|nah|不)[, ]|打错|按错|说错|写错|选错|点错|发错|输错|错了|更正|修正"
    r"|纠正|改成|改为|改下|改一下|手滑|手误|不对(?!劲)|[哦噢啊呃]不(?![错好行])|重新(?:评|打"
    r"|选)|误按|误触|wrong (?:button|key|number|one)|mistake"
    r"|typo|correction|i me+an|scratch that|make (?:it|that)|change (?:it|that|to)|misclick"
    r"|mis-?typed|fat finger|pressed wrong|不好意思"
    r"|(?<![a-z'])(?:oops|whoops|ops|sorry|actually|no wait|wait|nope|rather)(?![a-z'])"
)
#: All that stands between two answers, the second of which then stands: "4... no, 3", 3 → 2.
TURNS = re.compile(
    r"(?:分|星| stars?| points?)?[\s,.;:!…~-]*(?:(?:no|nope|nah|hmm+|不|不不|算了|哎算了|唉算了"
    r"|额|呃)[\s,.;:!…~-]*(?:就|给|打|还是给|an? |make it )*|(?:→|->|=>|➡) ?|改(?:成|为|到)?)"
)
#: Before an answer with another after it: it was wished for only.
WISHED = re.compile(r"(?<![a-z])(?:我|真|很|都)?想(?:给|打|评)(?:个|你们?|他)?\Z")
#: Those that without another answer leave none.
BARE_MISTAKE = re.compile(
    r"不小心[按点打选]|随便[按点打]|[乱瞎][按点]的|打错|按错|说错|写错|选错|点错|输错|更正|手滑"
    r"|手误|误按|误触|wrong (?:button|key)"
    r"|(?:\A[ ,.;:-]*|(?:press|hit|tapp?|sent|typ|click|chose|pick|put|g[ai]ve"
    r"|enter|that was|it was|this was)[a-z]*(?: [a-z#]+){0,2} )by mistake|typo|misclick|mis-?typed"
)
#: Before a number that ends its clause: that this is the answer.
ANSWER_IS = re.compile(
    r"(?<![a-z'])(?:(?:answer|score|rating|vote|mark|grade)(?: is| would be|:)?"
    r"|i(?:'?d)? (?:say|rate|score|pick|choose|vote|go with|went with)"
    r"|(?:rate|rating|score|giving|give|gave) (?:you|it|this|them|him|her|the service|that"
    r"|your service)(?: all)?|giving|make it|call it|me down for|it's|that's|its|deserves?|gets"
    r"|(?:you|u|they|he|she) get|overall|total)"
    r"(?: an?)?:? ?\Z"
)
#: Before a number that ends its clause: it is the answer, where a slip was owned before.
SHOULD_BE = re.compile(r"\A ?(?:it |that |this )?should (?:be|have been|say|read)(?: an?)? ?\Z")
#: Right after a high number it takes the number back: "5 no", "5不行".
REFUSAL = re.compile(
    r" {0,2}[❌✖❎🚫✘🙅]|(?: stars?)? ?,? ?but (?:no|nope|nah|never)(?= *$)"
    r"| {0,2},? {0,2}(?:(?:no|not)(?= *(?:[,.;!?)]|$))|不行|不好|不是(?! ?#)|不对"
    r"|没有(?!不))"
)
#: Whether somebody is recommended, without saying how likely.
RECOMMENDS = re.compile(
    r"(?P<no>谁.{0,3}|(?:傻子|鬼|疯子|神经病)才会?|(?:哪|怎么|凭什么|凭啥|哪儿?)(?:还|可能|好意思"
    r"|敢|会|能)+"
    r"|(?:not an? (?:single )?(?:soul|person|one)|nobody|no one|noone)(?: [a-z]+){0,3}"
    r"|不会|不想|绝不|不可能|决不|才不|不|never|won't|wouldn't|would not|will not|not"
    r"|cannot|can't)?(?: ever)? ?(?:再)?(?:推荐(?!可能|度|指数|意愿|了?(?:也|都|就)?(?:怕|会|要)被)"
    r"|recommend)"
)
#: Praise with a wish beside it is less than praise.
COULD_BE = re.compile(
    r"(?<![a-z'])(?:all good|could (?:be|have been)|for now|for the time being)(?![a-z'])|时而"
    r"|有时候?"
    r"|时好时坏|介于"
    r"|(?<![a-z'])between [a-z ]{3,30} and(?![a-z'])"
)
#: Before a number: it sums up the others.
OVERALL = re.compile(
    r"(?:总的?(?:来[说讲]|体)?|总体|综合|整体|总分|总评"
    r"|(?<![a-z'])(?:overall|in total|all in all|altogether|on the whole))"
    r"(?:给|打|是|为|评|算|[:,])?(?: (?:is|i|give|i'd|say|it's|an?|you|rating|score)){0,4} ?\Z"
)
#: Another thing that the same is said of: 态度满意，结果不满意.
CONTENT_WITH = re.compile(
    r"\A[^不没非]*(?:满意|不错|很好|挺好)(?:的|了)?\Z"
    r"|(?<![a-z'])(?<!not )(?<!n't )(?<!never )(?:happy|satisfied|pleased) with(?![a-z'])"
)
BUT = re.compile(
    r"但|不过(?!分)|可是|然而|就是.{0,3}[慢卡差贵不有还]|只是|(?<![a-z'])(?:but|however"
    r"|although|though|except)(?![a-z'])"
)
#: The same of who came, in two languages.
STAFF_OK = re.compile(r"(?:师傅|客服) ?ok")
#: Praise of a part, which with a "but" after or before it halves the verdict.
GOOD = re.compile(
    r"(?<![不没])(?:很好|挺好|不错|还好|还行|满意|很快|热情|可以)|(?<![a-z'])(?:is|are|was|were"
    r"|very|service|really)"
    r" (?:good|great|fine|nice|ok|okay|friendly|polite|excellent|fast|helpful)(?![a-z'])"
)
#: Before a number in a clause that goes on: it names a thing.
NAMED = re.compile(
    r"(?<![a-z'])(?:option|button|key|channel|port|room|unit|line|page|step|tier|zone|platform"
    r"|gate|version"
    r"|chapter|floor|flat|apartment|house|level|press(?:ed|ing)?|dial(?:l?ed)?) (?:number )?\Z"
)
