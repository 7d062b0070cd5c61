"""Sets words as the customer will read them: signed SMS, letters in plain text and in HTML."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from channels import tint
from channels.model import Address, Channel, Person, Words

LOCALES = ("zh-CN", "en")
_SIGNED_PREFIX = "+86"  # the sender's name must open a service SMS to a Chinese number


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """Who we are, to a customer; `logo` is the URL of a picture, `colour` `#rgb` or `#rrggbb`."""

    name: str = "示例电信"
    signature: str = "【示例电信】"
    logo: str | None = None
    colour: str = "#0b5fff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A message's text, and a mail's subject, HTML and headers."""

    text: str
    subject: str | None = None
    html: str | None = None
    headers: Mapping[str, str] | None = None


@cache
def _letters(templates: Path) -> Environment:
    return Environment(
        loader=FileSystemLoader(templates / "messages"),
        undefined=StrictUndefined,
        autoescape=select_autoescape(("html",), default=False),
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _has(templates: Path, name: str) -> bool:
    return (templates / "messages" / name).is_file()


@dataclass(slots=True, kw_only=True)
class Render:
    """Renders messages from `templates/messages/<name>/<locale>/`; an undefined name is a fault."""

    templates: Path
    brand: Brand

    def signed(self, text: str, number: str) -> str:
        """An SMS as the law of its country wants it opened."""
        return self.brand.signature + text if number.startswith(_SIGNED_PREFIX) else text

    def message(self, words: Words, address: Address, person: Person) -> Rendered:
        """The message for one address."""
        if address.channel is Channel.VOICE:
            return Rendered(text=words.spoken or words.text)
        if address.channel is not Channel.EMAIL:
            return Rendered(text=self.signed(words.text, address.value))
        locale = words.locale if words.locale in LOCALES else LOCALES[0]
        facts = {
            "brand": self.brand.name,
            "name": person.name,
            "text": words.letter or words.text,
            "link": words.link,
            "unsubscribe": words.unsubscribe,
            "scale": words.scale,
        }
        # What has no page to go to says something back.
        letter = self.letter("invitation" if words.link else words.form, locale, facts)
        return replace(letter, headers=_headers(words.unsubscribe, words.in_reply_to))

    def short(self, name: str, locale: str, facts: Mapping[str, object]) -> str:
        """A text message in one of `LOCALES`, not signed yet."""
        return self._fill(f"{name}/{locale}/sms.txt", facts).strip()

    def letter(self, name: str, locale: str, facts: Mapping[str, object]) -> Rendered:
        """A mail in one of `LOCALES`, as one that no machine should answer.

        In HTML too where `<name>/<locale>/mail.html` is, which may extend `letter.html`: `logo`,
        `spoken` and `inks`, the brand's colours, are known to it besides the facts.
        """
        name = f"{name}/{locale}"
        there = _has(self.templates, f"{name}/mail.html")
        return Rendered(
            text=self._fill(f"{name}/mail.txt", facts),
            subject=self._fill(f"{name}/mail.subject.txt", facts).strip(),
            html=self.markup(name, locale, facts) if there else None,
            headers=_headers(),
        )

    def markup(self, name: str, locale: str, facts: Mapping[str, object]) -> str:
        """The HTML of a mail, `<name>/mail.html`, which begins in one of `LOCALES`."""
        look = {"logo": self._logo(), "spoken": locale, "inks": _inks(self.brand.colour)}
        return self._fill(f"{name}/mail.html", {**look, **facts})

    def _logo(self) -> str | None:
        """A picture that a mail may show: programmes load none that is not fetched securely."""
        logo = self.brand.logo or ""
        return logo if logo.startswith("https://") else None

    def _fill(self, name: str, facts: Mapping[str, object]) -> str:
        return _letters(self.templates).get_template(name).render(**facts)


@cache
def _inks(colour: str) -> Mapping[str, str]:
    return tint.inks(colour.removeprefix("#"))


def _headers(unsubscribe: str | None = None, in_reply_to: str | None = None) -> dict[str, str]:
    # RFC 3834: what a machine says of itself, and what it says to a person who wrote first.
    how = "auto-replied" if in_reply_to else "auto-generated"
    headers = {"Auto-Submitted": how, "X-Auto-Response-Suppress": "All"}
    if in_reply_to:
        headers["In-Reply-To"] = headers["References"] = in_reply_to
    if unsubscribe:
        headers["List-Unsubscribe"] = f"<{unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
