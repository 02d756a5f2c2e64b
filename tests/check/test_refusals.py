"""What Step Functions refuses, each beside what it takes, with what settles it.

`Measured` is what CreateStateMachine and ValidateStateMachineDefinition answered, as the rules of
https://github.com/badmintoncryer/cdk-preflight/tree/main/rules/stepfunctions quote it (2026-09-05).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from keyflow.check import check_file, check_text
from keyflow.dataclass import dataclass

GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg"
SDK = "arn:aws:states:::aws-sdk:"
END = {"Type": "Pass", "End": True}


@dataclass(frozen=True, slots=True)
class Refused:
    """A definition that is refused by the rule, one that is taken, and the source."""

    code: str
    wrong: Any
    right: Any
    source: str


def one(**fields: Any) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True, **fields}}}


def task(resource: str, given: Any = None, **fields: Any) -> dict[str, Any]:
    name = "Arguments" if fields.get("QueryLanguage") == "JSONata" else "Parameters"
    own = {} if given is None else {name: given}
    resource = resource if resource.startswith("arn:") else f"arn:aws:states:::{resource}"
    return one(Type="Task", Resource=resource, TimeoutSeconds=9, **own, **fields)


def fail(**fields: Any) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": {"Type": "Fail", **fields}}}


def compared(moment: str) -> dict[str, Any]:
    rule = {"Variable": "$.x", "TimestampLessThan": moment, "Next": "B"}
    return {"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": [rule], "Default": "B"}, "B": END}}


def until(moment: str) -> dict[str, Any]:
    return one(Type="Wait", Timestamp=moment)


def distributed(**fields: Any) -> dict[str, Any]:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    processor = {"ProcessorConfig": config, "StartAt": "In", "States": {"In": END}}
    return one(Type="Map", ItemProcessor=processor, **fields)


def jsonata(**fields: Any) -> dict[str, Any]:
    return one(QueryLanguage="JSONata", **fields)


def item(**fields: Any) -> dict[str, Any]:
    """A Map whose processor has one state in JSONata."""
    state = {"Type": "Pass", "QueryLanguage": "JSONata", "End": True, **fields}
    return one(Type="Map", ItemProcessor={"StartAt": "In", "States": {"In": state}})


def assigned(output: str) -> dict[str, Any]:
    first = {"Type": "Pass", "QueryLanguage": "JSONata", "Assign": {"f": 1}, "Next": "B"}
    return {
        "StartAt": "A",
        "States": {"A": first, "B": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": output, "End": True}},
    }


KEY = {"TableName": "t", "Key": {"pk": {"S": "a"}}}
VALUES = {"ExpressionAttributeValues": {":a": {"S.$": "$.x"}}}
QUEUE = {"QueueUrl": "q", "MessageBody": "m"}
ROLE = "arn:aws:iam::123456789012:role/other"
FAIL_PROPS = "https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_stepfunctions/FailProps.html"
NAMES = "https://docs.aws.amazon.com/step-functions/latest/apireference/API_StateExitedEventDetails.html"
NO_PAGE = "reported by users; neither a page nor a recording was found"
PATH = "String does not match RFC3339 timestamp (measured)"
CLUSTER = {"ClusterName": "c", "CertificateAuthority": "a", "Endpoint": "https://e"}
EMR_JOB = {"VirtualClusterId": "c", "ExecutionRoleArn": ROLE, "ReleaseLabel": "emr-6.2.0-latest", "JobDriver": {}}
TRAINING = {"AlgorithmSpecification": {"TrainingInputMode": "File"}, "OutputDataConfig": {"S3OutputPath": "s3://b"}}
DYNAMODB = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html"

REFUSED: dict[str, Refused] = {
    "a moment without a zone": Refused("KF808", until("2026-01-31T12:00:00"), until("2026-01-31T12:00:00Z"), PATH),
    "a month 13": Refused("KF808", until("2026-13-01T12:00:00Z"), until("2026-12-01T12:00:00.123456789Z"), PATH),
    "a day 30 of February": Refused("KF808", until("2026-02-30T12:00:00Z"), until("2026-01-30T12:00:00Z"), PATH),
    "an hour 25": Refused("KF808", until("2026-01-31T25:00:00Z"), until("2026-01-31T23:00:00+01:00"), PATH),
    "a small t": Refused("KF808", until("2026-01-31t12:00:00Z"), until("2026-01-31T12:00:00Z"), PATH),
    "a moment without a zone, compared": Refused(
        "KF822", compared("2026-01-31T12:00:00"), compared("2026-01-31T12:00:00Z"), PATH
    ),
    "an hour 25, compared": Refused(
        "KF822", compared("2026-01-31T25:00:00Z"), compared("2026-01-31T00:00:00-11:30"), PATH
    ),
    "credentials without a role": Refused(
        "KF833",
        task("sqs:sendMessage", QUEUE, Credentials={"Role": ROLE}),
        task("sqs:sendMessage", QUEUE, Credentials={"RoleArn.$": "$.role"}),
        "The field 'RoleArn' is required but was missing (measured)",
    ),
    "a quote behind a backslash": Refused(
        "KF850",
        one(Parameters={"x.$": r"States.Format('say \"{}\"', $.x)"}),
        one(Parameters={"x.$": r"""States.Format('say "{}" \'{}\' \\ \{\}', $.x, $.y)"""}),
        f"{GUIDE}/intrinsic-functions.html",
    ),
    "a number for an error": Refused(
        "KF819",
        fail(ErrorPath="States.MathAdd(1, 2)"),
        fail(ErrorPath="States.Format('{}', $.x)"),
        FAIL_PROPS,
    ),
    "an array for a cause": Refused(
        "KF819",
        fail(CausePath="States.Array($.x)"),
        fail(CausePath="States.JsonToString($.x)"),
        FAIL_PROPS,
    ),
    "a bell in a label": Refused("KF815", distributed(Label="a\u0007b"), distributed(Label="a-b_c.d"), NAMES),
    "a C1 control character in a label": Refused(
        "KF815", distributed(Label="a\u0090b"), distributed(Label="Größe"), NAMES
    ),
    "a call of the SDK without arguments": Refused(
        "KF838",
        task(f"{SDK}dynamodb:query", QueryLanguage="JSONata"),
        task(f"{SDK}s3:listBuckets", QueryLanguage="JSONata"),
        "Arguments field is required for resource ARN (measured)",
    ),
    "a call without parameters": Refused(
        "KF838",
        task("lambda:invoke"),
        task("lambda:invoke", {"FunctionName.$": "$.f"}),
        "Parameters field is required for resource ARN: arn:aws:states:::lambda:invoke (measured)",
    ),
    "a number for a function's payload": Refused(
        "KF838",
        task("lambda:invoke", {"FunctionName": "f", "Payload": 5}),
        task("lambda:invoke", {"FunctionName": "f", "Payload": {"n": 5}}),
        NO_PAGE,
    ),
    "no idempotency token for a call of the SDK": Refused(
        "KF838",
        task(f"{SDK}emrcontainers:startJobRun", {"VirtualClusterId": "c"}),
        task("emr-containers:startJobRun", EMR_JOB),
        "ClientToken is required in botocore's model; the guide's example of the optimized integration is without it",
    ),
    "the item outside of a Map": Refused(
        "KF859",
        jsonata(Output="{% $states.context.Map.Item.Value %}"),
        item(Output="{% $states.context.Map.Item.Value %}"),
        f"{GUIDE}/input-output-itemselector.html",
    ),
    "the item in what a Map hands on": Refused(
        "KF859",
        distributed(ResultSelector={"x.$": "$$.Map.Item.Index"}),
        distributed(ItemSelector={"x.$": "$$.Map.Item.Index"}),
        f"{GUIDE}/input-output-itemselector.html",
    ),
    "a variable that is called": Refused(
        "KF860",
        assigned("{% $f(1) %}"),
        assigned("{% ($f := function($x) { $x }; $f(1)) %}"),
        NO_PAGE,
    ),
    "a value that is missing": Refused(
        "KF861",
        task("dynamodb:updateItem", {**KEY, "UpdateExpression": "SET total = :a"}),
        task("dynamodb:updateItem", {**KEY, "UpdateExpression": "SET amount = :a", **VALUES}),
        DYNAMODB,
    ),
    "a reserved word": Refused(
        "KF861",
        task("dynamodb:updateItem", {**KEY, "UpdateExpression": "SET status = :a", **VALUES}),
        task(
            "dynamodb:updateItem",
            {**KEY, "UpdateExpression": "SET #s = :a", **VALUES, "ExpressionAttributeNames": {"#s": "status"}},
        ),
        DYNAMODB,
    ),
    "a function of no expression": Refused(
        "KF861",
        task(f"{SDK}dynamodb:deleteItem", {**KEY, "ConditionExpression": "attribute_not_exist(pk)"}),
        task(f"{SDK}dynamodb:deleteItem", {**KEY, "ConditionExpression": "attribute_not_exists(pk)"}),
        DYNAMODB,
    ),
    "a value that no expression has": Refused(
        "KF861",
        task("dynamodb:updateItem", {**KEY, "UpdateExpression": "SET amount = :b", **VALUES}),
        task("dynamodb:updateItem", {**KEY, "UpdateExpression.$": "$.expression", **VALUES}),
        DYNAMODB,
    ),
    "a function of JSONPath": Refused(
        "KF862",
        one(Parameters={"x.$": "$.prices.sum()"}),
        one(Parameters={"x.$": "$.prices.length()", "y.$": "$['a.sum()']", "z.$": "States.UUID()"}),
        "https://repost.aws/questions/QUYiQKP0XfThWEc_ahsMnLOA",
    ),
    "a filter with an operator in letters": Refused(
        "KF863",
        one(InputPath="$.orders[?(@.tags subsetof ['a', 'b'])]"),
        one(InputPath="$.orders[?(@.tags == 'a subsetof b' && @.in >= 5)]"),
        f"{GUIDE}/amazon-states-language-paths.html",
    ),
    "a filter with a regular expression": Refused(
        "KF863",
        one(Parameters={"x.$": "States.ArrayLength($.orders[?(@.id =~ /a.*/)])"}),
        one(Parameters={"x.$": "States.ArrayLength($.orders[?(@.id == 'a =~ b')])"}),
        f"{GUIDE}/amazon-states-language-paths.html",
    ),
    "a filter with another value": Refused(
        "KF863",
        one(Parameters={"x.$": "$.orders[?(@.id == $.wanted)].total"}),
        one(Parameters={"x.$": "$.orders[?(@.id == '$.wanted')].total", "y.$": "$.orders[?(@.paid)]"}),
        f"{GUIDE}/amazon-states-language-paths.html",
    ),
    "a filter of numbers": Refused(
        "KF863",
        one(Parameters={"x.$": "$.prices[?(@ > 5)]"}),
        one(Parameters={"x.$": "$.prices[?(@.net > 5)]", "y.$": "$.prices[?(@['net'] > 5)]"}),
        f"{GUIDE}/amazon-states-language-paths.html",
    ),
    "a parameter of an EMR step": Refused(
        "KF838",
        task("elasticmapreduce:addStep.sync", {"ClusterId": "c", "Steps": []}),
        task("elasticmapreduce:addStep.sync", {"ClusterId.$": "$.c", "Step": {"Name": "s", "HadoopJarStep": {}}}),
        f"{GUIDE}/connect-emr.html",
    ),
    "a cluster's steps": Refused(
        "KF838",
        task("elasticmapreduce:createCluster", {"Name": "n", "Instances": {}, "Steps": []}),
        task("elasticmapreduce:createCluster", {"Name": "n", "Instances": {"KeepJobFlowAliveWhenNoSteps": True}}),
        f"{GUIDE}/connect-emr.html",
    ),
    "a call of Kubernetes": Refused(
        "KF838",
        task("eks:call", {**CLUSTER, "Method": "FETCH", "Path": "/api"}),
        task("eks:call", {**CLUSTER, "Method": "GET", "Path": "/api", "QueryParameters": {"a": ["b"]}}),
        f"{GUIDE}/connect-eks.html",
    ),
    "a job of Kubernetes": Refused(
        "KF838",
        task("eks:runJob.sync", {**CLUSTER, "Job": {}, "LogOptions": {"RetrieveLog": True}}),
        task("eks:runJob.sync", {**CLUSTER, "Job": {}, "LogOptions": {"RetrieveLogs": True}}),
        f"{GUIDE}/connect-eks.html",
    ),
    "a request without its connection": Refused(
        "KF838",
        task("http:invoke", {"ApiEndpoint": "https://x", "Method": "GET"}),
        task("http:invoke", {"ApiEndpoint": "https://x", "Method": "GET", "InvocationConfig": {"ConnectionArn": "a"}}),
        f"{GUIDE}/call-https-apis.html",
    ),
    "an encoding of a request": Refused(
        "KF838",
        task(
            "http:invoke",
            {
                "ApiEndpoint": "https://x",
                "Method": "GET",
                "Authentication": {"ConnectionArn": "a"},
                "Transform": {"RequestBodyEncoding": "URL"},
            },
        ),
        task(
            "http:invoke",
            {
                "ApiEndpoint": "https://x",
                "Method": "GET",
                "Authentication": {"ConnectionArn": "a"},
                "Transform": {"RequestBodyEncoding": "URL_ENCODED"},
            },
        ),
        f"{GUIDE}/call-https-apis.html",
    ),
    "an API's authorization": Refused(
        "KF838",
        task("apigateway:invoke", {"ApiEndpoint": "x", "Method": "GET", "AuthType": "IAM"}),
        task("apigateway:invoke", {"ApiEndpoint": "x", "Method": "GET", "AuthType": "IAM_ROLE"}),
        f"{GUIDE}/connect-api-gateway.html",
    ),
    "a model's input": Refused(
        "KF838",
        task("bedrock:invokeModel", {"ModelId": "m", "Inputs": {"S3Uri": "s3://b"}}),
        task("bedrock:invokeModel", {"ModelId": "m", "Input": {"S3Uri": "s3://b"}, "Output": {"S3Uri": "s3://b"}}),
        f"{GUIDE}/connect-bedrock.html",
    ),
    "a training job's resources": Refused(
        "KF838",
        task("sagemaker:createTrainingJob.sync", {"TrainingJobName": "n", "RoleArn": ROLE, **TRAINING, "Resource": {}}),
        task(
            "sagemaker:createTrainingJob.sync",
            {"TrainingJobName": "n", "RoleArn": ROLE, **TRAINING, "ResourceConfig": {"VolumeSizeInGB": 1}},
        ),
        f"{GUIDE}/connect-sagemaker.html",
    ),
    "an application of EMR Serverless": Refused(
        "KF838",
        task("emr-serverless:startJobRun.sync", {"ApplicationId": "a"}),
        task("emr-serverless:startJobRun.sync", {"ApplicationId": "a", "ExecutionRoleArn": ROLE}),
        f"{GUIDE}/connect-emr-serverless.html",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_found_and_what_is_taken_is_not(name: str) -> None:
    case = REFUSED[name]
    assert case.code in {each.code for each in check_text("x.json", json.dumps(case.wrong))}
    assert [str(each) for each in check_text("x.json", json.dumps(case.right)) if each.code == case.code] == []


def test_a_format_alone_is_taken() -> None:
    """ResultWriter's Transformation has a default: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html"""
    assert check_text("x.json", json.dumps(distributed(ResultWriter={"WriterConfig": {"OutputType": "JSONL"}}))) == ()


TEMPLATE = """
Resources:
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionSubstitutions: {Job: "%s", Delay: 30}
      %s
"""
BODY = '{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "${Job}", "TimeoutSeconds": "${Delay}", "End": true}}}'


@pytest.mark.parametrize(
    "inside", [f"Definition: {BODY}", f"DefinitionString: '{BODY}'", "DefinitionUri: inner.asl.json"]
)
@pytest.mark.parametrize(
    ("job", "codes"), [("arn:aws:lambda:eu-west-1:123456789012:function:F", []), ("not-an-arn", ["KF835"])]
)
def test_what_a_template_puts_in_is_checked(tmp_path: Path, inside: str, job: str, codes: list[str]) -> None:
    (tmp_path / "inner.asl.json").write_text(BODY)
    (tmp_path / "template.yaml").write_text(TEMPLATE % (job, inside))
    assert [each.code for each in check_file(tmp_path / "template.yaml")] == codes


@pytest.mark.parametrize(("word", "read"), [("Yes", "true"), ("off", "false"), ("No", "false")])
def test_a_word_that_yaml_reads_as_a_truth_is_to_be_quoted(word: str, read: str) -> None:
    text = "StartAt: A\nStates:\n  A:\n    Type: Pass\n    Next: {}\n  {}: {{Type: Succeed}}\n"
    hints = [each.hint for each in check_text("x.yaml", text.format(word, word)) if each.code == "KF808"]
    assert hints == [f"YAML 1.1 reads {word} as {read}: quote it"]
    assert check_text("x.yaml", text.format(f'"{word}"', f'"{word}"')) == ()
    (found,) = (each for each in check_text("x.json", json.dumps(one(InputPath=True))) if each.code == "KF808")
    assert found.hint is None, "JSON has no such words"
