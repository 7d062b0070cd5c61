"""Holds numbers and mailboxes to one form for one address."""

import pytest

from kernel.addresses import email, mask, phone


@pytest.mark.parametrize(
    ("text", "hint", "number"),
    [
        ("+8613800138000", None, "+8613800138000"),
        ("138 0013 8000", "CN", "+8613800138000"),
        ("138-0013-8000", "cn", "+8613800138000"),
        ("＋８６ １３８ ００１３ ８０００", None, "+8613800138000"),
        ("0086 13800138000", "CN", "+8613800138000"),
        ("(415) 555-2671", "US", "+14155552671"),
        ("06 1234567", "IT", "+39061234567"),
        ("07911 123456", "GB", "+447911123456"),
    ],
)
def test_a_number_has_one_form_however_it_is_written(
    text: str, hint: str | None, number: str
) -> None:
    assert phone(text, hint) == number


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("13800138000", None),
        ("13800138000", "XX"),
        ("12345", "CN"),
        ("+999123456789", None),
        ("+86138", None),
        ("", "CN"),
        ("call me", "CN"),
        ("1" * 500, "CN"),
        ("\ud800", "CN"),
        ("\x00", None),
    ],
)
def test_what_is_no_valid_number_is_none(text: str, hint: str | None) -> None:
    assert phone(text, hint) is None


@pytest.mark.parametrize(
    ("text", "mailbox"),
    [
        ("Zhang.San@Example.COM", "zhang.san@example.com"),
        ("  a+b@mail.test ", "a+b@mail.test"),
        ("z@bücher.example", "z@xn--bcher-kva.example"),
        ("z@XN--BCHER-KVA.example", "z@xn--bcher-kva.example"),
        ("z@ｍａｉｌ.test", "z@mail.test"),
        ("张三@例子.测试", "张三@xn--fsqu00a.xn--0zwm56d"),
        ("o'neil@x.test", "o'neil@x.test"),
    ],
)
def test_a_mailbox_has_one_form_however_it_is_written(text: str, mailbox: str) -> None:
    assert email(text) == mailbox


@pytest.mark.parametrize(
    "text",
    [
        *("", "@", "a@", "@b.test", "no-at", "a@b", "a@@b.test", "a@b@c.test", "a b@c.test"),
        *(
            "a@b.test>\r\nRCPT TO:<x@y.test",
            "a@b.test\r\nBcc: x@y.test",
            "a\n@b.test",
            "a@b.test\n",
        ),
        *("a\x00@b.test", "a\u200b@b.test", "a@b\u202e.test", "\ud800@b.test", "a@\ud800.test"),
        *(".a@b.test", "a.@b.test", "a..b@c.test", '"a b"@c.test', "a(x)@b.test", "<a@b.test>"),
        *(
            "a@1.2.3.4",
            "a@[1.2.3.4]",
            "a@-b.test",
            "a@b-.test",
            "a@b..test",
            "a@.test",
            "a@b.test.",
        ),
        *("a" * 65 + "@b.test", "a@" + "b" * 64 + ".test", "a@" + "b." * 130 + "test"),
        *("a@faß.de", "a@b_c.test", "a@b.test;c@d.test", "mailto:a@b.test"),
    ],
)
def test_what_mail_could_not_reach_as_it_is_is_none(text: str) -> None:
    assert email(text) is None


def test_a_masked_address_shows_its_owner_and_nobody_else_what_it_is() -> None:
    assert mask("+8613800138000") == "+86***00"
    assert mask("zhang@mail.test") == "z***@mail.test"
    assert mask("12345") == "***"
    assert mask("") == "***"
    assert mask("@x.test") == "***@x.test"
