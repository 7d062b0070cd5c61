"""Finds a customer's own words in a mail: without what they quote, and without their signature."""

import html
import re

MOST_CHARACTERS = 64 * 1024
"""Characters of a text that are looked at."""

_MOST_LINES, _LONGEST_LINE = 400, 1_000
_MOST_JOINED = 3  # lines over which a programme breaks "On … wrote:"
_LONGEST_SIGNATURE = 8  # lines

_DATE = (
    r"(?:\d{4}\s?[-/.年]|\d{1,2}[:：]\d{2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}月"
    r"|星期|周[一二三四五六日])"
)
# Who was quoted, when: what Gmail, Apple, Outlook, QQ, 163 and others put above it.
_ATTRIBUTION = re.compile(
    rf"(?:on|at)\b.{{0,300}}(?:{_DATE}|@|\b\d{{4}}\b).{{0,300}}\bwrote\s*[:：]"
    rf"|[^:：]{{0,300}}(?:{_DATE}|@).{{0,300}}(?:写道|寫道|编写|写到|wrote)\s*[:：]"
    r"|(?:在|於|于).{1,300}(?:写道|寫道|编写|写到)\s*[:：]",
    re.IGNORECASE,
)
_RULE = re.compile(
    r"[-_=*\s]{2,40}(?:original(?: (?:message|mail|email))?|(?:begin )?forwarded message"
    r"|原始邮件|原始郵件|原邮件|邮件原件|原郵件|转发的邮件|转发邮件|回复的原邮件|原始消息)[-_=*\s:：]{0,40}"
    r"|(?:begin forwarded message|原始邮件|原始郵件)\s*[:：]?|_{20,200}",
    re.IGNORECASE,
)
_FROM = re.compile(r"[*\s]{0,4}(?:from|发件人|發件人|寄件者|寄件人)[*\s]{0,4}[:：]", re.IGNORECASE)
_BESIDE = re.compile(
    r"[*\s]{0,4}(?:sent|date|to|subject|cc|发送时间|发送日期|日期|时间|收件人|主题|抄送|發送時間|傳送時間"
    r"|寄件日期|收件者|主旨)[*\s]{0,4}[:：]",
    re.IGNORECASE,
)
_DASHES = re.compile(r"(?:--|—|——|__|－－)\s*")
_PHONE = re.compile(
    r"(?:sent (?:from|via|by) |get outlook for |发自我?的?|發自|[从通].{1,20}发送|来自我的"
    r"|[获取得]{2} ?outlook"
    r"|[来來]自 ?(?:outlook|iphone|ipad|android|华为|荣耀|小米|qq|网易|foxmail)"
    r"|this (?:e-?mail|message) (?:and any|is confidential|was sent)|本邮件(?:及|含有|内容))",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:best(?: regards| wishes)?|kind regards|regards|cheers|sincerely|yours.{0,20}|many thanks"
    r"|此致|敬礼|顺颂.{1,4}|祝好|致礼|谨启)[,，.。!！]?",
    re.IGNORECASE,
)
_CARD = re.compile(
    r"(?:\+?\d[\d\s()-]{6,20}\d|@|https?://|www\.|\b(?:tel|phone|mobile|fax|cell)\b"
    r"|电话|手机|传真|邮箱|地址|有限公司|集团|邮编|微信)",
    re.IGNORECASE,
)

_TOKEN = re.compile(r"<!--|<[^<>]*>|[^<]+|<")
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]{0,15})", re.IGNORECASE)
_BREAKS = frozenset({"br", "p", "div", "tr", "li", "hr", "h1", "h2", "h3", "table", "ul"})
_UNREAD = frozenset({"style", "script", "head", "title"})
_QUOTES = re.compile(
    r"gmail_quote|gmail_attr|divrplyfwdmsg|appendonsend|isreplycontent|isforwardcontent|moz-cite"
    r"|yahoo_quoted|qmquote|ntes_quote|mail-quote|replysplit|outlookmessageheader",
    re.IGNORECASE,
)


def own_words(text: str) -> str:
    """What the customer wrote, in their own lines; "" where they wrote nothing.

    What stands before the quotation, or, where nothing does, between and below quoted lines.
    Total; linear; reads the first MOST_CHARACTERS.
    """
    whole = text[:MOST_CHARACTERS].replace("\r\n", "\n").replace("\r", "\n")
    lines = [line[:_LONGEST_LINE].strip() for line in whole.split("\n")[:_MOST_LINES]]
    end = next((place for place in range(len(lines)) if _quotes(lines, place)), len(lines))
    above = _unsigned([line for line in lines[:end] if not line.startswith((">", "＞"))])
    if above or end == len(lines):
        return above
    marked = any(line.startswith((">", "＞")) for line in lines[end:])
    if not marked:
        return ""
    below = [line for line in lines[end:] if not line.startswith((">", "＞"))]
    skip = next((place for place in range(len(below)) if _ends(below[place])), -1)
    return _unsigned(below[skip + 1 :])


def _quotes(lines: list[str], place: int) -> bool:
    """Whether a quotation is announced on this line, perhaps over the next ones too."""
    line = lines[place]
    if not line:
        return False
    if _RULE.fullmatch(line):
        return True
    if _FROM.match(line):
        near = [item for item in lines[place + 1 : place + 6] if item]
        return any(_BESIDE.match(item) for item in near)
    if not _could_begin(line):
        return False
    joined = ""
    for item in lines[place : place + _MOST_JOINED]:
        joined = f"{joined} {item}".strip()[:_LONGEST_LINE]
        if _ATTRIBUTION.fullmatch(joined):
            return True
        if not item:
            return False
    return False


def _could_begin(line: str) -> bool:
    """Whether it may be the first line of who wrote when, which is not asked of every line."""
    head = line[:3].lower()
    return head.startswith(("on ", "at ", "在", "於", "于")) or _ends(line)


def _ends(line: str) -> bool:
    return line.rstrip(":： ").endswith(("写道", "寫道", "编写", "写到", "wrote"))


def _unsigned(lines: list[str]) -> str:
    """The lines without the signature below them, whose numbers rate nothing."""
    for place, line in enumerate(lines):
        if _DASHES.fullmatch(line) or _PHONE.match(line):
            lines = lines[:place]
            break
    for place, line in enumerate(lines):
        if place and line and _CLOSING.fullmatch(line) and len(lines) - place <= _LONGEST_SIGNATURE:
            lines = lines[:place]
            break
    return _without_card("\n".join(lines).strip())


def _without_card(text: str) -> str:
    """The text without a last paragraph that says who writes and how to reach them."""
    head, gap, last = text.rpartition("\n\n")
    lines = last.split("\n")
    short = len(lines) <= _LONGEST_SIGNATURE and all(len(line) <= 60 for line in lines)
    return head.strip() if gap and short and _CARD.search(last) else text


def text_of(markup: str) -> str:
    """The text of an HTML mail up to what it quotes; only for a mail that has no plain text.

    Total; linear; reads the first MOST_CHARACTERS.
    """
    said: list[str] = []
    unread = ""
    for match in _TOKEN.finditer(markup[:MOST_CHARACTERS]):
        token = match[0]
        tag = _TAG.match(token)
        if tag is None:
            said.append("" if unread or token.startswith("<!") else token)
            continue
        name, ends = tag[2].lower(), bool(tag[1])
        if name in _UNREAD:
            unread = "" if ends and name == unread else unread or ("" if ends else name)
        elif not unread and not ends and (name == "blockquote" or _QUOTES.search(token)):
            break
        elif name in _BREAKS:
            said.append("\n")
    lines = (" ".join(line.split()) for line in html.unescape("".join(said)).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
