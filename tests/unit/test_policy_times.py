"""Holds the hours of law, holidays, blackouts and unknown places to narrowing and to ending."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from channels.laws import LAWS, binding
from channels.model import Address, Channel, MessageClass, Person
from channels.policy import (
    DEFAULT,
    Blackout,
    Facts,
    Never,
    Reach,
    Rules,
    SendNow,
    Verdict,
    WaitUntil,
    decide,
)
from channels.wording import say
from scheduler.hours import Window, is_open

SMS, EMAIL, VOICE = Channel.SMS, Channel.EMAIL, Channel.VOICE
SHANGHAI, PARIS, NEW_YORK = (
    ZoneInfo("Asia/Shanghai"),
    ZoneInfo("Europe/Paris"),
    ZoneInfo("America/New_York"),
)
CHINESE, FRENCH, AMERICAN = "+8613800138000", "+33142345678", "+12125550143"
WIDE = replace(DEFAULT, window=Window(opens=0, closes=1440), caps=())
TICK = timedelta(microseconds=1)


def _at(text: str, place: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=place).astimezone(UTC)


def _facts(channel: Channel, value: str, **about: Any) -> Facts:
    useful_until = about.pop("useful_until", None)
    reach = Reach(address=Address(channel=channel, value=value, index=b"x"))
    return Facts(
        message_class=about.pop("kind", MessageClass.INVITATION),
        person=Person(source="/t", id="C-1", **about),
        wanted=(channel,),
        reachable={channel: reach},
        useful_until=useful_until,
    )


def _seen(verdict: Verdict, rule: str) -> dict[str, Any]:
    return dict(next(asked.facts for asked in verdict.trace if asked.rule == rule))


def _until(facts: Facts, rules: Rules, now: datetime) -> tuple[datetime, str] | None:
    """When it may go and why not before; None when it goes now."""
    verdict = decide(facts, rules, now)
    if isinstance(verdict, SendNow):
        return None
    assert isinstance(verdict, WaitUntil), verdict
    return verdict.at, verdict.reason


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-23 09:59", "2026-11-23 10:00"),
        ("2026-11-23 10:00", None),
        ("2026-11-23 12:59", None),
        ("2026-11-23 13:00", "2026-11-23 14:00"),
        ("2026-11-23 14:00", None),
        ("2026-11-23 20:00", "2026-11-24 10:00"),
        ("2026-11-27 20:30", "2026-11-30 10:00"),  # over the week-end
        ("2026-12-24 21:00", "2026-12-28 10:00"),  # and over Christmas, a Friday
        ("2026-07-14 11:00", "2026-07-15 10:00"),
    ],
)
def test_calls_to_france_keep_two_windows_a_day_and_no_week_ends_or_holidays(
    now: str, until: str | None
) -> None:
    facts = _facts(VOICE, FRENCH, timezone="Europe/Paris")
    expected = None if until is None else (_at(until, PARIS), "window")
    assert _until(facts, WIDE, _at(now, PARIS)) == expected


def test_a_call_that_may_go_before_lunch_must_not_go_during_it() -> None:
    facts = _facts(VOICE, FRENCH, timezone="Europe/Paris")
    verdict = decide(facts, DEFAULT, _at("2026-11-23 11:00", PARIS))
    assert isinstance(verdict, SendNow)
    assert verdict.not_after == _at("2026-11-23 13:00", PARIS)


def test_the_law_names_itself_in_the_explanation() -> None:
    facts = _facts(VOICE, FRENCH, timezone="Europe/Paris")
    verdict = decide(facts, DEFAULT, _at("2026-11-28 11:00", PARIS))
    seen = _seen(verdict, "window")
    assert seen["laws"] == ["fr"]
    assert "fr" in say("window", "defer", seen, "en")
    assert "法规" in say("window", "defer", seen, "zh-CN")
    early = decide(facts, DEFAULT, _at("2026-11-23 08:00", PARIS))
    assert "Europe/Paris" in _seen(early, "zone")["zones"]


def test_a_law_is_not_blamed_for_what_the_operators_window_shuts() -> None:
    facts = _facts(SMS, AMERICAN, timezone="America/New_York", region="US-NY")
    verdict = decide(facts, DEFAULT, _at("2026-11-23 08:30", NEW_YORK))
    assert isinstance(verdict, WaitUntil)
    assert _seen(verdict, "window")["laws"] == []
    assert _until(facts, WIDE, _at("2026-11-23 08:30", NEW_YORK)) is None


def test_the_law_of_calls_binds_neither_texts_nor_mails_and_can_be_switched_off() -> None:
    lunch = _at("2026-11-23 13:30", PARIS)
    assert _until(_facts(SMS, FRENCH, timezone="Europe/Paris"), DEFAULT, lunch) is None
    mail = _facts(EMAIL, "a@b.test", phone=FRENCH, timezone="Europe/Paris")
    assert _until(mail, DEFAULT, lunch) is None
    call = _facts(VOICE, FRENCH, timezone="Europe/Paris")
    assert _until(call, replace(DEFAULT, legal_windows=False), lunch) is None


def test_the_law_only_narrows_the_operators_hours() -> None:
    facts = _facts(VOICE, FRENCH, timezone="Europe/Paris")
    rules = replace(DEFAULT, window=Window(opens=12 * 60, closes=15 * 60))
    assert _until(facts, rules, _at("2026-11-23 11:00", PARIS)) == (
        _at("2026-11-23 12:00", PARIS),
        "window",
    )
    nothing = replace(DEFAULT, window=Window(opens=13 * 60, closes=14 * 60))
    verdict = decide(facts, nothing, _at("2026-11-23 11:00", PARIS))
    assert isinstance(verdict, Never)
    assert verdict.reason == "empty_window"


@pytest.mark.parametrize(
    ("region", "now", "goes"),
    [
        ("US-FL", "2026-11-23 08:00", True),
        ("US-FL", "2026-11-23 20:00", False),
        ("US-NY", "2026-11-23 20:30", True),
        ("US-NY", "2026-11-23 21:00", False),
        ("US-TX", "2026-11-22 11:30", False),  # a Sunday
        ("US-TX", "2026-11-22 12:00", True),
        ("US-AL", "2026-11-22 12:00", False),
        ("US-AL", "2026-11-26 12:00", False),  # Thanksgiving
        ("us-fl", "2026-11-23 08:00", True),
        ("US-ZZ", "2026-11-23 09:30", False),  # no such state: as if nothing were known
        ("FL", "2026-11-23 09:30", False),
        (None, "2026-11-23 09:30", False),
        (None, "2026-11-23 10:00", True),
        (None, "2026-11-23 18:00", False),
        (None, "2026-11-28 16:59", True),
        (None, "2026-11-28 17:00", False),
        (None, "2026-11-29 13:00", False),
    ],
)
def test_a_known_state_has_its_own_law_and_an_unknown_one_all_of_them(
    region: str | None, now: str, goes: bool
) -> None:
    facts = _facts(SMS, AMERICAN, timezone="America/New_York", region=region)
    assert (_until(facts, WIDE, _at(now, NEW_YORK)) is None) is goes


def test_a_region_of_another_country_adds_its_law_and_takes_none_away() -> None:
    facts = _facts(SMS, CHINESE, timezone="America/New_York", region="US-FL")
    assert _until(facts, WIDE, _at("2026-11-23 20:30", NEW_YORK)) is not None
    french = _facts(VOICE, FRENCH, timezone="Europe/Paris", region="US-FL")
    assert _until(french, WIDE, _at("2026-11-23 13:30", PARIS)) is not None


def test_every_law_is_well_formed_and_found_where_it_binds() -> None:
    assert len({law.id for law in LAWS}) == len(LAWS)
    for law in LAWS:
        assert law.source
        assert any(law.hours.week)
        for channel in Channel:
            for country in law.countries:
                found = binding((country,), law.region, channel)
                assert (law in found) is (channel in law.channels)
    assert binding((), None, VOICE) == ()
    assert binding(("CN", "DE", "GB"), None, VOICE) == ()


CHINA = replace(DEFAULT, holidays=("CN",), caps=())


@pytest.mark.parametrize(
    ("now", "until", "reason"),
    [
        ("2026-10-01 00:00", "2026-10-04 09:00", "holiday"),
        ("2026-10-03 12:00", "2026-10-04 09:00", "holiday"),
        ("2026-10-04 12:00", None, None),  # a Sunday between the days off
        ("2026-09-30 19:59", None, None),
        ("2026-09-30 20:00", "2026-10-04 09:00", "window"),
        ("2026-10-05 10:00", "2026-10-08 09:00", "holiday"),
        ("2026-02-14 10:00", None, None),  # a Saturday that is worked
        ("2026-02-16 10:00", "2026-02-21 09:00", "holiday"),
    ],
)
def test_holidays_are_waited_out_on_the_customers_wall_clock(
    now: str, until: str | None, reason: str | None
) -> None:
    facts = _facts(SMS, CHINESE, timezone="Asia/Shanghai")
    expected = None if until is None else (_at(until), reason)
    assert _until(facts, CHINA, _at(now)) == expected


def test_the_evening_before_a_holiday_is_over_at_midnight() -> None:
    facts = _facts(SMS, CHINESE, timezone="Asia/Shanghai")
    late = replace(CHINA, window=Window(opens=0, closes=1440))
    verdict = decide(facts, late, _at("2026-09-30 23:00"))
    assert isinstance(verdict, SendNow)
    assert verdict.not_after == _at("2026-10-01 00:00")


def test_a_holiday_in_any_plausible_zone_is_one() -> None:
    christmas = replace(WIDE, holidays=("AU",), legal_windows=False)
    perth, sydney = ZoneInfo("Australia/Perth"), ZoneInfo("Australia/Sydney")
    facts = _facts(SMS, "+61412345678")
    eve = _at("2026-12-24 23:00", perth)
    assert eve.astimezone(sydney).day == 25
    found = _until(facts, christmas, eve)
    assert found is not None
    assert found[1] == "holiday"
    assert found[0].astimezone(ZoneInfo("Indian/Cocos")).date() >= date(2026, 12, 26)


def test_several_countries_close_the_house_on_the_days_of_each() -> None:
    rules = replace(CHINA, holidays=("CN", "US"))
    facts = _facts(SMS, CHINESE, timezone="Asia/Shanghai")
    thanksgiving = decide(facts, rules, _at("2026-11-26 12:00"))
    assert isinstance(thanksgiving, WaitUntil)
    seen = _seen(thanksgiving, "holiday")
    assert seen["countries"] == ["CN", "US"]
    assert seen["until"] == _at("2026-11-27 00:00").isoformat()


def test_a_holiday_that_outlasts_the_use_of_a_message_ends_it() -> None:
    facts = _facts(SMS, CHINESE, timezone="Asia/Shanghai", useful_until=_at("2026-10-03 00:00"))
    verdict = decide(facts, CHINA, _at("2026-10-01 10:00"))
    assert isinstance(verdict, Never)
    assert verdict.reason == "stale"
    later = replace(facts, useful_until=_at("2026-10-04 09:00") + TICK)
    assert isinstance(decide(later, CHINA, _at("2026-10-01 10:00")), WaitUntil)


def _blackout(begins: date, ends: date, *regions: str) -> Rules:
    return replace(
        CHINA, holidays=(), blackouts=(Blackout(begins=begins, ends=ends, regions=regions),)
    )


def test_a_blackout_of_days_is_kept_where_the_customer_is() -> None:
    rules = _blackout(date(2026, 12, 1), date(2026, 12, 22))
    here = _facts(SMS, CHINESE, timezone="Asia/Shanghai")
    there = _facts(SMS, CHINESE, timezone="Europe/Paris")
    assert _until(here, rules, _at("2026-11-30 19:00")) is None
    assert _until(here, rules, _at("2026-12-01 09:00")) == (_at("2026-12-22 09:00"), "blackout")
    assert _until(there, rules, _at("2026-12-01 05:00")) == (
        _at("2026-12-22 09:00", PARIS),
        "window",
    )


def test_a_blackout_of_instants_is_the_same_for_everybody_to_the_instant() -> None:
    begins, ends = _at("2026-12-01 10:00"), _at("2026-12-01 11:30")
    rules = _blackout(begins, ends)
    for zone in ("Asia/Shanghai", "Asia/Tokyo"):
        facts = _facts(SMS, CHINESE, timezone=zone)
        verdict = decide(facts, rules, begins - TICK)
        assert isinstance(verdict, SendNow)
        assert verdict.not_after == begins
        assert _until(facts, rules, begins) == (ends, "blackout")
        assert _until(facts, rules, ends - TICK) == (ends, "blackout")
        assert _until(facts, rules, ends) is None


@pytest.mark.parametrize(
    ("regions", "region", "phone", "held"),
    [
        ((), "JX", CHINESE, True),
        (("JX",), "JX", CHINESE, True),
        (("jx ",), "JX", CHINESE, True),
        (("CN-JX",), "JX", CHINESE, True),
        (("JX",), "CN-JX", CHINESE, True),
        (("CN",), "JX", CHINESE, True),
        (("GD", "JX"), "JX", CHINESE, True),
        (("GD",), "JX", CHINESE, False),
        (("US",), "JX", CHINESE, False),
        (("US-JX",), "JX", CHINESE, False),
        (("US",), "US-FL", CHINESE, True),
        (("US",), "FL", AMERICAN, True),
        (("GD",), None, CHINESE, True),  # nobody knows where they are
        (("GD",), " ", CHINESE, True),
        (("US",), None, CHINESE, True),
        (("CN",), "JX", None, True),  # nor in which country
        (("Nord",), "JX", None, False),
        (("JX",), "JX", None, True),
        (("CN-HN",), "HN", None, True),  # perhaps in China
        (("CN-HN",), "HN", CHINESE, True),
        (("HN",), "HN", CHINESE, True),
        (("HN",), "CN-HN", None, True),
        (("HN",), "CN", CHINESE, True),  # somewhere in China
        (("CN-HN",), "CN", None, True),
        (("US-FL",), "US", AMERICAN, True),
        (("US-FL",), "us ", None, True),
        (("US-FL",), "CN", None, False),
        (("CN-HN",), "CN-JX", None, False),
        (("JX",), "HN", CHINESE, False),
        (("CN-JX",), "HN", CHINESE, False),
        (("North-East",), "North-East", CHINESE, True),
        (("North-East",), "North-West", CHINESE, False),
    ],
)
def test_a_blackout_holds_for_its_regions_and_for_whom_no_region_is_known(
    regions: tuple[str, ...], region: str | None, phone: str | None, held: bool
) -> None:
    rules = replace(_blackout(date(2026, 12, 1), date(2026, 12, 2), *regions), legal_windows=False)
    facts = _facts(EMAIL, "a@b.test", timezone="Asia/Shanghai", region=region, phone=phone)
    assert (_until(facts, rules, _at("2026-12-01 12:00")) is not None) is held


def test_thirty_blackouts_in_a_row_are_waited_out_and_one_without_end_is_final() -> None:
    days = [date(2026, 12, 1) + timedelta(days=n) for n in range(30)]
    closed = tuple(Blackout(begins=_at(f"{day} 08:00"), ends=_at(f"{day} 21:00")) for day in days)
    facts = _facts(SMS, CHINESE, timezone="Asia/Shanghai")
    rules = replace(CHINA, holidays=(), blackouts=closed)
    found = _until(facts, rules, _at("2026-12-01 12:00"))
    assert found == (_at("2026-12-31 09:00"), "blackout")
    endless = _blackout(date(2026, 1, 1), date(2999, 1, 1))
    verdict = decide(facts, endless, _at("2026-12-01 12:00"))
    assert isinstance(verdict, Never)
    assert verdict.reason == "blackout"
    bounded = replace(facts, useful_until=_at("2026-12-31 09:00"))
    assert isinstance(decide(bounded, rules, _at("2026-12-01 12:00")), Never)


@pytest.mark.parametrize("kind", [MessageClass.CONVERSATION, MessageClass.PROMISED_CALLBACK])
def test_what_is_free_of_hours_shows_the_rules_that_do_not_bind_it(kind: MessageClass) -> None:
    rules = replace(CHINA, blackouts=(Blackout(begins=date(2026, 1, 1), ends=date(2027, 1, 1)),))
    verdict = decide(_facts(VOICE, FRENCH, kind=kind), rules, _at("2026-10-01 03:00"))
    assert isinstance(verdict, SendNow)
    for rule in ("window", "holiday", "blackout"):
        seen = _seen(verdict, rule)
        assert seen["bound"] is False
        assert "not bound" in say(rule, "pass", seen, "en")


def test_a_service_message_keeps_the_hours_of_law() -> None:
    facts = _facts(VOICE, FRENCH, kind=MessageClass.SERVICE, timezone="Europe/Paris")
    assert _until(facts, WIDE, _at("2026-11-22 12:00", PARIS)) is not None


def test_every_sentence_about_times_is_told_without_a_gap() -> None:
    rules = replace(CHINA, blackouts=(Blackout(begins=date(2026, 10, 3), ends=date(2026, 10, 9)),))
    facts = _facts(VOICE, FRENCH, timezone="Europe/Paris")
    verdict = decide(facts, rules, _at("2026-10-03 12:00", PARIS))
    told = {(asked.rule, asked.verdict) for asked in verdict.trace}
    assert {("window", "defer"), ("holiday", "defer"), ("blackout", "defer")} <= told
    for asked in verdict.trace:
        for locale in ("zh-CN", "en"):
            if asked.rule not in {"pause", "usefulness"}:
                assert "–" not in say(asked.rule, asked.verdict, asked.facts, locale), asked


def test_the_hours_of_all_laws_together_still_leave_some() -> None:
    noon = _at("2026-11-23 12:00", NEW_YORK)
    assert all(is_open(law.hours, [NEW_YORK], noon) for law in LAWS)
