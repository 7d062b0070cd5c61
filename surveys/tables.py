"""Declares survey versions, invitations, responses and answers."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from kernel.engine import metadata
from kernel.sql import Json, Serial, UtcDateTime

survey_versions = Table(
    "survey_versions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("version", String(16), primary_key=True),
    Column("definition", Json, nullable=False),
    Column("first_used_at", UtcDateTime, nullable=False),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("source", String(255), nullable=False),
    Column("ticket", String(255), nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("customer", String(255), nullable=False),
    Column("program", String(64), nullable=False),
    Column("survey", String(64), nullable=False),
    Column("version", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("channels", Json, nullable=False),
    Column("locale", String(16), nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("useful_until", UtcDateTime, nullable=False),
    Column("lasts", Integer, nullable=False),
    Column("attribution", Json, nullable=False),
    Column("channel", String(16)),
    Column("expires_at", UtcDateTime),
    Column("reason", String(64)),
    Column("question", String(64)),
    Column("asked", Integer, nullable=False),
    Column("max_contacts", Integer, nullable=False, server_default="3"),
    Column("terms", Json),
    # What the funnel counts. Of those planned before they were kept, `report` asks what it can.
    Column("closed_at", UtcDateTime),
    Column("attempted", Boolean),
    Column("delivered", Boolean),
    # One closure, one plan: the database's word, whatever two processes think at once.
    UniqueConstraint("source", "ticket", "cycle"),
    Index("ix_invitations_customer", "source", "customer"),
    Index("ix_invitations_closed_at", "closed_at"),
    # Half of a page is left for what becomes of its rows: an update that stays there costs a third,
    # since no index has to hear of it.
    info={"storage": {"fillfactor": 50}},
)

responses = Table(
    "responses",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("invitation", String(64), nullable=False, unique=True),
    Column("source", String(255), nullable=False),
    Column("ticket", String(255), nullable=False),
    Column("survey", String(64), nullable=False),
    Column("version", String(16), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("attribution", Json, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("completed_at", UtcDateTime),
    Column("score", Float),
    Column("rating", Integer),
    Column("low", Boolean, nullable=False),
    Column("suspect", Boolean, nullable=False),
    Column("suspect_reason", String(32)),
    Column("late", Boolean, nullable=False),
    Column("excluded_at", UtcDateTime),
    Index("ix_responses_ticket", "source", "ticket"),
    Index("ix_responses_started_at", "started_at"),
    Index("ix_responses_low", "low", "started_at"),  # the newest of whoever has next to none
)

answers = Table(
    "answers",
    metadata,
    Column("response", String(64), primary_key=True),
    Column("question", String(64), primary_key=True),
    Column("value", Json),
    Column("words", LargeBinary),
    Column("at", UtcDateTime, nullable=False),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("revised_at", UtcDateTime),
    Column("late", Boolean),
    Index("ix_answers_question", "question", "at"),
)

# What an answer was before it was corrected: no version is ever lost.
answer_versions = Table(
    "answer_versions",
    metadata,
    Column("response", String(64), primary_key=True),
    Column("question", String(64), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("value", Json),
    Column("words", LargeBinary),
    Column("at", UtcDateTime, nullable=False),
    Column("replaced_at", UtcDateTime, nullable=False),
    Column("reason", String(32), nullable=False),
)

# What the figures rest on; docs/adr/0009 tells why. Everything below can be made anew from the rows
# above, and `surveys/rollups` alone writes it.

# Invitations of which something that is counted may have changed since they were counted.
figure_marks = Table(
    "figure_marks",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("invitation", String(64), nullable=False),
)

# How each invitation, with its response, was counted last: narrow, and no text to take apart.
figure_facts = Table(
    "figure_facts",
    metadata,
    Column("invitation", String(64), primary_key=True),
    Column("closed_at", UtcDateTime, nullable=False),
    Column("closed_on", UtcDateTime, nullable=False),  # the first instant of that day
    Column("answered_at", UtcDateTime),  # of the headline; null: the response does not count
    Column("answered_on", UtcDateTime),
    *(
        Column(name, String(255))
        for name in ("agent", "team", "region", "product", "category", "program")
    ),
    Column("survey", String(64), nullable=False),
    Column("version", String(16), nullable=False),
    Column("asked_by", String(16)),
    Column("answered_by", String(16)),
    Column("kind", String(16)),
    Column("rating", Integer),
    Column("score", Integer),  # of a point, in parts of which sevenths and hundredths are whole
    Column("low", Integer),
    Column("resolved", Integer),
    Column("waited", Integer),  # seconds from the first send to the first answer
    *(
        Column(name, Integer, nullable=False)
        for name in ("attempted", "delivered", "started", "completed")
    ),
    # Where no view has all names that are asked for, those facts alone are read.
    *(
        Index(f"ix_figure_facts_{name}", name)
        for name in ("agent", "team", "region", "product", "category")
    ),
    Index("ix_figure_facts_closed_at", "closed_at"),
    Index("ix_figure_facts_answered_at", "answered_at"),
)

# Sums of facts by day of the service centre, for each set of names that is often asked for.
# A name that is null is written '', any other with `=` before it; one that a view lacks is ''.
figure_cells = Table(
    "figure_cells",
    metadata,
    Column("view", String(64), primary_key=True),
    Column("day", UtcDateTime, primary_key=True),  # its first instant
    *(
        Column(name, String(256), primary_key=True)
        for name in (
            *("team", "agent", "region", "product", "category", "channel"),
            *("program", "survey", "version", "kind"),
        )
    ),
    *(
        Column(name, BigInteger, nullable=False)
        for name in (
            *("n", "rated", *(f"rated_{rating}" for rating in range(11))),
            *("scored", "score", "score_square", "asked", "resolved", "low", "timed", "waited"),
            *("eligible", "attempted", "delivered", "started", "completed"),
        )
    ),
)

# Closings that may be told otherwise now: those that earned nothing, once they are kept.
fate_marks = Table(
    "fate_marks",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("source", String(255), nullable=False),
    Column("ticket", String(255), nullable=False),
    Column("cycle", Integer, nullable=False),
)

# What became of each closing as it was counted last: asked, waiting, or why nobody was asked.
fate_facts = Table(
    "fate_facts",
    metadata,
    Column("source", String(255), primary_key=True),
    Column("ticket", String(255), primary_key=True),
    Column("cycle", Integer, primary_key=True),
    Column("closed_at", UtcDateTime, nullable=False),
    Column("closed_on", UtcDateTime, nullable=False),  # the first instant of that day
    *(
        Column(name, String(255))
        for name in ("agent", "team", "region", "product", "category", "program")
    ),
    Column("fate", String(64), nullable=False),
    Index("ix_fate_facts_closed_at", "closed_at"),
    Index("ix_fate_facts_fate", "fate", "closed_at"),
)

# Sums of those by day of the service centre; names are written as in the other cells.
fate_cells = Table(
    "fate_cells",
    metadata,
    Column("view", String(64), primary_key=True),
    Column("day", UtcDateTime, primary_key=True),
    Column("fate", String(64), primary_key=True),
    *(
        Column(name, String(256), primary_key=True)
        for name in ("team", "agent", "region", "product", "category", "program")
    ),
    Column("n", BigInteger, nullable=False),
)

# One row: in which zone days were cut, and how often all was counted anew; `fates` where those of
# closings are counted too, or marked.
figure_state = Table(
    "figure_state",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("zone", String(64), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("fates", Boolean),
)
