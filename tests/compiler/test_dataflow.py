"""Values are used only where they exist, and results are trimmed to what is read."""

from __future__ import annotations

from typing import Any

import pytest

from keyflow import DefinitionError, Parameter, StateMachine, Workflow, asl, format
from keyflow.aws import apigateway, dynamodb, sqs
from keyflow.compiler import compile_workflow
from keyflow.dsl.tasks import Task
from tests.compiler.shapes import make_key


def refused(workflow: Workflow, code: str) -> str:
    with pytest.raises(DefinitionError) as caught:
        compile_workflow(workflow)
    assert {diagnostic.code for diagnostic in caught.value.diagnostics} == {code}
    assert all(diagnostic.location and diagnostic.location.file == __file__ for diagnostic in caught.value.diagnostics)
    return str(caught.value)


def test_a_value_is_unknown_outside_the_branch_that_may_not_run() -> None:
    workflow = Workflow("W")
    with workflow.when(workflow.input["x"] == 1):
        key = make_key(workflow, "Key")
    workflow.task("Use", apigateway.get_api_key(apiKey=key["id"]))
    assert "'Make Key'['Id'] is used where 'Make Key' may not have completed" in refused(workflow, "KF230")


def test_a_value_is_unknown_in_a_sibling_branch() -> None:
    workflow = Workflow("W")
    with workflow.parallel("Both"):
        key = make_key(workflow, "Key")
        workflow.task("Use", apigateway.get_api_key(apiKey=key["id"]))
    refused(workflow, "KF230")


def test_a_value_is_unknown_before_its_task() -> None:
    late = Workflow("Late")
    key = make_key(late, "Key")
    workflow = Workflow("W")
    workflow.task("Use", apigateway.get_api_key(apiKey=key["id"]))
    refused(workflow, "KF230")


def test_a_value_is_unknown_behind_a_handler_that_goes_on() -> None:
    workflow = Workflow("W")
    key = make_key(workflow, "Key")
    with key.on_error("ApiGateway.Custom"):
        workflow.task("Other", apigateway.get_account())
    workflow.succeed({"id": key["id"]})
    refused(workflow, "KF230")


def test_a_value_is_known_behind_a_handler_that_ends() -> None:
    workflow = Workflow("W")
    key = make_key(workflow, "Key")
    with key.on_error("ApiGateway.Custom"):
        workflow.fail("No", "no")
    workflow.succeed({"id": key["id"]})
    compile_workflow(workflow)


def test_a_value_is_known_where_every_other_way_has_ended() -> None:
    workflow = Workflow("W")
    with workflow.when(workflow.input["x"] == 1):
        key = make_key(workflow, "Key")
    with workflow.otherwise():
        workflow.fail("No", "no")
    workflow.succeed({"id": key["id"]})
    compile_workflow(workflow)


def test_an_error_is_unknown_outside_its_handler() -> None:
    workflow = Workflow("W")
    key = make_key(workflow, "Key")
    with key.on_error("ApiGateway.Custom") as error:
        workflow.task("Other", apigateway.get_account())
    workflow.succeed({"error": error["Error"]})
    refused(workflow, "KF230")


def test_a_compensation_knows_what_its_task_knew() -> None:
    workflow = Workflow("W")
    key = make_key(workflow, "Key", undo=False)
    later = make_key(workflow, "Later", undo=False)
    key.compensate("Remove", apigateway.delete_api_key(apiKey=later["id"]))
    refused(workflow, "KF230")


def test_after_names_a_task_that_has_run() -> None:
    workflow = Workflow("W")
    with workflow.when(workflow.input["x"] == 1):
        key = make_key(workflow, "Key")
    workflow.task("Use", apigateway.get_account(), after=key)
    refused(workflow, "KF230")


def test_left_over_is_for_dead_letters() -> None:
    workflow = Workflow("W")
    workflow.task("Tell", sqs.send_message(QueueUrl="u", MessageBody=workflow.left_over))
    refused(workflow, "KF232")


def test_two_parameters_of_one_name_must_agree() -> None:
    workflow = Workflow("W")
    workflow.task("A", apigateway.get_api_key(apiKey=Parameter("Key", default="a")))
    workflow.task("B", apigateway.get_api_key(apiKey=Parameter("Key", default="b")))
    refused(workflow, "KF231")


def test_a_workflow_has_steps() -> None:
    refused(Workflow("Empty"), "KF233")


def result_of(workflow: Workflow, name: str) -> tuple[Any, Any]:
    state = compile_workflow(workflow).machine.states[name]
    assert isinstance(state, asl.Task)
    return state.result_selector, state.result_path


def two_tasks() -> tuple[Workflow, Any]:
    workflow = Workflow("W")
    workflow.task("First", apigateway.get_account())
    return workflow, workflow.task("Get", apigateway.get_usage_plan(usagePlanId="u"))


def test_an_unread_result_is_discarded() -> None:
    workflow, _plan = two_tasks()
    workflow.succeed()
    assert result_of(workflow, "Get") == (asl.ABSENT, None)


def test_a_result_is_trimmed_to_what_is_read() -> None:
    workflow, plan = two_tasks()
    workflow.succeed({"a": plan["id"], "b": plan["throttle"]["burstLimit"], "c": plan["apiStages"][0]["stage"]})
    assert result_of(workflow, "Get") == (
        {"ApiStages.$": "$.ApiStages", "Id.$": "$.Id", "Throttle": {"BurstLimit.$": "$.Throttle.BurstLimit"}},
        "$.results.get",
    )


def test_a_result_of_which_a_member_may_be_missing_is_kept_whole() -> None:
    workflow, plan = two_tasks()
    workflow.fail_if(plan["description"].is_present(), "Described", "it has a description")
    workflow.succeed({"a": plan["id"]})
    assert result_of(workflow, "Get") == (asl.ABSENT, "$.results.get")


def test_a_result_that_is_read_on_some_paths_only_is_kept_whole() -> None:
    workflow, plan = two_tasks()
    workflow.fail_if(plan["name"] == "x", "Bad", "bad")
    workflow.succeed({"a": plan["productCode"]})
    assert result_of(workflow, "Get") == (asl.ABSENT, "$.results.get")


def test_the_first_task_writes_all_that_keyflow_owns() -> None:
    """Whatever the input has under the same name is gone before anything is read from there (P2)."""
    workflow = Workflow("W")
    plan = workflow.task("Get", apigateway.get_usage_plan(usagePlanId="u"))
    workflow.succeed({"a": plan["id"]})
    assert result_of(workflow, "Get") == ({"get": {"Id.$": "$.Id"}}, "$.results")


def test_a_choice_that_comes_first_is_preceded_by_the_reset() -> None:
    workflow = Workflow("W")
    workflow.fail_if(workflow.input["x"].is_present(), "Bad", "bad")
    key = make_key(workflow, "Key")
    workflow.succeed({"a": key["id"]})
    machine = compile_workflow(workflow).machine
    assert machine.states[machine.start_at] == asl.Pass(result={}, result_path="$.results", next="Bad?")


def test_the_inputs_own_results_can_still_be_read() -> None:
    workflow = Workflow("W")
    workflow.task("Put", dynamodb.get_item(TableName="t", Key={"pk": {"S": workflow.input["results"]["x-y"]}}))
    task = compile_workflow(workflow).machine.states["Put"]
    assert isinstance(task, asl.Task)
    assert task.parameters == {"TableName": "t", "Key": {"pk": {"S.$": "$$.Execution.Input.results['x-y']"}}}


def either(workflow: Workflow, *, otherwise: bool = True) -> tuple[Task, Task]:
    """Two tasks of which one runs; without `otherwise`, perhaps none."""
    with workflow.when(workflow.input["x"] == 1):
        first = workflow.task("First", apigateway.get_api_key(apiKey="a"))
    with workflow.otherwise(None if otherwise else workflow.input["x"] == 2):
        second = workflow.task("Second", apigateway.get_api_key(apiKey="b"))
    return first, second


def test_one_of_two_is_known_behind_both_ways() -> None:
    workflow = Workflow("W")
    first, second = either(workflow)
    workflow.succeed({"id": workflow.first_of(first["id"], second["id"])})
    compile_workflow(workflow)


def test_one_of_two_is_unknown_where_a_third_way_goes_on() -> None:
    workflow = Workflow("W")
    first, second = either(workflow, otherwise=False)
    workflow.succeed({"id": workflow.first_of(first["id"], second["id"])})
    assert "none of 'First'['Id'], 'Second'['Id'] may be there" in refused(workflow, "KF230")


def test_a_last_value_is_for_the_third_way() -> None:
    """What the hint says, applied literally."""
    workflow = Workflow("W")
    first, second = either(workflow, otherwise=False)
    workflow.succeed({"id": workflow.first_of(first["id"], second["id"], None)})
    compile_workflow(workflow)


def test_one_of_three_is_known_behind_a_handler_with_two_ways() -> None:
    workflow = Workflow("W")
    key = make_key(workflow, "Key", undo=False)
    key.keep("a key opens nothing")
    with key.on_error():
        first, second = either(workflow)
    workflow.succeed({"id": workflow.first_of(key["id"], first["id"], second["id"])})
    compile_workflow(workflow)


def test_two_of_three_are_not_enough_behind_a_handler_with_two_ways() -> None:
    workflow = Workflow("W")
    key = make_key(workflow, "Key", undo=False)
    key.keep("a key opens nothing")
    with key.on_error():
        first, _second = either(workflow)
    workflow.succeed({"id": workflow.first_of(key["id"], first["id"])})
    refused(workflow, "KF230")


def test_what_was_chosen_on_one_way_is_unknown_behind_it() -> None:
    workflow = Workflow("W")
    with workflow.when(workflow.input["x"] == 1):
        chosen = workflow.first_of(workflow.input["y"], "z")
        workflow.wait("Breathe", 1)
    workflow.succeed({"id": chosen})
    assert "is used where it may not have been chosen" in refused(workflow, "KF230")


def test_choices_of_two_ways_are_options_again() -> None:
    workflow = Workflow("W")
    with workflow.when(workflow.input["x"] == 1):
        one = workflow.first_of(workflow.input["y"], "z", name="One")
    with workflow.otherwise():
        other = workflow.first_of(workflow.input["n"], "m", name="Other")
    workflow.succeed({"id": workflow.first_of(one, other)})
    compile_workflow(workflow)


def test_a_result_of_an_earlier_round_passes_for_none_of_this_one() -> None:
    workflow = Workflow("W")
    with workflow.repeat("Ask", at_most=2, error="NotReady", cause="It is not ready") as rounds:
        first, second = either(workflow)
        rounds.until(workflow.first_of(first["name"], second["name"]) == "done")
    workflow.succeed()
    assert "may be an earlier round's" in refused(workflow, "KF246")


def test_an_option_is_kept_whole_since_it_is_asked_for() -> None:
    workflow = Workflow("W")
    first, second = either(workflow)
    workflow.succeed({"id": workflow.first_of(first["id"], second["id"])})
    document = compile_workflow(workflow).document
    assert not any("ResultSelector" in state for state in document["States"].values())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (lambda workflow: (), "is given 0"),
        (lambda workflow: (workflow.input["x"],), "is given 1"),
        (lambda workflow: ("x", workflow.input["x"]), "'x' is always there"),
        (lambda workflow: (workflow.context["Execution"]["Id"], "x"), "is always there"),
        (lambda workflow: (format("{}", workflow.input["x"]), "x"), "is always there"),
        (lambda workflow: (workflow.input["x"], workflow.input["y"] == 1), "a condition has none"),
    ],
)
def test_options_that_no_execution_chooses_among(options: Any, message: str) -> None:
    workflow = Workflow("W")
    with pytest.raises(DefinitionError, match="KF246") as caught:
        workflow.first_of(*options(workflow))
    assert message in str(caught.value)


def test_a_choice_has_the_type_that_all_options_have() -> None:
    workflow = Workflow("W")
    first, second = either(workflow)
    assert workflow.first_of(first["enabled"], second["enabled"]).kind == "boolean"
    assert workflow.first_of(first["name"], "nobody").kind == "string"
    assert workflow.first_of(first["name"], second["enabled"]).kind is None
    assert workflow.first_of(first, second)["stageKeys"].kind == "array"
    with pytest.raises(DefinitionError, match="KF207"):
        workflow.first_of(first, second)["nmae"]


def test_a_parameter_that_only_a_permission_names_is_one() -> None:
    """It stands in the policy, which a deployment fills in."""
    identity = Parameter("Identity", description="Who sends")
    workflow = Workflow("W")
    workflow.task("Look", apigateway.get_account())
    workflow.allow("ses:SendEmail", identity)
    workflow.allow("sqs:SendMessage", "arn:aws:sqs:eu-central-1:111122223333:${Queue}")
    workflow.succeed()
    found = compile_workflow(workflow).parameters
    assert (found["Identity"] is identity, found["Queue"].description) == (True, "")
    machine = StateMachine("M")
    machine.succeed("Done")
    machine.allow("ses:SendEmail", identity)
    machine.allow("sqs:SendMessage", "arn:aws:sqs:eu-central-1:111122223333:${Queue}")
    assert sorted(compile_workflow(machine).parameters) == ["Identity", "Queue"]
