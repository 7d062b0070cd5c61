"""Shows how complaints were made good: how soon, how often, and by how much the score rose."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from math import sqrt
from statistics import fmean, median, variance
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.report import Handled, handled
from huifang.ruleterms import Targets
from huifang.satisfaction import MOST_GROUPS
from huifang.scope import GroupedSchema, asked_for, cut, selection, too_much
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from surveys import listing
from surveys.listing import Pair
from surveys.periods import Period
from surveys.report import Group, Selection
from surveys.statistics import student_bound

_MOST = 200_000  # complaints looked at in one go
_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One complaint: when what was done, and the scores before and after; None: not, or not yet.

    `settled`: the answer after it was not low again.
    """

    opened_at: datetime
    respond_by: datetime
    resolve_by: datetime
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None
    answered_at: datetime | None = None
    settled: bool | None = None
    before: float | None = None
    after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """How long something took, of those with which it was done; seconds."""

    n: int = 0
    mean: float | None = None
    median: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What complaints come to; None: too few, or none. Shares are 0 to 1, scores of 100.

    `delta` is the mean of the scores' differences in pairs, with its 95 % interval by Student's t.
    """

    acknowledged_in_time: float | None = None
    resolved_in_time: float | None = None
    recovered_rate: float | None = None
    paired: int = 0
    score_before: float | None = None
    score_after: float | None = None
    delta: float | None = None
    delta_low: float | None = None
    delta_high: float | None = None
    to_acknowledge: Time = Time()
    to_resolve: Time = Time()
    to_recover: Time = Time()


def recovered(episodes: Sequence[Episode], min_n: int, now: datetime) -> Recovered:
    """The figures of complaints; nothing of fewer than `min_n`.

    In time are those done by their own deadline, of all done or due by `now`. Recovered are those
    whose next answer was not low, of all that were answered again.
    """
    if len(episodes) < max(min_n, 1):
        return Recovered()
    pairs = [
        (each.before, each.after)
        for each in episodes
        if each.before is not None and each.after is not None
    ]
    paired = len(pairs) >= max(min_n, 1)
    delta, low, high = _difference([after - before for before, after in pairs if paired])
    settled = [float(each.settled) for each in episodes if each.settled is not None]
    return Recovered(
        acknowledged_in_time=_mean(
            _in_time([(each.acknowledged_at, each.respond_by) for each in episodes], now)
        ),
        resolved_in_time=_mean(
            _in_time([(each.resolved_at, each.resolve_by) for each in episodes], now)
        ),
        recovered_rate=_mean(settled) if len(settled) >= max(min_n, 1) else None,
        paired=len(pairs),
        score_before=_mean([before for before, _ in pairs if paired]),
        score_after=_mean([after for _, after in pairs if paired]),
        delta=delta,
        delta_low=low,
        delta_high=high,
        to_acknowledge=_time([(each.opened_at, each.acknowledged_at) for each in episodes]),
        to_resolve=_time([(each.opened_at, each.resolved_at) for each in episodes]),
        to_recover=_time(
            [(each.opened_at, each.answered_at if each.settled else None) for each in episodes]
        ),
    )


def _in_time(done: Sequence[tuple[datetime | None, datetime]], now: datetime) -> list[float]:
    return [float(at is not None and at < by) for at, by in done if at is not None or by <= now]


def _mean(found: Sequence[float]) -> float | None:
    return round(fmean(found), _DIGITS) if found else None


def _difference(found: Sequence[float]) -> tuple[float | None, float | None, float | None]:
    if not found:
        return None, None, None
    mean = fmean(found)
    if len(found) < 2:
        return round(mean, _DIGITS), None, None
    half = student_bound(len(found) - 1) * sqrt(variance(found) / len(found))
    low, high = max(mean - half, -100.0), min(mean + half, 100.0)
    return round(mean, _DIGITS), round(low, _DIGITS), round(high, _DIGITS)


def _time(spans: Sequence[tuple[datetime, datetime | None]]) -> Time:
    seconds = [(done - begun).total_seconds() for begun, done in spans if done is not None]
    middle = round(median(seconds), _DIGITS) if seconds else None
    return Time(n=len(seconds), mean=_mean(seconds), median=middle)


async def episodes(
    conn: AsyncConnection,
    wanted: Selection,
    groups: Sequence[str],
    periods: Sequence[Period] | None,
    newest: int | None = None,
) -> dict[Group, list[Episode]]:
    """The complaints opened at some instant of `wanted`, by group; no others but the `newest`.

    Invalid: they are too many to be looked at in one go.
    """
    found: dict[Group, list[Episode]] = defaultdict(list)
    opened = await handled(conn, wanted.since, wanted.until, newest or _MOST + 1)
    if len(opened) > _MOST:
        raise too_much("from", "These are too many complaints.")
    pairs = await listing.pairs(conn, [each.invitation for each in opened], groups, wanted.equal)
    begins = [each.since for each in periods or ()]
    for each in opened:
        pair = pairs.get(each.invitation)
        place = bisect_right(begins, each.opened_at) - 1
        if pair is None or (periods is not None and place < 0):
            continue
        names = () if periods is None else periods[place].names
        found[*pair.group, *names].append(_episode(each, pair))
    return found


def _episode(of: Handled, pair: Pair) -> Episode:
    return Episode(
        opened_at=of.opened_at,
        respond_by=of.respond_by,
        resolve_by=of.resolve_by,
        acknowledged_at=of.acknowledged_at,
        resolved_at=of.resolved_at,
        answered_at=pair.answered_at,
        settled=pair.settled,
        before=pair.before,
        after=pair.after,
    )


class TimeSchema(Schema):
    """How long something took, of those with which it was done."""

    n = fields.Integer()
    mean = fields.Float(allow_none=True, metadata={"description": "seconds"})
    median = fields.Float(allow_none=True, metadata={"description": "seconds"})


class AimSchema(Schema):
    """A target in seconds, and whether the median meets it; null: there is none."""

    target = fields.Float()
    met = fields.Boolean(allow_none=True)


class AimsSchema(Schema):
    """The operator's `targets`."""

    respond = fields.Nested(AimSchema)
    resolve = fields.Nested(AimSchema)


class RecoveredSchema(Schema):
    """One group; its figures are null where there are too few complaints."""

    group = fields.Dict()
    n = fields.Integer(metadata={"description": "complaints opened in the period"})
    acknowledged_in_time = fields.Float(allow_none=True)
    resolved_in_time = fields.Float(allow_none=True)
    recovered_rate = fields.Float(allow_none=True)
    paired = fields.Integer(metadata={"description": "with a score before and after"})
    score_before = fields.Float(allow_none=True)
    score_after = fields.Float(allow_none=True)
    delta = fields.Float(allow_none=True)
    delta_low = fields.Float(allow_none=True)
    delta_high = fields.Float(allow_none=True)
    to_acknowledge = fields.Nested(TimeSchema)
    to_resolve = fields.Nested(TimeSchema)
    to_recover = fields.Nested(TimeSchema)
    targets = fields.Nested(AimsSchema)


class RecoverySchema(Schema):
    """What all groups are told by."""

    items = fields.List(fields.Nested(RecoveredSchema))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """The endpoint; `timezone` is the service centre's, `targets` are those in force."""

    database: Database
    timezone: Callable[[], str]
    targets: Callable[[], Targets]

    def endpoints(self) -> list[Endpoint]:
        """The route."""
        return [
            Endpoint(
                method="GET",
                path="/v1/metrics/recovery",
                handler=self.recovery,
                role=Role.MANAGER,
                summary="How complaints were made good: how soon, how often, by how much",
                tag="responses",
                query=GroupedSchema(),
                reply=RecoverySchema(),
            )
        ]

    async def recovery(self, call: Call) -> Answer:
        """What complaints come to."""
        async with self.database.read() as conn:
            return Answer(body={"items": await self.items(conn, call.query, call.now)})

    async def items(
        self,
        conn: AsyncConnection,
        query: Mapping[str, Any],
        now: datetime,
        newest: int | None = None,
    ) -> list[dict[str, Any]]:
        """Every group that a query of `GroupedSchema` asks for, as it is shown.

        `newest`: of these many complaints of the time alone.
        """
        asked, groups, spans = asked_for(query)
        periods = await cut(conn, spans, query, self.timezone, now)
        found = await episodes(conn, selection(query), groups, periods, newest)
        if len(found) > MOST_GROUPS:
            raise too_much("group_by", "These are too many groups.")
        if not asked:
            found = found or {(): []}
        names = [*groups, *spans]
        ordered = sorted(found, key=lambda each: [(name is None, name or "") for name in each])
        named = ((dict(zip(names, group, strict=True)), found[group]) for group in ordered)
        return [
            {"group": {name: group[name] for name in asked}, **self._told(of, query["min_n"], now)}
            for group, of in named
        ]

    def _told(self, found: Sequence[Episode], min_n: int, now: datetime) -> dict[str, Any]:
        told = recovered(found, min_n, now)
        aims = {
            "respond": (self.targets().respond, told.to_acknowledge.median),
            "resolve": (self.targets().resolve, told.to_resolve.median),
        }
        return {
            "n": len(found),
            **asdict(told),
            "targets": {
                name: {
                    "target": target.total_seconds(),
                    "met": None if took is None else took <= target.total_seconds(),
                }
                for name, (target, took) in aims.items()
            },
        }
