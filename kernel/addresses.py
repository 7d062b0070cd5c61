"""Brings numbers and mailboxes into the one form in which they are kept, counted and compared."""

import re
import unicodedata

import phonenumbers

LONGEST_EMAIL = 254
_MAX_LOCAL, _MAX_DOMAIN = 64, 253  # octets: RFC 5321 4.5.3.1, RFC 3696 erratum
_SPACES = " \u00a0\u3000"
_LOCAL_SPECIALS = frozenset('"(),:;<>@[\\]')  # what only a quoted local part may hold
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
#: Most mailboxes there are: no octet of them is anything but itself.
_PLAIN = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?!.*xn--)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+"
    r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
_SHOWN_AT_START, _SHOWN_AT_END, _SHORT = 3, 2, 8


def phone(text: str, region_hint: str | None, *, possible: bool = False) -> str | None:
    """A valid number as E.164, or None; `region_hint` (`CN`) reads those without a country.

    With `possible` its length alone must fit the country: numbering plans grow faster than any
    table of them, and the carrier knows better.
    """
    hint = region_hint.upper() if region_hint else None
    try:
        number = phonenumbers.parse(text, hint)
    except phonenumbers.NumberParseException:
        return None
    fits = phonenumbers.is_possible_number if possible else phonenumbers.is_valid_number
    if not fits(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def email(text: str) -> str | None:
    """A mailbox in lower case, its domain in ASCII, or None when mail could not go there as is.

    Quoted local parts, address literals and domains without a dot are not taken.
    """
    mailbox = unicodedata.normalize("NFC", text.strip(_SPACES)).lower()
    if len(mailbox) <= _MAX_LOCAL and _PLAIN.fullmatch(mailbox):
        return mailbox
    local, _, name = mailbox.rpartition("@")
    domain = _domain(name)
    if domain is None or not _is_local(local):
        return None
    whole = f"{local}@{domain}"
    return whole if len(whole.encode()) <= LONGEST_EMAIL else None


def mask(text: str) -> str:
    """A number or mailbox that its owner recognises and nobody else: `+86***00`, `z***@a.test`."""
    local, at, domain = text.rpartition("@")
    if at:
        return f"{local[:1]}***@{domain}"
    if len(text) < _SHORT:
        return "***"
    return f"{text[:_SHOWN_AT_START]}***{text[-_SHOWN_AT_END:]}"


def _is_local(local: str) -> bool:
    if not local or local.startswith(".") or local.endswith(".") or ".." in local:
        return False
    if any(_is_unfit(char) or char in _LOCAL_SPECIALS for char in local):
        return False
    return len(local.encode()) <= _MAX_LOCAL


def _is_unfit(char: str) -> bool:
    """Controls, format characters, surrogates and spaces of every kind."""
    return unicodedata.category(char)[0] in "CZ"


def _domain(name: str) -> str | None:
    """The domain in ASCII; None where encoding it would name another one."""
    plain = unicodedata.normalize("NFKC", name).lower()
    if any(_is_unfit(char) for char in plain):
        return None
    try:
        ascii_name = plain.encode("idna").decode("ascii").lower()
        same = ascii_name.encode("ascii").decode("idna") == plain or ascii_name == plain
    except UnicodeError:
        return None
    labels = ascii_name.split(".")
    if not same or len(labels) < 2 or labels[-1].isdigit() or len(ascii_name) > _MAX_DOMAIN:
        return None
    return ascii_name if all(_LABEL.fullmatch(label) for label in labels) else None
