"""Words what a customer reads on the pages behind a link, but for the survey itself."""

from collections.abc import Mapping

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
    "stopped": {
        CHINESE: ("已为您退订", "我们不会再就此联系您。感谢您曾经的反馈。"),
        ENGLISH: ("You are unsubscribed", "We will not contact you about this again."),
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
        "lead": "您可以随时让我们停止联系，立即生效。仅打开本页不会改变任何设置。",
        "now": "目前的设置",
        "stopped": "已停止",
        "all": "全部停止联系",
        "all_hint": "不再发短信、邮件，也不再打回访电话",
        "done": "已按您的要求停止，立即生效。",
        "nothing": "请点选下面的一项。",
        "back": "想恢复时，请联系客服；短信也可以回复 START 恢复。",
    },
    ENGLISH: {
        "title": "How we may contact you",
        "lead": "You can stop our messages at any time, with immediate effect. "
        "Opening this page changes nothing.",
        "now": "As it is now",
        "stopped": "stopped",
        "all": "Stop everything",
        "all_hint": "No texts, no e-mail and no survey calls any more",
        "done": "Stopped as you asked, with immediate effect.",
        "nothing": "Please choose one of the buttons below.",
        "back": "To start again, ask our service desk. Texts also start when you reply START.",
    },
}

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


def language(wanted: str | None, locale: str | None) -> str:
    """The language of a page: the one asked for by its exact name, else the customer's.

    Chinese where nothing is known; English for what is neither.
    """
    if wanted in LANGUAGES:
        return wanted
    known = (locale or "").strip().lower()
    return CHINESE if not known or known.startswith("zh") else ENGLISH
