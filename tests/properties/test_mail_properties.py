"""Whatever comes by mail is read without an error, and in bounded time."""

import time
from email.message import EmailMessage

from hypothesis import example, given, settings
from hypothesis import strategies as st

from channels import mime
from channels.bounce import Bounced, Complained, Nothing, Said, identity, read
from channels.envelope import Sender, Way, named_in
from channels.quoting import own_words, text_of
from kernel.vault import derived_id

SENDER = Sender(mailbox="care@example.com", keys=(b"k" * 32,))
CONTACTS = st.text(max_size=8).map(lambda seed: derived_id("c_", seed))
LONGEST_SECONDS = 5.0  # a mail of the size that is read, on a busy machine
TOKENS = (
    *(
        "Content-Type: multipart/report; boundary=b\n",
        "Content-Type: message/rfc822\n",
        "\n",
        "\n\n",
    ),
    *(
        "--b\n",
        "--b--\n",
        "Content-Type: message/delivery-status\n",
        "Action: failed\n",
        "Status: 5.1.1\n",
    ),
    *("Content-Type: message/feedback-report\n", "Feedback-Type: abuse\n", "From: a@b.test\n"),
    *(
        "Final-Recipient: rfc822; a@b.test\n",
        "Content-Transfer-Encoding: base64\n",
        "Subject: =?gb2312?B?",
    ),
    *(
        "?=\n",
        "AAAA",
        "=",
        "(",
        "<",
        ">",
        "\x00",
        "退订",
        "5\n",
        "On 2026 x wrote:\n",
        "> 1\n",
        "<div>",
    ),
    *(
        "Content-Type: text/html; charset=punycode\n",
        f"To: {SENDER.tagged(Way.BOUNCE, derived_id('c_'))}\n",
    ),
    *("Message-ID: <x@y>\n", "In-Reply-To: ", " folded\n", "Auto-Submitted: auto-replied\n"),
)
PIECES = st.lists(st.sampled_from(TOKENS), max_size=60).map(lambda parts: "".join(parts).encode())


def letter() -> bytes:
    made = EmailMessage()
    made["From"], made["To"] = "a@b.test", SENDER.tagged(Way.REPLY, derived_id("c_", "1"))
    made["Subject"] = "回复"
    made.set_content("5\n\n> 1")
    made.add_alternative("<p>5</p><blockquote>1</blockquote>", subtype="html")
    made.add_attachment(made.as_bytes(), maintype="application", subtype="pdf")
    return made.as_bytes()


WHOLE = letter()


def test_a_header_in_encoded_words_is_read_whole() -> None:
    """Also where a character is cut in two, beside others, and where a word is broken."""
    for value, whole in (
        ("=?utf-8?b?6Ieq5Yqo?= =?utf-8?b?5Zue5aSN?=", "自动回复"),
        ("=?utf-8?b?6Ieq5Q==?=\n =?UTF-8?Q?=8A=A8?= x_y", "自动 x_y"),
        ("Re: =?gb2312*zh?B?xOO6ww==?= 你", "Re: 你好 你"),
        ("=?utf-8?b?A?= =?x?q?a_b?= =?utf-8?z?a?=", "a b =?utf-8?z?a?="),
    ):
        assert mime.read(f"Subject: {value}\n\n".encode()).header("subject") == whole


def judge(raw: bytes) -> None:
    came = read(raw, SENDER)
    assert isinstance(came, Bounced | Complained | Nothing | Said)
    assert came == read(raw, SENDER)
    assert identity(raw) == identity(raw)
    if isinstance(came, Said):
        assert "\x00" not in came.text
        came.text.encode()
        assert came.automatic or came.sender


@given(st.binary(max_size=2_000))
@example(b"\xff\xfe\x00")
@example(b"From: a@b\n\n")
@example(b"From: " + b"(" * 5_000 + b"\n\n")
@example(b"Content-Type: text/plain; charset=utf-16\nFrom: a@b.test\n\n\x00\xd8")
def test_any_octets_are_judged(raw: bytes) -> None:
    judge(raw)


@given(PIECES)
def test_any_pieces_of_mails_are_judged(raw: bytes) -> None:
    judge(raw)


@given(st.integers(0, len(WHOLE)), st.integers(0, len(WHOLE)), st.binary(max_size=8))
def test_a_mail_that_is_cut_or_overwritten_is_judged(end: int, place: int, put: bytes) -> None:
    judge(WHOLE[:end])
    judge(WHOLE[:place] + put + WHOLE[place + len(put) :])


@given(
    st.integers(1, 40),
    st.sampled_from([b"multipart/mixed", b"multipart/digest", b"message/rfc822"]),
)
@settings(max_examples=20)
def test_mails_within_mails_are_judged(deep: int, media: bytes) -> None:
    raw = WHOLE
    for level in range(deep):
        mark = b"b%d" % level
        raw = b"Content-Type: %s; boundary=%s\n\n--%s\n\n%s\n--%s--\n" % (
            media,
            mark,
            mark,
            raw,
            mark,
        )
    judge(b"From: a@b.test\n" + raw)


@given(st.sampled_from(TOKENS))
@settings(max_examples=len(TOKENS), deadline=None)
def test_the_longest_of_mails_takes_a_bounded_time(token: str) -> None:
    piece = token.encode()
    head = b"From: a@b.test\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n"
    raw = head + piece * (mime.MOST_READ // len(piece))
    began = time.monotonic()
    read(raw, SENDER)
    read(piece * (mime.MOST_READ // len(piece)), SENDER)
    text = (token * (70_000 // len(token)))[:70_000]
    own_words(text)
    text_of(text)
    assert time.monotonic() - began < LONGEST_SECONDS


@given(st.text(max_size=300))
def test_words_without_a_quotation_or_a_signature_stay(text: str) -> None:
    own = own_words(text)
    assert own == own_words(own) or "\n" in own
    assert all(line in text for line in own.split("\n"))


@given(CONTACTS, st.sampled_from(Way), st.booleans())
def test_a_tag_names_its_contact_and_nothing_else(contact: str, way: Way, shout: bool) -> None:
    box = SENDER.tagged(way, contact)
    local, _, domain = box.partition("@")
    assert len(local) <= 64
    assert SENDER.contact_of(box.upper() if shout else box) == contact
    assert Sender(mailbox=SENDER.mailbox, keys=(b"other",)).contact_of(box) is None
    assert SENDER.contact_of(f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}") is None
    assert named_in(f"x {SENDER.message_id(contact)} y") == (contact,)
