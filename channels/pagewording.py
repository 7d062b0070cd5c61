"""Words what a customer reads on the pages behind a link, but for the survey itself."""

from collections.abc import Mapping
from datetime import datetime, tzinfo

from channels.model import Channel

CHINESE, ENGLISH = "zh-CN", "en"
LANGUAGES = (CHINESE, ENGLISH)

Texts = Mapping[str, str]

#: A page that has nothing but something to say: heading and text, by language.
NOTICES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "unknown": {
        CHINESE: (
            "这个链接已失效",
            "链接可能已经过期，或者没有复制完整。请从原来的消息重新点开；仍打不开的话，不必理会。",
        ),
        ENGLISH: (
            "This link no longer works",
            "It may have expired, or lost a part. Try it again from our message, or leave it be.",
        ),
    },
    "busy": {
        CHINESE: ("请稍候再试", "刚才打开的失效链接太多了。请过一分钟再试。"),
        ENGLISH: (
            "Please try again in a minute",
            "Too many links that do not work were opened just now.",
        ),
    },
    "away": {
        CHINESE: (
            "暂时打不开",
            "请过一分钟刷新本页。如果您刚提交了内容，它还没有保存，请重新提交。",
        ),
        ENGLISH: (
            "Not possible at the moment",
            "Please reload this page in a minute. If you have just sent something, send it again.",
        ),
    },
    "stopped": {
        CHINESE: ("已为您退订", "我们不会再就此联系您。感谢您曾经的反馈。"),
        ENGLISH: ("You are unsubscribed", "We will not contact you about this again."),
    },
    "reopened": {
        CHINESE: (
            "工单已重新处理",
            "您评价之前，这个工单又重新处理了，这份问卷不用再填写。处理好之后，我们可能会再来问您。",
        ),
        ENGLISH: (
            "Your ticket was taken up again",
            "There is nothing to fill in any more; we may ask you once the work on it is done.",
        ),
    },
    "cancelled": {
        CHINESE: ("这份问卷已撤回", "这次不需要您填写了。给您添麻烦了，谢谢。"),
        ENGLISH: (
            "This survey was withdrawn",
            "There is nothing to fill in any more. Thank you, and sorry for the trouble.",
        ),
    },
    "unsubscribed": {
        CHINESE: ("已为您退订邮件", "我们不会再向这个邮箱发送回访邮件。"),
        ENGLISH: (
            "You are unsubscribed",
            "We will send no more survey mail to this mailbox.",
        ),
    },
}

PREFERENCES: Mapping[str, Texts] = {
    CHINESE: {
        "title": "联系方式设置",
        "lead": "您可以随时调整或停止我们的联系，立即生效。仅打开本页不会改变任何设置。",
        "now": "目前的设置",
        "stopped": "已停止",
        "all": "全部停止联系",
        "all_hint": "不再发短信、邮件，也不再打回访电话",
        "again": "恢复全部联系",
        "blocked": "您已登记为不希望被联系，我们不会主动联系您。想恢复时，请联系客服。",
        "paused": "已暂停联系，{day}前不会联系您。",
        "done": "已按您的要求停止，立即生效。",
        "started": "已恢复，我们可以再次通过该方式联系您。",
        "saved": "已保存，立即生效。",
        "same": "没有需要更改的内容。",
        "pause_done": "已暂停，{day}前不会联系您。",
        "pause_over": "暂停已结束，我们可以再次联系您。",
        "pause": "暂停联系一段时间",
        "pause_hint": "暂停期间我们不会主动联系您；您约定的回电不受影响。",
        "pause_days": "{days}天",
        "pause_own": "自定天数（1至{most}）",
        "pause_go": "暂停",
        "pause_end": "结束暂停",
        "order": "联系方式的先后",
        "order_hint": "我们会先用您排在前面的方式。",
        "order_any": "不指定",
        "order_nth": "第{number}位",
        "hours": "方便联系的时间",
        "hours_hint": "我们只在{opens}至{closes}之间联系客户；"
        "您可以在其中选更短的一段，留空则不限。",
        "from": "从",
        "until": "到",
        "language": "我们用什么语言联系您",
        "save": "保存",
        "nothing": "请点选下面的一项。",
        "twice": "同一种联系方式只能排一次，请重新选择。",
        "hours_fault": "请填写有效的起止时间，开始要早于结束；都留空表示不限。",
        "outside": "请在{opens}至{closes}之间选择时间，其他时间我们本来就不会联系您。",
        "narrow": "时间段请至少留出一小时；不想被联系的话，可以选择停止或暂停。",
        "days": "暂停天数请填1到{most}之间的整数。",
        "back": "短信也可以直接回复：T 退订，“暂停30天”暂停，START 恢复。",
    },
    ENGLISH: {
        "title": "How we may contact you",
        "lead": "You can change or stop our messages at any time, with immediate effect. "
        "Opening this page changes nothing.",
        "now": "As it is now",
        "stopped": "stopped",
        "all": "Stop everything",
        "all_hint": "No texts, no e-mail and no survey calls any more",
        "again": "Receive everything again",
        "blocked": "You are noted as not to be contacted, and we will not contact you of our own "
        "accord. To change that, ask our service desk.",
        "paused": "Paused: we will not contact you before {day}.",
        "done": "Stopped as you asked, with immediate effect.",
        "started": "Done: we may contact you this way again.",
        "saved": "Saved, with immediate effect.",
        "same": "There was nothing to change.",
        "pause_done": "Paused: we will not contact you before {day}.",
        "pause_over": "The pause is over; we may contact you again.",
        "pause": "Pause for a while",
        "pause_hint": "Until it is over we will not contact you of our own accord. "
        "A call you have arranged with us still takes place.",
        "pause_days": "{days} days",
        "pause_own": "Days of your own choice (1 to {most})",
        "pause_go": "Pause",
        "pause_end": "End the pause",
        "order": "What to try first",
        "order_hint": "We begin with the way you put first.",
        "order_any": "no preference",
        "order_nth": "Choice {number}",
        "hours": "Hours that suit you",
        "hours_hint": "We contact customers between {opens} and {closes} only. You may choose a "
        "shorter time within; leave both empty for no limit.",
        "from": "From",
        "until": "Until",
        "language": "Language of our messages",
        "save": "Save",
        "nothing": "Please choose one of the buttons below.",
        "twice": "Please put each way of contact in one place only.",
        "hours_fault": "Please give a start and a later end, or leave both empty for no limit.",
        "outside": "Please choose a time between {opens} and {closes}; "
        "we never contact customers outside these hours.",
        "narrow": "Please leave us an hour at least. If you would rather not be contacted, "
        "you can stop or pause instead.",
        "days": "Please give a whole number of days, from 1 to {most}.",
        "back": "By text you can also reply STOP to stop, PAUSE 30 to pause for 30 days, "
        "and START to begin again.",
    },
}

LANGUAGE_NAMES: Mapping[str, str] = {CHINESE: "中文", ENGLISH: "English"}

CHANNELS: Mapping[Channel, Texts] = {
    Channel.SMS: {CHINESE: "短信", ENGLISH: "Text messages"},
    Channel.EMAIL: {CHINESE: "邮件", ENGLISH: "E-mail"},
    Channel.VOICE: {CHINESE: "电话回访", ENGLISH: "Survey calls"},
}
STOPS: Mapping[Channel, Texts] = {
    Channel.SMS: {CHINESE: "停止发短信", ENGLISH: "Stop text messages"},
    Channel.EMAIL: {CHINESE: "停止发邮件", ENGLISH: "Stop e-mail"},
    Channel.VOICE: {CHINESE: "停止打电话", ENGLISH: "Stop survey calls"},
}
STARTS: Mapping[Channel, Texts] = {
    Channel.SMS: {CHINESE: "恢复接收短信", ENGLISH: "Receive texts again"},
    Channel.EMAIL: {CHINESE: "恢复接收邮件", ENGLISH: "Receive e-mail again"},
    Channel.VOICE: {CHINESE: "恢复接听回访", ENGLISH: "Receive calls again"},
}


class _Facts(dict[str, str]):
    """Names that are no facts stay as they are, for whoever fills them."""

    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


def filled(texts: Texts, facts: Mapping[str, str]) -> dict[str, str]:
    """Texts with the facts that they name."""
    known = _Facts(facts)
    return {name: text.format_map(known) for name, text in texts.items()}


_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def day_text(at: datetime, place: tzinfo, spoken: str) -> str:
    """The day and hour of an instant as people at a place write it."""
    try:
        local = at.astimezone(place)
    except OverflowError:  # at the very end of the calendar
        local = at
    clock = f"{local:%H:%M}"
    if spoken == CHINESE:
        return f"{local.year}年{local.month}月{local.day}日{clock}"
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}, {clock}"


def language(wanted: str | None, locale: str | None) -> str:
    """The language of a page: the one asked for by its exact name, else the customer's.

    Chinese where nothing is known; English for what is neither.
    """
    if wanted in LANGUAGES:
        return wanted
    known = (locale or "").strip().lower()
    return CHINESE if not known or known.startswith("zh") else ENGLISH
