"""`keyflow run`: one execution on the local engine."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from keyflow import asl
from keyflow.cli.output import INPUT_AT_FAULT, print_json, reports_errors, styled
from keyflow.diagnostics import Diagnostic, ProjectError


@click.command()
@click.argument("name")
@click.option("--input", "given", default="{}", show_default=True, metavar="JSON|@FILE", help="The execution's input.")
@click.option("--stub", metavar="FILE", help="Answers for the tasks: a JSON file.")
@click.option("--case", help="The test case, where --stub is a mock configuration of Step Functions Local.")
@click.option("--seed", default=0, show_default=True, help="Of jitter, random numbers and UUIDs.")
@reports_errors({"status": None, "history": [], "calls": []})
def command(name: str, given: str, stub: str | None, case: str | None, seed: int, output_format: str) -> None:
    """Run a workflow of the project, or a definition file, on virtual time; no AWS is called.

    A stub file gives each task an answer, by its state's name or its resource:
    {"Create Key": {"Return": {"Id": "k"}}, "dynamodb:putItem": [{"Throw": {"Error": "X"}}, {"Return": {}}]}

    The exit code is 0 where the execution succeeds, else 1.

    \b
    Examples:
      keyflow run AddApiKey --input '{"detail": {"name": "x"}}' --stub stubs.json
      keyflow run build/AddApiKey.asl.json --input @input.json --stub mocks.json --case Refused
      keyflow run AddApiKey --stub stubs.json --format json
    """
    from keyflow.engine import Stubs, run, stubs_from

    machine = _machine(name)
    machine_name = Path(name).name.split(".")[0]
    stubs = Stubs() if stub is None else stubs_from(_json(*_text(f"@{stub}")), machine_name, case)
    stubs.check(machine)
    found = run(machine, _json(*_text(given)), stubs, machine_name=machine_name, seed=seed)
    if output_format == "json":
        succeeded = found.status == "SUCCEEDED"
        ended = {"output": found.output} if succeeded else {"error": found.error, "cause": found.cause}
        calls = [
            {"state": call.state, "resource": call.resource, "parameters": call.parameters} for call in found.calls
        ]
        history = [event.document() for event in found.history]
        print_json({"status": found.status, **ended, "history": history, "calls": calls, "diagnostics": []})
    else:
        for event in found.history:
            if event.type.endswith("StateEntered"):
                kind = event.type.removesuffix("StateEntered")
                click.echo(f"{event.seconds:9.3f} s  {event.details['name']}  {styled(kind, sys.stdout, dim=True)}")
        end = json.dumps(found.output, ensure_ascii=False) if found.error is None else f"{found.error}: {found.cause}"
        click.echo(f"{found.seconds:9.3f} s  {found.status}  {end}")
    if found.status != "SUCCEEDED":
        sys.exit(INPUT_AT_FAULT)


def _machine(name: str) -> asl.StateMachine:
    """The definition: a file's, or that of a workflow of the project."""
    if name.endswith(".json"):
        return asl.parse(_json(*_text(f"@{name}")))
    from keyflow.build import build
    from keyflow.project import find_project, load_definitions

    project = find_project(Path.cwd())
    compiled = build(project, load_definitions(project), [name]).workflows
    if not compiled:
        raise ProjectError(Diagnostic("KF113", f"{name!r} is an API: name one of its workflows"))
    return compiled[0].machine


def _text(given: str) -> tuple[str, str]:
    """The JSON text of an argument, and where it comes from; `@file` reads a file."""
    if not given.startswith("@"):
        return given, "--input"
    try:
        return Path(given[1:]).read_text(encoding="utf-8"), given[1:]
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(Diagnostic("KF118", f"cannot read {given[1:]}: {error}")) from error


def _json(text: str, source: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ProjectError(Diagnostic("KF118", f"{source} is not JSON: {error}")) from error
