"""Knows the public holidays of a country, observed days included."""

from datetime import date
from functools import lru_cache

import holidays
from holidays.registry import EntityLoader

# Asking the library for its list would load every country; this does not.
_COUNTRIES = frozenset(EntityLoader.get_country_codes(include_aliases=False))


def known(country: str) -> bool:
    """Whether the holidays of a country (ISO 3166, two capital letters) are known here."""
    return country in _COUNTRIES


def is_holiday(day: date, country: str) -> bool:
    """Whether a day is a public holiday everywhere in a country; unknown countries have none.

    A day observed in place of one on a week-end counts. A week-end day that is worked in return
    for a bridge day, as in China, is no holiday. Years that nobody has computed have none.
    """
    return day in _holidays(country, day.year)


@lru_cache(maxsize=1024)
def _holidays(country: str, year: int) -> frozenset[date]:
    """The holidays of one year, next New Year's Day included where that year observes it."""
    if not known(country):
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=year))
