"""A correction says that it is one; what only sounds like it is an answer or a story."""

import time

import pytest

from surveys.corrections import corrected, says_so


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("sorry, I meant 4", "4"),
        ("Oops wrong number, 4", "4"),
        ("I meant to say 4", "4"),
        ("correction: 4", "4"),
        ("make that a 3", "3"),
        ("sorry I pressed the wrong button, it's 5", "5"),
        ("4, sorry", "4"),
        ("no, 4", "4"),
        ("打错了,是4分", "4分"),
        ("打錯了，是4分", "4分"),
        ("不好意思，打错了，应该是4分", "4分"),
        ("更正 4", "4"),
        ("更正：还是没解决", "还是没解决"),
        ("改成４", "4"),
        ("我的意思是已解决", "已解决"),
        ("不对，4", "4"),
        ("4 打错了", "4"),
        ("打错了", ""),
    ],
)
def test_what_is_meant_instead_is_what_is_left(text: str, meant: str) -> None:
    assert corrected(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4",
        "5分",
        "非常满意",
        "工程师说错了时间",
        "他们改为明天来",
        "the agent made a mistake, 3 days",
        "You sent the wrong router",
        "更正" + "了一下" * 30,
    ],
)
def test_what_corrects_nothing_is_no_correction(text: str) -> None:
    assert corrected(text) is None


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("sorry, I meant 2", True),
        ("不好意思，打错了，应该是2", True),
        ("更正 2", True),
        ("No, 2", False),
        ("2, sorry", False),
        ("不对，没修好", False),
        ("应该是好了", False),
        ("It should be fine now", False),
    ],
)
def test_what_may_be_an_answer_as_well_is_no_sure_correction(text: str, sure: bool) -> None:
    assert (corrected(text) is not None, says_so(text)) == (True, sure)


@pytest.mark.parametrize(
    "piece", ["不对，", "我", "sorry", "是刚才", ", ", "打错了", "更正是", "i meant "]
)
def test_a_long_row_of_the_same_is_read_quickly(piece: str) -> None:
    began = time.perf_counter()
    corrected((piece * 60)[:60])
    assert time.perf_counter() - began < 0.2
