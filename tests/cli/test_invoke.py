"""`keyflow invoke` against a server that answers as AWS does: what it prints, its exit codes, and what goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.command import hears_ctrl_c
from tests.operations.aws import ACCOUNT, REGION, Aws, Refused, answering, described, event, logged, machine

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
EXPRESS = f"arn:aws:states:{REGION}:{ACCOUNT}:express:Register-dev:first:0a1b2c3d"
STANDARD = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:Register-dev:first"
HISTORY = [
    event(1, 0, "ExecutionStarted", 100),
    event(2, 0, "TaskStateEntered", 100.25, name="Make \x1b[31mKey"),
    event(3, 2, "TaskScheduled", 100.25),
    event(4, 3, "TaskFailed", 100.5, error="ApiGateway.TooManyRequestsException", cause="slow\ndown"),
    event(5, 4, "TaskScheduled", 101),
    event(6, 5, "TaskSucceeded", 102),
    event(7, 6, "TaskStateExited", 102.25, name="Make \x1b[31mKey"),
    event(8, 7, "ExecutionSucceeded", 102.25),
]


@pytest.fixture
def aws() -> Iterator[Aws]:
    with answering() as started:
        yield started


def ended(status: str = "SUCCEEDED", **members: Any) -> dict[str, Any]:
    output = {"output": '{"id": "k"}'} if status == "SUCCEEDED" else {}
    found = {"executionArn": EXPRESS, "startDate": 100, "stopDate": 102.25, "status": status, **output, **members}
    return {"stateMachineArn": machine("Register"), "name": "first", **found}


def is_express(aws: Aws, answer: Mapping[str, Any], events: list[dict[str, Any]] = HISTORY) -> None:
    aws.answers |= {
        "DescribeStateMachine": described("EXPRESS"),
        "StartSyncExecution": lambda _parameters: answer,
        "FilterLogEvents": lambda _parameters: {"events": logged(EXPRESS, events)},
    }


def is_standard(aws: Aws, answer: Mapping[str, Any], events: list[dict[str, Any]] = HISTORY) -> None:
    aws.answers |= {
        "DescribeStateMachine": described("STANDARD"),
        "StartExecution": lambda _parameters: {"executionArn": STANDARD, "startDate": 100},
        "DescribeExecution": lambda _parameters: {**answer, "executionArn": STANDARD},
        "GetExecutionHistory": lambda _parameters: {"events": events},
    }


def invoked(run: Run, aws: Aws, *arguments: str) -> subprocess.CompletedProcess[str]:
    where = ("--stage", "dev", "--endpoint-url", aws.url, "--region", REGION)
    return run("invoke", "Register", *where, *arguments, **KEYS)


SHOWN = [
    "    entered         took  state",
    "    0.250 s      2.000 s  Make \\x1b[31mKey    89%  1 retry",
    "                          failed  ApiGateway.TooManyRequestsException: slow\\ndown",
    'SUCCEEDED after 2.250 s  {"id": "k"}',
]


def test_an_express_execution_has_the_trace_of_its_logs(run: Run, aws: Aws) -> None:
    is_express(aws, ended(billingDetails={"billedDurationInMilliseconds": 2300, "billedMemoryUsedInMB": 64}))
    done = invoked(run, aws, "--input", '{"name": "x"}', "--name", "first")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [*SHOWN[:3], 'SUCCEEDED after 2.250 s, billed 2,300 ms  {"id": "k"}']
    assert aws.asked("StartSyncExecution")[0] == {
        "stateMachineArn": machine("Register"),
        "input": '{"name": "x"}',
        "name": "first",
    }


def test_a_standard_execution_has_that_of_its_history(run: Run, aws: Aws) -> None:
    is_standard(aws, ended())
    done = invoked(run, aws, "--name", "first")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == SHOWN
    assert aws.asked("StartExecution")[0]["input"] == "{}"


@pytest.mark.parametrize("is_of_its_type", [is_express, is_standard])
def test_a_failed_execution_says_why_and_is_1(run: Run, aws: Aws, is_of_its_type: Any) -> None:
    is_of_its_type(aws, ended("FAILED", error="NameExists", cause="It \x1b[2Jexists"))
    done = invoked(run, aws)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "FAILED after 2.250 s  NameExists: It \\x1b[2Jexists"
    as_json = json.loads(invoked(run, aws, "--format", "json").stdout)
    assert (as_json["status"], as_json["error"], as_json["output"]) == ("FAILED", "NameExists", None)


def test_json_has_all_of_it(run: Run, aws: Aws) -> None:
    is_standard(aws, ended())
    done = invoked(run, aws, "--name", "first", "--format", "json")
    assert json.loads(done.stdout) == {
        "execution": STANDARD,
        "name": "first",
        "type": "STANDARD",
        "status": "SUCCEEDED",
        "output": {"id": "k"},
        "error": None,
        "cause": None,
        "seconds": 2.25,
        "billed_ms": None,
        "trace": [
            {
                "state": "Make \x1b[31mKey",
                "type": "Task",
                "entered": 0.25,
                "seconds": 2.0,
                "depth": 0,
                "retries": 1,
                "errors": [{"error": "ApiGateway.TooManyRequestsException", "cause": "slow\ndown"}],
            }
        ],
        "diagnostics": [],
    }
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_logs_that_do_not_come_are_said_to_be_missing(run: Run, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keyflow.cli.invoke._LOGS_SECONDS", 0.3)
    is_express(aws, ended(), [])
    done = invoked(run, aws)
    assert done.returncode == 0
    assert done.stdout == 'SUCCEEDED after 2.250 s  {"id": "k"}\n'
    assert "warning KF539: of the execution's logs none have come within 0.3 s" in done.stderr
    assert f"keyflow logs Register --stage dev --execution {EXPRESS} --since 1h --follow" in done.stderr
    is_express(aws, ended(), HISTORY[:4])
    found = json.loads(invoked(run, aws, "--format", "json").stdout)
    assert [each["code"] for each in found["diagnostics"]] == ["KF539"]
    assert [each["seconds"] for each in found["trace"]] == [None]


def test_logs_that_are_not_written_are_not_waited_for(run: Run, aws: Aws) -> None:
    is_express(aws, ended())
    aws.answers["DescribeStateMachine"] = described("EXPRESS", "ERROR")
    done = invoked(run, aws)
    assert "its level is ERROR" in done.stderr
    assert aws.asked("FilterLogEvents") == []
    assert invoked(run, aws, "--no-trace").stderr == ""


@pytest.mark.parametrize("kind", ["EXPRESS", "STANDARD"])
def test_detached_it_is_only_started(run: Run, aws: Aws, kind: str) -> None:
    is_standard(aws, ended())
    aws.answers["DescribeStateMachine"] = described(kind)
    done = invoked(run, aws, "--detach")
    assert (done.returncode, done.stdout) == (0, f"{STANDARD}\n")
    assert json.loads(invoked(run, aws, "--detach", "--format", "json").stdout)["execution"] == STANDARD
    assert {name for name, _parameters in aws.calls} == {
        "DescribeStateMachine",
        "DescribeStateMachineAlias",
        "StartExecution",
    }


def test_what_goes_on_after_its_time_is_3_and_can_be_followed(run: Run, aws: Aws) -> None:
    is_standard(aws, ended("RUNNING"), HISTORY[:3])
    done = invoked(run, aws, "--timeout", "0.3")
    assert done.returncode == 3
    assert f"KF533: the execution {STANDARD} goes on after 0.3 s" in done.stderr
    assert f"hint: follow it: keyflow logs Register --stage dev --execution {STANDARD}" in done.stderr
    is_express(aws, ended())
    aws.answers["StartSyncExecution"] = lambda _parameters: time.sleep(1)
    late = invoked(run, aws, "--timeout", "0.3", "--name", "first")
    assert late.returncode == 3
    assert "KF533: the execution first of Register has not answered in time" in late.stderr
    assert "--execution first" in late.stderr


def test_what_aws_refuses_is_3(run: Run, aws: Aws) -> None:
    def refuse(_parameters: Mapping[str, Any]) -> Any:
        raise Refused("AccessDeniedException")

    aws.answers["DescribeStateMachine"] = refuse
    done = invoked(run, aws, "--format", "json")
    assert done.returncode == 3
    found = json.loads(done.stdout)
    assert (found["status"], found["diagnostics"][0]["code"]) == (None, "KF503")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--input", "{"], "KF118"),
        (["--input", "@nowhere.json"], "KF118"),
        (["--name", "a b"], "KF532"),
        (["--stage", "a/b"], "KF507"),
    ],
)
def test_a_bad_input_is_1_and_nothing_is_asked(run: Run, aws: Aws, arguments: list[str], code: str) -> None:
    done = invoked(run, aws, *arguments)
    assert done.returncode == 1
    assert code in done.stderr
    assert aws.calls == []


def test_the_definitions_need_not_build(run: Run, aws: Aws, project: Path) -> None:
    """Only the stage's settings are read."""
    (project / "definitions" / "register.py").write_text("raise SystemExit('no')\n")
    (project / "keyflow.toml").write_text(f'[stages.dev]\nregion = "{REGION}"\nendpoint_url = "{aws.url}"\n')
    is_standard(aws, ended())
    assert run("invoke", "Register", "--stage", "dev", **KEYS).returncode == 0


def test_ctrl_c_leaves_the_execution_running(project: Path, aws: Aws) -> None:
    """In a process of its own, which gets the signal that a terminal sends."""
    is_standard(aws, ended("RUNNING"), HISTORY[:3])
    command = [sys.executable, "-m", "keyflow", "invoke", "Register", "--stage", "dev", "--name", "first"]
    started = subprocess.Popen(
        [*command, "--endpoint-url", aws.url, "--region", REGION],
        cwd=project,
        env={**os.environ, **KEYS, "HOME": str(project)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hears_ctrl_c,
    )
    deadline = time.monotonic() + 30
    while len(aws.asked("GetExecutionHistory")) < 5 and time.monotonic() < deadline:
        time.sleep(0.05)
    started.send_signal(signal.SIGINT)
    printed, said = started.communicate(timeout=30)
    assert started.returncode == 130
    assert printed == ""
    assert "Make \\x1b[31mKey" in said, "states are shown as they are entered"
    assert f"interrupted; the execution goes on: {STANDARD}" in said
    assert f"keyflow logs Register --stage dev --execution {STANDARD} --since 1h --follow --region {REGION}" in said
    assert "StopExecution" not in {name for name, _parameters in aws.calls}
    assert "Traceback" not in said
