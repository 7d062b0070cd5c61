"""The sums that are kept: enough of them for the dashboard, whatever it is asked about."""

from itertools import product

from surveys.rollups.views import NAMES, VIEWS, covering

#: An agent's channels are found among the agent's own facts, by their index.
BY_INDEX = {"agent", "channel"}


def test_the_dashboard_of_any_one_name_is_read_from_sums() -> None:
    asked = [{name, *shown} for name, shown in product(NAMES, ((), ("team",), ("channel",)))]
    assert [names for names in asked if covering(names) is None] == [BY_INDEX]


def test_of_all_views_that_would_do_the_first_and_smallest_is_read() -> None:
    for view in VIEWS:
        assert covering(view) == view
