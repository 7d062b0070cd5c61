"""The webhook desk against a ticketing system over sockets: what its answers do to a ticket."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from kernel import journal
from kernel.engine import Database
from sandbox import signing
from scheduler.clock import MovableClock
from tests.contracts.test_conversation import published
from tests.e2e.stack import free_port
from tests.fakes.outside import DESK_SECRET, Outside, Recorder, outside, serving
from tests.fakes.world import NOON, World, closed, make_world
from tickets import store as tickets
from tickets.desks.webhook import WebhookDesk
from tickets.ports import Declined, DeskError, Done, Order

TICKET, PHONE = "T-1001", "+8613800138000"


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(NOON)


@pytest.fixture
async def world(clock: MovableClock) -> AsyncIterator[Outside]:
    async with outside(now=clock.now) as found:
        close(found, clock)
        yield found


def close(world: Outside, clock: MovableClock, status: str = "closed") -> None:
    ticket = world.world.tickets[TICKET]
    ticket.status, ticket.cycle, ticket.closed_at = status, 1, clock.now()


@pytest.fixture
async def desk(world: Outside, clock: MovableClock) -> AsyncIterator[WebhookDesk]:
    made = WebhookDesk(url=world.desk_url, clock=clock, secret=DESK_SECRET)
    yield made
    await made.close()


def order(**changes: Any) -> Order:
    found = Order(
        key="w_1",
        at=NOON,
        ticket=TICKET,
        source="/tickets",
        cycle=1,
        score=20.0,
        rating=1,
        question="satisfaction",
        version="v1",
        comment="师傅没来",
        complaint="k_1",
        url="https://survey.example.com/v1/tickets/T-1001/timeline",
    )
    return replace(found, **changes)


def reopens(world: Outside) -> int:
    return world.world.tickets[TICKET].reopens


async def test_a_closed_ticket_is_reopened_and_told_why(world: Outside, desk: WebhookDesk) -> None:
    assert await desk.reopen(order()) == Done(ticket=TICKET)
    assert (world.world.tickets[TICKET].status, reopens(world)) == ("open", 1)
    [heard] = world.world.deliveries
    assert heard.webhook_id == "w_1"
    assert heard.body == {
        "type": "ticket.reopen_requested",
        "timestamp": "2026-11-20T04:00:00Z",
        "data": {
            "ticket": TICKET,
            "source": "/tickets",
            "cycle": 1,
            "score": 20.0,
            "rating": 1,
            "question": "satisfaction",
            "version": "v1",
            "comment": "师傅没来",
            "complaint": "k_1",
            "url": "https://survey.example.com/v1/tickets/T-1001/timeline",
        },
    }


async def test_a_wrong_secret_does_nothing_and_is_tried_again(
    world: Outside, clock: MovableClock
) -> None:
    stranger = WebhookDesk(url=world.desk_url, clock=clock, secret="whsec_" + "x" * 32)
    with pytest.raises(DeskError, match="401"):
        await stranger.reopen(order())
    await stranger.close()
    assert reopens(world) == 0


@pytest.mark.parametrize("status", [404, 409, 410, 422])
async def test_a_desk_that_refuses_for_good_has_declined(
    world: Outside, desk: WebhookDesk, status: int
) -> None:
    world.fault("desk", "status", status)
    answer = await desk.reopen(order())
    assert isinstance(answer, Declined)
    assert str(status) in answer.reason
    assert reopens(world) == 0


async def test_an_unknown_and_an_archived_ticket_are_declined(
    world: Outside, desk: WebhookDesk, clock: MovableClock
) -> None:
    assert await desk.reopen(order(ticket="T-0")) == Declined(reason="desk answered 404")
    close(world, clock, "archived")
    assert await desk.reopen(order(key="w_2")) == Declined(reason="desk answered 409")


@pytest.mark.parametrize("status", [400, 401, 408, 429, 500, 502, 503])
async def test_any_other_answer_is_tried_again(
    world: Outside, desk: WebhookDesk, status: int
) -> None:
    world.fault("desk", "status", status)
    with pytest.raises(DeskError) as raised:
        await desk.reopen(order())
    paced = timedelta(seconds=1) if status in (429, 503) else None
    assert raised.value.retry_after == paced
    assert raised.value.misconfigured is (status == 401)
    assert await desk.reopen(order()) == Done(ticket=TICKET)


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("120", timedelta(minutes=2)),
        ("999999999", timedelta(hours=24)),
        ("soon", None),
        ("-5", None),
        ("²", None),
    ],
)
async def test_a_pause_the_desk_asks_for_is_read_within_reason(
    clock: MovableClock, header: str, pause: timedelta | None
) -> None:
    recorder = Recorder([lambda: web.Response(status=429, headers={"Retry-After": header})])
    async with serving(recorder.application()) as url:
        desk = WebhookDesk(url=url, clock=clock, secret=DESK_SECRET)
        with pytest.raises(DeskError) as raised:
            await desk.reopen(order())
        await desk.close()
    assert raised.value.retry_after == pause


async def test_a_redirection_is_not_followed_with_what_we_know(clock: MovableClock) -> None:
    recorder = Recorder([lambda: web.Response(status=307, headers={"Location": "/elsewhere"})])
    async with serving(recorder.application()) as url:
        desk = WebhookDesk(url=f"{url}/hook", clock=clock, secret=DESK_SECRET)
        with pytest.raises(DeskError, match="307"):
            await desk.reopen(order())
        await desk.close()
    assert [each.path for each in recorder.heard] == ["/hook"]


async def test_a_silent_desk_is_waited_for_no_longer_than_configured(
    world: Outside, clock: MovableClock
) -> None:
    desk = WebhookDesk(
        url=world.desk_url, clock=clock, secret=DESK_SECRET, timeout=timedelta(milliseconds=100)
    )
    world.fault("desk", "latency", 3_000)
    loop = asyncio.get_running_loop()
    started = loop.time()
    with pytest.raises(DeskError):
        await desk.reopen(order())
    assert loop.time() - started < 1.5
    await desk.close()


async def test_a_desk_that_is_not_there_is_asked_again(clock: MovableClock) -> None:
    desk = WebhookDesk(url=f"http://127.0.0.1:{free_port()}/", clock=clock, secret=DESK_SECRET)
    with pytest.raises(DeskError):
        await desk.reopen(order())
    await desk.close()


async def test_a_lost_answer_asked_for_again_reopens_once(
    world: Outside, desk: WebhookDesk
) -> None:
    world.fault("desk", "drop_before_accept")
    with pytest.raises(DeskError):
        await desk.reopen(order())
    assert reopens(world) == 0
    world.fault("desk", "drop_after_accept")
    with pytest.raises(DeskError):
        await desk.reopen(order())
    assert reopens(world) == 1
    world.world.tickets[TICKET].status = "closed"  # an agent was quick
    assert await desk.reopen(order()) == Done(ticket=TICKET)
    assert (reopens(world), world.world.tickets[TICKET].status) == (1, "closed")
    assert await desk.reopen(order(key="w_2")) == Done(ticket=TICKET)
    assert reopens(world) == 2


async def test_a_follow_up_names_the_linked_ticket_however_often_it_is_asked(
    world: Outside, desk: WebhookDesk
) -> None:
    world.fault("desk", "drop_after_accept")
    with pytest.raises(DeskError):
        await desk.reopen(order(follow_up=True))
    answer = await desk.reopen(order(follow_up=True))
    linked = [each for each in world.world.tickets.values() if each.linked_to == TICKET]
    assert [each.id for each in linked] == [answer.ticket if isinstance(answer, Done) else None]
    assert world.world.deliveries[-1].type == "ticket.follow_up_requested"


@pytest.mark.parametrize(
    "body", [b"", b"done", b"[]", b'{"ticket": null}', b'{"ticket": {"a": 1}}']
)
async def test_a_desk_need_not_name_the_ticket(clock: MovableClock, body: bytes) -> None:
    recorder = Recorder([lambda: web.Response(status=200, body=body)])
    async with serving(recorder.application()) as url:
        desk = WebhookDesk(url=url, clock=clock, secret=DESK_SECRET)
        assert await desk.reopen(order(follow_up=True)) == Done(ticket=None)
        await desk.close()


async def test_an_answer_that_comes_in_pieces_is_read_to_its_end(clock: MovableClock) -> None:
    async def in_pieces(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(status=201)
        await answer.prepare(request)
        for piece in (b'{"ticket"', b": ", b'"T-2001"}'):
            await answer.write(piece)
            await asyncio.sleep(0.02)
        return answer

    app = web.Application()
    app.router.add_post("/", in_pieces)
    async with serving(app) as url:
        desk = WebhookDesk(url=url, clock=clock, secret=DESK_SECRET)
        assert await desk.reopen(order(follow_up=True)) == Done(ticket="T-2001")
        await desk.close()


async def test_a_token_goes_along_and_an_id_without_a_secret_too(clock: MovableClock) -> None:
    recorder = Recorder()
    async with serving(recorder.application()) as url:
        bare = WebhookDesk(url=url, clock=clock, token="t-1")
        both = WebhookDesk(url=url, clock=clock, token="t-1", secret=DESK_SECRET)
        await bare.reopen(order())
        await both.reopen(order())
        await bare.close()
        await both.close()
    first, second = recorder.heard
    assert first.headers["authorization"] == second.headers["authorization"] == "Bearer t-1"
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == "w_1"
    assert "webhook-signature" not in first.headers
    assert signing.webhook_fault(DESK_SECRET, second.headers, second.body, clock.now()) is None
    assert first.body == second.body


# --- through the service: what follows a low score ---


async def low_score(database: Database, url: str) -> tuple[World, WebhookDesk]:
    """A ticket whose customer answered badly; the order to reopen it is due."""
    found: list[WebhookDesk] = []
    world = make_world(database, desk_of=lambda source: found[0])  # type: ignore[arg-type,return-value]
    found.append(WebhookDesk(url=url, clock=world.clock, secret=DESK_SECRET))
    await world.tell(closed())
    await world.after(timedelta(hours=2))
    await world.says(PHONE, "1")
    return world, found[0]


async def story(world: World) -> list[str]:
    async with world.database.read() as conn:
        entries = await journal.of_ticket(conn, "/tickets", TICKET)
    kinds = [entry.kind for entry in entries]
    return [kind for kind in kinds if kind.startswith(("reopen.", "ticket."))]


async def counted(world: World) -> int:
    async with world.database.read() as conn:
        found = await tickets.ticket_with_closures(conn, "/tickets", TICKET)
    assert found is not None
    return found[0].reopens


async def test_the_pause_the_desk_asks_for_is_kept(database: Database) -> None:
    recorder = Recorder(
        [
            lambda: web.Response(status=429, headers={"Retry-After": "120"}),
            lambda: web.Response(status=204),
        ]
    )
    async with serving(recorder.application()) as url:
        world, desk = await low_score(database, url)
        await world.run()
        await world.after(timedelta(seconds=100))
        assert len(recorder.heard) == 1
        assert await counted(world) == 0
        await world.after(timedelta(seconds=30))
        await desk.close()
    assert len(recorder.heard) == 2
    assert recorder.heard[0].headers["webhook-id"] == recorder.heard[1].headers["webhook-id"]
    assert await counted(world) == 1
    assert await story(world) == ["ticket.closed", "reopen.failed", "ticket.reopened_by_us"]


async def test_a_refused_reopening_opens_a_linked_ticket_instead(database: Database) -> None:
    created = json.dumps({"ticket": "T-2001"})
    recorder = Recorder(
        [
            lambda: web.Response(status=409),
            lambda: web.Response(status=201, text=created),
        ]
    )
    async with serving(recorder.application()) as url:
        world, desk = await low_score(database, url)
        await world.run()
        await desk.close()
    asked = [json.loads(each.body)["type"] for each in recorder.heard]
    assert asked == ["ticket.reopen_requested", "ticket.follow_up_requested"]
    assert recorder.heard[0].headers["webhook-id"] != recorder.heard[1].headers["webhook-id"]
    assert await counted(world) == 0
    assert await story(world) == ["ticket.closed", "reopen.refused", "ticket.follow_up_opened"]
    assert await published(world, "ticket.reopened") == 0  # it stays closed


async def test_what_refuses_a_linked_ticket_too_is_told_once_of_each(database: Database) -> None:
    async with serving(Recorder([lambda: web.Response(status=410)]).application()) as url:
        world, desk = await low_score(database, url)
        await world.run()
        await desk.close()
    assert await story(world) == ["ticket.closed", "reopen.refused", "ticket.follow_up_refused"]


async def test_a_desk_that_is_down_for_days_is_asked_as_the_ladder_says_then_given_up(
    database: Database,
) -> None:
    recorder = Recorder([lambda: web.Response(status=500)])
    async with serving(recorder.application()) as url:
        world, desk = await low_score(database, url)
        await world.run()
        for _ in range(12):
            await world.after(timedelta(hours=80))
        await desk.close()
    assert len(recorder.heard) == 10
    assert len({each.headers["webhook-id"] for each in recorder.heard}) == 1
    assert (await story(world)).count("reopen.failed") == 9
    assert (await story(world))[-1] == "reopen.given_up"
