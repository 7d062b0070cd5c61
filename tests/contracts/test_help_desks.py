"""Zammad, Freshdesk and Chatwoot against small servers of their kind: the cases of every desk."""

from dataclasses import replace

import pytest

from tests.contracts.desks_harness import CASES, SAID, Case, Kit, bench
from tests.fakes.chatwoot import TOKEN as CHATWOOT_TOKEN
from tests.fakes.chatwoot import FakeChatwoot
from tests.fakes.desks import CLOSED, OPEN, Note
from tests.fakes.freshdesk import KEY, TRASHED, FakeFreshdesk
from tests.fakes.zammad import TOKEN as ZAMMAD_TOKEN
from tests.fakes.zammad import FakeZammad
from tickets.desks.chatwoot import Chatwoot
from tickets.desks.freshdesk import Freshdesk
from tickets.desks.zammad import Zammad
from tickets.ports import Declined, Done, Facts

ZAMMAD = Kit(
    name="zammad",
    fake=FakeZammad,
    system=Zammad,
    token=ZAMMAD_TOKEN,
    conflict=True,
    final=False,
)
FRESHDESK = Kit(
    name="freshdesk",
    fake=FakeFreshdesk,
    system=Freshdesk,
    token=KEY,
    conflict=True,
    merges=False,
)
CHATWOOT = Kit(
    name="chatwoot",
    fake=FakeChatwoot,
    system=Chatwoot,
    token=CHATWOOT_TOKEN,
    path="/app/accounts/3",
    conflict=True,
    final=False,
    merges=False,
    alone=False,
)
KITS = {kit.name: kit for kit in (ZAMMAD, FRESHDESK, CHATWOOT)}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("kit", KITS.values(), ids=KITS)
async def test_a_desk_does_what_every_desk_does(kit: Kit, case: Case) -> None:
    async with bench(kit) as on:
        await case(on)


@pytest.mark.parametrize("kit", KITS.values(), ids=KITS)
async def test_a_note_is_found_behind_many_others(kit: Kit) -> None:
    async with bench(kit) as on:
        ticket = on.fake.put(kit.ticket)
        await on.desk.reopen(on.order())
        ticket.notes += [Note(text=f"noise {number}", internal=True) for number in range(250)]
        ticket.notes[:0] = [Note(text=f"older {number}", internal=True) for number in range(250)]
        ticket.state = CLOSED
        assert await on.desk.reopen(on.order()) == Done()
        assert (ticket.reopens, len(on.notes())) == (1, 1)


@pytest.mark.parametrize("kit", KITS.values(), ids=KITS)
async def test_an_id_that_is_no_number_leads_to_no_other_path(kit: Kit) -> None:
    async with bench(kit) as on:
        on.fake.put(kit.ticket)
        answer = await on.desk.reopen(on.order(ticket=f"x/../{kit.ticket}?a=b"))
        assert answer == Declined(reason="gone")
        assert (on.state, on.notes()) == (CLOSED, [])


# --- Zammad ---


@pytest.mark.parametrize(
    ("own", "reopens"), [(("已解决", "closed"), 1), (("等待备件", "pending reminder"), 0)]
)
async def test_zammad_s_own_states_are_known_by_their_type(
    own: tuple[str, str], reopens: int
) -> None:
    async with bench(ZAMMAD) as on:
        assert isinstance(on.fake, FakeZammad)
        on.fake.own = own
        ticket = on.fake.put("1001", own[0])
        assert await on.desk.reopen(on.order()) == Done()
        assert (ticket.reopens, len(on.notes())) == (reopens, 1)


async def test_zammad_is_changed_in_one_request() -> None:
    async with bench(ZAMMAD) as on:
        on.fake.put("1001")
        await on.desk.reopen(on.order())
        [(method, path, body)] = on.writes()
        assert (method, path, body["state"]) == ("PUT", "/api/v1/tickets/1001", "open")
        assert body["article"]["content_type"] == "text/plain"


async def test_zammad_s_follow_up_of_a_ticket_that_is_gone_goes_to_the_group_named() -> None:
    async with bench(replace(ZAMMAD, options={"group": "客诉"})) as on:
        await on.desk.reopen(on.order(follow_up=True))
        [(_, _, body)] = on.writes()
        assert (body["group"], body["customer_id"]) == ("客诉", 7)
        assert await on.desk.reopen(on.order(follow_up=True)) == Done(ticket="9001")
        assert len(on.fake.follow_ups()) == 1


async def test_zammad_s_follow_up_keeps_customer_and_group() -> None:
    async with bench(ZAMMAD) as on:
        on.fake.put("1001", "merged")
        await on.desk.reopen(on.order(follow_up=True))
        [(_, _, body)] = on.writes()
        assert (body["group"], body["customer_id"]) == ("NOC-2", 501)
        assert body["links"] == {"Ticket": {"normal": [1001]}}
        assert body["article"]["internal"] is True


# --- Freshdesk ---


async def test_freshdesk_s_trash_is_gone_and_followed_up() -> None:
    async with bench(FRESHDESK) as on:
        on.fake.put("1001", TRASHED)
        assert await on.desk.reopen(on.order()) == Declined(reason="gone")
        assert isinstance(await on.desk.reopen(on.order(follow_up=True)), Done)
        [found] = on.fake.follow_ups()
        assert (found.customer, found.link) == ("501", "1001")


async def test_freshdesk_says_when_the_ticket_was_resolved_first() -> None:
    async with bench(FRESHDESK) as on:
        on.fake.put("1001")
        found = await on.desk.fetch("1001", None)
        assert isinstance(found, Facts)
        assert found.ticket["closed_at"] == "2026-11-20T03:00:00Z"


async def test_freshdesk_s_own_states_that_mean_done_are_named_in_the_url() -> None:
    async with bench(replace(FRESHDESK, options={"closed": "5, 2"})) as on:
        on.fake.put("1001", OPEN)  # code 2
        await on.desk.reopen(on.order())
        assert next(path for _, path, _ in on.writes()) == "/api/v2/tickets/1001"


async def test_what_a_customer_said_cannot_become_markup() -> None:
    async with bench(FRESHDESK) as on:
        on.fake.put("1001")
        await on.desk.reopen(on.order(comment="<script>alert(1)</script>"))
        [note] = on.notes()
        assert "<script>" not in note
        assert "&lt;script&gt;" in note


# --- Chatwoot ---


@pytest.mark.parametrize("path", ["/api/v1/accounts/3", "/app/accounts/3/dashboard", "/accounts/3"])
async def test_chatwoot_s_account_is_read_from_any_of_its_addresses(path: str) -> None:
    async with bench(replace(CHATWOOT, path=path)) as on:
        on.fake.put("1001")
        assert await on.desk.reopen(on.order()) == Done()


async def test_chatwoot_s_follow_up_is_a_conversation_that_nobody_hears_of() -> None:
    async with bench(CHATWOOT) as on:
        on.fake.put("1001")
        answer = await on.desk.reopen(on.order(follow_up=True))
        [found] = on.fake.follow_ups()
        assert answer == Done(ticket=found.id)
        assert (found.customer, found.link) == ("501", "1001")
        [note] = found.notes
        assert note.internal
        assert SAID in note.text
