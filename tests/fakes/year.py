"""A year of a service centre's answers, made up in sets: the same ones each time."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from callbacks.tables import complaints
from huifang import catalogue
from kernel.engine import Database
from kernel.journal import journal
from kernel.sql import insert_all
from kernel.vault import Vault
from surveys import store
from surveys.ledger import place
from surveys.rollups.duties import Folding
from surveys.rollups.ledger import mark
from surveys.tables import answers, invitations, responses
from tickets.tables import closures, tickets

SOURCE = "/tickets"
ZONE = "Asia/Shanghai"

#: Teams, each with its agents and how its customers rate: the weights of 1 to 5.
_TEAMS: Mapping[str, tuple[tuple[str, ...], tuple[int, ...]]] = {
    "NOC-1": (("A-1", "A-2", "A-3"), (2, 3, 8, 30, 57)),
    "NOC-2": (("A-7", "A-9"), (10, 12, 18, 30, 30)),
    "装维一班": (("A-11", "A-12"), (3, 4, 10, 33, 50)),
    "营业厅": (("A-21",), (5, 6, 14, 35, 40)),
}
_REGIONS = ("GD", "JX", "ZJ")
_PRODUCTS = ("fibre", "mobile", "iptv")
_CATEGORIES = ("broadband_fault", "billing", "installation", "signal")
_ASKED_BY = ("sms", "sms", "sms", "email", "voice")
_NOT_OWED = (
    *("not_sampled",) * 6,
    *("skipped_tag", "too_old", "already_asked", "no_program", "skipped_close_reason"),
)
_WORDS: Mapping[str, tuple[str, ...]] = {
    "broadband_fault": (
        "宽带又断了，师傅三天没来，网速很慢",
        "宽带断网两次，重启光猫也没用",
        "The engineer never came and the broadband is still down",
    ),
    "billing": (
        "账单多扣了流量费，客服解释不清楚",
        "多扣费了，要求退款，电话13800138000",
        "Charged twice on my bill and no refund yet",
    ),
    "installation": ("安装师傅迟到两小时，线路走得很乱", "Installation was late by two hours"),
    "signal": ("家里手机信号太差，打不了电话", "No signal at home since Monday"),
}


async def year(database: Database, vault: Vault, now: datetime, size: int = 3_000) -> None:
    """`size` closures of the year before `now`: of a fifth nobody was asked, of the rest about two
    in three answered; and what the low ones led to. Figures are folded in the end.
    """
    csat = catalogue.shipped()["csat"]
    made = _Made(now=now, version=csat.version, vault=vault)
    for number in range(size):
        made.closing(number, now - timedelta(days=365) * (number + 0.5) / size)
    async with database.write() as conn:
        await store.publish_versions(conn, [csat], now - timedelta(days=365))
        for table, rows in made.rows:
            await insert_all(conn, table, rows)
        await mark(conn, [row["id"] for row in made.invitations])
    await Folding(database=database, timezone=lambda: ZONE)(now)


class _Made:
    """The rows of all tables."""

    def __init__(self, now: datetime, version: str, vault: Vault) -> None:
        self.now, self.version, self.vault = now, version, vault
        self.chance = Random(7)
        self.tickets: list[dict[str, Any]] = []
        self.closures: list[dict[str, Any]] = []
        self.invitations: list[dict[str, Any]] = []
        self.responses: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []
        self.complaints: list[dict[str, Any]] = []
        self.journal: list[dict[str, Any]] = []

    @property
    def rows(self) -> Sequence[tuple[Any, list[dict[str, Any]]]]:
        return (
            (tickets, self.tickets),
            (closures, self.closures),
            (invitations, self.invitations),
            (responses, self.responses),
            (answers, self.answers),
            (complaints, self.complaints),
            (journal, self.journal),
        )

    def closing(self, number: int, at: datetime) -> None:
        """One ticket is closed, and what follows."""
        chance, ticket = self.chance, f"T-{number}"
        team = chance.choice(list(_TEAMS))
        facts = {
            "agent": chance.choice(_TEAMS[team][0]),
            "team": team,
            "region": chance.choice(_REGIONS),
            "product": chance.choice(_PRODUCTS),
            "category": chance.choice(_CATEGORIES),
        }
        self.tickets.append(
            {
                "source": SOURCE,
                "id": ticket,
                "status": "closed",
                "reopens": 0,
                "customer": f"C-{number}",
                "changed_at": at,
            }
        )
        self.closures.append(
            {
                "source": SOURCE,
                "ticket": ticket,
                "cycle": 1,
                "closed_at": at,
                "customer": f"C-{number}",
                "superseded": False,
                "facts": dict(facts),
            }
        )
        if number % 5 == 0:
            reason = chance.choice(_NOT_OWED)
            program = None if reason == "no_program" else "default"
            said = {"verdict": "suppress", "reason": reason, "program": program}
            self._tell(at, "decision", "closure:1", ticket, {"cycle": 1, "rules": [], **said})
            return
        said = {"verdict": "allow", "program": "default", "survey": "csat", "until": at.isoformat()}
        self._tell(at, "decision", f"i_{number}", ticket, {"cycle": 1, "rules": [], **said})
        self._ask(number, at, facts)

    def _ask(self, number: int, at: datetime, facts: Mapping[str, str]) -> None:
        chance = self.chance
        by, refused = chance.choice(_ASKED_BY), number % 23 == 1
        answered = not refused and chance.random() < 0.65
        self.invitations.append(
            {
                "id": f"i_{number}",
                "source": SOURCE,
                "ticket": f"T-{number}",
                "cycle": 1,
                "customer": f"C-{number}",
                "program": "default",
                "survey": "csat",
                "version": self.version,
                "channels": [by],
                "locale": "zh-CN",
                "due_at": at,
                "state": "suppressed" if refused else "completed" if answered else "expired",
                "reason": "opt_out" if refused else None if answered else "unanswered",
                "useful_until": at + timedelta(days=7),
                "lasts": 604_800,
                "asked": 0,
                "attribution": {**facts, "channel": None},
                "channel": None if refused else by,
                "expires_at": None if refused else at + timedelta(days=7),
                "max_contacts": 3,
                "terms": None,
                "closed_at": at,
                "attempted": not refused,
                "delivered": not refused and chance.random() < 0.95,
            }
        )
        if answered:
            self._answer(number, at + timedelta(hours=chance.randint(1, 30)), by, facts)

    def _answer(self, number: int, at: datetime, by: str, facts: Mapping[str, str]) -> None:
        chance, id_ = self.chance, f"r_{number}"
        [rating] = chance.choices(range(1, 6), _TEAMS[facts["team"]][1])
        self.responses.append(
            {
                "id": id_,
                "invitation": f"i_{number}",
                "source": SOURCE,
                "ticket": f"T-{number}",
                "survey": "csat",
                "version": self.version,
                "channel": "web" if by == "email" else by,
                "attribution": dict(facts),
                "started_at": at,
                "completed_at": at,
                "score": rating * 20.0,
                "rating": rating,
                "low": rating < 3,
                "suspect": False,
                "suspect_reason": None,
                "late": False,
                "excluded_at": None,
            }
        )
        self._say(id_, "satisfaction", at, value=rating)
        self._say(id_, "resolved", at, value=rating > 2)
        if rating < 3:
            self._say(id_, "comment", at, words=chance.choice(_WORDS[facts["category"]]))
            self._complain(number, at, rating)

    def _say(
        self, id_: str, question: str, at: datetime, value: Any = None, words: str | None = None
    ) -> None:
        sealed = None if words is None else self.vault.seal(words, place(id_, question))
        self.answers.append(
            {"response": id_, "question": question, "value": value, "words": sealed, "at": at}
        )

    def _complain(self, number: int, at: datetime, rating: int) -> None:
        chance, id_, ticket = self.chance, f"x_{number}", f"T-{number}"
        took = timedelta(minutes=chance.choice((4, 8, 11, 14, 30)))
        self.complaints.append(
            {
                "id": id_,
                "source": SOURCE,
                "ticket": ticket,
                "cycle": 1,
                "owner": None,
                "invitation": f"i_{number}",
                "response": f"r_{number}",
                "state": "closed",
                "classed": "default",
                "opened_at": at,
                "tell_by": at + timedelta(days=1),
                "respond_by": at + timedelta(minutes=15),
                "resolve_by": at + timedelta(hours=2),
                "score": rating * 20.0,
                "rating": rating,
                "question": "satisfaction",
                "version": self.version,
                "answers": {"satisfaction": rating},
                "reopen": "none",
            }
        )
        self._tell(at, "complaint.opened", id_, ticket, {})
        self._tell(at + took, "complaint.acknowledged", id_, ticket, {})
        self._tell(at + 6 * took, "complaint.resolved", id_, ticket, {})

    def _tell(self, at: datetime, kind: str, about: str, ticket: str, detail: Any) -> None:
        self.journal.append(
            {
                "at": at,
                "kind": kind,
                "about": about,
                "source": SOURCE,
                "ticket": ticket,
                "detail": detail,
                "actor": None,
            }
        )
