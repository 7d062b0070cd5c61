"""Holds the reading of stop, go on, help and call me to what people really write."""

import time

import pytest

from channels.keywords import (
    CallMeWord,
    HelpWord,
    LaterWord,
    Nothing,
    OptInWord,
    OptOutWord,
    PauseWord,
    read,
)

LONE_STOPS = (
    """
STOP|stop|Stop.|  stop!! |ＳＴＯＰ|"STOP"|STOP 🙏|🛑 stop 🛑|S.T.O.P.|sto\u200bp|STOP\r
stop stop stop|『stop』|UNSUBSCRIBE|Cancel|END|quit|Revoke|OPTOUT|OPT OUT|Opt-Out|opt_out|退订
退订。|【退订】|退訂|退订退订|ＴＤ|td|T|ｔ|t.|T 退订|TD退订|拒收|取消订阅|取消訂閱|不要再发
不要再发了!|别再发了|別再發了|停止发送|停止發送|停止|取消|STOP 退订|T.D.|t t
""".strip()
    .replace("\n", "|")
    .split("|")
)

STOPS_EVERYWHERE = ("STOPALL", "Stop All", "STOP-ALL!", "unsubscribe all", "全部退订", "退訂所有")

STOP_SENTENCES = (
    """
please stop texting me|Please stop.|stop please|STOP IT|STOP THIS|stop sending me messages
Stop sending me these surveys!|I want you to stop texting me|can you please stop sending texts
stop messaging me, I never asked for this|no more texts please|No more surveys|don't text me
Don’t text me again|do not send me any more messages|Please don't send me these surveys
I don't want these messages|I do not want to receive any more texts
I no longer wish to receive surveys|how do I unsubscribe?|please unsubscribe me|opt me out
please opt me out of this|I want to opt out|I'd like to unsubscribe|1 stop texting me|1. STOP
The service was fine but stop texting me|never text me again|stop asking me to rate you
stop the spam|I want to stop receiving these messages|STOP!!! I already answered
不要再给我发短信了|不要再給我發短信了|别再给我发短信|别发了|請不要再發送這類短信
以后不要再发了|你们不要再发这种短信了!|我不想再收到短信|不想收到你们的问卷|拒绝接收短信
我要退订|请退订|退订吧|退订谢谢|帮我退订短信|怎么退订?|1分,别再发短信了
服务一般,不要再发信息了|停止给我发短信|请停止发送短信|不需要回访|别再发问卷了好吗
麻烦不要发广告|请勿再发|回复TD|回T退订|退定|请不要再推送|谢绝回访
""".strip()
    .replace("\n", "|")
    .split("|")
)

STOP_SENTENCES_EVERYWHERE = (
    """
stop calling me|Stop contacting me!|please stop emailing me|leave me alone
do not contact me again|Don't call me anymore|Don't call me|never call me again
remove me from your list|take me off this list|delete my number|I revoke my consent
no more calls please|stop bothering me|please don't contact me|I don't want to be contacted
不要再联系我|别再打扰我了|不要再打电话了|别给我打电话|請不要再打電話給我|别骚扰我|不要烦我了
把我的号码删除|把我拉黑吧|不用再联系我了|不要再打了
""".strip()
    .replace("\n", "|")
    .split("|")
)

ORDINARY = (
    """
the buffering won't stop|取消了之前的套餐,服务不错 5分|in front of the bus stop
we have got to STOP this|can't stop smiling|5|4分|满意
The router would not stop blinking until your engineer came|He didn't stop until it worked
non-stop trouble|Non stop outages all week|It stopped working again|please stop by next time
stop the presses, it works|Please stop the noise on the line|please stop the calls dropping
You should stop sending me to voicemail|Don't stop!|You guys rock, don't stop being great
I want to stop getting disconnected|I want to opt out of the contract
how can I stop this buffering|at the end|in the end it was fine|The End of a long story, 3
I had to cancel my appointment|please cancel my order|cancel the technician visit
they quit on me|I quit smoking|the call quality is bad|info was helpful|The help desk is great
you helped a lot|help was quick|yes|YES|是|no|start over was needed
I had to start the router again|T-Mobile was better|T5|TD bank|Tt|ttt|t恤|N|1|2 1|五星
very good service 5/5|10|0|Never contact me when there is an outage, poor information
Never call me back when they promise|they never call me back|nobody called me
call me crazy but I liked it|Call me impressed|call me if you need anything else
the agent called me twice|he said he would call me tomorrow|Agent: good, speed: bad
a very human answer|the phone call was long|you phoned me at night|I text and drive
don't text and drive|I don't need more things explained|I don't like the messages on hold
do not send me a technician|don't bother|Remove the old router
They text and call me when needed|take me off hold|get me a new router|Leave it as it is
don't call me stupid|希望不要再发生这样的事|不要再断网了|不要发票|不用发票了|别再发生故障了
停机了三天|停电了|客服很快就给我回电话了|没有人给我回电|一直没给我打电话
你们说会给我回电话但是没有|不用回电|不用回电话了|不用来了|取消了预约|我要退订这个套餐
帮我退订彩铃|退订流量包太难|要取消宽带|人工很难打通|人工客服态度好|订阅|恢复|开始|恢复了,谢谢
开始不行后来好了|回复很快|发短信通知很及时|不要紧|别的都好|我不想评价|不想打扰你们了
服务还可以,再接再厉|师傅打电话给我约的时间|TD-LTE信号差|T型接头坏了|帮助很大|谢谢帮助|信息准确
不联系我也没关系|稍后再说吧,这次不满意|稍后我再打电话给你们|later it worked again|See you later!
The engineer came later than agreed|later that day it broke|sooner or later it fails
not now and not ever satisfied|maybe later you can fix it|ask later again|I will rate you later
晚点师傅来了|等会儿又断了|改天再来还是一样|以后|以后再也不用了|现在没空|回头客|待会儿见分晓吗
暂停服务三天了|宽带暂停了|暂停键坏了|业务被暂停|暂停天|暂停0天|暂停7天服务|暂停收费了吗|PAUSE 0
pause button is broken|the video pauses|there was a pause of 30 days|pause 30 minutes|pause the bill
paused|pausing|30 days pause|两天|一个月|30天|暂停了|暂停半天|暂停半|暂停吗|先暂停服务|我想暂停套餐
请暂停我的宽带|暂停3天了|暂停一下|谢谢暂停|pause thanks to you|thanks for the pause|半个月|一年
""".strip()
    .replace("\n", "|")
    .split("|")
)

CALL_ALONE = (
    """
CALL|call|Call me|CALL ME!|call me back|Call back|callback|please call me|Please call me back.
pls call me|ring me|phone me please|can you call me|could you please call me|give me a call
call me tomorrow|please call me when you have time|call me about my bill
I want to speak to a manager|I need to talk to a human|have someone call me|I want a callback
someone please call me|speak to an agent|回电|回電|请回电|請回電|给我回电话|給我回電話
请给我回电话|回个电话|麻烦给我回个电话吧|请尽快给我回电|打电话给我|给我打电话|请打电话给我好吗
转人工|轉人工|人工|人工服务|转人工客服|我要转人工|我要人工|找人工|请让经理给我回电话
安排专人联系我|请明天下午3点给我回电话|call me at 5|谢谢,请回电|电话打给我,急
""".strip()
    .replace("\n", "|")
    .split("|")
)

CALL_BESIDE_MORE = (
    """
2 please call me|2, call me|1. CALL|Very bad. Please call me!|2分,请给我回电话|1 回电|2,转人工
还没修好,请回电|rating 2 please call me|2 and call me|call me at 5, the service was bad
""".strip()
    .replace("\n", "|")
    .split("|")
)


@pytest.mark.parametrize("text", LONE_STOPS)
def test_a_lone_stop_word_is_certain_in_any_case_width_and_company_of_marks(text: str) -> None:
    assert read(text, opted_out=False) == OptOutWord(certain=True, all_channels=False)


@pytest.mark.parametrize("text", LONE_STOPS[:3])
def test_a_stop_word_stays_one_where_the_address_is_opted_out_already(text: str) -> None:
    assert read(text, opted_out=True) == OptOutWord(certain=True, all_channels=False)


@pytest.mark.parametrize("text", STOPS_EVERYWHERE)
def test_some_lone_words_stop_every_channel(text: str) -> None:
    assert read(text, opted_out=False) == OptOutWord(certain=True, all_channels=True)


@pytest.mark.parametrize("text", STOP_SENTENCES)
def test_a_sentence_that_means_stop_is_provisional(text: str) -> None:
    assert read(text, opted_out=False) == OptOutWord(certain=False, all_channels=False)


def test_an_oath_a_count_or_a_reason_beside_a_stop_does_not_hide_it() -> None:
    heard = (
        "别他妈发了|不要他妈的给我发短信|第三次回复退订了|退订 已经不用你们宽带了|TTTT|reply STOP"
        "|dont fucking text me|I opted out last week and you're still texting"
        "|i didnt sign up for this take me off"
    ).split("|")
    assert [each for each in heard if not isinstance(read(each, False), OptOutWord)] == []
    unheard = (
        "别他妈修坏了|第三次申请退订套餐了|退订 我的宽带套餐|没有，说退订了还在扣钱|1分 T_T"
        "|拒收短信的问题查清楚了，能收验证码了，5分|i didnt sign up for this level of service"
        "|I opted out of paper bills last week and you're still sending bills"
    ).split("|")
    assert [each for each in unheard if read(each, False) != Nothing()] == []
    phoned = "方便的话给我打个电话|huidian|pls give call|would prefer you rang me".split("|")
    assert [each for each in phoned if read(each, False) != CallMeWord(alone=True)] == []
    at_a_time = "CALL 18:00|call 6pm|回电18：00|回电 明天下午3点|call me tomorrow 10:00".split("|")
    assert [each for each in at_a_time if read(each, False) != CallMeWord(alone=True)] == []
    rated = "5 回电 18:00|2 call me at 6pm".split("|")
    assert [each for each in rated if read(each, False) != CallMeWord(alone=False)] == []


@pytest.mark.parametrize("text", STOP_SENTENCES_EVERYWHERE)
def test_a_sentence_against_calls_or_contact_stops_every_channel_provisionally(text: str) -> None:
    assert read(text, opted_out=False) == OptOutWord(certain=False, all_channels=True)


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_sentence_says_nothing_about_contact(text: str) -> None:
    assert read(text, opted_out=False) == Nothing()


@pytest.mark.parametrize("text", ["HELP", "help!", "Info", "ＩＮＦＯ", "帮助", "幫助", "help?"])
def test_a_lone_help_word_asks_for_help(text: str) -> None:
    assert read(text, opted_out=False) == HelpWord()


@pytest.mark.parametrize("text", ["START", "start.", "UNSTOP", "ＳＴＡＲＴ"])
@pytest.mark.parametrize("opted_out", [True, False])
def test_start_means_go_on_wherever_it_is_said(text: str, opted_out: bool) -> None:
    assert read(text, opted_out) == OptInWord()


@pytest.mark.parametrize("text", ["YES", "yes!", "恢复", "恢復", "订阅", "訂閱", "开始", "開始"])
def test_yes_means_go_on_only_where_the_address_is_opted_out(text: str) -> None:
    assert read(text, opted_out=True) == OptInWord()
    assert read(text, opted_out=False) == Nothing()


@pytest.mark.parametrize("text", ["hello", "5", "yes it was good", "我同意你的说法"])
def test_any_other_text_opts_nobody_in_again(text: str) -> None:
    assert read(text, opted_out=True) == Nothing()


@pytest.mark.parametrize("text", CALL_ALONE)
def test_a_wish_to_be_phoned_is_heard(text: str) -> None:
    assert read(text, opted_out=False) == CallMeWord(alone=True)


@pytest.mark.parametrize("text", CALL_BESIDE_MORE)
def test_a_wish_beside_a_rating_or_a_story_leaves_them_to_be_read(text: str) -> None:
    assert read(text, opted_out=False) == CallMeWord(alone=False)


def test_stop_is_heard_before_a_wish_to_be_phoned() -> None:
    assert read("call me, and stop texting me", opted_out=False) == OptOutWord(
        certain=False, all_channels=False
    )


@pytest.mark.parametrize(
    ("text", "days"),
    [
        *(
            (text, 30)
            for text in ("PAUSE", "pause!", "Please pause", "ＰＡＵＳＥ", "暂停", "暫停。")
        ),
        *((text, 30) for text in ("暂停联系", "请暂停", "暂停回访", "暂停一个月", "暂停1月")),
        *((text, 7) for text in ("PAUSE 7", "pause 7 days", "Pause 7d", "pause for 1 week")),
        *(
            (text, 7)
            for text in ("暂停7天", "暂停 7 天", "暫停7日", "暂停七天", "暂停一周", "暂停1星期")
        ),
        *((text, 14) for text in ("PAUSE 2 WEEKS", "暂停两周", "暂停二周", "暫停兩週")),
        *(
            (text, 90)
            for text in ("PAUSE 90", "暂停９０天", "暂停三个月", "pause 3 months", "暂停九十天")
        ),
        *((text, 1) for text in ("PAUSE 1", "pause 1 day please", "暂停一天")),
        *((text, 2) for text in ("PAUSE 2 days pls", "Pause 2 days, please!", "plz pause 2d thx")),
        *((text, 2) for text in ("pause 2 days thanks", "Pause for 2 days. Thank you")),
        *(
            (text, 3)
            for text in ("暂停3天谢谢", "暂停3天,谢谢!", "请暂停3天吧", "麻烦先暂停三天好吗")
        ),
        *((text, 5) for text in ("先暂停5天", "我想暂停5天")),
        *((text, 15) for text in ("暂停半个月", "請暫停半個月吧", "暂停十五天", "暂停半月")),
        ("暂停半年", 182),
        *((text, 30) for text in ("暂停吧", "先暂停,谢谢", "pause, thanks")),
        *(
            (text, 365)
            for text in ("PAUSE 365", "暂停365天", "PAUSE 366", "PAUSE 9999", "暂停99个月")
        ),
        *((text, 365) for text in ("暂停一年", "暂停1年谢谢", "pause 1 year", "暂停两年")),
    ],
)
def test_a_lone_pause_says_for_how_many_days(text: str, days: int) -> None:
    assert read(text, opted_out=False) == PauseWord(days=days)
    assert read(text, opted_out=True) == PauseWord(days=days)


@pytest.mark.parametrize(
    "text",
    """
LATER|later.|Later please|maybe later|not now|NOT NOW!|ask me later|remind me later|ＬＡＴＥＲ
稍后|稍後|稍后再说|稍后,再说|稍后再说吧|晚点|晚点再说|晚点儿回复|待会儿|待會兒再說|等会再回|过会儿
过一会儿再说|改天|改天再说吧|以后再说|回头再说|请稍后|有空再回复
""".strip()
    .replace("\n", "|")
    .split("|"),
)
def test_a_lone_later_asks_for_another_time(text: str) -> None:
    assert read(text, opted_out=False) == LaterWord()


def test_stop_is_heard_before_a_pause_and_a_later() -> None:
    for text in ("later, stop texting me", "暂停,别再给我发短信"):
        assert read(text, opted_out=False) == OptOutWord(certain=False, all_channels=False)


@pytest.mark.parametrize("text", ["", " ", "。", "🙂", "\ud800", "\x00", "\u200b", "'", "️⃣"])
def test_a_message_without_a_word_says_nothing(text: str) -> None:
    assert read(text, opted_out=True) == Nothing()


@pytest.mark.parametrize(
    "piece",
    ["please ", "stop ", "不要", "请", "我要", "call me ", "you to ", "再", "a, ", "1", "t"],
)
def test_reading_takes_time_in_step_with_the_length(piece: str) -> None:
    def seconds(times: int) -> float:
        started = time.perf_counter()
        read(piece * times, opted_out=False)
        return time.perf_counter() - started

    short = min(seconds(1_000) for _ in range(3))
    assert min(seconds(8_000) for _ in range(2)) < 24 * short + 0.05  # a square would be 64 times
