"""Builds what the service answers over HTTP: the endpoints, joined to what is behind them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.dialling.legs import CONVERSATION as DIALLING
from callbacks.model import ComplaintRules
from callbacks.promises.service import Terms
from callbacks.promises.web import CallbackDesk
from callbacks.web import ComplaintDesk
from channels import terms
from channels.calls import CallHooks
from channels.customers import CustomerDesk
from channels.envelope import sender_of
from channels.inbox import Inbox
from channels.limits import Guesses
from channels.mailroom import Mailroom
from channels.pages import PreferencePages
from channels.ports import Promiser
from channels.sheets import Sheets, brand_style
from channels.web import MailHooks, TwilioHooks
from huifang.audit import Audit
from huifang.board import Board
from huifang.erasing import open_erasure
from huifang.exporting.shelf import Shelf
from huifang.exporting.web import Exports
from huifang.lanes import Core
from huifang.logs import mask
from huifang.paths import templates
from huifang.recordings import Voices
from huifang.ruleterms import Agent, Targets
from huifang.staff.account import Account
from huifang.staff.calendars import Calendars
from huifang.staff.complaints import ComplaintPages
from huifang.staff.entrance import BACK, WAY, Entrance
from huifang.staff.exports import ExportPages
from huifang.staff.frame import StaffPages
from huifang.staff.live import Live
from huifang.staff.managers import Managers
from huifang.staff.oidc import Provider
from huifang.staff.sessions import Sessions
from huifang.staff.sign_in import SignIn
from huifang.staff.worklist import Worklist
from huifang.subject import SubjectDesk
from huifang.watching.web import Watch
from kernel.endpoint import Endpoint
from scheduler.limits import Tries
from surveys import store as surveys
from surveys.conversation import SurveyConversation
from surveys.delivery import CONVERSATION
from surveys.inbox import UnmatchedReplies
from surveys.model import Survey
from surveys.programs import Program
from surveys.web import SurveyPages
from tickets.gathering import Gathering
from tickets.web import EventHooks


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """Where what comes in is taken; `policy`, `surveys`, `complaints` and `calls` are those in
    force, as is the centre's `timezone`. `patience`: how long an answer may wait for a carrier.
    """

    gathering: Gathering
    inbox: Inbox
    conversation: SurveyConversation
    sessions: Sessions
    agents: Callable[[], Sequence[Agent]]
    policy: Callable[[], terms.Rules]
    surveys: Callable[[], Mapping[str, Survey]]
    complaints: Callable[[], ComplaintRules]
    calls: Callable[[], Terms]
    promises: Promiser
    timezone: Callable[[], str]
    targets: Callable[[], Targets]
    programs: Callable[[], Sequence[Program]]
    exports_kept: Callable[[], timedelta]
    patience: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """The endpoints, and the sheets that their pages are set on."""

    endpoints: Sequence[Endpoint]
    sheets: Sequence[Sheets | StaffPages]


def open_doors(core: Core, inside: Inside) -> Doors:
    """Every endpoint of the service but its probes."""
    staff_pages = StaffPages(
        templates=templates(),
        brand=core.rules.brand,
        public_url=core.settings.public_url,
        timezone=inside.timezone,
    )
    guesses = Guesses(tries=Tries(core.redis) if core.redis is not None else None)
    survey_pages = _survey_pages(core, inside, guesses)
    preference_pages = _preference_pages(core, inside, guesses)
    customers = CustomerDesk(
        database=core.database,
        vault=core.vault,
        conversations=core.conversations,
        rules=inside.policy,
    )
    unmatched = UnmatchedReplies(
        database=core.database, vault=core.vault, conversation=inside.conversation, mask=mask
    )
    managers = Managers(
        core=core,
        pages=staff_pages,
        conversation=inside.conversation,
        surveys=inside.surveys,
        programs=inside.programs,
        timezone=inside.timezone,
        targets=inside.targets,
    )
    complaints = _complaints(core, inside)
    callbacks = CallbackDesk(database=core.database, vault=core.vault, terms=inside.calls)
    endpoints = [
        *_event_hooks(core, inside).endpoints(),
        *managers.endpoints(),
        *customers.endpoints(),
        *unmatched.endpoints(),
        *complaints.endpoints(),
        *callbacks.endpoints(),
        *core.dials.desk().endpoints(),
        *Board(database=core.database).endpoints(),
        *Watch(database=core.database).endpoints(),
        *Audit(database=core.database).endpoints(),
        *Voices(database=core.database, vault=core.vault).endpoints(),
        *_subject(core).endpoints(),
        *_exports(core, inside, staff_pages),
        *survey_pages.endpoints(),
        *preference_pages.endpoints(),
        brand_style(),
        *_carrier(core, inside),
        *_mailroom(core, inside),
        *_staff_pages(core, inside, staff_pages),
    ]
    sheets = (survey_pages.sheets, preference_pages.sheets, staff_pages)
    return Doors(endpoints=endpoints, sheets=sheets)


def _complaints(core: Core, inside: Inside) -> ComplaintDesk:
    return ComplaintDesk(
        database=core.database,
        vault=core.vault,
        rules=inside.complaints,
        patience=inside.patience,
    )


def _subject(core: Core) -> SubjectDesk:
    """All that is held of a customer, and its erasure."""
    return SubjectDesk(
        database=core.database,
        vault=core.vault,
        erasure=open_erasure(core.settings, core.database, core.vault, core.redis),
    )


def _event_hooks(core: Core, inside: Inside) -> EventHooks:
    """Where ticketing systems post."""
    return EventHooks(
        gathering=inside.gathering,
        fetching=core.fetching,
        secrets=core.settings.ingest_secrets,
        secret_of=partial(_secret_of, core),
        on_taken=core.metrics.count_events,
    )


def _secret_of(core: Core, source: str) -> str | None:
    """What the desk of an event source shares with us."""
    return core.rules.desks.get(source, core.settings.ticketing).secret


def _staff_pages(core: Core, inside: Inside, pages: StaffPages) -> list[Endpoint]:
    """What people see who are signed in, and the way in."""
    organisation = WAY if core.settings.organisation else None
    sign_in = SignIn(sessions=inside.sessions, pages=pages, organisation=organisation)
    calendars = Calendars(
        database=core.database,
        vault=core.vault,
        keys=core.settings.secret_keys,
        pages=pages,
        agents=inside.agents,
    )
    return [
        *sign_in.endpoints(),
        *_worklist(core, inside, pages).endpoints(),
        *Live(database=core.database).endpoints(),
        *_organisation(core, inside, pages),
        *calendars.endpoints(),
        *Account(sessions=inside.sessions, pages=pages, calendars=calendars).endpoints(),
        *_board(core, inside, pages).endpoints(),
    ]


def _exports(core: Core, inside: Inside, pages: StaffPages) -> list[Endpoint]:
    """Files for people who count with other tools, over the API and on a page."""
    exports = Exports(
        database=core.database,
        shelf=Shelf(folder=core.settings.exports),
        timezone=inside.timezone,
    )
    page = ExportPages(exports=exports, pages=pages, kept_for=inside.exports_kept)
    return [*exports.endpoints(), *page.endpoints()]


def _worklist(core: Core, inside: Inside, pages: StaffPages) -> Worklist:
    return Worklist(
        desk=CallbackDesk(database=core.database, vault=core.vault, terms=inside.calls),
        dialling=core.dials.desk(),
        pages=pages,
        agents=inside.agents,
        terms=inside.calls,
    )


def _board(core: Core, inside: Inside, pages: StaffPages) -> ComplaintPages:
    return ComplaintPages(
        desk=_complaints(core, inside),
        board=Board(database=core.database),
        pages=pages,
        agents=inside.agents,
        default=lambda: inside.policy().default_timezone or inside.timezone(),
    )


def _organisation(core: Core, inside: Inside, pages: StaffPages) -> list[Endpoint]:
    if core.settings.organisation is None:
        return []
    provider = Provider(
        organisation=core.settings.organisation, back=core.settings.public_url + BACK
    )
    return Entrance(
        sessions=inside.sessions, pages=pages, provider=provider, agents=inside.agents
    ).endpoints()


def _survey_pages(core: Core, inside: Inside, guesses: Guesses) -> SurveyPages:
    return SurveyPages(
        database=core.database,
        vault=core.vault,
        conversation=inside.conversation,
        conversations=core.conversations,
        keys=core.settings.secret_keys,
        templates=templates(),
        brand=core.rules.brand,
        promises=inside.promises,
        guesses=guesses,
    )


def _preference_pages(core: Core, inside: Inside, guesses: Guesses) -> PreferencePages:
    return PreferencePages(
        database=core.database,
        vault=core.vault,
        conversations=core.conversations,
        customer_of=_customer_of,
        keys=core.settings.secret_keys,
        templates=templates(),
        brand=core.rules.brand,
        rules=inside.policy,
        guesses=guesses,
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
        speakers={CONVERSATION: inside.conversation, DIALLING: core.dials.conversation()},
        render=core.render,
        token=account.token,
        public_url=core.settings.public_url,
        operators=core.dials.operators(inside.inbox),
    )
    hooks = TwilioHooks(
        inbox=inside.inbox,
        database=core.database,
        vault=core.vault,
        conversations=core.conversations,
        token=account.token,
        public_url=core.settings.public_url,
    )
    dials = core.dials.hooks(account.token)
    return [*hooks.endpoints(), *dials, *calls.endpoints()]


async def _customer_of(conn: AsyncConnection, invitation: str) -> tuple[str, str] | None:
    """The customer of an invitation, whom a preference link is for."""
    found = (await surveys.load_invitations(conn, [invitation])).get(invitation)
    return (found.source, found.customer) if found else None
