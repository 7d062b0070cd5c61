"""Respells the shorthand and the slips of messages about being contacted."""

import re

_SHORT = {
    **dict.fromkeys(("txt", "tex", "texst"), "text"),
    **dict.fromkeys(("txts", "textes"), "texts"),
    **dict.fromkeys(("txting", "txtin", "textin", "texing", "txtng", "texitng"), "texting"),
    **dict.fromkeys(("msg", "mesage", "messege", "massage", "mssg", "messsage"), "message"),
    **dict.fromkeys(("msgs", "mesages", "messeges", "massages", "mssgs"), "messages"),
    **dict.fromkeys(("msging", "messagin", "msgin", "mesaging", "messging"), "messaging"),
    **dict.fromkeys(("sendin", "snding", "sendng"), "sending"),
    **dict.fromkeys(("spammin", "spaming"), "spamming"),
    **dict.fromkeys(("contactin", "contating"), "contacting"),
    **dict.fromkeys(("agen", "agn", "agian"), "again"),
    **dict.fromkeys(("stp", "stpo", "sotp", "tsop", "stoop", "stahp", "stopp", "stopt"), "stop"),
    **dict.fromkeys(("unsubscibe", "unsubcribe", "unsuscribe", "unsubscrbe"), "unsubscribe"),
    **dict.fromkeys(("remve", "romove", "remov", "removed my"), "remove"),
    **dict.fromkeys(("nmbr", "numbr", "nmber", "numbe", "num"), "number"),
    **dict.fromkeys(("nomore", "nomor"), "no more"),
    **dict.fromkeys(("dnt", "dun", "dunt", "dnot", "donot"), "dont"),
    **dict.fromkeys(("recieve", "recive", "receve"), "receive"),
    **dict.fromkeys(("recieving", "reciving"), "receiving"),
    **dict.fromkeys(("thx", "tks", "tnx", "thanx", "ty"), "thanks"),
    **dict.fromkeys(("harrass", "haras"), "harass"),
    **dict.fromkeys(("harrassing", "harasing"), "harassing"),
    **dict.fromkeys(("d", "da"), "the"),
    # Particles that plead, in Singapore and in India.
    **dict.fromkeys(("lah", "leh", "lor", "hor", "ah", "la", "sia", "yaar", "ji"), "please"),
    **dict.fromkeys(("abeg", "abegi", "biko", "oga", "walahi"), "please"),
    "liao": "already",
    "una": "you",
    "dis": "this",
    "dese": "these",
    "lve": "leave",
    "alon": "alone",
    "surveis": "surveys",
    "sureys": "surveys",
}
#: Pidgin denies with "no", first in what it asks; "you no send me" tells of what was not done.
_PIDGIN = re.compile(
    r"^((?:(?:please|pls|plz|make you|make|ok|and|sir|again) ){0,3})no (?:dey |go |de )?"
    r"(?=(?:send|text|message|sms|disturb|spam|contact|bother)"
    r" (?:me|us|this|any|messages?|texts?|sms)\b)"
    r"|^((?:please|make you) )no (?:dey |go )?(?=(?:call|phone|ring|send|text|message) )"
)
_PLAIN = (
    (
        re.compile(
            r"\b(dont|do not|stop|quit|never|cease) (?:(?:fuck(?:ing|in)?|bloody|damn|effing"
            r"|freaking"
            r"|frigging|goddamn) )+(?=(?:text|send|messag|contact|spam|sms|bother|survey|ask"
            r"|email|call))"
        ),
        r"\1 ",
    ),
    (re.compile(r"\bstop am(?= *$)"), "stop it"),
    (re.compile(r"\bstop (?:to )?dey (send|text|disturb|call|spam)\b"), r"stop \1ing"),
    (re.compile(r"^(?:please )?make you (?=stop|dont)"), "please "),
    (re.compile(r"\bi no wan(?:t|na)?\b(?: to)?"), "i dont want"),
    (re.compile(r"\bcomot\b"), "remove"),
)
#: Typed without its characters: nothing else may be in the clause.
_SYLLABLES = {
    "hui": "回", "dian": "电", "ge": "个", "da": "打", "ren gong": "人工", "zhuan": "转",
    "qing": "请", "bu yao": "不要", "bu": "不", "bie": "别", "zai": "再", "fa": "发", "song": "送",
    "le": "了", "gei": "给", "wo": "我", "duan xin": "短信", "xiao xi": "消息", "xin xi": "信息",
    "lian xi": "联系", "da dian hua": "打电话", "dian hua": "电话", "da rao": "打扰",
    "sao rao": "骚扰", "tui ding": "退订", "qu xiao": "取消", "ju shou": "拒收",
    "ting zhi": "停止", "ni men": "你们", "ni": "你", "ba": "吧", "ya": "呀", "zen me": "怎么",
    "ru he": "如何", "yao": "要", "fan": "烦", "wu": "勿",
    "xiang": "想", "xie xie": "谢谢", "hao ma": "好吗", "shou dao": "收到", "shou": "收",
}  # fmt: skip
_SYLLABLE = re.compile(
    "|".join(each.replace(" ", " ?") for each in sorted(_SYLLABLES, key=len, reverse=True))
)
_PINYIN = re.compile(rf"(?:(?:{_SYLLABLE.pattern}) ?){{2,16}}")
#: Same sound, same look: what a Chinese keyboard offers beside what was meant.
_CHINESE = (
    (re.compile(r"(别|不要|勿|莫|不许|不准)在(?=[发给打传推骚烦联寄来])"), r"\1再"),
    (re.compile(r"短息|短迅|短心|短兴|段信|短言"), "短信"),
    (re.compile(r"信西|新息|信惜|讯惜"), "信息"),
    (re.compile(r"骚绕|搔扰|骚饶|搔绕|骚优"), "骚扰"),
    (re.compile(r"打绕|打饶|打挠"), "打扰"),
    (re.compile(r"定阅|订越"), "订阅"),
    (re.compile(r"(?<=拒)首|(?<=拒)守"), "收"),
    (re.compile(r"(别|不要)(再?)法(?=了|$)"), r"\1\2发"),
    (re.compile(r"仲(?=发|send|传)"), "还"),
    # An oath in the midst of a demand says no more than the demand.
    (
        re.compile(
            r"(别|不要|不准|不许|请勿|停止|少|勿|莫|再|老是|一直|天天)(?:再)? ?(?:(?:他|你|她"
            r"|特)?(?:妈|么|娘|马)的?(?!妈|的|再)"
            r"|tmd?|tnnd|尼玛|泥马|踏马的?|鸡巴|几把|特么|鸟|瞎) ?(?=再?(?:给我|给老子)?(?:乱"
            r"|老|瞎)?(?:发|传|打|骚|烦|来|推|联系|send))"
        ),
        r"\1",
    ),
)
_WORDS = re.compile(r"[a-z]+")
_SPACED = re.compile(r"(?<![a-z0-9])[a-z](?: [a-z]){3,15}(?![a-z0-9])")

_STOPS = ("stop", "unsubscribe", "cancel", "optout", "quit", "unsub")
#: Words and names that one slip parts from those above.
_WORDS_OF_THEIR_OWN = frozenset(
    "shop step slop atop swop stow stops top quite quiet quip suit quid cancels cancer"
    " unsub".split()
)
_SHORTEST = 4
_STRETCHED = re.compile(r"([a-z])\1{2,}")


def respelled(clause: str) -> str:
    """A clause of `clauses.clauses` with its shorthand written out; spaced letters are one word.

    Pinyin becomes characters where the clause is nothing else.
    """
    if _PINYIN.fullmatch(clause):
        return _SYLLABLE.sub(_hanzi, clause)
    joined = _SPACED.sub(lambda found: found[0].replace(" ", ""), clause)
    text = _WORDS.sub(lambda found: _SHORT.get(found[0], found[0]), joined)
    if text.isascii():
        text = _PIDGIN.sub(lambda found: f"{found[1] or found[2] or ''}dont ", text)
        for pidgin, meant in _PLAIN:
            text = pidgin.sub(meant, text)
        return text
    for slip, meant in _CHINESE:
        text = slip.sub(meant, text)
    return text


_COMPACT = {each.replace(" ", ""): meant for each, meant in _SYLLABLES.items()}


def _hanzi(found: re.Match[str]) -> str:
    return _COMPACT[found[0].replace(" ", "")]


def is_slip_of_stop(word: str) -> bool:
    """Whether a lone word is an opt-out word but for one slip of the finger, or two in a long one.

    FCC 47 CFR 64.1200(a)(10): a misspelt word is heard where a reasonable person would hear it.
    """
    word = _STRETCHED.sub(r"\1", word.replace("0", "o"))
    if word in _STOPS:
        return True
    if not (word.isascii() and word.isalpha()) or len(word) > 14 or word in _WORDS_OF_THEIR_OWN:
        return False
    if word in {"stp", "sotp", "tsop"}:
        return True
    return any(_near(word, meant) for meant in _STOPS if word != meant)


def _near(word: str, meant: str) -> bool:
    if len(word) < _SHORTEST or abs(len(word) - len(meant)) > 2:
        return False
    if sorted(word) == sorted(meant) and len(meant) < 8:
        return _swapped(word, meant)
    if len(meant) < 5:
        # What is left is a letter struck twice, or one too many at the end.
        return len(word) == len(meant) + 1 and any(
            word[:at] + word[at + 1 :] == meant and word[at] in word[:at] + word[at + 1 :]
            for at in range(len(word))
        )
    return word[0] == meant[0] and _slips(word, meant) <= (2 if len(meant) > 8 else 1)


def _swapped(word: str, meant: str) -> bool:
    """Whether two neighbours changed places."""
    apart = [at for at in range(len(meant)) if word[at] != meant[at]]
    return len(apart) == 2 and apart[1] == apart[0] + 1


def _slips(word: str, meant: str) -> int:
    """Letters left out, put in or changed."""
    last = list(range(len(meant) + 1))
    for i, one in enumerate(word):
        row = [i + 1]
        for j, other in enumerate(meant):
            row.append(min(last[j + 1] + 1, row[j] + 1, last[j] + (one != other)))
        last = row
    return last[-1]
