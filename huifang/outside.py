"""Opens the lines to the outside world: the carriers and the ticketing systems' desks."""

from collections.abc import Callable
from contextlib import AsyncExitStack

from channels.accounts import Smsc, can_call
from channels.mail import SmtpMail
from channels.model import Channel
from channels.ports import Carrier
from channels.smpp import SmppSms
from channels.sms import TwilioSms
from channels.voice import TwilioVoice
from huifang.hearing import Hearing
from huifang.rules import Rules
from huifang.settings import Settings
from scheduler.ports import Clock
from tickets.desks.webhook import WebhookDesk
from tickets.ports import Desk


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
    if settings.relay is not None:
        mail = SmtpMail(settings.relay, settings.secret_keys)
        closing.push_async_callback(mail.close)
        carriers[Channel.EMAIL] = mail
    return carriers


def _smpp(smsc: Smsc, hearing: Hearing, closing: AsyncExitStack) -> SmppSms:
    """The SMSC, whose messages come over the line that ours go out by."""
    sms = SmppSms(smsc, on_message=hearing.on_message, on_receipt=hearing.on_receipt)
    closing.push_async_callback(sms.close)
    return sms


def open_desks(
    settings: Settings, rules: Rules, clock: Clock, closing: AsyncExitStack
) -> Callable[[str], Desk | None]:
    """One desk for each source that the rules name, and one for all others."""

    def opened(kind: str, url: str | None, token: str | None, secret: str | None) -> Desk | None:
        if kind != "webhook" or url is None:
            return None
        desk = WebhookDesk(url=url, clock=clock, token=token, secret=secret)
        closing.push_async_callback(desk.close)
        return desk

    named = {
        source: opened(desk.kind, desk.url, desk.token, desk.secret)
        for source, desk in rules.desks.items()
    }
    common = settings.ticketing
    other = opened(common.kind, common.url, common.token, common.secret)
    return lambda source: named.get(source, other)
