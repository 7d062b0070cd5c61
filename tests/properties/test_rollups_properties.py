"""Whatever happens in whatever order, what is kept of the figures is what the rows say."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from kernel.engine import Database, open_database
from kernel.vault import open_vault
from surveys import gate, report, store
from surveys.conversation import SurveyConversation
from surveys.low import Low, judge
from surveys.model import InvitationState
from surveys.periods import periods
from surveys.rollups import ledger
from surveys.rollups.duties import Folding
from surveys.rollups.report import SLICE, Difference, differences
from surveys.scores import score
from surveys.tables import figure_cells, figure_facts
from tests.properties.test_figures_properties import (
    ABOUT,
    NOW,
    SURVEYS,
    Row,
    answered,
    compare,
    expected,
    keep,
    made_up,
    satisfaction,
    told,
)

VAULT = open_vault([bytes(32)])
ASKED = (
    {"group_by": [], "tz": "UTC"},
    {"group_by": ["team", "agent"], "tz": "Asia/Shanghai", "since": ABOUT[0], "until": ABOUT[8]},
    {"group_by": ["week", "channel"], "tz": "Asia/Shanghai"},
    {"group_by": ["day"], "tz": "Asia/Singapore", "until": ABOUT[6]},
    {"group_by": ["month", "program"], "tz": "Asia/Kolkata"},
    {"group_by": ["region", "channel"], "tz": "UTC", "since": ABOUT[3], "team": "前台"},
    {"group_by": ["survey", "version"], "tz": "UTC", "since": ABOUT[2]},
    {"group_by": ["channel"], "tz": "Asia/Shanghai", "category": "=故障", "since": ABOUT[1]},
    {"group_by": ["team", "week"], "tz": "Asia/Shanghai", "product": "5G"},
    {"group_by": ["product", "category"], "tz": "UTC", "until": ABOUT[9]},
)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = open_database(database_url)
    yield opened
    await opened.close()


async def revised(database: Database, row: Row, **changes: object) -> Row:
    """The response as it is after a change, written as a reply writes it."""
    assert row.response is not None
    changed = replace(row, response=replace(row.response, **changes))  # type: ignore[arg-type]
    assert changed.response is not None
    async with database.write() as conn:
        await store.save_responses(conn, [(changed.response, row.invitation)])
        await store.save_invitations(conn, [row.invitation])
    return changed


async def corrected(chance: Random, database: Database, row: Row) -> Row:
    """Another rating in the place of the one that was given."""
    survey = SURVEYS[row.invitation.survey]
    given = {each.question: each.value for each in row.answers if each.value is not None}
    head = survey.headline.id
    if isinstance(given.get(head), int):
        given[head] = chance.randint(1, 5)
    points, rating = score(survey, given)
    low = isinstance(judge(given, survey), Low)
    return await revised(database, row, score=points, rating=rating, low=low)


async def excluded(database: Database, row: Row) -> Row:
    assert row.response is not None
    async with database.write() as conn:
        if row.excluded:
            await gate.readmit(conn, conversation(), row.response.id, "me", "back", NOW)
        else:
            await gate.exclude(conn, row.response.id, "me", "trial", NOW)
    return replace(row, excluded=not row.excluded)


async def replied(chance: Random, database: Database, row: Row) -> Row:
    survey = SURVEYS[row.invitation.survey]
    given = answered(chance, row.invitation, survey, chance.choice(ABOUT))
    assert given.response is not None
    new = replace(given, excluded=False)
    async with database.write() as conn:
        await store.save_responses(conn, [(given.response, row.invitation)])
        said = [(given.response.id, each) for each in given.answers]
        await store.add_answers(conn, VAULT, said)
        await store.save_invitations(conn, [row.invitation])
    return new


async def moved(chance: Random, database: Database, row: Row) -> Row:
    """What a carrier says of an invitation."""
    invitation = replace(
        row.invitation,
        state=InvitationState.INVITED,
        channel=chance.choice(("sms", "email")),
        attempted=True,
        delivered=chance.random() < 0.5,
    )
    async with database.write() as conn:
        await store.save_invitations(conn, [invitation])
    return replace(row, invitation=invitation)


async def happens(chance: Random, database: Database, row: Row) -> Row:
    if row.response is None:
        return await chance.choice((replied, moved))(chance, database, row)
    match chance.choice(("correct", "exclude", "suspect", "late", "complete", "move")):
        case "correct":
            return await corrected(chance, database, row)
        case "exclude" if not row.response.suspect:
            return await excluded(database, row)
        case "suspect":
            return await revised(database, row, suspect=not row.response.suspect)
        case "late":
            return await revised(database, row, late=not row.response.late)
        case "complete":
            return await revised(database, row, completed_at=NOW)
        case _:
            return await moved(chance, database, row)


def conversation() -> SurveyConversation:
    return SurveyConversation(vault=VAULT, brand="", public_url="", secret_keys=[b"k"])


async def found(database: Database, at_once: int = SLICE) -> list[Difference]:
    return [each async for part in differences(database, at_once) for each in part]


async def right(database: Database, rows: list[Row], asked_for: Any = ASKED) -> None:
    for query in asked_for:
        asked = {**query, "min_n": 1}
        wanted, shown = expected(rows, asked), await told(satisfaction(database), asked)
        assert shown.keys() == wanted.keys(), query
        for key, figures in wanted.items():
            compare(shown[key], figures, (query, key))


async def months_are_limited_by_their_number(database: Database) -> None:
    """Be there more days in one, and so many months that a statement cannot name each."""
    centre = ZoneInfo("Asia/Shanghai")
    november = (datetime(2026, month, 1, tzinfo=centre) for month in (11, 12))
    wanted = report.Selection(since=next(november), until=next(november))
    years = periods(("month",), centre, datetime(2019, 1, 1, tzinfo=UTC), NOW, 100)
    async with database.read() as conn:
        [one] = (await report.counts(conn, wanted, [], None, 1) or {}).values()
        assert await report.counts(conn, wanted, [], years, 1) == {("2026-11",): one}
        assert await report.counts(conn, wanted, ["team"], years, 1) is None


async def test_any_mix_of_events_leaves_sums_that_equal_a_recount(database: Database) -> None:
    """Each question is asked once, in one of the states that sums may be in."""
    chance = Random(11)
    folding = Folding(database=database, timezone=lambda: "Asia/Shanghai")
    rows = [made_up(chance, number) for number in range(40)]
    await keep(database, VAULT, rows[:15])
    await folding.begin()
    await right(database, rows[:15], ASKED[5:6])  # begun, and nothing counted yet
    rows[3] = await happens(chance, database, rows[3])
    await folding.step()
    rows[4] = await happens(chance, database, rows[4])
    await keep(database, VAULT, rows[15:])
    await folding(NOW)
    assert await found(database) == []
    for turn in range(24):
        place = chance.randrange(len(rows))
        rows[place] = await happens(chance, database, rows[place])
        if turn == 12:
            await right(database, rows, ASKED[1:2])
            await folding.step()
    await right(database, rows, (ASKED[3], ASKED[7], ASKED[9]))
    assert await found(database) == []
    await folding(NOW)
    await right(database, rows, ASKED[::2])
    assert await found(database) == []


async def test_sums_follow_the_centre_to_another_zone_and_one_that_was_changed_is_told(
    database: Database,
) -> None:
    chance = Random(5)
    rows = [made_up(chance, number) for number in range(30)]
    await keep(database, VAULT, rows)
    centre = ["UTC"]
    folding = Folding(database=database, timezone=lambda: centre[0])
    for timezone in ("Asia/Kolkata", "Asia/Shanghai"):
        centre[0] = timezone
        await folding(NOW)
        async with database.read() as conn:
            assert (await ledger.state(conn) or ("",))[0] == timezone
            assert await ledger.waiting(conn, 10) == 0
        await right(database, rows, ASKED[2:3])
        assert await found(database) == []
    await months_are_limited_by_their_number(database)
    async with database.write() as conn:
        of = figure_cells.c
        here = (of.view == "team", of.team == "=前台", of.n > 0)
        changed = await conn.execute(update(figure_cells).where(*here).values(n=of.n + 2))
        one = update(figure_facts).where(figure_facts.c.invitation == "i_3")
        await conn.execute(one.values(attempted=1 - figure_facts.c.attempted))
    unlike = await found(database)
    cells = [each for each in unlike if each.view is not None]
    assert [each.invitation for each in unlike if each.view is None] == ["i_3"]
    assert await found(database, at_once=30) == unlike
    off = [each for each in cells if each.off_by == {"n": 2}]
    assert len(off) == changed.rowcount > 0
    assert {(each.view, (each.names or {})["team"]) for each in off} == {("team", "前台")}
    await folding.begin()
    await folding(NOW)
    assert await found(database) == []
