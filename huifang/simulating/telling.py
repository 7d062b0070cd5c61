"""Tells what came of events by one set of rules, and what another would change."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from channels.store import Who
from huifang.simulating.playing import Tally
from huifang.staff.naming import CHANNELS, REASONS, named

_SHOWN = 5  # customers named on a terminal
_WORDS: Mapping[str, tuple[str, str]] = {
    "closings": ("关闭的工单", "tickets closed"),
    "owed": ("应发调查", "surveys owed"),
    "collected": ("仅登记,不发送", "collected by others, never sent"),
    "people": ("联系的客户", "customers contacted"),
    "sent": ("发出", "contacts"),
    "again": ("其中提醒和换渠道", "of these reminders and next channels"),
    "segments": ("短信条数", "segments of SMS"),
    "busiest": ("最忙的一小时", "busiest hour"),
    "unearned": ("不应调查", "no survey owed"),
    "unsent": ("应发未发", "owed, never sent"),
    "put_off": ("推迟", "put off first"),
}
_NEWLY = ("新增联系", "newly contacted")
_NO_LONGER = ("不再联系", "no longer contacted")


def shown(tally: Tally, timezone: str) -> dict[str, Any]:
    """A tally as JSON; the hour on the centre's clock."""
    hour, busy = max(
        tally.hours.items(), key=lambda each: (each[1], -each[0].timestamp()), default=(None, 0)
    )
    return {
        "closings": tally.closings,
        "owed": tally.owed,
        "collected": tally.collected,
        "people": len(tally.people),
        "sent": {"all": tally.sent.total(), **_ordered(tally.sent)},
        "again": tally.again,
        "segments": tally.segments,
        "busiest": {"from": _local(hour, timezone), "contacts": busy},
        "unearned": _ordered(tally.unearned),
        "unsent": _ordered(tally.unsent),
        "put_off": _ordered(tally.put_off),
    }


def changed(tried: Tally, against: Tally) -> dict[str, Any]:
    """Whom the rules that are tried contact, and the others do not; and the other way round."""
    return {
        "newly": _names(tried.people - against.people),
        "no_longer": _names(against.people - tried.people),
    }


def lines(document: Mapping[str, Any], locale: str) -> Iterator[str]:
    """The document for a person: a line a figure, that of the rules compared with in brackets."""
    which = 0 if locale.startswith("zh") else 1
    tried, against = document["policy"], document.get("against")
    for name, words in _WORDS.items():
        before = None if against is None else against[name]
        yield from _figure(words[which], tried[name], before, locale)
    difference = document.get("difference", {})
    for name, words in (("newly", _NEWLY), ("no_longer", _NO_LONGER)) if difference else ():
        people = difference[name]
        some = ", ".join(each["customer"] for each in people[:_SHOWN])
        more = " …" if len(people) > _SHOWN else ""
        yield f"{words[which]}: {len(people)}" + (f" ({some}{more})" if people else "")


def _figure(words: str, now: Any, before: Any, locale: str) -> Iterator[str]:
    if not isinstance(now, dict):
        yield f"{words}: {now}" + ("" if before is None else f" [{before}]")
    elif "from" in now:
        said = [f"{each['from'] or '–'} × {each['contacts']}" for each in (now, before) if each]
        yield f"{words}: {said[0]}" + (f" [{said[1]}]" if before else "")
    else:
        yield f"{words}:"
        for name in now | (before or {}):
            known = named({**REASONS, **CHANNELS, "all": ("合计", "all")}, name, locale)
            there = "" if before is None else f" [{before.get(name, 0)}]"
            yield f"  {known}: {now.get(name, 0)}{there}"


def _ordered(counts: Counter[str]) -> dict[str, int]:
    return {
        str(name): n for name, n in sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    }


def _names(people: set[Who]) -> list[dict[str, str]]:
    return [{"source": source, "customer": customer} for source, customer in sorted(people)]


def _local(at: datetime | None, timezone: str) -> str | None:
    return None if at is None else at.astimezone(ZoneInfo(timezone)).isoformat(timespec="minutes")
