"""A ticketing system that does what it can to keep a loop going, by a plan drawn beforehand."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.fakes.world import closed
from tests.fakes.world import told as about
from tickets.ports import Declined, DeskError, Done, Order

#: What it does by itself in a round.
MOVES = (
    "close",
    "close_and_reopen",
    "reopen",
    "echo",
    "delete",
    "merge",
    "replay",
    "replay_as_news",
    "number_from_one",
    "rest",
)
#: How it answers an order.
ANSWERS = ("do", "do", "do", "do_and_say_nothing", "say_nothing", "decline", "do_twice")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What one ticket's system does: `moves` round by round, `answers` order by order.

    `at_once`: whatever is opened it closes again within the same second. `echoes`: it tells of
    each reopening, ours too. `numbered`: its events name the cycle. `acknowledged`: somebody takes
    its complaints up.
    """

    moves: tuple[str, ...]
    answers: tuple[str, ...]
    at_once: bool
    echoes: bool
    numbered: bool
    acknowledged: bool


@dataclass(kw_only=True)
class Ticket:
    """One ticket of such a system, and its events that nobody was told of yet."""

    number: int
    plan: Plan
    cycle: int = 0
    events: int = 0
    told: list[dict[str, Any]] = field(default_factory=list)
    pending: list[dict[str, Any]] = field(default_factory=list)
    orders: list[tuple[datetime, Order]] = field(default_factory=list)
    opened: list[datetime] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"T-{self.number}"

    @property
    def phone(self) -> str:
        return f"+86138{self.number:08d}"

    def move(self, round_: int, now: datetime) -> None:
        """What it does by itself in a round; the first closing is what starts everything."""
        move = self.plan.moves[round_ % len(self.plan.moves)] if round_ else "close"
        match move:
            case "close":
                self.close(now)
            case "close_and_reopen":
                self.close(now)
                self.about("reopened", now + timedelta(seconds=1))
                self.close(now + timedelta(seconds=2))
            case "reopen" | "echo":
                self.about("reopened", now)
                if self.plan.at_once:
                    self.close(now + timedelta(seconds=1))
            case "delete":
                self.about("deleted", now)
            case "merge":
                self.about("merged", now)
            case "replay" | "replay_as_news" if self.told:
                old = self.told[round_ % len(self.told)]
                again = {**old, "id": self._id()}
                self.pending.append(again if move == "replay" else {**again, "time": _at(now)})
            case "number_from_one":
                self.cycle = 0
                self.close(now)
            case _:
                pass

    def close(self, at: datetime) -> None:
        self.cycle += 1
        document = closed(
            event=self._id(),
            ticket=self.id,
            cycle=self.cycle if self.plan.numbered else None,
            customer=f"C-{self.number}",
            phone=self.phone,
            at=at,
        )
        self.pending.append(document)

    def about(self, what: str, at: datetime) -> None:
        self.pending.append(about(what, event=self._id(), ticket=self.id, at=at))

    def take(self) -> list[dict[str, Any]]:
        """The events to tell now."""
        found, self.pending = self.pending, []
        self.told += found
        return found

    def reopen(self, order: Order, now: datetime) -> Done | Declined:
        """Answer an order; one that is asked again it may carry out again."""
        answer = self.plan.answers[len(self.orders) % len(self.plan.answers)]
        self.orders.append((now, order))
        if answer == "say_nothing":
            raise DeskError("silent")
        if answer == "decline":
            return Declined(reason="closed_for_good")
        for _ in range(2 if answer == "do_twice" else 1):
            self.opened.append(now)
            if self.plan.echoes:
                self.about("reopened", now)
            if self.plan.at_once:
                self.close(now + timedelta(seconds=1))
        if answer == "do_and_say_nothing":
            raise DeskError("the answer was lost")
        return Done(ticket=f"{self.id}-N" if order.follow_up else None)

    def _id(self) -> str:
        self.events += 1
        return f"e-{self.number}-{self.events}"


@dataclass(kw_only=True)
class Adversary:
    """The desk of many such tickets."""

    tickets: dict[str, Ticket]
    now: datetime

    async def reopen(self, order: Order) -> Done | Declined:
        return self.tickets[order.ticket].reopen(order, self.now)

    async def hear(self, id: str, type_: str, at: datetime, data: object) -> None:
        return None


def _at(now: datetime) -> str:
    return now.isoformat()
