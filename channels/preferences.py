"""Merges what is told of a customer, and what the customer chose, with what is known."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from channels.model import Person

CHOOSABLE = ("channels", "window", "locale", "timezone", "do_not_contact", "paused_until")
"""What a customer may choose, by the names of `Person`."""

_TOLD = frozenset({"channels", "locale", "timezone", "do_not_contact"})  # by events as well
_CLEARED: Mapping[str, Any] = {"channels": (), "do_not_contact": False}  # None for the others


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Facts about a customer as an event gives them; None says nothing, and changes nothing.

    `explicit`: the event tells of a choice that the customer made, not of what a system has.
    """

    source: str
    id: str
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    locale: str | None = None
    timezone: str | None = None
    region: str | None = None
    tier: str | None = None
    channels: tuple[str, ...] | None = None
    do_not_contact: bool | None = None
    explicit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A customer as known, and when each kind of fact was last told of."""

    person: Person
    told_at: datetime
    channels_at: datetime
    blocked_at: datetime


def learn(known: Known, told: Told, at: datetime) -> Known:
    """What is known now that an event of the time `at` has told its facts of this customer.

    Events arrive in any order. A fact yields only to a later word on that very fact: a closing
    that says nothing of a wish must not make an earlier wish, told late, look old. What an older
    event tells of a person fills gaps alone. What the customer chose yields to a later choice
    alone, though a system told otherwise; a refusal is believed whoever tells of it last. A pause
    and hours of the customer's own are no business of events.
    """
    old, newer = known.person, at >= known.told_at
    chosen = dict(old.chosen)

    def fact(new: str | None, before: str | None) -> str | None:
        return (new or before) if newer else (before or new)

    def choice(name: str, new: str | None, before: str | None) -> str | None:
        if new is None or not _yields(old, name, told.explicit, at):
            return before
        if not told.explicit and name not in old.chosen:
            return fact(new, before)
        _note(chosen, name, told.explicit, at)
        return new

    order = told.channels is not None and _yields(old, "channels", told.explicit, at)
    order = order and (told.explicit or at >= known.channels_at)
    if order:
        _note(chosen, "channels", told.explicit, at)
    block = _blocks(known, told, at)
    if block and (told.explicit or not old.do_not_contact):
        _note(chosen, "do_not_contact", told.explicit, at)
    # Not replace(), which takes as long as all the rest, for every closing.
    person = Person(
        source=told.source,
        id=told.id,
        name=fact(told.name, old.name),
        phone=fact(told.phone, old.phone),
        email=fact(told.email, old.email),
        locale=choice("locale", told.locale, old.locale),
        timezone=choice("timezone", told.timezone, old.timezone),
        region=fact(told.region, old.region),
        tier=fact(told.tier, old.tier),
        channels=told.channels if order and told.channels is not None else old.channels,
        do_not_contact=bool(told.do_not_contact) if block else old.do_not_contact,
        paused_until=old.paused_until,
        window=old.window,
        chosen=chosen,
    )
    return Known(
        person=person,
        told_at=max(at, known.told_at),
        channels_at=max(at, known.channels_at) if order else known.channels_at,
        blocked_at=max(at, known.blocked_at) if block else known.blocked_at,
    )


def _yields(old: Person, name: str, explicit: bool, at: datetime) -> bool:
    """Whether a choice, or what was left in its place when it was taken back, gives way."""
    since = old.chosen.get(name)
    return since is None or (at > since and (explicit or not getattr(old, name)))


def _note(chosen: dict[str, datetime], name: str, explicit: bool, at: datetime) -> None:
    if explicit:
        chosen[name] = at
    else:
        chosen.pop(name, None)


def _blocks(known: Known, told: Told, at: datetime) -> bool:
    """Whether what is told of `do_not_contact` is the latest word on it.

    A refusal of the customer's own, told late, stands against what systems said since.
    """
    since = known.person.chosen.get("do_not_contact")
    match told.do_not_contact:
        case None:
            return False
        case True if told.explicit and since is None:
            return True
        case True:
            return at >= known.blocked_at
        case False:
            own = since is not None and known.person.do_not_contact
            return at >= known.blocked_at and (told.explicit or not own)


def choose(known: Known, wishes: Mapping[str, Any], at: datetime) -> tuple[Known, tuple[str, ...]]:
    """What is known once the customer, or somebody for them, has chosen; and what that changed.

    `wishes` names what was chosen, of `CHOOSABLE`, with checked values; None takes a choice back,
    so that what later events tell counts again. A wish equal to what is known is no choice, but
    for a refusal, which becomes the customer's own. Nothing else is touched.
    """
    old = known.person
    told = {name: _CLEARED.get(name) if wish is None else wish for name, wish in wishes.items()}
    values: dict[str, Any] = {
        name: value
        for name, value in told.items()
        if value != getattr(old, name) or (value is True and name not in old.chosen)
    }
    own = {name: at for name in values if name in _TOLD}
    person = replace(old, **values, chosen={**old.chosen, **own})
    changed = tuple(name for name in CHOOSABLE if name in values)
    return (
        replace(
            known,
            person=person,
            channels_at=max(at, known.channels_at) if "channels" in own else known.channels_at,
            blocked_at=max(at, known.blocked_at) if "do_not_contact" in own else known.blocked_at,
        ),
        changed,
    )
