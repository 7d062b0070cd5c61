"""What becomes of contacts by receipts, and of what comes over a line that takes no answers."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from itertools import permutations, product

import pytest

from channels import ledger, store
from channels.errors import SendError, SendErrorKind
from channels.heard import Inbound
from channels.ledger import Contact
from channels.model import Address, Channel, ContactState, MessageClass
from channels.receipts import Receipt
from channels.web import Receipts, news_of
from kernel.engine import open_database
from scheduler import notices
from surveys.programs import Program
from tests.fakes.world import World, closed, make_world

PHONE = "+8613800138000"
SID = "SM" + f"{1:032d}"
AT_ONCE = (Program(id="default", delay=timedelta(0)),)
HOURS = timedelta(hours=1)
LOST = SendError(SendErrorKind.AMBIGUOUS, retryable=True, detail="lost")


@pytest.fixture
async def world(sqlite_url: str) -> AsyncIterator[World]:
    database = open_database(sqlite_url)
    yield make_world(database, programs=AT_ONCE)
    await database.close()


@pytest.fixture
async def either(database_url: str) -> AsyncIterator[World]:
    """The same, on SQLite and on PostgreSQL."""
    database = open_database(database_url)
    yield make_world(database, programs=AT_ONCE)
    await database.close()


def receipts(world: World) -> Receipts:
    return Receipts(
        database=world.database,
        vault=world.vault,
        conversations=world.delivery.conversations,
    )


async def sent(world: World, id: str, state: ContactState = ContactState.SENT) -> None:
    """A contact in the ledger that nobody waits for."""
    address = Address(channel=Channel.SMS, value=PHONE, index=world.vault.index(PHONE))
    contact = Contact(
        id=id,
        message_class=MessageClass.SERVICE,
        conversation="none",
        thread=f"t_{id}",
        source="/tickets",
        customer="C-1",
        ticket=None,
        address=address,
        text="x",
        state=state,
        attempt=1,
        intended_at=world.clock.now(),
    )
    async with world.database.write() as conn:
        await store.add_addresses(conn, [address.index])
        await ledger.intend(conn, world.vault, [contact])


async def after(world: World, id: str, forms: Sequence[dict[str, str]]) -> tuple[object, ...]:
    await sent(world, id, ContactState.SENDING)
    for form in forms:
        news = news_of(id, form)
        if news is not None:
            await receipts(world).take(news, world.clock.now())
    found = await contact(world, id)
    return found.state, found.error, found.carrier_id


async def contact(world: World, id: str) -> Contact:
    async with world.database.read() as conn:
        return (await ledger.load(conn, world.vault, [id]))[id]


async def only(world: World) -> Contact:
    """The one contact that was sent."""
    return await contact(world, world.carrier.sent[-1].contact)


STORIES = {
    "delivered": (("queued", ""), ("sent", ""), ("delivered", "")),
    "failed": (("sending", ""), ("sent", ""), ("undelivered", "30005")),
}


@pytest.mark.parametrize("story", STORIES)
async def test_receipts_in_any_order_and_however_often_end_in_the_same_state(
    world: World, story: str
) -> None:
    told = [
        {"MessageSid": SID, "MessageStatus": status} | ({"ErrorCode": code} if code else {})
        for status, code in STORIES[story]
    ]
    ends = set()
    orders = [*permutations(told), *product(told, repeat=3)]
    for number, forms in enumerate(each for each in orders if told[-1] in each):
        ends.add(await after(world, f"c_{story}_{number}", forms))
    [(state, error, carrier_id)] = ends
    wanted = ContactState.DELIVERED if story == "delivered" else ContactState.FAILED
    assert (state, error, carrier_id) == (wanted, told[-1].get("ErrorCode"), SID)


def receipt(id: str | None, state: ContactState = ContactState.DELIVERED) -> Receipt:
    return Receipt(number=PHONE, ids=(id,) if id else (), state=state)


async def test_an_smsc_s_receipt_moves_the_contact_with_its_id(either: World) -> None:
    await either.tell(closed())
    await either.run()
    mine = await only(either)
    await receipts(either).take_unnamed(receipt("nobody's"), either.clock.now())
    assert (await only(either)).state is ContactState.SENT
    elsewhere = Receipt(
        number="+8613800138009", ids=(mine.carrier_id or "",), state=ContactState.DELIVERED
    )
    await receipts(either).take_unnamed(elsewhere, either.clock.now())
    assert (await only(either)).state is ContactState.SENT
    await receipts(either).take_unnamed(receipt(mine.carrier_id), either.clock.now())
    assert (await only(either)).state is ContactState.DELIVERED


async def test_a_receipt_of_an_unknown_id_settles_the_only_send_without_one(world: World) -> None:
    world.carrier.listable = False
    world.carrier.lost.append(LOST)
    await world.tell(closed())
    await world.run()
    assert (await only(world)).state is ContactState.UNKNOWN
    await receipts(world).take_unnamed(receipt("77", ContactState.SENT), world.clock.now())
    found = await only(world)
    assert (found.state, found.carrier_id) == (ContactState.SENT, "77")
    await world.after(HOURS)
    assert len(world.carrier.sent) == 1


async def test_of_two_sends_without_an_id_a_receipt_proves_neither(world: World) -> None:
    for name in ("c_1", "c_2"):
        await sent(world, name, ContactState.UNKNOWN)
    await receipts(world).take_unnamed(receipt("77"), world.clock.now())
    for name in ("c_1", "c_2"):
        assert (await contact(world, name)).state is ContactState.UNKNOWN


async def test_a_phone_that_was_away_is_asked_once_more_two_hours_later(world: World) -> None:
    await world.tell(closed())
    await world.run()
    away = {"MessageStatus": "undelivered", "ErrorCode": "30003"}
    for asked in (1, 2):
        assert len(world.carrier.sent) == asked
        news = news_of(world.carrier.sent[-1].contact, away)
        assert news is not None
        await receipts(world).take(news, world.clock.now())
        await world.after(HOURS)
        assert len(world.carrier.sent) == asked
        await world.after(HOURS)
    assert len(world.carrier.sent) == 2
    assert len({message.contact for message in world.carrier.sent}) == 2


async def test_a_dead_number_is_never_asked_again(world: World) -> None:
    await world.tell(closed())
    await world.run()
    news = news_of(world.carrier.sent[0].contact, {"MessageStatus": "failed", "ErrorCode": "30005"})
    assert news is not None
    await receipts(world).take(news, world.clock.now())
    await world.after(24 * HOURS)
    await world.tell(closed(2, ticket="T-2", at=world.clock.now()))
    await world.after(24 * HOURS)
    assert len(world.carrier.sent) == 1


def said(text: str, id: str = "smpp-1", **more: object) -> Inbound:
    given = {"id": id, "channel": Channel.SMS, "sender": PHONE, "text": text}
    return Inbound(**{**given, **more})  # type: ignore[arg-type]


async def test_where_no_answer_goes_back_it_is_sent_by_itself_and_signed_once(
    either: World,
) -> None:
    await either.tell(closed())
    await either.run()
    for _ in range(2):
        assert await either.inbox.receive(said("5", apart=True), either.clock.now())
        await either.run()
    _, second = either.carrier.sent
    assert second.text.count("【示例电信】") == 1
    assert "解决" in second.text
    assert (await only(either)).message_class is MessageClass.CONVERSATION


async def test_an_answer_that_is_held_up_into_the_night_waits_for_the_morning(
    world: World,
) -> None:
    await world.tell(closed())
    await world.after(7 * HOURS)  # seven in the evening
    later = SendErrorKind.LATER
    world.carrier.script = [SendError(later, retryable=True, retry_after=4 * HOURS)]
    assert await world.inbox.receive(said("5", apart=True), world.clock.now())
    await world.run()
    await world.after(4 * HOURS)
    await world.after(9 * HOURS)
    assert len(world.carrier.sent) == 1
    await world.after(2 * HOURS)
    assert len(world.carrier.sent) == 2


@pytest.mark.parametrize("text", ["arret", "STOP", "5", "no calls"])
async def test_a_stop_that_the_carrier_acted_on_is_kept_and_not_answered_again(
    world: World, text: str
) -> None:
    await world.tell(closed())
    await world.run()
    answers = await world.inbox.receive(said(text, carrier_word="STOP"), world.clock.now())
    assert answers == ()
    index = world.vault.index(PHONE)
    async with world.database.read() as conn:
        [stop] = (await store.opt_outs_of(conn, [index]))[index]
    assert (stop.channel, stop.state.value, stop.proof) == ("sms", "final", "smpp-1")
    started = said("oui", "smpp-2", carrier_word="START")
    assert await world.inbox.receive(started, world.clock.now()) == ()
    async with world.database.read() as conn:
        assert not (await store.opt_outs_of(conn, [index])).get(index)


async def test_a_help_that_the_carrier_gave_is_no_answer_and_gets_none(world: World) -> None:
    await world.tell(closed())
    await world.run()
    assert await world.inbox.receive(said("aide", carrier_word="HELP"), world.clock.now()) == ()
    assert await world.inbox.receive(said("5", "smpp-2"), world.clock.now())


async def test_a_yes_that_the_carrier_takes_for_a_start_is_still_an_answer(world: World) -> None:
    await world.tell(closed())
    await world.run()
    await world.inbox.receive(said("5"), world.clock.now())
    answers = await world.inbox.receive(
        said("YES", "smpp-2", carrier_word="START"), world.clock.now()
    )
    assert answers


async def test_an_account_that_refuses_everything_rests_and_a_person_is_told(
    world: World,
) -> None:
    refused = SendError(
        SendErrorKind.CONFIGURATION,
        retryable=False,
        code="20003",
        retry_after=timedelta(minutes=5),
        away=True,
    )
    world.carrier.script.append(refused)
    await world.tell(closed())
    await world.run()
    assert world.carrier.sent == []
    await world.tell(closed(2, ticket="T-2", customer="C-2", phone="+8613800138009"))
    await world.after(timedelta(minutes=4))
    assert world.carrier.sent == []
    await world.after(timedelta(minutes=2))
    assert len(world.carrier.sent) == 2
    async with world.database.read() as conn:
        assert await notices.counts(conn) == {"carrier.misconfigured": 1}
