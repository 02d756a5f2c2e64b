"""Claim: each definition is proven at depth 2 at least twenty times faster than LocalStack could run its scenarios.

LocalStack's time is that of one execution of AddApiKey in the same run, times the number of scenarios.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from tests.e2e.localstack import running

from benchmarks.engine_speed import ANSWERS, DEFINITION, INPUT
from keyflow.build import build
from keyflow.loading import load_definitions
from keyflow.project import find_project
from keyflow.verify import prove, subject_of_workflow

ROOT = Path(__file__).parents[1]
LEAST = 20
"""How many times faster a proof is at the least."""


def main() -> None:
    """Measures and prints; ends with 1 where the claim does not hold."""
    project = find_project(ROOT)
    built = build(project, load_definitions(project))
    proofs = [prove(subject_of_workflow(compiled, built.apis)) for compiled in built.workflows]
    execution = _theirs()
    for proof in proofs:
        theirs = execution * proof.scenarios
        print(
            f"{proof.name:14} {proof.scenarios:5} scenarios, {proof.tried:4} run, {proof.seconds:4.1f} s,"
            f" {len(proof.violations)} violations"
        )
        print(f"    one after the other on LocalStack about {theirs:.0f} s: ratio {theirs / proof.seconds:.0f}")
    holds = all(proof.holds and execution * proof.scenarios / proof.seconds >= LEAST for proof in proofs)
    print("the claim holds" if holds else "the claim does NOT hold")
    sys.exit(0 if holds else 1)


def _theirs() -> float:
    """Seconds of one execution on LocalStack."""
    mocks = {
        "StateMachines": {"Bench": {"TestCases": {"Fine": {state: state for state in ANSWERS}}}},
        "MockedResponses": {state: {"0": {"Return": result}} for state, result in ANSWERS.items()},
    }
    with running() as engine:
        engine.mock(mocks)
        states = engine.client("stepfunctions")
        role = "arn:aws:iam::000000000000:role/any"
        arn = states.create_state_machine(
            name="Bench", type="EXPRESS", definition=DEFINITION.read_text(), roleArn=role
        )["stateMachineArn"]
        states.start_sync_execution(stateMachineArn=f"{arn}#Fine", input=json.dumps(INPUT))
        began = time.perf_counter()
        for _ in range(10):
            states.start_sync_execution(stateMachineArn=f"{arn}#Fine", input=json.dumps(INPUT))
        return (time.perf_counter() - began) / 10


if __name__ == "__main__":
    main()
