"""Shows the surveys in force, and every version of them that was ever used."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import cursors
from kernel.cursors import Place
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from kernel.faults import NotFound
from kernel.shapes import PageQuery
from surveys import archive, store
from surveys.model import Survey
from surveys.questionnaire import definition

_MOST, _USUAL = 200, 50  # surveys or versions of one page
_NEWEST = 10  # versions of each survey in the list
_LISTED_AT = datetime(1970, 1, 1, tzinfo=UTC)  # the list goes by id alone

_Known = Sequence[tuple[str, datetime]]


class _PageSchema(PageQuery):
    limit = fields.Integer(load_default=_USUAL, validate=validate.Range(1, _MOST))


class _OneSchema(_PageSchema):
    version = fields.String(
        validate=validate.Length(1, 16),
        metadata={"description": "show this version's definition, not that in force"},
    )


class SurveyVersionSchema(Schema):
    """A version of a survey; its name is the hash of its content."""

    version = fields.String()
    first_used_at = fields.AwareDateTime(
        format="iso", allow_none=True, metadata={"description": "null: not used yet"}
    )
    in_force = fields.Boolean()


class SurveySummarySchema(Schema):
    """A survey with the newest of its versions."""

    id = fields.String()
    version = fields.String(
        allow_none=True,
        metadata={"description": "the version in force; null for a survey that is no longer sent"},
    )
    title = fields.Dict(metadata={"description": "by language"})
    versions = fields.List(fields.Nested(SurveyVersionSchema))


class SurveyPageSchema(Schema):
    """One page of surveys, by id."""

    items = fields.List(fields.Nested(SurveySummarySchema))
    next = fields.String(allow_none=True)


class SurveyDetailSchema(SurveyVersionSchema):
    """One version of a survey with its definition, and a page of the survey's versions."""

    id = fields.String()
    title = fields.Dict(metadata={"description": "by language"})
    definition = fields.Dict(metadata={"description": "the content, as a survey's file has it"})
    versions = fields.List(fields.Nested(SurveyVersionSchema))
    next = fields.String(allow_none=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """The endpoints about surveys; `surveys` gives those in force, by id."""

    database: Database
    surveys: Callable[[], Mapping[str, Survey]]

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        return [
            Endpoint(
                method="GET",
                path="/v1/surveys",
                handler=self.list,
                role=Role.AGENT,
                summary=f"The surveys by id, each with its {_NEWEST} newest versions",
                tag="surveys",
                query=_PageSchema(),
                reply=SurveyPageSchema(),
            ),
            Endpoint(
                method="GET",
                path="/v1/surveys/{id}",
                handler=self.show,
                role=Role.AGENT,
                summary="A survey's definition, in force or of a version, and its versions",
                tag="surveys",
                query=_OneSchema(),
                reply=SurveyDetailSchema(),
                statuses={404: "no such survey, or version of it"},
            ),
        ]

    async def list(self, call: Call) -> Answer:
        """A page of surveys: those in force, and those that were."""
        limit, place = call.query["limit"], cursors.asked(call.query)
        after = place.id if place else ""
        current = self.surveys()
        async with self.database.read() as conn:
            kept = await archive.ids_kept(conn, after, limit + 1)
            ids = sorted({*kept, *(name for name in current if name > after)})
            shown = ids[:limit]
            known = await archive.newest_versions(conn, shown, _NEWEST)
            pairs = [(name, current[name].version) for name in shown if name in current]
            used = await archive.first_used(conn, pairs)
            latest = [(name, known[name][0][0]) for name in shown if name not in current]
            former = await store.versions(conn, latest)
        titles = {survey.id: survey.title for survey in (*former.values(), *current.values())}
        items = [
            {
                "id": name,
                "version": current[name].version if name in current else None,
                "title": titles[name],
                "versions": _versions(known.get(name, ()), current.get(name), used),
            }
            for name in shown
        ]
        more = Place(at=_LISTED_AT, id=shown[-1]) if len(ids) > limit else None
        return Answer(body={"items": items, "next": cursors.write(more)})

    async def show(self, call: Call) -> Answer:
        """One version: that in force unless another is asked for, the newest of a former survey."""
        name, limit, place = call.path["id"], call.query["limit"], cursors.asked(call.query)
        current = self.surveys().get(name)
        after = (place.at, place.id) if place else None
        async with self.database.read() as conn:
            page = await archive.versions_page(conn, name, after, limit + 1)
            shown = await self._wanted(conn, name, call.query.get("version"), current)
            pairs = [(name, each.version) for each in (shown, current) if each is not None]
            used = await archive.first_used(conn, pairs)
        listed = page[:limit]
        more = Place(at=listed[-1][1], id=listed[-1][0]) if len(page) > limit else None
        unused = current is not None and (name, current.version) not in used and place is None
        body = {
            "id": name,
            **_version(shown.version, used.get((name, shown.version)), current),
            "title": shown.title,
            "definition": definition(shown),
            "versions": _versions(listed, current, used)
            if unused
            else [_version(*each, current) for each in listed],
            "next": cursors.write(more),
        }
        return Answer(body=body)

    async def _wanted(
        self, conn: AsyncConnection, name: str, version: str | None, current: Survey | None
    ) -> Survey:
        if current is not None and version in (None, current.version):
            return current
        if version is None:
            newest = (await archive.newest_versions(conn, [name], 1)).get(name)
            if newest is None:
                raise NotFound(f"there is no survey {name}")
            version = newest[0][0]
        found = await store.versions(conn, [(name, version)])
        if not found:
            raise NotFound(f"of the survey {name} no version {version} was ever used")
        return found[name, version]


def _versions(
    known: _Known, current: Survey | None, used: Mapping[tuple[str, str], datetime]
) -> list[dict[str, Any]]:
    """As they are shown; the one in force is always among them."""
    items = [_version(version, at, current) for version, at in known]
    if current is not None and not any(item["in_force"] for item in items):
        at = used.get((current.id, current.version))
        items.insert(0, _version(current.version, at, current))
    return items


def _version(version: str, at: datetime | None, current: Survey | None) -> dict[str, Any]:
    in_force = current is not None and current.version == version
    return {"version": version, "first_used_at": at, "in_force": in_force}
