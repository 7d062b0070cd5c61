"""Names what can be wrong with a send, whoever the carrier is."""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a carrier's answer means.

    `account_wide`: every send fails alike, so the account pauses for `ACCOUNT_PAUSE`; what only
    one country, one sender or one text meets with must not hold up the others.
    """

    kind: SendErrorKind
    account_wide: bool = False

    @property
    def retryable(self) -> bool:
        """Whether trying again may ever help without anybody putting something right."""
        return self.kind in (SendErrorKind.LATER, SendErrorKind.AMBIGUOUS)


#: For how long an account that refuses everything is left alone.
ACCOUNT_PAUSE = timedelta(minutes=5)

_OPT_OUT = Meaning(kind=SendErrorKind.OPT_OUT)
_DEAD = Meaning(kind=SendErrorKind.DEAD_ADDRESS)
_OURS = Meaning(kind=SendErrorKind.CONFIGURATION)
_ACCOUNT = Meaning(kind=SendErrorKind.CONFIGURATION, account_wide=True)
_LATER = Meaning(kind=SendErrorKind.LATER)
_AMBIGUOUS = Meaning(kind=SendErrorKind.AMBIGUOUS)

# Twilio's error dictionary: https://www.twilio.com/docs/api/errors, a page to each code.
_TWILIO_ROWS: tuple[tuple[Meaning, str, tuple[int, ...]], ...] = (
    (_OPT_OUT, "stopped at the sender; only START undoes it", (21610,)),
    (_OPT_OUT, "blocked; the network's own STOP of toll-free numbers too", (30004,)),
    (_DEAD, "no number, or none that takes messages", (21211, 21214, 21217, 21614, 21635)),
    (_DEAD, "not to be reached from this sender", (21612,)),
    (_DEAD, "unknown handset, landline, unreachable network", (30005, 30006)),
    (_ACCOUNT, "the login, or the account itself", (20003, 20404, 30002)),
    (_ACCOUNT, "the messaging service is not there, or has no senders", (21703, 21704, 21705)),
    (_OURS, "the sender may not send, or not there", (21212, 21601, 21603, 21606)),
    (_OURS, "countries, and numbers of a trial account", (21408, 21219, 21608)),
    (_OURS, "the request itself", (21602, 21604, 21609, 21617, 21620)),
    (_OURS, "the content is filtered, or the message costs too much", (30007, 30010)),
    (_OURS, "the sender is not registered", (30018, 30024, 30032, 30033, 30034, 30035)),
    (_LATER, "never processed", (14107, 20429, 21611)),
    (_LATER, "queue, congestion and daily caps", (30001, 30017, 30022, 30023, 30027, 30450)),
    (_LATER, "handset away, or out of time", (30003, 30036)),
    (_AMBIGUOUS, "failed for a reason that nobody knows", (30008,)),
    (_AMBIGUOUS, "the server failed, maybe after the fact", (20500, 20503)),
    # Twilio itself does not try these again, lest it send twice.
    (_AMBIGUOUS, "the provider behind it did not answer", (30410,)),
)
#: What each code of Twilio means, and why, in a word.
TWILIO = {code: (meaning, why) for meaning, why, codes in _TWILIO_ROWS for code in codes}

# Error codes of a submit_sm_resp or bind_resp: SMPP Protocol Specification 3.4, table 5-2.
_SMPP_ROWS: tuple[tuple[Meaning, str, tuple[int, ...]], ...] = (
    (_DEAD, "ESME_RINVDSTADR", (0x0B,)),
    (_ACCOUNT, "ESME_RBINDFAIL, RINVPASWD, RINVSYSID, RINVSYSTYP", (0x0D, 0x0E, 0x0F, 0x53)),
    (_LATER, "ESME_RINVBNDSTS, RALYBND, RSYSERR", (0x04, 0x05, 0x08)),
    (_LATER, "ESME_RMSGQFUL, RSUBMITFAIL, RTHROTTLED", (0x14, 0x45, 0x58)),
    (_LATER, "ESME_RX_T_APPN, RDELIVERYFAILURE", (0x64, 0xFE)),
    (_AMBIGUOUS, "ESME_RUNKNOWNERR", (0xFF,)),
)
SMPP = {code: (meaning, why) for meaning, why, codes in _SMPP_ROWS for code in codes}
#: ESME_RMSGQFUL and ESME_RTHROTTLED: the account is too fast, whichever the number.
SMPP_TOO_FAST = frozenset({0x14, 0x58})
TOO_FAST_PAUSE = timedelta(seconds=1)


def twilio_meaning(status: int, code: int | None) -> Meaning:
    """What Twilio's answer means: HTTP status, and error code of the body or the status callback.

    The code decides where it is known (`TWILIO`). Else 429 was never processed, 408 and 5xx may
    have been, a refused login is the account's, any other 4xx is ours; a callback's unknown code
    is a failed send.
    """
    if code is not None and code in TWILIO:
        return TWILIO[code][0]
    if status == 429:
        return _LATER
    if status == 408 or status >= 500:
        return _AMBIGUOUS
    if status == 401:
        return _ACCOUNT
    if status >= 400:
        return _OURS
    return _AMBIGUOUS if code is None else _LATER


def classify_twilio(status: int, code: int | None) -> SendErrorKind:
    """The kind alone of `twilio_meaning`."""
    return twilio_meaning(status, code).kind


def smpp_meaning(status: int) -> Meaning:
    """What the command_status of a refused request means.

    Every status but 0 says that nothing was taken. What the table does not name is something that
    we asked for wrongly, or a carrier's own code (0x400 to 0x4FF): a person must look.
    """
    return SMPP[status][0] if status in SMPP else _OURS


def smpp_refusal(status: int, *, some_taken: bool = False) -> SendError:
    """The error that a command_status is.

    `some_taken`: parts of the message went out before, which the customer would get twice.
    """
    code = f"0x{status:08X}"
    if some_taken:
        detail = "only a part of it was taken"
        return SendError(SendErrorKind.AMBIGUOUS, retryable=False, code=code, detail=detail)
    meaning = smpp_meaning(status)
    pause = ACCOUNT_PAUSE if meaning.account_wide else None
    return SendError(
        meaning.kind,
        retryable=meaning.retryable,
        code=code,
        detail="the SMSC refused it",
        retry_after=TOO_FAST_PAUSE if status in SMPP_TOO_FAST else pause,
        away=meaning.account_wide,
    )


def nobody_there(detail: str) -> SendError:
    """Surely not sent: there was nobody to take it."""
    return SendError(SendErrorKind.LATER, retryable=True, detail=detail, away=True)


def no_line(fault: Exception, *, distrusted: bool) -> SendError:
    """No connection came about; a certificate that nobody vouches for is put right by a person."""
    if distrusted:
        detail = "certificate"
        return SendError(
            SendErrorKind.CONFIGURATION, retryable=True, code=detail, detail=detail, away=True
        )
    return nobody_there(f"no connection: {type(fault).__name__}")


def no_sender() -> SendError:
    """The settings name no sender for the country of the number."""
    detail = "no sender for the country"
    return SendError(SendErrorKind.CONFIGURATION, retryable=False, code="no_sender", detail=detail)
