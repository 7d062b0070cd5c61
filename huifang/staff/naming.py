"""Words what pages of figures show: figures, steps, channels, and why nobody was asked."""

from collections.abc import Mapping

Pair = tuple[str, str]

STEPS: Mapping[str, Pair] = {
    "eligible": ("应回访", "Owed a survey"),
    "attempted": ("已发出", "Sent"),
    "delivered": ("已送达", "Delivered"),
    "started": ("已开始作答", "Started"),
    "completed": ("已完成", "Completed"),
}
CHANNELS: Mapping[str, Pair] = {
    "sms": ("短信", "SMS"),
    "email": ("邮件", "E-mail"),
    "voice": ("电话", "Phone"),
    "web": ("网页", "Web page"),
    "api": ("接口", "API"),
}
KINDS: Mapping[str, Pair] = {
    "csat5": ("满意度 1–5", "Satisfaction, 1 to 5"),
    "nps": ("推荐意愿 0–10", "Would recommend, 0 to 10"),
    "ces7": ("便捷度 1–7", "Ease, 1 to 7"),
}
FILTERS: Mapping[str, Pair] = {
    "survey": ("问卷", "Survey"),
    "version": ("问卷版本", "Survey version"),
    "program": ("回访方案", "Program"),
    "team": ("班组", "Team"),
    "agent": ("坐席编号", "Agent's id"),
    "region": ("地区", "Region"),
    "product": ("产品", "Product"),
    "category": ("类别", "Category"),
    "channel": ("渠道", "Channel"),
}
#: What a page may be asked by, in the words of its form.
FIELDS: Mapping[str, Pair] = {
    **FILTERS,
    "from": ("从", "From"),
    "to": ("到", "To"),
    "by": ("范围", "Which"),
    "rating": ("评分", "Rating"),
    "kind": ("评分方式", "Rated by"),
    "cursor": ("列表的页", "Page of the list"),
    "term": ("意见提到", "Comment names"),
    "low": ("低分", "Low"),
    "late": ("迟到", "Late"),
    "suspect": ("存疑", "In doubt"),
    "tz": ("时区", "Time zone"),
    "min_n": ("最少样本数", "Fewest answers"),
    "format": ("格式", "Format"),
    "grain": ("每行是", "A row is"),
}
PERIODS: Mapping[str, Pair] = {
    "day": ("按天", "by day"),
    "week": ("按周", "by week"),
    "month": ("按月", "by month"),
}

#: Whom people are told of by their part in the centre.
ROLES: Mapping[str, Pair] = {
    "team_lead": ("班组长", "team lead"),
    "manager": ("主管", "manager"),
}

#: Why nobody was asked, in words for whoever must decide whether that is right.
REASONS: Mapping[str, Pair] = {
    "no_program": ("没有适用的回访方案", "No program covers such a closing"),
    "no_survey": ("方案不发问卷", "The program sends no survey"),
    "skipped_tag": (
        "工单带有跳过标签(如垃圾、重复)",
        "Skipped for a tag, such as spam or duplicate",
    ),
    "skipped_close_reason": ("因关单原因跳过", "Skipped for the reason it was closed with"),
    "own_ticket": ("坐席自己提的工单", "The agent's own ticket"),
    "internal_domain": ("客户邮箱属于内部域名", "The customer's mailbox is one of our own"),
    "not_sampled": ("未被抽中", "Not drawn by sampling"),
    "superseded": ("工单随后又有变化", "The ticket went on right after"),
    "stale": ("已过时效", "Too late to be of use"),
    "too_old": ("关单消息到得太晚", "The closing was reported too late"),
    "already_asked": ("之前已问过", "Asked before"),
    "opt_out": ("客户已退订", "The customer opted out"),
    "do_not_contact": ("客户要求不要联系", "The customer must not be contacted"),
    "no_address": ("没有可用的联系方式", "No usable number or mailbox"),
    "no_zone": ("不知道客户所在时区", "The customer's time zone is not known"),
    "empty_window": ("没有允许联系的时段", "No hour is allowed"),
    "cap": ("已达联系上限", "The cap on contacts was reached"),
    "pause": ("客户暂停联系", "The customer paused contact"),
    "reopened": ("工单已重新打开", "The ticket was reopened first"),
    "closed_again": (
        "工单再次关单，改问新的一次",
        "The ticket was closed again; that is asked about",
    ),
    "deleted": ("工单已删除", "The ticket was deleted"),
    "merged": ("工单已合并", "The ticket was merged"),
    "unreachable": ("所有渠道都送不到", "No channel got through"),
    "holiday": ("节假日不联系", "Not contacted on a public holiday"),
    "blackout": ("暂停联系期间", "Nobody is contacted for the time being"),
    "window": ("不在允许联系的时段", "Outside the hours allowed"),
    "one_open_question": ("客户还有未答的问题", "Another question of ours is open"),
    "rate": ("发送速度已达上限", "As fast as the carrier allows"),
    "dead_address": ("号码或邮箱无效", "The number or mailbox is dead"),
    "configuration": ("通道配置有误", "The carrier refuses our settings"),
    "later": ("通道暂时不可用", "The carrier was not available"),
    "ambiguous": ("不确定是否发出", "It is not known whether it went out"),
    "max_contacts": ("已达单次调查的联系上限", "Contacted as often as the program allows"),
    "not_understood": ("没能看懂回复", "The replies could not be read"),
    "unanswered": ("没有作答", "Nobody answered"),
    "erased": ("客户资料已删除", "The customer was erased"),
    "expired": ("调查已过期", "The survey expired"),
    "cancelled": ("调查已取消", "The survey was cancelled"),
    "suppressed": ("不允许联系", "Contact is not allowed"),
    "undecided": ("没有决定的记录", "No decision is on record"),
    "asked": ("已联系", "Asked"),
    "waiting": ("等待发送", "Waiting to be sent"),
}

#: Who or what moved, gave back or ended a callback, where it was no member of the staff.
BY: Mapping[str, Pair] = {
    "customer": ("客户", "the customer"),
    "missed": ("错过了原时段", "its slot was missed"),
    "gate": ("原时段不能联系", "not to be contacted then"),
    "time": ("领取已到期", "the claim ran out"),
}

#: What can be done about it, where something can.
ADVICE: Mapping[str, Pair] = {
    "no_program": ("在 huifang.yaml 的 programs 中补一个方案", "Add a program to huifang.yaml"),
    "not_sampled": ("调高方案的 sampling", "Raise the program's sampling"),
    "too_old": (
        "检查工单系统到回访的接口是否延迟",
        "See whether the ticketing system reports late",
    ),
    "no_address": ("补全客户的手机或邮箱", "Complete customers' numbers and mailboxes"),
    "dead_address": ("更正客户的手机或邮箱", "Correct customers' numbers and mailboxes"),
    "configuration": ("运行 huifang check", "Run huifang check"),
    "skipped_close_reason": (
        "若某班组比例异常，请抽查关单原因",
        "If one team stands out, look at the close reasons it gives",
    ),
    "skipped_tag": (
        "若某班组比例异常，请抽查标签",
        "If one team stands out, look at the tags it sets",
    ),
}


def channels(chosen: str | None) -> list[str]:
    """Those that can be chosen: our own, and what is chosen already, such as a counter's name."""
    return [*CHANNELS, *([chosen] if chosen and chosen not in CHANNELS else [])]


def named(words: Mapping[str, Pair], key: str | None, locale: str) -> str:
    """The word for a key; the key itself where there is none, a dash for nothing."""
    pair = words.get(key or "")
    if pair is None:
        return key or "–"
    return pair[0] if locale.startswith("zh") else pair[1]
