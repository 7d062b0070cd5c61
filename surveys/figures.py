"""Decides which numbers of a text are answers, and whether they leave room for doubt."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from surveys import bargains, doubts, lexicon
from surveys.disowned import is_disowned
from surveys.lexicon import NEUTRAL
from surveys.meanings import Unclear
from surveys.numbers import Doubt, numbers
from surveys.numerals import Number
from surveys.plaintext import Clause, clause_at, clauses, parts_of

MOST_NUMBERS = 24
"""A text with more numbers than that is no answer, whatever they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A folded text, cut up: in `masked`, `#` stands for numbers that do not count things."""

    text: str
    masked: str
    parts: tuple[Clause, ...]
    found: tuple[Number, ...]
    highest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the numbers of a text come to.

    `sure` stand where an answer stands; `loose` are numbers that may be answers too; `dropped` says
    why others were set aside (`negated`, `condition`, `quoted`), None where none was.
    """

    sure: tuple[Number, ...]
    loose: tuple[Number, ...]
    dropped: str | None


def cut(text: str, highest: int, *, named: bool = True) -> Reading | Unclear:
    """Take a text apart on a scale up to `highest`; ranges, halves and other scales are Unclear."""
    found = numbers(text, highest, named=named)
    if isinstance(found, Doubt):
        return Unclear(reason=found.reason)
    if len(found) > MOST_NUMBERS:
        return Unclear(reason="several")
    pieces: list[str] = []
    done = 0
    for number in found:
        if number.signed:
            continue
        pieces += (text[done : number.start], "#" * (number.end - number.start))
        done = number.end
    masked = "".join((*pieces, text[done:]))
    parts = _with_gift_apart(masked, clauses(masked))
    return Reading(text=text, masked=masked, parts=parts, found=found, highest=highest)


#: What a story without marks ends with: 总体还是可以的给个四分吧.
_GIFT = re.compile(
    r"(?:(?:所以|因此|那|我|就|也|只能|只好|这次|综合){0,4})[给打](?:你们|您|你|他们|他|她"
    r"|师傅|个|了){0,2}#{1,3}"
    r"(?:吧|了|啊|哈|哦|啦|呢|呀|嘛|谢谢){0,2} {0,3}\Z"
)
#: Before it: another gives or wishes it, or it is not given, or not now.
_NO_GIFT = re.compile(
    r"先\Z|说(?!实话|真|了[多几好]|过|清|明|得|话)|讲(?!真|道|了[多几好]|解)|让|叫|要|想(?!不到)"
    r"|求|逼|教(?!育)|催"
    r"|哄|骗|哪|谁|凭|能|敢|愿|可能|也许|或许|应该|大概|本来|原来|理|上次|上回|以前|之前|曾"
    r"|平[时常]|永远"
    r"|否则|要么|不然|如果|假如|除非|才(?![有修来好弄接通解处到搞装换])|等(?!了|半|得|到)|再"
    r"|下次|以后|明天"
    r"|休|资格|值|配|比|不(?:是|会|给|打|敢|肯|小心)|没(?:给|打|法|办法)|别(?![人的])|从|#"
    r"|看(?!不|来|起)"
    r"|什么时候|何时|几时|为[啥何什]|干嘛|钱|红包|返现|流量|打折|价|减|赔|换|送|退|免|优惠"
    r"|便宜|听|据|有人(?:说|给|打|觉)"
    r"|期待|目标|盼|希望|犹豫|考虑|纠结|假|违心|良心|差一?点|险些|随便|乱|瞎|误|反话"
    r"|(?:[妈爸婆公子儿他她们]|邻居|朋友|同事|别人|人家)(?:都|也)?(?:觉得|认为|感觉)"
    r"|联通|移动|电信|广电|隔壁|同行|家(?!里|庭)"
)
_LEAST_TOLD = 4
"""Characters of a story, at least."""


def _with_gift_apart(masked: str, parts: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """Cuts what gives the rating from the story that runs into it without a mark."""
    gift = _GIFT.search(masked, parts[-1].start) if parts else None
    if gift is None:
        return parts
    last = parts[-1]
    told = masked[last.start : gift.start()]
    if len(told.strip()) < _LEAST_TOLD or _NO_GIFT.search(told):
        return parts
    return (
        *parts[:-1],
        replace(last, end=gift.start(), text=told, mark=""),
        replace(last, start=gift.start(), text=masked[gift.start() : last.end]),
    )


def figures(reading: Reading, words: Mapping[str, str]) -> Figures:
    """Sort the numbers; `words` may stand around an answer in its clause."""
    sure: list[Number] = []
    loose: list[Number] = []
    dropped: str | None = None
    for number in reading.found:
        clause = clause_at(reading.parts, number.start)
        why = _dropped(reading, clause, number)
        if why is not None:
            dropped = why
        elif _is_sure(reading, clause, number, words):
            sure.append(number)
        elif _is_striking(reading, number) and not doubts.FALLS_SHORT.search(
            reading.masked[: number.start]
        ):
            loose.append(number)
    return Figures(sure=_corrected(reading, sure), loose=tuple(loose), dropped=dropped)


def _dropped(reading: Reading, clause: Clause, number: Number) -> str | None:
    """Why a number is none that its writer gives, though it may well be spoken of."""
    before = reading.masked[clause.start : number.start]
    after = reading.masked[number.end : clause.end]
    if doubts.DENIED.search(before) or doubts.REFUSED.match(after):
        return "negated"
    if doubts.INTENDED.search(before) or _would_be(reading, number):
        return "condition"
    if doubts.WISHED.search(before) and "#" in reading.masked[number.end :]:
        return "condition"
    if doubts.WOULD_BE.search(before) and (
        doubts.IF_OTHERWISE.match(reading.masked, number.end)
        or doubts.BUT_OTHER.search(reading.masked, number.end)
    ):
        return "condition"
    if doubts.WAS.search(before) and doubts.NOW.match(reading.masked, number.end):
        return "quoted"
    if doubts.ONCE.search(clause.text) and doubts.BUT_NOW.search(reading.masked, number.end):
        return "quoted"
    if doubts.FORMER.search(before) or doubts.FORMER_AFTER.match(after):
        return "quoted"
    if doubts.NAMED.search(before) and after.strip(" ") and parts_of(after, NEUTRAL) is None:
        return "quoted"
    if (slip := bargains.SLIPPED.search(before)) is not None and slip.end() == len(before):
        return "quoted"
    if doubts.QUOTED.search(before) or doubts.EXPLAINED.match(after):
        return "quoted"
    if is_disowned(before, after) and not _as_it_is(reading, number):
        return "quoted"
    return None


def _would_be(reading: Reading, number: Number) -> bool:
    said = bargains.OWN_SCALE.sub(lambda found: " " * len(found[0]), reading.masked)
    return any(found.start() < number.start < found.end() for found in doubts.IF_SO.finditer(said))


def _as_it_is(reading: Reading, number: Number) -> bool:
    """Whether a number is called that of now because another would be given if: "7 for now"."""
    now = doubts.FOR_NOW.match(reading.masked, number.end)
    return now is not None and doubts.HYPOTHETICAL.search(reading.masked) is not None


_LAST_WORD = re.compile(r"(?<![a-z'])([a-z][a-z']+) {1,2}\Z")
#: What was not done has no number of times, and what is said in full takes none along:
#: "nobody came 1", "still waiting 2", "fixed same day 5".
_SAID_IN_FULL = re.compile(
    r"(?<![a-z'])(?:(?:no ?body|no ?(?:one|#+)|never|didn't|did not|hasn't|haven't|not|no engineer"
    r"|no technician|no call)(?: (?:even|ever|has|have|been|bothered to|actually|yet)){0,2}"
    r" (?:(?:came?|come|called?|rang|ring|rung|phoned?|visited|arrived?|visit|tried|try|sent|send"
    r"|coming|answered?|replied|reply)|(?:turn|show|pick)(?:ed)? up)"
    r"|(?:no|zero|without)(?: (?:real|more|other|any|further))? (?:issues?|problems?|complaints?"
    r"|faults?|errors?)|still (?:down|waiting|coming|off|out)"
    r"|(?:(?:didn't|did not|not|couldn't|cannot|can't|never) (?:fix|solve|sort|explain|mend|repair"
    r"|fault)|(?:fix|sort|explain|mend|repair)(?:ed|ing)|keep) (?:it|this|that|him|her|them"
    r"|the \w+)(?: (?:out|up))?"
    r"|complain about|(?:same|next|first) (?:day|time|visit|call)) {1,2}\Z"
)
_CUES = (
    "给",
    "打",
    "评",
    "选",
    "拣",
    "评分",
    "打分",
    "评价",
    "给你们",
    "给个",
    "打个",
    "得分",
    "只能给",
    "可能性",
    "推荐度",
    "推荐指数",
    "推荐意愿",
)


#: Before a number above the scale: it is an age.
_AGED = re.compile(
    r"(?<![a-z'])(?:i am|i'm|aged?|(?:he|she)'s|(?:he|she) is) (?:only |now )?\Z|今年\Z"
)


def _is_sure(reading: Reading, clause: Clause, number: Number, words: Mapping[str, str]) -> bool:
    before = reading.masked[clause.start : number.start]
    after = reading.masked[number.end : clause.end]
    if (number.value or 0) > reading.highest and not number.unit and _AGED.search(before):
        return False
    if number.signed or doubts.HEDGED_BEFORE.search(before) or doubts.HEDGED_AFTER.match(after):
        return False
    if parts_of(clause.text, words) is not None:
        return True
    if number.unit or number.whole:
        return True
    if number.kind == "full" and parts_of(after, words) is not None:
        return not doubts.EXAM.search(before)
    if number.kind != "digits":
        return parts_of(after, words) is not None and before.endswith(("打", "给", "评", "选"))
    alone = number.value is not None or not after.strip(" ")
    leads = alone and parts_of(reading.masked[: number.start], words) is not None
    said = before.rstrip(" ").endswith(_CUES) or doubts.ANSWER_IS.search(before) is not None
    if doubts.SHOULD_BE.search(before):
        said = doubts.MISTAKE.search(reading.masked, 0, clause.start) is not None
    return leads or (said and not after.strip(" ")) or _closes(reading, number, before, words)


def _closes(reading: Reading, number: Number, before: str, words: Mapping[str, str]) -> bool:
    """Whether a bare number ends an English message whose last word does not take it along."""
    last = _LAST_WORD.search(before)
    return (
        last is not None
        and number.value is not None
        and (last[1] not in lexicon.TAKES_A_NUMBER or _SAID_IN_FULL.search(before) is not None)
        and parts_of(reading.masked[number.end :], words) is not None
    )


def _is_striking(reading: Reading, number: Number) -> bool:
    """Whether a number that is no sure answer still makes another one doubtful."""
    if (number.value is None or number.value > reading.highest) and not number.unit:
        return False  # "my mum is 82. 5"
    if number.kind in {"digits", "stars"} or number.unit or number.whole:
        return True
    if number.kind in {"full", "roman"} or reading.text[number.start : number.end] == "one":
        return False
    around = reading.text[max(0, number.start - 1) : number.start]
    around += reading.text[number.end : number.end + 1]
    return not any(char.isalnum() for char in around)


def _corrected(reading: Reading, sure: list[Number]) -> tuple[Number, ...]:
    """What stands after the last correction, if one stands between two answers."""
    for place in range(len(sure) - 1, 0, -1):
        between = reading.masked[sure[place - 1].end : sure[place].start]
        if doubts.MISTAKE.search(between) or doubts.TURNS.fullmatch(between):
            return tuple(sure[place:])
    return tuple(sure)


def settled(reading: Reading, given: Figures) -> Number | Unclear | None:
    """The one number that is the answer, why there is none, or None where no number stands."""
    if not given.sure:
        if given.dropped is not None:
            return Unclear(reason=given.dropped)
        return Unclear(reason="not_certain") if given.loose else None
    if sum(number.kind == "stars" and number.value == 1 for number in given.sure) > 1:
        return Unclear(reason="several")  # ornaments: ⭐🆚⭐
    values = {number.value for number in (*given.sure, *_standing(reading, given))}
    place = given.sure[0]
    if len(values) > 1:
        sums = [each for each in given.sure if doubts.OVERALL.search(_before(reading, each))]
        if len(sums) != 1:
            return Unclear(reason="several")
        place = sums[0]
    tail = bargains.SLIPPED.sub("", reading.masked[place.end :])
    if doubts.BARE_MISTAKE.search(tail):
        return Unclear(reason="not_certain")
    return Unclear(reason="out_of_scale") if place.value is None else place


def _before(reading: Reading, number: Number) -> str:
    return reading.masked[max(0, number.start - _NEAR) : number.start]


_NEAR = 32
"""Characters before a number in which it may be called the sum of the others."""


def _standing(reading: Reading, given: Figures) -> tuple[Number, ...]:
    """The loose numbers that no correction before the answer took back, and no story has."""
    first = given.sure[0].start
    alone = any(_stands_alone(reading, number) for number in given.sure)
    return tuple(
        number
        for number in given.loose
        if not (alone and _is_told(reading, number))
        if number.end > first or not doubts.MISTAKE.search(reading.masked[number.end : first])
    )


_RATING = re.compile(
    r"(?<![a-z])(?:g[ai]v\w*|rat\w+|scor\w+|say|said|put|mark\w*|points?|stars?|deserv\w+|worth"
    r"|overall|service|support)(?![a-z])|[给打评选分星值]"
)


def _stands_alone(reading: Reading, number: Number) -> bool:
    """Whether an English message opens or ends with the number, between its marks."""
    clause = clause_at(reading.parts, number.start)
    edge = clause == reading.parts[0] or not any(
        char.isalnum() for char in reading.masked[clause.end :]
    )
    return edge and not any(map(str.isalnum, clause.text))


def _is_told(reading: Reading, number: Number) -> bool:
    """Whether a bare number is in the midst of a clause that tells something and rates nothing.

    "They sent 2 round on the day. 5": whoever rates two things ends a clause with each number.
    """
    clause = clause_at(reading.parts, number.start)
    before = reading.masked[clause.start : number.start]
    after = reading.masked[number.end : clause.end]
    return (
        not (number.unit or number.whole or number.signed)
        and any(map(str.isalpha, before))
        and after[:1] == " "
        and any(map(str.isalpha, after))
        and _RATING.search(clause.text) is None
    )


def is_asked(reading: Reading, start: int) -> bool:
    """Whether the clause from `start` asks instead of answering, or is asked about at once."""
    clause = clause_at(reading.parts, start)
    if "?" in clause.mark or doubts.QUESTION.search(reading.masked[clause.start : clause.end]):
        return True
    place = reading.parts.index(clause)
    after = reading.parts[place + 1] if place + 1 < len(reading.parts) else None
    return after is not None and "?" in after.mark and doubts.TAG.match(after.text) is not None


def hangs(reading: Reading, start: int) -> bool:
    """Whether what is said at `start` hangs upon something: in the same sentence."""
    sentence = clause_at(reading.parts, start).sentence
    if bargains.BUT_FOR.match(reading.masked):
        return True
    # What was intended once has been set aside, with what it hung upon.
    before = reading.masked[:start]
    given = doubts.IF_SO.search(before) is None or (
        doubts.AS_IT_IS.search(before) is not None or doubts.BUT_FOR.search(before) is not None
    )
    said = (
        _without_hypotheses(reading.masked[first:last], given=given)
        for first, last in _runs(reading, sentence)
    )
    return any(doubts.CONDITION.search(each) or bargains.BARGAIN.search(each) for each in said)


def _without_hypotheses(text: str, *, given: bool) -> str:
    text = doubts.BY_NOW.sub("", doubts.HYPOTHETICAL.sub("", bargains.OWN_SCALE.sub("", text)))
    return doubts.IF_SO.sub("", text) if given else text


def _runs(reading: Reading, sentence: int) -> list[tuple[int, int]]:
    """The stretches of a sentence between its clauses about mere intentions."""
    runs: list[tuple[int, int]] = []
    fresh = True
    for part in reading.parts:
        if part.sentence != sentence or doubts.INTENDED.search(part.text):
            fresh = True
        elif fresh:
            runs.append((part.start, part.end))
            fresh = False
        else:
            runs[-1] = (runs[-1][0], part.end)
    return runs
