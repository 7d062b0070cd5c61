"""Decides whether words that no rule knows are so like a stop that a person shall settle it."""

import re
from collections.abc import Iterator, Sequence

from channels.likeness_weights import BIAS, WEIGHTS
from channels.sendwords import MEDIA

MOST_TOKENS = 120
"""Words or characters of a text that is weighed: a longer story has something of everything."""

LIKE = 20
"""From this sum on a text is like a stop; in tenths of a logit above even chances."""

#: A Latin word, a number, or one character of any other script; `|` stands between clauses.
#: 发 is "to send" unless it begins one of the words that follow it here.
_TOKEN = re.compile(r"[a-z]+|[0-9]+|发[生现票货热火烧烫展挥觉]|[^\sa-z0-9]")
_FARTHEST = 3
#: The stop that is spoken of was not asked for: 我没有退订, "I don't want to opt out"; or we are
#: those who are disturbed: 不想打扰你们了.
_DENIED = re.compile(
    r"(?:不|(?<!还)没|唔|冇|(?<!尚)未)(?: ?(?:有|是|系|想|要|说|讲|打算|会|say))* ?"
    r"(?:退订|取消|拒收|停|stop)(?!短信|调查|推送|通知|这|你们|发)"
    r"|\b(?:dont|not|didnt|never)(?: (?:say|said|want|wish|to|mean|ask|the)){1,4}"
    r" (?:stop|opt out|cancel|unsubscribe)\b|打扰到?[你您]"
    r"|没有?收到[你您]|别再?这样了?$|\b(?:scammers?|callers|telemarketers?)\b|\bcut (?:me|us) off\b"
    r"|\b(?:re)?(?:start|begin|resume)(?:ing)? (?:to )?(?:send|text|messag|survey)"
)


def is_like_stop(said: Sequence[str]) -> bool:
    """Whether the clauses of a message, cut and respelled, weigh as those of stops do.

    The weights are learned from labelled replies (docs/adr/0012-a-second-opinion-on-stops.md) by
    `python -m tests.replies.learn`. Linear; total.
    """
    words = tokens(said)
    if len(words) > MOST_TOKENS or any(map(_DENIED.search, said)) or _is_mere_annoyance(said):
        return False
    return BIAS + sum(WEIGHTS.get(each, 0) for each in set(features(words))) >= LIKE


#: Our messages are called a nuisance, and nothing is asked for.
_ANNOYED = re.compile(
    r"(?:\d{1,2} )?(?:(?:oh|well|honestly|god) )?(?:these|those|your|ur|the|all these|such|this) "
    rf"(?:(?:constant|daily|endless|silly) )?{MEDIA} (?:is|are|r|get|getting)"
    r"(?: (?:so|very|really|just|quite|a bit|getting|too|such|a|an|bloody)){0,3}"
    r" (?:annoying|irritating|pain|nuisance|pointless|silly|boring|tiresome|long)(?: lah| la| leh)?"
    r"|(?:你们|这|这些|这种|这个|呢啲|你地|天天)?的?(?:短信|信息|消息|问卷|调查)"
    r"(?:真的?|好|太|很|挺|有点|实在){1,2}(?:是|系)?(?:烦|烦人|讨厌|无聊|啰嗦|长)(?:了|啊|呀|啦)?"
)
_GRADE = re.compile(r"\d{1,2}(?:分|星)?")


def _is_mere_annoyance(said: Sequence[str]) -> bool:
    told = [clause for clause in said if not _GRADE.fullmatch(clause)]
    return len(told) == 1 and _ANNOYED.fullmatch(told[0]) is not None


def tokens(said: Sequence[str]) -> list[str]:
    """What the clauses are made of, between `^` and `$`; a Latin word has a space before it."""
    found = _TOKEN.findall("|".join(said))
    return ["^", *(f" {each}" if "a" <= each[0] <= "z" else each for each in found), "$"]


def features(words: Sequence[str]) -> Iterator[str]:
    """What is weighed: one to three tokens in a row, and pairs with one or two between."""
    for at, word in enumerate(words):
        yield word
        run = word
        for apart, other in enumerate(words[at + 1 : at + 1 + _FARTHEST], 1):
            run += other
            if apart < _FARTHEST:
                yield run
            if apart > 1:
                yield f"{word}~{other}"
