"""Reads the carrier's markup that the product answers with."""

from dataclasses import dataclass
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

MAX_MARKUP = 64_000
MAX_REPLIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One message that the product wants sent in answer."""

    text: str
    to: str | None = None
    status_callback: str | None = None


class MarkupError(ValueError):
    """The answer is not markup that the carrier carries out."""


def replies(markup: str, base_url: str) -> list[Reply]:
    """Return the messages of a TwiML answer; raises MarkupError on anything unreadable."""
    if not markup.strip():
        return []
    root = response(markup)
    found = [_reply(element, base_url) for element in root if element.tag in ("Message", "Sms")]
    return [reply for reply in found if reply.text][:MAX_REPLIES]


def response(markup: str) -> ET.Element:
    """Return the root of a TwiML answer; raises MarkupError on anything unreadable."""
    if len(markup) > MAX_MARKUP:
        raise MarkupError(f"more than {MAX_MARKUP} characters")
    # Entities can only be declared in a DOCTYPE: without one the parser cannot be made to swell.
    if "<!DOCTYPE" in markup or "<!ENTITY" in markup:
        raise MarkupError("a DOCTYPE is not taken")
    try:
        root = ET.fromstring(markup.encode())  # noqa: S314 - no DOCTYPE gets here
    except ET.ParseError as failure:
        raise MarkupError(str(failure)) from failure
    if root.tag != "Response":
        raise MarkupError(f"the root is {root.tag}, not Response")
    return root


def _reply(element: ET.Element, base_url: str) -> Reply:
    bodies = element.findall("Body")
    text = "".join(body.text or "" for body in bodies) if bodies else element.text or ""
    target = element.get("statusCallback") or element.get("action")
    return Reply(
        text=text.strip(),
        to=element.get("to"),
        status_callback=urljoin(base_url, target) if target else None,
    )
