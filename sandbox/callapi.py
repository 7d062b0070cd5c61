"""The sandbox's own API for phones: how they behave, what is done on them, and what they heard."""

from collections.abc import Callable
from typing import TypeAlias

from aiohttp import web

from sandbox import asked, script, views
from sandbox.calls import Call
from sandbox.config import Config
from sandbox.exchange import Exchange, NotNow
from sandbox.pace import Pace
from sandbox.persona import Persona
from sandbox.restapi import base_url
from sandbox.world import World

MAX_LISTED = 1000
Act: TypeAlias = Callable[[str], Call]
_PICKS = {"answer": "answer", "reject": "busy", "voicemail": "machine"}
_PERSONA_KEYS = frozenset({"ring", "after", "turns", "greeting", "beep", "detected", "calls"})


class CallApi:
    """Answers under `api/` what has to do with calls."""

    def __init__(self, kept: World, config: Config, exchange: Exchange, pace: Pace) -> None:
        self._world = kept
        self._config = config
        self._exchange = exchange
        self._pace = pace

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Put every route of the API in place."""
        phone = "/api/phones/{number}"
        router.add_get("/api/calls", self._calls)
        router.add_get("/api/calls/{sid}", self._call)
        router.add_get("/api/alerts", self._alerts)
        router.add_get("/api/pace", self._shown_pace)
        router.add_put("/api/pace", self._change_pace)
        router.add_get(f"{phone}/persona", self._persona)
        router.add_put(f"{phone}/persona", self._set_persona)
        router.add_delete(f"{phone}/persona", self._forget_persona)
        for verb in _PICKS:
            router.add_post(f"{phone}/{verb}", self._pick)
        router.add_post(f"{phone}/keys", self._keys)
        router.add_post(f"{phone}/speak", self._speak)
        router.add_post(f"{phone}/hang_up", self._hang_up)
        router.add_post(f"{phone}/call", self._dial)

    async def _calls(self, request: web.Request) -> web.Response:
        wanted = {name: request.query.get(name) for name in ("number", "status", "direction")}
        found = [
            views.call(call, self._world)
            for call in self._world.calls.values()
            if wanted["number"] in (None, call.phone)
            and wanted["status"] in (None, call.status)
            and wanted["direction"] in (None, call.direction)
        ]
        return web.json_response({"items": found[-MAX_LISTED:]})

    async def _call(self, request: web.Request) -> web.Response:
        call = self._world.calls.get(request.match_info["sid"])
        if call is None:
            return _refused(404, "no such call")
        return web.json_response(views.call(call, self._world))

    async def _alerts(self, request: web.Request) -> web.Response:
        sid = request.query.get("call")
        found = [views.alert(a) for a in self._world.alerts if sid in (None, a.call_sid)]
        return web.json_response({"items": found[-MAX_LISTED:]})

    async def _shown_pace(self, request: web.Request) -> web.Response:
        return web.json_response({"speed": self._pace.speed})

    async def _change_pace(self, request: web.Request) -> web.Response:
        given = await asked.body(request, frozenset({"speed"}))
        speed = given.get("speed")
        if isinstance(speed, bool) or not isinstance(speed, int | float | None):
            raise asked.Unusable("speed is a number, or null for jumps")
        try:
            self._pace.change(speed)
        except ValueError as failure:
            raise asked.Unusable(str(failure)) from failure
        return web.json_response({"speed": self._pace.speed})

    async def _persona(self, request: web.Request) -> web.Response:
        kept = self._world.personas.get(request.match_info["number"], [Persona()])
        return web.json_response({"calls": [views.persona(each) for each in kept]})

    async def _set_persona(self, request: web.Request) -> web.Response:
        given = await asked.body(request, _PERSONA_KEYS)
        self._world.set_personas(request.match_info["number"], script.personas(given))
        return await self._persona(request)

    async def _forget_persona(self, request: web.Request) -> web.Response:
        self._world.personas.pop(request.match_info["number"], None)
        return web.Response(status=204)

    async def _pick(self, request: web.Request) -> web.Response:
        await asked.body(request, frozenset())
        verb = request.rel_url.path.rpartition("/")[2]
        return self._done(lambda number: self._exchange.pick(number, _PICKS[verb]), request)

    async def _keys(self, request: web.Request) -> web.Response:
        given = await asked.body(request, frozenset({"keys"}))
        keys = script.keys(given)
        if not keys:
            raise asked.Unusable("keys are 0 to 9, * and #")
        return self._done(lambda number: self._exchange.press(number, keys), request)

    async def _speak(self, request: web.Request) -> web.Response:
        given = await asked.body(request, frozenset({"text", "confidence"}))
        text, sure = asked.text(given, "text"), script.confidence(given)
        return self._done(lambda number: self._exchange.speak(number, text, sure), request)

    async def _hang_up(self, request: web.Request) -> web.Response:
        await asked.body(request, frozenset())
        return self._done(self._exchange.put_down, request)

    async def _dial(self, request: web.Request) -> web.Response:
        given = await asked.body(request, frozenset({"to", "turns"}))
        to = asked.text(given, "to", self._config.from_number)
        persona = Persona(ring="answer", turns=script.turns(given.get("turns", [])))
        rest_url = base_url(request, "/api/")
        return self._done(
            lambda number: self._exchange.dial_in(number, to, persona, rest_url), request
        )

    def _done(self, act: Act, request: web.Request) -> web.Response:
        try:
            call = act(request.match_info["number"])
        except NotNow as failure:
            return _refused(409, str(failure))
        return web.json_response(views.call(call, self._world))


def _refused(status: int, reason: str) -> web.Response:
    return web.json_response({"error": reason}, status=status)
