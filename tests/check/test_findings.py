"""What is found in definitions that are wrong in one way each, and where."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keyflow.check import Settings, check_text

END = {"Type": "Pass", "End": True}
LAMBDA = "arn:aws:lambda:eu-west-1:123456789012:function:F"


def codes(document: Any, **options: Any) -> list[str]:
    text = document if isinstance(document, str) else json.dumps(document)
    return [each.code for each in check_text("x.json", text, Settings(**options))]


def one(**fields: Any) -> dict[str, Any]:
    state = {"Type": "Pass", **({} if {"Next", "End"} & fields.keys() else {"End": True}), **fields}
    return {"StartAt": "A", "States": {"A": state}}


def task(**fields: Any) -> dict[str, Any]:
    return one(**{"Type": "Task", "Resource": LAMBDA, **fields})


def jsonata(**fields: Any) -> dict[str, Any]:
    return one(QueryLanguage="JSONata", **fields)


def mapped(**fields: Any) -> dict[str, Any]:
    processor = {"StartAt": "In", "States": {"In": END}}
    return one(**{"Type": "Map", "ItemProcessor": processor, **fields})


def distributed(state: Any = END, **fields: Any) -> dict[str, Any]:
    """A distributed Map."""
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    return mapped(ItemProcessor={"ProcessorConfig": config, "StartAt": "In", "States": {"In": state}}, **fields)


def children(**fields: Any) -> dict[str, Any]:
    """A distributed Map whose child executions run one state."""
    return distributed({**END, **fields})


def choice(*rules: Any, **fields: Any) -> dict[str, Any]:
    return {
        "StartAt": "A",
        "States": {"A": {"Type": "Choice", "Choices": list(rules), "Default": "B", **fields}, "B": END},
    }


SDK = "arn:aws:states:::aws-sdk:"

WRONG: dict[str, tuple[Any, str]] = {
    "no states": ({"StartAt": "A"}, "KF807"),
    "an empty scope": ({"StartAt": "A", "States": {}}, "KF808"),
    "no start": ({"States": {"A": END}}, "KF807"),
    "an array": ([], "KF803"),
    "a state that is none": ({"StartAt": "A", "States": {"A": []}}, "KF803"),
    "a start that is not there": ({"StartAt": "B", "States": {"A": END}}, "KF811"),
    "a target that looks like a placeholder": (one(Next="__Done__"), "KF811"),
    "a target in another scope": (
        {"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": [{"StartAt": "X", "States": {"X": {"Type": "Pass", "Next": "E"}}}], "Next": "E"}, "E": END}},
        "KF811",
    ),
    "a branch without an end": (
        one(Type="Parallel", Branches=[{"StartAt": "X", "States": {"X": {"Type": "Pass", "Next": "X"}}}]),
        "KF852",
    ),
    "no branches": (one(Type="Parallel"), "KF807"),
    "branches that are no array": (one(Type="Parallel", Branches={"StartAt": "X"}), "KF808"),
    "next and end": ({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A", "End": True}}}, "KF810"),
    "neither": ({"StartAt": "A", "States": {"A": {"Type": "Pass"}, "B": END}}, "KF810"),
    "a rule that ends": (choice({"Variable": "$.x", "NumericEquals": 1, "End": True}), "KF810"),
    "an unknown field": (one(Foo=1), "KF804"),
    "a misspelt field of a catcher": (task(Catch=[{"Error Equals": ["X"], "Next": "A"}]), "KF804"),
    "a catcher without errors": (task(Catch=[{"Next": "A"}]), "KF807"),
    "errors that are no array": (task(Catch=[{"ErrorEquals": "X", "Next": "A"}]), "KF808"),
    "a timeout of nothing": (task(TimeoutSeconds=0), "KF808"),
    "a timeout without end": (task(TimeoutSeconds=100_000_000), "KF808"),
    "a timeout as text": (task(TimeoutSeconds="30"), "KF808"),
    "two timeouts": (task(TimeoutSeconds=3, TimeoutSecondsPath="$.t"), "KF809"),
    "a heartbeat too late": (task(TimeoutSeconds=3, HeartbeatSeconds=4), "KF828"),
    "two durations": (one(Type="Wait", Seconds=1, Timestamp="2026-01-01T00:00:00Z"), "KF809"),
    "no duration": (one(Type="Wait"), "KF809"),
    "no timestamp": (one(Type="Wait", Timestamp="tomorrow"), "KF808"),
    "two causes": ({"StartAt": "A", "States": {"A": {"Type": "Fail", "Cause": "x", "CausePath": "$.c"}}}, "KF809"),
    "two errors": ({"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "x", "ErrorPath": "$.c"}}}, "KF809"),
    "a map without a processor": (one(Type="Map"), "KF809"),
    "two processors": (mapped(Iterator={"StartAt": "X", "States": {"X": END}}), "KF809"),
    "two tolerances": (mapped(ToleratedFailureCount=1, ToleratedFailureCountPath="$.n"), "KF809"),
    "a tolerance over everything": (mapped(ToleratedFailurePercentage=101), "KF808"),
    "two sizes of a batch": (mapped(ItemBatcher={"MaxItemsPerBatch": 1, "MaxItemsPerBatchPath": "$.n"}), "KF809"),
    "two bounds of a reader": (
        mapped(ItemReader={"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"MaxItems": 1, "MaxItemsPath": "$.n"}}),
        "KF809",
    ),
    "two kinds of items": (jsonata(Type="Map", Items="{% [1] %}", ItemsPath="$.x", ItemProcessor={"StartAt": "X", "States": {"X": END}}), "KF806"),
    "a name twice": ({"StartAt": "A", "States": {"A": {"Type": "Map", "ItemProcessor": {"StartAt": "A", "States": {"A": END}}, "End": True}}}, "KF812"),
    "a key twice": ('{"StartAt": "A", "States": {"A": {"Type": "Pass", "Type": "Pass", "End": true}}}', "KF802"),
    "an island": ({"StartAt": "A", "States": {"A": END, "B": {"Type": "Pass", "Next": "B"}}}, "KF813"),
    "a long name": ({"StartAt": "A" * 81, "States": {"A" * 81: END}}, "KF815"),
    "a result path with a wildcard": (task(ResultPath="$.a[*]"), "KF816"),
    "a result path into a variable": (task(ResultPath="$foo"), "KF816"),
    "a result path into the context": (task(ResultPath="$$.State"), "KF816"),
    "a choice of a function's result": (choice({"Variable": "States.UUID()", "NumericEquals": 1, "Next": "B"}), "KF816"),
    "a path without a root": (one(InputPath=".a"), "KF808"),
    "a path with dots": (one(InputPath="$..."), "KF817"),
    "a path with two dots behind": (one(InputPath="$.a.."), "KF817"),
    "nothing but a dot": (one(InputPath="$."), "KF817"),
    "a path with a dot behind": (one(Parameters={"x.$": "$.a[0]. "}), "KF857"),
    "a bracket": (one(OutputPath="$.a[0"), "KF817"),
    "plain text for a path": (one(Parameters={"x.$": "text"}), "KF818"),
    "a number for a path": (one(Parameters={"x": [{"y.$": 1}]}), "KF818"),
    "a path and a value": (one(Parameters={"x": {"y": 1, "y.$": "$.y"}}), "KF818"),
    "credentials": (task(Credentials={"RoleArn.$": "no path"}), "KF818"),
    "credentials that are none": (task(Credentials=5), "KF833"),
    "an unknown function": (one(Parameters={"x.$": "States.Formatt('{}', $.a)"}), "KF819"),
    "too many arguments": (one(Parameters={"x.$": "States.UUID(1)"}), "KF819"),
    "text for a number": (one(Parameters={"x.$": "States.MathAdd($.a, '1')"}), "KF819"),
    "another number of places": (one(Parameters={"x.$": "States.Format('{} {}', $.a)"}), "KF819"),
    "a call that is not closed": (one(Parameters={"x.$": "States.Array($.a"}), "KF819"),
    "eleven calls in one another": (one(Parameters={"x.$": "States.Array(" * 11 + "1" + ")" * 11}), "KF819"),
    "an expression that is not closed": (jsonata(Output="{% 1 %"), "KF820"),
    "an expression that is not opened": (jsonata(Output="1 %}"), "KF820"),
    "JSONPath between the signs": (jsonata(Output="{% $.a[?(@.b < 1)].c %}"), "KF820"),
    "parentheses": (jsonata(Output={"x": ["{% (1 %}"]}), "KF820"),
    "JSONata that is none, in Assign": (jsonata(Assign={"x": {"y": ["{% 420. %}"]}}), "KF820"),
    "JSONPath in JSONata": (jsonata(Output={"x.$": "$.y"}), "KF821"),
    "spaces around an expression": (jsonata(Output={"x": " {% 1 %} "}), "KF853"),
    "an expression in the midst of a text": (jsonata(Output={"x": "to {% $states.input.name %}!"}), "KF853"),
    "a space in front of an expression": (jsonata(Output={"x": " {% 1 %}"}), "KF820"),
    "a document that is none": (jsonata(Output={"x": "{% $.y %}"}), "KF844"),
    "a name that is no variable": (jsonata(Output="{% $count(items[status = 'x']) %}"), "KF844"),
    "the document itself": (jsonata(Output="{% $map([1], function($v) { $$.x + $v }) %}"), "KF844"),
    "evaluation": (jsonata(Output="{% $eval($states.input.x) %}"), "KF844"),
    "a result before there is one": (jsonata(Type="Task", Resource=LAMBDA, Arguments="{% $states.result %}"), "KF844"),
    "a result of a Pass": (jsonata(Output="{% [1].($states.result) %}"), "KF844"),
    "an error outside of a catcher": (jsonata(Type="Task", Resource=LAMBDA, Output="{% $states.errorOutput %}"), "KF844"),
    "a member that $states has not": (jsonata(Output="{% $states.inputs.x %}"), "KF844"),
    "a hyphen in a path": (jsonata(Output={"x": "{% $states.input.delivery-partner %}"}), "KF845"),
    "a variable of JSONata that nothing assigns": (jsonata(Output="{% $nobody & 'x' %}"), "KF832"),
    "a function that nobody has": (jsonata(Output="{% $capitalize('x') %}"), "KF832"),
    "a variable that begins with a digit": (one(Assign={"1st": 1}), "KF831"),
    "a variable with a space": (one(Assign={"my name": 1}), "KF831"),
    "credentials without a role": (task(Credentials={}), "KF833"),
    "credentials with more": (task(Credentials={"RoleArn": "arn:aws:iam::1:role/r", "Session": "x"}), "KF847"),
    "a role that is a number": (task(Credentials={"RoleArn": 1}), "KF833"),
    "a role that is none": (task(Credentials={"RoleArn": "reader"}), "KF833"),
    "an operator that is none": (choice({"Variable": "$.x", "NumberEquals": 1, "Next": "B"}), "KF822"),
    "two operators": (choice({"Variable": "$.x", "NumericEquals": 1, "IsNull": True, "Next": "B"}), "KF822"),
    "an empty And": (choice({"And": [], "Next": "B"}), "KF822"),
    "a Next inside": (choice({"Not": {"Variable": "$.x", "IsNull": True, "Next": "B"}, "Next": "B"}), "KF822"),
    "a literal of another kind": (choice({"Variable": "$.x", "NumericEquals": "1", "Next": "B"}), "KF822"),
    "a condition of the other language": (choice({"Condition": "{% true %}", "Next": "B"}), "KF822"),
    "no condition": (choice({"Variable": "$.x", "IsNull": True, "Next": "B"}, QueryLanguage="JSONata"), "KF822"),
    "no default": (choice({"Variable": "$.x", "IsNull": True, "Next": "A"}, Default=None), "KF808"),
    "all errors with others": (task(Catch=[{"ErrorEquals": ["States.ALL", "X"], "Next": "A"}]), "KF824"),
    "all errors first": (task(Retry=[{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["X"]}]), "KF824"),
    "an error of the language's that is none": (task(Retry=[{"ErrorEquals": ["States.Timeuot"]}]), "KF824"),
    "an error twice": (task(Retry=[{"ErrorEquals": ["X"]}, {"ErrorEquals": ["X"]}]), "KF825"),
    "a bound below": (task(Retry=[{"ErrorEquals": ["X"], "IntervalSeconds": 9, "MaxDelaySeconds": 9}]), "KF826"),
    "a slow backoff": (task(Retry=[{"ErrorEquals": ["X"], "BackoffRate": 0.5}]), "KF808"),
    "attempts below zero": (task(Retry=[{"ErrorEquals": ["X"], "MaxAttempts": -1}]), "KF808"),
    "a placeholder that is not closed": (task(Resource="${F"), "KF835"),
    "no ARN": (task(Resource="lambda"), "KF835"),
    "an alias that is none": (task(Resource=f"{LAMBDA}:"), "KF835"),
    "a service that nobody knows": (task(Resource="arn:aws:states:::weather:getForecast"), "KF843"),
    "a service that is none": (task(Resource=f"{SDK}apigatway:createApiKey"), "KF836"),
    "an action that is none": (task(Resource="arn:aws:states:::dynamodb:scan"), "KF836"),
    "a job of the SDK": (task(Resource=f"{SDK}ecs:runTask.sync", Parameters={"TaskDefinition": "t"}), "KF836"),
    "a parameter in the API's case": (task(Resource=f"{SDK}apigateway:createApiKey", Parameters={"name": "x"}), "KF838"),
    "a parameter that is missing": (task(Resource="arn:aws:states:::sqs:sendMessage", Parameters={"QueueUrl": "q"}), "KF838"),
    "a parameter inside": (task(Resource="arn:aws:states:::sns:publish", Parameters={"Message": "m", "MessageAttributes": {"a": {"Typ": "String"}}}), "KF838"),
    "an error in another spelling": (task(Resource=f"{SDK}s3:getObject", Parameters={"Bucket": "b", "Key": "k"}, Retry=[{"ErrorEquals": ["S3.NoSuchKey"]}]), "KF839"),
    "a job in an Express execution": (mapped(ItemProcessor={"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "StartAt": "In", "States": {"In": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:1:activity:a", "TimeoutSeconds": 5, "End": True}}}), "KF834"),
    "a brace close to an expression": (jsonata(Output="{%$states.input.Items %}"), "KF849"),
    "braces close to an expression": (jsonata(Output={"x": "{%10%}"}), "KF858"),
    "a state that turns back": ({"QueryLanguage": "JSONata", **one(QueryLanguage="JSONPath")}, "KF848"),
    "a token where there is none": (task(Parameters={"t": {"x.$": "States.Format('{}', $$.Task.Token)"}}), "KF846"),
    "a token where there is none, in JSONata": (jsonata(Type="Task", Resource=LAMBDA, Arguments={"t": "{% $states.context.Task.Token %}"}), "KF846"),
    "a token that nobody gets": (task(Resource="arn:aws:states:::sqs:sendMessage.waitForTaskToken", TimeoutSeconds=5, Parameters={"QueueUrl": "q", "MessageBody.$": "$"}), "KF846"),
    "a callback without a limit": (task(Resource="arn:aws:states:::sqs:sendMessage.waitForTaskToken"), "KF841"),
    "a variable from nowhere": (one(InputPath="$count"), "KF832"),
    "a variable from behind": (
        {"StartAt": "A", "States": {"A": {"Type": "Pass", "InputPath": "$v", "Next": "B"}, "B": {"Type": "Pass", "Assign": {"v": 1}, "End": True}}},
        "KF832",
    ),
    "a name in a function's body": (jsonata(Output="{% $map($states.input.a, function($x){ b }) %}"), "KF844"),
    "a name under a key that is also a field's, in Assign": (jsonata(Assign={"Next": "{% phone %}"}), "KF844"),
    "a name under a key that is also a field's, in Arguments": (
        jsonata(Type="Task", Resource="arn:aws:states:::lambda:invoke", TimeoutSeconds=5, Arguments={"FunctionName": "f", "Payload": {"Comment": "{% phone %}"}}),
        "KF844",
    ),
    "a name under a key that is also a field's, in a selector": (mapped(QueryLanguage="JSONata", ItemSelector={"Next": "{% phone %}"}), "KF844"),
    "a name under a key that is also a field's, in a catcher": (
        {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Task", "Resource": LAMBDA, "TimeoutSeconds": 5, "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"Retry": "{% phone %}"}, "Next": "B"}], "Next": "B"}, "B": END}},
        "KF844",
    ),
    "a bound that leads to many": (mapped(MaxConcurrencyPath="$.limits[*]"), "KF816"),
    "a reader that reads with no such operation": (mapped(ItemReader={"Resource": "arn:aws:states:::s3:getObjects", "Parameters": {"Bucket": "b", "Key": "k"}}), "KF842"),
    "a writer that writes with no such operation": (mapped(ResultWriter={"Resource": "arn:aws:states:::s3:unknownOperation", "Parameters": {"Bucket": "b"}}), "KF842"),
    "a batcher that does not say how large": (distributed(ItemBatcher={"BatchInput": {"a": 1}}), "KF830"),
    "a transformation without its format": (mapped(ResultWriter={"WriterConfig": {"Transformation": "COMPACT"}}), "KF842"),
    "a bucket that is no text": (mapped(ResultWriter={"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": 42}}), "KF842"),
    "a prefix that is no text": (mapped(QueryLanguage="JSONata", ResultWriter={"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": "{% $b %}", "Prefix": ["p"]}}), "KF842"),
    "a writer that is empty": (mapped(ResultWriter={}), "KF842"),
    "a writer that is not told where": (mapped(ResultWriter={"Resource": "arn:aws:states:::s3:putObject"}), "KF842"),
    "a processor with a language of its own": (mapped(ItemProcessor={"QueryLanguage": "JSONata", "StartAt": "In", "States": {"In": END}}), "KF804"),
    "a branch with a language of its own": (one(Type="Parallel", Branches=[{"QueryLanguage": "JSONata", "StartAt": "In", "States": {"In": END}}]), "KF804"),
    "a path under a key without .$": (one(Parameters={"a": {"b": ["$.x"]}}), "KF853"),
    "a function under a key without .$": (one(Parameters={"id": "States.UUID()"}), "KF853"),
    "a path in a fixed result": (one(Result={"a": "$.x"}), "KF853"),
    "a key with .$ in a fixed result": (one(Result={"a.$": "$.x"}), "KF853"),
    "a path for a cause": ({"StartAt": "A", "States": {"A": {"Type": "Fail", "Cause": "$.error.Cause"}}}, "KF853"),
    "an expression of the other language": (one(Parameters={"a": "{% $states.input.x %}"}), "KF853"),
    "a path in the other language": (jsonata(Output={"a": "$.x"}), "KF853"),
    "an expression without its braces": (jsonata(Output={"a": "$states.input.x"}), "KF853"),
    "an error that is nearly the language's": (task(Retry=[{"ErrorEquals": ["state.Timeout"]}]), "KF856"),
    "a wildcard for errors": (task(Retry=[{"ErrorEquals": ["*"]}]), "KF856"),
    "a label of no letters": (mapped(Label=""), "KF815"),
    "a path for a Resource": (task(Resource="$.FunctionName"), "KF835"),
    "a name for a Resource": (task(Resource="createToken"), "KF835"),
    "a placeholder for a Resource": (task(Resource="<FUNCTION_ARN>", TimeoutSeconds=5), "KF854"),
    "a placeholder in a Resource": (task(Resource="arn:aws:lambda:eu-west-1:__account__:function:{{name}}:live", TimeoutSeconds=5), "KF854"),
    "a child execution that turns back": ({"QueryLanguage": "JSONata", **children(QueryLanguage="JSONPath", Parameters={"x.$": "$.y"})}, "KF855"),
    "two labels that are one": (
        {"StartAt": "A", "States": {
            "A": {"Type": "Map", "Label": "L", "ItemProcessor": {"StartAt": "I", "States": {"I": END}}, "Next": "B"},
            "B": {"Type": "Map", "Label": "L", "ItemProcessor": {"StartAt": "J", "States": {"J": END}}, "End": True},
        }},
        "KF812",
    ),
    "a sign behind a backslash that escapes none": (one(Parameters={"x.$": r"States.Format('say \"{}\"', $.x)"}), "KF850"),
    "tolerated failures in a map within the execution": (
        mapped(ToleratedFailurePercentage=100, ItemProcessor={"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "In", "States": {"In": END}}),
        "KF851",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_found(name: str) -> None:
    document, code = WRONG[name]
    assert code in codes(document)


RIGHT: dict[str, Any] = {
    "substitutions anywhere": task(Resource="${F}", TimeoutSeconds="${T}", Retry="${R}", Catch=[{"ErrorEquals": ["${E}"], "Next": "${N}"}]),
    "a filter with a bare word": one(Parameters={"x.$": "$.a[?(@.k == Foo)].v"}),
    "a slice": one(Parameters={"x.$": "$.a[3:]"}),
    "a path with a hyphen": one(InputPath="$.a-b['c d']"),
    "a function's length": one(Parameters={"x.$": "$.a.length()"}),
    "functions in functions": one(Parameters={"x.$": "States.Format('it\\'s {}, \\{{}\\}', States.ArrayGetItem($.a, 0), $$.State.Name)"}),
    "a comment that looks like an expression": jsonata(Comment="{% not one", Output="{% 1 %}"),
    "comments in an expression": jsonata(Output="{% /* a */ $states.input.x /* b */ %}", Assign={"x": "{% 1/**/%}"}),
    "an expression over lines": jsonata(Output="{% \n  $states.input.x\n %}"),
    "variables with odd names": jsonata(Assign={"top-level": {"a": "{% 1.5 %}"}}),
    "a variable in a handler's data": {
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", "Assign": {"v.$": "$.x"}, "Next": "B"}, "B": {"Type": "Pass", "Parameters": {"y.$": "States.Format('{}', $v)"}, "End": True}},
    },
    "an activity": task(Resource="arn:aws:states:us-east-1:12345:activity:hello", TimeoutSeconds=5),
    "a nested workflow": task(Resource="arn:aws:states:::states:startExecution.sync:2", Parameters={"StateMachineArn": "a", "Input": {"x": 1}}),
    "tolerances of an older map": one(Type="Map", ToleratedFailureCount=0, Iterator={"StartAt": "X", "States": {"X": END}}),
    "errors of a function": task(Catch=[{"ErrorEquals": ["MyError", "Lambda.Unknown", "States.Http.StatusCode.429"], "Next": "A"}]),
    "what an expression has": jsonata(Output={"a": "{% $states.input.l[$.n > 1 and name = 'x'].{ 'n': name } %}", "b": "{% ($f := function($x) { $x * 2 }; $f($uuid() = '' ? 1 : 2)) %}", "c": "{% $states.input.l#$i.{ 'i': $i } %}", "d": "{% $map([1], $string) %}", "e": "{% $states.context.**.id %}", "f": "{% $states.input ~> |l|{'x': y}| %}"}),
    "a hyphen that is a minus": jsonata(Output="{% $states.input.a - $states.input.b - 1 %}"),
    "a hyphen in a path, which is a warning": jsonata(Output="{% $states.input.delivery-partner.name & 'x' %}"),
    "a result in its fields": jsonata(Type="Task", Resource=LAMBDA, Output="{% $states.result %}", Assign={"r": "{% $states.result.x %}"}, Catch=[{"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput.Error %}", "Assign": {"e": "{% $states.errorOutput %}"}, "Next": "A"}]),
    "escaped signs": one(ResultPath=r"$.foo\@bar.baz\[\[.\?pretty", InputPath=r"$.store\.book"),
    "an expression with one space": jsonata(Output="{%$states.input.Items %}", Assign={"x": "{% $states.input.x%}"}),
    "a dot before a bracket": one(Parameters={"x.$": "$.[*].['bucket', 'key']", "y.$": "$.a.[0]"}),
    "a filter by another member": one(Parameters={"x.$": "$.list[?(@.id == $.wanted)].name"}),
    "a service that is younger than this": task(Resource="arn:aws:states:::weather:getForecast", TimeoutSeconds=5),
    "an agent": task(Resource="arn:aws:states:::bedrockagentcore:invokeHarness", Parameters={"HarnessArn": "a"}, TimeoutSeconds=5),
    "an object where the API has JSON text": task(Resource=f"{SDK}sfn:sendTaskSuccess", Parameters={"TaskToken.$": "$.t", "Output": {"x.$": "$.y"}}),
    "an integration with a region and an account": task(Resource="arn:aws:states:us-east-1:123456789012:aws-sdk:s3:getObject", Parameters={"Bucket": "b", "Key": "k"}),
    "an error of one's own in the language's name": {
        "StartAt": "P",
        "States": {
            "P": {"Type": "Parallel", "Branches": [{"StartAt": "X", "States": {"X": {"Type": "Fail", "Error": "States.Late"}}}],
                  "Catch": [{"ErrorEquals": ["States.Late"], "Next": "A"}], "Next": "A"},
            "A": END,
        },
    },
    "placeholders for other values": mapped(
        MaxConcurrency="<how many>",
        ItemsPath="%ITEMS%",
        ItemReader={"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}, "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": "__TBD__"}},
    ),
    "errors whose names are nearly the language's, which are a warning": task(Retry=[{"ErrorEquals": ["State.ALL", "all"]}]),
    "spaces around expressions, which are a warning": jsonata(Output={"x": [" {% 1 %} ", "from {% 1 %} to {% 2 %}."]}),
    "a path with a dot behind, which is a warning": choice({"Variable": "$.flag.Payload.", "StringEquals": "x", "Next": "B"}),
    "batches in a map within the execution, which are a warning": mapped(ItemBatcher={"BatchInput": {"a": 1}}),
    "a child execution that turns back to JSONPath, which is a warning": {"QueryLanguage": "JSONata", **children(QueryLanguage="JSONPath", Parameters={"x.$": "$.y"})},
    "placeholders for a Resource, which are a warning": {
        "StartAt": "R0",
        "States": {
            f"R{at}": {"Type": "Task", "Resource": text, "TimeoutSeconds": 5, **({"End": True} if at == 6 else {"Next": f"R{at + 1}"})}
            for at, text in enumerate(
                ("__tbd__", "_tbd_", "<arn of the function>", "{{ functionArn }}", "%FUNCTION%", "FUNCTION_ARN", "arn:aws:lambda:<region>:<account>:function:<name>")
            )
        },
    },
    "credentials with more, which are a warning": task(Credentials={"RoleArn.$": "$.role", "parts": {"p.$": "$.p"}}),
    "a reader in a map without a mode": mapped(ItemReader={"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}}),
    "a blank behind a path": one(Parameters={"x.$": "$$.Execution.Name ", "y.$": "$.a[0] "}, InputPath="$.a "),
    "an error's name that looks like an expression": {
        "QueryLanguage": "JSONata", **task(Arguments={}, TimeoutSeconds=5, Retry=[{"ErrorEquals": ["{% phone %}"]}])
    },
    "a column's name that looks like an expression": mapped(
        QueryLanguage="JSONata",
        ItemReader={"Resource": "arn:aws:states:::s3:getObject", "Arguments": {"Bucket": "b", "Key": "k"}, "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["{% phone %}"]}},
    ),
    "an iteration that only a failure ends, which is a warning": mapped(
        ItemProcessor={"StartAt": "In", "States": {"In": {"Type": "Pass", "Next": "Out"}, "Out": {"Type": "Pass", "Next": "In"}}}
    ),
    "a bound beyond every number of items": mapped(MaxConcurrency=9223372036854775807),
    "tolerated failures in a map within the execution, which are a warning": mapped(
        ToleratedFailurePercentage=100, ItemProcessor={"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "In", "States": {"In": END}}
    ),
    "a bound in a variable or the context": mapped(MaxConcurrencyPath="$limits.all[0]", ItemsPath="$$.Execution.Input.items"),
    "a writer that only says the format": mapped(ResultWriter={"WriterConfig": {"Transformation": "COMPACT", "OutputType": "JSON"}}),
    "a writer in another partition": mapped(ResultWriter={"Resource": "arn:aws-cn:states:::s3:putObject", "Parameters": {"Bucket.$": "$.b"}}),
    "a writer that is told where by an expression": mapped(QueryLanguage="JSONata", ResultWriter={"Resource": "arn:aws:states:::s3:putObject", "Arguments": "{% $states.input.to %}"}),
    "every escape of a text": one(Parameters={"x.$": "States.Format('\\'a\\' \\\\ \\{\\} {}', $.x)"}),
    "null where it means something": task(ResultPath=None, InputPath=None, OutputPath=None),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_left_alone(name: str) -> None:
    found = check_text("x.json", json.dumps(RIGHT[name]))
    wrong = [str(each) for each in found if each.severity.value == "error"]
    assert [each for each in wrong if "'${N}'" not in each] == []


@pytest.mark.parametrize(
    "state",
    [
        {"Parameters": {"InputPath": "$.detail", "of": {"JsonPaths": ["$.a"]}}},
        {"Parameters": {"price": "$5", "function": "f:$LATEST", "all": "$", "of": "States. United", "to": "${A}$.b"}},
        {"Result": {"price": "$5"}},
        {"QueryLanguage": "JSONata", "Output": {"price": "$5", "states": "$statesmen", "x": "{% $states.input.x %}"}},
    ],
)
def test_text_with_a_dollar_is_not_always_a_path(state: dict[str, Any]) -> None:
    assert codes(one(**state)) == []


@pytest.mark.parametrize("error", ["ExecutionLimitExceeded", "ExecutionAlreadyExistsException"])
def test_errors_of_optimized_integrations_are_known_in_both_spellings(error: str) -> None:
    """The guide writes one without Exception; executions end with it."""
    given = {"StateMachineArn": "a", "Input": {}}
    retry = [{"ErrorEquals": [f"StepFunctions.{error}"]}]
    assert (
        codes(task(Resource="arn:aws:states:::states:startExecution", Parameters=given, TimeoutSeconds=5, Retry=retry))
        == []
    )


@pytest.mark.parametrize(
    ("resource", "given", "error"),
    [
        ("lambda:invoke", {"FunctionName": "f"}, "Lambda.ClientExecutionTimeoutException"),
        ("lambda:invoke", {"FunctionName": "f"}, "Lambda.Unknown"),
        ("events:putEvents", {"Entries": []}, "EventBridge.FailedEntry"),
        ("ecs:runTask.sync", {"TaskDefinition": "t"}, "ECS.AmazonECSException"),
        ("batch:submitJob.sync", {"JobName": "n", "JobQueue": "q", "JobDefinition": "d"}, "Batch.AWSBatchException"),
        ("glue:startJobRun.sync", {"JobName": "n"}, "Glue.AWSGlueException"),
        ("athena:startQueryExecution.sync", {"QueryString": "q"}, "Athena.AmazonAthenaException"),
        ("dynamodb:putItem", {"TableName": "t", "Item": {}}, "DynamoDB.AmazonDynamoDBException"),
    ],
)
def test_errors_that_no_model_has_are_known(resource: str, given: Any, error: str) -> None:
    found = task(
        Resource=f"arn:aws:states:::{resource}",
        Parameters=given,
        TimeoutSeconds=5,
        Retry=[{"ErrorEquals": [error]}],
    )
    assert codes(found) == []


def test_a_bare_substitution_is_a_value() -> None:
    """SAM and Terraform put values into a template that is no JSON before."""
    text = """{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": ${Wait}, "Next": "B"},
              "B": {"Type": "Map", "MaxConcurrency": ${ Limit }, "ItemProcessor": ${jsonencode(local.processor)}, "End": true}}}"""
    assert check_text("x.json", text) == ()


def test_the_executions_of_a_distributed_map_may_be_express_ones() -> None:
    states = {
        "In": {
            "Type": "Task",
            "Resource": "arn:aws:states:::glue:startJobRun.sync",
            "Parameters": {"JobName": "j"},
            "TimeoutSeconds": 5,
            "End": True,
        }
    }
    for kind, mode, found in (
        ("EXPRESS", "DISTRIBUTED", True),
        ("STANDARD", "DISTRIBUTED", False),
        ("${Type}", "DISTRIBUTED", False),
    ):
        processor = {"ProcessorConfig": {"Mode": mode, "ExecutionType": kind}, "StartAt": "In", "States": states}
        assert ("KF834" in codes(mapped(ItemProcessor=processor))) == found, kind
        inner = {
            "Type": "Map",
            "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "In", "States": states},
            "End": True,
        }
        outer = {"ProcessorConfig": {"Mode": mode, "ExecutionType": kind}, "StartAt": "M", "States": {"M": inner}}
        assert ("KF834" in codes(mapped(ItemProcessor=outer))) == found, f"{kind}, within an inline map"


def test_express_is_known_where_it_is_told() -> None:
    waits = task(Resource="arn:aws:states:::sqs:sendMessage.waitForTaskToken", TimeoutSeconds=5)
    assert "KF834" in codes(waits, type="EXPRESS")
    assert "KF834" not in codes(waits, type="STANDARD")
    assert "KF834" not in codes(waits)


@pytest.mark.parametrize(
    "given",
    [
        {"QueueUrl": "q", "MessageBody": {"a": [{"t.$": "$$.Task.Token"}]}},
        {"QueueUrl": "q", "MessageBody": {"context.$": "$$"}},
        {"QueueUrl": "q", "MessageBody.$": "States.Format('http://x?token={}', $$.Task.Token)"},
        {"QueueUrl": "q", "MessageBody.$": "States.JsonMerge($.body, $$.Task, false)"},
        {"QueueUrl": "q", "MessageBody": "${Body}"},
    ],
)
def test_a_token_is_told_in_many_ways(given: Any) -> None:
    assert (
        codes(task(Resource="arn:aws:states:::sqs:sendMessage.waitForTaskToken", TimeoutSeconds=5, Parameters=given))
        == []
    )


def test_a_state_that_turns_back_is_an_error_and_one_of_a_child_execution_a_warning() -> None:
    """Step Functions refuses the first (ValidateStateMachineDefinition); of the second, nobody tells an answer."""
    for document, severity in (
        (one(QueryLanguage="JSONPath"), "error"),
        (children(QueryLanguage="JSONPath"), "warning"),
    ):
        (found,) = check_text("x.json", json.dumps({"QueryLanguage": "JSONata", **document}))
        assert found.severity.value == severity


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("$.order.id", "$states.input.order.id"),
        ("$$.Execution.Name", "$states.context.Execution.Name"),
        ("$states.result.Payload", "$states.result.Payload"),
    ],
)
def test_a_path_that_is_text_is_shown_as_an_expression(text: str, expression: str) -> None:
    (found,) = check_text("x.json", json.dumps(jsonata(Output={"x": text})))
    assert found.hint == f"write '{{% {expression} %}}'"


def test_hints_name_what_was_meant() -> None:
    (found,) = check_text("x.json", json.dumps(task(Resource=f"{SDK}apigateway:createApiKy")))
    assert found.hint == "did you mean 'createApiKey'?"


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("cloudformation:createStack TemplateUrl", "did you mean 'TemplateURL'?"),
        ("cloudformation:createStack RoleArn", "did you mean 'RoleARN'?"),
        ("cognitoidentityprovider:createUserPoolClient CallbackUrLs", "did you mean 'CallbackURLs'?"),
    ],
)
def test_a_member_that_was_spelt_wrongly_gets_the_right_name(written: str, hint: str) -> None:
    action, member = written.split()
    document = task(Resource=f"arn:aws:states:::aws-sdk:{action}", Parameters={member: "x"}, TimeoutSeconds=9)
    found = check_text("x.json", json.dumps(document), Settings())
    assert hint in [each.hint for each in found if each.code == "KF838"]
    right = hint.split("'")[1]
    document = task(Resource=f"arn:aws:states:::aws-sdk:{action}", Parameters={right: "x"}, TimeoutSeconds=9)
    assert not [
        each
        for each in check_text("x.json", json.dumps(document), Settings())
        if f"no parameter {right!r}" in each.message
    ]


def test_members_within_and_renamed_ones_are_known() -> None:
    selectors = [{"FieldSelectors": [{"Field": "eventCategory", "EqualsValue": ["Data"]}]}]
    right = task(
        Resource="arn:aws:states:::aws-sdk:cloudtrail:putEventSelectors",
        Parameters={"TrailName": "t", "AdvancedEventSelectors": selectors},
        TimeoutSeconds=9,
    )
    assert codes(right) == []
    item = task(
        Resource="arn:aws:states:::aws-sdk:dynamodb:putItem",
        Parameters={"TableName": "t", "Item": {"a": {"Nul": True}, "b": {"Bool": True}, "c": {"Ss": ["x"]}}},
        TimeoutSeconds=9,
    )
    assert codes(item) == []


@pytest.mark.parametrize(
    ("service", "code", "hint"),
    [
        ("configservice", "KF836", "Step Functions calls it 'config'"),
        ("databasemigrationservice", "KF836", "Step Functions calls it 'databasemigration'"),
        ("logs", "KF836", "Step Functions calls it 'cloudwatchlogs'"),
        ("stepfunctions", "KF836", "Step Functions calls it 'sfn'"),
        ("weather", "KF843", None),
        ("qldb", None, None),  # botocore has it no more, Step Functions still lists it
        ("config", None, None),
    ],
)
def test_services_are_known_by_the_guides_names(service: str, code: str | None, hint: str | None) -> None:
    document = task(Resource=f"{SDK}{service}:describeThings", TimeoutSeconds=9)
    found = [each for each in check_text("x.json", json.dumps(document), Settings()) if "service" in each.message]
    assert [(each.code, each.hint) for each in found] == ([] if code is None else [(code, hint)])


@pytest.mark.parametrize(
    ("state", "codes"),
    [
        ({"Type": "Task", "Resorce": "arn:aws:states:::sqs:sendMessage", "End": True}, ["KF804"]),
        ({"Type": "Wait", "Second": 3, "End": True}, ["KF804"]),
        ({"Type": "Pass", "Nxt": "B"}, ["KF804"]),
        ({"Type": "Choice", "Choices": [{"Variable": "$.x", "IsNull": True, "Next": "B"}], "Defualt": "B"}, ["KF804"]),
        ({"Type": "Map", "ItemProcesor": {"StartAt": "C", "States": {}}, "End": True}, ["KF804"]),
        (
            {
                "Type": "Task",
                "Resource": "arn:aws:states:::dynamodb:getItem",
                "Parameters": {"TabelName": "t", "Key": {}},
                "End": True,
            },
            ["KF838"],
        ),
        ({"Type": "Wait", "Speed": 3, "End": True}, ["KF804", "KF809"]),
    ],
)
def test_a_misspelt_field_is_one_finding(state: dict[str, Any], codes: list[str]) -> None:
    """What it stands for is not missing as well; what it does not resemble is."""
    text = json.dumps(
        {"StartAt": "A", "States": {"A": state, **({} if "End" in state else {"B": {"Type": "Succeed"}})}}
    )
    assert sorted(each.code for each in check_text("a.asl.json", text)) == codes


def api_with(operation: Any, path: str = "/things", **more: Any) -> dict[str, Any]:
    integration = {"type": "mock", "responses": {"default": {"statusCode": "200"}}}
    written = {"security": [{"iam": []}], "x-amazon-apigateway-integration": integration, **operation}
    return {"openapi": "3.0.1", "paths": {path: {"post": written}}, **more}


def test_an_operation_that_says_who_may_call_is_not_open() -> None:
    assert codes(api_with({})) == []
    assert codes(api_with({"security": []})) == [], "it says that it is public"
    assert codes({**api_with({}), "security": []}) == []
    nothing = api_with({})
    del nothing["paths"]["/things"]["post"]["security"]
    assert codes(nothing) == ["KF905"]
    assert codes({**nothing, "security": []}) == ["KF905"]
    assert codes({**nothing, "security": [{"iam": []}]}) == []
    nothing["paths"]["/things"]["post"]["x-amazon-apigateway-auth"] = {"type": "AWS_IAM"}
    assert codes(nothing) == []


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (["/a/{id}", "/a/{id}/b"], 0),
        (["/a/{id}", "/a/{name}"], 1),
        (["/a/{id}", "/a/{name}", "/a/{other+}"], 2),
        (["/a/{rest+}/b"], 1),
        (["/{id}/{id}"], 1),
    ],
)
def test_paths_that_api_gateway_refuses(paths: list[str], found: int) -> None:
    operations = api_with({})["paths"]["/things"]
    assert codes({"openapi": "3.0.1", "paths": dict.fromkeys(paths, operations)}) == ["KF920"] * found


def test_a_schema_beyond_draft_4_is_found_where_it_is_referred_to() -> None:
    schemas = {
        "Thing": {
            "allOf": [{"$ref": "#/components/schemas/Part"}],
            "properties": {"me": {"$ref": "#/components/schemas/Thing"}},
        },
        "Part": {"properties": {"const": {"type": "string"}, "kind": {"const": 1}}},
        "Unused": {"const": 1},
    }
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
    document = api_with({"requestBody": body}, components={"schemas": schemas})
    (finding,) = check_text("x.json", json.dumps(document))
    assert (finding.code, finding.hint) == ("KF921", "write enum with the one value")
    assert "'const'" in finding.message
    old = {"in": "body", "name": "body", "schema": {"items": [{}]}}
    assert codes(api_with({"parameters": [old, {"in": "query", "name": "q"}]})) == ["KF921"]
    broken_ones: list[Any] = [{"requestBody": []}, {"requestBody": {"content": []}}, {"parameters": 5}]
    for broken in broken_ones:
        assert codes(api_with(broken)) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": "$context.identity.sourceIp"}', []),
        ('{"a": "$!{context.requestId}", "b": "$context.identity.user.length()"}', []),
        ('{"a": "$context.authorizer.claims.email", "b": "$context.authorizer.tenant"}', []),
        ("#set($context.requestOverride.header.a = 'b'){}", []),
        ('{"a": "$context.identity.sourceIP"}', ["KF922"]),
        ('{"a": "$context.status"}', ["KF922"]),
        ('{"a": "$context.nothing $context.nothing"}', ["KF922"]),
    ],
)
def test_variables_of_the_context(text: str, found: list[str]) -> None:
    integration = {
        "type": "mock",
        "requestTemplates": {"application/json": text},
        "responses": {"default": {"statusCode": "200"}},
    }
    assert codes(api_with({"x-amazon-apigateway-integration": integration})) == found
