"""Calls as tables: what is pressed or said, what is said next, and what is recorded."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import ivr
from channels.callwording import line
from channels.ivr import Deed, Heard, Listen, Place, Record, Spoken, Standing
from channels.ports import OnPhone, Pressing
from huifang import catalogue
from surveys import questionnaire
from surveys.decide import on_reply
from surveys.model import (
    Attribution,
    Invitation,
    InvitationState,
    Question,
    Survey,
    Terms,
    Value,
)
from surveys.phone import on_phone, pressed, question
from surveys.turns import Thread, Turn

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
FACTS = {"brand": "示例电信", "ticket": "T-1", "agent": "", "product": "", "name": ""}
ZH, EN = "zh-CN", "en"

_MANY = """
id: many
title: {zh-CN: 问卷, en: Survey}
start: reason
questions:
  reason:
    kind: choice
    headline: true
    ask: {zh-CN: "您最看重什么?", en: "What matters most to you?"}
    options:
      - {id: price, label: {zh-CN: 价格, en: Price}, score: 20}
      - {id: speed, label: {zh-CN: 网速, en: Speed}, score: 60}
      - {id: people, label: {zh-CN: 服务, en: People}, score: 100}
    next: [{go: effort}]
  effort:
    kind: ces7
    ask: {zh-CN: "解决问题轻松吗?", en: "How easy was it?"}
    next: [{go: solved}]
  solved:
    kind: resolved
    ask: {zh-CN: "解决了吗?", en: "Is it solved?"}
    next: [{go: end}]
end: {zh-CN: "谢谢!", en: "Thank you!"}
low: {any: []}
"""


@cache
def surveys() -> Mapping[str, Survey]:
    read = questionnaire.read({"surveys/many.yaml": _MANY}, "【示例电信】")
    assert not read.faults, read.faults
    return {**catalogue.shipped(), **read.surveys}


def thread_of(survey: str, locale: str, **terms: object) -> Thread:
    found = surveys()[survey]
    invitation = Invitation(
        id="i_1",
        source="/tickets",
        ticket="T-1",
        cycle=1,
        customer="C-1",
        program="default",
        survey=survey,
        version=found.version,
        state=InvitationState.INVITED,
        channels=("voice",),
        locale=locale,
        due_at=NOW,
        useful_until=NOW + timedelta(days=7),
        lasts=timedelta(days=7),
        attribution=Attribution(),
        terms=Terms(**terms),  # type: ignore[arg-type]
    )
    return Thread(invitation=invitation, survey=found, response=None)


@dataclass(kw_only=True)
class Phone:
    """A call without a carrier: the thread is answered as the inbox would have it answered."""

    thread: Thread
    standing: Standing = field(default_factory=Standing)
    acts: list[ivr.Act] = field(default_factory=list)
    heard: list[Spoken] = field(default_factory=list)

    @property
    def now(self) -> OnPhone:
        return on_phone(self.thread, FACTS)

    def ring(self) -> "Phone":
        self.standing, said = ivr.begin(self.standing, self.now, "示例电信")
        self.heard.append(said)
        return self

    def does(self, *inputs: str | Heard) -> "Phone":
        for each in inputs:
            heard = each if isinstance(each, Heard) else hears(each)
            before = self.now
            act = ivr.understand(self.standing, heard, before.question, before.locale)
            if act.text and act.deed is Deed.ANSWER:
                turn = on_reply(self.thread, "r_1", "voice", act.text, NOW)
                assert isinstance(turn, Turn), turn
                self.thread = replace(
                    self.thread, invitation=turn.invitation, response=turn.response
                )
            self.acts.append(act)
            self.standing, said = ivr.go_on(self.standing, act, self.now, "示例电信")
            self.heard.append(said)
        return self

    @property
    def answers(self) -> Mapping[str, Value]:
        return self.thread.response.answers if self.thread.response else {}

    @property
    def last(self) -> str:
        return "".join(self.heard[-1].lines)

    @property
    def hung_up(self) -> bool:
        return self.heard[-1].then is None


def hears(text: str) -> Heard:
    """`5`, `*`: keys; `"5"`: said; `<12`: recorded; `#`: a hash alone; an empty text is silence."""
    if text == "#":
        return Heard(ended=True)
    if text.startswith("<"):
        return Heard(seconds=int(text[1:]))
    if text.startswith('"'):
        return Heard(speech=text.strip('"'), confidence=0.9)
    return Heard(digits=text)


def call(survey: str, locale: str, *inputs: str | Heard, **terms: object) -> Phone:
    return Phone(thread=thread_of(survey, locale, **terms)).ring().does(*inputs)


@pytest.mark.parametrize("locale", [ZH, EN])
@pytest.mark.parametrize(
    ("survey", "keys", "answers"),
    [
        ("csat", ["1", "5", "1"], {"satisfaction": 5, "resolved": True}),
        ("csat", ["1", "4", '"解决了"'], {"satisfaction": 4, "resolved": True}),
        ("csat", ["1", '"5"', "1"], {"satisfaction": 5, "resolved": True}),
        ("csat", ["1", "2", "2", "#"], {"satisfaction": 2, "resolved": False, "comment": ""}),
        ("nps", ["1", "10", "#"], {"recommend": 10, "reason": ""}),
        ("nps", ["1", "0", "#"], {"recommend": 0, "improve": ""}),
        ("nps", ["1", "7", "#"], {"recommend": 7, "reason": ""}),
        ("many", ["1", "2", "7", "2"], {"reason": "speed", "effort": 7, "solved": False}),
        ("many", ["1", "3", "1", "1"], {"reason": "people", "effort": 1, "solved": True}),
    ],
)
def test_keys_answer_every_kind_of_question_in_both_languages(
    locale: str, survey: str, keys: list[str], answers: Mapping[str, Value]
) -> None:
    made = call(survey, locale, *keys)
    assert made.answers == answers
    assert made.thread.invitation.state is InvitationState.COMPLETED
    assert made.hung_up
    ending = surveys()[survey].ending(locale, "voice")
    assert made.last == ending + line("bye", locale)


@pytest.mark.parametrize("name", ["csat", "nps", "ces", "repair", "recovery"])
@pytest.mark.parametrize("locale", [ZH, EN])
def test_every_key_that_a_shipped_survey_names_is_an_answer_to_it(name: str, locale: str) -> None:
    for asked in surveys()[name].questions.values():
        read_out = question(asked, locale, FACTS)
        for key, value in pressed(asked).items():
            understood = on_reply(only(asked, name, locale), "r_1", "voice", key, NOW)
            assert isinstance(understood, Turn)
            assert understood.answer is not None, (asked.id, key)
            told = understood.answer.value
            words = {"True": "yes", "False": "no"}
            assert words.get(str(told), str(told)) == value
        assert (read_out.pressing is Pressing.RECORDING) == (not read_out.keys)
        assert "{" not in read_out.text


def only(asked: Question, name: str, locale: str) -> Thread:
    thread = thread_of(name, locale)
    return replace(thread, invitation=replace(thread.invitation, question=asked.id))


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        (ZH, "您最看重什么?价格请按1，网速请按2，服务请按3。"),
        (EN, "What matters most to you? For Price press 1, for Speed press 2, for People press 3."),
    ],
)
def test_a_question_without_words_for_the_phone_is_told_with_its_keys(
    locale: str, said: str
) -> None:
    assert call("many", locale, "1").last == said


def test_the_greeting_says_who_calls_and_why_and_names_the_three_keys() -> None:
    made = Phone(thread=thread_of("csat", ZH)).ring()
    assert "示例电信" in made.last
    assert "T-1" in made.last
    assert all(key in made.last for key in ("按1", "按0", "按9"))
    assert isinstance(made.heard[-1].then, Listen)
    english = Phone(thread=thread_of("csat", EN)).ring().last
    assert all(key in english for key in ("press 1", "press 0", "press 9", "T-1"))


@pytest.mark.parametrize(
    ("locale", "inputs", "deed", "last"),
    [
        (ZH, ["0"], Deed.PERSON, "person"),
        (EN, ["9"], Deed.STOP, "stopped"),
        (ZH, ["1", "*", "0"], Deed.PERSON, "person"),
        (EN, ["1", "5", "*", "9"], Deed.STOP, "stopped"),
        (EN, ["1", "*9"], Deed.STOP, "stopped"),
        (ZH, ['"不用了"'], Deed.DECLINE, "declined"),
        (EN, ['"No, thanks."'], Deed.DECLINE, "declined"),
        (ZH, ['"转人工"'], Deed.PERSON, "person"),
        (EN, ['"Please stop calling me"'], Deed.STOP, "stopped"),
        (EN, ["1", '"Please stop calling me"'], Deed.STOP, "stopped"),
    ],
)
def test_wishes_are_heard_wherever_they_are_made_and_end_the_call(
    locale: str, inputs: list[str], deed: Deed, last: str
) -> None:
    made = call("csat", locale, *inputs)
    assert made.acts[-1].deed is deed
    assert (made.last, made.hung_up) == (line(last, locale), True)
    assert (deed is Deed.DECLINE) == (made.acts[-1].text == "")


def test_a_rating_beside_a_wish_begins_no_survey_and_in_a_question_both_are_taken() -> None:
    made = call("csat", ZH, '"打5分，请给我回电话"')
    assert (made.acts[-1], made.answers) == (ivr.Act(deed=Deed.PERSON, text="CALL"), {})
    made = call("csat", ZH, "1", '"打5分，请给我回电话"')
    assert made.acts[-1].deed is Deed.ANSWER
    assert made.answers == {"satisfaction": 5}


def test_in_a_question_digits_are_answers_and_no_wishes() -> None:
    made = call("nps", ZH, "1", "0")
    assert made.answers == {"recommend": 0}
    made = call("nps", EN, "1", "9")
    assert made.answers == {"recommend": 9}
    assert not made.hung_up


def test_the_menu_repeats_where_the_call_stands() -> None:
    made = call("csat", ZH, "1")
    asked = made.last
    made.does("*")
    assert "再听一遍请按1" in made.last
    assert made.does("1").last == asked
    assert made.does("*1").last == asked
    assert made.answers == {}
    greeted = Phone(thread=thread_of("csat", EN)).ring()
    assert greeted.does("*", "1").last == greeted.heard[0].lines[0] + greeted.heard[0].lines[1]


@pytest.mark.parametrize("inputs", [["", "", ""], ["7", "", "88"], ["", '"嗯啊呃"', "5"]])
@pytest.mark.parametrize("locale", [ZH, EN])
def test_silence_and_wrong_keys_are_asked_again_twice_and_then_left(
    locale: str, inputs: list[str]
) -> None:
    made = Phone(thread=thread_of("csat", locale)).ring()
    for again in inputs[:2]:
        made.does(again)
        assert not made.hung_up
        assert made.last.endswith("".join(made.heard[0].lines))
    made.does(inputs[2])
    assert (made.last, made.hung_up) == (line("leave", locale), True)
    assert made.thread.invitation.state is InvitationState.INVITED


def test_silence_in_a_question_keeps_what_was_answered_before() -> None:
    made = call("csat", EN, "1", "4", "", "8", "")
    assert (made.last, made.hung_up) == (line("kept", EN), True)
    assert made.answers == {"satisfaction": 4}
    assert made.thread.invitation.state is InvitationState.IN_PROGRESS


def test_an_answer_begins_the_count_anew() -> None:
    made = call("csat", ZH, "", "", "1", "", "", "4", "", "")
    assert not made.hung_up


def test_what_nobody_is_sure_to_have_heard_is_asked_again() -> None:
    unsure = Heard(speech="five", confidence=0.2)
    made = call("csat", EN, "1", unsure)
    assert made.answers == {}
    assert made.acts[-1].deed is Deed.WRONG
    unknown = Heard(speech="five", confidence=0.0)
    assert call("csat", EN, "1", unknown).answers == {"satisfaction": 5}


def test_words_that_are_no_answer_are_asked_again_and_given_up_as_by_sms() -> None:
    made = call("csat", EN, "1", '"the weather is nice"')
    assert made.last.startswith(line("wrong", EN))
    made.does('"four to five"', '"no idea"')
    assert made.hung_up
    assert made.thread.invitation.state is InvitationState.EXPIRED


@pytest.mark.parametrize("yes", ["好的", "可以。", "开始", "嗯", "是的", "Yes.", "Go ahead", "OK"])
def test_a_spoken_yes_begins(yes: str) -> None:
    made = call("csat", ZH, f'"{yes}"')
    assert made.standing.place is Place.QUESTION


@pytest.mark.parametrize(
    "other", ["您好请讲", "你好我现在不方便接听请留言", "Leave a message after the beep", "5"]
)
def test_nothing_else_begins_a_survey(other: str) -> None:
    assert call("csat", ZH, f'"{other}"').standing.place is not Place.QUESTION
    assert call("csat", ZH, "5").standing.place is Place.GREETING


@pytest.mark.parametrize("locale", [ZH, EN])
def test_consent_is_told_before_a_comment_is_recorded(locale: str) -> None:
    made = call("csat", locale, "1", "1", "2")
    asked = made.heard[-1]
    assert isinstance(asked.then, Record)
    assert asked.lines[0] == line("consent", locale)
    made.does("<12")
    assert made.answers["comment"] == line("recorded", locale, seconds=12)
    assert made.hung_up


def test_a_silent_comment_is_asked_for_again_and_a_star_opens_the_menu() -> None:
    made = call("csat", ZH, "1", "1", "2", "", "*")
    assert made.standing.place is Place.MENU
    made.does("1", "", "", "")
    assert made.hung_up
    assert "comment" not in made.answers


def test_a_key_pressed_after_another_channel_answered_is_not_taken_for_the_next_answer() -> None:
    made = call("csat", ZH, "1")
    turn = on_reply(made.thread, "r_1", "web", "5", NOW)
    assert isinstance(turn, Turn)
    made.thread = replace(made.thread, invitation=turn.invitation, response=turn.response)
    made.does("2")
    assert made.answers == {"satisfaction": 5}
    assert made.standing.asked == "resolved"
    assert made.does("2").answers == {"satisfaction": 5, "resolved": False}


def test_a_survey_that_ended_meanwhile_takes_leave() -> None:
    thread = thread_of("csat", EN)
    over = replace(thread.invitation, state=InvitationState.EXPIRED)
    made = Phone(thread=replace(thread, invitation=over)).ring()
    assert (made.last, made.hung_up) == (line("ended", EN), True)
    made = call("csat", EN, "1")
    made.thread = replace(made.thread, invitation=over)
    assert made.does("5").hung_up
    assert made.answers == {}


def test_who_calls_back_hears_who_called_and_may_answer_or_ask_for_a_person() -> None:
    inbound = Standing(inbound=True)
    made = Phone(thread=thread_of("csat", ZH), standing=inbound).ring()
    assert "联系过您" in made.last
    assert made.does("1", "5", "1").answers == {"satisfaction": 5, "resolved": True}
    thread = thread_of("csat", EN)
    over = replace(thread.invitation, state=InvitationState.COMPLETED)
    made = Phone(thread=replace(thread, invitation=over), standing=inbound).ring()
    assert "press 0" in made.last
    assert "begin" not in made.last
    assert made.does("1").acts[-1].deed is Deed.WRONG
    assert made.does("0").acts[-1].deed is Deed.PERSON


def test_a_survey_that_is_not_for_the_phone_asks_nothing_on_it() -> None:
    assert on_phone(thread_of("csat", ZH, channels=("sms",)), FACTS).question is None
    assert on_phone(thread_of("csat", ZH, channels=("sms", "voice")), FACTS).question is not None


@pytest.mark.parametrize(
    ("answered_by", "machine", "beep"),
    [
        ("human", False, False),
        ("unknown", False, False),
        ("", False, False),
        ("machine_start", True, False),
        ("machine_end_beep", True, True),
        ("machine_end_silence", True, True),
        ("fax", True, False),
    ],
)
def test_who_answered(answered_by: str, machine: bool, beep: bool) -> None:
    assert (ivr.is_machine(answered_by), ivr.after_beep(answered_by)) == (machine, beep)


_KEYS = st.text(alphabet="0123456789*", max_size=4)
_ANY = st.builds(
    Heard,
    digits=_KEYS,
    speech=st.one_of(st.just(""), st.text(max_size=30)),
    confidence=st.none() | st.floats(0, 1),
    seconds=st.none() | st.integers(0, 200),
    ended=st.booleans(),
)


@given(heard=st.lists(_ANY, max_size=12), survey=st.sampled_from(["csat", "nps", "many"]))
def test_whatever_is_heard_a_call_goes_on_or_takes_leave(heard: list[Heard], survey: str) -> None:
    made = Phone(thread=thread_of(survey, ZH)).ring()
    for each in heard:
        if made.hung_up:
            return
        made.does(each)
        assert made.heard[-1].lines
        assert made.hung_up == (made.standing.place is Place.OVER)
        assert made.standing.tries <= ivr.MOST_REPROMPTS
