"""`keyflow build` as a user meets it: files, output, exit codes, and every kind of bad input."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import DEFINITION, Run

FILES = ["Register.asl.json", "Register.policy.json", "keys.api-policy.json", "keys.openapi.yaml", "manifest.json"]


def test_a_build_writes_its_artefacts(project: Path, run: Run) -> None:
    done = run("build")
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(file.name for file in (project / "build").iterdir()) == FILES
    assert "Register: 3 states on the happy path, 2 AWS calls, 2 one after the other" in done.stdout
    assert "keys: POST /keys" in done.stdout
    assert "build/Register.asl.json" in done.stdout
    assert "\x1b[" not in done.stdout
    definition = json.loads((project / "build" / "Register.asl.json").read_text())
    assert definition["StartAt"] == "Make Key"
    assert yaml.safe_load((project / "build" / "keys.openapi.yaml").read_text())["openapi"] == "3.0.1"


def test_the_manifest_leads_from_states_to_lines(project: Path, run: Run) -> None:
    run("build")
    manifest = json.loads((project / "build" / "manifest.json").read_text())
    workflow = manifest["workflows"]["Register"]
    lines = DEFINITION.splitlines()
    for state, place in workflow["states"].items():
        file, line = place.rsplit(":", 1)
        assert file == "definitions/register.py"
        if state in ("Make Key", "Remove Key", "Save"):
            assert any(f'"{state}"' in lines[int(line) - 1 + offset] for offset in (0, 1))
    assert workflow["parameters"] == {"Table": {"description": "where"}}
    assert workflow["type"] == "EXPRESS"
    assert manifest["apis"] == {"keys": {"definition": "definitions/register.py", "routes": ["POST /keys"]}}
    assert set(manifest["artefacts"]) == set(FILES) - {"manifest.json"}


def test_the_same_definitions_give_the_same_bytes(project: Path, run: Run, run_alone: Run) -> None:
    run("build")
    first = {file.name: file.read_bytes() for file in (project / "build").iterdir()}
    run_alone("build", "--out", "other", PYTHONHASHSEED="7")
    assert {file.name: file.read_bytes() for file in (project / "other").iterdir()} == first


def test_json_is_one_object(run: Run) -> None:
    done = run("build", "--format", "json")
    result = json.loads(done.stdout)
    assert set(result) == {"artefacts", "workflows", "apis", "diagnostics"}
    assert result["diagnostics"] == []
    assert result["workflows"][0]["name"] == "Register"
    assert result["workflows"][0]["happy_path"] == {"states": 3, "aws_calls": 2, "critical_path": 2}
    assert all(set(artefact) == {"path", "bytes", "sha256"} for artefact in result["artefacts"])
    assert all(Path(artefact["path"]).stat().st_size == artefact["bytes"] for artefact in result["artefacts"])


def test_routes_that_everybody_may_call_are_named(project: Path, run: Run) -> None:
    told = 'everybody may call POST /keys: write authorization=..., or "public"'
    assert told in run("build").stdout
    result = json.loads(run("build", "--format", "json").stdout)
    assert result["apis"] == [{"name": "keys", "open_routes": ["POST /keys"], "routes_over_quota": []}]
    file = project / "definitions" / "register.py"
    file.write_text(
        file.read_text()
        + 'api.get("/keys", workflow, input={"name": "x"}, errors={"Exists": 409}, authorization="public", timeout_seconds=100)\n'
    )
    shown = run("build").stdout
    assert told in shown
    assert "GET /keys waits 100 s: raise the quota 'Maximum integration timeout in milliseconds' in AWS first" in shown


def test_check_finds_what_is_stale(project: Path, run: Run) -> None:
    assert run("build", "--check").returncode == 1
    run("build")
    assert run("build", "--check").returncode == 0
    file = project / "build" / "Register.asl.json"
    file.write_text(file.read_text().replace("Make Key", "Made Key"))
    done = run("build", "--check")
    assert done.returncode == 1
    assert "KF116" in done.stderr
    assert "build/Register.asl.json is not what the definitions say" in done.stderr
    assert "Made Key" in file.read_text()
    run("build")
    assert run("build", "--check").returncode == 0


def test_what_has_no_definition_any_more_is_removed(project: Path, run: Run) -> None:
    run("build")
    (project / "build" / "mine.txt").write_text("kept")
    definition = project / "definitions" / "register.py"
    definition.write_text(DEFINITION.replace('"Register"', '"Enrol"'))
    assert "build/Register.asl.json has no definition any more" in run("build", "--check").stderr
    run("build")
    names = {file.name for file in (project / "build").iterdir()}
    assert "Enrol.asl.json" in names
    assert "mine.txt" in names
    assert not [name for name in names if name.startswith("Register")]


@pytest.mark.parametrize("command", ["build", "graph", "suggest", "run"])
def test_a_name_needs_no_other_file(project: Path, run: Run, command: str) -> None:
    (project / "definitions" / "broken.py").write_text("raise ValueError\n")
    options = ("--samples", "--input", '{"name": "x"}') if command == "run" else ()
    done = run(command, "Register", *options)
    assert done.returncode == 0, done.stderr
    assert "KF111" in run("build").stderr


def test_one_name_builds_that_one_only(project: Path, run: Run) -> None:
    run("build", "Register")
    assert sorted(file.name for file in (project / "build").iterdir()) == ["Register.asl.json", "Register.policy.json"]
    done = run("build", "Registre")
    assert done.returncode == 1
    assert "did you mean 'Register'?" in done.stderr


READING = """\
from keyflow import Parameter, Workflow
from keyflow.aws import apigateway, s3

workflow = Workflow("Read", type="STANDARD")
rows = s3.get_object(Bucket="lists", Key=workflow.input["key"])
with workflow.map("Rows", rows, distributed="EXPRESS", reader_config={"InputType": "JSON"}) as row:
    workflow.task("Make Key", apigateway.create_api_key(name=row["name"]))
"""


def test_a_distributed_map_may_read_its_items_and_run_its_children(project: Path, run: Run) -> None:
    (project / "definitions" / "read.py").write_text(READING)
    assert run("build", "Read").returncode == 0
    policy = json.loads((project / "build" / "Read.policy.json").read_text())
    allowed = {action: statement["Resource"] for statement in policy["Statement"] for action in statement["Action"]}
    assert allowed["s3:GetObject"] == ["arn:${AWS::Partition}:s3:::lists/*"]
    assert allowed["states:StartExecution"] == ["${ReadStateMachine}"]
    assert ":execution:*" in str(allowed["states:StopExecution"])


def test_a_project_is_found_from_below(project: Path, run: Run) -> None:
    assert run("build", cwd=project / "definitions").returncode == 0
    assert (project / "build" / "manifest.json").is_file()


BAD = {
    "unknown operation": ("create_api_key(", "create_api_kee(", "KF202", 5),
    "misspelt parameter": ("create_api_key(name=", "create_api_key(nam=", "KF204", 5),
    "missing required member": ('delete_api_key(apiKey=key["id"])', "delete_api_key()", "KF203", 6),
    "wrong type": ('create_api_key(name=workflow.input["name"])', "create_api_key(name=7)", "KF205", 5),
    "unknown member of a result": ('{"id": key["id"]}', '{"id": key["idd"]}', "KF207", 13),
    "duplicate state names": ('"Remove Key"', '"Make Key"', "KF220", 6),
    "a name over 80 characters": ('"Make Key"', repr("x" * 81), "KF221", 5),
    "an error that the API does not map": (', errors={"Exists": 409}', "", "KF405", 16),
    "a value outside the branch that makes it": (
        'key = workflow.task("Make Key"',
        'with workflow.when(workflow.input["x"] == 1):\n    key = workflow.task("Make Key"',
        "KF230",
        8,
    ),
    "a file that raises": ("key.compensate(", "1 / 0\nkey.compensate(", "KF111", 6),
    "a file that exits": ("key.compensate(", "raise SystemExit(0)\nkey.compensate(", "KF111", 6),
    "a file that is no Python": ("api = Api(", "api = = Api(", "KF111", 15),
    "a file that does not import": ("from keyflow.aws", "import nothing_here\nfrom keyflow.aws", "KF111", 2),
    "a route over 29 seconds": ("timeout=25)", "timeout=60)", "KF408", 16),
    "a workflow over its time": ("timeout=25)", "timeout=25)\nworkflow.wait('Pause', 28)", "KF301", 4),
}


@pytest.mark.parametrize(("old", "new", "code", "line"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_told_with_its_line_and_writes_nothing(
    project: Path, run: Run, old: str, new: str, code: str, line: int
) -> None:
    run("build")
    before = {file.name: file.read_bytes() for file in (project / "build").iterdir()}
    assert old in DEFINITION
    (project / "definitions" / "register.py").write_text(DEFINITION.replace(old, new))
    done = run("build")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert re.search(rf"^definitions/register\.py:{line}: error {code}: ", done.stderr, re.MULTILINE), done.stderr
    assert {file.name: file.read_bytes() for file in (project / "build").iterdir()} == before


def test_a_diagnostic_shows_the_line_and_the_fix(project: Path, run: Run) -> None:
    (project / "definitions" / "register.py").write_text(DEFINITION.replace("(name=", "(nam="))
    assert run("build").stderr.splitlines() == [
        "definitions/register.py:5: error KF204: create_api_key has no parameter 'nam'",
        '    key = workflow.task("Make Key", apigateway.create_api_key(nam=workflow.input["name"]))',
        "    hint: did you mean 'name'?",
    ]


def test_a_diagnostic_in_json(project: Path, run: Run) -> None:
    (project / "definitions" / "register.py").write_text(DEFINITION.replace("(name=", "(nam="))
    done = run("build", "--format", "json")
    assert done.returncode == 1
    (diagnostic,) = json.loads(done.stdout)["diagnostics"]
    assert (diagnostic["code"], diagnostic["line"], diagnostic["severity"]) == ("KF204", 5, "error")
    assert diagnostic["file"].endswith("register.py")


def test_a_traceback_is_shown_on_demand(project: Path, run: Run) -> None:
    (project / "definitions" / "register.py").write_text("1 / 0")
    assert "Traceback" in run("build", "--traceback").stderr


def test_all_workflows_are_checked_before_it_fails(project: Path, run: Run) -> None:
    second = DEFINITION.replace('"Register"', '"Second"').replace('"keys"', '"second"')
    for name, text in (("register.py", DEFINITION), ("second.py", second)):
        bad = text.replace(', errors={"Exists": 409}', "")
        (project / "definitions" / name).write_text(bad)
    assert run("build").stderr.count("KF405") == 2


@pytest.mark.parametrize(
    ("file", "content", "code"),
    [
        ("keyflow.toml", "definitions = [", "KF110"),
        ("keyflow.toml", "definition = ['x']", "KF110"),
        ("keyflow.toml", "definitions = 3", "KF110"),
        ("keyflow.toml", "stages = 'dev'", "KF110"),
        ("keyflow.toml", "[stages]\ndev = 1", "KF110"),
        ("keyflow.toml", "[stages.dev]\nregion = 1", "KF110"),
        ("keyflow.toml", "[stages.dev]\nparams = {}", "KF110"),
        ("keyflow.toml", "definitions = ['nowhere/*.py']", "KF114"),
        ("definitions/again.py", DEFINITION, "KF112"),
    ],
)
def test_a_project_at_fault(project: Path, run: Run, file: str, content: str, code: str) -> None:
    (project / file).write_text(content)
    done = run("build")
    assert done.returncode == 1
    assert code in done.stderr
    assert not (project / "build").exists()


def test_an_output_folder_that_cannot_be(project: Path, run: Run) -> None:
    (project / "build").write_text("a file")
    done = run("build")
    assert done.returncode == 1
    assert "KF115" in done.stderr


def test_wrong_usage_is_told_so(run: Run) -> None:
    assert run("build", "--nope").returncode == 2
    done = run("biuld")
    assert done.returncode == 2
    assert "did you mean 'build'?" in done.stderr


def test_help_has_examples(run: Run) -> None:
    for command in ("", "build", "deploy", "destroy", "init"):
        done = run(*command.split(), "--help")
        assert done.returncode == 0
        assert "Examples:" in done.stdout
    assert run("--version").stdout.startswith("keyflow, version ")


def test_start_up_imports_nothing_that_a_build_does_not_need(project: Path) -> None:
    """Start-up is part of the speed: no boto3, no botocore runtime, no moto."""
    script = (
        "import sys; from keyflow.cli import main\n"
        "main(['build'], standalone_mode=False)\n"
        "print([name for name in ('boto3', 'botocore.session', 'botocore.model', 'moto', 'rich', 'jsonata') "
        "if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=project, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


WIDE = """\
from keyflow import Workflow
from keyflow.aws import dynamodb

workflow = Workflow("Wide", timeout=25, saga=False)
workflow.task("Get", dynamodb.get_item(TableName=workflow.input["table"], Key={}))
workflow.task("Write", dynamodb.batch_write_item(RequestItems=workflow.input["items"]))
workflow.task("Check", dynamodb.transact_get_items(TransactItems=workflow.input["reads"]))
workflow.succeed()
"""
ALLOWED = """\
workflow.allow("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:123456789012:table/a")
workflow.allow("dynamodb:BatchWriteItem", "arn:aws:dynamodb:eu-west-1:123456789012:table/b")
"""


def test_a_permission_on_what_a_caller_chooses_is_told_once_a_call(project: Path, run: Run) -> None:
    file = project / "definitions" / "register.py"
    file.write_text(WIDE)
    done = run("build")
    assert done.returncode == 0
    assert done.stderr.count("warning KF308") == 3
    assert "definitions/register.py:5: warning KF308: dynamodb.get_item is allowed dynamodb:GetItem on " in done.stderr
    assert "table/*: TableName is known only to the execution" in done.stderr
    manifest = json.loads((project / "build" / "manifest.json").read_text())
    wide = manifest["workflows"]["Wide"]["wide_permissions"]
    assert [(each["call"], each["line"]) for each in wide] == [
        ("dynamodb.get_item", "definitions/register.py:5"),
        ("dynamodb.batch_write_item", "definitions/register.py:6"),
        ("dynamodb.transact_get_items", "definitions/register.py:7"),
    ]


def test_strict_fails_on_a_wide_permission_and_writes_nothing(project: Path, run: Run) -> None:
    (project / "definitions" / "register.py").write_text(WIDE)
    done = run("build", "--strict")
    assert (done.returncode, done.stdout) == (1, "")
    assert not (project / "build").exists()


def test_what_is_allowed_by_hand_takes_the_place_of_a_wide_permission(project: Path, run: Run) -> None:
    (project / "definitions" / "register.py").write_text(WIDE + ALLOWED)
    done = run("build", "--strict")
    assert (done.returncode, done.stderr) == (0, "")
    policy = json.loads((project / "build" / "Wide.policy.json").read_text())
    resources = {action: each["Resource"] for each in policy["Statement"] for action in each["Action"]}
    assert resources["dynamodb:GetItem"] == ["arn:aws:dynamodb:eu-west-1:123456789012:table/a"]
    assert resources["dynamodb:BatchWriteItem"] == ["arn:aws:dynamodb:eu-west-1:123456789012:table/b"]


def test_a_call_that_iam_documents_no_action_for_builds_with_a_note(project: Path, run: Run) -> None:
    text = WIDE.split("workflow.task")[0].replace("import dynamodb", "import iotthingsgraph")
    call = 'workflow.task("Get", iotthingsgraph.get_upload_status(uploadId="u"))\nworkflow.succeed()\n'
    (project / "definitions" / "register.py").write_text(text + call)
    done = run("build")
    assert done.returncode == 0
    assert (
        "warning KF309: the Service Authorization Reference has no action for iotthingsgraph.get_upload" in done.stderr
    )
    assert run("build", "--strict").returncode == 1


def test_a_role_that_a_caller_chooses_is_refused_without_a_list(project: Path, run: Run) -> None:
    file = project / "definitions" / "register.py"
    chosen = 'TableName="t", Key={}).with_role(workflow.input["role"]'
    text = WIDE.replace('TableName=workflow.input["table"], Key={}', chosen).split('workflow.task("Write"')[0]
    file.write_text(f"{text}workflow.succeed()\n")
    done = run("build")
    assert done.returncode == 1
    assert "definitions/register.py:5: error KF238: input['role'] chooses the role" in done.stderr
    file.write_text(file.read_text().replace('["role"]', '["role"], among=["arn:aws:iam::123456789012:role/a"]'))
    assert run("build", "--strict").returncode == 0
    policy = json.loads((project / "build" / "Wide.policy.json").read_text())
    statement = next(each for each in policy["Statement"] if each["Action"] == ["sts:AssumeRole"])
    assert statement["Resource"] == ["arn:aws:iam::123456789012:role/a"]


# What a definition says nothing of.

FIRST = """\
from keyflow import Parameter, Workflow
from keyflow.aws import dynamodb, lambda_

workflow = Workflow("Note", timeout=25)
note = {"pk": {"S": workflow.context["Execution"]["Name"]}}
save = workflow.task("Save Note", dynamodb.put_item(TableName=Parameter("Table"), Item=note))
workflow.task("Announce", lambda_.invoke(FunctionName="announce", Payload={"id": note["pk"]["S"]}))
workflow.succeed()
"""


def test_a_first_workflow_with_a_put_and_a_call_gets_one_warning(project: Path, run: Run) -> None:
    (project / "definitions" / "register.py").write_text(FIRST)
    done = run("build")
    assert done.returncode == 0
    assert (project / "build" / "Note.asl.json").is_file()
    warning, _source, hint = done.stderr.splitlines()
    assert warning == (
        "definitions/register.py:6: warning KF260: 'Save Note' changes something, "
        "and nothing is undone when the workflow fails"
    )
    assert "saga=False" in hint


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("timeout=25", "timeout=25, saga=False"),
        ("workflow.succeed", 'save.keep("a note that was not announced is read anyway")\nworkflow.succeed'),
    ],
)
def test_one_word_silences_the_warning(project: Path, run: Run, old: str, new: str) -> None:
    (project / "definitions" / "register.py").write_text(FIRST.replace(old, new))
    done = run("build", "--strict")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_saga_that_forgets_does_not_build(project: Path, run: Run) -> None:
    remove = 'save.compensate("Remove Note", dynamodb.delete_item(TableName=Parameter("Table"), Key=note))\n'
    tell = 'workflow.task("Tell", sqs.send_message(QueueUrl="https://sqs/1/q", MessageBody="x"))\n'
    text = FIRST.replace("import dynamodb,", "import dynamodb, sqs,").replace(
        "workflow.succeed", f"{tell}{remove}workflow.succeed"
    )
    file = project / "definitions" / "register.py"
    file.write_text(text)
    done = run("build")
    assert (done.returncode, done.stdout) == (1, "")
    message, source, hint = done.stderr.splitlines()
    assert message == (
        "definitions/register.py:8: error KF260: 'Tell' sends a message, "
        "and nothing undoes it when its answer is lost, and the rest is undone"
    )
    assert source.strip() == tell.strip()
    assert "workflow.pivot()" in hint
    file.write_text(text.replace(remove, "").replace(tell, f"{remove}workflow.pivot()\n{tell}"))
    assert run("build").returncode == 0


def test_a_file_that_changes_within_a_second_is_read_as_it_stands(run: Run, project: Path) -> None:
    """Python's own cache goes by the second and the size: it would build the file that was."""
    file = project / "definitions" / "register.py"
    moment = time.time() + 60  # whatever this takes, the file has just been changed
    for timeout in ("20", "21"):
        file.write_text(re.sub(r"timeout=\d+", f"timeout={timeout}", file.read_text()))
        os.utime(file, (moment, moment))
        assert run("build").returncode == 0
        document = json.loads((project / "build" / "Register.asl.json").read_text())
        assert document["TimeoutSeconds"] == int(timeout)


def test_a_build_says_what_the_check_of_its_output_says(project: Path, run: Run) -> None:
    """The schema takes any expression; the rules know what a constant one gives."""
    (project / "definitions" / "waits.py").write_text(
        "from keyflow import Workflow\n"
        "w = Workflow('Waits', timeout=28, query_language='JSONata')\n"
        "w.state('Wait', {'Type': 'Wait', 'Seconds': \"{% 'abc' %}\"})\n"
    )
    done = run("build", "Waits")
    assert done.returncode == 1
    assert "waits.py:3: error KF808: Seconds must be a whole number from 0 to 99999999" in done.stderr
