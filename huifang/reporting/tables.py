"""Declares which scheduled reports went out."""

from sqlalchemy import Column, String, Table

from kernel.engine import metadata
from kernel.sql import UtcDateTime

# One report, one period, one language: one mail. The database's word, whatever two replicas think.
report_mails = Table(
    "report_mails",
    metadata,
    Column("report", String(64), primary_key=True),
    Column("period", String(16), primary_key=True),
    Column("locale", String(16), primary_key=True),
    Column("every", String(8), nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("reason", String(64)),
)
