"""Tells in a sentence what the watch found, and what became of scheduled reports."""

from collections.abc import Mapping
from typing import Any

_DIMENSIONS: Mapping[str, tuple[str, str]] = {
    "agent": ("坐席", "agent "),
    "team": ("班组", "team "),
    "product": ("产品", "product "),
    "region": ("地区", "region "),
    "survey": ("问卷", "survey "),
}

_SENTENCES: Mapping[str, tuple[str, str]] = {
    "watch.dropped": (
        "{of}{name}的低分突然增多：{share:.0%}（n={n}），平时{usual:.0%}",
        "Low scores of {of}{name} rose suddenly: {share:.0%} (n={n}), usually {usual:.0%}",
    ),
    "watch.unasked": (
        "{of}{name}关单后因标签或关单原因未做回访的比例偏高：{share:.0%}（n={n}），其他为{usual:.0%}",
        (
            "Closings of {of}{name} are kept from being asked about by tag or close reason more "
            "than others: {share:.0%} (n={n}), others {usual:.0%}"
        ),
    ),
    "watch.handed_on": (
        "{of}{name}关闭后又由他人再次关闭的工单偏多：{share:.0%}（n={n}），其他为{usual:.0%}",
        (
            "Tickets closed by {of}{name} are closed again by somebody else more than others: "
            "{share:.0%} (n={n}), others {usual:.0%}"
        ),
    ),
    "watch.close_reason": (
        "{of}{name}使用关单原因{close_reason}偏多：{share:.0%}（n={n}），其他为{usual:.0%}",
        (
            "{of}{name} gives the close reason {close_reason} more than others: {share:.0%} "
            "(n={n}), others {usual:.0%}"
        ),
    ),
    "report.unsent": (
        "定期报告{report}（{period}）未能发送：{why}",
        "The report {report} for {period} was not sent: {why}",
    ),
    "report.unsure": (
        "定期报告{report}（{period}）是否送达无法确认，不再重发；可用 huifang report 手动发送",
        (
            "Whether the report {report} for {period} arrived is not known; it is not sent again. "
            "`huifang report` makes one by hand"
        ),
    ),
}

_WHYS: Mapping[str, tuple[str, str]] = {
    "no_mail_server": ("未配置邮件服务器", "no mail server is configured"),
    "no_mailbox": ("收件人没有邮箱", "nobody it is for has a mailbox"),
    "refused": ("邮件被拒收", "the mail was refused"),
}


def worded(kind: str, facts: Mapping[str, Any], which: int) -> str | None:
    """The sentence in Chinese (0) or English (1); None: it is about something else."""
    pair = _SENTENCES.get(kind)
    if pair is None:
        return None
    of = _DIMENSIONS.get(str(facts.get("dimension")), ("", ""))[which]
    why = str(facts.get("why"))
    more = {"of": of, "why": _WHYS.get(why, (why, why))[which]}
    said = pair[which].format_map({**facts, **more})
    return said[:1].upper() + said[1:]
