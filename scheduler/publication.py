"""Declares the job that tells other systems what happened, at least once, under a stable id."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scheduler.job import Job, Kind, Ladder

_PAUSES = (1, 5, 30, 300, 1800, 7200, 21600, 86400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """An event out; `time` is RFC 3339, `data` has no names, numbers or addresses."""

    id: str
    type: str
    time: str
    source: str
    ticket: str
    data: Mapping[str, Any]


PUBLISH = Kind(
    name="event.publish",
    payload=Publication,
    ladder=Ladder(pauses=tuple(timedelta(seconds=pause) for pause in _PAUSES)),
)


def publish(
    type_: str, key: str, at: datetime, *, source: str, ticket: str, data: Mapping[str, Any]
) -> Job:
    """The job that publishes one event; the same type and key publish once."""
    publication = Publication(
        id=f"{type_}:{key}",
        type=type_,
        time=at.isoformat(),
        source=source,
        ticket=ticket,
        data={"ticket": ticket, "source": source, **data},
    )
    return PUBLISH.job(f"{type_}:{key}", publication, due_at=at)
