"""Every bomb through the real command: it ends with an answer, in bounded memory, and shows no traceback.

What bounds the time is counted in steps, in the tests of the modules; the processor's seconds here are a wide fence.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from keyflow.check import check_text
from tests.hostile.bombs import BOMBS, SIGNS, Bomb, repeated

_MEGABYTES, _SECONDS = 300, 20


_LAUNCHER = f"""
import os, resource, subprocess, sys
resource.setrlimit(resource.RLIMIT_CPU, ({_SECONDS}, {_SECONDS}))
with open(sys.argv[1], "wb") as stream:
    process = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT)
    _pid, status, usage = os.wait4(process.pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)
"""
"""Starts the command from a small process: a child counts the memory of the process that it was forked from."""


def _measured(*arguments: str, cwd: Path) -> tuple[int, str, float]:
    """Exit code, output, and megabytes of the command in a process whose seconds are bounded."""
    output = cwd / "output.txt"
    command = [sys.executable, "-c", _LAUNCHER, str(output), sys.executable, "-m", "keyflow", *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True)
    code, kilobytes = map(int, done.stdout.split())
    return code, output.read_text(errors="replace"), kilobytes / 1024


@pytest.mark.parametrize(
    ("bomb", "command"),
    [(bomb, command) for bomb in BOMBS for command in bomb.commands],
    ids=[f"{command}: {bomb.name}" for bomb in BOMBS for command in bomb.commands],
)
def test_a_bomb_ends(bomb: Bomb, command: str, tmp_path: Path) -> None:
    (tmp_path / bomb.file).write_bytes(bomb.make())
    code, output, megabytes = _measured(command, bomb.file, cwd=tmp_path)
    assert code in (0, 1), output[-2000:]
    assert "Traceback" not in output
    assert megabytes < _MEGABYTES
    if command != "run":
        assert len(output) < 100_000
    if code == 1 and command != "run":
        assert "KF" in output
    if command == "import" and code == 0:
        assert _measured("build", cwd=tmp_path)[0] == 0


@pytest.mark.parametrize("sign", SIGNS)
def test_no_rule_goes_over_a_text_again_and_again(sign: str) -> None:
    """What grows with the square of a text of 100 KB takes minutes; the fence is far from both."""
    text = repeated(sign, 100_000 // len(sign)).decode()
    before = os.times().user
    check_text("x.json", text)
    assert os.times().user - before < _SECONDS / 2
