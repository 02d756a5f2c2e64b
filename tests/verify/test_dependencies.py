"""What a task needs is said twice, by the compiler and by the judge, and a mistake in either is found."""

from __future__ import annotations

import ast
import inspect
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import keyflow
import keyflow.verify
from keyflow import Retry, Workflow, intrinsics
from keyflow.aws import apigateway, dynamodb, iot, lambda_
from keyflow.compiler import compile_workflow
from keyflow.compiler.analysis import dependencies
from keyflow.diagnostics import DefinitionError, EngineError
from keyflow.dsl.blocks import Block
from keyflow.dsl.maps import Map
from keyflow.dsl.steps import Branch, Parallel
from keyflow.dsl.tasks import Task
from keyflow.verify import prove, subject_of_workflow
from keyflow.verify.judges.account import Account
from keyflow.verify.judges.declared import Declared
from keyflow.verify.judges.dependencies import all_needed_by, early_in, needed_by, needs_result
from keyflow.verify.judges.workflow import WorkflowJudge
from tests.random_workflows import RandomWorkflow
from tests.source_trees import nodes

VERIFY = Path(keyflow.verify.__file__).parent


def made(workflow: Workflow, name: str, label: Any = "", **options: Any) -> Task:
    """A task that can be undone without its result: what it makes goes by the execution's name and the label."""
    own = keyflow.format("{}-{}-{}", workflow.context["Execution"]["Name"], name, label)
    task = workflow.task(f"Make {name}", iot.create_thing(thingName=own), **options)
    task.compensate(f"Remove {name}", iot.delete_thing(thingName=own))
    return task


def listed(workflow: Workflow) -> Task:
    """A task whose result has a list, and which is undone with it."""
    task = workflow.task("Make A", apigateway.create_api_key(name="a"))
    task.compensate("Remove A", apigateway.delete_api_key(apiKey=task["id"]))
    return task


def by_after() -> Workflow:
    workflow = Workflow("After")
    made(workflow, "B", after=made(workflow, "A"))
    return workflow


def by_after_in_dataflow() -> Workflow:
    workflow = Workflow("Scheduled", schedule="dataflow")
    made(workflow, "B", after=made(workflow, "A"))
    return workflow


def by_map() -> Workflow:
    """The tasks inside use no result, but for the item: each list is a task's."""
    workflow = Workflow("Mapped")
    first = listed(workflow)
    with workflow.map("Each", first["stageKeys"]) as each:
        made(workflow, "B", label=each.item)
    return workflow


def by_index() -> Workflow:
    workflow = Workflow("Indexed")
    first = listed(workflow)
    with workflow.map("Each", first["stageKeys"]) as each:
        made(workflow, "B", label=each.index)
    return workflow


def by_failed_items() -> Workflow:
    workflow = Workflow("Tolerant", type="STANDARD")
    with workflow.map("Each", workflow.input["list"], tolerated_failures=1) as each:
        made(workflow, "A", label=each.index)
    made(workflow, "B", label=intrinsics.json_to_string(each.failed))
    return workflow


def by_collected() -> Workflow:
    workflow = Workflow("Collected")
    with workflow.map("Each", workflow.input["list"]) as each:
        first = made(workflow, "A", label=each.index)
    made(workflow, "B", label=intrinsics.json_to_string(each.collect(first["thingId"])))
    return workflow


def by_compensation() -> Workflow:
    workflow = Workflow("UndoneWith")
    first, second = made(workflow, "A"), made(workflow, "B")
    second.compensations.clear()
    own = second.call.written["thingName"]
    second.compensate(
        "Note B", iot.update_thing(thingName=own, attributePayload={"attributes": {"a": first["thingId"]}})
    )
    second.compensate("Unmake B", iot.delete_thing(thingName=own))
    return workflow


def by_lookup() -> Workflow:
    workflow = Workflow("LookedUp", type="STANDARD")
    me = workflow.context["Execution"]["Name"]
    first, second = made(workflow, "A"), workflow.task("Make B", apigateway.create_api_key(name="b", description=me))
    find = apigateway.get_api_keys(nameQuery=first["thingId"])
    second.compensate("Remove B", apigateway.delete_api_key(apiKey=second["id"]), find=find, mine={"description": me})
    return workflow


def by_result() -> Workflow:
    """Four in a row: each is undone with its own result, and made with the one before."""
    workflow = Workflow("InARow")
    name: Any = "a"
    for number in range(4):
        task = workflow.task(f"Make {number}", apigateway.create_api_key(name=name))
        task.compensate(f"Remove {number}", apigateway.delete_api_key(apiKey=task["id"]))
        name = task["id"]
    return workflow


def handled() -> Workflow:
    """Errors after which nobody knows what was made, handled, but not undone."""
    workflow = Workflow("Handled")
    task = made(workflow, "A")
    with task.on_error():
        workflow.fail("NotMade", "It may have been made")
    return workflow


def in_doubt() -> Workflow:
    """What is undone with a result, alone and in a branch."""
    workflow = Workflow("InDoubt")
    listed(workflow)
    with workflow.parallel("Both"):
        plan = workflow.task("Make B", apigateway.create_usage_plan(name="b"))
        made(workflow, "C")
    plan.compensate("Remove B", apigateway.delete_usage_plan(usagePlanId=plan["id"]))
    return workflow


def by_a_function() -> Workflow:
    """What a function has done when it fails, nobody knows."""
    workflow = Workflow("ByFunction")
    paid = workflow.task("Pay", lambda_.invoke(FunctionName="pay", Payload={}))
    with paid.on_error("Declined"):
        workflow.fail("Declined", "It was declined")
    paid.compensate("Refund", lambda_.invoke(FunctionName="refund", Payload={}))
    return workflow


def by_a_retry() -> Workflow:
    """The first attempt may have put the item there, whatever the last one ends with."""
    workflow = Workflow("ByRetry")
    key = {"pk": {"S": workflow.context["Execution"]["Name"]}}
    put = workflow.task("Put", dynamodb.put_item(TableName="t", Item=key), retry=Retry(max_attempts=1))
    with put.on_error(dynamodb.errors.ConditionalCheckFailedException):
        workflow.fail("Taken", "It is taken")
    put.compensate("Delete", dynamodb.delete_item(TableName="t", Key=key))
    return workflow


WORKFLOWS = (
    by_after, by_after_in_dataflow, by_map, by_index, by_failed_items, by_collected, by_compensation, by_lookup, by_result, handled,
    in_doubt, by_a_function, by_a_retry,
)  # fmt: skip


def finished(make: Callable[[], Workflow]) -> Workflow:
    """The workflow with a last call, behind which nothing happens."""
    workflow = make()
    workflow.task("Last", apigateway.get_account())
    workflow.succeed()
    return workflow


def holds(make: Callable[[], Workflow]) -> bool:
    """Whether what is compiled does what is written, or is refused; what cannot be run at all does not."""
    try:
        return prove(subject_of_workflow(compile_workflow(finished(make)), ()), until_violated=True).holds
    except DefinitionError:
        return True
    except (EngineError, KeyError):  # what cannot be run, or is not even compiled
        return False


def check_the_same(workflow: Workflow) -> None:
    assert early_in(workflow.block) == {}
    for task in workflow.tasks():
        theirs = {*dependencies.direct_dependencies(task), *dependencies.producers(task.undoing_values())}
        assert needed_by(task) == theirs - {task}
        assert task not in all_needed_by(task)
        for undo in task.compensations:
            assert needs_result(undo, task) == dependencies.needs_result(undo, task)


@pytest.mark.parametrize("make", WORKFLOWS)
def test_the_compiler_says_the_same(make: Callable[[], Workflow]) -> None:
    check_the_same(finished(make))
    assert holds(make)


@given(st.randoms(use_true_random=False), st.booleans(), st.booleans())
@settings(max_examples=100, deadline=None)
def test_the_compiler_says_the_same_of_random_workflows(random: Random, wild: bool, maps: bool) -> None:
    check_the_same(RandomWorkflow(random, wild=wild, maps=maps).workflow)


def side_by_side(workflow: Workflow) -> Block:
    """The workflow's first two steps as a schedule would have them that saw no order between them."""
    first, second, *others = workflow.block.steps
    branches = [Branch(step.name, step.location, Block([step])) for step in (first, second)]
    return Block([Parallel("Both", first.location, branches), *others])


@pytest.mark.parametrize("make", [by_after, by_compensation])
def test_a_schedule_that_forgets_an_order_is_found(make: Callable[[], Workflow]) -> None:
    """P0: the steps are judged in the order in which they are scheduled, so that order is judged as well."""
    workflow = finished(make)
    block, names = side_by_side(workflow), {"Make B"} if make is by_after else set()
    assert early_in(workflow.block) == {}
    assert {task.name for task in early_in(block)} == names
    subject = subject_of_workflow(compile_workflow(workflow), ())
    judge = WorkflowJudge(workflow, block, {}, Account(declared=Declared()))
    proof = prove(replace(subject, judge=judge), depth=1)
    assert {example.finding.state for example in proof.violations if example.finding.mark == "early"} == names


MUTANTS = {
    "forgets after": (", *task.after)", ",)"),
    "forgets what is iterated over": ("found |= dict.fromkeys(producers(each.values()))", "pass"),
    "forgets what a Map's iterations did": (
        "found |= dict.fromkeys(step for step in each.block.walk() if isinstance(step, Task))",
        "pass",
    ),
    "forgets what is collected": ("found |= dict.fromkeys(producers((each,)))", "pass"),
    "forgets what undoing uses": ("*producers(task.undoing_values())}", "}"),
    "has one stage": ("depth = depth + 1", "depth = 1"),
    "sees no result in a compensation": ("return task in producers(compensation.values())", "return False"),
    "sees a result in each compensation": ("return task in producers(compensation.values())", "return True"),
    "looks for what is in doubt, too": ("if task.lookup is not None:", "if False:"),
    "has no doubt": (
        "return next((each for each in task.compensations if needs_result(each, task)), None)",
        "return None",
    ),
    "looks for nothing": ("return task.lookup is not None or any(", "return any("),
    "notes no doubt": ("return is_inside or recovers(task) or any(", "return recovers(task) or any("),
    "undoes nothing that may have happened": (
        "any(not needs_result(each, task) for each in task.compensations)",
        "False",
    ),
    "takes no error for ambiguous": (
        "return any(is_ambiguous for _names, is_ambiguous in told_apart(task, handler.errors))",
        "return False",
    ),
    "takes each error of a function for an answer": (
        "definite_errors, False\n        yield tuple(names), True",
        "definite_errors, False\n        yield tuple(names), False",
    ),
    "forgets what a retry hides": ("for retry in task.retry if retry.attempts]", "for retry in ()]"),
    "forgets faults of a service": ("yield covered, True", "yield covered[:1], True"),
}
"""Ways to break the compiler's statement, each as a replacement in its source."""


def document_of(make: Callable[[], Workflow]) -> Any:
    try:
        return compile_workflow(finished(make)).document
    except (DefinitionError, EngineError, KeyError):
        return None


@cache
def sound_documents() -> tuple[Any, ...]:
    return tuple(map(document_of, WORKFLOWS))


def put_in_place(mutant: dict[str, Any], original: types.ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes everything that keyflow has loaded use the functions of a mutant."""
    for name, function in list(vars(original).items()):
        if isinstance(function, types.FunctionType) and function.__module__ == original.__name__:
            for module in [each for key, each in sys.modules.items() if key.startswith("keyflow.")]:
                if vars(module).get(name) is function:
                    monkeypatch.setattr(module, name, mutant[name])


@pytest.mark.parametrize("label", MUTANTS)
def test_a_mistake_of_the_compiler_is_found(label: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though four passes use it, and whoever judges their work could have done so, too.

    What is compiled as before holds as before.
    """
    sound = sound_documents()
    written, instead = MUTANTS[label]
    source = inspect.getsource(dependencies)
    assert source.count(written) == 1
    mutant: dict[str, Any] = {"__name__": dependencies.__name__}
    exec(compile(source.replace(written, instead), "mutant.py", "exec"), mutant)
    put_in_place(mutant, dependencies, monkeypatch)
    changed = (make for make, before in zip(WORKFLOWS, sound, strict=True) if document_of(make) != before)
    assert not all(map(holds, changed))


@pytest.mark.parametrize(
    ("owner", "method"),
    [(Task, "values"), (Task, "undoing_values"), (Map, "values")],
    ids=lambda each: getattr(each, "__name__", each),
)
def test_a_mistake_of_the_dsl_is_found(owner: type, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What compiler and judge could both have asked a step for, the judge reads off the calls themselves."""
    monkeypatch.setattr(owner, method, lambda _self: iter(()))
    assert not all(map(holds, WORKFLOWS))


# What the judges stand on.


MAY_IMPORT = {
    # `Compiled` is the artefact that is judged: the machine, its states' lines, which states repeat a call, and how the
    # steps are ordered. `ROOT` is the member of the data that compiled states own, so that the input can hold forgeries.
    "subjects/workflows.py": {"keyflow.compiler.Compiled", "keyflow.compiler.layout.ROOT"},
}
"""All that `verify` takes from the compiler: what it judges, and what an attacker would know of it."""


def imported(file: Path) -> Iterator[str]:
    for node in nodes(file):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield from (f"{node.module}.{each.name}" for each in node.names)


def test_nothing_is_judged_by_what_wrote_it() -> None:
    found = {
        str(file.relative_to(VERIFY)): {name for name in imported(file) if f"{name}.".startswith("keyflow.compiler.")}
        for file in VERIFY.rglob("*.py")
    }
    assert {file: names for file, names in found.items() if names} == MAY_IMPORT


ROOMS = ("world", "judges", "subjects", "search")


def test_no_arrow_leads_upward() -> None:
    """A subject is made of judges and a world, and a search tries subjects; nothing below knows what is above."""
    for level, room in enumerate(ROOMS):
        files = list((VERIFY / room).glob("*.py"))
        assert len(files) > 3
        for file in files:
            rooms = {name.split(".")[2] for name in imported(file) if name.startswith("keyflow.verify.")}
            assert rooms <= set(ROOMS[: level + 1]), file
