"""What keyflow has made for a stage, found in AWS by names and tags: also what no definition asks for any more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from keyflow.deploy.alarm import ENDINGS, TIMED_OUT, CompensationAlarm, TimeoutAlarm, alarm_names, listed_alarms
from keyflow.deploy.log_group import LOG_GROUPS, LogGroup, log_group_name
from keyflow.deploy.resource import PROJECT_TAG, STAGE_TAG, Found, Resource, tags_in
from keyflow.deploy.rest_api import RestApi, rest_api_name, routes_in_aws
from keyflow.deploy.role import FULL_NAME_TAG, MADE_BY, POLICY, Role, inline_policies, role_name
from keyflow.deploy.state_machine import DeployedStateMachine, machine_name, state_machine_in_aws
from keyflow.deploy.target import Clients, Target, aws_errors


def deployed_resources(
    project: str | None, target: Target, clients: Clients, besides: Iterable[Resource] = ()
) -> tuple[Resource, ...]:
    """What a project has in a stage, as AWS has it; without a project, what any project has there.

    What is among `besides` is left out: nothing of it is read.

    Raises:
        DeployError: KF503 or KF504, AWS refused or could not be reached.
    """
    known = {(each.kind, each.name) for each in besides}
    listed = (
        (RestApi, _rest_apis),
        (TimeoutAlarm, _alarms),
        (DeployedStateMachine, _state_machines),
        (LogGroup, _log_groups),
        (Role, _roles),
    )
    with aws_errors():
        every = [
            resource
            for made, found in listed
            for resource in sorted(
                found(target, clients, {name for kind, name in known if kind == made.kind}), key=lambda each: each.name
            )
        ]
    return tuple(
        each
        for each in every
        if each.tags.get(STAGE_TAG) == target.stage
        and PROJECT_TAG in each.tags
        and (project is None or each.tags[PROJECT_TAG] == project)
    )


def named(found: Iterable[Resource], names: Iterable[str], target: Target) -> tuple[Resource, ...]:
    """Those that belong to the workflows and APIs of these names."""
    own = {
        name
        for each in names
        for name in (
            machine_name(each, target),
            rest_api_name(each, target),
            role_name(each, target),
            log_group_name(each, target),
            *alarm_names(each, target),
        )
    }
    return tuple(each for each in found if each.name in own)


def foreign_users(going: Iterable[Resource], clients: Clients) -> list[str]:
    """Which REST APIs that stay call a state machine, or call with a role, that goes.

    Raises:
        DeployError: KF503 or KF504, AWS refused or could not be reached.
    """
    going = tuple(going)
    gone = {each.name for each in going if isinstance(each, RestApi)}
    marks = {
        each.title: f":stateMachine:{each.name}" if isinstance(each, DeployedStateMachine) else f":role/{each.name}"
        for each in going
        if isinstance(each, DeployedStateMachine | Role)
    }
    if not marks:
        return []
    with aws_errors():
        pages = clients.client("apigateway").get_paginator("get_rest_apis").paginate()
        texts = {
            api["name"]: json.dumps(routes_in_aws(api["id"], clients))
            for page in pages
            for api in page["items"]
            if api["name"] not in gone
        }
    return [
        f"the REST API {name} uses the {title}"
        for name, text in sorted(texts.items())
        for title, mark in marks.items()
        if re.search(rf"{re.escape(mark)}(?![A-Za-z0-9_-])", text)
    ]


def _state_machines(target: Target, clients: Clients, besides: Set[str]) -> Iterator[Resource]:
    states = clients.client("stepfunctions")
    for page in states.get_paginator("list_state_machines").paginate():
        for each in page["stateMachines"]:
            if not each["name"].endswith(f"-{target.stage}") or each["name"] in besides:
                continue
            found = state_machine_in_aws(each["stateMachineArn"], clients)
            if found is not None:
                yield DeployedStateMachine(
                    each["name"],
                    _own(found),
                    arn=each["stateMachineArn"],
                    type=found["type"],
                    definition=found["definition"],
                    role_arn=found["role"],
                    log_group_arn="",
                )


def _log_groups(target: Target, clients: Clients, besides: Set[str]) -> Iterator[Resource]:
    logs = clients.client("logs")
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=LOG_GROUPS):
        for each in page["logGroups"]:
            name = each["logGroupName"]
            if name.endswith(f"-{target.stage}") and name not in besides:
                arn = target.arn("logs", f"log-group:{name}")
                tags = logs.list_tags_for_resource(resourceArn=arn)["tags"]
                machine = target.arn("states", f"stateMachine:{name.removeprefix(LOG_GROUPS)}")
                yield LogGroup(name, _own({"tags": tags}), arn=arn, machine_arn=machine)


def _roles(target: Target, clients: Clients, besides: Set[str]) -> Iterator[Resource]:
    """Roles of keyflow's in this region. IAM lists roles without their tags: their descriptions come first."""
    iam = clients.client("iam")
    for page in iam.get_paginator("list_roles").paginate():
        for each in page["Roles"]:
            name = each["RoleName"]
            if each.get("Description") != MADE_BY or name in besides:
                continue
            tags = tags_in(iam.list_role_tags(RoleName=name)["Tags"])
            full = tags.get(FULL_NAME_TAG, name)
            if full.endswith(f"-{target.stage}-{target.region}"):
                yield _role(name, full.removesuffix(f"-{target.region}"), each, _own({"tags": tags}), target, clients)


def _role(
    name: str, machine: str, described: Mapping[str, Any], tags: Mapping[str, str], target: Target, clients: Clients
) -> Role:
    (statement,) = described["AssumeRolePolicyDocument"]["Statement"][:1]
    principal = statement["Principal"]["Service"]
    return Role(
        name,
        tags,
        principal=principal,
        policy=inline_policies(name, clients).get(POLICY) or {"Version": "2012-10-17", "Statement": []},
        machine_arn=target.arn("states", f"stateMachine:{machine}") if principal.startswith("states.") else "",
    )


def _alarms(target: Target, clients: Clients, besides: Set[str]) -> Iterator[Resource]:
    """Alarms of keyflow's; none where a local engine has no alarms."""
    for each in listed_alarms(clients):
        name = each["AlarmName"]
        ending = next((ending for ending in ENDINGS if name.endswith(f"-{target.stage}-{ending}")), None)
        if ending is not None and name not in besides:
            tags = clients.client("cloudwatch").list_tags_for_resource(ResourceARN=each["AlarmArn"])["Tags"]
            machine = target.arn("states", f"stateMachine:{name.removesuffix(f'-{ending}')}")
            own = _own({"tags": tags_in(tags)})
            if ending == TIMED_OUT:
                yield TimeoutAlarm(name, own, arn=each["AlarmArn"], machine_arn=machine)
                continue
            group = LOG_GROUPS + name.removesuffix(f"-{ending}")
            yield CompensationAlarm(name, own, arn=each["AlarmArn"], machine_arn=machine, log_group=group, states=())


def _rest_apis(target: Target, clients: Clients, besides: Set[str]) -> Iterator[Resource]:
    seen = set()
    for page in clients.client("apigateway").get_paginator("get_rest_apis").paginate():
        for each in page["items"]:
            if each["name"] in besides:
                continue
            if each["name"].endswith(f"-{target.stage}") and PROJECT_TAG in each.get("tags", {}):
                tags = _own({"tags": each["tags"]})
                key = (each["name"], *sorted(tags.items()))
                if key not in seen:
                    seen.add(key)
                    yield RestApi(each["name"], tags, document={"paths": {}}, target=target)


def _own(found: Found) -> Mapping[str, str]:
    """Of a resource's tags those that say whose it is."""
    return {key: value for key, value in found["tags"].items() if key in (PROJECT_TAG, STAGE_TAG)}
