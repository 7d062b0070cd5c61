"""A sealed value opens with a key of its ring, at its own place, and only whole."""

import base64
import hashlib
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.vault import Vault, VaultError, derive, derived_id, open_vault

OLD, NEW, OTHER = (bytes([number]) * 32 for number in (1, 2, 3))
PLACE = "customers.phone|/tickets|C-1"
PHONE = "+8613800138000"


def seal(vault: Vault, text: str = PHONE, place: str = PLACE) -> bytes:
    sealed = vault.seal(text, place)
    assert sealed is not None
    return sealed


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_what_is_sealed_opens_at_its_place(text: str, place: str) -> None:
    vault = open_vault([NEW])
    assert vault.open(seal(vault, text, place), place) == text


def test_nothing_stays_nothing() -> None:
    vault = open_vault([NEW])
    assert vault.seal(None, PLACE) is None
    assert vault.open(None, PLACE) is None


def test_sealed_bytes_do_not_show_the_text() -> None:
    sealed = seal(open_vault([NEW]))
    assert PHONE.encode() not in sealed
    assert len(sealed) == 1 + 4 + 12 + len(PHONE) + 16


def test_the_same_text_is_sealed_differently_each_time() -> None:
    vault = open_vault([NEW])
    assert len({seal(vault) for _ in range(100)}) == 100


@pytest.mark.parametrize("place", ["customers.phone|/tickets|C-2", "customers.email|C-1", ""])
def test_a_value_in_another_row_does_not_open(place: str) -> None:
    vault = open_vault([NEW])
    with pytest.raises(VaultError, match="row"):
        vault.open(seal(vault), place)


def test_a_key_that_is_not_in_the_ring_opens_nothing() -> None:
    with pytest.raises(VaultError, match="HUIFANG_DATA_KEY"):
        open_vault([OTHER, OLD]).open(seal(open_vault([NEW])), PLACE)


def test_a_rotated_ring_seals_with_the_first_key_and_opens_with_all() -> None:
    before, rotated, after = open_vault([OLD]), open_vault([NEW, OLD]), open_vault([NEW])
    assert rotated.open(seal(before), PLACE) == PHONE
    assert after.open(seal(rotated), PLACE) == PHONE
    with pytest.raises(VaultError):
        before.open(seal(rotated), PLACE)
    with pytest.raises(VaultError):
        after.open(seal(before), PLACE)


def test_a_flipped_bit_anywhere_is_refused() -> None:
    vault = open_vault([NEW, OLD])
    sealed = seal(vault)
    for position in range(len(sealed)):
        for bit in range(8):
            changed = bytearray(sealed)
            changed[position] ^= 1 << bit
            with pytest.raises(VaultError):
                vault.open(bytes(changed), PLACE)


def test_a_value_cut_short_or_longer_is_refused() -> None:
    vault = open_vault([NEW])
    sealed = seal(vault)
    for length in range(len(sealed)):
        with pytest.raises(VaultError):
            vault.open(sealed[:length], PLACE)
    with pytest.raises(VaultError):
        vault.open(sealed + b"\0", PLACE)


def test_an_index_is_keyed_and_says_the_same_each_time() -> None:
    one, other = open_vault([NEW]), open_vault([OTHER])
    assert one.index(PHONE) == open_vault([NEW]).index(PHONE)
    assert one.index(PHONE) != other.index(PHONE)
    assert one.index(PHONE) != one.index("+8613800138001")
    assert len(one.index(PHONE)) == 16
    assert not hashlib.sha256(PHONE.encode()).digest().startswith(one.index(PHONE))


def test_indexes_look_up_under_every_key_and_write_under_the_first() -> None:
    before, rotated = open_vault([OLD], [OTHER]), open_vault([OLD], [NEW, OTHER])
    assert rotated.index(PHONE) == rotated.indexes(PHONE)[0]
    assert rotated.indexes(PHONE)[1] == before.index(PHONE)
    assert len(set(rotated.indexes(PHONE))) == 2


def test_an_index_does_not_change_where_only_the_data_key_does() -> None:
    assert open_vault([NEW, OLD], [OTHER]).index(PHONE) == open_vault([OLD], [OTHER]).index(PHONE)


def test_an_index_key_is_not_the_data_key() -> None:
    vault = open_vault([NEW])
    assert NEW not in vault.index_keys
    assert vault.index_keys == (derive(NEW, "huifang index"),)


def test_each_purpose_has_a_key_of_its_own() -> None:
    derived = {derive(secret, purpose) for secret in (OLD, NEW) for purpose in ("links", "index")}
    assert {len(each) for each in derived} == {32}
    assert len(derived) == 4
    assert derive(OLD, "links") == derive(OLD, "links")


@pytest.mark.parametrize("number", range(40))
def test_an_id_is_base_32_as_ids_given_before_are(number: int) -> None:
    digest = hashlib.sha256(f"/tickets\x1f{number}".encode()).digest()[:16]
    written = base64.b32encode(digest).decode().rstrip("=").lower()
    assert derived_id("i_", "/tickets", str(number)) == f"i_{written}"


@pytest.mark.parametrize("change", [lambda parts: parts[::-1], lambda parts: ["".join(parts)]])
def test_an_id_follows_from_its_parts_alone(change: Callable[[list[str]], list[str]]) -> None:
    parts = ["/tickets", "T-1", "回访"]
    id_ = derived_id("c_", *parts)
    assert id_ == derived_id("c_", *parts)
    assert re.fullmatch(r"c_[a-z2-7]{26}", id_)
    assert derived_id("c_", *change(parts)) != id_
