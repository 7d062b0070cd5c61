"""The command that proves the sums of figures, and what complaints came to, on real databases."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import update

from callbacks import store as complaints
from callbacks.model import Complaint, ComplaintState
from huifang import configuration, sums
from huifang.configuration import Configuration
from huifang.recovery import episodes
from kernel.engine import Database, open_database
from kernel.journal import Entry, append
from kernel.vault import open_vault
from surveys.model import Answered, Invitation, Terms
from surveys.report import Selection
from surveys.tables import figure_cells
from tests.properties.test_figures_properties import (
    ABOUT,
    NOW,
    SURVEYS,
    Row,
    answered,
    keep,
    made_up,
    satisfaction,
    told,
)

VAULT = open_vault([bytes(32)])


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = open_database(database_url)
    yield opened
    await opened.close()


def service(database_url: str) -> Configuration:
    return configuration.load(
        {
            "HUIFANG_DATABASE_URL": database_url,
            "HUIFANG_SECRET_KEY": "k" * 40,
            "HUIFANG_DATA_KEY": "A" * 43 + "=",
        }
    )


async def test_the_command_makes_the_sums_and_proves_them(
    database: Database, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    chance, found = Random(2), service(database_url)
    await keep(database, VAULT, [made_up(chance, number) for number in range(20)])
    assert await sums.verify(found, as_json=False) == 0
    assert "no sums are kept yet" in capsys.readouterr().out
    assert await sums.rebuild(found, as_json=True) == 0
    assert json.loads(capsys.readouterr().out) == {"counted": 20, "zone": "Asia/Shanghai"}
    assert await sums.verify(found, as_json=True) == 0
    proven = {"kept": True, "zone": "Asia/Shanghai", "waiting": 0, "differences": []}
    assert json.loads(capsys.readouterr().out) == proven
    async with database.write() as conn:
        one = update(figure_cells).where(figure_cells.c.view == "", figure_cells.c.eligible > 0)
        await conn.execute(one.values(eligible=figure_cells.c.eligible + 1))
    assert await sums.verify(found, as_json=False) == 1
    told = capsys.readouterr().out
    assert "kept eligible +1" in told
    assert "`huifang rollup --rebuild`" in told


def closing(chance: Random, first: Invitation, cycle: int, name: str, points: float | None) -> Row:
    """One closing of a ticket, asked about and answered; no points: the headline was skipped."""
    survey = SURVEYS[name]
    invitation = replace(
        first,
        id=f"i_1_{cycle}",
        cycle=cycle,
        survey=survey.id,
        version=survey.version,
        terms=Terms(recovery=cycle > 1),
    )
    row = answered(chance, invitation, survey, ABOUT[0])
    assert row.response is not None
    low = points is not None and points < 50
    response = replace(row.response, score=points, low=low, suspect=False, late=False)
    return replace(row, response=response, excluded=False)


async def test_a_complaint_is_paired_with_the_first_answer_after_it(database: Database) -> None:
    chance, at = Random(4), ABOUT[0]
    first = made_up(chance, 1).invitation
    rows = [
        closing(chance, first, cycle, name, points)
        for cycle, name, points in (
            (1, "csat", 20.0),
            (2, "recovery", None),  # passed over: nobody said that it was made good
            (3, "recovery", 80.0),
            (4, "recovery", 100.0),
        )
    ]
    await keep(database, VAULT, rows)
    assert rows[0].response is not None
    hours = [at + timedelta(hours=hour) for hour in range(4)]
    complaint = Complaint(
        id="c_1",
        source=first.source,
        ticket=first.ticket,
        cycle=1,
        invitation="i_1_1",
        response=rows[0].response.id,
        state=ComplaintState.RESOLVED,
        classed="default",
        owner=None,
        opened_at=hours[0],
        respond_by=hours[1],
        resolve_by=hours[2],
        tell_by=hours[3],
        score=20.0,
        rating=1,
        question="satisfaction",
        version="1",
    )
    async with database.write() as conn:
        await complaints.add(conn, VAULT, [complaint])
        for kind, hour in (("acknowledged", 0), ("resolved", 2), ("resolved", 3)):
            entry = Entry(at=hours[hour], kind=f"complaint.{kind}", about="c_1")
            await append(conn, [entry])
    async with database.read() as conn:
        found = await episodes(conn, Selection(equal={"survey": "csat"}), ["program"], None)
        assert await episodes(conn, Selection(since=hours[1]), [], None) == {}
    [(group, [told])] = found.items()
    assert group == (first.program,)
    assert (told.before, told.after, told.settled) == (20.0, 80.0, True)
    assert (told.acknowledged_at, told.resolved_at) == (hours[0], hours[2])


def rated(number: int, at: datetime, rating: int) -> Row:
    """A csat rating, and nothing else."""
    row = closing(Random(number), made_up(Random(1), 1).invitation, 1, "csat", 20.0 * rating)
    assert row.response is not None
    invitation = replace(row.invitation, id=f"i_{number}", ticket=f"T-{number}", closed_at=at)
    response = replace(
        row.response, id=f"r_{number}", invitation=invitation.id, rating=rating, started_at=at
    )
    said = Answered(question="satisfaction", value=rating, at=at)
    return replace(row, invitation=invitation, response=response, answers=(said,))


async def test_a_change_is_flagged_against_the_period_before(database: Database) -> None:
    days = [NOW - timedelta(days=number) for number in (3, 2, 1)]
    rows = [
        rated(20 * place + number, day, good if number % 4 else 3)
        for place, (day, good) in enumerate(zip(days, (5, 5, 1), strict=True))
        for number in range(20)
    ]
    await keep(database, VAULT, rows)
    figures = satisfaction(database)
    items = await told(figures, {"group_by": ["day"], "tz": "UTC", "min_n": 10})
    flags = [item["changed"] and item["changed"]["csat"] for item in items.values()]
    assert flags == [None, None, "down"]
    assert [item["changed"] is None for item in items.values()] == [True, False, False]
    since = days[2] - timedelta(hours=1)
    last = {"group_by": [], "min_n": 10, "since": since, "until": since + timedelta(days=1)}
    assert (await told(figures, last))[()]["changed"]["mean_score"] == "down"
    assert (await told(figures, {**last, "min_n": 21}))[()]["changed"]["mean_score"] is None
    assert (await told(figures, {"group_by": [], "min_n": 1}))[()]["changed"] is None
