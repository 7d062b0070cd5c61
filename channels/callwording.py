"""Words what is said on the phone around a survey: who calls, which keys there are, goodbyes."""

from collections.abc import Mapping

from channels.pagewording import CHINESE, ENGLISH

_LINES: Mapping[str, Mapping[str, str]] = {
    "calling": {
        CHINESE: "您好，这里是{brand}的服务回访。您的工单{ticket}已经处理，想请您花一分钟评价。",
        ENGLISH: "Hello, this is {brand}. Your ticket {ticket} was closed, and we would like "
        "to ask you how it went. It takes a minute.",
    },
    "called": {
        CHINESE: "您好，这里是{brand}的服务回访。我们就工单{ticket}联系过您。",
        ENGLISH: "Hello, this is {brand}. We tried to reach you about your ticket {ticket}.",
    },
    "begin": {
        CHINESE: "开始评价请按1，或者说“开始”；",
        ENGLISH: "To begin, press 1 or say yes. ",
    },
    "aside": {
        CHINESE: "需要专人给您回电请按0，不想再接到回访电话请按9。",
        ENGLISH: "To have somebody call you back, press 0. For no more survey calls, press 9.",
    },
    "menu": {
        CHINESE: "再听一遍请按1，",
        ENGLISH: "To hear it again, press 1. ",
    },
    "silence": {
        CHINESE: "抱歉，没有听到您的声音。",
        ENGLISH: "We heard no answer. ",
    },
    "wrong": {
        CHINESE: "抱歉，没有听明白。",
        ENGLISH: "Sorry, we did not get that. ",
    },
    "consent": {
        CHINESE: "您的留言会被录音，只用来改进服务；不想留言请直接按井号键。",
        ENGLISH: "What you say will be recorded, and is used to improve our service only. "
        "If you would rather not, just press the hash key.",
    },
    "person": {
        CHINESE: "好的，已经为您登记，我们会安排专人给您回电。再见。",
        ENGLISH: "All right, we noted that you would like a call from one of us. Goodbye.",
    },
    "stopped": {
        CHINESE: "好的，我们不会再打回访电话给您。再见。",
        ENGLISH: "All right, we will make no more survey calls to you. Goodbye.",
    },
    "declined": {
        CHINESE: "好的，打扰您了。再见。",
        ENGLISH: "All right. Sorry to have disturbed you. Goodbye.",
    },
    "noted": {
        CHINESE: "好的，已经记下。再见。",
        ENGLISH: "All right, that is noted. Goodbye.",
    },
    "leave": {
        CHINESE: "那就不打扰您了，感谢您的时间。再见。",
        ENGLISH: "We will leave it there. Thank you for your time. Goodbye.",
    },
    "kept": {
        CHINESE: "那就不打扰您了，您刚才的评价已经收到，谢谢。再见。",
        ENGLISH: "We will leave it there. What you told us is kept. Thank you. Goodbye.",
    },
    "ended": {
        CHINESE: "这次回访已经结束，感谢您的时间。再见。",
        ENGLISH: "This survey is over. Thank you for your time. Goodbye.",
    },
    "away": {
        CHINESE: "抱歉，我们的系统暂时繁忙，请您稍后再试。再见。",
        ENGLISH: "Sorry, our system is busy at the moment. Please try again later. Goodbye.",
    },
    "bye": {
        CHINESE: "再见。",
        ENGLISH: "Goodbye.",
    },
    "stranger": {
        CHINESE: "您好，这里是{brand}的服务回访号码，目前没有需要您答复的事。感谢来电，再见。",
        ENGLISH: "Hello, this is {brand}. There is nothing here that waits for your answer. "
        "Thank you for calling. Goodbye.",
    },
    "voicemail": {
        CHINESE: "您好，这里是{brand}，想请您评价工单{ticket}的服务。方便时可以回拨。谢谢，再见。",
        ENGLISH: "Hello, this is {brand}. We wanted to ask you how your ticket {ticket} went. "
        "You can call this number back whenever it suits you. Thank you, goodbye.",
    },
    "recorded": {
        CHINESE: "（语音留言，{seconds}秒）",
        ENGLISH: "(voice message, {seconds} s)",
    },
    "skip": {CHINESE: "跳过", ENGLISH: "skip"},
}


def line(name: str, spoken: str, **facts: object) -> str:
    """One of our lines in one of the two languages, its facts filled in; "" for an unknown one."""
    said = _LINES.get(name, {})
    text = said.get(spoken) or said.get(CHINESE, "")
    for key, value in facts.items():
        text = text.replace("{" + key + "}", str(value))
    return text


def greeting(brand: str, ticket: str, spoken: str) -> str:
    """How a call of ours begins: who calls, and why."""
    return line("calling", spoken, brand=brand, ticket=ticket)
