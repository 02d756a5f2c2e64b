"""Optimized integrations that wrap an API in actions of their own: Amazon EMR's clusters, and APIs of API Gateway.

No model of botocore has these actions: `own_parameters` has what the developer guide says of their parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

from keyflow.aws.calls import ResourceCall
from keyflow.aws.own_parameters import own_parameters
from keyflow.aws.resources import TASK_TOKEN
from keyflow.dataclass import dataclass
from keyflow.diagnostics import calling_location, definition_error, did_you_mean


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
    """One action; calling it checks the parameters."""

    label: str
    action: str
    waits: tuple[str, ...] = ()

    def __call__(self, **parameters: Any) -> WrappedCall:
        """The call with these parameters, under the names that Step Functions has for them.

        Raises:
            DefinitionError: KF204, KF203 or KF206: an unknown, a missing or a wrong parameter.
        """
        own = own_parameters(self.action)
        assert own is not None  # noqa: S101  the table has every action that is named here
        for name in parameters:
            if name not in own.required:
                hint = did_you_mean(name, own.required) or f"it has {', '.join(own.required)}"
                raise definition_error("KF204", f"{self.label} has no parameter {name!r}", hint=hint)
        missing = next((name for name in own.needed if name not in parameters), None)
        if missing is not None:
            raise definition_error("KF203", f"{self.label} needs the parameter {missing!r}")
        for name, known in own.values.items():
            value = parameters.get(name)
            if isinstance(value, str) and value not in known:
                raise definition_error("KF206", f"{self.label}: {name} cannot be {value!r}", hint=", ".join(known))
        return WrappedCall(
            arn=f"arn:aws:states:::{self.action}",
            name=self.label,
            waits=self.waits,
            written=parameters,
            parameters=parameters,
            location=calling_location(),
        )


_CLUSTERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "create_cluster": ("createCluster", ("sync",)),
    "terminate_cluster": ("terminateCluster", ("sync",)),
    "set_cluster_termination_protection": ("setClusterTerminationProtection", ()),
    "add_step": ("addStep", ("sync",)),
    "cancel_step": ("cancelStep", ()),
    "modify_instance_fleet_by_name": ("modifyInstanceFleetByName", ()),
    "modify_instance_group_by_name": ("modifyInstanceGroupByName", ()),
}
"""EMR's actions, and how a Task can wait for their end."""


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
        action, waits = _CLUSTERS[name]
        return _Action(f"elasticmapreduce.{name}", f"elasticmapreduce:{action}", waits)

    def __dir__(self) -> list[str]:
        return list(_CLUSTERS)


class _ExecuteApi:
    """REST and HTTP APIs of API Gateway, called with the role of the workflow or without any authorization."""

    invoke = _Action("execute_api.invoke", "apigateway:invoke", (TASK_TOKEN,))
    """A request. Its result has `ResponseBody`, `StatusCode`, `StatusText` and `Headers`."""


elasticmapreduce = _ElasticMapReduce()
execute_api = _ExecuteApi()
