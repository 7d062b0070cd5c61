"""How `huifang.yaml` is read: its defaults, its values, and every fault at once, by line."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from callbacks.model import Circumstances, ClockKind, ComplaintRules
from callbacks.promises.model import Booking, DialMode, NextDay
from channels import terms
from channels.jobs import CareCall
from channels.model import Channel, MessageClass
from channels.render import Brand
from channels.terms import Blackout, Cap, Counts, OnCap
from huifang.rules import Rules, read
from huifang.ruleterms import (
    Agent,
    DeskKind,
    DeskRules,
    PersonRole,
)
from kernel.faults import SettingsFault
from scheduler.hours import Window
from scheduler.rates import Rate
from surveys.programs import Match, Program, Repeat, Skip

HOOK = "whsec_" + base64.b64encode(b"h" * 32).decode()

EVERYTHING = """\
brand: {name: 示例电信, signature: "【示例电信】", logo: null, colour: "#0b5fff"}
centre: {timezone: Asia/Shanghai, hours: {mon-fri: "09:00-18:00"}, holidays: [CN]}
people: {team_lead: {email: null}, manager: {email: null}}
agents: []
targets: {satisfaction: 85, resolved: 0.95, respond: 15m, resolve: 2h}
desks: {}
programs:
  - id: default
    when: {}
    skip: {tags: [spam, merged, duplicate, internal], close_reason: [inactivity], own_ticket: true}
    survey: csat
    callback: null
    repeat: per_cycle
    delay: 2h
    channels: [sms, email, voice]
    reminders: [24h]
    fallback_after: 72h
    max_contacts: 3
    expires_after: 7d
    accept_late: 14d
    sampling: 1.0
    max_event_age: 72h
policy:
  default_timezone: null
  window: {from: "09:00", until: "20:00"}
  legal_windows: true
  holidays: []
  blackouts: []
  caps:
    - {counts: invitations, limit: 1, per: 30d}
    - {counts: contacts, limit: 1, per: 24h, exempt: [conversation, promised_callback, service]}
  on_cap: defer
  useful_until: 7d
  rates: {sms: 10/s, voice: 1/s, email: 20/s}
complaints:
  reopen: true
  max_reopens: 1
  per: 30d
  classes:
    - id: default
      when: {}
      clock: calendar
      respond: 15m
      resolve: 2h
      tell: 4h
      escalate_to: [team_lead, manager]
      callback: null
  capacity: null
  recovery_survey: recovery
callbacks:
  slot: 30m
  capacity: 4
  book: {earliest: 1h, latest: 14d}
  remind: 15m
  attempts: [0m, 60m, next_day]
  ring: 25s
  mode: agent_first
  max_dials_per_day: 2
retention: {events: 200d, journal: 730d, comments: 400d, exports: 7d}
"""


def faults(text: str, environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(SettingsFault) as raised:
        read(text, environ or {})
    return raised.value.faults


def only_fault(text: str, environ: Mapping[str, str] | None = None) -> str:
    found = faults(text, environ)
    assert len(found) == 1, found
    return found[0]


def changed(old: str, new: str) -> str:
    assert EVERYTHING.count(old) == 1
    return EVERYTHING.replace(old, new)


@pytest.mark.parametrize("text", [None, "", "\n# nothing yet\n", "---\n", "null", "{}", EVERYTHING])
def test_the_defaults_are_those_of_the_contract(text: str | None) -> None:
    assert read(text, {}) == Rules()


def test_the_default_rules_are_what_each_package_takes_for_granted() -> None:
    rules = Rules()
    assert rules.policy == terms.DEFAULT
    assert rules.complaints == ComplaintRules()
    assert rules.programs == (Program(id="default"),)
    assert rules.brand == Brand()
    assert rules.useful_until == timedelta(days=7)
    assert rules.surveys_named() == {"csat"}


def test_what_is_left_out_of_a_block_keeps_its_default() -> None:
    rules = read(
        """
brand: {name: Acme}
people: {manager: {email: Boss@Acme.test}, legal: {email: null}}
policy: {rates: {sms: 30/m}, window: {until: "24:00"}}
retention: {exports: 1d}
programs: [{id: one}]
complaints: {max_reopens: 3}
""",
        {},
    )
    assert rules.brand == Brand(name="Acme")
    assert rules.people == {
        "team_lead": PersonRole(),
        "manager": PersonRole(email="boss@acme.test"),
        "legal": PersonRole(),
    }
    assert rules.rates[Channel.SMS] == Rate(count=30, per=timedelta(minutes=1))
    assert rules.rates[Channel.VOICE] == Rate(count=1, per=timedelta(seconds=1))
    assert rules.policy == replace(terms.DEFAULT, window=Window(opens=540, closes=1440))
    assert rules.retention == replace(Rules().retention, exports=timedelta(days=1))
    assert rules.programs == (Program(id="one"),)
    assert rules.complaints == ComplaintRules(max_reopens=3)


def test_a_list_that_is_given_replaces_the_whole_list() -> None:
    rules = read("policy: {caps: []}\nprograms: []\ncentre: {holidays: []}", {})
    assert (rules.policy.caps, rules.programs, rules.centre.holidays) == ((), (), ())
    assert rules.surveys_named() == set()


def test_a_program_says_what_it_says() -> None:
    rules = read(
        """
programs:
  - id: repair
    when:
      category: [broadband_fault]
      tags: [vip, gold]
      attributes: {ticket.severity: ["1", "2"], customer.segment: [gold]}
    skip: {tags: [], own_ticket: false, domains: ["@Example.com", corp.example]}
    survey: repair
    repeat: once_per_ticket
    delay: 0m
    channels: [email, sms]
    reminders: []
    fallback_after: 90s
    max_contacts: 1
    expires_after: 1d
    accept_late: 0m
    sampling: 0
    max_event_age: 15m
  - {id: rest, survey: null, sampling: 0.5}
""",
        {},
    )
    assert rules.programs == (
        Program(
            id="repair",
            when=Match(
                category=("broadband_fault",),
                tags=("vip", "gold"),
                attributes=(("ticket.severity", ("1", "2")), ("customer.segment", ("gold",))),
            ),
            skip=Skip(tags=(), own_ticket=False, domains=("example.com", "corp.example")),
            survey="repair",
            repeat=Repeat.ONCE_PER_TICKET,
            delay=timedelta(0),
            channels=("email", "sms"),
            reminders=(),
            fallback_after=timedelta(seconds=90),
            max_contacts=1,
            expires_after=timedelta(days=1),
            accept_late=timedelta(0),
            sampling=0.0,
            max_event_age=timedelta(minutes=15),
        ),
        Program(id="rest", survey=None, sampling=0.5),
    )
    assert rules.surveys_named() == {"repair"}


def test_the_policy_says_what_it_says() -> None:
    rules = read(
        """
policy:
  default_timezone: Asia/Urumqi
  window: {from: "10:00"}
  channels: {voice: {until: "18:00"}, sms: {from: "08:00", until: "24:00"}}
  legal_windows: false
  caps:
    - {counts: contacts, limit: 2, per: 7d, exempt: [service]}
    - {counts: invitations, limit: 1, per: 1h}
  on_cap: drop
  useful_until: 2d
""",
        {},
    )
    assert rules.policy == terms.Rules(
        window=Window(opens=600, closes=1200),
        windows={
            Channel.VOICE: Window(opens=600, closes=1080),
            Channel.SMS: Window(opens=480, closes=1440),
        },
        caps=(
            Cap(
                counts=Counts.CONTACTS,
                limit=2,
                per=timedelta(days=7),
                exempt=frozenset({MessageClass.SERVICE}),
            ),
            Cap(counts=Counts.INVITATIONS, limit=1, per=timedelta(hours=1)),
        ),
        on_cap=OnCap.DROP,
        default_timezone="Asia/Urumqi",
        legal_windows=False,
    )
    assert rules.useful_until == timedelta(days=2)


def test_the_window_of_a_channel_may_stand_within_the_usual_one() -> None:
    within = 'policy: {window: {from: "10:00", channels: {voice: {until: "18:00"}}}}'
    beside = 'policy: {window: {from: "10:00"}, channels: {voice: {until: "18:00"}}}'
    assert read(within, {}).policy == read(beside, {}).policy
    with pytest.raises(SettingsFault, match=r"policy\.window\.channels\.voice: .* is not before"):
        read(within.replace("18:00", "09:00"), {})


def test_a_channel_that_has_its_window_in_both_places_is_a_fault_with_its_line() -> None:
    text = """policy:
  window:
    channels: {sms: {from: "10:00"}, voice: {until: "18:00"}}
  channels: {voice: {until: "19:00"}, email: {until: "19:00"}}
"""
    with pytest.raises(SettingsFault) as refused:
        read(text, {})
    [fault] = refused.value.faults
    assert fault.startswith("huifang.yaml:3: policy.window.channels.voice: stands under")
    assert "policy.channels.voice" in fault


def test_holidays_and_blackouts_are_kept_as_days_or_as_instants() -> None:
    policy = read(
        """
policy:
  holidays: [CN, US]
  blackouts:
    - {from: 2026-10-01, until: 2026-10-08}
    - {from: 2026-11-11T00:00:00+08:00, until: "2026-11-11T18:30:00Z", regions: [JX, "NO"]}
""",
        {},
    ).policy
    assert policy.holidays == ("CN", "US")
    assert policy.blackouts == (
        Blackout(begins=date(2026, 10, 1), ends=date(2026, 10, 8)),
        Blackout(
            begins=datetime(2026, 11, 10, 16, tzinfo=UTC),
            ends=datetime(2026, 11, 11, 18, 30, tzinfo=UTC),
            regions=("JX", "NO"),
        ),
    )
    assert policy.legal_windows is True


def test_a_rate_of_null_is_no_limit() -> None:
    rules = read("policy: {rates: {sms: null, voice: 2/m}}", {})
    assert rules.rates == {
        Channel.VOICE: Rate(count=2, per=timedelta(minutes=1)),
        Channel.EMAIL: Rate(count=20, per=timedelta(seconds=1)),
    }


def test_the_centre_is_open_on_the_days_it_names() -> None:
    hours = '{fri-sun: "10:00-24:00", tue: "09:30-17:00"}'
    centre = read(f"centre: {{timezone: Europe/London, hours: {hours}}}", {}).centre
    late = Window(opens=600, closes=1440)
    assert centre.timezone == "Europe/London"
    assert centre.hours == {1: Window(opens=570, closes=1020), 4: late, 5: late, 6: late}


def test_agents_are_read_into_one_form() -> None:
    text = (
        'agents: [{id: A-7, team: NOC, phone: "+86 138 0013 8000", email: A@B.test, locale: zh_cn}]'
    )
    assert read(text, {}).agents == (
        Agent(id="A-7", team="NOC", phone="+8613800138000", email="a@b.test", locale="zh-CN"),
    )


def test_complaints_have_classes_and_the_hours_of_the_centre() -> None:
    rules = read(
        """
complaints:
  reopen: false
  per: 7d
  capacity: 20
  recovery_survey: null
  classes:
    - {id: legal, when: {tier: [vip], words: [律师, sue]}, clock: business, respond: 5m}
    - {id: rest, respond: 30m, resolve: 8h, tell: 1d, escalate_to: [manager]}
""",
        {},
    )
    legal, rest = rules.complaints.classes
    assert rules.complaints == ComplaintRules(
        reopen=False, per=timedelta(days=7), classes=(legal, rest), capacity=20
    )
    assert (rest.respond, rest.resolve) == (timedelta(minutes=30), timedelta(hours=8))
    centre = read("centre: {timezone: Asia/Tokyo, hours: {sat: '10:00-12:00'}}", {})
    assert centre.complaints.opening.timezone == "Asia/Tokyo"
    assert centre.complaints.opening.hours.week[4:] == ((), ((600, 720),), ())
    assert legal.when == Circumstances(tier=("vip",), words=("律师", "sue"))
    assert (legal.clock, rest.escalate_to) == (ClockKind.BUSINESS, ("manager",))
    assert rules.complaint_extras.recovery_survey is None


def test_callbacks_say_what_they_say() -> None:
    callbacks = read(
        "callbacks: {attempts: [5m, next_day, next_day], mode: customer_first, book: {latest: 2h}}",
        {},
    ).callbacks
    assert callbacks.attempts == (timedelta(minutes=5), NextDay.NEXT_DAY, NextDay.NEXT_DAY)
    assert callbacks.mode is DialMode.CUSTOMER_FIRST
    assert callbacks.book == Booking(latest=timedelta(hours=2))


DESK = (
    'desks: {/tickets: {kind: webhook, url: "https://d.test", token: "env:TOK", secret: "env:SEC"}}'
)


def test_a_string_is_read_from_the_environment_where_it_says_so() -> None:
    rules = read(
        DESK + "\npeople: {manager: {email: env:LEAD}}",
        {"TOK": "tok", "SEC": HOOK, "LEAD": "lead@acme.test"},
    )
    assert rules.desks == {
        "/tickets": DeskRules(kind=DeskKind.WEBHOOK, url="https://d.test", token="tok", secret=HOOK)
    }
    assert rules.people["manager"].email == "lead@acme.test"


def test_a_logo_is_where_a_picture_is_fetched_from() -> None:
    for logo in ("https://demo.test/a.png", "/static/a.png", "data:image/png;base64,AAAA"):
        assert read(f'brand: {{logo: "{logo}"}}', {}).brand.logo == logo
    told = only_fault('brand: {logo: "javascript:alert(1)"}')
    assert told.startswith("huifang.yaml:1: brand.logo: must be the URL of a picture")


def test_a_variable_that_is_missing_is_a_fault_where_it_is_named() -> None:
    text = DESK.replace(", token", ",\n  token")
    assert faults(text, {"SEC": " "}) == (
        "huifang.yaml:2: desks./tickets.secret: the variable SEC is not set",
        "huifang.yaml:2: desks./tickets.token: the variable TOK is not set",
    )
    assert "name of a variable" in only_fault('brand: {name: "env:a b"}')


def test_no_fault_and_no_representation_tells_the_secret_of_a_desk() -> None:
    found = faults(DESK, {"TOK": "sesame one", "SEC": "sesame-two"})
    assert len(found) == 2
    assert "sesame" not in "".join(found)
    assert HOOK not in repr(read(DESK, {"TOK": "sesame", "SEC": HOOK}))
    assert "sesame" not in repr(read(DESK, {"TOK": "sesame", "SEC": HOOK}))


def test_all_faults_are_told_at_once_by_line() -> None:
    found = faults(
        """\
brand: {name: Acme, color: red}
programs:
  - id: one
    delay: soon
    when: {colour: [red]}
  - id: one
    sampling: 1.5
policy:
  window: {from: "20:00", until: "09:00"}
  caps:
    - {counts: invitations, limit: 1, per: 30d}
    - {counts: calls, limit: 0, per: 30d}
retention: {events: 100d}
extra: 1
"""
    )
    places = [line.removeprefix("huifang.yaml:").partition(": ") for line in found]
    assert [(line, rest.partition(": ")[0]) for line, _, rest in places] == [
        ("1", "brand.color"),
        ("4", "programs.0.delay"),
        ("5", "programs.0.when.colour"),
        ("6", "programs.1.id"),
        ("7", "programs.1.sampling"),
        ("9", "policy.window"),
        ("12", "policy.caps.1.counts"),
        ("12", "policy.caps.1.limit"),
        ("13", "retention.events"),
        ("14", "extra"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('colour: "#0b5fff"', "colour: blue", "1: brand.colour"),
        ("name: 示例电信", 'name: "a\\nb"', "1: brand.name"),
        ("timezone: Asia/Shanghai", "timezone: Asia/Peking", "2: centre.timezone"),
        ('"09:00-18:00"', '"9-18"', "2: centre.hours.mon-fri"),
        ('"09:00-18:00"', '"18:00-09:00"', "2: centre.hours.mon-fri"),
        ("mon-fri:", "weekdays:", "2: centre.hours.weekdays"),
        ('"09:00-18:00"', '"09:00-18:00", fri: "09:00-12:00"', "2: centre.hours.fri"),
        ("holidays: [CN]", "holidays: [NO]", "2: centre.holidays.0"),
        ("holidays: [CN]", "holidays: [XX]", "2: centre.holidays.0"),
        ("team_lead: {email: null}", "team_lead: {email: lead}", "3: people.team_lead.email"),
        ("agents: []", "agents: [{id: a}, {id: a}]", "4: agents.1.id"),
        ("agents: []", 'agents: [{id: a, phone: "12"}]', "4: agents.0.phone"),
        ("satisfaction: 85", "satisfaction: 101", "5: targets.satisfaction"),
        ("desks: {}", "desks: {/a: {kind: webhook}}", "6: desks./a.url"),
        ("desks: {}", "desks: {/a: {kind: otrs}}", "6: desks./a.kind"),
        ("desks: {}", 'desks: {/a: {kind: jira, url: "https://j.test"}}', "6: desks./a.token"),
        ("desks: {}", "desks: {/a: {kind: tmf621}}", "6: desks./a.url"),
        ("    when: {}\n    skip", "    when: {tier: []}\n    skip", "9: programs.0.when.tier"),
        ("    when: {}\n    skip", "    when: {tier: vip}\n    skip", "9: programs.0.when.tier"),
        ("own_ticket: true", 'own_ticket: "yes"', "10: programs.0.skip.own_ticket"),
        ("own_ticket: true", "domains: [a b]", "10: programs.0.skip.domains.0"),
        *(
            (
                "    when: {}\n    skip",
                f"    when: {{attributes: {wrong}}}\n    skip",
                f"9: {where}",
            )
            for wrong, where in (
                ("[a]", "programs.0.when.attributes"),
                ("{a..b: [x]}", "programs.0.when.attributes.a..b"),
                ("{ticket.level: []}", "programs.0.when.attributes.ticket.level"),
                ("{ticket.level: [1]}", "programs.0.when.attributes.ticket.level.0"),
            )
        ),
        ("survey: csat", "survey: 5", "11: programs.0.survey"),
        ("repeat: per_cycle", "repeat: always", "13: programs.0.repeat"),
        ("delay: 2h", "delay: 2", "14: programs.0.delay"),
        ("delay: 2h", "delay: 1.5h", "14: programs.0.delay"),
        ("delay: 2h", "delay: 9999999d", "14: programs.0.delay"),
        ("[sms, email, voice]", "[]", "15: programs.0.channels"),
        ("[sms, email, voice]", "[sms, fax]", "15: programs.0.channels.1"),
        ("[sms, email, voice]", "[sms, sms]", "15: programs.0.channels"),
        ("reminders: [24h]", "reminders: [0m]", "16: programs.0.reminders.0"),
        ("max_contacts: 3", "max_contacts: 0", "18: programs.0.max_contacts"),
        ("max_contacts: 3", "max_contacts: true", "18: programs.0.max_contacts"),
        ("sampling: 1.0", "sampling: -0.1", "21: programs.0.sampling"),
        ("sampling: 1.0", "sampling: .nan", "21: programs.0.sampling"),
        ("sampling: 1.0", "sampling: true", "21: programs.0.sampling"),
        ("default_timezone: null", "default_timezone: Nowhere", "24: policy.default_timezone"),
        ('from: "09:00"', "from: 10:30", "25: policy.window.from"),
        ('until: "20:00"', 'until: "24:01"', "25: policy.window"),
        ('until: "20:00"', 'until: "09:00"', "25: policy.window"),
        ("legal_windows: true", "channels: {sms: {until: '08:00'}}", "26: policy.channels.sms"),
        ("legal_windows: true", "channels: {fax: {}}", "26: policy.channels.fax"),
        ("legal_windows: true", "legal_windows: 1", "26: policy.legal_windows"),
        ("  holidays: []", "  holidays: [CN, ZZ]", "27: policy.holidays.1"),
        ("  holidays: []", "  holidays: [CN, cn]", "27: policy.holidays.1"),
        ("  holidays: []", "  holidays: [CHN]", "27: policy.holidays.0"),
        ("  holidays: []", "  holidays: [CN, CN]", "27: policy.holidays"),
        *(
            ("blackouts: []", f"blackouts: [{entry}]", f"28: policy.blackouts.0{where}")
            for entry, where in [
                ("{from: 2026-10-01}", ".until"),
                ("{from: 2026-10-01, until: 2026-10-01}", ""),
                ("{from: 2026-10-02, until: 2026-10-01}", ""),
                ("{from: 2026-10-01, until: 2026-10-02T00:00:00Z}", ""),
                ("{from: 2026-10-01T08:00:00, until: 2026-10-02}", ".from"),
                ("{from: 2026-02-30, until: 2026-03-02}", ".from"),
                ("{from: 2026-10-01, until: 20261002}", ".until"),
                ('{from: 2026-10-01, until: "0001-01-01T00:00:00+14:00"}', ".until"),
                ('{from: 2026-10-01, until: 2026-10-02, regions: [""]}', ".regions.0"),
                ("{from: 2026-10-01, until: 2026-10-02, regions: JX}", ".regions"),
                ("{from: 2026-10-01, until: 2026-10-02, region: JX}", ".region"),
                ("week", ""),
            ]
        ),
        ("limit: 1, per: 30d", "limit: 0, per: 30d", "30: policy.caps.0.limit"),
        ("limit: 1, per: 30d", "limit: 1", "30: policy.caps.0.per"),
        ("promised_callback, service]", "sales]", "31: policy.caps.1.exempt.1"),
        ("on_cap: defer", "on_cap: wait", "32: policy.on_cap"),
        ("sms: 10/s", "sms: 10", "34: policy.rates.sms"),
        ("sms: 10/s", "sms: 0/s", "34: policy.rates.sms"),
        ("max_reopens: 1", "max_reopens: -1", "37: complaints.max_reopens"),
        ("clock: calendar", "clock: lunar", "42: complaints.classes.0.clock"),
        ("[team_lead, manager]", "[ceo]", "46: complaints.classes.0.escalate_to.0"),
        ("capacity: null", "capacity: 0", "48: complaints.capacity"),
        ("earliest: 1h", "earliest: 14d", "53: callbacks.book"),
        ("next_day]", "next_week]", "55: callbacks.attempts.2"),
        ("mode: agent_first", "mode: both", "57: callbacks.mode"),
        ("events: 200d", "events: 183d", "59: retention.events"),
    ],
)
def test_what_cannot_be_is_refused_where_it_stands(old: str, new: str, where: str) -> None:
    assert only_fault(changed(old, new)).startswith(f"huifang.yaml:{where}: ")


def test_events_may_be_kept_for_half_a_year() -> None:
    assert read("retention: {events: 184d}", {}).retention.events == timedelta(days=184)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (
            "    callback: null\n    repeat",
            "    callback: {topic: x, priority: soon}\n    repeat",
            "12: programs.0.callback.priority: must be one of urgent, high, normal, low",
        ),
        (
            "    callback: null\n    repeat",
            "    callback: {topic: x, after: 72h, within: 72h}\n    repeat",
            "12: programs.0.callback: after must be before within",
        ),
        (
            "    callback: null\n    repeat",
            "    callback: {topic: what is it}\n    repeat",
            "12: programs.0.callback.topic: must be letters, digits, dots, dashes and colons",
        ),
        ("      callback: null", "      callback: {}", "47: complaints.classes.0.callback.topic"),
    ],
)
def test_a_call_that_is_owed_says_what_about_and_when(old: str, new: str, where: str) -> None:
    assert only_fault(changed(old, new)).startswith(f"huifang.yaml:{where}")


def test_programs_and_classes_may_owe_a_call() -> None:
    rules = read(
        "programs: [{id: a, survey: null, callback: {topic: care, after: 2h, priority: high}}]\n"
        "complaints: {classes: [{id: k, callback: {topic: sorry, after: 0s, within: 4h}}]}",
        {},
    )
    [program], [owed] = rules.programs, rules.complaints.classes
    assert program.survey is None
    assert program.callback == CareCall(topic="care", after=timedelta(hours=2), priority="high")
    assert owed.callback is not None
    assert (owed.callback.after, owed.callback.within) == (timedelta(0), timedelta(hours=4))


@pytest.mark.parametrize("word", ["NO", "20:00"])
def test_what_yaml_takes_for_something_else_is_to_be_put_in_quotes(word: str) -> None:
    assert "quotes" in only_fault(f"policy: {{window: {{from: {word}}}}}")


def test_text_that_is_no_yaml_is_one_fault() -> None:
    assert only_fault("brand: {name: a}\nprograms: [}").startswith("huifang.yaml:2: not YAML")
    assert only_fault("- 1\n- 2").startswith("huifang.yaml:1: must be a mapping")
    assert only_fault("word").startswith("huifang.yaml:1: must be a mapping")


def test_a_key_given_twice_does_not_hide_the_other_faults() -> None:
    first, second = faults("brand: {colour: 1}\nbrand: {}\n")
    assert first.startswith("huifang.yaml:1: brand.colour: ")
    assert second.startswith("huifang.yaml:2: the key 'brand' is given twice")


def test_a_missing_key_of_an_entry_is_told_at_the_entry() -> None:
    assert only_fault("programs:\n  - id: a\n  - survey: csat\n").startswith(
        "huifang.yaml:3: programs.1.id: "
    )
