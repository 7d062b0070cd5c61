"""Which desk an event source has, by what the operator set."""

from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from huifang.outside import open_desks, probe_desks
from huifang.rules import Rules
from huifang.ruleterms import DeskKind, DeskRules
from huifang.settings import Settings, load
from scheduler.clock import MovableClock
from tests.e2e.stack import free_port
from tests.fakes.desk_zendesk import TOKEN, FakeZendesk
from tests.fakes.outside import serving
from tests.fakes.world import NOON
from tickets.desks.native import NativeDesk
from tickets.desks.webhook import WebhookDesk
from tickets.ports import Directory

CLOCK = MovableClock(NOON)


def settings(desk: DeskRules | None = None) -> Settings:
    needed = {
        "HUIFANG_SECRET_KEY": "s",
        "HUIFANG_DATA_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    }
    return replace(load(needed), ticketing=desk or DeskRules())


@pytest.mark.parametrize("kind", DeskKind)
async def test_every_kind_of_desk_can_be_opened(kind: DeskKind) -> None:
    rules = DeskRules(kind=kind, url="https://desk.example.com/?a=b", token="t:u")
    async with AsyncExitStack() as closing:
        desk = open_desks(settings(rules), Rules(), CLOCK, closing)("/any")
    wanted = {DeskKind.NONE: type(None), DeskKind.WEBHOOK: WebhookDesk}.get(kind, NativeDesk)
    assert isinstance(desk, wanted)
    assert isinstance(desk, Directory) == (wanted is NativeDesk)


async def test_a_source_that_the_rules_name_has_a_desk_of_its_own() -> None:
    jira = DeskRules(kind=DeskKind.JIRA, url="https://j.example.com", token="a:b")
    hook = DeskRules(kind=DeskKind.WEBHOOK, url="https://h.example.com")
    rules = Rules(desks={"/jira": jira, "/none": DeskRules()})
    async with AsyncExitStack() as closing:
        desk_of = open_desks(settings(hook), rules, CLOCK, closing)
        assert isinstance(desk_of("/jira"), NativeDesk)
        assert desk_of("/none") is None
        assert isinstance(desk_of("/other"), WebhookDesk)


async def test_a_check_says_which_desk_does_not_let_us_in() -> None:
    async with serving(FakeZendesk().application()) as url:
        good = DeskRules(kind=DeskKind.ZENDESK, url=url + "/", token=TOKEN)
        away = f"http://127.0.0.1:{free_port()}"
        rules = Rules(
            desks={
                "/wrong": replace(good, token="someone:else"),
                "/away": replace(good, url=away),
                "/hook": DeskRules(kind=DeskKind.WEBHOOK, url=away),
            }
        )
        found = await probe_desks(settings(good), rules, CLOCK)
    assert found["desk"] == "ok"
    assert found["desk /wrong"] == "desk answered 401; check its URL, token and permissions"
    assert found["desk /away"].startswith("ClientConnectorError; is its URL right")
    assert len(found) == 3
