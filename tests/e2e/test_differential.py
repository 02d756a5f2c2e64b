"""keyflow's engine against a real one: the same definition, the same input, the same end."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from keyflow import asl
from keyflow.engine import Stubs, run
from tests.e2e.localstack import Engine

pytestmark = pytest.mark.e2e

END = {"End": True}


def machine(*states: dict[str, Any], **top: Any) -> dict[str, Any]:
    """A chain of states, the last of which ends."""
    names = [f"S{number}" for number in range(len(states))]
    chained = {}
    for index, (name, state) in enumerate(zip(names, states, strict=True)):
        follows = {"Next": names[index + 1]} if index + 1 < len(states) else END
        chained[name] = state if state["Type"] in ("Choice", "Fail", "Succeed") else {**follows, **state}
    return {**top, "StartAt": "S0", "States": chained}


def compute(**fields: str) -> dict[str, Any]:
    """A Pass that computes each field by an intrinsic function or a path."""
    return machine({"Type": "Pass", "Parameters": {f"{name}.$": text for name, text in fields.items()}})


def choose(rule: dict[str, Any]) -> dict[str, Any]:
    yes, no = ({"Type": "Pass", "Result": word, "End": True} for word in ("yes", "no"))
    choice = {"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}], "Default": "No"}
    return {"StartAt": "Ask", "States": {"Ask": choice, "Yes": yes, "No": no}}


def branch(*states: dict[str, Any], prefix: str) -> dict[str, Any]:
    text = json.dumps(machine(*states))
    renamed: dict[str, Any] = json.loads(text.replace('"S', f'"{prefix}'))
    return {
        "StartAt": renamed["tartAt"] if "tartAt" in renamed else renamed[f"{prefix}tartAt"],
        "States": renamed[f"{prefix}tates"],
    }


DATA: dict[str, Any] = {
    "a": 1,
    "text": "it's {x} \\ ü",
    "list": [3, 1, 2, 1],
    "deep": {"b": {"c": [10, {"d": "e"}]}},
    "none": None,
    "yes": True,
    "time": "2026-03-01T00:00:00Z",
    "words": "a,b;c",
    "json": '{"k": [1, 2]}',
    "people": [{"n": "x", "age": 3}, {"n": "y", "age": 30}],
}

CASES: dict[str, dict[str, Any]] = {
    "input path": machine({"Type": "Pass", "InputPath": "$.deep.b"}),
    "null input path": machine({"Type": "Pass", "InputPath": None}),
    "result path": machine({"Type": "Pass", "Result": {"x": 1}, "ResultPath": "$.deep.new.place"}),
    "null result path": machine({"Type": "Pass", "Result": 1, "ResultPath": None}),
    "output path": machine({"Type": "Pass", "OutputPath": "$.deep.b.c[1].d"}),
    "null output path": machine({"Type": "Pass", "OutputPath": None}),
    "parameters": machine(
        {"Type": "Pass", "Parameters": {"x.$": "$.deep", "y": [1, {"z.$": "$.a"}]}, "ResultPath": "$.p"}
    ),
    "many": compute(all="$.people[*].n", deep="$..n", slice="$.list[1:3]"),
    "context": compute(input="$$.Execution.Input.a", state="$$.State.Name"),
    "format": compute(x="States.Format('{} and {}, {}', $.a, $.text, $.yes)"),
    "strings": compute(
        split="States.StringSplit($.words, ',;')",
        json="States.StringToJson($.json)",
        text="States.JsonToString($.deep)",
    ),
    "arrays": compute(
        array="States.Array($.a, 'x', true, 2)",
        partition="States.ArrayPartition($.list, 3)",
        contains="States.ArrayContains($.list, 2)",
        range="States.ArrayRange(1, 9, 3)",
        item="States.ArrayGetItem($.list, 2)",
        length="States.ArrayLength($.list)",
    ),
    "encoding": compute(
        encode="States.Base64Encode('abc')", decode="States.Base64Decode('YWJj')", hash="States.Hash('x', 'SHA-256')"
    ),
    "numbers": compute(add="States.MathAdd($.a, -3)", nested="States.MathAdd(States.ArrayLength($.list), 1)"),
    "merge": compute(merged="States.JsonMerge($.deep, States.StringToJson($.json), false)"),
    "a missing path": compute(x="$.nowhere"),
    "and": choose({"And": [{"Variable": "$.a", "IsPresent": True}, {"Variable": "$.a", "NumericEquals": 1}]}),
    "not": choose({"Not": {"Variable": "$.text", "StringMatches": "it's*"}}),
    "or": choose({"Or": [{"Variable": "$.none", "IsNull": False}, {"Variable": "$.yes", "BooleanEquals": True}]}),
    "absent": choose({"Variable": "$.nowhere.at.all", "IsPresent": False}),
    "order of text": choose({"Variable": "$.words", "StringLessThan": "b"}),
    "a path as operand": choose({"Variable": "$.list[0]", "NumericGreaterThanPath": "$.a"}),
    "time": choose({"Variable": "$.time", "TimestampGreaterThan": "2026-01-01T00:00:00Z"}),
    "is timestamp": choose({"Variable": "$.words", "IsTimestamp": True}),
    "another type": choose({"Variable": "$.words", "NumericEquals": 3}),
    "fail": machine({"Type": "Fail", "Error": "Mine", "Cause": "because"}),
    "fail by path": machine({"Type": "Fail", "ErrorPath": "$.words", "CausePath": "States.Format('{}!', $.a)"}),
    "succeed": machine({"Type": "Succeed", "InputPath": "$.deep", "OutputPath": "$.b"}),
    "wait": machine({"Type": "Wait", "SecondsPath": "$.a"}, {"Type": "Wait", "Timestamp": "2020-01-01T00:00:00Z"}),
    "parallel": machine(
        {
            "Type": "Parallel",
            "Branches": [
                branch({"Type": "Pass", "Result": "one"}, prefix="A"),
                branch({"Type": "Pass", "InputPath": "$.a"}, {"Type": "Pass", "Parameters": {"v.$": "$"}}, prefix="B"),
            ],
            "ResultSelector": {"first.$": "$[0]", "second.$": "$[1].v"},
            "ResultPath": "$.both",
        },
        {"Type": "Pass", "InputPath": "$.both"},
    ),
    "a caught branch": machine(
        {
            "Type": "Parallel",
            "Branches": [
                branch({"Type": "Fail", "Error": "Mine", "Cause": "because"}, prefix="A"),
                branch({"Type": "Pass"}, prefix="B"),
            ],
            "Catch": [{"ErrorEquals": ["Mine"], "ResultPath": "$.error", "Next": "S1"}],
        },
        {"Type": "Pass", "InputPath": "$.error.Error"},
    ),
    "a retried branch": machine(
        {
            "Type": "Parallel",
            "Branches": [branch({"Type": "Fail", "Error": "Mine", "Cause": "c"}, prefix="A")],
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}],
        }
    ),
    "map": machine(
        {
            "Type": "Map",
            "ItemsPath": "$.people",
            "ItemSelector": {"n.$": "$$.Map.Item.Value.n", "i.$": "$$.Map.Item.Index", "a.$": "$.a"},
            "MaxConcurrency": 1,
            "ItemProcessor": branch({"Type": "Pass"}, prefix="M"),
            "ResultPath": "$.mapped",
            "OutputPath": "$.mapped",
        }
    ),
    "a failed iteration": machine(
        {
            "Type": "Map",
            "ItemsPath": "$.list",
            "ItemProcessor": branch({"Type": "Fail", "Error": "Mine", "Cause": "c"}, prefix="M"),
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "S1"}],
        },
        {"Type": "Pass", "InputPath": "$.Error"},
    ),
    "an empty map": machine(
        {"Type": "Pass", "Result": [], "ResultPath": "$"},
        {"Type": "Map", "ItemProcessor": branch({"Type": "Pass"}, prefix="M")},
    ),
    "jsonata": machine(
        {"Type": "Pass", "Output": {"sum": "{% $sum($states.input.list) %}", "k": ["{% $states.input.a + 1 %}"]}},
        {"Type": "Pass", "Assign": {"x": "{% $states.input.sum %}"}},
        {"Type": "Pass", "Output": "{% $x * 2 %}"},
        QueryLanguage="JSONata",
    ),
    "a jsonata choice": {
        "QueryLanguage": "JSONata",
        "StartAt": "Ask",
        "States": {
            "Ask": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": "{% $states.input.a = 1 and $count($states.input.list) > 3 %}", "Next": "Yes"}
                ],
                "Default": "No",
            },
            "Yes": {"Type": "Pass", "Output": "yes", "End": True},
            "No": {"Type": "Pass", "Output": "no", "End": True},
        },
    },
    "variables": machine(
        {"Type": "Pass", "Assign": {"v.$": "$.deep.b", "w": 7}},
        {"Type": "Pass", "Parameters": {"x.$": "$v.c[0]", "y.$": "$w"}},
    ),
}


ABORTED = ("a caught branch", "a failed iteration")

_ERRORS = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"
_FORMAT = "https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html"
_PATHS = "https://github.com/json-path/JsonPath#what-is-returned-when"

SETTLED: dict[str, tuple[dict[str, Any], tuple[str, str | None, Any], str]] = {
    "a failed intrinsic": (
        compute(x="States.ArrayGetItem($.list, 99)"),
        ("FAILED", "States.IntrinsicFailure", None),
        _ERRORS,
    ),
    "no rule": (
        machine({"Type": "Choice", "Choices": [{"Variable": "$.a", "NumericEquals": 2, "Next": "S0"}]}),
        ("FAILED", "States.NoChoiceMatched", None),
        _ERRORS,
    ),
    "escaped braces": (
        compute(x="States.Format('\\{{}\\}', $.a)"),
        ("SUCCEEDED", None, {"x": "{1}"}),
        _FORMAT,
    ),
    "one of many": (
        compute(one="$..d", old="$.people[?(@.age > 10)].n", none="$.people[?(@.age > 99)]"),
        ("SUCCEEDED", None, {"one": ["e"], "old": ["y"], "none": []}),
        _PATHS,
    ),
}
"""Where the other engine differs from what is documented: the definition, how it ends, and the page that says so."""


@pytest.mark.parametrize("name", SETTLED)
def test_where_the_engines_differ_the_documentation_is_followed(name: str) -> None:
    definition, end, page = SETTLED[name]
    assert page.startswith("https://")
    found = run(asl.parse(definition), DATA, Stubs())
    assert (found.status, found.error, found.output) == end


@pytest.mark.parametrize("name", CASES)
def test_both_engines_end_alike(engine: Engine, name: str) -> None:
    definition = CASES[name]
    states = engine.client("stepfunctions")
    machine_name = name.replace(" ", "-").replace("'", "")
    arn = states.create_state_machine(
        name=machine_name, definition=json.dumps(definition), roleArn="arn:aws:iam::000000000000:role/any"
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=arn, input=json.dumps(DATA))["executionArn"]
    deadline = time.monotonic() + 60
    while (theirs := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    pages = states.get_paginator("get_execution_history").paginate(executionArn=execution)
    entered = [
        event["stateEnteredEventDetails"]["name"]
        for page in pages
        for event in page["events"]
        if event["type"].endswith("StateEntered")
    ]
    ours = run(asl.parse(definition), DATA, Stubs())
    assert (ours.status, ours.error) == (theirs["status"], theirs.get("error"))
    assert ours.output == (json.loads(theirs["output"]) if "output" in theirs else None)
    if name in ABORTED:  # how far an aborted sibling comes is a matter of time
        assert set(ours.path) <= set(entered)
    else:
        assert sorted(ours.path) == sorted(entered)
