"""Finds what shows that a number is spoken of, and not given: wishes, others, the past."""

import re

_RIVALS = (
    r"(?:sky|bt|ee|o2|vodafone|three|verizon|at&t|t-mobile|tmobile|virgin|talktalk|plusnet"
    r"|giffgaff|singtel|jio|airtel"
    r"|(?:my |the |your )?(?:competitors?|rivals?|competition|old provider|last provider))"
)
#: Right before a number; a story told before it speaks of other things.
_BEFORE = re.compile(
    r"(?:(?<!没)换|还(?:敢|想|好意思)?要|随便[按点打给选]?的?|[乱瞎][按点打选]的?"
    r"|不小心[按点打选]?[了到成]?|误[按点触]了?"
    r"|[孩娃][子儿]?[乱瞎]?[按点打]的?|听说|据说|据传|有人(?:给|说|打|评)|人家(?:给|说|打|评)?"
    r"|凭(?:啥|什么)[^,#]{0,6}"
    r"|(?<!给)最高(?:才"
    r"|只)?能?|曾经?|从来?没?有?(?:给|打|评)过?"
    r"|[又再]按|(?:阿[妈爸哥姐公婆爷]|老婆|老公|朋友|同事|师傅)话要?|(?:我[妈爸哥姐弟妹]|老婆|老公"
    r"|妈妈|爸爸|朋友|邻居|同事)(?:都|也|会)?给(?:你们?|您)(?:打|评)?了?"
    r"|(?:催|逼|缠|哄|求)着?我|(?:让|叫|要求|催)(?:大家|员工|我们|客户|用户)都?|(?:广告|官网|宣传|海报|网站"
    r"|传单)[上里]?(?:说|写|标)(?:的|了)?"
    r"|给过|反话(?:是)?|暗示|交[代待]|吩咐|期[待望]|目标|理想|想[听拿得骗要]|盼着?"
    r"|[爸妈叔婶姨爷奶]说|[上前]一?[个位](?:师傅|客服|小哥|人)?"
    r"|平时|平常|通常|往常|永远不|再也不|不再|不太?[想愿]意?|没法|没办法|难以|很难|犹豫|要不要"
    r"|考虑|在想|纠结|大概率|应该能"
    r"|按理说?|按道理|理论上?|名义上?|表面上?|假装|假意|违心|昧着良心|骗我|哄我|少了|缺了?|除以"
    r"|何止|岂止|撤[回销]|收回|作废"
    r"|[暂待]定|为[啥何]|为什么|干嘛|勉强够|险些|差一?点(?:儿|就|到)?"
    r"|(?<!我)(?<!只)(?<!就)(?<!最多)能|别家"
    r"|(?:别的|其[他它])公司|隔壁(?:公司)?|同行"
    r"|(?:^|[他你]们?)要|(?:给钱|红包|返现|流量|打折|降价|减免|赔偿|换人|送.{1,4}"
    r"|给(?![你您他她我师客满#])[^,#]{1,5})来?(?:就|才|便))"
    r"(?:[^,#]{0,2}(?:给|打|评|选|得|是))?(?:个|你们?|到)?\s?\Z"
    r"|(?:trustpilot|yelp|(?:app|play) ?store|google|online|应用商店|点评网|(?:你们|您)的?app)(?:上"
    r"|里|才|只有|是|评分|rating|score|average|has|is|are"
    r"| )*\Z"
    r"|(?<![a-z'])out of ?\Z"
    r"|(?<![a-z'])(?:ain't|barely|scarcely|without|except|other than|beyond|short of|circa|like"
    r"|whether|sarcastic"
    r"|wanted|expected|promised|considering|thinking(?: of| about)?|(?:tempted|forced|made|paid"
    r"|bribed|pressured|pushed)"
    r" to (?:give|put|say|rate)|withdraw|undo|scrap(?: that| my)?|ignore|forget|take back"
    r"|(?:cancel|delete|remove) my"
    r"|never (?:gave|given|give|giving)|(?:might|may|could) (?:be|give|get)|wish i could give"
    r"|you (?:want|wish|expect|hope|wanted|expected)(?: for)?|heard|heard people say|they say"
    r"|you(?:'d| would) give (?:yourselves|yourself)"
    r"|before the (?:merger|takeover|price \w+|switch|change\w*|upgrade)"
    r"|(?:somebody|someone|people|kids?|children|managers?|supervisors?|parents?) (?:gave|give|say"
    r"|said|wants?|wanted)"
    rf"|{_RIVALS} (?:would )?(?:gets?|is|are|deserves?))(?: (?:an?|the|my|your|that|for))* ?\Z"
)
#: Right after it.
_AFTER = re.compile(
    r"\s{0,2}(?:没门|没戏|那?(?:就|真|根本)?是?不可能|起步|封顶|都(?:给|打)?不[到够]|边缘|鬼[才都]?信|[以之]外|偏[高低]"
    r"|有点[多高低]|算[高低多]|[.…]*(?:还是)?算了"
    r"|[待暂]定|不小心|误[按点触]|随便|[乱瞎][按点]|再[想看议说]|让我想|我想想|先这样|如何\Z"
    r"|怎么?样\Z|能换|会怎样|的话|不算|作废|取消"
    r"|撤[回销]|不[是像](?:我|本人)"
    r"|我怕|怕你|又(?:觉得|怕|不)|是(?:留|送)给|可以不|可否|还是(?:别|其)|或者?(?:别|其)|是(?:上次"
    r"|以前|之前|误|错|假|骗|反话"
    r"|[^,#]{0,6}(?:打|给|选|评|点)的)"
    r"|给[狗鬼]|(?!但)[^,#]{1,4}(?:不行|不好|太差|很差)\Z|这次不|要看|得看|看(?:后续|情况|表现)"
    r"|又?太[低高多少]|太?勉强|你?们?(?:都|也)?想都(?:别|不要?)想|休想|都?多余)"
    r"|\s{0,2}(?:no chance|no way|for now|going on|used to|came to|crossed|something|a side|lol no"
    r"|at a stretch"
    r"|and a (?:little|bit|half|quarter)|pending"
    r"|tbc|tbd|later\Z|upon|on condition"
    rf"|subject to|conditional|yesterday|according to|waiting times?\Z|(?:complaint|problem"
    rf"|priority|reason)s?\Z|for the (?:old|previous|last|former) \w+|for (?:them|{_RIVALS})"
    rf"|in error|by (?:mistake|accident)"
    rf"|not (?:from"
    rf"|for|by) (?:me|us)|but no\Z"
    r"|to (?:nobody|no one|the dog)|(?:is|was|were) (?:an? )?(?:mistake|error|lie|joke|wrong"
    r"|accident|slip)"
    r"|to be (?:continued|confirmed|decided))(?![a-z'])"
)


def is_disowned(before: str, after: str) -> bool:
    """Whether what stands around a number in its clause says that it is no rating given."""
    if _KEY.search(before) and _IN_VAIN.match(after):
        return True
    return _BEFORE.search(before.rpartition("#")[2]) is not None or _AFTER.match(after) is not None


#: A key that was pressed, and did nothing.
_KEY = re.compile(r"(?:按|回复?|输入?|发)(?:了|完)?(?:[0-9一二两三四五几]次)?\Z")
_IN_VAIN = re.compile(
    r"\s?(?:都|也)?(?:没用|没反应|没动静|无效|不管用)|\s?(?:又|再)?按|\s?才(?:到|能|有|转|接|通)"
    r"|(?:转|到|进)人工"
)
