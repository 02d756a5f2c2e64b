"""What a build comes to in AWS: its resources for one stage, in the order in which they need one another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from keyflow.asl.quotas import EXPRESS_SECONDS, INTEGRATION_SECONDS
from keyflow.aws import Call
from keyflow.build import Build
from keyflow.compiler import Compiled, calls_of
from keyflow.dataclass import dataclass
from keyflow.deploy.alarm import ENDINGS, CompensationAlarm, TimeoutAlarm, failing_states
from keyflow.deploy.alias import ALIAS, Alias, alias_arn
from keyflow.deploy.canary import Canary
from keyflow.deploy.log_group import LogGroup, log_group_name
from keyflow.deploy.narrowing import Narrowing
from keyflow.deploy.permissions import policy_hash
from keyflow.deploy.pruning import Pruning
from keyflow.deploy.resource import PROJECT_TAG, STAGE_TAG, Resource
from keyflow.deploy.rest_api import RestApi, rest_api_name
from keyflow.deploy.role import Role, full_role_name, role_name
from keyflow.deploy.state_machine import DeployedStateMachine, machine_arn, machine_name
from keyflow.deploy.substitution import substituted, substituted_policy
from keyflow.deploy.target import Target
from keyflow.diagnostics import CheckError, Diagnostic, ProjectError
from keyflow.dsl.api import Api
from keyflow.dsl.definition import Definition
from keyflow.dsl.deployed import Parameter, StateMachineArn
from keyflow.dsl.expressions import Value, values_in
from keyflow.dsl.values import values_of
from keyflow.dsl.workflow import COMPENSATION_FAILED
from keyflow.http import as_concrete, authorizer_parameters, openapi_document, role_id, validate_integrations
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
        found |= authorizer_parameters(api)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """How a stage serves its workflows.

    With `alias`, callers come by an alias to a published version; `kept` versions can be gone back to. With `alarms`,
    each workflow has alarms. `canary` leads callers to new versions in two steps, unless one of the alarms that are
    `watched` goes off, or of each workflow's own where none is given. `deployment` is the moment of the deployment, for
    the descriptions of what it publishes.
    """

    alias: bool = True
    alarms: bool = True
    kept: int = 10
    canary: Canary | None = None
    watched: tuple[str, ...] = ()
    deployment: str = ""


def resources(
    result: Build, project: str, target: Target, values: Mapping[str, str], serving: Serving | None = None
) -> tuple[Resource, ...]:
    """Every resource of the stage: for each workflow a role, a log group, a state machine with its versions, an alias
    and alarms; for each API a role and the API itself.
    """
    serving = serving or Serving()
    tags = {PROJECT_TAG: project, STAGE_TAG: target.stage}
    made: list[Resource] = []
    for compiled in result.workflows:
        made += _workflow_resources(compiled, tags, target, values, serving)
    for api in result.apis:
        made += _api_resources(api, tags, target, values, serving)
    return tuple(made)


def _workflow_resources(
    compiled: Compiled, tags: Mapping[str, str], target: Target, values: Mapping[str, str], serving: Serving
) -> Iterator[Resource]:
    workflow = compiled.workflow
    arn = machine_arn(workflow.name, target)
    role = _workflow_role(compiled, tags, target, values)
    group_name = log_group_name(workflow.name, target)
    group = LogGroup(group_name, tags, arn=target.arn("logs", f"log-group:{group_name}"), machine_arn=arn)
    machine = _state_machine(compiled, tags, target, values, serving, role=role, group=group)
    yield role
    yield group
    yield machine
    served = alias_arn(arn) if serving.alias else ""
    alarms = tuple(_alarms(machine, tags, target, group)) if serving.alarms else ()
    yield from alarms
    if serving.alias:
        yield Alias(
            f"{machine.name}:{ALIAS}",
            tags,
            machine_arn=arn,
            build=machine.build,
            canary=serving.canary,
            watched=serving.watched or tuple(each.name for each in alarms),
        )
    yield Narrowing(
        role.name,
        tags,
        policy=role.policy,
        machine_arn=arn,
        type=machine.type,
        alias_arn=served,
        seconds=EXPRESS_SECONDS if machine.type == "EXPRESS" else 0,
    )
    yield Pruning(machine.name, tags, machine_arn=arn, alias_arn=alias_arn(arn), kept=serving.kept)


def _state_machine(
    compiled: Compiled,
    tags: Mapping[str, str],
    target: Target,
    values: Mapping[str, str],
    serving: Serving,
    *,
    role: Role,
    group: LogGroup,
) -> DeployedStateMachine:
    workflow = compiled.workflow
    started = _started(workflow, target, alias=serving.alias)
    return DeployedStateMachine(
        machine_name(workflow.name, target),
        tags,
        arn=machine_arn(workflow.name, target),
        type=workflow.type,
        definition=substituted(compiled.document, {**values, **target.pseudo_parameters, **started}),
        role_arn=_role_arn(role, target),
        log_group_arn=group.arn,
        policy=policy_hash(role.policy),
        deployment=serving.deployment,
    )


def _workflow_role(compiled: Compiled, tags: Mapping[str, str], target: Target, values: Mapping[str, str]) -> Role:
    """The execution role: Step Functions takes it, for this state machine alone."""
    workflow = compiled.workflow
    known = {**values, **target.pseudo_parameters, **_started(workflow, target)}
    return Role(
        role_name(workflow.name, target),
        tags,
        principal="states.amazonaws.com",
        policy=substituted_policy(workflow_policy(compiled), known),
        source_account=target.account,
        machine_arn=machine_arn(workflow.name, target),
        full_name=full_role_name(workflow.name, target),
    )


def _alarms(
    machine: DeployedStateMachine, tags: Mapping[str, str], target: Target, group: LogGroup
) -> Iterator[Resource]:
    def arn(name: str) -> str:
        return target.arn("cloudwatch", f"alarm:{name}")

    timed_out, not_compensated = (f"{machine.name}-{ending}" for ending in ENDINGS)
    yield TimeoutAlarm(timed_out, tags, arn=arn(timed_out), machine_arn=machine.arn)
    states = tuple(failing_states(machine.definition, COMPENSATION_FAILED))
    if states:
        yield CompensationAlarm(
            not_compensated,
            tags,
            arn=arn(not_compensated),
            machine_arn=machine.arn,
            log_group=group.name,
            states=states,
        )


def _api_resources(
    api: Api, tags: Mapping[str, str], target: Target, values: Mapping[str, str], serving: Serving
) -> Iterator[Resource]:
    name = api_name(api, target)
    fixed = {**values, **target.pseudo_parameters}
    named = [
        value
        for route in api.routes
        for value in values_in(route.target.arn if isinstance(route.target, Definition) else route.target.written)
    ]
    role = Role(
        role_name(api.name, target),
        tags,
        principal="apigateway.amazonaws.com",
        policy=substituted_policy(api_policy(api), {**fixed, **_machines(named, target)}),
        full_name=full_role_name(api.name, target),
    )
    called = {**fixed, **_machines(named, target, alias=serving.alias), f"{role_id(api)}.Arn": _role_arn(role, target)}
    document = as_concrete(openapi_document(api), called)
    document["info"]["title"] = name  # an import renames the API to its title
    problems = validate_integrations(document)
    if problems:
        raise CheckError(*problems)
    yield role
    yield RestApi(name, tags, document=document, target=target, deployment=serving.deployment)
    waits = max((route.timeout_seconds for route in api.routes), default=INTEGRATION_SECONDS)
    yield Narrowing(role.name, tags, policy=role.policy, seconds=waits)


def api_name(api: Api, target: Target) -> str:
    """The REST API's name in AWS."""
    return rest_api_name(api.name, target)


def _started(workflow: Definition, target: Target, *, alias: bool = False) -> dict[str, str]:
    """The ARNs of the state machines that the workflow's calls name, and its own, which distributed Maps start."""
    values = (value for call in calls_of(workflow) for value in values_of(call))
    return _machines((*values, workflow.arn), target, alias=alias)


def _machines(values: Iterable[Value], target: Target, *, alias: bool = False) -> dict[str, str]:
    """The ARN and the name of each state machine that values name, by their placeholders.

    With `alias`, what is called is the alias. In policies it stays the state machine: IAM knows no other resource.
    Source: https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
    """
    found: dict[str, str] = {}
    for value in values:
        if isinstance(value, StateMachineArn):
            arn = machine_arn(value.workflow, target)
            found[value.placeholder] = alias_arn(arn) if alias else arn
            found[f"{value.placeholder}.Name"] = machine_name(value.workflow, target)
    return found


def _role_arn(role: Role, target: Target) -> str:
    return target.arn("iam", f"role/{role.name}", region="")
