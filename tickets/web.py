"""Takes events over HTTP: CloudEvents, and ticketing systems' own webhooks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from marshmallow import Schema, fields

from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.faults import FieldError, Invalid
from kernel.webhooks import verify
from tickets import intake
from tickets.adapters import zammad
from tickets.gathering import Gathering
from tickets.model import Event, Ignored, Refused
from tickets.service import Taken

_LATER = "not kept: send it again after the time named"
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


class _SourceSchema(Schema):
    source = fields.String(load_default="/zammad")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventHooks:
    """The endpoints that take events in."""

    gathering: Gathering
    secrets: Sequence[str]
    zammad_secret: str | None
    on_taken: Callable[[str, int], None] = lambda result, count: None

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        return [
            Endpoint(
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
            ),
            Endpoint(
                method="POST",
                path="/v1/hooks/zammad",
                handler=self.zammad,
                role=Role.INGEST,
                summary="A Zammad webhook; X-Hub-Signature or a key",
                tag="events",
                query=_SourceSchema(),
                reply=_TakenSchema(),
                status=202,
                statuses={422: "the payload is not usable", 503: _LATER},
                or_signed=self._from_zammad,
                limit=_LARGEST,
            ),
        ]

    async def events(self, call: Call) -> Answer:
        """Keep events; what is accepted is durable and planned when the answer goes out."""
        media = call.headers.get("content-type", "")
        batch = intake.read_request(media, call.headers, call.raw, call.now)
        return await self._take(batch.events, batch.refused, call.now)

    async def zammad(self, call: Call) -> Answer:
        """Keep what a Zammad webhook tells."""
        read = zammad.read(intake.read_json(call.raw), call.headers, call.query["source"], call.now)
        match read:
            case Ignored():
                return Answer(body={"accepted": [], "duplicates": [], "rejected": []}, status=202)
            case Refused():
                return await self._take((), (read,), call.now)
            case _:
                return await self._take((read,), (), call.now)

    async def _take(
        self, events: Sequence[Event], refused: Sequence[Refused], now: datetime
    ) -> Answer:
        taken = await self.gathering.take(events, now) if events or not refused else _NOTHING
        unusable = [*refused, *taken.refused]
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

    def _from_zammad(self, call: Call) -> bool:
        header = call.headers.get("x-hub-signature")
        return self.zammad_secret is not None and zammad.signed(
            call.raw, header, self.zammad_secret
        )


def _shown(refused: Sequence[Refused]) -> list[dict[str, str | None]]:
    return [{"id": item.id, "path": item.path, "reason": item.reason} for item in refused]
