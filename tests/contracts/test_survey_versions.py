"""A survey is edited while customers are answering it: each goes on with the one they began."""

from dataclasses import replace
from datetime import timedelta

import pytest

from huifang import catalogue
from kernel.engine import Database
from surveys import archive, store, tokens
from surveys.conversation import SurveyConversation
from surveys.delivery import CONVERSATION
from surveys.model import Response, Survey
from surveys.questionnaire import fill, read
from tests.fakes.world import NOON, World, closed, make_world

OLD = catalogue.shipped()["csat"]
EDITED = """\
id: csat
title: {zh-CN: 满意度, en: Satisfaction}
start: satisfaction
questions:
  satisfaction:
    kind: nps
    headline: true
    ask: {zh-CN: "请打分0到10。回T退订", en: "From 0 to 10? Reply STOP to opt out"}
    next: [{go: end}]
end: {zh-CN: 再见, en: Goodbye}
low: {any: []}
"""
NEW = read({"csat.yaml": EDITED}).surveys["csat"]
HOURS = timedelta(hours=3)
FIRST, SECOND = "+8613800138000", "+8613800138001"


@pytest.fixture
def world(database: Database) -> World:
    return make_world(database)


def publish(world: World, survey: Survey) -> None:
    """What an adopted change of the files does."""
    planning = world.planning
    surveys = {**planning.catalogue.surveys, survey.id: survey}
    planning.catalogue = replace(planning.catalogue, surveys=surveys)


async def response(world: World, ticket: str) -> Response:
    async with world.database.read() as conn:
        [found] = await store.responses_of(conn, world.vault, "/tickets", ticket)
    return found


async def test_the_link_that_a_text_may_name_is_that_of_its_own_survey(world: World) -> None:
    await world.tell(closed())
    async with world.database.read() as conn:
        [asked] = (await store.invitations_of(conn, [("/tickets", "T-1001")])).popitem()[1]
    asking = world.delivery.conversations[CONVERSATION]
    assert isinstance(asking, SurveyConversation)
    link = fill("{link}", asking.facts(asked, None))
    assert link.startswith("http://127.0.0.1/s/")
    assert len(link) == len(tokens.sample("http://127.0.0.1"))
    assert tokens.belongs(link.rpartition("/")[2], asked, world.clock.now(), [b"k" * 32])


async def test_an_invitation_keeps_its_version_to_the_end_and_the_next_has_the_new_one(
    world: World,
) -> None:
    await world.tell(closed())
    publish(world, NEW)
    second = closed(2, ticket="T-1002", customer="C-2", phone=SECOND)
    await world.tell(second)
    await world.after(HOURS)
    [planned_before], [planned_after] = world.carrier.texts(FIRST), world.carrier.texts(SECOND)
    assert "请评价本次服务" in planned_before, "planned before the change, sent after it"
    assert "请打分0到10" in planned_after

    [question] = await world.says(FIRST, "5")
    assert "解决" in question
    [goodbye] = await world.says(SECOND, "5")
    assert goodbye.endswith("再见")
    await world.says(FIRST, "1")

    old, new = await response(world, "T-1001"), await response(world, "T-1002")
    # The same reply to the same question of the same survey; the versions keep them apart.
    assert (old.version, old.rating, old.score) == (OLD.version, 5, 100.0)
    assert (new.version, new.rating, new.score) == (NEW.version, 5, 50.0)
    assert set(old.answers) == {"satisfaction", "resolved"}


async def test_every_version_that_was_used_is_kept_as_it_was(database: Database) -> None:
    later = NOON + HOURS
    for survey, at in ((OLD, NOON), (NEW, later), (OLD, later + HOURS)):
        async with database.write() as conn:
            await store.publish_versions(conn, [survey], at)
    both = [(NEW.version, later), (OLD.version, NOON)]
    async with database.read() as conn:
        kept = await archive.newest_versions(conn, ["csat", "nps"], 9)
        assert kept == {"csat": both}, "going back makes no other version, nor a later first use"
        assert await archive.newest_versions(conn, ["csat"], 1) == {"csat": both[:1]}
        assert await archive.ids_kept(conn, "", 9) == ["csat"]
        assert await archive.ids_kept(conn, "csat", 9) == []
        assert await archive.versions_page(conn, "csat", None, 1) == both[:1]
        assert await archive.versions_page(conn, "csat", (later, NEW.version), 9) == both[1:]
        used = await archive.first_used(conn, [("csat", OLD.version), ("nps", OLD.version)])
        assert used == {("csat", OLD.version): NOON}
        stored = await store.versions(conn, [("csat", OLD.version), ("csat", NEW.version)])
    assert stored == {("csat", OLD.version): OLD, ("csat", NEW.version): NEW}
