"""`keyflow verify` and `keyflow build --verify` as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.verify.test_documents import api, document


@pytest.fixture
def files(project: Path) -> Path:
    (project / "make-things.asl.json").write_text(document().text)
    (project / "openapi.yaml").write_text(json.dumps(api()))
    return project


def test_a_workflow_is_proven(run: Run) -> None:
    done = run("verify")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("definitions/register.py:5: unprovable under ambiguity: 'Make Key'")
    assert lines[-1].startswith("Register: P1 to P5 hold; ")
    assert "\x1b" not in done.stdout


def test_the_result_for_programs(run: Run) -> None:
    found = json.loads(run("verify", "Register", "--format", "json").stdout)
    (workflow,) = found["workflows"]
    assert (workflow["name"], workflow["violations"]) == ("Register", [])
    assert workflow["scenarios"] > 100
    (entry, *_more) = workflow["unprovable"]
    assert (entry["property"], entry["line"], entry["left_over"]) == ("P1", 5, ["Make Key"])
    assert entry["file"].endswith("register.py")


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
    raw = "workflow.state('Hang', {'Type': 'Task', 'Resource': 'arn:aws:states:::lambda:invoke', 'ResultPath': None})\n"
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
