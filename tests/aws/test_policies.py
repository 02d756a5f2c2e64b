"""Each worked example's policy, evaluated by somebody else: what the engine calls is allowed, and no statement is idle.

The evaluation is `@cloud-copilot/iam-simulate`. Which action a request asks for is told here once more, from the
request that the engine makes, not from the definition.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from keyflow.deploy.substitution import substituted_policy
from keyflow.engine import Failure, Success, TaskCall
from keyflow.policies import workflow_policy
from keyflow.project import find_project, load_definitions
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
}
DEFINITIONS = load_definitions(find_project(HERE.parents[1]))
_RECORD = {name: {"S": name} for name in ("apiKeyId", "usagePlanId", "usagePlanKeyId")}
RESULTS: dict[str, Any] = {
    "Get Registered Key": {"Item": {"data": {"M": _RECORD}}},
    "Get Key To Delete": {"Item": {"data": {"M": _RECORD}}},
    "Charge Card": {"Payload": {"receipt": "receipt", "transaction": "transaction"}},
}
"""What samples cannot know: what lies in an item, and what a function gives."""
ANSWERS: tuple[Any, ...] = (None, Success({}), Failure("Some.Exception"), Failure("States.Timeout"))
DEPTH = 2


def values(parameters: Mapping[str, Any]) -> dict[str, str]:
    return {name: name.lower() for name in parameters}


@pytest.mark.parametrize("name", sorted(DEFINITIONS.workflows))
def test_every_call_is_allowed_and_every_statement_needed(name: str) -> None:
    compiled = _compiled(name)
    given = values(compiled.parameters)
    machines = {f"{each}StateMachine": _arn("states", f"stateMachine:{each}") for each in DEFINITIONS.workflows}
    filled = substituted_policy(workflow_policy(compiled), {**given, **machines, **PSEUDO})
    policy = json.loads(re.sub(r"\$\{(AWS::\w+)\}", lambda match: PSEUDO[match[1]], json.dumps(filled)))
    asked = {request for call in _calls(compiled, {**given, **machines}) for request in _requests(call)}
    requests = sorted(asked | {(action, "*") for action in LOGS})
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
    while waiting:
        otherwise = waiting.pop()
        stubs = {**known, **{state: ANSWERS[answer] for state, answer in otherwise.items()}}
        made = run_workflow(compiled, DATA, stubs, samples=True, parameters=given)
        yield from made.calls
        for state in dict.fromkeys(made.called) if len(otherwise) < DEPTH else ():
            for answer in range(1, len(ANSWERS)):
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
        case "sqs":
            yield "sqs:SendMessage", _arn("sqs", given["QueueUrl"].rsplit("/", 1)[-1])
        case "states":
            yield "states:StartExecution", given["StateMachineArn"]
        case _:
            raise AssertionError(f"no request is known for {call.resource}")


def _arn(service: str, resource: str) -> str:
    return f"arn:{PARTITION}:{service}:{REGION}:{ACCOUNT}:{resource}"
