"""Rounds: what a `repeat` block refuses, counts, and fails with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest

from keyflow import DefinitionError, Workflow
from keyflow.aws import apigateway
from keyflow.compiler import compile_workflow, declared_errors
from keyflow.engine import Outcome, Stubs, Success, run

ENDING: dict[str, Any] = {"error": "NotReady", "cause": "It takes too long"}


def polling(language: Literal["JSONPath", "JSONata"] = "JSONPath", at_most: int = 3) -> Workflow:
    workflow = Workflow("Polling", type="STANDARD", query_language=language)
    key = workflow.task("Make", apigateway.create_api_key(name="n"))
    key.compensate("Remove", apigateway.delete_api_key(apiKey=key["id"]))
    with workflow.repeat("Poll", at_most=at_most, every=10, **ENDING) as rounds:
        seen = workflow.task("Look", apigateway.get_api_key(apiKey=key["id"]))
        rounds.until(seen["description"] == "ready")
    workflow.succeed({"last": seen["name"]})
    return workflow


def looks(*descriptions: str) -> list[Outcome]:
    return [Success({"Description": text, "Name": f"round {number}"}) for number, text in enumerate(descriptions, 1)]


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_rounds_end_when_the_condition_holds(language: Literal["JSONPath", "JSONata"]) -> None:
    machine = compile_workflow(polling(language)).machine
    answers: dict[str, Any] = {"Make": Success({"Id": "k"}), "Look": looks("no", "no", "ready")}
    ended = run(machine, {}, Stubs(answers, default=Success({})))
    assert (ended.output, ended.seconds) == ({"last": "round 3"}, 20)


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_the_last_round_fails_and_undoes_what_stands_in_front(language: Literal["JSONPath", "JSONata"]) -> None:
    workflow = polling(language)
    assert "NotReady" in declared_errors(workflow)
    answers: dict[str, Any] = {"Make": Success({"Id": "k"}), "Look": looks("no", "no", "no", "ready")}
    stubs = Stubs(answers, default=Success({}))
    ended = run(compile_workflow(workflow).machine, {}, stubs)
    assert (ended.error, ended.cause) == ("NotReady", "It takes too long")
    assert [call.state for call in stubs.calls] == ["Make", "Look", "Look", "Look", "Remove"]


def test_the_budget_counts_rounds_and_pauses() -> None:
    """S9."""
    workflow = Workflow("Timed", timeout=200)
    with workflow.repeat("Poll", at_most=3, every=10, **ENDING) as rounds:
        seen = workflow.task("Look", apigateway.get_account(), timeout=7)
        rounds.until(seen["apiKeyVersion"] == "4")
    assert compile_workflow(workflow).budget.worst.seconds == 3 * 7 + 2 * 10


def compensable(workflow: Workflow) -> None:
    with workflow.repeat("Poll", at_most=2, **ENDING) as rounds:
        key = workflow.task("Make", apigateway.create_api_key(name="n"))
        key.compensate("Remove", apigateway.delete_api_key(apiKey=key["id"]))
        rounds.until(key["enabled"].is_true())


def without_until(workflow: Workflow) -> None:
    with workflow.repeat("Poll", at_most=2, **ENDING):
        workflow.task("Look", apigateway.get_account())


def until_twice(workflow: Workflow) -> None:
    with workflow.repeat("Poll", at_most=2, **ENDING) as rounds:
        workflow.task("Look", apigateway.get_account())
        rounds.until(workflow.input["x"] == 1)
        rounds.until(workflow.input["y"] == 1)


def without_condition(workflow: Workflow) -> None:
    with workflow.repeat("Poll", at_most=2, **ENDING) as rounds:
        rounds.until(True)  # type: ignore[arg-type]


def without_steps(workflow: Workflow) -> None:
    with workflow.repeat("Poll", at_most=2, **ENDING) as rounds:
        rounds.until(workflow.input["x"] == 1)


def ending_each_round(workflow: Workflow) -> None:
    with workflow.repeat("Poll", at_most=2, **ENDING) as rounds:
        rounds.until(workflow.input["x"] == 1)
        workflow.fail("Always", "in any case")


@pytest.mark.parametrize(
    ("write", "code"),
    [
        (compensable, "KF245"),
        (without_until, "KF245"),
        (until_twice, "KF245"),
        (without_steps, "KF245"),
        (ending_each_round, "KF245"),
        (without_condition, "KF215"),
        (lambda workflow: workflow.repeat("Poll", at_most=0, **ENDING).__enter__(), "KF245"),
        (lambda workflow: workflow.repeat("Poll", at_most=1, every=-1, **ENDING).__enter__(), "KF245"),
        (lambda workflow: workflow.repeat("Poll", at_most=1, error="States.X", cause="c").__enter__(), "KF228"),
    ],
)
def test_what_cannot_be_is_refused(write: Callable[[Workflow], None], code: str) -> None:
    def make() -> None:
        workflow = Workflow("W", type="STANDARD")
        write(workflow)
        compile_workflow(workflow)

    with pytest.raises(DefinitionError) as caught:
        make()
    assert {each.code for each in caught.value.diagnostics} == {code}
