"""A stage's life through the commands, against moto's AWS: planned, deployed, looked at, led back, settled, destroyed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result
from moto import mock_aws
from moto.apigateway.models import APIGatewayBackend

from keyflow.cli import main
from keyflow.deploy import Clients, apply_plan
from tests.deploy.moto_state import Kept, kept, put_back
from tests.deploy.moto_versions import versions

Keyflow = Callable[..., Result]

DEFINITION = """\
from keyflow import Api, Parameter, Workflow
from keyflow.aws import dynamodb, sqs

workflow = Workflow("Register", timeout=25)
save = workflow.task("Save", dynamodb.put_item(TableName=Parameter("Table"), Item={"pk": {"S": workflow.input["name"]}}))
save.keep("a name may stay")
workflow.succeed({"saved": True})

api = Api("names")
api.post("/names", workflow, input={"name": api.body["name"]}, authorization="iam")
"""
TELLING = DEFINITION.replace(
    "workflow.succeed(",
    'tell = workflow.task("Tell", sqs.send_message(QueueUrl="told", MessageBody="made"))\n'
    'tell.keep("telling twice harms nobody")\nworkflow.succeed(',
)
CONFIGURATION = """\
name = "sample"

[stages.prod.parameters]
Table = "customer-names"

[stages.dev]
type = "STANDARD"
parameters = { Table = "customer-names" }

[stages.async]
type = "STANDARD"
routes = "asynchronous"
parameters = { Table = "customer-names" }

[stages.plain]
alias = false
alarms = false
parameters = { Table = "customer-names" }
"""
MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:Register-prod"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ROLE = "Register-prod-eu-west-1"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: None) -> Iterator[Path]:
    """A project in the current folder, and an AWS with nothing in it."""
    (tmp_path / "definitions").mkdir()
    (tmp_path / "definitions" / "names.py").write_text(DEFINITION)
    (tmp_path / "keyflow.toml").write_text(CONFIGURATION)
    monkeypatch.chdir(tmp_path)
    for name, value in (("ACCESS_KEY_ID", "t"), ("SECRET_ACCESS_KEY", "t"), ("REGION", "eu-west-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    with mock_aws(), versions():
        yield tmp_path


@pytest.fixture
def keyflow(project: Path) -> Keyflow:
    """Runs a command in the project."""

    def run(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == code, result.output + result.stderr
        return result

    return run


def deploy(keyflow: Keyflow, *options: str, code: int = 0) -> Result:
    return keyflow("deploy", "--stage", "prod", "--yes", *options, code=code)


_FIRST: list[Kept] = []


def deployed(keyflow: Keyflow) -> None:
    """The project as it is first, deployed: by calls the first time, and afterwards as moto held it then."""
    if _FIRST:
        put_back(_FIRST[0], "eu-west-1")
        return
    deploy(keyflow)
    _FIRST.append(kept("eu-west-1"))


def change(project: Path, text: str) -> None:
    (project / "definitions" / "names.py").write_text(text)


def client(service: str) -> Any:
    return boto3.client(service, region_name="eu-west-1")  # type: ignore[call-overload]


def a_policy() -> str:
    """The ARN of a managed policy."""
    arn: str = client("iam").create_policy(PolicyName="everything", PolicyDocument=json.dumps(EVERYTHING))["Policy"][
        "Arn"
    ]
    return arn


def test_aws_region_is_honoured(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hint of KF504 says to set it, and boto3 does not look at it."""
    assert Clients().region == "eu-west-1"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-2")
    assert Clients().region == "eu-west-1"  # as AWS's other tools have it
    assert Clients(region="sa-east-1").region == "sa-east-1"


def test_a_plan_says_what_changes_piece_by_piece(keyflow: Keyflow, project: Path) -> None:
    first = keyflow("plan", "--stage", "prod", "--exit-code", code=2)
    assert "+ create  state machine Register-prod" in first.output
    assert "7 to create" in first.output
    deploy(keyflow)
    assert keyflow("plan", "--stage", "prod", "--exit-code").output.endswith("nothing to change\n")
    change(project, TELLING.replace("timeout=25", "timeout=20"))
    text = keyflow("plan", "--stage", "prod", "--exit-code", code=2).output
    for line in (
        "~ update  role Register-prod-eu-west-1",
        "      + sqs:SendMessage on arn:aws:sqs:eu-west-1:123456789012:told",
        "~ update  state machine Register-prod",
        "      + Tell",
        "      ~ TimeoutSeconds: 25 → 20",
        '      ~ Save.Next: "Success" → "Tell"',
    ):
        assert line in text, line
    assert "nothing" not in text


def test_a_plan_for_programs_has_no_values_of_parameters(keyflow: Keyflow, project: Path) -> None:
    deployed(keyflow)
    (project / "keyflow.toml").write_text(CONFIGURATION.replace("customer-names", "other-names"))
    document = json.loads(keyflow("plan", "--stage", "prod", "--format", "json").stdout)
    machine = next(each for each in document["changes"] if each["resource"] == "state machine Register-prod")
    (edit,) = machine["diff"]
    assert edit == {
        "kind": "changed",
        "thing": "state",
        "subject": ["Save"],
        "member": ["Parameters", "TableName"],
        "after": "${Table}",
    }
    assert "other-names" not in json.dumps(document)


def test_what_was_reviewed_is_applied(keyflow: Keyflow, project: Path) -> None:
    deployed(keyflow)
    change(project, TELLING)
    keyflow("plan", "--stage", "prod", "-o", "plan.json")
    assert (project / "plan.json").stat().st_mode & 0o777 == 0o600
    change(project, DEFINITION)  # what the definitions say now does not count
    applied = keyflow("deploy", "plan.json", "--yes")
    assert "update  state machine Register-prod" in applied.output
    definition = client("stepfunctions").describe_state_machine(stateMachineArn=MACHINE)["definition"]
    assert "Tell" in json.loads(definition)["States"]
    assert "POST https://" in applied.output


def test_a_plan_that_aws_has_overtaken_is_refused(keyflow: Keyflow, project: Path) -> None:
    deployed(keyflow)
    change(project, TELLING)
    keyflow("plan", "--stage", "prod", "-o", "plan.json")
    client("iam").attach_role_policy(RoleName=ROLE, PolicyArn=a_policy())
    refused = keyflow("deploy", "plan.json", "--yes", code=3)
    assert "KF511: the role Register-prod-eu-west-1 has another attached since the plan was made" in refused.stderr
    assert (
        len(client("stepfunctions").list_state_machine_versions(stateMachineArn=MACHINE)["stateMachineVersions"]) == 1
    )


@pytest.mark.parametrize(
    "text", ["", "{}", '{"keyflow plan": 9}', "[1]", '{"keyflow plan": 1, "target": {"is": "Path"}}']
)
def test_a_file_that_is_no_plan_is_said(keyflow: Keyflow, project: Path, text: str) -> None:
    (project / "plan.json").write_text(text)
    assert "KF517" in keyflow("deploy", "plan.json", "--yes", code=1).stderr


def test_so_many_versions_are_kept(keyflow: Keyflow, project: Path) -> None:
    (project / "keyflow.toml").write_text(
        CONFIGURATION.replace("[stages.prod.p", "[stages.prod]\nversions = 2\n[stages.prod.p")
    )
    for timeout in (25, 24, 23, 22):
        change(project, DEFINITION.replace("timeout=25", f"timeout={timeout}"))
        text = deploy(keyflow).output
    assert "~ end     old versions of state machine Register-prod" in text
    kept = client("stepfunctions").list_state_machine_versions(stateMachineArn=MACHINE)["stateMachineVersions"]
    assert [each["stateMachineVersionArn"].rpartition(":")[2] for each in kept] == ["4", "3"]
    assert "nothing to change" in deploy(keyflow).output


def test_what_no_definition_asks_for_any_more_is_removed(keyflow: Keyflow, project: Path) -> None:
    deployed(keyflow)
    change(project, DEFINITION.replace('"Register"', '"Enroll"'))
    kept = deploy(keyflow, "--keep-removed")
    assert "delete" not in kept.output
    text = deploy(keyflow).output
    for resource in ("state machine Register-prod", "role Register-prod-eu-west-1", "alarm Register-prod-TimedOut"):
        assert f"- delete  {resource}" in text
    assert [each["name"] for each in client("stepfunctions").list_state_machines()["stateMachines"]] == ["Enroll-prod"]
    assert {each["RoleName"] for each in client("iam").list_roles()["Roles"]} == {
        "Enroll-prod-eu-west-1",
        "names-prod-eu-west-1",
    }


def test_a_part_removes_nothing_of_the_rest(keyflow: Keyflow, project: Path) -> None:
    change(project, DEFINITION + '\nother = Workflow("Other", timeout=5)\nother.succeed({})\n')
    deploy(keyflow)
    assert "delete" not in deploy(keyflow, "Other").output


def test_what_was_attached_by_hand_is_seen_and_taken_away(keyflow: Keyflow, project: Path) -> None:
    deployed(keyflow)
    iam, states = client("iam"), client("stepfunctions")
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=a_policy())
    iam.put_role_policy(RoleName=ROLE, PolicyName="more", PolicyDocument=json.dumps(EVERYTHING))
    found = states.describe_state_machine(stateMachineArn=MACHINE)
    logging = {**found["loggingConfiguration"], "includeExecutionData": True}
    states.update_state_machine(stateMachineArn=MACHINE, roleArn=found["roleArn"], loggingConfiguration=logging)
    trust = iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    trust["Statement"].append({**trust["Statement"][0], "Principal": {"Service": "lambda.amazonaws.com"}})
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(trust))
    status = keyflow("status", "--stage", "prod", "--exit-code", code=2).output
    assert "lambda.amazonaws.com" in status
    assert "the definition was changed by hand: no version holds it" in status
    assert "arn:aws:iam::123456789012:policy/everything was attached to role Register-prod-eu-west-1 by hand" in status
    assert "~ logging.includeExecutionData: true → false" in status
    assert "- more" in status
    deploy(keyflow)
    assert iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"] == []
    assert iam.list_role_policies(RoleName=ROLE)["PolicyNames"] == ["keyflow"]
    assert keyflow("status", "--stage", "prod", "--exit-code").output.endswith("stage prod is as the definitions say\n")


def test_a_route_that_was_changed_by_hand_is_set_right(keyflow: Keyflow, project: Path) -> None:
    deployed(keyflow)
    gateway = client("apigateway")
    (api,) = gateway.get_rest_apis()["items"]
    resource = next(each for each in gateway.get_resources(restApiId=api["id"])["items"] if each["path"] == "/names")
    gateway.put_integration(
        restApiId=api["id"],
        resourceId=resource["id"],
        httpMethod="POST",
        type="MOCK",
        requestTemplates={"text/plain": "x"},
    )
    assert "changed by hand: true → false" in keyflow("status", "--stage", "prod").output
    deploy(keyflow)
    assert keyflow("plan", "--stage", "prod", "--exit-code").exit_code == 0


def test_two_apis_of_a_lost_answer_become_one(keyflow: Keyflow, project: Path) -> None:
    deployed(keyflow)
    gateway = client("apigateway")
    (api,) = gateway.get_rest_apis()["items"]
    gateway.create_rest_api(name=api["name"], tags=api["tags"])
    gateway.create_rest_api(name=api["name"])  # of the same name, and another's
    deploy(keyflow)
    left = gateway.get_rest_apis()["items"]
    assert len(left) == 2
    assert [each["id"] for each in left if each.get("tags")] == [api["id"]]


def test_a_rollback_leads_back_and_a_deployment_forward(keyflow: Keyflow, project: Path) -> None:
    deployed(keyflow)
    assert "KF516" in keyflow("rollback", "--stage", "prod", "--yes", code=1).stderr
    change(project, TELLING)
    deploy(keyflow)
    assert "version 2" in keyflow("status", "--stage", "prod").output
    text = keyflow("rollback", "--stage", "prod", "--yes").output
    assert "update  alias Register-prod:live" in text
    status = keyflow("status", "--stage", "prod").output
    assert "version 1" in status
    assert "~ update  alias Register-prod:live" in status
    deploy(keyflow)
    assert "version 2" in keyflow("status", "--stage", "prod").output
    keyflow("rollback", "Register", "--stage", "prod", "--to", "1", "--yes")
    assert "has no version 7" in keyflow("rollback", "Register", "--stage", "prod", "--to", "7", "--yes", code=1).stderr


def test_deployments_of_one_second_go_back_one_by_one(
    keyflow: Keyflow, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """API Gateway gives the moment of a deployment in whole seconds, and documents no order of its list."""

    class Clock(datetime):
        moments = (datetime(2026, 1, 1, 0, 0, 0, number * 1000, tzinfo=UTC) for number in range(9))

        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return next(cls.moments)

    monkeypatch.setattr("keyflow.cli.deployment.datetime", Clock)
    monkeypatch.setattr("moto.apigateway.models.time", SimpleNamespace(time=lambda: 1_767_225_600))
    in_order = APIGatewayBackend.get_deployments
    monkeypatch.setattr(APIGatewayBackend, "get_deployments", lambda *asked: in_order(*asked)[::-1])
    more = 'api.get("/names", workflow, input={"name": api.query["name"]}, authorization="iam")\n'
    deploy(keyflow)
    change(project, TELLING + more)
    deploy(keyflow)
    change(project, DEFINITION + more)
    deploy(keyflow)
    first = keyflow("rollback", "--stage", "prod", "--yes").output
    assert "update  alias Register-prod:live" in first
    assert "stage of REST API" not in first
    second = keyflow("rollback", "--stage", "prod", "--yes").output
    assert "update  alias Register-prod:live" in second
    assert "update  stage of REST API names-prod" in second
    assert "KF516" in keyflow("rollback", "--stage", "prod", "--yes", code=1).stderr


def test_settling_takes_away_what_earlier_versions_needed(
    keyflow: Keyflow, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(project, TELLING)
    deploy(keyflow)
    change(project, DEFINITION)
    said = deploy(keyflow).stderr
    assert "role Register-prod-eu-west-1 keeps sqs:SendMessage on arn:aws:sqs:eu-west-1:123456789012:told until" in said
    settled = json.loads(keyflow("settle", "--stage", "prod", "--yes", "--format", "json").stdout)
    assert "keeps what earlier versions need until" in settled["notes"][0]
    later = time.time() + 3600
    monkeypatch.setattr(Clients, "clock", lambda _self, _otherwise: later)
    keyflow("settle", "--stage", "prod", "--yes")
    assert client("iam").list_role_policies(RoleName=ROLE)["PolicyNames"] == ["keyflow"]
    assert "nothing of stage prod is left to settle" in keyflow("settle", "--stage", "prod", "--yes").output
    assert "KF516" in keyflow("rollback", "--stage", "prod", "--yes", code=1).stderr


def test_a_standard_workflow_that_runs_keeps_what_it_needs(keyflow: Keyflow, project: Path) -> None:
    options = ("--stage", "async", "--yes")
    change(project, TELLING)
    keyflow("deploy", *options)
    machine = MACHINE.replace("-prod", "-async")
    execution = client("stepfunctions").start_execution(stateMachineArn=machine, input="{}")["executionArn"]
    change(project, DEFINITION)
    said = keyflow("deploy", *options).stderr
    assert "1 executions of earlier versions run; `keyflow settle` takes it away later" in said
    assert "1 executions of earlier versions run" in keyflow("settle", *options).stderr
    client("stepfunctions").stop_execution(executionArn=execution)
    keyflow("settle", *options)
    policies = client("iam").list_role_policies(RoleName="Register-async-eu-west-1")["PolicyNames"]
    assert policies == ["keyflow"]


def test_a_removed_workflow_that_runs_stays_until_it_is_settled(keyflow: Keyflow, project: Path) -> None:
    options = ("--stage", "async", "--yes")
    keyflow("deploy", *options)
    machine = MACHINE.replace("-prod", "-async")
    execution = client("stepfunctions").start_execution(stateMachineArn=machine, input="{}")["executionArn"]
    change(project, DEFINITION.replace('"Register"', '"Enroll"'))
    said = keyflow("deploy", *options).stderr
    assert "state machine Register-async stays: 1 of its executions run" in said
    assert client("iam").get_role(RoleName="Register-async-eu-west-1")
    client("stepfunctions").stop_execution(executionArn=execution)
    assert "delete  state machine Register-async" in keyflow("settle", *options).output
    assert [each["name"] for each in client("stepfunctions").list_state_machines()["stateMachines"]] == ["Enroll-async"]


def test_a_route_that_waits_for_a_standard_workflow_is_refused(keyflow: Keyflow, project: Path) -> None:
    said = keyflow("deploy", "--stage", "dev", "--yes", code=1).stderr
    assert (
        "definitions/names.py:10: error KF512: POST /names waits for Register, which is STANDARD in stage dev" in said
    )
    assert 'hint: write routes = "asynchronous" in [stages.dev]' in said


def test_an_asynchronous_stage_answers_with_the_execution(keyflow: Keyflow, project: Path) -> None:
    keyflow("deploy", "--stage", "async", "--yes")
    machine = MACHINE.replace("-prod", "-async")
    assert client("stepfunctions").describe_state_machine(stateMachineArn=machine)["type"] == "STANDARD"
    gateway = client("apigateway")
    (api,) = gateway.get_rest_apis()["items"]
    methods = gateway.get_resources(restApiId=api["id"], embed=["methods"])["items"]
    text = json.dumps(methods, default=str)
    assert "states:action/StartExecution" in text
    assert "StartSyncExecution" not in text
    assert '"202"' in text


def test_the_type_may_be_given_and_cannot_change(keyflow: Keyflow, project: Path) -> None:
    deployed(keyflow)
    options = ("--stage", "prod", "--yes", "--type", "STANDARD")
    assert "KF512" in keyflow("deploy", *options, code=1).stderr
    (project / "keyflow.toml").write_text(
        CONFIGURATION.replace("[stages.prod.", '[stages.prod]\nroutes = "asynchronous"\n[stages.prod.')
    )
    assert "KF505" in keyflow("deploy", *options, code=3).stderr
    text = keyflow("deploy", *options, "--replace").output
    assert "! replace state machine Register-prod" in text
    assert "+ create  alias Register-prod:live" in text  # it went with the state machine
    alias = client("stepfunctions").describe_state_machine_alias(stateMachineAliasArn=f"{MACHINE}:live")
    assert alias["routingConfiguration"] == [{"stateMachineVersionArn": f"{MACHINE}:1", "weight": 100}]
    assert client("stepfunctions").describe_state_machine(stateMachineArn=MACHINE)["type"] == "STANDARD"


def test_a_stage_may_do_without_alias_and_alarms(keyflow: Keyflow, project: Path) -> None:
    text = keyflow("deploy", "--stage", "plain", "--yes").output
    assert "alias" not in text
    assert "alarm" not in text
    gateway = client("apigateway")
    (api,) = gateway.get_rest_apis()["items"]
    methods = json.dumps(gateway.get_resources(restApiId=api["id"], embed=["methods"])["items"], default=str)
    assert ":live" not in methods
    assert "stateMachine:Register-plain" in methods


def test_alarms_that_are_turned_off_go(keyflow: Keyflow, project: Path) -> None:
    """They stayed for good: their state machine is there."""
    deployed(keyflow)
    (project / "keyflow.toml").write_text(
        CONFIGURATION.replace("[stages.prod.p", "[stages.prod]\nalarms = false\n[stages.prod.p")
    )
    assert "- delete  alarm Register-prod-TimedOut" in deploy(keyflow).output
    assert client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert "nothing to change" in deploy(keyflow).output


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ('type = "FAST"', "stages.prod.type is EXPRESS or STANDARD, not 'FAST'"),
        ('routes = "later"', "stages.prod.routes is"),
        ("versions = 1", "stages.prod.versions is 2 to 900, not 1"),
        ('alias = "no"', "alias cannot be 'no'"),
    ],
)
def test_a_setting_that_cannot_be_is_said(keyflow: Keyflow, project: Path, setting: str, message: str) -> None:
    (project / "keyflow.toml").write_text(f"[stages.prod]\n{setting}\n")
    assert message in keyflow("plan", "--stage", "prod", code=1).stderr


def test_a_canary_leads_all_callers_when_nothing_alarms(keyflow: Keyflow, project: Path) -> None:
    deployed(keyflow)
    change(project, TELLING)
    said = deploy(keyflow, "--canary", "10%", "--for", "30s").stderr
    assert "10 % of the callers get version 2 of Register-prod; all of them in 30 s" in said
    alias = client("stepfunctions").describe_state_machine_alias(stateMachineAliasArn=f"{MACHINE}:live")
    assert alias["routingConfiguration"] == [{"stateMachineVersionArn": f"{MACHINE}:2", "weight": 100}]


def test_a_canary_goes_back_when_an_alarm_goes_off(keyflow: Keyflow, project: Path) -> None:
    deployed(keyflow)
    change(project, TELLING)
    client("cloudwatch").set_alarm_state(AlarmName="Register-prod-TimedOut", StateValue="ALARM", StateReason="slow")
    refused = deploy(keyflow, "--canary", "10%", "--for", "30s", code=1)
    assert (
        "KF515: version 2 of Register-prod is not served: the alarm Register-prod-TimedOut went off" in refused.stderr
    )
    assert "callers are led to version 1 of Register-prod again, all of them" in refused.stderr
    alias = client("stepfunctions").describe_state_machine_alias(stateMachineAliasArn=f"{MACHINE}:live")
    assert alias["routingConfiguration"] == [{"stateMachineVersionArn": f"{MACHINE}:1", "weight": 100}]


def test_an_alarm_that_is_not_there_is_said_before_anybody_is_led(keyflow: Keyflow, project: Path) -> None:
    deployed(keyflow)
    change(project, TELLING)
    said = deploy(keyflow, "--canary", "10%", "--for", "30s", "--alarm", "Nothing", code=1).stderr
    assert "KF514: there is no alarm Nothing in eu-west-1" in said
    alias = client("stepfunctions").describe_state_machine_alias(stateMachineAliasArn=f"{MACHINE}:live")
    assert alias["routingConfiguration"] == [{"stateMachineVersionArn": f"{MACHINE}:1", "weight": 100}]


def test_workflows_shift_together(keyflow: Keyflow, project: Path) -> None:
    """Each alone would take its ten minutes after the others."""
    other = '\nother = Workflow("Other", timeout=5, comment="{}")\nother.succeed({{}})\n'
    change(project, DEFINITION + other.format("one"))
    deploy(keyflow)
    change(project, TELLING + other.format("two"))
    said = deploy(keyflow, "--canary", "10%", "--for", "20s").stderr
    assert "10 % of the callers get version 2 of Other-prod, version 2 of Register-prod; all of them in 20 s" in said
    assert said.count("all of them in 20 s") == 1


def test_a_plan_leads_to_no_other_machine_by_itself(keyflow: Keyflow, project: Path) -> None:
    """Signed requests would go to whoever wrote the file."""
    keyflow("plan", "--stage", "prod", "-o", "plan.json")
    plan = json.loads((project / "plan.json").read_text())
    plan["target"]["endpoint_url"] = "https://aws.example"
    (project / "plan.json").write_text(json.dumps(plan))
    said = keyflow("deploy", "plan.json", "--yes", code=1).stderr
    assert "KF517: the plan is for the endpoint https://aws.example, which is not on this machine" in said


@pytest.mark.parametrize("given", [("--canary", "0%"), ("--canary", "101"), ("--canary", "10%", "--for", "soon")])
def test_a_canary_that_cannot_be_is_said(keyflow: Keyflow, project: Path, given: tuple[str, ...]) -> None:
    assert "KF514" in deploy(keyflow, *given, code=1).stderr


def test_what_an_interrupted_deployment_has_done_is_said(
    keyflow: Keyflow, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from keyflow.deploy.log_group import LogGroup

    def interrupt(*_given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(LogGroup, "create", interrupt)
    done = deploy(keyflow, code=130)
    assert "interrupted: 2 of 7 changes were made; run it again to finish" in done.stderr
    monkeypatch.undo()


def test_two_deployments_at_once_do_not_mix(keyflow: Keyflow, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of them wins: here the other has changed the role between this one's plan and its first change."""
    deployed(keyflow)
    change(project, TELLING)
    from keyflow.cli import deployment

    original = apply_plan

    def overtaken(*given: Any, **named: Any) -> None:
        monkeypatch.setattr(deployment, "apply_plan", original)
        change(project, TELLING.replace("told", "elsewhere"))
        deploy(keyflow)
        original(*given, **named)

    monkeypatch.setattr(deployment, "apply_plan", overtaken)
    change(project, TELLING)
    refused = deploy(keyflow, code=3)
    assert "KF511: the role Register-prod-eu-west-1 has another policy" in refused.stderr
    definition = client("stepfunctions").describe_state_machine(stateMachineArn=MACHINE)["definition"]
    assert "elsewhere" in definition


def test_destroy_needs_no_definitions_that_build(keyflow: Keyflow, project: Path) -> None:
    deployed(keyflow)
    client("iam").attach_role_policy(RoleName=ROLE, PolicyArn=a_policy())
    change(project, "syntax error here")
    assert "- delete  role Register-prod-eu-west-1" in keyflow("destroy", "--stage", "prod", "--yes").output
    assert client("iam").list_roles()["Roles"] == []
    assert client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert client("logs").describe_log_groups()["logGroups"] == []
    assert "nothing of stage prod is left" in keyflow("destroy", "--stage", "prod", "--yes").output


def test_nothing_is_left_is_not_said_of_another_projects_name(keyflow: Keyflow, project: Path) -> None:
    deployed(keyflow)
    (project / "keyflow.toml").write_text(CONFIGURATION.replace('name = "sample"', 'name = "simple"'))
    text = keyflow("destroy", "--stage", "prod", "--yes").output
    assert "the project 'simple' has nothing in stage prod; 6 resources there belong to 'sample'" in text
    said = deploy(keyflow, code=3).stderr
    assert "KF506: the role Register-prod-eu-west-1 is of the project 'sample'; this one is 'simple'" in said


def test_one_workflow_may_be_destroyed(keyflow: Keyflow, project: Path) -> None:
    change(project, DEFINITION + '\nother = Workflow("Other", timeout=5)\nother.succeed({})\n')
    deploy(keyflow)
    text = keyflow("destroy", "Other", "--stage", "prod", "--yes").output
    assert "state machine Other-prod" in text
    assert "Register" not in text


def test_apis_of_other_hands_that_use_what_goes_are_named(keyflow: Keyflow, project: Path) -> None:
    deployed(keyflow)
    gateway = client("apigateway")
    api = gateway.create_rest_api(name="theirs")["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    gateway.put_method(restApiId=api, resourceId=root, httpMethod="POST", authorizationType="NONE")
    gateway.put_integration(
        restApiId=api,
        resourceId=root,
        httpMethod="POST",
        type="AWS",
        integrationHttpMethod="POST",
        uri="arn:aws:apigateway:eu-west-1:states:action/StartExecution",
        requestTemplates={"application/json": json.dumps({"stateMachineArn": MACHINE})},
    )
    said = keyflow("destroy", "--stage", "prod", "--dry-run").stderr
    assert "warning: the REST API theirs uses the state machine Register-prod" in said
    assert "role" not in said


def test_six_apis_go_in_one_run_though_aws_wants_pauses(
    keyflow: Keyflow, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.exceptions import ClientError

    from keyflow.deploy.rest_api import RestApi

    more = "".join(f'\napi{n} = Api("more{n}")\napi{n}.post("/x", workflow)\n' for n in range(5))
    change(project, DEFINITION + more)
    deploy(keyflow)
    last = [0.0]
    now = [0.0]
    original = RestApi.delete
    monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))

    def limited(self: RestApi, work: Any) -> None:
        if last[0] and now[0] - last[0] < 29.9:
            raise ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "slower"}}, "DeleteRestApi")
        last[0] = now[0] or 1e-9
        original(self, work)

    monkeypatch.setattr(RestApi, "delete", limited)
    said = keyflow("destroy", "--stage", "prod", "--yes").stderr
    assert said.count("AWS wants a pause: again in 30 s") == 5
    assert client("apigateway").get_rest_apis()["items"] == []


@pytest.mark.parametrize(
    ("code", "operation"), [("ExpiredToken", "GetCallerIdentity"), ("InvalidClientTokenId", "GetCallerIdentity")]
)
def test_credentials_that_have_expired_are_said_in_a_sentence(
    keyflow: Keyflow, project: Path, monkeypatch: pytest.MonkeyPatch, code: str, operation: str
) -> None:
    from botocore.client import BaseClient
    from botocore.exceptions import ClientError

    def refuse(_self: Any, name: str, _given: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "The security token is expired"}}, name)

    monkeypatch.setattr(BaseClient, "_make_api_call", refuse)
    for command in ("plan", "status"):
        said = keyflow(command, "--stage", "prod", code=3).stderr
        assert f"KF503: AWS refused {operation}: {code}: The security token is expired" in said
        assert "hint: the credentials are no longer valid: sign in again" in said
        assert "Traceback" not in said


def test_a_region_that_is_none_is_said(keyflow: Keyflow, project: Path) -> None:
    said = keyflow("plan", "--stage", "prod", "--region", "no region", code=3).stderr
    assert "KF504: Provided region_name 'no region' doesn't match a supported format" in said
    assert "hint: check the credentials, the region and --endpoint-url" in said


def test_a_secret_is_never_a_value(keyflow: Keyflow, project: Path) -> None:
    change(project, DEFINITION.replace('Parameter("Table")', 'Parameter("Table", secret=True)'))
    said = deploy(keyflow, code=1).stderr
    assert "KF519: the value of the secret parameter Table is no ARN of a secret" in said
    assert "customer-names" not in said


def test_a_project_without_a_name_is_warned(keyflow: Keyflow, project: Path) -> None:
    (project / "keyflow.toml").write_text(CONFIGURATION.replace('name = "sample"', ""))
    assert "warning KF518" in keyflow("plan", "--stage", "prod").stderr


def test_what_aws_ignores_of_a_document_is_said(
    keyflow: Keyflow, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.client import BaseClient

    original = BaseClient._make_api_call  # type: ignore[attr-defined]

    def warning(self: Any, name: str, given: Any) -> Any:
        answer = original(self, name, given)
        return {**answer, "warnings": ["Ignoring a model"]} if name == "PutRestApi" else answer

    monkeypatch.setattr(BaseClient, "_make_api_call", warning)
    assert "REST API names-prod: AWS warns: Ignoring a model" in deploy(keyflow).stderr


def test_everybody_may_call_is_in_the_plan(keyflow: Keyflow, project: Path) -> None:
    change(project, DEFINITION.replace(', authorization="iam"', ""))
    assert "names: everybody may call POST /names: write authorization" in keyflow("plan", "--stage", "prod").output
    change(project, DEFINITION.replace('"iam"', '"public"'))
    assert "everybody" not in keyflow("plan", "--stage", "prod").output


def test_a_parameter_of_an_authorizer_is_one_of_the_stage(keyflow: Keyflow, project: Path) -> None:
    pool = 'CognitoAuthorizer(user_pool_arn=Parameter("Pool"))'
    text = DEFINITION.replace("import Api,", "import Api, CognitoAuthorizer,").replace('"iam"', pool)
    change(project, text)
    assert "KF501: the parameter Pool has no value" in keyflow("plan", "--stage", "prod", code=1).stderr
    arn = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_members"
    planned = keyflow("plan", "--stage", "prod", "--param", f"Pool={arn}", "-o", "plan.json")
    assert "everybody" not in planned.output
    assert arn in (project / "plan.json").read_text()
