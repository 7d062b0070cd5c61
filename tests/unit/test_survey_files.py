"""The surveys that are shipped, the one in the handbook, and what a file may say of channels."""

import json
import re
from pathlib import Path

import pytest

from channels.segments import count
from huifang import catalogue
from surveys.model import CHANNELS, Question, QuestionKind, Survey
from surveys.pagewording import ask
from surveys.phrasing import MAY_BE_UNKNOWN, VARIABLES
from surveys.questionnaire import Loaded, definition, fill, from_definition, read
from surveys.remarks import remarks
from surveys.scores import score
from surveys.wording import again, labels
from tests.unit.test_questionnaire import GOOD, changed, faults, one, told

ROOT = Path(__file__).parents[2]
HANDBOOK = ROOT / "docs" / "how-to" / "write-a-survey.md"
BRAND, SIGNATURE = "示例电信", "【示例电信】"
SHIPPED = catalogue.shipped()
LOCALES = ("zh-CN", "en")

APART = GOOD.replace(
    '{zh-CN: "推荐吗{ticket}", en: "Recommend {brand}?"}',
    '{zh-CN: {text: 推荐吗, sms: "推荐吗？回复0到10", web: 请选择}, en: "Recommend us?"}',
)


def test_five_surveys_are_shipped_each_with_the_headline_its_name_says() -> None:
    assert {name: survey.headline.kind.value for name, survey in SHIPPED.items()} == {
        "csat": "csat5",
        "nps": "nps",
        "ces": "ces7",
        "repair": "csat5",
        "recovery": "csat5",
    }
    recovery = SHIPPED["recovery"]
    assert [(each.question, each.at_most) for each in recovery.low] == [(recovery.headline.id, 2)]


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_each_shipped_sms_is_one_segment_with_a_ticket_of_twenty_characters(name: str) -> None:
    survey, english = SHIPPED[name], "Example Telecom"
    for locale, opened, brand in (("zh-CN", SIGNATURE, BRAND), ("en", "", english)):
        facts = {"ticket": "T" * 20, "brand": brand}
        asked = [each.asking(locale, "sms") for each in survey.questions.values()]
        for text in [*asked, survey.ending(locale, "sms")]:
            assert count(opened + fill(text, facts)).segments == 1, text
        for each in survey.questions.values():
            for asked_before in (0, 1):
                said = opened + again(each, locale, asked_before)
                assert count(said).segments == 1, each.id


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_each_shipped_survey_says_once_how_to_stop_and_explains_every_key(name: str) -> None:
    survey = SHIPPED[name]
    for locale, way_out in (("zh-CN", "回T退订"), ("en", "Reply STOP to opt out")):
        naming = [
            each.id for each in survey.questions.values() if way_out in each.asking(locale, "sms")
        ]
        assert naming == [survey.start]
        for each in survey.questions.values():
            for channel in ("web", "email"):
                assert way_out not in ask(each, locale, channel)
            spoken = each.asking(locale, "voice")
            assert spoken != each.asking(locale, "sms")
            assert not re.search("回复|[Rr]eply", spoken), "nobody replies on the phone"
    assert remarks(survey, "Example Telecom", SIGNATURE) == ()


def test_who_is_content_with_a_visit_is_asked_about_all_of_it_and_for_no_comment() -> None:
    repair = SHIPPED["repair"]
    kinds = {id_: each.kind for id_, each in repair.questions.items()}
    assert list(kinds) == ["satisfaction", "resolved", "punctual", "polite", "clean", "comment"]
    assert repair.questions["clean"].next[-1].go == "end"
    assert kinds["punctual"] is QuestionKind.CHOICE, "only one question tells what is resolved"


def handbook() -> str:
    blocks = re.findall(r"```yaml\n(.*?)```", HANDBOOK.read_text("utf-8"), re.DOTALL)
    [example] = [block for block in blocks if block.startswith("id:")]
    return str(example)


def test_the_handbooks_example_is_a_survey_without_fault_that_nobody_would_remark_on() -> None:
    loaded = read({"install.yaml": handbook()}, SIGNATURE)
    assert loaded.faults == ()
    survey = loaded.surveys["install"]
    assert remarks(survey, BRAND, SIGNATURE) == ()
    kinds = {each.kind.value for each in survey.questions.values()}
    assert kinds == {"csat5", "choice", "resolved", "comment"}
    assert score(survey, {"satisfaction": 4}) == (80.0, 4)


def test_the_handbook_names_every_kind_variable_and_channel_and_no_other_survey() -> None:
    text = HANDBOOK.read_text("utf-8")
    for kind in QuestionKind:
        assert f"| `{kind.value}` |" in text
    assert set(re.findall(r"^\| `\{(\w+)[^`]*\}` \|", text, re.MULTILINE)) == set(VARIABLES)
    assert set(re.findall(r"^\| `\{(\w+)\\\|[^`]*\}` \|", text, re.MULTILINE)) == MAY_BE_UNKNOWN
    for word in (*(f"`{channel}`" for channel in CHANNELS), *(f"`{name}`" for name in SHIPPED)):
        assert word in text


def test_a_channel_has_its_own_words_and_the_others_the_general_ones() -> None:
    survey = one(APART)
    first = survey.questions["first"]
    assert [first.asking("zh-CN", each) for each in CHANNELS] == [
        "推荐吗？回复0到10",
        "请选择",
        "推荐吗",
        "推荐吗",
    ]
    assert {first.asking("en", each) for each in CHANNELS} == {"Recommend us?"}
    assert first.asking("fr", "web") == "请选择", "a language we lack is the first we have"
    assert ask(first, "zh-CN") == "请选择"
    assert survey.ending("zh-CN", "voice") == "谢谢"
    ended = one(changed("en: Thanks", "en: {text: Thanks, voice: Goodbye}"))
    assert (ended.ending("en", "voice"), ended.ending("en", "sms")) == ("Goodbye", "Thanks")


def test_a_page_frees_the_general_text_of_keys_and_leaves_its_own_as_it_is() -> None:
    text = changed(
        'zh-CN: "推荐吗{ticket}"', "zh-CN: {text: '推荐吗，请回复0到10', email: 请回复0到10}"
    )
    first = one(text).questions["first"]
    assert ask(first, "zh-CN") == "推荐吗"
    assert ask(first, "zh-CN", "email") == "请回复0到10"


def test_versions_made_before_a_file_could_say_more_are_what_they_were() -> None:
    assert one(GOOD).version == "5297c75dd7898396"
    plain = changed("en: Thanks", "en: {text: Thanks}")
    assert one(plain).version == "5297c75dd7898396", "a general text alone is a general text"
    versions = {one(text).version for text in (GOOD, APART, LABELLED)}
    versions |= {one(APART.replace("请选择", "请您选择")).version}
    versions |= {one(LABELLED.replace("Certainly", "Surely")).version}
    assert len(versions) == 5, "each word of a channel or a label belongs to the content"


LABELLED = changed(
    "    headline: true",
    "    headline: true\n    labels:\n"
    "      zh-CN: {0: 绝不, 10: 一定}\n      en: {0: Never, 10: Certainly}",
)


def test_what_a_survey_says_of_channels_and_labels_comes_back_from_its_definition() -> None:
    for text in (APART, LABELLED, handbook()):
        survey = next(iter(read({"a.yaml": text}).surveys.values()))
        data = json.loads(json.dumps(definition(survey)))
        assert from_definition(survey.id, survey.version, data) == survey


def test_labels_are_on_the_page_and_in_what_we_ask_again() -> None:
    first = one(LABELLED).questions["first"]
    assert labels(first, "zh-CN") == {"0": "绝不", "10": "一定"}
    assert "0 (Never) to 10 (Certainly)" in again(first, "en")
    working = read({"a.yaml": handbook()}).surveys["install"].questions["working"]
    assert labels(working, "en") == {"yes": "It works", "no": "It does not"}
    assert again(working, "zh-CN").endswith("1 正常 2 不正常")


FAULTS: list[tuple[str, str, str, int, tuple[str, ...]]] = [
    (APART, "sms:", "fax:", 8, ("first.ask.zh-CN.fax", "no such key")),
    (APART, "{text: 推荐吗, ", "{", 8, ("first.ask.zh-CN.text", "is missing")),
    (APART, "web: 请选择", "web: ' '", 8, ("ask.zh-CN.web",)),
    (APART, '"Recommend us?"', "[Recommend]", 8, ("ask.en", "sms")),
    (APART, "web: 请选择", "web: '{shop}'", 8, ("ask.zh-CN.web", "{shop}")),
    (LABELLED, "10: 一定", "11: 一定", 9, ("labels.zh-CN.11", "no answer")),
    (LABELLED, "10: 一定", "9: 一定", 9, ("labels.zh-CN", "needs a label for 10")),
    (LABELLED, "{0: Never, 10: Certainly}", "{0: Never}", 10, ("labels.en", "10")),
    (LABELLED, "\n      en: {0: Never, 10: Certainly}", "", 8, ("labels.en", "is missing")),
    (LABELLED, "10: Certainly", "10: '{brand}'", 10, ("labels.en.10", "no variable")),
    (GOOD, "kind: choice", "kind: choice\n    labels: {zh-CN: {}, en: {}}", 14, ("no labels",)),
    (GOOD, "en: Care", "en: 'Care {brand}'", 2, ("title.en", "no variable")),
    (GOOD, "en: Speed", "en: 'Speed {'", 16, ("label.en", "no variable")),
    (GOOD, "{brand}", "{agent}", 8, ("ask.en", "{agent} may be unknown", "{agent|")),
    (GOOD, "{brand}", "{name| }", 8, ("ask.en", "hole")),
    (GOOD, "{brand}", "{brand", 8, ("ask.en", "brace")),
    (GOOD, "{brand}", "{shop|us}", 8, ("ask.en", "{shop}")),
]


@pytest.mark.parametrize(
    ("text", "old", "new", "line", "words"), FAULTS, ids=[each[2] or each[1] for each in FAULTS]
)
def test_each_new_fault_is_told_with_its_line(
    text: str, old: str, new: str, line: int, words: tuple[str, ...]
) -> None:
    assert text.count(old) == 1
    assert told(text.replace(old, new), line, *words), faults(text.replace(old, new))


def test_an_option_without_score_cannot_be_the_headlines() -> None:
    text = changed("    headline: true\n", "").replace(
        "    kind: choice", "    kind: choice\n    headline: true"
    )
    assert told(text, 17, "questions.why.options.1", "needs a score")
    assert faults(text.replace("en: Price}}", "en: Price}, score: 0}")) == ()


def test_a_test_of_what_is_asked_later_can_never_pass() -> None:
    text = changed("{at_most: 6}, go", "{question: why, is: speed}, go")
    assert told(text, 10, "'why' is never answered before 'first'")
    earlier = changed(
        "    next: [{go: end}]", "    next: [{when: {question: first, at_most: 3}, go: end}]"
    )
    assert faults(earlier) == ()


def test_a_chinese_sms_is_counted_with_its_signature_and_a_foreign_one_without() -> None:
    full = changed("推荐吗{ticket}", "啊" * (3 * 67))
    assert read({"care.yaml": full}).faults == ()
    [fault] = read({"care.yaml": full}, SIGNATURE).faults
    assert "ask.zh-CN: 4 SMS segments in UCS-2" in fault
    english = changed("{brand}", "x" * (3 * 153 - len("Recommend ?")))
    assert read({"care.yaml": english}, SIGNATURE).faults == ()


def test_a_long_text_for_the_page_is_no_fault_when_the_sms_has_its_own() -> None:
    long = "啊" * 300
    assert told(changed("推荐吗{ticket}", long), 8, "ask.zh-CN", "SMS segments")
    apart = APART.replace("text: 推荐吗,", f"text: {long},")
    assert faults(apart) == ()
    assert told(APART.replace("推荐吗？回复0到10", long), 8, "ask.zh-CN.sms", "SMS segments")


def test_a_link_stands_in_a_text_message_alone_and_counts_as_long_as_it_is() -> None:
    linked = APART.replace("推荐吗？回复0到10", "推荐吗？回复0到10或点开 {link} ")
    assert told(changed("{brand}", "{link}"), 8, "ask.en", "{link} stands in an SMS alone")
    assert told(APART.replace("text: 推荐吗,", "text: '{link}',"), 8, "{link} stands in an SMS")
    assert faults(linked) == ()
    room = 3 * 67 - len("推荐吗？回复0到10或点开  ") - len(SIGNATURE)
    for length, fits in ((room, True), (room + 1, False)):
        loaded = read({"care.yaml": linked}, SIGNATURE, "https://example.com/".ljust(length, "x"))
        assert (loaded.faults == ()) is fits


def test_labels_too_long_to_be_asked_again_are_a_fault() -> None:
    text = changed("zh-CN: 资费", "zh-CN: " + "资" * 200)
    assert told(text, 15, "why.options", "asked again in zh-CN", "4 SMS segments")


@pytest.mark.parametrize(
    ("text", "facts", "said"),
    [
        ("{agent|工程师}为您", {"agent": ""}, "工程师为您"),
        ("{agent|工程师}为您", {}, "工程师为您"),
        ("{agent|工程师}为您", {"agent": "王工"}, "王工为您"),
        ("{ticket|-}", {"ticket": "{name|x}"}, "{name|x}"),
    ],
)
def test_no_variable_leaves_a_hole(text: str, facts: dict[str, str], said: str) -> None:
    assert fill(text, facts) == said


def test_an_operators_survey_replaces_the_shipped_one_of_its_id_and_leaves_the_others() -> None:
    own = {"surveys/mine.yaml": GOOD.replace("id: care", "id: nps")}
    found, wrong = catalogue.load(own)
    assert wrong == []
    assert found["nps"].title["en"] == "Care"
    assert {name: found[name] for name in found if name != "nps"} == {
        name: SHIPPED[name] for name in SHIPPED if name != "nps"
    }


def test_a_survey_of_any_headline_but_a_comment_is_taken() -> None:
    for kind, lowest in (("csat5", 1), ("nps", 0), ("ces7", 1)):
        loaded: Loaded = read(
            {
                "a.yaml": GOOD.replace("kind: nps", f"kind: {kind}").replace(
                    "at_most: 6", "at_most: 2"
                )
            }
        )
        survey: Survey = loaded.surveys["care"]
        question: Question = survey.headline
        assert (question.kind.value, score(survey, {"first": lowest})[1]) == (kind, lowest)
