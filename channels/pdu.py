"""Writes and reads the PDUs of SMPP 3.4 that one who sends and receives messages needs."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kernel import addresses

HEADER = 16  # octets
LARGEST = 66_000  # octets of one PDU: a message_payload of 64 KiB with all that is around it
RESPONSE = 0x8000_0000
GENERIC_NACK = 0x8000_0000
SUBMIT_SM = 0x0000_0004
DELIVER_SM = 0x0000_0005
UNBIND = 0x0000_0006
BIND_TRANSCEIVER = 0x0000_0009
ENQUIRE_LINK = 0x0000_0015

# command_status of our own answers: 5.1.3.
OK, INVALID_COMMAND, TRY_AGAIN, NEVER = 0x00, 0x03, 0x64, 0x65

# Tags of optional parameters: 5.3.2.
RECEIPTED_ID, PAYLOAD, NETWORK_ERROR, STATE = 0x001E, 0x0424, 0x0423, 0x0427
SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER = 0x020C, 0x020E, 0x020F

ESM_HEADER = 0x40  # the text begins with a user data header
ESM_KIND, ESM_MESSAGE, ESM_RECEIPT = 0x3C, 0x00, 0x04

_VERSION = 0x34
_FIXED = struct.Struct("!IIII")
_ADDRESS = struct.Struct("!BB")
_TAG = struct.Struct("!HH")
_LONGEST_VALIDITY = 30 * 86_400  # seconds: beyond, months would have to be counted

_INTERNATIONAL, _NETWORK, _NAME = 1, 3, 5  # type of number: 5.2.5
_ISDN = 1  # numbering plan: 5.2.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Pdu:
    """One request, or one answer; `command` says which."""

    command: int
    number: int
    status: int = OK
    body: bytes = b""

    def octets(self) -> bytes:
        """As it travels."""
        head = _FIXED.pack(HEADER + len(self.body), self.command, self.status, self.number)
        return head + self.body

    def answer(self, status: int = OK) -> "Pdu":
        """What answers a request; a message_id is never ours to give, so it is empty."""
        body = b"\0" if self.command == DELIVER_SM else b""
        return Pdu(command=self.command | RESPONSE, number=self.number, status=status, body=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A number or name with its type and plan."""

    ton: int
    npi: int
    value: str

    @property
    def international(self) -> bool:
        """Whether the number has its country before it."""
        return self.ton == _INTERNATIONAL or self.value.startswith("+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """One part of a message, to be sent."""

    source: Party
    destination: Party
    coding: int
    text: bytes
    esm_class: int = ESM_MESSAGE
    receipt: bool = True
    valid_for: int | None = None
    parameters: Sequence[tuple[int, bytes]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """What came: a message, a part of one, or a receipt."""

    source: Party
    destination: Party
    esm_class: int
    coding: int
    text: bytes
    parameters: Mapping[int, bytes] = field(default_factory=dict)


def head(octets: bytes) -> tuple[int, Pdu]:
    """Length of the body and the PDU without it, of `HEADER` octets; ValueError for no PDU."""
    length, command, status, number = _FIXED.unpack(octets)
    if not HEADER <= length <= LARGEST:
        raise ValueError(f"no PDU is {length} octets long")
    return length - HEADER, Pdu(command=command, status=status, number=number)


def party(number: str) -> Party:
    """Whom a message is from or to: E.164 with its plus sign, a short code, or a name."""
    if number.startswith("+"):
        return Party(ton=_INTERNATIONAL, npi=_ISDN, value=number[1:])
    if number.isascii() and number.isdigit():
        return Party(ton=_NETWORK, npi=0, value=number)
    return Party(ton=_NAME, npi=0, value=number)


def e164(source: Party, country: str | None) -> str:
    """A number as E.164, where it is one; `country` reads those that are told without theirs."""
    digits = source.value.removeprefix("+")
    if source.international or country is None:
        return addresses.phone(f"+{digits}", None, possible=True) or source.value
    return addresses.phone(digits, country, possible=True) or source.value


def bind(system_id: str, password: str, system_type: str) -> bytes:
    """The body of a bind: 4.1.5."""
    words = (system_id, password, system_type)
    return b"".join(map(_string, words)) + bytes((_VERSION, 0, 0, 0))


def submit(message: Submit) -> bytes:
    """The body of a submit_sm: 4.4.1."""
    parameters = b"".join(_TAG.pack(tag, len(one)) + one for tag, one in message.parameters)
    return b"".join(
        (
            b"\0",  # service_type
            _party(message.source),
            _party(message.destination),
            bytes((message.esm_class, 0, 0)),  # protocol_id, priority_flag
            b"\0",  # schedule_delivery_time: at once
            _string(validity(message.valid_for)),
            bytes((message.receipt, 0, message.coding, 0, len(message.text))),
            message.text,
            parameters,
        )
    )


def validity(seconds: int | None) -> str:
    """A relative validity period: 7.1.1; empty for the carrier's own."""
    if seconds is None:
        return ""
    left = max(1, min(seconds, _LONGEST_VALIDITY))
    days, left = divmod(left, 86_400)
    hours, left = divmod(left, 3_600)
    return f"0000{days:02}{hours:02}{left // 60:02}{left % 60:02}000R"


def message_id(body: bytes) -> str:
    """The id in the body of a submit_sm_resp; empty where there is none."""
    return body.partition(b"\0")[0].decode("ascii", "replace")


def deliver(body: bytes) -> Deliver | None:
    """A deliver_sm: 4.6.1; None where it breaks off."""
    try:
        return _deliver(body)
    except (IndexError, struct.error):
        return None


def _deliver(body: bytes) -> Deliver:
    _, at = _read_string(body, 0)
    source, at = _read_party(body, at)
    destination, at = _read_party(body, at)
    esm_class = body[at]
    _, at = _read_string(body, at + 3)
    _, at = _read_string(body, at)
    coding, size = body[at + 2], body[at + 4]
    at += 5
    if len(body) < at + size:
        raise IndexError(size)
    text, at = body[at : at + size], at + size
    parameters: dict[int, bytes] = {}
    while at + _TAG.size <= len(body):
        tag, size = _TAG.unpack_from(body, at)
        at += _TAG.size
        parameters[tag] = body[at : at + size]
        at += size
    return Deliver(
        source=source,
        destination=destination,
        esm_class=esm_class,
        coding=coding,
        text=text or parameters.get(PAYLOAD, b""),
        parameters=parameters,
    )


def _string(text: str) -> bytes:
    return text.encode("ascii", "replace") + b"\0"


def _read_string(body: bytes, at: int) -> tuple[str, int]:
    end = body.find(b"\0", at)
    if end < 0:
        raise IndexError(at)
    return body[at:end].decode("ascii", "replace"), end + 1


def _party(one: Party) -> bytes:
    return _ADDRESS.pack(one.ton, one.npi) + _string(one.value)


def _read_party(body: bytes, at: int) -> tuple[Party, int]:
    ton, npi = _ADDRESS.unpack_from(body, at)
    value, at = _read_string(body, at + _ADDRESS.size)
    return Party(ton=ton, npi=npi, value=value), at
