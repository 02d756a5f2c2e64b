"""Claim: what a command takes beside its work is little, in the processor time of `python -c "import click"`.

All take turns, so that each meets the same machine. The definition that is checked has 3 KB; of the worked examples,
AddApiKey alone is built; `run` answers its calls with stubs.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.against_before import STUBS
from benchmarks.measure import run

ROOT = Path(__file__).parents[1]
ROUNDS = 15
CLAIMS = {"--version": 1.25, "check": 2.5, "build": 4.25, "run": 4.25}
"""The command, and how many times the yardstick it takes at the most."""
TASK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:dynamodb:getItem",
    "Parameters": {"TableName": "t", "Key": {"pk": {"S.$": "$.id"}}},
    "TimeoutSeconds": 5,
    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}],
}


def main() -> None:
    """Measures and prints; ends with 1 where a claim does not hold."""
    with tempfile.TemporaryDirectory() as folder:
        commands = {"yardstick": [sys.executable, "-c", "import click"], **_commands(Path(folder))}
        times: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(ROUNDS + 1):
            for name, command in commands.items():
                took = run(command, cwd=ROOT).cpu
                if number:  # the first round fills the disk's caches
                    times[name].append(took)
    yardstick = statistics.median(times["yardstick"])
    holds = True
    for name, most in CLAIMS.items():
        ratio = statistics.median(times[name]) / yardstick
        holds = holds and ratio <= most
        print(f"keyflow {name:10} {ratio:4.2f} times import click (at most {most})")
    print("the claim holds" if holds else "the claim does NOT hold")
    sys.exit(0 if holds else 1)


def _commands(folder: Path) -> dict[str, list[str]]:
    names = [f"Step {number}" for number in range(7)]
    states = {name: {**TASK, "Next": after} for name, after in zip(names, [*names[1:], "Done"], strict=True)}
    ends = {"Done": {"Type": "Succeed"}, "Failed": {"Type": "Fail", "Error": "Failed"}}
    file, stubs = folder / "small.asl.json", folder / "stubs.json"
    file.write_text(json.dumps({"StartAt": "Step 0", "States": {**states, **ends}}, indent=1))
    stubs.write_text(json.dumps({state: {"Return": result} for state, result in STUBS.items()}))
    keyflow = [sys.executable, "-m", "keyflow"]
    given = ["--input", '{"detail": {"name": "x"}}', "--stub", str(stubs)]
    return {
        "--version": [*keyflow, "--version"],
        "check": [*keyflow, "check", str(file)],
        "build": [*keyflow, "build", "AddApiKey", "--out", str(folder / "build")],
        "run": [*keyflow, "run", "AddApiKey", *given],
    }


if __name__ == "__main__":
    main()
