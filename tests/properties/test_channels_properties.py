"""Holds hours, policy and readers of addresses to what must be so for every input."""

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels import keywords, links, segments
from channels.laws import LAWS
from channels.model import Address, Channel, MessageClass, OptOut, OptOutState, Person
from channels.places import ZONES
from channels.policy import (
    Blackout,
    Cap,
    Counts,
    Facts,
    Never,
    OnCap,
    Past,
    Reach,
    Rules,
    SendNow,
    Verdict,
    WaitUntil,
    decide,
)
from channels.signature import twilio_sign, twilio_valid
from channels.wording import say
from channels.zones import countries, plausible
from kernel import addresses
from scheduler.holidays import is_holiday
from scheduler.hours import Schedule, Window, closes_at, is_open, next_open, parse_window, zone

MINUTE = timedelta(minutes=1)
NOW = datetime(2026, 3, 27, tzinfo=UTC)  # Europe changes its clocks two days later

# A day in the middle of each is one on which the clocks change, or would have.
CHANGES = [
    ("Australia/Lord_Howe", "2026-04-04"),
    ("Australia/Lord_Howe", "2026-10-03"),
    ("Asia/Kolkata", "2026-03-28"),
    ("America/St_Johns", "2026-03-08"),
    ("America/St_Johns", "2026-11-01"),
    ("Australia/Adelaide", "2026-04-04"),
    ("Australia/Adelaide", "2026-10-03"),
    ("America/Sao_Paulo", "2018-11-04"),
    ("America/Sao_Paulo", "2018-02-17"),
    ("Europe/London", "2026-03-29"),
    ("Europe/London", "2026-10-25"),
]
WINDOWS = [("09:00", "20:00"), ("00:00", "01:15"), ("00:30", "02:30"), ("02:00", "03:00")]
WINDOWS += [("01:45", "02:15"), ("02:15", "24:00"), ("00:00", "24:00"), ("22:30", "24:00")]
WINDOWS += [
    ("01:10", "01:40"),
    ("01:35", "01:50"),
]  # over before the clocks are put back, then again


@cache
def _walls(place: ZoneInfo, start: datetime) -> list[int]:
    """The minute of the day that a clock on the wall shows, at every minute of three days."""
    walls = ((start + minutes * MINUTE).astimezone(place) for minutes in range(3 * 1440))
    return [wall.hour * 60 + wall.minute for wall in walls]


def _scanned(window: Window, place: ZoneInfo, start: datetime) -> list[bool]:
    """Open or not at every minute of three days, by the wall clock alone."""
    return [window.opens <= wall < window.closes for wall in _walls(place, start)]


def _next_true(flags: Sequence[bool], start: datetime, at: int) -> datetime | None:
    with suppress(ValueError):
        return start + flags.index(True, at) * MINUTE
    return None


@pytest.mark.parametrize(("name", "day"), CHANGES)
@pytest.mark.parametrize(("from_", "until"), WINDOWS)
def test_openings_and_closings_agree_with_a_scan_of_every_minute_around_a_change_of_the_clocks(
    name: str, day: str, from_: str, until: str
) -> None:
    place, window = ZoneInfo(name), parse_window(from_, until)
    start = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(days=1)
    open_flags = _scanned(window, place, start)
    shut_flags = [not flag for flag in open_flags]
    for at in range(0, 2 * 1440, 13):
        now = start + at * MINUTE
        expected = _next_true(open_flags, start, at)
        if expected is not None:
            assert next_open(window, [place], now) == expected, now
        shut = _next_true(shut_flags, start, at)
        if shut is not None:
            assert closes_at(window, [place], now) == shut, now


@pytest.mark.parametrize(
    ("names", "day"),
    [
        (("Europe/London", "America/St_Johns"), "2026-03-08"),
        (("Australia/Lord_Howe", "Australia/Adelaide", "Asia/Kolkata"), "2026-04-04"),
        (("America/Sao_Paulo", "Europe/London"), "2018-11-04"),
        (("Asia/Kolkata", "America/Sao_Paulo"), "2018-02-17"),
    ],
)
def test_common_openings_of_several_zones_agree_with_a_scan_of_every_minute(
    names: tuple[str, ...], day: str
) -> None:
    places, window = [ZoneInfo(name) for name in names], parse_window("09:00", "20:00")
    start = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(days=1)
    flags = [all(each) for each in zip(*(_scanned(window, p, start) for p in places), strict=True)]
    for at in range(0, 2 * 1440, 11):
        assert next_open(window, places, start + at * MINUTE) == _next_true(flags, start, at)


names = st.sampled_from(
    [
        *("Asia/Shanghai", "Europe/London", "America/St_Johns", "Australia/Lord_Howe"),
        *("Pacific/Kiritimati", "Pacific/Honolulu", "Asia/Kathmandu", "America/New_York"),
    ]
)
odd_names = st.one_of(st.none(), names, st.text(max_size=8), st.sampled_from(["", "..", "Asia"]))
minutes = st.integers(0, 1440)
any_windows = st.builds(lambda a, b: Window(opens=min(a, b), closes=max(a, b)), minutes, minutes)
windows = st.one_of(any_windows, st.just(Window(opens=9 * 60, closes=20 * 60)))
clock_texts = st.one_of(minutes.map(lambda m: f"{m // 60:02d}:{m % 60:02d}"), st.text(max_size=6))
instants = st.integers(-90 * 86_400, 90 * 86_400).map(lambda s: NOW + timedelta(seconds=s))
far_instants = st.one_of(instants, st.datetimes(timezones=st.just(UTC)))
classes = st.sampled_from(list(MessageClass))
hours_ago = st.integers(-30, 30).map(lambda hours: NOW + timedelta(hours=hours))
pasts = st.builds(
    Past,
    at=st.one_of(hours_ago, hours_ago, far_instants),
    message_class=classes,
)
opt_outs = st.builds(
    OptOut,
    channel=st.sampled_from(["sms", "email", "voice", "all", "fax"]),
    at=instants,
    how=st.just("keyword"),
    state=st.sampled_from(list(OptOutState)),
)
phones = st.sampled_from(
    [
        *("+8613800138000", "+14155552671", "+18005551234", "+61412345678", "+79161234567"),
        *("+33142345678", "", "x"),
    ]
)
regions = st.one_of(st.none(), st.sampled_from(["JX", "US-FL", "us-tx", "AU-WA", "FL", " "]))


rarely = st.integers(0, 11).map(lambda drawn: drawn == 7)
mostly = st.integers(0, 3).map(bool)


@st.composite
def reaches(draw: st.DrawFn) -> dict[Channel, Reach]:
    return {
        channel: Reach(
            address=Address(
                channel=channel,
                value="a@b.test" if channel is Channel.EMAIL else draw(phones),
                index=b"x",
            ),
            opt_outs=(draw(opt_outs),) if draw(rarely) else (),
            dead=draw(rarely),
            history=tuple(draw(st.lists(pasts, max_size=3))),
            open_question=draw(st.sampled_from([None, None, None, "i_other"])),
        )
        for channel in Channel
        if draw(mostly)
    }


people = st.builds(
    Person,
    source=st.just("/t"),
    id=st.just("C-1"),
    phone=st.one_of(st.none(), phones),
    timezone=st.one_of(names, odd_names),
    region=regions,
    channels=st.lists(st.sampled_from(["sms", "email", "voice", "fax"]), max_size=3).map(tuple),
    do_not_contact=rarely,
    paused_until=st.one_of(st.none(), st.none(), far_instants),
    window=st.one_of(st.none(), st.none(), st.tuples(clock_texts, clock_texts)),
)
facts_drawn = st.builds(
    Facts,
    message_class=classes,
    person=people,
    wanted=st.one_of(
        st.permutations(list(Channel)).map(tuple),
        st.lists(st.sampled_from(list(Channel)), max_size=4).map(tuple),
    ),
    reachable=reaches(),
    fixed=st.one_of(st.none(), st.none(), st.sampled_from(list(Channel))),
    history=st.lists(pasts, max_size=4).map(tuple),
    useful_until=st.one_of(
        st.none(),
        st.integers(1, 40 * 24).map(lambda hours: NOW + timedelta(hours=hours)),
        far_instants,
    ),
)
caps_drawn = st.builds(
    Cap,
    counts=st.sampled_from(list(Counts)),
    limit=st.integers(0, 3),
    per=st.one_of(
        st.sampled_from([timedelta(hours=2), timedelta(hours=24), timedelta(days=30)]),
        st.timedeltas(min_value=timedelta(0)),
    ),
    exempt=st.frozensets(classes, max_size=3),
)
days = st.integers(-3, 40).map(lambda day: date(2026, 3, 26) + timedelta(days=day))


def _blackout(begins: date, length: int, regions: tuple[str, ...], *, exact: bool) -> Blackout:
    ends = begins + timedelta(days=length)
    if exact:
        begins, ends = (datetime(d.year, d.month, d.day, 3, tzinfo=UTC) for d in (begins, ends))
    return Blackout(begins=begins, ends=ends, regions=regions)


blackouts_drawn = st.builds(
    _blackout,
    begins=days,
    length=st.integers(1, 20),
    regions=st.lists(st.sampled_from(["JX", "CN", "US", "US-FL"]), max_size=2).map(tuple),
    exact=st.booleans(),
)
rules_drawn = st.builds(
    Rules,
    window=windows,
    windows=st.dictionaries(st.sampled_from(list(Channel)), windows, max_size=2),
    caps=st.lists(caps_drawn, max_size=3).map(tuple),
    on_cap=st.sampled_from(list(OnCap)),
    default_timezone=odd_names,
    legal_windows=st.booleans(),
    holidays=st.lists(st.sampled_from(["CN", "US", "FR", "XX"]), max_size=2).map(tuple),
    blackouts=st.lists(blackouts_drawn, max_size=2).map(tuple),
)
nows = st.integers(0, 5 * 1440).map(lambda m: NOW + m * MINUTE)
slowly = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _zones(facts: Facts, rules: Rules, channel: Channel) -> tuple[ZoneInfo, ...]:
    reach = facts.reachable[channel]
    phone = facts.person.phone if channel is Channel.EMAIL else reach.address.value
    return plausible(facts.person.timezone, phone, facts.person.region, rules.default_timezone)[0]


def _shut(facts: Facts, rules: Rules, channel: Channel, at: datetime, place: ZoneInfo) -> str:
    """What is against an instant in one zone, told by the wall clock alone; empty if nothing is."""
    wall = at.astimezone(place)
    minute, day = wall.hour * 60 + wall.minute, wall.date()
    window = rules.windows.get(channel, rules.window)
    if not window.opens <= minute < window.closes:
        return "window"
    if any(is_holiday(day, country) for country in rules.holidays):
        return "holiday"
    reach = facts.reachable[channel]
    phone = facts.person.phone if channel is Channel.EMAIL else reach.address.value
    lands = countries(phone, facts.person.region)
    for law in LAWS if rules.legal_windows else ():
        elsewhere = _state(facts) not in {None, law.region} and law.region is not None
        if channel in law.channels and set(lands) & set(law.countries) and not elsewhere:
            if any(is_holiday(day, country) for country in law.hours.holidays):
                return law.id
            if not any(a <= minute < b for a, b in law.hours.week[wall.weekday()]):
                return law.id
    for each in rules.blackouts:
        inside = each.begins <= (at if isinstance(each.begins, datetime) else day) < each.ends
        if inside and (not each.regions or not (facts.person.region or "").strip()):
            return "blackout"
        if inside and facts.person.region in each.regions:
            return "blackout"
    return ""


def _state(facts: Facts) -> str | None:
    """The known state of the one country whose states have laws of their own."""
    region = (facts.person.region or "").upper()
    return region if region in ZONES and region.startswith("US-") else None


def _counted(cap: Cap, history: Sequence[Past], now: datetime) -> int:
    if cap.counts is Counts.INVITATIONS:
        kinds = {MessageClass.INVITATION}
    else:
        kinds = set(MessageClass) - {MessageClass.CONVERSATION}
    kinds -= cap.exempt
    return sum(past.message_class in kinds and now - past.at < cap.per for past in history)


def _fits_caps(facts: Facts, rules: Rules, channel: Channel, now: datetime) -> bool:
    kind = facts.message_class
    for cap in rules.caps:
        if kind is MessageClass.CONVERSATION or kind in cap.exempt:
            continue
        if cap.counts is Counts.INVITATIONS and kind is not MessageClass.INVITATION:
            continue
        for history in (facts.history, facts.reachable[channel].history):
            if _counted(cap, history, now) >= cap.limit:
                return False
    return True


def _check_sending(facts: Facts, rules: Rules, verdict: SendNow, now: datetime) -> None:
    channel = verdict.channel
    reach = facts.reachable[channel]
    assert facts.fixed in {None, channel}
    assert facts.fixed is not None or channel in facts.wanted
    assert not reach.dead
    assert not facts.person.do_not_contact
    assert not [stop for stop in reach.opt_outs if stop.channel in {channel.value, "all", "fax"}]
    assert _fits_caps(facts, rules, channel, now)
    assert verdict.not_after is None or verdict.not_after > now
    assert facts.useful_until is None or now < facts.useful_until
    if facts.message_class in {MessageClass.CONVERSATION, MessageClass.PROMISED_CALLBACK}:
        return
    assert facts.person.paused_until is None or facts.person.paused_until <= now
    places = _zones(facts, rules, channel)
    assert places
    last = now if verdict.not_after is None else verdict.not_after - timedelta(microseconds=1)
    for place in places:
        for at in (now, last):
            assert _shut(facts, rules, channel, at, place) == ""


def _checked(facts: Facts, rules: Rules, now: datetime) -> Verdict:
    verdict = decide(facts, rules, now)
    json.dumps([dict(asked.facts) for asked in verdict.trace], allow_nan=False)
    for asked in verdict.trace:
        assert asked.verdict in {"pass", "defer", "suppress"}
        assert say(asked.rule, asked.verdict, asked.facts, "en")
    match verdict:
        case SendNow():
            _check_sending(facts, rules, verdict, now)
        case WaitUntil(at=at):
            assert at > now
            assert facts.useful_until is None or at < facts.useful_until
            assert "defer" in {asked.verdict for asked in verdict.trace}
        case Never():
            assert not facts.wanted or verdict.trace
    return verdict


@slowly
@given(facts=facts_drawn, rules=rules_drawn, now=nows)
def test_every_decision_is_safe_explained_and_ends(
    facts: Facts, rules: Rules, now: datetime
) -> None:
    questions = 0
    for _ in range(200):
        verdict = _checked(facts, rules, now)
        if not isinstance(verdict, WaitUntil):
            return
        if verdict.reason == "one_open_question":
            questions += 1
            if questions > 30:  # nobody answered it: asking again each hour is what is meant
                return
        else:
            # What was waited for is over: the same reason does not come up again at that instant.
            after = decide(facts, rules, verdict.at)
            assert not isinstance(after, WaitUntil) or after.reason == "one_open_question"
        now = verdict.at
    raise AssertionError("it waits for ever")


@slowly
@given(facts=facts_drawn, rules=rules_drawn)
def test_at_any_instant_of_the_calendar_something_is_decided(facts: Facts, rules: Rules) -> None:
    for at in (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)):
        verdict = decide(facts, rules, at)
        assert isinstance(verdict, SendNow | WaitUntil | Never)
        assert not isinstance(verdict, WaitUntil) or verdict.at > at


@settings(deadline=None)
@given(window=windows, places=st.lists(names, min_size=1, max_size=4), now=instants)
def test_the_next_opening_is_open_and_the_closing_is_not(
    window: Window, places: list[str], now: datetime
) -> None:
    zones = [ZoneInfo(name) for name in places]
    opening = next_open(window, zones, now)
    if opening is None:
        assert not is_open(window, zones, now)
        return
    assert opening >= now
    assert is_open(window, zones, opening)
    if opening > now:
        assert not is_open(window, zones, opening - timedelta(microseconds=1))
    closing = closes_at(window, zones, opening)
    if closing is not None:
        assert closing > opening
        assert not is_open(window, zones, closing)
        assert is_open(window, zones, closing - timedelta(microseconds=1))


# Where clocks move by an hour, by half an hour, at midnight, in the south, on half hours, or a day.
MOVING = [
    *("Europe/London", "America/New_York", "America/St_Johns", "Australia/Adelaide"),
    *("Australia/Lord_Howe", "America/Santiago", "Pacific/Chatham", "Africa/Casablanca"),
    *("Asia/Kolkata", "Africa/Cairo", "America/Havana", "Antarctica/Troll"),
]


def _moves(name: str) -> list[datetime]:
    """The instants of 2026 at which a zone's clocks are put on or back, to the half hour."""
    place, begin = ZoneInfo(name), datetime(2026, 1, 1, tzinfo=UTC)

    def moved(start: datetime, step: timedelta, steps: int) -> list[datetime]:
        instants = [start + n * step for n in range(steps + 1)]
        offsets = [at.astimezone(place).utcoffset() for at in instants]
        return [instants[n] for n in range(steps) if offsets[n] != offsets[n + 1]]

    half_hour = timedelta(minutes=30)
    found = [moved(day, half_hour, 48) for day in moved(begin, timedelta(days=1), 365)]
    return [at + half_hour for instants in found for at in instants]


AROUND = [(name, move) for name in MOVING for move in _moves(name) or [NOW]]
spans = st.lists(st.tuples(minutes, minutes).filter(lambda s: s[0] < s[1]), max_size=2)


def _disjoint(drawn: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    ordered = sorted(drawn)
    return tuple(s for i, s in enumerate(ordered) if i == 0 or s[0] > ordered[i - 1][1])


schedules = st.builds(
    Schedule,
    week=st.lists(spans.map(_disjoint), min_size=7, max_size=7).map(tuple),
    holidays=st.sampled_from([(), ("GB",), ("AU", "US")]),
    days_off=st.lists(st.tuples(days, st.integers(1, 4)), max_size=2).map(
        lambda drawn: tuple((day, day + timedelta(days=length)) for day, length in drawn)
    ),
)


def _by_wall(hours: Schedule, places: Sequence[ZoneInfo], at: datetime) -> bool:
    for place in places:
        wall = at.astimezone(place)
        day, minute = wall.date(), wall.hour * 60 + wall.minute
        if any(first <= day < last for first, last in hours.days_off):
            return False
        if any(is_holiday(day, country) for country in hours.holidays):
            return False
        if not any(a <= minute < b for a, b in hours.week[wall.weekday()]):
            return False
    return True


@slowly
@given(
    hours=schedules,
    around=st.lists(st.sampled_from(AROUND), min_size=1, max_size=3),
    offset=st.integers(-2 * 1440, 2 * 1440),
)
def test_schedules_agree_with_the_wall_clock_near_every_change_of_the_clocks(
    hours: Schedule, around: list[tuple[str, datetime]], offset: int
) -> None:
    places = [ZoneInfo(name) for name, _ in around]
    now = around[0][1] + offset * MINUTE
    assert is_open(hours, places, now) is _by_wall(hours, places, now)
    opening = next_open(hours, places, now)
    shut, last = now, now + timedelta(days=1)
    while shut < (last if opening is None else min(last, opening)):
        assert not _by_wall(hours, places, shut), shut
        shut += timedelta(minutes=29)
    if opening is None:
        return
    assert _by_wall(hours, places, opening)
    assert opening == now or not _by_wall(hours, places, opening - timedelta(microseconds=1))
    closing = closes_at(hours, places, opening)
    if closing is not None:
        assert not _by_wall(hours, places, closing)
        assert _by_wall(hours, places, closing - timedelta(microseconds=1))


@given(st.text())
def test_any_text_names_a_zone_or_none_and_raises_nothing(text: str) -> None:
    found = zone(text)
    assert found is None or found.key == text


@given(st.text(), st.booleans())
def test_any_message_is_read_without_raising(text: str, opted_out: bool) -> None:
    keywords.read(text, opted_out)


marks = st.text(alphabet=" .,!?！。、~…\"'()【】\n\t🙂🛑*-", max_size=6)


@given(
    st.sampled_from(["stop", "退订", "unsubscribe", "td", "拒收", "opt out"]),
    marks,
    marks,
    st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_a_stop_word_stays_certain_in_any_case_and_wrapping(
    word: str, before: str, after: str, upper: list[bool]
) -> None:
    cased = "".join(char.upper() if up else char for char, up in zip(word, upper, strict=False))
    read = keywords.read(before + cased + after, opted_out=False)
    assert read == keywords.OptOutWord(certain=True, all_channels=False)


@given(st.text(max_size=400))
def test_segments_hold_all_units_and_no_more_segments_than_needed(text: str) -> None:
    counted = segments.count(text)
    alone, each = (160, 153) if counted.encoding == "GSM-7" else (70, 67)
    if counted.units <= alone:
        assert counted.segments == 1
    else:
        assert counted.units <= counted.segments * each
        # At most one unit of each segment is lost to a character that would have straddled.
        assert counted.units > (counted.segments - 1) * (each - 1)


@given(st.text(), st.sampled_from([None, "CN", "US", "GB", "", "?"]))
def test_a_normal_number_is_its_own_normal_form(text: str, hint: str | None) -> None:
    number = addresses.phone(text, hint)
    assert number is None or addresses.phone(number, None) == number


@given(
    st.one_of(
        st.text(),
        st.emails(),
        st.builds(lambda a, b: f"{a}@{b}.test", st.text(max_size=5), st.text(max_size=5)),
    )
)
def test_a_normal_mailbox_is_its_own_normal_form_whatever_its_case(text: str) -> None:
    mailbox = addresses.email(text)
    if mailbox is not None:
        assert addresses.email(mailbox) == mailbox
        assert mailbox.count("@") == 1
        assert not any(char.isspace() or ord(char) < 32 for char in mailbox)
    if text.isascii():
        assert addresses.email(text.upper()) == addresses.email(text.lower())


@given(st.text())
def test_any_text_can_be_masked(text: str) -> None:
    assert "***" in addresses.mask(text)


@given(st.text(), st.text(max_size=60), st.binary(min_size=1), st.integers(1, 10**6))
def test_a_link_gives_back_what_was_signed_for_its_purpose(
    purpose: str, subject: str, key: bytes, seconds: int
) -> None:
    token = links.sign(purpose, subject, NOW + timedelta(seconds=seconds), [key])
    assert links.verify(purpose, token, NOW, [b"another", key]) == subject
    assert links.verify(purpose + "x", token, NOW, [key]) is None
    assert links.verify(purpose, token, NOW + timedelta(seconds=seconds), [key]) is None


@given(st.text(), st.binary(min_size=1))
def test_any_text_is_no_token(text: str, key: bytes) -> None:
    assert links.verify("survey", text, NOW, [key]) is None


@given(
    st.text(min_size=1),
    st.text(),
    st.lists(st.tuples(st.text(), st.text()), max_size=4),
    st.one_of(st.none(), st.text()),
)
def test_a_signature_is_valid_in_any_order_of_the_form_and_no_other_is(
    token: str, url: str, form: list[tuple[str, str]], other: str | None
) -> None:
    signature = twilio_sign(token, url, form)
    assert twilio_valid(token, url, form[::-1] + form, signature)
    assert not twilio_valid(token, url, form, other)
