"""Shows managers about how many closings nobody was asked, and why."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from marshmallow import fields, validate

from huifang import decisions
from huifang.scope import selection, strange
from huifang.staff import naming
from huifang.staff.frame import Nav, StaffPages
from huifang.staff.view import ViewSchema, view_of
from kernel import cursors
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from surveys.fates.sql import NAMES

_PAGE = 50


class _ReasonsSchema(ViewSchema):
    reason = fields.String(validate=validate.Length(1, 64))
    cursor = fields.String()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonPages:
    """The page at `/why-not`."""

    database: Database
    pages: StaffPages
    timezone: Callable[[], str]

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        nav = Nav(chinese="未回访", english="Not asked", place=60)
        route, query = self.pages.route, _ReasonsSchema()
        what = "Why nobody was asked"
        return [route("GET", "/why-not", self.show, Role.MANAGER, what, query=query, nav=nav)]

    async def show(self, call: Call) -> Answer:
        """The reasons, by team, and the tickets of one of them."""
        view, reason = view_of(call, self.timezone), call.query.get("reason")
        # By what is only known of those who were asked, nothing can be chosen here.
        left_out = {name: each for name, each in view.names.items() if name not in NAMES}
        names = {name: each for name, each in view.names.items() if name in NAMES}
        view = replace(view, names=names)
        wanted = selection(view.query())
        async with self.database.read() as conn:
            teams = await decisions.counted(conn, wanted, ["team"])
            total = _total(teams)
            fates = [reason] if reason else list(total["reasons"])
            rows, more = await decisions.listed(
                conn, wanted, fates, cursors.asked(call.query), _PAGE
            )
            unknown = [] if total["closures"] else await strange(conn, names)
        return self.pages.page(
            call,
            "staff-why-not",
            view=view,
            total=total,
            teams=sorted(teams, key=lambda each: -each["not_asked"] / each["closures"]),
            reason=reason,
            rows=rows,
            more=cursors.write(more),
            left_out=left_out,
            strange=unknown,
            naming=naming,
        )


def _total(groups: list[dict[str, Any]]) -> dict[str, Any]:
    """All groups together."""
    reasons: dict[str, int] = {}
    plain = dict.fromkeys(("closures", "asked", "waiting", "not_asked"), 0)
    for group in groups:
        for name in plain:
            plain[name] += group[name]
        for reason, n in group["reasons"].items():
            reasons[reason] = reasons.get(reason, 0) + n
    ordered = sorted(reasons.items(), key=lambda each: (-each[1], each[0]))
    return {**plain, "reasons": dict(ordered)}
