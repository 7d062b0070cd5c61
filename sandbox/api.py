"""The sandbox's own JSON API: for the page, and for tests that play the customer."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from aiohttp import web

from sandbox import asked, post, views
from sandbox.config import Config
from sandbox.desk import Desk, Told
from sandbox.network import Network
from sandbox.product import Product
from sandbox.world import Mail, Ticket, World

HEARTBEAT_S = 15.0
MAX_LISTED = 1000
MAX_SCANNED_LINKS = 50
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
STATUS = re.compile(r"[45]\.\d{1,3}\.\d{1,3}")

Advance = Callable[[timedelta], Awaitable[None]]
NOTHING: frozenset[str] = frozenset()


class Api:
    """Answers under `api/`."""

    def __init__(
        self,
        *,
        world: World,
        config: Config,
        product: Product,
        network: Network,
        desk: Desk,
        advance_clock: Advance | None,
        now: Callable[[], datetime],
    ) -> None:
        self._world = world
        self._config = config
        self._product = product
        self._network = network
        self._desk = desk
        self._advance_clock = advance_clock
        self._now = now

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Put every route of the API in place."""
        router.add_get("/api/state", self._state)
        router.add_get("/api/events", self._events)
        router.add_get("/api/messages", self._messages)
        router.add_get("/api/callbacks", self._callbacks)
        router.add_post("/api/phones/{number}/reply", self._reply)
        router.add_get("/api/mails", self._mails)
        router.add_get("/api/mails/{id}", self._mail)
        router.add_get("/api/mails/{id}/letter", self._letter)
        for back in ("reply", "bounce", "complain"):
            router.add_post(f"/api/mails/{{id}}/{back}", getattr(self, f"_mail_{back}"))
        router.add_post("/api/mails/{id}/scan", self._scan)
        router.add_post("/api/tickets", self._add_ticket)
        router.add_get("/api/tickets/{id}", self._ticket)
        router.add_get("/api/tickets/{id}/timeline", self._timeline)
        for action in ("close", "reopen", "archive", "repeat"):
            router.add_post(f"/api/tickets/{{id}}/{action}", getattr(self, f"_{action}"))
        router.add_post("/api/clock", self._clock)
        router.add_post("/api/product", self._set_product)
        router.add_post("/api/desk", self._set_desk)
        router.add_get("/api/desk/deliveries", self._deliveries)

    async def _state(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                **views.state(self._world, self._now()),
                "brand": dict(self._config.brand),
                "number": self._config.from_number,
                "product_url": self._product.url,
                "can_advance": self._advance_clock is not None,
            }
        )

    async def _events(self, request: web.Request) -> web.StreamResponse:
        try:
            queue = self._world.listen()
        except OverflowError as failure:
            return refused(503, str(failure))
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream; charset=utf-8",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        try:
            await response.prepare(request)
            await response.write(b"retry: 1000\nevent: changed\ndata: all\n\n")
            while True:
                line = await _next_line(queue)
                if line is None:
                    return response
                await response.write(line)
        except ConnectionError:
            return response
        finally:
            self._world.unlisten(queue)

    async def _messages(self, request: web.Request) -> web.Response:
        number, sid = request.query.get("number"), request.query.get("sid")
        found = [
            views.message(m)
            for m in self._world.messages.values()
            if number in (None, m.phone) and sid in (None, m.sid)
        ]
        return web.json_response({"items": found[-MAX_LISTED:]})

    async def _callbacks(self, request: web.Request) -> web.Response:
        sid = request.query.get("sid")
        found = [
            views.callback(c)
            for c in self._world.callbacks
            if sid in (None, c.fields.get("MessageSid"), c.fields.get("CallSid"))
        ]
        return web.json_response({"items": found[-MAX_LISTED:]})

    async def _reply(self, request: web.Request) -> web.Response:
        given = await asked.body(request, frozenset({"text", "sid", "after"}))
        number, text = request.match_info["number"], asked.text(given, "text")
        again = asked.text(given, "sid", "") or None
        after = asked.duration(given, "after") if "after" in given else timedelta(0)
        if late := self._world.faults.take("carrier", "late_reply", number):
            after += timedelta(milliseconds=late.value)
        if after:
            due = self._network.receive_later(number, text, after, again=again)
            return web.json_response({"due": due.isoformat()}, status=202)
        heard = await self._network.receive(number, text, again=again)
        return web.json_response(
            {
                "sid": heard.sid,
                "replies": list(heard.replies),
                "status": heard.answer.status,
                "error": heard.fault,
            },
            status=502 if heard.fault else 200,
        )

    async def _mails(self, request: web.Request) -> web.Response:
        mailbox = request.query.get("mailbox", "").lower()
        found = [views.whole_mail(m) for m in self._world.mails if mailbox in ("", m.mailbox)]
        return web.json_response({"items": found[-MAX_LISTED:]})

    async def _mail(self, request: web.Request) -> web.Response:
        found = self._mail_of(request)
        return web.json_response(views.whole_mail(found)) if found else refused(404, "no mail")

    async def _letter(self, request: web.Request) -> web.Response:
        """The HTML of a mail, as a mail programme shows it: nothing in it runs."""
        found = self._mail_of(request)
        html = found.html.replace("<head>", '<head><base target="_blank">', 1) if found else ""
        if not html:
            return refused(404, "no mail in HTML")
        headers = {"Content-Security-Policy": LETTER_POLICY}
        return web.Response(text=html, content_type="text/html", headers=headers)

    async def _mail_reply(self, request: web.Request) -> web.Response:
        given = await asked.body(request, frozenset({"text", "automatic"}))
        text, automatic = asked.text(given, "text"), given.get("automatic") is True
        return await self._send_back(
            request, lambda mail: post.reply(mail, text, self._now(), automatic=automatic)
        )

    async def _mail_bounce(self, request: web.Request) -> web.Response:
        given = await asked.body(request, frozenset({"status"}))
        status = asked.text(given, "status", "5.1.1")
        if not STATUS.fullmatch(status):
            return refused(400, "the status is one of RFC 3463, such as 5.1.1")
        return await self._send_back(request, lambda mail: post.bounce(mail, status, self._now()))

    async def _mail_complain(self, request: web.Request) -> web.Response:
        await asked.body(request, NOTHING)
        return await self._send_back(request, lambda mail: post.complaint(mail, self._now()))

    async def _send_back(
        self, request: web.Request, write: Callable[[Mail], bytes]
    ) -> web.Response:
        mail = self._mail_of(request)
        if mail is None:
            return refused(404, "no such mail")
        answer = await self._product.post_mail(write(mail))
        said = {"status": answer.status, "taken": answer.json(), "error": answer.error}
        return web.json_response(said, status=200 if answer.ok else 502)

    def _mail_of(self, request: web.Request) -> Mail | None:
        wanted = request.match_info["id"]
        return next((mail for mail in self._world.mails if mail.id == wanted), None)

    async def _scan(self, request: web.Request) -> web.Response:
        found = self._mail_of(request)
        if found is None:
            return refused(404, "no such mail")
        links = [link for link in found.links if link.startswith(self._product.url + "/")]
        opened = [
            {"url": link, "status": (await self._product.open_link(link)).status}
            for link in links[:MAX_SCANNED_LINKS]
        ]
        return web.json_response({"items": opened})

    async def _add_ticket(self, request: web.Request) -> web.Response:
        given = await asked.body(request, asked.TICKET_KEYS)
        ticket = asked.ticket(given, self._world, self._now())
        if ticket.id in self._world.tickets:
            return refused(409, "there is a ticket of that id")
        self._world.add_ticket(ticket)
        return web.json_response(views.ticket(ticket), status=201)

    async def _ticket(self, request: web.Request) -> web.Response:
        return web.json_response(views.ticket(self._wanted(request)))

    async def _timeline(self, request: web.Request) -> web.Response:
        answer = await self._product.timeline(
            request.match_info["id"], request.headers.get("Accept-Language", "*")
        )
        if answer.status is None:
            return refused(502, answer.error or "the product does not answer")
        if answer.status == 404:
            # A ticket that was never closed has no story yet: that is no fault.
            return web.json_response({"items": []})
        return web.json_response(answer.json(), status=answer.status)

    async def _close(self, request: web.Request) -> web.Response:
        given = await asked.body(request, frozenset({"close_reason", "closed_at"}))
        ticket = self._wanted(request)
        if ticket.status != "open":
            return refused(409, f"the ticket is {ticket.status}")
        reason = asked.text(given, "close_reason", "resolved")
        told = await self._desk.close(
            ticket, reason=reason, closed_at=asked.instant(given, "closed_at")
        )
        return _told(ticket, told)

    async def _reopen(self, request: web.Request) -> web.Response:
        ticket = self._wanted(request)
        if ticket.status != "closed":
            return refused(409, f"the ticket is {ticket.status}")
        return _told(ticket, await self._desk.reopen(ticket))

    async def _archive(self, request: web.Request) -> web.Response:
        ticket = self._wanted(request)
        ticket.status = "archived"
        self._world.changed("ticket")
        return web.json_response(views.ticket(ticket))

    async def _repeat(self, request: web.Request) -> web.Response:
        ticket = self._wanted(request)
        told = await self._desk.repeat(ticket)
        return refused(409, "nothing was told yet") if told is None else _told(ticket, told)

    async def _clock(self, request: web.Request) -> web.Response:
        given = await asked.body(request, frozenset({"advance"}))
        by = asked.duration(given, "advance")
        if self._advance_clock is None:
            return refused(409, "this clock cannot be moved")
        await self._advance_clock(by)
        self._world.changed("clock")
        return web.json_response({"now": self._now().isoformat()})

    async def _set_product(self, request: web.Request) -> web.Response:
        given = await asked.body(request, frozenset({"url"}))
        url = asked.text(given, "url")
        if not url.startswith(("http://", "https://")):
            raise asked.Unusable("url begins with http:// or https://")
        self._product.url = url.rstrip("/")
        return web.json_response({"url": self._product.url})

    async def _set_desk(self, request: web.Request) -> web.Response:
        given = await asked.body(request, frozenset({"echo_reopen"}))
        self._world.echo_reopen = asked.truth(given, "echo_reopen")
        self._world.changed("desk")
        return web.json_response({"echo_reopen": self._world.echo_reopen})

    async def _deliveries(self, request: web.Request) -> web.Response:
        wanted = {name: request.query.get(name) for name in ("ticket", "type", "webhook_id")}
        found = [
            views.delivery(d)
            for d in self._world.deliveries
            if all(value in (None, getattr(d, name)) for name, value in wanted.items())
        ]
        return web.json_response({"items": found[-MAX_LISTED:]})

    def _wanted(self, request: web.Request) -> Ticket:
        found = self._world.tickets.get(request.match_info["id"])
        if found is None:
            raise web.HTTPNotFound(
                text='{"error": "no such ticket"}', content_type="application/json"
            )
        return found


def refused(status: int, reason: str) -> web.Response:
    """Return a refusal with its reason."""
    return web.json_response({"error": reason}, status=status)


def _told(ticket: Ticket, told: Told) -> web.Response:
    answer = told.answer
    return web.json_response(
        {
            "ticket": views.ticket(ticket),
            "event": dict(told.event),
            "answer": {"status": answer.status, "body": answer.json(), "error": answer.error},
        },
        status=200 if answer.ok else 502,
    )


async def _next_line(queue: asyncio.Queue[str | None]) -> bytes | None:
    try:
        async with asyncio.timeout(HEARTBEAT_S):
            what = await queue.get()
    except TimeoutError:
        return b": heartbeat\n\n"
    return None if what is None else f"event: changed\ndata: {what}\n\n".encode()
