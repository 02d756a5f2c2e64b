"""The log group of a state machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from keyflow.asl.quotas import LOG_GROUP_NAME_CHARACTERS
from keyflow.dataclass import dataclass
from keyflow.deploy.resource import Found, Phase, Resource, Size, Work
from keyflow.deploy.target import Clients, Target
from keyflow.deploy.versions import used_by_machine

LOG_GROUPS = "/aws/vendedlogs/states/"


def log_group_name(workflow: str, target: Target) -> str:
    """The group's name; the prefix keeps the log delivery policy short (AWS's advice)."""
    return f"{LOG_GROUPS}{workflow}-{target.stage}"


@dataclass(frozen=True)
class LogGroup(Resource):
    """A log group whose events are kept for so many days; `machine_arn` is of the state machine that writes them."""

    kind: ClassVar[str] = "log group"
    phase: ClassVar[Phase] = Phase.LOGS
    services: ClassVar[tuple[str, ...]] = ("logs",)
    arn: str
    retention_days: int = 30
    machine_arn: str = ""

    def sizes(self) -> Iterator[Size]:
        """The length that AWS allows a name.

        Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
        """
        yield Size(
            "characters in its name",
            len(self.name),
            LOG_GROUP_NAME_CHARACTERS,
            "shorten the workflow's name or the stage's",
        )

    def wanted(self) -> Mapping[str, Any]:
        return {"retention_days": self.retention_days}

    def read(self, clients: Clients) -> Found | None:
        logs = clients.client("logs")
        for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=self.name):
            for group in page["logGroups"]:
                if group["logGroupName"] == self.name:
                    tags = logs.list_tags_for_resource(resourceArn=self.arn)["tags"]
                    return {"retention_days": group.get("retentionInDays"), "tags": tags}
        return None

    def create(self, work: Work) -> None:
        work.clients.client("logs").create_log_group(logGroupName=self.name, tags=dict(self.tags))
        self._retain(work.clients)

    def update(self, work: Work, found: Found) -> None:
        self._retain(work.clients)

    def _retain(self, clients: Clients) -> None:
        clients.client("logs").put_retention_policy(logGroupName=self.name, retentionInDays=self.retention_days)

    def delete(self, work: Work) -> None:
        work.clients.client("logs").delete_log_group(logGroupName=self.name)

    def still_used(self, clients: Clients) -> str | None:
        return used_by_machine(self.machine_arn, clients)
