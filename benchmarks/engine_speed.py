"""Claim: the engine runs AddApiKey at least 1,000 times a second, and 100 times as fast as LocalStack.

Both run the committed definition with the same answers for its tasks, one execution after the other.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.e2e.localstack import running

from keyflow import asl
from keyflow.engine import Stubs, Success, run

DEFINITION = Path(__file__).parents[1] / "build" / "AddApiKey.asl.json"
ANSWERS = {
    "Get Api Key": {},
    "Create Usage Plan": {"Id": "plan"},
    "Create Api Key": {"Id": "key", "Value": "secret"},
    "Link Api Key To Usage Plan": {"Id": "key"},
    "Save Api Key": {},
}
INPUT = {"detail": {"name": "gopher"}}
OURS, THEIRS = 2_000, 20


def main() -> None:
    """Measures and prints; ends with 1 where the claim does not hold."""
    document = json.loads(DEFINITION.read_text())
    machine = asl.parse(document)
    stubs = Stubs({state: Success(result) for state, result in ANSWERS.items()})

    def ours() -> None:
        assert run(machine, INPUT, stubs).status == "SUCCEEDED"

    mocks = {
        "StateMachines": {"Bench": {"TestCases": {"Fine": {state: state for state in ANSWERS}}}},
        "MockedResponses": {state: {"0": {"Return": result}} for state, result in ANSWERS.items()},
    }
    with running() as engine:
        engine.mock(mocks)
        states = engine.client("stepfunctions")
        arn = states.create_state_machine(
            name="Bench", type="EXPRESS", definition=json.dumps(document), roleArn="arn:aws:iam::000000000000:role/any"
        )["stateMachineArn"]

        def theirs() -> None:
            found = states.start_sync_execution(stateMachineArn=f"{arn}#Fine", input=json.dumps(INPUT))
            assert found["status"] == "SUCCEEDED"

        own, other = _median(ours, OURS), _median(theirs, THEIRS)
    print(f"keyflow's engine  {own * 1000:8.3f} ms an execution, {1 / own:.0f} a second")
    print(f"LocalStack        {other * 1000:8.3f} ms an execution")
    print(f"ratio of the medians: {other / own:.0f}")
    holds = 1 / own >= 1_000 and other / own >= 100
    print("the claim holds" if holds else "the claim does NOT hold")
    sys.exit(0 if holds else 1)


def _median(execute: Callable[[], None], count: int) -> float:
    execute()
    times = []
    for _ in range(count):
        began = time.perf_counter()
        execute()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


if __name__ == "__main__":
    main()
