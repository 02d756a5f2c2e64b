"""`keyflow run`: one execution on the local engine."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from keyflow import asl
from keyflow.cli.executions import print_execution
from keyflow.cli.output import INPUT_AT_FAULT, print_json, reports_errors, styled
from keyflow.cli.sources import json_of, source
from keyflow.cli.terminal import line
from keyflow.deploy.parameters import pairs
from keyflow.deploy.substitution import substituted
from keyflow.execution import Answers, answering, parameter_values, startable
from keyflow.files import write_text
from keyflow.project import Stage

if TYPE_CHECKING:
    from keyflow.engine import Execution, Outcome, Runner, TaskCall


@click.command()
@click.argument("name")
@click.option("--input", "given", metavar="JSON|@FILE", help="The execution's input.  [default: {}]")
@click.option("--stub", metavar="FILE", help="Answers for the tasks: a JSON file.")
@click.option("--case", help="The test case, where --stub is a mock configuration of Step Functions Local.")
@click.option("--aws", is_flag=True, help="Make the calls: in AWS, or at --endpoint-url.")
@click.option("--local", is_flag=True, help="Make the calls to services in this process (moto).")
@click.option(
    "--setup", type=click.Path(path_type=Path), metavar="FILE", help="With --local: a Python file, run first."
)
@click.option("--any-result", is_flag=True, help="Take results of stubs that no service gives.")
@click.option("--samples", is_flag=True, help="Answer with results that the models of the services allow.")
@click.option("--replay", metavar="FILE", help="Answers of a run that --record has written.")
@click.option("--record", metavar="FILE", help="Write each call and its answer to a file, secrets included.")
@click.option("--stage", help="The stage whose parameters in keyflow.toml apply.")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter's value; repeat it.")
@click.option("--region", help="The AWS region.")
@click.option("--profile", help="The profile of the AWS configuration.")
@click.option("--endpoint-url", help="Another endpoint than AWS's: a local engine.")
@click.option("--seed", default=0, show_default=True, help="Of jitter, random numbers and UUIDs.")
@click.option("-v", "--verbose", is_flag=True, help="Show what goes into each state and comes out, without secrets.")
@reports_errors({"status": None, "history": [], "calls": []})
def command(
    name: str,
    given: str | None,
    record: str | None,
    seed: int,
    verbose: bool,
    output_format: str,
    stub: str | None,
    replay: str | None,
    stage: str | None,
    params: tuple[str, ...],
    setup: Path | None,
    **answered_by: Any,
) -> None:
    """Run a workflow of the project, or a definition file, on virtual time: no wait takes long.

    Files are read as `keyflow check` reads them: JSON, JSON with comments, YAML, and templates of SAM and
    CloudFormation with their substitutions. Of several definitions in a template, NAME is template.yaml::Orders.

    Tasks are answered by a stub file, by AWS, by services in this process, by samples of what the services' models
    allow, or by a recording. With --aws, --local or --samples, a stub file answers the tasks that it names.

    A stub file gives each task an answer, by its state's name or its resource:
    {"Create Key": {"Return": {"Id": "k"}}, "dynamodb:putItem": [{"Throw": {"Error": "X"}}, {"Return": {}}]}

    The file of --setup fills the services of --local: client("s3") in it is a client of boto3.

    The exit code is 0 where the execution succeeds, else 1.

    \b
    Examples:
      keyflow run AddApiKey --input '{"detail": {"name": "x"}}' --local
      keyflow run AddApiKey --input @input.json --samples -v     every parameter and result
      keyflow run AddApiKey --input @input.json --stub stubs.json
      keyflow run build/AddApiKey.asl.json --stub mocks.json --case Refused
      keyflow run AddApiKey --input @input.json --aws --stage dev --record run.json
      keyflow run AddApiKey --replay run.json --format json
      keyflow run template.yaml::Orders --local --setup fill.py
    """
    from keyflow.engine import Recorder, Recording, recording_of, run

    _check_options(answered_by, replay, setup)
    answers = Answers(
        recording=None if replay is None else recording_of(json_of(f"@{replay}", "--replay")),
        stubs=None if stub is None else json_of(f"@{stub}", "--stub"),
        set_up=setup,
        **answered_by,
    )
    chosen = source(name)
    others = startable(chosen.project, chosen.document, chosen.definitions)
    configured = {**chosen.defaults, **chosen.project.stages.get(stage or "", Stage()).parameters}
    values = parameter_values(chosen.document, chosen.compiled, others, answers, given=pairs(params), stage=configured)
    machine = asl.parse(substituted(chosen.document, values))
    machines = {name: asl.parse(substituted(each.document, values)) for name, each in others.items()}
    recorded = {} if answers.recording is None else answers.recording.input
    data, start = recorded if given is None else json_of(given, "--input"), answers.start
    with answering(answers, chosen.name, machine, machines) as runner:
        recorder = Recorder(_Telling(runner) if answers.aws else runner)
        found = run(
            machine,
            data,
            recorder,
            machine_name=chosen.name,
            machines=machines,
            seed=seed,
            start=start,
            is_express=chosen.type == "EXPRESS",
        )
    if record is not None:
        recording = Recording(data, tuple(recorder.calls), start, values)
        write_text(Path(record), recording.text(), mode=0o600)
    if output_format == "json":
        print_json(_result(found))
    else:
        print_execution(found, machine, verbose=verbose)
    if found.status != "SUCCEEDED":
        sys.exit(INPUT_AT_FAULT)


def _check_options(answered_by: Mapping[str, Any], replay: str | None, setup: Path | None) -> None:
    """Raises click's error where two are to answer, or something is to fill services that do not."""
    if sum(answered_by[name] for name in ("aws", "local", "samples")) + (replay is not None) > 1:
        raise click.UsageError("--aws, --local, --samples and --replay exclude each other")
    if setup is not None and not answered_by["local"]:
        raise click.UsageError("--setup fills the services of --local")


class _Telling:
    """Says on a terminal which call is being made."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def call(self, call: TaskCall) -> Outcome:
        if sys.stderr.isatty():
            click.echo(
                styled(f"calling {line(call.resource.rsplit(':', 1)[-1])} for {call.state!r}", sys.stderr, dim=True),
                err=True,
            )
        return self._runner.call(call)


def _result(found: Execution) -> dict[str, Any]:
    succeeded = found.status == "SUCCEEDED"
    ended = {"output": found.output} if succeeded else {"error": found.error, "cause": found.cause}
    calls = [{"state": call.state, "resource": call.resource, "parameters": call.parameters} for call in found.calls]
    history = [event.document() for event in found.history]
    return {"status": found.status, **ended, "history": history, "calls": calls, "diagnostics": []}
