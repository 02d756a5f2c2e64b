"""Deployment: a plan (what AWS has against what it should have) and its application, one file per AWS resource."""

from keyflow.deploy.apply import apply_plan
from keyflow.deploy.desired import api_name, check_policy_values, parameters_of, resources
from keyflow.deploy.parameters import pairs, resolve
from keyflow.deploy.plan import Plan, plan_deployment, plan_removal
from keyflow.deploy.resource import Action, Change, Difference, Resource
from keyflow.deploy.rest_api import RestApi
from keyflow.deploy.target import Clients, Target

__all__ = [
    "Action",
    "Change",
    "Clients",
    "Difference",
    "Plan",
    "Resource",
    "RestApi",
    "Target",
    "api_name",
    "apply_plan",
    "check_policy_values",
    "pairs",
    "parameters_of",
    "plan_deployment",
    "plan_removal",
    "resolve",
    "resources",
]
