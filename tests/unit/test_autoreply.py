"""What a machine sends back is told from a customer who tells of such a thing."""

import pytest

from channels.autoreply import is_automatic


@pytest.mark.parametrize(
    "text",
    [
        "收不到验证码，1分",
        "验证码一直收不到，很不满意",
        "话费余额不对",
        "I never got your verification code",
        "总是提示您拨打的电话已关机，信号太差",
        "短信已收到，问题还没处理",
        "信息已收到，已经处理好了，5分",
        "语音信箱没给我取消",
        "用户停机了还扣费",
        "服务时间是不是太短了",
        "本号码无法接收验证码，1",
        "您的短信已收到，5分",
        "my voicemail says mailbox is full",
        "delivery failed twice",
        "I'm on holiday until Monday but it works, 5",
        "Your request has been received but nothing happened. 1",
        "can't talk now, it works, 5",
    ],
)
def test_a_customer_who_tells_of_it_is_a_person(text: str) -> None:
    assert not is_automatic(text)


@pytest.mark.parametrize(
    "text",
    [
        "您的验证码是123456，请勿泄露",
        "Your verification code is 4711",
        "您好，您拨打的用户已关机，请稍后再拨",
        "对方正在通话中，请稍后再拨",
        "【某某公司】您的短信已收到，我们会尽快回复",
        "您好，欢迎致电某某公司，工作时间9:00-18:00",
        "自动回复：我在开会，5分",
        "Mailbox full",
        "I'm driving. I'll reply when I can",
    ],
)
def test_a_machine_is_known_by_its_stock_sentence(text: str) -> None:
    assert is_automatic(text)
