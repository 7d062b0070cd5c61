"""Reads what a customer says about being contacted at all, before anyone looks for an answer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from channels import phrases
from channels.asking import asks_a_way_out
from channels.calling import LONE_CALL_WORDS, is_wish, says_why
from channels.clauses import clauses, plain
from channels.echoes import BESIDE_OUTBURST, ECHO_CHINESE, ECHO_ENGLISH, OUTBURST_CHINESE
from channels.likeness import is_like_stop
from channels.misdirected import denies_a_name, says_wrong_person, without_relatives
from channels.protest import protests
from channels.refusals import refuses
from channels.slips import is_slip_of_stop, respelled
from channels.stopchinese import STOP_ALL_CHINESE, STOP_CHINESE
from channels.stopenglish import STOP_ALL_ENGLISH, STOP_ENGLISH
from channels.threats import NEXT_MESSAGE, OR_ELSE, THREAT_CHINESE, THREAT_ENGLISH

MAX_WORD = 40
"""Longest message, in letters and digits, that can be a lone word; longer ones are sentences."""

USUAL_PAUSE = 30
"""Days of a pause for which no length was said."""

LONGEST_PAUSE = 365
"""Days that a customer may pause at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOutWord:
    """Stop: `certain` when the word stands alone, else a sentence that a person has to settle.

    `all_channels`: by no channel any more, or by one that may be another than this.
    """

    certain: bool
    all_channels: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OptInWord:
    """Go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpWord:
    """Who are you, and what is this?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMeWord:
    """A wish to be phoned; not `alone` when there is more in the message, such as a rating."""

    alone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseWord:
    """Leave me in peace for so many days."""

    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterWord:
    """Not now: ask me again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """Nothing of the kind: whoever asked a question may look for its answer."""


Wish = OptOutWord | OptInWord | HelpWord | CallMeWord | PauseWord | LaterWord | Nothing


_GRADE = re.compile("[0-9]{1,2}")


def read(text: str, opted_out: bool) -> Wish:
    """The wish a message states: contract section 8, "Reading a reply", 1 to 3.

    A lone word in any case and width, whatever stands around it; then a sentence which means
    stop; then a wish to be phoned; last, what no rule knows and is so like a stop that a person
    settles it. `opted_out`: the address is, so that YES means go on. Linear; reads the first
    `clauses.MOST_CHARACTERS`.
    A pause and a "later" are lone words too: within a sentence they may be about anything.
    """
    if _GRADE.fullmatch(text):  # what most customers say
        return Nothing()
    said = clauses(text)
    word = "".join(said).replace(" ", "")
    if len(word) <= MAX_WORD:
        lone = _lone(word, " ".join(said).split(), opted_out) if word else _mark(text)
        if lone is not None:
            return lone
    heard = _ended(said)
    stop = _stop(_without_calls(without_relatives(heard)))
    if stop is None and denies_a_name(text):
        stop = OptOutWord(certain=False, all_channels=False)
    if stop is not None:
        return stop
    call = _call(said)
    if call != CallMeWord(alone=True) and _TIME.search(text):
        # When and where to be phoned answers nothing.
        timeless = _call(clauses(_TIME.sub(" ", text)))
        call = timeless if timeless == CallMeWord(alone=True) else call
    if call is not None:
        return call
    return OptOutWord(certain=False, all_channels=False) if is_like_stop(heard) else Nothing()


#: When somebody wants to be phoned, or where: 18:00, 6pm, 明天下午3点半, 0571-8866.
_TIME = re.compile(
    r"(?:今天|今晚|明天|明早|后天)?(?:早上|上午|中午|下午|晚上)?\d{1,2}(?:[:：]\d{2}|点(?:半|钟)?)(?:以后|之后|前|左右)?"
    r"|\b\d{1,2} ?[ap]m\b|(?<!\d)\+?\d{3,5}(?:[ -]\d{3,8}){1,3}(?!\d)",
    re.IGNORECASE,
)


def _call(said: Sequence[str]) -> CallMeWord | None:
    """What clauses say of a wish to be phoned; None: nothing."""
    if "".join(said).replace(" ", "") in LONE_CALL_WORDS:
        return CallMeWord(alone=True)
    parts = [part for clause in said for part in _parts(clause)]
    wishes = [clause for clause in parts if is_wish(clause)]
    if not wishes:
        return None
    told = [clause for clause in parts if not is_wish(clause) and not says_why(clause)]
    if not any(map(_CONTRAST.match, parts)):  # "fixed now, but call me" says both
        told = [clause for clause in told if not _is_courtesy(clause)]
    return CallMeWord(alone=not told and not any(_RATED.match(wish) for wish in wishes))


#: Our messages are to go on: 不退订，短信挺有用的.
_GO_ON = re.compile(
    r"(?:(?:please|pls|no|ok|oh|hey|\d{1,2}) )*(?:do not|dont)(?: you dare| ever| you| u)?"
    r" (?:stop|cancel|end|quit|unsubscribe|remove me|take me off)\b(?!.*\b(?:but|just|then)\b).*"
    r"|我?(?:不|不要|别|不用|不想|不会|没想|没说要?)(?:给我|帮我|把我|再)?"
    r"(?:退订|停(?:止)?(?:发|短信)|取消(?:短信|订阅))(?:短信|了|啊|吧|哦|的){0,2}"
)


def _ended(said: list[str]) -> list[str]:
    """The clauses, respelled, but those that wish our messages to go on."""
    return [respelled(each) for each in said if not _GO_ON.fullmatch(each)]


def wants_call(text: str) -> bool:
    """Whether a wish to be phoned is in the message, whatever else it says."""
    return any(is_wish(clause) for clause in clauses(text))


_APART = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[0-9])")
_APART_ZH = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[0-9\u4e00-\u9fff])")


def _parts(clause: str) -> list[str]:
    """The clause cut where a space stands for a mark, unless that would cut the wish itself."""
    parts = _APART_ZH.split(clause)
    return parts if any(map(is_wish, parts)) else _APART.split(clause)


_CONTRAST = re.compile("但|不过|可是|but ")
#: What begins with a number, or counts in points, rates beside the wish; a time follows it. So
#: does an answer that the wish stands against.
_RATED = re.compile(
    r"(?:yes|no|yeah|yep|yup|nope|nah|fixed|sorted|resolved|solved)(?: (?:but|though|however))\b"
    r"|\d{1,2}(?:分| (?!点)|(?=[^\d点:]))|[一二三四五]分|(?:rate|rating) "
)


def _is_courtesy(clause: str) -> bool:
    return phrases.COURTESY.fullmatch(clause.replace(" ", "")) is not None


_STOP_SIGNS = frozenset("🛑⛔")


def _mark(text: str) -> Wish | None:
    """Nothing but a question mark asks who we are, and a stop sign may well say stop."""
    marks = plain(text).split()
    if marks and not "".join(marks).strip("🛑⛔✋!。.\ufe0f"):
        signs = not _STOP_SIGNS.isdisjoint(text)
        return OptOutWord(certain=False, all_channels=False) if signs else None
    asked = "".join(marks).strip("!\"'“”")
    return HelpWord() if asked and not asked.strip("?❓❔؟¿!") else None


def _lone(word: str, tokens: list[str], opted_out: bool) -> Wish | None:
    if word in phrases.STOP_ALL_WORDS:
        return OptOutWord(certain=True, all_channels=True)
    if word in phrases.STOP_WORDS or phrases.STOP_WORDS.issuperset(tokens):
        return OptOutWord(certain=True, all_channels=False)
    if phrases.STOP_REPEATED.fullmatch(word):
        return OptOutWord(certain=True, all_channels=False)
    if word in phrases.START_WORDS or (opted_out and phrases.is_again(word, tokens)):
        return OptInWord()
    if word in phrases.HELP_WORDS or phrases.HELP_WORDS.issuperset(tokens):
        return HelpWord()
    if word in phrases.PROBABLE_STOPS or phrases.PROBABLE_CODE.fullmatch(word):
        return OptOutWord(certain=False, all_channels=False)
    if is_slip_of_stop(word) or phrases.POLITE_ENDS.sub("", word) in phrases.PROBABLE_STOPS:
        return OptOutWord(certain=False, all_channels=False)
    if phrases.LATER.fullmatch(word):
        return LaterWord()
    return _pause(word)


def _pause(word: str) -> PauseWord | None:
    match = phrases.PAUSE.fullmatch(word)
    if match is None:
        return None
    said = match["number"] or match["count"]
    if said is None:
        return PauseWord(days=USUAL_PAUSE)
    number = phrases.NUMERALS.get(said) or int(said)
    days = int(number * phrases.UNITS[(match["unit"] or match["span"] or "d")[0]])
    # Who asks for longer has it as long as may be; nothing is no while at all.
    return PauseWord(days=min(days, LONGEST_PAUSE)) if days else None


_BY_TEXT = re.compile(
    r"(?:发|用|回|改)个?(?:短信|微信|邮件|信息)(?:就|即|吧|给|联系|通知|沟通|说)|短信(?:联系|沟通"
    r"|通知|说)"
    r"|\b(?:text|sms|message|e ?mail|whatsapp) (?:me )?(?:instead|only|is fine|is better|please)\b"
    r"|\bjust (?:text|message|e ?mail)\b"
)
_NO_CALLS = re.compile(
    r"(?:别|不要|不用|不必|勿|莫)再?(?:给我)?[打来](?:电话|来|过来)?|\b(?:do not|dont|no"
    r"|stop) (?:call|phone|ring)"
)


def _without_calls(said: list[str]) -> list[str]:
    """Without what only asks that no call be made, where whoever asks would rather have a text."""
    words = [clause.replace(" ", "") for clause in said]
    if not (any(map(_BY_TEXT.search, said)) or any(map(_BY_TEXT.search, words))):
        return said
    return [clause for clause in said if not _NO_CALLS.search(clause)]


#: The word, a space for a mark, and what is no thing that could be cancelled.
_LED_BY_STOP = re.compile(
    r"(?:退订|拒收|td|t退订) (?=(?:我|已|早|不|没|别|谢|再|烦|换|天天|每天|老|一直|你们|请"
    r"|以后|今后)(?!成功|了的))"
    r"(?!.*(?:套餐|宽带费|业务|会员|彩铃|流量|增值|失败|不成功|不了))[\u4e00-\u9fff]"
)


def _stop(said: list[str]) -> OptOutWord | None:
    for clause in said:
        word = clause.replace(" ", "")
        if STOP_ALL_ENGLISH.search(clause) or STOP_ALL_CHINESE.search(word):
            return OptOutWord(certain=False, all_channels=True)
    if "start" in said:
        return None  # "stop, start, stop, start all day" tells of a fault
    for clause in said:
        word = clause.replace(" ", "")
        if (
            STOP_ENGLISH.search(clause)
            or THREAT_ENGLISH.search(clause)
            or STOP_CHINESE.search(word)
            or refuses(clause)
            or says_wrong_person(clause)
            or asks_a_way_out(clause)
            or ECHO_ENGLISH.search(clause)
            or ECHO_CHINESE.search(word)
            or _LED_BY_STOP.match(clause)
        ):
            return OptOutWord(certain=False, all_channels=False)
    aside = len(said) > 1 and (said[-1] in {"t", "td"} or _leads(said))
    if aside or _is_outburst(said) or _threatens(said) or protests(said):
        return OptOutWord(certain=False, all_channels=False)
    return None


def _leads(said: list[str]) -> bool:
    """Whether the code opens a message, and what is left is no more than weariness: "T，烦死了"."""
    rest = "".join(said[1:])
    return said[0] in {"t", "td"} and len(rest) <= _MOST_WEARY and _WEARY.search(rest) is not None


_WEARY = re.compile("烦|别|滚|够了|不要|吵|谢谢|有病|无聊")
_MOST_WEARY = 8


def _is_outburst(said: list[str]) -> bool:
    """Enough of it, where nothing else is told that there may be enough of."""
    words = [clause.replace(" ", "") for clause in said]
    return any(map(OUTBURST_CHINESE.search, words)) and all(
        OUTBURST_CHINESE.search(word) or BESIDE_OUTBURST.fullmatch(word) or _is_courtesy(word)
        for word in words
    )


def _threatens(said: list[str]) -> bool:
    """What comes next if we send again; the threat may stand in another clause."""
    if THREAT_CHINESE.search("".join(said).replace(" ", "")):
        return True
    return any(map(NEXT_MESSAGE.search, said)) and any(map(OR_ELSE.search, said))
