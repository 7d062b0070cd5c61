"""Writes the mailboxes and ids by which a mail's way back names its contact, and reads them."""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum

_LONGEST_LOCAL = 64  # octets: RFC 5321 4.5.3.1.1
_MAC = 10  # bytes; 80 bits are 16 letters, and no length of them is wasted
_CONTACT = re.compile(r"c_([a-z2-7]{26})")
_TAGGED = re.compile(r"[^@\s]{1,64}?\+([br])([a-z2-7]{26})([a-z2-7]{16})@[^@\s]{1,255}")
_MESSAGE_ID = re.compile(r"\b(c_[a-z2-7]{26})@[a-z0-9.-]{1,253}")
_MOST_READ = 8_192  # characters looked at for ids


class Way(StrEnum):
    """By which mailbox of ours something came back: that of bounces, or that of replies."""

    BOUNCE = "b"
    REPLY = "r"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who writes: the mailbox of our mails, and the keys that sign; the first signs, all verify."""

    mailbox: str
    keys: Sequence[bytes] = ()

    @property
    def domain(self) -> str:
        """Where our mailboxes are."""
        return self.mailbox.rpartition("@")[2] or "localhost"

    def tagged(self, way: Way, contact: str) -> str:
        """Our mailbox with a signed tag that names the contact: `care+b…@example.com`.

        In lower case, since mail servers on the way may fold it. Our plain mailbox for what is no
        derived contact id, without a key, or where its local part is longer than 20 octets, so
        that no room is left.
        """
        match, (local, at, domain) = _CONTACT.fullmatch(contact), self.mailbox.rpartition("@")
        if match is None or not self.keys or not at:
            return self.mailbox
        tag = f"{way}{match[1]}{_mac(way, match[1], self.keys[0])}"
        if len(local.encode()) + 1 + len(tag) > _LONGEST_LOCAL:
            return self.mailbox
        return f"{local}+{tag}@{domain}"

    def contact_of(self, mailbox: str) -> str | None:
        """The contact that a tagged mailbox of either way names; None where nobody signed it."""
        match = _TAGGED.fullmatch(mailbox.strip().lower()[:_MOST_READ])
        if match is None:
            return None
        way, letters, mac = Way(match[1]), match[2], match[3]
        fits = any(hmac.compare_digest(mac, _mac(way, letters, key)) for key in self.keys)
        return f"c_{letters}" if fits else None

    def message_id(self, contact: str) -> str:
        """The Message-ID of a contact's mail, the same however often it is sent."""
        return f"<{contact}@{self.domain}>"


def sender_of(mail_from: str, keys: Sequence[bytes]) -> Sender:
    """Who writes, from a setting such as `Demo Telecom <care@example.com>`."""
    mailbox = parseaddr(mail_from)[1] or mail_from
    return Sender(mailbox=mailbox.strip().lower(), keys=tuple(keys))


def named_in(text: str) -> tuple[str, ...]:
    """The contacts whose Message-IDs stand in a text, each once, in its order; unsigned."""
    return tuple(dict.fromkeys(_MESSAGE_ID.findall(text[:_MOST_READ].lower())))


def _mac(way: Way, letters: str, key: bytes) -> str:
    said = hmac.new(key, f"huifang mail {way} {letters}".encode(), hashlib.sha256).digest()
    return base64.b32encode(said[:_MAC]).decode("ascii").lower()
