"""Tells how many closings nobody was asked about, and why."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import String, and_, case, cast, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from huifang.satisfaction import MOST_GROUPS
from huifang.scope import ScopeSchema, selection, too_much
from kernel.cursors import Place
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from kernel.journal import journal
from surveys.listing import ASKED, WAITING, fates
from surveys.report import Selection, between
from surveys.rollups.sql import ATTRIBUTED
from tickets.listing import closed, closings

NAMES = (*ATTRIBUTED, "program")
"""By what closings are grouped and chosen; nobody was asked yet, so there is no channel."""

UNDECIDED = "undecided"
"""The fate of closings of which no decision is on record."""

_FATES = (ASKED, WAITING)
_MOST = 1_000_000  # closings looked at in one go


class DecisionsQuery(ScopeSchema):
    """What is asked by; by survey, version and channel no closing is known."""

    class Meta:
        exclude = ("survey", "version", "channel")

    group_by = fields.List(
        fields.String(validate=validate.OneOf(NAMES)), metadata={"description": "repeatable"}
    )


class DecidedSchema(Schema):
    """One group of closings."""

    group = fields.Dict()
    closures = fields.Integer(metadata={"description": "tickets closed, every closing counted"})
    asked = fields.Integer(metadata={"description": "about which a contact went out"})
    waiting = fields.Integer(metadata={"description": "about which one still will"})
    not_asked = fields.Integer()
    reasons = fields.Dict(metadata={"description": "how many were not asked about, by reason"})


class DecisionsSchema(Schema):
    """What all groups are told by."""

    items = fields.List(fields.Nested(DecidedSchema))


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A closing and what became of the wish to ask about it."""

    source: str
    ticket: str
    cycle: int
    closed_at: datetime
    fate: str
    program: str | None
    team: str | None
    agent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """The endpoint."""

    database: Database

    def endpoints(self) -> list[Endpoint]:
        """The route."""
        return [
            Endpoint(
                method="GET",
                path="/v1/metrics/decisions",
                handler=self.decisions,
                role=Role.MANAGER,
                summary="How many closings nobody was asked about, by reason",
                tag="responses",
                query=DecisionsQuery(),
                reply=DecisionsSchema(),
            )
        ]

    async def decisions(self, call: Call) -> Answer:
        """What became of closings."""
        groups = list(dict.fromkeys(call.query.get("group_by", ())))
        async with self.database.read() as conn:
            return Answer(body={"items": await counted(conn, selection(call.query), groups)})


async def counted(
    conn: AsyncConnection, wanted: Selection, groups: Sequence[str]
) -> list[dict[str, Any]]:
    """The closings of some time by what they are credited to, each group as it is shown.

    Invalid: there are too many groups, or closings to be looked at in one go.
    """
    if await closed(conn, wanted.since, wanted.until, _MOST + 1) > _MOST:
        raise too_much("from", "These are too many closings.")
    of = _closings(wanted)
    by = [*(of[name] for name in groups), of.fate]
    query = select(*by, func.count().label("n")).group_by(*by).limit(100 * MOST_GROUPS)
    found: dict[tuple[str | None, ...], dict[str, int]] = defaultdict(dict)
    if not groups:
        found[()] = {}
    for *group, fate, n in await conn.execute(query.where(*_chosen(of, wanted))):
        found[tuple(group)][fate] = n
    if len(found) > MOST_GROUPS:
        raise too_much("group_by", "These are too many groups.")
    ordered = sorted(found, key=lambda each: [(name is None, name or "") for name in each])
    return [_item(dict(zip(groups, group, strict=True)), found[group]) for group in ordered]


def _item(group: dict[str, str | None], fates: dict[str, int]) -> dict[str, Any]:
    reasons = {fate: n for fate, n in fates.items() if fate not in _FATES}
    return {
        "group": group,
        "closures": sum(fates.values()),
        "asked": fates.get(ASKED, 0),
        "waiting": fates.get(WAITING, 0),
        "not_asked": sum(reasons.values()),
        "reasons": dict(sorted(reasons.items(), key=lambda each: (-each[1], each[0]))),
    }


async def listed(
    conn: AsyncConnection, wanted: Selection, fate: str | None, after: Place | None, limit: int
) -> tuple[list[Passed], Place | None]:
    """The closings of one fate, or all nobody was asked about, newest first; and the place after
    which there are more, if any.
    """
    of = _closings(wanted)
    names = ("source", "ticket", "cycle", "closed_at", "fate", "program", "team", "agent")
    chosen = of.fate == fate if fate is not None else of.fate.not_in(_FATES)
    query = select(*(of[name] for name in names)).where(chosen, *_chosen(of, wanted))
    key = of.ticket + literal(" ") + cast(of.cycle, String) + literal(" ") + of.source
    if after is not None:
        at = of.closed_at
        query = query.where(or_(at < after.at, and_(at == after.at, key < after.id)))
    ordered = query.order_by(of.closed_at.desc(), key.desc())
    rows = [Passed(**row._mapping) for row in await conn.execute(ordered.limit(limit + 1))]
    shown = rows[:limit]
    return shown, _place(shown[-1]) if len(rows) > limit else None


def _place(of: Passed) -> Place:
    return Place(at=of.closed_at, id=f"{of.ticket} {of.cycle} {of.source}")


def _chosen(of: Any, wanted: Selection) -> list[Any]:
    return [of[name] == value for name, value in wanted.equal.items() if name in NAMES]


def _closings(wanted: Selection) -> Any:
    """The closings of some time, with their fates; a reason is a fate too."""
    closed, invited = closings().subquery().c, fates().subquery()
    mine = and_(
        invited.c.source == closed.source,
        invited.c.ticket == closed.ticket,
        invited.c.cycle == closed.cycle,
    )
    detail = case((invited.c.fate.is_(None), _decided(closed)), else_=None).label("detail")
    names = ("source", "ticket", "cycle", "closed_at", *ATTRIBUTED)
    said = (
        select(*(closed[name] for name in names), invited.c.program, invited.c.fate, detail)
        .select_from(closed.source.table.outerjoin(invited, mine))
        .where(between(closed.closed_at, wanted.since, wanted.until))
        .subquery()
        .c
    )
    told = said.detail["reason"].as_string()
    fate = func.coalesce(said.fate, told, literal(UNDECIDED)).label("fate")
    program = func.coalesce(said.program, said.detail["program"].as_string()).label("program")
    return select(*(said[name] for name in names), fate, program).subquery().c


def _decided(closed: Any) -> Any:
    """What the newest decision about a closing said that earned no survey."""
    of = journal.c
    return (
        select(of.detail)
        .where(of.source == closed.source, of.ticket == closed.ticket)
        .where(of.about == closed.told_as, of.kind == "decision")
        .order_by(of.id.desc())
        .limit(1)
        .correlate(closed.source.table)
        .scalar_subquery()
    )
