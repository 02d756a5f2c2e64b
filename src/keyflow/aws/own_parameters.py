"""The parameters of integrations that no model of botocore has: a table, each row with its page of the guide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from keyflow.aws.models import service_model
from keyflow.dataclass import dataclass

_GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg"
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnParameters:
    """What one action takes. `one_of` are parameters of which it needs one; `values` are all that some can be.

    `members` are those of parameters that are objects, and `source` is the page that lists them.
    """

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    members: Mapping[str, OwnParameters] = field(default_factory=dict)
    source: str = ""

    @property
    def required(self) -> Mapping[str, bool]:
        """Every parameter, and whether the action needs it."""
        return {**dict.fromkeys(self.needed, True), **dict.fromkeys((*self.one_of, *self.optional), False)}


_EMR = f"{_GUIDE}/connect-emr.html"
_EKS = f"{_GUIDE}/connect-eks.html"
_CLUSTER = ("ClusterName", "CertificateAuthority", "Endpoint")
_CONNECTION = OwnParameters(needed=("ConnectionArn",))
_ENCODING = OwnParameters(
    needed=(),
    optional=("RequestBodyEncoding", "RequestEncodingOptions"),
    values={"RequestBodyEncoding": ("NONE", "URL_ENCODED")},
    members={
        "RequestEncodingOptions": OwnParameters(
            needed=(),
            optional=("ArrayFormat",),
            values={"ArrayFormat": ("INDICES", "REPEAT", "COMMAS", "BRACKETS")},
        )
    },
)

_TABLE: Mapping[str, OwnParameters] = {
    "apigateway:invoke": OwnParameters(
        needed=("ApiEndpoint", "Method"),
        optional=("Headers", "Stage", "Path", "QueryParameters", "RequestBody", "AllowNullValues", "AuthType"),
        values={"Method": _METHODS, "AuthType": ("NO_AUTH", "IAM_ROLE", "RESOURCE_POLICY")},
        source=f"{_GUIDE}/connect-api-gateway.html",
    ),
    "http:invoke": OwnParameters(
        needed=("ApiEndpoint", "Method"),
        one_of=("Authentication", "InvocationConfig"),
        optional=("Headers", "QueryParameters", "RequestBody", "Transform"),
        values={"Method": _METHODS},
        members={"Authentication": _CONNECTION, "InvocationConfig": _CONNECTION, "Transform": _ENCODING},
        source=f"{_GUIDE}/call-https-apis.html",
    ),
    "eks:call": OwnParameters(
        needed=(*_CLUSTER, "Method", "Path"),
        optional=("QueryParameters", "RequestBody"),
        values={"Method": ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH")},
        source=_EKS,
    ),
    "eks:runJob": OwnParameters(
        needed=(*_CLUSTER, "Job"),
        optional=("Namespace", "LogOptions"),
        members={"LogOptions": OwnParameters(needed=(), optional=("RetrieveLogs", "RawLogs", "LogParameters"))},
        source=_EKS,
    ),
    "elasticmapreduce:terminateCluster": OwnParameters(needed=("ClusterId",), source=_EMR),
    "elasticmapreduce:setClusterTerminationProtection": OwnParameters(
        needed=("ClusterId", "TerminationProtected"), source=_EMR
    ),
    "elasticmapreduce:addStep": OwnParameters(
        needed=("ClusterId", "Step"),
        optional=("ExecutionRoleArn",),
        members={
            "Step": OwnParameters(
                needed=("Name", "HadoopJarStep"), optional=("ActionOnFailure", "StepMonitoringConfiguration")
            )
        },
        source=_EMR,
    ),
    "elasticmapreduce:cancelStep": OwnParameters(needed=("ClusterId", "StepId"), source=_EMR),
    "elasticmapreduce:modifyInstanceFleetByName": OwnParameters(
        needed=("ClusterId", "InstanceFleetName", "InstanceFleet"), source=_EMR
    ),
    "elasticmapreduce:modifyInstanceGroupByName": OwnParameters(
        needed=("ClusterId", "InstanceGroupName", "InstanceGroup"), source=_EMR
    ),
}


def own_parameters(action: str) -> OwnParameters | None:
    """What an action takes (`eks:call`); None where a model of botocore says it, or nothing does."""
    return _clusters() if action == "elasticmapreduce:createCluster" else _TABLE.get(action)


def _clusters() -> OwnParameters:
    """The parameters of RunJobFlow but for its steps."""
    model = service_model("emr")
    shape = None if model is None else model.operations["run_job_flow"].input
    assert shape is not None  # noqa: S101  botocore has had it for ten years
    optional = tuple(name for name in shape.members if name not in (*shape.required, "Steps"))
    return OwnParameters(needed=shape.required, optional=optional, source=_EMR)
