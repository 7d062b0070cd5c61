"""Knows at what hours the law of a place lets people be called or texted."""

from dataclasses import dataclass
from functools import lru_cache

from channels.model import Channel
from scheduler.hours import Schedule, Span, parse_window

_CALLS = (Channel.VOICE,)
_CALLS_AND_TEXTS = (Channel.VOICE, Channel.SMS)
_ALL = (Channel.VOICE, Channel.SMS, Channel.EMAIL)

_UNITED_STATES = ("US", "AS", "GU", "MP", "PR", "VI")
_FRANCE = ("FR", "BL", "GF", "GP", "MF", "MQ", "PM", "RE", "YT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """Hours on the customer's wall clock beyond which a law allows no call or no text.

    `countries`: where it binds (ISO 3166); `region`: the one part of them (ISO 3166-2), or all.
    `hours`: `schedule` with the holidays of a country shut where the law says so. `second_hand`:
    the figures come from others' summaries, not from the text of the law.
    """

    id: str
    countries: tuple[str, ...]
    channels: tuple[Channel, ...]
    hours: Schedule
    source: str
    region: str | None = None
    second_hand: bool = False


def _day(text: str) -> tuple[Span, ...]:
    """The spans of a day from `10:00-13:00 14:00-20:00`; the empty text is a day of rest."""
    windows = (parse_window(*span.split("-")) for span in text.split())
    return tuple((window.opens, window.closes) for window in windows)


def _week(weekdays: str, saturday: str = "", sunday: str = "", *, rest: str = "") -> Schedule:
    """Hours of Monday to Friday, of Saturday and of Sunday; `rest`: whose holidays are shut."""
    days = (*(_day(weekdays),) * 5, _day(saturday), _day(sunday))
    return Schedule(week=days, holidays=(rest,) if rest else ())


def _daily(hours: str) -> Schedule:
    return _week(hours, hours, hours)


def _state(region: str, source: str, hours: Schedule) -> Law:
    """A state of the United States: none of their texts was at hand, summaries of them were."""
    return Law(
        id=region.lower(),
        countries=("US",),
        region=region,
        channels=_CALLS_AND_TEXTS,
        hours=hours,
        source=source,
        second_hand=True,
    )


_UNTIL_EIGHT = _daily("08:00-20:00")
_NO_SUNDAYS = _week("08:00-20:00", "08:00-20:00", rest="US")

LAWS: tuple[Law, ...] = (
    Law(
        id="ae",
        countries=("AE",),
        channels=_CALLS_AND_TEXTS,
        hours=_daily("09:00-18:00"),
        source="Cabinet Resolution No. 56 of 2024 on telemarketing",
        second_hand=True,
    ),
    Law(
        id="au",
        countries=("AU", "CC", "CX"),
        channels=_CALLS,
        hours=_week("09:00-20:00", "09:00-17:00", rest="AU"),
        source="Telecommunications (Telemarketing and Research Calls) Industry Standard 2017",
        second_hand=True,
    ),
    Law(
        id="br",
        countries=("BR",),
        channels=_CALLS,
        hours=_week("09:00-21:00", "10:00-16:00", rest="BR"),
        source="Código de Conduta para Ofertas de Serviços de Telecomunicações, 2019",
        second_hand=True,
    ),
    Law(
        id="ca",
        countries=("CA",),
        channels=_CALLS,
        hours=_week("09:00-21:30", "10:00-18:00", "10:00-18:00"),
        source="Unsolicited Telecommunications Rules, Telecom Decision CRTC 2007-48",
        second_hand=True,
    ),
    Law(
        id="co",
        countries=("CO",),
        channels=_ALL,
        hours=_week("07:00-19:00", "08:00-15:00", rest="CO"),
        source="Ley 2300 de 2023, artículo 3",
        second_hand=True,
    ),
    Law(
        id="es",
        countries=("ES",),
        channels=_CALLS,
        hours=_week("09:00-21:00", rest="ES"),
        source="Real Decreto Legislativo 1/2007, artículo 96.2",
    ),
    Law(
        id="fr",
        countries=_FRANCE,
        channels=_CALLS,
        hours=_week("10:00-13:00 14:00-20:00", rest="FR"),
        source="Code de la consommation, art. D. 223-9 (décret n° 2022-1313)",
    ),
    Law(
        id="in",
        countries=("IN",),
        channels=_CALLS_AND_TEXTS,
        hours=_daily("10:00-21:00"),
        source="Telecom Commercial Communications Customer Preference Regulations, 2018",
        second_hand=True,
    ),
    Law(
        id="it",
        countries=("IT", "VA"),
        channels=_CALLS,
        hours=_week("09:00-20:00", "10:00-19:00", rest="IT"),
        source="Codice di condotta telemarketing, Garante, provvedimento n. 148 del 7 marzo 2024",
        second_hand=True,
    ),
    Law(
        id="kr",
        countries=("KR",),
        channels=_CALLS_AND_TEXTS,
        hours=_daily("08:00-21:00"),
        source="Act on Promotion of Information and Communications Network Utilization, art. 50(3)",
        second_hand=True,
    ),
    Law(
        id="pt",
        countries=("PT",),
        channels=_CALLS,
        hours=_daily("09:00-22:00"),
        source="Decreto-Lei n.º 134/2009",
        second_hand=True,
    ),
    Law(
        id="us",
        countries=_UNITED_STATES,
        channels=_CALLS_AND_TEXTS,
        hours=_daily("08:00-21:00"),
        source="47 CFR 64.1200(c)(1)",
    ),
    _state("US-AL", "Ala. Code § 8-19A-1 et seq.", _NO_SUNDAYS),
    _state("US-CT", "Conn. Gen. Stat. § 42-288a", _daily("09:00-20:00")),
    _state("US-FL", "Fla. Stat. § 501.616(6)", _UNTIL_EIGHT),
    _state("US-KY", "Ky. Rev. Stat. § 367.46955", _daily("10:00-21:00")),
    _state("US-LA", "La. Rev. Stat. § 45:844.11 et seq.", _NO_SUNDAYS),
    _state("US-MA", "Mass. Gen. Laws ch. 159C, § 3", _UNTIL_EIGHT),
    _state("US-MD", "Md. Code, Com. Law § 14-4504", _UNTIL_EIGHT),
    _state("US-MI", "Mich. Comp. Laws § 445.111 et seq.", _daily("09:00-21:00")),
    _state("US-MN", "Minn. Stat. § 325E.30", _daily("09:00-21:00")),
    _state("US-MS", "Miss. Code § 77-3-701 et seq.", _week("08:00-20:00", "08:00-20:00")),
    _state("US-NM", "N.M. Stat. § 57-12-22", _daily("09:00-21:00")),
    _state("US-NV", "Nev. Rev. Stat. ch. 599B", _daily("09:00-20:00")),
    _state("US-OK", "Okla. Stat. tit. 15, § 775C.4", _UNTIL_EIGHT),
    _state("US-RI", "R.I. Gen. Laws § 5-61-3.6", _week("09:00-18:00", "10:00-17:00", rest="US")),
    _state(
        "US-TX",
        "Tex. Bus. & Com. Code § 301.051",
        _week("09:00-21:00", "09:00-21:00", "12:00-21:00"),
    ),
    _state("US-WA", "Wash. Rev. Code § 80.36.390", _UNTIL_EIGHT),
)
"""What `legal_windows` puts in force: rules on calls that sell, kept here for every contact."""


@lru_cache(maxsize=1024)
def binding(countries: tuple[str, ...], region: str | None, channel: Channel) -> tuple[Law, ...]:
    """The laws that bind a contact; `region` is an ISO 3166-2 code we know, or None.

    Where a country's part is unknown, the laws of all its parts bind together.
    """
    return tuple(
        law
        for law in LAWS
        if channel in law.channels
        and not set(countries).isdisjoint(law.countries)
        and (law.region is None or not _elsewhere(law.region, region))
    )


def _elsewhere(part: str, region: str | None) -> bool:
    """Whether a region is another part of the same country."""
    country = part.partition("-")[0]
    return region is not None and region != part and region.startswith(f"{country}-")
