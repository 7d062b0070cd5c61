"""The cases that every native desk must pass, as data: one list for all ticketing systems."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.desks import CLOSED, FOR_GOOD, MERGED, OPEN, WRITES, FakeDesk, Fault
from tests.fakes.outside import serving
from tests.fakes.world import NOON
from tickets.desks.native import NativeDesk, System
from tickets.desks.rest import Line
from tickets.ports import Declined, DeskError, Done, Facts, Order, Remark

URL = "https://survey.example.com/v1/tickets/1/timeline"
SAID = "师傅没来，网还是断的"
ANY = WRITES | {"GET"}
#: Only the attempt to change a ticket tells that these closed it for good: notes are taken.
NOTED_FOR_GOOD = ("tmf621", "jira")


@dataclass(frozen=True, kw_only=True)
class Kit:
    """One ticketing system under test.

    `path` follows the server in the operator's URL; `token` is what he sets. `conflict` is
    whether a 409 refuses for good, `final` whether tickets can be closed for good, `merges`
    whether they can be merged, `alone` whether a follow-up needs nothing of the first ticket.
    """

    name: str
    fake: Callable[[], FakeDesk]
    system: Callable[[Line], System]
    token: str
    ticket: str = "1001"
    path: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    conflict: bool = False
    final: bool = True
    merges: bool = True
    alone: bool = True


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A desk joined to an imitated system."""

    kit: Kit
    fake: FakeDesk
    desk: NativeDesk
    url: str

    def order(self, **changes: Any) -> Order:
        found = Order(
            key="w_0a1b2c3d4e5f",
            at=NOON,
            ticket=self.kit.ticket,
            source=f"/{self.kit.name}",
            cycle=1,
            score=20.0,
            rating=1,
            question="satisfaction",
            version="v1",
            comment=SAID,
            complaint="k_1",
            url=URL,
        )
        return replace(found, **changes)

    def notes(self) -> list[str]:
        """Notes with the mark on the ticket; each must be hidden from the customer."""
        found = [note for note in self.fake.tickets[self.kit.ticket].notes if "w_0a1b" in note.text]
        assert all(note.internal for note in found), "a customer could read this"
        return [note.text for note in found]

    @property
    def state(self) -> str:
        return self.fake.tickets[self.kit.ticket].state

    def writes(self) -> list[tuple[str, str, Any]]:
        return [each for each in self.fake.heard if each[0] in WRITES]

    async def fails(self, order: Order) -> DeskError:
        with pytest.raises(DeskError) as raised:
            await self.desk.reopen(order)
        return raised.value


Case = Callable[[Bench], Awaitable[None]]


@asynccontextmanager
async def bench(kit: Kit, *, token: str | None = None, wait: float = 5.0) -> AsyncIterator[Bench]:
    fake = kit.fake()
    async with serving(fake.application()) as url:
        line = Line(
            url=url + kit.path,
            token=token or kit.token,
            options=kit.options,
            timeout=timedelta(seconds=wait),
        )
        desk = NativeDesk(system=kit.system(line))
        try:
            yield Bench(kit=kit, fake=fake, desk=desk, url=url)
        finally:
            await desk.close()


async def a_closed_ticket_is_reopened_with_an_internal_note(on: Bench) -> None:
    on.fake.put(on.kit.ticket)
    assert await on.desk.reopen(on.order()) == Done()
    assert on.state == OPEN
    [note] = on.notes()
    for part in ("1 (20/100)", "satisfaction", SAID, URL):
        assert part in note, part


async def asked_twice_it_is_done_once(on: Bench) -> None:
    on.fake.put(on.kit.ticket)
    assert await on.desk.reopen(on.order()) == Done()
    done = len(on.writes())
    assert await on.desk.reopen(on.order()) == Done()
    assert (len(on.writes()), len(on.notes())) == (done, 1)


async def closed_again_since_it_is_not_opened_by_the_same_order(on: Bench) -> None:
    ticket = on.fake.put(on.kit.ticket)
    await on.desk.reopen(on.order())
    ticket.state = CLOSED
    assert await on.desk.reopen(on.order()) == Done()
    assert on.state == CLOSED


async def another_order_is_another_note(on: Bench) -> None:
    ticket = on.fake.put(on.kit.ticket)
    await on.desk.reopen(on.order())
    ticket.state = CLOSED
    assert await on.desk.reopen(on.order(key="w_0a1bffffffff", comment=None)) == Done()
    assert (on.state, len(on.notes())) == (OPEN, 2)


async def a_ticket_that_is_open_already_gets_the_note(on: Bench) -> None:
    on.fake.put(on.kit.ticket, OPEN)
    assert await on.desk.reopen(on.order()) == Done()
    assert (on.state, len(on.notes()), on.fake.tickets[on.kit.ticket].reopens) == (OPEN, 1, 0)


async def a_ticket_that_is_gone_is_followed_up(on: Bench) -> None:
    assert await on.desk.reopen(on.order()) == Declined(reason="gone")
    assert on.fake.tickets == {}
    answer = await on.desk.reopen(on.order(follow_up=True))
    if not on.kit.alone:
        assert answer == Declined(reason="gone")
        return
    assert isinstance(answer, Done)
    [found] = on.fake.follow_ups()
    assert answer.ticket == found.id


async def a_ticket_that_we_are_not_shown_is_reopened_all_the_same(on: Bench) -> None:
    on.fake.put(on.kit.ticket)
    on.fake.faults = [Fault(status=405, methods=frozenset({"GET"})) for _ in range(12)]
    answer = await on.desk.reopen(on.order())
    if on.kit.name == "jira":  # the way back to work has to be asked for
        assert answer == Declined(reason="gone")
        return
    assert (answer, on.state, len(on.notes())) == (Done(), OPEN, 1)


async def a_follow_up_of_a_ticket_that_is_gone_carries_its_customer(on: Bench) -> None:
    on.fake.put("2002", OPEN)  # another of the same customer
    order = on.order(follow_up=True, customer="501")
    answer = await on.desk.reopen(order)
    [found] = on.fake.follow_ups()
    assert answer == Done(ticket=found.id) == await on.desk.reopen(order)
    assert found.customer in ("501", None)
    assert "Customer: 501" in found.text
    # The system may have forgotten them, too.
    on.fake.tickets.clear()
    on.fake.customers.clear()
    answer = await on.desk.reopen(replace(order, key="w_0a1bffffffff"))
    assert isinstance(answer, Done if on.kit.alone else Declined)


async def what_the_customer_adds_is_noted_once_where_agents_work(on: Bench) -> None:
    ticket = on.fake.put(on.kit.ticket)
    await on.desk.reopen(on.order())
    ticket.state = CLOSED
    more = Remark(
        key="w_0a1bcccccccc",
        ticket=on.kit.ticket,
        complaint="k_1",
        comment="还是很慢",
        url=URL,
        linked="w_0a1bdddddddd",
    )
    assert await on.desk.note(more) == await on.desk.note(more) == Done()
    assert (on.state, len(on.notes())) == (CLOSED, 2)
    assert "还是很慢" in " ".join(on.notes())
    if not on.kit.final:
        return
    ticket.state = FOR_GOOD
    another = replace(more, key="w_0a1beeeeeeee")
    if on.kit.name in NOTED_FOR_GOOD:
        assert await on.desk.note(another) == Done()
        return
    with pytest.raises(DeskError):
        await on.desk.note(another)  # there is no linked ticket yet
    await on.desk.reopen(on.order(key=more.linked, follow_up=True))
    assert await on.desk.note(another) == await on.desk.note(another) == Done()
    [found] = on.fake.follow_ups()
    assert sum("w_0a1beeeeeeee" in note.text for note in found.notes) == 1


async def a_ticket_closed_for_good_is_followed_up_by_a_linked_one(on: Bench) -> None:
    if not on.kit.final:
        return
    ticket = on.fake.put(on.kit.ticket, FOR_GOOD)
    assert isinstance(await on.desk.reopen(on.order()), Declined)
    assert (ticket.state, on.notes()) == (FOR_GOOD, [])
    answer = await on.desk.reopen(on.order(follow_up=True))
    [found] = on.fake.follow_ups()
    assert answer == Done(ticket=found.id)
    assert found.link == on.kit.ticket
    assert SAID in found.text
    assert all(note.internal for note in found.notes)


async def a_merged_ticket_is_followed_up(on: Bench) -> None:
    if not on.kit.merges:
        return
    on.fake.put("2002", OPEN)
    on.fake.put(on.kit.ticket, MERGED, into="2002")
    assert isinstance(await on.desk.reopen(on.order()), Declined)
    answer = await on.desk.reopen(on.order(follow_up=True))
    [found] = on.fake.follow_ups()
    assert answer == Done(ticket=found.id)
    assert found.link in (on.kit.ticket, "2002")


async def a_follow_up_asked_for_twice_is_opened_once(on: Bench) -> None:
    on.fake.put(on.kit.ticket, FOR_GOOD if on.kit.final else CLOSED)
    first = await on.desk.reopen(on.order(follow_up=True))
    assert await on.desk.reopen(on.order(follow_up=True)) == first
    assert len(on.fake.follow_ups()) == 1


async def an_answer_lost_at_any_step_does_nothing_twice(on: Bench) -> None:
    """A connection that breaks after each write in turn: what was done is found, not repeated."""
    for step in range(10):
        on.fake.tickets.clear()
        ticket = on.fake.put(on.kit.ticket)
        on.fake.faults = [Fault(done=True, skip=step)]
        if await _survives(on, on.order()):
            assert step > 0
            break
        assert await on.desk.reopen(on.order()) == Done()
        assert (len(on.notes()), ticket.reopens, on.state) == (1, 1, OPEN)
    else:
        raise AssertionError("more than ten writes for one order")


async def a_follow_up_whose_answer_is_lost_is_not_opened_twice(on: Bench) -> None:
    for step in range(10):
        on.fake.tickets.clear()
        on.fake.put(on.kit.ticket, FOR_GOOD if on.kit.final else CLOSED)
        on.fake.faults = [Fault(done=True, skip=step)]
        order = on.order(follow_up=True)
        if await _survives(on, order):
            assert step > 0
            break
        answer = await on.desk.reopen(order)
        [found] = on.fake.follow_ups()
        assert answer == Done(ticket=found.id)
        assert found.link == on.kit.ticket
    else:
        raise AssertionError("more than ten writes for one follow-up")


async def _survives(on: Bench, order: Order) -> bool:
    """Whether the order went through: the fault lay behind its last write."""
    try:
        await on.desk.reopen(order)
    except DeskError:
        return False
    on.fake.faults = []
    return True


async def what_was_not_done_is_done_later(on: Bench) -> None:
    for step in range(10):
        on.fake.tickets.clear()
        on.fake.put(on.kit.ticket)
        on.fake.faults = [Fault(skip=step)]
        if await _survives(on, on.order()):
            assert step > 0
            break
        assert await on.desk.reopen(on.order()) == Done()
        assert (len(on.notes()), on.state) == (1, OPEN)
    else:
        raise AssertionError("more than ten writes for one order")


def _refused(status: int) -> Case:
    async def case(on: Bench) -> None:
        """The ticket went away between the look and the write."""
        on.fake.put(on.kit.ticket)
        on.fake.faults = [Fault(status=status)]
        answer = await on.desk.reopen(on.order())
        assert isinstance(answer, Declined)
        assert on.notes() == []

    return case


async def a_conflict_is_what_the_system_means_by_it(on: Bench) -> None:
    on.fake.put(on.kit.ticket)
    on.fake.faults = [Fault(status=409)]
    if on.kit.conflict:
        assert isinstance(await on.desk.reopen(on.order()), Declined)
        return
    assert not (await on.fails(on.order())).misconfigured
    assert await on.desk.reopen(on.order()) == Done()
    assert len(on.notes()) == 1


def _tried_again(status: int, methods: frozenset[str]) -> Case:
    async def case(on: Bench) -> None:
        on.fake.put(on.kit.ticket)
        on.fake.faults = [Fault(status=status, methods=methods)]
        error = await on.fails(on.order())
        assert (error.misconfigured, error.retry_after) == (False, None)
        assert await on.desk.reopen(on.order()) == Done()
        assert (len(on.notes()), on.state) == (1, OPEN)

    return case


async def a_pause_it_asks_for_is_kept(on: Bench) -> None:
    on.fake.put(on.kit.ticket)
    on.fake.faults = [Fault(status=429, headers={"Retry-After": "93"}, methods=ANY)]
    assert (await on.fails(on.order())).retry_after == timedelta(seconds=93)
    on.fake.faults = [Fault(status=429, headers={"Retry-After": "17"})]
    assert (await on.fails(on.order())).retry_after == timedelta(seconds=17)
    assert await on.desk.reopen(on.order()) == Done()
    assert len(on.notes()) == 1


async def a_forbidden_write_is_for_a_person_to_mend(on: Bench) -> None:
    on.fake.put(on.kit.ticket)
    on.fake.faults = [Fault(status=403)]
    assert (await on.fails(on.order())).misconfigured
    assert on.notes() == []


async def a_wrong_token_is_for_a_person_to_mend(on: Bench) -> None:
    on.fake.put(on.kit.ticket)
    async with bench(on.kit, token="wrong:token") as other:
        other.fake.put(on.kit.ticket)
        error = await other.fails(on.order())
        assert error.misconfigured
        assert "401" in error.detail
        assert "token" in await other.desk.probe()
        assert await on.desk.probe() == "ok"
        assert "wrong" not in error.detail
        assert other.writes() == []


async def a_page_instead_of_an_answer_is_for_a_person_to_mend(on: Bench) -> None:
    on.fake.put(on.kit.ticket)
    on.fake.faults = [Fault(status=200, text="<html>log in</html>", methods=ANY)]
    assert (await on.fails(on.order())).misconfigured
    assert on.writes() == []
    on.fake.faults = [Fault(status=302, headers={"Location": "/elsewhere"}, methods=ANY)]
    assert (await on.fails(on.order())).misconfigured
    assert not any("elsewhere" in path for _, path, _ in on.fake.heard)


async def an_answer_of_another_shape_is_no_crash(on: Bench) -> None:
    """Whatever JSON comes back to any read, an order is done, declined, or tried again."""
    for text in ("[]", "{}", "5", '"x"', "[1]", '{"ticket": 5, "tickets": [1], "fields": []}'):
        for skip in range(3):
            on.fake.put(on.kit.ticket)
            on.fake.faults = [Fault(status=200, text=text, methods=frozenset({"GET"}), skip=skip)]
            for order in (on.order(), on.order(follow_up=True)):
                with suppress(DeskError):
                    assert isinstance(await on.desk.reopen(order), Done | Declined)
            with suppress(DeskError):
                assert isinstance(await on.desk.fetch(on.kit.ticket, "501"), Facts | Declined)


async def a_silent_system_is_waited_for_no_longer_than_set(on: Bench) -> None:
    async with bench(on.kit, wait=0.1) as hasty:
        hasty.fake.put(on.kit.ticket)
        hasty.fake.faults = [Fault(status=200, delay=1.0, methods=ANY)]
        assert "Timeout" in (await hasty.fails(on.order())).detail


async def the_customer_is_found_by_id_and_by_the_ticket(on: Bench) -> None:
    on.fake.put(on.kit.ticket)
    for customer in ("501", None):
        found = await on.desk.fetch(on.kit.ticket, customer)
        assert isinstance(found, Facts)
        assert str(found.customer["id"]) == "501"
        assert found.customer["name"] == "Lin Wei"
        assert found.customer["phone"] == "+8613800138000"
        assert found.customer["email"] == "lin.wei@example.com"


async def a_customer_nobody_knows_is_declined_and_a_fault_is_not(on: Bench) -> None:
    assert isinstance(await on.desk.fetch("4040", None), Declined)
    on.fake.put(on.kit.ticket)
    for status in (429, 503):
        on.fake.faults = [Fault(status=status, headers={"Retry-After": "5"}, methods=ANY)]
        with pytest.raises(DeskError) as raised:
            await on.desk.fetch(on.kit.ticket, None)
        assert raised.value.retry_after == timedelta(seconds=5)
    on.fake.faults = [Fault(status=401, methods=ANY)]
    with pytest.raises(DeskError) as raised:
        await on.desk.fetch(on.kit.ticket, None)
    assert raised.value.misconfigured


CASES: Mapping[str, Case] = {
    each.__name__: each
    for each in (
        a_closed_ticket_is_reopened_with_an_internal_note,
        asked_twice_it_is_done_once,
        closed_again_since_it_is_not_opened_by_the_same_order,
        another_order_is_another_note,
        a_ticket_that_is_open_already_gets_the_note,
        a_ticket_that_is_gone_is_followed_up,
        a_ticket_that_we_are_not_shown_is_reopened_all_the_same,
        a_follow_up_of_a_ticket_that_is_gone_carries_its_customer,
        what_the_customer_adds_is_noted_once_where_agents_work,
        a_ticket_closed_for_good_is_followed_up_by_a_linked_one,
        a_merged_ticket_is_followed_up,
        a_follow_up_asked_for_twice_is_opened_once,
        an_answer_lost_at_any_step_does_nothing_twice,
        a_follow_up_whose_answer_is_lost_is_not_opened_twice,
        what_was_not_done_is_done_later,
        a_conflict_is_what_the_system_means_by_it,
        a_pause_it_asks_for_is_kept,
        a_forbidden_write_is_for_a_person_to_mend,
        a_wrong_token_is_for_a_person_to_mend,
        a_page_instead_of_an_answer_is_for_a_person_to_mend,
        an_answer_of_another_shape_is_no_crash,
        a_silent_system_is_waited_for_no_longer_than_set,
        the_customer_is_found_by_id_and_by_the_ticket,
        a_customer_nobody_knows_is_declined_and_a_fault_is_not,
    )
} | {
    "gone_between_look_and_write_is_declined": _refused(404),
    "refused_as_unprocessable_is_declined": _refused(422),
    "a_server_error_on_a_write_is_tried_again": _tried_again(503, WRITES),
    "a_server_error_on_a_look_is_tried_again": _tried_again(500, ANY),
}
