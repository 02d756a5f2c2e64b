"""Every command explains itself: examples, options, exit codes; and colours nothing that should not be."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from keyflow.cli import main
from tests.command import keyflow

ROOT = Path(__file__).parents[2]
NAMES = main.list_commands(None)  # type: ignore[arg-type]


def command(name: str) -> click.Command:
    found = main.get_command(None, name)  # type: ignore[arg-type]
    assert found is not None
    return found


@pytest.mark.parametrize("name", NAMES)
def test_help_has_examples_that_the_command_takes(name: str) -> None:
    """Each line is parsed: no option is misspelt, and nothing is missing."""
    text = command(name).help or ""
    _before, examples = text.split("Examples:\n", 1)
    lines = [line.strip() for line in examples.split("\n\n")[0].splitlines() if line.strip()]
    assert lines
    for line in lines:
        shell = re.split(r" {3,}| && | \| | > ", line)[0]
        assert shell.startswith(f"keyflow {name}"), line
        arguments = [each.replace("'", "") for each in re.findall(r"(?:'[^']*'|\S)+", shell)][2:]
        parsed = command(name).make_context(name, there(name, arguments), resilient_parsing=False)
        parsed.close()


def there(name: str, arguments: list[str]) -> list[str]:
    """The arguments with a file that exists in place of each that is wanted."""
    if name not in ("check", "import"):
        return arguments
    exists = re.compile(r"[^-].*(\.json|\.yaml|/)$")
    return [str(ROOT / "pyproject.toml") if exists.match(each) else each for each in arguments]


@pytest.mark.parametrize("name", NAMES)
def test_every_option_says_what_it_is_for(name: str) -> None:
    options = [each for each in command(name).params if isinstance(each, click.Option)]
    assert [each.name for each in options if not each.help] == []


def test_every_command_is_in_the_overview() -> None:
    assert [name for name in NAMES if f"keyflow {name}" not in (main.help or "")] == []


def test_exit_codes_are_said_in_the_help_and_on_the_page() -> None:
    page = " ".join((ROOT / "docs" / "compatibility.md").read_text().split())
    for text in (" ".join((main.help or "").split()), page):
        said = re.search(r"Exit codes: 0 fine; 1 [^;]*; 2 [^;]*; 3 [^;]*; 130 interrupted", text)
        assert said is not None


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["explain", "KF204"], 0),
        (["explain", "xyzzy"], 1),
        (["explain", "--nothing"], 2),
        (["nothing"], 2),
    ],
)
def test_exit_codes_are_those(tmp_path: Path, arguments: list[str], code: int) -> None:
    assert keyflow(*arguments, cwd=tmp_path).returncode == code


def on_a_terminal(tmp_path: Path, *arguments: str, **environment: str) -> str:
    """What a command prints where stdout and stderr are a terminal."""
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    started = subprocess.Popen(
        [sys.executable, "-m", "keyflow", *arguments],
        cwd=tmp_path,
        stdout=theirs,
        stderr=theirs,
        stdin=subprocess.DEVNULL,
        env={**kept, **environment},
    )
    os.close(theirs)
    printed = b""
    try:
        while part := os.read(ours, 65_536):
            printed += part
    except OSError:  # Linux says so that no process has the other end any more
        pass
    finally:
        os.close(ours)
        started.wait(timeout=60)
    return printed.decode()


@pytest.mark.parametrize(
    "arguments",
    [["explain", "KF204"], ["check", "broken.asl.json"], ["build"], ["run", "R", "--samples"], ["verify"], ["nothing"]],
    ids=" ".join,
)
def test_no_color_is_respected_by_every_command(tmp_path: Path, arguments: list[str]) -> None:
    """https://no-color.org: set and not empty."""
    (tmp_path / "broken.asl.json").write_text("{}")
    (tmp_path / "definitions").mkdir()
    (tmp_path / "definitions" / "r.py").write_text(
        "from keyflow import Workflow\nw = Workflow('R', timeout=9)\nw.succeed()\n"
    )
    assert "\x1b[" not in on_a_terminal(tmp_path, *arguments, NO_COLOR="1")
    if arguments != ["nothing"]:
        assert "\x1b[" in on_a_terminal(tmp_path, *arguments)
        assert "\x1b[" in on_a_terminal(tmp_path, *arguments, NO_COLOR="")
