"""Words how callbacks and complaints stand, and why a step is refused, for who works on them."""

import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from types import MappingProxyType

from huifang.staff.naming import ROLES
from huifang.staff.wording import amiss
from kernel.faults import Fault

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.]*(?:Z|[+-]\d\d:\d\d)")

Pair = tuple[str, str]  # in Chinese, in English

#: The words that pages know by a key: `word("state", "promised")`.
_WORDS: Mapping[str, Mapping[str, Pair]] = MappingProxyType(
    {
        "call": {
            "promised": ("已约定", "promised"),
            "due": ("待拨打", "due"),
            "claimed": ("已领取", "claimed"),
            "dialing": ("拨打中", "dialling"),
            "done": ("已完成", "done"),
            "missed": ("已错过", "missed"),
            "exhausted": ("未能接通", "exhausted"),
            "cancelled": ("已取消", "cancelled"),
        },
        "complaint": {
            "registered": ("已登记", "registered"),
            "acknowledged": ("已受理", "acknowledged"),
            "in_progress": ("处理中", "in progress"),
            "resolved": ("已解决", "resolved"),
            "told": ("已告知", "told"),
            "closed": ("已办结", "closed"),
        },
        "deadline": {
            "respond": ("受理", "respond"),
            "resolve": ("解决", "resolve"),
            "tell": ("告知", "tell"),
        },
        "outcome": {
            "reached": ("已接通", "Reached"),
            "no_answer": ("无人接听", "No answer"),
            "busy": ("占线", "Busy"),
            "machine": ("语音信箱", "Voicemail"),
            "invalid": ("号码有误", "No such number"),
            "declined": ("我没有拨打", "I did not call"),
        },
        "priority": {
            "urgent": ("紧急", "urgent"),
            "high": ("优先", "high"),
            "normal": ("普通", "normal"),
            "low": ("较低", "low"),
        },
        "origin": {
            "program": ("回访计划", "a program"),
            "agent": ("坐席", "an agent"),
            "customer": ("客户（短信或邮件）", "the customer, by text or mail"),
            "complaint": ("投诉", "a complaint"),
            "page": ("客户（网页）", "the customer, on the web page"),
            "phone": ("客户（电话按键）", "the customer, by a key on the phone"),
        },
        "topic": {
            "asked": ("客户要求回电", "Asked to be called"),
        },
        "role": ROLES,
        "presence": {
            "there": ("在岗", "there"),
            "away": ("离开", "away"),
            "on_call": ("通话中", "on a call"),
        },
        "step": {
            "claim": ("领取", "claim"),
            "dial": ("拨打", "dial"),
            "outcome": ("记录结果", "record an outcome"),
            "reschedule": ("改约", "reschedule"),
            "release": ("退回", "release"),
            "cancel": ("取消", "cancel"),
            "acknowledge": ("受理", "acknowledge"),
            "start": ("开始处理", "start"),
            "assign": ("转交", "assign"),
            "classify": ("归类", "classify"),
            "resolve": ("解决", "resolve"),
            "tell": ("告知客户", "tell the customer"),
            "close": ("办结", "close"),
        },
        "done": {
            "claim": ("已领取，请按时回电。", "It is yours: call as promised."),
            "dial": ("正在拨打，请接听您的电话。", "Dialling: take the call on your phone."),
            "outcome": ("结果已记录。", "The outcome is recorded."),
            "reschedule": ("已改约。", "It has another slot."),
            "release": ("已退回队列。", "It is back in the queue."),
            "cancel": ("回电已取消。", "The callback is cancelled."),
            "presence": ("状态已更新。", "Your presence is noted."),
            "acknowledge": ("已受理。", "Acknowledged."),
            "start": ("已开始处理。", "Work on it has begun."),
            "assign": ("已转交。", "It has another owner."),
            "classify": (
                "已归类，时限已重新计算。",
                "Put in that class; its deadlines count anew.",
            ),
            "resolve": ("已标记为解决。", "It is resolved."),
            "tell": ("正在告知客户。", "The customer is being told."),
            "close": ("已办结。", "It is closed."),
            "notice": ("已确认。", "Acknowledged."),
        },
    }
)

#: Why a callback is not dialled now.
_DIAL: Mapping[str, Pair] = {
    "agent": (
        "您的坐席资料不完整，请管理员在 huifang.yaml 的 agents 中登记编号和电话",
        "You are not in `agents:` of huifang.yaml, or have no phone there; ask whoever keeps it",
    ),
    "early": (
        "还没到可以拨打的时间，需要提前请改约",
        "It is too early; reschedule it to call sooner",
    ),
    "dialling": ("正在拨打中", "It is being dialled already"),
    "agent_busy": ("您正在通话，请先结束", "You are on a call; end it first"),
    "number_busy": (
        "该号码正因另一项回电被拨打，请稍后再试",
        "The number is being dialled for another callback; try again after it",
    ),
    "limit": (
        "今天对该号码的拨打已达上限，已推迟",
        "Dialled as often as a day allows; it was put off",
    ),
    "no_number": ("没有客户的电话号码", "No phone number of the customer is known"),
    "no_carrier": (
        "系统没有可拨打的线路，请用您的电话拨打并记录结果",
        "No line can place calls: use your own phone and record the outcome",
    ),
    "window": ("现在不在客户可接听的时段，已推迟", "Outside the customer's hours; it was put off"),
    "holiday": ("今天是节假日，已推迟", "It is a holiday; it was put off"),
    "blackout": ("现在暂停联系客户，已推迟", "Customers are not called just now; it was put off"),
    "cap": ("该客户近期联系已达上限，已推迟", "Contacted as often as allowed; it was put off"),
    "pause": ("客户希望暂时不被打扰，已推迟", "The customer asked for a pause; it was put off"),
    "opt_out": ("客户拒绝来电，回电已取消", "The customer wants no calls; it was cancelled"),
    "do_not_contact": ("客户要求不要联系，回电已取消", "Not to be contacted; it was cancelled"),
}
#: Why a slot cannot be had.
_SLOTS: Mapping[str, Pair] = {
    "too_soon": ("该时段太近，来不及安排", "That slot is too soon"),
    "too_far": ("该时段太远，还不能预约", "That slot is too far ahead"),
    "centre_closed": ("该时段服务中心不上班", "The centre is closed then"),
    "outside_window": ("该时段客户不便接听", "That is outside the customer's hours"),
    "full": ("该时段已约满", "That slot is full"),
    "length": ("该时段长度无效", "That is no slot"),
    "no_slot": ("没有可约的时段", "No slot is free"),
}


def word(locale: str, kind: str, key: str) -> str:
    """A word of the page by its kind and key; the key itself where there is none."""
    pair = _WORDS.get(kind, {}).get(key)
    return key if pair is None else _of(locale, pair)


def done(locale: str, step: str) -> str:
    """That a step was taken; nothing where there is no such step."""
    pair = _WORDS["done"].get(step)
    return "" if pair is None else _of(locale, pair)


def said(locale: str, chinese: str, english: str) -> str:
    """One of two sentences."""
    return _of(locale, (chinese, english))


def plain(clock: tzinfo, text: str) -> str:
    """A sentence whose instants in RFC 3339 are told on a clock."""
    return _INSTANT.sub(lambda found: _local(clock, found[0]), text)


def _local(clock: tzinfo, text: str) -> str:
    try:
        return datetime.fromisoformat(text).astimezone(clock).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return text


def why_not(fault: Fault, locale: str, names: Mapping[str, str], me: str) -> str:
    """Why a step was refused; `names` are the agents' by id, `me` the id of whoever asked."""
    extra = fault.extra
    holder, state = extra.get("agent"), str(extra.get("state", ""))
    if isinstance(holder, str) and holder != me and state not in ("done", "cancelled", "exhausted"):
        who = names.get(holder, holder)
        return said(locale, f"{who} 已领取这个回电。", f"{who} has this callback.")
    pair = _DIAL.get(str(extra.get("why", ""))) or _SLOTS.get(str(extra.get("reason", "")))
    if pair is not None:
        until = extra.get("until")
        when = "" if until is None else said(locale, f"到{until}", f" until {until}")
        return _of(locale, pair) + when + said(locale, "。", ".")
    possible = extra.get("possible")
    if isinstance(possible, list):
        return _out_of_order(locale, state, possible)
    taken = extra.get("acknowledged_by")
    if isinstance(taken, str):
        who = names.get(taken, taken)
        return said(locale, f"{who} 已确认过了。", f"{who} acknowledged it before.")
    told = [amiss(each.path, each.reason.rstrip("."), locale) for each in fault.errors]
    if not told:
        return fault.detail
    faults = said(locale, "；", "; ").join(f"{name}: {reason}" for name, reason in told)
    return said(locale, f"请检查填写的内容：{faults}。", f"Please check: {faults}.")


def _out_of_order(locale: str, state: str, possible: list[str]) -> str:
    kind = "call" if state in _WORDS["call"] else "complaint"
    now = word(locale, kind, state)
    steps = said(locale, "、", ", ").join(word(locale, "step", each) for each in possible)
    left = steps or said(locale, "无", "nothing")
    return said(
        locale,
        f"现在是“{now}”状态，不能这样操作；可以：{left}。",
        f"It is {now} by now, so this cannot be done; possible: {left}.",
    )


def _of(locale: str, pair: Pair) -> str:
    return pair[0] if locale.startswith("zh") else pair[1]
