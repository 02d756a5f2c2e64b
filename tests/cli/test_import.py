"""`keyflow import` through the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import keyflow_in_this_process as keyflow

DEFINITION = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"x": "it's"}, "End": True}}}
TEMPLATE = """
Resources:
  Job:
    Type: AWS::Serverless::Function
  First:
    Type: AWS::Serverless::StateMachine
    Properties:
      Type: EXPRESS
      Definition:
        StartAt: A
        States:
          A: {Type: Task, Resource: !GetAtt Job.Arn, End: true}
  Second:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: second.asl.yaml
"""


def test_what_is_written_builds_to_what_was_given(tmp_path: Path) -> None:
    (tmp_path / "my flow.asl.json").write_text(json.dumps(DEFINITION))
    done = keyflow("import", "my flow.asl.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["wrote definitions/my_flow.py: 1 state", "next: keyflow build my-flow"]
    built = keyflow("build", cwd=tmp_path)
    assert built.returncode == 0, built.stderr
    assert json.loads((tmp_path / "build" / "my-flow.asl.json").read_text()) == DEFINITION


def test_the_state_machines_of_a_template(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "second.asl.yaml").write_text("# ours\nStartAt: B\nStates: {B: {Type: Succeed}}\n")
    done = keyflow("import", "template.yaml", "--format", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    entries = {each["name"]: each for each in json.loads(done.stdout)["files"]}
    assert entries["First"] == {
        "file": "definitions/first.py",
        "name": "First",
        "states": 1,
        "verbatim": [],
    }
    assert 'type="EXPRESS"' in (tmp_path / "definitions" / "first.py").read_text()
    assert 'machine.succeed("B")' in (tmp_path / "definitions" / "second.py").read_text()


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    (tmp_path / "a.asl.json").write_text(json.dumps(DEFINITION))
    assert keyflow("import", "a.asl.json", cwd=tmp_path).returncode == 0
    again = keyflow("import", "a.asl.json", cwd=tmp_path)
    assert (again.returncode, "KF117" in again.stderr) == (1, True)
    assert keyflow("import", "a.asl.json", "--force", cwd=tmp_path).returncode == 0


def test_what_would_not_build_is_not_written(tmp_path: Path) -> None:
    """A number between quotes: it stays text when it is put in at deployment."""
    text = '{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": "${Delay}", "End": true}}}'
    (tmp_path / "x.asl.json").write_text(text)
    done = keyflow("import", "x.asl.json", cwd=tmp_path)
    assert done.returncode == 1
    assert "KF102: x.asl.json: States/A/Seconds: '${Delay}' is not of type 'integer'" in done.stderr
    assert "without them" in done.stderr
    assert not (tmp_path / "definitions").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.asl.json", '{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": ${Delay}, "End": true}}}'),
        ("x.asl.yaml", "StartAt: A\nStates:\n  A:\n    Type: Wait\n    Seconds: ${Delay}\n    End: true\n"),
    ],
)
def test_a_number_of_a_deployment_is_imported_built_and_run(tmp_path: Path, name: str, text: str) -> None:
    """What is built has it without quotes again; a value is a number from then on."""
    (tmp_path / "keyflow.toml").write_text('name = "sample"\n')
    (tmp_path / name).write_text(text)
    assert keyflow("import", name, cwd=tmp_path).returncode == 0
    assert 'machine.wait("A", delay)' in (tmp_path / "definitions" / "x.py").read_text()
    assert keyflow("build", cwd=tmp_path).returncode == 0
    assert '"Seconds": ${Delay},' in (tmp_path / "build" / "x.asl.json").read_text()
    for source in ("x", "build/x.asl.json"):
        done = keyflow("run", source, "--param", "Delay=30", "--format", "json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        wrong = keyflow("run", source, "--param", "Delay=soon", cwd=tmp_path)
        assert (wrong.returncode != 0, "KF520" in wrong.stderr) == (True, True)
    assert keyflow("import", name, "--force", "--param", "Delay=30", cwd=tmp_path).returncode == 0
    assert 'machine.wait("A", 30)' in (tmp_path / "definitions" / "x.py").read_text()


def test_what_stands_against_an_import_has_a_line(tmp_path: Path) -> None:
    wrong = '{\n  "StartAt": "A",\n  "States": {"A": {"Type": "Map", "ItemsPaht": "$.x",\n    "End": true}}\n}'
    (tmp_path / "x.asl.json").write_text(wrong)
    done = keyflow("import", "x.asl.json", cwd=tmp_path)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert [line.split(": ")[:2] for line in lines if "error" in line] == [
        ["x.asl.json:3:14", "error KF809"],
        ["x.asl.json:3:35", "error KF804"],
    ]
    assert not any("KF102" in line for line in lines)


def test_what_is_only_a_warning_explains_a_refusal(tmp_path: Path) -> None:
    """A build takes no JSONPath in a JSONata definition, wherever it stands."""
    state = '{"Type": "Pass", "QueryLanguage": "JSONPath", "OutputPath": "$.x", "End": true}'
    children = '"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "A"'
    processor = f'{{{children},\n "States": {{"A": {state}}}}}'
    (tmp_path / "x.asl.json").write_text(
        '{"QueryLanguage": "JSONata", "StartAt": "M",\n'
        f'"States": {{"M": {{"Type": "Map", "ItemProcessor": {processor}, "End": true}}}}}}'
    )
    done = keyflow("import", "x.asl.json", cwd=tmp_path)
    assert done.returncode == 1
    assert "x.asl.json:3:52: warning KF855: 'A' turns back to JSONPath in an execution" in done.stderr
    assert "error KF102: x.asl.json: States/M/ItemProcessor/States/A: " in done.stderr


def test_values_are_put_in_wherever_they_stand(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(
        """\
Resources:
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: A
        States:
          A: {Type: Wait, Seconds: !Ref Delay, Next: B}
          B: {Type: Fail, Error: "${Prefix}.Late", Cause: !Ref Why}
"""
    )
    values = [each for value in ("Delay=30", "Prefix=Flow", "Why=too late") for each in ("--param", value)]
    done = keyflow("import", "template.yaml", *values, "--out", "-", cwd=tmp_path)
    assert 'machine.wait("A", 30)' in done.stdout, done.stderr
    assert 'machine.fail("B", "Flow.Late", "too late")' in done.stdout
    wrong = keyflow("import", "template.yaml", "--param", "Delay", cwd=tmp_path)
    assert (wrong.returncode, "KF502" in wrong.stderr) == (1, True)


def test_to_standard_output(tmp_path: Path) -> None:
    (tmp_path / "a.asl.json").write_text(json.dumps(DEFINITION))
    done = keyflow("import", "a.asl.json", "--out", "-", "--name", "Given", "--type", "EXPRESS", cwd=tmp_path)
    assert 'StateMachine("Given", type="EXPRESS")' in done.stdout
    assert not (tmp_path / "definitions").exists()


def test_what_is_no_definition(tmp_path: Path) -> None:
    for text, code in (
        ("{", "KF801"),
        ("[]", "KF803"),
        ('{"StartAt": "B", "States": {}}', "KF811"),
        ('{"Resources": {"A": {"Type": "X"}}}', "KF119"),
    ):
        (tmp_path / "a.json").write_text(text)
        done = keyflow("import", "a.json", cwd=tmp_path)
        assert (done.returncode, code in done.stderr) == (1, True), done.stderr
        assert "Traceback" not in done.stderr
