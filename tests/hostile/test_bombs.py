"""Every bomb through the real command: it ends with an answer, in bounded memory, and shows no traceback.

What bounds the time is counted in steps, in the tests of the modules; the processor's seconds here are a wide fence.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from keyflow.check import check_text
from tests.hostile.bombs import BOMBS, SIGNS, Bomb, repeated

ROOT = Path(__file__).parents[2]
_MEGABYTES, _SECONDS = 290, 20
"""A child counts up to 8 MB less than a process of its own: files that the other one has read."""


class Commands:
    """Runs commands in children of a process, whose seconds are bounded, and measures their memory."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def megabytes(self, file: str, *commands: str, folder: Path) -> float:
        """The most memory that the commands had."""
        given, taken = self._process.stdin, self._process.stdout
        assert given is not None
        assert taken is not None
        wanted = {"folder": str(folder), "file": file, "commands": commands, "seconds": _SECONDS}
        print(json.dumps(wanted), file=given, flush=True)
        code, kilobytes = map(int, taken.readline().split())
        assert code == 0
        return kilobytes / 1024


@pytest.fixture(scope="module")
def commands() -> Iterator[Commands]:
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "tests.hostile.forked"]
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        yield Commands(process)


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.name)
def test_a_bomb_ends(bomb: Bomb, commands: Commands, tmp_path: Path) -> None:
    (tmp_path / bomb.file).write_bytes(bomb.make())
    last = ("import", "build") if "import" in bomb.commands else ()  # builds what was imported, where it was
    others = [command for command in bomb.commands if command != "import"]
    assert commands.megabytes(bomb.file, *others, *last, folder=tmp_path) < _MEGABYTES
    ended = {}
    for command in bomb.commands:
        code = ended[command] = int((tmp_path / f"{command}.code").read_text())
        output = (tmp_path / f"{command}.txt").read_text(errors="replace")
        assert code in (0, 1), (command, output[-2000:])
        assert "Traceback" not in output, command
        if command not in ("run", "graph"):
            assert len(output) < 100_000, command
        if code == 1 and command != "run":
            assert "KF" in output, command
    if ended.get("import") == 0 and ended["check"] == 0:
        assert (tmp_path / "build.code").read_text() == "0"


@pytest.mark.parametrize("sign", SIGNS)
def test_no_rule_goes_over_a_text_again_and_again(sign: str) -> None:
    """What grows with the square of a text of 100 KB takes minutes; the fence is far from both."""
    text = repeated(sign, 100_000 // len(sign)).decode()
    before = os.times().user
    check_text("x.json", text)
    assert os.times().user - before < _SECONDS / 2
