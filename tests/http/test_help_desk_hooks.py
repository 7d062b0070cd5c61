"""Zammad, Freshdesk and Chatwoot, there and back: closed there, asked here, reopened there."""

import hashlib
import hmac
import json

import pytest

from kernel.endpoint import Role
from tests.fakes.chatwoot import TOKEN as CHATWOOT_TOKEN
from tests.fakes.chatwoot import FakeChatwoot
from tests.fakes.desks import OPEN
from tests.fakes.freshdesk import KEY, FakeFreshdesk
from tests.fakes.world import NOON
from tests.fakes.zammad import TOKEN as ZAMMAD_TOKEN
from tests.fakes.zammad import FakeZammad
from tests.http.real import HOURS
from tests.http.test_native_hooks import AT, PHONE, SENDER, System, joined


def zammad_signed(body: bytes, secret: str) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
    return {"X-Hub-Signature": f"sha1={digest}", "X-Zammad-Delivery": "d-1"}


def chatwoot_signed(body: bytes, secret: str) -> dict[str, str]:
    stamp = str(int(NOON.timestamp()))
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256)
    return {
        "X-Chatwoot-Timestamp": stamp,
        "X-Chatwoot-Signature": f"sha256={mac.hexdigest()}",
    }


ZAMMAD = System(
    name="zammad",
    fake=FakeZammad,
    token=ZAMMAD_TOKEN,
    ticket="1001",
    sign=zammad_signed,
    closed={
        "ticket": {
            "id": 1001,
            "state": "closed",
            "customer_id": 501,
            "last_close_at": AT,
            "updated_at": AT,
        }
    },
)
FRESHDESK = System(
    name="freshdesk",
    fake=FakeFreshdesk,
    token=KEY,
    ticket="1001",
    sign=lambda body, secret: {"X-Huifang-Secret": secret},
    closed={
        "freshdesk_webhook": {
            "triggered_event": "{status:{from:2,to:4}}",
            "event_time": AT,
            "ticket_id": "1001",
            "ticket_status": "Resolved",
            "requester_name": "Lin Wei",
        }
    },
)
CHATWOOT = System(
    name="chatwoot",
    fake=FakeChatwoot,
    token=CHATWOOT_TOKEN,
    ticket="1001",
    sign=chatwoot_signed,
    query="/app/accounts/3",
    closed={
        "event": "conversation_status_changed",
        "id": 1001,
        "status": "resolved",
        "updated_at": NOON.timestamp(),
        "changed_attributes": [{"status": {"previous_value": "open"}}],
        "meta": {"sender": {"id": 501, "name": "Lin Wei", "phone_number": PHONE}},
    },
)
NOTHING = {"accepted": [], "duplicates": [], "rejected": []}
SYSTEMS = [ZAMMAD, FRESHDESK, CHATWOOT]


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
async def test_closed_there_it_is_asked_here_and_reopened_there(
    system: System, sqlite_url: str
) -> None:
    async with joined(system, sqlite_url) as on:
        ticket = on.fake.put(system.ticket)
        for secret in (None, "guessed"):
            assert (await on.post(secret=secret)).status == 401
        found = await on.post()
        assert (found.status, len(found.body["accepted"])) == (202, 1)
        assert len((await on.post()).body["duplicates"]) == 1
        await on.app.run()
        assert len((await on.ticket()).body["closures"]) == 1
        await on.app.after(2 * HOURS)
        assert [message.to for message in on.app.outside.sent] == [PHONE]
        form = {"MessageSid": "SM" + "1" * 32, "From": PHONE, "To": SENDER, "Body": "1"}
        assert (await on.app.carrier("/carriers/twilio/sms", form)).status == 200
        await on.app.run()
        assert (ticket.state, [note.internal for note in ticket.notes]) == (OPEN, [True])
        assert (await on.ticket()).body["reopens"] == 1


async def test_zammad_s_echo_of_our_own_note_changes_nothing(sqlite_url: str) -> None:
    async with joined(ZAMMAD, sqlite_url) as on:
        ours = {"internal": True, "body": "客户不满意\nw_" + "0a1b2c3d4e5f6g7h8j9k0m1n2p"}
        echo = {"ticket": {**ZAMMAD.closed["ticket"], "state": "open"}, "article": ours}
        assert (await on.post(echo)).body == NOTHING


async def test_a_state_of_zammad_s_own_closes_where_the_url_says_so(sqlite_url: str) -> None:
    async with joined(ZAMMAD, sqlite_url) as on:
        person = {"id": 501, "mobile": PHONE}
        told = {"ticket": {**ZAMMAD.closed["ticket"], "state": "已解决", "customer": person}}
        assert (await on.post(told)).body == NOTHING
        found = await on.app.ask(
            "POST",
            "/v1/hooks/zammad?closed=done,%20已解决",
            data=json.dumps(told),
            headers={"Content-Type": "application/json", "X-Zammad-Delivery": "d-2"},
            key=await on.app.key(Role.INGEST),
        )
        assert found.body["accepted"] == ["d-2"]


async def test_messages_in_chatwoot_ours_among_them_change_nothing(sqlite_url: str) -> None:
    async with joined(CHATWOOT, sqlite_url) as on:
        note = {"event": "message_created", "id": 9, "private": True, "content": "w_1"}
        assert (await on.post(note)).body == NOTHING
