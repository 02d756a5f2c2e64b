"""Parameters that are numbers: what CloudFormation makes of the artefact is what `keyflow deploy` makes of it.

CloudFormation replaces `${Name}` in the text of a definition, quotes or not, before it is read as JSON.
Source: https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-stepfunctions (statemachine,
DefinitionProcessor.transformDefinition)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from keyflow import DefinitionError, Parameter, ProjectError, Retry, StateMachine, Workflow, format, intrinsics, jsonata
from keyflow.asl import validate
from keyflow.aws import dynamodb
from keyflow.compiler import Compiled, compile_workflow
from keyflow.deploy.parameters import resolve
from keyflow.deploy.substitution import substituted
from keyflow.engine import Stubs, run
from keyflow.json_values import Unquoted, indented
from keyflow.placeholders import filled_in

VALUES = {"Count": "30", "Part": "1.5", "Yes": "false", "Any": '{"a": [1]}', "Text": "t"}
COUNT, PART, YES = Parameter("Count", type=int), Parameter("Part", type=float), Parameter("Yes", type=bool)
ANY, TEXT = Parameter("Any", type=object), Parameter("Text")


def by_cloudformation(text: str, values: Mapping[str, str]) -> Any:
    """What CloudFormation sends to Step Functions."""
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    return json.loads(text)


def written(compiled: Compiled) -> str:
    return indented(compiled.document).decode()


def fields() -> StateMachine:
    machine = StateMachine("M", timeout=COUNT)
    data = machine.data
    retry = Retry(max_attempts=COUNT, interval=COUNT, backoff=PART, max_delay=COUNT)
    query = dynamodb.query(TableName=TEXT, Limit=COUNT, ConsistentRead=YES)
    machine.task("Q", query, retry=retry, timeout=COUNT, heartbeat=COUNT)
    machine.wait("W", COUNT)
    with machine.map("Each", max_concurrency=COUNT, tolerated_failure_percentage=PART):
        machine.pass_state("I", result={"n": COUNT, "t": format("{}", COUNT), "in": [ANY, YES], "text": TEXT})
    machine.pass_state("Add", parameters={"sum": intrinsics.math_add(data["n"], COUNT), "n": [data["n"], YES]})
    with machine.when((data["n"].as_number() > PART) & (data["b"].as_boolean() == YES), name="C"):
        machine.state("S", {"Type": "Pass", "Result": {"x.$": COUNT}, "End": True})
    machine.succeed("End")
    return machine


def in_jsonata() -> StateMachine:
    machine = StateMachine("M", query_language="JSONata")
    machine.wait("W", COUNT)
    machine.pass_state("P", output={"n": COUNT, "sum": jsonata("1 + ${Count}"), "s": format("{}", COUNT)})
    return machine


def workflow() -> Workflow:
    made = Workflow("M", type="STANDARD")
    made.task("Q", dynamodb.query(TableName=TEXT, Limit=COUNT))
    made.wait("W", COUNT)
    with made.when(made.input["n"].as_number() > PART):
        made.fail("Large", "large")
    made.succeed({"n": COUNT, "both": [made.input["n"], COUNT]})
    return made


def workflow_in_jsonata() -> Workflow:
    made = Workflow("M", query_language="JSONata")
    made.succeed({"n": COUNT, "b": made.input["b"], "both": [made.input["n"], YES]})
    return made


@pytest.mark.parametrize("make", [fields, in_jsonata, workflow, workflow_in_jsonata])
def test_cloudformation_and_a_deployment_make_the_same_of_it(make: Callable[[], Any]) -> None:
    compiled = compile_workflow(make())
    values = {name: VALUES[name] for name in compiled.parameters}
    assert validate(compiled.document) == ()
    deployed = substituted(compiled.document, values)
    assert by_cloudformation(written(compiled), values) == deployed
    assert validate(deployed) == ()
    assert not [leaf for leaf in json.dumps(deployed).split('"') if leaf.startswith("${")]


def test_a_number_is_one_wherever_a_number_stands() -> None:
    document = substituted(compile_workflow(fields()).document, VALUES)
    states = document["States"]
    assert document["TimeoutSeconds"] == states["W"]["Seconds"] == states["Q"]["TimeoutSeconds"] == 30
    assert states["Q"]["Parameters"] == {"TableName": "t", "Limit": 30, "ConsistentRead": False}
    assert states["Each"]["ItemProcessor"]["States"]["I"]["Result"] == {
        "n": 30,
        "t": "30",
        "in": [{"a": [1]}, False],
        "text": "t",
    }
    assert states["Add"]["Parameters"]["sum.$"] == "States.MathAdd($.n, 30)"
    assert states["C"]["Choices"][0]["And"][0] == {"Variable": "$.n", "NumericGreaterThan": 1.5}
    assert states["S"]["Result"] == {"x.$": 30}


@pytest.mark.parametrize("make", [fields, workflow])
def test_a_proof_has_a_number_before_there_is_one(make: Callable[[], Any]) -> None:
    """Its default, else 1: the machine that runs has no placeholder where a number stands."""
    machine = compile_workflow(make()).machine
    waits = [state for name, state in machine.states.items() if name == "W"]
    assert [getattr(each, "seconds", None) for each in waits] == [1]
    assert type(getattr(waits[0], "seconds", None)) is int


def test_a_default_is_the_number_that_a_run_takes() -> None:
    machine = StateMachine("M")
    machine.pass_state("P", result={"n": Parameter("N", type=int, default=7)})
    compiled = compile_workflow(machine)
    assert run(compiled.machine, {}, Stubs({})).output == {"n": 7}
    assert substituted(compiled.document, {})["States"]["P"]["Result"] == {"n": 7}
    assert resolve(compiled.parameters, {}, {}) == {"N": "7"}


@pytest.mark.parametrize(
    ("parameter", "value"),
    [(COUNT, "ten"), (COUNT, "1.5"), (COUNT, "true"), (PART, '"1"'), (YES, "1"), (YES, "True"), (ANY, "{")],
)
def test_a_value_of_another_type_is_refused(parameter: Parameter, value: str) -> None:
    with pytest.raises(ProjectError, match="KF520"):
        resolve({parameter.name: parameter}, {parameter.name: value}, {})


@pytest.mark.parametrize("value", ["", "thirty", "{"])
def test_what_is_put_in_without_quotes_is_json(value: str) -> None:
    with pytest.raises(ProjectError, match="KF520"):
        substituted({"Seconds": Unquoted("${Delay}")}, {"Delay": value})


def test_a_number_without_a_value_is_its_stand_in() -> None:
    assert substituted({"Seconds": Unquoted("${Delay}"), "Text": "${Delay}"}, {}) == {"Seconds": 1, "Text": "${Delay}"}
    assert filled_in([Unquoted("${Delay}", "integer", 7)], {}) == [7]
    assert filled_in([Unquoted("${Delay}")], {}, stand_ins=False) == ["${Delay}"]
    assert filled_in([Unquoted("${Delay}")], {"Delay": "9"}, stand_ins=False) == [9]


def second_of_its_name(machine: StateMachine) -> None:
    machine.wait("W", COUNT)
    machine.pass_state("P", result={"t": Parameter("Count")})


@pytest.mark.parametrize(
    ("write", "code"),
    [
        (lambda _machine: Parameter("N", type=list), "KF214"),
        (lambda _machine: Parameter("N", type=int, secret=True), "KF214"),
        (lambda _machine: Parameter("N", type=int, default="many"), "KF520"),
        (lambda _machine: Parameter("N", type=int, default=True), "KF520"),
        (lambda _machine: Retry(max_attempts=TEXT), "KF217"),
        (lambda _machine: Retry(max_attempts=YES), "KF217"),
        (lambda machine: machine.pass_state("A").compensate("B", dynamodb.query(TableName="t")), "KF242"),
        (second_of_its_name, "KF231"),
        (lambda machine: machine.task("Q", dynamodb.query(TableName=COUNT)), "KF205"),
        (lambda machine: machine.task("Q", dynamodb.query(TableName="t", Limit=TEXT)), "KF205"),
    ],
)
def test_what_does_not_fit_is_refused(write: Callable[[StateMachine], Any], code: str) -> None:
    def written_and_compiled(machine: StateMachine) -> None:
        write(machine)
        compile_workflow(machine)

    with pytest.raises(DefinitionError, match=code):
        written_and_compiled(StateMachine("M"))


def test_the_retry_of_a_workflow_has_a_number_for_its_worst_time() -> None:
    made = Workflow("M")
    with pytest.raises(DefinitionError, match="KF217"):
        made.task("Q", dynamodb.query(TableName="t"), retry=Retry(max_attempts=COUNT))


def test_a_text_parameter_where_a_number_stands_is_refused_by_the_schema() -> None:
    machine = StateMachine("M")
    machine.wait("W", TEXT)
    assert [each.code for each in validate(compile_workflow(machine).document)] == ["KF102"]
