"""The sandbox's own API for faults: ordered, shown, diced for, lifted."""

from aiohttp import web

from sandbox import asked, views
from sandbox.world import World

_KEYS = frozenset({"target", "kind", "times", "value", "number", "probability"})


class FaultApi:
    """Answers under `api/faults`."""

    def __init__(self, kept: World) -> None:
        self._world = kept

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Put every route of the API in place."""
        router.add_get("/api/faults", self._faults)
        router.add_post("/api/faults", self._add)
        router.add_delete("/api/faults", self._clear)
        router.add_put("/api/faults/seed", self._seed)

    async def _faults(self, request: web.Request) -> web.Response:
        return web.json_response({"items": [views.fault(f) for f in self._world.faults.items()]})

    async def _add(self, request: web.Request) -> web.Response:
        given = await asked.body(request, _KEYS)
        probability = given.get("probability", 1.0)
        if isinstance(probability, bool) or not isinstance(probability, int | float):
            raise asked.Unusable("probability is a number")
        try:
            fault = self._world.faults.add(
                asked.text(given, "target"),
                asked.text(given, "kind"),
                times=asked.number(given, "times", 1),
                value=asked.number(given, "value", None),
                number=asked.text(given, "number", "") or None,
                probability=float(probability),
            )
        except ValueError as failure:
            raise asked.Unusable(str(failure)) from failure
        self._world.changed("faults")
        return web.json_response(views.fault(fault), status=201)

    async def _clear(self, request: web.Request) -> web.Response:
        self._world.faults.clear(request.query.get("target"))
        self._world.changed("faults")
        return web.Response(status=204)

    async def _seed(self, request: web.Request) -> web.Response:
        given = await asked.body(request, frozenset({"seed"}))
        seed = asked.number(given, "seed", 0) or 0
        self._world.faults.seed(seed)
        return web.json_response({"seed": seed})
