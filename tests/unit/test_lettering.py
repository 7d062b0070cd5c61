"""A mail as it is written is a mail as the library reads it."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses

from hypothesis import given
from hypothesis import strategies as st

from channels.lettering import write
from channels.ports import Attachment

_WORDS = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=120)


def read(raw: bytes) -> EmailMessage:
    found = message_from_bytes(raw, policy=policy.default)
    assert isinstance(found, EmailMessage)
    assert found.defects == []
    return found


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    assert part is not None
    return str(part.get_content())


def test_text_html_and_files_are_what_they_were() -> None:
    table = Attachment(name='表"格.csv', media="text/csv", content=b"a,b\r\n\x00\xff")
    raw = write({"Subject": "评价"}, "您好\n再见", "<p>您好</p>", [table])
    mail = read(raw)
    assert body(mail, "plain").splitlines() == ["您好", "再见"]
    assert body(mail, "html").splitlines() == ["<p>您好</p>"]
    [found] = mail.iter_attachments()
    assert (found.get_content_type(), found.get_payload(decode=True)) == ("text/csv", table.content)
    assert found.get_filename() == "表_格.csv"
    assert raw == write({"Subject": "评价"}, "您好\n再见", "<p>您好</p>", [table])


def test_mailboxes_keep_their_names() -> None:
    headers = {"From": '"示例, 电信" <care@example.com>', "To": "a@example.com, b@example.com"}
    mail = read(write({**headers, "Reply-To": "Care, Team <r@example.com>"}, "x"))
    assert getaddresses([str(mail["From"])]) == [("示例, 电信", "care@example.com")]
    assert [each.addr_spec for each in mail["To"].addresses] == ["a@example.com", "b@example.com"]


def test_long_headers_are_folded_and_say_the_same() -> None:
    unsubscribe = f"<https://survey.example.com/p/{'t' * 120}>, <mailto:care@example.com>"
    refers = " ".join(f"<{number:040d}@example.com>" for number in range(20))
    raw = write({"List-Unsubscribe": unsubscribe, "References": refers}, "x" * 2_000)
    mail = read(raw)
    assert (mail["List-Unsubscribe"], mail["References"]) == (unsubscribe, refers)
    assert max(len(line) for line in raw.split(b"\r\n")) <= 180
    assert b"\n" not in raw.replace(b"\r\n", b"")


@given(_WORDS, st.text(max_size=300))
def test_any_subject_and_text_arrive(subject: str, text: str) -> None:
    mail = read(write({"Subject": subject}, text))
    assert " ".join(str(mail["Subject"]).split()) == " ".join(subject.split())
    wanted = text.encode("utf-8", "replace").decode().splitlines()
    assert body(mail, "plain").splitlines() == wanted
