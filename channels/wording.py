"""Puts what a rule saw and answered into one sentence for a supervisor."""

from collections.abc import Mapping
from datetime import UTC, datetime, timezone, tzinfo
from typing import Any, NamedTuple


class _Said(NamedTuple):
    """One sentence in the two languages of the product; braces name facts."""

    zh: str
    en: str


_CHANNELS = {
    "sms": _Said("短信", "text message"),
    "email": _Said("邮件", "e-mail"),
    "voice": _Said("电话", "phone"),
    "all": _Said("所有渠道", "every channel"),
}
_SOURCES = {
    "customer": _Said("客户资料", "the customer's own data"),
    "default": _Said("默认设置", "the configured default"),
    "number": _Said("号码归属", "the number"),
    "region": _Said("工单地区", "the ticket's region"),
    "none": _Said("无依据", "nothing"),
}
_COUNTED = {
    "invitations": _Said("调查邀请", "invitations"),
    "contacts": _Said("联系", "contacts"),
}
_STATES = {
    "final": _Said("已生效", "final"),
    "provisional": _Said("待人工确认", "provisional, to be settled by a person"),
}
_REPEATS = {
    "per_cycle": _Said("每次关单一次", "once per closing"),
    "once_per_ticket": _Said("每张工单一次", "once per ticket"),
}
_NAMES = {
    "channel": _CHANNELS,
    "scope": _CHANNELS,
    "source": _SOURCES,
    "counts": _COUNTED,
    "state": _STATES,
    "repeat": _REPEATS,
}

_SENTENCES: dict[tuple[str, str], _Said] = {
    ("program", "pass"): _Said("适用方案“{program}”。", "Program “{program}” applies."),
    ("program", "suppress"): _Said("没有适用的回访方案。", "No program applies to this closing."),
    ("skip", "pass"): _Said("没有命中跳过条件。", "Nothing about the ticket says to skip it."),
    ("skip", "suppress"): _Said(
        "工单按规则跳过:{skipped}。", "The ticket is skipped by rule: {skipped}."
    ),
    ("sampling", "pass"): _Said(
        "被抽中(抽样比例{sampling})。", "Drawn by the sampling of {sampling}."
    ),
    ("sampling", "suppress"): _Said(
        "未被抽中(抽样比例{sampling})。", "Not drawn by the sampling of {sampling}."
    ),
    ("age", "pass"): _Said(
        "关单{hours}小时,未超过{limit_hours}小时。",
        "Closed {hours} h ago, within the limit of {limit_hours} h.",
    ),
    ("age", "suppress"): _Said(
        "关单已{hours}小时,超过{limit_hours}小时,不再回访。",
        "Closed {hours} h ago, beyond the limit of {limit_hours} h.",
    ),
    ("repeat", "pass"): _Said(
        "符合重复规则({repeat})。", "Asking again is allowed by the rule: {repeat}."
    ),
    ("repeat", "suppress"): _Said(
        "按重复规则({repeat})不再询问。", "Not asked again by the rule: {repeat}."
    ),
    ("consent", "pass"): _Said("客户没有拒绝联系。", "The customer has not forbidden contact."),
    ("consent", "suppress"): _Said("客户要求不要联系。", "The customer must not be contacted."),
    ("usefulness", "pass"): _Said(
        "仍然有意义(截止{useful_until})。", "Still of use (until {useful_until})."
    ),
    ("usefulness", "suppress"): _Said(
        "最早只能在{at}发出,而{useful_until}起已无意义。",
        "It could go out at {at} at the earliest, and is of no use from {useful_until} on.",
    ),
    ("pause", "pass"): _Said("客户没有暂停联系。", "No pause of the customer's holds it back."),
    ("pause", "defer"): _Said(
        "客户暂停联系至{paused_until}。", "The customer has paused contact until {paused_until}."
    ),
    ("address", "pass"): _Said("{channel}可以送达。", "There is an address for {channel}."),
    ("address", "suppress"): _Said(
        "没有可用的{channel}地址。", "There is no usable address for {channel}."
    ),
    ("opt_out", "pass"): _Said("{channel}没有退订。", "No opt-out from {channel}."),
    ("opt_out", "suppress"): _Said(
        "客户自{since}起退订{scope}({state})。", "Opted out of {scope} since {since} ({state})."
    ),
    ("zone", "pass"): _Said(
        "客户时区:{zones}(依据{source})。", "The customer's zone: {zones}, known from {source}."
    ),
    ("zone", "suppress"): _Said(
        "不知道客户可能在哪个时区。", "It is not known in which zone the customer may be."
    ),
    ("window", "pass"): _Said(
        "在允许的时间内:{channel} {from}至{until},客户当地时间{local}。",
        "Within the hours for {channel}, {from} to {until}; the customer's time is {local}.",
    ),
    ("window", "defer"): _Said(
        "不在允许的时间内:{channel} {from}至{until},客户当地时间{local};等到{opens_at}。",
        "Outside the hours for {channel}, {from} to {until}; the customer's time is {local};"
        " waiting until {opens_at}.",
    ),
    ("window", "suppress"): _Said(
        "没有一个时刻在客户所有可能的时区都允许({channel} {from}至{until})。",
        "No hour is within {from} to {until} in every zone the customer may be in ({channel}).",
    ),
    ("holiday", "pass"): _Said(
        "不是避开的公众假日(国家:{countries})。",
        "No public holiday that is kept (countries: {countries}).",
    ),
    ("holiday", "defer"): _Said(
        "客户当地{local}是公众假日(国家:{countries});等到{until}。",
        "A public holiday where it is {local} for the customer (countries: {countries});"
        " waiting until {until}.",
    ),
    ("holiday", "suppress"): _Said(
        "公众假日之间没有可以联系的日子(国家:{countries})。",
        "The public holidays leave no day to wait for (countries: {countries}).",
    ),
    ("blackout", "pass"): _Said("不在暂停联系的时段内。", "No blackout where the customer may be."),
    ("blackout", "defer"): _Said(
        "客户所在地区暂停联系(地区:{regions});等到{until}。",
        "A blackout where the customer may be (regions: {regions}); waiting until {until}.",
    ),
    ("blackout", "suppress"): _Said(
        "客户所在地区长期暂停联系(地区:{regions})。",
        "A blackout where the customer may be (regions: {regions}) lasts too long to wait for.",
    ),
    ("cap", "pass"): _Said(
        "未超过上限:{per_hours}小时内最多{limit}次{counts},本人{person}次,该地址{address}次。",
        "Below the cap of {limit} {counts} in {per_hours} h: {person} to the person,"
        " {address} to the address.",
    ),
    ("cap", "defer"): _Said(
        "已达上限:{per_hours}小时内最多{limit}次{counts},本人{person}次,该地址{address}次;"
        "等到{frees_at}。",
        "At the cap of {limit} {counts} in {per_hours} h: {person} to the person, {address} to the"
        " address; waiting until {frees_at}.",
    ),
    ("cap", "suppress"): _Said(
        "已达上限:{per_hours}小时内最多{limit}次{counts},本人{person}次,该地址{address}次。",
        "At the cap of {limit} {counts} in {per_hours} h: {person} to the person,"
        " {address} to the address.",
    ),
    ("one_open_question", "pass"): _Said(
        "该号码没有其他未答的问题。", "No other question is open on the number."
    ),
    ("one_open_question", "defer"): _Said(
        "该号码还有另一个未答的问题,稍后再看。",
        "Another question is still open on the number; it is looked at again later.",
    ),
    ("rate", "pass"): _Said(
        "{channel}账号{account}还有发送余量。", "The {channel} account {account} has room."
    ),
    ("rate", "defer"): _Said(
        "{channel}账号{account}已达发送速率,等待{wait_seconds}秒,到{until}。",
        "The {channel} account {account} is at its rate; waiting {wait_seconds} s, until {until}.",
    ),
}

_UNBOUND = {
    "pause": _Said("暂停不限制这类联系。", "A pause does not hold back this kind of contact."),
    "window": _Said("时间段不限制这类联系。", "This kind of contact is not bound by hours."),
    "holiday": _Said("假日不限制这类联系。", "This kind of contact is not bound by holidays."),
    "blackout": _Said(
        "暂停联系的时段不限制这类联系。", "This kind of contact is not bound by blackouts."
    ),
    "cap": _Said("次数上限不限制这类联系。", "This kind of contact is not bound by this cap."),
    "one_open_question": _Said(
        "这类联系不会与未答的问题混淆。", "This kind of contact cannot be taken for a question."
    ),
}
_NO_SURVEY = _Said(
    "方案“{program}”不发送调查。", "Program “{program}” sends no survey after such closings."
)
_SUPERSEDED = _Said(
    "工单之后又有变化(重开、再次关闭、删除或合并),不再回访。",
    "The ticket went on since: reopened, closed again, deleted or merged.",
)
_NO_HOLIDAYS = _Said("没有设定要避开的公众假日。", "No public holidays are kept.")
_EVERYWHERE = _Said("所有地区", "all")
# What is said besides, when the facts hold the name that the sentence is about.
_BESIDES = {
    ("window", "apart"): _Said(
        "这些时区的允许时段没有重合:{apart}。",
        "The hours of these zones have nothing in common: {apart}.",
    ),
    ("window", "placeless"): _Said(
        "{placeless}常由不知道客户所在地的系统填写;如非本意,请让它不要填写时区。",
        "{placeless} is often written by systems that know no place; where it is not meant, have"
        " them leave the zone out.",
    ),
    ("window", "laws"): _Said("当地法规:{laws}。", "By law: {laws}."),
    ("program", "collect_only"): _Said(
        "只登记客户在别处给出的评价,我们不发送。",
        "We ask nobody: scores given elsewhere are handed in over the API.",
    ),
}
_VERDICTS = {
    "pass": _Said("规则“{rule}”通过。", "Rule “{rule}” has nothing against it."),
    "defer": _Said("规则“{rule}”要求等待。", "Rule “{rule}” asks to wait."),
    "suppress": _Said("规则“{rule}”不允许。", "Rule “{rule}” forbids it."),
}
_UNKNOWN = _Said("规则“{rule}”:{verdict}。", "Rule “{rule}”: {verdict}.")
_ABSENT = "–"
_INSTANTS = frozenset(
    {"at", "frees_at", "opens_at", "paused_until", "since", "until", "useful_until"}
)
_LOCAL = "local"  # on the clocks of the places where the customer may be


def say(rule: str, verdict: str, facts: Mapping[str, Any], locale: str, clock: tzinfo = UTC) -> str:
    """One sentence in Chinese for a `zh` locale, else in English; unknown rules have one too.

    A second one says what else narrows the hours. Instants are told on a `clock`, to the minute.
    """
    chinese = locale.lower().startswith("zh")
    words = _Words(
        {name: _word(name, _told(name, value, clock), chinese) for name, value in facts.items()}
    )
    words |= {"rule": rule, "verdict": verdict}
    if rule == "skip":
        words["skipped"] = _skipped(facts)
    if rule == "blackout" and not facts.get("regions"):
        words["regions"] = _EVERYWHERE.zh if chinese else _EVERYWHERE.en
    said = [_sentence(rule, verdict, facts)]
    said += [each for (about, name), each in _BESIDES.items() if about == rule and facts.get(name)]
    parts = [(each.zh if chinese else each.en).format_map(words) for each in said]
    return ("" if chinese else " ").join(parts)


def _sentence(rule: str, verdict: str, facts: Mapping[str, Any]) -> _Said:
    said = _SENTENCES.get((rule, verdict)) or _VERDICTS.get(verdict, _UNKNOWN)
    match rule, verdict:
        case _, "pass" if facts.get("bound") is False:
            return _UNBOUND.get(rule, said)
        case "holiday", "pass" if facts.get("countries") == []:
            return _NO_HOLIDAYS
        case "program", "suppress" if facts.get("program"):
            return _NO_SURVEY
        case "age", "suppress" if facts.get("superseded"):
            return _SUPERSEDED
        case _:
            return said


class _Words(dict[str, str]):
    """Facts in words; one that was not recorded is a dash."""

    def __missing__(self, name: str) -> str:
        return _ABSENT


def _word(name: str, value: object, chinese: bool) -> str:
    known = _NAMES[name].get(str(value)) if name in _NAMES else None
    if known is not None:
        return known.zh if chinese else known.en
    match value:
        case None | "" | []:
            return _ABSENT
        case float():
            return f"{value:.0%}" if name == "sampling" else f"{value:g}"
        case list() | tuple():
            return ("、" if chinese else ", ").join(str(item) for item in value)
        case _:
            return str(value)


def _told(name: str, value: object, clock: tzinfo) -> object:
    if name == _LOCAL and isinstance(value, list):
        return [_moment(each, None) for each in value]
    return _moment(value, clock) if name in _INSTANTS else value


def _moment(value: object, clock: tzinfo | None) -> object:
    """An instant to the minute, on its own clock for None; whatever else it may be as it is."""
    try:
        at = datetime.fromisoformat(str(value))
        there = at if clock is None else at.astimezone(clock)
    except (ValueError, OverflowError):  # an hour of the day, or a moment out of our reach
        return value
    offset = there.utcoffset()
    place = "" if offset is None else f" ({timezone(offset)})"
    return f"{there:%Y-%m-%d %H:%M}{place}"


def _skipped(facts: Mapping[str, Any]) -> str:
    """What it was skipped for: a tag goes before an agent's own ticket, before a reason."""
    if facts.get("tags"):
        return "tag " + ", ".join(str(tag) for tag in facts["tags"])
    if facts.get("own_ticket"):
        return "own ticket"
    if facts.get("domain"):
        return f"domain {facts['domain']}"
    return f"close_reason {facts.get('close_reason') or _ABSENT}"
