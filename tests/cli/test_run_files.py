"""`keyflow run` over files of others: every form that `keyflow check` reads, services that a script fills, and Maps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

PASS = "StartAt: A\nStates:\n  A: {Type: Pass, Result: {done: true}, End: true}\n"
FORMS = {
    "plain.asl.json": '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"done": true}, "End": true}}}',
    "commented.asl.json": '{"StartAt": "A", // first\n"States": {"A": {"Type": "Pass", "Result": {"done": true}, "End": true,}}}',
    "written.asl.yaml": PASS,
    "template.yaml": "Resources:\n  Only:\n    Type: AWS::Serverless::StateMachine\n    Properties:\n      Definition:\n"
    + "".join(f"        {line}\n" for line in PASS.splitlines()),
}
TEMPLATE = """\
Parameters:
  Stage: {Type: String, Default: dev}
Resources:
  Orders:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      StateMachineType: EXPRESS
      DefinitionString: |
        {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": ["${Table}", "${Stage}", "${Other}"], "End": true}}}
      DefinitionSubstitutions: {Table: orders, Stage: !Ref Stage, Other: !GetAtt Queue.Arn}
  Loop:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      StateMachineType: STANDARD
      Definition: {StartAt: B, States: {B: {Type: Pass, Next: B}}}
"""


@pytest.mark.parametrize("name", FORMS)
def test_what_check_reads_runs(project: Path, run: Run, name: str) -> None:
    (project / name).write_text(FORMS[name])
    done = run("run", name)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith('SUCCEEDED  {"done": true}\n')


def test_a_template_puts_its_values_in(project: Path, run: Run) -> None:
    (project / "template.yaml").write_text(TEMPLATE)
    done = run("run", "template.yaml::Orders", "--format", "json")
    assert json.loads(done.stdout)["output"] == ["orders", "dev", "${Other}"]
    given = run("run", "template.yaml::Orders", "--param", "Table=mine", "--param", "Other=arn", "--format", "json")
    assert json.loads(given.stdout)["output"] == ["mine", "dev", "arn"]


def test_of_several_definitions_one_is_named(project: Path, run: Run) -> None:
    (project / "template.yaml").write_text(TEMPLATE)
    for name in ("template.yaml", "template.yaml::Nothing"):
        done = run("run", name)
        assert (done.returncode, "KF113" in done.stderr, "template.yaml::NAME" in done.stderr) == (1, True, True)


def test_a_standard_loop_ends_and_an_express_one_is_found(project: Path, run: Run) -> None:
    (project / "template.yaml").write_text(TEMPLATE)
    done = run("run", "template.yaml::Loop")
    assert done.returncode == 1
    assert "The execution reached the maximum number of history events (25000)." in done.stdout
    (project / "template.yaml").write_text(TEMPLATE.replace("StateMachineType: STANDARD", "StateMachineType: EXPRESS"))
    assert "KF605" in run("run", "template.yaml::Loop").stderr


def test_a_file_that_is_no_definition(project: Path, run: Run) -> None:
    (project / "no.yaml").write_text("a: [")
    assert "KF801" in run("run", "no.yaml").stderr


# Services that a script fills.

READING = {
    "StartAt": "Rows",
    "States": {
        "Rows": {
            "Type": "Map",
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
                "Parameters": {"Bucket": "files", "Key": "rows.csv"},
            },
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                "StartAt": "Row",
                "States": {"Row": {"Type": "Pass", "OutputPath": "$.id", "End": True}},
            },
            "ResultWriter": {
                "Resource": "arn:aws:states:::s3:putObject",
                "Parameters": {"Bucket": "files", "Prefix": "out"},
            },
            "Next": "Look",
        },
        "Look": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
            "Parameters": {"Bucket": "files", "Key.$": "$.ResultWriterDetails.Key"},
            "ResultSelector": {"manifest.$": "States.StringToJson($.Body)"},
            "End": True,
        },
    },
}


@pytest.fixture
def reading(project: Path) -> Path:
    (project / "reading.asl.json").write_text(json.dumps(READING))
    return project


@pytest.mark.parametrize("fill", ['client("s3")', 'boto3.client("s3")'])
def test_a_script_fills_the_services(reading: Path, run: Run, fill: str) -> None:
    text = f'import boto3\n\n{fill}.put_object(Bucket="files", Key="rows.csv", Body=b"id\\n7\\n8\\n")\n'
    (reading / "fill.py").write_text(text)
    done = run("run", "reading.asl.json", "--local", "--setup", "fill.py", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    (file,) = json.loads(done.stdout)["output"]["manifest"]["ResultFiles"]["SUCCEEDED"]
    assert file["Key"].endswith("SUCCEEDED_0.json")


@pytest.mark.parametrize(
    ("text", "place"), [("x = 1\nnothing\n", "fill.py:2"), ("x = (\n", "fill.py:1"), ("1 / 0\n", "fill.py:1")]
)
def test_a_script_that_fails_is_told_with_its_line(reading: Path, run: Run, text: str, place: str) -> None:
    (reading / "fill.py").write_text(text)
    done = run("run", "reading.asl.json", "--local", "--setup", "fill.py")
    assert (done.returncode, "KF613" in done.stderr, place in done.stderr) == (1, True, True)
    assert "Traceback" not in done.stderr


def test_a_script_needs_services_to_fill(reading: Path, run: Run) -> None:
    (reading / "fill.py").write_text("")
    assert run("run", "reading.asl.json", "--setup", "fill.py").returncode == 2


def test_a_file_that_is_not_there_fails_the_reader(reading: Path, run: Run) -> None:
    done = run("run", "reading.asl.json", "--local")
    assert done.returncode == 1
    assert "Rows  failed  States.ItemReaderFailed" in done.stdout


# Stubs of Maps, and what is shown of their children.


def test_a_stub_gives_the_items_and_children_are_shown(reading: Path, run: Run) -> None:
    failing = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "f"},
        "End": True,
    }
    changed = json.loads(json.dumps(READING))
    changed["States"]["Rows"]["ItemProcessor"]["States"]["Row"] = failing
    (reading / "reading.asl.json").write_text(json.dumps(changed))
    stubs = {
        "Rows": {"Return": [{"id": "1"}]},
        "Row": {"Throw": {"Error": "Lost", "Cause": "for ever"}},
        "Look": {"Return": {}},
    }
    (reading / "stubs.json").write_text(json.dumps(stubs))
    done = run("run", "reading.asl.json", "--stub", "stubs.json")
    shown = [line[13:] for line in done.stdout.splitlines()]
    assert shown == [
        "Rows  Map",
        "Row  Task",
        "Row  failed  Lost: for ever",
        "Rows  failed  States.ExceedToleratedFailureThreshold: The specified tolerated failure threshold was exceeded",
        "FAILED  States.ExceedToleratedFailureThreshold: The specified tolerated failure threshold was exceeded",
    ]


def test_a_result_that_no_service_gives(project: Path, run: Run) -> None:
    stub = project / "one.json"
    stub.write_text('{"Make Key": {"Return": {"id": "k"}}, "Save": {"Return": {}}, "Remove Key": {"Return": {}}}')
    arguments = ("run", "Register", "--input", '{"name": "x"}', "--stub", str(stub))
    done = run(*arguments)
    assert (done.returncode, "KF612" in done.stderr, "is spelt 'Id'" in done.stderr) == (1, True, True)
    assert "KF612" not in run(*arguments, "--any-result").stderr


def test_an_expression_that_fails_is_shown_beside_its_state(project: Path, run: Run) -> None:
    state = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $x %}", "End": True}
    (project / "one.asl.json").write_text(json.dumps({"StartAt": "A", "States": {"A": state}}))
    done = run("run", "one.asl.json")
    assert "A  failed  States.QueryEvaluationError: An error occurred while executing the state 'A'" in done.stdout


def test_a_mock_counts_the_calls_of_a_state(project: Path, run: Run) -> None:
    """A loop that polls ends: the numbers of a mock configuration count on when the state is entered again."""
    poll = {
        "StartAt": "Ask",
        "States": {
            "Ask": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {"FunctionName": "f"},
                "Next": "Done?",
            },
            "Done?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.Payload", "StringEquals": "DONE", "Next": "End"}],
                "Default": "Ask",
            },
            "End": {"Type": "Succeed"},
        },
    }
    mocks = {
        "StateMachines": {"poll": {"TestCases": {"Late": {"Ask": "Thrice"}}}},
        "MockedResponses": {
            "Thrice": {"0-1": {"Return": {"Payload": "RUNNING"}}, "2": {"Return": {"Payload": "DONE"}}}
        },
    }
    (project / "poll.asl.json").write_text(json.dumps(poll))
    (project / "mocks.json").write_text(json.dumps(mocks))
    done = run("run", "poll.asl.json", "--stub", "mocks.json", "--case", "Late", "--format", "json")
    assert len(json.loads(done.stdout)["calls"]) == 3
