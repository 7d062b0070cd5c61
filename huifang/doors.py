"""Builds what the service answers over HTTP: the endpoints, joined to what is behind them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import terms
from channels.customers import CustomerDesk
from channels.inbox import Inbox
from channels.pages import PreferencePages, Sheets
from channels.web import TwilioHooks
from huifang.lanes import Core
from huifang.paths import templates
from huifang.views import TicketViews
from kernel.endpoint import Endpoint
from surveys import store as surveys
from surveys.conversation import SurveyConversation
from surveys.web import SurveyPages
from tickets.gathering import Gathering
from tickets.web import EventHooks


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """Where what comes in is taken; `policy` is the contact policy in force."""

    gathering: Gathering
    inbox: Inbox
    conversation: SurveyConversation
    policy: Callable[[], terms.Rules]


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
    views = TicketViews(database=core.database, vault=core.vault)
    endpoints = [
        *hooks.endpoints(),
        *views.endpoints(),
        *customers.endpoints(),
        *survey_pages.endpoints(),
        *preference_pages.endpoints(),
        *_carrier(core, inside),
    ]
    return Doors(endpoints=endpoints, sheets=[survey_pages.sheets, preference_pages.sheets])


def _survey_pages(core: Core, inside: Inside) -> SurveyPages:
    return SurveyPages(
        database=core.database,
        vault=core.vault,
        conversation=inside.conversation,
        keys=core.settings.secret_keys,
        templates=templates(),
        brand=core.rules.brand.name,
    )


def _preference_pages(core: Core, inside: Inside) -> PreferencePages:
    return PreferencePages(
        database=core.database,
        vault=core.vault,
        conversations=core.conversations,
        customer_of=_customer_of,
        keys=core.settings.secret_keys,
        templates=templates(),
        brand=core.rules.brand.name,
        rules=inside.policy,
    )


def _carrier(core: Core, inside: Inside) -> list[Endpoint]:
    account = core.settings.twilio
    if account is None:
        return []
    hooks = TwilioHooks(
        inbox=inside.inbox,
        database=core.database,
        vault=core.vault,
        conversations=core.conversations,
        token=account.token,
        public_url=core.settings.public_url,
    )
    return hooks.endpoints()


async def _customer_of(conn: AsyncConnection, invitation: str) -> tuple[str, str] | None:
    """The customer of an invitation, whom a preference link is for."""
    found = (await surveys.load_invitations(conn, [invitation])).get(invitation)
    return (found.source, found.customer) if found else None
