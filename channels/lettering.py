"""Writes a mail as it travels: RFC 5322 and MIME, from headers, text, HTML and files."""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from email.utils import formataddr, getaddresses

from channels.ports import Attachment

_PARTIES = frozenset({"From", "To", "Reply-To"})
_LINE, _LONGEST = 76, 998  # octets of a line: RFC 2045 6.8, RFC 5322 2.1.1
_WORD = 45  # octets in one encoded word of base64: RFC 2047, 2
_PLAIN = re.compile(r"[\x20-\x7e]*")
_QUOTED = re.compile(r'["\\\r\n]')

# The library's own generator parses every header that it writes: ten times the cost of a send.


def write(
    headers: Mapping[str, str],
    text: str,
    html: str | None = None,
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """The octets of a mail; no header may hold a line break. The same content, the same octets.

    Mailboxes stand as they are: those beyond ASCII need a relay that speaks SMTPUTF8.
    """
    body = _text("plain", text)
    if html is not None:
        body = _many("alternative", [body, _text("html", html)])
    if attachments:
        body = _many("mixed", [body, *(_file(each) for each in attachments)])
    lines = [_header(name, value) for name, value in headers.items()]
    return "\r\n".join([*lines, "MIME-Version: 1.0", ""]).encode() + body


def _header(name: str, value: str) -> str:
    if name in _PARTIES:
        return f"{name}: {_parties(value)}"
    apart = "  " not in value and value == value.strip()  # a line of spaces alone is none
    if apart and _PLAIN.fullmatch(value) and len(name) + 2 + len(value) <= _LONGEST:
        return _folded(f"{name}: {value}")
    return f"{name}: " + "\r\n ".join(_words(value))


def _parties(value: str) -> str:
    """Mailboxes, their names as encoded words where they need it."""
    found = [(name, box) for name, box in getaddresses([value]) if box]
    return ",\r\n ".join(_party(name, box) for name, box in found)


def _party(name: str, box: str) -> str:
    if not name or _PLAIN.fullmatch(name):
        return formataddr((name, "")).removesuffix(" <>") + f" <{box}>" if name else box
    return "\r\n ".join(_words(name)) + f" <{box}>"


def _words(value: str) -> Iterator[str]:
    part, size = "", 0
    for char in value:
        width = len(char.encode("utf-8", "replace"))
        if size + width > _WORD:
            yield _word(part)
            part, size = "", 0
        part, size = part + char, size + width
    yield _word(part)


def _word(part: str) -> str:
    return f"=?utf-8?b?{base64.b64encode(part.encode('utf-8', 'replace')).decode()}?="


def _folded(line: str) -> str:
    """Broken before spaces where there are any; what has none stays long."""
    lines: list[str] = []
    start = line.index(": ") + 2
    while len(line) > _LINE:
        at = line.rfind(" ", start, _LINE)
        if at < 0:
            at = line.find(" ", max(start, _LINE))
        if at < 0:
            break
        lines.append(line[:at])
        line, start = line[at:], 1
    return "\r\n".join([*lines, line])


def _text(kind: str, text: str) -> bytes:
    lines = text.splitlines()
    plain = text.isascii() and all(len(line) < _LONGEST for line in lines)
    octets = "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")
    coding = "7bit" if plain else "base64"
    charset = "us-ascii" if plain else "utf-8"
    head = (
        f'Content-Type: text/{kind}; charset="{charset}"\r\n'
        f"Content-Transfer-Encoding: {coding}\r\n\r\n"
    )
    return head.encode() + (octets if plain else _coded(octets))


def _file(each: Attachment) -> bytes:
    name = _QUOTED.sub("_", each.name)
    if not _PLAIN.fullmatch(name):
        name = _word(name)
    head = (
        f"Content-Type: {each.media}\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'
    )
    return head.encode() + _coded(each.content)


def _coded(octets: bytes) -> bytes:
    coded = base64.b64encode(octets)
    lines = (coded[at : at + _LINE] for at in range(0, len(coded), _LINE))
    return b"".join(line + b"\r\n" for line in lines)


def _many(kind: str, parts: Sequence[bytes]) -> bytes:
    # Of base64 and lines, none begins so; and nobody writes a text around its own digest.
    digest = hashlib.sha256(kind.encode() + b"".join(parts)).hexdigest()[:24]
    border = f"=_{digest}"
    head = f'Content-Type: multipart/{kind}; boundary="{border}"\r\n\r\n'.encode()
    body = b"".join(b"--" + border.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    return head + body + b"--" + border.encode() + b"--\r\n"
