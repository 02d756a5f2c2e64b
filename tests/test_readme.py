"""README's screens are what happens: what is forgotten does not build, and the line that is given makes the proof hold."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests import command

README = (Path(__file__).parents[1] / "README.md").read_text()
SCREEN, ENDPOINT, *_sections = README.split("\n## ")
WORKFLOW, FIX = re.findall(r"^```python\n(.*?)^```$", SCREEN, re.MULTILINE | re.DOTALL)
SESSIONS = re.findall(r"^```console\n(.*?)^```$", SCREEN, re.MULTILINE | re.DOTALL)
(WHOLE,) = re.findall(r"^```python\n(.*?)^```$", ENDPOINT, re.MULTILINE | re.DOTALL)
PROOF = re.search(r"^```console\n(\$ keyflow verify --strict\n.*?)^```$", ENDPOINT, re.MULTILINE | re.DOTALL)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "keyflow.toml").write_text('name = "sample"\n')
    (tmp_path / "definitions").mkdir()
    return tmp_path


def written(project: Path, source: str) -> None:
    (project / "definitions" / "register.py").write_text(source)


def fixed() -> str:
    """The workflow with the line that README gives."""
    *steps, end = WORKFLOW.rstrip().splitlines()
    return "\n".join([*steps, FIX.rstrip(), end, ""])


def played(project: Path, session: str) -> str:
    """What the commands of a session print, one after the other."""
    commands = [each for line in re.findall(r"^\$ (.*)$", session, re.MULTILINE) for each in line.split(" && ")]
    results = [command.keyflow(*each.split()[1:], cwd=project, HOME=str(project)) for each in commands]
    return "".join(result.stdout + result.stderr for result in results)


def shown(session: str) -> list[str]:
    """The lines of a session that are printed, each up to where it is cut short."""
    lines = [line for line in session.splitlines() if line and not line.startswith("$ ") and line != "..."]
    return [line.removesuffix("...").rstrip() for line in lines]


def test_the_workflow_that_forgets_does_not_build(project: Path) -> None:
    written(project, WORKFLOW)
    _install, session, _again = SESSIONS
    printed = played(project, session)
    assert shown(session)
    for line in shown(session):
        assert line in printed
    assert not (project / "build").exists()


def test_with_the_line_that_readme_gives_the_proof_holds(project: Path) -> None:
    written(project, fixed())
    printed = played(project, SESSIONS[2])
    assert shown(SESSIONS[2])
    for line in shown(SESSIONS[2]):
        assert line in printed
    assert "unprovable" not in printed


def test_a_lost_answer_of_the_first_call_ends_as_readme_says(project: Path) -> None:
    written(project, fixed())
    (project / "stubs.json").write_text('{"Create Key": {"Throw": {"Error": "States.Timeout"}}}')
    arguments = ("Register", "--input", '{"name": "x"}', "--stub", "stubs.json", "--format", "json")
    ended = json.loads(command.keyflow("run", *arguments, cwd=project, HOME=str(project)).stdout)
    assert ended["error"] == "CompensationFailed"
    assert '"task":"Create Key"' in ended["cause"]


def test_the_whole_endpoint_leaves_nothing_open(project: Path) -> None:
    written(project, WHOLE)
    assert PROOF is not None
    printed = played(project, PROOF[1])
    assert shown(PROOF[1])
    for line in shown(PROOF[1]):
        assert line in printed
    assert "unprovable" not in printed
