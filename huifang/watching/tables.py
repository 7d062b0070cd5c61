"""Declares what the watch found."""

from sqlalchemy import Column, Float, Index, Integer, String, Table

from kernel.engine import metadata
from kernel.sql import UtcDateTime

watch_findings = Table(
    "watch_findings",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(48), nullable=False),
    Column("dimension", String(16), nullable=False),
    Column("name", String(255), nullable=False),
    Column("close_reason", String(255)),
    Column("hits", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("usual_hits", Integer, nullable=False),
    Column("usual_n", Integer, nullable=False),
    Column("limit", Float, nullable=False),
    Column("chance", Float, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("found_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("over_at", UtcDateTime),
    # What managers were told last, so that they hear of it again only where it changed.
    Column("told_at", UtcDateTime, nullable=False),
    Column("told_hits", Integer, nullable=False),
    Column("told_n", Integer, nullable=False),
    Column("told_usual", Float, nullable=False),
    Index("ix_watch_findings_found_at", "found_at", "id"),
)
