"""A question that a customer passed over is told to others as one without an answer."""

import json
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from huifang import catalogue
from kernel.engine import Database
from scheduler.tables import jobs
from surveys import export, store
from surveys.programs import Program
from surveys.report import Selection
from surveys.rollups import sql
from tests.fakes.world import closed, make_world

PHONE, OTHER = "+8613800138000", "+8613800138001"
OPTIONAL = """
id: may
title: {zh-CN: 选答, en: You may}
start: easy
questions:
  easy: {kind: ces7, optional: true, ask: {zh-CN: 费力吗, en: "Easy"}, next: [{go: solved}]}
  solved: {kind: resolved, optional: true, ask: {zh-CN: 好了吗, en: "Well"}, next: [{go: rated}]}
  rated: {kind: csat5, headline: true, optional: true, ask: {zh-CN: 满意吗, en: "How"}}
end: {zh-CN: 谢谢, en: Thanks}
low: {any: [{question: rated, at_most: 2}]}
"""


async def test_ratings_passed_over_are_no_values_in_figures_files_views_and_events(
    database: Database,
) -> None:
    loaded, faults = catalogue.load({"may.yaml": OPTIONAL})
    assert faults == []
    world = make_world(database, programs=(Program(id="p", survey="may", delay=timedelta(0)),))
    world.planning.catalogue = replace(world.planning.catalogue, surveys=loaded)
    await world.tell(closed(), closed(2, ticket="T-2", customer="C-2", phone=OTHER))
    await world.run()
    for number, last in ((PHONE, "4"), (OTHER, "跳过")):
        for text in ("跳过", "跳过", last):
            await world.says(number, text)
    async with database.read() as conn:
        [found] = await store.responses_of(conn, world.vault, "/tickets", "T-1001")
        published = select(jobs.c.payload).where(jobs.c.key.like("event.publish:survey.%"))
        events = json.dumps([row.payload for row in await conn.execute(published)])
        extent = await export.extent(conn, Selection(), "started")
        facts = list(await conn.execute(sql.facts(*await sql.questions(conn))))
        [page] = [page async for page in export.pages(conn, extent, Selection(), "started", 10)]
    assert found.told == {"rated": 4}
    assert '"rated": 4' in events
    assert '"easy"' not in events
    columns = {name: set(page[f"may.{name}"]) for name in ("easy", "solved", "rated")}
    assert columns == {"easy": {None}, "solved": {None}, "rated": {4, None}}
    assert [fact.score for fact in facts if fact.answered_at is not None] == [80 * sql.POINT]
    assert {fact.resolved for fact in facts} == {None}, "who passed over did not say no"
