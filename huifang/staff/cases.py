"""Gathers what agents must know of the callbacks they take up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks import store as complaints
from callbacks.dialling import decide as dialling
from callbacks.dialling import store as dials
from callbacks.dialling.decide import CORRECTED_WITHIN
from callbacks.dialling.model import Presence
from callbacks.model import Complaint
from callbacks.promises import gate, store
from callbacks.promises.decide import Step, as_it_stands, kept_until, possible
from callbacks.promises.model import ENDS, WAITING, Callback, CallbackState
from channels import store as people
from channels.model import Person
from huifang.views import timeline_view
from kernel.vault import Vault
from surveys import store as surveys

MOST = 200
"""Callbacks of one list; the earliest promises."""

_OPEN = tuple(state for state in CallbackState if state not in ENDS)
_HELD = (CallbackState.CLAIMED, CallbackState.DIALING)
_STORY = 60  # the newest lines of a ticket's timeline that are shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A callback as it stands; `clock` is the customer's, `complaint` the one it is for."""

    item: Callback
    clock: tzinfo
    complaint: Complaint | None

    @property
    def at(self) -> datetime:
        """When it is to be dialled next, or its slot begins."""
        return self.item.attempt_at or self.item.slot.begin

    @property
    def until(self) -> datetime:
        """By when it must be dialled."""
        return kept_until(self.item) or self.item.slot.end

    @property
    def local(self) -> datetime:
        """Its time on the customer's clock."""
        return self.at.astimezone(self.clock)

    @property
    def zone(self) -> str:
        """The customer's zone."""
        return getattr(self.clock, "key", None) or "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What waits, each list in the order in which it is to be dialled."""

    mine: Sequence[Case]
    free: Sequence[Case]
    others: Sequence[Case]


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """A case with all that helps in the talk; `person` for who holds it alone.

    `steps` are those that may be taken now, `told` says that the carrier named an outcome which
    may still be corrected. `score` and `comment` are the complaint's, else the ticket's last.
    """

    case: Case
    steps: frozenset[str]
    told: bool
    person: Person | None
    score: float | None
    comment: str | None
    story: Sequence[dict[str, Any]]


async def queue(
    conn: AsyncConnection, vault: Vault, me: str, default: str | None, now: datetime
) -> Queue:
    """The open callbacks, those of `me` apart; `default` is the zone of whose nobody knows it."""
    held, _ = await store.listed(conn, vault, states=_HELD, agent=me, limit=MOST)
    every, _ = await store.listed(conn, vault, states=_OPEN, limit=MOST)
    items = {item.id: as_it_stands(item, now) for item in (*held, *every)}
    cases = await _cases(conn, vault, list(items.values()), default)
    cases.sort(key=lambda case: (case.at, case.item.priority, case.item.id))
    return Queue(
        mine=[case for case in cases if case.item.state in _HELD and case.item.agent == me],
        free=[case for case in cases if case.item.state in WAITING],
        others=[case for case in cases if case.item.state in _HELD and case.item.agent != me],
    )


async def _cases(
    conn: AsyncConnection, vault: Vault, items: Sequence[Callback], default: str | None
) -> list[Case]:
    clocks = await gate.clocks(conn, vault, items, default)
    known = await complaints.load(conn, vault, {item.complaint for item in items if item.complaint})
    return [
        Case(
            item=item,
            clock=clocks.get(item.who, UTC),
            complaint=known.get(item.complaint or ""),
        )
        for item in items
    ]


async def insight(
    conn: AsyncConnection,
    vault: Vault,
    id_: str,
    me: str,
    default: str | None,
    locale: str,
    now: datetime,
) -> Insight | None:
    """All that is known of a callback; None: there is none of this id."""
    found = (await store.load(conn, vault, [id_])).get(id_)
    if found is None:
        return None
    item = as_it_stands(found, now)
    [case] = await _cases(conn, vault, [item], default)
    last = item.attempts[-1] if item.attempts else None
    told = last is not None and last.by == me and now - last.at <= CORRECTED_WITHIN
    holds = item.agent == me and (item.state in _HELD or told)
    persons = await people.load_people(conn, vault, {item.who}) if holds else {}
    score, comment = await _said(conn, vault, case)
    story: list[dict[str, Any]] = []
    if item.ticket is not None:
        story = (await timeline_view(conn, item.source, item.ticket, locale))[-_STORY:]
    return Insight(
        case=case,
        steps=frozenset(step.value for step in possible(item, now)),
        told=told and Step.OUTCOME not in possible(item, now),
        person=persons.get(item.who),
        score=score,
        comment=comment,
        story=[{**each, "at": datetime.fromisoformat(each["at"])} for each in reversed(story)],
    )


async def _said(conn: AsyncConnection, vault: Vault, case: Case) -> tuple[float | None, str | None]:
    """What the customer thought of it, and wrote."""
    if case.complaint is not None:
        return case.complaint.score, case.complaint.comment
    if case.item.ticket is None:
        return None, None
    given = await surveys.responses_of(conn, vault, case.item.source, case.item.ticket)
    return (given[-1].score, "\n".join(given[-1].comments) or None) if given else (None, None)


async def presence(conn: AsyncConnection, me: str, now: datetime) -> Presence:
    """Whether an agent is there, as others see it."""
    if any(dial.agent == me for dial in await dials.in_hand(conn)):
        return Presence.ON_CALL
    known = (await dials.presence(conn)).get(me)
    there = known is not None and dialling.is_there(known, now)
    return Presence.THERE if there else Presence.AWAY
