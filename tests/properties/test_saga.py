"""Random workflows with every single fault and many pairs, on keyflow's engine: S1 to S8 hold each time."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyflow.compiler import compile_workflow
from keyflow.engine import Failure, Stubs, Success
from tests.drawing import examples
from tests.random_workflows import FLAGS, RandomWorkflow, declared
from tests.saga import Fault, check, locally

FINE = Success({"Id": "id", "ThingId": "id", "Name": "name", "Enabled": True})
THROTTLED = "ApiGateway.TooManyRequestsException"


@pytest.mark.long
@given(st.randoms(use_true_random=False), st.lists(st.booleans(), min_size=FLAGS, max_size=FLAGS))
@settings(max_examples=examples(80), deadline=None)
def test_every_fault_is_compensated(random: Random, flags: list[bool]) -> None:
    """P1 to P3: alone, and together with each compensation that fails or finds nothing."""
    workflow = RandomWorkflow(random).workflow
    compiled = compile_workflow(workflow)
    tasks = list(workflow.tasks())
    undos = {undo.name: undo.gone_errors[0] for task in tasks for undo in task.compensations}
    faults: list[dict[str, str]] = [{}]
    for task in tasks:
        faults += [{task.name: error} for error in (declared(task), THROTTLED)]
        faults += [{task.name: THROTTLED, undo: "Other"} for undo in undos]
        faults += [{task.name: THROTTLED, undo: gone} for undo, gone in list(undos.items())[:3]]
        faults += [{task.name: declared(task), other.name: THROTTLED} for other in tasks if other is not task]
    given_flags = {f"flag{index}": value for index, value in enumerate(flags)}
    for failing in faults:
        fault = Fault("fault", failing, given_flags)
        stubs = Stubs({name: Failure(error, "internal") for name, error in failing.items()}, default=FINE)
        check(workflow, fault, locally(compiled, fault, stubs))
