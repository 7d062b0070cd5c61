"""Shows the OpenAPI document, to programs and as a page for people."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from channels.sheets import sheets
from huifang.request import LOCALES, locale_of
from kernel.endpoint import Answer, Call, Endpoint, Role

TAG = "documentation"

_DEEPEST = 6  # levels of a schema shown
_METHODS = ("get", "put", "post", "delete", "patch")
_SAMPLES = {
    "date-time": "2026-11-21T08:00:00+08:00",
    "date": "2026-11-21",
    "time": "08:00:00",
    "email": "someone@example.com",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uuid": "6f1f7a52-7c1b-4f0e-9a3c-2f4f0c6c1e11",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a table of parameters or fields."""

    name: str
    kind: str
    required: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A body in one content type: its fields, and one that would do."""

    media: str
    rows: tuple[Row, ...]
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer: its status, what it means, what is in it."""

    status: str
    meaning: str
    contents: tuple[Content, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """All the page says of one method of one path."""

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    role: str
    signed: bool
    parameters: tuple[Row, ...]
    contents: tuple[Content, ...]
    replies: tuple[Reply, ...]
    command: str


class Docs:
    """`/openapi.json` and `/docs`: made once, for a document does not change while served.

    Not before somebody asks: a process shall serve at once, and hardly any is ever asked. Then in a
    thread: anybody may be the first to ask, and nobody else shall wait for it.
    """

    def __init__(self, make: Callable[[], Mapping[str, Any]], templates: Path) -> None:
        self._make = make
        self._templates = templates

    @cached_property
    def _document(self) -> Mapping[str, Any]:
        return self._make()

    @cached_property
    def _pages(self) -> dict[str, bytes]:
        page = sheets(self._templates).get_template("docs.html")
        facts = {"document": self._document, "groups": grouped(self._document)}
        return {locale: page.render(**facts, lang=locale).encode() for locale in LOCALES}

    def _raw(self) -> bytes:
        return orjson.dumps(self._document)

    def _page(self, locale: str) -> bytes:
        return self._pages[locale]

    def endpoints(self) -> list[Endpoint]:
        """The routes; they describe the others, and not themselves."""
        return [
            Endpoint(
                method="GET",
                path="/openapi.json",
                handler=self.raw,
                role=Role.NONE,
                summary="The OpenAPI document",
                tag=TAG,
            ),
            Endpoint(
                method="GET",
                path="/docs",
                handler=self.page,
                role=Role.NONE,
                summary="The same, for people",
                tag=TAG,
                reply_media="text/html",
            ),
        ]

    async def raw(self, call: Call) -> Answer:
        """The document."""
        return Answer(body=await asyncio.to_thread(self._raw))

    async def page(self, call: Call) -> Answer:
        """The page, in the reader's language."""
        locale = locale_of(call)
        headers = {"Vary": "Accept-Language", "Content-Language": locale}
        page = await asyncio.to_thread(self._page, locale)
        return Answer(body=page, media="text/html; charset=utf-8", headers=headers)


def grouped(document: Mapping[str, Any]) -> dict[str, list[Operation]]:
    """The operations of an OpenAPI document by tag, in its order."""
    groups: dict[str, list[Operation]] = {tag["name"]: [] for tag in document.get("tags", ())}
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                found = methods[method]
                groups.setdefault(found["tags"][0], []).append(
                    _operation(document, path, method, found)
                )
    return {tag: operations for tag, operations in groups.items() if operations}


def _operation(
    document: Mapping[str, Any], path: str, method: str, found: Mapping[str, Any]
) -> Operation:
    contents = _contents(document, found.get("requestBody", {}))
    return Operation(
        anchor=found["operationId"],
        method=method.upper(),
        path=path,
        summary=found.get("summary", ""),
        description=found.get("description", ""),
        role=found["x-role"],
        signed=found.get("x-signed", False),
        parameters=tuple(_parameter(document, each) for each in found.get("parameters", ())),
        contents=contents,
        replies=tuple(
            Reply(
                status=status,
                meaning=reply["description"],
                contents=_contents(document, reply),
            )
            for status, reply in sorted(found["responses"].items())
        ),
        command=_command(document, path, method, found, contents),
    )


def _parameter(document: Mapping[str, Any], found: Mapping[str, Any]) -> Row:
    schema = _followed(document, found["schema"])
    return Row(
        name=found["name"],
        kind=_kind(document, schema),
        required=found.get("required", False),
        note=_note({**schema, "description": found.get("description", "")}, found["in"]),
    )


def _contents(document: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[Content, ...]:
    return tuple(
        Content(
            media=media,
            rows=tuple(rows(document, found.get("schema", {}))),
            example=_sample(document, media, found.get("schema", {})),
        )
        for media, found in body.get("content", {}).items()
    )


def rows(
    document: Mapping[str, Any], schema: Mapping[str, Any], under: str = "", deep: int = _DEEPEST
) -> Iterator[Row]:
    """The fields of a schema with dotted names, those within it after it; `[]` marks a list."""
    schema = _followed(document, schema)
    if deep == 0:
        return
    if "items" in schema:
        yield from rows(document, schema["items"], under + "[]", deep - 1)
    for name, found in schema.get("properties", {}).items():
        field = _followed(document, found)
        path = f"{under}.{name}" if under else name
        yield Row(
            name=path,
            kind=_kind(document, field),
            required=name in schema.get("required", ()),
            note=_note(field),
        )
        yield from rows(document, field, path, deep - 1)


def _followed(document: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with its reference, or the one alternative that is not null, put in place."""
    for within in schema.get("allOf", schema.get("anyOf", ())):
        if within.get("type") != "null":
            rest = {key: value for key, value in schema.items() if key not in ("allOf", "anyOf")}
            return {**_followed(document, within), **rest}
    if "$ref" not in schema:
        return dict(schema)
    name = schema["$ref"].rpartition("/")[2]
    return {**document["components"]["schemas"][name], **_without_reference(schema)}


def _without_reference(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != "$ref"}


def _kind(document: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    kinds = schema.get("type", "any")
    named = " | ".join(kinds) if isinstance(kinds, list) else str(kinds)
    if "items" in schema:
        return f"{named} of {_kind(document, _followed(document, schema['items']))}"
    return f"{named} ({schema['format']})" if "format" in schema else named


def _note(schema: Mapping[str, Any], where: str = "") -> str:
    limits = (
        ("minLength", "at least {} characters"),
        ("maxLength", "at most {} characters"),
        ("minimum", "from {}"),
        ("maximum", "to {}"),
        ("default", "default {}"),
    )
    parts = [where, schema.get("description", "")]
    if "enum" in schema:
        parts.append("one of " + ", ".join(str(each) for each in schema["enum"]))
    parts += [text.format(schema[key]) for key, text in limits if schema.get(key) is not None]
    return "; ".join(part for part in parts if part)


def example(document: Mapping[str, Any], schema: Mapping[str, Any], deep: int = _DEEPEST) -> Any:
    """A value that the schema would take: its own examples first, else one made from its types."""
    schema = _followed(document, schema)
    for key in ("example", "default"):
        if schema.get(key) is not None:
            return schema[key]
    if schema.get("examples"):
        return schema["examples"][0]
    if "enum" in schema:
        return next((each for each in schema["enum"] if each is not None), None)
    kinds = schema.get("type", "object")
    kind = (
        next((each for each in kinds if each != "null"), "null")
        if isinstance(kinds, list)
        else kinds
    )
    match kind:
        case "object":
            fields = schema.get("properties", {}) if deep else {}
            return {name: example(document, field, deep - 1) for name, field in fields.items()}
        case "array":
            return [example(document, schema.get("items", {}), deep - 1)] if deep else []
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case "string":
            return _SAMPLES.get(schema.get("format", ""), "…")
        case _:
            return None


def _sample(document: Mapping[str, Any], media: str, schema: Mapping[str, Any]) -> str:
    """Empty where the schema says nothing that could be shown."""
    return _written(media, example(document, schema)) if schema else ""


def _written(media: str, value: Any) -> str:
    if media.endswith("json"):
        return orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode()
    if isinstance(value, dict):
        return "&".join(f"{name}={part}" for name, part in value.items())
    return "" if value == "…" else str(value)


def _command(
    document: Mapping[str, Any],
    path: str,
    method: str,
    found: Mapping[str, Any],
    contents: tuple[Content, ...],
) -> str:
    """A call with curl; what is in capitals or braces is the reader's to fill in."""
    url = document["servers"][0]["url"].rstrip("/") + path
    parts = [f"curl -X {method.upper()} '{url}'" if method != "get" else f"curl '{url}'"]
    if found.get("security"):
        parts.append("-H 'Authorization: Bearer KEY'")
    if contents:
        parts.append(f"-H 'Content-Type: {contents[0].media}'")
        parts.append("--data-binary @body")
    return " \\\n  ".join(parts)
