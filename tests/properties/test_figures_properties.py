"""What the database counts is what somebody counts who looks at every answer, one by one."""

import itertools
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import fsum
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from huifang import catalogue
from huifang.ruleterms import Targets
from huifang.satisfaction import Satisfaction
from kernel.endpoint import Call, Role
from kernel.engine import Database, open_database
from kernel.vault import Vault, open_vault
from surveys import store
from surveys.low import Low, judge
from surveys.model import (
    Answered,
    Attribution,
    Invitation,
    InvitationState,
    QuestionKind,
    Response,
    Survey,
    Value,
)
from surveys.questionnaire import read
from surveys.scores import score
from surveys.tables import responses

NOW = datetime(2026, 12, 24, 4, 0, tzinfo=UTC)
ZONES = (
    "Asia/Shanghai",
    "Asia/Kolkata",
    "America/St_Johns",
    "Europe/Berlin",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "America/Havana",
)
# About midnights somewhere, and about changes of the clocks of those zones.
ABOUT = tuple(
    datetime.fromisoformat(text).astimezone(UTC)
    for text in (
        "2026-03-08T00:00-05:00",
        "2026-03-29T01:00+00:00",
        "2026-04-05T02:00+11:00",
        "2026-04-24T00:00+02:00",
        "2026-10-04T02:00+10:30",
        "2026-10-25T01:00+00:00",
        "2026-11-01T00:00-05:00",
        "2026-11-01T00:00-02:30",
        "2026-11-22T00:00+08:00",
        "2026-11-22T00:00+05:30",
        "2026-12-01T00:00+01:00",
    )
)
CHOSEN = """\
id: chosen
title: {zh-CN: 选择, en: Choice}
start: settled
questions:
  settled: {kind: resolved, ask: {zh-CN: "好了吗", en: "Settled?"}, next: [{go: paid}]}
  paid: {kind: resolved, ask: {zh-CN: "退款到了吗", en: "Paid back?"}, next: [{go: wish}]}
  wish:
    kind: choice
    headline: true
    ask: {zh-CN: "选", en: "Choose"}
    options:
      - {id: good, label: {zh-CN: 好, en: good}, score: 100}
      - {id: odd, label: {zh-CN: 怪, en: odd}, score: 35}
end: {zh-CN: 再见, en: Goodbye}
low: {any: []}
"""
SURVEYS = {**catalogue.shipped(), "chosen": read({"chosen.yaml": CHOSEN}).surveys["chosen"]}
ATTRIBUTED = ("team", "agent", "region", "product", "category")
GROUPS = (*ATTRIBUTED, "channel", "survey", "program", "version")
PERIODS = ("day", "week", "month")


@dataclass(frozen=True, kw_only=True)
class Row:
    """An invitation as it was made up, with its response, if there is one."""

    invitation: Invitation
    response: Response | None = None
    answers: tuple[Answered, ...] = ()
    excluded: bool = False

    def group(self, name: str) -> str | None:
        if name in ATTRIBUTED:
            found: str | None = getattr(self.invitation.attribution, name)
            return found
        if name == "channel" and self.response is not None:
            return self.response.channel
        said: str = getattr(self.invitation, name)
        return said


def made_up(chance: Random, number: int) -> Row:
    def instant() -> datetime:
        return chance.choice(ABOUT) + timedelta(
            seconds=chance.choice((-5400, -1, 0, 1, 3600, chance.randint(-200_000, 200_000)))
        )

    survey = SURVEYS[chance.choice(("csat", "csat", "nps", "ces", "recovery", "repair", "chosen"))]
    closed_at, old = instant(), chance.random() < 0.1
    attempted = chance.random() < 0.8
    invitation = Invitation(
        id=f"i_{number}",
        source="/tickets",
        ticket=f"T-{number}",
        cycle=1,
        customer="C-1",
        program=chance.choice(("default", "vip")),
        survey=survey.id,
        version=survey.version,
        state=InvitationState.INVITED,
        channels=("sms",),
        locale="zh-CN",
        due_at=closed_at if old else closed_at + timedelta(hours=2),
        useful_until=NOW,
        lasts=timedelta(days=7),
        attribution=Attribution(
            team=chance.choice(("NOC", "前台", None)),
            agent=chance.choice(("A-1", 'A-"2')),
            region=chance.choice(("JX", None)),
            product=chance.choice(("光纤", "5G", None)),
            category=chance.choice(("=故障", "bill")),
        ),
        channel=chance.choice(("sms", "email", None)),
        closed_at=None if old else closed_at,
        attempted=attempted,
        delivered=attempted and chance.random() < 0.7,
        # A week after it was sent; of some nobody knows when that was.
        expires_at=closed_at + timedelta(days=7, hours=1) if attempted and not old else None,
    )
    if chance.random() < 0.3:
        return Row(invitation=invitation)
    return answered(chance, invitation, survey, instant())


def answered(chance: Random, invitation: Invitation, survey: Survey, at: datetime) -> Row:
    late = chance.random() < 0.1
    given: list[Answered] = []
    for number, question in enumerate(survey.questions.values()):
        value: Value | None
        match question.kind:
            case QuestionKind.CSAT5:
                value = chance.randint(1, 5)
            case QuestionKind.NPS:
                value = chance.randint(0, 10)
            case QuestionKind.CES7:
                value = chance.randint(1, 7)
            case QuestionKind.RESOLVED:
                value = chance.random() < 0.6
            case QuestionKind.CHOICE:
                value = chance.choice(question.options).id
            case QuestionKind.COMMENT:
                value = None
        if chance.random() < 0.85:
            after = at + timedelta(seconds=number * chance.randint(0, 4000))
            overdue = late or chance.random() < 0.1
            words = "true" if value is None else None
            said = Answered(
                question=question.id, value=value, at=after, comment=words, late=overdue
            )
            given.append(said)
    in_time = {
        each.question: each.value
        for each in given
        if each.value is not None and (late or not each.late)
    }
    points, rating = score(survey, in_time)
    response = Response(
        id=f"r_{invitation.id}",
        invitation=invitation.id,
        survey=survey.id,
        version=survey.version,
        channel=chance.choice(("sms", "web")),
        started_at=at,
        completed_at=at if chance.random() < 0.5 else None,
        score=points,
        rating=rating,
        low=isinstance(judge(in_time, survey), Low),
        suspect=chance.random() < 0.1,
        late=late,
    )
    excluded = chance.random() < 0.1
    return Row(invitation=invitation, response=response, answers=tuple(given), excluded=excluded)


async def keep(database: Database, vault: Vault, rows: list[Row]) -> None:
    begun = [(row.response, row.invitation) for row in rows if row.response is not None]
    said = [(row.response.id, each) for row in rows if row.response for each in row.answers]
    async with database.write() as conn:
        await store.publish_versions(conn, list(SURVEYS.values()), NOW)
        await store.add_invitations(conn, [row.invitation for row in rows])
        await store.save_responses(conn, begun)
        await store.add_answers(conn, vault, said)
        out = [row.response.id for row in rows if row.response and row.excluded]
        statement = update(responses).where(responses.c.id.in_(out))
        await conn.execute(statement.values(excluded_at=NOW))


def counted_at(row: Row) -> datetime | None:
    """When a response counts; None: it does not."""
    response = row.response
    if response is None or response.suspect or response.late or row.excluded:
        return None
    head = SURVEYS[response.survey].headline.id
    return next((each.at for each in row.answers if each.question == head and not each.late), None)


def names(at: datetime, zone: str, spans: tuple[str, ...]) -> tuple[str, ...]:
    day = at.astimezone(ZoneInfo(zone)).date()
    found = {"day": f"{day}", "week": f"{day:%G-W%V}", "month": f"{day:%Y-%m}"}
    return tuple(found[name] for name in spans)


def mean(values: list[Any]) -> float | None:
    return fsum(values) / len(values) if values else None


def recount(rows: list[Row], min_n: int) -> dict[str, Any]:
    """The figures of rows that count, by the words of the contract."""
    found = [row.response for row in rows if row.response is not None]

    def ratings(kind: QuestionKind) -> list[int]:
        return [
            each.rating
            for each in found
            if SURVEYS[each.survey].headline.kind is kind and each.rating is not None
        ]

    truths = []
    for row in rows:
        survey = SURVEYS[row.invitation.survey]
        asked = [
            each.value
            for each in row.answers
            if survey.questions[each.question].kind is QuestionKind.RESOLVED and not each.late
        ]
        truths += [int(all(asked))] if asked else []
    csat, nps = ratings(QuestionKind.CSAT5), ratings(QuestionKind.NPS)
    signs = [100 * ((rating >= 9) - (rating <= 6)) for rating in nps]
    told = {
        "csat": mean([int(rating >= 4) for rating in csat]),
        "nps": mean(signs),
        "ces": mean(ratings(QuestionKind.CES7)),
        "mean_score": mean([each.score for each in found if each.score is not None]),
        "resolved_rate": mean(truths),
        "low_rate": mean([int(each.low) for each in found]),
        "first_answer_seconds": mean([waited(row) for row in rows if row.invitation.expires_at]),
    }
    few = len(found) < max(min_n, 1)
    return {"n": len(found), **{name: None if few else value for name, value in told.items()}}


def waited(row: Row) -> float:
    """Seconds from the first send to the first answer."""
    invitation, response = row.invitation, row.response
    assert response is not None
    assert invitation.expires_at is not None
    sent = invitation.expires_at - invitation.lasts
    return max((response.started_at - sent).total_seconds(), 0.0)


def funnel(rows: list[Row]) -> dict[str, int]:
    went = [row for row in rows if row.response or row.invitation.attempted]
    arrived = [row for row in rows if row.response or row.invitation.delivered]
    begun = [row.response for row in rows if row.response]
    return {
        "eligible": len(rows),
        "attempted": len(went),
        "delivered": len(arrived),
        "started": len(begun),
        "completed": len([each for each in begun if each.completed_at]),
    }


def rates(steps: dict[str, int], min_n: int) -> dict[str, float | None]:
    """Who answered to the end, of those that came as far as each step before."""
    few = steps["eligible"] < max(min_n, 1)
    return {
        name: None if few or not steps[name] else steps["completed"] / steps[name]
        for name in ("eligible", "attempted", "delivered", "started")
    }


def expected(rows: list[Row], query: dict[str, Any]) -> dict[tuple[Any, ...], dict[str, Any]]:
    groups = tuple(name for name in query["group_by"] if name in GROUPS)
    spans = tuple(name for name in query["group_by"] if name in PERIODS)
    since, until = query.get("since"), query.get("until")
    count: dict[tuple[Any, ...], list[Row]] = {}
    came: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        asked = replace(row, response=None)
        closed_at = row.invitation.closed_at or row.invitation.due_at
        for kept, at, of in ((count, counted_at(row), row), (came, closed_at, asked)):
            if at is None or (since and at < since) or (until and at >= until):
                continue
            if any(of.group(name) != query[name] for name in GROUPS if name in query):
                continue
            key = (*(of.group(name) for name in groups), *names(at, query["tz"], spans))
            kept.setdefault(key, []).append(row)
    if not groups and not spans:
        count.setdefault((), [])
    few, found = query["min_n"], {}
    for key in {*count, *came}:
        steps = funnel(came.get(key, []))
        told = recount(count.get(key, []), few)
        found[key] = {**told, "funnel": steps, "response_rate": rates(steps, few)}
    return found


def compare(shown: dict[str, Any], wanted: dict[str, Any], where: object) -> None:
    """Fail unless every figure is the wanted one."""
    for name, value in wanted.items():
        assert shown[name] == pytest.approx(value, abs=1e-5), (where, name)


def satisfaction(database: Database) -> Satisfaction:
    return Satisfaction(database=database, timezone=lambda: "UTC", targets=Targets)


async def told(
    figures: Satisfaction, query: dict[str, Any]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    call = Call(
        now=NOW,
        path={},
        query=query,
        body=None,
        raw=b"",
        headers={},
        url="",
        remote="",
        form=(),
        actor="test",
        role=Role.MANAGER,
    )
    [endpoint] = figures.endpoints()
    assert endpoint.reply is not None
    body = endpoint.reply.dump((await figures.satisfaction(call)).body)
    items = json.loads(json.dumps(body))["items"]
    assert all(list(item["group"]) == query["group_by"] for item in items)
    return {
        tuple(
            item["group"][name]
            for name in sorted(query["group_by"], key=lambda each: each in PERIODS)
        ): item
        for item in items
    }


def queries(chance: Random) -> list[dict[str, Any]]:
    asked: list[list[str]] = [[], *([name] for name in (*GROUPS, *PERIODS))]
    asked += [["day", "team"], ["survey", "week", "program"], ["week", "month"], ["team", "agent"]]
    found = []
    for group_by, zone in zip(asked, itertools.cycle(ZONES), strict=False):
        query: dict[str, Any] = {"group_by": group_by, "tz": zone}
        query["min_n"] = chance.choice((0, 1, 4, 10))
        if chance.random() < 0.4:
            query["since"] = chance.choice(ABOUT)
        if chance.random() < 0.4:
            query["until"] = chance.choice(ABOUT) + timedelta(hours=chance.randint(0, 48))
        if chance.random() < 0.3:
            name, value = chance.choice(
                (("team", "前台"), ("category", "=故障"), ("product", "5G"))
            )
            query[name] = value
        found.append(query)
    found += [{"group_by": ["day"], "tz": zone, "min_n": 1} for zone in ZONES]
    return found


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = open_database(database_url)
    yield opened
    await opened.close()


async def test_the_database_counts_as_whoever_looks_at_each_answer(database: Database) -> None:
    chance, vault = Random(7), open_vault([bytes(32)])
    rows = [made_up(chance, number) for number in range(250)]
    await keep(database, vault, rows)
    shown = satisfaction(database)
    for query in queries(chance):
        wanted, found = expected(rows, query), await told(shown, query)
        assert found.keys() == wanted.keys(), query
        for key, figures in wanted.items():
            compare(found[key], figures, (query, key))
