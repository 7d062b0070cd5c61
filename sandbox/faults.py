"""Keeps the faults that a test or a person has asked the outside world for."""

import itertools
from dataclasses import dataclass

MAX_FAULTS = 200
MAX_LATENCY_MS = 600_000

KINDS: dict[str, dict[str, int]] = {
    "carrier": {
        "latency": 1000,
        "status": 500,
        "refuse": 21610,
        "undelivered": 30005,
        "drop_before_accept": 0,
        "drop_after_accept": 0,
        "duplicate_callbacks": 0,
        "reorder_callbacks": 0,
        "no_callbacks": 0,
    },
    "desk": {"latency": 1000, "status": 503, "drop_before_accept": 0, "drop_after_accept": 0},
    "mailbox": {"status": 451, "drop_after_accept": 0},
}
"""Targets, their kinds of fault, and the value of each when none is given."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault; `times` counts down, None means until it is cleared."""

    id: str
    target: str
    kind: str
    times: int | None
    value: int


class Faults:
    """The faults in force, oldest first."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._faults: list[Fault] = []

    def add(
        self, target: str, kind: str, *, times: int | None = 1, value: int | None = None
    ) -> Fault:
        """Put a fault in force; raises ValueError when it makes no sense."""
        reason = _reason_against(target, kind, times, value)
        if reason:
            raise ValueError(reason)
        if len(self._faults) >= MAX_FAULTS:
            raise ValueError(f"more than {MAX_FAULTS} faults")
        given = KINDS[target][kind] if value is None else value
        fault = Fault(id=f"F{next(self._ids)}", target=target, kind=kind, times=times, value=given)
        self._faults.append(fault)
        return fault

    def take(self, target: str, kind: str) -> Fault | None:
        """Return the oldest fault of that kind and use it up once, or None."""
        for fault in self._faults:
            if (fault.target, fault.kind) == (target, kind):
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
    if kind == "status" and value is not None and not 400 <= value <= 599:
        return "value is an error status, 400 to 599"
    if kind == "latency" and value is not None and not 0 <= value <= MAX_LATENCY_MS:
        return f"value is milliseconds, 0 to {MAX_LATENCY_MS}"
    return None
