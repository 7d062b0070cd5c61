"""Holds the sentences of the explanation to the facts they are told."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from channels.model import Address, Channel, MessageClass, Person
from channels.policy import DEFAULT, Facts, Past, Reach, decide
from channels.wording import say
from surveys.programs import Closing, Program
from surveys.programs import decide as plan
from tickets.model import Closure, Customer, Ticket

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


def test_a_deferral_by_the_hour_names_hours_and_instant_in_both_languages() -> None:
    facts = {"channel": "sms", "bound": True, "from": "09:00", "until": "20:00"}
    facts |= {"local": ["2026-11-21T22:15:00+08:00"], "opens_at": "2026-11-22T01:00:00+00:00"}
    english, chinese = say("window", "defer", facts, "en"), say("window", "defer", facts, "zh-CN")
    for part in ("09:00", "20:00", "2026-11-21 22:15 (UTC+08:00)", "2026-11-22 01:00 (UTC)"):
        assert part in english
        assert part in chinese
    assert "text message" in english
    assert "短信" in chinese


def test_instants_are_told_to_the_minute_on_the_clock_that_is_asked_for() -> None:
    facts = {"useful_until": "2026-11-30T04:00:00.737634+00:00"}
    place = ZoneInfo("Asia/Kolkata")
    assert "2026-11-30 09:30 (UTC+05:30)" in say("usefulness", "pass", facts, "zh-CN", place)


def test_a_class_that_hours_do_not_bind_is_not_said_to_be_within_them() -> None:
    assert say("window", "pass", {"channel": "sms", "bound": False}, "en") == (
        "This kind of contact is not bound by hours."
    )


@pytest.mark.parametrize(
    ("rule", "verdict", "facts", "part"),
    [
        ("program", "pass", {"program": "default"}, "default"),
        ("skip", "suppress", {"tags": ["spam"], "close_reason": "resolved"}, "tag spam."),
        ("skip", "suppress", {"close_reason": "inactivity", "tags": []}, "close_reason inact"),
        ("sampling", "suppress", {"sampling": 0.25, "share": 0.9}, "25%"),
        ("age", "suppress", {"hours": 80.5, "limit_hours": 72}, "80.5 h"),
        ("age", "suppress", {"superseded": True, "hours": 1.0}, "went on since"),
        ("program", "suppress", {"program": "quiet", "survey": None}, "“quiet” sends no survey"),
        ("repeat", "suppress", {"repeat": "once_per_ticket"}, "once per ticket"),
        ("opt_out", "suppress", {"scope": "all", "state": "final"}, "every channel"),
        ("holiday", "pass", {"bound": True, "countries": []}, "No public holidays are kept"),
        ("holiday", "pass", {"bound": True, "countries": ["CN", "GB"]}, "CN, GB"),
        ("holiday", "defer", {"countries": ["CN"], "until": "2026-10-04T"}, "until 2026-10-04T"),
        ("blackout", "defer", {"regions": ["JX"], "until": "2026-10-04T"}, "regions: JX"),
        ("blackout", "defer", {"regions": [], "until": "2026-10-04T"}, "regions: all"),
        ("blackout", "pass", {"bound": False}, "not bound by blackouts"),
        ("window", "defer", {"laws": ["us", "us-fl"]}, "By law: us, us-fl."),
        ("zone", "pass", {"source": "region", "zones": ["Asia/Shanghai"]}, "ticket's region"),
        ("rate", "pass", {"channel": "sms", "account": "sms:AC1"}, "sms:AC1 has room"),
    ],
)
def test_a_sentence_holds_what_decided(
    rule: str, verdict: str, facts: dict[str, object], part: str
) -> None:
    assert part in say(rule, verdict, facts, "en")


def test_zones_without_a_common_hour_are_named_in_both_languages() -> None:
    seen = {"apart": ["Asia/Shanghai", "UTC"], "placeless": ["UTC"]}
    told = {locale: say("window", "suppress", seen, locale) for locale in ("zh-CN", "en")}
    assert "没有重合:Asia/Shanghai、UTC。UTC常由不知道" in told["zh-CN"]
    assert "nothing in common: Asia/Shanghai, UTC. UTC is often written" in told["en"]


def test_a_full_account_tells_how_long_to_wait_in_both_languages() -> None:
    facts = {"channel": "voice", "account": "voice:AC1", "wait_seconds": 2.5}
    facts |= {"until": "2026-11-22T01:00:00+00:00"}
    for locale in ("zh-CN", "en"):
        told = say("rate", "defer", facts, locale)
        for part in ("voice:AC1", "2.5", "2026-11-22 01:00 (UTC)"):
            assert part in told
        assert "–" not in told


@pytest.mark.parametrize("locale", ["en", "zh-CN", "", "xx"])
@pytest.mark.parametrize("verdict", ["pass", "defer", "suppress", "odd"])
@pytest.mark.parametrize(
    "rule", ["holiday", "blackout", "rate", "weather", "cap", "zone", "", "{rule}"]
)
def test_unknown_rules_and_missing_facts_have_a_sentence_too(
    rule: str, verdict: str, locale: str
) -> None:
    assert len(say(rule, verdict, {}, locale)) > 3


def test_every_rule_of_a_real_decision_is_told_without_a_gap() -> None:
    now = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
    address = Address(channel=Channel.SMS, value="+8613800138000", index=b"")
    past = Past(at=now - timedelta(hours=1), message_class=MessageClass.INVITATION)
    facts = Facts(
        message_class=MessageClass.INVITATION,
        person=Person(source="/t", id="C-1"),
        wanted=(Channel.EMAIL, Channel.SMS),
        reachable={Channel.SMS: Reach(address=address, open_question="i_x")},
        history=(past,),
        useful_until=now + timedelta(days=60),
    )
    for asked in decide(facts, DEFAULT, now).trace:
        if asked.rule != "pause":
            assert "–" not in say(asked.rule, asked.verdict, asked.facts, "zh-CN"), asked


@pytest.mark.parametrize(
    "ticket",
    [
        Ticket(id="T", closed_at=NOON),
        Ticket(id="T", closed_at=NOON, tags=("spam",)),
        Ticket(id="T", closed_at=NOON - timedelta(days=9)),
    ],
)
def test_every_rule_of_a_plan_is_told_without_a_gap(ticket: Ticket) -> None:
    closing = Closing(
        ticket=ticket,
        customer=Customer(id="C"),
        closure=Closure(source="/t", ticket="T", cycle=1),
        answered_or_planned_cycles=0,
        superseded=False,
    )
    for asked in plan(closing, [Program(id="default")], NOON, b"secret").trace:
        for locale in ("zh-CN", "en"):
            assert "–" not in say(asked.rule, asked.verdict, asked.facts, locale), asked
