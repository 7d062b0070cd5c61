"""What imitated ticketing systems share: tickets, a token at the door, faults on demand."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
OPEN, CLOSED, FOR_GOOD, MERGED = "open", "closed", "closed_for_good", "merged"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(kw_only=True)
class Note:
    """A note on a ticket; `internal` is one that no customer sees."""

    text: str
    internal: bool


@dataclass(kw_only=True)
class Ticket:
    """A ticket in an imitated system; `link` is the ticket it follows, `mark` what finds it."""

    id: str
    state: str = CLOSED
    notes: list[Note] = field(default_factory=list)
    customer: str | None = None
    into: str | None = None
    link: str | None = None
    mark: str | None = None
    text: str = ""
    reopens: int = 0


@dataclass(kw_only=True)
class Customer:
    """A customer in an imitated system."""

    id: str
    name: str = "Lin Wei"
    phone: str | None = "+8613800138000"
    email: str | None = "lin.wei@example.com"


@dataclass(kw_only=True)
class Fault:
    """Something that goes wrong once: a status, or with 0 a dropped connection.

    `done` is whether the system had done what it was asked by then; `skip` lets so many requests
    of these `methods` pass before.
    """

    status: int = 0
    done: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    methods: frozenset[str] = WRITES
    skip: int = 0
    delay: float = 0.0
    text: str | None = None


class FakeDesk:
    """An imitated ticketing system; each one adds `routes` and says who is `authorized`."""

    def __init__(self) -> None:
        self.tickets: dict[str, Ticket] = {}
        self.customers: dict[str, Customer] = {}
        self.faults: list[Fault] = []
        self.heard: list[tuple[str, str, Any]] = []
        self._numbers = iter(range(9001, 9999))

    def put(self, ticket: str, state: str = CLOSED, **facts: Any) -> Ticket:
        """Have a ticket, and its customer."""
        self.customers.setdefault("501", Customer(id="501"))
        found = Ticket(id=ticket, state=state, **{"customer": "501", **facts})
        self.tickets[ticket] = found
        return found

    def new(self, **facts: Any) -> Ticket:
        """A ticket that was opened over the API."""
        found = Ticket(id=self.name_of(next(self._numbers)), state=OPEN, **facts)
        self.tickets[found.id] = found
        return found

    def name_of(self, number: int) -> str:
        """A new ticket's id."""
        return str(number)

    def follow_ups(self) -> list[Ticket]:
        """Tickets that were opened over the API, oldest first."""
        return [item for item in self.tickets.values() if item.mark or item.link or item.text]

    def routes(self) -> list[web.RouteDef]:
        """The API's routes."""
        raise NotImplementedError

    def authorized(self, request: web.Request) -> bool:
        """Whether a request carries the right token."""
        raise NotImplementedError

    def application(self) -> web.Application:
        """The system as a web application."""
        app = web.Application(middlewares=[self._door])
        app.add_routes(self.routes())
        return app

    @web.middleware
    async def _door(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        body = await request.read()
        self.heard.append((request.method, request.path_qs, json.loads(body) if body else None))
        if not self.authorized(request):
            return web.json_response({"error": "who are you"}, status=401)
        fault = next(self._faulty(request.method), None)
        if fault is None:
            return await handler(request)
        self.faults.remove(fault)
        if fault.done:
            await handler(request)
        await asyncio.sleep(fault.delay)
        if fault.status == 0:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        return web.Response(
            status=fault.status,
            headers=fault.headers,
            text=fault.text if fault.text is not None else json.dumps({"error": fault.status}),
        )

    def _faulty(self, method: str) -> Iterator[Fault]:
        for fault in list(self.faults):
            if method in fault.methods:
                if fault.skip == 0:
                    yield fault
                fault.skip = max(0, fault.skip - 1)


async def document(request: web.Request) -> Any:
    """The JSON of a request."""
    return json.loads(await request.read())
