"""Words what customers are told of a callback, in Chinese and English."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from enum import StrEnum

from callbacks.promises.model import Slot
from channels.pagewording import CHINESE, ENGLISH

_DAYS = {CHINESE: "一二三四五六日", ENGLISH: "Mon Tue Wed Thu Fri Sat Sun".split()}
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


class Telling(StrEnum):
    """What a customer is told of a callback by itself."""

    CONFIRM = "confirm"
    REMIND = "remind"
    APOLOGY = "apology"
    EXHAUSTED = "exhausted"
    CANCELLED = "cancelled"
    PUT_OFF = "put_off"


_HOW: Mapping[str, str] = {
    CHINESE: "改时间回复改期，不需要回复不用回电。",
    ENGLISH: "Reply LATER to move it, NO CALL to cancel.",
}
_TEXTS: Mapping[str, Mapping[str, str]] = {
    "confirm": {
        CHINESE: "我们将于{slot}给您回电。{how}",
        ENGLISH: "We will call you {slot}. {how}",
    },
    "remind": {
        CHINESE: "提醒：我们将于{slot}给您回电，请留意来电。{how}",
        ENGLISH: "Reminder: we will call you {slot}. {how}",
    },
    "apology": {
        CHINESE: "很抱歉，我们未能按约定给您回电。改约为{slot}。{how}",
        ENGLISH: "We are sorry that we did not call you as promised. We will call {slot}. {how}",
    },
    "apology_only": {
        CHINESE: "很抱歉，我们未能按约定给您回电。同事会尽快与您另约时间。",
        ENGLISH: "We are sorry that we did not call you as promised. We will find another time.",
    },
    "exhausted": {
        CHINESE: "我们多次给您回电未能接通，暂不再拨打。仍需联系请回复回电。",
        ENGLISH: "We called you and could not reach you, and will not try again. "
        "Reply CALL if you still want us to.",
    },
    "no_time": {
        CHINESE: "很抱歉，目前没有合适的时段给您回电，同事会以其他方式与您联系。",
        ENGLISH: "We are sorry that we found no time to call you. "
        "A colleague will get in touch another way.",
    },
    "cancelled": {
        CHINESE: "您的问题已处理完毕，约定的回电已取消。仍需联系请回复回电。",
        ENGLISH: "Your case was settled, so the call we promised is cancelled. "
        "Reply CALL if you still want it.",
    },
    "called_off": {
        CHINESE: "很抱歉，约定的回电已取消。仍需联系请回复回电。",
        ENGLISH: "We are sorry: the call we promised is cancelled. "
        "Reply CALL if you still want it.",
    },
    "put_off": {
        CHINESE: "很抱歉，我们无法在约定的时间给您回电。改约为{slot}。{how}",
        ENGLISH: "We are sorry that we cannot call you when we promised. "
        "We will call {slot}. {how}",
    },
    "talked": {
        CHINESE: "我们已与您通过电话，您此前要求的回电已取消。仍需联系请回复回电。",
        ENGLISH: "We have talked to you, so the call you had asked for is cancelled. "
        "Reply CALL if you still want it.",
    },
    "moved": {
        CHINESE: "好的，回电改到{slot}。",
        ENGLISH: "All right, we will call you {slot} instead.",
    },
    "no_slot": {
        CHINESE: "暂时没有其他可约的时间，同事会尽快与您另约。原约定不变：{slot}。",
        ENGLISH: "No other time is free just now; a colleague will get in touch. "
        "Until then it stays: {slot}.",
    },
    "dropped": {
        CHINESE: "好的，回电已取消。需要时回复回电即可。",
        ENGLISH: "All right, we will not call. Reply CALL should you want us to.",
    },
    "dropped_late": {
        CHINESE: "好的，之后不会再给您回电。此刻若有来电，无需接听。",
        ENGLISH: "All right, we will not call again. "
        "Should your phone ring just now, there is no need to answer.",
    },
    "on_the_phone": {
        CHINESE: "我们正在给您拨打电话。",
        ENGLISH: "We are calling you just now.",
    },
}


def text(what: str, slot: Slot, place: tzinfo, spoken: str) -> str:
    """One of the texts, about a slot as the clock shows it at a place."""
    return _TEXTS[what][spoken].format(slot=slot_text(slot, place, spoken), how=_HOW[spoken])


def slot_text(slot: Slot, place: tzinfo, spoken: str) -> str:
    """A slot with its day, as people at a place write it."""
    begin, end = _local(slot.begin, place), _local(slot.end, place)
    day = _DAYS[spoken][begin.weekday()]
    clock = f"{begin:%H:%M}-{end:%H:%M}"
    if spoken == CHINESE:
        return f"{begin.month}月{begin.day}日(周{day}){clock}"
    return f"{day} {begin.day} {_MONTHS[begin.month - 1]}, {clock}"


def _local(at: datetime, place: tzinfo) -> datetime:
    try:
        return at.astimezone(place)
    except OverflowError:  # at the very end of the calendar
        return at
