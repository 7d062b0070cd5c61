"""Turns texts into the octets of short messages, cut as phones put them together, and back."""

from collections.abc import Iterator
from dataclasses import dataclass

from channels import pdu
from channels.accounts import Alphabet, Long
from channels.segments import count

DEFAULT, LATIN, UCS2 = 0x00, 0x03, 0x08  # data_coding: SMPP 3.4, 5.2.19
_ALONE = {DEFAULT: 160, UCS2: 70}
_EACH = {DEFAULT: 153, UCS2: 67}
_HEADER_8, _HEADER_16 = (
    0x00,
    0x08,
)  # parts with a short or a long reference: 3GPP TS 23.040, 9.2.3.24
_ESCAPE = 0x1B

# 3GPP TS 23.038, table 6.2.1, in the order of its codes; the escape stands for itself.
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_MORE = {
    "\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F,
    "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40, "€": 0x65,
}  # fmt: skip
_OCTETS = {char: bytes((code,)) for code, char in enumerate(_BASIC)} | {
    char: bytes((_ESCAPE, code)) for char, code in _MORE.items()
}
_AFTER_ESCAPE = {code: char for char, code in _MORE.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one submit_sm carries."""

    coding: int
    text: bytes
    esm_class: int = pdu.ESM_MESSAGE
    parameters: tuple[tuple[int, bytes], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which part of which message something is; `reference` is the sender's own."""

    reference: int
    total: int
    number: int


def parts(text: str, reference: int, alphabet: Alphabet, long: Long) -> tuple[Part, ...]:
    """The parts of a text; `reference`, of which 8 bits count, ties them together."""
    coding = _coding(text, alphabet)
    whole = _encoded(text, coding, alphabet)
    pieces = list(_pieces(text, coding))
    if len(pieces) == 1:
        return (Part(coding=coding, text=whole),)
    if long is Long.PAYLOAD:
        return (Part(coding=coding, text=b"", parameters=((pdu.PAYLOAD, whole),)),)
    total = len(pieces)
    return tuple(
        _part(coding, _encoded(piece, coding, alphabet), reference & 0xFF, total, number, long)
        for number, piece in enumerate(pieces, 1)
    )


def _part(coding: int, text: bytes, reference: int, total: int, number: int, long: Long) -> Part:
    if long is Long.UDH:
        udh = bytes((5, _HEADER_8, 3, reference, total, number))
        return Part(coding=coding, text=udh + text, esm_class=pdu.ESM_HEADER)
    sar = (
        (pdu.SAR_REFERENCE, bytes((0, reference))),
        (pdu.SAR_TOTAL, bytes((total,))),
        (pdu.SAR_NUMBER, bytes((number,))),
    )
    return Part(coding=coding, text=text, parameters=sar)


def _coding(text: str, alphabet: Alphabet) -> int:
    if count(text).encoding != "GSM-7":
        return UCS2
    if alphabet is Alphabet.LATIN and any(char > "\xff" for char in text):
        return UCS2
    return DEFAULT


def _encoded(text: str, coding: int, alphabet: Alphabet) -> bytes:
    if coding == UCS2:
        return text.encode("utf-16-be", "surrogatepass")
    if alphabet is Alphabet.LATIN:
        return text.encode("latin-1")
    return b"".join(_OCTETS[char] for char in text)


def _pieces(text: str, coding: int) -> Iterator[str]:
    """The text of each part; what takes two units never straddles a border."""
    widths = [_width(char, coding) for char in text]
    if sum(widths) <= _ALONE[coding]:
        yield text
        return
    start, room = 0, _EACH[coding]
    for at, width in enumerate(widths):
        if width > room:
            yield text[start:at]
            start, room = at, _EACH[coding]
        room -= width
    yield text[start:]


def _width(char: str, coding: int) -> int:
    return 1 + (char > "\uffff" if coding == UCS2 else char in _MORE)


def decode(coding: int, octets: bytes, alphabet: Alphabet) -> str:
    """The text of a message; what cannot be read becomes a replacement character."""
    # 3GPP TS 23.038, 4: bits 2 and 3 of most codings tell the alphabet, whatever the class.
    if coding == UCS2 or (coding & 0xCC) == UCS2 or (coding & 0xF0) == 0xE0:
        return octets.decode("utf-16-be", "replace")
    if coding in (LATIN, 0x02, 0x04):
        return octets.decode("latin-1")
    if coding == DEFAULT and alphabet is Alphabet.LATIN:
        return octets.decode("latin-1")
    if coding == 0x01:
        return octets.decode("ascii", "replace")
    return _from_septets(octets)


def _from_septets(octets: bytes) -> str:
    found: list[str] = []
    escaped = False
    for code in octets:
        if escaped:
            found.append(_AFTER_ESCAPE.get(code, " "))
            escaped = False
        elif code == _ESCAPE:
            escaped = True
        else:
            found.append(_BASIC[code] if code < len(_BASIC) else "\ufffd")
    return "".join(found)


def place(came: pdu.Deliver) -> tuple[Place | None, bytes]:
    """Which part something is, None for a whole message, and its text without any header."""
    if came.esm_class & pdu.ESM_HEADER and came.text:
        size = came.text[0] + 1
        return _of_header(came.text[1:size]), came.text[size:]
    told = [came.parameters.get(tag) for tag in (pdu.SAR_REFERENCE, pdu.SAR_TOTAL, pdu.SAR_NUMBER)]
    reference, total, number = (int.from_bytes(one or b"", "big") for one in told)
    return _checked(reference, total, number), came.text


def _of_header(header: bytes) -> Place | None:
    at = 0
    while at + 2 <= len(header):
        kind, size = header[at], header[at + 1]
        what = header[at + 2 : at + 2 + size]
        if (kind, len(what)) in ((_HEADER_8, 3), (_HEADER_16, 4)):
            return _checked(int.from_bytes(what[:-2], "big"), what[-2], what[-1])
        at += 2 + size
    return None


def _checked(reference: int, total: int, number: int) -> Place | None:
    if total < 2 or not 1 <= number <= total <= 255:
        return None
    return Place(reference=reference, total=total, number=number)
