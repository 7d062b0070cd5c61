"""What a mail gateway posts to the real application, for letters that went over a real wire."""

import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from kernel.endpoint import Role
from sandbox import post
from sandbox.world import Mail
from tests.fakes.world import closed
from tests.http.real import EVENT, HOURS, Real, Reply, real

BOX = "li.jianguo@example.com"
PATH = "/carriers/email/inbound"
RAW = {"Content-Type": "message/rfc822"}
MOST = 10 * 1024 * 1024


@pytest.fixture
async def app(sqlite_url: str) -> AsyncIterator[Real]:
    """One customer was asked by mail."""
    async with real(sqlite_url, by_mail=True) as found:
        event = closed(phone=None, email=BOX)
        await found.ask(
            "POST", "/v1/events", data=json.dumps(event), headers={"Content-Type": EVENT}
        )
        await found.after(2 * HOURS)
        yield found


def letters(app: Real) -> list[Mail]:
    return [mail for mail in app.outside.world.mails if mail.mailbox == BOX]


async def take(app: Real, raw: bytes, **more: Any) -> Reply:
    answer = await app.ask("POST", PATH, data=io.BytesIO(raw), headers=RAW, **more)
    await app.run()
    return answer


async def ticket(app: Real) -> Any:
    return (await app.get("/v1/tickets/T-1001")).body


async def test_a_rating_by_mail_is_kept_and_answered_by_mail_once(app: Real) -> None:
    (letter,) = letters(app)
    assert letter.html
    raw = post.reply(letter, "5", app.clock.now())
    first = await take(app, raw, key=await app.key(Role.INGEST))
    assert (first.status, first.body["kind"]) == (200, "reply")
    (response,) = (await ticket(app))["responses"]
    assert (response["rating"], response["channel"]) == (5, "email")
    back = letters(app)[1]
    assert ("In-Reply-To", raw.split(b"Message-ID: ")[1].split(b"\r\n")[0].decode()) in back.headers
    again = await take(app, raw)
    assert (again.status, again.body) == (200, first.body)
    assert len(letters(app)) == 2


async def test_a_bounce_makes_the_customer_unreachable_where_there_is_no_other_channel(
    app: Real,
) -> None:
    answer = await take(app, post.bounce(letters(app)[0], "5.1.1", app.clock.now()))
    assert answer.body["kind"] == "bounce"
    (invitation,) = (await ticket(app))["invitations"]
    assert (invitation["state"], invitation["reason"]) == ("unreachable", "no_address")


async def test_a_complaint_is_an_opt_out_that_the_customer_s_preferences_show(app: Real) -> None:
    answer = await take(app, post.complaint(letters(app)[0], app.clock.now()))
    assert answer.body["kind"] == "complaint"
    (stop,) = (await app.get("/v1/customers/C-1/preferences")).body["opt_outs"]
    assert (stop["channel"], stop["how"], stop["proof"]) == (
        "email",
        "feedback_report",
        answer.body["id"],
    )


async def test_a_machine_s_answer_changes_nothing(app: Real) -> None:
    raw = post.reply(letters(app)[0], "1", app.clock.now(), automatic=True)
    assert (await take(app, raw)).body["kind"] == "auto_reply"
    assert (await ticket(app))["responses"] == []
    assert len(letters(app)) == 1


async def test_one_click_in_a_mail_programme_is_an_opt_out(app: Real) -> None:
    headers = dict(letters(app)[0].headers)
    url = headers["List-Unsubscribe"].strip("<>")
    path = "/p/" + url.rpartition("/p/")[2]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = headers["List-Unsubscribe-Post"]
    answer = await app.ask("POST", path, data=body, headers=form, key=None)
    assert answer.status == 200
    (stop,) = (await app.get("/v1/customers/C-1/preferences")).body["opt_outs"]
    assert stop["channel"] == "email"


async def test_nobody_without_a_key_may_post_a_mail(app: Real) -> None:
    raw = post.reply(letters(app)[0], "5", app.clock.now())
    assert (await take(app, raw, key=None)).status == 401
    assert (await ticket(app))["responses"] == []
    # Gateways and plain clients call a mail what they like, or nothing.
    for media in ("text/plain", "application/x-www-form-urlencoded", ""):
        taken = await app.ask(
            "POST", "/carriers/email/inbound", data=raw, headers={"Content-Type": media}
        )
        assert taken.body["kind"] == "reply", media


@pytest.mark.parametrize(
    ("raw", "status"),
    [(b"", 400), (b"\xff\x00\xfe", 400), (b"x" * (MOST + 1), 413), (b"\n\n5", 400)],
    ids=["empty", "octets", "large", "no_head"],
)
async def test_what_is_no_mail_is_refused_and_changes_nothing(
    app: Real, raw: bytes, status: int
) -> None:
    before = (await app.get("/v1/tickets/T-1001/timeline")).body
    assert (await take(app, raw)).status == status
    assert (await app.get("/v1/tickets/T-1001/timeline")).body == before


async def test_a_mail_with_a_large_attachment_is_read(app: Real) -> None:
    raw = post.reply(letters(app)[0], "4", app.clock.now())
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    outer = [line for line in lines if not line.startswith(b"Content-")]
    inner = [line for line in lines if line.startswith(b"Content-")]
    outer += [b"Content-Type: multipart/mixed; boundary=b", b"", b"--b", *inner, b"", body]
    whole = (
        b"\r\n".join(outer)
        + b"\r\n--b\r\nContent-Type: image/png\r\n\r\n"
        + b"A" * 3_000_000
        + b"\r\n--b--"
    )
    assert (await take(app, whole)).status == 200
    (response,) = (await ticket(app))["responses"]
    assert response["rating"] == 4
