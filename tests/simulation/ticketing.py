"""Plays the ticketing system: closes tickets, tells of it badly, and is asked to reopen them."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.simulation.ground import Errand, Ground
from tests.simulation.people import Customer
from tests.simulation.process import Process
from tickets.intake import read_event
from tickets.model import Refused
from tickets.ports import Declined, DeskError, Done, Order

_REFUSALS = ("404", "409", "410", "422")
MOST_CYCLES, MOST_OF_HOSTILE = 3, 5

#: What a ticketing system may do that would keep a loop going for ever.
HABITS = ("closes_at_once", "opens_by_itself", "acts_twice", "tells_old_news_anew")
_HOSTILE_OF = 4  # every fourth world has such a system; those of the pinned seeds have none


@dataclass(slots=True, kw_only=True)
class Ticket:
    """One ticket; `numbered`: its events name the cycle; `habits`: those of a hostile system."""

    id: str
    customer: Customer
    numbered: bool
    category: str
    cycle: int = 0
    closed: bool = False
    gone: bool = False
    last_at: datetime | None = None
    habits: frozenset[str] = frozenset()

    @property
    def worn_out(self) -> bool:
        """Whether its system lets it rest."""
        return self.cycle >= (MOST_OF_HOSTILE if self.habits else MOST_CYCLES)


@dataclass(slots=True, kw_only=True)
class Told:
    """An event that was put on its way, and what we know of its arrival."""

    document: dict[str, Any]
    tried_at: datetime | None = None
    heard_at: datetime | None = None

    @property
    def about(self) -> tuple[str, str | None]:
        """The source and the id of its ticket, if it is about one."""
        return self.document["source"], self.document["data"].get("ticket", {}).get("id")


@dataclass(slots=True, kw_only=True)
class Ticketing:
    """The tickets of a world; `reopened` holds each order that was carried out, once a key."""

    ground: Ground
    customers: Sequence[Customer]
    tickets: dict[tuple[str, str], Ticket] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)
    asked: list[Order] = field(default_factory=list)
    done: dict[str, Order] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    heard: set[str] = field(default_factory=set)
    away_until: datetime | None = None
    #: Has dice of its own, so that the stories of all other worlds stay what they were.
    spite: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.spite = random.Random(self.ground.seed)

    def begin(self) -> None:
        """Close some tickets in the first days, several at once where the dice say so."""
        dice, ground = self.ground.dice, self.ground
        moments = [ground.seconds(0, 2 * 86400) for _ in range(2 if ground.pressed else 4)]
        for number in range(dice.randint(5, 12)):
            customer = dice.choice(self.customers)
            ticket = Ticket(
                id=f"T-{number}",
                customer=customer,
                numbered=dice.random() < 0.7,
                category=dice.choice(("broadband_fault", "billing")),
                habits=self._habits(),
            )
            self.tickets[customer.source, ticket.id] = ticket
            at = ground.time.present + dice.choice(moments)
            ground.agenda.add(at, self._errand("closes", ticket, self._close))
            if dice.random() < 0.3:
                self._plan_change(ticket, at)
        for customer in self.customers:
            if dice.random() < 0.25:
                at = ground.time.present + ground.seconds(0, 5 * 86400)
                ground.agenda.add(at, self._wish_errand(customer))

    def _habits(self) -> frozenset[str]:
        if self.ground.seed % _HOSTILE_OF != _HOSTILE_OF - 1:
            return frozenset()
        return frozenset(habit for habit in HABITS if self.spite.random() < 0.6)

    def _plan_change(self, ticket: Ticket, closed_at: datetime) -> None:
        ground = self.ground
        what = ground.dice.choice(("reopened", "reopened", "deleted", "merged"))
        at = closed_at + ground.seconds(1, 86400)
        ground.agenda.add(at, self._errand(what, ticket, lambda one: self.change(one, what)))

    def _errand(self, what: str, ticket: Ticket, act: Callable[[Ticket], None]) -> Errand:
        async def run(_process: Process) -> None:
            act(ticket)

        return Errand(what=f"{ticket.id} {what}", run=run)

    # What happens to tickets.

    def _close(self, ticket: Ticket) -> None:
        if ticket.closed or ticket.gone or ticket.worn_out:
            return
        ticket.closed, ticket.cycle = True, ticket.cycle + 1
        at = self._moment(ticket)
        facts: dict[str, Any] = {
            "id": ticket.id,
            "category": ticket.category,
            "team": "NOC-2",
            "agent": {"id": "A-7"},
            "closed_at": at.isoformat(),
            "close_reason": "resolved",
            "tags": ["internal"] if self.ground.dice.random() < 0.05 else [],
        }
        if ticket.numbered:
            facts["cycle"] = ticket.cycle
        person = _person(ticket.customer)
        self._tell("ticket.closed", ticket.customer.source, at, facts, person)
        if self.ground.happens("twice"):
            self._tell("ticket.closed", ticket.customer.source, at, facts, person)
        if "opens_by_itself" in ticket.habits:
            self._soon(ticket, "reopened", 86_400, lambda one: self.change(one, "reopened"))
        if "tells_old_news_anew" in ticket.habits:
            self._soon(ticket, "told of anew", 3 * 86_400, self._tell_anew)

    def _soon(
        self, ticket: Ticket, what: str, latest: float, act: Callable[[Ticket], None]
    ) -> None:
        at = self.ground.time.present + timedelta(seconds=self.spite.uniform(1, latest))
        self.ground.agenda.add(at, self._errand(what, ticket, act))

    def close_again(self, ticket: Ticket) -> None:
        """What was opened is closed within seconds: nobody can have looked at it."""
        self._soon(ticket, "closes at once", 5, self._close)

    def _tell_anew(self, ticket: Ticket) -> None:
        """An old event under a new id, with its own time or that of now."""
        about = (ticket.customer.source, ticket.id)
        old = self.spite.choice([one for one in self.told.values() if one.about == about])
        id_ = f"evt-{len(self.told)}"
        now = self.ground.time.present.replace(microsecond=0).isoformat()
        time = self.spite.choice((old.document["time"], now))
        self.told[id_] = Told(document={**old.document, "id": id_, "time": time})
        self.ground.agenda.add(self.ground.time.present, self.delivery(id_))

    def change(self, ticket: Ticket, what: str) -> None:
        if ticket.gone or (what == "reopened" and not ticket.closed):
            return
        ticket.closed, ticket.gone = False, what != "reopened"
        at = self._moment(ticket)
        self._tell(f"ticket.{what}", ticket.customer.source, at, {"id": ticket.id}, None)
        if what == "reopened" and self.ground.dice.random() < 0.8:
            again = at + self.ground.seconds(600, 2 * 86400)
            self.ground.agenda.add(again, self._errand("closes", ticket, self._close))

    def _moment(self, ticket: Ticket) -> datetime:
        """Now, in whole seconds as such systems tell it, and after what happened before."""
        at = self.ground.time.present.replace(microsecond=0)
        if ticket.last_at is not None and at <= ticket.last_at:
            at = ticket.last_at + timedelta(seconds=1)
        ticket.last_at = at
        return at

    def _wish_errand(self, customer: Customer) -> Errand:
        async def run(_process: Process) -> None:
            self.wish(customer, self.ground.dice.random() < 0.7)

        return Errand(what=f"{customer.id} changes a wish", run=run)

    def wish(self, customer: Customer, block: bool) -> None:
        """The customer does not want to be contacted, or does again."""
        person = _person(customer) | {"preferences": {"do_not_contact": block}}
        at = self.ground.time.present
        self._tell("customer.preferences_changed", customer.source, at, None, person)

    # How it tells of it.

    def _tell(
        self,
        type_: str,
        source: str,
        at: datetime,
        ticket: dict[str, Any] | None,
        customer: dict[str, Any] | None,
    ) -> None:
        """Put an event on its way: late, twice, and again until somebody answers."""
        id_ = f"evt-{len(self.told)}"
        data = {"ticket": ticket} if ticket else {}
        data |= {"customer": customer} if customer else {}
        document = {
            "specversion": "1.0",
            "id": id_,
            "source": source,
            "type": type_,
            "time": at.isoformat(),
            "data": data,
        }
        self.told[id_] = Told(document=document)
        copies = self.ground.dice.randint(2, 3) if self.ground.happens("twice") else 1
        for _ in range(copies):
            late = 6 * 3600 if self.ground.happens("late") else 5
            due = self.ground.time.present + self.ground.seconds(0, late)
            self.ground.agenda.add(due, self.delivery(id_))

    def delivery(self, id_: str) -> Errand:
        """A request with an event, and perhaps with others that nobody has heard of yet."""

        async def run(process: Process) -> None:
            unheard = [other for other, told in self.told.items() if told.heard_at is None]
            others = unheard if self.ground.dice.random() < 0.3 else []
            await self._deliver(process, list(dict.fromkeys([id_, *others])))

        return Errand(what=f"tells {id_}", run=run, again=1_000)

    def all_again(self) -> Errand:
        """A request with everything that was ever told."""

        async def run(process: Process) -> None:
            await self._deliver(process, list(self.told))

        return Errand(what="tells everything again", run=run)

    async def _deliver(self, process: Process, ids: Sequence[str]) -> None:
        now = self.ground.time.now()
        events = []
        for id_ in ids:
            told = self.told[id_]
            told.tried_at = told.tried_at or now
            event = read_event(told.document, now)
            assert not isinstance(event, Refused), event
            events.append(event)
        await process.service.intake.take(events, now)
        for id_ in ids:
            self.told[id_].heard_at = self.told[id_].heard_at or self.ground.time.now()

    def known_at(self, customer: Customer) -> datetime | None:
        """Since when we surely knew a customer's number."""
        heard = [
            told.heard_at
            for told in self.told.values()
            if told.heard_at is not None
            and told.document["source"] == customer.source
            and told.document["data"].get("customer", {}).get("id") == customer.id
        ]
        return min(heard, default=None)

    def blocked(self, customer: Customer, at: datetime) -> bool:
        """Whether we surely knew at an instant that a customer wants no contact."""
        words = [
            (told, told.document["data"]["customer"]["preferences"]["do_not_contact"])
            for told in self.told.values()
            if told.document["type"] == "customer.preferences_changed"
            and told.document["source"] == customer.source
            and told.document["data"]["customer"]["id"] == customer.id
        ]
        words.sort(key=lambda word: str(word[0].document["time"]))
        surely = [i for i, (told, _) in enumerate(words) if told.heard_at and told.heard_at < at]
        perhaps = [i for i, (told, _) in enumerate(words) if told.tried_at and told.tried_at < at]
        if not surely or not words[surely[-1]][1]:
            return False
        return all(words[i][1] for i in perhaps if i > surely[-1])


@dataclass(slots=True, kw_only=True)
class Desk:
    """The ticketing system as one process reaches it."""

    ticketing: Ticketing
    process: Process

    async def reopen(self, order: Order) -> Done | Declined:
        system, ground = self.ticketing, self.ticketing.ground
        self.process.touch()
        await ground.breathe()
        self.process.touch()
        system.asked.append(order)
        if ground.happens("crash_in_desk"):
            self.process.die("before the desk heard of it")
        if ground.happens("desk_silent"):
            system.away_until = ground.time.present + ground.seconds(0, 12 * 3600)
        self._listen()
        answer = self._act(order)
        if ground.happens("crash_in_desk"):
            self.process.die("after the desk did it")
        if ground.happens("desk_lost_answer"):
            raise DeskError("the answer was lost")
        return answer

    def _act(self, order: Order) -> Done | Declined:
        system, ground = self.ticketing, self.ticketing.ground
        ticket = system.tickets[order.source, order.ticket]
        if order.key in system.done:
            if "acts_twice" in ticket.habits and not order.follow_up:
                system.change(ticket, "reopened")
            return Done(ticket="T-NEW" if order.follow_up else None)
        if order.key in system.refused or ticket.gone or ground.happens("desk_refuses"):
            reason = system.refused.setdefault(order.key, ground.dice.choice(_REFUSALS))
            ground.tell("desk", f"refuses {order.ticket} {reason}")
            return Declined(reason=reason)
        system.done[order.key] = order
        ground.tell("desk", f"reopens {order.ticket} follow_up={order.follow_up}")
        if not order.follow_up:
            system.change(ticket, "reopened")
            if "closes_at_once" in ticket.habits:
                system.close_again(ticket)
        return Done(ticket="T-NEW" if order.follow_up else None)

    def _listen(self) -> None:
        until = self.ticketing.away_until
        if until is not None and self.ticketing.ground.time.present < until:
            raise DeskError("the desk is silent")

    async def hear(self, id: str, type_: str, at: datetime, data: object) -> None:
        self.process.touch()
        if self.ticketing.ground.happens("desk_deaf"):
            raise DeskError("the desk is deaf")
        self.ticketing.heard.add(id)


def _person(customer: Customer) -> dict[str, Any]:
    facts = {
        "id": customer.id,
        "phone": customer.phone,
        "email": customer.email,
        "timezone": customer.told,
        "locale": customer.locale,
        "tier": customer.tier,
    }
    return {name: value for name, value in facts.items() if value is not None}
