"""Says what is told of a complaint: to its story, to other systems, and to whoever lists it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from callbacks.complaint import overdue
from callbacks.jobs import DEADLINE, Deadline
from callbacks.model import Complaint
from kernel.journal import READ, Entry
from scheduler.job import Job
from scheduler.publication import publish


def entry(item: Complaint, kind: str, now: datetime, **detail: Any) -> Entry:
    """A journal entry about a complaint."""
    return Entry(
        at=now, kind=kind, about=item.id, source=item.source, ticket=item.ticket, detail=detail
    )


def published(item: Complaint, type_: str, key: str, story: Iterable[Entry], now: datetime) -> Job:
    """The job that tells other systems of a complaint, with its `story` so far.

    No comment, nor what agents wrote, nor who they are: any of it may hold a name or a number.
    """
    shown = shown_of(item, story, now)
    del shown["comment"]
    shown["history"] = [
        {
            **each,
            "detail": {name: value for name, value in each["detail"].items() if name not in _OURS},
        }
        for each in shown["history"]
    ]
    return publish(type_, key, now, source=item.source, ticket=item.ticket, data=shown)


#: The sign-in of whoever did it, or what they called themselves; and what they wrote.
_OURS = frozenset({"by", "actor", "how", "text"})


def shown_of(item: Complaint, story: Iterable[Entry], now: datetime) -> dict[str, Any]:
    """A complaint as the contract shows it (section 8); `story`: what the journal says of it."""
    return {
        "id": item.id,
        "ticket": item.ticket,
        "source": item.source,
        "state": item.state.value,
        "class": item.classed,
        "owner": item.owner,
        "opened_at": item.opened_at.isoformat(),
        "deadlines": {
            "respond": item.respond_by.isoformat(),
            "resolve": item.resolve_by.isoformat(),
            "tell": item.tell_by.isoformat(),
        },
        "overdue": overdue(item, now),
        "score": item.score,
        "comment": item.comment,
        "telling": item.telling.value,
        "history": [
            {"at": each.at.isoformat(), "kind": each.kind, "detail": _detail(item, each)}
            for each in story
            if each.kind != READ
        ],
    }


def _detail(item: Complaint, said: Entry) -> Mapping[str, Any]:
    """The journal keeps no free text: what an agent wrote stands with the complaint."""
    if said.kind == "complaint.resolved" and item.how is not None:
        return {**said.detail, "how": item.how}
    if said.kind == "complaint.telling" and said.detail.get("number") == item.tellings:
        return {**said.detail, "text": item.result}
    # The rules asked before a contact are told by the ticket's explanation.
    return {name: value for name, value in said.detail.items() if name != "rules"}


def first_deadlines(item: Complaint) -> list[Job]:
    """The jobs that look whether deadlines, as they are set now, were met."""
    ends = {"respond": item.respond_by, "resolve": item.resolve_by, "tell": item.tell_by}
    return [deadline_job(item, name, 0, by) for name, by in ends.items()]


def deadline_job(item: Complaint, name: str, number: int, due_at: datetime) -> Job:
    """The job that looks at one deadline for the `number`th time, from 0."""
    wanted = Deadline(complaint=item.id, name=name, revision=item.revision, round=number)
    return DEADLINE.job(f"{item.id}:{item.revision}:{name}:{number}", wanted, due_at=due_at)
