"""Builds what the service answers over HTTP: the endpoints, joined to what is behind them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.model import ComplaintRules
from callbacks.web import ComplaintDesk
from channels import terms
from channels.calls import CallHooks
from channels.customers import CustomerDesk
from channels.envelope import sender_of
from channels.inbox import Inbox
from channels.mailroom import Mailroom
from channels.pages import PreferencePages
from channels.sheets import Sheets, brand_style
from channels.web import MailHooks, TwilioHooks
from huifang.audit import Audit
from huifang.board import Board
from huifang.lanes import Core
from huifang.library import Library
from huifang.numbers import Numbers
from huifang.paths import templates
from huifang.views import TicketViews
from kernel.endpoint import Endpoint
from surveys import store as surveys
from surveys.conversation import SurveyConversation
from surveys.delivery import CONVERSATION
from surveys.inbox import UnmatchedReplies
from surveys.model import Survey
from surveys.web import SurveyPages
from tickets.gathering import Gathering
from tickets.web import EventHooks


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """Where what comes in is taken; `policy`, `surveys` and `complaints` are those in force, as
    is the centre's `timezone`.
    """

    gathering: Gathering
    inbox: Inbox
    conversation: SurveyConversation
    policy: Callable[[], terms.Rules]
    surveys: Callable[[], Mapping[str, Survey]]
    complaints: Callable[[], ComplaintRules]
    timezone: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """The endpoints, and the sheets that their pages are set on."""

    endpoints: Sequence[Endpoint]
    sheets: Sequence[Sheets]


def open_doors(core: Core, inside: Inside) -> Doors:
    """Every endpoint of the service but its probes."""
    survey_pages, preference_pages = _survey_pages(core, inside), _preference_pages(core, inside)
    hooks = EventHooks(
        gathering=inside.gathering,
        secrets=core.settings.ingest_secrets,
        zammad_secret=core.settings.ticketing.secret,
        on_taken=core.metrics.count_events,
    )
    customers = CustomerDesk(
        database=core.database,
        vault=core.vault,
        conversations=core.conversations,
        rules=inside.policy,
    )
    unmatched = UnmatchedReplies(
        database=core.database, vault=core.vault, conversation=inside.conversation
    )
    views = TicketViews(database=core.database, vault=core.vault)
    numbers = Numbers(
        database=core.database,
        vault=core.vault,
        conversation=inside.conversation,
        timezone=inside.timezone,
    )
    complaints = ComplaintDesk(database=core.database, vault=core.vault, rules=inside.complaints)
    endpoints = [
        *hooks.endpoints(),
        *views.endpoints(),
        *customers.endpoints(),
        *unmatched.endpoints(),
        *complaints.endpoints(),
        *Board(database=core.database).endpoints(),
        *Library(database=core.database, surveys=inside.surveys).endpoints(),
        *numbers.endpoints(),
        *Audit(database=core.database).endpoints(),
        *survey_pages.endpoints(),
        *preference_pages.endpoints(),
        brand_style(),
        *_carrier(core, inside),
        *_mailroom(core, inside),
    ]
    return Doors(endpoints=endpoints, sheets=[survey_pages.sheets, preference_pages.sheets])


def _survey_pages(core: Core, inside: Inside) -> SurveyPages:
    return SurveyPages(
        database=core.database,
        vault=core.vault,
        conversation=inside.conversation,
        keys=core.settings.secret_keys,
        templates=templates(),
        brand=core.rules.brand,
    )


def _preference_pages(core: Core, inside: Inside) -> PreferencePages:
    return PreferencePages(
        database=core.database,
        vault=core.vault,
        conversations=core.conversations,
        customer_of=_customer_of,
        keys=core.settings.secret_keys,
        templates=templates(),
        brand=core.rules.brand,
        rules=inside.policy,
    )


def _mailroom(core: Core, inside: Inside) -> list[Endpoint]:
    """Where a mail gateway posts; without a relay there is no mailbox whose tags are ours."""
    relay = core.settings.relay
    mailroom = Mailroom(
        database=core.database,
        vault=core.vault,
        inbox=inside.inbox,
        conversations=core.conversations,
        sender=sender_of(relay.sender if relay else "", core.settings.secret_keys),
    )
    return MailHooks(mailroom=mailroom).endpoints()


def _carrier(core: Core, inside: Inside) -> list[Endpoint]:
    account = core.settings.twilio
    if account is None:
        return []
    calls = CallHooks(
        inbox=inside.inbox,
        database=core.database,
        vault=core.vault,
        conversations=core.conversations,
        speakers={CONVERSATION: inside.conversation},
        render=core.render,
        token=account.token,
        public_url=core.settings.public_url,
    )
    hooks = TwilioHooks(
        inbox=inside.inbox,
        database=core.database,
        vault=core.vault,
        conversations=core.conversations,
        token=account.token,
        public_url=core.settings.public_url,
    )
    return [*hooks.endpoints(), *calls.endpoints()]


async def _customer_of(conn: AsyncConnection, invitation: str) -> tuple[str, str] | None:
    """The customer of an invitation, whom a preference link is for."""
    found = (await surveys.load_invitations(conn, [invitation])).get(invitation)
    return (found.source, found.customer) if found else None
