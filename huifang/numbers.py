"""Shows what customers answered: each response, and what many of them come to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import RAISE, Schema, ValidationError, fields, validate
from sqlalchemy.ext.asyncio import AsyncConnection

from huifang.logs import mask
from kernel import cursors
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from kernel.faults import FieldError, Invalid, NotFound
from kernel.journal import Entry, append
from kernel.vault import Vault
from scheduler.hours import zone
from surveys import gate, listing, report, statistics, store
from surveys.conversation import SurveyConversation
from surveys.periods import PERIODS, Period, periods
from surveys.report import GROUPS, Funnel, Group, Selection
from surveys.statistics import Tally

COMMENTS_READ = "comments.read"

_MOST, _USUAL = 500, 100  # responses of one page
_MOST_GROUPS = 10_000
_MOST_PERIODS = 1_500  # four years of days
_LONGEST = 255
_REASON_LENGTH = 200
_FLAGS = ("low", "late", "suspect")


def _is_zone(name: str) -> None:
    if zone(name) is None:
        raise ValidationError("This is no IANA time zone.")


class _ScopeSchema(Schema):
    since = fields.AwareDateTime(
        data_key="from", format="iso", metadata={"description": "at this instant or later"}
    )
    until = fields.AwareDateTime(
        data_key="to", format="iso", metadata={"description": "before this instant"}
    )
    survey = fields.String(validate=validate.Length(1, _LONGEST))
    version = fields.String(validate=validate.Length(1, _LONGEST))
    program = fields.String(validate=validate.Length(1, _LONGEST))
    team = fields.String(validate=validate.Length(1, _LONGEST))
    agent = fields.String(validate=validate.Length(1, _LONGEST))
    region = fields.String(validate=validate.Length(1, _LONGEST))
    product = fields.String(validate=validate.Length(1, _LONGEST))
    category = fields.String(validate=validate.Length(1, _LONGEST))
    channel = fields.String(validate=validate.Length(1, _LONGEST))


class _ResponsesSchema(_ScopeSchema):
    low = fields.Boolean()
    late = fields.Boolean()
    suspect = fields.Boolean()
    cursor = fields.String(metadata={"description": "the `next` of the page before"})
    limit = fields.Integer(load_default=_USUAL, validate=validate.Range(1, _MOST))


class _SatisfactionSchema(_ScopeSchema):
    group_by = fields.List(
        fields.String(validate=validate.OneOf([*GROUPS, *PERIODS])),
        metadata={"description": "repeatable; `day`, `week` (ISO) and `month` are those of `tz`"},
    )
    tz = fields.String(
        validate=_is_zone, metadata={"description": "IANA zone; without it the service centre's"}
    )
    min_n = fields.Integer(
        load_default=10,
        validate=validate.Range(0, 1_000_000),
        metadata={"description": "groups of fewer responses are told without figures"},
    )


class AttributionSchema(Schema):
    """Whom and what a score is credited to, as of the closing."""

    agent = fields.String(allow_none=True, metadata={"description": "the agent's id"})
    team = fields.String(allow_none=True)
    region = fields.String(allow_none=True)
    product = fields.String(allow_none=True)
    category = fields.String(allow_none=True)


class ResponseSchema(Schema):
    """What was answered to one invitation."""

    id = fields.String()
    source = fields.String()
    ticket = fields.String()
    closure = fields.Integer(metadata={"description": "which closing of the ticket"})
    program = fields.String()
    survey = fields.String()
    version = fields.String()
    channel = fields.String()
    score = fields.Float(allow_none=True, metadata={"description": "of 100"})
    rating = fields.Integer(allow_none=True, metadata={"description": "as it was given"})
    low = fields.Boolean()
    suspect = fields.Boolean()
    suspect_reason = fields.String(allow_none=True)
    late = fields.Boolean()
    excluded = fields.Boolean(metadata={"description": "taken out of all figures"})
    answers = fields.Dict(metadata={"description": "by question"})
    comment = fields.String(allow_none=True)
    attribution = fields.Nested(AttributionSchema)
    started_at = fields.AwareDateTime(format="iso")
    completed_at = fields.AwareDateTime(format="iso", allow_none=True)


class ResponsePageSchema(Schema):
    """One page of responses, newest first."""

    items = fields.List(fields.Nested(ResponseSchema))
    next = fields.String(allow_none=True)


class WhySchema(Schema):
    """Why a response does not count, or does again."""

    class Meta:
        unknown = RAISE

    reason = fields.String(
        required=True,
        validate=[validate.Length(1, _REASON_LENGTH), validate.Regexp(r"\s*\S")],
        metadata={"description": "for the journal; no personal data"},
    )


class FunnelSchema(Schema):
    """How far the invitations for closed tickets came."""

    eligible = fields.Integer()
    attempted = fields.Integer()
    delivered = fields.Integer()
    started = fields.Integer()
    completed = fields.Integer()


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
    funnel = fields.Nested(FunnelSchema)


class SatisfactionSchema(Schema):
    """What all groups are told by."""

    items = fields.List(fields.Nested(FiguresSchema))


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The endpoints about responses; `timezone` is the service centre's."""

    database: Database
    vault: Vault
    conversation: SurveyConversation
    timezone: Callable[[], str]

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        return [
            Endpoint(
                method="GET",
                path="/v1/responses",
                handler=self.responses,
                role=Role.MANAGER,
                summary="What customers answered, newest first; who reads comments is noted",
                tag="responses",
                query=_ResponsesSchema(),
                reply=ResponsePageSchema(),
            ),
            _decision("exclude", self.exclude, "Take a response out of all figures"),
            _decision(
                "restore", self.restore, "Have a response count again; a suspect one is confirmed"
            ),
            Endpoint(
                method="GET",
                path="/v1/metrics/satisfaction",
                handler=self.satisfaction,
                role=Role.MANAGER,
                summary="Satisfaction by what is asked for, with 95 % intervals and the funnel",
                tag="responses",
                query=_SatisfactionSchema(),
                reply=SatisfactionSchema(),
            ),
        ]

    async def responses(self, call: Call) -> Answer:
        """A page of responses."""
        wanted, limit = _selection(call.query), call.query["limit"]
        after = cursors.asked(call.query)
        async with self.database.read() as conn:
            found, more = await listing.page(conn, wanted, after, limit)
            items = await self._shown(conn, found)
        shown = [item["id"] for item in items if item["comment"] is not None]
        if shown:
            async with self.database.write() as conn:
                await append(conn, [_read(call, shown)])
        return Answer(body={"items": items, "next": cursors.write(more)})

    async def exclude(self, call: Call) -> Answer:
        """Somebody says that a response does not count."""
        return await self.database.transact(lambda conn: self._decide(conn, call, gate.exclude))

    async def restore(self, call: Call) -> Answer:
        """Somebody says that it does."""
        return await self.database.transact(lambda conn: self._decide(conn, call, self._restored))

    async def _restored(
        self, conn: AsyncConnection, response: str, by: str, reason: str, now: datetime
    ) -> None:
        await gate.readmit(conn, self.conversation, response, by, reason, now)

    async def _decide(self, conn: AsyncConnection, call: Call, decided: Any) -> Answer:
        id_ = call.path["id"]
        if not await listing.one(conn, id_):
            raise NotFound(f"there is no response {id_}")
        await decided(conn, id_, call.actor, mask(call.body["reason"].strip()), call.now)
        [item] = await self._shown(conn, await listing.one(conn, id_))
        if item["comment"] is not None:
            await append(conn, [_read(call, [id_])])
        return Answer(body=item)

    async def _shown(
        self, conn: AsyncConnection, found: Mapping[str, bool]
    ) -> list[dict[str, Any]]:
        """Responses of invitations, each with whether it is excluded, in their order."""
        asked = await store.load_invitations(conn, list(found))
        given = await store.load_responses(conn, self.vault, list(found))
        return [
            {
                **asdict(given[id_]),
                "source": asked[id_].source,
                "ticket": asked[id_].ticket,
                "closure": asked[id_].cycle,
                "program": asked[id_].program,
                "excluded": excluded,
                "comment": "\n".join(given[id_].comments) or None,
                "attribution": asked[id_].attribution,
            }
            for id_, excluded in found.items()
        ]

    async def satisfaction(self, call: Call) -> Answer:
        """What many responses come to."""
        query, now = call.query, call.now
        asked = list(dict.fromkeys(query.get("group_by", ())))
        groups = [name for name in asked if name in GROUPS]
        spans = [name for name in asked if name in PERIODS]
        wanted = _selection(query)
        async with self.database.read() as conn:
            cut = await self._periods(conn, spans, query.get("tz"), wanted, now) if spans else None
            told = await report.tallies(conn, wanted, groups, cut, _MOST_GROUPS)
            came = await report.funnels(conn, wanted, groups, cut, _MOST_GROUPS)
        if told is None or came is None:
            raise _too_much("group_by", "These are too many groups.")
        items = _items([*groups, *spans], told, came, query["min_n"])
        # In the order in which the names were given.
        return Answer(
            body={
                "items": [
                    {**item, "group": {name: item["group"][name] for name in asked}}
                    for item in items
                ]
            }
        )

    async def _periods(
        self,
        conn: AsyncConnection,
        spans: Sequence[str],
        named: str | None,
        wanted: Selection,
        now: datetime,
    ) -> list[Period]:
        """From the first of all that is counted up to now, within the time asked about."""
        oldest = await report.span(conn)
        if oldest is None:
            return []
        since = max(oldest, wanted.since or oldest)
        place = zone(named or self.timezone()) or ZoneInfo("UTC")
        latest = now + timedelta.resolution
        until = min(latest, wanted.until or latest)
        found = periods(spans, place, since, until, _MOST_PERIODS)
        if found is None:
            raise _too_much("from", "These are too many periods.")
        return found


def _decision(verb: str, handler: Any, summary: str) -> Endpoint:
    return Endpoint(
        method="POST",
        path=f"/v1/responses/{{id}}/{verb}",
        handler=handler,
        role=Role.MANAGER,
        summary=f"{summary}; said twice it changes nothing",
        tag="responses",
        body=WhySchema(),
        reply=ResponseSchema(),
        statuses={404: "no such response"},
    )


def _selection(query: Mapping[str, Any]) -> Selection:
    return Selection(
        since=query.get("since"),
        until=query.get("until"),
        equal={name: query[name] for name in GROUPS if name in query},
        flags={name: query[name] for name in _FLAGS if name in query},
    )


def _read(call: Call, responses: Sequence[str]) -> Entry:
    # Which were seen; a page's filters would tell no more.
    detail = {"actor": call.actor, "responses": list(responses)}
    return Entry(at=call.now, kind=COMMENTS_READ, about="responses", detail=detail)


def _items(
    names: Sequence[str],
    told: Mapping[Group, Tally],
    came: Mapping[Group, Funnel],
    min_n: int,
) -> list[dict[str, Any]]:
    """Every group that has a response or an invitation, in order; without names, the one of all."""
    found = {*told, *came} or ({()} if not names else set())
    items = []
    for group in sorted(found, key=lambda each: [(name is None, name or "") for name in each]):
        tally = told.get(group, Tally())
        items.append(
            {
                "group": dict(zip(names, group, strict=True)),
                "n": tally.n,
                **asdict(statistics.figures(tally, min_n)),
                "funnel": came.get(group, Funnel()),
            }
        )
    return items


def _too_much(path: str, reason: str) -> Invalid:
    fault = FieldError(path=path, reason=reason)
    return Invalid("ask about less time, or by fewer things", errors=[fault])
