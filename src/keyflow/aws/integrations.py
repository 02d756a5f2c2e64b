"""Step Functions' optimized integrations: the calls that have an ARN, parameters and error names of their own.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from keyflow.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizedIntegration:
    """One service's optimized integration.

    `operations` are boto3's names. `json_members` may be given as JSON, which Step Functions writes as text, or
    arrive as JSON where the service's own API has text; both are by the name of the operation. `base_error` is what
    an error that the service's model does not have is called. `jobs` are the operations whose end a Task can wait for,
    with the pattern that does it, `callbacks` those that can carry a task token.
    """

    service: str
    arn_service: str
    error_prefix: str
    operations: frozenset[str]
    json_members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    base_error: str | None = None
    jobs: Mapping[str, str] = field(default_factory=dict)
    callbacks: frozenset[str] = frozenset()
    own_errors: tuple[str, ...] = ()


def _integration(
    service: str,
    error_prefix: str,
    *operations: str,
    arn: str | None = None,
    json: Mapping[str, str] | None = None,
    base: str | None = None,
    jobs: Mapping[str, str] | None = None,
    callback: str | None = None,
    own_error: str | None = None,
) -> OptimizedIntegration:
    members = {operation: frozenset({member}) for operation, member in (json or {}).items()}
    callbacks = frozenset() if callback is None else frozenset({callback})
    own_errors = () if own_error is None else (own_error,)
    return OptimizedIntegration(
        service=service,
        arn_service=arn or service,
        error_prefix=error_prefix,
        operations=frozenset(operations),
        json_members=members,
        base_error=base,
        jobs=jobs or {},
        callbacks=callbacks,
        own_errors=own_errors,
    )


_SYNC = "sync"

OPTIMIZED: Mapping[str, OptimizedIntegration] = {
    integration.service: integration
    for integration in (
        _integration("athena", "Athena", "start_query_execution", "stop_query_execution", "get_query_execution",
                     "get_query_results", base="AmazonAthenaException", jobs={"start_query_execution": _SYNC}),
        _integration("batch", "Batch", "submit_job", base="AWSBatchException", jobs={"submit_job": _SYNC}),
        _integration("codebuild", "CodeBuild", "start_build", "stop_build", "batch_delete_builds", "batch_get_reports",
                     base="AWSCodeBuildException", jobs={"start_build": _SYNC}),
        _integration("databrew", "DataBrew", "start_job_run", jobs={"start_job_run": _SYNC}),
        _integration("dynamodb", "DynamoDB", "get_item", "put_item", "update_item", "delete_item",
                     base="AmazonDynamoDBException"),
        _integration("ecs", "ECS", "run_task", base="AmazonECSException", jobs={"run_task": _SYNC},
                     callback="run_task"),
        _integration("events", "EventBridge", "put_events", json={"put_events": "Entries[].Detail"},
                     callback="put_events", own_error="FailedEntry"),
        _integration("glue", "Glue", "start_job_run", base="AWSGlueException", jobs={"start_job_run": _SYNC}),
        _integration("lambda", "Lambda", "invoke", json={"invoke": "Payload"}, base="AWSLambdaException",
                     callback="invoke"),
        _integration("mediaconvert", "MediaConvert", "create_job", jobs={"create_job": _SYNC}),
        _integration("sns", "SNS", "publish", json={"publish": "Message"}, base="AmazonSNSException",
                     callback="publish"),
        _integration("sqs", "SQS", "send_message", json={"send_message": "MessageBody"},
                     base="AmazonSQSException", callback="send_message"),
        _integration("stepfunctions", "StepFunctions", "start_execution", arn="states",
                     json={"start_execution": "input"}, base="AWSStepFunctionsException",
                     jobs={"start_execution": "sync:2"},
                     callback="start_execution"),
    )
}  # fmt: skip


def optimized(service: str, operation: str) -> OptimizedIntegration | None:
    """The optimized integration that takes this call, or None where the SDK integration does."""
    integration = OPTIMIZED.get(service)
    return integration if integration is not None and operation in integration.operations else None
