"""What waiting for a job takes, what a distributed Map takes, and the integrations that no service's model has.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html and its page for
each service; https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from keyflow.aws.authorization.arns import ANY, filled, is_arn, is_wide, pattern, regional, text
from keyflow.aws.authorization.dependent import passed_role
from keyflow.aws.authorization.operations import iam_prefix
from keyflow.aws.calls import OperationCall, ResourceCall
from keyflow.aws.permission import Permission
from keyflow.dataclass import dataclass
from keyflow.lazy import lazy_pattern

_TOLD_LATER = "the job's id is known only when it has begun"
_FOR_ANY = "the developer guide allows it on anything"
_MEMBER = lazy_pattern(r"\{(\w+)\}")


def _rule(name: str) -> tuple[Permission, ...]:
    """The rule by which Step Functions hears from EventBridge that a job has ended."""
    arn = regional("events", f"rule/{name}")
    return tuple(Permission(f"events:{action}", arn) for action in ("DescribeRule", "PutRule", "PutTargets"))


def _watched(*actions: str, rule: str | None = None, resource: str = ANY) -> tuple[Permission, ...]:
    wide = _TOLD_LATER if resource == ANY else ""
    own = tuple(Permission(action, resource, wide=wide, inherent=True) for action in actions)
    return own if rule is None else (*own, *_rule(rule))


_JOBS: Mapping[str, tuple[Permission, ...]] = {
    "batch": _watched("batch:DescribeJobs", "batch:TerminateJob", rule="StepFunctionsGetEventsForBatchJobsRule"),
    "codebuild": _rule("StepFunctionsGetEventForCodeBuildStartBuildRule"),
    "ecs": _watched("ecs:DescribeTasks", "ecs:StopTask", rule="StepFunctionsGetEventsForECSTaskRule"),
    "mediaconvert": _watched(
        "mediaconvert:CancelJob", "mediaconvert:GetJob", rule="StepFunctionsGetEventsForMediaConvertJobRule"
    ),
    "stepfunctions": _watched(
        "states:DescribeExecution",
        "states:StopExecution",
        rule="StepFunctionsGetEventsForStepFunctionsExecutionRule",
        resource=regional("states", "execution:*"),
    ),
}
"""What waiting for a job takes, by service, where the job is known only when it has begun."""
_ON_THE_SAME: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "codebuild": ("project/{}", "projectName", ("codebuild:BatchGetBuilds", "codebuild:StopBuild")),
    "databrew": ("job/{}", "Name", ("databrew:ListJobRuns", "databrew:StopJobRun")),
    "glue": ("job/{}", "JobName", ("glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns")),
}
"""The services whose runs are watched and stopped through what they are runs of, which the call names."""


@dataclass(frozen=True, slots=True)
class _Job:
    """What waiting for a job takes: actions on what the call's arguments name, and the rule of EventBridge, if one.

    `resource` is an ARN's last part with the arguments in braces; `also` are actions that the guide allows on anything.
    """

    resource: str
    actions: tuple[str, ...]
    rule: str = ""
    also: tuple[str, ...] = ()


def _trained(kind: str, member: str, resource: str, rule: str) -> _Job:
    actions = (f"Describe{kind}", f"Stop{kind}")
    return _Job(f"{resource}/{{{member}}}", actions, f"StepFunctionsGetEventsForSageMaker{rule}", ("ListTags",))


_APPLICATION_RULE = "StepFunctionsGetEventsForEMRServerlessApplicationRule"
_RUN_RULE = "StepFunctionsGetEventsForEMRServerlessJobRule"
_APPLICATION, _RUNS = "/applications/{applicationId}", "/applications/{applicationId}/jobruns/*"

_BY_OPERATION: Mapping[tuple[str, str], _Job] = {
    ("bedrock", "create_model_customization_job"): _Job(
        "model-customization-job/*", ("GetModelCustomizationJob", "StopModelCustomizationJob")
    ),
    ("codebuild", "start_build_batch"): _Job(
        "project/{projectName}",
        ("BatchGetBuildBatches", "StopBuildBatch"),
        "StepFunctionsGetEventForCodeBuildStartBuildBatchRule",
    ),
    ("eks", "create_cluster"): _Job("cluster/{name}", ("DeleteCluster", "DescribeCluster")),
    ("eks", "delete_cluster"): _Job("cluster/{name}", ("DescribeCluster",)),
    ("eks", "create_nodegroup"): _Job(
        "nodegroup/{clusterName}/{nodegroupName}/*", ("DeleteNodegroup", "DescribeNodegroup")
    ),
    ("eks", "delete_nodegroup"): _Job("nodegroup/{clusterName}/{nodegroupName}/*", ("DescribeNodegroup",)),
    ("eks", "create_fargate_profile"): _Job(
        "fargateprofile/{clusterName}/{fargateProfileName}/*", ("DeleteFargateProfile", "DescribeFargateProfile")
    ),
    ("eks", "delete_fargate_profile"): _Job(
        "fargateprofile/{clusterName}/{fargateProfileName}/*", ("DescribeFargateProfile",)
    ),
    ("emr-containers", "delete_virtual_cluster"): _Job("/virtualclusters/{id}", ("DescribeVirtualCluster",)),
    ("emr-containers", "start_job_run"): _Job(
        "/virtualclusters/{virtualClusterId}/jobruns/*", ("CancelJobRun", "DescribeJobRun")
    ),
    ("emr-serverless", "create_application"): _Job(
        "/applications/*", ("DeleteApplication", "GetApplication"), _APPLICATION_RULE
    ),
    ("emr-serverless", "start_application"): _Job(
        _APPLICATION, ("GetApplication", "StopApplication"), _APPLICATION_RULE
    ),
    ("emr-serverless", "stop_application"): _Job(_APPLICATION, ("GetApplication",), _APPLICATION_RULE),
    ("emr-serverless", "delete_application"): _Job(_APPLICATION, ("GetApplication",), _APPLICATION_RULE),
    ("emr-serverless", "start_job_run"): _Job(_RUNS, ("CancelJobRun", "GetJobRun"), _RUN_RULE),
    ("emr-serverless", "cancel_job_run"): _Job(
        "/applications/{applicationId}/jobruns/{jobRunId}", ("GetJobRun",), _RUN_RULE
    ),
    ("sagemaker", "create_hyper_parameter_tuning_job"): _trained(
        "HyperParameterTuningJob", "HyperParameterTuningJobName", "hyper-parameter-tuning-job", "TuningJobsRule"
    ),
    ("sagemaker", "create_labeling_job"): _trained(
        "LabelingJob", "LabelingJobName", "labeling-job", "LabelingJobsRule"
    ),
    ("sagemaker", "create_processing_job"): _trained(
        "ProcessingJob", "ProcessingJobName", "processing-job", "ProcessingJobsRule"
    ),
    ("sagemaker", "create_training_job"): _trained(
        "TrainingJob", "TrainingJobName", "training-job", "TrainingJobsRule"
    ),
    ("sagemaker", "create_transform_job"): _trained(
        "TransformJob", "TransformJobName", "transform-job", "TransformJobsRule"
    ),
}
"""What waiting takes where the call names what it waits for, or what that is a part of.

The guide's page of each service lists it (`sagemaker-iam.html`, `eks-iam.html`, `emr-eks-iam.html`,
`emr-serverless-iam.html`, `codebuild-iam.html`, `bedrock-iam.html`); EKS, EMR on EKS and Bedrock are asked, and send no
events. The rule of labelling jobs is named as those of the other jobs are.
"""


def watching(call: OperationCall) -> tuple[Permission, ...]:
    """What a call needs to watch and stop the job that it waits for; nothing where it waits for none."""
    if not call.pattern.startswith("sync"):
        return ()
    job = _BY_OPERATION.get((call.service.name, call.operation))
    if job is not None:
        return tuple(_named(call, job))
    if call.service.name == "athena":
        return tuple(_queried(call))
    return (*_JOBS.get(call.service.name, ()), *_watched_through(call))


def _named(call: OperationCall, job: _Job) -> Iterator[Permission]:
    prefix = iam_prefix(call.service)
    members = {member: member for member in _MEMBER.findall(job.resource)}
    template = f"{prefix}:${{Region}}:${{Account}}:{job.resource}"
    for resource in filled(template, members, call.known):
        wide = f"{', '.join(resource.unknown)} is known only to the execution" if resource.unknown else ""
        yield from (Permission(f"{prefix}:{action}", resource.arn, wide=wide) for action in job.actions)
    yield from (Permission(f"{prefix}:{action}", ANY, wide=_FOR_ANY, inherent=True) for action in job.also)
    if job.rule:
        yield from _rule(job.rule)


def model_places(call: OperationCall) -> Iterator[Permission]:
    """What Bedrock's own integration needs where a model's input or output lies in S3.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrock.html
    """
    for member, action in (("input", "s3:GetObject"), ("output", "s3:PutObject")):
        place = call.known.get(member) if member in call.integration.own_members else None
        if isinstance(place, Mapping):
            uri = pattern(place.get("S3Uri"))
            known = uri.startswith("s3://")
            wide = "" if known and not is_wide(uri) else f"{member} is known only to the execution"
            found = uri.removeprefix("s3://") if known else "*"
            yield Permission(action, f"arn:${{AWS::Partition}}:s3:::{found}", wide=wide)


def _watched_through(call: OperationCall) -> Iterator[Permission]:
    if call.service.name not in _ON_THE_SAME:
        return
    template, member, actions = _ON_THE_SAME[call.service.name]
    name = pattern(call.known.get(member))
    arn = name if is_arn(name) else regional(call.service.name, template.format(name))
    yield from _on(arn, member, name, actions)


def _on(arn: str, member: str, given: str, actions: Iterable[str]) -> Iterator[Permission]:
    """The actions on what an argument names; they are as wide as the call itself where only an execution knows it."""
    wide = f"{member} is known only to the execution" if is_wide(given) else ""
    return (Permission(action, arn, wide=wide) for action in actions)


def _queried(call: OperationCall) -> Iterator[Permission]:
    """Athena's query, its catalog, and its results' place where the call names it; not the data that it reads."""
    group = pattern(call.known.get("WorkGroup", "primary"))
    arn = regional("athena", f"workgroup/{group}")
    yield from _on(arn, "WorkGroup", group, ("athena:GetQueryExecution", "athena:StopQueryExecution"))
    yield Permission("athena:GetDataCatalog", regional("athena", "datacatalog/*"))
    results = call.known.get("ResultConfiguration")
    place = text(results.get("OutputLocation")) if isinstance(results, Mapping) else None
    if place is not None and place.startswith("s3://"):
        bucket, _, prefix = place.removeprefix("s3://").partition("/")
        yield from _written_to(f"arn:${{AWS::Partition}}:s3:::{bucket}/{prefix}*")
        yield Permission("s3:GetBucketLocation", f"arn:${{AWS::Partition}}:s3:::{bucket}")


def _written_to(objects: str) -> tuple[Permission, ...]:
    actions = ("PutObject", "GetObject", "ListMultipartUploadParts", "AbortMultipartUpload")
    return tuple(Permission(f"s3:{action}", objects) for action in actions)


def child_executions(machine: str) -> tuple[Permission, ...]:
    """What the role of a state machine with distributed Maps needs for its own child executions."""
    executions = regional("states", "execution:*")
    watched = (Permission(f"states:{action}", executions) for action in ("DescribeExecution", "StopExecution"))
    return (Permission("states:StartExecution", machine), *watched)


def result_writing(bucket: Any) -> tuple[Permission, ...]:
    """What the role of a distributed Map needs to write its results to a bucket, in parts where they are large."""
    return _written_to(f"arn:${{AWS::Partition}}:s3:::{text(bucket) or ANY}/*")


def _invoked(given: Mapping[str, Any]) -> Iterator[Permission]:
    """What a call of an API takes that is made with the workflow's own role: the API, its stage, method and path.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/api-gateway-iam.html
    """
    if given.get("AuthType", "NO_AUTH") == "NO_AUTH":
        return
    host = pattern(given.get("ApiEndpoint"))
    api = ANY if is_wide(host) or "${" in host else host.partition(".")[0]
    stage, method, path = (pattern(given[each]) if each in given else ANY for each in ("Stage", "Method", "Path"))
    late = [
        each for each in ("ApiEndpoint", "Stage", "Method", "Path") if each in given and is_wide(pattern(given[each]))
    ]
    wide = f"{', '.join(late)} is known only to the execution" if late else ""
    yield Permission(
        "execute-api:Invoke", regional("execute-api", f"{api}/{stage}/{method}/{path.lstrip('/')}"), wide=wide
    )


# Amazon EMR's integrations have actions of their own (`createCluster` is RunJobFlow): no operation of its model.

_CLUSTERS = regional("elasticmapreduce", "cluster/*")
_EMR: Mapping[str, tuple[Permission, ...]] = {
    "createCluster": _watched("elasticmapreduce:RunJobFlow"),
    "createCluster.sync": (
        *_watched("elasticmapreduce:RunJobFlow"),
        *_watched("elasticmapreduce:DescribeCluster", "elasticmapreduce:TerminateJobFlows", resource=_CLUSTERS),
        *_rule("StepFunctionsGetEventForEMRRunJobFlowRule"),
    ),
    "terminateCluster": _watched("elasticmapreduce:TerminateJobFlows", resource=_CLUSTERS),
    "terminateCluster.sync": (
        *_watched("elasticmapreduce:DescribeCluster", "elasticmapreduce:TerminateJobFlows", resource=_CLUSTERS),
        *_rule("StepFunctionsGetEventForEMRTerminateJobFlowsRule"),
    ),
    "addStep": _watched("elasticmapreduce:AddJobFlowSteps", resource=_CLUSTERS),
    "addStep.sync": (
        *_watched(
            "elasticmapreduce:AddJobFlowSteps",
            "elasticmapreduce:CancelSteps",
            "elasticmapreduce:DescribeStep",
            resource=_CLUSTERS,
        ),
        *_rule("StepFunctionsGetEventForEMRAddJobFlowStepsRule"),
    ),
    "cancelStep": _watched("elasticmapreduce:CancelSteps", resource=_CLUSTERS),
    "setClusterTerminationProtection": _watched("elasticmapreduce:SetTerminationProtection", resource=_CLUSTERS),
    "modifyInstanceFleetByName": _watched(
        "elasticmapreduce:ModifyInstanceFleet", "elasticmapreduce:ListInstanceFleets", resource=_CLUSTERS
    ),
    "modifyInstanceGroupByName": _watched(
        "elasticmapreduce:ModifyInstanceGroups", "elasticmapreduce:ListInstanceGroups", resource=_CLUSTERS
    ),
}


def without_model(call: ResourceCall) -> Iterator[Permission]:
    """What an optimized integration takes that is no operation of a service's model; nothing for what nobody knows."""
    arn = call.resource.removeprefix("arn:aws:states:::")
    if arn.startswith("apigateway:invoke") and isinstance(call.known, Mapping):
        yield from _invoked(call.known)
    if not arn.startswith("elasticmapreduce:"):
        return
    action = arn.removeprefix("elasticmapreduce:")
    yield from _EMR.get(action, ())
    if action.startswith("createCluster") and isinstance(call.known, Mapping):
        for member in ("ServiceRole", "JobFlowRole", "AutoScalingRole"):
            if member in call.known and text(call.known[member]) != "":
                yield passed_role(member, call.known[member])
        if "Tags" in call.known:
            yield Permission("elasticmapreduce:AddTags", _CLUSTERS)
