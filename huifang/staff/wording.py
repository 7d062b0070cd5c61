"""Words what the staff's pages say of sign-in, accounts and faults."""

from collections.abc import Mapping

from huifang.staff.naming import FIELDS, named
from huifang.staff.passwords import LEAST, MOST, Weakness
from kernel import formwords

#: Heading and advice of a status, in Chinese and English.
_FAULTS: Mapping[int, tuple[tuple[str, str], tuple[str, str]]] = {
    401: (
        ("请先登录", "登录后再试。"),
        ("Sign in first", "Then try again."),
    ),
    403: (
        (
            "无法执行此操作",
            "您的权限不够，或页面已过期。请返回并刷新页面后重试；需要权限请联系管理员。",
        ),
        (
            "This is not possible",
            "Your role does not allow it, or the page is too old: load it again and retry.",
        ),
    ),
    404: (
        ("找不到该页面", "链接可能有误，或内容已不存在。"),
        ("There is no such page", "The link may be wrong, or the thing is gone."),
    ),
    409: (
        ("状态已变化", "其他人可能刚刚处理过。请刷新后查看。"),
        ("Things have changed", "Somebody may just have dealt with it. Load the page again."),
    ),
    410: (
        ("内容已不保留", "保存期已过，或已被删除。"),
        ("It is not kept any more", "Its time is over, or somebody took it away."),
    ),
    422: (
        ("请检查填写的内容", "下列项目需要修改；返回上一页即可修改。"),
        ("Please check what was entered", "These need to be mended: go back, and change them."),
    ),
    503: (
        ("暂时无法处理", "系统繁忙，请稍后再试。"),
        ("Not possible at the moment", "The service is busy; try again shortly."),
    ),
}
_OTHER = (
    ("请求无法处理", "请返回重试。"),
    ("The request cannot be served", "Go back and try again."),
)

_WEAK: Mapping[Weakness, tuple[str, str]] = {
    Weakness.SHORT: (f"密码至少{LEAST}个字符。", f"A password has at least {LEAST} characters."),
    Weakness.LONG: (f"密码最多{MOST}个字符。", f"A password has at most {MOST} characters."),
    Weakness.LOGIN: ("密码不能与登录名相同。", "A password must not be the login."),
    Weakness.PLAIN: (
        "密码过于简单，请混用更多不同的字符。",
        "That is too plain; use more different characters.",
    ),
}

_ACCOUNT: Mapping[str, tuple[str, str]] = {
    "differs": ("两次输入的新密码不一致。", "The new password was not the same twice."),
    "current": ("当前密码不正确。", "That is not your present password."),
    "locked": (
        "尝试次数过多，请十五分钟后再试。",
        "Too many tries. Try again in a quarter of an hour.",
    ),
}


def faulty(status: int, locale: str) -> tuple[str, str]:
    """Heading and advice for a page that says what went wrong."""
    chinese, english = _FAULTS.get(status, _OTHER)
    return english if locale == "en" else chinese


def amiss(path: str, reason: str, locale: str) -> tuple[str, str]:
    """A field by its name on the page, and why it will not do; `reason` may be in both languages,
    with ` / ` before the Chinese, or a sentence of the form library.
    """
    english, _, chinese = reason.partition(" / ")
    words = formwords.said(reason)
    if words is not None:
        english, chinese = words
    return named(FIELDS, path, locale), (english if locale == "en" or not chinese else chinese)


def weak(weakness: Weakness, locale: str) -> str:
    """Why a password will not do."""
    chinese, english = _WEAK[weakness]
    return english if locale == "en" else chinese


def of(matter: str, locale: str) -> str:
    """What an account's page says of a matter: `differs`, `current` or `locked`."""
    chinese, english = _ACCOUNT[matter]
    return english if locale == "en" else chinese
