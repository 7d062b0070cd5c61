"""Puts the sandbox's parts together as one web application."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

from aiohttp import web

from sandbox import asked, signing
from sandbox.api import Api, refused
from sandbox.callapi import CallApi
from sandbox.callrest import CallRest
from sandbox.carrier import Carrier
from sandbox.config import Config
from sandbox.desk import Desk
from sandbox.exchange import Exchange
from sandbox.faultapi import FaultApi
from sandbox.network import Network
from sandbox.pace import Pace
from sandbox.product import Product
from sandbox.scanner import Scanner
from sandbox.world import World

__all__ = ["Config", "application"]

MAX_BODY_BYTES = 1_000_000
LANGUAGES = ("zh-CN", "en")
_STATIC = (
    "sandbox.css",
    "sandbox.js",
    "sandbox-call.js",
    "sandbox-device.js",
    "sandbox-dom.js",
    "sandbox-model.js",
    "sandbox-text.js",
)
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; frame-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_READING = frozenset({"GET", "HEAD", "OPTIONS"})

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(
    world: World,
    config: Config,
    *,
    advance_clock: Callable[[timedelta], Awaitable[None]] | None = None,
    now: Callable[[], datetime],
) -> web.Application:
    """Return the application, to be served alone or put under a prefix of another.

    Raises ValueError when a secret cannot be used.
    """
    for secret in filter(None, (config.ingest_secret, config.desk_secret)):
        if reason := signing.secret_fault(secret):
            raise ValueError(reason)
    world.echo_reopen = config.echo_reopen
    product = Product(config)
    network = Network(world, config, product, now)
    desk = Desk(world, config, product, now)
    app = web.Application(middlewares=[_guard], client_max_size=MAX_BODY_BYTES)
    pace = Pace(now, speed=config.call_speed, advance=advance_clock)
    exchange = Exchange(kept=world, config=config, product=product, pace=pace, now=now)
    Scanner(world, product)
    Carrier(world, config, network, now).add_routes(app.router)
    CallRest(world, config, exchange).add_routes(app.router)
    CallApi(world, config, exchange, pace).add_routes(app.router)
    FaultApi(world).add_routes(app.router)
    desk.add_routes(app.router)
    Api(
        world=world,
        config=config,
        product=product,
        network=network,
        desk=desk,
        advance_clock=advance_clock,
        now=now,
    ).add_routes(app.router)
    _add_page(app.router, config.templates)
    _live(app, world, product, pace)
    return app


def _live(app: web.Application, world: World, product: Product, pace: Pace) -> None:
    async def living(_: web.Application) -> AsyncIterator[None]:
        await product.open()
        yield
        await product.close()
        await pace.close()

    async def ending(_: web.Application) -> None:
        world.ending()

    app.cleanup_ctx.append(living)
    # Streams of events would hold the server open until it loses patience.
    app.on_shutdown.append(ending)


def _add_page(router: web.UrlDispatcher, templates: Path) -> None:
    async def page(request: web.Request) -> web.StreamResponse:
        html = (templates / "pages" / "sandbox.html").read_text(encoding="utf-8")
        language = preferred_language(request.headers.get("Accept-Language", ""))
        html = html.replace('lang="zh-CN"', f'lang="{language}"', 1)
        return web.Response(
            text=html,
            content_type="text/html",
            headers={"Cache-Control": "no-store", "Vary": "Accept-Language"},
        )

    async def static(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in _STATIC:
            return refused(404, "no such file")
        return web.FileResponse(templates / "static" / name, headers={"Cache-Control": "no-cache"})

    router.add_get("/", page)
    router.add_get("/static/{name}", static)


def preferred_language(accepted: str) -> str:
    """Return the page's language that an Accept-Language header likes best; Chinese by default."""
    wishes: list[tuple[float, str]] = []
    for wish in accepted.split(","):
        name, _, weight = wish.strip().partition(";q=")
        try:
            wishes.append((float(weight or 1), name.strip().lower()))
        except ValueError:
            continue
    for _, name in sorted(wishes, key=lambda wish: -wish[0]):
        for language in LANGUAGES:
            if name.split("-")[0] == language.split("-")[0]:
                return language
    return LANGUAGES[0]


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what another site makes a browser send, and word every fault as JSON."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    if request.method not in _READING and site not in ("none", "same-origin"):
        return refused(403, "another site may not write here")
    try:
        response = await handler(request)
    except asked.Unusable as failure:
        response = refused(400, str(failure))
    if not response.prepared:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
    return response
