"""What replies mean: a table of what people write, and what must never be taken for an answer."""

import time

import pytest

from surveys.model import Option, Question, QuestionKind
from surveys.understand import Choice, Comment, Meaning, Rating, Truth, Unclear, read


def question(kind: str) -> Question:
    options = (
        Option(id="speed", label={"zh-CN": "网速慢", "en": "Slow line"}),
        Option(id="price", label={"zh-CN": "资费高", "en": "Price"}),
        Option(id="staff", label={"zh-CN": "服务差", "en": "Service"}),
    )
    return Question(
        id="q",
        kind=QuestionKind(kind),
        ask={"zh-CN": "问", "en": "Ask"},
        next=(),
        options=options if kind == "choice" else (),
    )


def meaning(kind: str, text: str) -> Meaning:
    return read(text, question(kind), "zh-CN")


RATED = [
    ("5", 5),
    ("1", 1),
    (" 3 ", 3),
    ("４", 4),
    ("⑤", 5),
    ("❶", 1),
    ("⒌", 5),
    ("⑵", 2),
    ("5️⃣", 5),
    ("3️⃣!", 3),
    ("٥", 5),
    ("४", 4),
    ("๓", 3),
    ("𝟒", 4),
    ("5.", 5),
    ("5!", 5),
    ("“5”", 5),
    ("(4)", 4),
    ("\u200e5\u200f", 5),
    ("5分", 5),
    ("5 分", 5),
    ("４分。", 4),
    ("5星", 5),
    ("3颗星", 3),
    ("5 stars", 5),
    ("1 star", 1),
    ("5/5", 5),
    ("4/5", 4),
    ("4 / 5 分", 4),
    ("3 out of 5", 3),
    ("five out of five", 5),
    ("★★★★★", 5),
    ("⭐⭐⭐", 3),
    ("★★★★☆", 4),
    ("五", 5),
    ("一", 1),
    ("两分", 2),
    ("四分", 4),
    ("伍", 5),
    ("壹分", 1),
    ("弐", 2),
    ("貳", 2),
    ("五星", 5),
    ("五星好评", 5),
    ("满分", 5),
    ("滿分！", 5),
    ("我给满分", 5),
    ("five", 5),
    ("Four", 4),
    ("two stars", 2),
    ("Five!", 5),
    ("非常满意", 5),
    ("满意", 4),
    ("滿意", 4),
    ("一般", 3),
    ("不满意", 2),
    ("非常不满意", 1),
    ("非常不滿意！", 1),
    ("我很满意", 5),
    ("对服务非常满意", 5),
    ("不太满意", 2),
    ("VERY SATISFIED", 5),
    ("satisfied", 4),
    ("I am satisfied", 4),
    ("neutral", 3),
    ("Dissatisfied", 2),
    ("very dissatisfied", 1),
    ("not satisfied", 2),
    ("5非常满意", 5),
    ("5 满意", 5),
    ("1 非常不满意", 1),
    ("我给5分", 5),
    ("打4分", 4),
    ("给个5", 5),
    ("服务态度5分", 5),
    ("I give it a 4", 4),
    ("rating: 5", 5),
    ("My answer is 2", 2),
    ("你好，5", 5),
    ("谢谢，5分", 5),
    ("Hi 5", 5),
    ("5 5", 5),
    ("满分5分我给4分", 4),
    ("不是很满意", 2),
    ("not very satisfied", 2),
    ("一点都不满意", 1),
    ("4, sorry I mean 5", 5),
    ("不是2，我要给4", 4),
    ("给师傅打5分", 5),
    ("1分，你们怎么搞的？", 1),
]


@pytest.mark.parametrize(("text", "value"), RATED)
def test_a_rating_is_read_in_every_form_people_write_it(text: str, value: int) -> None:
    read_as = meaning("csat5", text)
    assert isinstance(read_as, Rating), read_as
    assert read_as.value == value


BESIDE = [
    ("1 师傅没来", 1, "师傅没来"),
    ("1师傅没来", 1, "师傅没来"),
    ("1，师傅没来", 1, "师傅没来"),
    ("1。打了3次电话都没人接", 1, "打了3次电话都没人接"),
    ("2 等了5天", 2, "等了5天"),
    ("5, great help", 5, "great help"),
    ("4: great help", 4, "great help"),
    ("5 - great help", 5, "great help"),
    ("5-great", 5, ""),
    ("5 thanks", 5, ""),
    ("５分，师傅很专业", 5, "师傅很专业"),
    ("5️⃣ 很好", 5, ""),
    ("1\n网络还是断", 1, "网络还是断"),
    ("1 called 3 times", 1, "called 3 times"),
    ("非常满意，师傅很专业", 5, "师傅很专业"),
    ("不满意。没人来", 2, "没人来"),
    ("师傅很好，5分", 5, "师傅很好，5分"),
    ("Great help, 5", 5, "Great help, 5"),
    ("我给5分", 5, ""),
    ("5分吧", 5, ""),
    ("5", 5, ""),
    ("5 转人工", 5, ""),
    ("5😀", 5, ""),
]


@pytest.mark.parametrize(("text", "value", "rest"), BESIDE)
def test_what_is_said_beside_a_rating_is_kept(text: str, value: int, rest: str) -> None:
    assert meaning("csat5", text) == Rating(value=value, rest=rest)


UNCLEAR = [
    ("", "empty"),
    ("   \u200b ", "empty"),
    ("4-5", "range"),
    ("4～5", "range"),
    ("4到5分", "range"),
    ("四到五", "range"),
    ("4 to 5", "range"),
    ("four to five", "range"),
    ("55", "out_of_scale"),
    ("5５", "out_of_scale"),
    ("0", "out_of_scale"),
    ("6", "out_of_scale"),
    ("10", "out_of_scale"),
    ("100分", "out_of_scale"),
    ("4/10", "out_of_scale"),
    ("24/7", "out_of_scale"),
    ("十分", "out_of_scale"),
    ("二十", "out_of_scale"),
    ("9" * 3000, "out_of_scale"),
    ("4 or 5", None),
    ("4或5", None),
    ("1 2 3 4 5", "several"),
    ("5非常满意 4满意 3一般", "several"),
    ("服务5分，网速1分", "several"),
    ("4.5", "half"),
    ("4，5", "half"),
    ("4分半", "half"),
    ("四星半", "half"),
    ("4½", None),
    ("4 and a half", "half"),
    ("5?", "question"),
    ("5是最好吗", None),
    ("5 or 1?", "range"),
    ("打几分？", None),
    ("如果修好了就5分", "condition"),
    ("5 if you fix it", "condition"),
    ("要是今天来人，5分", "condition"),
    ("本来想给5分", "condition"),
    ("would have given 5", "condition"),
    ("5 不是很满意", "contradiction"),
    ("5 不满意", "contradiction"),
    ("1 非常满意", "contradiction"),
    ("3 满意", "contradiction"),
    ("5分，垃圾服务", "contradiction"),
    ("5 stars for a terrible service", "contradiction"),
    ("1 great help", "contradiction"),
    ("5 no", "contradiction"),
    ("5不行", "negated"),
    ("5/", None),
    ("~5", None),
    ("打了3次电话", None),
    ("等了5天", None),
    ("5分钟就好了", None),
    ("等了5分钟", None),
    ("5 days without internet", None),
    ("2 technicians came", None),
    ("5 years old", None),
    ("3个人", None),
    ("2小时", None),
    ("星期3", None),
    ("第2次", None),
    ("wifi5", None),
    ("5g信号差", None),
    ("No. 1", None),
    ("#1", None),
    ("+5", None),
    ("-5", None),
    ("5%", None),
    ("¥5", None),
    ("5-", None),
    ("5左右", None),
    ("大概5分", None),
    ("about 4", None),
    ("not a 5", None),
    ("不给5分", None),
    ("不到3分", None),
    ("没有5分", None),
    ("I called 3 already", None),
    ("no one came", None),
    ("one more thing", None),
    ("一直没修好", None),
    ("一分钱一分货", None),
    ("三天了", None),
    ("希望能让客户满意", None),
    ("怎么评价", None),
    ("满意度", None),
    ("不满意度", None),
    ("☆☆☆☆☆", None),
    ("好的", None),
    ("ok", None),
    ("退订", None),
    ("👍", None),
    ("?!", None),
    ("１２３", None),
]


@pytest.mark.parametrize(("text", "reason"), UNCLEAR)
def test_what_nobody_could_be_sure_of_is_never_guessed(text: str, reason: str | None) -> None:
    read_as = meaning("csat5", text)
    assert isinstance(read_as, Unclear), read_as
    if reason is not None:
        assert read_as.reason == reason


OTHER_SCALES: list[tuple[str, str, int | None]] = [
    ("nps", "10", 10),
    ("nps", "0", 0),
    ("nps", "1️⃣0️⃣", 10),
    ("nps", "🔟", 10),
    ("nps", "⑩", 10),
    ("nps", "十", 10),
    ("nps", "十分", 10),
    ("nps", "拾", 10),
    ("nps", "零分", 0),
    ("nps", "zero", 0),
    ("nps", "满分", 10),
    ("nps", "8/10", 8),
    ("nps", "5/5", 10),
    ("nps", "11", None),
    ("nps", "十一", None),
    ("nps", "-1", None),
    ("nps", "十分满意", None),
    ("nps", "满意", None),
    ("nps", "10 不满意", None),
    ("ces7", "7", 7),
    ("ces7", "满分", 7),
    ("ces7", "8", None),
    ("ces7", "0", None),
    ("ces7", "很满意", None),
]


@pytest.mark.parametrize(("kind", "text", "value"), OTHER_SCALES)
def test_each_scale_has_its_own_bounds_and_words(kind: str, text: str, value: int | None) -> None:
    read_as = meaning(kind, text)
    assert (read_as.value if isinstance(read_as, Rating) else None) == value


TRUTHS: list[tuple[str, bool | None]] = [
    ("1", True),
    ("2", False),
    ("１", True),
    ("②", False),
    ("一", True),
    ("1已解决", True),
    ("2 未解决", False),
    ("1 yes", True),
    ("2 no", False),
    ("解决了", True),
    ("已解决", True),
    ("問題解決了", True),
    ("已经解决了，谢谢", True),
    ("修好了", True),
    ("是", True),
    ("是的", True),
    ("对", True),
    ("yes", True),
    ("Y", True),
    ("Yes thanks", True),
    ("Yes, it is fixed", True),
    ("it's fixed", True),
    ("The problem has been resolved.", True),
    ("没解决", False),
    ("沒解決", False),
    ("未解决", False),
    ("还没有解决", False),
    ("问题没解决", False),
    ("是没解决", False),
    ("没有", False),
    ("否", False),
    ("不是", False),
    ("no", False),
    ("N", False),
    ("No, still broken", False),
    ("not fixed", False),
    ("It isn't fixed", False),
    ("It isn’t resolved", False),
    ("the issue is not resolved", False),
    ("not yet", False),
    ("unresolved", False),
    ("解决了吗", None),
    ("1?", None),
    ("3", None),
    ("0", None),
    ("12", None),
    ("1/2", None),
    ("1或2", None),
    ("1分", None),
    ("5分", None),
    ("1 no", None),
    ("1 没解决", None),
    ("2 解决了", None),
    ("不，解决了", None),
    ("不是没解决", None),
    ("没有完全解决", None),
    ("部分解决", None),
    ("没有真正解决", None),
    ("解决了，但是又坏了", False),
    ("yes but it came back", False),
    ("之前没解决，现在好了", True),
    ("希望尽快解决", None),
    ("如果没解决再联系", None),
    ("没问题", None),
    ("no problem", None),
    ("no thanks", None),
    ("no 1", None),
    ("No. 1", None),
    ("是否", None),
    ("no one came", False),
    ("not sure", None),
    ("不知道", None),
    ("不错", None),
    ("not fully fixed", None),
    ("2 days", None),
    ("maybe", None),
]


@pytest.mark.parametrize(("text", "value"), TRUTHS)
def test_yes_and_no_are_read_with_their_negations(text: str, value: bool | None) -> None:
    read_as = meaning("resolved", text)
    assert (read_as.value if isinstance(read_as, Truth) else None) is value, read_as


def test_what_is_said_beside_yes_or_no_is_kept() -> None:
    assert meaning("resolved", "2，网络还是断") == Truth(value=False, rest="网络还是断")
    assert meaning("resolved", "没解决，师傅没来") == Truth(value=False, rest="师傅没来")
    assert meaning("resolved", "yes") == Truth(value=True)


CHOICES = [
    ("1", "speed"),
    ("２", "price"),
    ("三", "staff"),
    ("网速慢", "speed"),
    ("资费高！", "price"),
    ("slow line", "speed"),
    ("PRICE", "price"),
    ("staff", "staff"),
    ("4", None),
    ("0", None),
    ("1和2", None),
    ("1-2", None),
    ("都有", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "id_"), CHOICES)
def test_an_option_is_chosen_by_number_id_or_label(text: str, id_: str | None) -> None:
    read_as = meaning("choice", text)
    assert (read_as.id if isinstance(read_as, Choice) else None) == id_


def test_a_label_that_means_two_options_is_read_in_the_language_of_the_customer() -> None:
    asked = Question(
        id="q",
        kind=QuestionKind.CHOICE,
        ask={"zh-CN": "问", "en": "Ask"},
        next=(),
        options=(
            Option(id="a", label={"zh-CN": "OK", "en": "Fine"}),
            Option(id="b", label={"zh-CN": "行", "en": "OK"}),
        ),
    )
    assert read("ok", asked, "zh-CN") == Choice(id="a")
    assert read("ok", asked, "en") == Choice(id="b")
    assert isinstance(read("ok", asked, "fr"), Unclear)


def test_a_comment_is_any_text_as_it_was_written_up_to_1600_characters() -> None:
    assert meaning("comment", "  师傅很好？５分 ") == Comment(text="师傅很好？５分")
    assert meaning("comment", "啊" * 2000) == Comment(text="啊" * 1600)
    assert meaning("comment", " \n") == Unclear(reason="empty")


@pytest.mark.parametrize(
    "text",
    ["5 " * 800, "好的" * 800, "一" * 1600, "不" * 1600, "yes " * 400, "i'" * 800, "\ufdfa" * 1600],
)
@pytest.mark.parametrize("kind", [each.value for each in QuestionKind])
def test_no_message_keeps_the_reader_long(kind: str, text: str) -> None:
    started = time.process_time()
    meaning(kind, text)
    assert time.process_time() - started < 0.5
