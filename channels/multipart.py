"""Reads the plain fields of a `multipart/form-data` body."""

import re
from email.errors import MessageError
from email.message import Message
from email.parser import HeaderParser
from email.utils import collapse_rfc2231_value

MOST_FIELDS = 50
"""Fields that are read; what follows them is left aside."""

_MEDIA = "multipart/form-data"
_HEAD_ENDS = re.compile(rb"\r?\n\r?\n")


def is_multipart(content_type: str) -> bool:
    """Whether a Content-Type header announces such a body."""
    return content_type.partition(";")[0].strip().lower() == _MEDIA


def read(content_type: str, raw: bytes) -> list[tuple[str, str]]:
    """(name, value) in the order sent, as UTF-8; files, and what cannot be read, are left out.

    The body is cut at its boundary by hand: parts that hold parts of their own stay closed.
    """
    whole = Message()
    whole["Content-Type"] = content_type.replace("\r", " ").replace("\n", " ")
    boundary = whole.get_boundary()
    if not boundary:
        return []
    mark = b"--" + boundary.encode("ascii", "replace")
    parts = (b"\n" + raw).split(b"\n" + mark)[1 : MOST_FIELDS + 1]
    return [field for part in parts if (field := _field(part)) is not None]


def _field(part: bytes) -> tuple[str, str] | None:
    head, _, _ = part.partition(b"\n")
    if head.startswith(b"--"):  # the closing boundary
        return None
    cut = _HEAD_ENDS.search(part)
    if cut is None:
        return None
    # What stands behind the boundary on its own line is padding.
    headers = part[len(head) + 1 : cut.start()].decode("utf-8", "replace")
    name = _name(headers)
    if name is None:
        return None
    return name, part[cut.end() :].removesuffix(b"\r").decode("utf-8", "replace")


def _name(headers: str) -> str | None:
    try:
        read = HeaderParser().parsestr(headers)
        where = "content-disposition"
        if read.get_content_disposition() != "form-data" or read.get_filename() is not None:
            return None
        name = read.get_param("name", header=where)
    except (MessageError, ValueError, LookupError):
        return None
    return None if name is None else collapse_rfc2231_value(name)
