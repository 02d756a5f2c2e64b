"""`keyflow verify` and `keyflow build --verify` as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.command import keyflow
from tests.verify.test_documents import api, document


@pytest.fixture
def files(project: Path) -> Path:
    (project / "make-things.asl.json").write_text(document().text)
    (project / "openapi.yaml").write_text(json.dumps(api()))
    return project


def test_a_workflow_is_proven(run_alone: Run) -> None:
    done = run_alone("verify")
    assert (done.returncode, done.stderr) == (0, "")
    given, verdict, routes = done.stdout.splitlines()
    assert given == "taken for given: the results of 'Make Key' have the members that are read of them"
    assert verdict.startswith("Register: P1 to P5 hold; ")
    assert routes.startswith("keys: P4 holds; 1 route, ")
    assert "\x1b" not in done.stdout


def test_the_result_for_programs(run: Run) -> None:
    found = json.loads(run("verify", "Register", "--format", "json").stdout)
    (workflow,) = found["workflows"]
    assert (workflow["name"], workflow["violations"]) == ("Register", [])
    assert workflow["scenarios"] > 100
    assert (workflow["unprovable"], workflow["recognised"]) == ([], True)
    entry = next(each for each in workflow["assumptions"] if "Make Key" in each["message"])
    assert (entry["property"], entry["line"]) == ("P1", 5)
    assert entry["file"].endswith("register.py")


SCORED = """\
from keyflow import Workflow
from keyflow.aws import lambda_

workflow = Workflow("Score", timeout=25)
workflow.task("Ask", lambda_.invoke(FunctionName="score", Payload={}))
workflow.succeed()
"""


def test_what_no_model_knows_fails_with_strict(project: Path, run: Run) -> None:
    file = project / "definitions" / "register.py"
    file.write_text(SCORED)
    done = run("verify")
    assert done.returncode == 0
    assert done.stdout.startswith(
        "definitions/register.py:5: unprovable: what 'Ask' does, no model knows: it may be left over\n    fix: "
    )
    assert run("verify", "--strict").returncode == 1
    assert run("build", "--verify").returncode == 0
    assert run("build", "--verify", "--strict").returncode == 1
    file.write_text(SCORED.replace("{}))", "{}).reads())"))
    done = run("build", "--verify", "--strict")
    assert (done.returncode, done.stderr) == (0, "")


FORGOTTEN = """\
from keyflow import Workflow
from keyflow.aws import sns

workflow = Workflow("Announce", timeout=25)
workflow.task("Make Topic", sns.create_topic(Name=workflow.context["Execution"]["Name"]))
workflow.task("Look", sns.list_topics())
workflow.succeed()
"""


def test_a_workflow_that_forgets_is_a_violation_as_its_file_is(project: Path, run: Run) -> None:
    (project / "definitions" / "register.py").write_text(FORGOTTEN)
    assert run("build").returncode == 0
    for name, place in (("Announce", "definitions/register.py:5"), ("build/Announce.asl.json", "build/Announce.asl")):
        done = run("verify", name)
        assert done.returncode == 1
        assert done.stdout.startswith(place)
        assert "violation P1 (no failure leaves anything behind): left behind: topic" in done.stdout


ASK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "score"},
    "TimeoutSeconds": 5,
    "End": True,
}


def asking(**more: str) -> str:
    """A definition whose only call is one of a function."""
    return json.dumps({"StartAt": "Ask", "TimeoutSeconds": 20, "States": {"Ask": {**ASK, **more}}})


def test_a_file_whose_calls_are_not_known_does_not_hold(project: Path, run: Run) -> None:
    file = project / "score.asl.json"
    file.write_text(asking())
    done = run("verify", "score.asl.json")
    assert done.returncode == 0
    assert "unprovable: what 'Ask' does, no model knows: it may be left over" in done.stdout
    assert done.stdout.splitlines()[-1].startswith(
        "score: no call is known to change anything: P1 to P3 are not shown; "
    )
    assert run("verify", "score.asl.json", "--strict").returncode == 1
    file.write_text(asking(Comment="effect: reads"))
    done = run("verify", "score.asl.json", "--strict")
    assert (done.returncode, "unprovable" in done.stdout) == (0, False)


def test_a_template_and_yaml_are_read(project: Path, run: Run) -> None:
    definition = json.loads(asking(Comment="effect: reads"))
    resource = {"Type": "AWS::Serverless::StateMachine", "Properties": {"Definition": definition}}
    (project / "template.yaml").write_text(json.dumps({"Resources": {"Scoring": resource}}))
    (project / "score.asl.yaml").write_text(json.dumps(definition))  # JSON is YAML, too
    done = run("verify", "template.yaml", "score.asl.yaml", "--strict")
    assert done.returncode == 0, done.stderr
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["Scoring", "score"]


@pytest.mark.parametrize("effects", ['{"Ask": "reads"}', '{"score": "kept"}', '{"Ask": []}'])
def test_effects_are_given_by_state_or_function(project: Path, run: Run, effects: str) -> None:
    (project / "score.asl.json").write_text(asking())
    (project / "effects.json").write_text(effects)
    assert run("verify", "score.asl.json", "--effects", "effects.json", "--strict").returncode == 0


def test_effects_of_a_state_that_does_not_exist(project: Path, run: Run) -> None:
    (project / "score.asl.json").write_text(asking())
    (project / "effects.json").write_text('{"Aks": []}')
    done = run("verify", "score.asl.json", "--effects", "effects.json")
    assert done.returncode == 1
    assert "error KF106: the definition has no state and no function 'Aks'" in done.stderr
    assert "did you mean 'Ask'?" in done.stderr


def test_a_hand_written_definition_is_judged(files: Path, run: Run) -> None:
    done = run("verify", "make-things.asl.json", "--api", "openapi.yaml")
    assert done.returncode == 1
    text = done.stdout
    assert "make-things.asl.json:4: violation P1 (no failure leaves anything behind)" in text
    for label in ("faults:", "path:", "ended:", "left:", "fix:"):
        assert label in text
    assert "make-things: 2 violations; " in text
    alone = run("verify", "make-things.asl.json", "--api", "openapi.yaml", "--depth", "1")
    assert alone.returncode == 0


def test_what_is_told_beside_a_file(files: Path, run: Run) -> None:
    (files / "effects.json").write_text('{"Make Topic": [], "Make Queue": []}')
    (files / "input.json").write_text('{"request": {"name": "x"}}')
    (files / "stub.json").write_text('{"Make Topic": {"Return": {"TopicArn": "t"}}}')
    told = ["--effects", "effects.json", "--input", "@input.json", "--stub", "stub.json"]
    assert run("verify", "make-things.asl.json", *told).returncode == 0


def test_the_build_can_verify_first(project: Path, run: Run) -> None:
    done = run("build", "--verify")
    assert done.returncode == 0, done.stdout
    assert "P1 to P5 hold" in done.stdout
    found = json.loads(run("build", "--verify", "--format", "json").stdout)
    assert found["proofs"][0]["violations"] == []
    assert found["artefacts"]


def test_a_violation_stops_the_build(project: Path, run: Run) -> None:
    file = project / "definitions" / "register.py"
    state = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}}
    raw = f"workflow.state('Hang', { ({**state, 'ResultPath': None})!r})\n"
    text = file.read_text()
    file.write_text(text.replace("workflow.succeed", raw + "workflow.succeed"))
    done = run("build", "--verify")
    assert done.returncode == 1
    assert "violation P5" in done.stdout
    assert "'Hang' has no timeout" in done.stdout
    assert not (project / "build").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["Registre"], 1, "KF113"),
        (["nowhere.json"], 1, "KF118"),
        (["make-things.asl.json", "--input", "{"], 1, "KF118"),
        (["make-things.asl.json", "--api", "nowhere.yaml"], 1, "KF118"),
        (["Register", "--api", "openapi.yaml"], 2, "definition files"),
        (["--depth", "3"], 2, "--depth"),
        (["make-things.asl.json", "--input", "@missing.json"], 1, "error KF118: cannot read missing.json"),
        (["make-things.asl.json", "--param", "NoValue"], 1, "error KF502: --param takes NAME=VALUE"),
    ],
)
def test_bad_input_is_told(files: Path, run: Run, arguments: list[str], code: int, message: str) -> None:
    done = run("verify", *arguments)
    assert (done.returncode, message in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr


UNESCAPED = """{"arn": "$input.path('$.Arn')"}"""
ROUTE = f"""\
from keyflow import Api
from keyflow.aws import events

api = Api("shop")
event = {{"Source": "shop", "DetailType": "Ordered", "Detail": api.body}}
api.post("/events", events.put_events(Entries=[event]))
rule = events.describe_rule(Name=api.path["name"])
api.get("/rules/{{name}}", rule, response_template={UNESCAPED!r})
"""


def test_what_routes_send_and_answer_is_proven(project: Path, run: Run) -> None:
    file = project / "definitions" / "register.py"
    file.write_text(ROUTE)
    done = run("verify")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0].startswith("definitions/register.py:8: violation P4 (the caller gets the declared answer")
    assert "the body of the answer is not JSON for a result" in lines[0]
    assert lines[-1].startswith("shop: 1 violation; 2 routes, ")
    found = json.loads(run("verify", "shop", "--format", "json").stdout)
    ((violation,),) = (each["violations"] for each in found["apis"])
    assert (violation["route"], violation["line"]) == ("GET /rules/{name}", 8)
    assert run("build", "--verify").returncode == 1
    file.write_text(ROUTE.replace(repr(UNESCAPED), repr("""{"arn": $input.json('$.Arn')}""")))
    done = run("verify")
    assert (done.returncode, done.stdout.startswith("shop: P4 holds; 2 routes")) == (0, True), done.stdout
    assert "shop: P4 holds" in run("build", "--verify").stdout


def test_the_report_says_what_stays_where_an_execution_is_stopped(run: Run) -> None:
    done = run("verify", "Register", "--report")
    assert done.returncode == 0
    assert "      after 'Make Key': api key of 'Make Key'" in done.stdout.splitlines()
    (workflow,) = json.loads(run("verify", "Register", "--report", "--format", "json").stdout)["workflows"]
    assert {"after": "Make Key", "left": ["api key of 'Make Key'"]} in workflow["interruptions"]
    assert {"after": "Remove Key", "left": []} in workflow["interruptions"]
    assert "interruptions" not in json.loads(run("verify", "Register", "--format", "json").stdout)["workflows"][0]


def test_what_no_scenario_comes_to_is_said(run: Run) -> None:
    """With one fault at a time no compensation fails."""
    done = run("verify", "Register", "--depth", "1")
    (entered,) = (line for line in done.stdout.splitlines() if line.startswith("not looked at: no scenario enters "))
    assert "'Remove Key Failed'" in entered
    (workflow,) = json.loads(run("verify", "Register", "--depth", "1", "--format", "json").stdout)["workflows"]
    assert "Remove Key Failed" in workflow["never_entered"]
    assert {"state": "Remove Key", "errors": ["States.ALL"]} in workflow["never_caught"]
    assert "not looked at" not in run("verify", "Register").stdout


# Two executions at once.

CLAIMING = """
from keyflow import Workflow
from keyflow.aws import apigateway, dynamodb

make = Workflow("Make", type="STANDARD", timeout=60)
name = make.input["name"]
seen = make.task("Look", dynamodb.get_item(TableName="names", Key={{"name": {{"S": name}}}}))
make.fail_if(seen["Item"].is_present(), "Taken", "It is taken")
item = {{"name": {{"S": name}}, "holder": {{"S": make.context["Execution"]["Name"]}}}}
put = make.task("Claim", dynamodb.put_item(TableName="names", Item=item{condition}))
put.keep("the name is taken from here on")
"""


@pytest.fixture
def racing(tmp_path: Path) -> Path:
    (tmp_path / "definitions").mkdir()
    (tmp_path / "definitions" / "make.py").write_text(CLAIMING.format(condition=""))
    return tmp_path


def test_a_race_is_a_violation_with_its_turns(racing: Path) -> None:
    done = keyflow("verify", cwd=racing, HOME=str(racing))
    assert (done.returncode, done.stderr) == (1, "")
    _proof, violation, *lines, verdict = done.stdout.splitlines()
    place = Path("definitions", "make.py")
    assert violation.startswith(
        f"{place}:7: violation P6 (two executions at once end, world and answers, as if one had come after the other)"
    )
    assert lines[:3] == ["    Make:         Look", "    another Make: Look > Claim", "    Make:         Claim"]
    assert lines[3].startswith("    ended: Make SUCCEEDED")
    assert verdict.startswith("two at once: 1 violation; 1 workflow beside itself, ")


def test_a_race_for_programs(racing: Path) -> None:
    done = keyflow("verify", "--format", "json", cwd=racing, HOME=str(racing))
    (pair,) = json.loads(done.stdout)["isolation"]
    assert (pair["workflows"], pair["unprovable"], pair["assumptions"]) == (["Make"], [], [])
    (violation,) = pair["violations"]
    assert (violation["property"], violation["line"]) == ("P6", 7)
    assert [turn["execution"] for turn in violation["turns"]] == ["Make", "another Make", "Make"]
    assert violation["turns"][1]["calls"] == ["Look", "Claim"]


def test_a_race_is_mended_by_a_condition_and_need_not_be_tried(racing: Path) -> None:
    assert keyflow("verify", "--interleave", "0", cwd=racing, HOME=str(racing)).returncode == 0
    condition = ', ConditionExpression="attribute_not_exists(holder)"'
    (racing / "definitions" / "make.py").write_text(CLAIMING.format(condition=condition))
    done = keyflow("verify", "--interleave", "3", cwd=racing, HOME=str(racing))
    assert done.returncode == 0
    *_proof, verdict, refusal = done.stdout.splitlines()
    assert verdict.startswith("two at once: P6 holds; 1 workflow beside itself, ")
    assert refusal == "    because of another execution, Make may end with FAILED UnhandledError"


def test_a_build_that_verifies_writes_nothing_where_two_disturb_each_other(racing: Path) -> None:
    done = keyflow("build", "--verify", cwd=racing, HOME=str(racing))
    assert done.returncode == 1
    assert "violation P6" in done.stdout
    assert not (racing / "build").exists()


def test_where_two_could_not_be_tried_it_is_said(racing: Path) -> None:
    """Nothing holds of what was not tried."""
    states: dict[str, dict[str, Any]] = {
        "Put": {
            "Parameters": {"TableName": "t", "Item": {"pk": {"S.$": "$.name"}}},
            "ResultPath": None,
            "Next": "Read",
        },
        "Read": {
            "Parameters": {"TableName": "t", "Key": {"pk": {"S.$": "$.name"}}},
            "ResultSelector": {"state.$": "$.Item.state.S"},
            "End": True,
        },
    }
    resources = {"Put": "arn:aws:states:::dynamodb:putItem", "Read": "arn:aws:states:::dynamodb:getItem"}
    tasks = {name: {"Type": "Task", "Resource": resources[name], **state} for name, state in states.items()}
    (racing / "put.asl.json").write_text(json.dumps({"StartAt": "Put", "States": tasks}))
    done = keyflow("verify", "put.asl.json", cwd=racing, HOME=str(racing))
    line = (
        "not looked at: each execution of put ends for what its data lacks, so what comes of two at once was not tried"
    )
    assert line in done.stdout.splitlines()
    assert "two at once: " not in done.stdout
    told = json.loads(keyflow("verify", "put.asl.json", "--format", "json", cwd=racing, HOME=str(racing)).stdout)
    assert [each["lacking"] for each in told["isolation"]] == [["put"]]
