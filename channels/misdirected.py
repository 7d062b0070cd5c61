"""Finds that a message says we write to the wrong person, or that a relative answers for ours."""

import re
from collections.abc import Sequence

_CHINESE = re.compile(
    r"^(?:喂|哎|那个|这是|是不是|好像|肯定|应该|可能)?(?:你们?|您们?|贵司)(?:是不是|肯定|应该"
    r"|可能|好像|是)?"
    r"(?:(?:发|打|传|找|送|搞|弄|认|寄|联系)错(?:了)?(?:人|号码|号|电话|对象)|(?:发|打|传|找"
    r"|联系)错了?$)"
    r"|^(?:发|打|传|找|送|认)错(?:人|号码|号|对象|电话号码|电话)(?:了|啦|吧)|^(?:打"
    r"|发)错了?吧(?:你们?)?$"
    r"|^(?:打|发|传|寄)错(?:了|啦)(?:吧|啊)?你们?$|^send错(?:人|号)?了?"
    r"|^我?不姓[\u4e00-\u9fff]{1,2}$|^我不(?:叫|姓)[\u4e00-\u9fff]{1,3}$"
    r"|^我不是[\u4e00-\u9fff]{1,3}(?:先生|女士|小姐|太太)"
    r"|^(?:这|这个|该|此)(?:也|都|已经)?不是(?:我的?)(?:手机)?(?:号码?|手机|卡)|^机主不是我"
    r"|^这不是我的(?:工单|单子|订单|宽带|号码)"
    r"|^我(?:家|们)?(?:不用|没用|没装|没有用|没开通)过?(?:你们|贵司)(?!.*了$)|机主(?:已经?|早就?"
    r"|都)?(?:换|变更|更换)"
    r"|换(?:机主|号主|户主)|不用这个?号"
    r"|^(?:我|这|这里|这个号码?|这边|本号|此号|号码)(?:已经|早就|根本|也|都|现在)?不是(?:机主"
    r"|户主|本人|他|她|佢|你们?的?(?:客户|用户)"
    r"|你们?要找的|原来的)"
    r"|(?:号码|手机号|这个?号).{0,4}(?:换人|换主|易主|转给别人)|^(?:我)?不认识(?:这个人|此人"
    r"|他|她|你们?)$|^查无此人"
    r"|^我?(?:从来|从|根本|压根)?(?:没有?)(?:用|办|装|报|买|开通)过?(?:你们|贵司)"
    r"|^我(?:从来|从|根本|压根)(?:就|都)?(?:没有?)(?:报过(?:修|障|故障)|报修过?|打过(?:你们"
    r"|客服)?(?:的)?电话|联系过你们|找过你们)$"
    r"|(?:^|号码?|手机)非(?:机主|本人|户主)(?:号码?|使用|在用)?$"
    r"|^(?:喂)?(?:这|这个|此|该|本)(?:手机|电话)?号码?(?:现在|已经|早就?|也"
    r"|都)?不[是系].{1,6}的(?:了|啦)?$"
    r"|^(?:喂)?(?:这|这个|此|该|本|呢个|我)?(?:里|边|度)?不[是系].{1,4}(?:先生|女士|小姐|太太|太"
    r"|生|哥|姐)的?(?:电话|号码?|手机)"
    r"|^(?:喂)?(?:这|这个|呢个|此)(?:手机|电话)?(?:号码?)?不[是系](?!客服|投诉|服务|维修|人工).{1,4}(?:嘅|的)?"
    r"(?:电话|号码|手机)来[啊呀]?$"
    r"|(?:前|原|上一?[个任]|之前的?|以前的?)(?:机主|号主|主人)|(?:机主|号主|户主|本人|他"
    r"|她)(?:已经?|早就?)?(?:已故|去世|过世|不在人世)"
    r"|^谁是[\u4e00-\u9fff]{2,3}(?:先生|女士)?$|^(?:我|这|现在|已)?是新的?(?:机主|号主|主人)"
    r"|^这(?:个|张)?(?:手机)?(?:号码?|卡)?是我?(?:刚"
    r"|新|才)(?:买|办|换|申请|开)的?(?:号码?|卡)?的?$"
    r"|^这是(?:我的?)?新(?:手机)?(?:号码?|卡)$|^(?:已经?)?换人用?了$|^(?:此|这个?"
    r"|该)号码?(?:已经?)?(?:停用|注销|弃用)了?$"
    r"|^(?:我们?|我)?(?:这里|这儿|这边|家里?)没有?姓?[\u4e00-\u9fff]{1,3}(?:先生|女士|小姐|太太"
    r"|这个?人)"
    r"|(?:老人|客户|用户)(?:已经?|都)?(?:去世|过世|已故)"
    r"|^(?:这个?|呢个)(?:电话|号码?)(?:已经|都|早)?不[是系](?:他|她|我|本人)"
    r"|^(?:我|本人)?(?:根本|早就?|已经?|也|都|又|并)?(?:不是|不再是)(?:你们?|贵司|贵公司)的?(?:客户|用户)"
    r"|^(?:我们?|这里|这边|我家|家里)?(?:没有?|无|冇)(?:这个?|此|呢个|叫.{2,3}的)人(?:了|啊|的)?$"
    r"|^我?(?:根本|完全)?不认识(?!师傅|客服|他们|工程|维修|安装|你们"
    r"|技术)(?:什么)?[\u4e00-\u9fff]{2,3}(?:先生|女士|小姐)?$"
)

_ENGLISH = re.compile(
    r"^(?:sorry |no |um )*(?:he|she|they|[a-z]{3,12}) (?:does not|doesnt|no longer|dont"
    r"|do not) (?:lives?|works?|stays?)"
    r" here(?: any ?more| now)?$"
    r"|^(?:sorry |i |ive |have |i have ){0,3}never heard of (?:him|her|them|you|this (?:person|man"
    r"|woman|guy|name)"
    r"|that (?:person|man|woman|guy|name))$"
    r"|^(?:sorry |no )*(?:he|she|they|[a-z]{3,12})(?:s| is| are)? (?:no longer|not) (?:at|on"
    r"|using) this (?:number|phone)"
    r"|^(?:hi |i think |sorry )*(?:you|u)(?: have|ve)?(?: got)? my (?:phone |mobile )?number (?:by"
    r" mistake|in error|wrongly)\b"
    r"|^i (?:no longer|dont|do not) (?:own|have|use) this (?:phone|number)"
    r"|^[a-z]{2,12} (?:does not|doesnt|no longer) (?:has|have|uses?|owns?) this (?:number|phone)"
    r"|^(?:he|she)(?: is| has|s)? (?:dead|died|deceased|passed away)$"
    r"|^(?:i am |im )?no longer an? customer$|^(?:new (?:phone|number"
    r"|sim) )?new (?:number )?owner(?: here| of this (?:number|phone))?$"
    r"|\bthis number (?:has )?changed (?:owners?|hands)|^(?:i have |ive )?never been (?:a"
    r"|your) customer$"
    r"|^i (?:have no|dont have an?|do not have an?) account$|^i (?:do not|dont) use you$"
    r"|\bnumber (?:has |was |is |been |now )*(?:reassigned|recycled|changed hands)\b"
    r"|^(?:please |pls |and |so ){0,2}(?:remove|delete|erase|drop) (?:his|her|their|my (?:mums?"
    r"|moms?|mothers?|dads?"
    r"|fathers?|wifes?|husbands?)) (?:phone |mobile )?(?:number|no|mobile|details|name|contact)\b"
    r"|^(?:he|she|my (?:mum|mom|mother|dad|father|wife|husband))(?: has|s)? (?:died|passed away"
    r"|is dead|is deceased)\b"
    r".{0,40}\b(?:stop|remove|delete|no more)\b"
)
#: Who answers for the owner of the number, and says so, is no stranger to the matter.
_ANSWERS_FOR = re.compile(
    r"我?是(?:他|她|机主|户主|本人|老人)?的?(?:老婆|老公|爱人|妻子|丈夫|太太|先生|儿子|女儿|妈|爸"
    r"|母亲|父亲|家人|家属|女婿"
    r"|儿媳|媳妇|姐|妹|哥|弟|孙|亲戚|室友)"
)
_NOT_THE_OWNER = re.compile(r"不是.{0,4}(?:机主|户主|号主|本人)")


def says_wrong_person(clause: str) -> bool:
    """Whether a clause of `clauses.clauses` says that somebody else was meant, or is asked for."""
    words = (clause.replace(" ", ""), *clause.split())
    return any(map(_CHINESE.search, words)) or _ENGLISH.search(clause) is not None


def without_relatives(said: Sequence[str]) -> list[str]:
    """The clauses but those that only say whose number it is, where a relative answers for them."""
    words = [clause.replace(" ", "") for clause in said]
    if not any(map(_ANSWERS_FOR.search, words)):
        return list(said)
    return [
        clause for clause, word in zip(said, words, strict=True) if not _NOT_THE_OWNER.search(word)
    ]


_NAMED = re.compile(
    r"\W*(?:[Ss]orry,? )?(?:(?:I ?['’]?a?m|This is|this is|It['’]?s|it['’]?s) not|(?:[Tt]his"
    r"|[Ii]t) (?:is ?n['’]?t|ain['’]?t)) (?P<name>[A-Z](?![a-z]*(?:ing|ed"
    r"|able|ful)\b)[a-z]+)\W*"
    r"(?:(?:wrong|stop|please|pls|sorry)\b.{0,40})?"
    r"|\W*(?:Sorry,? )?(?:[Tt]here ?['\u2019]?(?:i?s)? )?[Nn]o (?P<absent>[A-Z][a-z]+) (?:here"
    r"|at this number)\W*"
)
_NO_NAMES = frozenset(
    "Happy Satisfied Sure Interested Impressed Good Bad Great Fixed Resolved Solved Working Really"
    " Yet Ok Okay Very Bothered Pleased Home Available Applicable Internet Wifi Signal Broadband"
    " Service Network Power"
    " Phone Coverage Reception One Connection Problem Issue Now Today Helpful Done".split()
)


def denies_a_name(text: str) -> bool:
    """Whether nothing is said but who the reader of our message is not; a name has its capital."""
    found = _NAMED.fullmatch(text[:_MOST_NAMED].strip())
    return found is not None and (found["name"] or found["absent"]) not in _NO_NAMES


_MOST_NAMED = 80
