"""A restart with other keys, behind a proxy: what was sent before still works, and binds."""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from tests.fakes.world import closed
from tests.http.real import EVENT, FORM, HOURS, PUBLIC_URL, Real, environ, real

PHONE, BOX = "+8613800138000", "li.jianguo@example.com"
MINUTE = HOURS / 60
NEW = base64.b64encode(b"n" * 32).decode()
PROXY = {"HUIFANG_TRUSTED_PROXIES": "127.0.0.0/8"}


async def close(app: Real, number: int, **more: Any) -> None:
    event = closed(number, ticket=f"T-{number}", customer=f"C-{number}", **more)
    sent = await app.ask(
        "POST", "/v1/events", data=json.dumps(event), headers={"Content-Type": EVENT}
    )
    assert sent.status == 202


async def says(app: Real, sid: str, text: str) -> int:
    """A text as the carrier posts it: it signs the public URL, whatever the proxy calls us."""
    form = {"MessageSid": sid, "From": PHONE, "To": "+8610655500001", "Body": text}
    return (await app.carrier("/carriers/twilio/sms", form)).status


def path_of(app: Real, kind: str) -> str:
    """The path, as the proxy passes it on, of a link in the letter to the second customer."""
    [letter] = [mail for mail in app.outside.world.mails if mail.mailbox == BOX]
    found = re.search(rf"{re.escape(PUBLIC_URL)}(/{kind}/[\w.-]+)", letter.text)
    assert found is not None
    return found[1]


def rotated(app: Real, url: str) -> Mapping[str, str]:
    old = environ(url, app.outside)
    return PROXY | {
        "HUIFANG_SECRET_KEY": f"another-secret,{old['HUIFANG_SECRET_KEY']}",
        "HUIFANG_DATA_KEY": f"{NEW},{old['HUIFANG_DATA_KEY']}",
    }


async def test_after_keys_were_rotated_links_stops_and_what_is_sealed_work_as_before(
    sqlite_url: str,
) -> None:
    async with real(sqlite_url, by_mail=True) as app:
        await close(app, 1)
        await close(app, 2, phone=None, email=BOX)
        await app.after(2 * HOURS)
        assert await says(app, "SM1", "T") == 200
        survey, choices = path_of(app, "s"), path_of(app, "p")
        settings = rotated(app, sqlite_url)
    async with real(sqlite_url, by_mail=True, settings=settings) as app:
        app.clock.advance(3 * HOURS)
        stranger = {"X-Forwarded-For": "203.0.113.9"}
        guesses = [
            (await app.get(f"/s/guess-{number}", key=None, headers=stranger)).status
            for number in range(31)
        ]
        assert guesses == [404] * 30 + [429]
        customer = {
            "X-Forwarded-For": "198.51.100.7",
            "X-Forwarded-Host": "evil.example",
            "X-Forwarded-Proto": "http",
        }
        assert (await app.get(f"/s/{'x' * 20}", key=None, headers=customer)).status == 404
        assert (await app.get(choices, key=None, headers=customer)).status == 200
        page = await app.get(survey, key=None, headers=customer)
        assert page.status == 200
        assert "evil.example" not in page.text
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        app.clock.advance(HOURS / 60)
        form = urlencode({**hidden, "answer": "5"})
        sent = await app.ask(
            "POST", survey, key=None, headers={"Content-Type": FORM, **customer}, data=form
        )
        assert sent.status == 303
        assert "evil.example" not in sent.headers["Location"]
        [response] = (await app.get("/v1/tickets/T-2")).body["responses"]
        assert (response["rating"], response["channel"]) == (5, "web")
        await close(app, 3, phone=PHONE)
        await app.after(3 * HOURS)
        assert app.outside.sent == [], "the stop binds the number, whoever has it"
        told = (await app.get("/v1/tickets/T-3/explain")).body["items"]
        against = {
            rule["rule"]
            for item in told
            for rule in item["rules"]
            if rule["verdict"] in {"defer", "suppress"}
        }
        assert against >= {"opt_out", "address", "cap"}, "of text, mail and call"
        [stop] = (await app.get("/v1/customers/C-1/preferences")).body["opt_outs"]
        assert stop["channel"] == "sms"
        assert PHONE in (await app.get("/v1/customers/C-1/data")).text
        assert await says(app, "SM2", "START") == 200
        assert (await app.get("/v1/customers/C-1/preferences")).body["opt_outs"] == []


async def test_a_program_keeps_its_days_though_the_service_is_restarted_in_between(
    sqlite_url: str,
) -> None:
    async with real(sqlite_url, by_mail=True) as app:
        await close(app, 1, email=BOX)
        await app.after(2 * HOURS - MINUTE)
        assert app.outside.sent == []
        await app.after(MINUTE)
        assert len(app.outside.sent) == 1
        first = app.clock.now()
    async with real(sqlite_url, by_mail=True) as app:
        app.clock.advance(first - app.clock.now() + 24 * HOURS - MINUTE)
        await app.run()
        assert app.outside.sent == []
        await app.after(2 * MINUTE)
        assert len(app.outside.sent) == 1, "the reminder"
        await app.after(47 * HOURS)
        assert not app.outside.world.mails
        await app.after(HOURS)
        assert [mail.mailbox for mail in app.outside.world.mails] == [BOX], "the next channel"
        await app.after(4 * 24 * HOURS - 10 * MINUTE)
        assert await state(app) == ("invited", "email")
    async with real(sqlite_url, by_mail=True) as app:
        app.clock.advance(first - app.clock.now() + 7 * 24 * HOURS + MINUTE)
        await app.run()
        assert await state(app) == ("expired", "email")
        app.clock.advance(13 * 24 * HOURS)
        assert await says(app, "SM1", "5") == 200
        await app.run()
        [response] = (await app.get("/v1/tickets/T-1")).body["responses"]
        assert (response["rating"], response["late"]) == (5, True)
        assert app.outside.sent == [], "nobody is asked again"


async def state(app: Real) -> tuple[str, str]:
    [invitation] = (await app.get("/v1/tickets/T-1")).body["invitations"]
    return invitation["state"], invitation["channel"]
