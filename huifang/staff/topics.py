"""Shows managers what customers talk about, each topic with the responses behind it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from marshmallow import fields, validate

from huifang.scope import strange
from huifang.staff import naming
from huifang.staff.frame import StaffPages
from huifang.staff.view import View, ViewSchema, view_of
from huifang.topics.web import MOST_EXAMPLES, Topics
from kernel.endpoint import Answer, Call, Endpoint, Role
from surveys.report import GROUPS

_GROUP = "category"
_MANY, _FEW = 10, 5  # topics of a group, on the page and on the dashboard
_FEW_GROUPS = 6  # on the dashboard


class TopicsPageSchema(ViewSchema):
    """The filters of topics: whose are compared, and of what answers."""

    group_by = fields.String(validate=validate.OneOf(GROUPS))
    low = fields.String(validate=validate.OneOf(["true", "false"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicPages:
    """The page at `/topics`, and its list alone for the dashboard."""

    topics: Topics
    pages: StaffPages
    timezone: Callable[[], str]

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        route, manager, query = self.pages.route, Role.MANAGER, TopicsPageSchema()
        what = "What customers talk about"
        return [
            route("GET", "/topics", self.show, manager, what, query=query),
            route("GET", "/topics/list", self.brief, manager, f"{what}, in short", query=query),
        ]

    async def show(self, call: Call) -> Answer:
        """All of it, with examples; who reads them is noted."""
        view = self._view(call)
        body = await self._told(call, view, _MANY, MOST_EXAMPLES)
        async with self.topics.database.read() as conn:
            unknown = [] if body["comments"]["found"] else await strange(conn, view.names)
        return self._page(call, "staff-topics", view, {**body, "strange": unknown})

    async def brief(self, call: Call) -> Answer:
        """The list alone, without anybody's words, for a page that is open already."""
        view = self._view(call)
        body = await self._told(call, view, _FEW, 0)
        body = {**body, "items": body["items"][:_FEW_GROUPS]}
        return self._page(call, "staff-topic-list", view, body)

    def _view(self, call: Call) -> View:
        view, query = view_of(call, self.timezone), call.query
        own = {name: query[name] for name in ("group_by", "low") if name in query}
        return replace(view, asked={**view.asked, **own})

    async def _told(self, call: Call, view: View, topics: int, examples: int) -> dict[str, Any]:
        group = view.asked.get("group_by", _GROUP)
        query = {**view.query(), "group_by": group, "limit": topics, "examples": examples}
        if "low" in view.asked:
            query["low"] = view.asked["low"] == "true"
        body: dict[str, Any] = (await self.topics.topics(replace(call, query=query))).body
        return body

    def _page(self, call: Call, template: str, view: View, body: dict[str, Any]) -> Answer:
        return self.pages.page(
            call,
            template,
            view=view,
            group=view.asked.get("group_by", _GROUP),
            groups=GROUPS,
            low=view.asked.get("low", ""),
            naming=naming,
            **body,
        )
