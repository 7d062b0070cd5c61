"""Reads what came over HTTP into plain values, and refuses what no handler should see."""

import asyncio
import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
from aiohttp import ClientPayloadError, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError
from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields
from multidict import CIMultiDictProxy, MultiMapping

from kernel.endpoint import Call
from kernel.faults import Fault, FieldError, Invalid, Malformed, TooLarge, WrongMedia

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

FORM = "application/x-www-form-urlencoded"
LOCALES = ("zh-CN", "en")

_BODY_SECONDS = 30.0  # a body must be here by then
_CHUNK = 65_536
_MOST_FIELDS = 1_000  # of a form
_MOST_ERRORS = 100  # named in one answer
_MOST_HOPS = 32  # of X-Forwarded-For
_DEEPEST = 64  # levels of a document
_BIGGEST = 2**63  # what no column of integers holds


class SlowBody(Fault):
    """The body did not arrive in time: 408."""

    status, slug, title = 408, "timeout", "The request took too long to arrive"


class Unsatisfiable(Fault):
    """A part of a file is asked for which it has not: 416, with its size."""

    status, slug, title = 416, "range-not-satisfiable", "The file has no such part"


def refuse_range(request: web.Request, path: Path) -> None:
    """Unsatisfiable where none of the bytes asked for are in the file (RFC 9110, 14.2)."""
    if hdrs.RANGE not in request.headers or hdrs.IF_RANGE in request.headers:
        return
    try:
        size = path.stat().st_size
    except OSError:  # it is gone, and whoever sends it says so
        return
    try:
        start = request.http_range.start or 0
    except ValueError:
        start = size
    if start >= size:
        told: dict[str, str] = {
            hdrs.CONTENT_RANGE: f"bytes */{size}",
            hdrs.ACCEPT_RANGES: "bytes",
        }
        raise Unsatisfiable(
            f"the file has {size} bytes; ask for some of them, such as Range: bytes=0-",
            headers=told,
        )


async def body_of(request: web.Request, limit: int) -> bytes:
    """The whole body, at most `limit` bytes however it is sent or packed; TooLarge above."""
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    try:
        if request.content.is_eof():  # it came with its head, and no clock has to run
            body = request.content.read_nowait()
        else:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await _arriving(request, limit)
    except TimeoutError as fault:
        raise SlowBody("send the whole body without long pauses") from fault
    except (
        web.RequestPayloadError,
        ClientPayloadError,
        HttpProcessingError,
        ConnectionError,
    ) as fault:
        raise Malformed("the body cannot be unpacked or ended early") from fault
    if len(body) > limit:
        raise _too_large(limit)
    return body


async def _arriving(request: web.Request, limit: int) -> bytes:
    """A body as it comes, up to the piece that makes it too long."""
    body = bytearray()
    async for chunk in request.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > limit:
            break
    return bytes(body)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body may have {limit} bytes at most")


def media_of(headers: Mapping[str, str]) -> str:
    """The request's content type in lower case, without parameters; empty where none is said."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def refuse_media(media: str, allowed: Sequence[str]) -> None:
    """WrongMedia unless the endpoint reads this content type."""
    if media not in allowed and "*/*" not in allowed:
        said = f"not {media}" if media else "and none was named"
        takes = ", ".join(allowed)
        raise WrongMedia(f"this takes {takes}, {said}", headers={"Accept": takes})


def headers_of(headers: CIMultiDictProxy[str]) -> dict[str, str]:
    """Names in lower case; repeated ones joined; bytes that are no UTF-8 replaced."""
    found: dict[str, list[str]] = {}
    for name, value in headers.items():
        clean = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        found.setdefault(name.lower(), []).append(clean)
    return {name: ", ".join(values) for name, values in found.items()}


def form_of(raw: bytes) -> list[tuple[str, str]]:
    """A form's fields in the order sent, blank ones kept; Malformed when it is none."""
    try:
        pairs = parse_qsl(
            raw.decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as fault:
        raise Malformed(f"the form cannot be read: UTF-8, {_MOST_FIELDS} fields at most") from fault
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise Malformed("a form may not contain the character NUL")
    return pairs


def json_of(raw: bytes) -> Any:
    """A JSON document; Malformed for anything else, numbers like NaN and lone surrogates too."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as fault:
        raise Malformed(f"the body is not JSON: {fault.msg}, at character {fault.pos}") from fault


def refuse_unusable(where: str, texts: Iterator[str]) -> None:
    """Malformed where a text holds what no database stores: NUL, or half a character."""
    for text in texts:
        if "\0" in text or not _encodes(text):
            raise Malformed(f"the {where} may contain neither NUL nor halves of characters")


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def pairs_for(
    schema: Schema, pairs: MultiMapping[str] | Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """Named texts as the document a schema loads: a list where it wants one, else one text.

    Invalid when a field that holds one value is given twice.
    """
    lists = {
        field.data_key or name
        for name, field in schema.load_fields.items()
        if isinstance(field, fields.List | fields.Tuple)
    }
    given: dict[str, list[str]] = {}
    for name, value in pairs.items() if isinstance(pairs, Mapping) else pairs:
        given.setdefault(name, []).append(value)
    known = {field.data_key or name for name, field in schema.load_fields.items()}
    twice = [name for name, values in given.items() if len(values) > 1 and name in known - lists]
    if twice:
        raise Invalid(
            "some fields are given more than once",
            errors=[FieldError(path=name, reason="Give it once.") for name in twice],
        )
    return {name: values if name in lists else values[0] for name, values in given.items()}


def refuse_strange(schema: Schema, names: Iterable[str]) -> None:
    """Invalid where a query has a word that its schema does not know.

    A misspelt filter that were left out in silence would have a wrong list believed.
    """
    known = [field.data_key or name for name, field in schema.load_fields.items()]
    strange = [name for name in dict.fromkeys(names) if name not in known]
    if strange:
        reason = f"There is no such parameter here; there are {', '.join(known) or 'none'}."
        errors = [FieldError(path=name, reason=reason) for name in strange[:_MOST_ERRORS]]
        raise Invalid("mend or leave out the parameters named", errors=errors)


def load(schema: Schema, document: Any) -> Any:
    """What the schema makes of a document; Invalid, naming each fault by its path."""
    _refuse_values(document)
    try:
        loaded = schema.load(document)
    except ValidationError as fault:
        found = list(_errors(fault.messages, ""))
        raise Invalid("mend the fields named", errors=found[:_MOST_ERRORS]) from fault
    _refuse_values(loaded)
    return loaded


def _refuse_values(document: Any) -> None:
    errors = list(islice(_unstorable(document, "", _DEEPEST), _MOST_ERRORS))
    if errors:
        raise Invalid("mend the fields named", errors=errors)


def _errors(messages: Any, path: str) -> Iterator[FieldError]:
    if isinstance(messages, Mapping):
        for name, below in messages.items():
            yield from _errors(below, path if name == "_schema" else _join(path, name))
    else:
        reasons = messages if isinstance(messages, list) else [messages]
        for reason in reasons:
            yield FieldError(path=path, reason=str(reason))


def _join(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)


def _unstorable(value: Any, path: str, deep: int) -> Iterator[FieldError]:
    """What reads well and yet fits no column: it would fail deep inside, far from who sent it."""
    match value:
        case Mapping() | list() | tuple() if deep == 0:
            yield FieldError(path=path, reason="This is nested too deeply.")
        case str() if "\0" in value or not _encodes(value):
            yield FieldError(path=path, reason="Neither NUL nor halves of characters.")
        case int() if not -_BIGGEST <= value < _BIGGEST:
            yield FieldError(path=path, reason="The number is too big.")
        case datetime() if value.tzinfo is not None and not _has_utc(value):
            yield FieldError(path=path, reason="The instant lies outside the calendar.")
        case Mapping():
            for name, item in value.items():
                if isinstance(name, str) and "\0" in name:
                    yield FieldError(path=path, reason="A name may not contain NUL.")
                yield from _unstorable(item, _join(path, name), deep - 1)
        case list() | tuple():
            for index, item in enumerate(value):
                yield from _unstorable(item, _join(path, index), deep - 1)
        case _:
            pass


def _has_utc(instant: datetime) -> bool:
    try:
        instant.astimezone(UTC)
    except OverflowError:
        return False
    return True


def lenient(schema: Schema) -> None:
    """Have a schema and all within leave unknown fields out, unless their Meta says otherwise."""
    _each_schema(schema, frozenset())


def _each_schema(schema: Schema, above: frozenset[type]) -> None:
    kind = type(schema)
    if not hasattr(schema.Meta, "unknown") and schema.unknown == RAISE:
        schema.unknown = kind.opts.unknown = EXCLUDE  # of those to come too: see below
    if kind in above:  # it holds itself; each level is made when it is first looked at, without end
        return
    for field in schema.fields.values():
        _each_field(field, above | {kind})


def _each_field(field: Any, above: frozenset[type]) -> None:
    match field:
        case fields.Nested():
            _each_schema(field.schema, above)
        case fields.List():
            _each_field(field.inner, above)
        case fields.Tuple():
            for inner in field.tuple_fields:
                _each_field(inner, above)
        case fields.Mapping():
            _each_field(field.value_field, above)
        case _:
            pass


def from_texts(schema: Schema) -> None:
    """Have a query's integers read from texts; strictness is for JSON, where 1.0 is a number."""
    lenient(schema)
    for field in schema.fields.values():
        for each in (field, getattr(field, "inner", None)):
            if isinstance(each, fields.Integer):
                each.strict = False


def url_of(public_url: str, raw_path: str) -> str:
    """The URL as the outside world called it: what the request says of its host is not asked."""
    target = raw_path
    if not target.startswith("/"):  # a proxy's form: the whole URL
        target = "/" + target.partition("://")[2].partition("/")[2]
    return public_url.rstrip("/") + target


def remote_of(peer: str | None, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """Who called, past the proxies we trust: the last hop of X-Forwarded-For that is none of them.

    A hop that is no address ends the search: what stands before it may be made up.
    """
    last = _address(peer or "")
    hops = [hop for line in forwarded for hop in line.split(",")][-_MOST_HOPS:]
    while last is not None and hops and _is_trusted(last, trusted):
        before = _address(hops.pop())
        if before is None:
            break
        last = before
    return str(last) if last is not None else ""


@lru_cache  # carriers and proxies call again and again
def _address(text: str) -> _Address | None:
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_trusted(address: _Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)


def is_ours(headers: Mapping[str, str], public_url: str) -> bool:
    """Whether a browser sent this from a page of ours, or says nothing of where it is from.

    No page can have a browser say otherwise: `Sec-Fetch-Site` (W3C Fetch Metadata), else `Origin`
    (RFC 6454), which must be our public one, or the very host that was called.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    if origin is None:
        return True
    public = urlsplit(public_url)
    return origin == f"{public.scheme}://{public.netloc}" or (
        origin.partition("://")[2] == headers.get("host", "") != ""
    )


def locale_of(call: Call) -> str:
    """What the person chose, else `zh-CN` or `en`, whichever Accept-Language likes better.

    Chinese where it likes neither.
    """
    if call.person is not None and call.person.locale in LOCALES:
        return call.person.locale
    return preferred(call.headers.get("accept-language", ""), LOCALES[0])


def preferred(accept: str, otherwise: str) -> str:
    """`zh-CN` or `en`, whichever an Accept-Language likes better, else `otherwise`."""
    wishes = []
    for wish in accept.split(","):
        name, _, said = wish.partition(";")
        wishes.append((_weight(said), name.strip().lower()))
    for weight, name in sorted(wishes, key=lambda each: -each[0]):
        for locale in LOCALES:
            if weight > 0 and name.partition("-")[0] == locale.partition("-")[0].lower():
                return locale
    return otherwise


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
