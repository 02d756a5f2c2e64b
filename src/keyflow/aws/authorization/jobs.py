"""What waiting for a job takes, what a distributed Map takes, and the integrations that no service's model has.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html and its page for
each service; https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from keyflow.aws.authorization.arns import ANY, is_arn, is_wide, pattern, regional, text
from keyflow.aws.authorization.dependent import passed_role
from keyflow.aws.calls import OperationCall, ResourceCall
from keyflow.aws.permission import Permission

_TOLD_LATER = "the job's id is known only when it has begun"


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


def watching(call: OperationCall) -> tuple[Permission, ...]:
    """What a call needs to watch and stop the job that it waits for; nothing where it waits for none."""
    if not call.pattern.startswith("sync"):
        return ()
    if call.service.name == "athena":
        return tuple(_queried(call))
    return (*_JOBS.get(call.service.name, ()), *_watched_through(call))


def _watched_through(call: OperationCall) -> Iterator[Permission]:
    if call.service.name not in _ON_THE_SAME:
        return
    template, member, actions = _ON_THE_SAME[call.service.name]
    name = pattern(call.written.get(member))
    arn = name if is_arn(name) else regional(call.service.name, template.format(name))
    yield from _on(arn, member, name, actions)


def _on(arn: str, member: str, given: str, actions: Iterable[str]) -> Iterator[Permission]:
    """The actions on what an argument names; they are as wide as the call itself where only an execution knows it."""
    wide = f"{member} is known only to the execution" if is_wide(given) else ""
    return (Permission(action, arn, wide=wide) for action in actions)


def _queried(call: OperationCall) -> Iterator[Permission]:
    """Athena's query, its catalog, and its results' place where the call names it; not the data that it reads."""
    group = pattern(call.written.get("WorkGroup", "primary"))
    arn = regional("athena", f"workgroup/{group}")
    yield from _on(arn, "WorkGroup", group, ("athena:GetQueryExecution", "athena:StopQueryExecution"))
    yield Permission("athena:GetDataCatalog", regional("athena", "datacatalog/*"))
    results = call.written.get("ResultConfiguration")
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
    if not arn.startswith("elasticmapreduce:"):
        return
    action = arn.removeprefix("elasticmapreduce:")
    yield from _EMR.get(action, ())
    if action.startswith("createCluster") and isinstance(call.written, Mapping):
        for member in ("ServiceRole", "JobFlowRole", "AutoScalingRole"):
            if member in call.written and text(call.written[member]) != "":
                yield passed_role(member, call.written[member])
        if "Tags" in call.written:
            yield Permission("elasticmapreduce:AddTags", _CLUSTERS)
