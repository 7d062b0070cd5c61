"""Shows what many answers come to, beside what is aimed at."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy.ext.asyncio import AsyncConnection

from huifang.ruleterms import Targets
from huifang.scope import GroupedSchema, asked_for, cut, selection, too_much
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from surveys import report, statistics
from surveys.periods import Period
from surveys.report import Count, Funnel, Group, Selection

MOST_GROUPS = 10_000

_DIGITS = 6
_STEPS = ("eligible", "attempted", "delivered", "started")


class FunnelSchema(Schema):
    """How far the invitations for closed tickets came."""

    eligible = fields.Integer()
    attempted = fields.Integer()
    delivered = fields.Integer()
    started = fields.Integer()
    completed = fields.Integer()


class RatesSchema(Schema):
    """Completed answers as a share of each step before."""

    eligible = fields.Float(allow_none=True)
    attempted = fields.Float(allow_none=True)
    delivered = fields.Float(allow_none=True)
    started = fields.Float(allow_none=True)


class TargetSchema(Schema):
    """What is aimed at, and whether it is met; null: there is no figure."""

    target = fields.Float()
    met = fields.Boolean(allow_none=True)


class TargetsSchema(Schema):
    """The operator's `targets`."""

    satisfaction = fields.Nested(TargetSchema, metadata={"description": "of mean_score"})
    resolved = fields.Nested(TargetSchema, metadata={"description": "of resolved_rate"})


class FiguresSchema(Schema):
    """One group; its figures are null where there are too few answers, or none of the kind."""

    group = fields.Dict()
    n = fields.Integer()
    csat = fields.Float(allow_none=True, metadata={"description": "share of 4 and 5"})
    csat_low = fields.Float(allow_none=True)
    csat_high = fields.Float(allow_none=True)
    nps = fields.Float(allow_none=True, metadata={"description": "-100 to 100"})
    nps_low = fields.Float(allow_none=True)
    nps_high = fields.Float(allow_none=True)
    ces = fields.Float(allow_none=True, metadata={"description": "mean of 1 to 7"})
    mean_score = fields.Float(allow_none=True, metadata={"description": "of 100"})
    resolved_rate = fields.Float(allow_none=True)
    low_rate = fields.Float(allow_none=True)
    first_answer_seconds = fields.Float(
        allow_none=True, metadata={"description": "mean, from the first send to the first answer"}
    )
    distribution = fields.Dict(
        allow_none=True,
        metadata={"description": "by kind of headline, how many gave 0, 1, … 10"},
    )
    n_for_5_points = fields.Integer(
        allow_none=True,
        metadata={
            "description": "answers that each of two times needs for `changed` to tell four in "
            "five times that `csat`, or else `nps`, moved by 5 points"
        },
    )
    funnel = fields.Nested(FunnelSchema)
    response_rate = fields.Nested(RatesSchema)
    targets = fields.Nested(TargetsSchema)
    changed = fields.Dict(
        allow_none=True,
        metadata={
            "description": "`up` or `down` against the period before, where a test says so at 5 %; "
            "null: nothing to compare with"
        },
    )


class SatisfactionSchema(Schema):
    """What all groups are told by."""

    items = fields.List(fields.Nested(FiguresSchema))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What was counted by group, whose `names` are `asked` in another order; `before` has those
    groups that can be compared with an earlier time, be it that nothing was there.
    """

    asked: Sequence[str]
    names: Sequence[str]
    told: Mapping[Group, Count]
    before: Mapping[Group, Count]

    def total(self) -> "Counted":
        """All groups together: every response and invitation is in one of them."""
        whole: Group = ()
        before = {whole: report.joined(self.before.values())} if self.before else {}
        told = {whole: report.joined(self.told.values())}
        return Counted(asked=(), names=(), told=told, before=before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Satisfaction:
    """The endpoint; `timezone` is the service centre's, `targets` are those in force."""

    database: Database
    timezone: Callable[[], str]
    targets: Callable[[], Targets]

    def endpoints(self) -> list[Endpoint]:
        """The route."""
        return [
            Endpoint(
                method="GET",
                path="/v1/metrics/satisfaction",
                handler=self.satisfaction,
                role=Role.MANAGER,
                summary="Satisfaction by what is asked for, with 95 % intervals and the funnel",
                tag="responses",
                query=GroupedSchema(),
                reply=SatisfactionSchema(),
            )
        ]

    async def satisfaction(self, call: Call) -> Answer:
        """What many responses come to."""
        async with self.database.read() as conn:
            found = await self.counted(conn, call.query, call.now)
        return Answer(body={"items": self.items(found, call.query["min_n"])})

    async def counted(
        self, conn: AsyncConnection, query: Mapping[str, Any], now: datetime
    ) -> Counted:
        """What is asked for by a query of `GroupedSchema`, and what was before it."""
        asked, groups, spans = asked_for(query)
        wanted = selection(query)
        periods = await cut(conn, spans, query, self.timezone, now)
        told = await _counts(conn, wanted, groups, periods)
        before = await _before(conn, wanted, groups, spans, periods, told)
        return Counted(asked=asked, names=[*groups, *spans], told=told, before=before)

    def items(self, found: Counted, min_n: int) -> list[dict[str, Any]]:
        """Every group as it is shown, in their order."""
        return [self._item(found, group, min_n) for group in _ordered(found.told)]

    def _item(self, found: Counted, group: Group, min_n: int) -> dict[str, Any]:
        count, before = found.told[group], found.before.get(group)
        tally, targets = count.tally, self.targets()
        told = statistics.figures(tally, min_n)
        enough = tally.n >= max(min_n, 1)
        answered = tally.waited / tally.timed if enough and tally.timed else None
        named = dict(zip(found.names, group, strict=True))
        return {
            # In the order in which the names were given.
            "group": {name: named[name] for name in found.asked},
            "n": tally.n,
            **asdict(told),
            "first_answer_seconds": None if answered is None else round(answered, _DIGITS),
            "distribution": count.ratings if enough else None,
            "n_for_5_points": statistics.to_see(tally, min_n),
            "funnel": count.funnel,
            "response_rate": _rates(count.funnel, min_n),
            "targets": {
                "satisfaction": aim(targets.satisfaction, told.mean_score),
                "resolved": aim(targets.resolved, told.resolved_rate),
            },
            "changed": before and statistics.changes(tally, before.tally, min_n),
        }


async def _counts(
    conn: AsyncConnection,
    wanted: Selection,
    groups: Sequence[str],
    periods: Sequence[Period] | None,
) -> dict[Group, Count]:
    found = await report.counts(conn, wanted, groups, periods, MOST_GROUPS)
    if found is None:
        raise too_much("group_by", "These are too many groups.")
    # Without names there is the one group of all, be it empty.
    return found or ({} if groups or periods is not None else {(): Count()})


async def _before(
    conn: AsyncConnection,
    wanted: Selection,
    groups: Sequence[str],
    spans: Sequence[str],
    periods: Sequence[Period] | None,
    told: Mapping[Group, Count],
) -> dict[Group, Count]:
    """What each group was in the period before: of those told, else as long as the one asked of."""
    if periods is not None:
        # Several kinds of periods at once cut each other: what is before what would be a guess.
        follows = pairwise(periods) if len(spans) == 1 else ()
        earlier: dict[Group, Group] = {later.names: each.names for each, later in follows}
        kept = {group: (group[: len(groups)], group[len(groups) :]) for group in told}
        return {
            group: told.get((*named, *earlier[period]), Count())
            for group, (named, period) in kept.items()
            if period in earlier
        }
    if wanted.since is None or wanted.until is None or wanted.since >= wanted.until:
        return {}
    try:
        since = wanted.since - (wanted.until - wanted.since)
    except OverflowError:
        return {}
    found = await _counts(conn, replace(wanted, since=since, until=wanted.since), groups, None)
    return {**{group: Count() for group in told}, **found}


def _ordered(told: Mapping[Group, Count]) -> list[Group]:
    return sorted(told, key=lambda each: [(name is None, name or "") for name in each])


def _rates(funnel: Funnel, min_n: int) -> dict[str, float | None]:
    few = funnel.eligible < max(min_n, 1)
    return {
        name: None if few or not at else round(funnel.completed / at, _DIGITS)
        for name in _STEPS
        for at in (getattr(funnel, name),)
    }


def aim(target: float, figure: float | None) -> dict[str, Any]:
    """A target, and whether a figure meets it."""
    return {"target": target, "met": None if figure is None else figure >= target}
