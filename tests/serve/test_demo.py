"""What `make demo` shows: a build, a proof, a server that answers, and a failure that is undone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_demo_shows_what_it_promises() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/demo.py"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "AddApiKeyFast: P1 to P5 hold" in done.stdout
    answers = [line.split()[0] for line in done.stdout.splitlines() if line.endswith(" s)") and "{" in line]
    assert answers == ["201", "400", "400", "500"]
    after = done.stdout.partition("The last call of AddApiKeyFast fails")[2]
    states = {line.split("  ", 2)[1].strip(): line for line in after.splitlines() if line.startswith("  ")}
    assert "caught    Record Ids  DynamoDB.InternalServerErrorException" in after
    for undone in ("Unlink Api Key From Usage Plan", "Release Name", "Delete Usage Plan", "Delete Api Key"):
        assert f"  succeeded {undone}" in after, states
