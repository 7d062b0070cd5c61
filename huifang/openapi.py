"""Describes the endpoints as an OpenAPI 3.1 document."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import INCLUDE, Schema, fields

from huifang.request import FORM, from_texts, lenient
from kernel.endpoint import Endpoint, Role

PROBLEM = "application/problem+json"
JSON = "application/json"

_KEY = "key"
_PARAMETER = re.compile(r"\{([^}:]+)[^}]*\}")
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_REFUSALS = {
    400: "the request cannot be read",
    401: "no valid key",
    403: "the key's role is too low",
    404: "there is no such thing",
    409: "the request does not fit the present state",
    413: "the body is too large",
    415: "the content type cannot be read",
    422: "some fields are not valid; `errors` names them",
}


class FieldErrorSchema(Schema):
    """One faulty field."""

    path = fields.String(metadata={"description": "where in the document, dotted"})
    reason = fields.String()


class ProblemSchema(Schema):
    """A problem document (RFC 9457)."""

    class Meta:
        unknown = INCLUDE  # its extension members: `sources`, `rejected`, `role`, …

    type = fields.String(
        required=True, metadata={"description": "names the kind of fault, for programs"}
    )
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(
        required=True, metadata={"description": "what to do about it, for people"}
    )
    errors = fields.List(fields.Nested(FieldErrorSchema))
    request_id = fields.String(metadata={"description": "on a fault of ours: find it in the log"})


def document(endpoints: Sequence[Endpoint], public_url: str, version: str) -> dict[str, Any]:
    """The OpenAPI 3.1.0 document; `public_url` is the server's, `version` the product's."""
    endpoints = [endpoint for endpoint in endpoints if endpoint.page is None]
    for endpoint in endpoints:
        prepare(endpoint)
    spec = APISpec(
        title="huifang 回访",
        version=version,
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin(schema_name_resolver=_namer())],
        info={
            "description": "Satisfaction surveys and callbacks that follow every closed ticket. "
            "Faults are problem documents (RFC 9457)."
        },
        servers=[{"url": public_url}],
    )
    spec.components.schema("Problem", schema=ProblemSchema())
    spec.components.security_scheme(
        _KEY,
        {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key; roles: ingest < agent < manager < admin. Pages of people "
            "who are signed in use their session, with X-CSRF-Token for what changes anything.",
        },
    )
    for tag in dict.fromkeys(endpoint.tag for endpoint in endpoints):
        spec.tag({"name": tag})
    for endpoint in endpoints:
        spec.path(
            path=_PARAMETER.sub(r"{\1}", endpoint.path),
            operations={endpoint.method.lower(): _operation(endpoint)},
        )
    return spec.to_dict()


def prepare(endpoint: Endpoint) -> None:
    """Settle how an endpoint's schemas read, before anything is loaded or described by them."""
    if endpoint.query is not None:
        from_texts(endpoint.query)
    for schema in (endpoint.body, endpoint.reply):
        if schema is not None:
            lenient(schema)


def has_body(endpoint: Endpoint) -> bool:
    """Whether a request to the endpoint may carry a body."""
    return endpoint.method in _WITH_BODY or endpoint.body is not None


def _namer() -> Callable[[Any], str]:
    """Component names, unique in one document: the class's, with its package where two clash."""
    taken: dict[str, None] = {"Problem": None}

    def name(schema: Any) -> str:
        kind = schema if isinstance(schema, type) else type(schema)
        short = kind.__name__.strip("_").removesuffix("Schema") or "Schema"
        package = kind.__module__.partition(".")[0].capitalize()
        numbered = (f"{package}{short}{number}" for number in range(2, 1_000))
        for candidate in (short, package + short, *numbered):
            if candidate not in taken:
                taken[candidate] = None
                return candidate
        raise ValueError(f"too many schemas are named {short}")

    return name


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _operation_id(endpoint),
        "summary": endpoint.summary,
        "tags": [endpoint.tag],
        "parameters": _parameters(endpoint),
        "responses": {**_replies(endpoint), **_refused(endpoint)},
        "security": [{_KEY: []}] if endpoint.role > Role.NONE else [],
        "x-role": endpoint.role.name.lower(),
    }
    if endpoint.or_signed is not None:
        operation["security"].append({})
        operation["description"] = "A fitting signature of the sender stands in for a key."
    elif endpoint.signed:
        operation["description"] = "The sender signs each request; no key is needed."
    if endpoint.signed or endpoint.or_signed is not None:
        operation["x-signed"] = True
    if has_body(endpoint):
        operation["requestBody"] = _body(endpoint)
    return operation


def _operation_id(endpoint: Endpoint) -> str:
    words = re.sub(r"[^A-Za-z0-9]+", "_", endpoint.path).strip("_")
    return f"{endpoint.method.lower()}_{words or 'root'}"


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    named: list[dict[str, Any]] = [
        {
            "in": "path",
            "name": name,
            "required": True,
            # A segment of a path: what NUL or nothing would mean there is nobody's business.
            "schema": {"type": "string", "minLength": 1},
        }
        for name in _PARAMETER.findall(endpoint.path)
    ]
    if endpoint.query is not None:
        named.append({"in": "query", "schema": endpoint.query})
    return named


def _body(endpoint: Endpoint) -> dict[str, Any]:
    schema: Any = endpoint.body
    content = {
        media: {"schema": schema if schema is not None else _free(media)}
        for media in endpoint.media
    }
    return {"content": content, "required": _needs(endpoint.body)}


def _needs(schema: Schema | None) -> bool:
    """Whether a body must be there: an empty one stands for a document without fields."""
    if schema is None:
        return False
    return schema.many or any(field.required for field in schema.load_fields.values())


def _free(media: str) -> dict[str, Any]:
    """What can be said of a body that the handler reads by itself."""
    if media == FORM:
        return {"type": "object", "additionalProperties": {"type": "string"}}
    return {} if media.endswith("json") else {"type": "string"}


def _replies(endpoint: Endpoint) -> dict[str, Any]:
    reply = {str(endpoint.status): _reply(endpoint, "done" if endpoint.reply is None else "")}
    for status, meaning in endpoint.statuses.items():
        if status < 400:
            reply[str(status)] = _reply(endpoint, meaning, bare=status >= 300)
    return reply


def _reply(endpoint: Endpoint, meaning: str, *, bare: bool = False) -> dict[str, Any]:
    shown: dict[str, Any] = {"description": meaning or "the answer"}
    if bare or endpoint.status == 204:
        return shown
    if endpoint.reply is not None:
        shown["content"] = {endpoint.reply_media: {"schema": endpoint.reply}}
    elif endpoint.reply_media != JSON:
        shown["content"] = {endpoint.reply_media: {"schema": {"type": "string"}}}
    return shown


def _refused(endpoint: Endpoint) -> dict[str, Any]:
    refusals = {status: _REFUSALS[status] for status in _usual(endpoint)}
    refusals |= {status: text for status, text in endpoint.statuses.items() if status >= 400}
    return {
        str(status): {"description": text, "content": _refusal_content(endpoint, status)}
        for status, text in sorted(refusals.items())
    }


def _refusal_content(endpoint: Endpoint, status: int) -> dict[str, Any]:
    content: dict[str, Any] = {PROBLEM: {"schema": ProblemSchema}}
    if status in endpoint.statuses and endpoint.reply_media != JSON:
        content[endpoint.reply_media] = {"schema": {"type": "string"}}  # a page says it to people
    elif status in endpoint.statuses and endpoint.reply is not None and status == 503:
        content[endpoint.reply_media] = {"schema": endpoint.reply}
    return content


def knows_every_word(endpoint: Endpoint) -> bool:
    """Whether a query may have no words but those described: only programs call that read this.

    Mail systems and browsers hang words of their own on links to pages, ticketing systems and
    gateways on addresses that operators gave them.
    """
    told = endpoint.role > Role.NONE and endpoint.page is None and endpoint.or_signed is None
    return told and (endpoint.query is not None or endpoint.method == "GET")


def _usual(endpoint: Endpoint) -> Iterable[int]:
    """The refusals that the kind of endpoint brings with it."""
    in_path = "{" in endpoint.path
    body = has_body(endpoint)
    yield 400  # NUL in the path or the query, a body that cannot be read
    if endpoint.role > Role.NONE:
        yield from (401, 403)
    if in_path:
        yield 404
    if in_path and endpoint.method != "GET":
        yield 409
    if body:
        yield from (413, 415)
    if endpoint.body is not None or endpoint.query is not None or knows_every_word(endpoint):
        yield 422
