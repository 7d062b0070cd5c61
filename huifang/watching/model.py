"""Says what the watch looks for, and what it has found."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from kernel.vault import derived_id
from surveys.watch import Finding, Hits


class Matter(StrEnum):
    """What may be out of the ordinary; each is the kind of a notice."""

    DROPPED = "watch.dropped"  # more low scores than usual
    UNASKED = "watch.unasked"  # closings that a tag or a close reason kept from being asked about
    HANDED_ON = "watch.handed_on"  # closings whose ticket somebody else had to close again
    CLOSE_REASON = "watch.close_reason"  # one close reason, more often than others give it


DROPS_BY = ("team", "product", "region", "survey")
DIFFERS_BY = ("agent", "team")

SKIPPED = ("skipped_tag", "skipped_close_reason", "own_ticket")
"""Why nobody was asked, as far as whoever closes a ticket decides it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where something is out of the ordinary."""

    matter: Matter
    dimension: str
    name: str
    close_reason: str | None = None

    @property
    def id(self) -> str:
        """The same for the same matter of the same name."""
        return derived_id("w_", self.matter, self.dimension, self.name, self.close_reason or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one look found at a spot, in the rows from `since` up to `until`."""

    spot: Spot
    finding: Finding
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A finding as it is kept; `over_at`: since when it is not there any more.

    `told` and `told_usual` are what managers heard last.
    """

    seen: Seen
    found_at: datetime
    seen_at: datetime
    over_at: datetime | None
    told_at: datetime
    told: Hits
    told_usual: float


def rows_of(seen: Seen) -> str:
    """The path, with filters, at which the API lists the rows behind a finding."""
    spot = seen.spot
    if spot.matter is not Matter.DROPPED:
        return f"/v1/watch/{spot.id}/rows"
    period = {"from": seen.since.isoformat(), "to": seen.until.isoformat()}
    return "/v1/responses?" + urlencode(
        {**period, spot.dimension: spot.name, "low": "true", "by": "counted"}
    )


def page_of(seen: Seen, place: ZoneInfo) -> str:
    """The path of the page on which a manager sees it; days are those of `place`, both shown."""
    spot = seen.spot
    path = "/responses" if spot.matter is Matter.DROPPED else "/why-not"
    days = {
        "from": seen.since.astimezone(place).date().isoformat(),
        "to": (seen.until.astimezone(place) - timedelta.resolution).date().isoformat(),
    }
    more = {"low": "true"} if spot.matter is Matter.DROPPED else {}
    return f"{path}?" + urlencode({**days, spot.dimension: spot.name, **more})
