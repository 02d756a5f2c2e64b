"""Each worked example's policy, evaluated by somebody else: what the engine calls is allowed, and no statement is idle.

The evaluation is `@cloud-copilot/iam-simulate`. Which action a request asks for is told here once more, from the
request that the engine makes, not from the definition.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from keyflow import asl
from keyflow.aws import resource_of
from keyflow.aws.naming import capitalised
from keyflow.deploy.substitution import substituted_policy
from keyflow.engine import Failure, Success, TaskCall
from keyflow.loading import load_definitions
from keyflow.policies import workflow_policy
from keyflow.project import find_project
from keyflow.testing.runs import run_workflow
from tests.environments import node_modules

HERE = Path(__file__).parent
PARTITION, REGION, ACCOUNT = "aws", "eu-west-1", "123456789012"
PSEUDO = {"AWS::Partition": PARTITION, "AWS::Region": REGION, "AWS::AccountId": ACCOUNT}
DATA = {
    "detail": {"name": "consumer", "value": "secret"},
    "name": "consumer",
    "keyId": "key",
    "claim": "claim",
    "show": "show",
    "seats": ["a", "b"],
    "card": "card",
    "sku": "sku",
    "count": 2,
    "amount": 3,
    "employee": "employee",
    "purpose": "purpose",
    "email": "who@example.com",
    "upload": "upload",
    "source": "source",
    "account": "210987654321",
}
IDENTITY = f"arn:{PARTITION}:ses:{REGION}:{ACCOUNT}:identity/example.com"
"""The identity that mails are sent by."""
DEFINITIONS = load_definitions(find_project(HERE.parents[1]))
_RECORD = {name: {"S": name} for name in ("apiKeyId", "usagePlanId", "usagePlanKeyId")}
RESULTS: dict[str, Any] = {
    "Get Registered Key": {"Item": {"data": {"M": _RECORD}}},
    "Get Key To Delete": {"Item": {"data": {"M": _RECORD}}},
    "Find Lead": {"Item": {"lead": {"S": "lead@example.com"}}},
    "Ask Lead": {"answer": "approve", "by": "lead"},
    "Ask Finance": {"answer": "refuse", "by": "finance"},
    "Get Queue Arn": {"Attributes": {"QueueArn": f"arn:{PARTITION}:sqs:{REGION}:{ACCOUNT}:feed-1"}},
    "Charge Card": {"Payload": {"receipt": "receipt", "transaction": "transaction"}},
}
"""What samples cannot know: what lies in an item, and what a function gives."""
ANSWERS = 4
"""A sample, an empty result, an error that no model has, and no answer."""
DEPTH = 2


def values(parameters: Mapping[str, Any]) -> dict[str, str]:
    return {name: IDENTITY if name.endswith("Identity") else name.lower() for name in parameters}


def answer_of(number: int, resource: str) -> Success | Failure:
    integration = resource_of(resource).integration
    refused = "Some.Exception" if integration is None else integration.unmodelled_error
    return (Success({}), Failure(refused), Failure("States.Timeout"))[number - 1]


@pytest.mark.parametrize("name", sorted(DEFINITIONS.workflows))
def test_every_call_is_allowed_and_every_statement_needed(name: str) -> None:
    compiled = _compiled(name)
    given = values(compiled.parameters)
    machines = {f"{each}StateMachine": _arn("states", f"stateMachine:{each}") for each in DEFINITIONS.workflows}
    filled = substituted_policy(workflow_policy(compiled), {**given, **machines, **PSEUDO})
    policy = json.loads(re.sub(r"\$\{(AWS::\w+)\}", lambda match: PSEUDO[match[1]], json.dumps(filled)))
    asked = {request for call in _calls(compiled, {**given, **machines}) for request in _requests(call)}
    requests = sorted(asked | {(action, "*") for action in LOGS} | set(OF_STEP_FUNCTIONS.get(name, ())))
    answers = _simulated(policy, requests)
    denied = [request for request, answer in zip(requests, answers, strict=True) if answer["result"] != "Allowed"]
    assert not denied
    used = {statement for answer in answers for statement in answer["statements"]}
    assert used == set(range(len(policy["Statement"])))
    actions = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert actions == {action for action, _resource in requests}


def test_a_call_that_the_policy_does_not_have_is_denied() -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["dynamodb:PutItem"], "Resource": ["*"]}],
    }
    (answer,) = _simulated(policy, [("dynamodb:GetItem", _arn("dynamodb", "table/t"))])
    assert answer["result"] == "ImplicitlyDenied"


LOGS = (
    "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
)  # fmt: skip


def _compiled(name: str) -> Any:
    from keyflow.compiler import compile_workflow

    return compile_workflow(DEFINITIONS.workflows[name])


def _calls(compiled: Any, given: Mapping[str, str]) -> Iterator[TaskCall]:
    """What the workflow calls where nothing fails, and where up to two states answer otherwise."""
    known = {state: result for state, result in RESULTS.items() if state in compiled.sources}
    seen: set[frozenset[tuple[str, int]]] = set()
    waiting: list[dict[str, int]] = [{}]
    resources: dict[str, str] = {}
    tasks = {state for state, _task in asl.all_tasks(compiled.machine)}
    while waiting:
        otherwise = waiting.pop()
        stubs = {**known, **{state: answer_of(answer, resources[state]) for state, answer in otherwise.items()}}
        made = run_workflow(compiled, DATA, stubs, samples=True, strict=False, parameters=given)
        yield from made.calls
        resources |= {call.state: call.resource for call in made.calls}
        for state in dict.fromkeys(made.called) if len(otherwise) < DEPTH else ():
            if state not in tasks:
                continue  # a map's own calls
            for answer in range(1, ANSWERS):
                following = {**otherwise, state: answer}
                if frozenset(following.items()) not in seen:
                    seen.add(frozenset(following.items()))
                    waiting.append(following)


def _simulated(policy: Mapping[str, Any], requests: list[tuple[str, str]]) -> list[dict[str, Any]]:
    modules = node_modules(HERE / "iam_simulate" / "package.json")
    content = {"policy": policy, "requests": [{"action": action, "resource": arn} for action, arn in requests]}
    done = subprocess.run(
        ["node", str(HERE / "iam_simulate" / "simulate.mjs"), str(modules.parent)],
        input=json.dumps(content),
        capture_output=True,
        text=True,
        check=True,
    )
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


# What a request asks IAM for.

PATHS = {
    "getApiKeys": ("GET", "/apikeys"),
    "createApiKey": ("POST", "/apikeys"),
    "deleteApiKey": ("DELETE", "/apikeys/{ApiKey}"),
    "getUsagePlans": ("GET", "/usageplans"),
    "createUsagePlan": ("POST", "/usageplans"),
    "updateUsagePlan": ("PATCH", "/usageplans/{UsagePlanId}"),
    "deleteUsagePlan": ("DELETE", "/usageplans/{UsagePlanId}"),
    "createUsagePlanKey": ("POST", "/usageplans/{UsagePlanId}/keys"),
    "deleteUsagePlanKey": ("DELETE", "/usageplans/{UsagePlanId}/keys/{KeyId}"),
}
PARTS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


def _requests(call: TaskCall) -> Iterator[tuple[str, str]]:
    service, action = call.resource.split(":")[-2:]
    given: Any = call.parameters
    match service:
        case "apigateway":
            verb, path = PATHS[action]
            filled = re.sub(r"\{(\w+)\}", lambda match: str(given[match[1]]), path)
            yield f"apigateway:{verb}", f"arn:{PARTITION}:apigateway:{REGION}::{filled}"
        case "dynamodb" if action == "transactWriteItems":
            for item in given["TransactItems"]:
                for part, about in item.items():
                    yield f"dynamodb:{PARTS[part]}", _arn("dynamodb", f"table/{about['TableName']}")
        case "dynamodb":
            yield f"dynamodb:{action[0].upper()}{action[1:]}", _arn("dynamodb", f"table/{given['TableName']}")
        case "lambda":
            yield "lambda:InvokeFunction", _arn("lambda", f"function:{given['FunctionName']}")
        case "sqs" if action.startswith("sendMessage"):
            yield "sqs:SendMessage", _arn("sqs", given["QueueUrl"].rsplit("/", 1)[-1])
        case "sqs":  # the URL that a service answers with has the name in it, which a sample has not
            yield f"sqs:{capitalised(action)}", _arn("sqs", given.get("QueueName", "feed-1"))
        case "sesv2":
            yield "ses:SendEmail", IDENTITY
        case "cognitoidentityprovider":
            yield f"cognito-idp:{capitalised(action)}", _arn("cognito-idp", f"userpool/{given['UserPoolId']}")
        case "eventbridge":
            rule = given.get("Name", given.get("Rule"))
            yield f"events:{capitalised(action)}", _arn("events", f"rule/{given['EventBusName']}/{rule}")
        case "iam":
            yield f"iam:{capitalised(action)}", f"arn:{PARTITION}:iam::{ACCOUNT}:role/{given['RoleName']}"
        case "glue":
            for each in ("StartJobRun", "GetJobRun", "GetJobRuns", "BatchStopJobRun"):
                yield f"glue:{each}", _arn("glue", f"job/{given['JobName']}")
        case "sfn":
            yield from (request for request in OF_STEP_FUNCTIONS["Ingest"] if request[0].endswith(capitalised(action)))
        case "s3":
            yield f"s3:{capitalised(action)}", f"arn:{PARTITION}:s3:::{given['Bucket']}/{given['Key']}"
        case "states":
            yield "states:StartExecution", given["StateMachineArn"]
        case _:
            raise AssertionError(f"no request is known for {call.resource}")


OF_STEP_FUNCTIONS: Mapping[str, Iterable[tuple[str, str]]] = {
    "Ingest": (
        ("dynamodb:PutItem", f"arn:{PARTITION}:dynamodb:{REGION}:{ACCOUNT}:table/readingtable"),
        ("s3:GetObject", f"arn:{PARTITION}:s3:::ingestbucket/staged/1.csv"),
        *(
            (f"s3:{action}", f"arn:{PARTITION}:s3:::ingestbucket/results/1")
            for action in ("PutObject", "GetObject", "AbortMultipartUpload", "ListMultipartUploadParts")
        ),
        ("states:StartExecution", f"arn:{PARTITION}:states:{REGION}:{ACCOUNT}:stateMachine:Ingest"),
        ("states:DescribeExecution", f"arn:{PARTITION}:states:{REGION}:{ACCOUNT}:execution:Ingest:1"),
        ("states:StopExecution", f"arn:{PARTITION}:states:{REGION}:{ACCOUNT}:execution:Ingest:1"),
        ("states:DescribeMapRun", f"arn:{PARTITION}:states:{REGION}:{ACCOUNT}:mapRun:Ingest/1:1"),
    ),
}
"""What Step Functions asks for itself, for a distributed map that reads a file and writes its results, and what its
child executions do: a sample of a file has no rows.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
"""


def _arn(service: str, resource: str) -> str:
    return f"arn:{PARTITION}:{service}:{REGION}:{ACCOUNT}:{resource}"
