"""Deployment: a plan (what AWS has against what it should have) and its application, one file per AWS resource."""

from typing import TYPE_CHECKING

from keyflow.lazy import imported

if TYPE_CHECKING:
    from keyflow.deploy.apply import apply_plan
    from keyflow.deploy.canary import Canary, canary_of
    from keyflow.deploy.desired import Serving, api_name, check_policy_values, parameters_of, resources
    from keyflow.deploy.discovery import deployed_resources, named
    from keyflow.deploy.parameters import pairs, resolve
    from keyflow.deploy.plan import Plan, plan_deployment, plan_removal
    from keyflow.deploy.resource import Action, Change, Difference, Resource
    from keyflow.deploy.rest_api import RestApi
    from keyflow.deploy.stage import put_in_stage
    from keyflow.deploy.target import Clients, Target

__all__ = [
    "Action",
    "Canary",
    "Change",
    "Clients",
    "Difference",
    "Plan",
    "Resource",
    "RestApi",
    "Serving",
    "Target",
    "api_name",
    "apply_plan",
    "canary_of",
    "check_policy_values",
    "deployed_resources",
    "named",
    "pairs",
    "parameters_of",
    "plan_deployment",
    "plan_removal",
    "put_in_stage",
    "resolve",
    "resources",
]

_MODULES = {
    "keyflow.deploy.apply": ("apply_plan",),
    "keyflow.deploy.canary": ("Canary", "canary_of"),
    "keyflow.deploy.desired": ("Serving", "api_name", "check_policy_values", "parameters_of", "resources"),
    "keyflow.deploy.discovery": ("deployed_resources", "named"),
    "keyflow.deploy.parameters": ("pairs", "resolve"),
    "keyflow.deploy.plan": ("Plan", "plan_deployment", "plan_removal"),
    "keyflow.deploy.resource": ("Action", "Change", "Difference", "Resource"),
    "keyflow.deploy.rest_api": ("RestApi",),
    "keyflow.deploy.stage": ("put_in_stage",),
    "keyflow.deploy.target": ("Clients", "Target"),
}


if not TYPE_CHECKING:  # else a checker would take every name for one

    def __getattr__(name: str) -> object:
        return imported(__name__, _MODULES, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
