"""How survey files are read, refused with every fault at once, and named by their content."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from channels.segments import count
from surveys.model import SCALES, Condition, QuestionKind, Step, Survey
from surveys.questionnaire import Loaded, definition, fill, from_definition, read

SHIPPED = Path(__file__).parents[2] / "templates" / "surveys" / "csat.yaml"

GOOD = """\
id: care
title: {zh-CN: 关怀, en: Care}
start: first
questions:
  first:
    kind: nps
    headline: true
    ask: {zh-CN: "推荐吗{ticket}", en: "Recommend {brand}?"}
    next:
      - {when: {at_most: 6}, go: why}
      - {go: end}
  why:
    kind: choice
    ask: {zh-CN: 原因, en: Reason}
    options:
      - {id: speed, label: {zh-CN: 网速, en: Speed}, score: 20}
      - {id: price, label: {zh-CN: 资费, en: Price}}
    next: [{go: end}]
end: {zh-CN: 谢谢, en: Thanks}
low: {any: [{question: first, at_most: 6}, {question: why, in: [speed]}]}
"""


def faults(text: str) -> tuple[str, ...]:
    loaded = read({"care.yaml": text})
    assert not (loaded.faults and loaded.surveys), "a survey with a fault is left out"
    return loaded.faults


def one(text: str) -> Survey:
    loaded = read({"care.yaml": text})
    assert loaded.faults == ()
    return loaded.surveys["care"]


def told(text: str, line: int, *words: str) -> bool:
    """Whether a fault at the line has all of the words."""
    return any(
        fault.startswith(f"care.yaml:{line}: ") and all(word in fault for word in words)
        for fault in faults(text)
    )


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


def test_a_good_survey_is_read_with_all_it_says() -> None:
    survey = one(GOOD)
    assert (survey.id, survey.start, survey.headline.id) == ("care", "first", "first")
    assert survey.title == {"zh-CN": "关怀", "en": "Care"}
    first, why = survey.questions["first"], survey.questions["why"]
    assert first.kind is QuestionKind.NPS
    assert first.next == (
        Step(go="why", when=Condition(question="first", at_most=6)),
        Step(go="end"),
    )
    assert [(each.id, each.score) for each in why.options] == [("speed", 20), ("price", None)]
    assert survey.low[1] == Condition(question="why", in_=("speed",))


def test_a_low_list_may_be_empty() -> None:
    assert one(GOOD[: GOOD.index("low:")] + "low: {any: []}\n").low == ()


def test_the_version_follows_the_content_and_nothing_else() -> None:
    version = one(GOOD).version
    assert len(version) == 16
    assert int(version, 16) >= 0
    assert one("# a remark\n" + GOOD).version == version
    assert one(changed("headline: true", "headline: true\n    optional: false")).version == version
    assert one(changed("at_most: 6}, go", "question: first, at_most: 6}, go")).version == version
    assert one(changed("en: Thanks", "en: Thank you")).version != version
    assert one(changed("{at_most: 6}, go", "{at_most: 5}, go")).version != version
    assert one(changed("score: 20", "score: 21")).version != version


def test_a_survey_comes_back_from_its_definition() -> None:
    survey = one(GOOD)
    data = json.loads(json.dumps(definition(survey)))
    assert from_definition("care", survey.version, data) == survey


def test_all_faults_of_all_files_are_told_in_one_run() -> None:
    bad = changed("kind: nps", "kind: stars").replace("en: Thanks", "fr: Merci")
    bad = bad.replace("{brand}", "{operator}").replace("start: first", "start: second")
    loaded = read({"a.yaml": bad, "b.yaml": "id: [", "c.yaml": GOOD})
    assert list(loaded.surveys) == []
    text = "\n".join(loaded.faults)
    for where in ("a.yaml:3: start", "a.yaml:6: questions.first.kind", "a.yaml:8: questions.first"):
        assert where in text
    assert "a.yaml:19: end.en: is missing" in text
    assert "a.yaml:19: end.fr: there is no such key; there are en, zh-CN" in text
    assert "b.yaml:" in text
    assert "c.yaml:1: id: 'care' is already taken by a.yaml" in text


def test_a_good_file_is_loaded_beside_a_bad_one() -> None:
    loaded = read({"a.yaml": GOOD, "b.yaml": "nonsense"})
    assert list(loaded.surveys) == ["care"]
    assert len(loaded.faults) == 1
    assert loaded.faults[0].startswith("b.yaml:1: ")


FAULTS: list[tuple[str, str, int, tuple[str, ...]]] = [
    ("id: care", "id: care\ncolour: red", 2, ("colour", "no such key")),
    ("    headline: true", "    headline: true\n    hint: x", 8, ("first.hint", "no such key")),
    ("{at_most: 6}, go", "{atmost: 6}, go", 10, ("atmost", "no such key")),
    ("{at_most: 6}, go", "{at_most: 6, is: 1}, go", 10, ("exactly one",)),
    ("{at_most: 6}, go", "{at_most: '6'}, go", 10, ("at_most", "a whole number")),
    ("{at_most: 6}, go", "{at_most: true}, go", 10, ("at_most", "a whole number")),
    ("{at_most: 6}, go", "{at_most: 11}, go", 10, ("11", "no rating")),
    ("{at_most: 6}, go", "{is: false}, go", 10, ("never an answer",)),
    ("{at_most: 6}, go", "{question: who, at_most: 6}, go", 10, ("no question 'who'",)),
    ("in: [speed]", "in: [speed, staff]", 20, ("'staff'", "never an answer")),
    ("in: [speed]", "at_most: 3", 20, ("no rating",)),
    ("{question: why, ", "{question: what, ", 20, ("no question 'what'",)),
    ("{question: why, ", "{", 20, ("question", "is missing")),
    ("go: why", "go: nowhere", 10, ("no question 'nowhere'",)),
    ("go: why", "go: nowhere", 12, ("unreachable",)),
    ("start: first", "start: why", 5, ("unreachable",)),
    ("    next: [{go: end}]", "    next: [{go: first}]", 5, ("loop", "first, why")),
    ("    next: [{go: end}]", "    next: [{go: why}]", 12, ("loop", "why")),
    ("    next: [{go: end}]", "    next: [{go: end}, {go: first}]", 18, ("never taken",)),
    (
        "      - {when: {at_most: 6}, go: why}\n      - {go: end}",
        "      - {go: end}\n      - {go: why}",
        12,
        ("unreachable",),
    ),
    ("    headline: true\n", "", 4, ("headline",)),
    ("    kind: choice", "    kind: choice\n    headline: true", 14, ("already the headline",)),
    ("kind: nps", "kind: comment", 7, ("comment", "headline")),
    ("kind: choice", "kind: csat5", 15, ("only a choice",)),
    ("id: price", "id: speed", 17, ("twice",)),
    ("      - {id: price, label: {zh-CN: 资费, en: Price}}\n", "", 12, ("needs options",)),
    ("score: 20", "score: 101", 16, ("score",)),
    ("zh-CN: 原因, ", "", 14, ("zh-CN", "is missing")),
    ("en: Speed", "en: ' '", 16, ("label.en",)),
    (", en: Care", "", 2, ("title.en", "is missing")),
    ("{brand}", "{Brand}", 8, ("ask.en", "{Brand}")),
    ("{brand}", "{}", 8, ("ask.en",)),
    ("kind: nps", "kind: nps\n    kind: nps", 7, ("'kind'", "twice")),
    ("  why:", "  first:", 12, ("'first'", "twice")),
    ("  why:", "  end:", 12, ("questions.end", "never 'end'")),
    ("  why:", "  7:", 12, ("questions.7", "starts with a letter")),
    ("  why:", "  1.5:", 12, ("quotes",)),
    ("kind: nps", "kind: &a nps", 6, ()),
    ("id: care", "id: no", 1, ("id", "must be text")),
    ("id: care", "id: c/r", 1, ("id",)),
    ("headline: true", "headline: 'true'", 7, ("must be true or false",)),
    ("score: 20", "score: '20'", 16, ("score", "a whole number")),
    ("en: Speed", "en: No", 16, ("label.en", "must be text; put it in quotes")),
    ("go: why", "go: wy", 10, ("no question 'wy'", "did you mean why?")),
    ("in: [speed]", "in: [Speed]", 20, ("'Speed' is never an answer", "there are speed, price")),
    (
        "{at_most: 6}, go",
        "{is: '6'}, go",
        10,
        ("'6' is never an answer", "0 to 10, without quotes"),
    ),
    ("{brand}", "{brnd}", 8, ("no variable {brnd}", "did you mean brand?")),
    ("{ticket}", "｛ ticket ｝", 8, ("ask.zh-CN", "write {ticket}")),
    ("    next: [{go: end}]", "    next: end", 18, ("must be a list: [{go: end}]",)),
    ("{any: [{question: first, at_most: 6}, {question: why, in: [speed]}]}", "[]", 20, ("of any",)),
]


@pytest.mark.parametrize(("old", "new", "line", "words"), FAULTS)
def test_each_fault_is_told_with_its_line(
    old: str, new: str, line: int, words: tuple[str, ...]
) -> None:
    if not words:
        assert faults(changed(old, new)) == (), "an anchor that nothing refers to does no harm"
    else:
        assert told(changed(old, new), line, *words), faults(changed(old, new))


#: What is typed into the first lines of a file, and what is told of it on which line.
NO_YAML: list[tuple[str, int, str]] = [
    ("title：\n  en: Care\nstart: first", 2, "write : for ："),
    ("title: {zh-CN: 关怀， en: Care}", 2, "write , for ，"),
    ("title: {zh-CN: 关怀, en: Care\nstart: first", 2, "between { and }"),
    ("title:\n  en: How was it: good", 3, "put the text in quotes"),
    ("title:\n  zh-CN: 关怀\n   en: Care", 4, "spaces at the beginning"),
    ("title:\n  zh-CN: 关怀\n en: Care", 4, "further left or right"),
    ("title:\n\ten: Care", 3, "a tab; write spaces"),
    ("title: {en: @Care}", 2, "begins with @ needs quotes"),
    ("title: {en: *Care}", 2, "begins with * needs quotes"),
    ('title: {en: "Care}\nstart: first', 2, "a quote that is never closed"),
    ("low: {any: [}", 2, "not YAML"),
    ("---\nid: other", 2, "take out the second ---"),
]


@pytest.mark.parametrize(("typed", "line", "words"), NO_YAML)
def test_what_is_no_yaml_is_told_in_plain_words_where_to_look(
    typed: str, line: int, words: str
) -> None:
    text = f"id: care\n{typed}\n"
    assert told(text, line, words), faults(text)


def test_a_good_survey_of_another_kind_has_no_fault_at_all() -> None:
    assert faults(GOOD) == ()


def test_texts_above_three_segments_are_refused_and_a_ticket_counts_sixteen() -> None:
    room = 3 * 67 - len("推荐吗") - 16
    fits, above = ("推荐吗{ticket}" + "啊" * room), ("推荐吗{ticket}" + "啊" * (room + 1))
    assert count(fits.replace("{ticket}", "0" * 16)).segments == 3
    assert faults(changed("推荐吗{ticket}", fits)) == ()
    assert told(changed("推荐吗{ticket}", above), 8, "ask.zh-CN", "4 SMS segments", "UCS-2")
    long_end = "x" * 460
    assert told(changed("en: Thanks", f"en: {long_end}"), 19, "end.en", "GSM-7")
    assert faults(changed("en: Care", f"en: {long_end}")) == (), "a title is never sent as an SMS"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "id",
        "- a\n- b",
        "a: b: c",
        "\x00",
        "[" * 5000,
        "a: &a [*a]",
        "x: !!python/object:os.system {}",
        "x: !!int foo",
        "x: !!timestamp foo",
        "x: 2024-99-99",
        "---\na: 1\n---\nb: 2",
        "questions: []",
        "questions: {a: null, b: [], c: {next: 3, options: {}, kind: []}}\nlow: {any: {}}",
        "low: []\nend: 3\ntitle: null",
        "x" * 300_000,
        "? [a]\n: b",
        "<<: {a: b}",
        "questions: {_schema: {}}",
        "questions: {a: {kind: [], next: [{when: 3}, {when: {at_most: 3}}]}}",
        "questions: {a: {options: [{score: [1]}], labels: {en: {yes: [1]}}}}",
    ],
)
def test_no_text_breaks_the_reader(text: str) -> None:
    loaded = read({"x.yaml": text})
    assert loaded.surveys == {}
    assert loaded.faults
    assert all(fault.startswith("x.yaml:") for fault in loaded.faults)


def test_aliases_are_refused_so_that_a_small_file_stays_small() -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    loaded = read({"x.yaml": bomb})
    assert any("x.yaml:1: anchors and aliases" in fault for fault in loaded.faults), loaded.faults


def test_known_variables_are_filled_once_and_all_else_stays() -> None:
    variables: Mapping[str, str] = {"ticket": "T-1", "name": "{brand}", "brand": "示例"}
    assert fill("{ticket} {name} {agent} {{brand}} { ticket } {", variables) == (
        "T-1 {brand} {agent} {示例} { ticket } {"
    )
    assert fill("没有变量", variables) == "没有变量"


def shipped() -> Survey:
    loaded: Loaded = read({SHIPPED.name: SHIPPED.read_text(encoding="utf-8")})
    assert loaded.faults == ()
    return loaded.surveys["csat"]


def test_the_shipped_survey_loads_and_scores_by_satisfaction() -> None:
    survey = shipped()
    assert list(survey.questions) == ["satisfaction", "resolved", "comment"]
    assert survey.headline.id == "satisfaction"
    assert SCALES[survey.headline.kind] == (1, 5)
    assert survey.questions["comment"].optional
