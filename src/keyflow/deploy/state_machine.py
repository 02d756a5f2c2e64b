"""The state machine of a workflow."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from keyflow.asl.quotas import DEFINITION_BYTES, MACHINE_NAME_CHARACTERS
from keyflow.dataclass import dataclass
from keyflow.deploy.resource import Resource, Size, tag_list
from keyflow.deploy.target import Clients
from keyflow.diagnostics import Diagnostic


@dataclass(frozen=True, kw_only=True)
class DeployedStateMachine(Resource):
    """A state machine; its logs hold no data of executions, only what happened and which errors there were."""

    kind: ClassVar[str] = "state machine"
    arn: str
    type: str
    definition: Mapping[str, Any]
    role_arn: str
    log_group_arn: str

    @property
    def _text(self) -> str:
        """The definition without a byte to spare: AWS limits its size."""
        return json.dumps(self.definition, ensure_ascii=False, separators=(",", ":"))

    @property
    def _logging(self) -> Mapping[str, Any]:
        return {
            "level": "ALL",
            "includeExecutionData": False,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": f"{self.log_group_arn}:*"}}],
        }

    def sizes(self) -> Iterator[Size]:
        """The lengths that AWS allows a name and a definition.

        Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
        """
        yield Size(
            "characters in its name",
            len(self.name),
            MACHINE_NAME_CHARACTERS,
            "shorten the workflow's name or the stage's",
        )
        yield Size(
            "bytes in its definition", len(self._text.encode()), DEFINITION_BYTES, "split it into nested workflows"
        )

    def wanted(self) -> Mapping[str, Any]:
        return {"type": self.type, "definition": self.definition, "role": self.role_arn, "log_level": "ALL"}

    def read(self, clients: Clients) -> Mapping[str, Any] | None:
        states = clients.client("stepfunctions")
        try:
            found = states.describe_state_machine(stateMachineArn=self.arn)
        except states.exceptions.StateMachineDoesNotExist:
            return None
        if found.get("status") == "DELETING":
            return None
        tags = states.list_tags_for_resource(resourceArn=self.arn)["tags"]
        return {
            "type": found["type"],
            "definition": json.loads(found["definition"]),
            "role": found["roleArn"],
            "log_level": found.get("loggingConfiguration", {}).get("level"),
            "tags": {tag["key"]: tag["value"] for tag in tags},
        }

    def create(self, clients: Clients) -> None:
        clients.client("stepfunctions").create_state_machine(
            name=self.name,
            type=self.type,
            definition=self._text,
            roleArn=self.role_arn,
            loggingConfiguration=self._logging,
            tags=tag_list(self.tags, key="key", value="value"),
        )

    def refusal(self, found: Mapping[str, Any]) -> Diagnostic | None:
        if found["type"] == self.type:
            return None
        message = f"the state machine {self.name} is {found['type']}, and AWS cannot make it {self.type}"
        return Diagnostic("KF505", message, hint="`keyflow destroy` it first, or name it anew")

    def update(self, clients: Clients) -> None:
        states = clients.client("stepfunctions")
        states.update_state_machine(
            stateMachineArn=self.arn,
            definition=self._text,
            roleArn=self.role_arn,
            loggingConfiguration=self._logging,
        )

    def delete(self, clients: Clients) -> None:
        clients.client("stepfunctions").delete_state_machine(stateMachineArn=self.arn)
