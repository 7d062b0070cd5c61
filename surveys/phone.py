"""Says how a thread is read out on the phone: its open question with the keys, its last words."""

from collections.abc import Mapping

from channels.ports import OnPhone, PhoneQuestion, Pressing
from surveys.decide import opening
from surveys.form import keys
from surveys.model import OPEN_STATES, SCALES, InvitationState, Question, QuestionKind
from surveys.pagewording import ask
from surveys.questionnaire import fill
from surveys.turns import Thread
from surveys.wording import CHINESE, ENGLISH, labels, language

VOICE = "voice"

# What is pressed for a yes and a no: contract section 5.
_TRUTHS = {"yes": "1", "no": "2"}
_BY_KEY: Mapping[str, str] = {CHINESE: "{label}请按{key}", ENGLISH: "for {label} press {key}"}
_ON_SCALE: Mapping[str, str] = {
    CHINESE: "请按{low}到{high}中的一个数字{end}。{high}表示{best}，{low}表示{worst}。",
    ENGLISH: "Enter a number from {low}, {worst}, to {high}, {best}{end}.",
}
_HASH: Mapping[str, str] = {CHINESE: "，按井号键结束", ENGLISH: ", then press the hash key"}
_AFTER_TONE: Mapping[str, str] = {
    CHINESE: "请在提示音后留言，说完请按井号键。",
    ENGLISH: "Please tell us after the tone, then press the hash key.",
}
_ENDS = ".。!！?？…"
_MOST_HINTS = 40


def on_phone(thread: Thread, facts: Mapping[str, str]) -> OnPhone:
    """The thread as it stands; nothing is asked where it is over or not for the phone."""
    invitation, survey = thread.invitation, thread.survey
    at = invitation.locale
    allowed = not invitation.terms.channels or VOICE in invitation.terms.channels
    is_open = invitation.state in OPEN_STATES and allowed
    asked = survey.questions.get(opening(survey, invitation) or "") if is_open else None
    complete = invitation.state is InvitationState.COMPLETED
    return OnPhone(
        locale=at,
        ticket=invitation.ticket,
        question=question(asked, at, facts) if asked else None,
        ending=fill(survey.ending(at, VOICE), facts),
        begun=thread.response is not None and bool(thread.response.answers),
        finished=complete and invitation.reason != "not_understood",
        voicemail=invitation.terms.voicemail,
    )


def question(asked: Question, locale: str, facts: Mapping[str, str]) -> PhoneQuestion:
    """A question in its own words for the phone, else in the general ones with its keys."""
    known = pressed(asked)
    text = fill(ask(asked, locale, VOICE), facts)
    if VOICE not in asked.ask_by.get(locale, {}):
        text = _joined(text, _instruction(asked, known, locale), locale)
    return PhoneQuestion(
        id=asked.id,
        text=text,
        pressing=_pressing(asked, known),
        keys=tuple(known),
        hints=tuple(labels(asked, language(locale)).values())[:_MOST_HINTS],
        optional=asked.optional,
    )


def pressed(asked: Question) -> Mapping[str, str]:
    """What may be pressed, each with the value it stands for; nothing for a comment."""
    if asked.kind is QuestionKind.CHOICE:
        return {str(place): key for place, key in enumerate(keys(asked), start=1)}
    return {_TRUTHS.get(key, key): key for key in keys(asked)}


def _pressing(asked: Question, known: Mapping[str, str]) -> Pressing:
    if asked.kind is QuestionKind.COMMENT:
        return Pressing.RECORDING
    return Pressing.KEY if all(len(key) == 1 for key in known) else Pressing.NUMBER


def _instruction(asked: Question, known: Mapping[str, str], locale: str) -> str:
    spoken = language(locale)
    words = labels(asked, spoken)
    if asked.kind is QuestionKind.COMMENT:
        return _AFTER_TONE[spoken]
    end = _HASH[spoken] if _pressing(asked, known) is Pressing.NUMBER else ""
    if asked.kind in (QuestionKind.NPS, QuestionKind.CES7):
        low, high = SCALES[asked.kind]
        worst, best = words.get(str(low), ""), words.get(str(high), "")
        return _ON_SCALE[spoken].format(low=low, high=high, worst=worst, best=best, end=end)
    each = [_BY_KEY[spoken].format(label=words[v], key=k) for k, v in known.items() if v in words]
    said = ("，" if spoken == CHINESE else ", ").join(each) + end
    return f"{said[:1].upper()}{said[1:]}" + ("。" if spoken == CHINESE else ".")


def _joined(text: str, instruction: str, locale: str) -> str:
    spoken = language(locale)
    if text and text[-1] not in _ENDS:
        text += "。" if spoken == CHINESE else "."
    return text + ("" if spoken == CHINESE else " ") + instruction
