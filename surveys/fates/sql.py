"""Writes down what became of a closing, once, for all who count."""

from typing import Any

from sqlalchemy import and_, case, func, literal, or_, select

from kernel.journal import journal
from surveys.model import OPEN_STATES
from surveys.rollups.sql import ATTRIBUTED
from surveys.tables import fate_facts, invitations, responses
from tickets.listing import closings

ASKED, WAITING = "asked", "waiting"
"""Fates that are no reasons: a contact went out, or one will."""

UNDECIDED = "undecided"
"""The fate of closings of which no decision is on record."""

KEY = ("source", "ticket", "cycle")
NAMES = (*ATTRIBUTED, "program")
"""By what closings are grouped and chosen; nobody was asked yet, so there is no channel."""

TOLD = (*KEY, "closed_at", *NAMES, "fate")

VIEWS: tuple[tuple[str, ...], ...] = (
    (),
    *((name,) for name in ("team", "program", "region", "product", "category")),
    *(("team", name) for name in ("agent", "program", "region", "product", "category")),
)
"""By which names together sums are kept: the page shows whatever it is asked about by team."""


def rows(*conditions: Any) -> Any:
    """Every closing that meets conditions about `CLOSING`, with `TOLD` as the rows are now."""
    closed, invited = CLOSING, _invited()
    mine = and_(*(invited.c[name] == closed[name] for name in KEY))
    detail = case((invited.c.fate.is_(None), _decided(closed)), else_=None).label("detail")
    said = (
        select(*(closed[name] for name in (*KEY, "closed_at", *ATTRIBUTED)))
        .add_columns(invited.c.program, invited.c.fate, detail)
        .select_from(closed.source.table.outerjoin(invited, mine))
        .where(*conditions)
        .subquery()
        .c
    )
    program = func.coalesce(said.program, said.detail["program"].as_string()).label("program")
    told = said.detail["reason"].as_string()
    fate = func.coalesce(said.fate, told, literal(UNDECIDED)).label("fate")
    return select(*(said[name] for name in (*KEY, "closed_at", *ATTRIBUTED)), program, fate)


CLOSING = closings().subquery("closed").c
"""The closings of `rows`, to be narrowed before anything is joined to them."""

KEPT = fate_facts.c
"""Closings as they were counted last."""


def _invited() -> Any:
    """What became of every invitation, to be joined with the closings that earned them."""
    of = invitations.c
    sent = or_(of.attempted.is_(True), of.delivered.is_(True), of.expires_at.is_not(None))
    # Of those that were sent nobody has to look whether they were answered.
    answered = select(responses.c.id).where(responses.c.invitation == of.id).exists()
    waits = of.state.in_([state.value for state in OPEN_STATES])
    fate = case(
        (sent, literal(ASKED)),
        (answered, literal(ASKED)),
        (waits, literal(WAITING)),
        else_=func.coalesce(of.reason, of.state),
    )
    return select(*(of[name] for name in KEY), of.program, fate.label("fate")).subquery()


def _decided(closed: Any) -> Any:
    """What the newest decision about a closing said that earned no survey."""
    of = journal.c
    return (
        select(of.detail)
        .where(of.source == closed.source, of.ticket == closed.ticket)
        .where(of.about == closed.told_as, of.kind == "decision")
        .order_by(of.id.desc())
        .limit(1)
        .correlate(closed.source.table)
        .scalar_subquery()
    )
