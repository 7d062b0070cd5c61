"""Answers those who watch the service: is it alive, is it ready, what has it done."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog
from marshmallow import Schema, fields

from huifang.metrics import MEDIA, Metrics
from kernel.endpoint import Answer, Call, Endpoint, Role

log = structlog.get_logger("probes")

Ready = Callable[[], Awaitable[Mapping[str, str]]]

TAG = "operations"
OK = "ok"
NOTED = "ok, but "  # it works, and somebody should look at it

_PATIENCE = 15.0  # seconds the components may take together


class _AliveSchema(Schema):
    status = fields.String()


class _ReadySchema(Schema):
    status = fields.String(metadata={"description": "ready, or not ready"})
    components = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={
            "description": "each component: ok, perhaps with a remark, or what is wrong with it"
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """Endpoints that need no key and tell nothing about customers."""

    ready: Ready
    metrics: Metrics

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        return [
            Endpoint(
                method="GET",
                path="/healthz",
                handler=self.healthz,
                role=Role.NONE,
                summary="Whether the process is alive",
                tag=TAG,
                reply=_AliveSchema(),
            ),
            Endpoint(
                method="GET",
                path="/readyz",
                handler=self.readyz,
                role=Role.NONE,
                summary="Whether the process can do its work, component by component",
                tag=TAG,
                reply=_ReadySchema(),
                statuses={503: "a component is not ready"},
            ),
            Endpoint(
                method="GET",
                path="/metrics",
                handler=self.show,
                role=Role.NONE,
                summary="Counters and gauges in Prometheus' text format",
                tag=TAG,
                reply_media="text/plain",
            ),
        ]

    async def healthz(self, call: Call) -> Answer:
        """Alive, as long as this can be said at all."""
        return Answer(body={"status": OK})

    async def readyz(self, call: Call) -> Answer:
        """Ready when every component is; what cannot be asked is not ready."""
        try:
            async with asyncio.timeout(_PATIENCE):
                components = dict(await self.ready())
        except Exception as fault:  # noqa: BLE001 - a fault of any kind means: not ready
            log.warning("probes.not_asked", reason=type(fault).__name__)
            components = {"service": type(fault).__name__}
        ready = all(state == OK or state.startswith(NOTED) for state in components.values())
        body = {"status": "ready" if ready else "not ready", "components": components}
        return Answer(body=body, status=200 if ready else 503)

    async def show(self, call: Call) -> Answer:
        """The metrics page."""
        return Answer(body=await self.metrics.render(), media=MEDIA)
