"""Tells Twilio's requests from those of whoever else knows our URL."""

import base64
import hmac
import re
from collections.abc import Iterator, Sequence

# The URL is signed byte for byte, so it is cut and never rebuilt.
_URL = re.compile(r"(https?)(://(?:[^/?#@]*@)?)(\[[^\]]*\]|[^/?#:\[\]@]*)(:[0-9]+)?(.*)", re.DOTALL)
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def twilio_sign(token: str, url: str, form: Sequence[tuple[str, str]]) -> str:
    """The value of `X-Twilio-Signature` for a form POST; `form` in any order, repeats included.

    Base64 of HMAC-SHA1 over the URL and, by sorted name, the name with each of its sorted
    different values (Twilio, "Webhooks security").
    """
    values: dict[str, set[str]] = {}
    for name, value in form:
        values.setdefault(name, set()).add(value)
    signed = [url]
    for name in sorted(values):
        signed += [name + value for value in sorted(values[name])]
    digest = hmac.digest(_bytes(token), _bytes("".join(signed)), "sha1")
    return base64.b64encode(digest).decode("ascii")


def twilio_valid(
    token: str, url: str, form: Sequence[tuple[str, str]], signature: str | None
) -> bool:
    """Whether `signature` is Twilio's for this request, the port written in the URL or not.

    Twilio's own library tries both, since what is signed varies. Without a token or a signature it
    never is.
    """
    if not token or not signature:
        return False
    given = _bytes(signature)
    wanted = (_bytes(twilio_sign(token, form_of_url, form)) for form_of_url in _forms(url))
    return any(hmac.compare_digest(given, each) for each in wanted)


def _forms(url: str) -> Iterator[str]:
    """The URL as it is, and with its port left out, or its scheme's default port added."""
    yield url
    match = _URL.fullmatch(url)
    if match is not None:
        scheme, before, host, port, rest = match.groups()
        other = _DEFAULT_PORTS[scheme] if port is None else ""
        yield f"{scheme}{before}{host}{other}{rest}"


def _bytes(text: str) -> bytes:
    # A lone surrogate cannot be signed by anyone, and must not raise either.
    return text.encode("utf-8", "surrogatepass")
