"""Loads the published surveys: those shipped, and an operator's own over them."""

from collections.abc import Mapping

from huifang.paths import templates
from kernel.faults import SettingsFault
from surveys import questionnaire
from surveys.model import Survey


def load(
    own: Mapping[str, str], signature: str = "", link: str | None = None
) -> tuple[dict[str, Survey], list[str]]:
    """Surveys by id, from `own` texts by file name and from the shipped files; faults of both.

    One of `own` replaces the shipped one of its id. `signature` opens every Chinese SMS;
    `link` is one as they are sent.
    """
    files = {
        path.name: path.read_text("utf-8") for path in sorted(templates().glob("surveys/*.yaml"))
    }
    found: dict[str, Survey] = {}
    faults: list[str] = []
    for each in (files, own):
        loaded = questionnaire.read(each, signature, link)
        found |= loaded.surveys
        faults.extend(loaded.faults)
    return found, faults


def shipped() -> dict[str, Survey]:
    """The surveys that come with the product; SettingsFault if one cannot be read."""
    found, faults = load({})
    if faults:
        raise SettingsFault(faults)
    return found
