"""Words a fault as a problem document (RFC 9457), in the language that its reader prefers."""

import re
from collections.abc import Mapping

import orjson
from aiohttp import hdrs, web

from huifang.openapi import PROBLEM
from huifang.request import preferred
from kernel import formwords
from kernel.faults import Fault, FieldError, NotFound

_RETRY_AFTER = "5"  # seconds, where a fault of the moment names no time
_CHINESE = "zh-CN"

_TITLES: Mapping[str, str] = {
    "internal": "我方出现故障",
    "malformed": "请求无法读取",
    "unauthorized": "需要有效的密钥或签名",
    "forbidden": "不允许此操作",
    "not-found": "没有该内容",
    "method-not-allowed": "该路径不接受此方法",
    "timeout": "请求传送超时",
    "conflict": "与当前状态不符",
    "gone": "内容已不保留",
    "too-large": "请求过大",
    "unsupported-media-type": "无法读取该内容类型",
    "range-not-satisfiable": "文件没有所要的部分",
    "invalid": "部分字段无效",
    "too-many": "同时打开过多",
    "unavailable": "暂时无法处理",
    "refused": "请求被拒绝",
}
_ROLES: Mapping[str, str] = {
    "none": "无",
    "ingest": "接入",
    "agent": "坐席",
    "manager": "主管",
    "admin": "管理员",
}
_DETAILS: Mapping[str, str] = {
    "mend the fields named": "请改正列出的字段",
    "mend or leave out the parameters named": "请改正或去掉列出的参数",
    "some fields are given more than once": "有字段重复，请只给一次",
    "nothing is served under this path; see /docs": "该路径没有内容；请查看 /docs",
    "the database does not answer in time; try again later": "数据库没有及时应答，请稍后再试",
    "try again later; if it happens again, tell us the request id": (
        "请稍后再试；如再次出现，请告知我们 request_id"
    ),
    "send a key: Authorization: Bearer KEY": "请附上密钥：Authorization: Bearer KEY",
    "this key is unknown or was revoked": "密钥不存在或已吊销",
    "send the X-CSRF-Token of a page that is open in this session": "页面已过期，请刷新后重试",
}


#: The same where a sentence names something.
_SAYINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"this needs the role (\w+); your user has the role (\w+)"),
        "此操作需要“{0}”角色，您的用户是“{1}”",
    ),
    (
        re.compile(r"this needs the role (\w+); the key has the role (\w+)"),
        "此操作需要“{0}”角色，该密钥是“{1}”",
    ),
)


class WrongMethod(Fault):
    """The path is served, but not by this method: 405, with Allow."""

    status, slug, title = 405, "method-not-allowed", "The path does not take this method"


def problem(fault: Fault, accept: str = "") -> web.Response:
    """The answer to a request with this `Accept-Language`; English where it wishes for nothing.

    In Chinese are titles, the usual advice, and what the form library finds wrong with fields.
    """
    chinese = preferred(accept, "en") == _CHINESE
    body: dict[str, object] = {
        **fault.extra,
        "type": f"urn:huifang:fault:{fault.slug}",
        "title": _TITLES.get(fault.slug, fault.title) if chinese else fault.title,
        "status": fault.status,
        "detail": in_chinese(fault.detail) or fault.detail if chinese else fault.detail,
    }
    if fault.errors:
        body["errors"] = [
            {"path": each.path, "reason": _reason(each) if chinese else each.reason}
            for each in fault.errors
        ]
    headers = {hdrs.CONTENT_TYPE: PROBLEM, **fault.headers}
    if chinese:
        headers[hdrs.CONTENT_LANGUAGE] = _CHINESE
    if fault.status == 503:
        headers.setdefault(hdrs.RETRY_AFTER, _RETRY_AFTER)
    content = orjson.dumps(body, default=str)
    return web.Response(status=fault.status, headers=headers, body=content)


def in_chinese(detail: str) -> str | None:
    """The usual advice in Chinese; None: there is no more than the English of it."""
    found = _DETAILS.get(detail)
    for pattern, words in _SAYINGS:
        if match := pattern.fullmatch(detail):
            found = words.format(*(_ROLES.get(name, name) for name in match.groups()))
    return found


def _reason(error: FieldError) -> str:
    words = formwords.said(error.reason)
    _, _, chinese = error.reason.partition(" / ")  # ours are in both languages, where they are
    return words[1] if words else chinese or error.reason


def of_router(refused: web.HTTPException, accept: str) -> web.Response:
    """What aiohttp itself refuses, in our words; a redirection goes as it is."""
    if isinstance(refused, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(refused.allowed_methods))
        wrong = WrongMethod(f"this takes {allowed}", headers={hdrs.ALLOW: allowed})
        return problem(wrong, accept)
    if isinstance(refused, web.HTTPNotFound):
        return problem(NotFound("nothing is served under this path; see /docs"), accept)
    if refused.status < 400:
        headers = {hdrs.LOCATION: refused.headers.get(hdrs.LOCATION, "/")}
        return web.Response(status=refused.status, headers=headers)
    fault = Fault(refused.reason)
    fault.status, fault.slug, fault.title = refused.status, "refused", "This is refused"
    return problem(fault, accept)
