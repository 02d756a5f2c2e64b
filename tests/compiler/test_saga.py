"""The saga semantics as the definitions show them; tests/e2e/test_saga.py runs them on an engine."""

from __future__ import annotations

import pytest

from keyflow import DefinitionError, Retry, Workflow, asl
from keyflow.aws import apigateway, dynamodb, glue, s3, sqs
from keyflow.compiler import Compiled, compile_workflow
from keyflow.engine import Failure, Stubs, Success, run
from tests.compiler.shapes import SHAPES, make_key


def states_of(compiled: Compiled) -> dict[str, asl.State]:
    """Every state, those of branches and iterations too, by name."""
    return dict(asl.all_states(compiled.machine))


def task_of(compiled: Compiled, name: str) -> asl.Task:
    state = states_of(compiled)[name]
    assert isinstance(state, asl.Task)
    return state


@pytest.mark.parametrize("name", SHAPES)
def test_every_error_of_every_task_is_caught(name: str) -> None:
    """S2, S7: no error leaves a task uncaught, so none ends the execution with its internals.

    But for those of child executions that write their results: an error is such a result, and their Map catches it.
    """
    states = states_of(compile_workflow(SHAPES[name]()))
    children = {
        inner
        for state in states.values()
        if isinstance(state, asl.Map) and state.result_writer is not None and state.item_processor is not None
        for inner in state.item_processor.states
        if state.catch is not None
    }
    for own, state in states.items():
        if isinstance(state, asl.Task) and own not in children:
            assert state.catch is not None
            assert state.catch[-1].error_equals == ("States.ALL",)


@pytest.mark.parametrize("name", SHAPES)
def test_every_state_name_is_unique_and_has_a_source(name: str) -> None:
    compiled = compile_workflow(SHAPES[name]())

    names = states_of(compiled)
    assert len(names) == sum(1 for _state in asl.all_states(compiled.machine))
    assert names.keys() == compiled.sources.keys()


def test_compensations_run_in_the_order_written() -> None:
    """S1."""
    compiled = compile_workflow(SHAPES["several_compensations"]())
    assert task_of(compiled, "Rename Plan").next == "Remove Plan?"


def test_dependents_are_undone_first() -> None:
    """S4."""
    compiled = compile_workflow(SHAPES["sequence"]())
    announce = task_of(compiled, "Announce")
    assert announce.catch is not None
    assert announce.catch[-1].next == "Remove Plan"
    assert task_of(compiled, "Remove Plan").next == "Remove Key"


def test_a_failure_enters_where_what_completed_is_known() -> None:
    """S5: nothing has completed, then the key, then the plan too; none of the compensations has to ask."""
    compiled = compile_workflow(SHAPES["sequence"]())
    entries = {name: task_of(compiled, name).catch for name in ("Make Key", "Make Plan", "Announce")}
    assert {name: catch[-1].next for name, catch in entries.items() if catch} == {
        "Make Key": "Unhandled Error",
        "Make Plan": "Remove Key",
        "Announce": "Remove Plan",
    }
    assert not [name for name in states_of(compiled) if name.startswith("Undo")]


def test_independent_tasks_are_undone_side_by_side() -> None:
    """S4."""
    compiled = compile_workflow(SHAPES["independent_in_sequence"]())
    undo = states_of(compiled)["Undo Make A and Make B"]
    assert isinstance(undo, asl.Parallel)
    assert [branch.start_at for branch in undo.branches] == ["Remove A", "Undo Make B?"]


def test_a_compensation_is_retried_but_not_for_what_is_gone() -> None:
    """S6: three attempts, exponential, with full jitter."""
    retry = task_of(compile_workflow(SHAPES["sequence"]()), "Remove Key").retry
    assert retry == (
        asl.Retrier(error_equals=("ApiGateway.NotFoundException",), max_attempts=0),
        asl.Retrier(
            error_equals=("States.ALL",), interval_seconds=1, max_attempts=2, backoff_rate=2.0, jitter_strategy="FULL"
        ),
    )


def test_a_dead_letter_is_sent_before_the_end() -> None:
    """S7."""
    compiled = compile_workflow(SHAPES["declared_after_completion"]())
    letter = task_of(compiled, "Send Dead Letter")
    assert letter.next == "Compensation Failed"
    assert letter.parameters == {
        "QueueUrl": "${Letters}",
        "MessageBody.$": "States.JsonToString($.results.left..leftOver)",
    }
    assert letter.catch is not None
    assert letter.catch[0].next == "Compensation Failed"


def test_a_declared_error_survives_the_undoing() -> None:
    """S8."""
    compiled = compile_workflow(SHAPES["declared_after_completion"]())
    verdict = states_of(compiled)["Everything Undone?"]
    assert isinstance(verdict, asl.Choice)
    assert [rule.next for rule in verdict.choices] == ["Send Dead Letter", "Disabled"]
    assert verdict.default == "Unhandled Error"


def test_without_compensations_there_is_no_ladder() -> None:
    workflow = Workflow("Plain")
    make_key(workflow, "A", undo=False)
    make_key(workflow, "B", undo=False)
    compiled = compile_workflow(workflow)
    assert list(states_of(compiled)) == ["Make A", "Make B", "Unhandled Error"]


def test_a_fallible_block_without_compensations_tells_declared_errors_apart() -> None:
    workflow = Workflow("Plain")
    with workflow.parallel("Both"):
        put = workflow.task("Put", dynamodb.put_item(TableName="t", Item={}))
        make_key(workflow, "Key", undo=False)
    with put.on_error(dynamodb.errors.ConditionalCheckFailedException):
        workflow.fail("Exists", "It exists")
    workflow.succeed()
    asks = states_of(compile_workflow(workflow))["Both Failed?"]
    assert isinstance(asks, asl.Choice)
    assert [rule.next for rule in asks.choices] == ["Exists", "Unhandled Error"]


def test_the_happy_path_pays_one_state_for_a_fallible_block_and_none_else() -> None:
    """S11, on the worked examples' own shape."""

    def register(undo: bool) -> Compiled:
        workflow = Workflow("Register", timeout=100)
        with workflow.parallel("Make"):
            a = make_key(workflow, "A", undo=undo)
            make_key(workflow, "B", undo=undo)
        make_key(workflow, "C", undo=undo)
        workflow.succeed({"id": a["id"]})
        return compile_workflow(workflow)

    with_undo, without = register(True), register(False)
    assert with_undo.happy_path == without.happy_path
    assert with_undo.happy_path.states == 6  # Make, its branches, the Choice behind it, C and the end


def test_the_names_of_user_and_compiler_never_clash() -> None:
    workflow = Workflow("Clash", timeout=100)
    for name in ("Unhandled Error", "Everything Undone?", "Compensation Failed", "Start", "x" * 80):
        make_key(workflow, name[:70], undo=True)
    workflow.task("Everything Undone?", apigateway.get_account())
    workflow.task("Unhandled Error", apigateway.get_account())
    compiled = compile_workflow(workflow)
    assert "Unhandled Error 2" in states_of(compiled)
    assert all(len(name) <= 80 for name in states_of(compiled))
    assert asl.validate(compiled.document) == ()


def test_names_that_differ_in_signs_only_keep_their_own_record() -> None:
    """S7: what one compensation leaves is not overwritten by what another leaves."""
    workflow = Workflow("Alike", timeout=100)
    first = make_key(workflow, "A", undo=False)
    first.compensate("Undo-It", apigateway.delete_api_key(apiKey=first["id"]))
    second = workflow.task("B", apigateway.create_api_key(name=first["id"]))
    second.compensate("Undo It", apigateway.delete_api_key(apiKey=second["id"]))
    workflow.task("Last", apigateway.get_account())
    refused = Failure("Other", "refused")
    stubs = {"Last": refused, "Undo-It": refused, "Undo It": refused}
    found = run(compile_workflow(workflow).machine, {}, Stubs(dict(stubs), default=Success({"Id": "k"})))
    assert found.error == "CompensationFailed"
    assert found.cause is not None
    assert '"Undo-It"' in found.cause
    assert '"Undo It"' in found.cause


def test_what_covers_every_error_comes_last() -> None:
    workflow = Workflow("Order", timeout=100)
    every, some = Retry(max_attempts=1), Retry(errors=("ApiGateway.X",), max_attempts=1)
    task = workflow.task("A", apigateway.get_account(), retry=[every, some])
    for errors in ((), ("ApiGateway.X",)):
        with task.on_error(*errors):
            workflow.fail(f"Failed{len(errors)}", "it failed")
    state = task_of(compile_workflow(workflow), "A")
    assert state.retry is not None
    assert state.catch is not None
    assert [each.error_equals for each in state.retry] == [("ApiGateway.X",), ("States.ALL",)]
    assert [each.error_equals for each in state.catch] == [("ApiGateway.X",), ("States.ALL",)]


def test_succeed_in_a_handler_inside_a_branch_is_refused() -> None:
    workflow = Workflow("Bad")
    with workflow.parallel("Both"):
        a = make_key(workflow, "A")
        make_key(workflow, "B")
    with a.on_error("ApiGateway.Custom"):
        workflow.succeed()
    with pytest.raises(DefinitionError, match="KF226"):
        compile_workflow(workflow)


def test_the_workflow_is_not_changed_by_compiling_it() -> None:
    workflow = SHAPES["dataflow"]()
    assert compile_workflow(workflow).document == compile_workflow(workflow).document


def test_a_step_after_a_queue_message_is_undone_too() -> None:
    """A task whose compensation needs nothing of its result is undone as well."""
    workflow = Workflow("Fixed", timeout=60)
    key = {"pk": {"S": workflow.context["Execution"]["Name"]}}
    claim = workflow.task("Claim", dynamodb.put_item(TableName="t", Item=key))
    claim.compensate("Release", dynamodb.delete_item(TableName="t", Key=key))
    workflow.task("Tell", sqs.send_message(QueueUrl="https://sqs/1/q", MessageBody="done")).keep("it is read")
    tell = task_of(compile_workflow(workflow), "Tell")
    assert tell.catch is not None
    assert tell.catch[-1].next == "Release"


def test_a_job_that_fails_is_undone_and_one_that_was_not_started_is_not() -> None:
    """S14: when a job fails, nobody knows what it had done by then; the errors of the call say that it never ran."""
    workflow = Workflow("Jobs", type="STANDARD", timeout=600)
    name = workflow.context["Execution"]["Name"]
    job = workflow.task("Job", glue.start_job_run(JobName="j", Arguments={"--out": name}).sync(), timeout=60)
    job.compensate("Remove", s3.delete_object(Bucket="b", Key=name))
    workflow.succeed()
    compiled = compile_workflow(workflow)
    for error, undone in (("States.TaskFailed", True), ("Glue.ConcurrentRunsExceededException", False)):
        found = run(compiled.machine, {}, Stubs({"Job": Failure(error), "Remove": Success({})}))
        assert found.error == "UnhandledError"
        assert ("Remove" in found.path) is undone
