"""The permissions that a call needs: IAM's action, and the narrowest resource that the arguments tell.

Resources are written with CloudFormation's pseudo parameters (`${AWS::Region}`), which a deployment replaces.
Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/ and, for API Gateway's verbs on paths,
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from keyflow.aws.calls import Call, OperationCall, ResourceCall
from keyflow.aws.naming import iam_prefix
from keyflow.aws.resources import Integration, resource_of
from keyflow.aws.values import RuntimeValue


@dataclass(frozen=True, order=True, slots=True)
class Permission:
    """One IAM action on one resource, where each key of the request's context is like the value beside it."""

    action: str
    resource: str
    where: tuple[tuple[str, str], ...] = ()


_ACTIONS: Mapping[tuple[str, str], str] = {
    ("lambda", "invoke"): "lambda:InvokeFunction",
    ("s3", "head_object"): "s3:GetObject",
    ("s3", "head_bucket"): "s3:ListBucket",
    ("s3", "list_objects"): "s3:ListBucket",
    ("s3", "list_objects_v2"): "s3:ListBucket",
    ("s3", "list_buckets"): "s3:ListAllMyBuckets",
    ("s3", "delete_objects"): "s3:DeleteObject",
    ("s3", "create_multipart_upload"): "s3:PutObject",
    ("s3", "upload_part"): "s3:PutObject",
    ("s3", "complete_multipart_upload"): "s3:PutObject",
}
"""The actions whose name is not the operation's."""


def permissions(call: Call) -> tuple[Permission, ...]:
    """What an execution role must be allowed for this call.

    A call with a role of its own needs that role only; a call that waits for a job watches and stops it, too.
    Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html
    """
    if call.role is not None:
        return (Permission("sts:AssumeRole", _text(call.role) or "*"),)
    match call:
        case OperationCall():
            watching = _JOBS[call.service.name] if call.pattern.startswith("sync") else ()
            return (*_called(call), *watching)
        case ResourceCall():
            return tuple(_by_resource(call))
        case _:
            raise TypeError(f"no call: {call!r}")


def _by_resource(call: ResourceCall) -> Iterator[Permission]:
    """What the resource's kind asks for; what no model knows must be allowed by hand (`workflow.allow`).

    Sources: https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#connect-http-task-permissions
    """
    resource = resource_of(call.resource)
    if call.kind == "function":
        yield Permission("lambda:InvokeFunction", call.resource)
    elif resource.kind == "endpoint":
        given = call.written if isinstance(call.written, Mapping) else {}
        keys = (("states:HTTPEndpoint", "ApiEndpoint"), ("states:HTTPMethod", "Method"))
        known = tuple((key, _text(given.get(member)) or "*") for key, member in keys)
        yield Permission("states:InvokeHTTPEndpoint", "*", known)
        connection = given.get("Authentication", given.get("InvocationConfig", {}))
        arn = connection.get("ConnectionArn") if isinstance(connection, Mapping) else None
        yield Permission("events:RetrieveConnectionCredentials", _text(arn) or "*")
        for action in ("DescribeSecret", "GetSecretValue"):
            yield Permission(f"secretsmanager:{action}", _regional("secretsmanager", "secret:events!connection/*"))
    elif resource.integration is not None:
        yield Permission(_action(resource.integration), "*")


def _called(call: OperationCall) -> tuple[Permission, ...]:
    if call.service.name == "apigateway":
        return (Permission(f"apigateway:{call.model.http_method}", _api_gateway_path(call)),)
    action = _action(call.integration)
    resources = _RESOURCES.get(call.service.name)
    found = tuple(resources(call)) if resources is not None else ()
    return tuple(Permission(action, resource) for resource in found or ("*",))


def _action(integration: Integration) -> str:
    service = integration.model.service
    known = _ACTIONS.get((service.name, integration.operation))
    return known or f"{iam_prefix(service)}:{integration.model.name}"


def _text(value: Any) -> str | None:
    """The value as a deployment will know it, or None when only an execution will."""
    if isinstance(value, RuntimeValue):
        return value.deployed_text()
    return value if isinstance(value, str) else None


def _argument(call: OperationCall, name: str) -> str:
    return _text(call.written.get(name)) or "*"


def _regional(service: str, resource: str) -> str:
    return f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}"


def _api_gateway_path(call: OperationCall) -> str:
    """`/usageplans/{usageplanId}/keys` with what is known filled in, and `*` for the rest."""
    shape = call.model.input
    members = dict(shape.uri_members()) if shape is not None else {}
    path = re.sub(r"\{([^}+]+)\+?\}", lambda match: _argument(call, members[match[1]]), call.model.http_path)
    return f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}::{path.split('?')[0]}"


def _tables(call: OperationCall) -> Iterator[str]:
    for name in {"TableName": call.written.get("TableName")} | call.written.get("RequestItems", {}):
        if name == "TableName" and name not in call.written:
            continue
        table = _argument(call, "TableName") if name == "TableName" else name
        yield _regional("dynamodb", f"table/{table}")
    for item in call.written.get("TransactItems", ()):
        for action in item.values():
            yield _regional("dynamodb", f"table/{_text(action.get('TableName')) or '*'}")
    if "IndexName" in call.written:
        yield _regional("dynamodb", f"table/{_argument(call, 'TableName')}/index/{_argument(call, 'IndexName')}")


def _functions(call: OperationCall) -> Iterator[str]:
    if "FunctionName" in call.written:
        yield _regional("lambda", f"function:{_argument(call, 'FunctionName')}")


def _queues(call: OperationCall) -> Iterator[str]:
    if "QueueUrl" in call.written:
        url = _argument(call, "QueueUrl")
        yield _regional("sqs", urlsplit(url).path.rsplit("/", 1)[-1] if url.startswith("http") else url)


def _buses(call: OperationCall) -> Iterator[str]:
    for entry in call.written.get("Entries", ()):
        bus = _text(entry.get("EventBusName", "default")) if isinstance(entry, Mapping) else None
        yield _regional("events", f"event-bus/{bus or '*'}")


def _buckets(call: OperationCall) -> Iterator[str]:
    if "Bucket" in call.written:
        bucket = f"arn:${{AWS::Partition}}:s3:::{_argument(call, 'Bucket')}"
        yield f"{bucket}/{_argument(call, 'Key')}" if "Key" in call.written else bucket


def _arn_in(member: str) -> Callable[[OperationCall], Iterator[str]]:
    def resources(call: OperationCall) -> Iterator[str]:
        if member in call.written:
            yield _argument(call, member)

    return resources


def _executions(call: OperationCall) -> Iterator[str]:
    """The state machine that is started, or the executions that are asked for or stopped."""
    if "stateMachineArn" in call.written:
        yield _argument(call, "stateMachineArn")
    elif "executionArn" in call.written:
        yield _regional("states", "execution:*")


_RESOURCES: Mapping[str, Callable[[OperationCall], Iterator[str]]] = {
    "dynamodb": _tables,
    "lambda": _functions,
    "sqs": _queues,
    "sns": _arn_in("TopicArn"),
    "events": _buses,
    "stepfunctions": _executions,
    "s3": _buckets,
}


def child_executions(machine: str) -> tuple[Permission, ...]:
    """What the role of a state machine with distributed Maps needs for its own child executions.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
    """
    executions = _regional("states", "execution:*")
    watching = (Permission(f"states:{action}", executions) for action in ("DescribeExecution", "StopExecution"))
    return (Permission("states:StartExecution", machine), *watching)


def result_writing(bucket: Any) -> tuple[Permission, ...]:
    """What the role of a distributed Map needs to write its results to a bucket, in parts where they are large.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
    """
    objects = f"arn:${{AWS::Partition}}:s3:::{_text(bucket) or '*'}/*"
    actions = ("PutObject", "GetObject", "ListMultipartUploadParts", "AbortMultipartUpload")
    return tuple(Permission(f"s3:{action}", objects) for action in actions)


def _watched(*actions: str, rule: str | None = None, resource: str = "*") -> tuple[Permission, ...]:
    """What watching a job needs; `rule` is the EventBridge rule by which Step Functions hears of its end."""
    events = () if rule is None else ("DescribeRule", "PutRule", "PutTargets")
    return (
        *(Permission(action, resource) for action in actions),
        *(Permission(f"events:{action}", _regional("events", f"rule/{rule}")) for action in events),
    )


_JOBS: Mapping[str, tuple[Permission, ...]] = {
    "athena": _watched("athena:GetQueryExecution", "athena:StopQueryExecution"),
    "batch": _watched("batch:DescribeJobs", "batch:TerminateJob", rule="StepFunctionsGetEventsForBatchJobsRule"),
    "codebuild": _watched(
        "codebuild:BatchGetBuilds", "codebuild:StopBuild", rule="StepFunctionsGetEventForCodeBuildStartBuildRule"
    ),
    "databrew": _watched("databrew:ListJobRuns", "databrew:StopJobRun"),
    "ecs": _watched("ecs:DescribeTasks", "ecs:StopTask", rule="StepFunctionsGetEventsForECSTaskRule"),
    "glue": _watched("glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns"),
    "mediaconvert": _watched(
        "mediaconvert:CancelJob", "mediaconvert:GetJob", rule="StepFunctionsGetEventsForMediaConvertJobRule"
    ),
    "stepfunctions": _watched(
        "states:DescribeExecution",
        "states:StopExecution",
        rule="StepFunctionsGetEventsForStepFunctionsExecutionRule",
        resource=_regional("states", "execution:*"),
    ),
}
"""What waiting for a job takes, by service."""


def policy_document(granted: Iterable[Permission]) -> Mapping[str, Any]:
    """The policy that allows exactly these permissions; actions on the same resources share a statement."""
    resources: dict[tuple[str, _Where], set[str]] = {}
    for permission in granted:
        resources.setdefault((permission.action, permission.where), set()).add(permission.resource)
    statements: dict[tuple[tuple[str, ...], _Where], list[str]] = {}
    for action, where in sorted(resources):
        statements.setdefault((tuple(sorted(resources[action, where])), where), []).append(action)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": actions, "Resource": list(targets), **_condition(where)}
            for (targets, where), actions in statements.items()
        ],
    }


_Where = tuple[tuple[str, str], ...]


def _condition(where: _Where) -> Mapping[str, Any]:
    return {"Condition": {"StringLike": dict(where)}} if where else {}


LOG_DELIVERY = tuple(
    Permission(f"logs:{action}", "*")
    for action in (
        "CreateLogDelivery",
        "DeleteLogDelivery",
        "DescribeLogGroups",
        "DescribeResourcePolicies",
        "GetLogDelivery",
        "ListLogDeliveries",
        "PutResourcePolicy",
        "UpdateLogDelivery",
    )
)
"""What a state machine's role needs to write logs; these actions know no resource.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy
"""
