"""`keyflow logs`: a line for each event, whatever stands in it; JSON by lines; what comes is followed."""

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
from tests.operations.aws import ACCOUNT, REGION, Aws, Refused, answering, event, logged

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
EXPRESS = f"arn:aws:states:{REGION}:{ACCOUNT}:express:Register-dev:first:0a1b2c3d"
BEGAN = 1_767_225_600  # 2026-01-01T00:00:00Z
HISTORY = [
    event(1, 0, "ExecutionStarted", BEGAN),
    event(2, 0, "TaskStateEntered", BEGAN + 0.25, name="Make\u202eKey"),
    event(3, 2, "TaskFailed", BEGAN + 0.5, error="X.\x1b[31mY", cause="no\n" + "z" * 500),
]
FOREIGN = {"eventId": "f", "logStreamName": "s", "timestamp": (BEGAN + 1) * 1000, "message": "\x1b]0;title\x07hello"}


@pytest.fixture
def aws() -> Iterator[Aws]:
    with answering() as started:
        started.answers["FilterLogEvents"] = lambda _parameters: {"events": [*logged(EXPRESS, HISTORY), FOREIGN]}
        yield started


def where(aws: Aws) -> list[str]:
    return ["Register", "--stage", "dev", "--endpoint-url", aws.url, "--region", REGION]


def test_a_line_for_each_event_and_no_control_character_in_any(run: Run, aws: Aws) -> None:
    done = run("logs", *where(aws), "--since", "2026-01-01", **KEYS)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "2026-01-01 00:00:00.000Z  first  ExecutionStarted",
        "2026-01-01 00:00:00.250Z  first  TaskStateEntered  Make\\u202eKey",
        f"2026-01-01 00:00:00.500Z  first  TaskFailed  Make\\u202eKey  X.\\x1b[31mY: no\\n{'z' * 187}...",
        "2026-01-01 00:00:01.000Z  \\x1b]0;title\\x07hello",
    ]
    assert aws.asked("FilterLogEvents")[0]["startTime"] == BEGAN * 1000


def test_json_is_one_object_a_line(run: Run, aws: Aws) -> None:
    done = run("logs", *where(aws), "--format", "json", **KEYS)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each.get("type") for each in found] == ["ExecutionStarted", "TaskStateEntered", "TaskFailed", None]
    assert found[2] == {
        "time": "2026-01-01 00:00:00.500Z",
        "execution": EXPRESS,
        "type": "TaskFailed",
        "state": "Make\u202eKey",
        "error": "X.\x1b[31mY",
        "cause": HISTORY[2]["taskFailedEventDetails"]["cause"],
        "id": 3,
        "previous": 2,
        "details": HISTORY[2]["taskFailedEventDetails"],
    }
    assert found[3]["message"] == FOREIGN["message"]
    assert not set("\x1b\x07\u202e") & set(done.stdout)


def test_errors_alone(run: Run, aws: Aws) -> None:
    done = run("logs", *where(aws), "--errors", "--execution", "first", **KEYS)
    assert len(done.stdout.splitlines()) == 1
    assert "TaskFailed  Make" in done.stdout


def test_where_there_is_nothing_it_says_so(run: Run, aws: Aws) -> None:
    aws.answers["FilterLogEvents"] = lambda _parameters: {"events": []}
    done = run("logs", *where(aws), **KEYS)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "no events since 10m in /aws/vendedlogs/states/Register-dev\n"
    assert run("logs", *where(aws), "--format", "json", **KEYS).stderr == ""


def test_a_group_that_is_not_there_is_one_sentence(run: Run, aws: Aws) -> None:
    def refuse(_parameters: Mapping[str, Any]) -> Any:
        raise Refused("ResourceNotFoundException")

    aws.answers["FilterLogEvents"] = refuse
    done = run("logs", *where(aws), **KEYS)
    assert done.returncode == 1
    message = "error KF531: there is no log group /aws/vendedlogs/states/Register-dev in eu-west-1"
    assert done.stderr.splitlines()[0] == message
    as_json = run("logs", *where(aws), "--format", "json", **KEYS)
    (line,) = as_json.stdout.splitlines()
    assert json.loads(line)["diagnostics"][0]["code"] == "KF531"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--since", "yesterday"], "KF535"), (["--execution", 'x" || "'], "KF532"), (["--stage", ""], "KF507")],
)
def test_what_cannot_be_asked_is_1(run: Run, aws: Aws, arguments: list[str], code: str) -> None:
    done = run("logs", *where(aws), *arguments, **KEYS)
    assert done.returncode == 1
    assert code in done.stderr
    assert aws.calls == []


def test_what_comes_is_followed_each_once_until_ctrl_c(project: Path, aws: Aws) -> None:
    def grows(_parameters: Mapping[str, Any]) -> Any:
        looks = len(aws.asked("FilterLogEvents"))
        return {"events": logged(EXPRESS, HISTORY[: 1 if looks == 1 else None])}

    aws.answers["FilterLogEvents"] = grows
    started = subprocess.Popen(
        [sys.executable, "-m", "keyflow", "logs", *where(aws), "--follow", "--since", "2026-01-01"],
        cwd=project,
        env={**os.environ, **KEYS, "HOME": str(project)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hears_ctrl_c,
    )
    deadline = time.monotonic() + 60
    while len(aws.asked("FilterLogEvents")) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)
    started.send_signal(signal.SIGINT)
    printed, said = started.communicate(timeout=30)
    assert started.returncode == 130
    assert [line.split("  ")[2] for line in printed.splitlines()] == [each["type"] for each in HISTORY]
    assert said == "interrupted\n"
