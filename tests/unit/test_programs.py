"""Which closings earn a survey, by which program, when, and why the others do not."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.wording import say
from surveys.programs import Closing, Match, NotOwed, Owed, Program, Repeat, Skip, decide
from tickets.model import Agent, Closure, Customer, Ticket

CLOSED = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
NOW = CLOSED + timedelta(minutes=5)
SECRET = b"s" * 32
DEFAULT = Program(id="default")

TICKET = Ticket(
    id="T-1",
    category="broadband_fault",
    product="fibre",
    region="JX",
    channel="phone",
    priority="high",
    team="NOC-2",
    agent=Agent(id="A-7", name="Zhang San", email="zhang@example.com"),
    closed_at=CLOSED,
    close_reason="resolved",
    tags=("fibre_cut",),
)
CUSTOMER = Customer(
    id="C-1", name="Li Si", phone="+8613800138000", email="li@example.com", tier="vip"
)


def closing(
    ticket: dict[str, Any] | None = None,
    customer: dict[str, Any] | None = None,
    *,
    cycle: int = 1,
    cycles: int = 0,
    superseded: bool = False,
    id_: str = "T-1",
) -> Closing:
    return Closing(
        ticket=dataclasses.replace(TICKET, **(ticket or {})),
        customer=dataclasses.replace(CUSTOMER, **(customer or {})),
        closure=Closure(source="/tickets", ticket=id_, cycle=cycle),
        answered_or_planned_cycles=cycles,
        superseded=superseded,
    )


def reason(case: Closing, *programs: Program, now: datetime = NOW) -> str | None:
    verdict = decide(case, programs or (DEFAULT,), now, SECRET)
    return verdict.reason if isinstance(verdict, NotOwed) else None


def rules(verdict: Owed | NotOwed) -> list[tuple[str, str]]:
    return [(asked.rule, asked.verdict) for asked in verdict.trace]


def test_the_default_program_owes_a_survey_two_hours_after_the_closing() -> None:
    verdict = decide(closing(), (DEFAULT,), NOW, SECRET)
    assert isinstance(verdict, Owed)
    assert verdict.program.survey == "csat"
    assert verdict.due_at == CLOSED + timedelta(hours=2)
    assert rules(verdict) == [
        ("program", "pass"),
        ("skip", "pass"),
        ("sampling", "pass"),
        ("age", "pass"),
        ("repeat", "pass"),
    ]


def test_the_defaults_are_those_that_are_promised() -> None:
    assert DEFAULT.when == Match()
    assert DEFAULT.skip == Skip(
        tags=("spam", "merged", "duplicate", "internal"),
        close_reason=("inactivity",),
        own_ticket=True,
    )
    assert DEFAULT.repeat is Repeat.PER_CYCLE
    assert DEFAULT.channels == ("sms", "email", "voice")
    assert DEFAULT.reminders == (timedelta(hours=24),)
    assert DEFAULT.fallback_after == timedelta(hours=72)
    assert DEFAULT.max_contacts == 3
    assert DEFAULT.expires_after == timedelta(days=7)
    assert DEFAULT.accept_late == timedelta(days=14)
    assert DEFAULT.sampling == 1.0
    assert DEFAULT.max_event_age == timedelta(hours=72)


def test_what_is_told_late_is_due_now_and_not_before() -> None:
    now = CLOSED + timedelta(hours=30)
    verdict = decide(closing(), (DEFAULT,), now, SECRET)
    assert isinstance(verdict, Owed)
    assert verdict.due_at == now


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("category", "broadband_fault"),
        ("product", "fibre"),
        ("product", "ＦＩＢＲＥ "),
        ("region", "JX"),
        ("team", "NOC-2"),
        ("channel", "phone"),
        ("priority", "high"),
        ("tier", "VIP"),
        ("close_reason", "resolved"),
        ("tags", "fibre_cut"),
    ],
)
def test_every_list_of_a_match_is_any_of(field: str, value: str) -> None:
    some: dict[str, Any] = {field: ("other", value)}
    none: dict[str, Any] = {field: ("other",)}
    fits = Program(id="p", when=Match(**some))
    fails = Program(id="p", when=Match(**none))
    assert reason(closing(), fits) is None
    assert reason(closing(), fails) == "no_program"


def test_all_lists_that_are_given_must_match_and_an_unknown_fact_matches_none() -> None:
    program = Program(id="p", when=Match(region=("JX",), team=("NOC-1",)))
    assert reason(closing(), program) == "no_program"
    assert reason(closing({"region": None}), Program(id="p", when=Match(region=("JX",)))) == (
        "no_program"
    )


def test_the_first_program_that_matches_decides_even_against_a_survey() -> None:
    none = Program(id="none", when=Match(region=("JX",)), survey=None)
    verdict = decide(closing(), (none, DEFAULT), NOW, SECRET)
    assert isinstance(verdict, NotOwed)
    assert (verdict.reason, verdict.program) == ("no_survey", "none")
    assert rules(verdict) == [("program", "suppress")]
    assert reason(closing({"region": "GD"}), none, DEFAULT) is None


def test_without_programs_nothing_is_owed_and_the_decision_says_so() -> None:
    verdict = decide(closing(), (), NOW, SECRET)
    assert isinstance(verdict, NotOwed)
    assert (verdict.reason, verdict.program) == ("no_program", None)
    assert rules(verdict) == [("program", "suppress")]


@pytest.mark.parametrize("tag", ["spam", "merged", "duplicate", "internal"])
def test_a_skipped_tag_earns_nothing(tag: str) -> None:
    verdict = decide(closing({"tags": ("x", tag)}), (DEFAULT,), NOW, SECRET)
    assert isinstance(verdict, NotOwed)
    assert verdict.reason == "skipped_tag"
    assert rules(verdict) == [("program", "pass"), ("skip", "suppress")]
    assert verdict.trace[-1].facts["tags"] == [tag]


def test_a_skipped_close_reason_earns_nothing() -> None:
    assert reason(closing({"close_reason": "inactivity"})) == "skipped_close_reason"


def test_what_is_skipped_is_so_in_any_case_and_width() -> None:
    program = Program(id="p", skip=Skip(tags=("Do Not Survey",), close_reason=("No Reply",)))
    assert reason(closing({"tags": ("SPAM",)})) == "skipped_tag"
    assert reason(closing({"tags": ("\uff33pam",)})) == "skipped_tag"
    assert reason(closing({"tags": ("do  not survey",)}), program) == "skipped_tag"
    assert reason(closing({"close_reason": "Inactivity"})) == "skipped_close_reason"
    assert reason(closing({"close_reason": "no reply"}), program) == "skipped_close_reason"
    assert reason(closing({"tags": ("spammer",), "close_reason": "no reply yet"}), program) is None


@pytest.mark.parametrize(
    ("agent", "customer"),
    [
        (Agent(id="C-1"), {}),
        (Agent(id="A-7", email="Li@Example.com"), {}),
        (Agent(email=" li@example.com"), {}),
    ],
)
def test_an_agents_own_ticket_earns_nothing(agent: Agent, customer: dict[str, Any]) -> None:
    case = closing({"agent": agent}, customer)
    assert reason(case) == "own_ticket"
    assert reason(case, Program(id="p", skip=Skip(own_ticket=False))) is None


@pytest.mark.parametrize("known", ["LI@example.com", "+8613800138000"])
def test_an_agents_own_ticket_is_known_by_what_our_rules_say_of_the_agent(known: str) -> None:
    assert reason(dataclasses.replace(closing(), closer=(known,))) == "own_ticket"
    stranger = {"email": None, "phone": None}
    assert reason(dataclasses.replace(closing({}, stranger), closer=(known,))) is None


@pytest.mark.parametrize(
    ("email", "skipped"),
    [
        ("li@example.com", True),
        ("li@care.EXAMPLE.com", True),
        ("li@example.com.cn", False),
        ("li@notexample.com", False),
        (None, False),
        ("", False),
    ],
)
def test_whose_mailbox_is_in_a_domain_of_ours_is_not_asked(
    email: str | None, skipped: bool
) -> None:
    program = Program(id="p", skip=Skip(domains=("example.com",)))
    case = closing({}, {"email": email})
    assert reason(case, program) == ("internal_domain" if skipped else None)
    assert reason(case) is None
    rule = decide(case, (program,), NOW, SECRET).trace[1]
    assert ("example.com" in say("skip", rule.verdict, rule.facts, "en")) is skipped


def test_a_program_may_ask_for_whatever_an_event_tells() -> None:
    told = {"ticket": {"severity": 2, "sla": {"met": False}}, "customer": {"plans": ["a", "gold"]}}
    case = dataclasses.replace(closing(), told=told)
    for path, value, fits in (
        ("ticket.severity", "2", True),
        ("ticket.sla.met", "false", True),
        ("customer.plans", "gold", True),
        ("customer.plans", "silver", False),
        ("ticket.sla", "met", False),
        ("nowhere.at.all", "2", False),
    ):
        program = Program(id="p", when=Match(attributes=((path, ("x", value)),)))
        assert (reason(case, program) is None) is fits, path
        assert reason(closing(), program) == "no_program"


def test_two_unknown_mailboxes_are_not_the_same() -> None:
    assert reason(closing({"agent": Agent()}, {"email": None})) is None
    assert reason(closing({"agent": Agent(email="")}, {"email": ""})) is None


def test_the_sample_is_stable_and_has_the_size_asked_for() -> None:
    half = Program(id="half", sampling=0.5)
    cases = [closing(id_=f"T-{number}") for number in range(1000)]
    first = [reason(case, half) for case in cases]
    assert first == [reason(case, half) for case in cases]
    assert set(first) == {None, "not_sampled"}
    assert 430 < first.count(None) < 570
    wider = Program(id="wide", sampling=0.8)
    assert all(
        reason(case, wider) is None for case, was in zip(cases, first, strict=True) if not was
    )
    other = [isinstance(decide(case, (half,), NOW, b"other"), Owed) for case in cases]
    assert other != [was is None for was in first]


def test_each_cycle_is_drawn_anew() -> None:
    half = Program(id="half", sampling=0.5)
    drawn = {reason(closing(cycle=cycle), half) for cycle in range(1, 30)}
    assert drawn == {None, "not_sampled"}


def test_a_share_of_none_takes_nobody_and_a_share_of_one_everybody() -> None:
    cases = [closing(id_=f"T-{number}") for number in range(200)]
    assert {reason(case, Program(id="p", sampling=0.0)) for case in cases} == {"not_sampled"}
    assert {reason(case) for case in cases} == {None}


def test_the_age_bound_is_exact() -> None:
    assert reason(closing(), now=CLOSED + timedelta(hours=72)) is None
    late = decide(closing(), (DEFAULT,), CLOSED + timedelta(hours=72, seconds=1), SECRET)
    assert isinstance(late, NotOwed)
    assert late.reason == "too_old"
    assert rules(late)[-1] == ("age", "suppress")


def test_a_closing_that_later_news_has_overtaken_earns_nothing() -> None:
    assert reason(closing(superseded=True)) == "superseded"


def test_a_closing_without_a_time_earns_nothing() -> None:
    assert reason(closing({"closed_at": None})) == "stale"


def test_once_per_ticket_asks_in_one_cycle_only() -> None:
    once = Program(id="once", repeat=Repeat.ONCE_PER_TICKET)
    assert reason(closing(cycles=0), once) is None
    assert reason(closing(cycles=1, cycle=2), once) == "already_asked"
    assert reason(closing(cycles=1, cycle=2), DEFAULT) is None


def test_a_due_time_beyond_the_calendar_does_not_break_the_decision() -> None:
    last = datetime.max.replace(tzinfo=UTC)
    verdict = decide(closing({"closed_at": last}), (DEFAULT,), NOW, SECRET)
    assert isinstance(verdict, Owed)
    assert verdict.due_at == last


@pytest.mark.parametrize(
    "case",
    [
        closing(),
        closing({"agent": Agent(id="C-1", name="Li Si", email="li@example.com")}),
        closing({"tags": ("spam", "Li Si")}),
        closing({"closed_at": None}),
        closing({"region": "nowhere"}),
    ],
)
def test_the_trace_is_json_and_holds_no_personal_data(case: Closing) -> None:
    verdict = decide(case, (Program(id="p", when=Match()),), NOW, SECRET)
    text = json.dumps([dict(asked.facts) for asked in verdict.trace])
    for secret in ("Li Si", "Zhang", "13800138000", "example.com", "C-1", "A-7"):
        assert secret not in text
