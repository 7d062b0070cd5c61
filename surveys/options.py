"""Reads which option of a question a reply chooses."""

import re
from collections.abc import Iterable

from surveys import doubts, themes
from surveys.besides import rest
from surveys.figures import Reading, cut, figures, is_asked
from surveys.lexicon import NEUTRAL
from surveys.meanings import Choice, Unclear
from surveys.model import Option, Question
from surveys.plaintext import Clause, Plain, fold, parts_of

MOST_OPTIONS_BY_NUMBER = 99

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_AROUND = {
    **NEUTRAL,
    **dict.fromkeys(
        "option choice letter number answer no 选项 选 拣 第 个 项 条 号 系 the one please".split(),
        "n",
    ),
    **dict.fromkeys(_LETTERS[:8], "n"),
}
#: A letter by itself; whoever writes English begins sentences with "a".
_LETTER = re.compile(r"(?<![a-z'])(?P<letter>[a-z])(?![a-z'])")
_ORDINAL = re.compile(
    r"第(?P<hanzi>[一二三四五六七八九1-9])(?:个|项|条|种|点)?|(?P<end>最后一?[个项条种])"
    r"|(?<![a-z'])(?P<word>first|second"
    r"|third|fourth|fifth|last|(?:1st|2nd|3rd|4th)(?= (?:one|opt|ch)|\W*$))(?: (?:one|option"
    r"|choice))?(?![a-z'])"
)
_WORDS = ("first 1st", "second 2nd", "third 3rd", "fourth 4th", "fifth")
_NUMBERED = {word: place for place, words in enumerate(_WORDS) for word in words.split()}
_SEVERAL = re.compile(
    r"全选|都(?:有|是|选|要)|全部|全都|都不|以上|前[两二三]|后[两二三]|两个都|又.{1,6}又"
    r"|既.{1,6}[又也]"
    r"|(?<![a-z'])(?:all (?:of|three|the above|four)|both|none of|neither|either)(?![a-z'])"
    r"|^\W*(?:all|none|nothing|everything|any|anything)\W*$"
)
_DENIED = re.compile(
    r"(?:不|不是|并非|不选|没有|不在于|无关|不怪|跟.{0,2}没关系|(?<![a-z'])(?:not|isn't|wasn't"
    r"|nothing to do with|rather than|instead of|never|anything but|other than|except(?:"
    r" for)?)(?: (?:the|about|a|so much|because of"
    r"|for))?) ?[a-z]?\Z"
)
_TAKEN_BACK = re.compile(r" ?(?:不对|不是|不选|错|(?:is )?(?:not|wrong)(?![a-z']))")
_CLEARED = re.compile(
    r"^.{0,4}(?:没问题|没有问题|很好|挺好|不错|还行|还可以|不慢|不贵|没毛病|可以)"
    r"|^(?:就|都|还|倒|算|也|是|比较|挺|很|非常){0,2}(?:好(?![差慢贵烂])|好的)"
    r"|^ ?(?:\w+ )?(?:went|(?:is|was|are|were)(?: \w+)?) (?:fine|well|ok|okay|great|lovely|fair"
    r"|nice|polite|helpful"
    r"|excellent|friendly|reasonable|fast|cheap)(?![a-z'])"
    r"|^ ?(?:\w+ )?(?:isn't|is not|wasn't|was not|is fine|was fine|is ok|are fine|is good"
    r"|are ok|was good|were (?:fine|great|good))"
)


def read(plain: Plain, question: Question, locale: str) -> Choice | Unclear:
    """The option that a respelled text names, by number, letter, label or what is plainly one.

    Two options, none, or one only denied: Unclear. README of the table, "Choice".
    """
    named = _labelled(plain.text, question, locale)
    if named is not None:
        return Choice(id=named)
    reading = cut(plain.text, MOST_OPTIONS_BY_NUMBER, named=False)
    if isinstance(reading, Unclear):
        return reading
    if doubts.INJECTION.search(plain.text):
        return Unclear(reason="not_certain")
    if _SEVERAL.search(plain.text):
        return Unclear(reason="several")
    found = _keyed(reading, question)
    if isinstance(found, Unclear):
        return found
    themed = _themed(reading, question)
    place = found or themed
    if place is None:
        return Unclear(reason="no_answer")
    chosen, start, end = place
    if found and themed and themed[0] != found[0] and _is_own(reading, themed[1], start):
        return Unclear(reason="contradiction")
    if is_asked(reading, start):
        return Unclear(reason="question")
    if doubts.CONDITION.search(reading.masked):
        return Unclear(reason="condition")
    words = themes.words(question)
    return Choice(
        id=chosen,
        rest=rest(
            plain,
            reading,
            start,
            end,
            lambda text: _is_bare(text, words) or _is_denial(text, question),
        ),
    )


_Place = tuple[str, int, int]


def _is_own(reading: Reading, one: int, other: int) -> bool:
    """Whether two places are in the same clause, or one in the next and nothing else said."""
    first = [part for part in reading.parts if part.start <= max(one, other)]
    return len(first) <= 2


def _is_bare(text: str, words: frozenset[str]) -> bool:
    bare = "".join(char for char in text if char.isalnum() or char == " ").strip()
    return bare in words


def _is_denial(text: str, question: Question) -> bool:
    """Whether a clause only says which option it is not."""
    found = list(themes.find(text, themes.of(question)))
    starts = [start for _, start, _ in found] or [len(text)]
    return all(_DENIED.search(text[:start]) for start in starts)


def _keyed(reading: Reading, question: Question) -> _Place | Unclear | None:
    """The option chosen by a number, an ordinal or a letter."""
    given = figures(reading, _AROUND)
    places: list[_Place] = []
    for number in given.sure:
        if number.unit or number.value is None or not 1 <= number.value <= len(question.options):
            return Unclear(reason="out_of_scale")
        places.append((question.options[number.value - 1].id, number.start, number.end))
    if len({number.value for number in (*given.sure, *given.loose)}) > 1:
        return Unclear(reason="several")
    lettered = _lettered(reading, question)
    if isinstance(lettered, Unclear):
        return lettered
    places += lettered
    if not places:
        return None
    if len({place[0] for place in places}) > 1:
        return Unclear(reason="several")
    return places[0]


def _lettered(reading: Reading, question: Question) -> list[_Place] | Unclear:
    options = question.options
    places: list[tuple[int, int, int]] = []
    for clause in reading.parts:
        for pattern in (_ORDINAL, _LETTER):
            for match in pattern.finditer(clause.text):
                index = _index(match, len(options))
                alone = clause.text.strip() == match[0]
                if not _stands(clause, match) or (index >= len(options) and not alone):
                    continue
                start = clause.start + match.start()
                places.append((index, start, clause.start + match.end()))
    places.sort(key=lambda place: place[1])
    for at in range(len(places) - 1, 0, -1):
        between = reading.masked[places[at - 1][2] : places[at][1]]
        if doubts.MISTAKE.search(between) or doubts.TURNS.fullmatch(between):
            places = places[at:]
            break
    if any(place[0] >= len(options) for place in places):
        return Unclear(reason="out_of_scale")
    return [(options[index].id, start, end) for index, start, end in places]


def _stands(clause: Clause, match: re.Match[str]) -> bool:
    """Whether nothing but courtesy is around a letter in its clause, and nothing denies it."""
    before, after = clause.text[: match.start()], clause.text[match.end() :]
    if _DENIED.search(before):
        return False
    if parts_of(before, _AROUND) is None:
        return False
    if _TAKEN_BACK.match(after) or (match[0] == "a" and _A_THING.match(after)):
        return False
    if parts_of(after, _AROUND) is not None:
        return True
    if _ANOTHER.match(after):
        return False
    return not before.strip() and _goes_on(after.lstrip(" ")[:1])


_A_THING = re.compile(r" (?:mistake|typo|wrong|correction|please|sorry)(?= [a-z]|\W*\Z)")
_ANOTHER = re.compile(r" ?(?:同|加|及|以及|仲有|还有|都|也)埋? ?[a-z1-9](?![a-z'])")


def _goes_on(char: str) -> bool:
    """Whether the option's own words or a count follow its letter, and no other option."""
    return char.isdecimal() or (not char.isascii() and char not in "和或跟与及还次")


def _index(match: re.Match[str], count: int) -> int:
    said = match.groupdict()
    if letter := said.get("letter"):
        return _LETTERS.index(letter)
    if hanzi := said.get("hanzi"):
        return (int(hanzi) if hanzi.isascii() else 1 + "一二三四五六七八九".index(hanzi)) - 1
    if said.get("end"):
        return count - 1
    word = str(said.get("word"))
    return count - 1 if word == "last" else _NUMBERED[word]


_JOINS = frozenset({"and", "、", "/"})
_ALSO = re.compile(
    r"也|而且|顺便|另外|以及|同时|还(?!可|行|好)|又|(?<![a-z'])(?:also|too|as well)(?![a-z'])"
)


#: What is out of order and may be the customer's own, which no option about us means.
_DEVICE = re.compile(
    r"手机|电视|机顶盒|遥控|电脑|平板|座机|话机|(?<![a-z])(?:tv|telly|phone(?! line)|handset|mobile"
    r"|laptop|computer|tablet|remote)(?![a-z])"
)
_BROKEN = frozenset(("坏", "broken", "down", "断了"))


def _themed(reading: Reading, question: Question) -> _Place | None:
    """The one option that the words of the text are about, in its first clause that has one."""
    about = themes.of(question)
    places: list[_Place] = []
    more = True
    for clause in reading.parts:
        if places and not more and not _ALSO.search(clause.text):
            continue
        more = more or not places
        for option, start, end in themes.find(clause.text, about):
            if _DENIED.search(clause.text[:start]) or _CLEARED.match(clause.text[end:]):
                continue
            if clause.text[start:end] in _BROKEN and _DEVICE.search(clause.text):
                continue
            places.append((option, clause.start, clause.end))
        more = more and clause.mark in _JOINS
    if len({place[0] for place in places}) != 1:
        return None
    return places[0]


def _labelled(text: str, question: Question, locale: str) -> str | None:
    """The option whose id or label is the whole text; labels of the locale go before others."""
    said = _bare(text)
    own = {option.id for option in question.options if _bare(fold(option.id).text) == said}
    for locales in ({locale}, {key for option in question.options for key in option.label}):
        own |= set(_with_label(question.options, locales, said))
        if own:
            return own.pop() if len(own) == 1 else None
    return None


def _with_label(options: Iterable[Option], locales: set[str], said: str) -> Iterable[str]:
    for option in options:
        for key, label in option.label.items():
            if key in locales and said and _bare(fold(label).text) == said:
                yield option.id


def _bare(text: str) -> str:
    return "".join(char for char in text if char.isalnum())
