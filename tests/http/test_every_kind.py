"""Every kind of question is asked and answered by text, phone and page, in both languages."""

import dataclasses
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from channels.model import Channel
from channels.ports import Message
from huifang import catalogue
from kernel.engine import open_database
from surveys import store as surveys
from surveys.model import Survey
from surveys.programs import Program
from tests.fakes.visitor import link, visit
from tests.fakes.world import ScriptedCarrier, closed, make_world
from tests.http.real import EVENT, PUBLIC_URL, Real, Reply, real

ROOT = "/carriers/twilio/voice"
PROGRAM = Program(id="default", survey="every", delay=timedelta(0), reminders=())
NUMBERS = {"zh-CN": "+8613800138001", "en": "+8613800138002"}
EVERY = """
id: every
title: {zh-CN: 全部题型, en: Every kind}
start: rated
questions:
  rated: {kind: csat5, headline: true, ask: {zh-CN: 满意吗, en: "How was it"}, next: [{go: told}]}
  told: {kind: nps, ask: {zh-CN: 会推荐吗, en: "Would you tell a friend"}, next: [{go: easy}]}
  easy: {kind: ces7, ask: {zh-CN: 费力吗, en: "Was it easy"}, next: [{go: solved}]}
  solved: {kind: resolved, ask: {zh-CN: 修好了吗, en: "Is it mended"}, next: [{go: which}]}
  which:
    kind: choice
    ask: {zh-CN: 哪里要改进, en: "What should be better"}
    options:
      - {id: speed, label: {zh-CN: 速度, en: Speed}}
      - {id: price, label: {zh-CN: 价格, en: Price}}
    next: [{go: words}]
  words: {kind: comment, ask: {zh-CN: 还有什么想说, en: "Anything else"}, next: [{go: end}]}
end: {zh-CN: 收到了谢谢, en: "All noted"}
low: {any: []}
"""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A question in both languages, what answers it by each way, and the value that is kept."""

    id: str
    asks: dict[str, str]
    texts: dict[str, str]
    key: str
    form: str
    value: Any


def case(
    id: str, zh: str, en: str, texts: tuple[str, str], key: str, form: str, value: Any
) -> Case:
    said = {"zh-CN": texts[0], "en": texts[1]}
    return Case(id=id, asks={"zh-CN": zh, "en": en}, texts=said, key=key, form=form, value=value)


CASES = (
    case("rated", "满意吗", "How was it", ("满意", "four"), "4", "4", 4),
    case("told", "会推荐吗", "Would you tell", ("10分", "10/10"), "10", "10", 10),
    case("easy", "费力吗", "Was it easy", ("６", "6 out of 7"), "6", "6", 6),
    case("solved", "修好了吗", "Is it mended", ("没修好", "not fixed"), "2", "no", False),
    case("which", "哪里要改进", "What should", ("价格", "price"), "2", "price", "price"),
    case("words", "还有什么", "Anything else", ("师傅很好", "Nice chap"), "", "", None),
)
END = {"zh-CN": "收到了谢谢", "en": "All noted"}


def every() -> Survey:
    found, faults = catalogue.load({"every.yaml": EVERY})
    assert faults == []
    return found["every"]


def event(locale: str, channel: str) -> dict[str, Any]:
    """The closing of a ticket whose customer speaks a language and prefers a channel."""
    made = closed(event=locale, ticket=locale, customer=locale, phone=NUMBERS[locale])
    made["data"]["customer"] |= {"locale": locale, "preferences": {"channels": [channel]}}
    return made


@dataclass(kw_only=True)
class Doors:
    """The application with what it sends; a survey of every kind goes out at once."""

    app: Real
    carriers: dict[Channel, ScriptedCarrier]

    async def asked(self, locale: str, channel: Channel) -> Message:
        """What goes out to a customer whose ticket is closed."""
        carrier = self.carriers[channel]
        headers, body = {"Content-Type": EVENT}, json.dumps(event(locale, channel.value))
        taken = await self.app.ask("POST", "/v1/events", data=body, headers=headers)
        assert taken.status == 202, taken.text
        await self.app.run()
        return carrier.sent[-1]

    async def kept(self, locale: str) -> dict[str, Any]:
        [response] = (await self.app.get(f"/v1/tickets/{locale}")).body["responses"]
        return dict(response)


@pytest.fixture
async def doors(sqlite_url: str) -> AsyncIterator[Doors]:
    carriers = {Channel.SMS: ScriptedCarrier(), Channel.VOICE: ScriptedCarrier()}
    async with real(sqlite_url, carriers=carriers) as app:
        rules = app.service.rules
        programs = (dataclasses.replace(PROGRAM, channels=("sms", "voice")),)
        asking = dataclasses.replace(rules, programs=programs)
        app.service.adopt(asking, {"every": every()})
        yield Doors(app=app, carriers=carriers)


def noted(response: dict[str, Any], channel: str, words: str | None) -> None:
    """All answers are kept as they were meant."""
    given = {each.id: each.value for each in CASES if each.value is not None}
    assert {name: response["answers"].get(name) for name in given} == given
    assert (response["channel"], response["rating"], response["score"]) == (channel, 4, 80)
    assert response["comment"] == words
    assert response["completed_at"] is not None


@pytest.mark.parametrize("locale", NUMBERS)
async def test_by_text(doors: Doors, locale: str) -> None:
    said = (await doors.asked(locale, Channel.SMS)).text
    for number, each in enumerate(CASES):
        assert each.asks[locale] in said, each.id
        form = {"MessageSid": f"SM{number}", "From": NUMBERS[locale], "Body": each.texts[locale]}
        said = (await doors.app.carrier("/carriers/twilio/sms", form)).text
    assert END[locale] in said
    noted(await doors.kept(locale), "sms", CASES[-1].texts[locale])


@pytest.mark.parametrize("locale", NUMBERS)
async def test_by_the_keys_of_a_phone(doors: Doors, locale: str) -> None:
    contact = (await doors.asked(locale, Channel.VOICE)).contact
    both = {"CallSid": "CA1", "From": "+862155550000", "To": NUMBERS[locale]}
    begun = {**both, "CallStatus": "in-progress", "AnsweredBy": "human"}
    answer = await doors.app.carrier(f"{ROOT}/{contact}", begun)
    answer = await pressed(doors, answer, {**both, "Digits": "1"})
    for each in CASES:
        assert each.asks[locale] in heard(answer), each.id
        recorded = {"RecordingSid": "RE1", "RecordingDuration": "12", "Digits": "hangup"}
        keys = {"Digits": each.key} if each.key else recorded
        answer = await pressed(doors, answer, {**both, **keys})
    assert END[locale] in heard(answer)
    response = await doors.kept(locale)
    assert len(response["answers"]) == len(CASES), "the comment is a recording"
    noted(response, "voice", response["comment"])


async def pressed(doors: Doors, before: Reply, form: dict[str, str]) -> Reply:
    """Post to where the last TwiML wants to be told."""
    [action] = {each.get("action") for each in ET.fromstring(before.text).iter()} - {None}
    return await doors.app.carrier(str(action).removeprefix(PUBLIC_URL), form)


def heard(answer: Reply) -> str:
    assert (answer.status, answer.media) == (200, "application/xml"), answer.text
    return "".join(each.text or "" for each in ET.fromstring(answer.text).iter("Say"))


@pytest.mark.parametrize("locale", NUMBERS)
async def test_on_the_page(sqlite_url: str, locale: str) -> None:
    database = open_database(sqlite_url)
    world = make_world(database, programs=(PROGRAM,))
    world.planning.catalogue = dataclasses.replace(
        world.planning.catalogue, surveys={"every": every()}
    )
    await world.tell(event(locale, "sms"))
    await world.run()
    visitor = await visit(world)
    page = await visitor.open(await link(world, ticket=locale))
    for each in CASES:
        assert (page.status, page.language) == (200, locale)
        assert each.asks[locale] in page.html, each.id
        assert each.form in page.radios or each.key == ""
        page = await visitor.submit(page, answer=each.form or each.texts[locale])
    assert END[locale] in page.html
    async with database.read() as conn:
        [found] = await surveys.responses_of(conn, world.vault, "/tickets", locale)
    given = {each.id: each.value for each in CASES if each.value is not None}
    assert {name: found.answers[name] for name in given} == given
    assert (found.channel, found.comments) == ("web", (CASES[-1].texts[locale],))
    assert found.completed_at is not None
    await visitor.client.close()
    await database.close()
