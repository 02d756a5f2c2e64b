"""The log group of a state machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from keyflow.asl.quotas import LOG_GROUP_NAME_CHARACTERS
from keyflow.dataclass import dataclass
from keyflow.deploy.resource import Resource, Size
from keyflow.deploy.target import Clients, Target


def log_group_name(workflow: str, target: Target) -> str:
    """The group's name; the prefix keeps the log delivery policy short (AWS's advice)."""
    return f"/aws/vendedlogs/states/{workflow}-{target.stage}"


@dataclass(frozen=True)
class LogGroup(Resource):
    """A log group whose events are kept for so many days."""

    kind: ClassVar[str] = "log group"
    arn: str
    retention_days: int = 30

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

    def read(self, clients: Clients) -> Mapping[str, Any] | None:
        logs = clients.client("logs")
        for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=self.name):
            for group in page["logGroups"]:
                if group["logGroupName"] == self.name:
                    tags = logs.list_tags_for_resource(resourceArn=self.arn)["tags"]
                    return {"retention_days": group.get("retentionInDays"), "tags": tags}
        return None

    def create(self, clients: Clients) -> None:
        clients.client("logs").create_log_group(logGroupName=self.name, tags=dict(self.tags))
        self.update(clients)

    def update(self, clients: Clients) -> None:
        clients.client("logs").put_retention_policy(logGroupName=self.name, retentionInDays=self.retention_days)

    def delete(self, clients: Clients) -> None:
        clients.client("logs").delete_log_group(logGroupName=self.name)
