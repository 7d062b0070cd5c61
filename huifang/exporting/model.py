"""Says what an export is: what was asked for, how far it is, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from kernel.endpoint import Role


class Format(StrEnum):
    """How the file is written; its name ends in this."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"
    JSONL = "jsonl"


class Grain(StrEnum):
    """What a row is: a response, or a closed ticket."""

    RESPONSE = "response"
    TICKET = "ticket"


class ExportState(StrEnum):
    """How far an export is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNDER_WAY = (ExportState.QUEUED, ExportState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for: `filter` as `/v1/responses` takes it, JSON; `tz` an IANA zone.

    `comments`: what customers said in words too; `identities`: who they are.
    """

    format: Format
    grain: Grain
    filter: Mapping[str, Any]
    tz: str
    bom: bool = False
    comments: bool = True
    identities: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What is in a file: `versions` by survey, `columns` as (name, kind)."""

    rows: int
    bytes: int
    sha256: str
    versions: Mapping[str, Sequence[str]]
    columns: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """An export; `made` once it is done, `removed_at` since when its file is not kept any more.

    `job` is the key of the job that makes it. `by` is the key's name or the person's login, `role`
    what they were; `progress` is 0 to 1, `reason` why it failed.
    """

    id: str
    job: str
    state: ExportState
    order: Order
    by: str
    role: Role
    progress: float
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    made: Made | None
    reason: str | None
    removed_at: datetime | None
