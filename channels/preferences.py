"""Merges what a ticketing system tells of a customer with what is known."""

from dataclasses import dataclass, replace
from datetime import datetime

from channels.model import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Facts about a customer as an event gives them; None says nothing, and changes nothing."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A customer as known, and when each kind of fact was last told of."""

    person: Person
    told_at: datetime
    channels_at: datetime
    blocked_at: datetime


def learn(known: Known, told: Told, at: datetime) -> Known:
    """What is known now that an event of the time `at` has told its facts.

    Events arrive in any order. A fact yields only to a later word on that very fact: a closing
    that says nothing of a wish must not make an earlier wish, told late, look old. What an older
    event tells of a person fills gaps alone. A pause and hours of the customer's own are no
    business of events.
    """
    old, newer = known.person, at >= known.told_at

    def fact(new: str | None, before: str | None) -> str | None:
        return (new or before) if newer else (before or new)

    order = told.channels is not None and at >= known.channels_at
    block = told.do_not_contact is not None and at >= known.blocked_at
    person = replace(
        old,
        name=fact(told.name, old.name),
        phone=fact(told.phone, old.phone),
        email=fact(told.email, old.email),
        locale=fact(told.locale, old.locale),
        timezone=fact(told.timezone, old.timezone),
        region=fact(told.region, old.region),
        tier=fact(told.tier, old.tier),
        channels=told.channels if order and told.channels is not None else old.channels,
        do_not_contact=bool(told.do_not_contact) if block else old.do_not_contact,
    )
    return Known(
        person=person,
        told_at=max(at, known.told_at),
        channels_at=at if order else known.channels_at,
        blocked_at=at if block else known.blocked_at,
    )
