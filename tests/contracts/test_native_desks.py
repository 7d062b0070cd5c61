"""Zendesk, TMF621 and Jira against small servers of their kind: the cases of every desk."""

from dataclasses import replace

import pytest

from tests.contracts.desks_harness import CASES, Kit, bench
from tests.fakes.desk_jira import PHONE, SERVER_TOKEN, FakeJira, FakeJiraServer
from tests.fakes.desk_jira import TOKEN as JIRA_TOKEN
from tests.fakes.desk_tmf621 import TOKEN as TMF621_TOKEN
from tests.fakes.desk_tmf621 import FakeTmf621, FakeTmf621Fifth
from tests.fakes.desk_zendesk import TOKEN as ZENDESK_TOKEN
from tests.fakes.desk_zendesk import FakeZendesk
from tickets.desks.jira import Jira
from tickets.desks.tmf621 import Tmf621
from tickets.desks.zendesk import Zendesk
from tickets.notes import letter
from tickets.ports import DeskError, Done, Facts

ZENDESK = Kit(name="zendesk", fake=FakeZendesk, system=Zendesk, token=ZENDESK_TOKEN)
TMF621 = Kit(
    name="tmf621",
    fake=FakeTmf621,
    system=Tmf621,
    token=TMF621_TOKEN,
    ticket="TT-1001",
    conflict=True,
    merges=False,
)
JIRA = Kit(
    name="jira",
    fake=FakeJira,
    system=Jira,
    token=JIRA_TOKEN,
    ticket="OPS-1001",
    options={"phone": PHONE},
    merges=False,
)
OTHERS = [
    replace(TMF621, name="tmf621-v5", fake=FakeTmf621Fifth, path=FakeTmf621Fifth.root),
    replace(
        JIRA,
        name="jira-server",
        fake=FakeJiraServer,
        token=SERVER_TOKEN,
        options={"api": "2", "phone": PHONE},
    ),
]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kit", [ZENDESK, TMF621, JIRA], ids=lambda kit: kit.name)
async def test_a_native_desk(kit: Kit, case: str) -> None:
    async with bench(kit) as on:
        await CASES[case](on)


@pytest.mark.parametrize(
    "case",
    [
        "an_answer_lost_at_any_step_does_nothing_twice",
        "a_follow_up_whose_answer_is_lost_is_not_opened_twice",
        "a_ticket_that_is_gone_is_followed_up",
        "the_customer_is_found_by_id_and_by_the_ticket",
    ],
)
@pytest.mark.parametrize("kit", OTHERS, ids=lambda kit: kit.name)
async def test_another_version_of_an_api(kit: Kit, case: str) -> None:
    async with bench(kit) as on:
        await CASES[case](on)


async def test_a_zendesk_call_that_arrives_late_after_all_is_not_followed_by_a_second() -> None:
    async with bench(ZENDESK) as on:
        on.fake.put("1001")
        seen = await on.desk.system.look("1001")
        assert await on.desk.reopen(on.order()) == Done()  # the first call, given up by then
        with pytest.raises(DeskError, match="409"):
            await on.desk.system.reopen("1001", seen, letter(on.order()))
        assert len(on.notes()) == 1


async def test_our_token_goes_to_no_other_server_that_a_ticket_names() -> None:
    async with bench(TMF621) as on, bench(TMF621) as stranger:
        assert isinstance(on.fake, FakeTmf621)
        for href in (f"{stranger.url}/party/501", "//evil.example.com/501", f"{on.url}.evil/501"):
            on.fake.put("TT-1001")
            on.fake.party = href
            found = await on.desk.fetch("TT-1001", "501")
            assert isinstance(found, Facts)
            assert (found.customer["id"], found.customer["phone"]) == ("501", None)
        assert stranger.fake.heard == []


async def test_a_note_that_others_left_outlives_ours_in_a_merge_patch() -> None:
    async with bench(TMF621) as on:
        on.fake.put("TT-1001")
        await on.desk.reopen(on.order())
        assert await on.desk.reopen(on.order(key="w_0a1bffffffff")) == Done()
        assert len(on.notes()) == 2


async def test_an_operator_whose_patches_are_plain_json_is_served_too() -> None:
    async with bench(TMF621) as on:
        assert isinstance(on.fake, FakeTmf621)
        on.fake.plain = True
        on.fake.put("TT-1001")
        assert await on.desk.reopen(on.order()) == Done()
        assert (on.state, len(on.notes())) == ("open", 1)
