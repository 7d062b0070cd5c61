"""Holds the reader to it that what is spoken of, wished for or undone is noted down for nobody."""

import pytest

from surveys.model import Question, QuestionKind
from surveys.understand import Rating, Truth, Unclear, read

SPOKEN_OF = """
    听说{} 有人给{} 想要{} 凭什么给{} {}没门 {}起步 {}都给不到 曾给{} 从来没给过{} 反话{} {}，做梦
    {}，骗你的
    发红包就{} 打折就{} 领导交代{} 理想是{} 上个师傅{} 再也不{} 不想{} 考虑给{} 理论上{} 违心给{}
    撤回{} 暂定{}
    {}待定 {}作废 {}再想想 {}偏高 {}的人都是托 {}是我老婆打的 前台{}后台不行 值不了{} 少于{}
    要不是师傅，给{}
""".split()
ENGLISH = (
    "{} no chance|{}, dream on|you want a {}|might be {}|considering {}|barely {}|{} pending"
    "|{} subject to refund|{} for them|Sky gets {}|withdraw {}|{} is a mistake|take back my {}"
    "|promised {}|thinking about {}|no way that's a {}|it's a {} on a good day|had you come, {}"
).split("|")
GIVEN = (
    "师傅态度很好5分|没想到这么快给5分|5小王态度好|5 套餐划算|5 天天都稳定"
    "|从来没遇到这么好的师傅，5分"
    "|5分，最高分了|师傅讲解很清楚5分|not expecting such speed, 5|they called back in 5 minutes, 5"
    "|your guy deserves 5|5 for customer service|I'm giving 5 because of Raj"
).split("|")
OPEN = (
    "希望解决了|请你们尽快解决了|假装解决了|快要解决了|未必解决了|上次解决了|等解决了|解决了与否"
    "|差点修好了"
    "|allegedly fixed|barely fixed|until fixed|fixed or not|as good as fixed|looks fixed|n/a"
    "|no I mean yes"
).split("|")


def answer(kind: QuestionKind, text: str) -> object:
    return read(text, Question(id="q", kind=kind, ask={}, next=()), "zh-CN")


@pytest.mark.parametrize("number", ["5分", "5"])
def test_a_number_that_is_spoken_of_is_no_rating(number: str) -> None:
    texts = [each.format(number) for each in SPOKEN_OF if number == "5分"]
    texts += [each.format("5" if number == "5" else "5 stars") for each in ENGLISH]
    read_as = {text: answer(QuestionKind.CSAT5, text) for text in texts}
    assert {text: each for text, each in read_as.items() if not isinstance(each, Unclear)} == {}


def test_a_number_that_ends_or_begins_a_story_is_a_rating() -> None:
    read_as = {text: answer(QuestionKind.CSAT5, text) for text in GIVEN}
    assert [text for text, each in read_as.items() if getattr(each, "value", None) != 5] == []
    assert all(isinstance(each, Rating) for each in read_as.values())


def test_what_a_story_without_marks_ends_with_is_a_rating_unless_it_is_only_spoken_of() -> None:
    given = {
        "那个什么吧总体还是可以的给个四分吧": 4,
        "跟你们说了多少遍了都不来修就给一分": 1,
        "反正我是不太满意的给两分": 2,
        "打了好几个电话都没人接就给1分": 1,
        "滿意，只是等了兩天": 4,
        "Very satisfied with how quickly it was sorted": 5,
        "Very dissatisfied with the rude agent": 1,
        "我对这次维修不满意，因为没有查出原因": 2,
        "4, took one star off because he was late": 4,
        "5 My number is 07700 900123 if you need anything": 5,
        "5分(๑•̀ㅂ•́)و✧": 5,
        "✨5分✨": 5,
        "feichangbumanyi": 1,
    }
    read_as = {text: answer(QuestionKind.CSAT5, text) for text in given}
    assert {text: getattr(each, "value", None) for text, each in read_as.items()} == given
    open_still = (
        "你们什么时候修好我什么时候给5分|送流量就给五分|你们凭啥觉得我会给五分|不来修就给一分"
        "|看在师傅面子上给5分|5, took one star off because he was late|after the visit i'll give 5"
        "|5 very satisfied 4 satisfied 3 average 2 dissatisfied 1 very dissatisfied"
        "|Very satisfied with how quickly you cut me off|happy with the fix, not with the price"
    ).split("|")
    read_as = {text: answer(QuestionKind.CSAT5, text) for text in open_still}
    assert {text: each for text, each in read_as.items() if not isinstance(each, Unclear)} == {}


def test_praise_beside_harm_or_from_another_mouth_is_no_rating() -> None:
    texts = (
        "非常满意，连续停网三天|优秀，一个工单拖一个月|我妈说：“满意”"
        "|brilliant, 6 weeks for a router"
        '|good but slow|Your ad says: "excellent"|very happy, still no internet'
    ).split("|")
    assert [
        text for text in texts if not isinstance(answer(QuestionKind.CSAT5, text), Unclear)
    ] == []


def test_praise_beside_harm_denied_is_a_rating() -> None:
    texts = "非常满意，没断过网|很满意，没有等很久|excellent, no delays at all".split("|")
    assert [
        text for text in texts if not isinstance(answer(QuestionKind.CSAT5, text), Rating)
    ] == []


def test_what_is_wished_or_doubted_is_not_resolved() -> None:
    read_as = {text: answer(QuestionKind.RESOLVED, text) for text in OPEN}
    assert {text: each for text, each in read_as.items() if not isinstance(each, Unclear)} == {}


def test_what_came_about_at_last_is_resolved() -> None:
    texts = "等了三天终于修好了|很快解决了|请师傅来修好了|yes after 2 visits|fixed after a reboot"
    read_as = [answer(QuestionKind.RESOLVED, text) for text in texts.split("|")]
    assert [each for each in read_as if not isinstance(each, Truth) or not each.value] == []
