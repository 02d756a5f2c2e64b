"""`keyflow init`: a first project."""

from __future__ import annotations

from pathlib import Path

import click

from keyflow.cli.output import print_json, reports_errors
from keyflow.cli.terminal import line
from keyflow.diagnostics import Diagnostic, ProjectError
from keyflow.files import is_there, write_text

_CONFIGURATION = """\
# keyflow's configuration; every setting is optional.
definitions = ["definitions/*.py"]

[stages.dev.parameters]
TableName = "notes-dev"
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

api = Api("notes", cors="*")
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
)
'''

_FILES = {"keyflow.toml": _CONFIGURATION, "definitions/take_note.py": _DEFINITION}


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@reports_errors({"files": []})
def command(folder: Path, output_format: str) -> None:
    """Write a first project into a folder: a configuration, and a definition that builds at once.

    \b
    Examples:
      keyflow init my-api && cd my-api && keyflow build
    """
    present = [name for name in _FILES if is_there(folder / name)]
    if present:
        raise ProjectError(
            Diagnostic(
                "KF117",
                f"{', '.join(str(folder / name) for name in present)}: there already",
                hint="init overwrites nothing",
            )
        )
    for name, content in _FILES.items():
        write_text(folder / name, content)
    files = [str(folder / name) for name in _FILES]
    if output_format == "json":
        print_json({"files": files, "diagnostics": []})
        return
    click.echo("\n".join(f"wrote {line(file)}" for file in files))
    where = "" if folder == Path() else f"cd {line(folder)} && "
    click.echo(f"next: {where}keyflow build")
