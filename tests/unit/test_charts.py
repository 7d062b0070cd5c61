"""Where the marks of charts lie."""

from huifang.staff.charts import HEIGHT, WIDTH, Point, line, spark


def point(value: float | None, low: float | None = None, high: float | None = None) -> Point:
    return Point(label="x", value=value, low=low, high=high, link="/", words="")


def places(coordinates: str) -> list[tuple[float, float]]:
    pairs = (each.split(",") for each in coordinates.split())
    return [(float(x), float(y)) for x, y in pairs]


def test_a_line_is_broken_where_too_few_answered() -> None:
    chart = line([point(10), point(20), point(None), point(30)], 0, 100, None)
    [only] = chart.lines
    assert len(places(only)) == 2
    assert [dot.point.value for dot in chart.dots] == [10, 20, 30]


def test_more_is_higher_and_all_of_it_stays_in_the_drawing() -> None:
    chart = line([point(0, -5, 8), point(100, 90, 130), point(50, 40, 60)], 0, 100, 85)
    low, high, middle = chart.dots
    assert high.y < middle.y < low.y
    assert low.x < high.x < middle.x
    [band] = chart.bands
    inside = [0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in places(band)]
    assert inside == [True] * 6
    assert chart.target is not None
    assert high.y < chart.target < middle.y


def test_one_period_or_none_is_no_line() -> None:
    assert line([], 0, 100, None).dots == []
    one = line([point(50, 40, 60)], 0, 100, None)
    assert (one.lines, one.bands, len(one.dots)) == ([], [], 1)


def test_a_year_of_days_has_few_labels() -> None:
    chart = line([point(50)] * 365, 0, 100, None)
    assert len(chart.dots) == 365
    assert 2 <= len(chart.labels) <= 8


def test_a_spark_has_a_scale_of_its_own() -> None:
    [flat] = spark([0.5, 0.5])
    assert len(places(flat)) == 2
    first, last = places(spark([0.1, None, 0.2, 0.9])[-1])
    assert last[1] < first[1]
    assert spark([None, 1.0, None]) == ()
