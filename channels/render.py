"""Sets words as the customer will read them: signed SMS, plain letters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from channels.model import Address, Channel, Person, Words

LOCALES = ("zh-CN", "en")
_SIGNED_PREFIX = "+86"  # the sender's name must open a service SMS to a Chinese number


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """Who we are, to a customer."""

    name: str = "示例电信"
    signature: str = "【示例电信】"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A message's text, and a mail's subject and headers."""

    text: str
    subject: str | None = None
    headers: Mapping[str, str] | None = None


@dataclass(slots=True, kw_only=True)
class Render:
    """Renders messages from `templates/messages/<name>/<locale>/`; an undefined name is a fault."""

    templates: Path
    brand: Brand
    _environment: Environment = field(init=False)

    def __post_init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(self.templates / "messages"),
            undefined=StrictUndefined,
            autoescape=False,  # noqa: S701 - these templates are plain text, never HTML
            trim_blocks=True,
        )

    def signed(self, text: str, number: str) -> str:
        """An SMS as the law of its country wants it opened."""
        return self.brand.signature + text if number.startswith(_SIGNED_PREFIX) else text

    def message(self, words: Words, address: Address, person: Person) -> Rendered:
        """The message for one address."""
        if address.channel is not Channel.EMAIL:
            return Rendered(text=self.signed(words.text, address.value))
        locale = words.locale if words.locale in LOCALES else LOCALES[0]
        facts = {
            "brand": self.brand.name,
            "name": person.name,
            "text": words.letter or words.text,
            "link": words.link,
            "unsubscribe": words.unsubscribe,
        }
        return Rendered(
            text=self._fill(f"invitation/{locale}/mail.txt", facts),
            subject=self._fill(f"invitation/{locale}/mail.subject.txt", facts).strip(),
            headers=_headers(words),
        )

    def _fill(self, name: str, facts: Mapping[str, str | None]) -> str:
        return self._environment.get_template(name).render(**facts)


def _headers(words: Words) -> dict[str, str]:
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    if words.unsubscribe:
        headers["List-Unsubscribe"] = f"<{words.unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
