"""What `keyflow init` writes, file by file. `{...}` in the texts is filled by `files`."""

from __future__ import annotations

from collections.abc import Mapping

CONFIGURATION, DEFINITION, TEST = "keyflow.toml", "definitions/take_note.py", "tests/test_take_note.py"
SAMPLE = (CONFIGURATION, DEFINITION, TEST)
"""The files that belong to one another: written together or not at all."""
IGNORED, CI, PRE_COMMIT = ".gitignore", ".github/workflows/keyflow.yml", ".pre-commit-config.yaml"


def files(name: str, requirement: str) -> Mapping[str, str]:
    """The files of a project of this name, by their paths; CI installs keyflow as the requirement says."""
    return {
        CONFIGURATION: _CONFIGURATION.replace("{name}", name),
        DEFINITION: _DEFINITION,
        TEST: _TEST,
        IGNORED: _IGNORED,
        CI: _CI.replace("{requirement}", requirement),
        PRE_COMMIT: _PRE_COMMIT,
    }


_CONFIGURATION = """\
name = "{name}"
definitions = ["definitions/*.py"]

# The values of the parameters in the stage `dev`. The table and the queue are yours: keyflow makes no data.
[stages.dev.parameters]
TableName = "notes-dev"
QueueUrl = "https://sqs.us-east-1.amazonaws.com/123456789012/notes-dev"
"""

_DEFINITION = '''\
"""Takes a note: stores it, and announces it on a queue. If the announcement fails, the note goes again."""

from keyflow import Api, Parameter, Workflow, intrinsics
from keyflow.aws import dynamodb, sqs

table = Parameter("TableName", description="The DynamoDB table of notes (pk)")
queue = Parameter("QueueUrl", description="The queue that hears of each note")

workflow = Workflow("TakeNote", timeout=25, comment="Stores a note and announces it")
note = workflow.input["note"]
me = {"S": workflow.context["Execution"]["Id"]}

store = workflow.task(
    "Store Note",
    dynamodb.put_item(
        TableName=table,
        Item={"pk": {"S": note["id"]}, "text": {"S": note["text"]}, "storedBy": me},
        ConditionExpression="attribute_not_exists(pk)",
    ),
)
with store.on_error(dynamodb.errors.ConditionalCheckFailedException):
    workflow.fail("NoteExists", "There is a note with that id already")
# It also runs where the answer of the put is lost: only a note that this very execution has stored goes again.
store.compensate(
    "Remove Note", dynamodb.delete_item(TableName=table, Key={"pk": {"S": note["id"]}}), mine={"storedBy": me}
)

announce = workflow.task("Announce Note", sqs.send_message(QueueUrl=queue, MessageBody=intrinsics.json_to_string(note)))
announce.keep("whoever hears of a note reads it: where its note is gone, an announcement does nothing")
workflow.succeed({"id": note["id"]})

api = Api("notes")
api.post(
    "/notes",
    workflow,
    input={"note": api.body},
    request={
        "title": "Note",
        "type": "object",
        "required": ["id", "text"],
        "properties": {"id": {"type": "string", "minLength": 1}, "text": {"type": "string"}},
    },
    success=201,
    errors={"NoteExists": 409},
    authorization="iam",  # whoever may call it signs the request, as curl's --aws-sigv4 does
)
'''

_TEST = '''\
"""What TakeNote does where all goes well, and where a call fails."""

from keyflow.engine import Failure

NOTE = {"note": {"id": "n1", "text": "Milk"}}


def test_a_note_is_stored_and_announced(run_workflow):
    run = run_workflow("TakeNote", NOTE, samples=True)

    assert run.output == {"id": "n1"}
    assert run.called == ["Store Note", "Announce Note"]
    assert run.parameters("Store Note")["Item"]["text"] == {"S": "Milk"}


def test_a_note_that_cannot_be_announced_is_removed(run_workflow):
    run = run_workflow("TakeNote", NOTE, {"Announce Note": Failure("SQS.QueueDoesNotExistException")}, samples=True)

    assert run.error == "UnhandledError"
    assert run.compensated == ["Remove Note"]


def test_no_failure_leaves_anything_open(assert_saga):
    assert_saga("TakeNote", strict=True)
'''

_IGNORED = """\
# build/ is not in this list: it is committed, so that reviews show what changes in AWS, and CI compares it.
__pycache__/
.pytest_cache/
.venv/
*.sarif
"""

_CI = """\
name: keyflow
on: [push, pull_request]
permissions:
  contents: read
jobs:
  workflows:
    runs-on: ubuntu-latest
    permissions:
      contents: read
      security-events: write  # for the findings of `keyflow check`
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-python@v6
        with:
          python-version: "3.13"
      - run: pip install '{requirement}' pytest
      - run: keyflow build --check --strict  # build/ is what the definitions say
      - run: keyflow verify --strict  # no failure leaves anything open
      - run: pytest
      - id: check
        run: keyflow check --strict --format sarif build build/*.openapi.yaml > keyflow.sarif
      # Shows the findings at their lines. A repository without code scanning, and a fork, cannot take them.
      - if: ${{ !cancelled() && steps.check.outcome != 'skipped' && !github.event.pull_request.head.repo.fork }}
        uses: github/codeql-action/upload-sarif@v4
        with:
          sarif_file: keyflow.sarif
"""

_PRE_COMMIT = """\
repos:
  - repo: local
    hooks:
      - id: keyflow-build
        name: build/ is what the definitions say
        entry: keyflow build --check --strict
        language: system
        pass_filenames: false
        files: ^(definitions/|build/|keyflow\\.toml$)
"""
