"""The carrier's REST API for calls and recordings: placed, listed, fetched, changed and deleted."""

import asyncio
import re
from collections.abc import Mapping

from aiohttp import web
from multidict import MultiMapping

from sandbox import world
from sandbox.callhooks import callable_url
from sandbox.calls import EVENTS, Call, Order, Recording, audio
from sandbox.config import Config
from sandbox.exchange import Exchange, NotNow
from sandbox.network import API_VERSION
from sandbox.restapi import Form, Handler, base_url, checked, create, error, gmt, in_range, page

MAX_TWIML = 4000
MAX_RING_S, MAX_CALL_S = 600, 14_400
SETTLED_S = 2.0
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_DETECTIONS = ("Enable", "DetectMessageEnd")


class CallRest:
    """Answers the carrier's REST API out of the world's calls."""

    def __init__(self, kept: world.World, config: Config, exchange: Exchange) -> None:
        self._world = kept
        self._config = config
        self._exchange = exchange

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Put the API where the carrier has it."""
        account = f"/{API_VERSION}/Accounts/{{account}}"
        calls, kept = f"{account}/Calls", f"{account}/Recordings"
        for method, path, handler in (
            ("POST", f"{calls}.json", self._create),
            ("GET", f"{calls}.json", self._list),
            ("GET", f"{calls}/{{sid}}.json", self._fetch),
            ("POST", f"{calls}/{{sid}}.json", self._update),
            ("DELETE", f"{calls}/{{sid}}.json", self._delete),
            ("GET", f"{calls}/{{sid}}/Recordings.json", self._recordings),
            ("GET", f"{kept}.json", self._recordings),
            ("GET", f"{kept}/{{sid}}", self._recording),
            ("DELETE", f"{kept}/{{sid}}", self._delete_recording),
        ):
            router.add_route(method, path, self._checked(handler))

    def _checked(self, handler: Handler) -> Handler:
        return checked(self._config, handler)

    async def _create(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        rest_url = base_url(request, f"/{API_VERSION}/")
        return await create(
            request,
            self._world.faults,
            "voice",
            str(form.get("To", "")),
            lambda: _refusal(form),
            lambda: call_resource(self._exchange.place(order(form), rest_url)),
        )

    async def _list(self, request: web.Request) -> web.StreamResponse:
        def found() -> list[Mapping[str, object]]:
            kept = reversed(self._world.calls.values())
            return [call_resource(call) for call in kept if _matches(call, request.query)]

        return page(request, "calls", found)

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        call = self._world.calls.get(request.match_info["sid"])
        return error(20404) if call is None else web.json_response(call_resource(call))

    async def _update(self, request: web.Request) -> web.StreamResponse:
        call = self._world.calls.get(request.match_info["sid"])
        form = await request.post()
        if call is None:
            return error(20404)
        status, url, twiml = (str(form.get(n, "")) for n in ("Status", "Url", "Twiml"))
        try:
            if status:
                return await self._end(call, status)
            if not url and not twiml:
                return error(21205)
            if url and not callable_url(url):
                return error(21205)
            self._exchange.move(
                call, url=url or None, method=_method(form, "Method"), twiml=twiml or None
            )
        except NotNow:
            return error(21220)
        return web.json_response(call_resource(call))

    async def _end(self, call: Call, status: str) -> web.StreamResponse:
        if status not in ("canceled", "completed"):
            return error(20500, status=400, message="Status is canceled or completed")
        if status == "canceled" and call.status not in ("queued", "ringing"):
            return error(21220, message="Call is in progress. Cannot cancel.")
        async with asyncio.timeout(SETTLED_S):
            await self._exchange.hang_up(call)
        return web.json_response(call_resource(call))

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        call = self._world.calls.get(request.match_info["sid"])
        if call is None:
            return error(20404)
        if not call.ended:
            return error(21220, status=409, message="A live call cannot be deleted")
        del self._world.calls[call.sid]
        self._world.changed("call")
        return web.Response(status=204)

    async def _recordings(self, request: web.Request) -> web.StreamResponse:
        wanted = request.match_info.get("sid") or request.query.get("CallSid")

        def found() -> list[Mapping[str, object]]:
            kept = reversed(self._world.recordings.values())
            return [recording_resource(r) for r in kept if wanted in (None, r.call_sid)]

        return page(request, "recordings", found)

    async def _recording(self, request: web.Request) -> web.StreamResponse:
        sid, _, kind = request.match_info["sid"].partition(".")
        kept = self._world.recordings.get(sid)
        if kept is None or kind not in ("", "json", "wav", "mp3"):
            return error(20404)
        if kind == "json":
            return web.json_response(recording_resource(kept))
        media = "audio/mpeg" if kind == "mp3" else "audio/x-wav"
        return web.Response(body=audio(kept), content_type=media)

    async def _delete_recording(self, request: web.Request) -> web.StreamResponse:
        sid = request.match_info["sid"].removesuffix(".json")
        if self._world.recordings.pop(sid, None) is None:
            return error(20404)
        self._world.changed("recording")
        return web.Response(status=204)


def order(form: Form) -> Order:
    """Return how the form wants the call placed; the form was found good."""
    asynchronous = str(form.get("AsyncAmd", "")).lower() == "true"
    detection = str(form.get("MachineDetection", "")) or None
    return Order(
        to=str(form["To"]),
        from_=str(form["From"]),
        url=_text(form, "Url"),
        method=_method(form, "Method"),
        twiml=_text(form, "Twiml"),
        fallback_url=_text(form, "FallbackUrl"),
        fallback_method=_method(form, "FallbackMethod"),
        status_callback=_text(form, "StatusCallback"),
        status_callback_method=_method(form, "StatusCallbackMethod"),
        events=_events(form),
        timeout=_number(form, "Timeout", 60, MAX_RING_S),
        time_limit=_number(form, "TimeLimit", MAX_CALL_S, MAX_CALL_S),
        detection=detection,
        detection_timeout=_number(form, "MachineDetectionTimeout", 30, 59),
        detection_callback=_text(form, "AsyncAmdStatusCallback") if asynchronous else None,
        detection_callback_method=_method(form, "AsyncAmdStatusCallbackMethod"),
        record=str(form.get("Record", "")).lower() == "true",
        recording_callback=_text(form, "RecordingStatusCallback"),
        send_digits=str(form.get("SendDigits", "")),
    )


def _refusal(form: Form) -> int | None:
    to, sender = str(form.get("To", "")).strip(), str(form.get("From", "")).strip()
    checks: tuple[tuple[bool, int], ...] = (
        (not to, 21201),
        (not _NUMBER.fullmatch(to), 21211),
        (not sender, 21213),
        (not _NUMBER.fullmatch(sender), 21212),
        ("ApplicationSid" in form, 21218),
        (_text(form, "Url") is None and _text(form, "Twiml") is None, 21205),
        ("Url" in form and not callable_url(_text(form, "Url")), 21205),
        (len(_text(form, "Twiml") or "") > MAX_TWIML, 21205),
        ("StatusCallback" in form and not callable_url(_text(form, "StatusCallback")), 21609),
        (not _readable(form), 20500),
    )
    return next((code for wrong, code in checks if wrong), None)


def _readable(form: Form) -> bool:
    numbers = (str(form.get(name, "0")) for name in ("Timeout", "TimeLimit"))
    detection = form.get("MachineDetection", _DETECTIONS[0])
    return all(number.isdecimal() for number in numbers) and detection in _DETECTIONS


def _events(form: Form) -> frozenset[str]:
    given = [
        word for value in form.getall("StatusCallbackEvent", []) for word in str(value).split()
    ]
    return frozenset(given).intersection(EVENTS) or frozenset({"completed"})


def _text(form: Form, name: str) -> str | None:
    return str(form.get(name, "")).strip() or None


def _method(form: Form, name: str) -> str:
    return "GET" if str(form.get(name, "POST")).upper() == "GET" else "POST"


def _number(form: Form, name: str, default: int, most: int) -> float:
    return float(min(int(str(form.get(name) or default)), most))


def _matches(call: Call, query: MultiMapping[str]) -> bool:
    return (
        query.get("To", call.to) == call.to
        and query.get("From", call.from_) == call.from_
        and query.get("Status", call.status) == call.status
        and query.get("ParentCallSid", call.parent) == call.parent
        and in_range(call.started_at or call.created_at, query, "StartTime")
        and in_range(call.ended_at or call.created_at, query, "EndTime")
    )


def call_resource(call: Call) -> dict[str, object]:
    """Return a call as the carrier's REST API shows it."""
    uri = f"/{API_VERSION}/Accounts/{call.account_sid}/Calls/{call.sid}"
    return {
        "account_sid": call.account_sid,
        "annotation": None,
        "answered_by": call.answered_by,
        "api_version": API_VERSION,
        "caller_name": None,
        "date_created": gmt(call.created_at),
        "date_updated": gmt(call.updated_at),
        "direction": call.direction,
        "duration": None if call.duration is None else str(call.duration),
        "end_time": gmt(call.ended_at),
        "forwarded_from": None,
        "from": call.from_,
        "from_formatted": call.from_,
        "group_sid": None,
        "parent_call_sid": call.parent,
        "phone_number_sid": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "sid": call.sid,
        "start_time": gmt(call.started_at),
        "status": call.status,
        "subresource_uris": {"recordings": f"{uri}/Recordings.json"},
        "to": call.to,
        "to_formatted": call.to,
        "trunk_sid": None,
        "uri": f"{uri}.json",
    }


def recording_resource(kept: Recording) -> dict[str, object]:
    """Return a recording as the carrier's REST API shows it."""
    return {
        "account_sid": kept.account_sid,
        "api_version": API_VERSION,
        "call_sid": kept.call_sid,
        "channels": 1,
        "date_created": gmt(kept.created_at),
        "duration": str(kept.seconds),
        "media_url": kept.url,
        "price": None,
        "price_unit": "USD",
        "sid": kept.sid,
        "source": kept.source,
        "status": "completed",
        "uri": f"/{API_VERSION}/Accounts/{kept.account_sid}/Recordings/{kept.sid}.json",
    }
