"""Planning and applying against moto's AWS: what changes, what stays, and that a crash anywhere is repaired by a second run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from keyflow import Api, DeployError, Parameter, ProjectError, Workflow, asl, format
from keyflow.aws import apigateway, dynamodb, stepfunctions
from keyflow.build import Build, build
from keyflow.compiler import compile_workflow
from keyflow.deploy import (
    Action,
    Change,
    Clients,
    Plan,
    Resource,
    RestApi,
    Target,
    apply_plan,
    check_policy_values,
    pairs,
    parameters_of,
    plan_deployment,
    plan_removal,
    resolve,
    resources,
)
from keyflow.deploy.alarm import has_alarms
from keyflow.deploy.resource import Found, Phase, Work
from keyflow.deploy.role import inline_policies, role_name
from keyflow.deploy.state_machine import DeployedStateMachine
from keyflow.deploy.substitution import substituted, substituted_policy
from keyflow.engine import Stubs, run
from keyflow.loading import Definitions
from keyflow.project import Project, Stage
from tests.deploy.moto_versions import versions

VALUES = {"Table": "keys"}


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws(), versions():
        yield


@pytest.fixture
def clients() -> Clients:
    return Clients(region="eu-west-1")


def sample(name: str = "name") -> Build:
    workflow = Workflow("Register", timeout=25)
    key = workflow.task("Make Key", apigateway.create_api_key(name=workflow.input[name]))
    key.compensate("Remove Key", apigateway.delete_api_key(apiKey=key["id"]))
    table = Parameter("Table", description="where")
    save = workflow.task("Save", dynamodb.put_item(TableName=table, Item={"pk": {"S": key["id"]}}))
    save.keep("an item without its key opens nothing")
    workflow.succeed({"id": key["id"]})
    api = Api("keys")  # moto cannot import the mock integration of a CORS preflight
    api.post("/keys", workflow, input={"name": api.body["name"], "other": api.body["other"]})
    definitions = Definitions({"Register": workflow}, {"keys": api}, {"Register": "", "keys": ""})
    return build(Project(root=Path("/"), name="sample"), definitions)


def wanted(clients: Clients, result: Build | None = None, stage: str = "dev") -> tuple[Resource, ...]:
    return resources(result or sample(), "sample", clients.target(stage), VALUES)


def deploy(clients: Clients, result: Build | None = None) -> Plan:
    plan = plan_deployment(wanted(clients, result), clients)
    apply_plan(plan, clients, lambda _change: None, sleep=lambda _seconds: None)
    return plan


def actions(plan: Plan) -> list[tuple[str, str]]:
    return [(change.resource.kind, change.action.value) for change in plan]


def test_a_first_plan_creates_everything_and_changes_nothing(clients: Clients) -> None:
    plan = plan_deployment(wanted(clients), clients)
    assert actions(plan) == [
        ("role", "create"),
        ("role", "create"),
        ("log group", "create"),
        ("alarm", "create"),
        ("alarm", "create"),
        ("state machine", "create"),
        ("alias", "create"),
        ("REST API", "create"),
        ("earlier permissions of role", "keep"),
        ("old versions of state machine", "keep"),
        ("earlier permissions of role", "keep"),
    ]
    assert boto3.client("iam").list_roles()["Roles"] == []
    assert actions(plan_deployment(wanted(clients), clients)) == actions(plan)


def test_a_second_run_has_nothing_to_do(clients: Clients) -> None:
    deploy(clients)
    assert {change.action for change in plan_deployment(wanted(clients), clients)} == {Action.KEEP}


def test_what_is_deployed_is_what_was_built(clients: Clients) -> None:
    deploy(clients)
    states = boto3.client("stepfunctions", region_name="eu-west-1")
    (machine,) = states.list_state_machines()["stateMachines"]
    found = states.describe_state_machine(stateMachineArn=machine["stateMachineArn"])
    definition = json.loads(found["definition"])
    assert definition["States"]["Save"]["Parameters"]["TableName"] == "keys"
    assert (found["name"], found["type"]) == ("Register-dev", "EXPRESS")
    assert found["loggingConfiguration"]["includeExecutionData"] is False
    gateway = boto3.client("apigateway", region_name="eu-west-1")
    (api,) = gateway.get_rest_apis()["items"]
    assert api["name"] == "keys-dev"
    assert {resource["path"] for resource in gateway.get_resources(restApiId=api["id"])["items"]} >= {"/keys"}
    assert gateway.get_stage(restApiId=api["id"], stageName="dev")["stageName"] == "dev"


def test_an_api_may_name_a_workflow_that_no_route_of_it_starts(clients: Clients) -> None:
    """The plan ended in a KeyError."""
    later = Workflow("Later", type="STANDARD", timeout=25)
    later.succeed()
    api = Api("runs")
    api.get("/runs/{id}", stepfunctions.describe_execution(executionArn=later.execution_arn(api.path["id"])))
    api.post("/runs", stepfunctions.start_execution(stateMachineArn=later.arn, input="{}"))
    definitions = Definitions({"Later": later}, {"runs": api}, {"Later": "", "runs": ""})
    result = build(Project(root=Path("/"), name="sample"), definitions)
    (rest_api,) = (each for each in wanted(clients, result) if isinstance(each, RestApi))
    text = json.dumps(rest_api.document)
    here = clients.target("dev")
    assert f"{here.arn('states', 'execution:Later-dev')}:$util" in text
    assert here.arn("states", "stateMachine:Later-dev:live") in text
    role = next(each for each in wanted(clients, result) if each.name == role_name("runs", here))
    assert here.arn("states", "execution:Later-dev:*") in json.dumps(role.policy)  # type: ignore[attr-defined]


def test_roles_allow_what_is_needed_and_no_more(clients: Clients) -> None:
    deploy(clients)
    iam = boto3.client("iam")
    policy = iam.get_role_policy(RoleName="Register-dev-eu-west-1", PolicyName="keyflow")["PolicyDocument"]
    allowed = {
        (action, resource) for each in policy["Statement"] for action in each["Action"] for resource in each["Resource"]
    }
    own = {each for each in allowed if not each[0].startswith("logs:")}
    assert own == {
        ("apigateway:POST", "arn:aws:apigateway:eu-west-1::/apikeys"),
        ("apigateway:DELETE", "arn:aws:apigateway:eu-west-1::/apikeys/*"),
        ("dynamodb:PutItem", "arn:aws:dynamodb:eu-west-1:123456789012:table/keys"),
    }
    (trust,) = iam.get_role(RoleName="Register-dev-eu-west-1")["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "states.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    (trust,) = iam.get_role(RoleName="keys-dev-eu-west-1")["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "apigateway.amazonaws.com"}


def test_a_workflow_that_another_starts_is_the_stages_own(clients: Clients) -> None:
    child = Workflow("Child", type="STANDARD")
    child.wait("Later", 1)
    child.succeed()
    parent = Workflow("Parent", timeout=25)
    parent.task("Start", stepfunctions.start_execution(stateMachineArn=child.arn, input={}))
    parent.succeed()
    built = build(
        Project(root=Path("/"), name="sample"),
        Definitions({"Child": child, "Parent": parent}, {}, {"Child": "", "Parent": ""}),
    )
    assert parameters_of(built) == {}
    arn = "arn:aws:states:eu-west-1:123456789012:stateMachine:Child-dev"
    made = {(each.kind, each.name): each.wanted() for each in wanted(clients, built)}
    start = made["state machine", "Parent-dev"]["definition"]["States"]["Start"]
    assert start["Parameters"]["StateMachineArn"] == f"{arn}:live"
    role = next(wanted for (kind, name), wanted in made.items() if kind == "role" and "Parent" in name)
    assert f'"{arn}"' in json.dumps(role["policy"])  # IAM knows no other resource, by whichever alias it is started
    deploy(clients, built)
    assert {change.action for change in plan_deployment(wanted(clients, built), clients)} == {Action.KEEP}


def test_a_type_that_cannot_change_is_refused_before_anything_is_done(clients: Clients) -> None:
    deploy(clients)
    machine = next(each for each in wanted(clients) if isinstance(each, DeployedStateMachine))
    with pytest.raises(DeployError, match="KF505"):
        plan_deployment([replace(machine, type="STANDARD")], clients)
    assert plan_removal([replace(machine, type="STANDARD")], clients)[0].action is Action.DELETE


def test_only_what_differs_is_updated(clients: Clients) -> None:
    deploy(clients)
    plan = plan_deployment(wanted(clients, sample("other")), clients)
    machine, alias = (change for change in plan if change.action is Action.UPDATE)
    assert (machine.resource.kind, alias.resource.kind) == ("state machine", "alias")
    (difference,) = machine.differences
    assert difference.property == "definition"
    deploy(clients, sample("other"))
    assert {change.action for change in plan_deployment(wanted(clients, sample("other")), clients)} == {Action.KEEP}


def test_what_was_changed_by_hand_is_set_right(clients: Clients) -> None:
    deploy(clients)
    boto3.client("iam").put_role_policy(
        RoleName="Register-dev-eu-west-1",
        PolicyName="keyflow",
        PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        ),
    )
    boto3.client("logs", region_name="eu-west-1").delete_retention_policy(
        logGroupName="/aws/vendedlogs/states/Register-dev"
    )
    plan = deploy(clients)
    assert [change.resource.kind for change in plan if change.action is Action.UPDATE] == ["role", "log group"]
    assert {change.action for change in plan_deployment(wanted(clients), clients)} == {Action.KEEP}
    assert list(inline_policies("Register-dev-eu-west-1", clients)) == ["keyflow"]  # what a hand allowed is not kept


def test_removal_leaves_what_keyflow_did_not_make(clients: Clients) -> None:
    deploy(clients)
    iam = boto3.client("iam")
    iam.create_role(RoleName="Other", AssumeRolePolicyDocument="{}")
    apply_plan(plan_removal(wanted(clients), clients), clients, lambda _change: None)
    assert [role["RoleName"] for role in iam.list_roles()["Roles"]] == ["Other"]
    states = boto3.client("stepfunctions", region_name="eu-west-1")
    assert states.list_state_machines()["stateMachines"] == []
    assert boto3.client("apigateway", region_name="eu-west-1").get_rest_apis()["items"] == []


def test_removal_leaves_another_stage_alone(clients: Clients) -> None:
    deploy(clients)
    assert plan_removal(wanted(clients, stage="prod"), clients) == ()


def test_somebody_elses_resource_is_not_taken(clients: Clients) -> None:
    boto3.client("iam").create_role(RoleName="Register-dev-eu-west-1", AssumeRolePolicyDocument="{}")
    with pytest.raises(DeployError, match="KF506"):
        plan_deployment(wanted(clients), clients)
    assert plan_removal(wanted(clients), clients) == ()


def test_a_new_role_is_waited_for(clients: Clients) -> None:
    """IAM takes seconds to spread a role; until then other services refuse it."""
    refusals = [3]
    slept: list[float] = []

    class SlowRole(Resource):
        kind = "slow"
        services = ()
        phase = Phase.WIDEN

        def wanted(self) -> dict[str, Any]:
            return {}

        def read(self, _clients: Clients) -> None:
            return None

        def create(self, work: Work) -> None:
            if refusals[0]:
                refusals[0] -= 1
                raise ClientError(
                    {"Error": {"Code": "AccessDeniedException", "Message": "The role cannot be assumed by states"}},
                    "CreateStateMachine",
                )

        def update(self, work: Work, found: Found) -> None:
            raise AssertionError

        def delete(self, work: Work) -> None:
            raise AssertionError

    apply_plan(
        (Change(resource=SlowRole("x", {}), action=Action.CREATE),), clients, lambda _change: None, sleep=slept.append
    )
    assert slept == [1, 2, 4]


def test_a_refusal_names_the_call(clients: Clients) -> None:
    plan = plan_deployment(wanted(clients), clients)
    deploy(clients)
    with pytest.raises(DeployError, match="KF511: the role Register-dev-eu-west-1 was made since the plan was made"):
        apply_plan(plan, clients, lambda _change: None)


def test_parameters_come_from_the_command_line_then_the_stage_then_the_definition() -> None:
    parameters = {name: Parameter(name, default=default) for name, default in (("A", "1"), ("B", "1"), ("C", "1"))}
    stage = Stage(parameters={"A": "2", "B": "2"})
    assert resolve(parameters, {"A": "3"}, stage.parameters) == {"A": "3", "B": "2", "C": "1"}


def test_parameters_without_a_value_are_all_named() -> None:
    wanted_parameters = {name: Parameter(name, description=f"the {name}") for name in ("A", "B")}
    with pytest.raises(ProjectError) as caught:
        resolve(wanted_parameters, {"AA": "1"}, {})
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["KF502", "KF501", "KF501"]
    assert "pass --param A=..." in str(caught.value)
    assert set(parameters_of(sample())) == {"Table"}
    with pytest.raises(ProjectError, match="NAME=VALUE"):
        pairs(["A"])
    assert pairs(["A=b=c", "B="]) == {"A": "b=c", "B": ""}


def test_a_value_is_escaped_for_the_place_where_it_stands() -> None:
    definition = {
        "a": "${P}",
        "b.$": "States.Format('{}', '${P}')",
        "CausePath": "States.Hash('${P}')",
        "c": [1, "${Q}"],
    }
    assert substituted(definition, {"P": "it's {x}\\"}) == {
        "a": "it's {x}\\",
        "b.$": "States.Format('{}', 'it\\'s \\{x\\}\\\\')",
        "CausePath": "States.Hash('it\\'s \\{x\\}\\\\')",
        "c": [1, "${Q}"],
    }


def test_a_value_stands_inside_a_string_of_jsonata() -> None:
    """It is a text there, whatever signs it has, and nothing of it is evaluated."""
    workflow = Workflow("Texts", query_language="JSONata", timeout=20)
    workflow.succeed({"text": format("{}: {}", Parameter("P"), workflow.input["n"]), "plain": Parameter("P")})
    value = 'say "hi" & $uuid() \\ %} ü'
    filled = substituted(compile_workflow(workflow).document, {"P": value})
    ended = run(asl.parse(filled), {"n": 1}, Stubs({}))
    assert ended.output == {"text": f"{value}: 1", "plain": value}


def test_a_policy_takes_an_arn_or_a_url_for_a_name() -> None:
    prefix = "arn:aws:lambda:eu-west-1:1:function:"
    queue = "arn:aws:sqs:eu-west-1:1:"
    policy = [f"{prefix}${{F}}", f"{queue}${{Q}}", "${T}"]
    values = {"F": f"{prefix}other", "Q": "https://sqs.eu-west-1.amazonaws.com/1/jobs", "T": "arn:aws:sns:r:1:t"}
    assert substituted_policy(policy, values) == [f"{prefix}other", f"{queue}jobs", "arn:aws:sns:r:1:t"]
    assert substituted_policy(policy, {"F": "f", "Q": "q", "T": "t"}) == [f"{prefix}f", f"{queue}q", "t"]


def test_a_long_role_name_stays_unique() -> None:
    target = Target(stage="dev", account="1", region="eu-west-1")
    names = {role_name("x" * 70 + end, target) for end in ("a", "b")}
    assert len(names) == 2
    assert all(len(name) <= 64 for name in names)


def test_a_local_endpoint_needs_no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    assert Clients(endpoint_url="http://localhost:4566").region == "us-east-1"
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(DeployError, match="KF504"):
        _ = Clients().region


# Limits of AWS, and values that would widen a policy.


def small(name: str = "Register", api: str = "keys", routes: int = 1) -> Build:
    workflow = Workflow(name, timeout=25)
    workflow.task("Save", dynamodb.put_item(TableName=Parameter("Table"), Item={"pk": {"S": "x"}}))
    workflow.succeed({})
    front = Api(api)
    for number in range(routes):
        front.post(f"/r{number}", workflow)
    definitions = Definitions({name: workflow}, {api: front}, {name: "", api: ""})
    return build(Project(root=Path("/"), name="sample"), definitions)


@pytest.mark.parametrize(
    ("result", "stage", "code", "message"),
    [
        (
            lambda: small(name="N" * 78),
            "production",
            "KF508",
            f"the state machine {'N' * 78}-production has 89 characters in its name; AWS allows 80",
        ),
        (
            lambda: small(routes=300),
            "dev",
            "KF508",
            "the REST API keys-dev has 301 resources, the root included; AWS allows 300",
        ),
        (
            lambda: small(name="orders", api="orders"),
            "dev",
            "KF509",
            "2 resources would be the role orders-dev-eu-west-1: each would overwrite the other",
        ),
    ],
)
def test_what_aws_would_refuse_is_said_before_anything_is_made(
    clients: Clients, result: Any, stage: str, code: str, message: str
) -> None:
    with pytest.raises(ProjectError) as raised:
        plan_deployment(wanted(clients, result(), stage), clients)
    assert (raised.value.diagnostics[0].code, raised.value.diagnostics[0].message) == (code, message)


def test_a_policy_that_is_too_long_is_said_with_its_length(clients: Clients) -> None:
    workflow = Workflow("Many", type="STANDARD")
    for number in range(150):
        name = f"a-table-with-quite-a-long-name-{number}"
        workflow.task(f"Save {number}", dynamodb.put_item(TableName=name, Item={}))
    workflow.succeed({})
    result = build(Project(root=Path("/"), name="sample"), Definitions({"Many": workflow}, {}, {"Many": ""}))
    with pytest.raises(ProjectError, match=r"has \d{5} characters in its inline policy; AWS allows 10240"):
        plan_deployment(wanted(clients, result), clients)


@pytest.mark.parametrize("value", ["*", "", " ", "orders-*"])
def test_a_value_that_would_widen_a_policy_is_refused(value: str) -> None:
    with pytest.raises(ProjectError) as raised:
        check_policy_values(small(), {"Table": value})
    assert raised.value.diagnostics[0].code == "KF510"
    check_policy_values(small(), {"Table": "orders", "Elsewhere": "*"})


@pytest.mark.parametrize(
    ("resource", "value", "expected"),
    [
        ("arn:aws:sqs:here:1:${X}", "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs", "arn:aws:sqs:eu-west-1:123456789012:jobs"),
        ("arn:aws:sqs:here:1:${X}", "http://localhost:4566/000000000000/jobs", "arn:aws:sqs:here:1:jobs"),
        ("arn:aws:ssm:here:1:parameter/${X}", "/a/b", "arn:aws:ssm:here:1:parameter/a/b"),
        ("arn:aws:dynamodb:here:1:table/${X}/index/i", "arn:aws:dynamodb:e:2:table/t", "arn:aws:dynamodb:e:2:table/t/index/i"),
        ("arn:aws:secretsmanager:here:1:secret:${X}", "arn:aws:secretsmanager:e:2:secret:s-AbCdEf", "arn:aws:secretsmanager:e:2:secret:s-AbCdEf"),
    ],
)  # fmt: skip
def test_a_value_that_is_an_arn_or_a_url_becomes_the_resource(resource: str, value: str, expected: str) -> None:
    assert substituted_policy(resource, {"X": value}) == expected


@pytest.mark.parametrize(
    ("endpoint", "headers", "status", "made"),
    [
        (None, {}, 501, True),
        ("http://127.0.0.1:4566", {}, 200, True),
        ("http://127.0.0.1:4566", {}, 501, False),
        ("http://127.0.0.1:4566", {"x-localstack": "true"}, 200, False),
    ],
)
def test_a_local_engine_may_have_no_alarms(
    monkeypatch: pytest.MonkeyPatch, endpoint: str | None, headers: dict[str, str], status: int, made: bool
) -> None:
    """LocalStack says in a header that it is it, and answers 501 for a service that it does not run."""
    clients = Clients(region="eu-west-1", endpoint_url=endpoint)
    refusal = {"Error": {"Code": "InternalFailure", "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}}

    class Service:
        def get_caller_identity(self) -> Any:
            return {"ResponseMetadata": {"HTTPHeaders": headers}}

        def describe_alarms(self, **_given: Any) -> Any:
            if status != 200:
                raise ClientError(refusal, "DescribeAlarms")  # type: ignore[arg-type]

    for name in ("cloudwatch", "sts"):
        monkeypatch.setitem(clients._made, name, Service())
    assert has_alarms(clients) is made
