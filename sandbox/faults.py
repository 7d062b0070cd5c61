"""Keeps the faults that a test or a person has asked the outside world for."""

import itertools
import random
from dataclasses import dataclass

MAX_FAULTS = 200
MAX_LATENCY_MS = 600_000
MAX_NUMBER = 320

# What both of the carrier's REST resources and their receipts know.
_CARRIER = {
    "latency": 1000,
    "status": 500,
    "throttle": 0,
    "refuse": 21610,
    "status_after_accept": 503,
    "drop_before_accept": 0,
    "drop_after_accept": 0,
    "duplicate_callbacks": 0,
    "reorder_callbacks": 0,
    "no_callbacks": 0,
    "late_callbacks": 60_000,
}
KINDS: dict[str, dict[str, int]] = {
    "carrier": {**_CARRIER, "undelivered": 30005, "late_reply": 60_000, "scan_links": 0},
    "voice": {
        **_CARRIER,
        "refuse": 21211,
        "voicemail": 0,
        "busy": 0,
        "no_answer": 0,
        "fail_call": 0,
        "duplicate_webhooks": 0,
    },
    "desk": {"latency": 1000, "status": 503, "drop_before_accept": 0, "drop_after_accept": 0},
    "mailbox": {
        "latency": 1000,
        "status": 451,
        "drop_after_accept": 0,
        "scan_links": 0,
        "bounce": 511,
    },
}
"""Targets, their kinds of fault, and the value of each when none is given.

Milliseconds for `latency` and `late_…`; an HTTP or SMTP status for `status…`; the carrier's
number for `refuse` and `undelivered`; seconds of Retry-After for `throttle` (429), 0 for none;
three digits of RFC 3463 for `bounce`.
"""
NUMBERED = ("carrier", "voice", "mailbox")
"""Targets whose faults may be for one number, or one address, alone."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault; `times` counts down, None means until it is cleared; `met`: how often it was."""

    id: str
    target: str
    kind: str
    times: int | None
    value: int
    number: str | None = None
    probability: float = 1.0
    met: int = 0


class Faults:
    """The faults in force, oldest first; the same seed and requests give the same faults."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._faults: list[Fault] = []
        self._dice = random.Random(0)

    def seed(self, seed: int) -> None:
        """Begin the dice anew."""
        self._dice = random.Random(seed)

    def add(
        self,
        target: str,
        kind: str,
        *,
        times: int | None = 1,
        value: int | None = None,
        number: str | None = None,
        probability: float = 1.0,
    ) -> Fault:
        """Put a fault in force; raises ValueError when it makes no sense."""
        reason = _reason_against(target, kind, times, value)
        reason = reason or _reason_against_choice(target, number, probability)
        if reason:
            raise ValueError(reason)
        if len(self._faults) >= MAX_FAULTS:
            raise ValueError(f"more than {MAX_FAULTS} faults")
        fault = Fault(
            id=f"F{next(self._ids)}",
            target=target,
            kind=kind,
            times=times,
            value=KINDS[target][kind] if value is None else value,
            number=number,
            probability=probability,
        )
        self._faults.append(fault)
        return fault

    def take(self, target: str, kind: str, number: str | None = None) -> Fault | None:
        """Return the oldest fault of that kind and use it up once, or None.

        A fault for one number meets that number alone; one with a probability is diced for,
        and only counts down when it comes to pass.
        """
        for fault in self._faults:
            if (fault.target, fault.kind) != (target, kind):
                continue
            if fault.number is not None and fault.number != number:
                continue
            if fault.probability < 1 and self._dice.random() >= fault.probability:
                continue
            fault.met += 1
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
            return fault
        return None

    def items(self) -> list[Fault]:
        """Return the faults still in force."""
        return list(self._faults)

    def clear(self, target: str | None = None) -> None:
        """Lift every fault, or those of one target."""
        self._faults = [] if target is None else [f for f in self._faults if f.target != target]


def _reason_against(target: str, kind: str, times: int | None, value: int | None) -> str | None:
    if target not in KINDS:
        return f"target is one of {', '.join(KINDS)}"
    if kind not in KINDS[target]:
        return f"kind is one of {', '.join(KINDS[target])}"
    if times is not None and times < 1:
        return "times is 1 or more, or null for until cleared"
    if value is None:
        return None
    if kind in ("status", "status_after_accept") and not 400 <= value <= 599:
        return "value is an error status, 400 to 599"
    if kind == "throttle" and not 0 <= value <= 3600:
        return "value is seconds, 0 to 3600; 0: without Retry-After"
    if kind == "bounce" and not 400 <= value <= 599:
        return "value is three digits of RFC 3463, such as 511 for 5.1.1"
    if kind.startswith("late_") and not 0 <= value <= MAX_LATENCY_MS * 1000:
        return f"value is milliseconds, 0 to {MAX_LATENCY_MS * 1000}"
    if kind == "latency" and not 0 <= value <= MAX_LATENCY_MS:
        return f"value is milliseconds, 0 to {MAX_LATENCY_MS}"
    return None


def _reason_against_choice(target: str, number: str | None, probability: float) -> str | None:
    if not 0 < probability <= 1:
        return "probability is above 0, at most 1"
    if number is not None and target not in NUMBERED:
        return f"number is for {', '.join(NUMBERED)}"
    if number is not None and not 0 < len(number) <= MAX_NUMBER:
        return "number is a phone number or a mailbox"
    return None
