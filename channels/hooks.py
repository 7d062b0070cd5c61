"""Describes the carrier's webhooks, and takes their forms once their signature fits."""

from collections.abc import Mapping

from channels.signature import twilio_valid
from kernel.endpoint import Answer, Call, Endpoint, Handler, Role
from kernel.faults import Forbidden, Malformed

FORM = ("application/x-www-form-urlencoded",)

_LONGEST = 64  # of the carrier's ids, as the tables have them
_REFUSED = {403: "the signature does not fit"}


def spoken(path: str, handler: Handler, summary: str) -> Endpoint:
    """Where the carrier asks what to say."""
    return Endpoint(
        method="POST",
        path=path,
        handler=handler,
        role=Role.NONE,
        summary=f"{summary}: what to say, as TwiML",
        tag="carriers",
        media=FORM,
        reply_media="application/xml",
        statuses=_REFUSED,
        signed=True,
    )


def noted(path: str, handler: Handler, summary: str) -> Endpoint:
    """Where the carrier tells what became of something."""
    return Endpoint(
        method="POST",
        path=path,
        handler=handler,
        role=Role.NONE,
        summary=summary,
        tag="carriers",
        status=204,
        media=FORM,
        statuses=_REFUSED,
        signed=True,
    )


def signed(call: Call, token: str) -> dict[str, str]:
    """The fields of a form that the account's `token` signed, as they can be stored; Forbidden."""
    signature = call.headers.get("x-twilio-signature")
    if not twilio_valid(token, call.url, call.form, signature):
        raise Forbidden("the X-Twilio-Signature header does not fit this request")
    return {name: storable(value) for name, value in call.form}


def sid_of(form: Mapping[str, str]) -> str:
    """The carrier's id of the call; Malformed where there is none."""
    sid = form.get("CallSid", "")[:_LONGEST]
    if not sid:
        raise Malformed("CallSid is needed")
    return sid


def xml(text: str) -> Answer:
    """TwiML as an answer."""
    return Answer(body=text, media="application/xml")


def storable(text: str) -> str:
    """A text as it can be stored: without NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
