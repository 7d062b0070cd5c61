"""Describes a job: one promised effect, known by a key that the same cause always derives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Generic, TypeVar

P = TypeVar("P")


class Priority(IntEnum):
    """Smaller goes first."""

    CALLBACK = 0
    RECOVERY = 1
    VIP = 2
    NORMAL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """An effect to carry out: not before `due_at`, and not after `not_after` when given."""

    key: str
    kind: str
    due_at: datetime
    payload: Mapping[str, Any]
    not_after: datetime | None = None
    priority: Priority = Priority.NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """A job in hand: `attempt` counts from 1; `lease` fences off whoever held it before.

    `reason`: why it was given back the last time, if it ever was.
    """

    job: Job
    attempt: int
    lease: str
    leased_until: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The pauses between attempts; when they are used up the job is a dead letter.

    `tell_after` is how long a job may fail before a person is told.
    """

    pauses: tuple[timedelta, ...]
    tell_after: timedelta | None = None

    def next_attempt_at(self, attempt: int, now: datetime) -> datetime | None:
        """When to try again after the `attempt`th try (from 1) failed; None: give up."""
        if attempt > len(self.pauses):
            return None
        return now + self.pauses[attempt - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[P]):
    """A kind of job with the type of its payload: a dataclass of JSON values."""

    name: str
    payload: type[P]
    ladder: Ladder
    priority: Priority = field(default=Priority.NORMAL)

    def job(
        self,
        key: str,
        payload: P,
        *,
        due_at: datetime,
        not_after: datetime | None = None,
        priority: Priority | None = None,
    ) -> Job:
        """A job of this kind; the kind's name is put before the key."""
        return Job(
            key=f"{self.name}:{key}",
            kind=self.name,
            due_at=due_at,
            payload=self._written(payload),
            not_after=not_after,
            priority=self.priority if priority is None else priority,
        )

    def _written(self, payload: P) -> dict[str, Any]:
        # Not asdict, which copies every value deeply: a payload is JSON already.
        names = self.payload.__dataclass_fields__  # type: ignore[attr-defined]
        return {name: getattr(payload, name) for name in names}

    def read(self, job: Job) -> P:
        """The payload as its type."""
        return self.payload(**job.payload)
