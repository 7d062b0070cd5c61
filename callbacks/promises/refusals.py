"""Words why a callback is not promised, or a step not taken, and what can be had instead."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from callbacks.promises.decide import OutOfOrder, Step
from callbacks.promises.model import Callback, Slot
from callbacks.promises.news import slot_of
from callbacks.promises.promising import Standing
from callbacks.promises.slots import Refusal
from kernel.faults import Conflict, FieldError, Invalid, NotFound
from tickets.addresses import read_phone

WHY: Mapping[Refusal, str] = {
    Refusal.LENGTH: "It must end after it begins, and within a day.",
    Refusal.TOO_SOON: "It begins sooner than callbacks.book.earliest allows.",
    Refusal.TOO_FAR: "It begins later than callbacks.book.latest allows.",
    Refusal.CENTRE_CLOSED: "It lies outside the centre's hours.",
    Refusal.OUTSIDE_WINDOW: "It lies outside the hours at which the customer may be phoned.",
    Refusal.FULL: "It is full: as many calls are promised then as callbacks.capacity allows.",
}
_NEVER: Mapping[str, str] = {
    "do_not_contact": "The customer does not want to be contacted.",
    "opt_out": "The customer does not want to be phoned.",
    "no_address": "No number is known that can be phoned; give one as phone.",
    "no_zone": "Nobody knows at which hours the customer may be phoned.",
    "empty_window": "There is no hour at which the customer may be phoned.",
}


def allowed(standing: Standing | None, draft: Callback) -> Standing:
    """What the gate says, if it is not never; Invalid."""
    if standing is None:
        raise nobody(draft.customer, draft.source)
    if standing.refusal is not None:
        reason = _NEVER.get(
            standing.refusal, f"The customer may not be phoned: {standing.refusal}."
        )
        path = "phone" if standing.refusal == "no_address" else "customer"
        raise Invalid("no call may be promised", errors=[_fault(path, reason)])
    return standing


def no_slot(
    path: str,
    reason: str,
    offered: Sequence[Slot] = (),
    code: str = "no_slot",
    clock: tzinfo = UTC,
) -> Invalid:
    """Why a slot cannot be promised, and which can; `code` is the reason in one stable word."""
    slots = [offer(slot, clock) for slot in offered]
    return Invalid(
        "choose one of the slots that are free" if slots else "no slot is free",
        errors=[_fault(path, reason)],
        extra={"reason": code, "slots": slots},
    )


def _fault(path: str, reason: str) -> FieldError:
    return FieldError(path=path, reason=reason)


def offer(slot: Slot, clock: tzinfo) -> dict[str, Any]:
    """A slot on the wire, with its begin on the customer's clock."""
    return {**slot_of(slot), "local_time": slot.begin.astimezone(clock).isoformat()}


def wished(given: Mapping[str, datetime], length: timedelta) -> Slot:
    """The slot of a body, as long as usual if nothing else is said; Invalid where no clock goes."""
    try:
        begin = given["from_"].astimezone(UTC)
        until = given.get("until")
        return Slot(begin=begin, end=until.astimezone(UTC) if until else begin + length)
    except OverflowError as far:
        raise Invalid("choose another slot", errors=[_fault("slot", "No such time.")]) from far


def phone_of(written: str | None, locale: str | None) -> str | None:
    """Another number as E.164; Invalid for what is none."""
    if written is None:
        return None
    number = read_phone(written, locale)
    if number is None:
        reason = "This is no telephone number; write it as +8613800138000."
        raise Invalid("give a number that can be phoned", errors=[_fault("phone", reason)])
    return number


def nobody(customer: str, source: str | None) -> Invalid:
    """The customer is not known, or not from there."""
    where = "" if source is None else f" from {source}"
    reason = f"No customer {customer} is known{where}."
    return Invalid("name a customer who is known", errors=[_fault("customer", reason)])


def unknown(id_: str) -> NotFound:
    """There is no such callback."""
    return NotFound(f"there is no callback {id_}")


def out_of_order(item: Callback, step: Step, refused: OutOfOrder) -> Conflict:
    """Why a step is not taken: what is possible, and who has the callback."""
    left = [each.value for each in refused.possible]
    said = f"a callback that is {item.state.value} cannot {step.value} now;"
    if refused.agent is not None:
        said = f"{refused.agent} has this callback, which is {item.state.value};"
    return Conflict(
        f"{said} possible: {', '.join(left) or 'nothing'}",
        extra={"state": item.state.value, "agent": item.agent, "possible": left},
    )
