"""The state machine of a workflow."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from keyflow.asl.quotas import DEFINITION_BYTES, EXPRESS_SECONDS, MACHINE_NAME_CHARACTERS
from keyflow.dataclass import dataclass
from keyflow.deploy.resource import Found, Phase, Resource, Size, Work, tag_list, tags_in
from keyflow.deploy.target import Clients, Target
from keyflow.deploy.versions import (
    build_hash,
    described_version,
    logging_of,
    running,
    version_arns,
    version_description,
)
from keyflow.diagnostics import Diagnostic


def machine_name(workflow: str, target: Target) -> str:
    """The name in AWS of a workflow's state machine."""
    return f"{workflow}-{target.stage}"


def machine_arn(workflow: str, target: Target) -> str:
    """The ARN of a workflow's state machine."""
    return target.arn("states", f"stateMachine:{machine_name(workflow, target)}")


@dataclass(frozen=True, kw_only=True)
class DeployedStateMachine(Resource):
    """A state machine whose every change is published as a version; its logs hold no data of executions.

    `policy` is the hash of what its role is allowed, and `deployment` the moment of the deployment: both are for the
    description of the version.
    """

    kind: ClassVar[str] = "state machine"
    phase: ClassVar[Phase] = Phase.MACHINE
    services: ClassVar[tuple[str, ...]] = ("stepfunctions",)
    arn: str
    type: str
    definition: Mapping[str, Any]
    role_arn: str
    log_group_arn: str
    policy: str = ""
    deployment: str = ""

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

    @property
    def build(self) -> str:
        """What tells the version that is wanted from others."""
        return build_hash(self.definition, self.role_arn, self._logging)

    @property
    def _description(self) -> str:
        return version_description(self.build, self.policy, self.deployment)

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
        return {
            "type": self.type,
            "definition": self.definition,
            "role": self.role_arn,
            "logging": self._logging,
            "published": True,
        }

    def read(self, clients: Clients) -> Found | None:
        """As `state_machine_in_aws`."""
        return state_machine_in_aws(self.arn, clients)

    def create(self, work: Work) -> None:
        work.clients.client("stepfunctions").create_state_machine(
            name=self.name,
            type=self.type,
            definition=self._text,
            roleArn=self.role_arn,
            loggingConfiguration=self._logging,
            publish=True,
            versionDescription=self._description,
            tags=tag_list(self.tags, key="key", value="value"),
        )

    def refusal(self, found: Found) -> Diagnostic | None:
        if found["type"] == self.type:
            return None
        message = f"the state machine {self.name} is {found['type']}, and AWS cannot make it {self.type}"
        return Diagnostic("KF505", message, hint="`--replace` removes it and makes it anew; or name it anew")

    def update(self, work: Work, found: Found) -> None:
        states = work.clients.client("stepfunctions")
        changed = {key: value for key, value in self.wanted().items() if found[key] != value}
        if changed.keys() == {"published"}:
            states.publish_state_machine_version(stateMachineArn=self.arn, description=self._description)
            return
        states.update_state_machine(
            stateMachineArn=self.arn,
            definition=self._text,
            roleArn=self.role_arn,
            loggingConfiguration=self._logging,
            publish=True,
            versionDescription=self._description,
        )

    def delete(self, work: Work) -> None:
        """AWS deletes its versions and aliases with it."""
        work.clients.client("stepfunctions").delete_state_machine(stateMachineArn=self.arn)

    def still_used(self, clients: Clients) -> str | None:
        count = running(self.arn, clients) if self.type == "STANDARD" else 0
        return f"{count} of its executions run" if count else None

    def drain_seconds(self) -> int:
        """An Express execution may still run for so long, and no call lists it."""
        if self.type == "STANDARD":
            return 0
        timeout = self.definition.get("TimeoutSeconds")
        return min(timeout, EXPRESS_SECONDS) if isinstance(timeout, int) else EXPRESS_SECONDS


def state_machine_in_aws(arn: str, clients: Clients) -> Found | None:
    """A state machine as AWS has it; `published` says whether its newest version is what it is now."""
    states = clients.client("stepfunctions")
    try:
        found = states.describe_state_machine(stateMachineArn=arn)
    except states.exceptions.StateMachineDoesNotExist:
        return None
    if found.get("status") == "DELETING":
        return None
    tags = states.list_tags_for_resource(resourceArn=arn)["tags"]
    definition = json.loads(found["definition"])
    newest = next(iter(version_arns(arn, clients)), None)
    build = build_hash(definition, found["roleArn"], logging_of(found))
    return {
        "type": found["type"],
        "definition": definition,
        "role": found["roleArn"],
        "logging": logging_of(found),
        "published": newest is not None and described_version(newest, clients).build == build,
        "tags": tags_in(tags, key="key", value="value"),
    }
