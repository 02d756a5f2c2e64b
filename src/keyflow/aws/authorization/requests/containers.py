"""ECS's task definitions and Batch's job definitions: a family, or one of its revisions.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security_iam_service-with-iam.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyflow.aws.authorization.arns import ResourceArn, is_arn, pattern, regional, unknown
from keyflow.aws.authorization.operations import Grant
from keyflow.aws.calls import OperationCall


def task_definitions(call: OperationCall, grant: Grant) -> Iterator[ResourceArn] | None:
    """The task definition of a task that is run."""
    if "task-definition" not in grant.types or "taskDefinition" not in call.known:
        return None
    return iter(_revisions("ecs", "task-definition", "taskDefinition", call))


def job_definitions(call: OperationCall, grant: Grant) -> Iterator[ResourceArn] | None:
    """The definition, the queue and the jobs of a job that is submitted."""
    if call.operation != "submit_job":
        return None
    queue = pattern(call.known.get("jobQueue"))
    arn = queue if is_arn(queue) else regional("batch", f"job-queue/{queue}")
    jobs = ResourceArn(regional("batch", "job/*"))  # the job's id is given by the call
    return iter(
        [
            *_revisions("batch", "job-definition", "jobDefinition", call),
            ResourceArn(arn, unknown(queue, "jobQueue")),
            jobs,
        ]
    )


def _revisions(service: str, kind: str, member: str, call: OperationCall) -> list[ResourceArn]:
    """One revision where the call names one; else any revision of the family."""
    given = pattern(call.known.get(member))
    if is_arn(given):
        has_revision = re.search(r"/[^/:]+:\d+$", given) is not None or not given.startswith("arn:")
        return [ResourceArn(given if has_revision else f"{given}:*")]
    named = regional(service, f"{kind}/{given}")
    if re.search(r":\d+$", given):
        return [ResourceArn(named)]
    by_parameter = [ResourceArn(named)] if given.endswith("}") else []
    return [*by_parameter, ResourceArn(f"{named}:*", unknown(given, member))]


def resources(call: OperationCall, grant: Grant) -> Iterator[ResourceArn] | None:
    """What the service's own function below tells."""
    return _RESOURCES[call.service.name](call, grant)


_RESOURCES = {"ecs": task_definitions, "batch": job_definitions}
