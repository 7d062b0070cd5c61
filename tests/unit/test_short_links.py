"""Holds the short tokens of survey links to one purpose, one invitation and one end."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.links import belongs, shorten, sign, within
from kernel.vault import derived_id

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=21)
OLD, NEW = b"o" * 32, b"n" * 32
INVITATION = derived_id("i_", "/tickets", "T-1001", "1")
TOKEN = shorten("survey", INVITATION, LATER, [NEW])


def fits(token: str, purpose: str = "survey", subject: str = INVITATION) -> bool:
    return belongs(token, purpose, subject, LATER, NOW, [NEW])


def test_a_short_token_has_twenty_eight_characters_and_is_its_invitations() -> None:
    assert len(TOKEN) == 28
    assert TOKEN.replace("-", "").replace("_", "").isalnum()
    assert fits(TOKEN)


@given(st.text(max_size=8), st.text(max_size=8))
def test_the_ids_within_hold_the_one_that_is_meant(ticket: str, cycle: str) -> None:
    subject = derived_id("i_", ticket, cycle)
    ends = within(shorten("survey", subject, LATER, [NEW]), "i")
    assert ends is not None
    least, greatest = ends
    assert least <= subject <= greatest
    assert len(least) == len(greatest) == len(subject)
    assert least[:10] == greatest[:10] == subject[:10]


def test_it_is_of_no_use_for_another_purpose_invitation_or_end() -> None:
    other = derived_id("i_", "/tickets", "T-1002", "1")
    assert not fits(TOKEN, purpose="preferences")
    assert not fits(TOKEN, subject=other)
    assert not fits(TOKEN, subject="i_short")
    assert not belongs(TOKEN, "survey", INVITATION, LATER + timedelta(days=1), NOW, [NEW])


def test_it_ends_at_its_instant() -> None:
    last = LATER - timedelta(seconds=1)
    assert belongs(TOKEN, "survey", INVITATION, LATER, last, [NEW])
    assert not belongs(TOKEN, "survey", INVITATION, LATER, LATER, [NEW])


def test_after_a_rotation_the_first_key_signs_and_all_verify() -> None:
    before = shorten("survey", INVITATION, LATER, [OLD])
    assert belongs(before, "survey", INVITATION, LATER, NOW, [NEW, OLD])
    assert not belongs(before, "survey", INVITATION, LATER, NOW, [NEW])
    assert not belongs(before, "survey", INVITATION, LATER, NOW, [])


def test_no_single_changed_character_leaves_it_valid() -> None:
    changed = [
        TOKEN[:place] + letter + TOKEN[place + 1 :]
        for place in range(len(TOKEN))
        for letter in "ABCXYZabcxyz0189-_"
        if TOKEN[place] != letter
    ]
    assert [bad for bad in changed if fits(bad)] == []


@given(st.text())
def test_what_is_no_short_token_is_refused_quietly(token: str) -> None:
    assert not fits(token)
    assert within(token, "i") is None or len(token) == 28


def test_a_long_token_is_no_short_one() -> None:
    assert within(sign("survey", INVITATION, LATER, [NEW]), "i") is None


@pytest.mark.parametrize(("subject", "keys"), [("C-1", [NEW]), (INVITATION, [])])
def test_only_a_derived_id_has_one_and_only_with_a_key(subject: str, keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="key"):
        shorten("survey", subject, LATER, keys)
