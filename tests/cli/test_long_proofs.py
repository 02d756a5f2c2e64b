"""A proof that takes long: it shows how far it is, and ends at once where somebody ends it."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import hears_ctrl_c

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks at processes as Linux shows them"),
]

LONG = """\
from keyflow import Workflow
from keyflow.aws import lambda_

workflow = Workflow("Long", type="STANDARD")
for number in range({tasks}):
    task = workflow.task(f"Do {{number}}", lambda_.invoke(FunctionName=f"do-{{number}}", Payload={{}}), timeout=5)
    task.compensate(f"Undo {{number}}", lambda_.invoke(FunctionName=f"undo-{{number}}", Payload={{}}), timeout=5)
workflow.succeed()
"""


def started(folder: Path, *arguments: str, tasks: int, stderr: int) -> subprocess.Popen[bytes]:
    """The proof of a workflow with so many tasks, each of which is undone."""
    (folder / "keyflow.toml").write_text("")
    (folder / "definitions").mkdir()
    (folder / "definitions" / "long.py").write_text(LONG.format(tasks=tasks))
    command = [sys.executable, "-m", "keyflow", "verify", *arguments]
    environment = {**os.environ, "HOME": str(folder)}
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        preexec_fn=hears_ctrl_c,
    )


def children(process: subprocess.Popen[bytes]) -> list[int]:
    text = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(pid) for pid in text.split()]


def waited(until: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def interrupted(process: subprocess.Popen[bytes]) -> tuple[int, list[str]]:
    """The exit code and what is said of a process that Ctrl-C ends."""
    process.send_signal(signal.SIGINT)
    try:
        _out, said = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    return process.returncode, said.decode().splitlines()


def test_ctrl_c_ends_every_process(tmp_path: Path) -> None:
    process = started(tmp_path, "-j", "2", tasks=24, stderr=subprocess.PIPE)
    waited(lambda: len(children(process)) == 2)
    helpers = children(process)
    assert interrupted(process) == (130, ["interrupted"])
    waited(lambda: not any(map(is_running, helpers)), 10)


def test_ctrl_c_ends_one_process(tmp_path: Path) -> None:
    process = started(tmp_path, "-j", "1", tasks=24, stderr=subprocess.PIPE)
    time.sleep(1.5)
    assert interrupted(process) == (130, ["interrupted"])


def test_progress_on_a_terminal(tmp_path: Path) -> None:
    """A bar that only grows, of each stage, and is gone at the end."""
    terminal, end = os.openpty()
    process = started(tmp_path, "-j", "1", tasks=12, stderr=end)
    os.close(end)
    shown = b""
    deadline = time.monotonic() + 60
    with contextlib.suppress(OSError):
        while shown.count(b"together") < 5 and time.monotonic() < deadline:
            if select.select([terminal], [], [], 1)[0]:
                shown += os.read(terminal, 65536)
    process.send_signal(signal.SIGINT)
    with contextlib.suppress(OSError):
        while more := os.read(terminal, 65536):
            shown += more
    os.close(terminal)
    assert process.wait(30) == 130
    lines = [line for line in shown.decode().split("\r") if "together" in line]
    done = [int(line.split("together: ")[1].split(" of ")[0].replace(",", "")) for line in lines]
    assert len(done) >= 5
    assert done == sorted(done)
    assert lines[0].startswith("Long [")
    assert len({line.split(" of ")[1].strip() for line in lines}) == 1
