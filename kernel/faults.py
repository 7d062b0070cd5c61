"""Names what went wrong: to callers in problem documents (RFC 9457), to the log by its kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from errno import errorcode


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """One faulty field: its `path` in the document (dotted, `data.ticket.id`) and the reason."""

    path: str
    reason: str


class Fault(Exception):
    """A request that cannot be served; `status` is the HTTP status, `detail` says what to do."""

    status = 500
    slug = "internal"
    title = "Something went wrong on our side"

    def __init__(
        self,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        extra: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})


class Malformed(Fault):
    """The request cannot be read at all: 400."""

    status, slug, title = 400, "malformed", "The request cannot be read"


class Unauthorized(Fault):
    """No valid key or signature: 401."""

    status, slug, title = 401, "unauthorized", "A valid key or signature is needed"


class Forbidden(Fault):
    """Known, but not allowed: 403."""

    status, slug, title = 403, "forbidden", "This is not allowed"


class NotFound(Fault):
    """No such thing: 404."""

    status, slug, title = 404, "not-found", "There is no such thing"


class Conflict(Fault):
    """The thing is in another state than the request supposes: 409."""

    status, slug, title = 409, "conflict", "The request does not fit the present state"


class Gone(Fault):
    """What was here, and is not kept any more: 410."""

    status, slug, title = 410, "gone", "This is not kept any more"


class TooLarge(Fault):
    """Body or batch above the limit: 413."""

    status, slug, title = 413, "too-large", "The request is too large"


class WrongMedia(Fault):
    """A content type we do not read: 415."""

    status, slug, title = 415, "unsupported-media-type", "The content type cannot be read"


class Invalid(Fault):
    """Readable, but some fields are wrong: 422, with `errors` by field."""

    status, slug, title = 422, "invalid", "Some fields are not valid"


class Unavailable(Fault):
    """We cannot keep what would be accepted: 503, with Retry-After."""

    status, slug, title = 503, "unavailable", "Not possible at the moment"


class SettingsFault(Exception):
    """Configuration that cannot be used; `faults` lists every one found in one run."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


def described(fault: BaseException) -> dict[str, str]:
    """A fault for the log: what it is, and its code; never its words, which may hold data."""
    told = getattr(fault, "orig", None) or fault
    number = errorcode.get(getattr(told, "errno", None) or 0)
    codes = (getattr(told, name, None) for name in ("sqlstate", "sqlite_errorname"))
    code = next((str(each) for each in (*codes, number) if each), "")
    kind = type(fault)
    return {"reason": f"{kind.__module__}.{kind.__qualname__}", "code": code}
