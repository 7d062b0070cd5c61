"""Takes events over HTTP: CloudEvents, and ticketing systems' own webhooks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from marshmallow import Schema, fields

from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.faults import FieldError, Invalid
from kernel.webhooks import verify
from tickets import intake
from tickets.fetching import Fetching
from tickets.gathering import Gathering
from tickets.hooks import HOOKS, Hook, Post, Told, has_secret
from tickets.model import Event, Ignored, Refused, Unfinished
from tickets.service import Taken

_LATER = "not kept: send it again after the time named"
_ASK_NOBODY = (
    "needed: this payload names no customer, and no desk is configured that can be asked; "
    "set HUIFANG_TICKETING with its URL and token, or desks: for this source"
)
_NOTHING = Taken(accepted=(), duplicates=())
_LARGEST = 4 * 1024 * 1024  # bytes: 500 events of some kilobytes each


class _RefusedSchema(Schema):
    id = fields.String(allow_none=True)
    path = fields.String()
    reason = fields.String()


class _TakenSchema(Schema):
    accepted = fields.List(fields.String())
    duplicates = fields.List(fields.String())
    rejected = fields.List(fields.Nested(_RefusedSchema))


@dataclass(frozen=True, slots=True, kw_only=True)
class EventHooks:
    """The endpoints that take events in.

    `secret_of` gives the secret that the desk of an event source shares with us, if any.
    """

    gathering: Gathering
    fetching: Fetching
    secrets: Sequence[str]
    secret_of: Callable[[str], str | None]
    on_taken: Callable[[str, int], None] = lambda result, count: None

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        events = Endpoint(
            method="POST",
            path="/v1/events",
            handler=self.events,
            role=Role.INGEST,
            summary="CloudEvents 1.0: structured, binary, or a batch of up to 500",
            tag="events",
            reply=_TakenSchema(),
            status=202,
            media=(
                "application/cloudevents+json",
                "application/cloudevents-batch+json",
                "application/json",
            ),
            statuses={422: "no event was usable", 503: _LATER},
            or_signed=self._signed,
            limit=_LARGEST,
        )
        return [events, *(self._native(hook) for hook in HOOKS)]

    async def events(self, call: Call) -> Answer:
        """Keep events; what is accepted is durable and planned when the answer goes out."""
        media = call.headers.get("content-type", "")
        batch = intake.read_request(media, call.headers, call.raw, call.now)
        return await self._take(batch.events, batch.refused, call.now)

    def _native(self, hook: Hook) -> Endpoint:
        """The route of a ticketing system's own webhook."""
        source = f"/{hook.name}"
        asked: dict[str, fields.Field[str]] = {"source": fields.String(load_default=source)}
        if hook.own_states:
            asked["closed"] = fields.String(
                load_default="", metadata={"description": "states that mean done, by commas"}
            )
        schema = Schema.from_dict(asked)

        async def handle(call: Call) -> Answer:
            states = call.query.get("closed", "").lower().split(",")
            own = frozenset(state.strip() for state in states) - {""}
            post = replace(_post(call), closed=own)
            told = hook.read(intake.read_json(call.raw), post, call.query["source"])
            return await self._told(told, call.now)

        def signed(call: Call) -> bool:
            query = dict(parse_qsl(urlsplit(call.url).query))
            secret = self.secret_of(query.get("source", source))
            post = _post(call)
            return secret is not None and (hook.signed(post, secret) or has_secret(post, secret))

        return Endpoint(
            method="POST",
            path=f"/v1/hooks/{hook.name}",
            handler=handle,
            role=Role.INGEST,
            summary=hook.summary,
            tag="events",
            query=schema(),
            reply=_TakenSchema(),
            status=202,
            statuses={422: "the payload is not usable", 503: _LATER},
            or_signed=signed,
            limit=_LARGEST,
        )

    async def _told(self, told: Told, now: datetime) -> Answer:
        """Keep what a ticketing system's own webhook tells."""
        if isinstance(told, Unfinished) and self.fetching.can_ask(told.source):
            return self._answer(await self.fetching.keep(told, now), ())
        event = intake.read_event(told.document, now) if isinstance(told, Unfinished) else told
        match event:
            case Ignored():
                return Answer(body={"accepted": [], "duplicates": [], "rejected": []}, status=202)
            case Refused(path="data.customer.id") if isinstance(told, Unfinished):
                return await self._take((), (replace(event, reason=_ASK_NOBODY),), now)
            case Refused():
                return await self._take((), (event,), now)
            case _:
                return await self._take((event,), (), now)

    async def _take(
        self, events: Sequence[Event], refused: Sequence[Refused], now: datetime
    ) -> Answer:
        taken = await self.gathering.take(events, now) if events or not refused else _NOTHING
        return self._answer(taken, [*refused, *taken.refused])

    def _answer(self, taken: Taken, unusable: Sequence[Refused]) -> Answer:
        rejected = _shown(unusable)
        self.on_taken("rejected", len(rejected))
        if rejected and not taken.accepted and not taken.duplicates:
            raise Invalid(
                "no event was usable; mend the fields named and send again",
                errors=[FieldError(path=item.path, reason=item.reason) for item in unusable],
                extra={"accepted": [], "duplicates": [], "rejected": rejected},
            )
        self.on_taken("accepted", len(taken.accepted))
        self.on_taken("duplicate", len(taken.duplicates))
        body = {
            "accepted": list(taken.accepted),
            "duplicates": list(taken.duplicates),
            "rejected": rejected,
        }
        return Answer(body=body, status=202)

    def _signed(self, call: Call) -> bool:
        return bool(self.secrets) and verify(self.secrets, call.headers, call.raw, call.now)


def _post(call: Call) -> Post:
    return Post(headers=call.headers, body=call.raw, now=call.now)


def _shown(refused: Sequence[Refused]) -> list[dict[str, str | None]]:
    return [{"id": item.id, "path": item.path, "reason": item.reason} for item in refused]
