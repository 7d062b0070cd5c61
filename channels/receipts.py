"""Reads what an SMSC's receipt says of a message."""

import re
from dataclasses import dataclass

from channels import pdu
from channels.errors import SendErrorKind
from channels.model import ContactState

_FIELD = re.compile(r"(?:^|\s)(id|stat|err):\s*([^\s:]+)", re.IGNORECASE | re.ASCII)
_TEXT = re.compile(r"\stext:", re.IGNORECASE | re.ASCII)
_DECIMAL = re.compile(r"[0-9]{1,64}", re.ASCII)
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]{1,64}", re.ASCII)
_MOST = 64  # characters of an id or a code that are looked at

# message_state and its words: SMPP 3.4, 5.2.28 and appendix B.
_WORDS = {
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
}
# Only of what ran out of time is it sure that a phone was away.
_FAILED = {
    "EXPIRED": SendErrorKind.LATER,
    "DELETED": SendErrorKind.AMBIGUOUS,
    "UNDELIV": SendErrorKind.AMBIGUOUS,
    "REJECTD": SendErrorKind.CONFIGURATION,
}
_STATES = {
    "ENROUTE": ContactState.SENT,
    "ACCEPTD": ContactState.SENT,
    "DELIVRD": ContactState.DELIVERED,
    "EXPIRED": ContactState.FAILED,
    "DELETED": ContactState.FAILED,
    "UNDELIV": ContactState.FAILED,
    "REJECTD": ContactState.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a message to `number`, by each id that is told of it.

    `failed` says what a failure means; `code` is the carrier's own, `UNDELIV:001`.
    """

    number: str
    ids: tuple[str, ...]
    state: ContactState
    failed: SendErrorKind | None = None
    code: str | None = None


def read(came: pdu.Deliver, text: str, number: str, dead: frozenset[str]) -> Receipt | None:
    """A receipt's meaning; None where it says nothing of a message. See `Smsc` for `dead`."""
    said = _fields(text)
    word = said.get("stat", "").upper()[:7]
    told = came.parameters.get(pdu.STATE, b"")
    if word not in _STATES and told:
        word = _WORDS.get(told[0], "")
    state = _STATES.get(word)
    if state is None:
        return None
    error = said.get("err") or _network_error(came.parameters.get(pdu.NETWORK_ERROR, b""))
    ids = (pdu.message_id(came.parameters.get(pdu.RECEIPTED_ID, b"")), said.get("id", ""))
    failed = _failed(word, error, dead) if state is ContactState.FAILED else None
    return Receipt(
        number=number,
        ids=tuple(dict.fromkeys(one[:_MOST] for one in ids if one)),
        state=state,
        failed=failed,
        code=(f"{word}:{error}" if error else word)[:_MOST] if failed else None,
    )


def _fields(text: str) -> dict[str, str]:
    """The fields before the message's own text, in which anything may stand."""
    head = _TEXT.split(text, maxsplit=1)[0]
    return {match[1].lower(): match[2] for match in reversed(list(_FIELD.finditer(head)))}


def _network_error(told: bytes) -> str | None:
    """The code of a network_error_code, whose first octet names the network: 5.3.2.31."""
    return f"{int.from_bytes(told[1:3], 'big'):03}" if len(told) == 3 else None


def _failed(word: str, error: str | None, dead: frozenset[str]) -> SendErrorKind:
    """What `err` means is each network's own affair: only those named by the operator count."""
    if error is not None and error in dead:
        return SendErrorKind.DEAD_ADDRESS
    return _FAILED[word]


def same(one: str, other: str) -> bool:
    """Whether two ids are one, but for letters' case and zeros before them."""
    return _plain(one) == _plain(other)


def alike(one: str, other: str) -> bool:
    """Whether two ids are one number, told in decimal here and in hexadecimal there.

    Many SMSCs answer a submit in the one and write the receipt in the other.
    """
    return _crossed(one, other) or _crossed(other, one)


def _crossed(decimal: str, hexadecimal: str) -> bool:
    if _DECIMAL.fullmatch(decimal) is None or _HEXADECIMAL.fullmatch(hexadecimal) is None:
        return False
    return int(decimal) == int(hexadecimal, 16)


def _plain(id: str) -> str:
    return id.lower().lstrip("0") or id
