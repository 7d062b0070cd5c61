"""Takes a raw mail apart: headers, parts and texts, whatever it is made of and however broken."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

MOST_READ = 512 * 1024
"""Octets of a mail that are looked at; texts come before attachments."""

_MOST_HEAD, _MOST_HEADERS, _LONGEST_HEADER = 64 * 1024, 200, 2_000
_DEEPEST, _MOST_PARTS = 8, 64
_LONGEST_TEXT = 64 * 1024  # octets of one part's text
_LONGEST_BOUNDARY = 200
_MESSAGES = frozenset({"message/rfc822", "message/global", "text/rfc822-headers"})
_FIELDS = frozenset(
    {
        "message/delivery-status",
        "message/global-delivery-status",
        "message/feedback-report",
        "message/disposition-notification",
    }
)
_NAME = re.compile(rb"([!-9;-~]{1,76})[ \t]*:")
_WORD = re.compile(r"=\?([^?\s]{1,40})\?([bq])\?([^?\s]{0,1000})\?=", re.IGNORECASE)
_BARE = re.compile(r"[^\s<>(),;:\"']{1,64}@[^\s<>(),;:\"']{1,255}")
_ANGLED = re.compile(r"<\s*([^\s<>]{1,64}@[^\s<>]{1,255})\s*>")
_PARAMETER = re.compile(r';\s*([\w*-]{1,40})\s*=\s*(?:"([^"]{0,400})"|([^;"\s]{0,400}))')
# Only what decodes in linear time; names of encodings are the writer's to choose.
_CHARSETS = re.compile(
    r"utf-?8|utf-?16(?:[lb]e)?|(?:us-)?ascii|iso-?8859-?\d{1,2}|(?:windows-?|cp)\d{3,4}|gb\w{1,8}"
    r"|big5(?:-?hkscs)?|euc-?(?:jp|kr|tw|cn)|shift_?jis|iso-?2022-?(?:jp|kr)|koi8-?[ru]|hz(?:-gb-2312)?"
)
#: What calls itself GB2312 is written in its successor more often than not.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312": "gb18030", "euc-cn": "gb18030"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A mail, or a part of one: its headers, and its body, or the parts it is made of.

    `fields`: the blocks of a report, such as a delivery status, that is written as headers.
    """

    headers: Sequence[tuple[str, str]] = ()  # names in lower case, values decoded
    media: str = "text/plain"
    parameters: Mapping[str, str] | None = None
    body: bytes = b""
    parts: tuple["Entity", ...] = ()
    fields: tuple[Mapping[str, str], ...] = ()

    def header(self, name: str) -> str:
        """The first value of a header; "" where there is none."""
        return next((value for known, value in self.headers if known == name), "")

    def all(self, *names: str) -> list[str]:
        """Every value of some headers, in their order."""
        return [value for known, value in self.headers if known in names]

    def parameter(self, name: str) -> str:
        """A parameter of its content type; "" where it is not said."""
        return (self.parameters or {}).get(name, "")

    def text(self) -> str:
        """The body as text, at most 64 KiB of it; what cannot be decoded is replaced."""
        return decoded(self.body[:_LONGEST_TEXT], self.parameter("charset"))

    def walk(self, *, inner: bool = True) -> Iterator["Entity"]:
        """Itself and all its parts, depth first; without `inner` no mail that it carries."""
        yield self
        if inner or self.media not in _MESSAGES:
            for part in self.parts:
                yield from part.walk(inner=inner)


def read(raw: bytes) -> Entity:
    """A mail taken apart. Total; linear in what it reads; RFC 5322, 2045 to 2047, 3464."""
    return _entity(raw[:MOST_READ], _DEEPEST, [_MOST_PARTS])


def _entity(raw: bytes, deep: int, room: list[int]) -> Entity:
    """`deep`: levels below it that are still opened; `room`: how many parts may still be made."""
    room[0] -= 1
    headers, body = _split(raw)
    kind = next((value for name, value in headers if name == "content-type"), "")
    media = kind.partition(";")[0].strip().lower() or "text/plain"
    parameters = {
        match[1].lower(): match[2] or match[3] or "" for match in _PARAMETER.finditer(kind)
    }
    if media.startswith("multipart/"):
        made = Entity(headers=headers, media=media, parameters=parameters)
        if deep == 0:
            return made
        inside = _between(body, parameters.get("boundary", ""))
        parts = tuple(_entity(part, deep - 1, room) for part in inside if room[0] > 0)
        return Entity(headers=headers, media=media, parameters=parameters, parts=parts)
    coding = next((value for name, value in headers if name == "content-transfer-encoding"), "")
    body = _unpacked(body, coding.strip().lower())
    parts = ()
    if media in _MESSAGES and deep > 0 and room[0] > 0:
        parts = (_entity(body.lstrip(b"\r\n"), deep - 1, room),)
    fields = _blocks(body) if media in _FIELDS else ()
    return Entity(
        headers=headers, media=media, parameters=parameters, body=body, parts=parts, fields=fields
    )


def _split(raw: bytes) -> tuple[tuple[tuple[str, str], ...], bytes]:
    """The headers, unfolded and decoded, and what comes after them."""
    found: list[tuple[bytes, bytes]] = []
    place = 0
    while place < min(len(raw), _MOST_HEAD):
        end = raw.find(b"\n", place)
        end = len(raw) if end < 0 else end
        line = raw[place:end].rstrip(b"\r")
        if not line.strip():
            place = end + 1
            break
        name = _NAME.match(line)
        if line[:1] in b" \t" and found:
            last, value = found[-1]
            if len(value) < _LONGEST_HEADER:
                found[-1] = (last, value + b" " + line.strip())
        elif name is not None:
            if len(found) < _MOST_HEADERS:
                found.append((name[1], line[name.end() :].strip()))
        elif not line.startswith((b"From ", b">From ")):
            break  # no header: the body begins without the empty line that it should
        place = end + 1
    headers = tuple((name.decode("ascii").lower(), _words(value)) for name, value in found)
    return headers, raw[place:]


def _words(value: bytes) -> str:
    """A header's value with its encoded words read: RFC 2047, and what is written without it."""
    text = decoded(value[:_LONGEST_HEADER], "")
    said: list[str] = []
    held, charset, place = b"", "", 0
    for match in _WORD.finditer(text):
        gap, named = text[place : match.start()], match[1].partition("*")[0].lower()
        # A character may be cut in two: octets are put together before they are read.
        if gap.strip() or named != charset:
            said += [decoded(held, charset), "" if held and not gap.strip() else gap]
            held = b""
        octets, charset, place = match[3].encode("utf-8", "replace"), named, match.end()
        quoted = match[2] in "qQ"
        held += binascii.a2b_qp(octets, header=True) if quoted else _unpacked(octets, "base64")
    said += [decoded(held, charset), text[place:]]
    return " ".join("".join(said).split())


def _between(body: bytes, boundary: str) -> list[bytes]:
    """What stands between the boundary's lines; a last part without an end counts."""
    if not boundary or len(boundary) > _LONGEST_BOUNDARY:
        return []
    line = re.compile(
        rb"^--" + re.escape(boundary.encode("utf-8", "replace")) + rb"(--)?[ \t]*\r?$",
        re.MULTILINE,
    )
    parts: list[bytes] = []
    start: int | None = None
    for match in line.finditer(body):
        if start is not None:
            parts.append(body[start : match.start()].removesuffix(b"\n").removesuffix(b"\r"))
        start = min(match.end() + 1, len(body))
        if match[1] or len(parts) >= _MOST_PARTS:
            return parts
    return [*parts, body[start:]] if start is not None else parts


def _unpacked(body: bytes, coding: str) -> bytes:
    match coding:
        case "base64":
            letters = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
            return base64.b64decode(letters[: len(letters) // 4 * 4] + _rest(letters))
        case "quoted-printable":
            return binascii.a2b_qp(body)
        case _:
            return body


def _rest(letters: bytes) -> bytes:
    """What is left of base64 that was cut off, made whole; one letter alone says nothing."""
    left = letters[len(letters) // 4 * 4 :]
    return left + b"=" * (4 - len(left)) if len(left) > 1 else b""


def decoded(raw: bytes, charset: str) -> str:
    """Octets as text, by the charset they are said to be in if that fits, else by what does."""
    named = charset.strip().strip("\"'").lower()
    named = _WIDER.get(named, named)
    known = [named] if _CHARSETS.fullmatch(named) else []
    for name in (*known, "utf-8", "gb18030"):
        try:
            return raw.decode(name).replace("\x00", "")
        except (LookupError, UnicodeError):
            continue
    return raw.decode(known[0] if _is_codec(known) else "utf-8", "replace").replace("\x00", "")


def _is_codec(names: Sequence[str]) -> bool:
    try:
        return bool(names) and b"".decode(names[0]) == ""
    except LookupError:
        return False


def _blocks(body: bytes) -> tuple[Mapping[str, str], ...]:
    """Blocks of fields, parted by empty lines: RFC 3464, RFC 5965; the first of a field counts."""
    blocks: list[Mapping[str, str]] = []
    for block in re.split(rb"\n[ \t\r]*\n", body[:_LONGEST_TEXT].replace(b"\r\n", b"\n"))[:20]:
        headers, _ = _split(block.lstrip())
        if headers:
            blocks.append(dict(reversed(headers)))
    return tuple(blocks)


def mailboxes(values: Sequence[str]) -> list[str]:
    """The mailboxes of header values as they are written, those in angle brackets first.

    A name may look like a mailbox too. The standard library's reader is not asked: brackets
    within brackets exhaust it.
    """
    found = [value[:_LONGEST_HEADER] for value in values]
    angled = [match[1] for value in found for match in _ANGLED.finditer(value)]
    bare = [match[0] for value in found for match in _BARE.finditer(value)]
    return list(dict.fromkeys([*angled, *bare]))
