"""Judges a verdict in words: how its parts, put together, stand on a scale."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from surveys import lexicon
from surveys.plaintext import parts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """What a verdict says; `side` is 1 for praise, -1 for blame, 0 for the middle.

    `value` None: on which side it stands is plain, and its place is not. `denied`: a word was
    turned, which puts no more than its side beyond doubt.
    """

    value: int | None
    side: int
    denied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The words of a scale, and the values of its top, its praise, and so on down.

    `mild` and `mild_blame` are a softened praise and blame; `turned` is a denied praise,
    `never` one denied altogether; None: nobody could be sure.
    """

    words: lexicon.Parts
    top: int
    praise: int
    mild: int
    middle: int
    mild_blame: int
    blame: int
    bottom: int
    turned: int | None
    never: int | None


SATISFACTION = Scale(
    words=lexicon.SATISFACTION,
    top=5, praise=4, mild=4, middle=3, mild_blame=2, blame=2, bottom=1, turned=2, never=1,
)  # fmt: skip
EFFORT = Scale(
    words=lexicon.EFFORT,
    top=7, praise=6, mild=5, middle=4, mild_blame=3, blame=2, bottom=1, turned=None, never=None,
)  # fmt: skip

#: The grammar of a verdict, over the letters of `lexicon` but n and s; the first match counts.
_GRAMMAR = tuple(
    (re.compile(pattern), value, side, denied)
    for pattern, value, side, denied in (
        ("i*Y", "top", 1, False),
        ("i*y", "bottom", -1, False),
        ("[im]*Q[Qx]*", "top", 1, False),
        ("i+[PG]x*|[PG]x+|i+[PG]i", "top", 1, False),
        ("m+[PG]|P|O|m+O|Px*m", "praise", 1, False),
        ("i+O|Ox+", None, 1, False),
        ("m*Mi?", "middle", 0, False),
        ("[im]*V[Vx]*", "bottom", -1, False),
        ("m*N[im]*[PGO]x+|i+[Bb]x*|[Bb]x+|i+m?N[PG]", "bottom", -1, False),
        ("B|m+B", "blame", -1, False),
        ("m*b", None, -1, False),
        ("m*N[im]*[PGO]|m*L[im]*P|m*Li+G", "turned", -1, True),
        ("i*T[im]*[PGO]|i*N[im]*[PGO]z|i*Nz[im]*[PGO]", "never", -1, True),
    )
)
#: Says that a denial is meant, and not how much of it.
_TRULY = re.compile(
    r"(?:真的?是?|真心|实在是?|确实|的确)(?=[不没])|(?<![a-z'])(?:really|truly) (?=not )"
)
#: "好的满意": assent first, and then the verdict.
_ASSENT = re.compile(r"(?:好的|嗯+|恩|行|对)(?=(?:很|非常|挺|比较|还|基本|十分)?不?满意)")
#: What the verdict is upon, where that is all of what we did: "satisfied with the repair".
_WHOLE = (
    r"(?:(?:the|your|this|that|my|our|all|whole|overall|quick|fast|prompt|speedy|swift|recent"
    r"|latest) ){0,3}"
    r"(?:repair|visit|service|fix|help|work|job|outcome|result|resolution|response"
    r"|installation|install|handling"
    r"|support|assistance|solution|experience|thing|process|matter|business)(?:(?: that)? (?:i got"
    r"|i received|we got"
    r"|we received|you gave|provided"
    r"|today|yesterday|this time|so far|received|given))?"
)
_DONE = (
    r"how (?:quickly|fast|well|promptly|efficiently|smoothly|easily|soon|professionally"
    r"|swiftly|rapidly) (?:[a-z]+ ){1,4}"
    r"(?:fixed|sorted|resolved|solved|handled|dealt with|done|repaired|restored|answered"
    r"|responded|came|arrived|helped"
    r"|explained|replied|installed|completed|worked)(?: (?:it|out|this|everything"
    r"|my (?:problem|issue|fault)))?"
)
_OBJECT = re.compile(
    rf"(?<=[a-z] )(?:satisfied|happy|pleased|impressed|delighted) (?:with|by|at) (?:{_WHOLE}"
    rf"|{_DONE}) {{0,2}}\Z"
    rf"|\A(?:satisfied|happy|pleased|impressed|delighted) (?:with|by|at) (?:{_WHOLE}"
    rf"|{_DONE}) {{0,2}}\Z"
)
_OBJECT_OF_BLAME = re.compile(
    r"(?<![a-z'])(?:dissatisfied|unsatisfied|unhappy|disappointed|displeased) (?:with|by|at|in) "
    rf"(?:{_WHOLE}|(?:the|your|this|that|my) (?:[a-z]+ ){{0,3}}(?:agent|engineer|technician"
    rf"|staff|advisor|adviser|operator"
    r"|man|lady|person|repair|visit|service|company|response)"
    r"|how (?:slowly|badly|poorly|long|late|rudely|slow|rude) [a-z' ]{2,40}) {0,2}\Z"
)
_OBJECT_ZH = re.compile(
    r"\A(?:我|俺|本人)?(?:个人|们)?对于?(?:你们?|您们?|贵司|贵公司)?的?(?:这次|本次|此次|这回"
    r"|今天|昨天)的?(?:上门)?(?:维修|安装|装机|检修"
    r"|移机|办理|服务|处理|报修|抢修|上门)(?:服务|工作|过程)?(?:的?结果)?(?:感到|表示|是"
    r"|感觉)?(?=[^#]{0,8}满意|[^#]{0,6}失望)"
)


def _without_object(text: str, scale: Scale) -> str:
    """The clause without what its verdict is upon, where that is what we did."""
    if scale is EFFORT:
        return _OBJECT_OF_EFFORT.sub("", text)
    if (praised := _OBJECT.search(text) or _OBJECT_OF_BLAME.search(text)) is not None:
        return text[: praised.start()] + praised[0].split(" ", 1)[0]
    return _OBJECT_ZH.sub("", text)


#: What was easy or hard, where that is to reach us or to have us do a thing.
_OBJECT_OF_EFFORT = re.compile(
    r"(?<=[a-z]) to (?:get (?:an?|hold|through|help|in touch|to|any\w*|my|someone|sorted|fixed|done"
    r"|it (?:sorted|fixed|done))|reach|find|use|cancel|contact|speak|talk|navigate|follow|deal with"
    r"|report|book|order|log|pay|arrange|connect|switch|install|set up|sort|change|do)(?![a-z'])"
    r"[a-z' -]{0,40}\Z"
    r"|(?<=[a-z]) (?:once|after|when) (?:i|we) (?:found|got|reached|spoke|knew|managed|worked"
    r"|figured)"
    r"(?![a-z'])[a-z' -]{0,40}\Z"
    r"|(?<=[难易单])(?:找到?|打得?通|联系上?|接通|办理?|操作|沟通|转到?|取消|退订|预约|报修|上手)"
    r"(?:你们|到|人工|真人|客服|人|电话|热线|业务|套餐|上|了|的)*\Z"
)
_MILD = re.compile("m+[PG]")
_MILD_BLAME = re.compile("m+B")


def grade(text: str, scale: Scale) -> Grade | None:
    """The verdict that a clause is, its numbers written as `#`; None where it is none.

    A clause with any word that plays no part says something in particular, and is no verdict.
    README of the table, "Words on csat5": an intensified label is the end of the scale.
    """
    text = _without_object(text, scale)
    text = _ASSENT.sub("", text.strip(), count=1) if _ASSENT.match(text.strip()) else text
    letters = parts_of(_TRULY.sub("", text), scale.words)
    return _grade(letters, scale) if letters is not None else None


def _grade(letters: str, scale: Scale) -> Grade | None:
    if "q" in letters:
        return None
    core = letters.translate(_SILENT)
    if core == "G" and "s" in letters:
        core = "P"
    for pattern, name, side, denied in _GRAMMAR:
        if pattern.fullmatch(core):
            if _MILD.fullmatch(core):
                name = "mild"
            if _MILD_BLAME.fullmatch(core):
                name = "mild_blame"
            value = _value(scale, name)
            return Grade(value=value, side=side, denied=denied)
    return _repeated(letters, scale)


_SILENT: Mapping[int, None] = dict.fromkeys(map(ord, "ns#"))


def _repeated(letters: str, scale: Scale) -> Grade | None:
    """Two verdicts in one breath, as in "terrible太差": what both say, or the farther out."""
    core = letters.translate(_SILENT)
    for cut in range(1, len(core)):
        first, second = _plainly(core[:cut], scale), _plainly(core[cut:], scale)
        if first and second and first.side == second.side and first.value and second.value:
            return max(first, second, key=lambda one: abs(2 * (one.value or 0) - scale.top - 1))
    return None


def _plainly(core: str, scale: Scale) -> Grade | None:
    for pattern, name, side, denied in _GRAMMAR:
        if not denied and pattern.fullmatch(core):
            return Grade(value=_value(scale, name), side=side)
    return None


def _value(scale: Scale, name: str | None) -> int | None:
    match name:
        case "top":
            return scale.top
        case "praise":
            return scale.praise
        case "mild":
            return scale.mild
        case "middle":
            return scale.middle
        case "mild_blame":
            return scale.mild_blame
        case "blame":
            return scale.blame
        case "bottom":
            return scale.bottom
        case "turned":
            return scale.turned
        case "never":
            return scale.never
        case _:
            return None
