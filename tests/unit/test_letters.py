"""Every message that goes out, in every language and form, and what a letter must be like."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from channels import tint
from channels.model import Address, Channel, Person, Words
from channels.render import LOCALES, Brand, Render, Rendered
from huifang import catalogue
from huifang.paths import templates
from surveys.pagewording import offered

MESSAGES = templates() / "messages"
NAMES = sorted(each.name for each in MESSAGES.iterdir() if each.is_dir())
FORMS = {"sms.txt", "mail.subject.txt", "mail.txt", "mail.html", "part.html", "voice.txt"}
PERSON = Person(source="/tickets", id="C-1", name="O'Brien & <Söhne>")
MAILBOX = Address(channel=Channel.EMAIL, value="a@b.test", index=b"x")
LINK, STOP = "https://care.example.com/s/T0ken_-", "https://care.example.com/p/T0ken_-"
SCALE = (("5", "5 好"), ("4", "4"), ("3", "3"), ("2", "2"), ("1", "1 差"))
VOID = {"meta", "img", "br", "hr", "link", "input"}
#: What the templates of mails to staff are told; a name that is missing here is missing there.
STAFF = {
    "brand": "Demo & Co",
    "what": "It <b>stands</b> still",
    "source": "/tickets",
    "ticket": "T-1",
    "at": "2026-11-20T12:00:00+08:00",
    "many": "many",
    "link": LINK,
}

SHEET = {"title": "By <team>", "rows": [("NOC-2", "4.2")], "note": "too few elsewhere"}
REPORT = {
    "brand": "Demo & Co",
    "title": "Daily",
    "period": "2026-11-20",
    "tz": "Asia/Shanghai",
    "about": "NOC-2",
    "sheets": [{**SHEET, "head": ("team", "mean")}, {**SHEET, "head": ("", "")}],
    "link": LINK,
}


def render(brand: Brand | None = None) -> Render:
    return Render(templates=templates(), brand=brand or Brand(name="Demo & Co"))


def words(locale: str, **more: object) -> Words:
    given = {"link": LINK, "unsubscribe": STOP, "scale": SCALE, **more}
    return Words(text="sms", letter="How <was> it?\nTell us", locale=locale, **given)  # type: ignore[arg-type]


def letter(locale: str, brand: Brand | None = None, **more: object) -> Rendered:
    return render(brand).message(words(locale, **more), MAILBOX, PERSON)


class Tree(HTMLParser):
    """The tags of a letter with their attributes; an end without its beginning is a fault."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self.feed(markup)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", NAMES)
def test_every_message_is_there_in_every_language_in_the_same_forms(name: str, locale: str) -> None:
    forms = {each.name for each in (MESSAGES / name / locale).iterdir()}
    assert forms <= FORMS
    assert forms == {each.name for each in (MESSAGES / name / LOCALES[0]).iterdir()}
    assert {"mail.subject.txt", "mail.txt"} <= forms


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", NAMES)
def test_every_message_is_rendered_with_all_that_may_be_said_and_with_the_least(
    name: str, locale: str
) -> None:
    made: list[Rendered] = []
    if name == "invitation":
        made = [
            letter(locale),
            letter(locale, scale=(), unsubscribe=None),
            render().message(words(locale), MAILBOX, Person(source="s", id="i")),
        ]
    elif name == "answer":
        made = [letter(locale, link=None, unsubscribe=None, in_reply_to="<a@b>")]
    elif name in ("result", "callback"):
        made = [letter(locale, link=None, unsubscribe=None, form=name)]
    elif name == "report":
        bare = {**REPORT, "about": "", "sheets": ()}
        made = [render().letter(name, locale, each) for each in (REPORT, bare)]
    else:
        empty = dict.fromkeys(("source", "ticket", "many"))
        made = [render().letter(name, locale, each) for each in (STAFF, {**STAFF, **empty})]
    for each in made:
        assert each.text.strip()
        assert each.subject is not None
        assert each.subject.strip() == each.subject != ""
        assert "\n" not in each.subject
        for part in (each.text, each.subject, each.html or ""):
            assert not re.search(r"\{[{%]|%\}|\bNone\b|Undefined", part)
        assert each.text == re.sub(r"\n{4,}", "\n", each.text)
        if (MESSAGES / name / locale / "mail.html").is_file():
            assert each.html is not None
            Tree(each.html)


def test_a_name_that_nobody_gave_is_a_fault() -> None:
    with pytest.raises(UndefinedError):
        render().letter("answer", "en", {"brand": "Demo"})


def test_what_goes_out_by_sms_is_the_text_alone() -> None:
    phone = Address(channel=Channel.SMS, value="+447700900142", index=b"x")
    sent = render().message(words("en"), phone, PERSON)
    assert (sent.text, sent.html, sent.subject) == ("sms", None, None)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_letter_can_be_read_by_everybody(locale: str) -> None:
    made = letter(locale)
    assert made.html is not None
    tree = Tree(made.html)
    assert tree.all("html")[0]["lang"] == locale
    assert all(each["role"] == "presentation" for each in tree.all("table"))
    assert {"color-scheme", "viewport"} <= {each.get("name") for each in tree.all("meta")}
    assert "prefers-color-scheme:dark" in made.html
    assert not tree.all("script") + tree.all("form") + tree.all("link")
    assert "How &lt;was&gt; it?" in made.html
    assert "O&#39;Brien &amp; &lt;Söhne&gt;" in made.html


@pytest.mark.parametrize("locale", LOCALES)
def test_plain_text_and_html_offer_the_same(locale: str) -> None:
    made = letter(locale)
    links = [f"{LINK}?rating={value}" for value, _ in SCALE]
    hrefs = [each["href"] for each in Tree(made.html or "").all("a")]
    assert hrefs[:5] == links
    assert {LINK, STOP} <= set(hrefs)
    for wanted in (*links, LINK, STOP, "O'Brien & <Söhne>", "How <was> it?\nTell us", "5 好"):
        assert wanted in made.text


@pytest.mark.parametrize("locale", LOCALES)
def test_every_rating_of_every_shipped_survey_has_a_link_of_its_own(locale: str) -> None:
    for survey in catalogue.shipped().values():
        question = next(each for each in survey.questions.values() if each.headline)
        scale = offered(question, locale)
        made = letter(locale, scale=scale)
        hrefs = {each["href"] for each in Tree(made.html or "").all("a")}
        assert {f"{LINK}?rating={value}" for value, _ in scale} <= hrefs, survey.id
        assert len({said for _, said in scale}) == len(scale) > 1


def test_who_one_may_unsubscribe_from_says_so_to_the_mail_programme() -> None:
    headers = dict(letter("en").headers or {})
    assert headers["List-Unsubscribe"] == f"<{STOP}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (headers["Auto-Submitted"], headers["X-Auto-Response-Suppress"]) == (
        "auto-generated",
        "All",
    )


def test_an_answer_names_the_mail_that_it_answers() -> None:
    headers = dict(letter("en", link=None, in_reply_to="<1@b.test>").headers or {})
    assert headers["In-Reply-To"] == headers["References"] == "<1@b.test>"
    assert headers["Auto-Submitted"] == "auto-replied"


@pytest.mark.parametrize("colour", ["#0b5fff", "#fff", "#000000", "#ffe100", "#777"])
def test_a_brand_s_colour_can_be_read_wherever_it_is_put(colour: str) -> None:
    inks = {name: tint.read(ink[1:]) for name, ink in tint.inks(colour[1:]).items()}
    assert tint.contrast(inks["brand"], inks["on_brand"]) >= tint.LEAST
    assert tint.contrast(inks["day"], (255, 255, 255)) >= tint.LEAST
    assert tint.contrast(inks["night"], tint.read("161c26")) >= tint.LEAST
    made = letter("en", Brand(name="Demo", colour=colour), scale=())
    assert made.html is not None
    assert f"background-color:{tint.inks(colour[1:])['brand']}" in made.html


def test_the_fixed_colours_of_a_letter_can_be_read_by_day_and_at_night() -> None:
    for ink, ground in (
        *(("1b2430", "ffffff"), ("596575", "ffffff")),
        *(("e8edf4", "161c26"), ("a9b4c2", "161c26")),
    ):
        assert tint.contrast(tint.read(ink), tint.read(ground)) >= tint.LEAST
        assert f"#{ink}" in (MESSAGES / "letter.html").read_text()


def test_a_logo_has_its_words_and_is_fetched_securely_or_not_at_all() -> None:
    shown = letter("en", Brand(name="Demo", logo="https://demo.test/a.png"))
    (image,) = Tree(shown.html or "").all("img")
    assert (image["src"], image["alt"]) == ("https://demo.test/a.png", "Demo")
    for logo in ("http://demo.test/a.png", "/static/a.png", None):
        assert not Tree(letter("en", Brand(name="Demo", logo=logo)).html or "").all("img")


def test_a_letter_stays_below_what_mail_programmes_cut_off() -> None:
    whole = letter("zh-CN", scale=tuple((str(n), f"{n} 非常愿意") for n in range(11)))
    assert len((whole.html or "").encode()) < 102_400
    assert Path(MESSAGES / "parts.html").is_file()
