"""Holds the reader to whole classes of replies: texts of one kind that stand in no table."""

import pytest

from tests.replies import Row
from tests.replies.measure import STOPS, Outcome, outcome


def read(text: str, kind: str = "csat5", question: str = "") -> Outcome:
    lang = "en" if text.isascii() else "zh-CN"
    row = Row(
        id="-", lang=lang, kind=kind, question=question, opted_out=False, text=text,
        reading="", flags=frozenset(), phenomenon="",
    )  # fmt: skip
    return outcome(row)


THREATS = (
    "再掉线就给1分|再有下次直接1分|下次再这样就1分|涨价就打1分|要断网就1分|修不好就1分"
    "|one more outage and it's a 1|fix it or it's 1|another no-show and you get 1|drop again = 1"
).split("|")
NOT_GIVEN = (
    "5 stars my a**|5 for trying|I'd say 5 but no|按1没反应|回复1没用|strike 3|give back 4 u"
    "|4/5都行|弄好了给你们打5分|解决了我给满分|我倒想给5分|给点优惠就10分|整好先俾5分"
    "|a low 3 or a high 2|话费换5分|还好意思要5分|1分不至于|five stars, 差点被气死"
    "|Shop 5\nPhone line 2|⭐!⭐|还行，但客服ok|shifu hen hao|san fen zhong"
    "|trustpilot 2 stars says it all|number 4 on the list|out of 5|satisfied for now"
).split("|")
STARS = {"⭐x5": 5, "★×4": 4, "⭐*3": 3, "5x⭐": 5, "2 x 🌟": 2}
GIVEN = {
    "5->4, no, 3": None, "4... no, 3": 3, "五分，不，四分": 4, "3 → 2": 2, "5改4": 4, "是5不是1": 5,
    "disregard my last message. 5": 5, "ignore my previous, 5": 5, "typo. Should be 5": 5,
    "should be 5": None, "03": 3, "05": 5, "'4'": 4, "very 满意": 5, "not 满意": 2,
    "满意哒": 4, "不咋滴": 2,
    "4, would be 5 but slow": 4, "would be 5 but he was late": None, "要不是太慢就4分了，3分": 3,
    "5. Please don't stop these messages": 5, "san fen": 3,
    "1. Only because there's no 0": 1, "1 nobody calls back": 1, "average really": 3,
}  # fmt: skip
ARRANGED = "跟师傅约好了|说好了明天来|电话打好了|谈好了赔偿|时间定好了|准备好了|真是太好了|谁说好了"
SOLVED = (
    "解决鸟|弄好嘞|修好囉|网络好了|设备好了|✅解决|problem solve already|can use liao|用得返"
    "|fixed but took 3 visits|Yes in the end|refund came through|总算解决|费用退了"
    "|网回来了|完事了|they did|yes though slow to come"
    "|上回没修好，这回修好了|it wasn't working but it is now"
).split("|")
UNSOLVED = (
    "is not solve|dint solve|haven't|no, only half of it|2，只解决了一半|电话都没接到|越修越差"
    "|cuts out every night|还是没好|no show|haven't had my refund|没人跟进"
    "|still awaiting a call|was never fixed|未 resolved|not 修好|by no means|没有没有"
).split("|")
EFFORT = {
    "difficult to reach anyone": 2, "very easy to cancel the add-on": 7, "很难找到人工": 1,
    "easy once I got through": 6, "easy to say": None, "a nightmare": None,
    "a complete nightmare": 1, "easy to reach, hard to get it fixed": None,
    "easy to reach, useless after": None,
}  # fmt: skip
CAUSES = {
    "not the price, the staff": "staff", "no complaints about the price": None,
    "I can put up with the man but not the speed": "speed",
    "apart from the price all good": "price",
    "除了慢都满意": "speed", "跟态度无关，就是慢": "speed", "贵司你好": None,
    "my sister says the price": None, "you were told about the speed": None, "价格算公道": None,
    "slow reply": None, "if I must choose, price": "price", "CCC": None,
}  # fmt: skip
NOISE = "hjkl 3|;;2;;k|^4^|xcvb 1|7 sdfg|呀呀3呀呀".split("|")
OPTIONS = {
    "A... no B": "billing", "系C啦": "install", "B 2个月都扣错": "billing", "宽带断了": "network",
    "手机坏了": None,
    "B同C": None, "A加C": None, "拣A": "network", "a typo": None, "my tv is broken": None,
}  # fmt: skip
DEMANDS = (
    "麻烦把这个号码去掉|把我退订了|不解决问题就不要再发了|取消这个短信业务|退掉短信|T，烦死了"
    "|请以后别往这个号发任何东西|我说了退订你听不懂吗|停啦唔該|别老问|unsub 我 pls"
    "|I'd be grateful if you'd take this number off your list|take me off whatever this is"
    "|why am I on this list|My husband passed away last month. Please, no more.|could you not"
    "|I'm on the TPS|delete my details under GDPR|blocked and reported|that's enough now"
    "|以后别发到这个号码了|请勿再向该号码发送短信|please could you not send any more"
    "|我已不再是贵公司的用户|you have my phone number in error|why don't you stop texting me"
    "|don't stop there, but stop texting me"
).split("|")
NO_DEMANDS = (
    "退订短信是什么意思|把我从黑名单移出|移出黑名单|full stop missing from your text"
    "|do I have to reply stop?|what happens if I say stop|take me off the waiting list"
    "|what does STOP mean|短信业务怎么开|T恤很好看|不退订，我要继续收|我不取消订阅"
    "|don't cancel the messages please|don't take me off the list|do the needful"
).split("|")


@pytest.mark.parametrize("text", [*THREATS, *NOT_GIVEN])
def test_what_is_threatened_or_spoken_of_rates_nothing(text: str) -> None:
    assert read(text).reading == "unclear"


@pytest.mark.parametrize(("text", "value"), [*STARS.items(), *GIVEN.items()])
def test_a_rating_is_the_one_that_is_given_in_the_end(text: str, value: int | None) -> None:
    assert read(text).reading == (f"rating:{value}" if value else "unclear")


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        *((text, "unclear") for text in ARRANGED.split("|")),
        *((text, "yes") for text in SOLVED),
        *((text, "no") for text in UNSOLVED),
    ],
)
def test_what_is_only_arranged_is_not_resolved(text: str, reading: str) -> None:
    assert read(text, "resolved").reading == reading


@pytest.mark.parametrize(("text", "value"), EFFORT.items())
def test_what_was_easy_or_hard_may_be_named(text: str, value: int | None) -> None:
    assert read(text, "ces7").reading == (f"rating:{value}" if value else "unclear")


@pytest.mark.parametrize(("text", "option"), OPTIONS.items())
def test_an_option_is_chosen_by_what_is_ours(text: str, option: str | None) -> None:
    reading = read(text, "choice", "reason").reading
    assert reading == (f"choice:{option}" if option else "unclear")


@pytest.mark.parametrize(("text", "option"), CAUSES.items())
def test_an_option_is_chosen_where_it_is_meant_and_not_where_it_is_spoken_of(
    text: str, option: str | None
) -> None:
    reading = read(text, "choice", "cause").reading
    assert reading == (f"choice:{option}" if option else "unclear")


@pytest.mark.parametrize("text", NOISE)
def test_keys_hit_at_random_rate_nothing(text: str) -> None:
    assert read(text).reading == "unclear"


@pytest.mark.parametrize("text", DEMANDS)
def test_a_demand_is_heard_however_it_is_dressed(text: str) -> None:
    assert read(text).reading in STOPS


@pytest.mark.parametrize("text", NO_DEMANDS)
def test_who_asks_about_the_word_demands_nothing(text: str) -> None:
    assert read(text).reading not in STOPS


def test_a_wish_to_be_phoned_stands_beside_the_answer_it_is_set_against() -> None:
    said = read("yes but please ring me", "resolved")
    assert (said.reading, said.flags) == ("yes", frozenset({"call"}))
    assert read("It took too long, 5 weeks from first call", "comment").flags == frozenset()
