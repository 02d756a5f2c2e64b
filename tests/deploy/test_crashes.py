"""The crash matrix: every call of every command, and what AWS allows what is served at each moment in between.

Each command runs from the same beginning with a fault at each of its calls that change something; after it, the same
command runs again, and must come to the end that it comes to without a fault. At each moment, whatever definition is
served, or was when the command began, is allowed every call that it makes.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws
from moto.backends import get_backend

from keyflow import Api, DeployError, Parameter, Workflow
from keyflow.aws import apigateway, dynamodb, sqs
from keyflow.build import Build, build
from keyflow.deploy import (
    Action,
    Canary,
    Clients,
    Plan,
    Serving,
    Target,
    apply_plan,
    deployed_resources,
    plan_deployment,
    plan_removal,
    resources,
)
from keyflow.deploy.permissions import end_of
from keyflow.deploy.rollback import plan_rollback
from keyflow.deploy.settling import plan_settling
from keyflow.loading import Definitions
from keyflow.project import Project
from tests.deploy.faults import CrashError, Fault, FaultyClients
from tests.deploy.moto_state import ACCOUNT, Kept, kept, put_back
from tests.deploy.moto_versions import versions

REGION = "eu-west-1"
VALUES = {"Table": "keys", "Queue": "told"}
ACTIONS = {
    "arn:aws:states:::aws-sdk:apigateway:createApiKey": "apigateway:POST",
    "arn:aws:states:::aws-sdk:apigateway:deleteApiKey": "apigateway:DELETE",
    "arn:aws:states:::dynamodb:putItem": "dynamodb:PutItem",
    "arn:aws:states:::dynamodb:getItem": "dynamodb:GetItem",
    "arn:aws:states:::sqs:sendMessage": "sqs:SendMessage",
}
"""What a state's call is allowed by, written by hand: nothing here asks keyflow."""


def first(comment: str | None = None) -> Build:
    """A key, kept in a table."""
    workflow = Workflow("Register", timeout=25, comment=comment)
    key = workflow.task("Make Key", apigateway.create_api_key(name=workflow.input["name"]))
    key.compensate("Remove Key", apigateway.delete_api_key(apiKey=key["id"]))
    save = workflow.task("Save", dynamodb.put_item(TableName=Parameter("Table"), Item={"pk": {"S": key["id"]}}))
    save.keep("an item without its key opens nothing")
    workflow.succeed({"id": key["id"]})
    return _built(workflow, "/keys", Old=_other("Old"))


def second() -> Build:
    """Another definition: what it calls is wholly other, its route, too, and another workflow has another name."""
    workflow = Workflow("Register", timeout=25)
    known = workflow.task(
        "Look", dynamodb.get_item(TableName=Parameter("Table"), Key={"pk": {"S": workflow.input["name"]}})
    )
    tell = workflow.task("Tell", sqs.send_message(QueueUrl=Parameter("Queue"), MessageBody="made"))
    tell.keep("telling twice harms nobody")
    workflow.succeed({"known": known["Item"]})
    return _built(workflow, "/names", New=_other("New"))


def _other(name: str) -> Workflow:
    workflow = Workflow(name, timeout=5)
    workflow.succeed({"done": True})
    return workflow


def _built(workflow: Workflow, path: str, **others: Workflow) -> Build:
    api = Api("keys")
    api.post(path, workflow, input={"name": api.body["name"]})
    for name, other in others.items():
        api.post(f"/{name.lower()}", other)
    flows = {"Register": workflow, **others}
    return build(
        Project(root=Path("/"), name="sample"), Definitions(flows, {"keys": api}, dict.fromkeys([*flows, "keys"], ""))
    )


@dataclass(frozen=True)
class Command:
    """A command: what comes before it, and its plan."""

    name: str
    before: tuple[Callable[[Clients], Plan], ...]
    plan: Callable[[Clients], Plan]
    figures: tuple[int, int]
    """Its calls that change something, and how many faults strike them at the least: a pause may come twice."""
    again: Callable[[Clients], Plan] | None = None
    """The command that makes a fault good, where it is not the same."""
    later: float = 0.0
    """Seconds between what comes before and the command."""
    calls: str = ""
    """What the names of the calls begin with that are struck alone."""
    watched: bool = True


def deploying(result: Callable[[], Build], canary: Canary | None = None) -> Callable[[Clients], Plan]:
    built = result()

    def plan(clients: Clients) -> Plan:
        target = clients.target("dev")
        serving = Serving(canary=canary, deployment=result.__name__)
        wanted = resources(built, "sample", target, VALUES, serving)
        return plan_deployment(wanted, clients, leftovers=deployed_resources("sample", target, clients, besides=wanted))

    return plan


def found(clients: Clients) -> tuple[Any, Target]:
    target = clients.target("dev")
    return deployed_resources("sample", target, clients), target


def rolling_back(clients: Clients, to: int | None = None) -> Plan:
    every, target = found(clients)
    own = [each for each in every if "New" not in each.name]
    return plan_rollback(own, target, clients, names=("Register", "keys"), to=to)


def rolling_back_to_the_first(clients: Clients) -> Plan:
    """What finishes a rollback that did not come to its end: the version is named, or it would lead back once more."""
    return rolling_back(clients, to=1)


def settling(clients: Clients) -> Plan:
    return plan_settling(found(clients)[0], clients)


def destroying(clients: Clients) -> Plan:
    return plan_removal(found(clients)[0], clients)


CANARY = Canary(percent=10, seconds=30)
COMMANDS = (
    Command("deploy", (), deploying(first), (21, 82)),
    Command("no-op", (deploying(first),), deploying(first), (0, 0)),
    Command("update", (deploying(first),), deploying(second), (24, 87)),
    Command("canary", (deploying(first),), deploying(second, CANARY), (25, 54), calls="UpdateStateMachineAlias"),
    Command(
        "rollback",
        (deploying(first), deploying(second)),
        rolling_back,
        (4, 16),
        again=rolling_back_to_the_first,
        later=3600,
    ),
    Command("settle", (deploying(first), deploying(second)), settling, (3, 11), later=3600),
    Command("destroy", (deploying(first), deploying(second)), destroying, (15, 48), watched=False),
)


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """moto, and a clock that the tests can move."""
    now = [time.time()]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setattr(Clients, "clock", lambda _self, _otherwise=None: now[0])
    with mock_aws(), versions():
        yield now


def run(plan: Plan, clients: Clients) -> None:
    apply_plan(plan, clients, lambda _change: None, sleep=lambda _seconds: None, gently=True)


class Aws:
    """moto's AWS, looked at without a call: what it holds can be put back, and is compared."""

    def __init__(self) -> None:
        self._kept: Kept = []

    def keep(self) -> None:
        self._kept = kept(REGION)

    def put_back(self) -> None:
        put_back(self._kept, REGION)

    @property
    def machines(self) -> list[Any]:
        return list(get_backend("stepfunctions")[ACCOUNT][REGION].state_machines)

    @property
    def roles(self) -> dict[str, dict[str, Any]]:
        """The inline policies of each role."""
        every = get_backend("iam")[ACCOUNT]["aws"].roles.values()
        return {each.name: {name: json.loads(text) for name, text in each.policies.items()} for each in every}

    def served(self) -> dict[str, list[Any]]:
        """The definitions that callers get, by state machine."""
        return {
            machine.name: [
                json.loads(version.definition)
                for route in machine.aliases["live"].routing_configuration
                for version in machine.versions.values()
                if version.arn == route["stateMachineVersionArn"]
            ]
            for machine in self.machines
            if "live" in machine.aliases
        }

    def called(self) -> set[str]:
        """The ARNs that the templates of routes start executions by."""
        templates = (
            template
            for api in get_backend("apigateway")[ACCOUNT][REGION].apis.values()
            for resource in api.resources.values()
            for method in resource.resource_methods.values()
            if method.method_integration is not None
            for template in (method.method_integration.request_templates or {}).values()
        )
        return {arn for template in templates for arn in re.findall(r"arn:aws:states:[^\"]+", template)}

    def everything(self) -> Any:
        """What a command leaves, without what AWS makes up, and without the dates at which permissions end."""
        apis = get_backend("apigateway")[ACCOUNT][REGION].apis.values()
        held = {
            "roles": self.roles,
            "served": self.served(),
            "machines": sorted(each.name for each in self.machines),
            "groups": sorted(get_backend("logs")[ACCOUNT][REGION].groups),
            "alarms": sorted(get_backend("cloudwatch")[ACCOUNT][REGION].alarms),
            "apis": sorted((api.name, _served_by(api)) for api in apis),
        }
        return json.loads(re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "a date", json.dumps(held, sort_keys=True)))


def _served_by(api: Any) -> str:
    """The hash of the document, and of the routes, that a stage serves."""
    if "dev" not in api.stages:
        return "nothing"
    described = str(api.deployments[api.stages["dev"].deployment_id].description)
    return described.partition(" deployed ")[0]


class Watch:
    """What is served, or was since it began, is allowed what it calls: at each look."""

    def __init__(self, world: Aws, now: list[float]) -> None:
        self.world, self.now = world, now
        self.looks = 0
        self.serving: dict[str, list[Any]] = {}
        self.called: set[str] = set()

    def __call__(self) -> None:
        self.looks += 1
        for name, definitions in self.world.served().items():
            known = self.serving.setdefault(name, [])
            known += [each for each in definitions if each not in known]
        alive = {each.name for each in self.world.machines}
        for name in alive & self.serving.keys():
            allowed = self.allowed(f"{name}-{REGION}")
            for definition in self.serving[name]:
                assert needed(definition) <= allowed, f"{name} may not {needed(definition) - allowed}"
        self._look_at_routes()

    def _look_at_routes(self) -> None:
        """What a route calls is there, and the API's role may call it: also what it called when the command began."""
        called = self.world.called()
        self.called |= called
        for arn in called:
            assert arn.removesuffix(":live").rpartition(":")[2] in {each.name for each in self.world.machines}
        role = self.world.roles.get(f"keys-dev-{REGION}", {})
        allowed = {
            resource
            for policy in role.values()
            if (end := end_of(policy)) is None or end > self.now[0]
            for each in policy["Statement"]
            for resource in each["Resource"]
        }
        missing = {arn.removesuffix(":live") for arn in self.called} - allowed
        assert not missing, f"the API may not start {missing}"

    def allowed(self, role: str) -> set[str]:
        ends = ((policy, end_of(policy)) for policy in self.world.roles[role].values())
        valid = (policy for policy, end in ends if end is None or end > self.now[0])
        return {action for policy in valid for each in policy["Statement"] for action in each["Action"]}


def needed(definition: Any) -> set[str]:
    return {ACTIONS[each["Resource"]] for each in definition["States"].values() if each["Type"] == "Task"}


@pytest.mark.long
@pytest.mark.parametrize("command", COMMANDS, ids=[each.name for each in COMMANDS])
def test_a_fault_at_any_call_is_made_good_by_the_next_run(command: Command, aws: list[float]) -> None:
    world = Aws()
    for before in command.before:
        run(before(FaultyClients(REGION)), FaultyClients(REGION))
    aws[0] += command.later
    world.keep()
    plan = command.plan(FaultyClients(REGION))
    clean = FaultyClients(REGION)
    run(plan, clean)
    end, struck, looks = world.everything(), 0, 0

    def faulty(fault: Fault, at: int | None) -> None:
        nonlocal struck, looks
        world.put_back()
        watch = Watch(world, aws) if command.watched else (lambda: None)
        clients = FaultyClients(REGION, at, fault, watch)
        try:
            run(plan, clients)
        except (CrashError, DeployError):
            again = FaultyClients(REGION, look=watch)
            run((command.again or command.plan)(again), again)
        assert len(clients.calls) >= (at or 1), "the fault never came"
        assert world.everything() == end, f"{fault.value}, at {at}: {clients.calls[-1]}"
        struck += clients.met
        looks += getattr(watch, "looks", 0)

    interesting = [at for at, call in enumerate(clean.calls, 1) if call.startswith(command.calls)]
    for at in interesting:
        faulty(Fault.CRASH_AFTER, at)  # before a call is after the one before it
        if clean.calls[at - 1] not in clean.calls[: at - 1]:  # a refusal leaves what a crash before the call leaves
            faulty(Fault.REFUSED, at)
    if interesting:
        faulty(Fault.CRASH_BEFORE, 1)
        faulty(Fault.LOST_ANSWER, None)
        faulty(Fault.THROTTLED, None)
        faulty(Fault.NOT_YET, None)
    print(f"{command.name}: {len(clean.calls)} calls, {struck} faults, {looks} looks at what is served")
    calls, least = command.figures
    assert (len(clean.calls), struck >= least) == (calls, True)


def test_a_change_takes_the_fewest_calls(aws: list[float]) -> None:
    """One state that is otherwise: the definition, and the alias that leads to it."""
    run(COMMANDS[0].plan(FaultyClients(REGION)), FaultyClients(REGION))
    changed = first(comment="otherwise")
    clients = FaultyClients(REGION)
    plan = deploying(lambda: changed)(clients)
    run(plan, clients)
    assert clients.calls == ["UpdateStateMachine", "UpdateStateMachineAlias"]
    again = FaultyClients(REGION)
    assert {change.action for change in deploying(lambda: changed)(again)} == {Action.KEEP}
    assert again.calls == []
