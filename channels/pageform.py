"""Reads the form of the preference page, and says what stands in it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from channels.choices import LEAST_HOURS, Chosen, Refused, hours_of, in_use, reachable
from channels.keywords import LONGEST_PAUSE
from channels.model import Channel, Person
from channels.pagewording import CHANNELS, LANGUAGES, PREFERENCES, language
from channels.terms import Rules
from scheduler.hours import parse_window

PAUSES = (7, 30, 90)
"""Days of the pauses that have a button of their own."""

_MIDNIGHT, _DAYS_END = "00:00", "24:00"  # a clock has the first alone, for either end of a day


def from_form(
    form: Mapping[str, str], person: Person, rules: Rules, now: datetime
) -> Chosen | Refused:
    """The wishes of a page's form: `pause` or `save` says which of them.

    Only what differs from what the page showed is a wish: to send a form is not to choose all
    that stood in it, and what others changed meanwhile stays.
    """
    if "pause" in form:
        return _pause(form["pause"], form.get("days", ""), now)
    if form.get("save") != "preferences":
        return Refused(field="save", reason="nothing")
    wishes: dict[str, Any] = {}
    for read in (_channels, _window):
        found = read(form, person, rules)
        if isinstance(found, Refused):
            return found
        wishes |= found.wishes
    spoken = form.get("language", "")
    if spoken not in (*LANGUAGES, ""):
        return Refused(field="language", reason="nothing")
    if spoken and spoken != form.get("had_language", language(None, person.locale)):
        wishes["locale"] = spoken
    return Chosen(wishes=wishes)


def _pause(wish: str, days: str, now: datetime) -> Chosen | Refused:
    if wish == "end":
        return Chosen(wishes={"paused_until": None})
    text = (days if wish == "days" else wish).strip()
    if not (text.isdecimal() and len(text) <= len(str(LONGEST_PAUSE))):
        return Refused(field="days", reason="days")
    span = int(text)
    if not 1 <= span <= LONGEST_PAUSE:
        return Refused(field="days", reason="days")
    return Chosen(wishes={"paused_until": now + timedelta(days=span)})


def order_names(count: int) -> tuple[str, ...]:
    """The names of a form's fields in which channels are put in order."""
    return tuple(f"channel_{number}" for number in range(1, count + 1))


def _channels(form: Mapping[str, str], person: Person, rules: Rules) -> Chosen | Refused:
    names = order_names(len(Channel))
    order = [form[name] for name in names if form.get(name)]
    shown = reachable(person)
    if any(name not in shown for name in order):
        return Refused(field="channels", reason="nothing")
    if len(set(order)) < len(order):
        return Refused(field="channels", reason="twice")
    had = form.get("had_channels", ",".join(own_order(person)))
    if not any(name in form for name in names) or ",".join(order) == had:
        return Chosen(wishes={})
    hidden = [name for name in person.channels if name not in shown]
    return Chosen(wishes={"channels": (*order, *hidden) or None})


def own_order(person: Person) -> tuple[str, ...]:
    """The customer's own order, of the channels that reach them."""
    return tuple(name for name in person.channels if name in reachable(person))


def _shown(person: Person) -> tuple[str, str]:
    opens, closes = person.window or ("", "")
    return opens, _MIDNIGHT if closes == _DAYS_END else closes


def _window(form: Mapping[str, str], person: Person, rules: Rules) -> Chosen | Refused:
    if "from" not in form or "until" not in form:
        return Chosen(wishes={})
    own = (form["from"].strip(), form["until"].strip())
    if "-".join(own) == form.get("had_hours", "-".join(_shown(person))):
        return Chosen(wishes={})
    if own == ("", ""):
        return Chosen(wishes={"window": None})
    if own[1] == _MIDNIGHT:
        own = (own[0], _DAYS_END)
    try:
        window = parse_window(*own)
    except ValueError:
        return Refused(field="hours", reason="hours_fault")
    hours = hours_of(rules)
    beyond = window.opens < hours.opens or window.closes > hours.closes
    if beyond or not in_use(window, rules):
        return Refused(field="hours", reason="outside")
    if window.closes - window.opens < LEAST_HOURS:
        return Refused(field="hours", reason="narrow")
    return Chosen(wishes={"window": own})


def orders(person: Person, spoken: str, form: Mapping[str, str]) -> list[dict[str, Any]]:
    """One choice a place in the order, of the channels that reach the customer."""
    own, shown = own_order(person), reachable(person)
    found = []
    for number, name in enumerate(order_names(len(shown)), start=1):
        now = own[number - 1] if number <= len(own) else ""
        found.append(
            {
                "name": name,
                "label": PREFERENCES[spoken]["order_nth"].format(number=number),
                "value": form.get(name, now),
                "options": [(str(channel), CHANNELS[channel][spoken]) for channel in shown],
            }
        )
    return found


def typed(person: Person, form: Mapping[str, str]) -> dict[str, str]:
    """What stands in the fields: as typed, else as it is; and what the page shows, to compare."""
    window, spoken = _shown(person), language(None, person.locale)
    return {
        "from_": form.get("from", window[0]),
        "until": form.get("until", window[1]),
        "days": form.get("days", ""),
        "chosen_language": form.get("language", spoken),
        "had_language": form.get("had_language", spoken),
        "had_hours": form.get("had_hours", "-".join(window)),
        "had_channels": form.get("had_channels", ",".join(own_order(person))),
    }
