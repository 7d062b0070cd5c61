"""Merges what a ticketing system tells of a customer with what is known."""

from dataclasses import dataclass

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


def merge(old: Person, told: Told) -> Person:
    """What is known now; a pause and hours of the customer's own are no business of events."""
    blocked = old.do_not_contact if told.do_not_contact is None else told.do_not_contact
    return Person(
        source=told.source,
        id=told.id,
        name=told.name or old.name,
        phone=told.phone or old.phone,
        email=told.email or old.email,
        locale=told.locale or old.locale,
        timezone=told.timezone or old.timezone,
        region=told.region or old.region,
        tier=told.tier or old.tier,
        channels=old.channels if told.channels is None else told.channels,
        do_not_contact=blocked,
        paused_until=old.paused_until,
        window=old.window,
    )
