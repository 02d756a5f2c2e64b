"""The sessions of docs/deploying.md are played, one after the other, against moto's AWS."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from moto import mock_aws

from keyflow.cli import main
from tests.deploy.moto_versions import versions

PAGE = (Path(__file__).parents[2] / "docs" / "deploying.md").read_text()
BLOCK = re.compile(r"^```(console|python|toml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: None) -> Iterator[Path]:
    (tmp_path / "definitions").mkdir()
    monkeypatch.chdir(tmp_path)
    for name, value in (("ACCESS_KEY_ID", "t"), ("SECRET_ACCESS_KEY", "t"), ("REGION", "eu-west-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    with mock_aws(), versions():
        yield tmp_path


def alike(text: str) -> list[str]:
    """The lines of a text without what is another each time: moments and hashes."""
    text = re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d", "a moment", text)
    return [line.rstrip() for line in re.sub(r"\b[0-9a-f]{16}\b", "a build", text).splitlines()]


def commands(session: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a session, and the lines that it shows."""
    for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        command, *shown = part.splitlines()
        yield command, shown


def test_the_page_shows_what_happens(project: Path) -> None:
    played = 0
    for kind, text in BLOCK.findall(PAGE):
        if kind == "toml":
            (project / "keyflow.toml").write_text(text)
        elif kind == "python":
            (project / "definitions" / "names.py").write_text(text)
        for command, shown in commands(text) if kind == "console" else ():
            done = CliRunner().invoke(main, shlex.split(command)[1:])
            assert done.exit_code == 0, (command, done.output)
            printed = alike(done.output)
            assert [line for line in alike("\n".join(shown)) if line not in printed] == [], (command, done.output)
            played += 1
    assert played == 12
