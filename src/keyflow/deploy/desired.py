"""What a build comes to in AWS: its resources for one stage, in the order in which they need one another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from keyflow.aws import Call
from keyflow.build import Build
from keyflow.compiler import Compiled, calls_of
from keyflow.deploy.log_group import LogGroup, log_group_name
from keyflow.deploy.resource import PROJECT_TAG, STAGE_TAG, Resource
from keyflow.deploy.rest_api import RestApi
from keyflow.deploy.role import Role, role_name
from keyflow.deploy.state_machine import DeployedStateMachine
from keyflow.deploy.substitution import substituted, substituted_policy
from keyflow.deploy.target import Target
from keyflow.diagnostics import CheckError, Diagnostic, ProjectError
from keyflow.dsl.api import Api
from keyflow.dsl.definition import Definition
from keyflow.dsl.expressions import Value, values_in
from keyflow.dsl.tasks import values_of
from keyflow.dsl.values import Parameter, StateMachineArn
from keyflow.http import as_concrete, openapi_document, role_id, validate_integrations
from keyflow.placeholders import PLACEHOLDER
from keyflow.policies import api_policy, workflow_policy


def parameters_of(result: Build) -> dict[str, Parameter]:
    """The parameters that the workflows and the direct calls behind routes name, by name."""
    found: dict[str, Parameter] = {}
    for compiled in result.workflows:
        found |= compiled.parameters
    for api in result.apis:
        for route in api.routes:
            tree = (route.input, route.target.written if isinstance(route.target, Call) else None)
            found |= {value.name: value for value in values_in(tree) if isinstance(value, Parameter)}
    return dict(sorted(found.items()))


def check_policy_values(result: Build, values: Mapping[str, str]) -> None:
    """Refuses values that would make a statement of a policy wider than its author wrote, or empty.

    Raises:
        ProjectError: KF510, a parameter that stands in a policy is empty, or has a wildcard.
    """
    policies = [workflow_policy(compiled) for compiled in result.workflows] + [api_policy(api) for api in result.apis]
    named = set(PLACEHOLDER.findall(json.dumps(policies)))
    problems = []
    for name, value in values.items():
        if name in named and (not value.strip() or re.search(r"[*?]", value)):
            what = "has a wildcard" if value.strip() else "is empty"
            message = f"the value of {name} {what}: {value!r} would let the role touch more than one thing"
            problems.append(Diagnostic("KF510", message, hint=f"pass --param {name}=... with the name of one resource"))
    if problems:
        raise ProjectError(*problems)


def resources(result: Build, project: str, target: Target, values: Mapping[str, str]) -> tuple[Resource, ...]:
    """Every resource of the stage: for each workflow a role, a log group and a state machine; for each API a role
    and the API itself.
    """
    tags = {PROJECT_TAG: project, STAGE_TAG: target.stage}
    made: list[Resource] = []
    for compiled in result.workflows:
        made += _workflow_resources(compiled, tags, target, values)
    for api in result.apis:
        made += _api_resources(api, tags, target, values)
    return tuple(made)


def _workflow_resources(
    compiled: Compiled, tags: Mapping[str, str], target: Target, values: Mapping[str, str]
) -> Iterator[Resource]:
    workflow = compiled.workflow
    replaced = {**values, **_started(workflow, target), **target.pseudo_parameters}
    role = Role(
        role_name(workflow.name, target),
        tags,
        principal="states.amazonaws.com",
        policy=substituted_policy(workflow_policy(compiled), replaced),
        source_account=target.account,
    )
    group_name = log_group_name(workflow.name, target)
    group_arn = target.arn("logs", f"log-group:{group_name}")
    yield role
    yield LogGroup(group_name, tags, arn=group_arn)
    yield DeployedStateMachine(
        machine_name(workflow.name, target),
        tags,
        arn=machine_arn(workflow.name, target),
        type=workflow.type,
        definition=substituted(compiled.document, replaced),
        role_arn=_role_arn(role, target),
        log_group_arn=group_arn,
    )


def _api_resources(api: Api, tags: Mapping[str, str], target: Target, values: Mapping[str, str]) -> Iterator[Resource]:
    name = api_name(api, target)
    replaced = {**values, **target.pseudo_parameters}
    for route in api.routes:
        named = route.target.arn if isinstance(route.target, Definition) else route.target.written
        replaced |= _machines(values_in(named), target)
    role = Role(
        role_name(api.name, target),
        tags,
        principal="apigateway.amazonaws.com",
        policy=substituted_policy(api_policy(api), replaced),
    )
    replaced[f"{role_id(api)}.Arn"] = _role_arn(role, target)
    document = as_concrete(openapi_document(api), replaced)
    document["info"]["title"] = name  # an import renames the API to its title
    problems = validate_integrations(document)
    if problems:
        raise CheckError(*problems)
    yield role
    yield RestApi(name, tags, document=document, target=target)


def _started(workflow: Definition, target: Target) -> dict[str, str]:
    """The ARNs of the state machines that the workflow's calls name, and its own, which distributed Maps start."""
    values = (value for call in calls_of(workflow) for value in values_of(call))
    return _machines((*values, workflow.arn), target)


def _machines(values: Iterable[Value], target: Target) -> dict[str, str]:
    """The ARN and the name of each state machine that values name, by their placeholders."""
    found: dict[str, str] = {}
    for value in values:
        if isinstance(value, StateMachineArn):
            found[value.placeholder] = machine_arn(value.workflow, target)
            found[f"{value.placeholder}.Name"] = machine_name(value.workflow, target)
    return found


def machine_name(workflow: str, target: Target) -> str:
    """The name in AWS of a workflow's state machine."""
    return f"{workflow}-{target.stage}"


def api_name(api: Api, target: Target) -> str:
    """The REST API's name in AWS."""
    return f"{api.name}-{target.stage}"


def machine_arn(workflow: str, target: Target) -> str:
    """The ARN of a workflow's state machine."""
    return target.arn("states", f"stateMachine:{machine_name(workflow, target)}")


def _role_arn(role: Role, target: Target) -> str:
    return target.arn("iam", f"role/{role.name}", region="")
