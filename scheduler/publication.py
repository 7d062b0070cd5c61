"""Declares the jobs that tell other systems what happened, at least once, under a stable id."""

import hashlib
from collections.abc import Mapping, Sequence
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Payloads of publications of one moment."""

    news: Sequence[Mapping[str, Any]]


_LADDER = Ladder(pauses=tuple(timedelta(seconds=pause) for pause in _PAUSES))
_BUNDLE = 100

PUBLISH = Kind(name="event.publish", payload=Publication, ladder=_LADDER)
PUBLISH_ALL = Kind(name="event.publish_all", payload=Bundle, ladder=_LADDER)


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
    return alone(publication, at)


def bundled(jobs: Sequence[Job]) -> list[Job]:
    """The same jobs, those that publish put together: one for many costs no more than one.

    All are of one moment; a bundle that comes in part breaks up into jobs of their own.
    """
    news = [job for job in jobs if job.kind == PUBLISH.name]
    if len(news) < 2:
        return list(jobs)
    found = [job for job in jobs if job.kind != PUBLISH.name]
    for start in range(0, len(news), _BUNDLE):
        part = news[start : start + _BUNDLE]
        keys = "\n".join(job.key for job in part)
        digest = hashlib.sha256(keys.encode()).hexdigest()
        bundle = Bundle(news=[job.payload for job in part])
        found.append(PUBLISH_ALL.job(digest, bundle, due_at=part[0].due_at))
    return found


def news_of(job: Job) -> list[Publication]:
    """The publications that a job of either kind promises."""
    if job.kind == PUBLISH_ALL.name:
        return [Publication(**each) for each in PUBLISH_ALL.read(job).news]
    return [PUBLISH.read(job)]


def alone(publication: Publication, due_at: datetime) -> Job:
    """The job of one publication."""
    return PUBLISH.job(publication.id, publication, due_at=due_at)
