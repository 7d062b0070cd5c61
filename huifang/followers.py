"""Tells several followers of tickets the same news, one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from tickets.ports import Follower, News


@dataclass(frozen=True, slots=True, kw_only=True)
class InTurn:
    """A follower made of others; each works in the transaction that keeps the news."""

    followers: tuple[Follower, ...]

    async def on_news(self, conn: AsyncConnection, news: Sequence[News], now: datetime) -> None:
        """Tell each, in order."""
        for follower in self.followers:
            await follower.on_news(conn, news, now)
