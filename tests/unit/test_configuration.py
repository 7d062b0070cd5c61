"""How everything an operator wrote is read: all faults in one run, each with its line."""

import base64
from pathlib import Path

import pytest

from huifang import configuration
from kernel.faults import SettingsFault

GIVEN = {
    "HUIFANG_SECRET_KEY": "s" * 32,
    "HUIFANG_DATA_KEY": base64.b64encode(b"d" * 32).decode(),
}

RULES = """\
policy:
  windw: {from: "09:00"}
programs:
  - id: a
    survey: nosuch
    channels:
  - id: b
    survey: "env:CHOSEN"
  - id: [c]
    survey: d
complaints: {recovery_survey: again}
"""


def faults_of(folder: Path, **more: str) -> tuple[str, ...]:
    with pytest.raises(SettingsFault) as fault:
        configuration.load({**GIVEN, "HUIFANG_CONFIG": str(folder), **more})
    return fault.value.faults


def test_a_fault_in_one_file_does_not_hide_those_of_the_others(tmp_path: Path) -> None:
    (tmp_path / "huifang.yaml").write_text(RULES, "utf-8")
    surveys = tmp_path / "surveys"
    surveys.mkdir()
    (surveys / "a.yaml").write_text("id: [", "utf-8")
    (surveys / "b.yml").write_text("id: b", "utf-8")
    (surveys / "c.yaml").write_bytes(b"\xff")
    (surveys / "d.yaml").write_text("id: d\ntitel: x\n", "utf-8")
    there = "there are ces, csat, nps, recovery, repair"
    faulty = "there is no survey 'd' until the faults of surveys/d.yaml are mended"
    found = faults_of(tmp_path, HUIFANG_BIND="here", CHOSEN="other")
    expected = (
        "HUIFANG_BIND: must be HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080",
        "huifang.yaml:2: policy.windw: there is no such key; did you mean window?",
        "huifang.yaml:6: programs.0.channels: has no value; give it one, or leave it out",
        f"huifang.yaml:5: programs.0.survey: there is no survey 'nosuch'; {there}",
        f"huifang.yaml:8: programs.1.survey: there is no survey 'other'; {there}",
        f"huifang.yaml:10: programs.2.survey: {faulty}",
        f"huifang.yaml:11: complaints.recovery_survey: there is no survey 'again'; {there}",
        "surveys/b.yml: is never read; its name must end in .yaml",
        "surveys/c.yaml: is no UTF-8: byte 1; save it as UTF-8",
        "surveys/d.yaml:2: titel: there is no such key; did you mean title?",
        "surveys/d.yaml:1: questions: is missing",
    )
    for line in expected:
        assert line in found, line
    assert any(line.startswith("surveys/a.yaml:1: not YAML") for line in found)


def test_a_folder_that_is_none_is_told_once(tmp_path: Path) -> None:
    [fault] = faults_of(tmp_path / "gone")
    assert fault.startswith("HUIFANG_CONFIG: ")
