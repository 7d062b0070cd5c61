"""Words what we answer to a customer who says something about being contacted."""

from collections.abc import Mapping
from datetime import datetime, tzinfo

from channels.pagewording import CHINESE, ENGLISH, day_text, language

_HELP: Mapping[str, str] = {
    CHINESE: "{brand}服务评价短信。回复T退订，回复“暂停30天”暂停。",
    ENGLISH: "{brand} service survey. Reply STOP to opt out, PAUSE 30 to pause for 30 days.",
}
_PAUSED: Mapping[str, str] = {
    CHINESE: "好的，{day}前不再联系您。想提前恢复请回复START，彻底退订回复T。",
    ENGLISH: "All right, we will not contact you before {day}. "
    "Reply START to undo this, STOP to opt out for good.",
}
_LATER: Mapping[bool, Mapping[str, str]] = {
    True: {
        CHINESE: "好的，我们过一天再问您；方便时也可以直接回复。",
        ENGLISH: "All right, we will ask again in a day. You can also reply whenever it suits you.",
    },
    False: {
        CHINESE: "好的，我们不再催您；方便时直接回复即可。",
        ENGLISH: "All right, we will not remind you. Just reply whenever it suits you.",
    },
}
_WILL_CALL: Mapping[str, str] = {
    CHINESE: "好的，我们会给您回电，时间稍后短信告知。",
    ENGLISH: "All right, we will call you. We will text you when in a moment.",
}


def spoken_to(locale: str | None, number: str) -> str:
    """The language to answer in: the customer's, else what the number's country lets expect."""
    return language(None, locale or (CHINESE if number.startswith("+86") else ENGLISH))


def help_text(brand: str, spoken: str) -> str:
    """Who we are and how to be left alone."""
    return _HELP[spoken].format(brand=brand)


def paused(until: datetime, place: tzinfo, spoken: str) -> str:
    """Until when nobody will be contacted, told by the clock of a place, and how to undo it."""
    return _PAUSED[spoken].format(day=day_text(until, place, spoken))


def later(again: bool, spoken: str) -> str:
    """That we ask another time, or that we leave it to the customer."""
    return _LATER[again][spoken]


def will_call(spoken: str) -> str:
    """That we call; when, another message says."""
    return _WILL_CALL[spoken]
