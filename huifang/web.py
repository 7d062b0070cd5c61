"""Makes the HTTP application from endpoints as data: keys, limits, schemas, faults, headers."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from marshmallow import Schema

from huifang import request as reading
from huifang.docs import Docs
from huifang.entry import Entry
from huifang.identity import Identity
from huifang.metrics import Metrics
from huifang.openapi import document, has_body, knows_every_word, prepare
from huifang.probes import Probes
from huifang.problems import of_router, problem
from huifang.request import Network, locale_of
from huifang.staff.sessions import Sessions
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.faults import Fault, NotFound, Unavailable, described
from kernel.sql import passing
from scheduler.ports import Clock

__all__ = ["application", "locale_of"]

log = structlog.get_logger("http")

Note = Callable[[Endpoint, Call, Answer], Awaitable[None]]
Page = Callable[[Call, Fault], Answer]

_STATIC = "/static"
_PROGRAMS = ("/v1/", "/carriers/", _STATIC + "/")  # under which no person looks for a page
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})  # asked every few seconds by machines
_NO_WORDS = Schema()  # of a query
_REQUEST_ID = web.RequestKey("request_id", str)
_ACTOR = web.RequestKey("actor", str)
_BEGUN = web.RequestKey("begun", float)  # when a stream's first byte went out
_STREAMS = web.AppKey("streams", set[asyncio.Task[Any]])

EVENTS = "text/event-stream"


def application(
    endpoints: Sequence[Endpoint],
    *,
    clock: Clock,
    identity: Identity,
    public_url: str,
    trusted_proxies: Sequence[Network],
    ready: Callable[[], Awaitable[Mapping[str, str]]],
    metrics: Metrics,
    templates: Path,
    static: Path,
    sessions: Sessions | None = None,
    note: Note | None = None,
) -> web.Application:
    """The application, with probes, documentation and static files beside the endpoints.

    `public_url` is how the outside world calls us, `ready` names each component and `ok` or what
    is wrong with it, `templates` holds `pages/`, `static` the files served as they are. Without
    `sessions` nobody is let in but by a key. `note` hears of each answer before it is sent.
    """
    door = _Door(
        clock=clock,
        note=note,
        entry=Entry(identity=identity, sessions=sessions, public_url=public_url),
        public_url=public_url,
        trusted_proxies=tuple(trusted_proxies),
        lost=next((each.page for each in endpoints if each.path == "/"), None),
    )
    shown = [*endpoints, *Probes(ready=ready, metrics=metrics).endpoints()]
    docs = Docs(partial(document, shown, public_url, version("huifang")), templates)
    app = web.Application(middlewares=[_recorded(metrics, door)])
    for endpoint in (*shown, *docs.endpoints()):
        prepare(endpoint)
        handler = door.handler(endpoint)
        app.router.add_route(endpoint.method, endpoint.path, handler)
        if endpoint.method == hdrs.METH_GET:
            app.router.add_route(hdrs.METH_HEAD, endpoint.path, handler)
    app.router.add_get(_STATIC + "/{name:.+}", _files(static))
    app[_STREAMS] = set()
    app.on_response_prepare.append(_guard_headers)
    app.on_shutdown.append(_cut_off)
    return app


def _files(folder: Path) -> Handler:
    """Serves the files that were there at the start, by their exact names and nothing else."""
    known = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}

    async def serve(request: web.Request) -> web.StreamResponse:
        path = known.get(request.match_info["name"])
        if path is None:
            raise NotFound("there is no such file")
        return web.FileResponse(path)

    return serve


@dataclass(frozen=True, slots=True, kw_only=True)
class _Door:
    """Turns requests into calls: who may, what was sent, and back again what is answered."""

    clock: Clock
    note: Note | None
    entry: Entry
    public_url: str
    trusted_proxies: Sequence[Network]
    lost: Page | None  # words for people that nothing is served under a path

    def strayed(self, request: web.Request) -> web.Response | None:
        """What a person sees in the place of a page that is not there; None: it was a program."""
        for_people = "text/html" in request.headers.get(hdrs.ACCEPT, "")
        if self.lost is None or not for_people or request.path.startswith(_PROGRAMS):
            return None
        answer = self.lost(self._unread(request), NotFound(""))
        return web.Response(
            status=answer.status,
            headers={hdrs.CONTENT_TYPE: _with_charset(answer.media), **answer.headers},
            text=str(answer.body),
        )

    def handler(self, endpoint: Endpoint) -> Handler:
        """The aiohttp handler of an endpoint."""

        async def handle(request: web.Request) -> web.StreamResponse:
            call = await self._call(endpoint, request, self._unread(request))
            request[_ACTOR] = call.person.user if call.person else call.actor
            return await _answer(endpoint, request, await self._handled(endpoint, call))

        async def show(request: web.Request) -> web.StreamResponse:
            assert endpoint.page is not None
            call = self._unread(request)
            try:
                call = await self.entry.visited(call)
                request[_ACTOR] = call.person.user if call.person else ""
                answer = await self._handled(endpoint, await self._call(endpoint, request, call))
            except Fault as fault:
                answer = endpoint.page(call, fault)
            except Exception as fault:
                if not passing(fault):
                    raise
                answer = endpoint.page(call, _away(request, fault))
            return await _answer(endpoint, request, answer)

        return handle if endpoint.page is None else show

    async def _handled(self, endpoint: Endpoint, call: Call) -> Answer:
        answer = await endpoint.handler(call)
        if self.note is not None:
            await self.note(endpoint, call, answer)
        return answer

    async def _call(self, endpoint: Endpoint, request: web.Request, call: Call) -> Call:
        """Who may is settled before what is sent is looked at."""
        call = await self.entry.admitted(endpoint, request.method, call)
        media = reading.media_of(call.headers)
        if has_body(endpoint):
            raw = await reading.body_of(request, endpoint.limit)
            form = reading.form_of(raw) if media == reading.FORM else ()
            call = replace(call, raw=raw, form=form)
        call = self.entry.proven(endpoint, request.method, call)
        if call.raw and not endpoint.signed:  # what no form is has no signature that fits
            reading.refuse_media(media, endpoint.media)
        return _validated(endpoint, request, call, media)

    def _unread(self, request: web.Request) -> Call:
        return Call(
            now=self.clock.now(),
            path=dict(request.match_info),
            query={},
            body=None,
            raw=b"",
            headers=reading.headers_of(request.headers),
            url=reading.url_of(self.public_url, request.raw_path),
            remote=reading.remote_of(
                request.remote,
                request.headers.getall(hdrs.X_FORWARDED_FOR, ()),
                self.trusted_proxies,
            ),
            form=(),
            actor="",
            role=Role.NONE,
        )


def _validated(endpoint: Endpoint, request: web.Request, call: Call, media: str) -> Call:
    if endpoint.query is not None:
        # A form sends along what was left empty: that is not given.
        given = [(name, text) for name, text in request.query.items() if text]
        pairs = reading.pairs_for(endpoint.query, given)
        call = replace(call, query=reading.load(endpoint.query, pairs))
    if knows_every_word(endpoint):
        reading.refuse_strange(endpoint.query or _NO_WORDS, request.query)
    if endpoint.body is not None:
        call = replace(call, body=reading.load(endpoint.body, _document(endpoint, call, media)))
    return call


def _document(endpoint: Endpoint, call: Call, media: str) -> object:
    assert endpoint.body is not None
    if media == reading.FORM:
        return reading.pairs_for(endpoint.body, call.form)
    if not call.raw:
        return [] if endpoint.body.many else {}
    return reading.json_of(call.raw)


async def _answer(endpoint: Endpoint, request: web.Request, answer: Answer) -> web.StreamResponse:
    if isinstance(answer.body, AsyncIterator):
        return await _streamed(request, answer, answer.body)
    if isinstance(answer.body, Path):
        reading.refuse_range(request, answer.body)
        headers = {hdrs.CONTENT_TYPE: answer.media, **answer.headers}
        return web.FileResponse(answer.body, status=answer.status, headers=headers)
    return _response(endpoint, answer)


async def _streamed(
    request: web.Request, answer: Answer, parts: AsyncIterator[bytes]
) -> web.StreamResponse:
    """What is sent part by part, until it ends or whoever listens is gone.

    What has no end of its own, a stream of events, is cut off when the service stops.
    """
    headers = {hdrs.CONTENT_TYPE: answer.media, **answer.headers}
    response = web.StreamResponse(status=answer.status, headers=headers)
    task, streams = asyncio.current_task(), request.app[_STREAMS]
    assert task is not None
    if answer.media == EVENTS:
        streams.add(task)
    try:
        await response.prepare(request)
        request[_BEGUN] = time.perf_counter()
        with suppress(ConnectionError):
            if request.method != hdrs.METH_HEAD:
                async for part in parts:
                    await response.write(part)
            await response.write_eof()
    finally:
        streams.discard(task)
        await parts.aclose()  # type: ignore[attr-defined]
    return response


async def _cut_off(app: web.Application) -> None:
    for task in app[_STREAMS]:
        task.cancel()


def _response(endpoint: Endpoint, answer: Answer) -> web.Response:
    headers = dict(answer.headers)
    if answer.body is None:
        return web.Response(status=answer.status, headers=headers)
    if isinstance(answer.body, str | bytes):
        content = answer.body.encode() if isinstance(answer.body, str) else answer.body
    else:
        shown = answer.body if endpoint.reply is None else endpoint.reply.dump(answer.body)
        content = orjson.dumps(shown)
    headers.setdefault(hdrs.CONTENT_TYPE, _with_charset(answer.media))
    return web.Response(status=answer.status, headers=headers, body=content)


def _with_charset(media: str) -> str:
    return f"{media}; charset=utf-8" if media.startswith("text/") and ";" not in media else media


def _recorded(metrics: Metrics, door: _Door) -> Callable[..., Awaitable[web.StreamResponse]]:
    """The one middleware: words every fault as a problem, logs and counts every request."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        started = time.perf_counter()
        request_id = request[_REQUEST_ID] = secrets.token_hex(8)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = await _answered(request, handler, door)
            seconds = request.get(_BEGUN, time.perf_counter()) - started
            route = _route(request)
            metrics.observe_request(request.method, route, response.status, seconds)
            _log_request(request, route, response.status, seconds)
        return response

    return answer


def _away(request: web.Request, fault: Exception) -> Unavailable:
    log.warning("http.unavailable", route=_route(request), **described(fault))
    return Unavailable("the database does not answer in time; try again later")


async def _answered(request: web.Request, handler: Handler, door: _Door) -> web.StreamResponse:
    try:
        reading.refuse_unusable("path", iter([request.path, *request.match_info.values()]))
        pairs = request.query.items()
        reading.refuse_unusable("query", (text for pair in pairs for text in pair))
        return await handler(request)
    except Fault as fault:
        return problem(fault, _language(request))
    except web.HTTPException as refused:
        page = door.strayed(request) if isinstance(refused, web.HTTPNotFound) else None
        return page or of_router(refused, _language(request))
    except Exception as fault:
        if passing(fault):
            return problem(_away(request, fault), _language(request))
        # Whatever broke is for the log alone: its words may hold what nobody outside should read.
        log.exception("http.failed", method=request.method, route=_route(request))
        return problem(_ours(request[_REQUEST_ID]), _language(request))


def _language(request: web.Request) -> str:
    return request.headers.get(hdrs.ACCEPT_LANGUAGE, "")


def _ours(request_id: str) -> Fault:
    detail = "try again later; if it happens again, tell us the request id"
    return Fault(detail, extra={"request_id": request_id})


async def _guard_headers(request: web.Request, response: web.StreamResponse) -> None:
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("X-Request-Id", request.get(_REQUEST_ID, ""))
    static = request.path.startswith(_STATIC + "/")
    headers.setdefault(hdrs.CACHE_CONTROL, "no-cache" if static else "no-store")
    if response.content_type == "text/html":
        headers.setdefault("Content-Security-Policy", _POLICY)


def _route(request: web.Request) -> str:
    """The template of the route: a path may hold the token of a link, or a customer's id."""
    resource = request.match_info.route.resource
    return "unknown" if resource is None else resource.canonical


def _log_request(request: web.Request, route: str, status: int, seconds: float) -> None:
    write = log.debug if route in _QUIET and status < 400 else log.info
    write(
        "http.request",
        method=request.method,
        route=route,
        status=status,
        ms=round(seconds * 1000, 1),
        actor=request.get(_ACTOR, ""),
    )
