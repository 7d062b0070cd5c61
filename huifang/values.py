"""Reads the values of settings; what is wrong is a ValueError whose sentence quotes no secret."""

import base64
import binascii
import hashlib
import ipaddress
import re
from collections.abc import Callable
from datetime import timedelta
from email.utils import getaddresses
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from channels.accounts import Alphabet, Long, Relay, Senders, Smsc, Tls
from huifang.durations import read_duration
from kernel.addresses import email
from kernel.webhooks import secret_bytes

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_KEY_BYTES = 32
_HIGHEST_PORT = 65_535
_SUBMISSION, _SUBMISSIONS = 587, 465  # RFC 6409, RFC 8314
_BIND = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/@\[\]]+)):([0-9]{1,5})", re.ASCII)
_ACCOUNT_ID = re.compile(r"[A-Za-z0-9_-]{2,64}", re.ASCII)
_SMS_SENDER = re.compile(r"\+[1-9][0-9]{5,14}|[0-9]{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 +_&-]{1,11}")
_SERVICE_ID = re.compile(r"MG[0-9A-Fa-f]{32}", re.ASCII)
_COUNTRY = re.compile(r"\+[1-9][0-9]{0,6}", re.ASCII)
_HOST = re.compile(r"(?:(?!-)[A-Za-z0-9-]{1,63}(?<!-)\.)*(?!-)[A-Za-z0-9-]{1,63}(?<!-)\.?")
_REGION = re.compile(r"[A-Z]{2}", re.ASCII)
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what it is replaced by
_SMPP_PORT, _SMPPS_PORT = 2775, 3550  # as registered at IANA
_LONGEST_ID, _LONGEST_PASSWORD, _LONGEST_TYPE = 15, 8, 12  # octets: SMPP 3.4, 4.1.1
_MOST_WINDOW = 1_000
_LEVELS = ("debug", "info", "warning", "error", "critical")
_ALSO_CALLED = {"": "info", "warn": "warning"}
_FORMATS = ("json", "console")
_STARTTLS = {"required": Tls.REQUIRED, "optional": Tls.OPTIONAL, "never": Tls.NEVER}
_ESCAPED = "write special characters of user and password as %XX (@ is %40)"
_UNREADABLE_URL = f"cannot be read as a URL; {_ESCAPED}"


def duration(text: str) -> timedelta:
    """A span of at least a millisecond; `ms` is taken too."""
    return read_duration(text, least="1ms", finest="ms")


def address(text: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT` or `[IPV6]:PORT`; port 0 is any that is free."""
    match = _BIND.fullmatch(text)
    if match is None:
        raise ValueError("must be HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080")
    host, port = match[1] or match[2], int(match[3])
    if port > _HIGHEST_PORT:
        raise ValueError(f"a port is at most {_HIGHEST_PORT}")
    if match[1] and not _is_ipv6(host):
        raise ValueError("what stands between [ and ] is no IPv6 address")
    return host, port


def url_of(host: str, port: int) -> str:
    """Where a process that listens there is found from this machine."""
    near = _EVERYWHERE.get(host, host)
    return f"http://[{near}]:{port}" if ":" in near else f"http://{near}:{port}"


def _is_ipv6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True


def networks(text: str) -> tuple[Network, ...]:
    """The networks of a comma list of addresses and CIDR blocks."""
    return tuple(_network(item) for item in _items(text))


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        pass
    try:
        wide = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is no address and no network such as 10.0.0.0/8") from None
    raise ValueError(f"{text} is an address within a network; write {wide}")


def http_url(text: str) -> str:
    """An absolute `http` or `https` URL without user, query and fragment; no slash at its end."""
    parts = _split(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an absolute URL that begins with http:// or https://")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("must have no user, query or fragment")
    return text.rstrip("/?#")


def public_url(text: str) -> str:
    """As `http_url`, whose host is one that everybody can look up: RFC 1123, 2.1."""
    url = http_url(text)
    host = urlsplit(url).hostname or ""
    try:
        plain = host if ":" in host else host.encode("idna").decode()
    except UnicodeError:
        plain = ""
    if ":" not in host and _HOST.fullmatch(plain) is None:
        raise ValueError(
            "has a host that carriers and browsers refuse; "
            "it may have letters, digits, points and hyphens, but no _"
        )
    return url


def hook_url(text: str) -> str:
    """An absolute `http` or `https` URL to post to; a query may be part of it, a user may not."""
    parts = _split(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an absolute URL that begins with http:// or https://")
    if parts.username is not None or parts.fragment:
        raise ValueError("must have no user and no fragment")
    return text


def redis_url(text: str) -> str:
    """A URL that the Redis client reads."""
    parts = _split(text)
    if parts.scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("must begin with redis:// or rediss://")
    if not (parts.path if parts.scheme == "unix" else parts.hostname):
        raise ValueError("names no server, as in redis://127.0.0.1:6379/0")
    if parts.scheme != "unix" and not re.fullmatch(r"/?[0-9]*", parts.path):
        raise ValueError("what follows the server must be the number of a database, such as /0")
    return text


def _split(text: str) -> SplitResult:
    # The library's own sentences quote what it could not read, which may be half of a password.
    try:
        parts = urlsplit(text)
        readable = parts.port is None or parts.port > 0
        host = parts.hostname or ""
        host.encode("ascii" if ":" in host else "idna")  # what no resolver could take
    except ValueError:
        raise ValueError(_UNREADABLE_URL) from None
    if not readable or any(char.isspace() for char in text):
        raise ValueError(_UNREADABLE_URL)
    return parts


def secret_keys(text: str) -> tuple[bytes, ...]:
    """A key of 32 bytes from each secret of a comma list."""
    return tuple(hashlib.sha256(item.encode()).digest() for item in _items(text))


def ring(text: str) -> tuple[bytes, ...]:
    """The keys of a comma list, 32 bytes base64 each, in either alphabet."""
    return tuple(_key(item) for item in _items(text))


def _key(text: str) -> bytes:
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        key = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise ValueError(f"must be {_KEY_BYTES} bytes in base64; `openssl rand -base64 32` does it")
    return key


def token(text: str) -> str:
    """A key that can stand in a header."""
    if not text.isascii() or any(char.isspace() for char in text):
        raise ValueError("must be ASCII without spaces, since it travels in a header")
    return text


def webhook_secret(text: str) -> str:
    """One Standard Webhooks secret."""
    secret_bytes(text)
    return text


def webhook_secrets(text: str) -> tuple[str, ...]:
    """The Standard Webhooks secrets of a comma list."""
    return tuple(webhook_secret(item) for item in _items(text))


def _items(text: str) -> list[str]:
    items = [item.strip() for item in text.split(",") if item.strip()]
    if not items:
        raise ValueError("holds nothing but commas")
    return items


def account_id(text: str) -> str:
    """The id of an account or a service at the carrier."""
    if _ACCOUNT_ID.fullmatch(text) is None:
        raise ValueError("must be letters, digits, _ and - only")
    return text


def sms_sender(text: str) -> str:
    """A number as E.164, a short code, or a name of at most 11 characters."""
    if _SMS_SENDER.fullmatch(text) is None:
        raise ValueError("must be a number such as +8613800138000, a short code, or a short name")
    return text


def sms_senders(text: str) -> Senders:
    """Who writes to which numbers: `+8610655500001,+44:Huifang`; no prefix: to all others."""
    return _senders(text, sms_sender)


def twilio_senders(text: str) -> Senders:
    """As `sms_senders`, where a country's sender may be a messaging service too."""
    return _senders(text, lambda one: one if _SERVICE_ID.fullmatch(one) else sms_sender(one))


def _senders(text: str, read: Callable[[str], str]) -> Senders:
    found: dict[str, str] = {}
    for item in _items(text):
        prefix, colon, sender = item.rpartition(":")
        if colon and _COUNTRY.fullmatch(prefix) is None:
            raise ValueError("before a colon stands a prefix of numbers such as +44")
        if prefix in found:
            raise ValueError(f"has two senders for {prefix or 'all other numbers'}")
        found[prefix] = read(sender)
    return tuple(found.items())


def mail_sender(text: str) -> str:
    """One mailbox, with a name before it or without."""
    found = getaddresses([text])
    if len(found) != 1 or email(found[0][1]) is None:
        raise ValueError("must be one mailbox: care@example.com or Care <care@example.com>")
    return text


def relay(text: str, sender: str) -> Relay:
    """The mail server of `smtp://user:pass@host:587?starttls=required` or `smtps://…`."""
    parts = _split(text)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("must be smtp://HOST:PORT or smtps://HOST:PORT")
    if parts.path.strip("/") or parts.fragment:
        raise ValueError(f"has something after the server; {_ESCAPED}")
    if bool(parts.username) != bool(parts.password):
        raise ValueError("needs both user and password, or neither")
    implicit = parts.scheme == "smtps"
    return Relay(
        host=parts.hostname,
        port=parts.port or (_SUBMISSIONS if implicit else _SUBMISSION),
        sender=sender,
        user=_decoded(parts.username),
        password=_decoded(parts.password),
        tls=_tls(parts.query, implicit=implicit),
    )


def smsc(text: str) -> Smsc:
    """The account of `smpp://ID:PASSWORD@HOST:2775?from=10690001`, or of `smpps://…`.

    Parameters beside `from`, a list as for Twilio: `window`, `long`, `alphabet`, `system_type`,
    `country`, `dead`, `timeout`, `enquire`; see `channels.accounts.Smsc`.
    """
    parts = _split(text)
    if parts.scheme not in {"smpp", "smpps"} or not parts.hostname:
        raise ValueError("must be smpp://ID:PASSWORD@HOST:PORT?from=SENDER or smpps://…")
    if parts.path.strip("/") or parts.fragment:
        raise ValueError(f"has something after the server; {_ESCAPED}")
    # A plus sign begins a number here; in a form it would be a space.
    asked = dict(parse_qsl(parts.query.replace("+", "%2B"), keep_blank_values=True))
    sender = asked.pop("from", "")
    if not sender:
        raise ValueError("needs the parameter from, who the messages are from")
    secured = parts.scheme == "smpps"
    found = Smsc(
        host=parts.hostname,
        port=parts.port or (_SMPPS_PORT if secured else _SMPP_PORT),
        system_id=_octets("the user", _decoded(parts.username), _LONGEST_ID),
        password=_octets("the password", _decoded(parts.password), _LONGEST_PASSWORD),
        senders=sms_senders(sender),
        tls=secured,
        system_type=_octets("system_type", asked.pop("system_type", ""), _LONGEST_TYPE),
        window=_window(asked.pop("window", "10")),
        long=Long(_word("long", asked.pop("long", "udh"), tuple(Long))),
        alphabet=Alphabet(_word("alphabet", asked.pop("alphabet", "gsm7"), tuple(Alphabet))),
        country=_region(asked.pop("country", "")),
        dead=frozenset(code for code in asked.pop("dead", "").split(",") if code),
        timeout=duration(asked.pop("timeout", "10s")),
        enquire=duration(asked.pop("enquire", "30s")),
    )
    if asked:
        raise ValueError(f"knows no parameter {', '.join(sorted(asked))}")
    return found


def _octets(name: str, text: str | None, most: int) -> str:
    if not (text or "").isascii() or len(text or "") > most:
        raise ValueError(f"{name} must be ASCII, of at most {most} characters: SMPP takes no more")
    return text or ""


def _word(name: str, text: str, words: tuple[str, ...]) -> str:
    if text not in words:
        raise ValueError(f"{name} must be one of {', '.join(words)}")
    return text


def _window(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:5]) <= _MOST_WINDOW):
        raise ValueError(f"window must be a number from 1 to {_MOST_WINDOW:,}")
    return int(text)


def _region(text: str) -> str | None:
    if text and _REGION.fullmatch(text) is None:
        raise ValueError("country must be two capital letters, such as CN")
    return text or None


def _decoded(text: str | None) -> str | None:
    if not text:
        return None
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise ValueError("user or password have a %XX that is no UTF-8") from None


def _tls(query: str, *, implicit: bool) -> Tls:
    asked = dict(parse_qsl(query, keep_blank_values=True))
    starttls = asked.pop("starttls", None)
    if asked:
        raise ValueError("takes no parameter but starttls")
    if implicit:
        if starttls is not None:
            raise ValueError("starttls is of no use with smtps://, which is secured from the start")
        return Tls.IMPLICIT
    tls = _STARTTLS.get("required" if starttls is None else starttls)
    if tls is None:
        raise ValueError("starttls must be one of " + ", ".join(_STARTTLS))
    return tls


def log(text: str) -> tuple[str, str]:
    """Format and level of `json`, `console`, `json:debug`; the level is `info` by default."""
    form, _, level = text.lower().partition(":")
    level = _ALSO_CALLED.get(level, level)
    if form not in _FORMATS or level not in _LEVELS:
        raise ValueError(
            f"must be one of {', '.join(_FORMATS)}, and may have a level after a colon: "
            + ", ".join(_LEVELS)
        )
    return form, level


def step_and_mark(text: str) -> tuple[str, Path]:
    """The step at which to stop, and the file to make there, of `STEP:PATH`."""
    step, _, path = text.partition(":")
    if not step or not path:
        raise ValueError("must be STEP:PATH")
    return step, Path(path)


def one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    """A reader of one word."""

    def parse(text: str) -> str:
        if text in words:
            return text
        raise ValueError("must be one of " + ", ".join(words))

    return parse
