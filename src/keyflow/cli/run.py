"""`keyflow run`: one execution on the local engine."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from keyflow import asl
from keyflow.build import build
from keyflow.cli.output import INPUT_AT_FAULT, print_json, reports_errors, styled
from keyflow.cli.sources import Source, json_of, source
from keyflow.cli.terminal import json_escaped, line, message
from keyflow.compiler import Compiled
from keyflow.deploy.parameters import pairs, resolve
from keyflow.deploy.substitution import substituted
from keyflow.diagnostics import Diagnostic, ProjectError
from keyflow.files import write_text
from keyflow.http import PLACEHOLDER
from keyflow.project import Stage, load_definitions

if TYPE_CHECKING:
    from keyflow.engine import Execution, Outcome, Recording, Runner, TaskCall


@dataclass(frozen=True, slots=True)
class _Answers:
    """Who answers the tasks, as the options say."""

    stub: str | None
    case: str | None
    aws: bool
    local: bool
    replay: str | None
    stage: str | None
    params: tuple[str, ...]
    region: str | None
    profile: str | None
    endpoint_url: str | None


@click.command()
@click.argument("name")
@click.option("--input", "given", metavar="JSON|@FILE", help="The execution's input.  [default: {}]")
@click.option("--stub", metavar="FILE", help="Answers for the tasks: a JSON file.")
@click.option("--case", help="The test case, where --stub is a mock configuration of Step Functions Local.")
@click.option("--aws", is_flag=True, help="Make the calls: in AWS, or at --endpoint-url.")
@click.option("--local", is_flag=True, help="Make the calls to services in this process (moto).")
@click.option("--replay", metavar="FILE", help="Answers of a run that --record has written.")
@click.option("--record", metavar="FILE", help="Write each call and its answer to a file, secrets included.")
@click.option("--stage", help="The stage whose parameters in keyflow.toml apply.")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter's value; repeat it.")
@click.option("--region", help="The AWS region.")
@click.option("--profile", help="The profile of the AWS configuration.")
@click.option("--endpoint-url", help="Another endpoint than AWS's: a local engine.")
@click.option("--seed", default=0, show_default=True, help="Of jitter, random numbers and UUIDs.")
@reports_errors({"status": None, "history": [], "calls": []})
def command(name: str, given: str | None, record: str | None, seed: int, output_format: str, **options: Any) -> None:
    """Run a workflow of the project, or a definition file, on virtual time: no wait takes long.

    Tasks are answered by a stub file, by AWS, by services in this process, or by a recording. With --aws or --local,
    a stub file answers the tasks that it names, and the calls of the others are made.

    A stub file gives each task an answer, by its state's name or its resource:
    {"Create Key": {"Return": {"Id": "k"}}, "dynamodb:putItem": [{"Throw": {"Error": "X"}}, {"Return": {}}]}

    The exit code is 0 where the execution succeeds, else 1.

    \b
    Examples:
      keyflow run AddApiKey --input '{"detail": {"name": "x"}}' --local
      keyflow run AddApiKey --input @input.json --stub stubs.json
      keyflow run build/AddApiKey.asl.json --stub mocks.json --case Refused
      keyflow run AddApiKey --input @input.json --aws --stage dev --record run.json
      keyflow run AddApiKey --replay run.json --format json
    """
    from keyflow.engine import EPOCH, Recorder, Recording, recording_of, run

    answers = _Answers(**options)
    if answers.aws + answers.local + (answers.replay is not None) > 1:
        raise click.UsageError("--aws, --local and --replay exclude each other")
    replayed = None if answers.replay is None else recording_of(json_of(f"@{answers.replay}", "--replay"))
    chosen = source(name)
    start = replayed.start if replayed is not None else datetime.now(UTC) if answers.aws else EPOCH
    startable = _startable(chosen)
    values = replayed.parameters if replayed is not None else _parameter_values(chosen, startable, answers)
    machine = asl.parse(substituted(chosen.document, values))
    machines = {name: asl.parse(substituted(each.document, values)) for name, each in startable.items()}
    data = replayed.input if replayed is not None else {}
    data = data if given is None else json_of(given, "--input")
    with _runner(answers, replayed, chosen.name, machine, machines) as runner:
        recorder = Recorder(_Telling(runner) if answers.aws else runner)
        found = run(machine, data, recorder, machine_name=chosen.name, machines=machines, seed=seed, start=start)
    if record is not None:
        recording = Recording(data, tuple(recorder.calls), start, values)
        write_text(Path(record), recording.text(), mode=0o600)
    if output_format == "json":
        print_json(_result(found))
    else:
        _print_text(found)
    if found.status != "SUCCEEDED":
        sys.exit(INPUT_AT_FAULT)


def _startable(chosen: Source) -> Mapping[str, Compiled]:
    """The project's workflows by what a task may call them, where the definition starts executions of others."""
    if chosen.compiled is None or "arn:aws:states:::states:startExecution" not in json.dumps(chosen.document):
        return {}
    compiled = build(chosen.project, load_definitions(chosen.project)).workflows
    by_name = {each.workflow.name: each for each in compiled}
    return {**by_name, **{each.workflow.arn.deployed_text(): each for each in compiled}}


def _parameter_values(chosen: Source, startable: Mapping[str, Compiled], answers: _Answers) -> Mapping[str, str]:
    """The values of parameters: all of them where AWS is called, else those that are given or can be made up.

    Raises:
        ProjectError: KF501, a call would be made with a parameter that has no value.
    """
    given = pairs(answers.params)
    stage = chosen.project.stages.get(answers.stage or "", Stage()).parameters
    parameters = dict(chosen.parameters)
    for each in startable.values():
        parameters |= each.parameters
    if not answers.aws:
        defaults = {name: parameter.default for name, parameter in parameters.items() if parameter.default}
        own_names = {name: name for name in (*_placeholders(chosen), *parameters)} if answers.local else {}
        values = {**own_names, **defaults, **stage, **given}
        return {name: value for name, value in values.items() if f"${{{name}}}" not in startable}
    if chosen.compiled is not None:
        return resolve(parameters, given, stage)
    values = {**stage, **given}
    missing = sorted(name for name in _placeholders(chosen) if name not in values and ":" not in name)
    if missing:
        message = f"the parameters {', '.join(missing)} have no value"
        raise ProjectError(Diagnostic("KF501", message, hint=f"pass --param {missing[0]}=..."))
    return values


def _placeholders(chosen: Source) -> set[str]:
    return set(PLACEHOLDER.findall(json.dumps(chosen.document)))


@contextmanager
def _runner(
    answers: _Answers,
    replayed: Recording | None,
    machine_name: str,
    machine: asl.StateMachine,
    machines: Mapping[str, asl.StateMachine],
) -> Iterator[Runner]:
    from keyflow.engine import Boto3, Recorded, Stubs, stubs_from

    if replayed is not None:
        yield Recorded(replayed)
        return
    document = None if answers.stub is None else json_of(f"@{answers.stub}", "--stub")

    def stubbed(otherwise: Runner | None) -> Runner:
        if document is None:
            return otherwise or Stubs()
        stubs = stubs_from(document, machine_name, answers.case, otherwise)
        stubs.check(machine)
        return stubs

    if answers.local:
        from keyflow.engine.local import local_services

        with local_services(machine, *machines.values()) as services:
            yield stubbed(services)
    elif answers.aws:
        from keyflow.deploy import Clients

        clients = Clients(region=answers.region, profile=answers.profile, endpoint_url=answers.endpoint_url)
        yield stubbed(Boto3(clients.client))
    else:
        yield stubbed(None)


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


def _print_text(found: Execution) -> None:
    for event in found.history:
        if event.type.endswith("StateEntered"):
            kind = event.type.removesuffix("StateEntered")
            click.echo(f"{event.seconds:9.3f} s  {line(event.details['name'])}  {styled(kind, sys.stdout, dim=True)}")
    if found.error is None:
        end = json_escaped(json.dumps(found.output, ensure_ascii=False))
    else:
        end = f"{line(found.error)}: {message(found.cause)}"
    click.echo(f"{found.seconds:9.3f} s  {found.status}  {end}")
