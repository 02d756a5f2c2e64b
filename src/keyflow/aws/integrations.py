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

    `operations` are boto3's names. `json_members` may be given as JSON, which Step Functions writes as text, or arrive
    as JSON where the service's own API has text; both are by the name of the operation. `base_error` is what an error
    that the service's model does not have is called. `jobs` are the operations whose end a Task can wait for, each with
    its pattern. `callbacks` can carry a task token. `own_members` are parameters that only the integration has, and
    `results` members of its result that the model has not, or not as JSON; both are by the name of the operation.
    `unmodelled` are actions that its ARNs name and that are no operations of the service.
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
    own_members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    results: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unmodelled: tuple[str, ...] = ()


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
    own_members: Mapping[str, frozenset[str]] | None = None,
    results: Mapping[str, tuple[str, ...]] | None = None,
    unmodelled: tuple[str, ...] = (),
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
        own_members=own_members or {},
        results=results or {},
        unmodelled=unmodelled,
    )


_SYNC = "sync"


def _sync(*operations: str) -> Mapping[str, str]:
    return dict.fromkeys(operations, _SYNC)


# Which operations there are, and which of them a Task can wait for, each service's own page of the guide says:
# https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html and so on for bedrock, eks, emr-eks
# (EMR on EKS), emr-serverless and codebuild. The guide names errors of EKS (`EKS.401`); those of Bedrock and SageMaker
# are what published definitions catch (`Bedrock.ThrottlingException`, `SageMaker.AmazonSageMakerException`). For EMR on
# EKS and EMR Serverless nothing is documented: their prefixes are the clients of the first Java SDK without its AWS.
# A Task can wait for RetryBuildBatch, too; which rule of EventBridge its role then needs, no page says.

OPTIMIZED: Mapping[str, OptimizedIntegration] = {
    integration.service: integration
    for integration in (
        _integration("athena", "Athena", "start_query_execution", "stop_query_execution", "get_query_execution",
                     "get_query_results", base="AmazonAthenaException", jobs={"start_query_execution": _SYNC}),
        _integration("bedrock", "Bedrock", "create_model_customization_job",
                     jobs=_sync("create_model_customization_job")),
        _integration("bedrock-runtime", "Bedrock", "invoke_model", arn="bedrock", json={"invoke_model": "body"},
                     own_members={"invoke_model": frozenset({"input", "output"})}, results={"invoke_model": ("body",)}),
        _integration("batch", "Batch", "submit_job", base="AWSBatchException", jobs={"submit_job": _SYNC}),
        _integration("codebuild", "CodeBuild", "start_build", "stop_build", "batch_delete_builds", "batch_get_reports",
                     "start_build_batch", "stop_build_batch", "retry_build_batch", "delete_build_batch",
                     base="AWSCodeBuildException", jobs=_sync("start_build", "start_build_batch")),
        _integration("databrew", "DataBrew", "start_job_run", jobs={"start_job_run": _SYNC}),
        _integration("dynamodb", "DynamoDB", "get_item", "put_item", "update_item", "delete_item",
                     base="AmazonDynamoDBException"),
        _integration("ecs", "ECS", "run_task", base="AmazonECSException", jobs={"run_task": _SYNC},
                     callback="run_task"),
        _integration("eks", "EKS", "create_cluster", "delete_cluster", "create_fargate_profile",
                     "delete_fargate_profile", "create_nodegroup", "delete_nodegroup", base="AmazonEKSException",
                     unmodelled=("call", "runJob"),
                     jobs=_sync("create_cluster", "delete_cluster", "create_fargate_profile", "delete_fargate_profile",
                                "create_nodegroup", "delete_nodegroup")),
        _integration("emr-containers", "EMRContainers", "create_virtual_cluster", "delete_virtual_cluster",
                     "start_job_run", base="AmazonEMRContainersException",
                     jobs=_sync("delete_virtual_cluster", "start_job_run")),
        _integration("emr-serverless", "EMRServerless", "create_application", "start_application", "stop_application",
                     "delete_application", "start_job_run", "cancel_job_run", base="AWSEMRServerlessException",
                     jobs=_sync("create_application", "start_application", "stop_application", "delete_application",
                                "start_job_run", "cancel_job_run"),
                     results=dict.fromkeys(("start_application", "stop_application", "delete_application"),
                                           ("applicationId",))),
        _integration("events", "EventBridge", "put_events", json={"put_events": "Entries[].Detail"},
                     callback="put_events", own_error="FailedEntry"),
        _integration("glue", "Glue", "start_job_run", base="AWSGlueException", jobs={"start_job_run": _SYNC}),
        _integration("lambda", "Lambda", "invoke", json={"invoke": "Payload"}, base="AWSLambdaException",
                     callback="invoke"),
        _integration("mediaconvert", "MediaConvert", "create_job", jobs={"create_job": _SYNC}),
        _integration("sagemaker", "SageMaker", "create_endpoint", "create_endpoint_config",
                     "create_hyper_parameter_tuning_job", "create_labeling_job", "create_model",
                     "create_processing_job", "create_training_job", "create_transform_job", "update_endpoint",
                     base="AmazonSageMakerException",
                     jobs=_sync("create_hyper_parameter_tuning_job", "create_labeling_job", "create_processing_job",
                                "create_training_job", "create_transform_job")),
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
