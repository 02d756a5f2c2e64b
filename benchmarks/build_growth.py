"""Claim: a workflow of 2,000 tasks builds in under 5 s, and time grows linearly with the tasks."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Run, median, run, spread

SIZES = (500, 1_000, 2_000)
ROUNDS = 5

DEFINITION = """\
from keyflow import Workflow
from keyflow.aws import apigateway

workflow = Workflow("Large", type="STANDARD")
previous = None
for number in range({tasks}):
    name = "first" if previous is None else previous["id"]
    if (number + 1) % {every} == 0:
        task = workflow.task(f"Make {{number}}", apigateway.create_api_key(name=name))
        task.compensate(f"Remove {{number}}", apigateway.delete_api_key(apiKey=task["id"]))
    else:
        task = workflow.task(f"Read {{number}}", apigateway.get_api_key(apiKey=name))
    previous = task if number % 10 else None
workflow.succeed()
"""


def main() -> None:
    """Measures and prints; ends with 1 where the claim does not hold."""
    holds = True
    for title, every in (("every fifth compensable", 5), ("none compensable", 10**9)):
        print(title)
        times = {size: _build(size, every) for size in SIZES}
        for size, runs in times.items():
            print(f"  {size:5} tasks  {spread(runs)}")
        start, middle, end = (min(run.cpu for run in times[size]) for size in SIZES)  # what others do makes it longer
        growth = (end - middle) / (middle - start)
        print(f"  the second 1,000 tasks take {growth:.2f} times the processor time of the 500 before (linear: 2)")
        holds = holds and median(times[2_000]).seconds < 5 and growth < 3
    print("the claim holds" if holds else "the claim does NOT hold")
    sys.exit(0 if holds else 1)


def _build(tasks: int, every: int) -> list[Run]:
    with tempfile.TemporaryDirectory() as folder:
        definition = Path(folder, "definitions", "large.py")
        definition.parent.mkdir()
        definition.write_text(DEFINITION.format(tasks=tasks, every=every))
        return [run([sys.executable, "-m", "keyflow", "build"], cwd=Path(folder)) for _ in range(ROUNDS)]


if __name__ == "__main__":
    main()
