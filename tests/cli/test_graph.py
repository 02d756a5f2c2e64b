"""`keyflow graph` and `keyflow build --graphs` as a user meets them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.conftest import Run
from tests.cli.test_help import on_a_terminal

SMALL = {
    "StartAt": "A",
    "States": {
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}],
            "End": True,
        },
        "B": {"Type": "Pass", "Next": "F"},
        "F": {"Type": "Fail", "Error": "Gone"},
    },
}
TEMPLATE = """\
Resources:
  Orders:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: One
        States:
          One: {Type: Pass, Result: !Ref Table, End: true}
  Other:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: small.asl.json
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "small.asl.json").write_text(json.dumps(SMALL))
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    return tmp_path


def names(picture: str) -> set[str | None]:
    return {each.get("data-state") for each in ElementTree.fromstring(picture).iter()} - {None}


def test_a_workflow_of_the_project_is_drawn(project: Path, run: Run) -> None:
    done = run("graph", "Register")
    assert done.returncode == 0, done.stderr
    assert {"Make Key", "Save", "Remove Key"} <= names(done.stdout)
    assert "↩" in done.stdout


def test_compensation_can_be_left_out(project: Path, run: Run) -> None:
    done = run("graph", "Register", "--no-compensation")
    assert "Remove Key" not in names(done.stdout)
    assert "undone by Remove Key" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "beginning"),
    [
        (["--format", "svg"], "<svg "),
        (["--format", "mermaid"], "flowchart TD\n"),
        (["--format", "ascii"], "◉ A  (sqs:sendMessage)\n  States.ALL ┄▸ B\n"),
        (["--format", "html"], "<!DOCTYPE html>\n"),
        ([], "<svg "),
    ],
)
def test_any_file_is_drawn_in_every_format(folder: Path, run_alone: Run, arguments: list[str], beginning: str) -> None:
    done = run_alone("graph", "small.asl.json", *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(beginning)


@pytest.mark.parametrize(
    ("file", "beginning"),
    [("a.svg", "<svg "), ("a.mmd", "flowchart"), ("a.txt", "◉ A"), ("a.html", "<!DOCTYPE"), ("new/a", "<svg ")],
)
def test_the_ending_of_the_file_says_the_format(folder: Path, run: Run, file: str, beginning: str) -> None:
    done = run("graph", "small.asl.json", "-o", file)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"wrote {file}\n")
    assert (folder / file).read_text().startswith(beginning)


def test_on_a_terminal_it_is_text(folder: Path) -> None:
    assert on_a_terminal(folder, "graph", "small.asl.json").startswith("◉ A  (sqs:sendMessage)")


def test_a_state_machine_of_a_template_is_named(folder: Path, run: Run) -> None:
    assert names(run("graph", "template.yaml", "--resource", "Orders").stdout) == {"One"}
    assert names(run("graph", "template.yaml", "--resource", "Other").stdout) == {"A", "B", "F"}
    done = run("graph", "template.yaml")
    assert done.returncode == 1
    assert "template.yaml has 2 state machines" in done.stderr
    assert "--resource: Orders, Other" in done.stderr
    assert "did you mean 'Orders'?" in run("graph", "template.yaml", "--resource", "Order").stderr


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("Regster", "KF113", "did you mean 'Register'?"),
        ("none.asl.json", "KF118", "cannot read none.asl.json"),
        ("keyflow.toml", "KF801", "this is no document"),
        ("list.json", "KF101", "list.json is no definition: it has no States"),
    ],
)
def test_what_cannot_be_drawn_says_why(project: Path, run: Run, name: str, code: str, message: str) -> None:
    (project / "list.json").write_text("[]")
    done = run("graph", name)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"error {code}:" in done.stderr
    assert message in done.stderr


def test_a_definition_that_is_wrong_is_drawn(folder: Path, run: Run) -> None:
    (folder / "wrong.asl").write_text('{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "Bee"}}} // JSON5')
    assert "Bee  (there is no such state)" in run("graph", "wrong.asl", "--format", "ascii").stdout


def test_what_has_changed_since_a_file(folder: Path, run: Run) -> None:
    states = {**SMALL["States"], "B": {"Type": "Pass", "Next": "C"}, "C": {"Type": "Pass", "Next": "F"}}  # type: ignore[dict-item]
    (folder / "new.asl.json").write_text(json.dumps({**SMALL, "States": states}))
    done = run("graph", "new.asl.json", "--diff", "small.asl.json", "--format", "ascii")
    assert "● + C  (pass)" in done.stdout
    assert "\u2212 ─▸ F" in done.stdout


def test_what_has_changed_since_a_build_and_a_revision(project: Path, run: Run) -> None:
    assert run("build").returncode == 0
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"]):
        subprocess.run(["git", *command], cwd=project, check=True, capture_output=True)
    file = project / "definitions" / "register.py"
    file.write_text(file.read_text().replace('"Make Key"', '"Make a Key"'))
    for old in ("build", "HEAD"):
        done = run("graph", "Register", "--diff", old, "--format", "ascii")
        assert done.returncode == 0, done.stderr
        assert "● + Make a Key" in done.stdout
        assert "● \u2212 Make Key" in done.stdout
    assert run("graph", "Register", "--diff", "nothing").returncode == 1


def test_a_build_draws_where_it_is_asked_to(project: Path, run: Run) -> None:
    assert run("build").returncode == 0
    assert not (project / "build" / "Register.svg").exists()
    assert run("build", "--graphs").returncode == 0
    assert (project / "build" / "Register.svg").read_text() == run("graph", "Register", "--format", "svg").stdout
    manifest = json.loads((project / "build" / "manifest.json").read_text())
    assert "Register.svg" in manifest["artefacts"]
    assert run("build", "--graphs", "--check").returncode == 0


def test_pictures_that_are_no_longer_built_are_stale_and_then_removed(project: Path, run: Run) -> None:
    assert run("build", "--graphs").returncode == 0
    done = run("build", "--check")
    assert done.returncode == 1
    assert "Register.svg is a picture, and this build makes none" in done.stderr
    assert "graphs = true" in done.stderr
    assert run("build").returncode == 0
    assert not (project / "build" / "Register.svg").exists()
    assert run("build", "--check").returncode == 0


def test_a_picture_that_is_old_is_not_current(project: Path, run: Run) -> None:
    assert run("build", "--graphs").returncode == 0
    (project / "build" / "Register.svg").write_text("<svg/>")
    assert "Register.svg is not what the definitions say" in run("build", "--graphs", "--check").stderr


def test_the_configuration_asks_for_pictures(project: Path, run: Run) -> None:
    configuration = project / "keyflow.toml"
    configuration.write_text("graphs = true\n" + configuration.read_text())
    assert run("build").returncode == 0
    assert (project / "build" / "Register.svg").exists()
    assert run("build", "--no-graphs", "--out", "plain").returncode == 0
    assert not (project / "plain" / "Register.svg").exists()
    configuration.write_text('graphs = "yes"\n')
    assert "graphs cannot be 'yes'" in run("build").stderr
