"""Shows managers how satisfied customers are, with what every figure rests on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks import store as complaints
from huifang.numbers import Numbers
from huifang.recovery import Recovery
from huifang.satisfaction import Counted, Satisfaction
from huifang.scope import selection, strange
from huifang.staff import naming
from huifang.staff.charts import Point, line, spark
from huifang.staff.frame import Nav, StaffPages
from huifang.staff.view import View, ViewSchema, view_of
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from scheduler import notices
from surveys import listing
from surveys.mixture import Shift, shifted
from surveys.periods import PERIODS
from surveys.report import Selection

_LOWS = 8  # of the newest low scores
_COMPLAINTS = 2_000  # the newest, of which is told how they were made good: medians need them all
_MOST_BARS = 25
_HUNDRED = 100.0
_DAYS = {"day": 1, "week": 7, "month": 30}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measure:
    """A figure that can be drawn: `scale` makes shares percents."""

    name: str
    scale: float
    lowest: float
    highest: float
    interval: bool


_MEASURES = (
    _Measure(name="csat", scale=_HUNDRED, lowest=0, highest=100, interval=True),
    _Measure(name="nps", scale=1, lowest=-100, highest=100, interval=True),
    _Measure(name="mean_score", scale=1, lowest=0, highest=100, interval=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """The first page of managers; agents are led to their callbacks.

    Every figure is that of `/v1/metrics/satisfaction` and `/v1/metrics/recovery`.
    """

    database: Database
    pages: StaffPages
    satisfaction: Satisfaction
    recovery: Recovery
    numbers: Numbers
    timezone: Callable[[], str]

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        nav = Nav(chinese="概览", english="Overview", place=10, role=Role.MANAGER)
        route, query = self.pages.route, ViewSchema()
        return [
            route("GET", "/", self.show, Role.AGENT, "The dashboard", query=query, nav=nav),
            route("GET", "/lows", self.lows, Role.MANAGER, "The newest low scores", query=query),
        ]

    async def show(self, call: Call) -> Answer:
        """The whole of it; every count is one statement."""
        if call.role < Role.MANAGER:
            return self.pages.onward("/callbacks")
        view = view_of(call, self.timezone)
        min_n = view.min_n
        async with self.database.read() as conn:
            teams = await self.satisfaction.counted(conn, view.query("team"), call.now)
            # Teams make up the whole, so it need not be counted again.
            whole = teams.total()
            view = _with_period(view, whole.told[()].tally.n)
            trend = await self.satisfaction.counted(conn, view.query(view.by), call.now)
            channels = await self.satisfaction.counted(conn, view.query("channel"), call.now)
            [recovery] = await self.recovery.items(conn, view.query(), call.now, _COMPLAINTS)
            low = await self._lows(conn, view)
            standing, overdue = await complaints.counts(conn, call.now)
            raised = await notices.counts(conn)
            found = whole.told[()]
            is_empty = not found.tally.n and not found.funnel.eligible
            unknown = await strange(conn, view.names) if is_empty else []
        [total] = self.satisfaction.items(whole, min_n)
        by_period = self.satisfaction.items(trend, min_n)
        measure = _measure(total)
        return self.pages.page(
            call,
            "staff-figures",
            view=view,
            total=total,
            measure=measure.name,
            trend=by_period,
            chart=_chart(measure, by_period, view, total),
            strange=unknown,
            sparks={
                name: spark([each[name] for each in by_period])
                for name in ("mean_score", "resolved_rate", "low_rate")
            },
            teams=_ranked(self.satisfaction.items(teams, min_n), measure),
            shift=_shift(measure, channels, min_n),
            channels=_ranked(self.satisfaction.items(channels, min_n), measure),
            recovery=recovery,
            most_complaints=_COMPLAINTS,
            low=low,
            open_complaints=sum(standing.values()),
            overdue=max(overdue.values(), default=0),
            notices=sum(raised.values()),
            rows=_rows_link,
            most=_MOST_BARS,
            naming=naming,
        )

    async def lows(self, call: Call) -> Answer:
        """The newest low scores alone, for a page that is open already."""
        view = view_of(call, self.timezone)
        async with self.database.read() as conn:
            low = await self._lows(conn, view)
        return self.pages.page(call, "staff-lows", view=view, low=low)

    async def _lows(self, conn: AsyncConnection, view: View) -> list[dict[str, Any]]:
        wanted = selection(view.query())
        chosen = Selection(
            since=wanted.since, until=wanted.until, equal=wanted.equal, flags={"low": True}
        )
        found, _ = await listing.page(conn, chosen, None, _LOWS)
        return await self.numbers.shown(conn, found)


def _with_period(view: View, n: int) -> View:
    """With periods long enough to have answers, unless some were asked for."""
    if "by" in view.asked:
        return view
    enough = 2 * max(view.min_n, 1)
    wide = [by for by in PERIODS[PERIODS.index(view.by) :] if n * _DAYS[by] >= enough * view.days]
    return replace(view, by=wide[0] if wide else view.by)


def _measure(total: Mapping[str, Any]) -> _Measure:
    """The first figure that there is."""
    found = (each for each in _MEASURES if total[each.name] is not None)
    return next(found, _MEASURES[-1])


def _shift(measure: _Measure, channels: Counted, min_n: int) -> Shift | None:
    """How far the change of the whole is one of the mix of channels."""
    tallies = [
        {group: count.tally for group, count in of.items()}
        for of in (channels.told, channels.before)
    ]
    return shifted(measure.name, tallies[0], tallies[1], min_n)


def _ranked(items: Sequence[Mapping[str, Any]], measure: _Measure) -> list[Mapping[str, Any]]:
    """The worst first, those with too few answers at the end."""
    return sorted(
        items, key=lambda item: (item[measure.name] is None, item[measure.name] or 0, -item["n"])
    )


def _chart(
    measure: _Measure,
    items: Sequence[Mapping[str, Any]],
    view: View,
    total: Mapping[str, Any],
) -> Any:
    points = [_point(measure, item, view) for item in items]
    target = total["targets"]["satisfaction"]["target"] if measure.name == "mean_score" else None
    return line(points, measure.lowest, measure.highest, target)


def _point(measure: _Measure, item: Mapping[str, Any], view: View) -> Point:
    [label] = item["group"].values()
    value, low, high = (
        None if item.get(name) is None else round(measure.scale * item[name], 1)
        for name in (measure.name, f"{measure.name}_low", f"{measure.name}_high")
    )
    unit = "%" if measure.scale == _HUNDRED else ""
    if value is None:
        words = f"{label}: n={item['n']}"
    else:
        between = f" ({low:g}–{high:g}{unit})" if low is not None and high is not None else ""
        words = f"{label}: {value:g}{unit}{between}, n={item['n']}"
    return Point(
        label=label, value=value, low=low, high=high, link=_rows_link(view, label), words=words
    )


def _rows_link(view: View, label: str) -> str:
    """To the responses of a period, by its name."""
    first, last = _days_of(label)
    told = {"from_": max(first, view.first).isoformat(), "to": min(last, view.last).isoformat()}
    return view.link("/responses", **told)


def _days_of(label: str) -> tuple[date, date]:
    """The first and the last day of `2026-11-22`, `2026-W47` or `2026-11`."""
    if "W" in label:
        year, week = label.split("-W")
        monday = date.fromisocalendar(int(year), int(week), 1)
        return monday, monday + timedelta(days=6)
    if label.count("-") == 1:
        first = date.fromisoformat(f"{label}-01")
        following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
        return first, following - timedelta(days=1)
    return date.fromisoformat(label), date.fromisoformat(label)
