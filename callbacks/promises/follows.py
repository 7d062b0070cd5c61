"""Decides what follows from each step of a callback: what its story tells, and further jobs."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from callbacks.promises.decide import NO_SLOT, kept_until
from callbacks.promises.delivery import CONFIRMED, send_job
from callbacks.promises.jobs import look, looks, talked_job
from callbacks.promises.model import Attempt, Callback, CallbackState
from callbacks.promises.news import News, entry, slot_of
from callbacks.promises.wording import Telling
from kernel.journal import Entry
from scheduler.job import Job
from scheduler.notices import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """Entries for the journal, jobs, and news for others, to be saved with the callback."""

    entries: tuple[Entry, ...] = ()
    jobs: tuple[Job, ...] = ()
    news: tuple[News, ...] = ()

    def __add__(self, other: "Follow") -> "Follow":
        return Follow(
            entries=self.entries + other.entries,
            jobs=self.jobs + other.jobs,
            news=self.news + other.news,
        )


def promised(item: Callback, remind: timedelta, now: datetime, by: str, actor: str = "") -> Follow:
    """A callback was promised: the customer hears of it if nobody told them, and is reminded."""
    detail = {**_slot(item), "origin": item.origin.value, "by": by, "actor": actor}
    said = entry(item, "callback.promised", now, **detail)
    told = [send_job(item, Telling.CONFIRM, now)] if item.origin in CONFIRMED else []
    jobs = (*told, *_reminded(item, remind, now))
    return Follow(entries=(said,), jobs=jobs, news=_news("callback.promised", item, now))


def never_promised(item: Callback, now: datetime) -> Follow:
    """No time was found for a call that the customer asked for: they hear so."""
    end = entry(item, "callback.exhausted", now, reason=item.reason_closed)
    told = send_job(item, Telling.EXHAUSTED, now)
    return Follow(entries=(end,), jobs=(told,), news=_news("callback.exhausted", item, now))


def moved(item: Callback, remind: timedelta, now: datetime, by: str, actor: str = "") -> Follow:
    """A callback was promised for another slot; whoever moved it knows."""
    said = entry(item, "callback.rescheduled", now, **_slot(item), by=by, actor=actor)
    jobs = (*_reminded(item, remind, now),)
    return Follow(entries=(said,), jobs=jobs, news=_news("callback.promised", item, now))


def chosen(item: Callback, remind: timedelta, now: datetime, by: str) -> Follow:
    """The customer chose another slot for a callback, and hears that it is this one now."""
    told = Follow(jobs=(send_job(item, Telling.CONFIRM, now),))
    return moved(item, remind, now, by) + told


def _reminded(item: Callback, remind: timedelta, now: datetime) -> list[Job]:
    """The looks at a slot, and the reminder; one that would come with the promise is none."""
    at = item.slot.begin - remind
    told = [send_job(item, Telling.REMIND, now, at)] if remind and at > now else []
    return [*looks(item), *told]


def claimed(item: Callback, now: datetime, by: str, actor: str) -> Follow:
    """An agent took a callback, for a while."""
    until = item.claimed_until
    said = entry(item, "callback.claimed", now, by=by, actor=actor)
    return Follow(entries=(said,), jobs=(look(item, until),) if until else ())


def released(item: Callback, now: datetime, by: str, actor: str = "") -> Follow:
    """A callback went back to the queue; `by` is `time` where a claim ran out."""
    return Follow(entries=(entry(item, "callback.released", now, by=by, actor=actor),))


def due(item: Callback, now: datetime) -> Follow:
    """It is time to dial."""
    return Follow(entries=(entry(item, "callback.due", now),))


def tried(item: Callback, attempt: Attempt, now: datetime, actor: str = "") -> Follow:
    """What came of an attempt; `item` is the callback after it."""
    detail: dict[str, Any] = {"outcome": attempt.outcome.value, "by": attempt.by, "actor": actor}
    said = entry(item, "callback.attempted", now, **detail)
    match item.state:
        case CallbackState.DONE:
            end = entry(item, "callback.done", now, by=attempt.by)
            news = _news("callback.done", item, now)
            return Follow(entries=(said, end), jobs=(talked_job(item, now),), news=news)
        case CallbackState.EXHAUSTED:
            return Follow(entries=(said,)) + never_promised(item, now)
        case _:
            again = item.attempt_at.isoformat() if item.attempt_at else None
            said = entry(item, "callback.attempted", now, **detail, again_at=again)
            # Given back after its time, nobody would look at it any more.
            over = kept_until(item)
            late = over is not None and over <= now
            return Follow(entries=(said,), jobs=(look(item, now),) if late else (*looks(item),))


def missed(item: Callback, renewed: Callback | None, remind: timedelta, now: datetime) -> Follow:
    """Nobody kept a promise: the customer is told we are sorry, and when we call instead."""
    over = entry(item, "callback.missed", now, number=item.missed, **_slot(item))
    if renewed is None:
        return Follow(entries=(over,), jobs=(send_job(item, Telling.APOLOGY, now),))
    sorry = send_job(renewed, Telling.APOLOGY, now)
    return Follow(entries=(over,), jobs=(sorry,)) + moved(renewed, remind, now, "missed")


def cancelled(item: Callback, now: datetime, by: str, actor: str = "", *, tell: bool) -> Follow:
    """A callback is not wanted any more; `tell`: the customer does not know."""
    reason = item.reason_closed
    said = entry(item, "callback.cancelled", now, reason=reason, by=by, actor=actor)
    jobs = (send_job(item, Telling.CANCELLED, now),) if tell else ()
    return Follow(entries=(said,), jobs=jobs)


def followed(item: Callback, into: str, now: datetime) -> Follow:
    """A callback goes on with the ticket that its own went up in; both tell so."""
    said = entry(item, "callback.followed", now, into=into)
    return Follow(entries=(said, replace(said, ticket=into)))


def put_off(item: Callback, remind: timedelta, now: datetime) -> Follow:
    """A promise could not be kept in its slot, and the customer hears which one it is now."""
    return moved(item, remind, now, "gate") + Follow(jobs=(send_job(item, Telling.PUT_OFF, now),))


def found(item: Callback, remind: timedelta, now: datetime) -> Follow:
    """What was missed, and apologised for, has another slot at last."""
    return moved(item, remind, now, "missed") + Follow(jobs=(send_job(item, Telling.CONFIRM, now),))


def no_slot(item: Callback) -> Notice:
    """It was put off, and no slot is free then: a person must tell the customer."""
    return Notice(
        kind="callback.no_slot",
        subject=f"{item.id}:{item.revision}",
        source=item.source,
        ticket=item.ticket,
        facts={"callback": item.id, "topic": item.topic, "reason": NO_SLOT},
    )


def _news(type_: str, item: Callback, now: datetime) -> tuple[News, ...]:
    return (News(type=type_, item=item, at=now),)


def _slot(item: Callback) -> dict[str, Any]:
    return {**slot_of(item.slot), "chosen": item.chosen}
