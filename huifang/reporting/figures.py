"""Collects what a report tells: the figures that the API tells, of one period."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from huifang import decisions
from huifang.logs import mask
from huifang.numbers import COMMENTS_READ
from huifang.recovery import Recovery
from huifang.rules import Rules
from huifang.satisfaction import Satisfaction
from kernel.engine import Database
from kernel.journal import Entry
from kernel.vault import Vault
from surveys import listing, store
from surveys.model import Response
from surveys.periods import Period
from surveys.report import Selection

INSTANT = timedelta.resolution
MIN_N = 10
WORST = 5
"""Comments that are shown."""

_LOOKED_AT = 200  # low answers, the newest, among which the worst are
_LONGEST = 280  # characters of a comment


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a report is about: `equal` may name a program and a team; `tz` cut the period."""

    period: Period
    tz: str
    equal: Mapping[str, str]

    @property
    def selection(self) -> Selection:
        """The time and the names."""
        return Selection(since=self.period.since, until=self.period.until, equal=self.equal)

    def query(self, *group_by: str) -> dict[str, Any]:
        """The same as a query of the API, once it is read."""
        return {
            **self.equal,
            "since": self.period.since,
            "until": self.period.until,
            "tz": self.tz,
            "min_n": MIN_N,
            "group_by": list(group_by),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What a customer said to a low score, masked; nobody is named."""

    response: str
    ticket: str
    team: str | None
    score: float | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Items as the API has them: of all, by team and by program; `comments` are the worst first."""

    about: Question
    whole: Mapping[str, Any]
    teams: Sequence[Mapping[str, Any]]
    programs: Sequence[Mapping[str, Any]]
    recovery: Mapping[str, Any]
    decided: Mapping[str, Any]
    comments: Sequence[Comment]

    def plain(self) -> dict[str, Any]:
        """As a JSON document."""
        period = self.about.period
        return {
            "period": period.names[0],
            "from": period.since.isoformat(),
            "to": period.until.isoformat(),
            "tz": self.about.tz,
            "filter": dict(self.about.equal),
            "satisfaction": self.whole,
            "by_team": list(self.teams),
            "by_program": list(self.programs),
            "recovery": self.recovery,
            "decisions": self.decided,
            "comments": [
                {"ticket": each.ticket, "team": each.team, "score": each.score, "text": each.text}
                for each in self.comments
            ],
        }


async def collect(
    conn: AsyncConnection,
    database: Database,
    vault: Vault,
    rules: Rules,
    about: Question,
    now: datetime,
) -> Figures:
    """All figures of a period, read in one transaction."""
    timezone, targets = (lambda: about.tz), (lambda: rules.targets)
    satisfaction = Satisfaction(database=database, timezone=timezone, targets=targets)
    recovery = Recovery(database=database, timezone=timezone, targets=targets)

    async def items(*group_by: str) -> list[dict[str, Any]]:
        found = await satisfaction.counted(conn, about.query(*group_by), now)
        return satisfaction.items(found, MIN_N)

    [whole] = await items()
    [recovered] = await recovery.items(conn, about.query(), now)
    [decided] = await decisions.counted(conn, about.selection, [])
    return Figures(
        about=about,
        whole=whole,
        teams=[] if "team" in about.equal else await items("team"),
        programs=[] if "program" in about.equal else await items("program"),
        recovery=recovered,
        decided=decided,
        comments=await _worst(conn, vault, about.selection),
    )


async def _worst(conn: AsyncConnection, vault: Vault, of: Selection) -> list[Comment]:
    low = Selection(since=of.since, until=of.until, equal=of.equal, flags={"low": True})
    found, _ = await listing.page(conn, low, None, _LOOKED_AT, by="counted")
    asked = await store.load_invitations(conn, list(found))
    given = await store.load_responses(conn, vault, list(found))
    said = [
        (given[id_], asked[id_])
        for id_ in found
        if id_ in given and id_ in asked and any(text.strip() for text in given[id_].comments)
    ]
    # Sorting keeps the newest first among equals.
    said.sort(key=lambda each: 101.0 if each[0].score is None else each[0].score)
    return [
        Comment(
            response=response.id,
            ticket=invitation.ticket,
            team=invitation.attribution.team,
            score=response.score,
            text=_shown(response),
        )
        for response, invitation in said[:WORST]
    ]


def _shown(response: Response) -> str:
    text = mask(" ".join("\n".join(response.comments).split()))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def read_entry(found: Figures, actor: str, now: datetime) -> Entry | None:
    """For the audit: whose report showed which comments; None: it shows none."""
    if not found.comments:
        return None
    detail = {"actor": actor, "responses": [each.response for each in found.comments]}
    return Entry(at=now, kind=COMMENTS_READ, about="responses", detail=detail)
