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


@pytest.fixture
def stubs(project: Path) -> Path:
    file = project / "stubs.json"
    file.write_text(json.dumps(FINE))
    return file


def test_a_run_shows_its_path_and_its_end(run: Run, stubs: Path) -> None:
    done = run("run", "Register", "--input", '{"name": "x"}', "--stub", str(stubs))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "    0.000 s  Make Key  Task",
        "    0.000 s  Save  Task",
        "    0.500 s  Success  Pass",
        '    0.500 s  SUCCEEDED  {"id": "k"}',
    ]


def test_a_failed_execution_ends_with_1(project: Path, run: Run, stubs: Path) -> None:
    stubs.write_text(json.dumps({**FINE, "dynamodb:putItem": {"Throw": {"Error": "X", "Cause": "secret"}}}))
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
