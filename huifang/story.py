"""Tells journal entries in a sentence, in Chinese and English."""

from collections.abc import Mapping
from typing import Any

from huifang.exporting.wording import SENTENCES as EXPORTS
from huifang.reads import SENTENCES as READS
from huifang.staff.naming import BY, REASONS, ROLES
from huifang.watching.wording import worded
from kernel.journal import Entry

_SENTENCES: Mapping[str, tuple[str, str]] = {
    **EXPORTS,
    "ticket.closed": ("工单第{cycle}次关闭", "The ticket was closed (cycle {cycle})"),
    "ticket.reopened": ("工单系统告知工单已重新打开", "The ticketing system says: reopened"),
    "ticket.deleted": ("工单已删除", "The ticket was deleted"),
    "ticket.merged": ("工单已合并", "The ticket was merged into another"),
    "contact.sent": ("已通过{channel}发送", "Sent by {channel}"),
    "contact.delivered": ("{channel}已送达", "Delivered by {channel}"),
    "contact.failed": ("{channel}发送失败({code})", "Could not be sent by {channel} ({code})"),
    "contact.unreached": (
        "电话未接通({outcome})",
        "The call reached nobody ({outcome})",
    ),
    "contact.refused": (
        "运营商暂不接收({code}),稍后再试",
        "The carrier put it off ({code}); to be tried again",
    ),
    "contact.unknown": (
        "发送结果不明,先向运营商查证",
        "Whether it was sent is not known; the carrier will be asked",
    ),
    "contact.proven_absent": (
        "运营商确认未发送,可以重发",
        "The carrier's list proves that it was not sent",
    ),
    "contact.unsettled": (
        "发送结果无法查证,不再重发",
        "What became of it cannot be proven; it is not sent again",
    ),
    "contact.withdrawn": ("不再需要发送({reason})", "No longer wanted ({reason})"),
    "invitation.invited": ("客户已收到调查邀请", "The customer was invited to the survey"),
    "invitation.planned": ("调查改用其他渠道", "The survey moves to another channel"),
    "invitation.completed": ("调查完成", "The survey was completed"),
    "invitation.resumed": (
        "客户又回复了,调查继续",
        "The customer answered after all; the survey goes on",
    ),
    "invitation.expired": ("调查已过期({reason})", "The survey expired ({reason})"),
    "invitation.suppressed": ("不发送调查({reason})", "No survey is sent ({reason})"),
    "invitation.cancelled": ("调查取消({reason})", "The survey was cancelled ({reason})"),
    "invitation.unreachable": ("所有渠道均无法联系客户", "No channel reaches the customer"),
    "reply.received": ("收到客户的回复", "The customer replied"),
    "response.collected": (
        "{actor}登记了客户的评价({channel})",
        "{actor} handed in what the customer said ({channel})",
    ),
    "wish.call_me": ("客户希望我们回电", "The customer would like to be phoned"),
    "reply.set_aside": (
        "该回复未对应任何问题({reading})",
        "The reply fits no question ({reading})",
    ),
    "answer.recorded": ("记录回答:{question} = {value}", "Answer kept: {question} = {value}"),
    "answer.corrected": (
        "客户更正回答:{question} = {value}",
        "The customer corrected an answer: {question} = {value}",
    ),
    "answer.confirmed": (
        "客户确认回答:{question} = {value}",
        "The customer confirmed an answer: {question} = {value}",
    ),
    "complaint.withdrawn": (
        "客户已更正低分,不再处理为投诉",
        "The low score was a mistake; it is no complaint",
    ),
    "conversation.loop": (
        "{channel}对话循环,5分钟内已答复{answers}次,暂不再答复",
        "Somebody answers every answer ({channel}, {answers} in 5 minutes); silence for now",
    ),
    "reply.attached": ("{actor}已将回复归入本调查", "{actor} said that a reply belongs here"),
    "reply.dismissed": (
        "{actor}认定该回复无需处理({reason})",
        "{actor} said that a reply needs nothing ({reason})",
    ),
    "question.repeated": ("没看懂,换个说法再问", "Not understood; asked again in other words"),
    "opt_out.recorded": ("客户退订({channel})", "The customer opted out ({channel})"),
    "opt_in.recorded": ("客户恢复订阅({channel})", "The customer opted in again ({channel})"),
    "deadletter.replayed": (
        "放弃的任务被重新执行({kind})",
        "A job that was given up is tried again ({kind})",
    ),
    "deadletter.dropped": (
        "放弃的任务被删除({kind})",
        "A job that was given up was dropped ({kind})",
    ),
    "user.created": ("已创建用户({role})", "A user was made ({role})"),
    "user.changed": (
        "用户权限已按单位账号更新({role})",
        "The organisation changed a user ({role})",
    ),
    "user.activated": ("用户已重新启用", "A user was let in again"),
    "user.deactivated": ("用户已停用", "A user was deactivated"),
    "user.password_changed": ("密码已修改", "A password was changed"),
    "session.begun": ("已登录({how})", "Signed in ({how})"),
    "session.ended": ("已退出登录", "Signed out"),
    "session.all_ended": ("已在所有设备上退出登录", "Signed out everywhere"),
    "session.refused": ("登录失败", "A sign-in was refused"),
    "session.locked": (
        "登录尝试过多,暂时锁定({whose})",
        "Too many tries to sign in; locked for a while ({whose})",
    ),
    "calendar.made": ("已生成日历链接({whose})", "A calendar's link was made ({whose})"),
    "calendar.revoked": ("日历链接已作废({whose})", "A calendar's link was revoked ({whose})"),
    "key.created": ("已创建{role}密钥", "A key was made ({role})"),
    "key.revoked": ("密钥已作废", "A key was revoked"),
    "comments.read": ("{actor}查看了客户意见", "{actor} read what customers wrote"),
    "recording.kept": (
        "客户留下语音留言({seconds}秒,{url})",
        "The customer left a recording ({seconds} s, {url})",
    ),
    "recording.heard": ("{actor}收听了客户的留言", "{actor} listened to a recording"),
    "policy.changed": ("规则已更改({policy})", "The rules were changed ({policy})"),
    "preferences.changed": (
        "联系偏好已更改({fields})",
        "How the customer wants to be contacted was changed ({fields})",
    ),
    "question.postponed": (
        "客户请我们稍后再问({until})",
        "The customer asked to be asked later ({until})",
    ),
    "response.suspect": (
        "回答存疑({reason}),等待客户确认",
        "An answer that may be nobody's own ({reason}); it waits to be confirmed",
    ),
    "response.confirmed": ("存疑的回答已确认", "The answer in doubt was confirmed"),
    "response.restored": (
        "{by}认定存疑的回答有效({reason})",
        "{by} took the answer in doubt for the customer's own ({reason})",
    ),
    "response.excluded": (
        "{by}将该回答排除在统计之外({reason})",
        "{by} took the answers out of all figures ({reason})",
    ),
    "response.readmitted": (
        "{by}将该回答重新计入统计({reason})",
        "{by} had the answers count again ({reason})",
    ),
    "response.low": (
        "低分:{question} = {value},进入投诉处理",
        "Low score: {question} = {value}; it goes to the complaints desk",
    ),
    "complaint.registered": ("登记投诉,责任人{owner}", "Complaint registered, owner {owner}"),
    "complaint.comment_added": (
        "客户的意见已加入投诉",
        "What the customer said was added to the complaint",
    ),
    "complaint.answer_added": (
        "后续回答已加入投诉:{question} = {value}",
        "A later answer was added to the complaint: {question} = {value}",
    ),
    "carrier.misconfigured": (
        "{channel}账号配置有误,运营商拒收({code})",
        "The {channel} account is misconfigured; the carrier refuses ({code})",
    ),
    "desk.silent": (
        "工单系统半小时没有应答,工单尚未重新打开",
        "The ticketing system has been silent for half an hour; the ticket is not reopened yet",
    ),
    "desk.misconfigured": (
        "工单系统拒绝我们的访问({error}),请检查地址、令牌和权限",
        "The ticketing system does not let us in ({error}); check its URL, token and permissions",
    ),
    "fetch.silent": (
        "工单系统半小时没有应答,已关闭工单的客户资料尚未取得",
        "The ticketing system has been silent for half an hour; who its customers are is unknown",
    ),
    "opt_out.provisional": (
        "客户似乎要求退订({channel}),请确认",
        "The customer probably asked us to stop ({channel}); please settle it",
    ),
    "deadletter.new": (
        "有任务重试后仍失败,已放弃({job})",
        "Jobs were given up after their last try ({job})",
    ),
    "notice.told": ("已邮件通知({roles})", "A person was told by mail ({roles})"),
    "notice.acknowledged": ("{by}已确认处理", "{by} acknowledged it"),
    "complaint.acknowledged": ("{by}已受理投诉", "{by} took the complaint up"),
    "complaint.started": ("{by}开始处理投诉", "{by} began to work on the complaint"),
    "complaint.assigned": ("投诉转交{owner}", "The complaint was given to {owner}"),
    "complaint.classified": ("投诉归类为{class}", "The complaint was put in the class {class}"),
    "complaint.resolved": ("投诉已解决({by})", "The complaint was resolved ({by})"),
    "complaint.telling": (
        "{by}安排把处理结果告知客户",
        "{by} asked for the customer to be told the result",
    ),
    "complaint.told": (
        "处理结果已告知客户({channel})",
        "The customer was told the result ({channel})",
    ),
    "complaint.not_told": (
        "未能把处理结果告知客户({reason}),请人工联系",
        "The customer could not be told the result ({reason}); please get in touch",
    ),
    "complaint.closed": ("{by}结束投诉", "{by} closed the complaint"),
    "complaint.closed_unacknowledged": (
        "投诉无人受理,工单却又关闭(第{cycle}次),请核实",
        "The ticket was closed again (cycle {cycle}) though nobody took its complaint up",
    ),
    "complaint.paced": (
        "未结投诉已达{capacity}件,重开暂缓排队",
        "As many complaints are open as there is capacity for ({capacity}); reopening waits",
    ),
    "complaint.followed": ("投诉转到工单{into}", "The complaint goes on with ticket {into}"),
    "complaint.paced_on": ("轮到重开工单", "There is room now to reopen the ticket"),
    "complaint.escalated": (
        "投诉超过{deadline}时限,已上报{role}",
        "The complaint passed its deadline to {deadline}; it goes to {role}",
    ),
    "complaint.needs_a_person": ("需要人工处理({reason})", "A person must look at it ({reason})"),
    "reopen.failed": (
        "工单系统没有应答(第{attempt}次),稍后再试",
        "The ticketing system did not answer (attempt {attempt}); to be tried again",
    ),
    "reopen.given_up": ("工单系统始终没有应答", "The ticketing system never answered"),
    "reopen.refused": ("工单系统拒绝重新打开({reason})", "Reopening was refused ({reason})"),
    "ticket.reopened_by_us": ("工单已重新打开", "The ticket was reopened"),
    "ticket.follow_up_opened": ("已另开关联工单{follow_up}", "Linked ticket opened: {follow_up}"),
    "ticket.follow_up_refused": ("未能另开关联工单({reason})", "Linked ticket refused ({reason})"),
    "ticket.note_refused": ("工单不接受客户补充的留言({reason})", "Note refused ({reason})"),
}

_CALLBACKS: Mapping[str, tuple[str, str]] = {
    "callback.promised": ("约定于{from}回电", "A call was promised for {from}"),
    "callback.rescheduled": ("回电改约到{from}({by})", "The call was moved to {from} ({by})"),
    "callback.asked_again": ("客户再次要求回电", "The customer asked for the call again"),
    "callback.refused": ("无法约定回电({reason})", "No call can be promised ({reason})"),
    "callback.no_slot": (
        "没有可约的回电时段,请另行安排",
        "No slot is free for a call; please make room for it",
    ),
    "callback.due": ("到了回电时间", "It is time to call"),
    "callback.claimed": ("{by}领取了回电", "{by} took the call"),
    "callback.released": ("回电退回队列({by})", "The call went back to the queue ({by})"),
    "callback.attempted": ("{by}回电:{outcome}", "{by} called: {outcome}"),
    "callback.done": ("回电已完成", "The promised call was made"),
    "callback.dialling": ("开始拨打({agent})", "Dialling for {agent}"),
    "callback.agent_called": ("已呼叫坐席{agent}", "The phone of {agent} was called"),
    "callback.leg_intended": (
        "坐席{agent}已确认,呼叫客户",
        "{agent} is there; calling the customer",
    ),
    "callback.joined": ("坐席{agent}与客户已接通", "{agent} and the customer are connected"),
    "callback.dialled": ("拨打结束:{outcome}", "The dial is over: {outcome}"),
    "callback.confirmed": ("{by}确认结果:{outcome}", "{by} says what it was: {outcome}"),
    "callback.put_off": ("回电推迟到{until}({reason})", "Put off until {until} ({reason})"),
    "callback.followed": ("回电转到工单{into}", "The call goes on with ticket {into}"),
    "callback.missed": (
        "未能按约定回电(第{number}次),请核实",
        "Nobody called as promised (number {number}); please see why",
    ),
    "callback.exhausted": (
        "多次回电未能接通({reason}),不再拨打",
        "The customer could not be reached ({reason}); no further attempt",
    ),
    "callback.cancelled": ("回电已取消({reason})", "The call was cancelled ({reason})"),
    "callback.not_told": (
        "未能通知客户回电安排的变化({reason}),请人工联系",
        "The customer could not be told of the change to their call ({reason}); get in touch",
    ),
}
_OUTCOMES: Mapping[str, tuple[str, str]] = {
    "reached": ("已接通", "reached"),
    "no_answer": ("无人接听", "no answer"),
    "busy": ("占线", "busy"),
    "machine": ("语音信箱", "voicemail"),
    "invalid": ("号码有误", "no such number"),
    "declined": ("坐席未接", "declined by the agent"),
}

_VERDICTS: Mapping[str, tuple[str, str]] = {
    "allow": ("决定:可以联系", "Decided: allowed"),
    "defer": ("决定:推迟到{until}({reason})", "Decided: put off until {until} ({reason})"),
    "suppress": ("决定:不联系({reason})", "Decided: not to be contacted ({reason})"),
}

_REASONS: Mapping[str, tuple[str, str]] = {
    "in_progress": ("客户正在作答", "the customer is answering"),
    "completed": ("调查已完成", "the survey is over"),
    "too_late": ("已过受理时间", "too late to be kept"),
    "channel_not_enabled": ("该渠道未启用", "that channel is not enabled"),
    "no_open_question": ("没有待答的问题", "no question is open"),
    "stranger": ("无法识别来信人", "we never wrote to that address"),
    "gone": ("工单已不存在", "there is no such ticket any more"),
    "closed_for_good": ("工单已永久关闭", "the ticket is closed for good"),
    "late": ("回复已迟", "the answer was late"),
    "haste": ("页面打开不到一秒就提交", "sent within a second of its page"),
    "several_ratings": ("十秒内有不同评分", "different ratings within ten seconds"),
    "reopened_before": ("此前已自动重开", "reopened before"),
    "reopen_is_off": ("未启用自动重开", "reopening is off"),
    "desk_silent": ("工单系统没有应答", "the desk is silent"),
    "desk_unreachable": ("工单系统无法联系", "the desk cannot be reached"),
    "told_anew": ("已重新告知", "told anew since"),
    "ticket_solved": ("工单已解决", "the ticket was solved"),
    "customer": ("客户不再需要", "the customer said so"),
    "got_through": ("客户已联系上我们", "the customer got through"),
    "invalid": ("号码有误", "no such number"),
    "no_answer": ("无人接听", "no answer"),
    "busy": ("占线", "busy"),
    "machine": ("语音信箱", "voicemail"),
    "unknown_customer": ("客户不明", "the customer is not known"),
    "no_desk": ("未配置工单系统", "no desk is configured"),
}

_FIELDS = {
    "channels": ("渠道顺序", "order of channels"),
    "window": ("联系时段", "hours"),
    "locale": ("语言", "language"),
    "timezone": ("时区", "time zone"),
    "do_not_contact": ("免打扰", "not to be contacted"),
    "paused_until": ("暂停", "pause"),
}
_DEADLINES = {
    "respond": ("响应", "respond"),
    "resolve": ("解决", "resolve"),
    "tell": ("告知", "tell the customer"),
}
_CHANNELS = {
    "sms": ("短信", "SMS"),
    "email": ("邮件", "e-mail"),
    "voice": ("电话", "phone"),
    "web": ("网页", "web page"),
    "all": ("全部渠道", "all channels"),
    "api": ("接口", "API"),
}
#: The words of a fact by its name, where it has words of its own.
_WORDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "outcome": _OUTCOMES,
    "owner": ROLES,
    "role": ROLES,
    "deadline": _DEADLINES,
    "channel": _CHANNELS,
}


class _Known(dict[str, Any]):
    """Facts of a sentence; one that is missing is a dash, never a fault."""

    def __missing__(self, key: str) -> str:
        return "–"


def tell(entry: Entry, locale: str) -> str:
    """The entry in a sentence; a kind without one is told by its name."""
    which = 0 if locale.startswith("zh") else 1
    pair = _sentence(entry)
    if pair is None:
        return worded(entry.kind, entry.detail, which) or entry.kind
    return pair[which].format_map(_facts(entry.detail, which))


def _sentence(entry: Entry) -> tuple[str, str] | None:
    detail = entry.detail
    match entry.kind:
        case "decision" if detail.get("survey"):
            return "决定:安排调查 {survey}", "Decided: the survey {survey} is planned"
        case "decision":
            return _VERDICTS.get(str(detail.get("verdict")))
        case "contact.sent" if detail.get("message_class") == "conversation":
            return "已回复客户({channel})", "The customer was answered ({channel})"
        case "contact.delivered" if detail.get("channel") == "voice":
            return "电话已接通", "The call was answered"
        case "answer.recorded" if detail.get("value") is None:
            return "记录客户的意见", "What the customer said was kept"
        case kind:
            return _SENTENCES.get(kind) or _CALLBACKS.get(kind) or READS.get(kind)


def _facts(detail: Mapping[str, Any], which: int) -> _Known:
    """What the braces of a sentence stand for, in its language."""
    facts = _Known({key: value for key, value in detail.items() if value is not None})
    if isinstance(facts.get("value"), bool):
        facts["value"] = ("是", "yes")[which] if facts["value"] else ("否", "no")[which]
    if "fields" in facts:
        names = [_FIELDS.get(name, (name, name))[which] for name in facts["fields"]]
        facts["fields"] = ("、", ", ")[which].join(names)
    for name, words in _WORDS.items():
        if pair := words.get(str(facts.get(name, ""))):
            facts[name] = pair[which]
    facts |= _by_and_reason(facts, which)
    return facts


def _by_and_reason(facts: Mapping[str, Any], which: int) -> dict[str, str]:
    why, who = str(facts.get("reason", "")), str(facts.get("by", "")).partition(":")[0]
    pairs = {"reason": _REASONS.get(why) or REASONS.get(why), "by": BY.get(who)}
    said = {name: pair[which] for name, pair in pairs.items() if pair}
    return {name: words[:1].lower() + words[1:] for name, words in said.items()}
