"""Decides what a low score leads to: reopening the ticket, or telling a person."""

from dataclasses import dataclass
from datetime import datetime

from callbacks.model import ComplaintRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen:
    """Order the ticket's desk to reopen it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellAPerson:
    """The loop must not go on by itself; `reason` is one stable word."""

    reason: str


def on_low(
    reopened_at: tuple[datetime, ...], rules: ComplaintRules, now: datetime, *, late: bool
) -> Reopen | TellAPerson:
    """The loop's guard: automatic reopens of one ticket are capped, late scores go to a person.

    `reopened_at` are the earlier automatic reopens of the ticket; one counts until `per` has
    passed since. `late`: the answer came after its invitation had expired.
    """
    if not rules.reopen:
        return TellAPerson(reason="reopen_is_off")
    if late:
        return TellAPerson(reason="late")
    if sum(1 for at in reopened_at if now - at < rules.per) >= rules.max_reopens:
        return TellAPerson(reason="reopened_before")
    return Reopen()
