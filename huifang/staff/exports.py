"""Lets managers order exports on a page, see how far they are, and fetch or drop their files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import EXCLUDE, fields

from huifang.exporting import store
from huifang.exporting.model import UNDER_WAY, Export, ExportState, Format, Grain
from huifang.exporting.parquet import INSTALL, is_there
from huifang.exporting.web import Exports, OrderSchema, name_of
from huifang.request import load, locale_of
from huifang.staff import naming
from huifang.staff.frame import Nav, StaffPages
from huifang.staff.responses import ResponsesSchema
from huifang.staff.view import begins
from kernel import cursors
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.faults import FieldError, Invalid
from scheduler.hours import zone
from surveys.report import GROUPS

_PAGE = 20  # exports of one page
_FILTERS = (*GROUPS, "kind", "rating", "low", "late", "suspect")
_ASKED = {"first": "from", "last": "to"}  # what the address calls them
_FIRST, _LAST = date(1970, 1, 2), date(9998, 12, 31)  # days that begin and end in every zone
_ON = "true"  # what a box sends that is ticked
_USUAL = {"format": Format.CSV.value, "grain": Grain.RESPONSE.value, "bom": _ON, "comments": _ON}

_ADVICE: Mapping[str, naming.Pair] = {
    "from": ("起始日期须有效且不晚于结束日期", "choose a day that is not after the last one"),
    "to": ("请选择有效的日期", "choose a day of the calendar"),
    "rating": ("填 0 到 10 的整数", "enter a whole number from 0 to 10"),
    "tz": ("没有这个时区，例如 Asia/Shanghai", "there is no such zone; one is Asia/Shanghai"),
    "format": ("请选择列出的格式", "choose one that is listed"),
}
_AMISS: naming.Pair = ("填写有误，请修改", "this cannot be used; change it")
_DONE: Mapping[str, naming.Pair] = {
    "asked": (
        "已开始导出，完成后可在下方下载。",
        "It is being made; fetch it below once it is done.",
    ),
    "cancelled": ("导出已取消。", "The export is cancelled."),
    "removed": ("文件已删除。", "The file is gone."),
}


class FormSchema(ResponsesSchema):
    """What the form sends; a box that is not ticked sends nothing."""

    class Meta:
        unknown = EXCLUDE  # the form's own proof comes along

    format = fields.String(required=True)
    grain = fields.String(load_default=Grain.RESPONSE.value)
    bom = fields.Boolean(load_default=False)
    comments = fields.Boolean(load_default=False)
    identities = fields.Boolean(load_default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPages:
    """The page at `/exports`; every step goes the way of the API, with its roles and its audit.

    `kept_for` is how long files stay, by the rules in force.
    """

    exports: Exports
    pages: StaffPages
    kept_for: Callable[[], timedelta]

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        route, role = self.pages.route, Role.MANAGER
        nav, query = Nav(chinese="导出", english="Exports", place=55), ResponsesSchema()
        return [
            route("GET", "/exports", self.show, role, "Exports", query=query, nav=nav),
            route("POST", "/exports", self.order, role, "Have an export made"),
            route("GET", "/exports/{id}/file", self.exports.file, role, "The file of an export"),
            route("POST", "/exports/{id}/cancel", self.cancel, role, "Cancel an export"),
            route("POST", "/exports/{id}/remove", self.remove, role, "Take a file away"),
        ]

    async def show(self, call: Call) -> Answer:
        """The form, filled in with what the address asks for, and the newest exports."""
        asked = {_ASKED.get(name, name): str(value) for name, value in call.query.items()}
        return await self._page(call, {**_USUAL, **asked}, done=call.query.get("done", ""))

    async def order(self, call: Call) -> Answer:
        """Have one made; refused, the form keeps what was entered and says what to change."""
        form = dict(call.form)
        try:
            wanted = load(FormSchema(), form)
            body = load(OrderSchema(), _document(wanted, self.exports.timezone()))
            await self.exports.order(replace(call, body=body))
        except Invalid as fault:
            return await self._page(call, form, status=fault.status, refused=fault)
        return self.pages.onward("/exports?done=asked")

    async def cancel(self, call: Call) -> Answer:
        """Cancel what is under way."""
        return await self._end(call, "cancelled")

    async def remove(self, call: Call) -> Answer:
        """Take a file away before its time."""
        return await self._end(call, "removed")

    async def _end(self, call: Call, done: str) -> Answer:
        await self.exports.end(call)
        return self.pages.onward(f"/exports?done={done}")

    async def _page(
        self,
        call: Call,
        values: Mapping[str, str],
        *,
        status: int = 200,
        done: str = "",
        refused: Invalid | None = None,
    ) -> Answer:
        locale, after = locale_of(call), cursors.asked(call.query)
        async with self.exports.database.read() as conn:
            found, more = await store.listed(conn, after, _PAGE)
        wrong = {} if refused is None else _wrong(refused, locale)
        return self.pages.page(
            call,
            "staff-exports",
            status=status,
            values=values,
            narrowed=any(values.get(name) for name in (*_FILTERS, "tz")),
            wrong=wrong,
            items=[self._shown(each, call.role, locale) for each in found],
            busy=any(each.state in UNDER_WAY for each in found),
            more=cursors.write(more),
            cursor=call.query.get("cursor"),
            done=_said(_DONE[done], locale) if done in _DONE else "",
            zone=self.exports.timezone(),
            parquet=is_there(),
            install=INSTALL,
            naming=naming,
        )

    def _shown(self, export: Export, role: Role, locale: str) -> dict[str, Any]:
        """An export with what may be done with it."""
        is_kept = export.made is not None and export.removed_at is None
        asked = export.order.filter.items()
        return {
            "is": export,
            "state": export.state.value,
            "name": name_of(export),
            "percent": int(100 * export.progress),
            "filter": [_told(name, value, locale) for name, value in asked],
            "until": export.ended_at + self.kept_for() if is_kept and export.ended_at else None,
            "kept": is_kept,
            "fetchable": is_kept and (role >= Role.ADMIN or not export.order.identities),
            "under_way": export.state in UNDER_WAY,
            "failed": export.state is ExportState.FAILED,
        }


def _document(wanted: Mapping[str, Any], timezone: str) -> dict[str, Any]:
    """What the form asks for as the API takes it: whole days of a zone, as instants."""
    place = zone(wanted.get("tz") or timezone) or ZoneInfo("UTC")
    first, last = wanted.get("first"), wanted.get("last")
    if not _FIRST <= (first or _FIRST) <= (last or _LAST):
        raise _amiss("from")
    if last and last > _LAST:
        raise _amiss("to")
    chosen = {name: wanted[name] for name in _FILTERS if name in wanted}
    chosen["by"] = wanted.get("by_time", "started")
    if first:
        chosen["from"] = begins(first, place).isoformat()
    if last:
        chosen["to"] = begins(last + timedelta(days=1), place).isoformat()
    told = {name: wanted[name] for name in ("format", "grain", "bom", "comments", "identities")}
    return {**told, "filter": chosen, "tz": place.key}


def _amiss(path: str) -> Invalid:
    fault = FieldError(path=path, reason=_ADVICE[path][1])
    return Invalid("mend the fields named", errors=[fault])


def _wrong(fault: Invalid, locale: str) -> dict[str, str]:
    """What to change, by the name of the field; the API's own words where we have none."""
    found = {}
    for each in fault.errors:
        name = each.path.removeprefix("filter.")
        label, advice = naming.FIELDS.get(name, (name, name)), _ADVICE.get(name, _AMISS)
        if name == "format" and INSTALL in each.reason:
            advice = (each.reason, each.reason)
        found[name] = f"{_said(label, locale)}: {_said(advice, locale)}"
    return found or {"": fault.detail}


def _told(name: str, value: Any, locale: str) -> tuple[str, Any]:
    """A filter with its name in words; instants as such."""
    label = naming.named(naming.FIELDS, name, locale)
    if name in ("from", "to"):
        return label, datetime.fromisoformat(value)
    if name == "by":
        return label, _said(_BASES.get(value, (value, value)), locale)
    if isinstance(value, bool):
        return label, _said(("是", "yes") if value else ("否", "no"), locale)
    if name in _WORDS:
        return label, naming.named(_WORDS[name], value, locale)
    return label, value


_WORDS = {"channel": naming.CHANNELS, "kind": naming.KINDS}

_BASES: Mapping[str, naming.Pair] = {
    "started": ("全部(按开始时间)", "all, by when they were begun"),
    "counted": ("计入指标的(按评分时间)", "those that count, by their answer"),
}


def _said(pair: naming.Pair, locale: str) -> str:
    return pair[1] if locale == "en" else pair[0]
