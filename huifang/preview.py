"""Shows every text of a survey as a customer will get it, and what it costs to send."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from channels.model import Address, Channel, Person, Words
from channels.render import LOCALES, Render
from channels.segments import count
from surveys.model import CHANNELS, Question, Survey
from surveys.pagewording import EMAIL, TEXTS, WEB, ask, offered
from surveys.phone import VOICE
from surveys.phone import question as on_phone
from surveys.questionnaire import fill
from surveys.remarks import END, SMS, Remark, remarks
from surveys.wording import again, leave

#: What stands for the facts of a real ticket.
SAMPLES: Mapping[str, Mapping[str, str]] = {
    "zh-CN": {"ticket": "T-1001", "agent": "王师傅", "product": "光纤宽带", "name": "李女士"},
    "en": {"ticket": "T-1001", "agent": "Sam", "product": "fibre broadband", "name": "Ms Lee"},
}
_NUMBERS = {"zh-CN": "+8613800138000", "en": "+12125550100"}
_LINK = "https://…/{}/…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One text; of an SMS how it travels, and its price where one is known.

    `question` is an id or `end`; `moment` is `ask`, `again` and `again_2` (the first and the
    second reply that nobody could read), `leave` (read in vain for the third time) or `end`.
    """

    question: str
    moment: str
    channel: str
    locale: str
    text: str
    subject: str | None = None
    encoding: str | None = None
    characters: int
    segments: int | None = None
    cost: Decimal | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The texts, and by locale the most segments that one customer's survey can take."""

    survey: str
    version: str
    pieces: tuple[Piece, ...]
    most_segments: Mapping[str, int]
    price: Decimal | None

    def as_json(self) -> dict[str, Any]:
        """As a JSON document; money is text, so that nothing is rounded."""
        return {
            "survey": self.survey,
            "version": self.version,
            "pieces": [
                {
                    **{name: getattr(piece, name) for name in Piece.__slots__},
                    "cost": None if piece.cost is None else str(piece.cost),
                }
                for piece in self.pieces
            ],
            "most_segments": dict(self.most_segments),
            "most_cost": {
                locale: str(self.price * most) for locale, most in self.most_segments.items()
            }
            if self.price is not None
            else None,
        }


def preview(
    survey: Survey,
    render: Render,
    *,
    channels: Sequence[str] = CHANNELS,
    locales: Sequence[str] = LOCALES,
    price: Decimal | None = None,
    link: str = _LINK.format("s"),
) -> Preview:
    """Every text of a survey on some channels and in some languages; `price` is of one segment.

    `link` stands for that to the survey's page, and is as long.
    """
    noted = remarks(survey, render.brand.name, render.brand.signature, link)
    sheet = _Sheet(survey=survey, render=render, price=price, noted=noted, link=link)
    texts: Mapping[str, Callable[[str], Iterator[Piece]]] = {
        "sms": sheet.by_sms,
        "email": sheet.by_mail,
        "web": sheet.on_the_page,
        "voice": sheet.by_voice,
    }
    return Preview(
        survey=survey.id,
        version=survey.version,
        pieces=tuple(
            piece for channel in channels for locale in locales for piece in texts[channel](locale)
        ),
        most_segments={each: sheet.most_segments(each) for each in locales if SMS in channels},
        price=price,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    survey: Survey
    render: Render
    price: Decimal | None
    noted: tuple[Remark, ...]
    link: str

    def by_sms(self, locale: str) -> Iterator[Piece]:
        """The dialogue by SMS, with what is said when a reply makes no sense."""
        for id_, question in self.survey.questions.items():
            yield self._sms(id_, "ask", locale, self._said(question, locale, SMS))
            yield self._sms(id_, "again", locale, again(question, locale))
            yield self._sms(id_, "again_2", locale, again(question, locale, 1))
        yield self._sms(END, "leave", locale, leave(locale, kept=False))
        yield self._sms(END, "end", locale, self._said(None, locale, SMS))

    def _sms(self, id_: str, moment: str, locale: str, said: str) -> Piece:
        text = self.render.signed(said, _NUMBERS[locale])
        size = count(text)
        return Piece(
            question=id_,
            moment=moment,
            channel=SMS,
            locale=locale,
            text=text,
            encoding=size.encoding,
            characters=size.units,
            segments=size.segments,
            cost=None if self.price is None else self.price * size.segments,
            warnings=tuple(
                each.advice
                for each in self.noted
                if (each.question, each.locale) == (id_, locale) and moment in ("ask", "end")
            ),
        )

    def by_mail(self, locale: str) -> Iterator[Piece]:
        """The letters: of the first question, and of those that have a wording for letters."""
        address = Address(channel=Channel.EMAIL, value="customer@example.com", index=b"")
        facts = self._facts(locale)
        for id_, question in self.survey.questions.items():
            if id_ != self.survey.start and EMAIL not in question.ask_by.get(locale, {}):
                continue
            said = Words(
                text=self._said(question, locale, EMAIL),
                letter=fill(ask(question, locale, EMAIL), facts),
                locale=locale,
                link=_LINK.format("s"),
                unsubscribe=_LINK.format("p"),
                scale=offered(question, locale) if question.headline else (),
            )
            person = Person(source="/tickets", id="C-1", name=facts["name"])
            letter = self.render.message(said, address, person)
            yield self._plain(id_, "ask", EMAIL, locale, letter.text.strip(), letter.subject)

    def on_the_page(self, locale: str) -> Iterator[Piece]:
        """The survey page, a question at a time, each with what can be chosen."""
        facts = self._facts(locale)
        for id_, question in self.survey.questions.items():
            asked = fill(ask(question, locale, WEB), facts)
            buttons = [f"  ( ) {words}" for _, words in offered(question, locale)]
            if question.optional:
                buttons.append(f"  [ {TEXTS[locale]['skip']} ]")
            yield self._plain(id_, "ask", WEB, locale, "\n".join([asked, *buttons]))
        yield self._plain(END, "end", WEB, locale, self._said(None, locale, WEB))

    def by_voice(self, locale: str) -> Iterator[Piece]:
        """What is spoken on the phone."""
        for id_, question in [*self.survey.questions.items(), (END, None)]:
            said = self._spoken(question, locale)
            yield self._plain(id_, "ask" if question else "end", VOICE, locale, said)

    def most_segments(self, locale: str) -> int:
        """The segments of the dearest way through the survey; no reply is misread on it."""
        sizes: dict[str, int] = {}

        def from_(id_: str) -> int:
            if id_ not in sizes:
                question = self.survey.questions.get(id_)
                own = self._sms(id_, "", locale, self._said(question, locale, SMS)).segments or 0
                steps = question.next if question else ()
                open_ended = question is not None and all(step.when for step in steps)
                ways = [from_(step.go) for step in steps] + ([from_(END)] if open_ended else [])
                sizes[id_] = own + max(ways, default=0)
            return sizes[id_]

        return from_(self.survey.start)

    def _facts(self, locale: str) -> dict[str, str]:
        return {"brand": self.render.brand.name, "link": self.link, **SAMPLES[locale]}

    def _said(self, question: Question | None, locale: str, channel: str) -> str:
        survey = self.survey
        text = question.asking(locale, channel) if question else survey.ending(locale, channel)
        return fill(text, self._facts(locale))

    def _spoken(self, asked: Question | None, locale: str) -> str:
        """With the keys to press, which whoever has no wording for the phone need not write."""
        if asked is None:
            return self._said(None, locale, VOICE)
        return on_phone(asked, locale, self._facts(locale)).text

    def _plain(
        self,
        id_: str,
        moment: str,
        channel: str,
        locale: str,
        text: str,
        subject: str | None = None,
    ) -> Piece:
        return Piece(
            question=id_,
            moment=moment,
            channel=channel,
            locale=locale,
            text=text,
            subject=subject,
            characters=len(text),
        )


def lines(found: Preview) -> Iterator[str]:
    """The preview as it is read at a terminal."""
    yield f"survey {found.survey}, version {found.version}"
    part = None
    for piece in found.pieces:
        if part != (piece.channel, piece.locale):
            part = (piece.channel, piece.locale)
            yield ""
            yield f"== {piece.channel}, {piece.locale} =="
        yield f"{piece.question} ({piece.moment}): {_measures(piece)}"
        if piece.subject is not None:
            yield f"    subject: {piece.subject}"
        yield from (f"    {line}".rstrip() for line in piece.text.splitlines())
        yield from (f"  ! {warning}" for warning in piece.warnings)
    if found.most_segments:
        yield ""
    for locale, most in found.most_segments.items():
        price = "" if found.price is None else f", {found.price * most}"
        yield f"the dearest way through, {locale}: {most} segments{price}"


def _measures(piece: Piece) -> str:
    if piece.segments is None:
        return f"{piece.characters} characters"
    plural = "" if piece.segments == 1 else "s"
    told = f"{piece.encoding}, {piece.characters} characters, {piece.segments} segment{plural}"
    return told if piece.cost is None else f"{told}, {piece.cost}"
