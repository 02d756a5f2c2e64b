"""Whole processes, measured by the operating system: seconds and peak memory of each finished run."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Run:
    """One finished process: wall seconds, processor seconds, and the peak memory of its largest process in MB."""

    seconds: float
    cpu: float
    megabytes: float


def run(
    command: Sequence[str], *, cwd: Path, environment: Mapping[str, str] | None = None, may_fail: bool = False
) -> Run:
    """Runs a command to its end; its output is thrown away, a failure is raised unless it `may_fail`."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env={**cached_bytecode(), **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    errors = process.stderr.read()
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode and not may_fail:
        raise RuntimeError(f"{' '.join(command)} failed:\n{errors.decode()[-2000:]}")
    return Run(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def cached_bytecode() -> dict[str, str]:
    """The environment, in which Python keeps the bytecode of modules as it does unless somebody forbids it."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def median(runs: Sequence[Run]) -> Run:
    """The median of each figure."""
    return Run(
        statistics.median(each.seconds for each in runs),
        statistics.median(each.cpu for each in runs),
        statistics.median(each.megabytes for each in runs),
    )


def spread(runs: Sequence[Run]) -> str:
    """The figures of several runs on one line: median, and the range."""
    seconds = sorted(each.seconds for each in runs)
    middle = median(runs)
    return f"{middle.seconds:6.2f} s ({seconds[0]:.2f} to {seconds[-1]:.2f})  {middle.megabytes:6.0f} MB"


def definitions_of(project: Any) -> Any:
    """The definitions of a project, as the keyflow that is imported loads them: here, or in an earlier commit."""
    home = "keyflow.loading" if find_spec("keyflow.loading") else "keyflow.project"
    return import_module(home).load_definitions(project)
