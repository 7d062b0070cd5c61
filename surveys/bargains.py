"""Holds how people set a price for a number without an "if", and how they name the scale itself."""

import re

_IT_IS = (
    r"(?:it's|its|it is|it'll be|it would be|it'd be|it will be|you get|you'd get|you'll get"
    r"|you will get|u get|i(?:'ll| will| can| might| may| could)? give|i'd (?:give|say)|that's"
    r"|there's|that'd be|i'll go to)(?: (?:you|u|it|them))?(?: maybe)? (?:an? )?#"
)
_DO = (
    r"(?:\A|[.!?;,] ?)(?:please |pls |just |first |you |u |then ){0,2}(?:fix|sort|mend|repair|solve"
    r"|resolve|settle|refund|drop|lower|cut|reduce|make|do|get|keep|give|send|call|come|show|turn"
    r"|reply|answer|bring|lose|improve|speed|replace|pay|stop|finish|match|restore|knock|waive)"
)
_WHAT = (
    r"(?: (?:it|this|that|my|the|me|us|them|him|your|our|up|out|back|to|an?|today|first|on|off"
    r"|properly|someone|somebody|everything|faster|cheaper|again|now)(?![a-z']))"
)
_LESS_ZH = (
    r"(?:便宜|平|快|早|准时?|稳定?|好|高|低|少|多|大|强|近|勤|热情|专业|礼貌|耐心|细心)"
    r"(?:一?[点些]|啲|一点点|少少)"
)
_GIVEN_ZH = r"(?:会|能|可以)?(?:给|打|是|推荐|推介)?(?:你们?|到|个)?#"
#: What is to be done, changed or given first; over a text whose numbers are `#`.
BARGAIN = re.compile(
    rf"{_LESS_ZH}的?(?:话)?(?:服务|来|到|修|处理|接|回)?了?,? ?我?(?:就|便|即|先){_GIVEN_ZH}"
    rf"|(?:再|更){_LESS_ZH},? ?我?(?:就|便)?(?:给|打)(?:你们?|到|个)?#"
    r"|(?:降|减|改|提|加|升)(?:一[降减改提加升]|下来|低点|一下)(?:了|的话)?,? ?我?(?:就|再|便)?"
    r"(?:会)?(?:推荐|推介)?,? ?(?:给|打|是)?(?:你们?|个)?#"
    r"|(?:稳定|正常)了(?:就|再)?(?:给|打)(?:你们?|个)?#"
    r"|(?<![没不未很挺都够])(?:迟到|减[价租费]|打折|有(?:优惠|折扣|活动|礼品?|奖)|送(?:话费|流量"
    rf"|礼品?)|换个?人|准时|守时|道歉)(?:的话)?,? ?我?(?:就|便|先){_GIVEN_ZH}"
    r"|(?:减价|平[啲点]|搞[掂定]|整返?好|修好|便宜点?)先(?:会|至|可以)?(?:推介|推荐|给)[^.;!?#]{0,6}#"
    rf"|{_DO}{_WHAT}[^.;!?#]{{0,40}}?(?:(?<![a-z'])and|&|(?<![a-z'])then|,|=) ?(?:then )?{_IT_IS}"
    rf"|{_DO}(?![a-z'])[^.;!?#]{{0,30}}(?<![a-z'])then (?:only )?(?:(?:it's|its|you get|get|give"
    r"|maybe|i(?:'ll| will| can)? (?:give|rate))(?: you| it)? ?)?(?:an? )?#"
    r"|(?<![a-z'])(?:cheaper|less|fewer|lower|faster|quicker|sooner)(?! than)(?: [a-z']+){0,3}? ?"
    rf"(?:and|&|then|=) ?{_IT_IS}"
    r"|(?<![a-z'])(?:with|given) (?:an? )?(?:better|cheaper|faster|lower|more|less|fewer|stronger)"
    r" (?!than)[^.;!?#,]{2,20}, ?(?:it's |i'd |it'd )?(?:say |give |be )?(?:an? )?#"
    r"|#(?: stars?)? with (?:an? )?(?:better|cheaper|faster|lower|fewer|stronger) (?![^.;!?]* than)"
    rf"|(?:\A|[.!?;,] ?)(?:an?|one|1|#+) (?:call ?back|refund|discount|reply"
    rf"|apology)[^.;!?#]{{0,16}} and {_IT_IS}"
    r"|would (?:make it|get you|have made it|earn you)(?: an?)? #"
    r"|(?<![a-z'])aside,? (?:it )?(?:would|'d) be (?:an? )?#"
    r"|(?:今天|明天|明早|今晚|马上|尽快|早点|现在)(?:能|给我)?(?:修好|解决|弄好|搞好|处理好|恢复)(?:的话)?(?:我就?|就)给(?:你们?)?#"
    r"|\A ?or else(?: it's| its)? (?:an? )?#"
)
#: At the beginning of a text, where the "but" would be cut off as a joint.
BUT_FOR = re.compile(r" ?but for (?:the|your|that|his|this) [^#.;!?]{2,20}, ?(?:an? )?#")
#: The scale that a number is given on, and no condition: 满分10分的话我给7分.
OWN_SCALE = re.compile(
    r"(?:如果|要是|假如|若)?(?:满分|总分)(?:是|为)?(?:#{1,3}|[0-9]{1,2}分?|十分?|五分?)(?:的话)?"
    r"|(?:如果|要是|假如|若)?#{1,3}(?:是|为)[0-9]{1,2}分?(?:的话)?"
    r"|[0-9#]{1,2} ?(?:到|-|~|至) ?[0-9#]{1,2}分?(?:的话|之间)"
    r"|(?:#{1,3}|[0-9]{1,2}|十|五)分?(?:制|满分)的话"
    r"|if (?:an? )?(?:#+|[0-9]{1,2}) (?:is|means) (?:the )?(?:best|highest|top|max\w*|perfect)"
)
#: What was sent by a slip a moment ago, beside what is meant: 4分，刚刚手滑发成了44.
SLIPPED = re.compile(
    r"(?:刚才?刚?|前面|之前|方才|上一?[条个])[^,;.!?#]{0,6}"
    r"(?:打|发|按|点|写|选|回|输)(?:成|错成?)了?(?=#|[0-9]|,|了?\Z)"
)
