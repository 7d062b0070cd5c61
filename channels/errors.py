"""Names what can be wrong with a send, whoever the carrier is."""

from datetime import timedelta
from enum import StrEnum


class SendErrorKind(StrEnum):
    """What a failed send means for the contact, the address and the operator."""

    OPT_OUT = "opt_out"  # the carrier holds a stop for the address
    DEAD_ADDRESS = "dead_address"  # no message will ever reach it
    CONFIGURATION = "configuration"  # ours to put right; other addresses fail alike
    LATER = "later"  # surely not sent, and may be tried again
    AMBIGUOUS = "ambiguous"  # perhaps sent: never again without proof of its absence


class SendError(Exception):
    """The one exception a carrier's adapter raises.

    `code` is the carrier's own; `detail` says more and holds no number or mailbox; `retry_after`
    is the pause which the carrier asked for; `away`: nobody was there to answer, or nobody able
    to. Its text is safe to log.
    """

    def __init__(
        self,
        kind: SendErrorKind,
        *,
        retryable: bool,
        code: str | None = None,
        detail: str = "",
        retry_after: timedelta | None = None,
        away: bool = False,
    ) -> None:
        super().__init__(kind.value if code is None else f"{kind.value} ({code})")
        self.kind = kind
        self.retryable = retryable
        self.code = code
        self.detail = detail
        self.retry_after = retry_after
        self.away = away


_OPT_OUT = (21610, 30004)
_DEAD_ADDRESS = (21211, 21214, 21217, 21612, 21614, 21635, 30005, 30006)
_CONFIGURATION = (
    *(20003, 20404, 21212, 21219, 21408, 21601, 21602, 21603, 21604, 21606, 21608, 21609, 21617),
    *(21620, 21703, 21704, 21705, 30002, 30007, 30010, 30018, 30024, 30032, 30033, 30034, 30035),
)
_LATER = (*(14107, 20429, 21611, 30001, 30003, 30008, 30017, 30022, 30023, 30027, 30036, 30450),)
# 30410: the provider did not answer Twilio, which does not try again lest it send twice.
_AMBIGUOUS = (20500, 20503, 30410)

_TWILIO = {
    code: kind
    for kind, codes in (
        (SendErrorKind.OPT_OUT, _OPT_OUT),
        (SendErrorKind.DEAD_ADDRESS, _DEAD_ADDRESS),
        (SendErrorKind.CONFIGURATION, _CONFIGURATION),
        (SendErrorKind.LATER, _LATER),
        (SendErrorKind.AMBIGUOUS, _AMBIGUOUS),
    )
    for code in codes
}


def classify_twilio(status: int, code: int | None) -> SendErrorKind:
    """What Twilio's answer means: HTTP status, and error code of the body or the status callback.

    The code decides where it is known (Twilio's error dictionary). Else 429 was never processed,
    408 and 5xx may have been, any other 4xx is ours; a callback's unknown code is a failed send.
    """
    if code is not None and code in _TWILIO:
        return _TWILIO[code]
    if status == 429:
        return SendErrorKind.LATER
    if status == 408 or status >= 500:
        return SendErrorKind.AMBIGUOUS
    if status >= 400:
        return SendErrorKind.CONFIGURATION
    return SendErrorKind.AMBIGUOUS if code is None else SendErrorKind.LATER
