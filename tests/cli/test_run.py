"""`keyflow run` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

FINE = {
    "Make Key": {"Return": {"Id": "k"}},
    "dynamodb:putItem": {"Return": {}, "Seconds": 0.5},
    "Remove Key": {"Return": {}},
}
REFUSED = {"Throw": {"Error": "DynamoDB.X", "Cause": "no s3cr3t-s3cr3t here"}}


@pytest.fixture
def stubs(project: Path) -> Path:
    file = project / "stubs.json"
    file.write_text(json.dumps(FINE))
    return file


def test_a_run_shows_its_path_and_its_end(run_alone: Run, stubs: Path) -> None:
    done = run_alone("run", "Register", "--input", '{"name": "x"}', "--stub", str(stubs))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "    0.000 s  Make Key  Task",
        "    0.000 s  Save  Task",
        "    0.500 s  Success  Pass",
        '    0.500 s  SUCCEEDED  {"id": "k"}',
    ]


def test_a_failed_execution_ends_with_1(project: Path, run: Run, stubs: Path) -> None:
    stubs.write_text(json.dumps({**FINE, "dynamodb:putItem": {"Throw": {"Error": "DynamoDB.X", "Cause": "secret"}}}))
    (project / "input.json").write_text('{"name": "x"}')
    done = run("run", "Register", "--input", "@input.json", "--stub", str(stubs), "--format", "json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert (found["status"], found["error"], found["cause"]) == ("FAILED", "UnhandledError", "Something went wrong")
    assert [call["state"] for call in found["calls"]] == ["Make Key", "Save", "Remove Key"]
    assert found["history"][0]["type"] == "ExecutionStarted"


def test_a_definition_file_runs_too(project: Path, run: Run, stubs: Path) -> None:
    run("build")
    done = run("run", "build/Register.asl.json", "--input", '{"name": "x"}', "--stub", str(stubs))
    assert "SUCCEEDED" in done.stdout
    mocks = {
        "StateMachines": {"Register": {"TestCases": {"Fine": {name: name for name in ("Make Key", "Save")}}}},
        "MockedResponses": {"Make Key": {"0": {"Return": {"Id": "k"}}}, "Save": {"0": {"Return": {}}}},
    }
    stubs.write_text(json.dumps(mocks))
    done = run("run", "build/Register.asl.json", "--input", '{"name": "x"}', "--stub", str(stubs), "--case", "Fine")
    assert "SUCCEEDED" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("stub", "arguments", "code"),
    [
        ("{}", ["Register", "--input", '{"name": "x"}'], "KF603"),
        ('{"Mak Key": {"Return": 1}}', ["Register"], "KF602"),
        ('{"Make Key": {"Retrun": 1}}', ["Register"], "KF604"),
        ("[]", ["Register"], "KF604"),
        ("{nope", ["Register"], "KF118"),
        ("{}", ["Register", "--input", "{nope"], "KF118"),
        ("{}", ["Register", "--input", '{"name": NaN}'], "KF118"),
        ("{}", ["Register", "--input", "@nowhere.json"], "KF118"),
        ("{}", ["Registre"], "KF113"),
        ("{}", ["nowhere.json"], "KF118"),
    ],
)
def test_bad_input_is_told(run: Run, stubs: Path, stub: str, arguments: list[str], code: str) -> None:
    stubs.write_text(stub)
    done = run("run", *arguments, "--stub", str(stubs))
    assert done.returncode == 1
    assert code in done.stderr
    assert "Traceback" not in done.stderr


def test_services_in_this_process_need_no_setting_up(run: Run) -> None:
    done = run("run", "Register", "--input", '{"name": "x"}', "--local", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["calls"][1]["parameters"]["TableName"] == "Table"
    assert found["calls"][1]["parameters"]["Item"]["pk"]["S"] == found["output"]["id"]


def test_a_stub_beside_services_answers_its_own_task(project: Path, run: Run) -> None:
    stub = project / "one.json"
    stub.write_text('{"Save": {"Throw": {"Error": "DynamoDB.ConditionalCheckFailedException"}}}')
    done = run("run", "Register", "--input", '{"name": "x"}', "--local", "--stub", str(stub))
    assert done.returncode == 1
    assert "Exists: It exists" in done.stdout
    assert "Remove Key" in done.stdout


def test_a_recording_is_replayed(project: Path, run: Run) -> None:
    first = run("run", "Register", "--input", '{"name": "x"}', "--local", "--record", "run.json")
    again = run("run", "Register", "--replay", "run.json")
    assert first.returncode == again.returncode == 0, again.stderr
    assert first.stdout == again.stdout
    changed = run("run", "Register", "--replay", "run.json", "--input", '{"name": "y"}')
    assert (changed.returncode, "KF608" in changed.stderr) == (1, True)


@pytest.mark.usefixtures("at_once")
def test_an_endpoint_that_does_not_answer_is_awss_fault(run: Run) -> None:
    where = ["--aws", "--endpoint-url", "http://127.0.0.1:1"]
    missing = run("run", "Register", "--input", '{"name": "x"}', *where)
    assert (missing.returncode, "KF501" in missing.stderr) == (1, True)
    done = run("run", "Register", "--input", '{"name": "x"}', "--stage", "dev", *where)
    assert (done.returncode, "KF504" in done.stderr) == (3, True)


def test_a_failed_attempt_shows_its_error_and_cause(run: Run, stubs: Path) -> None:
    outcomes = [
        {"Throw": {"Error": "States.Timeout"}, "Seconds": 1},
        {"Throw": {"Error": "DynamoDB.X", "Cause": "no\x1b[m"}},
    ]
    refused = {"Throw": {"Error": "ApiGateway.X", "Cause": "no\x1b[m"}}
    stubs.write_text(json.dumps({**FINE, "Save": outcomes[1], "Remove Key": [outcomes[0], refused, {"Return": {}}]}))
    done = run("run", "Register", "--input", '{"name": "x"}', "--stub", str(stubs))
    lines = [each[13:] for each in done.stdout.splitlines()]
    assert lines == [
        "Make Key  Task",
        "Save  Task",
        "Save  failed  DynamoDB.X: no\\x1b[m",
        "Remove Key  Task",
        "Remove Key  timed out  States.Timeout",
        "Remove Key  failed  ApiGateway.X: no\\x1b[m",
        "Everything Undone?  Choice",
        "Unhandled Error  Fail",
        "FAILED  UnhandledError: Something went wrong",
    ]


def test_verbose_shows_parameters_and_results(run: Run, stubs: Path) -> None:
    done = run("run", "Register", "--input", '{"name": "x"}', "--stub", str(stubs), "-v")
    assert done.stdout.splitlines() == [
        "    0.000 s  Make Key  Task",
        '    0.000 s  Make Key  parameters  {"Name": "x"}',
        '    0.000 s  Make Key  result  {"Id": "k"}',
        "    0.000 s  Save  Task",
        '    0.000 s  Save  parameters  {"TableName": "${Table}", "Item": {"pk": {"S": "k"}}}',
        "    0.500 s  Save  result  {}",
        "    0.500 s  Success  Pass",
        '    0.500 s  Success  output  {"id": "k"}',
        '    0.500 s  SUCCEEDED  {"id": "k"}',
    ]


def test_verbose_gives_a_parallel_its_own_output(run: Run, tmp_path: Path) -> None:
    """Its last event comes after one of a task inside, and is not that task's."""
    inside = {
        "StartAt": "In",
        "States": {
            "In": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "Parameters": {}, "End": True}
        },
    }
    both = {"Type": "Parallel", "Branches": [inside], "End": True}
    file = tmp_path / "both.asl.json"
    file.write_text(json.dumps({"StartAt": "Both", "States": {"Both": both}}))
    (tmp_path / "answers.json").write_text('{"In": {"Return": {}}}')
    done = run("run", str(file), "--stub", str(tmp_path / "answers.json"), "-v")
    assert (done.returncode, done.stderr) == (0, "")
    outputs = [line.split()[2:5] for line in done.stdout.splitlines() if " output " in line]
    assert outputs == [["Both", "output", "[{}]"]]


def test_verbose_shows_no_secret_and_no_flood(run: Run, stubs: Path) -> None:
    """The value of a key is one, and stays one wherever it goes; so is what is named like one."""
    key = {"Id": "k", "Value": "s3cr3t-s3cr3t", "Description": "x" * 5_000}
    stubs.write_text(
        json.dumps({**FINE, "Make Key": {"Return": key}, "Save": {"Return": {"Copy": "is s3cr3t-s3cr3t"}}})
    )
    done = run("run", "Register", "--input", '{"name": "x"}', "--stub", str(stubs), "-v")
    assert "s3cr3t" not in done.stdout
    assert '"Value": "***"' in done.stdout
    assert '"Copy": "is ***"' in done.stdout
    assert "characters more)" in done.stdout
    assert max(map(len, done.stdout.splitlines())) < 1_100


def test_verbose_hides_a_secret_in_causes_and_in_the_end(run: Run, stubs: Path) -> None:
    key = {"Id": "k", "Value": "s3cr3t-s3cr3t"}
    stubs.write_text(json.dumps({**FINE, "Make Key": {"Return": {**key, "Id": "s3cr3t-s3cr3t"}}}))
    ended = run("run", "Register", "--input", '{"name": "x"}', "--stub", str(stubs), "-v").stdout
    assert ended.splitlines()[-1].endswith('SUCCEEDED  {"id": "***"}')
    stubs.write_text(json.dumps({"Make Key": {"Return": key}, "Save": REFUSED, "Remove Key": {"Return": {}}}))
    refused = run("run", "Register", "--input", '{"name": "x"}', "--stub", str(stubs), "-v").stdout
    assert "Save  failed  DynamoDB.X: no *** here" in refused


def test_samples_answer_what_has_no_stub(run: Run, project: Path) -> None:
    done = run("run", "Register", "--input", '{"name": "x"}', "--samples", "--format", "json")
    assert json.loads(done.stdout)["output"] == {"id": "Make Key.Id"}
    (project / "one.json").write_text('{"Save": {"Throw": {"Error": "DynamoDB.X"}}}')
    done = run("run", "Register", "--input", '{"name": "x"}', "--samples", "--stub", "one.json")
    assert (done.returncode, "Remove Key  Task" in done.stdout) == (1, True)


def test_what_is_not_answered_names_who_could(run: Run) -> None:
    done = run("run", "Register", "--input", '{"name": "x"}')
    assert "KF603" in done.stderr
    for way in ("--local", "--samples", "samples=True"):
        assert way in done.stderr


def test_a_long_wait_is_said_in_days(run: Run, project: Path) -> None:
    (project / "definitions" / "remind.py").write_text(
        "from keyflow import Workflow\n"
        "reminder = Workflow('Remind', type='STANDARD', timeout=400_000)\n"
        "reminder.wait('Wait', seconds=172_800)\n"
        "reminder.succeed({'done': True})\n"
    )
    done = run("run", "Remind")
    assert done.stdout.splitlines()[-1] == '     2 days  SUCCEEDED  {"done": true}'
    assert "at worst 2 days of 4 days 15 hours 6 minutes 40 s" in run("build", "Remind").stdout


@pytest.mark.parametrize("name", ["nope.json", "input", "a b.json"])
def test_a_file_without_its_sign_is_recognised(run: Run, project: Path, name: str) -> None:
    (project / "input").write_text('{"name": "x"}')
    done = run("run", "Register", "--input", name, "--samples")
    assert (done.returncode, "KF118" in done.stderr) == (1, True)
    assert f"hint: --input @{name} reads it" in done.stderr
    run("build")
    proven = run("verify", "build/Register.asl.json", "--input", name)
    assert (proven.returncode, f"hint: --input @{name} reads it" in proven.stderr) == (1, True)
    assert run("run", "Register", "--input", '"nope.json"', "--samples").returncode == 1  # a text of JSON is none


def test_who_answers_is_said_once(run: Run) -> None:
    assert run("run", "Register", "--aws", "--local").returncode == 2
    assert run("run", "Register", "--samples", "--local").returncode == 2


def test_a_workflow_that_starts_another(project: Path, run: Run) -> None:
    """A module makes it, and a file adds its steps: they are added once."""
    (project / "definitions" / "_begun.py").write_text(
        "from keyflow import Workflow\nparent = Workflow('Parent', timeout=60)\n"
    )
    (project / "definitions" / "parent.py").write_text(
        "from _begun import parent\n"
        "NAME = 'Parent'\n"
        "parent.state('Start', {'Type': 'Task', 'Resource': 'arn:aws:states:::states:startExecution.sync:2',\n"
        "    'TimeoutSeconds': 20, 'Parameters': {'StateMachineArn': '${RegisterStateMachine}', 'Input.$': '$'}})\n"
    )
    done = run("run", "Parent", "--input", '{"name": "x"}', "--local", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert [call["state"] for call in json.loads(done.stdout)["calls"]] == ["Start", "Make Key", "Save"]
