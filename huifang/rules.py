"""Reads `huifang.yaml`, and tells every fault of it in one run."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from callbacks.model import ComplaintRules, Opening
from callbacks.promises.model import CallbackRules
from channels import terms
from channels.model import Channel
from channels.render import Brand
from huifang.content import version
from huifang.ruleschema import RulesSchema
from huifang.ruleterms import (
    RATES,
    WEEKDAYS,
    Agent,
    Centre,
    ComplaintExtras,
    DeskRules,
    PersonRole,
    ReportRule,
    Retention,
    Targets,
)
from kernel.addresses import email
from kernel.faults import SettingsFault
from scheduler.hours import Schedule, Span, Window, clock_text, parse_window
from scheduler.rates import Rate
from surveys.blueprint import flat
from surveys.programs import Program
from surveys.source import Path, parse

FILE = "huifang.yaml"

_ENV = "env:"
_RECOVERY = "recovery_survey"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_NO_MAPPING = "must be a mapping of brand, centre, people, programs, policy and so on"


def _people() -> dict[str, PersonRole]:
    return {"team_lead": PersonRole(), "manager": PersonRole()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The operator's rules: what `huifang.yaml` says, and the contract's default for the rest.

    `policy` is what the contact policy is asked with; `complaints` and `callbacks` hold the
    centre's hours too. `targets` are read and take effect in a later version.
    `useful_until`: a first send that late is dropped. `rates`: a channel without one has no limit.
    `version` names the content: decisions and the journal say by which rules they were taken.
    """

    brand: Brand = field(default_factory=Brand)
    centre: Centre = field(default_factory=Centre)
    people: Mapping[str, PersonRole] = field(default_factory=_people)
    agents: tuple[Agent, ...] = ()
    targets: Targets = field(default_factory=Targets)
    desks: Mapping[str, DeskRules] = field(default_factory=dict)
    programs: tuple[Program, ...] = (Program(id="default"),)
    policy: terms.Rules = terms.DEFAULT
    rates: Mapping[Channel, Rate] = field(default_factory=lambda: RATES)
    useful_until: timedelta = timedelta(days=7)
    complaints: ComplaintRules = field(default_factory=ComplaintRules)
    complaint_extras: ComplaintExtras = field(default_factory=ComplaintExtras)
    callbacks: CallbackRules = field(default_factory=CallbackRules)
    retention: Retention = field(default_factory=Retention)
    reports: tuple[ReportRule, ...] = ()
    version: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "version", version(self))

    def surveys_named(self) -> set[str]:
        """The ids of the surveys that programs send; whether they exist is not known here."""
        return {each.survey for each in self.programs if each.survey is not None}

    def agent_names(self) -> dict[str, str]:
        """What the agents are called, by id, where it is known."""
        return {each.id: each.name for each in self.agents if each.name}

    def agent_addresses(self) -> dict[str, tuple[str, ...]]:
        """The mailbox and number of agents, by id, as far as they are known."""
        return {each.id: tuple(filter(None, (each.email, each.phone))) for each in self.agents}


def read(text: str | None, environ: Mapping[str, str]) -> Rules:
    """The rules of a text; None, and a text that says nothing, are the defaults.

    A string `env:NAME` anywhere is the variable of that name in `environ`. SettingsFault with
    every fault, by line: `huifang.yaml:LINE: path.to.key: reason`; none quotes a secret.
    """
    if text is None or _says_nothing(text):
        return Rules()
    source = parse(text)
    found = [(fault.line, fault.reason) for fault in source.faults]
    if source.data is None and not found:
        return Rules()
    filled = _Filled(environ)
    data = filled.value(source.data, ())
    found += [(source.line(path), _told(path, reason)) for path, reason in filled.faults]
    if source.data is not None:
        missing = {path for path, _ in filled.faults}
        found += [
            (source.line(path), _told(path, reason))
            for path, reason in _faults(data)
            if path not in missing
        ]
    if found:
        raise SettingsFault([f"{FILE}:{line}: {reason}" for line, reason in sorted(set(found))])
    return _rules(RulesSchema().load(data))


def naming_surveys(text: str | None, environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """Where a text names a survey, `huifang.yaml:LINE: path.to.key`, and which; total.

    What a text leaves unsaid names surveys that are shipped.
    """
    source = parse(text or "")
    data = _Filled(environ).value(source.data, ())
    found: list[tuple[Path, object]] = [
        (("programs", index, "survey"), entry.get("survey"))
        for index, entry in _entries(data, ("programs",))
    ]
    found.append((("complaints", _RECOVERY), _block(data, "complaints").get(_RECOVERY)))
    return [
        (f"{FILE}:{source.line(path)}: {'.'.join(map(str, path))}", name)
        for path, name in sorted(found, key=lambda each: source.line(each[0]))
        if isinstance(name, str)
    ]


def _says_nothing(text: str) -> bool:
    lines = (line.strip() for line in text.splitlines())
    return all(not line or line.startswith("#") for line in lines)


def _told(path: Path, reason: str) -> str:
    where = ".".join(str(part) for part in path)
    return f"{where}: {reason}" if where else reason


class _Filled:
    """Puts variables in the place of `env:NAME`; `faults` are those that are not set."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given
        self.faults: list[tuple[Path, str]] = []

    def value(self, value: Any, path: Path) -> Any:
        match value:
            case dict():
                return {key: self.value(each, (*path, key)) for key, each in value.items()}
            case list():
                return [self.value(each, (*path, index)) for index, each in enumerate(value)]
            case str() if value.startswith(_ENV):
                return self._variable(value.removeprefix(_ENV), path)
            case _:
                return value

    def _variable(self, name: str, path: Path) -> str:
        text = self._given.get(name, "").strip()
        if not _NAME.fullmatch(name):
            self.faults.append((path, "env: is followed by the name of a variable"))
        elif not text:
            self.faults.append((path, f"the variable {name} is not set"))
        return text


def _faults(data: Any) -> list[tuple[Path, str]]:
    if not isinstance(data, dict):
        return [((), _NO_MAPPING)]
    return [
        *flat(RulesSchema().validate(data)),
        *_windows(_block(data, "policy")),
        *_twice(data, ("programs",)),
        *_twice(data, ("agents",)),
        *_twice(data, ("complaints", "classes")),
        *_twice(data, ("reports",)),
        *_escalations(data),
        *_readers(data),
    ]


# What follows judges how parts fit together, in data that may be wrong in any other way: so that
# all faults are told at once.


def _block(data: Any, name: str) -> dict[str, Any]:
    block = data.get(name) if isinstance(data, dict) else None
    return block if isinstance(block, dict) else {}


def _entries(data: Any, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for part in path:
        data = data.get(part) if isinstance(data, dict) else None
    for index, entry in enumerate(data if isinstance(data, list) else ()):
        if isinstance(entry, dict):
            yield index, entry


def _twice(data: Any, path: Path) -> Iterator[tuple[Path, str]]:
    seen: set[str] = set()
    for index, entry in _entries(data, path):
        id_ = entry.get("id")
        if isinstance(id_, str) and id_ in seen:
            yield (*path, index, "id"), "is taken already"
        elif isinstance(id_, str):
            seen.add(id_)


def _windows(block: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    general = _block(block, "window")
    yield from _window(general, {}, ("policy", "window"))
    beside = _block(block, "channels")
    for channel in _block(general, "channels"):
        if channel in beside:
            reason = f"stands under policy.channels.{channel} too: say it in one of the two places"
            yield ("policy", "window", "channels", channel), reason
    for path, holder in ((("window",), general), ((), block)):
        for channel, given in _block(holder, "channels").items():
            if isinstance(given, dict):
                yield from _window(given, general, ("policy", *path, "channels", channel))


def _window(
    given: Mapping[str, Any], general: Mapping[str, Any], path: Path
) -> Iterator[tuple[Path, str]]:
    ends = _ends(given, general)
    if given and all(isinstance(end, str) for end in ends):
        try:
            parse_window(*ends)
        except ValueError as fault:
            yield path, str(fault)


def _ends(given: Mapping[str, Any], general: Mapping[str, Any]) -> tuple[Any, Any]:
    """What is not said of a channel's window is the general one's, and then the default's."""
    usual = terms.DEFAULT.window
    default = {"from": clock_text(usual.opens), "until": clock_text(usual.closes)}
    merged = {**default, **general, **given}
    return merged["from"], merged["until"]


def _escalations(data: Any) -> Iterator[tuple[Path, str]]:
    known = {*_people(), *_block(data, "people")}
    for index, entry in _entries(data, ("complaints", "classes")):
        roles = entry.get("escalate_to")
        for place, role in enumerate(roles if isinstance(roles, list) else ()):
            if isinstance(role, str) and role not in known:
                path: Path = ("complaints", "classes", index, "escalate_to", place)
                yield path, "people: has no such role"


def _readers(data: Any) -> Iterator[tuple[Path, str]]:
    known = {*_people(), *_block(data, "people"), *_ids(data, "agents")}
    programs = _ids(data, "programs") or {"default"}
    for index, entry in _entries(data, ("reports",)):
        to, program = entry.get("to"), entry.get("program")
        for place, reader in enumerate(to if isinstance(to, list) else ()):
            if isinstance(reader, str) and reader not in known and email(reader) is None:
                reason = "is no role of people:, no agent's id and no mailbox"
                yield ("reports", index, "to", place), reason
        if isinstance(program, str) and program not in programs:
            yield ("reports", index, "program"), "programs: has no such id"


def _ids(data: Any, block: str) -> set[str]:
    ids = (entry.get("id") for _, entry in _entries(data, (block,)))
    return {id_ for id_ in ids if isinstance(id_, str)}


def _rules(given: Mapping[str, Any]) -> Rules:
    plain = {
        name: block
        for name, block in given.items()
        if name not in {"people", "policy", "complaints", "callbacks"}
    }
    block = given.get("policy", {})
    complaints = given.get("complaints", {})
    opening = _opening(given.get("centre", Centre()))
    return Rules(
        **plain,
        people=_people() | given.get("people", {}),
        policy=_policy(block),
        rates=_rates(block.get("rates", {})),
        complaints=_complaints(complaints, opening),
        callbacks=replace(given.get("callbacks", CallbackRules()), opening=opening),
        complaint_extras=ComplaintExtras(**_only(complaints, _RECOVERY)),
        **_only(block, "useful_until"),
    )


def _only(block: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: block[name] for name in names if name in block}


def _policy(block: Mapping[str, Any]) -> terms.Rules:
    general = _said(block.get("window", {}))
    # A channel's own stands beside the usual one, or within it: people read the page both ways.
    own = {**_block(general, "channels"), **_block(block, "channels")}
    windows = {
        Channel(channel): parse_window(*_ends(_said(given), general))
        for channel, given in own.items()
    }
    return replace(
        terms.DEFAULT,
        window=parse_window(*_ends(general, {})),
        windows=windows,
        **_only(block, "caps", "on_cap", "default_timezone"),
        **_only(block, "legal_windows", "holidays", "blackouts"),
    )


def _said(window: Mapping[str, Any]) -> dict[str, Any]:
    return {key.rstrip("_"): value for key, value in window.items()}


def _rates(given: Mapping[Channel, Rate | None]) -> dict[Channel, Rate]:
    return {channel: rate for channel, rate in {**RATES, **given}.items() if rate is not None}


def _complaints(block: Mapping[str, Any], opening: Opening) -> ComplaintRules:
    given = _only(block, "reopen", "max_reopens", "per", "classes", "capacity")
    return ComplaintRules(**given, opening=opening)


def _opening(centre: Centre) -> Opening:
    week = tuple(_spans(centre.hours.get(day)) for day in range(len(WEEKDAYS)))
    return Opening(hours=Schedule(week=week, holidays=centre.holidays), timezone=centre.timezone)


def _spans(window: Window | None) -> tuple[Span, ...]:
    return () if window is None else ((window.opens, window.closes),)
