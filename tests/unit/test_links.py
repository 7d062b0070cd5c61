"""Holds signed links to one purpose, one subject and one lifetime."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from channels.links import sign, verify
from kernel.vault import derived_id

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=21)
OLD, NEW = b"o" * 32, b"n" * 32
INVITATION = derived_id("i_", "/tickets", "T-1001", "1")


def test_a_token_gives_its_subject_back_and_is_short() -> None:
    token = sign("survey", INVITATION, LATER, [NEW])
    assert verify("survey", token, NOW, [NEW]) == INVITATION
    assert len(token) == 51
    assert token.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "subject", ["", "C-1", "客户|1", "i_short", "I_" + "a" * 26, "i_" + "b" * 26]
)
def test_any_other_subject_is_given_back_as_well(subject: str) -> None:
    token = sign("preferences", subject, LATER, [NEW])
    assert verify("preferences", token, NOW, [NEW]) == subject


def test_a_token_for_one_purpose_is_of_no_use_for_another() -> None:
    token = sign("survey", INVITATION, LATER, [NEW])
    assert verify("preferences", token, NOW, [NEW]) is None


def test_a_token_ends_at_its_instant() -> None:
    token = sign("survey", INVITATION, LATER, [NEW])
    assert verify("survey", token, LATER - timedelta(seconds=1), [NEW]) == INVITATION
    assert verify("survey", token, LATER, [NEW]) is None


def test_after_a_rotation_the_first_key_signs_and_all_verify() -> None:
    before = sign("survey", INVITATION, LATER, [OLD])
    after = sign("survey", INVITATION, LATER, [NEW, OLD])
    assert verify("survey", before, NOW, [NEW, OLD]) == INVITATION
    assert verify("survey", after, NOW, [NEW]) == INVITATION
    assert verify("survey", after, NOW, [OLD]) is None
    assert verify("survey", after, NOW, []) is None


def test_no_single_changed_character_leaves_a_token_valid() -> None:
    token = sign("survey", INVITATION, LATER, [NEW])
    letters = "ABCXYZabcxyz0189-_"
    changed = [
        token[:place] + letter + token[place + 1 :]
        for place in range(len(token))
        for letter in letters
        if token[place] != letter
    ]
    assert [bad for bad in changed if verify("survey", bad, NOW, [NEW]) is not None] == []


@pytest.mark.parametrize(
    "token",
    [
        "",
        "A",
        "AAAA",
        "=",
        "é" * 51,
        "a" * 513,
        "\ud800",
        "\x00" * 51,
        "A" * 51,
        "../../etc/passwd",
    ],
)
def test_what_is_no_token_is_refused_quietly(token: str) -> None:
    assert verify("survey", token, NOW, [NEW]) is None


def test_the_same_bytes_written_otherwise_are_no_token() -> None:
    token = sign("survey", INVITATION, LATER, [NEW])
    assert verify("survey", token + "=", NOW, [NEW]) is None
    assert verify("survey", token + "\n", NOW, [NEW]) is None
    assert base64.urlsafe_b64decode(token + "=")  # the first is what a lenient reader would take


def test_without_a_key_nothing_is_signed() -> None:
    with pytest.raises(ValueError, match="key"):
        sign("survey", INVITATION, LATER, [])
