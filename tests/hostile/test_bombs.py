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
process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
_pid, status, usage = os.wait4(process.pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)
"""
"""Starts the commands from a small process: a child counts the memory of the process that it was forked from."""

_COMMANDS = """
import os, sys, traceback
from keyflow.cli import main
for command in sys.argv[2:]:
    file = os.open(f"{command}.txt", os.O_WRONLY | os.O_CREAT)
    os.dup2(file, 1), os.dup2(file, 2)
    code = 99
    try:
        main.main([command] if command == "build" else [command, sys.argv[1]], prog_name="keyflow")
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush(), sys.stderr.flush()
    with open(f"{command}.code", "w") as stream:
        stream.write(str(code))
    if command == "import" and code == 1:
        break
"""
"""Runs the commands one after the other: what all of them take is bounded, and most of it would be their start."""


def _megabytes(*arguments: str, cwd: Path) -> float:
    """The memory of the commands in a process whose seconds are bounded."""
    command = [sys.executable, "-c", _LAUNCHER, sys.executable, "-c", _COMMANDS, *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True)
    code, kilobytes = map(int, done.stdout.split())
    assert code == 0, done.stderr
    return kilobytes / 1024


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.name)
def test_a_bomb_ends(bomb: Bomb, tmp_path: Path) -> None:
    (tmp_path / bomb.file).write_bytes(bomb.make())
    last = ("import", "build") if "import" in bomb.commands else ()  # builds what was imported, where it was
    commands = [*(command for command in bomb.commands if command != "import"), *last]
    assert _megabytes(bomb.file, *commands, cwd=tmp_path) < _MEGABYTES
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
