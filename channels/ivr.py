"""Decides how a call goes on: what a key or a word means where it stands, and what is said next."""

from dataclasses import dataclass, replace
from enum import StrEnum

from channels import keywords
from channels.autoreply import is_automatic
from channels.callwording import line
from channels.clauses import plain
from channels.ports import OnPhone, PhoneQuestion, Pressing

MOST_REPROMPTS = 2
"""How often silence or a wrong key is asked again in a row; then the call takes leave."""

_LEAST_CONFIDENCE = 0.4  # of what was heard; 0 is what recognisers say that do not know
_MACHINES = ("machine", "fax")


class Place(StrEnum):
    """Where a call stands."""

    GREETING = "greeting"
    QUESTION = "question"
    MENU = "menu"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a call stands; `back`: where its menu was opened; `tries`: failures in a row.

    `asked`: the question that was read out last; `inbound`: the customer called us.
    """

    place: Place = Place.GREETING
    back: Place = Place.GREETING
    tries: int = 0
    asked: str | None = None
    inbound: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came from the phone: keys without the closing `#`, words, or a recording's length.

    All empty is silence; `ended`: a `#` alone was pressed.
    """

    digits: str = ""
    speech: str = ""
    confidence: float | None = None
    seconds: int | None = None
    ended: bool = False


class Deed(StrEnum):
    """What a customer does in a call."""

    BEGIN = "begin"
    ANSWER = "answer"
    WISH = "wish"  # read by the inbox, after which the call is over
    PERSON = "person"
    STOP = "stop"
    DECLINE = "decline"
    MENU = "menu"
    REPEAT = "repeat"
    SILENCE = "silence"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A deed; `text` is what the inbox takes in for it, as if it had been written."""

    deed: Deed
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Wait for at most `keys` keys, or for words."""

    keys: int = 1
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Record what is said after the tone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What the phone says, and what it waits for; None: it hangs up."""

    locale: str
    lines: tuple[str, ...]
    then: Listen | Record | None = None


def is_machine(answered_by: str) -> bool:
    """Whether the carrier took whoever answered for a machine; who is unknown may be a person."""
    return answered_by.startswith(_MACHINES)


def after_beep(answered_by: str) -> bool:
    """Whether a machine has said its greeting, so that a message would be recorded."""
    return answered_by.startswith("machine_end")


# --- what was meant ---


def understand(standing: Standing, heard: Heard, question: PhoneQuestion | None, at: str) -> Act:
    """What the customer does: contract section 8, "Keys on the phone". `at`: the language spoken.

    In a question digits are answers alone; `*` opens the menu anywhere.
    """
    menu = "*" in heard.digits
    if standing.place is Place.QUESTION and not menu and standing.asked != _id(question):
        # Answered by another channel meanwhile: the key was not meant for what is open now.
        return Act(deed=Deed.ANSWER)
    if heard.digits:
        return _pressed(standing.place, heard.digits, question)
    if standing.place is Place.QUESTION and question and question.pressing is Pressing.RECORDING:
        return _recorded(heard, question, at)
    if heard.speech.strip():
        return _said(standing.place, heard, question)
    return Act(deed=Deed.SILENCE)


def _id(question: PhoneQuestion | None) -> str | None:
    return question.id if question else None


_MENU = {
    "1": Act(deed=Deed.REPEAT),
    "0": Act(deed=Deed.PERSON, text="CALL"),
    "9": Act(deed=Deed.STOP, text="STOP"),
}


def _pressed(place: Place, digits: str, question: PhoneQuestion | None) -> Act:
    if digits.startswith("*") or (place is not Place.MENU and "*" in digits):
        # Who knows the menu presses its key at once.
        return _MENU.get(digits.removeprefix("*"), Act(deed=Deed.MENU))
    match place:
        case Place.GREETING if digits == "1":
            return Act(deed=Deed.BEGIN) if question else Act(deed=Deed.WRONG)
        case Place.GREETING | Place.MENU if digits in _MENU:
            return _MENU[digits]
        case Place.QUESTION if question and digits in question.keys:
            return Act(deed=Deed.ANSWER, text=digits)
        case _:
            return Act(deed=Deed.WRONG)


def _recorded(heard: Heard, question: PhoneQuestion, at: str) -> Act:
    if heard.seconds:
        return Act(deed=Deed.ANSWER, text=line("recorded", at, seconds=heard.seconds))
    if heard.ended and question.optional:
        return Act(deed=Deed.ANSWER, text=line("skip", at))
    return Act(deed=Deed.SILENCE)


_YES = frozenset(
    """
    1 一 是 是的 对 对的 好 好的 好啊 好吧 可以 行 行啊 嗯 嗯嗯 开始 开始吧 愿意 同意 没问题 来吧
    yes yeah yep yup ok okay sure start begin goahead fine ofcourse alright allright yesplease
    yessure okaysure surewhynot whynot letsgo one
    """.split()
)
_NO = frozenset(
    """
    不 不用 不用了 不了 不要 不好 不行 不愿意 不想 没空 没时间 没有时间 不方便 不需要 算了 在忙
    no nope nah nothanks nothankyou notnow notinterested imbusy busy notime idonthavetime goodbye
    """.split()
)


def _said(place: Place, heard: Heard, question: PhoneQuestion | None) -> Act:
    text = heard.speech.strip()
    unsure = heard.confidence is not None and 0 < heard.confidence < _LEAST_CONFIDENCE
    # A voicemail's greeting asks to be called back too.
    if unsure or is_automatic(text):
        return Act(deed=Deed.WRONG)
    word = "".join(char for char in plain(text) if char.isalnum())
    if place is Place.GREETING and word in _YES:
        return Act(deed=Deed.BEGIN) if question else Act(deed=Deed.WRONG)
    if place is Place.GREETING and word in _NO:
        return Act(deed=Deed.DECLINE)
    match keywords.read(text, opted_out=False):
        case keywords.OptOutWord():
            return Act(deed=Deed.STOP, text=text)
        case keywords.CallMeWord(alone=alone) if alone or place is not Place.QUESTION:
            return _MENU["0"]  # the wish alone: what else was said answers nothing yet
        case keywords.PauseWord() | keywords.LaterWord():
            return Act(deed=Deed.WISH, text=text)
        case _ if place is Place.QUESTION and question:
            return Act(deed=Deed.ANSWER, text=text)
        case _:
            return Act(deed=Deed.WRONG)


# --- what is said ---

_FAREWELLS = {
    Deed.PERSON: "person",
    Deed.STOP: "stopped",
    Deed.DECLINE: "declined",
    Deed.WISH: "noted",
}


def begin(standing: Standing, phone: OnPhone, brand: str) -> tuple[Standing, Spoken]:
    """How a call begins; one of ours that came too late takes leave at once."""
    if phone.question is None and not standing.inbound:
        return _over(standing, phone, line("ended", phone.locale))
    return standing, _prompt(standing, phone, brand)


def go_on(standing: Standing, act: Act, phone: OnPhone, brand: str) -> tuple[Standing, Spoken]:
    """How a call goes on after an act; `phone` is the thread as the act left it."""
    match act.deed:
        case Deed.PERSON | Deed.STOP | Deed.DECLINE | Deed.WISH:
            return _over(standing, phone, line(_FAREWELLS[act.deed], phone.locale))
        case Deed.SILENCE | Deed.WRONG:
            return _again(standing, act.deed, phone, brand)
        case Deed.MENU:
            back = standing.back if standing.place is Place.MENU else standing.place
            return _ask(replace(standing, place=Place.MENU, back=back, tries=0), phone, brand)
        case Deed.REPEAT:
            back = standing.back if standing.place is Place.MENU else standing.place
            return _ask(replace(standing, place=back, tries=0), phone, brand)
        case Deed.BEGIN:
            return _ask(replace(standing, place=Place.QUESTION, tries=0), phone, brand)
        case Deed.ANSWER:
            return _answered(standing, act, phone, brand)


def _answered(standing: Standing, act: Act, phone: OnPhone, brand: str) -> tuple[Standing, Spoken]:
    """The next question, the last words, or the same once more where nothing was understood."""
    if phone.question is None:
        if not act.text:
            return _over(standing, phone, line("ended", phone.locale))
        if phone.finished:
            return _over(standing, phone, phone.ending, line("bye", phone.locale))
        return _over(standing, phone, line("kept" if phone.begun else "leave", phone.locale))
    if standing.asked == phone.question.id:
        return _again(standing, Deed.WRONG, phone, brand)
    return _ask(replace(standing, tries=0), phone, brand)


def _again(standing: Standing, why: Deed, phone: OnPhone, brand: str) -> tuple[Standing, Spoken]:
    if standing.tries >= MOST_REPROMPTS:
        return _over(standing, phone, line("kept" if phone.begun else "leave", phone.locale))
    once_more = replace(standing, tries=standing.tries + 1)
    return _ask(once_more, phone, brand, line(why.value, phone.locale))


def _ask(standing: Standing, phone: OnPhone, brand: str, *before: str) -> tuple[Standing, Spoken]:
    if standing.place is Place.QUESTION and phone.question is None:
        return _over(standing, phone, line("ended", phone.locale))
    said = _prompt(standing, phone, brand)
    if standing.place is Place.QUESTION:
        standing = replace(standing, asked=_id(phone.question))
    return standing, replace(said, lines=(*before, *said.lines))


def _over(standing: Standing, phone: OnPhone, *lines: str) -> tuple[Standing, Spoken]:
    return replace(standing, place=Place.OVER), Spoken(locale=phone.locale, lines=lines)


def _prompt(standing: Standing, phone: OnPhone, brand: str) -> Spoken:
    """What is said where the call stands, and what it waits for there."""
    at = phone.locale
    match standing.place:
        case Place.MENU:
            said = line("menu", at) + line("aside", at)
            return Spoken(locale=at, lines=(said,), then=Listen())
        case Place.QUESTION if phone.question is not None:
            return _question(phone.question, at)
        case _:
            name = "called" if standing.inbound else "calling"
            keys = (line("begin", at) if phone.question else "") + line("aside", at)
            lines = (line(name, at, brand=brand, ticket=phone.ticket), keys)
            return Spoken(locale=at, lines=lines, then=Listen(hints=_hints(at)))


def _question(question: PhoneQuestion, at: str) -> Spoken:
    if question.pressing is Pressing.RECORDING:
        # Consent comes first: whoever goes on speaking has heard that it is recorded.
        return Spoken(locale=at, lines=(line("consent", at), question.text), then=Record())
    keys = 1 if question.pressing is Pressing.KEY else 2
    return Spoken(locale=at, lines=(question.text,), then=Listen(keys=keys, hints=question.hints))


def _hints(at: str) -> tuple[str, ...]:
    return ("开始", "好的", "可以", "不用了") if at.startswith("zh") else ("yes", "no", "start")
