"""Words what agents and customers hear while a callback is dialled, in Chinese and English."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from channels.pagewording import CHINESE, ENGLISH

LONGEST = 60
"""Characters of a comment that are read out; a longer one is for the screen."""

_LINES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "case": {
            CHINESE: "您好，{brand}客户回电。事项：{topic}。",
            ENGLISH: "Hello, a callback for {brand}. Topic: {topic}. ",
        },
        "reason": {CHINESE: "原因：{text}。", ENGLISH: "Reason: {text}. "},
        "ticket": {CHINESE: "工单{text}。", ENGLISH: "Ticket {text}. "},
        "score": {CHINESE: "评分{text}，满分一百。", ENGLISH: "Score {text} of 100. "},
        "comment": {CHINESE: "客户说：{text}。", ENGLISH: "The customer said: {text}. "},
        "left": {
            CHINESE: "此前已留过言，若是语音信箱请直接挂断。",
            ENGLISH: "A message was left before: should a machine answer, just hang up. ",
        },
        "choose": {
            CHINESE: "现在接通客户请按1，暂不接听请按2。",
            ENGLISH: "To call the customer now press 1, to pass press 2.",
        },
        "take": {
            CHINESE: "客户正在线上，接听请按1，不接请按2。",
            ENGLISH: "The customer is on the line. To take the call press 1, to pass press 2.",
        },
        "wrong": {CHINESE: "抱歉，没有听明白。", ENGLISH: "Sorry, we did not get that. "},
        "calling": {CHINESE: "正在为您接通客户。", ENGLISH: "Calling the customer."},
        "passed": {
            CHINESE: "好的，这个回电交还队列。再见。",
            ENGLISH: "All right, it goes back to the queue. Goodbye.",
        },
        "gone": {
            CHINESE: "这个回电已经取消或有变动，无需再拨。再见。",
            ENGLISH: "This callback was cancelled or moved; there is nothing to dial. Goodbye.",
        },
        "elsewhere": {
            CHINESE: "客户已在另一条线上接通。再见。",
            ENGLISH: "The customer is being called on another line already. Goodbye.",
        },
        "opt_out": {
            CHINESE: "客户已要求不再接听来电，不能拨打。再见。",
            ENGLISH: "The customer has asked us not to call any more, so we do not. Goodbye.",
        },
        "no_address": {
            CHINESE: "客户的号码无法使用，不能拨打。再见。",
            ENGLISH: "The customer's number does not work, so we do not call it. Goodbye.",
        },
        "hours": {
            CHINESE: "现在不在客户可以接电话的时段，已经推迟。再见。",
            ENGLISH: "The customer may not be called at this hour; it was put off. Goodbye.",
        },
        "refused": {
            CHINESE: "按联系规则现在不能拨打。再见。",
            ENGLISH: "The contact rules do not allow this call. Goodbye.",
        },
        "reached": {
            CHINESE: "通话结束，请记录结果。再见。",
            ENGLISH: "The call is over. Please record what came of it. Goodbye.",
        },
        "no_answer": {
            CHINESE: "客户没有接听，系统会按约定再拨。再见。",
            ENGLISH: "The customer did not answer; we will try again in time. Goodbye.",
        },
        "busy": {
            CHINESE: "客户正在通话，系统会按约定再拨。再见。",
            ENGLISH: "The line was busy; we will try again in time. Goodbye.",
        },
        "machine": {
            CHINESE: "接听的是语音信箱，系统会按约定再拨。再见。",
            ENGLISH: "It was a machine; we will try again in time. Goodbye.",
        },
        "invalid": {
            CHINESE: "客户的号码是空号，不再拨打。再见。",
            ENGLISH: "The number does not exist, so it is not called again. Goodbye.",
        },
        "over": {CHINESE: "通话结束。再见。", ENGLISH: "The call is over. Goodbye."},
        "greeting": {
            CHINESE: "您好，这里是{brand}，按约定给您回电。",
            ENGLISH: "Hello, this is {brand}, calling you back as we promised. ",
        },
        "about": {CHINESE: "关于工单{text}。", ENGLISH: "It is about ticket {text}. "},
        "stay": {
            CHINESE: "接通专员请按1，或者稍等；不想再接到来电请按9。",
            ENGLISH: "To speak to one of us press 1 or stay on the line. For no more calls, "
            "press 9.",
        },
        "moment": {CHINESE: "请稍等。", ENGLISH: "One moment, please."},
        "sorry": {
            CHINESE: "非常抱歉，专员暂时无法接听，我们会尽快再给您回电。再见。",
            ENGLISH: "We are sorry: nobody could take your call just now. We will call you again "
            "shortly. Goodbye.",
        },
        "stopped": {
            CHINESE: "好的，我们不会再给您打电话。再见。",
            ENGLISH: "All right, we will not call you any more. Goodbye.",
        },
        "voicemail": {
            CHINESE: "您好，这里是{brand}，按约定给您回电，未能接通。我们会再联系您。再见。",
            ENGLISH: "Hello, this is {brand}. We called you back as promised and missed you. "
            "We will try again. Goodbye.",
        },
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What an agent is told before the customer is called; `left`: a message was left before."""

    topic: str
    reason: str | None = None
    ticket: str | None = None
    score: float | None = None
    comment: str | None = None
    left: bool = False


def line(name: str, spoken: str, **facts: object) -> str:
    """One of our lines in one of the two languages; "" for an unknown one."""
    said = _LINES.get(name, {})
    text = said.get(spoken) or said.get(CHINESE, "")
    for key, value in facts.items():
        text = text.replace("{" + key + "}", str(value))
    return text


def case_of(case: Case, spoken: str, brand: str) -> tuple[str, ...]:
    """What the agent hears of a case, a line each; what is not known is not mentioned."""
    score = None if case.score is None else f"{case.score:.0f}"
    comment = case.comment if case.comment and len(case.comment) <= LONGEST else None
    told = {"reason": case.reason, "ticket": case.ticket, "score": score, "comment": comment}
    first = line("case", spoken, brand=brand, topic=case.topic)
    rest = [line(name, spoken, text=text) for name, text in told.items() if text]
    return (first, *rest, *((line("left", spoken),) if case.left else ()))


def greeting(brand: str, ticket: str | None, spoken: str) -> tuple[str, ...]:
    """How a call to a customer begins: who calls, why, and what to do."""
    about = (line("about", spoken, text=ticket),) if ticket else ()
    return (line("greeting", spoken, brand=brand), *about, line("stay", spoken))


#: Which line tells why the gate is against a call.
_REFUSALS: Mapping[str, str] = MappingProxyType(
    {
        "opt_out": "opt_out",
        "do_not_contact": "opt_out",
        "no_address": "no_address",
        "window": "hours",
        "holiday": "hours",
        "blackout": "hours",
        "pause": "hours",
    }
)


def refusal(reason: str) -> str:
    """The name of the line that tells an agent why a customer is not called."""
    return _REFUSALS.get(reason, "refused")
