"""Shows which surveys and programs are in force, and how each text reads on its channel."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import fields as fields_of
from itertools import groupby
from typing import Any

from marshmallow import Schema, fields

from channels.render import Render
from huifang.library import Library
from huifang.preview import preview
from huifang.staff import naming
from huifang.staff.frame import Nav, StaffPages
from kernel.endpoint import Answer, Call, Endpoint, Role
from surveys.programs import Program
from surveys.questionnaire import from_definition

_PAGE = 100


class _VersionSchema(Schema):
    version = fields.String()
    cursor = fields.String()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentPages:
    """The pages at `/surveys` and `/programs`; both only show what files say."""

    library: Library
    pages: StaffPages
    render: Render
    programs: Callable[[], Sequence[Program]]

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        route, manager, query = self.pages.route, Role.MANAGER, _VersionSchema()
        surveys = Nav(chinese="问卷", english="Surveys", place=70)
        programs = Nav(chinese="方案", english="Programs", place=80)
        return [
            route("GET", "/surveys", self.surveys, manager, "Surveys", query=query, nav=surveys),
            route("GET", "/surveys/{id}", self.survey, manager, "One survey", query=query),
            route("GET", "/programs", self.show_programs, manager, "Programs", nav=programs),
        ]

    async def surveys(self, call: Call) -> Answer:
        """All surveys with their versions."""
        asked = {**call.query, "limit": _PAGE}
        found = (await self.library.list(replace(call, query=asked))).body
        used = self._used()
        return self.pages.page(
            call, "staff-surveys", items=found["items"], more=found["next"], used=used
        )

    async def survey(self, call: Call) -> Answer:
        """One version, as customers get it on each channel and in each language."""
        asked = {**call.query, "limit": _PAGE}
        found = (await self.library.show(replace(call, query=asked))).body
        survey = from_definition(found["id"], found["version"], found["definition"])
        texts = preview(survey, self.render)
        pieces = [
            (channel, locale, list(of))
            for (channel, locale), of in groupby(
                texts.pieces, key=lambda piece: (piece.channel, piece.locale)
            )
        ]
        return self.pages.page(
            call,
            "staff-survey",
            survey=found,
            pieces=pieces,
            most=texts.most_segments,
            programs=self._used().get(found["id"], []),
            naming=naming,
        )

    async def show_programs(self, call: Call) -> Answer:
        """The programs in their order: the first that fits a closing decides."""
        items = [
            (program, _facts(program.when), _facts(program.skip)) for program in self.programs()
        ]
        return self.pages.page(call, "staff-programs", items=items, naming=naming)

    def _used(self) -> Mapping[str, list[str]]:
        """The programs that send each survey."""
        found: dict[str, list[str]] = {}
        for program in self.programs():
            if program.survey is not None:
                found.setdefault(program.survey, []).append(program.id)
        return found


def _facts(of: Any) -> dict[str, Any]:
    """What is said, by name; what says nothing is left out."""
    named = {each.name: getattr(of, each.name) for each in fields_of(of)}
    return {name: value for name, value in named.items() if value not in ((), None, False)}
