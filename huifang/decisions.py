"""Tells how many closings nobody was asked about, and why."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.ext.asyncio import AsyncConnection

from huifang.satisfaction import MOST_GROUPS
from huifang.scope import ScopeSchema, selection, too_much
from kernel.cursors import Place
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from surveys.fates import report
from surveys.fates.sql import ASKED, NAMES, WAITING
from surveys.report import Selection
from tickets.listing import closed

_FATES = (ASKED, WAITING)
_MOST = 1_000_000  # closings looked at in one go, where no sums are kept


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
    if not await report.is_kept(conn):
        await _some(conn, wanted)
    found = await report.counts(conn, wanted, groups, 100 * MOST_GROUPS)
    if len(found) > MOST_GROUPS:
        raise too_much("group_by", "These are too many groups.")
    found = found or ({} if groups else {(): {}})
    ordered = sorted(found, key=lambda each: [(name is None, name or "") for name in each])
    return [_item(dict(zip(groups, group, strict=True)), found[group]) for group in ordered]


async def _some(conn: AsyncConnection, wanted: Selection) -> None:
    if await closed(conn, wanted.since, wanted.until, _MOST + 1) > _MOST:
        raise too_much("from", "These are too many closings.")


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
    conn: AsyncConnection,
    wanted: Selection,
    fates: Collection[str],
    after: Place | None,
    limit: int,
) -> tuple[list[Passed], Place | None]:
    """The closings of some fates, newest first; and the place after which there are more."""
    rows, more = await report.listed(conn, wanted, fates, after, limit)
    return [Passed(**{name: getattr(row, name) for name in Passed.__slots__}) for row in rows], more
