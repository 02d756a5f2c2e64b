"""Optimized integrations that wrap an API in actions of their own: Amazon EMR's clusters, and APIs of API Gateway.

No model of botocore has these actions. Their parameters are those of the developer guide:
https://docs.aws.amazon.com/step-functions/latest/dg/connect-emr.html and
https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any, Self

from keyflow.aws.calls import ResourceCall
from keyflow.aws.models import service_model
from keyflow.aws.resources import TASK_TOKEN
from keyflow.dataclass import dataclass
from keyflow.diagnostics import calling_location, definition_error, did_you_mean

_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
_AUTHORIZATIONS = ("NO_AUTH", "IAM_ROLE", "RESOURCE_POLICY")


@dataclass(frozen=True, eq=False, kw_only=True)
class WrappedCall(ResourceCall):
    """A call of such an action. `waits` are the patterns that a Task can have for it."""

    name: str
    waits: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return self.name

    def sync(self) -> Self:
        """The call, ending when what it starts has ended: the cluster waits for steps, the step is done.

        Raises:
            DefinitionError: KF238, the integration cannot wait for this.
        """
        return self._waiting("sync", "the end of what it starts")

    def wait_for_task_token(self) -> Self:
        """The call, ending when its task token (`workflow.context["Task"]["Token"]`) is sent back.

        Raises:
            DefinitionError: KF238, the integration cannot wait for a token.
        """
        return self._waiting(TASK_TOKEN, "a task token")

    def _waiting(self, pattern: str, what: str) -> Self:
        if pattern not in self.waits or self.pattern:
            raise definition_error("KF238", f"Step Functions cannot wait for {what} of {self.name}")
        return replace(self, arn=f"{self.arn}.{pattern}", pattern=pattern, location=calling_location())


@dataclass(frozen=True, slots=True)
class _Action:
    """One action; calling it checks the parameters. `members` says of each whether the action needs it."""

    label: str
    arn: str
    members: Mapping[str, bool]
    waits: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __call__(self, **parameters: Any) -> WrappedCall:
        """The call with these parameters, under the names that Step Functions has for them.

        Raises:
            DefinitionError: KF204, KF203 or KF206: an unknown, a missing or a wrong parameter.
        """
        for name in parameters:
            if name not in self.members:
                hint = did_you_mean(name, self.members) or f"it has {', '.join(self.members)}"
                raise definition_error("KF204", f"{self.label} has no parameter {name!r}", hint=hint)
        missing = next((name for name, needed in self.members.items() if needed and name not in parameters), None)
        if missing is not None:
            raise definition_error("KF203", f"{self.label} needs the parameter {missing!r}")
        for name, known in self.values.items():
            value = parameters.get(name)
            if isinstance(value, str) and value not in known:
                raise definition_error("KF206", f"{self.label}: {name} cannot be {value!r}", hint=", ".join(known))
        return WrappedCall(
            arn=self.arn,
            name=self.label,
            waits=self.waits,
            written=parameters,
            parameters=parameters,
            location=calling_location(),
        )


def _emr(action: str, *needed: str, waits: bool = False) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    return f"arn:aws:states:::elasticmapreduce:{action}", needed, ("sync",) if waits else ()


_CLUSTERS: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "create_cluster": _emr("createCluster", waits=True),
    "terminate_cluster": _emr("terminateCluster", "ClusterId", waits=True),
    "set_cluster_termination_protection": _emr("setClusterTerminationProtection", "ClusterId", "TerminationProtected"),
    "add_step": _emr("addStep", "ClusterId", "Step", waits=True),
    "cancel_step": _emr("cancelStep", "ClusterId", "StepId"),
    "modify_instance_fleet_by_name": _emr(
        "modifyInstanceFleetByName", "ClusterId", "InstanceFleetName", "InstanceFleet"
    ),
    "modify_instance_group_by_name": _emr(
        "modifyInstanceGroupByName", "ClusterId", "InstanceGroupName", "InstanceGroup"
    ),
}
"""EMR's actions: the ARN, what each needs, and whether a Task can wait for its end."""
_OPTIONAL: Mapping[str, tuple[str, ...]] = {"add_step": ("ExecutionRoleArn",)}


class _ElasticMapReduce:
    """Amazon EMR's clusters and steps, as `boto3` does not have them: `create_cluster`, `add_step`, and so on.

    `keyflow.aws.emr` has the operations of the service itself.
    """

    def __getattr__(self, name: str) -> _Action:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in _CLUSTERS:
            hint = did_you_mean(name, _CLUSTERS) or f"it has {', '.join(_CLUSTERS)}"
            raise definition_error("KF202", f"elasticmapreduce has no action {name!r}", hint=hint)
        arn, needed, waits = _CLUSTERS[name]
        members = _members_of_clusters() if name == "create_cluster" else dict.fromkeys(needed, True)
        members |= dict.fromkeys(_OPTIONAL.get(name, ()), False)
        return _Action(f"elasticmapreduce.{name}", arn, members, waits)

    def __dir__(self) -> list[str]:
        return list(_CLUSTERS)


def _members_of_clusters() -> dict[str, bool]:
    """What createCluster takes: the parameters of RunJobFlow but for its steps."""
    model = service_model("emr")
    shape = None if model is None else model.operations["run_job_flow"].input
    assert shape is not None  # noqa: S101  botocore has had it for ten years
    return {name: name in shape.required for name in shape.members if name != "Steps"}


class _ExecuteApi:
    """REST and HTTP APIs of API Gateway, called with the role of the workflow or without any authorization."""

    invoke = _Action(
        "execute_api.invoke",
        "arn:aws:states:::apigateway:invoke",
        {
            "ApiEndpoint": True,
            "Method": True,
            "Headers": False,
            "Stage": False,
            "Path": False,
            "QueryParameters": False,
            "RequestBody": False,
            "AllowNullValues": False,
            "AuthType": False,
        },
        (TASK_TOKEN,),
        {"Method": _METHODS, "AuthType": _AUTHORIZATIONS},
    )
    """A request. Its result has `ResponseBody`, `StatusCode`, `StatusText` and `Headers`."""


elasticmapreduce = _ElasticMapReduce()
execute_api = _ExecuteApi()
