"""Shows all that is known of a ticket: what happened, what was decided, what was answered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, fields

from huifang.request import locale_of
from huifang.staff import naming
from huifang.staff.frame import StaffPages
from huifang.views import TicketViews, explain_view, ticket_view, timeline_view
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.faults import Conflict
from tickets import store


class _SourceSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    source = fields.String()


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPages:
    """The page at `/tickets/{id}`."""

    views: TicketViews
    pages: StaffPages

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        route, query = self.pages.route, _SourceSchema()
        return [route("GET", "/tickets/{id}", self.show, Role.AGENT, "One ticket", query=query)]

    async def show(self, call: Call) -> Answer:
        """The ticket; where several sources know its id, which of them is asked."""
        id_, locale = call.path["id"], locale_of(call)
        async with self.views.database.read() as conn:
            try:
                source = await self.views.source(conn, call)
            except Conflict:
                sources = await store.sources_of(conn, id_)
                return self.pages.page(
                    call, "staff-ticket-sources", status=409, ticket_id=id_, sources=sources
                )
            ticket = await ticket_view(conn, self.views.vault, source, id_, call.now)
            story = await timeline_view(conn, source, id_, locale)
            decisions = await explain_view(conn, source, id_, locale)
        return self.pages.page(
            call,
            "staff-ticket",
            ticket=ticket,
            story=story,
            decisions=decisions,
            instant=_instant,
            naming=naming,
        )


def _instant(text: Any) -> datetime:
    return text if isinstance(text, datetime) else datetime.fromisoformat(text)
