"""Definitions that use every state type and field, and some that break one rule each."""

from __future__ import annotations

import json
from typing import Any

DONE = {"Type": "Succeed"}


def machine(start: dict[str, Any], **top: Any) -> dict[str, Any]:
    done = {"Done": DONE} if '"Done"' in json.dumps(start) else {}
    return {**top, "StartAt": "Call", "States": {"Call": start, **done}}


BRANCH = {"StartAt": "Inner", "States": {"Inner": {"Type": "Pass", "End": True}}}
SECOND = {"StartAt": "Second", "States": {"Second": {"Type": "Pass", "End": True}}}
LAMBDA = "arn:aws:states:::lambda:invoke"

VALID: dict[str, dict[str, Any]] = {
    "pass": machine(
        {
            "Type": "Pass",
            "Comment": "reshapes",
            "InputPath": None,
            "Parameters": {"a.$": "$.b", "c": [1, 2.5, None]},
            "ResultPath": "$.x",
            "OutputPath": "$",
            "Assign": {"v.$": "$.b"},
            "Next": "Done",
        },
        Comment="top",
        Version="1.0",
        TimeoutSeconds=60,
    ),
    "pass with a null result": machine({"Type": "Pass", "Result": None, "End": True}),
    "task with everything": machine(
        {
            "Type": "Task",
            "Resource": LAMBDA,
            "Parameters": {"FunctionName": "f", "Payload.$": "$"},
            "Credentials": {"RoleArn": "arn:aws:iam::123456789012:role/other"},
            "TimeoutSecondsPath": "$.timeout",
            "HeartbeatSeconds": 5,
            "ResultSelector": {"body.$": "$.Payload"},
            "ResultPath": None,
            "Retry": [
                {
                    "ErrorEquals": ["States.Timeout", "Lambda.TooManyRequestsException"],
                    "IntervalSeconds": 1,
                    "MaxAttempts": 4,
                    "BackoffRate": 1.5,
                    "MaxDelaySeconds": 30,
                    "JitterStrategy": "FULL",
                },
                {"ErrorEquals": ["States.ALL"], "MaxAttempts": 0},
            ],
            "Catch": [
                {"ErrorEquals": ["Custom"], "ResultPath": "$.error", "Next": "Done", "Comment": "ours"},
                {"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Done", "Assign": {"e.$": "$.Error"}},
            ],
            "Next": "Done",
        }
    ),
    "choice": {
        "StartAt": "Which",
        "States": {
            "Which": {
                "Type": "Choice",
                "Choices": [
                    {
                        "And": [
                            {"Variable": "$.a", "IsPresent": True},
                            {
                                "Not": {
                                    "Or": [
                                        {"Variable": "$.a", "NumericGreaterThan": 3},
                                        {"Variable": "$.b", "IsNull": True},
                                    ]
                                }
                            },
                        ],
                        "Comment": "both",
                        "Assign": {"x": 1},
                        "Next": "Done",
                    },
                    {"Variable": "$.t", "TimestampLessThanEqualsPath": "$.u", "Next": "Done"},
                    {"Variable": "$$.Execution.Name", "StringMatches": "a*", "Next": "Done"},
                ],
                "Default": "Done",
            },
            "Done": DONE,
        },
    },
    "waits": {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Wait", "Seconds": 0, "Next": "B"},
            "B": {"Type": "Wait", "SecondsPath": "$.s", "Next": "C"},
            "C": {"Type": "Wait", "Timestamp": "2026-01-01T00:00:00Z", "Next": "D"},
            "D": {"Type": "Wait", "TimestampPath": "$.t", "Next": "E"},
            "E": {"Type": "Fail", "ErrorPath": "$.e", "CausePath": "States.Format('{}', $.c)"},
        },
    },
    "fails": {"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "E", "Cause": "because"}}},
    "parallel": machine(
        {
            "Type": "Parallel",
            "Branches": [BRANCH, {**SECOND, "Comment": "second"}],
            "Parameters": {"x.$": "$.x"},
            "ResultSelector": {"first.$": "$[0]"},
            "ResultPath": "$.both",
            "Retry": [{"ErrorEquals": ["States.ALL"]}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}],
            "End": True,
        }
    ),
    "inline map": machine(
        {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemSelector": {"item.$": "$$.Map.Item.Value"},
            "MaxConcurrency": 0,
            "ItemProcessor": {**BRANCH, "ProcessorConfig": {"Mode": "INLINE"}},
            "Next": "Done",
        }
    ),
    "older map": machine({"Type": "Map", "Parameters": {"a": 1}, "Iterator": BRANCH, "End": True}),
    "distributed map": machine(
        {
            "Type": "Map",
            "Label": "Rows",
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
                "Parameters": {"Bucket": "b", "Key.$": "$.key"},
            },
            "ItemBatcher": {"MaxItemsPerBatchPath": "$.n", "MaxInputBytesPerBatch": 1000, "BatchInput": {"x": 1}},
            "ItemProcessor": {**BRANCH, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}},
            "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b"}},
            "MaxConcurrencyPath": "$.c",
            "ToleratedFailureCountPath": "$.f",
            "ToleratedFailurePercentage": 2.5,
            "End": True,
        }
    ),
    "jsonata": machine(
        {
            "Type": "Task",
            "Resource": LAMBDA,
            "Arguments": {"FunctionName": "f", "Payload": "{% $states.input.x %}"},
            "TimeoutSeconds": "{% $n %}",
            "Output": "{% $states.result.Payload %}",
            "Assign": {"v": "{% 1 + 1 %}"},
            "Catch": [{"ErrorEquals": ["States.ALL"], "Output": {"e": "{% $states.errorOutput %}"}, "Next": "Done"}],
            "Next": "Done",
        },
        QueryLanguage="JSONata",
    ),
    "jsonata choice": {
        "QueryLanguage": "JSONata",
        "StartAt": "Which",
        "States": {
            "Which": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $states.input.a > 1 %}", "Output": {"x": 1}, "Next": "Done"}],
                "Default": "Done",
                "Output": "{% 2 %}",
            },
            "Done": {"Type": "Succeed", "Output": {"a": "{% 1 %}"}},
        },
    },
    "jsonata map": machine(
        {
            "Type": "Map",
            "Items": "{% $states.input.items %}",
            "ItemSelector": {"v": "{% $states.context.Map.Item.Value %}"},
            "MaxConcurrency": "{% 3 %}",
            "ItemProcessor": BRANCH,
            "End": True,
        },
        QueryLanguage="JSONata",
    ),
    "one jsonata state in jsonpath": machine(
        {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input %}", "Next": "Done"}
    ),
    "a map in jsonata around states in jsonpath": machine(
        {
            "Type": "Map",
            "QueryLanguage": "JSONata",
            "Items": "{% [1, 2] %}",
            "ItemProcessor": {"StartAt": "In", "States": {"In": {"Type": "Pass", "InputPath": "$.a", "End": True}}},
            "Output": "{% $count($states.result) %}",
            "End": True,
        }
    ),
    "more than there are items": machine(
        {"Type": "Map", "MaxConcurrency": 2**63, "ItemProcessor": BRANCH, "End": True}
    ),
}

INVALID: dict[str, Any] = {
    "no states": {"StartAt": "A", "States": {}},
    "unknown field": machine({"Type": "Pass", "End": True, "Inputpath": "$"}),
    "unknown top-level field": machine({"Type": "Pass", "End": True}, Timeout=3),
    "unknown type": machine({"Type": "pass", "End": True}),
    "next and end": machine({"Type": "Pass", "End": True, "Next": "Done"}),
    "neither next nor end": machine({"Type": "Pass"}),
    "end in a succeed": machine({"Type": "Succeed", "End": True}),
    "task without a resource": machine({"Type": "Task", "End": True}),
    "both timeouts": machine(
        {"Type": "Task", "Resource": LAMBDA, "TimeoutSeconds": 1, "TimeoutSecondsPath": "$.t", "End": True}
    ),
    "a timeout of zero": machine({"Type": "Task", "Resource": LAMBDA, "TimeoutSeconds": 0, "End": True}),
    "a timeout that is text": machine({"Type": "Task", "Resource": LAMBDA, "TimeoutSeconds": "1", "End": True}),
    "arguments in jsonpath": machine({"Type": "Task", "Resource": LAMBDA, "Arguments": {}, "End": True}),
    "parameters in jsonata": machine(
        {"Type": "Task", "Resource": LAMBDA, "Parameters": {}, "End": True}, QueryLanguage="JSONata"
    ),
    "a result path that is no path": machine({"Type": "Pass", "ResultPath": "x", "End": True}),
    "a wait without a time": machine({"Type": "Wait", "End": True}),
    "a wait with two times": machine({"Type": "Wait", "Seconds": 1, "SecondsPath": "$.s", "End": True}),
    "a map in jsonata around fields of jsonata": machine(
        {
            "Type": "Map",
            "QueryLanguage": "JSONata",
            "ItemProcessor": {"StartAt": "In", "States": {"In": {"Type": "Pass", "Output": 1, "End": True}}},
            "End": True,
        }
    ),
    "a branch with a language": machine(
        {"Type": "Parallel", "Branches": [{"QueryLanguage": "JSONata", **BRANCH}], "End": True}
    ),
    "no choices": machine({"Type": "Choice", "Choices": []}),
    "a rule without next": machine({"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": True}]}),
    "a rule with two operators": machine(
        {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": True, "IsString": True, "Next": "Done"}]}
    ),
    "next inside a condition": machine(
        {"Type": "Choice", "Choices": [{"Not": {"Variable": "$.a", "IsNull": True, "Next": "Done"}, "Next": "Done"}]}
    ),
    "an operator with the wrong type": machine(
        {"Type": "Choice", "Choices": [{"Variable": "$.a", "NumericEquals": "3", "Next": "Done"}]}
    ),
    "a backoff under one": machine(
        {
            "Type": "Task",
            "Resource": LAMBDA,
            "Retry": [{"ErrorEquals": ["States.ALL"], "BackoffRate": 0.5}],
            "End": True,
        }
    ),
    "a retry without errors": machine({"Type": "Task", "Resource": LAMBDA, "Retry": [{"MaxAttempts": 1}], "End": True}),
    "a map without a processor": machine({"Type": "Map", "End": True}),
    "a name of 81 characters": {"StartAt": "a" * 81, "States": {"a" * 81: DONE}},
    "an error inside a branch": machine(
        {
            "Type": "Parallel",
            "Branches": [{"StartAt": "X", "States": {"X": {"Type": "Wait", "End": True}}}],
            "End": True,
        }
    ),
    "not an object": [],
}
