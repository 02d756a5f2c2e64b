"""Each mistake is an error with a code at its line, and builds when its mend is applied as it is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from keyflow.build import Build, build
from keyflow.diagnostics import KeyflowError
from keyflow.loading import load_definitions
from keyflow.project import Project
from tests.mistakes.table import Mistake, mistakes

MISTAKES = tuple(mistakes())


def built(text: str, folder: Path) -> Build:
    file = folder / "definitions" / "mistake.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    project = Project(root=folder, name="mistakes")
    return build(project, load_definitions(project))


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_has_a_code_a_line_and_a_mend(mistake: Mistake, tmp_path: Path) -> None:
    with pytest.raises(KeyflowError) as caught:
        built(mistake.wrong, tmp_path)
    first, *others = caught.value.diagnostics
    assert first.code == mistake.code, caught.value
    assert first.location is not None
    assert first.location.line == mistake.line, caught.value
    assert first.remedy, caught.value
    assert mistake.said in first.remedy
    assert mistake.said in mistake.right, "what the hint says is what stands in the right file"
    assert others == [], "one mistake, one finding"


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_the_mend_builds_as_it_is_said(mistake: Mistake, tmp_path: Path) -> None:
    assert built(mistake.right, tmp_path).against_rules == ()


def test_there_are_a_hundred() -> None:
    assert len(MISTAKES) >= 100
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES)
