"""The `keyflow` command as a user calls it: in a process of its own, or in this one, which starts nothing."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from unittest.mock import patch

from click.testing import CliRunner

from keyflow.cli import main


def keyflow(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the real command; nothing of AWS's configuration in the environment reaches it."""
    return subprocess.run(
        [sys.executable, "-m", "keyflow", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=_without_aws(environment),
        timeout=120,
    )


def hears_ctrl_c() -> None:
    """For `preexec_fn`: where this process ignores Ctrl-C, as in the background of a shell, the other does not."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def keyflow_in_this_process(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """As `keyflow`, by a call: a tenth of the time."""
    threshold = gc.get_threshold()
    try:
        with contextlib.chdir(cwd), patch.dict(os.environ, _without_aws(environment), clear=True):
            done = CliRunner().invoke(main, arguments, prog_name="keyflow")
    finally:
        gc.set_threshold(*threshold)
    said = done.stderr
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        said += "".join(traceback.format_exception(done.exception))
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, said)


def _without_aws(environment: Mapping[str, str]) -> dict[str, str]:
    return {**{key: value for key, value in os.environ.items() if not key.startswith("AWS_")}, **environment}
