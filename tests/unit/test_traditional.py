"""How people in Taiwan and Hong Kong ask to be left alone, asked later or phoned is understood."""

import pytest

from channels import appointments, keywords
from channels.appointments import PromiseWord
from channels.keywords import (
    CallMeWord,
    HelpWord,
    LaterWord,
    OptInWord,
    OptOutWord,
    PauseWord,
    Wish,
)

STOP = OptOutWord(certain=True, all_channels=False)
ALL = OptOutWord(certain=True, all_channels=True)
PERHAPS = OptOutWord(certain=False, all_channels=False)
CALL, LATER, HELP, AGAIN = CallMeWord(alone=True), LaterWord(), HelpWord(), OptInWord()

SAID: dict[str, Wish] = {
    **dict.fromkeys(("退訂", "取消訂閱", "解除訂閱", "停止接收", "拒收", "停止發送", "Ｔ"), STOP),
    **dict.fromkeys(("退訂簡訊", "拒收簡訊", "停止傳送", "不要再傳了", "「退訂」!"), STOP),
    **dict.fromkeys(("全部退訂", "退訂全部"), ALL),
    **dict.fromkeys(("請勿再傳送", "唔好再發", "請不要再傳簡訊給我"), PERHAPS),
    **dict.fromkeys(
        ("暫停", "請暫停聯絡", "暫停簡訊", "暫停30天", "暫停一個月"), PauseWord(days=30)
    ),
    **dict.fromkeys(("暫停兩個禮拜", "暫停2星期", "暫停兩週"), PauseWord(days=14)),
    **dict.fromkeys(
        ("稍後", "稍後再說", "晚一點再說", "遲啲先", "等陣先", "之後再說", "改日"), LATER
    ),
    **dict.fromkeys(("回電", "請回電", "請回撥", "請致電", "打俾我", "請覆電", "轉真人"), CALL),
    **dict.fromkeys(("聯絡我", "請跟我聯絡", "call我", "轉人工", "幫我轉專員"), CALL),
    **dict.fromkeys(("幫助", "說明", "協助"), HELP),
}
OF_A_CALL = {
    **dict.fromkeys(("改期", "改時間", "晚點再打", "遲啲再打"), PromiseWord.MOVE),
    **dict.fromkeys(("不用回電", "不必來電", "唔使覆電", "唔使打嚟", "無需致電"), PromiseWord.DROP),
}
#: The same words within what is no wish at all.
ELSE = (
    "網路暫停了兩個禮拜才修好",
    "師傅說稍後會再來,結果沒有來",
    "取消了之前的方案,服務不錯 5分",
    "簡訊說明很清楚 4分",
    "解除訂閱之後還是被扣款",
    "電話傳送訊號很差",
)


@pytest.mark.parametrize("said", SAID)
def test_a_lone_word_is_what_it_says(said: str) -> None:
    assert keywords.read(said, opted_out=False) == SAID[said]


@pytest.mark.parametrize("said", ["恢復", "恢復訂閱", "重新訂閱", "繼續接收"])
def test_who_opted_out_comes_back(said: str) -> None:
    assert keywords.read(said, opted_out=True) == AGAIN


@pytest.mark.parametrize("said", OF_A_CALL)
def test_a_promised_call_is_moved_or_dropped(said: str) -> None:
    assert appointments.read(said) is OF_A_CALL[said]


@pytest.mark.parametrize("said", ELSE)
def test_a_story_with_the_same_words_wishes_nothing(said: str) -> None:
    assert keywords.read(said, opted_out=False) == keywords.Nothing()
