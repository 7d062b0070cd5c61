"""`huifang report`: figures on the terminal, in a file, and as a mail over a real wire."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from channels.mail import SmtpMail
from channels.ports import Attachment, Message
from huifang import configuration
from huifang.configuration import Configuration
from huifang.reporting.by_hand import Wanted, report
from kernel.faults import SettingsFault
from tests.fakes.world import NOON
from tests.http.real import Real, environ, real

WEEK = Wanted(period="2026-W46", locale="en")
BOX = "boss@example.com"


@pytest.fixture
async def app(sqlite_url: str) -> AsyncIterator[Real]:
    async with real(sqlite_url, by_mail=True) as found:
        yield found


@pytest.fixture
def found(app: Real, sqlite_url: str) -> Configuration:
    told = environ(sqlite_url, app.outside) | {
        "HUIFANG_SMTP_URL": f"smtp://127.0.0.1:{app.outside.smtp_port}?starttls=never",
        "HUIFANG_MAIL_FROM": "care@survey.example.com",
    }
    return configuration.load(told)


async def test_a_report_is_read_on_the_terminal_and_in_files(
    found: Configuration, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await report(found, WEEK) == 0
    said = capsys.readouterr().out
    assert said.startswith("Customer satisfaction report\nPeriod: 2026-W46 (Asia/Shanghai)\n")
    assert "n=0" in said
    assert await report(found, replace(WEEK, as_json=True)) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["period"], told["from"]) == ("2026-W46", "2026-11-08T16:00:00+00:00")
    assert told["satisfaction"]["funnel"]["eligible"] == 0
    page = tmp_path / "week.html"
    assert await report(found, replace(WEEK, out=page, locale="zh-CN")) == 0
    assert "<title>示例电信</title>" in page.read_text()
    assert page.stat().st_mode & 0o077 == 0  # it quotes customers


async def test_a_report_goes_to_a_mailbox(found: Configuration, app: Real) -> None:
    assert await report(found, replace(WEEK, to=BOX)) == 0
    [mail] = app.outside.world.mails
    assert (mail.mailbox, mail.subject) == (
        BOX,
        "示例电信: Customer satisfaction report 2026-W46",
    )
    assert "== Overall ==" in mail.text
    assert "<h2" in mail.html


async def test_a_mail_carries_its_files(found: Configuration, app: Real) -> None:
    assert found.settings.relay is not None
    mail = SmtpMail(found.settings.relay)
    file = Attachment(name="huifang-2026-10.xlsx", media="application/x-test", content=b"PK\0\xff")
    text = "Hello\n"
    await mail.send(
        Message(contact="n_1", to=BOX, text=text, intended_at=NOON, attachments=(file,))
    )
    await mail.close()
    [kept] = app.outside.world.mails
    assert 'attachment; filename="huifang-2026-10.xlsx"' in kept.raw
    assert "UEsA/w==" in kept.raw


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (replace(WEEK, period="2026-W60"), "--period: '2026-W60' is no period"),
        (replace(WEEK, tz="Mars"), "--tz: 'Mars' is no time zone"),
        (replace(WEEK, to="manager"), "--to: 'manager' is no mailbox"),
        (replace(WEEK, out=Path("week.pdf")), "--out: the file's name must end in one of"),
        (replace(WEEK, out=Path("/nowhere/week.txt")), "--out: /nowhere/week.txt cannot be"),
        (replace(WEEK, out=Path("week.xlsx")), "there are no responses, or too many"),
    ],
)
async def test_what_cannot_be_made_says_what_to_put_right(
    found: Configuration, wanted: Wanted, reason: str
) -> None:
    with pytest.raises(SettingsFault) as caught:
        await report(found, wanted)
    assert caught.value.faults[0].startswith(reason)
