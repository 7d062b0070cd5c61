"""Opens the lines to the outside world: the carriers and the ticketing systems' desks."""

from collections.abc import Callable, Collection, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from channels import terms
from channels.accounts import Smsc, can_call
from channels.listing import EVERY, Unended
from channels.mail import SmtpMail
from channels.model import Channel
from channels.ports import CallList, Carrier
from channels.smpp import SmppSms
from channels.sms import TwilioSms
from channels.voice import TwilioVoice
from huifang.hearing import JOINED_EVERY, SWEPT_EVERY, Hearing, Missed, Sweeping
from huifang.rules import Rules
from huifang.ruleterms import DeskKind, DeskRules
from huifang.settings import Settings
from scheduler.ports import Clock
from scheduler.runner import Duty
from tickets.desks.chatwoot import Chatwoot
from tickets.desks.freshdesk import Freshdesk
from tickets.desks.jira import Jira
from tickets.desks.native import NativeDesk, System
from tickets.desks.rest import Line
from tickets.desks.tmf621 import Tmf621
from tickets.desks.webhook import WebhookDesk
from tickets.desks.zammad import Zammad
from tickets.desks.zendesk import Zendesk
from tickets.ports import Desk

#: Whose API is called, by the kind of the desk.
_SYSTEMS: Mapping[DeskKind, Callable[[Line], System]] = {
    DeskKind.TMF621: Tmf621,
    DeskKind.ZENDESK: Zendesk,
    DeskKind.ZAMMAD: Zammad,
    DeskKind.FRESHDESK: Freshdesk,
    DeskKind.CHATWOOT: Chatwoot,
    DeskKind.JIRA: Jira,
}


def open_carriers(
    settings: Settings, rules: Callable[[], Rules], hearing: Hearing, closing: AsyncExitStack
) -> dict[Channel, Carrier]:
    """The carrier of each channel that the settings name, to be closed with `closing`.

    `rules` are those in force; `hearing` takes what comes in over the line we send by.
    """
    carriers: dict[Channel, Carrier] = {}
    if settings.smsc is not None:
        carriers[Channel.SMS] = _smpp(settings.smsc, hearing, closing)
    elif settings.twilio is not None:
        sms = TwilioSms(settings.twilio, settings.public_url)
        closing.push_async_callback(sms.close)
        carriers[Channel.SMS] = sms
    if settings.twilio is not None and can_call(settings.twilio):
        voice = TwilioVoice(settings.twilio, settings.public_url, lambda: rules().callbacks.ring)
        closing.push_async_callback(voice.close)
        carriers[Channel.VOICE] = voice
    mail = open_mail(settings, closing)
    if mail is not None:
        carriers[Channel.EMAIL] = mail
    return carriers


def open_mail(settings: Settings, closing: AsyncExitStack) -> Carrier | None:
    """The mail server, to be closed with `closing`; None: the settings name none."""
    if settings.relay is None:
        return None
    mail = SmtpMail(settings.relay, settings.secret_keys)
    closing.push_async_callback(mail.close)
    return mail


def _smpp(smsc: Smsc, hearing: Hearing, closing: AsyncExitStack) -> SmppSms:
    """The SMSC, whose messages come over the line that ours go out by."""
    sms = SmppSms(
        smsc,
        on_message=hearing.on_message,
        on_piece=hearing.on_piece,
        on_receipt=hearing.on_receipt,
    )
    closing.push_async_callback(sms.close)
    return sms


def open_desks(
    settings: Settings, rules: Rules, clock: Clock, closing: AsyncExitStack
) -> Callable[[str], Desk | None]:
    """One desk for each source that the rules name, and one for all others."""

    def opened(given: DeskRules) -> Desk | None:
        desk = _desk(given, clock)
        if desk is not None:
            closing.push_async_callback(desk.close)
        return desk

    named = {source: opened(given) for source, given in rules.desks.items()}
    other = opened(settings.ticketing)
    return lambda source: named.get(source, other)


async def probe_smsc(smsc: Smsc) -> dict[str, str]:
    """Whether the SMSC lets us in, as `smpp`."""
    sms = SmppSms(smsc)
    try:
        return {"smpp": await sms.probe()}
    finally:
        await sms.close()


async def probe_desks(settings: Settings, rules: Rules, clock: Clock) -> dict[str, str]:
    """Whether each ticketing system lets us in, `desk` being that of all other sources.

    A webhook cannot be tried without telling it something.
    """
    given = {f"desk {source}": desk for source, desk in rules.desks.items()}
    found: dict[str, str] = {}
    for name, rule in {"desk": settings.ticketing, **given}.items():
        desk = _desk(rule, clock)
        if isinstance(desk, NativeDesk):
            found[name] = await desk.probe()
            await desk.close()
    return found


def _desk(given: DeskRules, clock: Clock) -> WebhookDesk | NativeDesk | None:
    if given.url is None:
        return None
    if given.kind is DeskKind.WEBHOOK:
        return WebhookDesk(url=given.url, clock=clock, token=given.token, secret=given.secret)
    make = _SYSTEMS.get(given.kind)
    return NativeDesk(system=make(_line(given.url, given.token))) if make else None


def _line(url: str, token: str | None) -> Line:
    parts = urlsplit(url)
    bare = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
    return Line(url=bare, token=token, options=dict(parse_qsl(parts.query)))


def duties_of(
    carriers: Mapping[Channel, Carrier],
    hearing: Hearing,
    rules: Callable[[], terms.Rules],
    besides: Collection[str],
) -> dict[str, tuple[timedelta, Duty]]:
    """What is to be done again and again for the carriers there are, by name, and how often.

    `besides`: conversations that ask themselves how their calls ended.
    """
    sms: object = carriers.get(Channel.SMS)
    voice: object = carriers.get(Channel.VOICE)
    inbox, found = hearing.inbox, dict[str, tuple[timedelta, Duty]]()
    if isinstance(sms, TwilioSms):
        sweeping = Sweeping(sms=sms, receipts=hearing.receipts, missed=Missed(inbox=inbox))
        found["receipts"] = (SWEPT_EVERY, sweeping)
    if isinstance(sms, SmppSms):
        found["parts"] = (JOINED_EVERY, hearing.read_late)
    if isinstance(voice, CallList):
        unended = Unended(
            database=inbox.database,
            vault=inbox.vault,
            carrier=voice,
            conversations=inbox.conversations,
            rules=rules,
            besides=besides,
        )
        found["calls"] = (EVERY, unended)
    return found
