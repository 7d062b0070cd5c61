"""Declares the job that ends an invitation nobody answered."""

from dataclasses import dataclass
from datetime import timedelta

from scheduler.job import Kind, Ladder


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire:
    """End this invitation, unless it was answered to the end."""

    invitation: str


EXPIRE = Kind(
    name="invitation.expire",
    payload=Expire,
    ladder=Ladder(pauses=tuple(timedelta(minutes=pause) for pause in (1, 5, 30, 120, 360))),
)
