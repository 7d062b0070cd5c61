"""Loads everything an operator wrote, and reports every fault of it in one run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from huifang import catalogue
from huifang import rules as rulebook
from huifang import settings as environment
from huifang.rules import Rules
from huifang.settings import Settings
from kernel.faults import SettingsFault
from surveys.model import Survey


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Settings, rules, and the published surveys by id."""

    settings: Settings
    rules: Rules
    surveys: Mapping[str, Survey]


def load(environ: Mapping[str, str]) -> Configuration:
    """The configuration; SettingsFault with every fault of environment, rules and surveys."""
    faults: list[str] = []
    settings: Settings | None = None
    rules: Rules | None = None
    own: dict[str, str] = {}
    try:
        settings = environment.load(environ)
    except SettingsFault as fault:
        faults.extend(_new(fault, faults))
    folder: Path | None = None
    try:
        folder = environment.config_folder(environ)
    except SettingsFault as fault:
        faults.extend(_new(fault, faults))
    try:
        rules = rulebook.read(environment.config_text(folder), environ)
    except SettingsFault as fault:
        faults.extend(_new(fault, faults))
    try:
        own = environment.surveys_files(folder)
    except SettingsFault as fault:
        faults.extend(_new(fault, faults))
    surveys, wrong = catalogue.load(own)
    faults.extend(wrong)
    if rules is not None:
        faults.extend(
            f"huifang.yaml: programs: there is no survey {name!r}"
            for name in sorted(rules.surveys_named() - surveys.keys())
        )
    if faults or settings is None or rules is None:
        raise SettingsFault(faults)
    return Configuration(settings=settings, rules=rules, surveys=surveys)


def _new(fault: SettingsFault, known: Sequence[str]) -> list[str]:
    return [item for item in fault.faults if item not in known]
