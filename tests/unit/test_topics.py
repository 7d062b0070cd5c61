"""Topics of comments: cut into terms, counted by comment, weighed against the rest, masked."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from huifang.topics.masking import masked
from huifang.topics.segmenting import segmenter
from surveys.topics import scoring
from surveys.topics.scoring import Said, Side, g2, grouped, less, side, topics
from surveys.topics.terms import folded, terms

NONE = Side(n=0, named={})


def named(text: str) -> frozenset[str]:
    return terms(text, segmenter())


def said(number: int, *words: str, group: str | None = None, score: float | None = None) -> Said:
    return Said(response=f"r{number}", group=group, score=score, terms=frozenset(words))


def many(n: int, *words: str, first: int = 0, score: float | None = None) -> list[Said]:
    return [said(first + number, *words, score=score) for number in range(n)]


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ("宽带又断了，师傅三天没来，网速很慢", {"宽带", "师傅", "没来", "网速", "慢", "网速慢"}),
        ("網速太慢,客服打不通，問題沒有解決", {"网速慢", "客服打不通", "没解决"}),
        ("携号转网被刁难", {"携号转网", "刁难"}),
        ("5Ｇ信号不好 光猫坏了", {"5g", "信号", "不好", "信号不好", "光猫坏"}),
        ("The engineer NEVER came, no refund yet", {"engineer", "never came", "no refund"}),
        ("Wi-Fi isn’t working", {"wi-fi", "isn't working"}),
    ],
)
def test_a_comment_is_cut_into_words_and_pairs_in_both_languages(text: str, some: set[str]) -> None:
    assert some <= named(text)


def test_pairs_end_at_marks_and_words_that_tell_nothing_are_no_terms() -> None:
    assert named("账单。网速") == {"账单", "网速"}
    assert named("信号 账单") == {"信号", "账单"}
    assert named("我们的 是 了 the of and 12345 WB2026 T-77 li.lei@a.test [name]") == frozenset()
    assert named("满意") != named("不满意")
    assert named("a" * 41) == frozenset()
    assert folded("  網速Ｋ ") == "网速k"


@given(st.text(alphabet="宽带网速很慢没不[]'’ -_a5\n，。😀\ud800", max_size=60))
@example("没")
@example("不 ，慢")
def test_whatever_is_written_is_cut(text: str) -> None:
    sound = text.encode("utf-8", "replace").decode()
    assert all(term and len(term) <= 40 and folded(term) == term for term in named(sound))


@pytest.mark.parametrize(("hits", "n", "rest", "n_rest"), [(40, 100, 30, 900), (1, 9, 80, 90)])
def test_the_weight_is_the_log_likelihood_ratio_as_scipy_has_it(
    hits: int, n: int, rest: int, n_rest: int
) -> None:
    table = [[hits, rest], [n - hits, n_rest - rest]]
    judged = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
    assert abs(g2(hits, n, rest, n_rest)) == pytest.approx(judged)
    assert (g2(hits, n, rest, n_rest) > 0) == (hits / n > rest / n_rest)


def test_nothing_is_weighed_against_nothing() -> None:
    assert g2(3, 10, 0, 0) == 0
    assert g2(5, 5, 5, 5) == 0
    assert g2(0, 10, 10, 10) < 0


def test_what_a_group_says_more_than_the_rest_comes_first() -> None:
    mine = [*many(20, "扣费", "客服", score=20.0), *many(10, "客服", first=20)]
    others = side([*many(60, "客服", first=30), *many(10, "网速", first=90)])
    first, second = topics(mine, others, None, min_n=10, most=5)
    assert (first.term, first.count, first.share, first.share_rest) == ("扣费", 20, 0.666667, 0.0)
    assert (first.mean_score, first.responses[:2]) == (20.0, ("r0", "r1"))
    assert first.score == round(g2(20, 30, 0, 70), 6)
    assert (second.term, second.share_rest) == ("客服", 0.857143)
    assert [each.term for each in topics(mine, others, None, min_n=10, most=1)] == ["扣费"]


def test_terms_that_the_same_comments_name_are_one_topic() -> None:
    mine = [*many(9, "网速", "慢", "网速慢"), *many(4, "慢", first=9), *many(2, "网速", first=20)]
    assert [each.term for each in topics(mine, NONE, None, min_n=1, most=5)] == ["慢", "网速"]


def test_figures_of_too_few_are_not_told_and_what_two_said_is_no_topic() -> None:
    few = many(9, "断网", score=40.0)
    assert topics(few, NONE, None, min_n=10, most=5) == []
    [told] = topics(few, side(many(9, "a")), side(many(9, "断网")), min_n=9, most=5)
    assert None not in (told.score, told.share_rest, told.mean_score, told.share_before)
    more = [*few, *many(scoring.FEWEST - 1, "光猫", first=9), said(99)]
    [told] = topics(more, side(many(9, "a")), side(many(9, "断网")), min_n=10, most=5)
    assert (told.term, told.score, told.share_rest) == ("断网", None, None)
    assert (told.mean_score, told.share_before, told.changed) == (None, None, None)


def test_a_trend_is_told_where_a_test_says_that_the_share_moved() -> None:
    def changed(now: int, before: int) -> str | None:
        mine = [*many(now, "断网"), *many(100 - now, first=100)]
        earlier = side([*many(before, "断网"), *many(100 - before, first=100)])
        [told] = topics(mine, NONE, earlier, min_n=10, most=1)
        assert told.share_before == before / 100
        return told.changed

    assert (changed(40, 10), changed(10, 40), changed(21, 20)) == ("up", "down", None)


def test_groups_come_largest_first_and_the_rest_is_what_is_left() -> None:
    every = [said(1, "a", group="x"), said(2, "a", "b"), said(3, "b"), said(4, "b")]
    assert [(name, len(each)) for name, each in grouped(every).items()] == [(None, 3), ("x", 1)]
    rest = less(side(every), side(grouped(every)["x"]))
    assert (rest.n, {term: n for term, n in rest.named.items() if n}) == (3, {"a": 1, "b": 3})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("电话１３８００１３８０００找我", "电话[phone]找我"),
        ("写信到 li.lei@example.com", "写信到 [mailbox]"),
        ("身份证11010519491231002X", "身份证[number]"),
        ("工单号WB20261122没人管", "工单号[number]没人管"),
        ("ticket #T-1234 not fixed, call 10086", "ticket #[number] not fixed, call 10086"),
        ("打一三八零零一三八零零零", "打[number]"),
        ("我叫欧阳修，住3号楼2单元501室", "我叫[name]，住[address]"),
        ("王小明先生和张师傅都来过", "[name]先生和[name]师傅都来过"),
        ("姓赵的女士", "姓[name]的女士"),
        ("Mr. Smith was rude, my name is Ann Lee", "Mr. [name] was rude, my name is [name]"),
        ("安装师傅两天没来,大堂经理也不管", "安装师傅两天没来,大堂经理也不管"),
    ],
)
def test_what_may_tell_who_somebody_is_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_what_is_known_of_the_customer_is_masked_wherever_it_stands() -> None:
    known = ["赵无极", None, "", "C-77a", "无"]
    assert masked("无极? 赵无极本人,客户c-77A,无事", known) == "无极? [name]本人,客户[number],无事"
    told = masked("WEI li here, an old friend of Wei; ask Li", ["Li Wei", "An Reed"])
    assert told == "[name] li here, an old friend of [name]; ask Li"
    assert masked("T-7不是T-77x", ["T-7"]) == "[number]不是T-77x"


def test_no_module_loads_the_dictionary_by_being_imported() -> None:
    found = [path for path in Path("huifang").rglob("*.py") if "import rjieba" in path.read_text()]
    found += [path for path in Path("surveys").rglob("*.py") if "rjieba" in path.read_text()]
    assert found == []
