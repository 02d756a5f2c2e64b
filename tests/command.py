"""The real `keyflow` command, run in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def keyflow(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the command; nothing of AWS's configuration in the environment reaches it."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "-m", "keyflow", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**kept, **environment},
        timeout=120,
    )
