"""Time: every attempt has a timeout, and the worst path fits (S9, P5)."""

from __future__ import annotations

import pytest

from keyflow import DefinitionError, Retry, Workflow, asl
from keyflow.aws import apigateway
from keyflow.compiler import compile_workflow
from tests.compiler.shapes import SHAPES, make_key


def chain(length: int, **options: object) -> Workflow:
    workflow = Workflow("Chain", **options)  # type: ignore[arg-type]
    for number in range(length):
        workflow.task(f"Step {number}", apigateway.get_account())
    return workflow


def test_every_task_has_a_timeout() -> None:
    for shape in SHAPES.values():
        for state in compile_workflow(shape()).machine.states.values():
            if isinstance(state, asl.Task):
                assert isinstance(state.timeout, int)


def test_the_budget_is_shared_out() -> None:
    budget = compile_workflow(chain(4, timeout=21)).budget
    assert (budget.task, budget.worst.seconds) == (5, 20)


def test_a_given_timeout_stays() -> None:
    workflow = chain(2, timeout=21)
    workflow.task("Own", apigateway.get_account(), timeout=10)
    compiled = compile_workflow(workflow)
    own = compiled.machine.states["Own"]
    assert isinstance(own, asl.Task)
    assert (own.timeout, compiled.budget.task) == (10, 5)


def test_compensations_count_with_all_their_attempts() -> None:
    workflow = Workflow("W", timeout=100)
    key = workflow.task("Make", apigateway.create_api_key(name="n"), timeout=4)
    key.compensate("Remove", apigateway.delete_api_key(apiKey=key["id"]), timeout=5)
    workflow.task("Fails", apigateway.get_account(), timeout=7, retry=Retry(max_attempts=3, interval=2, max_delay=3))
    worst = compile_workflow(workflow).budget.worst
    assert worst.seconds == 4 + (4 * 7 + 2 + 3 + 3) + (3 * 5 + 1 + 2)
    assert worst.path == ("Make", "Fails", "Remove")


def test_branches_take_as_long_as_the_longest() -> None:
    workflow = Workflow("W", timeout=100)
    with workflow.parallel("Both"):
        with workflow.branch():
            workflow.task("A", apigateway.get_account(), timeout=3)
            workflow.task("B", apigateway.get_account(), timeout=3)
        workflow.task("C", apigateway.get_account(), timeout=5)
    workflow.wait("Pause", 10)
    assert compile_workflow(workflow).budget.worst.seconds == 16


def test_a_path_that_cannot_fit_is_refused_with_its_seconds() -> None:
    with pytest.raises(DefinitionError) as caught:
        compile_workflow(chain(6, timeout=5))
    message = str(caught.value)
    assert "KF301" in message
    assert "Chain can take 6 s, over the timeout of Chain (5 s): Step 0 -> Step 1 -> " in message


def test_an_express_workflow_has_300_seconds() -> None:
    with pytest.raises(DefinitionError, match="over the limit of Express workflows"):
        compile_workflow(chain(301))


def test_a_caller_waits_29_seconds() -> None:
    workflow = chain(1, timeout=60)
    workflow.wait("Pause", 29)
    compile_workflow(workflow)
    with pytest.raises(DefinitionError, match=r"API Gateway's limit for an answer \(29 s\)"):
        compile_workflow(workflow, answer_within=29)


def test_a_caller_waits_for_as_long_as_its_route_says() -> None:
    workflow = chain(1, timeout=60)
    workflow.wait("Pause", 29)
    compiled = compile_workflow(workflow, answer_within=50)
    assert compiled.budget.limit is not None
    assert (compiled.budget.limit.seconds, compiled.budget.worst.seconds) == (50, 50)
    with pytest.raises(DefinitionError, match=r"API Gateway's limit for an answer \(20 s\)"):
        compile_workflow(workflow, answer_within=20)


def test_a_standard_workflow_without_a_timeout_has_no_limit() -> None:
    compiled = compile_workflow(chain(400, type="STANDARD"))
    assert compiled.budget.limit is None
    assert compiled.machine.timeout_seconds is None


def test_a_wait_of_unknown_length_fits_into_no_limit() -> None:
    for is_known in (False, True):
        workflow = Workflow("Unknown", timeout=60)
        until = "2030-01-01T00:00:00Z" if is_known else None
        workflow.wait("Pause", seconds=None if is_known else workflow.input["x"], until=until)
        workflow.succeed()
        with pytest.raises(DefinitionError, match="how long 'Pause' takes is unknown") as caught:
            compile_workflow(workflow)
        assert caught.value.diagnostics[0].code == "KF301"


def test_a_dead_letter_takes_time_too() -> None:
    workflow = SHAPES["declared_after_completion"]()
    with_letter = compile_workflow(workflow).budget
    assert "dead letter" in with_letter.worst.path


def test_a_long_path_is_told_in_short() -> None:
    with pytest.raises(DefinitionError) as caught:
        compile_workflow(chain(400))
    assert len(str(caught.value)) < 600


def test_make_key_is_worth_its_compensation() -> None:
    workflow = Workflow("W", timeout=9)
    make_key(workflow, "A")
    workflow.task("Last", apigateway.get_account())
    assert compile_workflow(workflow).budget.worst.seconds <= 9
