"""How the JSONPath dialect writes values, conditions and outputs."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from keyflow import Condition, DefinitionError, Parameter, Value, Workflow, asl, format, intrinsics
from keyflow.aws import dynamodb, events, lambda_
from keyflow.compiler import compile_workflow

workflow = Workflow("Values")
x = workflow.input["x"]


def emptied() -> Workflow:
    """The workflow whose input the values belong to, without a step."""
    Workflow.__init__(workflow, "Values")
    return workflow


def payload_of(value: Any) -> Any:
    """What a value becomes as a member of a function's payload."""
    subject = emptied()
    subject.task("Call", lambda_.invoke(FunctionName="f", Payload={"v": value}))
    task = compile_workflow(subject).machine.states["Call"]
    assert isinstance(task, asl.Task)
    assert isinstance(task.parameters, dict)
    return task.parameters["Payload"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text", {"v": "text"}),
        (None, {"v": None}),
        (Decimal("2"), {"v": 2}),
        ([x, {"a.$": Decimal("2")}], {"v.$": """States.Array($.x, States.StringToJson('{"a.$": 2}'))"""}),
        (x, {"v.$": "$.x"}),
        (workflow.input["a b"]["it's"][0], {"v.$": "$['a b']['it\\'s'][0]"}),
        (workflow.input, {"v.$": "$$.Execution.Input"}),
        (workflow.context["State"]["EnteredTime"], {"v.$": "$$.State.EnteredTime"}),
        (Parameter("P"), {"v": "${P}"}),
        (format("{}:{}", Parameter("P"), "s"), {"v": "${P}:s"}),
        (format("{}-{}", x, Parameter("P")), {"v.$": "States.Format('{}-{}', $.x, '${P}')"}),
        (format("it's {}", x), {"v.$": "States.Format('it\\'s {}', $.x)"}),
        ({"deep": [{"er": x}]}, {"v": {"deep": [{"er.$": "$.x"}]}}),
        ([1, x, "a'b"], {"v.$": "States.Array(1, $.x, 'a\\'b')"}),
        (intrinsics.uuid(), {"v.$": "States.UUID()"}),
        (intrinsics.hash(x), {"v.$": "States.Hash($.x, 'SHA-256')"}),
        (intrinsics.json_merge(x, workflow.input["y"]), {"v.$": "States.JsonMerge($.x, $.y, false)"}),
        (intrinsics.array_range(1, 9, x), {"v.$": "States.ArrayRange(1, 9, $.x)"}),
        (intrinsics.array_contains([1, 2], x), {"v.$": "States.ArrayContains(States.Array(1, 2), $.x)"}),
        (intrinsics.math_add(x, -1), {"v.$": "States.MathAdd($.x, -1)"}),
        (intrinsics.base64_decode(intrinsics.base64_encode("é")), {"v.$": "States.Base64Decode(States.Base64Encode('é'))"}),
        (intrinsics.string_to_json("{}"), {"v.$": "States.StringToJson('{}')"}),
        (intrinsics.array_get_item(intrinsics.string_split(x, ","), 0), {"v.$": "States.ArrayGetItem(States.StringSplit($.x, ','), 0)"}),
        (intrinsics.array_length(intrinsics.array_unique(intrinsics.array(x))), {"v.$": "States.ArrayLength(States.ArrayUnique(States.Array($.x)))"}),
        (intrinsics.array_partition(x, 4), {"v.$": "States.ArrayPartition($.x, 4)"}),
        (intrinsics.math_random(0, 9), {"v.$": "States.MathRandom(0, 9)"}),
        (intrinsics.json_merge(x, {"a": 1}), {"v.$": "States.JsonMerge($.x, States.StringToJson('{\"a\": 1}'), false)"}),
    ],
)  # fmt: skip
def test_a_value_in_a_payload(value: Any, expected: Any) -> None:
    assert payload_of(value) == expected


def test_braces_in_a_template_are_text() -> None:
    assert payload_of(format('{"a": "{}"} \\', x)) == {"v.$": 'States.Format(\'\\{"a": "{}"\\} \\\\\', $.x)'}


@pytest.mark.parametrize(
    ("tree", "code"),
    [
        ({"a.$": 1}, "KF304"),
        ([[x]], "KF303"),
        ([{"a": 1}, x, {"b": x}], "KF303"),
        ([x, {"b": Parameter("P")}], "KF303"),
    ],
)
def test_what_jsonpath_cannot_say_is_refused(tree: Any, code: str) -> None:
    with pytest.raises(DefinitionError, match=code):
        payload_of(tree)


def rule_of(condition: Callable[[Value], Condition] | Condition) -> asl.Condition:
    subject = emptied()
    subject.fail_if(
        condition if isinstance(condition, Condition) else condition(subject.input["x"]), "Bad", "bad", name="Ask"
    )
    choice = compile_workflow(subject).machine.states["Ask"]
    assert isinstance(choice, asl.Choice)
    return choice.choices[0].condition


def present(variable: str, *more: asl.Condition) -> asl.And:
    return asl.And((asl.Comparison(variable, "IsPresent", True), *more))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (x == "a", present("$.x", asl.Comparison("$.x", "StringEquals", "a"))),
        (x != 3, asl.Not(present("$.x", asl.Comparison("$.x", "NumericEquals", 3)))),
        (x < 3.5, present("$.x", asl.Comparison("$.x", "NumericLessThan", 3.5))),
        (x >= "b", present("$.x", asl.Comparison("$.x", "StringGreaterThanEquals", "b"))),
        (x == True, present("$.x", asl.Comparison("$.x", "BooleanEquals", True))),  # noqa: E712
        (x == None, present("$.x", asl.Comparison("$.x", "IsNull", True))),  # noqa: E711
        (x.is_present(), asl.Comparison("$.x", "IsPresent", True)),
        (~x.is_number(), asl.Not(present("$.x", asl.Comparison("$.x", "IsNumeric", True)))),
        (x.matches("a*"), present("$.x", asl.Comparison("$.x", "StringMatches", "a*"))),
        (
            x.as_timestamp() > "2026-01-01T00:00:00Z",
            present("$.x", asl.Comparison("$.x", "TimestampGreaterThan", "2026-01-01T00:00:00Z")),
        ),
        (x == Parameter("P"), present("$.x", asl.Comparison("$.x", "StringEquals", "${P}"))),
        (
            x.as_number() <= workflow.input["y"],
            present(
                "$.x",
                asl.Comparison("$.y", "IsPresent", True),
                asl.Comparison("$.x", "NumericLessThanEqualsPath", "$.y"),
            ),
        ),
        (
            (x == 1) & ~(x == 2) | x.is_null(),
            asl.Or(
                (
                    asl.And(
                        (
                            present("$.x", asl.Comparison("$.x", "NumericEquals", 1)),
                            asl.Not(present("$.x", asl.Comparison("$.x", "NumericEquals", 2))),
                        )
                    ),
                    present("$.x", asl.Comparison("$.x", "IsNull", True)),
                )
            ),
        ),
        (
            workflow.context["Execution"]["Name"] == "n",
            asl.Comparison("$$.Execution.Name", "StringEquals", "n"),
        ),
    ],
)
def test_a_condition(condition: Condition, expected: asl.Condition) -> None:
    """Whatever may be missing is asked for first: a Choice never fails."""
    assert rule_of(condition) == expected


def test_a_condition_on_a_computed_value_is_refused() -> None:
    with pytest.raises(DefinitionError, match="KF302"):
        rule_of(intrinsics.array_length(x) == 3)


def end_of(output: Any) -> asl.State:
    subject = emptied()
    subject.succeed(output)
    return compile_workflow(subject).machine.states["Success"]


@pytest.mark.parametrize(
    ("output", "state"),
    [
        (None, asl.Succeed(output_path=None)),
        ({}, asl.Pass(result={})),
        ({"a": [1]}, asl.Pass(result={"a": [1]})),
        ("text", asl.Pass(result="text")),
        (x, asl.Succeed(input_path="$.x")),
        ({"a": x}, asl.Pass(parameters={"a.$": "$.x"})),
    ],
)
def test_an_output(output: Any, state: asl.State) -> None:
    assert end_of(output) == state


@pytest.mark.parametrize("output", [[x], intrinsics.uuid()])
def test_an_output_that_jsonpath_has_no_place_for(output: Any) -> None:
    with pytest.raises(DefinitionError, match="KF303"):
        end_of(output)


def test_an_expression_among_dynamodb_values() -> None:
    subject = emptied()
    subject.task("Put", dynamodb.put_item(TableName=Parameter("T"), Item={"n": {"N": intrinsics.json_to_string(x)}}))
    subject.task("Tell", events.put_events(Entries=[{"Detail": {"any": x}, "Source": "s"}]))
    machine = compile_workflow(subject).machine
    put, tell = machine.states["Put"], machine.states["Tell"]
    assert isinstance(put, asl.Task)
    assert isinstance(tell, asl.Task)
    assert put.parameters == {"TableName": "${T}", "Item": {"n": {"N.$": "States.JsonToString($.x)"}}}
    assert tell.parameters == {"Entries": [{"Detail": {"any.$": "$.x"}, "Source": "s"}]}
