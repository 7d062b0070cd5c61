"""Holds what is known of customers to what must be so in whatever order it is told and chosen."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from channels.choices import Chosen, PreferencesSchema, Refused, from_json
from channels.model import Person
from channels.pageform import from_form, typed
from channels.policy import DEFAULT
from channels.preferences import CHOOSABLE, Known, Told, choose, learn
from kernel.addresses import email
from kernel.locales import read_locale
from kernel.vault import open_vault
from scheduler.hours import Window, parse_window
from tickets.addresses import read_phone
from tickets.intake import read_event
from tickets.model import Refused as RefusedEvent
from tickets.model import TicketClosed

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOURS = Window(opens=9 * 60, closes=20 * 60)
STRANGER = Known(
    person=Person(source="/t", id="C-1"),
    told_at=datetime(1970, 1, 1, tzinfo=UTC),
    channels_at=datetime(1970, 1, 1, tzinfo=UTC),
    blocked_at=datetime(1970, 1, 1, tzinfo=UTC),
)

STRANGER_TOLD = Told(source="/t", id="C-1")

locales = st.sampled_from(["zh-CN", "en", "fr"])
zones = st.sampled_from(["Asia/Shanghai", "Europe/London"])
orders = st.sampled_from([("sms",), ("email", "sms"), ("voice", "sms", "email")])
tolds = st.builds(
    Told,
    source=st.just("/t"),
    id=st.just("C-1"),
    name=st.none() | st.sampled_from(["Li", "Wang"]),
    locale=st.none() | locales,
    timezone=st.none() | zones,
    channels=st.none() | orders,
    do_not_contact=st.none() | st.booleans(),
    explicit=st.booleans(),
)
wishes = st.fixed_dictionaries(
    {},
    optional={
        "channels": st.none() | orders,
        "window": st.none() | st.sampled_from([("10:00", "18:00"), ("12:00", "24:00")]),
        "locale": st.none() | locales,
        "timezone": st.none() | zones,
        "do_not_contact": st.none() | st.booleans(),
        "paused_until": st.none() | st.just(NOW + 24 * HOUR),
    },
)


def after(tellings: Sequence[tuple[Told, datetime]], known: Known = STRANGER) -> Known:
    for told, at in tellings:
        known = learn(known, told, at)
    return known


@given(wishes, st.lists(tolds, max_size=5), st.lists(st.integers(-48, 48), min_size=5, max_size=5))
def test_no_event_but_a_later_change_of_preferences_undoes_a_choice(
    wish: dict[str, Any], told: list[Told], hours: list[int]
) -> None:
    chosen, _ = choose(STRANGER, wish, NOW)
    tellings = [(item, NOW + hour * HOUR) for item, hour in zip(told, hours, strict=False)]
    known = after(tellings, chosen)
    for name in ("channels", "locale", "timezone"):
        undone = [
            getattr(item, name)
            for item, at in tellings
            if item.explicit and at > NOW and getattr(item, name) is not None
        ]
        if wish.get(name) is not None and not undone:
            assert getattr(known.person, name) == wish[name]
        elif wish.get(name) is not None:
            assert getattr(known.person, name) in undone
    for name in ("window", "paused_until"):
        assert getattr(known.person, name) == wish.get(name)


@given(st.lists(tolds, max_size=5), st.lists(st.integers(-48, 48), min_size=5, max_size=5))
def test_who_asked_not_to_be_contacted_is_free_again_only_by_a_later_choice(
    told: list[Told], hours: list[int]
) -> None:
    chosen, _ = choose(STRANGER, {"do_not_contact": True}, NOW)
    tellings = [(item, NOW + hour * HOUR) for item, hour in zip(told, hours, strict=False)]
    freed = any(
        item.explicit and item.do_not_contact is False and at >= NOW for item, at in tellings
    )
    assert after(tellings, chosen).person.do_not_contact or freed


def refuses(tellings: Sequence[tuple[Told, datetime]]) -> bool:
    """Whether, taken together, the customer must be left alone: a choice, then what came later."""
    words = [(at, told) for told, at in tellings if told.do_not_contact is not None]
    own = max((word for word in words if word[1].explicit), default=None, key=lambda word: word[0])
    if own is not None and own[1].do_not_contact:
        return True
    later = [word for word in words if own is None or word[0] >= own[0]]
    return bool(later) and bool(max(later, key=lambda word: word[0])[1].do_not_contact)


@given(st.lists(tolds, min_size=2, max_size=4), st.permutations(range(4)))
def test_in_whatever_order_it_is_told_the_same_is_known(told: list[Told], times: list[int]) -> None:
    tellings = [(item, NOW + number * HOUR) for item, number in zip(told, times, strict=False)]
    known = [after(order).person for order in itertools.permutations(tellings)]
    assert len({(each.channels, each.own_locale) for each in known}) == 1
    assert all(each.do_not_contact for each in known) or not refuses(tellings)


@given(tolds, tolds, st.permutations(range(2)))
def test_of_two_words_on_contact_the_order_of_arrival_does_not_matter(
    one: Told, other: Told, times: list[int]
) -> None:
    tellings = [(one, NOW + times[0] * HOUR), (other, NOW + times[1] * HOUR)]
    ends = {after(order).person.do_not_contact for order in (tellings, tellings[::-1])}
    assert ends == {refuses(tellings)}


@given(tolds, wishes)
def test_a_choice_taken_back_leaves_the_next_word_to_whoever_tells(
    told: Told, wish: dict[str, Any]
) -> None:
    chosen, _ = choose(STRANGER, wish, NOW)
    back, _ = choose(chosen, dict.fromkeys(CHOOSABLE), NOW + HOUR)
    assert back.person == replace(STRANGER.person, chosen=back.person.chosen)
    known = learn(back, told, NOW + 2 * HOUR)
    assert known.person.locale == told.locale
    assert known.person.timezone == told.timezone
    assert known.person.channels == (told.channels or ())
    assert known.person.do_not_contact == bool(told.do_not_contact)


@given(wishes, wishes)
def test_choosing_touches_nothing_else_and_says_what_it_changed(
    before: dict[str, Any], wish: dict[str, Any]
) -> None:
    known, _ = choose(STRANGER, before, NOW)
    later, changed = choose(known, wish, NOW + HOUR)
    assert set(changed) <= set(wish)
    for name in CHOOSABLE:
        if name not in changed:
            assert getattr(later.person, name) == getattr(known.person, name)
    assert choose(later, wish, NOW + 2 * HOUR)[1] == ()


@given(st.lists(tolds, max_size=4), st.data())
def test_to_say_what_is_known_already_is_no_choice(told: list[Told], data: st.DataObject) -> None:
    known = after([(item, NOW) for item in told])
    names = data.draw(st.sets(st.sampled_from(CHOOSABLE)))
    if known.person.do_not_contact:
        names -= {"do_not_contact"}
    same = {name: getattr(known.person, name) for name in names}
    assert choose(known, same, NOW + HOUR) == (known, ())


@given(st.lists(tolds, max_size=4))
def test_a_refusal_that_was_told_becomes_their_own_when_they_say_it(told: list[Told]) -> None:
    known, _ = choose(after([(item, NOW) for item in told]), {"do_not_contact": True}, NOW + HOUR)
    freed = replace(STRANGER_TOLD, do_not_contact=False)
    assert learn(known, freed, NOW + 2 * HOUR).person.do_not_contact


@given(st.lists(tolds, max_size=4))
def test_what_was_told_does_not_pass_for_a_choice(told: list[Told]) -> None:
    plain = [(replace(item, explicit=False), NOW) for item in told]
    known = after(plain)
    assert known.person.own_locale is None
    assert known.person.chosen == {}


digits = st.integers(138_0000_0000, 139_9999_9999).map(str)
spelt = st.sampled_from(["{}", "+86 {}", "0086{}", "86-{}", " {} ", "＋86{}"])


@given(digits, spelt, spelt)
def test_a_number_is_the_same_customer_however_it_is_spelt(
    number: str, one: str, other: str
) -> None:
    first, second = (read_phone(form.format(number), "zh-CN") for form in (one, other))
    assert first == second
    assert first is None or first == f"+86{number}"


@given(st.emails(), st.booleans())
def test_a_mailbox_is_found_whatever_its_case(mailbox: str, upper: bool) -> None:
    vault = open_vault([bytes(32)])
    told = mailbox.upper() if upper else mailbox.swapcase()
    document = {
        "specversion": "1.0",
        "id": "e",
        "source": "/t",
        "type": "ticket.closed",
        "time": NOW.isoformat(),
        "data": {"ticket": {"id": "T"}, "customer": {"id": "C-1", "email": told}},
    }
    event = read_event(document, NOW)
    assert not isinstance(event, RefusedEvent)
    assert isinstance(event, TicketClosed)
    kept = event.customer.email
    if email(mailbox) is not None:
        assert kept == email(mailbox)
        assert vault.index(kept or "") == vault.index(email(mailbox) or "")
        assert kept == (kept or "").lower()


@given(st.dictionaries(st.sampled_from(CHOOSABLE), st.none() | st.text(max_size=12)))
def test_any_document_is_chosen_from_or_refused(document: dict[str, Any]) -> None:
    faults = PreferencesSchema().validate(document)
    if not faults:
        assert isinstance(
            from_json(PreferencesSchema().load(document), {}, DEFAULT, NOW), Chosen | Refused
        )


fields = st.sampled_from(
    "pause days save channel_1 channel_2 channel_3 from until language had_hours".split()
)
values = st.text(max_size=8) | st.sampled_from(
    ["preferences", "days", "end", "7", "sms", "email", "09:00", "24:00", "00:00", "18:30", "en"]
)


@given(st.dictionaries(fields, values), st.booleans())
def test_any_form_is_chosen_from_or_refused(form: dict[str, str], save: bool) -> None:
    person = Person(source="/t", id="C-1", phone="+8613800138000", email="a@b.test")
    sent = {**form, "save": "preferences"} if save else form
    found = from_form(sent, person, DEFAULT, NOW)
    if isinstance(found, Chosen):
        assert set(found.wishes) <= set(CHOOSABLE)
        own = found.wishes.get("window")
        if own is not None:
            window = parse_window(*own)
            assert HOURS.opens <= window.opens < window.closes <= HOURS.closes
        until = found.wishes.get("paused_until")
        assert until is None or NOW < until <= NOW + timedelta(days=365)


@given(wishes)
def test_a_page_that_is_sent_as_it_stands_changes_nothing(wish: dict[str, Any]) -> None:
    person = Person(source="/t", id="C-1", phone="+8613800138000", email="a@b.test")
    known, _ = choose(replace(STRANGER, person=person), wish, NOW)
    stands = typed(known.person, {})
    form = {
        "save": "preferences",
        "from": stands["from_"],
        "until": stands["until"],
        "language": stands["chosen_language"],
        **{f"channel_{number}": name for number, name in enumerate(known.person.channels, 1)},
        **{name: value for name, value in stands.items() if name.startswith("had_")},
    }
    assert from_form(form, known.person, DEFAULT, NOW) == Chosen(wishes={})


@given(st.text(max_size=12))
def test_a_locale_is_its_own_normal_form(text: str) -> None:
    found = read_locale(text)
    assert found is None or read_locale(found) == found
