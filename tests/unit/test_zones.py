"""Where a person may be living, by number, region and wish, in thirty countries and more."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import phonenumbers
import pytest

from channels.model import Address, Channel, MessageClass, Person
from channels.places import ZONES, part_of
from channels.policy import DEFAULT, Facts, Never, Reach, Rules, SendNow, decide
from channels.zones import countries, plausible
from scheduler.hours import Window, zone

# A number, its country, and every zone that its holder may plausibly keep.
NUMBERS = [
    ("+8613800138000", "CN", {"Asia/Shanghai"}),
    ("+85251234567", "HK", {"Asia/Hong_Kong"}),
    ("+886912345678", "TW", {"Asia/Taipei"}),
    ("+819012345678", "JP", {"Asia/Tokyo"}),
    ("+821012345678", "KR", {"Asia/Seoul"}),
    ("+919876543210", "IN", {"Asia/Kolkata"}),
    ("+6591234567", "SG", {"Asia/Singapore"}),
    ("+60123456789", "MY", {"Asia/Kuala_Lumpur"}),
    ("+66812345678", "TH", {"Asia/Bangkok"}),
    ("+84912345678", "VN", {"Asia/Ho_Chi_Minh"}),
    ("+639171234567", "PH", {"Asia/Manila"}),
    ("+971501234567", "AE", {"Asia/Dubai"}),
    ("+9779841234567", "NP", {"Asia/Kathmandu"}),
    ("+491701234567", "DE", {"Europe/Berlin"}),
    ("+33612345678", "FR", {"Europe/Paris"}),
    ("+447400123456", "GB", {"Europe/London"}),
    ("+34612345678", "ES", {"Europe/Madrid", "Atlantic/Canary"}),
    ("+351912345678", "PT", {"Europe/Lisbon", "Atlantic/Azores"}),
    ("+393123456789", "IT", {"Europe/Rome"}),
    ("+41791234567", "CH", {"Europe/Zurich"}),
    ("+46701234567", "SE", {"Europe/Stockholm"}),
    ("+48601234567", "PL", {"Europe/Warsaw"}),
    ("+905321234567", "TR", {"Europe/Istanbul"}),
    ("+79161234567", "RU", {"Europe/Moscow", "Asia/Vladivostok", "Asia/Kamchatka"}),
    ("+77011234567", "KZ", {"Asia/Almaty"}),
    ("+12125550143", "US", {"America/New_York"}),
    ("+14155552671", "US", {"America/Los_Angeles"}),
    ("+12085551234", "US", {"America/Boise", "America/Los_Angeles"}),
    ("+18005551234", "US", {"America/New_York", "America/Adak"}),
    ("+14165550123", "CA", {"America/Toronto"}),
    ("+17095551234", "CA", {"America/St_Johns", "America/Halifax"}),
    ("+525512345678", "MX", {"America/Mexico_City"}),
    ("+5511987654321", "BR", {"America/Sao_Paulo"}),
    ("+5592987654321", "BR", {"America/Manaus"}),
    ("+56221234567", "CL", {"America/Santiago"}),
    ("+593991234567", "EC", {"America/Guayaquil", "Pacific/Galapagos"}),
    ("+61412345678", "AU", {"Australia/Sydney", "Australia/Perth", "Australia/Lord_Howe"}),
    ("+61291234567", "AU", {"Australia/Sydney"}),
    ("+64211234567", "NZ", {"Pacific/Auckland", "Pacific/Chatham"}),
    ("+27821234567", "ZA", {"Africa/Johannesburg"}),
    ("+2348031234567", "NG", {"Africa/Lagos"}),
    ("+243812345678", "CD", {"Africa/Kinshasa", "Africa/Lubumbashi"}),
]
NOON_IN_UTC = datetime(2026, 11, 24, 12, tzinfo=UTC)


def _names(zones: tuple[ZoneInfo, ...]) -> set[str]:
    return {place.key for place in zones}


def _clocks(zones: Iterable[ZoneInfo]) -> set[object]:
    return {NOON_IN_UTC.astimezone(place).utcoffset() for place in zones}


def _verdict(
    phone: str,
    at: datetime,
    region: str | None = None,
    timezone: str = "Nowhere/Land",
    rules: Rules = DEFAULT,
) -> object:
    reach = Reach(address=Address(channel=Channel.SMS, value=phone, index=b"x"))
    facts = Facts(
        message_class=MessageClass.INVITATION,
        person=Person(source="/t", id="C", region=region, timezone=timezone),
        wanted=(Channel.SMS,),
        reachable={Channel.SMS: reach},
    )
    return decide(facts, rules, at)


def test_the_numbers_are_of_thirty_countries() -> None:
    assert len({country for _, country, _ in NUMBERS}) >= 30


@pytest.mark.parametrize(("phone", "country", "zones"), NUMBERS)
def test_a_number_tells_its_country_and_every_zone_of_it_or_of_the_place(
    phone: str, country: str, zones: set[str]
) -> None:
    found, source = plausible(None, phone, None, None)
    assert source == "number"
    # A clock has several names, and the library may know it by another.
    assert _clocks(found) >= _clocks(ZoneInfo(name) for name in zones)
    assert countries(phone, None) == (country,)


@pytest.mark.parametrize(("phone", "country", "zones"), NUMBERS)
def test_whoever_is_sent_to_is_within_the_hours_of_every_plausible_zone(
    phone: str, country: str, zones: set[str]
) -> None:
    found, _ = plausible(None, phone, None, None)
    kept = [ZoneInfo(name) for name in zones]
    for hour in range(24):
        at = NOON_IN_UTC.replace(hour=hour)
        if isinstance(_verdict(phone, at), SendNow):
            for place in (*found, *kept):
                assert 9 <= at.astimezone(place).hour < 20, country


def test_zones_twelve_hours_apart_leave_no_hour_and_nobody_is_asked_at_night() -> None:
    reach = Reach(address=Address(channel=Channel.SMS, value="+79161234567", index=b"x"))
    facts = Facts(
        message_class=MessageClass.INVITATION,
        person=Person(source="/t", id="C", region="US-HI"),
        wanted=(Channel.SMS,),
        reachable={Channel.SMS: reach},
    )
    verdict = decide(facts, DEFAULT, NOON_IN_UTC)
    assert isinstance(verdict, Never)
    assert verdict.reason == "empty_window"


@pytest.mark.parametrize("broken", [None, "", "Beijing", "'Asia/Shanghai'", "UTC+8", "../x"])
def test_a_broken_zone_is_as_good_as_none(broken: str | None) -> None:
    assert plausible(broken, "+8613800138000", None, None) == plausible(
        None, "+8613800138000", None, None
    )


@pytest.mark.parametrize("nowhere", ["UTC", "GMT", "Etc/UTC", "Zulu"])
def test_utc_which_systems_write_that_know_no_place_narrows_and_decides_nothing(
    nowhere: str,
) -> None:
    own = ZoneInfo(nowhere)
    china, region, default = "+8613800138000", "US-NY", "Asia/Tokyo"
    for known in ((china, None, None), (None, region, None), (None, None, default)):
        found, source = plausible(None, *known)
        assert found
        assert plausible(nowhere, *known) == ((*found, own), source)
    assert plausible(nowhere, None, None, None) == ((own,), "customer")


def test_who_is_said_to_live_by_utc_is_asked_when_it_is_day_there_and_by_the_number() -> None:
    times = [NOON_IN_UTC.replace(hour=hour) for hour in range(24)]
    verdicts = [_verdict("+8613800138000", at, timezone="UTC") for at in times]
    asked = [at.hour for at, said in zip(times, verdicts, strict=True) if isinstance(said, SendNow)]
    assert asked == [9, 10, 11]  # from 09:00 in UTC until 20:00 in Shanghai


@pytest.mark.parametrize(
    ("phone", "hours", "zones"),
    [
        ("+8613800138000", (10, 18), ["Asia/Shanghai", "UTC"]),
        ("+64211234567", (9, 20), ["Pacific/Auckland", "UTC"]),
        ("+64211234567", (9, 9), []),  # no window at all: it is not for the zones
    ],
)
def test_whom_utc_leaves_no_hour_is_never_asked_and_the_reason_names_the_zones(
    phone: str, hours: tuple[int, int], zones: list[str]
) -> None:
    opens, closes = (hour * 60 for hour in hours)
    rules = replace(DEFAULT, window=Window(opens=opens, closes=closes))
    verdict = _verdict(phone, NOON_IN_UTC, timezone="UTC", rules=rules)
    assert isinstance(verdict, Never)
    assert verdict.reason == "empty_window"
    [seen] = [asked.facts for asked in verdict.trace if asked.rule == "window"]
    assert set(seen["apart"]) >= set(zones)
    assert bool(seen["apart"]) is bool(zones)
    assert seen["placeless"] == zones[1:]


@pytest.mark.parametrize("place", ["Europe/London", "Africa/Abidjan", "Etc/GMT-8", "Etc/GMT+0"])
def test_a_clock_that_shows_utc_somewhere_is_taken_at_its_word(place: str) -> None:
    assert plausible(place, "+8613800138000", None, None) == ((ZoneInfo(place),), "customer")


def test_the_customers_own_zone_wins_even_over_a_number_of_another_country() -> None:
    found = plausible("America/New_York", "+8613800138000", "AU-WA", "Asia/Tokyo")
    assert found == ((ZoneInfo("America/New_York"),), "customer")


@pytest.mark.parametrize("phone", [None, "", "x", "+870773111632"])
def test_the_default_stands_in_where_number_and_region_tell_nothing(phone: str | None) -> None:
    found = plausible("nonsense", phone, "JX", "Asia/Tokyo")
    assert found == ((ZoneInfo("Asia/Tokyo"),), "default")


@pytest.mark.parametrize(
    ("phone", "region", "default"),
    [
        ("+18005551234", None, "America/New_York"),
        ("+61412345678", None, "Australia/Sydney"),
        ("+61412345678", "AU-WA", "Australia/Perth"),
        (None, "US-FL", "America/Chicago"),
        ("+870773111632", "US-FL", "America/Chicago"),
    ],
)
def test_the_default_is_taken_where_it_is_one_of_the_plausible_zones(
    phone: str | None, region: str | None, default: str
) -> None:
    assert plausible(None, phone, region, default) == ((ZoneInfo(default),), "default")


@pytest.mark.parametrize(
    ("phone", "region"),
    [
        ("+12125550143", None),
        ("+61412345678", "AU-WA"),
        (None, "US-FL"),
        ("+8613800138000", "US-FL"),
        ("+870773111632", "US-FL"),
    ],
)
@pytest.mark.parametrize("default", ["Asia/Tokyo", "Australia/Sydney", "Europe/Paris"])
def test_the_default_never_makes_hours_wider(
    phone: str | None, region: str | None, default: str
) -> None:
    assert plausible(None, phone, region, default) == plausible(None, phone, region, None)


def test_a_default_at_home_does_not_wake_people_abroad() -> None:
    facts = Facts(
        message_class=MessageClass.INVITATION,
        person=Person(source="/t", id="C"),
        wanted=(Channel.SMS,),
        reachable={
            Channel.SMS: Reach(
                address=Address(channel=Channel.SMS, value="+12125551234", index=b"x")
            )
        },
    )
    night = datetime(2026, 11, 24, 2, tzinfo=ZoneInfo("America/New_York"))
    rules = replace(DEFAULT, default_timezone="Asia/Shanghai")
    assert not isinstance(decide(facts, rules, night), SendNow)


def test_a_region_narrows_a_number_that_tells_only_its_country() -> None:
    mobile = "+61412345678"
    found, source = plausible(None, mobile, "AU-WA", None)
    assert (_names(found), source) == ({"Australia/Perth", "Australia/Eucla"}, "region")
    found, source = plausible(None, "+18005551234", "us-tx", None)
    assert (_names(found), source) == ({"America/Chicago", "America/Denver"}, "region")


@pytest.mark.parametrize("region", ["WA", "North", "US-ZZ", "CN-JX", "", " ", "AU", "-", "AU-"])
def test_a_region_that_is_no_known_part_of_a_country_narrows_nothing(region: str) -> None:
    assert plausible(None, "+61412345678", region, None) == plausible(
        None, "+61412345678", None, None
    )


@pytest.mark.parametrize(
    ("phone", "region", "zones"),
    [
        # An area code of New York, a ticket in Florida: either may be where they are.
        ("+12125550143", "US-FL", {"America/New_York", "America/Chicago"}),
        ("+14155552671", "US-NY", {"America/Los_Angeles", "America/New_York"}),
        ("+8613800138000", "US-CA", {"Asia/Shanghai", "America/Los_Angeles"}),
        ("+61291234567", "AU-WA", {"Australia/Sydney", "Australia/Perth", "Australia/Eucla"}),
    ],
)
def test_a_region_beside_a_number_that_tells_another_place_makes_both_plausible(
    phone: str, region: str, zones: set[str]
) -> None:
    found, source = plausible(None, phone, region, None)
    assert (_names(found), source) == (zones, "number")


def test_without_a_number_a_region_tells_the_zones_and_else_nothing_does() -> None:
    found, source = plausible(None, None, "BR-AM", None)
    assert (_names(found), source) == ({"America/Manaus", "America/Eirunepe"}, "region")
    assert plausible(None, None, "JX", None) == ((), "none")
    assert plausible(None, "", None, None) == ((), "none")


@pytest.mark.parametrize("phone", ["+870773111632", "+888123456789", "+10000000000", "12", "x"])
def test_a_number_of_no_place_has_no_zone(phone: str) -> None:
    assert plausible(None, phone, None, None) == ((), "none")


@pytest.mark.parametrize(
    ("phone", "region", "expected"),
    [
        ("+8613800138000", "US-FL", ("CN", "US")),
        ("+12125550143", "US-FL", ("US",)),
        (None, "CA-QC", ("CA",)),
        ("+870773111632", None, ()),
        ("+447911123456", None, ("GG",)),
        ("+17875550123", None, ("PR",)),
        ("", None, ()),
        ("+", "FL", ()),
        ("+86", None, ("CN",)),
        ("+٨٦", None, ()),
    ],
)
def test_the_countries_whose_law_may_bind_are_those_of_number_and_region(
    phone: str | None, region: str | None, expected: tuple[str, ...]
) -> None:
    assert countries(phone, region) == expected


@pytest.mark.parametrize("phone", ["+15555550100", "+1555", "+7", "+390000", "+44"])
def test_a_number_of_no_one_country_is_bound_by_all_that_share_its_code(phone: str) -> None:
    codes = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    sharing = next(codes[int(phone[1:end])] for end in (2, 3) if int(phone[1:end]) in codes)
    assert len(sharing) > 1
    assert countries(phone, None) == sharing
    assert set(countries(phone, "BR-AM")) == {*sharing, "BR"}


def test_every_part_of_a_country_keeps_clocks_that_exist() -> None:
    assert {part.partition("-")[0] for part in ZONES} == {"US", "CA", "BR", "AU"}
    for part, names in ZONES.items():
        assert part_of(f" {part.lower()} ") == part
        assert names
        assert all(zone(name) is not None for name in names), part
    assert sum(part.startswith("US-") for part in ZONES) == 51
    assert sum(part.startswith("BR-") for part in ZONES) == 27
    assert sum(part.startswith("CA-") for part in ZONES) == 13
