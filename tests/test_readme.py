"""README's first screen is what happens: the forgotten call is found, and the line that it gives makes the proof hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import command

README = (Path(__file__).parents[1] / "README.md").read_text()
SCREEN = README.split("\n## ", 1)[0]
WORKFLOW, FIX = re.findall(r"^```python\n(.*?)^```$", SCREEN, re.MULTILINE | re.DOTALL)
SESSIONS = re.findall(r"^```console\n(.*?)^```$", SCREEN, re.MULTILINE | re.DOTALL)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "keyflow.toml").write_text('name = "sample"\n')
    (tmp_path / "definitions").mkdir()
    return tmp_path


def written(project: Path, source: str) -> None:
    (project / "definitions" / "register.py").write_text(source)


def played(project: Path, session: str) -> str:
    """What the commands of a session print, one after the other."""
    commands = [each for line in re.findall(r"^\$ (.*)$", session, re.MULTILINE) for each in line.split(" && ")]
    results = [command.keyflow(*each.split()[1:], cwd=project, HOME=str(project)) for each in commands]
    return "".join(result.stdout for result in results)


def shown(session: str) -> list[str]:
    """The lines of a session that are printed, each up to where it is cut short."""
    lines = [line for line in session.splitlines() if line and not line.startswith("$ ") and line != "..."]
    return [line.removesuffix("...").rstrip() for line in lines]


def test_the_workflow_that_forgets_is_found(project: Path) -> None:
    written(project, WORKFLOW)
    _install, session, _again = SESSIONS
    printed = played(project, session)
    assert shown(session)
    for line in shown(session):
        assert line in printed


def test_with_the_line_that_readme_gives_the_proof_holds(project: Path) -> None:
    *steps, end = WORKFLOW.rstrip().splitlines()
    written(project, "\n".join([*steps, FIX.rstrip(), end, ""]))
    printed = played(project, SESSIONS[2])
    assert shown(SESSIONS[2])
    for line in shown(SESSIONS[2]):
        assert line in printed
