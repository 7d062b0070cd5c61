"""Reads which option of a question a reply chooses."""

import re
from collections.abc import Iterable

from surveys import doubts, grounds, irony, mentions, orders, themes
from surveys.besides import rest
from surveys.figures import Reading, cut, figures, is_asked
from surveys.lexicon import NEUTRAL
from surveys.meanings import Choice, Unclear
from surveys.model import Option, Question
from surveys.plaintext import Clause, Plain, clause_at, fold, parts_of

MOST_OPTIONS_BY_NUMBER = 99

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_AROUND = {
    **NEUTRAL,
    **dict.fromkeys(
        "option choice letter number answer no 选项 选 拣 第 个 项 条 号 系 the one please "
        "obviously"
        " clearly mainly mostly mostly".split(),
        "n",
    ),
    **dict.fromkeys(_LETTERS[:8], "n"),
}
#: A letter by itself; whoever writes English begins sentences with "a".
_LETTER = re.compile(r"(?<![a-z'])(?P<letter>[a-z])(?![a-z'])")
_ORDINAL = re.compile(
    r"第(?P<hanzi>[一二三四五六七八九1-9])(?:个|项|条|种|点)?|(?P<end>最后(?:一|那)?[个项条种])"
    r"|(?P<middle>中间[的那]?一?[个项条种]|(?<![a-z'])(?:the )?middle (?:one|option|choice))"
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
    r"|^\W*(?:all|none|nothing|everything|any|anything)(?:\W*$| ?:)"
    r"|(?<![a-z'])(?:between [a-h] (?:and|&) [a-h]|first .{2,30} then)(?![a-z'])"
    r"|先.{1,12}[后又再]"
)
#: What was asked of us then, and is not asked now: 想问下话费怎么多了.
_INQUIRY = re.compile(r"(?:就是?|是|我|想|来|要|打电话|去)*(?:问|查|咨询|了解)(?:一?下|过|的是)")
#: A key that was held down, and not chosen.
_HELD_DOWN = re.compile(r"\W*([A-Za-z])\1{2,}\W*")
#: Who has to choose chooses: "if I had to pick, price".
_OBLIGED = re.compile(
    r"(?<![a-z'])if (?:i|we)(?:'ve)? (?:have|had|must|need|needed|got|absolutely|really"
    r"|could only|can only)(?: got)?(?: to)? ?(?:pick|choose|say|name|select)?"
    r"(?: just| only)?(?: one| an option)?(?![a-z'])|(?:如果|要是|若)?(?:非|一定|必须|硬)要?(?:选"
    r"|说|挑)(?:的话)?"
)
_TAKEN_BACK = re.compile(r" ?(?:不对|不是|不选|错|(?:is )?(?:not|wrong)(?![a-z']))")


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
    if orders.TO_MACHINES.search(plain.text):
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
    if is_asked(reading, start) and not _INQUIRY.match(clause_at(reading.parts, start).text):
        return Unclear(reason="question")
    if doubts.CONDITION.search(_OBLIGED.sub("", reading.masked)):
        return Unclear(reason="condition")
    if _HELD_DOWN.fullmatch(plain.original):
        return Unclear(reason="not_certain")
    if irony.SCARE_QUOTES.search(reading.text):
        return Unclear(reason="not_certain")
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
    return all(mentions.DENIED.search(text[:start]) for start in starts)


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
    if mentions.DENIED.search(before):
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
    if said.get("middle"):
        return count // 2 if count % 2 else count  # of four there is no middle one
    word = str(said.get("word"))
    return count - 1 if word == "last" else _NUMBERED[word]


_JOINS = frozenset({"and", "、", "/"})
_LEADS = frozenset({"因为", "because", "and"})
"""Marks over which a denial reaches on: 不是因为账单, happy with the man and the speed."""
_LISTED = re.compile(r" *(?:the|your|my|its|an?)? *")
_ALSO = re.compile(
    r"也|而且|顺便|另外|以及|同时|还(?!可|行|好)|又|(?<![a-z'])(?:also|too|as well)(?![a-z'])"
)


def _themed(reading: Reading, question: Question) -> _Place | None:
    """The one option that the words of the text are about, in its first clause that has one."""
    about = themes.of(question)
    places: list[_Place] = []
    more = True
    led = ""
    borne = False
    own = themes.words(question)
    sure: set[str] = set()
    for clause in reading.parts:
        if sure and not more and not _ALSO.search(clause.text):
            continue
        if not more and not sure:
            places.clear()  # what was only mentioned before
        more = more or not sure
        found = list(themes.find(clause.text, about))
        told = _told(
            clause, found, led, reading.masked[clause.end : clause.end + _NEAR], borne, own
        )
        borne = borne or not all(told.values()) or mentions.bears(clause.text)
        places += [(option, clause.start, clause.end) for option, how in told.items() if how]
        sure |= {option for option, how in told.items() if how == _NAMED}
        more = more and clause.mark in _JOINS
        led = clause.text + clause.mark if clause.mark in _LEADS else ""
    if len({place[0] for place in places}) != 1 or places[0][0] not in sure:
        return None
    return places[0]


_DISMISSED, _MENTIONED, _NAMED = range(3)


def _told(
    clause: Clause,
    found: list[tuple[str, int, int]],
    led: str,
    later: str,
    borne: bool,
    own: frozenset[str],
) -> dict[str, int]:
    """What a clause does with each option it speaks of: it dismisses, mentions or names it."""
    rest = list(clause.text)
    for _, start, end in found:
        rest[start:end] = " " * (end - start)
    if led.endswith("and") and not _LISTED.fullmatch("".join(rest)):
        led = ""
    grounded = grounds.are_in("".join(rest))
    told: dict[str, set[int]] = {}
    for option, start, end in found:
        before, mention = clause.text[max(0, start - _NEAR) : start], clause.text[start:end]
        after = clause.text[end : end + _NEAR]
        how = _NAMED if grounded or mention in own or grounds.speaks(mention) else _MENTIONED
        if not mentions.names(led[-_NEAR:] + before, mention, after, later=later, contrast=borne):
            how = _DISMISSED
        told.setdefault(option, set()).add(how)
    return {option: min(hows) and max(hows) for option, hows in told.items()}


_NEAR = 64
"""Characters around a mention that tell what is said of it."""


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
