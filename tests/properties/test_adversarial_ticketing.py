"""Whatever a ticketing system does, the loop comes to an end, and a person hears of it."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from callbacks import store as complaints
from callbacks.complaint import Step, take
from callbacks.model import Complaint, ComplaintRules, ComplaintState
from channels.policy import DEFAULT
from kernel.engine import open_database
from scheduler.tables import notices
from surveys import store as surveys
from tests.fakes.adversary import ANSWERS, MOVES, Adversary, Plan, Ticket
from tests.fakes.world import NOON, World, make_world

TICKETS, ROUNDS = 8, 5
PACE = timedelta(hours=25)  # past the cap on contacts, and always within the day's window
#: In the end longer than `per`, than any survey lives, and than a silent desk is asked again.
QUIETS = tuple(timedelta(hours=hours) for hours in (3, 24, 960))
MOST_TEXTS = 6  # an invitation and a recovery survey, each with what may follow it unanswered
MOST_TURNS = 40  # of the two sides in a round
MOST_NOTICES = 8  # on the board for one complaint: its deadlines, its desk, and why it stands
MOST_ANSWERS = 6  # to one text of ours


# Few examples of many tickets each: they share the time that a world takes to come to rest.
@settings(
    max_examples=2,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32 - 1))
def test_no_ticketing_system_keeps_the_loop_going(sqlite_template: Path, seed: int) -> None:
    dice = Random(seed)
    plans = [_plan(dice) for _ in range(TICKETS)]
    rules = ComplaintRules(
        max_reopens=dice.randint(0, 2),
        capacity=dice.choice((None, 3)),
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "huifang.sqlite3"
        shutil.copy(sqlite_template, path)
        asyncio.run(_plays(f"sqlite:///{path}", plans, rules, capped=dice.random() < 0.5))


def _plan(dice: Random) -> Plan:
    return Plan(
        moves=tuple(dice.choices(MOVES, k=dice.randint(1, 6))),
        answers=tuple(dice.choices(ANSWERS, k=dice.randint(1, 4))),
        at_once=dice.random() < 0.5,
        echoes=dice.random() < 0.5,
        numbered=dice.random() < 0.5,
        acknowledged=dice.random() < 0.5,
    )


async def _plays(url: str, plans: Sequence[Plan], rules: ComplaintRules, *, capped: bool) -> None:
    """`capped`: customers are contacted as seldom as by default; else every closing asks them."""
    database = open_database(url)
    try:
        made = [Ticket(number=number, plan=plan) for number, plan in enumerate(plans, start=1)]
        found = {item.id: item for item in made}
        desk = Adversary(tickets=found, now=NOON)
        world = make_world(
            database,
            complaints=rules,
            rules=DEFAULT if capped else replace(DEFAULT, caps=()),
            desk_of=lambda source: desk,  # type: ignore[arg-type,return-value]
        )
        read: Counter[str] = Counter()
        for round_ in range(ROUNDS):
            for ticket in found.values():
                ticket.move(round_, world.clock.now())
            await _settles(world, desk, read)
            await _acknowledged(world, found.values())
            world.clock.advance(PACE)
        for quiet in QUIETS:
            world.clock.advance(quiet)
            await _settles(world, desk, read)
        steps = _steps(world, found.values())
        world.clock.advance(QUIETS[-1])
        await _settles(world, desk, read)
        assert _steps(world, found.values()) == steps, "the loop goes on though nobody acts"
        for ticket in found.values():
            await _is_bounded(world, ticket, rules, capped=capped)
    finally:
        await database.close()


def _steps(world: World, tickets: Iterable[Ticket]) -> tuple[int, int]:
    """Texts sent and orders given; one that a silent desk is asked again is the same order."""
    orders = {order.key for item in tickets for _, order in item.orders}
    return len(world.carrier.sent), len(orders)


async def _settles(world: World, desk: Adversary, read: Counter[str]) -> None:
    """Until neither side has anything to say: what is ordered is answered by more events."""
    for _ in range(MOST_TURNS):
        desk.now = world.clock.now()
        events = [event for ticket in desk.tickets.values() for event in ticket.take()]
        if events:
            world.clock.advance(timedelta(seconds=5))
            await world.tell(*events)
        await world.run()
        answered = [await _answers(world, item, read) for item in desk.tickets.values()]
        if not any(answered) and not any(item.pending for item in desk.tickets.values()):
            return
    raise AssertionError("the loop never came to rest")


async def _answers(world: World, ticket: Ticket, read: Counter[str]) -> bool:
    """The customer answers each text with the worst there is, to the end."""
    texts = world.carrier.texts(ticket.phone)
    for _ in texts[read[ticket.id] :]:
        said: tuple[str, ...] = ("1",)
        for _ in range(MOST_ANSWERS):
            said = await world.says(ticket.phone, "2" if "解决" in "".join(said) else "1")
            if not said:
                break
    anew = len(texts) > read[ticket.id]
    read[ticket.id] = len(texts)
    return anew


async def _acknowledged(world: World, tickets: Iterable[Ticket]) -> None:
    """Somebody takes up what can be taken up, at the desks where anybody does."""
    which = [("/tickets", item.id) for item in tickets if item.plan.acknowledged]
    async with world.database.write() as conn:
        found = await complaints.lock_open(conn, world.vault, which)
        new = [item for item in found if item.state is ComplaintState.REGISTERED]
        moved = [take(item, Step.ACKNOWLEDGE) for item in new]
        await complaints.save(
            conn, world.vault, [item for item in moved if isinstance(item, Complaint)]
        )


async def _is_bounded(world: World, ticket: Ticket, rules: ComplaintRules, *, capped: bool) -> None:
    async with world.database.read() as conn:
        which = [("/tickets", ticket.id)]
        found = (await complaints.of_tickets(conn, world.vault, which))["/tickets", ticket.id]
        asked = (await surveys.invitations_of(conn, which))["/tickets", ticket.id]
        rows = await conn.execute(select(notices.c.kind).where(notices.c.ticket == ticket.id))
        told = Counter(row.kind for row in rows)
    orders = {order.key: (at, order) for at, order in reversed(ticket.orders)}.values()
    reopens = [(at, order) for at, order in orders if not order.follow_up]
    per_complaint = Counter(order.complaint for _, order in reopens)
    follow_ups = Counter(order.complaint for _, order in orders if order.follow_up)
    assert all(count == 1 for count in per_complaint.values()), "two reopens for one complaint"
    assert all(count == 1 for count in follow_ups.values()), "two follow-ups for one complaint"
    assert follow_ups.keys() <= per_complaint.keys()
    for at, _ in reopens:
        together = [other for other, _ in reopens if timedelta() <= other - at < rules.per]
        assert len(together) <= rules.max_reopens, "more reopens than the rules allow"
    assert sum(item.terms.recovery and item.attempted for item in asked) <= 1
    texts = len(world.carrier.texts(ticket.phone))
    most = MOST_TEXTS if capped else MOST_TEXTS * (ROUNDS + len(orders))
    assert texts <= most, f"{texts} texts to one customer"
    assert len(found) <= len(asked)
    for item in found:
        # Whoever does not take a complaint up is told, and so is whoever must settle what we leave.
        assert told["complaint.escalated"] or item.state is not ComplaintState.REGISTERED
        if item.attention is not None:
            assert told["complaint.needs_a_person"] or told["desk.silent"], item.attention
    assert sum(told.values()) <= MOST_NOTICES * max(1, len(found)), told
    if not found:
        assert not orders
