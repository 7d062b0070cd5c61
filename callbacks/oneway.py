"""Hears what is said to messages that ask nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.ports import Reply, Said


class OneWay:
    """What is alike in every `channels.ports.Conversation` that tells and asks nothing."""

    __slots__ = ()

    async def on_reply(
        self, conn: AsyncConnection, replies: Sequence[Reply], now: datetime
    ) -> Mapping[str, Said]:
        """All that is said waits for a person."""
        return {item.id: Said(matched=False, reason="no_open_question") for item in replies}

    async def on_opt_out(
        self, conn: AsyncConnection, threads: Sequence[str], now: datetime
    ) -> None:
        """The gate holds back what is not sent yet; a stop by text is none for the phone."""

    async def on_later(
        self, conn: AsyncConnection, threads: Sequence[str], until: datetime, now: datetime
    ) -> Mapping[str, datetime | None]:
        """Nothing is asked that could be asked again."""
        return {}

    async def on_choice(
        self, conn: AsyncConnection, who: Sequence[tuple[str, str]], now: datetime
    ) -> None:
        """What was put off goes out at its time."""
