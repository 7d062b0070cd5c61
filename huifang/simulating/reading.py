"""Reads the rules that are tried, and the events that they are tried on."""

import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from huifang import catalogue
from huifang import rules as rulebook
from huifang import settings as environment
from huifang.rules import Rules
from kernel.engine import Database
from kernel.faults import SettingsFault
from kernel.vault import Vault
from surveys import tokens
from surveys.model import Survey
from tickets import store as tickets
from tickets.intake import read_event
from tickets.model import Event, Refused

_PART = 2_000  # events read in one go
_DAYS = 7
_BEGIN = datetime(2026, 11, 2, tzinfo=UTC)  # a Monday: what is made up is always the same
MADE_UP_UNTIL = _BEGIN + timedelta(days=_DAYS)
_CATEGORIES = ("broadband_fault", "billing", "mobile_signal", "move")
_REGIONS = ("CN-JX", "CN-GD", "CN-ZJ", "CN-SC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """Rules and surveys that are tried; `link` is as long as those that are sent."""

    rules: Rules
    surveys: Mapping[str, Survey]
    link: str


def tried(path: Path, environ: Mapping[str, str]) -> Tried:
    """What a `huifang.yaml` says, with the surveys in the folder `surveys` beside it.

    SettingsFault with every fault; OSError where the file cannot be read.
    """
    text = _decoded(path.read_bytes(), str(path))
    rules = Rules()
    wrong_rules: Sequence[str] = ()
    try:
        rules = rulebook.read(text, environ)
    except SettingsFault as fault:
        wrong_rules = fault.faults
    own, unread = environment.surveys_files(path.parent)
    link = tokens.sample(environment.public_url(environ))
    surveys, wrong = catalogue.load(own, rules.brand.signature, link)
    absent = (
        f"{where}: there is no survey {name!r}; there are {', '.join(sorted(surveys))}"
        for where, name in rulebook.naming_surveys(text, environ)
        if name not in surveys
    )
    if found := [*wrong_rules, *unread, *wrong, *absent]:
        raise SettingsFault(found)
    return Tried(rules=rules, surveys=surveys, link=link)


def documents(raw: bytes, name: str) -> Iterator[tuple[int, object]]:
    """CloudEvents, one a line or all in one list, each with its line or place.

    A line that is no JSON is told as such; SettingsFault where nothing in it can be read.
    """
    text = _decoded(raw, name)
    if text.lstrip().startswith("["):
        try:
            listed = json.loads(text)
        except (ValueError, RecursionError) as fault:
            raise SettingsFault([f"{name}: is a list that is no JSON: {fault}"]) from None
        yield from enumerate(listed, start=1)
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                yield number, None


def _decoded(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        said = f"{name}: is no UTF-8: byte {fault.start + 1}; save it as UTF-8"
        raise SettingsFault([said]) from None


async def recorded(database: Database, vault: Vault, since: datetime) -> list[tuple[int, object]]:
    """The events that the service was told since, as far as they are kept; their order is none."""
    found: list[tuple[int, object]] = []
    last = ("", "")
    async with database.read() as conn:
        while part := await tickets.events_after(conn, last, since, _PART):
            texts = await tickets.payloads(conn, vault, part)
            found += [
                (len(found) + place, json.loads(texts[key])) for place, key in enumerate(texts, 1)
            ]
            last = part[-1]
    return found


def events(
    found: Iterable[tuple[int, object]], now: datetime
) -> tuple[list[Event], list[tuple[int, str]]]:
    """The events in the order of their times, each told once; and what cannot be used, and why."""
    told: dict[tuple[str, str], Event] = {}
    refused: list[tuple[int, str]] = []
    for number, document in found:
        event = read_event(document, now)
        if isinstance(event, Refused):
            refused.append(
                (number, f"{event.path}: {event.reason}" if event.path else event.reason)
            )
        else:
            told.setdefault((event.envelope.source, event.envelope.id), event)
    return sorted(told.values(), key=lambda event: event.envelope.time), refused


def made_up(number: int) -> Iterator[tuple[int, object]]:
    """So many closings of a week, the same each time: by day, some of customers met before."""
    dice = random.Random(0)
    moments = sorted(_moment(dice) for _ in range(number))
    for place, at in enumerate(moments, start=1):
        yield place, _closing(dice, place, dice.randrange(max(1, number * 7 // 10)), at)


def _moment(dice: random.Random) -> datetime:
    # By the clock of Shanghai most are closed from nine to six.
    hour = min(23.9, max(0.0, dice.gauss(14, 3)))
    return _BEGIN + timedelta(days=dice.randrange(_DAYS), hours=hour - 8)


def _closing(dice: random.Random, place: int, who: int, at: datetime) -> dict[str, Any]:
    customer: dict[str, Any] = {
        "id": f"C-{who}",
        "phone": f"+86138{who % 100_000_000:08}",
        "locale": "zh-CN",
        "tier": "vip" if who % 20 == 0 else "standard",
    }
    if who % 5:
        customer["timezone"] = "Asia/Shanghai"
    if who % 3 == 0:
        customer["email"] = f"c{who}@example.com"
    ticket = {
        "id": f"T-{place}",
        "category": dice.choice(_CATEGORIES),
        "region": dice.choice(_REGIONS),
        "closed_at": at.isoformat(),
        "close_reason": "inactivity" if dice.random() < 0.1 else "resolved",
        "tags": ["spam"] if dice.random() < 0.02 else [],
    }
    return {
        "specversion": "1.0",
        "id": f"made-up-{place}",
        "source": "/simulated",
        "type": "ticket.closed",
        "time": at.isoformat(),
        "data": {"ticket": ticket, "customer": customer},
    }
