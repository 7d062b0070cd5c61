"""A service with two agents of different teams, and customers who were promised calls."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from kernel.endpoint import Role
from tests.fakes.world import closed
from tests.http.real import EVENT, HOURS, Real, real
from tests.http.staff import Browser, user

RULES = """\
agents:
  - {id: A-7, name: 周敏, team: NOC-2, phone: "+8613900139001", locale: zh-CN}
  - {id: A-9, name: Tom Reed, team: Billing-1, phone: "+8613900139002", locale: en}
callbacks: {book: {earliest: 0s}}
complaints:
  classes:
    - {id: vip, when: {tier: [gold]}, respond: 5m}
    - {id: default}
"""
ONE = "2026-11-20T14:00:00+08:00"  # a Friday; it is noon
JSON = {"Content-Type": "application/json"}


@asynccontextmanager
async def staffed(database_url: str, folder: Path) -> AsyncIterator[Real]:
    """The service with these rules; lanes are stepped by the test, the clock is moved by it."""
    _write(folder)
    async with real(database_url, settings={"HUIFANG_CONFIG": str(folder)}) as app:
        yield app


def _write(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "huifang.yaml").write_text(RULES, encoding="utf-8")


async def promise(app: Real, number: int = 1, **more: Any) -> str:
    """The id of a callback to a customer of their own, at two o'clock."""
    phone = f"+86138001380{number:02d}"
    sent = closed(
        number, ticket=f"T-{number}", customer=f"C-{number}", phone=phone, at=app.clock.now()
    )
    await app.ask("POST", "/v1/events", data=json.dumps(sent), headers={"Content-Type": EVENT})
    body = {"customer": f"C-{number}", "source": "/tickets", "ticket": f"T-{number}"}
    wanted = {**body, "topic": "care", "slot": {"from": ONE}, "reason": "光猫更换", **more}
    made = await app.ask("POST", "/v1/callbacks", data=json.dumps(wanted), headers=JSON)
    assert made.status == 201, made.text
    return str(made.body["id"])


async def complain(app: Real, number: int = 1) -> str:
    """The id of a complaint: the customer was asked about a ticket, and is not content."""
    phone = f"+86138001390{number:02d}"
    sent = closed(100 + number, ticket=f"P-{number}", customer=f"D-{number}", phone=phone)
    await app.ask("POST", "/v1/events", data=json.dumps(sent), headers={"Content-Type": EVENT})
    await app.after(2 * HOURS)
    form = {"MessageSid": f"SM{number:032d}", "From": phone, "To": "+8610655500001", "Body": "1"}
    assert (await app.carrier("/carriers/twilio/sms", form)).status == 200
    await app.run()
    items = (await app.get("/v1/complaints")).body["items"]
    return str(next(each["id"] for each in items if each["ticket"] == f"P-{number}"))


async def enter(
    app: Real, login: str, role: Role = Role.AGENT, agent: str | None = None
) -> Browser:
    """A browser with a new user signed in, at the page of complaints."""
    await user(app, login, role, agent)
    browser = Browser(app=app)
    assert (await browser.sign_in(login)).status == 303
    assert (await browser.get("/complaints")).status == 200
    return browser
