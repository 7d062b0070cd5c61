"""Shows all that is known of a ticket: what happened, what was decided, what was answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshmallow import Schema, fields

from huifang.request import locale_of
from huifang.staff import naming, saying
from huifang.staff.frame import StaffPages
from huifang.views import TicketViews, explain_view, ticket_view, timeline_view
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.faults import Conflict
from surveys import store as surveys
from surveys.decide import words
from surveys.model import QuestionKind, Survey, Value
from surveys.wording import labels
from tickets import store


class _SourceSchema(Schema):
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
            used = {(each["survey"], each["version"]) for each in ticket["responses"]}
            known = await surveys.versions(conn, used)
        facts = {"ticket": id_, "brand": self.pages.brand.name}
        return self.pages.page(
            call,
            "staff-ticket",
            ticket=ticket,
            story=story,
            decisions=decisions,
            answered={
                each["id"]: _answered(
                    each["answers"], known.get((each["survey"], each["version"])), locale, facts
                )
                for each in ticket["responses"]
            },
            instant=_instant,
            naming=naming,
            word=saying.word,
        )


def _instant(text: Any) -> datetime:
    return text if isinstance(text, datetime) else datetime.fromisoformat(text)


def _answered(
    given: Mapping[str, Value], survey: Survey | None, locale: str, facts: Mapping[str, str]
) -> list[tuple[str, str]]:
    """What was asked and what was said to it, in the survey's order; comments are shown apart.

    Of a survey that is not known, questions and values stand as they are kept.
    """
    if survey is None:
        return [(question, str(value)) for question, value in given.items()]
    asked = [
        (question, given[question.id])
        for question in survey.questions.values()
        if question.id in given and question.kind is not QuestionKind.COMMENT
    ]
    return [
        (words(survey, question.id, locale, facts, "web"), _said(labels(question, locale), value))
        for question, value in asked
    ]


def _said(called: Mapping[str, str], value: Value) -> str:
    key = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    label = called.get(key, "")
    return f"{value} {label}".rstrip() if type(value) is int else label or key
