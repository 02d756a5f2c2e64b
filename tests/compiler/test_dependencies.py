"""Who needs whom, and what follows from it for the order of undoing (S4)."""

from __future__ import annotations

from typing import Any

import pytest

import keyflow
from keyflow import Workflow, intrinsics
from keyflow.aws import apigateway
from keyflow.compiler import compile_workflow
from keyflow.compiler.analysis.dependencies import direct_dependencies, needs_result, undo_stages
from keyflow.dsl.tasks import Task
from keyflow.engine import Failure, Stubs, Success, run


def made(workflow: Workflow, name: str, label: Any = "key", **options: Any) -> Task:
    task = workflow.task(f"Make {name}", apigateway.create_api_key(name=label), **options)
    task.compensate(f"Remove {name}", apigateway.delete_api_key(apiKey=f"{name} key"))
    return task


MADE = Success({"Id": "id", "Name": "name", "StageKeys": ["one", "two"]})


def undone(workflow: Workflow) -> list[str]:
    """The compensations that run when a last call fails, in order."""
    workflow.task("Last", apigateway.get_account())
    machine = compile_workflow(workflow).machine
    ended = run(machine, {"list": [1, 2]}, Stubs({"Last": Failure("Refused", "why")}, default=MADE))
    assert ended.status == "FAILED"
    return [call.state for call in ended.calls if call.state.startswith("Remove")]


def test_what_comes_after_another_is_undone_before_it() -> None:
    """`after=` is an order for undoing, too, where no data says so."""
    workflow = Workflow("After")
    first = made(workflow, "A")
    second = made(workflow, "B", after=first)
    assert direct_dependencies(second) == (first,)
    assert undo_stages(workflow.tasks()) == {first: 1, second: 2}
    assert undone(workflow) == ["Remove B", "Remove A"]


def test_what_comes_after_nothing_is_undone_side_by_side() -> None:
    workflow = Workflow("Apart")
    first, second = made(workflow, "A"), made(workflow, "B")
    assert undo_stages(workflow.tasks()) == {first: 1, second: 1}


@pytest.mark.parametrize("inside", ["item", "index"])
def test_what_is_made_for_each_item_of_a_result_is_undone_before_it(inside: str) -> None:
    """A Map over a task's result: its tasks need that one, though they use none of its members."""
    workflow = Workflow("Mapped")
    first = made(workflow, "A")
    with workflow.map("Each", first["stageKeys"]) as each:
        label = each.item if inside == "item" else keyflow.format("{}", each.index)
        second = made(workflow, "B", label)
    assert direct_dependencies(second) == (first,)
    assert undo_stages(workflow.tasks()) == {first: 1, second: 2}
    assert undone(workflow) == ["Remove B", "Remove B", "Remove A"]


def test_what_is_made_for_each_item_of_an_item_is_undone_before_the_outermost() -> None:
    workflow = Workflow("Nested", type="STANDARD")
    first = made(workflow, "A")
    with (
        workflow.map("Outer", first["stageKeys"], distributed="STANDARD", batch_of=2) as outer,
        workflow.map("Inner", outer.items) as inner,
    ):
        second = made(workflow, "B", inner.item)
    assert direct_dependencies(second) == (first,)
    assert undone(workflow) == ["Remove B", "Remove B", "Remove A"]


def test_what_uses_what_iterations_made_is_undone_before_them() -> None:
    for collects in (True, False):
        workflow = Workflow("Gathered", type="STANDARD")
        with workflow.map("Each", workflow.input["list"], tolerated_failures=1) as each:
            first = made(workflow, "A")
        second = made(workflow, "B", intrinsics.json_to_string(each.collect(first["id"]) if collects else each.failed))
        assert direct_dependencies(second) == (first,)
        assert undo_stages(workflow.tasks()) == {first: 1, second: 2}
        assert undone(workflow) == ["Remove B", "Remove A", "Remove A"]


def test_what_only_undoing_uses_is_undone_later() -> None:
    """A compensation that uses another task's result, and a lookup that does."""
    workflow = Workflow("Undoing", type="STANDARD")
    first = made(workflow, "A")
    second, third = (workflow.task(f"Make {name}", apigateway.create_api_key(name=name)) for name in "BC")
    second.compensate("Remove B", apigateway.delete_api_key(apiKey=first["name"]))
    find = apigateway.get_api_keys(nameQuery=second["name"])
    undo = apigateway.delete_api_key(apiKey=third["id"])
    third.compensate("Remove C", undo, find=find, where=lambda found: found["name"] == "C")
    assert [direct_dependencies(task) for task in (second, third)] == [(), ()]
    assert undo_stages(workflow.tasks()) == {first: 1, second: 2, third: 3}
    assert undone(workflow) == ["Remove C", "Remove B", "Remove A"]
    assert [needs_result(task.compensations[0], task) for task in (first, second, third)] == [False, False, True]
