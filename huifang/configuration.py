"""Loads everything an operator wrote, and reports every fault of it in one run."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from channels.zones import Zones, plausible
from huifang import catalogue
from huifang import rules as rulebook
from huifang import settings as environment
from huifang.exporting import shelf
from huifang.rules import Rules
from huifang.settings import Settings
from kernel.faults import SettingsFault
from scheduler.hours import apart, clock_text, zone
from surveys import tokens
from surveys.model import Survey
from surveys.remarks import remarks

_SECRETS = ("HUIFANG_SECRET_KEY", "HUIFANG_BOOTSTRAP_KEY")
_GUESSED = 16  # characters
_HALF_A_YEAR = timedelta(days=182)
_UTC = ZoneInfo("UTC")
_SHOWN = 4  # zones of one country


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Settings, rules, and the published surveys by id."""

    settings: Settings
    rules: Rules
    surveys: Mapping[str, Survey]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What stands in the operator's files; `rules` are the defaults where they have faults.

    `link` is one to a survey's page, as long as those that are sent.
    """

    rules: Rules
    surveys: Mapping[str, Survey]
    faults: tuple[str, ...]
    link: str

    def remarks(self) -> list[str]:
        """Advice on the surveys that are sent, and on those that were not shipped as they are."""
        shipped = catalogue.shipped()
        return [
            str(each)
            for name, survey in sorted(self.surveys.items())
            if name in _named(self.rules) or shipped.get(name) != survey
            for each in remarks(
                survey, self.rules.brand.name, self.rules.brand.signature, self.link
            )
        ]


def load(environ: Mapping[str, str]) -> Configuration:
    """The configuration; SettingsFault with every fault of environment, rules and surveys."""
    faults: list[str] = []
    settings: Settings | None = None
    try:
        settings = environment.load(environ)
    except SettingsFault as fault:
        faults.extend(fault.faults)
    found = written(environ)
    faults.extend(fault for fault in found.faults if fault not in faults)
    if faults or settings is None:
        raise SettingsFault(faults)
    return Configuration(settings=settings, rules=found.rules, surveys=found.surveys)


def written(environ: Mapping[str, str]) -> Written:
    """Rules and surveys with every fault of theirs; no other setting is needed."""
    faults: list[str] = []
    rules: Rules | None = None
    text: str | None = None
    folder: Path | None = None
    try:
        folder = environment.config_folder(environ)
    except SettingsFault as fault:
        faults.extend(_new(fault.faults, faults))
    try:
        text = environment.config_text(folder)
        rules = rulebook.read(text, environ)
    except SettingsFault as fault:
        faults.extend(_new(fault.faults, faults))
    own, unread = environment.surveys_files(folder)
    faults.extend(_new(unread, faults))
    in_force = rules or Rules()
    link = tokens.sample(environment.public_url(environ))
    surveys, wrong = catalogue.load(own, in_force.brand.signature, link)
    faults.extend(wrong)
    faulty = {fault.partition(":")[0] for fault in (*unread, *wrong)}
    faults.extend(
        f"{where}: {_missing(name, faulty, surveys)}"
        for where, name in rulebook.naming_surveys(text, environ)
        if name not in surveys
    )
    return Written(rules=in_force, surveys=surveys, faults=tuple(faults), link=link)


def advice(environ: Mapping[str, str], settings: Settings) -> list[str]:
    """What of the settings is no fault and yet hardly meant."""
    given = ((name, environ.get(name, "").split(",")) for name in _SECRETS)
    said = [
        f"{name}: so few characters are soon guessed; `openssl rand -hex 32` makes one"
        for name, items in given
        if any(0 < len(item.strip()) < _GUESSED for item in items)
    ]
    said += [
        f"{name}: there is no such setting, and nothing reads it" for name in settings.strangers
    ]
    if why := shelf.refusal(settings.exports):
        said.append(f"HUIFANG_EXPORTS: no export can be made: {why}")
    if settings.twilio is None and settings.smsc is None and settings.relay is None:
        said.append("nobody can be asked: neither SMS nor mail is configured")
    return said


def silenced(rules: Rules, settings: Settings, now: datetime) -> list[str]:
    """Windows that leave no hour to whom a system says to live by UTC where our customers are.

    Those are where the policy's own zone is, or else the service centre's, and where we send from.
    """
    policy = rules.policy
    windows = {"window": policy.window}
    windows |= {f"channels.{channel}": window for channel, window in policy.windows.items()}
    home = zone(policy.default_timezone or rules.centre.timezone)
    places = {(home,) if home else (), *map(_zones_of, _senders(settings))}
    found = {
        (name, window, tuple(each.key for each in against[:-1]))
        for name, window in windows.items()
        for place in places
        for at in (now, now + _HALF_A_YEAR)  # clocks are put forward and back
        if (against := apart(window, (*place, _UTC), at))[-1:] == (_UTC,)
    }
    return [
        f"policy.{name}: from {clock_text(window.opens)} until {clock_text(window.closes)} leaves "
        f"no hour in common to {', '.join(keys[:_SHOWN])} and UTC: customers there whose system "
        "writes UTC or GMT are left unasked; where it is not meant, have it leave the zone out"
        for name, window, keys in sorted(found, key=lambda each: (each[0], each[2]))
    ]


def _senders(settings: Settings) -> set[str]:
    """Every sender of texts and calls, numbers and names alike."""
    account, smsc = settings.twilio, settings.smsc
    by_country = (*(account.senders if account else ()), *(smsc.senders if smsc else ()))
    main = (account.sender,) if account and account.sender else ()
    return {*main, *(sender for _, sender in by_country)}


def _zones_of(sender: str) -> Zones:
    return plausible(None, sender, None, None)[0]


def _missing(name: str, faulty: Container[str], surveys: Mapping[str, Survey]) -> str:
    file = f"surveys/{name}.yaml"
    if file in faulty:
        return f"there is no survey {name!r} until the faults of {file} are mended"
    return f"there is no survey {name!r}; there are {', '.join(sorted(surveys))}"


def _named(rules: Rules) -> set[str]:
    """The surveys that are sent: by programs, and after a complaint."""
    recovery = rules.complaint_extras.recovery_survey
    return rules.surveys_named() | ({recovery} if recovery else set())


def _new(faults: Sequence[str], known: Sequence[str]) -> list[str]:
    return [item for item in faults if item not in known]
