"""Files of exports: harmless cells, numbers that stay numbers, sheets that are split, types."""

import csv
import io
import json
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.exporting.cells import MARK, neutral, neutralised
from huifang.exporting.columns import Column, ColumnKind, of_responses
from huifang.exporting.parquet import ParquetWriter
from huifang.exporting.sheets import LONGEST_CELL, SheetsWriter
from huifang.exporting.writing import CsvWriter, JsonWriter
from surveys.export import Asked
from surveys.model import QuestionKind
from tests.fakes.workbook import cells

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)  # April in Shanghai
COLUMNS = (
    Column(name="id", kind=ColumnKind.KEY, path=("id",)),
    Column(name="=team", kind=ColumnKind.TEXT, path=("attribution", "team")),
    Column(name="score", kind=ColumnKind.NUMBER, path=("score",)),
    Column(name="change", kind=ColumnKind.INTEGER, path=("answers", "change"), sparse=True),
    *(Column(name=name, kind=ColumnKind.FLAG) for name in ("suspect", "late", "excluded")),
    Column(name="started_at", kind=ColumnKind.INSTANT, path=("started_at",)),
    Column(name="started_at_local", kind=ColumnKind.LOCAL),
)


def page(texts: Sequence[str | None], changes: Sequence[int | None]) -> dict[str, Sequence[Any]]:
    n = len(texts)
    return {
        "id": [f"r_{number}" for number in range(n)],
        "=team": texts,
        "score": [20.0 * (1 + number % 5) for number in range(n)],
        "change": changes,
        **{name: [False] * n for name in ("suspect", "late", "excluded")},
        "started_at": [AT] * n,
        "started_at_local": [AT.astimezone(SHANGHAI)] * n,
    }


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "-2+3"),
        *("＝1", "＋1", "－1", "＠A1", " =1", "\u3000＝1", "\u200b=1", "\ufeff=1", "\xa0+1"),
    ],
)
def test_what_a_program_would_take_for_a_formula_is_marked(text: str) -> None:
    assert neutral(text) == MARK + text
    assert neutralised(["x", None, text]) == ["x", None, MARK + text]


@given(st.text())
def test_a_text_is_only_ever_marked_and_then_begins_with_the_mark(text: str) -> None:
    assert neutral(text) in {text, MARK + text}
    assert neutral(neutral(text)) == neutral(text)
    assert not neutral(text).strip(" \u3000\u200b\ufeff\xa0").startswith(tuple("=+-@＝＋－＠"))


def test_csv_marks_texts_and_heads_and_leaves_numbers_alone(tmp_path: Path) -> None:
    writer = CsvWriter(tmp_path / "a.csv", COLUMNS, bom=True)
    writer.write(page(["=1+1", 'say "hi",\nbye', None], [-7, 0, None]))
    writer.close()
    content = (tmp_path / "a.csv").read_text(encoding="utf-8")
    assert content.startswith("\ufeffid,'=team,score,")
    rows = list(csv.reader(content.splitlines(keepends=True)))
    assert [row[1] for row in rows[1:]] == ["'=1+1", 'say "hi",\nbye', ""]
    assert [row[3] for row in rows[1:]] == ["-7", "0", ""]
    assert rows[1][2] == "20.0"
    assert rows[1][4] == "false"
    assert rows[1][-2:] == ["2026-03-31T23:30:00+00:00", "2026-04-01T07:30:00+08:00"]


@given(
    st.lists(
        st.tuples(
            st.none() | st.text(st.sampled_from('a,"\r\n\t \u2028=语')),
            st.none() | st.integers(),
            st.none() | st.floats(),
        ),
        max_size=5,
    )
)
def test_csv_is_byte_for_byte_what_a_csv_writer_writes(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[Any, ...]]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    kinds = (ColumnKind.KEY, ColumnKind.INTEGER, ColumnKind.NUMBER)
    columns = [Column(name=kind, kind=kind) for kind in kinds]
    writer = CsvWriter(path, columns, bom=False)
    writer.write({kind: [row[place] for row in rows] for place, kind in enumerate(kinds)})
    writer.close()
    expected = io.StringIO()
    csv.writer(expected).writerows([kinds, *rows])
    assert path.read_bytes() == expected.getvalue().encode()


def test_documents_are_raw_and_without_what_has_no_place_in_them(tmp_path: Path) -> None:
    writer = JsonWriter(tmp_path / "a.jsonl", COLUMNS)
    writer.write(page(["=1+1", None], [-7, None]))
    writer.close()
    first, second = (json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines())
    assert first == {
        "id": "r_0",
        "attribution": {"team": "=1+1"},
        "score": 20.0,
        "answers": {"change": -7},
        "started_at": "2026-03-31T23:30:00+00:00",
    }
    assert (second["attribution"], second["answers"]) == ({"team": None}, {})


def test_parquet_is_raw_typed_and_in_one_piece(tmp_path: Path) -> None:
    writer = ParquetWriter(tmp_path / "a.parquet", COLUMNS)
    for _ in range(3):
        writer.write(page(["=1+1", None], [-7, None]))
    writer.close()
    found = pyarrow.parquet.read_table(tmp_path / "a.parquet")
    assert found.num_rows == 6
    assert found.to_pylist()[0] == {
        "id": "r_0",
        "=team": "=1+1",
        "score": 20.0,
        "change": -7,
        "suspect": False,
        "late": False,
        "excluded": False,
        "started_at": AT,
        "started_at_local": datetime(2026, 4, 1, 7, 30),  # noqa: DTZ001 - a clock on a wall
    }
    meta = pyarrow.parquet.ParquetFile(tmp_path / "a.parquet").metadata
    assert meta.row_group(0).column(0).compression == "ZSTD"


def test_parquet_of_nothing_has_its_columns(tmp_path: Path) -> None:
    ParquetWriter(tmp_path / "a.parquet", COLUMNS).close()
    found = pyarrow.parquet.read_table(tmp_path / "a.parquet")
    assert (found.num_rows, found.num_columns) == (0, len(COLUMNS))


def workbook(path: Path, texts: Sequence[str | None], *, most: int) -> zipfile.ZipFile:
    writer = SheetsWriter(path, COLUMNS, name="responses", about=[("筛选 Filter", "=x")], most=most)
    writer.write(page(texts, [-7] * len(texts)))
    writer.close()
    return zipfile.ZipFile(path)


def test_sheets_hold_types_and_no_formula(tmp_path: Path) -> None:
    book = workbook(tmp_path / "a.xlsx", ["=1+1", None], most=100)
    first = cells(book, 2)
    assert first["B1"][1] == "'=team"
    assert first["B2"][1] == "'=1+1"
    assert "B3" not in first
    assert first["C2"] == (None, "20")
    assert first["D2"] == (None, "-7")
    assert first["E2"] == ("b", "0")
    assert float(first["I2"][1]) - float(first["H2"][1]) == pytest.approx(8 / 24)


def test_sheets_are_split_where_one_is_full_and_nothing_is_left_beside(tmp_path: Path) -> None:
    book = workbook(tmp_path / "a.xlsx", ["x"] * 5, most=3)
    rows = [len({place.lstrip("ABCDEFGHI") for place in cells(book, sheet)}) for sheet in (2, 3, 4)]
    assert rows == [3, 3, 2]  # a head and two rows, twice, and the last one
    assert [path.name for path in tmp_path.iterdir()] == ["a.xlsx"]


def test_the_first_sheet_sums_up_with_charts_of_its_own(tmp_path: Path) -> None:
    book = workbook(tmp_path / "a.xlsx", ["x"] * 5, most=100)
    told = [text for _, text in cells(book, 1).values()]
    assert "'=x" in told
    month = told.index("2026-04")
    assert told[month : month + 3] == ["2026-04", "5", "60"]
    assert {"xl/charts/chart1.xml", "xl/charts/chart2.xml"} <= set(book.namelist())


def test_a_text_too_long_for_a_cell_is_cut_and_says_so(tmp_path: Path) -> None:
    book = workbook(tmp_path / "a.xlsx", ["长" * (LONGEST_CELL + 5), "短" * LONGEST_CELL], most=9)
    found = cells(book, 2)
    assert (len(found["B2"][1]), found["B2"][1][-1]) == (LONGEST_CELL, "…")
    assert found["B3"][1] == "短" * LONGEST_CELL


def test_answers_have_a_column_each_by_survey_and_question() -> None:
    asked = [
        Asked(survey="csat", question="satisfaction", kind=QuestionKind.CSAT5),
        Asked(survey="nps", question="satisfaction", kind=QuestionKind.NPS),
        Asked(survey="nps", question="comment", kind=QuestionKind.COMMENT),
        Asked(survey="old", question="why", kind=None),
    ]
    bare = {each.name: each for each in of_responses(asked, comments=False, identities=False)}
    assert bare["csat.satisfaction"].kind is bare["nps.satisfaction"].kind is ColumnKind.INTEGER
    assert bare["old.why"].kind is ColumnKind.TEXT
    assert not {"nps.comment", "comment", "customer_id"} & set(bare)
    full = [each.name for each in of_responses(asked, comments=True, identities=True)]
    assert {"nps.comment", "comment", "customer_phone"} <= set(full)
    assert len(full) == len(set(full))
