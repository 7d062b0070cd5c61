"""Seals personal data at rest, and keys the look-up of what is sealed."""

import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = 1
_NONCE = 12
_TAG = 16
_KEY_ID = 4
_INDEX = 16
_ID = 16
# Base 32 in lower case without padding, two digits at a time: base64.b32encode takes thrice as
# long, and every contact and every closing has an id.
_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(first + second for first in _DIGITS for second in _DIGITS)
_PADDING = -8 * _ID % 10  # bits
_SHIFTS = tuple(range(8 * _ID + _PADDING - 10, -1, -10))


class VaultError(Exception):
    """A value that no key of the ring opens, or that stands in another row than its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """AES-256-GCM with a ring of keys, bound to its place; HMAC-SHA256 for the blind index.

    Sealed bytes: version (1), key id (4), nonce (12), ciphertext with tag. The place, such as
    `customers.phone|/tickets|C-1`, is authenticated, so that a value moved to another row does
    not open. A phone number has little entropy: the index is keyed, never a bare hash.
    """

    ciphers: tuple[tuple[bytes, AESGCM], ...]
    index_keys: tuple[bytes, ...]

    @property
    def head(self) -> bytes:
        """What every value begins with that the first data key sealed."""
        return bytes([_VERSION]) + self.ciphers[0][0]

    def knows(self, sealed: bytes) -> bool:
        """Whether the key that sealed a value is one of the ring."""
        return any(sealed[1 : 1 + _KEY_ID] == key_id for key_id, _ in self.ciphers)

    @property
    def index_key(self) -> str:
        """The name of the index key that writes."""
        return hashlib.sha256(self.index_keys[0]).hexdigest()[: 2 * _KEY_ID]

    def seal(self, text: str | None, place: str) -> bytes | None:
        """Encrypt `text` for `place`; None stays None."""
        if text is None:
            return None
        key_id, cipher = self.ciphers[0]
        nonce = os.urandom(_NONCE)
        body = cipher.encrypt(nonce, text.encode(), place.encode())
        return bytes([_VERSION]) + key_id + nonce + body

    def open(self, sealed: bytes | None, place: str) -> str | None:
        """Decrypt what `seal` made for the same place; VaultError otherwise."""
        if sealed is None:
            return None
        if len(sealed) < 1 + _KEY_ID + _NONCE + _TAG:
            raise VaultError("the value is cut short")
        if sealed[0] != _VERSION:
            raise VaultError("sealed by a newer version of huifang")
        key_id = sealed[1 : 1 + _KEY_ID]
        nonce = sealed[1 + _KEY_ID : 1 + _KEY_ID + _NONCE]
        for ring_id, cipher in self.ciphers:
            if ring_id != key_id:
                continue
            try:
                return cipher.decrypt(
                    nonce, sealed[1 + _KEY_ID + _NONCE :], place.encode()
                ).decode()
            except InvalidTag as fault:
                raise VaultError("the value does not belong to this row") from fault
        raise VaultError("no key of HUIFANG_DATA_KEY opens this value")

    def index(self, value: str) -> bytes:
        """The look-up key of a normalised value, 16 bytes, under the writing index key."""
        return self.indexes(value)[0]

    def indexes(self, value: str) -> tuple[bytes, ...]:
        """The look-up keys of a value under every index key of the ring, the writing one first."""
        return tuple(hmac.digest(key, value.encode(), "sha256")[:_INDEX] for key in self.index_keys)


def derive(secret: bytes, purpose: str) -> bytes:
    """A 32-byte key of its own for one purpose (HKDF-SHA256)."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode()).derive(
        secret
    )


def open_vault(data_keys: Sequence[bytes], index_keys: Sequence[bytes] = ()) -> Vault:
    """A vault over rings of 32-byte keys: the first data key seals, all open."""
    ciphers = tuple((hashlib.sha256(key).digest()[:_KEY_ID], AESGCM(key)) for key in data_keys)
    # Without index keys each data key has its own, so that what was written under an older one
    # is still found.
    index_ring = tuple(index_keys) or tuple(derive(key, "huifang index") for key in data_keys)
    return Vault(ciphers=ciphers, index_keys=index_ring)


def derived_id(prefix: str, *parts: str) -> str:
    """An id that the same parts always give: idempotent by construction, 128 bits, URL-safe."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()[:_ID]
    number = int.from_bytes(digest) << _PADDING
    return prefix + "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])
