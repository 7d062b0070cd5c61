"""What a manager is shown of a survey, what it would cost, and what is advised."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from channels.render import Brand, Render
from channels.segments import count
from huifang import catalogue, configuration, settings
from huifang import rules as rulebook
from huifang.__main__ import main
from huifang.configuration import written
from huifang.paths import templates
from huifang.preview import Piece, Preview, lines, preview
from surveys.model import Survey
from surveys.questionnaire import read
from surveys.remarks import remarks, stand_in
from surveys.tokens import sample
from tests.unit.test_questionnaire import GOOD

SHIPPED = catalogue.shipped()
RENDER = Render(templates=templates(), brand=Brand())


def shown(survey: Survey, price: str | None = None) -> Preview:
    return preview(survey, RENDER, price=None if price is None else Decimal(price))


def piece(found: Preview, question: str, moment: str, channel: str, locale: str) -> Piece:
    wanted = (question, moment, channel, locale)
    [only] = [
        each
        for each in found.pieces
        if (each.question, each.moment, each.channel, each.locale) == wanted
    ]
    return only


def surveying(english: str) -> Survey:
    """A survey whose first English SMS is this."""
    text = GOOD.replace('en: "Recommend {brand}?"', f"en: {json.dumps(english)}")
    return read({"care.yaml": text}).surveys["care"]


def advice(english: str, brand: str = "Example", signature: str = "【示例电信】") -> list[str]:
    return [
        each.advice
        for each in remarks(surveying(english), brand, signature)
        if (each.question, each.locale) == ("first", "en")
    ]


def test_each_channel_and_language_is_shown_and_an_sms_as_it_will_be_sent_and_billed() -> None:
    found = shown(SHIPPED["csat"], "0.045")
    first = piece(found, "satisfaction", "ask", "sms", "zh-CN")
    assert first.text.startswith("【示例电信】工单T-1001已处理")
    assert (first.encoding, first.segments, first.cost) == ("UCS-2", 1, Decimal("0.045"))
    assert first.characters == count(first.text).units
    english = piece(found, "satisfaction", "ask", "sms", "en")
    assert english.text.startswith("Ticket T-1001")
    assert english.encoding == "GSM-7"
    mail = piece(found, "satisfaction", "ask", "email", "en")
    assert mail.subject == "How did 示例电信 do?"
    assert "Dear Ms Lee" in mail.text
    assert "STOP" not in mail.text
    page = piece(found, "satisfaction", "ask", "web", "zh-CN")
    assert "( ) 5 非常满意" in page.text
    assert mail.segments is page.segments is None
    assert piece(found, "resolved", "ask", "web", "zh-CN").text.endswith("( ) 已解决\n  ( ) 未解决")
    assert "请按5" in piece(found, "satisfaction", "ask", "voice", "zh-CN").text
    assert not any("{" in each.text for each in found.pieces)


def test_what_is_spoken_has_its_keys_where_the_phone_has_no_wording_of_its_own() -> None:
    found = shown(read({"a.yaml": GOOD}).surveys["care"])
    headline = next(iter(read({"a.yaml": GOOD}).surveys["care"].questions))
    said = piece(found, headline, "ask", "voice", "zh-CN").text
    assert "按" in said
    assert "回T退订" not in said


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_every_text_of_every_shipped_survey_is_shown_once(name: str) -> None:
    survey = SHIPPED[name]
    found = shown(survey)
    keys = [(each.question, each.moment, each.channel, each.locale) for each in found.pieces]
    assert len(set(keys)) == len(keys)
    for locale in ("zh-CN", "en"):
        for question in survey.questions:
            for channel in ("sms", "web", "voice"):
                assert (question, "ask", channel, locale) in keys
            assert (question, "again", "sms", locale) in keys
    assert json.loads(json.dumps(found.as_json()))["most_cost"] is None


def test_a_link_is_shown_and_paid_for_as_long_as_it_is() -> None:
    words = "{text: \"Recommend us?\", sms: 'Recommend us? 0 to 10, or open {link} STOP ends'}"
    survey = read({"a.yaml": GOOD.replace('"Recommend {brand}?"', words)}).surveys["care"]
    sizes = []
    for address in ("https://a.example", "https://" + "a" * 120 + ".example"):
        link = sample(address)
        found = preview(survey, RENDER, link=link)
        said = piece(found, "first", "ask", "sms", "en")
        assert link in said.text
        sizes.append(said.segments)
    assert sizes == [1, 2]


def test_the_dearest_way_is_counted_over_the_branches() -> None:
    # Two segments for the reason, which only who is discontent is asked for.
    text = GOOD.replace("{zh-CN: 原因, en: Reason}", f"{{zh-CN: {'因' * 71}, en: Reason}}")
    found = shown(read({"a.yaml": text}).surveys["care"], "2")
    assert dict(found.most_segments) == {"zh-CN": 4, "en": 3}
    assert found.as_json()["most_cost"] == {"zh-CN": "8", "en": "6"}
    assert "the dearest way through, zh-CN: 4 segments, 8" in list(lines(found))


@pytest.mark.parametrize(
    ("english", "words"),
    [
        ("Don’t you like us? 0 no, 10 yes. STOP ends", ("’ (right single quotation", "write ' ")),
        ("Like us – or not? 0 no, 10 yes. STOP ends", ("– (en dash)", "write - in its place")),
        ("Like us\u00a0now? 0 no, 10 yes. STOP ends", ("the no-break space", "plain space")),
        ("Like our façade? 0 no, 10 yes. STOP ends", ("ç (", "write c in its place")),
        ("Like us？ 0 no, 10 yes. STOP ends", ("？ (fullwidth", "write ? in its place")),
        ("Like us ☺? 0 no, 10 yes. STOP ends", ("☺", "leave it out")),
        ("Like us\u200b? 0 no, 10 yes. STOP ends", ("zero width space", "take it out")),
    ],
)
def test_a_single_character_that_makes_an_sms_dear_is_named_with_another(
    english: str, words: tuple[str, ...]
) -> None:
    [said] = advice(english)
    for word in (*words, "UCS-2, 1 segment"):
        assert word in said


def test_plain_english_and_chinese_are_not_remarked_on() -> None:
    assert advice("Do you like us? 0 no, 10 yes. Reply STOP to opt out") == []
    chinese = GOOD.replace("推荐吗{ticket}", "“推荐”吗？0不10是。回T退订")
    survey = read({"care.yaml": chinese}).surveys["care"]
    assert not [
        each
        for each in remarks(survey, "示例", "【示例电信】")
        if (each.question, each.locale) == ("first", "zh-CN")
    ]


def test_a_brand_that_makes_an_english_sms_dear_is_told_apart_from_its_text() -> None:
    [said] = advice("Do you like {brand}? 0 no, 10 yes. STOP ends " + "x" * 60, brand="示例电信")
    assert "the brand 示例电信 makes this UCS-2, 2 segments; without it GSM-7, 1 segment" in said


@pytest.mark.parametrize(("spare", "longest"), [(6, 7), (10, 11), (19, 20), (20, None)])
def test_a_text_that_a_long_ticket_pushes_over_a_border_is_told(
    spare: int, longest: int | None
) -> None:
    text = "0 10 STOP {ticket}"
    said = advice(text + "x" * (160 - spare - len("0 10 STOP ")))
    told = [f"1 SMS segments, 2 once the ticket's number has {longest} characters"]
    assert said == (told if longest else [])


@pytest.mark.parametrize(
    ("english", "words"),
    [
        ("Do you like us? STOP ends", "does not say what a reply of 0, 10 means"),
        ("Do you like us? 10 yes. STOP ends", "does not say what a reply of 0 means"),
        ("0 or 10? Or reply YES. STOP ends", "asks for YES, which the carrier takes for itself"),
        ("Do you like us? 0 no, 10 yes", "does not say how to stop"),
        ("0 no, 10 yes. STOP ends" + "x" * 250, "to a number of +86 it is signed: UCS-2, 5"),
    ],
)
def test_what_a_customer_could_not_know_or_an_operator_would_pay_is_told(
    english: str, words: str
) -> None:
    assert any(words in said for said in advice(english)), advice(english)


def test_answers_that_nobody_can_tell_apart_or_text_and_a_score_left_out_are_told() -> None:
    text = (
        GOOD.replace("资费", " 网速")
        .replace("en: Price", "en: Cancel")
        .replace("headline: true", "headline: true, optional: true")
    )
    text = text.replace("    headline: true, ", "    headline: true\n    ")
    said = [str(each) for each in remarks(read({"care.yaml": text}).surveys["care"], "", "")]
    assert [each for each in said if "more than one answer" in each] == [
        "survey care, why, zh-CN, sms: has '网速' for more than one answer"
    ]
    assert any("why, en, sms: has 'cancel' for an answer" in each for each in said)
    assert any("first, en, sms: is the headline and may be passed over" in each for each in said)


def test_every_stand_in_travels_cheaply() -> None:
    for char in map(chr, range(0x20, 0x3000)):
        instead = stand_in(char)
        assert instead is None or count(instead).encoding == "GSM-7"


def configured(tmp_path: Path, text: str, rules: str = "") -> dict[str, str]:
    (tmp_path / "surveys").mkdir()
    (tmp_path / "surveys" / "care.yaml").write_text(text, "utf-8")
    (tmp_path / "huifang.yaml").write_text(rules, "utf-8")
    return {"HUIFANG_CONFIG": str(tmp_path)}


def test_check_advises_on_settings_that_are_no_fault_and_hardly_meant(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environ = {
        "HUIFANG_SECRET_KEY": f"{'s' * 32},abc",
        "HUIFANG_DATA_KEY": "A" * 43 + "=",
        "HUIFANG_EXPORTS": str(tmp_path / "file" / "exports"),
    }
    said = configuration.advice(environ, settings.load(environ))
    assert [each.partition(":")[0] for each in said] == [
        "HUIFANG_SECRET_KEY",
        "HUIFANG_EXPORTS",
        "nobody can be asked",
    ]
    relay = {"HUIFANG_SMTP_URL": "smtp://127.0.0.1", "HUIFANG_MAIL_FROM": "care@example.com"}
    meant = {**environ, **relay, "HUIFANG_SECRET_KEY": "s" * 32, "HUIFANG_EXPORTS": str(tmp_path)}
    assert configuration.advice(meant, settings.load(meant)) == []


def test_check_advises_on_what_is_sent_and_on_ones_own_surveys_alone(tmp_path: Path) -> None:
    found = written(configured(tmp_path, GOOD))
    assert found.faults == ()
    assert {each.split(",")[0] for each in found.remarks()} == {"survey care"}
    assert written({}).remarks() == []
    rules = "programs: [{id: p, survey: nps}]"
    (tmp_path / "huifang.yaml").write_text(rules, "utf-8")
    sent = written({"HUIFANG_CONFIG": str(tmp_path)}).remarks()
    assert any(each.startswith("survey nps, recommend, en, sms: the brand") for each in sent)


def test_a_survey_that_complaints_name_must_be_there(tmp_path: Path) -> None:
    rules = "complaints: {recovery_survey: gone}\nprograms: [{id: p, survey: lost}]\n"
    found = written(configured(tmp_path, GOOD, rules))
    assert [fault.split("'")[1] for fault in found.faults] == ["gone", "lost"]


def test_faults_of_a_survey_count_the_operators_own_signature(tmp_path: Path) -> None:
    text = GOOD.replace("推荐吗{ticket}", "啊" * 190)
    assert written(configured(tmp_path, text)).faults == ()
    (tmp_path / "huifang.yaml").write_text(
        "brand: {signature: 【很长很长很长很长的示例电信】}", "utf-8"
    )
    [fault] = written({"HUIFANG_CONFIG": str(tmp_path)}).faults
    assert fault.startswith("surveys/care.yaml:8: questions.first.ask.zh-CN: 4 SMS segments")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUIFANG_CONFIG", configured(tmp_path, GOOD)["HUIFANG_CONFIG"])
    return tmp_path


def test_the_command_shows_what_is_asked_for_and_nothing_else(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["preview", "care", "--channel", "sms", "--locale", "en", "--price", "0.05"]) == 0
    said = capsys.readouterr().out
    assert "== sms, en ==" in said
    assert said.count("==") == 2
    assert "first (ask): UCS-2, 15 characters, 1 segment, 0.05" in said
    assert "  ! does not say what a reply of 0, 10 means" in said
    assert main(["preview", "care", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {each["channel"] for each in found["pieces"]} == {"sms", "email", "web", "voice"}
    assert (found["survey"], found["version"]) == ("care", "5297c75dd7898396")


def test_the_command_reads_a_draft_and_names_its_faults(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = folder / "draft.yaml"
    draft.write_text(GOOD.replace("id: care", "id: draft"), "utf-8")
    assert main(["preview", str(draft)]) == 0
    assert "survey draft, version" in capsys.readouterr().out
    draft.write_text(GOOD.replace("kind: nps", "kind: stars"), "utf-8")
    assert main(["preview", str(draft)]) == 1
    assert f"{draft}:6: questions.first.kind" in capsys.readouterr().err
    for unknown in ("nobody", str(folder / "none.yaml")):
        assert main(["preview", unknown]) == 1
    err = capsys.readouterr().err
    assert "there is no survey 'nobody'; there are care, ces, csat" in err
    assert "none.yaml: cannot be read" in err


def test_no_survey_is_shown_while_a_file_has_a_fault(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "surveys" / "care.yaml").write_text("id: csat\n", "utf-8")
    assert main(["preview", "csat"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "surveys/care.yaml:1: " in said.err


@pytest.mark.parametrize(
    ("given", "sender", "said"),
    [
        ("", "", []),
        ("policy: {window: {from: '10:00', until: '18:00'}}", "", ["window Asia/Shanghai"]),
        (
            "policy: {channels: {voice: {from: '10:00', until: '17:00'}}}",
            "",
            ["channels.voice Asia/Shanghai"],
        ),
        ("centre: {timezone: Pacific/Auckland}", "", ["window Pacific/Auckland"]),
        ("policy: {default_timezone: Europe/Berlin}", "", []),
        ("policy: {default_timezone: Europe/Berlin}", "+6493001234", ["window Pacific/Auckland"]),
        ("policy: {default_timezone: Europe/Berlin}", "Example", []),
    ],
)
def test_check_tells_of_windows_that_silence_whom_a_system_says_to_live_by_utc(
    given: str, sender: str, said: list[str]
) -> None:
    account = {"ACCOUNT_SID": f"AC{'0' * 32}", "AUTH_TOKEN": "x" * 32, "FROM": sender}
    environ = {f"HUIFANG_TWILIO_{name}": value for name, value in account.items() if sender}
    found, _ = settings.read(environ)
    now = datetime(2026, 11, 20, tzinfo=UTC)
    told = configuration.silenced(rulebook.read(given, {}), found, now)
    places = [each.partition(" in common to ")[2].partition(" and UTC")[0] for each in told]
    windows = [each.partition(":")[0].removeprefix("policy.") for each in told]
    assert [f"{name} {place}" for name, place in zip(windows, places, strict=True)] == said
