"""Heeds what customers wish beside an answer that came by no message: to be left alone, a call."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import keywords, ledger
from channels import store as people
from channels.model import OptOutState
from channels.ports import Conversation
from channels.service import Stop, Stops
from kernel import journal
from kernel.vault import Vault, derived_id
from scheduler import store as jobs
from surveys.delivery import call_job
from surveys.model import Invitation
from surveys.news import entry

_WISH = "wish.call_me"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a page's button, or the words of a comment, ask of us; `conversations` are told of a
    stop.
    """

    vault: Vault
    conversations: Mapping[str, Conversation]

    async def hold(self, conn: AsyncConnection, invitation: Invitation) -> None:
        """Lock whatever a stop may concern; the caller locks the invitation after it.

        People, addresses, contacts, invitations: two at once never wait in a ring.
        """
        await self._stops().hold(conn, (invitation.source, invitation.customer), invitation.id)
        await ledger.of_thread(conn, self.vault, invitation.id, lock=True)

    async def heed(
        self,
        conn: AsyncConnection,
        invitation: Invitation,
        wish: keywords.Wish,
        heard: Mapping[str, str],
        now: datetime,
    ) -> None:
        """Do what a comment wishes, if anything; `heard` has its `channel` and `message`."""
        match wish:
            case keywords.OptOutWord():
                await self._stop(conn, invitation, wish, heard["message"], now)
            case keywords.CallMeWord():
                await self.call(conn, invitation, None, heard["channel"], now)
            case _:
                pass

    async def call(
        self,
        conn: AsyncConnection,
        invitation: Invitation,
        slot: tuple[datetime, datetime] | None,
        channel: str,
        now: datetime,
    ) -> None:
        """Have the customer phoned, once, in the slot they chose: as a text that asks for it."""
        if await self.called_for(conn, invitation):
            return
        message = derived_id("w_", invitation.id, _WISH)
        told = entry(invitation, _WISH, now, channel=channel, message=message)
        await journal.append(conn, [told])
        await jobs.enqueue(conn, [call_job(invitation, slot, now)])

    async def called_for(self, conn: AsyncConnection, invitation: Invitation) -> bool:
        """Whether its customer wished to be phoned before."""
        return await journal.last_of(conn, invitation.id, [_WISH]) is not None

    async def _stop(
        self,
        conn: AsyncConnection,
        invitation: Invitation,
        wish: keywords.OptOutWord,
        proof: str,
        now: datetime,
    ) -> None:
        """A comment that says stop binds as a reply that says it: contract section 8."""
        here = None if wish.all_channels else invitation.channel
        stop = Stop(
            source=invitation.source,
            customer=invitation.customer,
            thread=invitation.id,
            channel=here or people.ALL_CHANNELS,
            how="comment",
            proof=proof,
            state=OptOutState.FINAL if wish.certain else OptOutState.PROVISIONAL,
            ticket=invitation.ticket,
        )
        await self._stops().record(conn, stop, now)

    def _stops(self) -> Stops:
        return Stops(vault=self.vault, conversations=self.conversations)
