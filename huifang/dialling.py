"""Joins the dialling of callbacks to the rest: who rings, who answers the carrier, who gets it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from callbacks.dialling.calls import DialHooks
from callbacks.dialling.conversation import CallbackCalls, CustomerCalls
from callbacks.dialling.jobs import DIAL, SETTLE
from callbacks.dialling.legs import CONVERSATION, Legs
from callbacks.dialling.model import Agent, Setting
from callbacks.dialling.outcomes import Ends
from callbacks.dialling.render import Markup
from callbacks.dialling.service import Dialling
from callbacks.dialling.settling import SettlingDials
from callbacks.dialling.waiting import Assigning
from callbacks.dialling.web import DialDesk
from channels.inbox import Inbox
from channels.pacing import Pacing
from channels.ports import Conversation, Operator, Switchboard
from huifang.rules import Rules
from kernel.barrier import Barrier
from kernel.endpoint import Endpoint
from kernel.engine import Database
from kernel.vault import Vault
from scheduler.ports import Clock, Handler

_GRACE = timedelta(seconds=60)


def setting_of(rules: Rules, grace: timedelta = _GRACE) -> Setting:
    """What the operator says of dialling; `grace` as in `Setting`."""
    return Setting(
        grace=grace,
        callbacks=rules.callbacks,
        policy=rules.policy,
        version=rules.version,
        agents={
            each.id: Agent(
                id=each.id, name=each.name, team=each.team, phone=each.phone, locale=each.locale
            )
            for each in rules.agents
        },
        brand=rules.brand.name,
    )


@dataclass(slots=True, kw_only=True)
class Dials:
    """All that dials in one process; `carrier` rings our own people, if it can."""

    database: Database
    vault: Vault
    clock: Clock
    rules: Rules
    conversations: Mapping[str, Conversation]
    carrier: object
    public_url: str
    barrier: Barrier
    grace: timedelta = _GRACE
    _setting: Setting = field(init=False)

    def __post_init__(self) -> None:
        self.adopt(self.rules)

    def adopt(self, rules: Rules) -> None:
        """Go by other rules from now on; a dial in hand goes on by them too."""
        self._setting = setting_of(rules, self.grace)

    def setting(self) -> Setting:
        """What the operator says now."""
        return self._setting

    @property
    def switchboard(self) -> Switchboard | None:
        """Who rings our own people; None: nobody can."""
        return self.carrier if isinstance(self.carrier, Switchboard) else None

    @property
    def ends(self) -> Ends:
        """Who ends dials."""
        return Ends(vault=self.vault, setting=self.setting)

    def conversation(self) -> CallbackCalls:
        """The author of callbacks' calls."""
        return CallbackCalls(vault=self.vault, ends=self.ends)

    def handlers(self, pacing: Pacing) -> Mapping[str, Handler]:
        """Who carries out which job; `pacing` is that of the carrier's account."""
        return {
            DIAL.name: Dialling(
                database=self.database,
                clock=self.clock,
                vault=self.vault,
                setting=self.setting,
                switchboard=self.switchboard,
                ends=self.ends,
                pacing=pacing,
                barrier=self.barrier,
            ),
            SETTLE.name: SettlingDials(
                database=self.database,
                vault=self.vault,
                switchboard=self.switchboard,
                conversations=self.conversations,
                ends=self.ends,
            ),
        }

    def assigning(self) -> Assigning:
        """Who gives away what nobody claims."""
        return Assigning(database=self.database, vault=self.vault, setting=self.setting)

    def desk(self) -> DialDesk:
        """Where agents ask for a dial, and say that they are there."""
        return DialDesk(
            database=self.database,
            vault=self.vault,
            setting=self.setting,
            can_call=self.switchboard is not None,
        )

    def hooks(self, token: str) -> list[Endpoint]:
        """What the carrier asks, signed with its token."""
        legs = self._legs()
        if legs is None:
            return []
        hooks = DialHooks(
            legs=legs, conversations=self.conversations, token=token, barrier=self.barrier
        )
        return hooks.endpoints()

    def operators(self, inbox: Inbox) -> Mapping[str, Operator]:
        """Who has customers joined to agents."""
        legs = self._legs()
        if legs is None:
            return {}
        return {
            CONVERSATION: CustomerCalls(legs=legs, conversations=self.conversations, inbox=inbox)
        }

    def _legs(self) -> Legs | None:
        board = self.switchboard
        if board is None:
            return None
        return Legs(
            database=self.database,
            vault=self.vault,
            setting=self.setting,
            switchboard=board,
            ends=self.ends,
            markup=Markup(public_url=self.public_url),
            barrier=self.barrier,
        )
