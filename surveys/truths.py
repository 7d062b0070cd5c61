"""Reads whether a reply says that the problem is resolved."""

import re
from dataclasses import dataclass

from channels.calling import is_wish
from surveys import doubts, irony, mended, orders, provisos, unmended
from surveys.besides import rest
from surveys.figures import Reading, cut, figures, hangs, is_asked
from surveys.lexicon import NEUTRAL
from surveys.meanings import Truth, Unclear
from surveys.ownlabels import Labels
from surveys.ownlabels import bare as unmarked
from surveys.plaintext import Clause, Plain, parts_of
from surveys.unsettled import is_open

_TOP = 2
_WORDS = {
    **NEUTRAL,
    **dict.fromkeys((*mended.YES_WORDS, *unmended.NO_WORDS), "n"),
    **dict.fromkeys(
        ("已解决", "未解决", "解决了", "没解决", "没有解决", "fixed", "not fixed"), "n"
    ),
    **dict.fromkeys(("resolved", "not resolved", "unresolved", "solved", "not solved"), "n"),
}


_NOT_APPLICABLE = re.compile(r"n ?[/.] ?a\W*")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """One thing that was said: a statement, a bare word (`weak`), or the key of an answer."""

    clause: Clause
    value: bool
    weak: bool = False
    key: bool = False
    start: int
    end: int


def read(plain: Plain, labels: Labels) -> Truth | Unclear:
    """Yes or no, with 1 for yes and 2 for no: contract section 5, `resolved`.

    The statement outweighs the particle, a digit against the statement is doubtful, what was
    mended and broke again is not resolved: README of the table, "Resolved". `labels`: the
    operator's own words for `yes` and `no`.
    """
    named = labels.get(unmarked(plain.text))
    if named is not None:
        return Truth(value=named == "yes")
    if _NOT_APPLICABLE.fullmatch(plain.text.strip()):
        return Unclear(reason="no_answer")
    reading = cut(plain.text, _TOP, named=False)
    if isinstance(reading, Unclear):
        return reading
    if orders.TO_MACHINES.search(plain.text):
        return Unclear(reason="not_certain")
    keys = _keys(reading)
    if isinstance(keys, Unclear):
        return keys
    stated = _stated(reading, labels)
    if stated is None:
        denied = _denied_first(reading, keys)
        return denied or Unclear(reason="not_certain")
    said = _unasked(reading, [*keys, *stated])
    if not said:
        return Unclear(reason="no_answer")
    answer = _settled(reading, sorted(said, key=lambda each: each.start))
    if answer is None:
        return Unclear(reason="contradiction")
    if _asks(reading, answer):
        return Unclear(reason="question")
    if hangs(reading, answer.start):
        return Unclear(reason="condition")
    if answer.value and (
        _is_mocked(reading)
        or doubts.BUT.search(_BUT_SO_LONG.sub("", _without_wishes(reading)), answer.start)
        or irony.SCARE_QUOTES.search(reading.text)
    ):
        return Unclear(reason="contradiction")
    return Truth(value=answer.value, rest=_rest(plain, reading, answer))


def _denied_first(reading: Reading, keys: list[_Said]) -> Truth | None:
    """A plain no that says in part why: "no, only one of them"."""
    first = reading.parts[0]
    no = keys[0].key and not keys[0].value if keys else _word(_bare(first.text)) is False
    return Truth(value=False) if no and len(reading.parts) > 1 else None


#: A question that only a "no" can ask: "没解决，为什么关单", "哪里解决了".
_RHETORICAL = re.compile(
    r"^(?:还|都|仍|也)*(?:没|未|不).*呢$|(?:没|未|不|not |n't ).{0,24}(?:为什么|为何|为啥|怎么"
    r"|干嘛|凭什么|什么时候|why|how come|when)"
    r"|哪里?(?:有)?(?:解决|修好|弄好|恢复|好)|解决什么|人呢|(?:什么|任何)(?:改善|好转|变化|进展"
    r"|效果|改进|反应|用)"
    r"|why .{0,40}(?:not |n't )"
)


def _asks(reading: Reading, said: _Said) -> bool:
    rhetorical = not said.value and _RHETORICAL.search(said.clause.text)
    return not rhetorical and is_asked(reading, said.start)


def _unasked(reading: Reading, said: list[_Said]) -> list[_Said]:
    """Without what is only asked, where something else is stated: "解决了吗？没有"."""
    told = [each for each in said if "?" not in each.clause.mark or not _asks(reading, each)]
    return told or said


def _stated(reading: Reading, labels: Labels) -> list[_Said] | None:
    """What the clauses state, the operator's own labels first; None: partly, or perhaps."""
    said: list[_Said] = []
    for clause in reading.parts:
        named = labels.get(unmarked(clause.text))
        if named is not None:
            said.append(_make(clause, named == "yes"))
        elif _is_partly(reading, clause):
            return None
        else:
            said += _said(reading, clause)
    return said


def _keys(reading: Reading) -> list[_Said] | Unclear:
    given = figures(reading, _WORDS)
    sure = [number for number in given.sure if not number.unit]  # points rate something
    if any(number.value not in {1, 2} for number in sure):
        return Unclear(reason="out_of_scale")
    if len({number.value for number in sure}) > 1:
        return Unclear(reason="several")
    return [
        _Said(
            clause=next(part for part in reading.parts if part.end >= number.end),
            value=number.value == 1,
            key=True,
            start=number.start,
            end=number.end,
        )
        for number in sure[:1]
    ]


def _is_partly(reading: Reading, clause: Clause) -> bool:
    return unmended.PARTLY.search(reading.text, clause.start, clause.end) is not None


def _bare(text: str) -> str:
    return text.strip(" #'-.~")


def _said(reading: Reading, clause: Clause) -> list[_Said]:
    """What a clause states; where it states nothing, the bare yes or no that it is."""
    text = provisos.NO_CALL.sub("", reading.text[clause.start : clause.end])
    bare = _bare(_AFTER_SO_LONG.sub("", provisos.NO_CALL.sub("", clause.text)))
    if provisos.COURTESY.match(bare):
        return []
    if _IS_NOW.fullmatch(bare):
        return [_make(clause, True)]
    word = _word(bare)
    if word is None:
        word = _sign(text)
    if word is not None:
        return [_make(clause, word, weak=True)]
    hearsay = provisos.OTHERS.search(text) or provisos.TO_COME.search(text)
    if hearsay and not unmended.NO.search(text):
        return []
    text = text.strip(_TICKS)
    recovered = mended.RECOVERED.search(text)
    text = mended.RECOVERED.sub(lambda match: " " * len(match[0]), text)
    no = unmended.NO.search(text)
    yes = mended.YES.search(text) if no is None else mended.YES.search(text[: no.start()])
    if yes is not None and is_open(text, yes.start(), yes.end()):
        yes = None
    later = None
    if no is not None and provisos.BY_NOW.search(text, no.end()):
        later = mended.YES.search(text, no.end())
    found = [_make(clause, True)] if yes or recovered else []
    if no is not None:
        found.append(_make(clause, False))
    if later is not None and no is not None:
        found.append(_make(clause, True))
    return found


#: Says more than a bare yes: it was not before.
_IS_NOW = re.compile(r"(?:it|they|all)(?:'s| is| does| are| has| do) now")
#: How long it took is beside the question: "yes after 2 visits".
_AFTER_SO_LONG = re.compile(
    r"(?<![a-z'])(?:after|in|within|on) (?:the |only |just |about )?[0-9]{1,3}(?:st|nd|rd"
    r"|th)? [a-z]+ ?\Z"
)


#: It is solved all the same: 1，不过花了三天.
_BUT_SO_LONG = re.compile(
    r"(?:但是?|不过|可是|只是|就是)(?:也|就|一共|总共){0,2}(?:花|等|用|拖|耗|折腾)了?(?:我"
    r"|我们)?(?:整整|差不多|将近|快|大概|足足)?"
    r"(?:[0-9一两二三四五六七八九十几半好]{1,3}多?个?多?(?:小时|钟头|天|星期|礼拜|周|月|分钟)"
    r"|[太很好]久|(?:有?点|比较)久)了?(?=\W|\Z)"
    r"|(?:但是?|不过|可是|只是|就是)(?:也|就|一共|总共|是){0,2}(?:修|跑|来|打|换|催|报)了"
    r"[0-9一两二三四五六七八九十几好]{1,3}(?:次|趟|遍|回|个[^,]{1,4})(?=\W|\Z)"
    r"|(?<![a-z'])(?:but|though|however) (?:was |were |it |he |you |very |too |a bit |so "
    r"|rather )*(?:slow|late)"
    r" (?:to (?:come|respond|arrive|answer|reply|get)|in (?:coming|responding|arriving))(?![a-z'])"
    r"|(?<![a-z'])but (?=(?:yes|yeah|yep|fixed|sorted|solved|resolved|(?:it's |all )?(?:now )?"
    r"(?:fixed|sorted|solved|resolved|done|working))(?![a-z']))"
    r"|(?<![a-z'])(?:took|needed) (?:[a-z]+ ){0,2}(?:[0-9]{1,3} )?[a-z]+ (?:though|tho)(?= ?\W|\Z)"
    r"|(?<![a-z'])but please (?:improve|be|do better|keep|next time|don't|train|hire"
    r"|come)(?![a-z'])"
    r"|(?<![a-z'])(?:but|though|although|however) (?:it |that |you |they |only |just )*(?:took"
    r"|needed) (?:[a-z]+ ){0,2}"
    r"(?:[0-9]{1,3} |an? |one |two |three |four |five |six |ten )?(?:minutes|hours?|days?"
    r"|weeks?|months?|visits?|calls?|attempts?|tries|goes|engineers?|appointments?|trips?|while"
    r"|ages|forever"
    r"|too long|so long|long|very long)(?![a-z'])(?= ?\W|\Z)"
)


def _without_wishes(reading: Reading) -> str:
    """The text without the wishes to be phoned, each with the word that joins it."""
    text, done = "", 0
    for part in reading.parts:
        if is_wish(part.text.strip().replace("'", "")):
            text += " " * (part.end - done)
        else:
            text += reading.text[done : part.end]
        done = part.end
    return text + reading.text[done:]


def _make(clause: Clause, value: bool, *, weak: bool = False) -> _Said:
    return _Said(clause=clause, value=value, weak=weak, start=clause.start, end=clause.end)


_BOTH = re.compile(
    r"是也不是|是又不是|(?<![a-z'])(?:yes|yeah|yep) (?:and |or |i mean )?no(?![a-z' ])"
    r"|(?<![a-z'])no (?:and |or"
    r" |i mean )?yes(?![a-z'])"
)


_NO_TROUBLE = re.compile(
    r"没有?(?:什么|啥|任何)?(?:问题|故障|毛病)[了啦]|(?:问题|故障|毛病)(?:都|已经?|全)?没有?[了啦]"
)
#: Says who it is, or whose fault: 是我, 是你们的问题, 不是我.
_OF_SOMEONE = re.compile(r"不?是(?:你|您|他|她|我|这|那|谁|哪|什么)")


def _word(bare: str) -> bool | None:
    """The bare yes or no that a clause is, courtesy aside."""
    compact = bare.replace(" ", "")
    if compact in {"对了", "sure"}:
        return None  # by the way; and who says "sure" may doubt it
    for words, value in ((unmended.NO_WORDS, False), (mended.YES_WORDS, True)):
        if bare in words or compact in words:
            return value
    if _BOTH.search(bare) or _OF_SOMEONE.match(compact):
        return None
    for value in (False, True):
        if not value and _NO_TROUBLE.search(compact):
            continue  # "no problem any more" denies the trouble, not the mending
        letters = parts_of(bare, _TABLES[value])
        if letters is not None and "a" in letters and _WORDLESS.issuperset(letters):
            return value
    return None


_TICKS = "👍👌✅✔☑√✓ "
_ASSENT, _REFUSAL = frozenset(_TICKS.strip()), frozenset("👎❌✖✘🙅×✗")


def _sign(text: str) -> bool | None:
    """The yes or no of a thumb or a tick, with nothing but courtesy beside it."""
    yes, no = not _ASSENT.isdisjoint(text), not _REFUSAL.isdisjoint(text)
    if yes == no or parts_of(text, _TABLES[True]) is None:
        return None
    return yes


_COURTESIES = dict.fromkeys(
    """
    谢谢 感谢 多谢 辛苦了 辛苦 的 了 啊 哦 呀 呢 啦 哈 哟 吧 嘛 耶 师傅 你好 您好 thanks thank thx
    please sir madam mate it is has been the problem
    unfortunately sadly regrettably i'm afraid issue my all now finally lah la lor leh 都 也 我
    问题 我的问题 已经 故障 目前 现在 咯 answer
    """.split(),
    "n",
)
_TABLES = {
    value: {**NEUTRAL, **_COURTESIES, **dict.fromkeys(words, "a")}
    for value, words in ((False, unmended.NO_WORDS), (True, mended.YES_WORDS))
}
for _table in _TABLES.values():
    _table |= dict.fromkeys(("haha", "hahaha"), "n")
    del _table["what"], _table["how"]  # "yes what" asks
del _TABLES[False]["never"]  # alone only: "I never had a problem" denies another thing
_TABLES[True] |= dict.fromkeys(("in the end", "at last", "in end"), "n")
_TABLES[True] |= dict.fromkeys(
    """
    good great fine perfect excellent after day days week weeks month hours happy satisfied pleased
    very so much help today yesterday eventually team engineer technician quickly
    """.split(),
    "n",
)
_WORDLESS = frozenset("nsa")


def _settled(reading: Reading, said: list[_Said]) -> _Said | None:
    """The one answer that all of it comes to; None where it speaks against itself."""
    keys = [each for each in said if each.key]
    plain = [each for each in said if not each.key and not each.weak]
    weak = [each for each in said if each.weak]
    last = plain[-1] if plain else None
    if plain and len({each.value for each in plain}) > 1:
        last = _last_word(reading, plain) or _announced(plain, weak)
        if last is None:
            return None
    if keys:
        others = {each.value for each in ([last] if last else weak)}
        return keys[0] if others <= {keys[0].value} else None
    if last is not None:
        first = next(each for each in plain if each.value == last.value)
        # "Yes, still broken" says no; "no, it works" might answer anything.
        now = provisos.BY_NOW.search(last.clause.text)
        against = last.value and not now and any(not each.value for each in weak)
        return None if against else first
    if len({each.value for each in weak}) > 1:
        turn = provisos.TURN.search(reading.masked[weak[0].end : weak[-1].end])
        # "嗯，没有": in Chinese assent before it only agrees that it is not.
        agreed = not weak[-1].value and weak[-1].clause.text.strip()[:1] in {"没", "还", "未", "都"}
        return weak[-1] if turn or agreed else None
    return weak[0] if weak else None


def _last_word(reading: Reading, plain: list[_Said]) -> _Said | None:
    """How it stands in the end, where the text says that things changed."""
    last = plain[-1]
    before = reading.masked[: last.start]
    own = reading.masked[last.clause.start : last.clause.end]
    if provisos.TURN.search(before[plain[0].start :]):
        return last
    if not last.value and provisos.AGAIN.search(own):
        return last
    if not last.value and provisos.BY_NOW.search(own) and provisos.FORMERLY.search(before):
        return last
    if last.value and provisos.AT_FIRST.search(before):
        return last
    if last.value and provisos.BY_NOW.search(own) and provisos.FORMERLY.search(before + own):
        return last
    return None


def _announced(plain: list[_Said], weak: list[_Said]) -> _Said | None:
    """What stands at the end, where the yes or no that the text begins with said so already."""
    last = plain[-1]
    said = weak and weak[0].start < plain[0].start and weak[0].value == last.value
    return last if said else None


def _is_mocked(reading: Reading) -> bool:
    text = reading.masked
    return irony.LAUGHTER.search(text) is not None or any(
        emoji in text for emoji in irony.EMOJI_OF_SCORN
    )


def _rest(plain: Plain, reading: Reading, answer: _Said) -> str:
    return rest(plain, reading, answer.start, answer.end, _answers)


def _answers(text: str) -> bool:
    """Whether a clause does no more than answer, once more or with another word."""
    return _word(_bare(text)) is not None or parts_of(text, _WORDS) is not None
