"""A test that asks for a state that is not there does not pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from keyflow import Workflow
from keyflow.aws import apigateway
from keyflow.testing import run_workflow
from keyflow.testing.runs import WorkflowRun


def looked() -> WorkflowRun:
    workflow = Workflow("Look", timeout=60)
    with workflow.when(workflow.input["kind"] == "a"):
        workflow.task("Look At It", apigateway.get_account())
    workflow.succeed()
    return run_workflow(workflow, {"kind": "a"}, samples=True)


def test_what_is_there() -> None:
    run = looked()
    assert "Look At It" in run.path
    assert "Look At It" not in run.compensated
    assert run.called == ["Look At It"]
    assert run.attempts("Look At It") == 1
    assert run.path.index("Look At It") == run.path.index("Success") - 1


@pytest.mark.parametrize(
    "ask",
    [
        lambda run: "Look at it" in run.path,
        lambda run: "Look at it" not in run.called,
        lambda run: "Look at it" in run.compensated,
        lambda run: run.attempts("Look at it"),
        lambda run: run.parameters("Look at it"),
        lambda run: run.path.index("Look at it"),
    ],
)
def test_what_is_not_there(ask: Callable[[WorkflowRun], Any]) -> None:
    with pytest.raises(AssertionError, match="the definition has no state 'Look at it': did you mean 'Look At It'"):
        ask(looked())
