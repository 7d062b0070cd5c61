"""The provider that docs/how-to/add-a-provider.md builds is taken out of that page and run."""

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.architecture.readme_map import ROOT
from tests.providers import harness
from tests.providers.harness import GENERIC, Case, Lacks, Provider

GUIDE = ROOT / "docs" / "how-to" / "add-a-provider.md"
LISTING = re.compile(r"^`([\w/]+)\.py`\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def pigeon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    folder = tmp_path_factory.mktemp("guide")
    names = []
    for path, text in LISTING.findall(GUIDE.read_text("utf-8")):
        name = path.replace("/", ".")
        file = folder / f"{Path(path).name}.py"
        file.write_text(text, "utf-8")
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        names.append(name)
        spec.loader.exec_module(sys.modules[name])
    assert names == ["channels.pigeon", "tests.providers.pigeon_sms"]
    yield sys.modules[names[-1]]  # type: ignore[misc]
    for name in names:
        del sys.modules[name]


def test_the_guide_s_provider_tells_every_generic_case(pigeon: Provider) -> None:
    assert harness.faults_of(pigeon) == []
    assert not any(isinstance(case, Lacks) for case in pigeon.generic.values())


@pytest.mark.parametrize("title", GENERIC)
async def test_the_guide_s_provider_passes_every_generic_case(pigeon: Provider, title: str) -> None:
    case = pigeon.generic[title]
    assert isinstance(case, Case)
    await harness.run(pigeon, case)


def test_a_provider_that_leaves_out_a_case_or_softens_one_is_found_out(pigeon: Provider) -> None:
    cases = {**pigeon.generic, "silent": pigeon.generic["later"]}
    del cases["opt_out"]
    careless = SimpleNamespace(name="careless", generic=cases)
    told = " ".join(harness.faults_of(careless))  # type: ignore[arg-type]
    assert "opt_out: is not told" in told
    assert "silent: comes to later, not to ambiguous" in told
