"""Sets a report as a letter: tables in HTML and in plain text, in the reader's language."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from channels.render import Render, Rendered
from huifang.reporting.figures import MIN_N, Figures
from huifang.staff.naming import REASONS, named

_CHANGES = {"up": ("↑ 上升", "↑ up"), "down": ("↓ 下降", "↓ down")}
_REASONS_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table with its title; `note` stands below it. Cells are texts, ready to be read."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def letter(render: Render, found: Figures, locale: str, title: str, link: str) -> Rendered:
    """The mail; `link` leads to the same figures on the managers' pages."""
    facts = {
        "brand": render.brand.name,
        "title": title,
        "period": found.about.period.names[0],
        "tz": found.about.tz,
        "about": ", ".join(found.about.equal.values()),
        "sheets": sheets(found, locale),
        "link": link,
    }
    return render.letter("report", locale, facts)


def sheets(found: Figures, locale: str) -> list[Sheet]:
    """The tables of a report; those that would be empty are left out."""
    t = _words(locale)
    every = [
        _headline(found.whole, t),
        _by(t("按班组", "By team"), "team", found.teams, t),
        _by(t("按回访方案", "By program"), "program", found.programs, t),
        _recovery(found.recovery, t),
        _reasons(found.decided, locale, t),
        _comments(found, t),
    ]
    return [sheet for sheet in every if sheet.rows]


_Words = Callable[[str, str], str]


def _words(locale: str) -> _Words:
    return lambda chinese, english: chinese if locale.startswith("zh") else english


def _headline(item: Mapping[str, Any], t: _Words) -> Sheet:
    aims, changed = item["targets"], item["changed"] or {}
    rate = item["response_rate"]["eligible"]
    lines = (
        (t("平均得分", "Mean score"), _number(item["mean_score"]), "satisfaction", "mean_score"),
        (t("满意率", "Satisfied"), _between(item, "csat", _percent), "", "csat"),
        (t("净推荐值", "NPS"), _between(item, "nps", _number), "", "nps"),
        (t("便捷度", "Ease (CES)"), _number(item["ces"]), "", "ces"),
        (t("解决率", "Solved"), _percent(item["resolved_rate"]), "resolved", "resolved_rate"),
        (t("低分率", "Low scores"), _percent(item["low_rate"]), "", "low_rate"),
        (t("回复率", "Response rate"), _percent(rate), "", ""),
    )
    rows = [
        (label, value, _target(aims.get(aim), aim, t), _moved(changed.get(figure), t))
        for label, value, aim, figure in lines
        if value != _NOTHING
    ]
    few = t(f"少于{MIN_N}份，不显示指标", f"fewer than {MIN_N}: figures are not shown")
    n = t(f"有效答卷 {item['n']} 份", f"{item['n']} responses count")
    return Sheet(
        title=t("总体", "Overall"),
        head=(
            t("指标", "Figure"),
            t("数值（95%区间）", "Value (95 % interval)"),
            t("目标", "Target"),
            t("较上期", "Change"),
        ),
        rows=rows or [(t("样本不足", "Too few"), f"n={item['n']}", "", "")],
        note=n + (f" ({few})" if item["n"] < MIN_N else ""),
    )


def _by(title: str, name: str, items: Sequence[Mapping[str, Any]], t: _Words) -> Sheet:
    rows = [
        (
            item["group"][name] or "–",
            str(item["n"]),
            _number(item["mean_score"]),
            _percent(item["csat"]),
            _percent(item["resolved_rate"]),
            _percent(item["low_rate"]),
        )
        for item in sorted(items, key=lambda each: -each["n"])
    ]
    return Sheet(
        title=title,
        head=(
            t("名称", "Name"),
            "n",
            t("平均得分", "Mean score"),
            t("满意率", "Satisfied"),
            t("解决率", "Solved"),
            t("低分率", "Low"),
        ),
        rows=rows,
    )


def _recovery(item: Mapping[str, Any], t: _Words) -> Sheet:
    lines = (
        (t("投诉数", "Complaints"), str(item["n"])),
        (t("按时响应", "Acknowledged in time"), _percent(item["acknowledged_in_time"])),
        (t("按时解决", "Resolved in time"), _percent(item["resolved_in_time"])),
        (t("挽回率", "Recovered"), _percent(item["recovered_rate"])),
        (t("得分变化", "Change of score"), _between(item, "delta", _number)),
    )
    rows = [line for line in lines if line[1] != _NOTHING] if item["n"] else []
    return Sheet(title=t("投诉挽回", "Recovery"), head=("", ""), rows=rows)


def _reasons(item: Mapping[str, Any], locale: str, t: _Words) -> Sheet:
    told = list(item["reasons"].items())
    shown = [(named(REASONS, reason, locale), str(n)) for reason, n in told[:_REASONS_SHOWN]]
    rest = sum(n for _, n in told[_REASONS_SHOWN:])
    if rest:
        shown.append((t("其他", "Others"), str(rest)))
    return Sheet(
        title=t("未回访的原因", "Why nobody was asked"),
        head=(t("原因", "Reason"), t("关单数", "Closings")),
        rows=shown,
        note=t(
            f"共关单 {item['closures']} 次，未回访 {item['not_asked']} 次",
            f"{item['not_asked']} of {item['closures']} closings",
        ),
    )


def _comments(found: Figures, t: _Words) -> Sheet:
    rows = [
        (_number(each.score), each.team or "–", each.ticket, each.text) for each in found.comments
    ]
    return Sheet(
        title=t("最差的意见", "Worst comments"),
        head=(
            t("得分", "Score"),
            t("班组", "Team"),
            t("工单", "Ticket"),
            t("客户的话", "What was said"),
        ),
        rows=rows,
        note=t("号码和邮箱已隐去", "Numbers and mailboxes are masked"),
    )


_NOTHING = "–"


def _number(value: float | None) -> str:
    # What is rounded to nothing has no sign.
    return _NOTHING if value is None else f"{round(value, 1) + 0.0:.1f}"


def _percent(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.1%}"


def _between(item: Mapping[str, Any], name: str, shown: Callable[[float | None], str]) -> str:
    if item[name] is None or item[f"{name}_low"] is None:
        return shown(item[name])
    return f"{shown(item[name])} ({shown(item[f'{name}_low'])} – {shown(item[f'{name}_high'])})"


def _target(aim: Mapping[str, Any] | None, name: str, t: _Words) -> str:
    if aim is None or aim["met"] is None:
        return ""
    target = _percent(aim["target"]) if name == "resolved" else _number(aim["target"])
    return f"{target} " + (t("✓ 达标", "✓ met") if aim["met"] else t("✗ 未达标", "✗ missed"))


def _moved(way: str | None, t: _Words) -> str:
    return t(*_CHANGES[way]) if way else ""
