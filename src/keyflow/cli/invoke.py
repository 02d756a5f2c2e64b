"""`keyflow invoke`: one execution of a deployed workflow."""

from __future__ import annotations

import json
import shlex
import sys
import time
from collections.abc import Iterator, Sequence

import click

from keyflow.cli.options import Seconds
from keyflow.cli.output import (
    INPUT_AT_FAULT,
    INTERRUPTED,
    amount,
    diagnostic_json,
    print_diagnostics,
    print_json,
    reports_errors,
    styled,
)
from keyflow.cli.progress import bar
from keyflow.cli.sources import text_of
from keyflow.cli.stages import Place, stage_options
from keyflow.cli.terminal import json_escaped, line, message, shortened
from keyflow.deploy.target import Clients, Target
from keyflow.diagnostics import DeployError, Diagnostic, Severity
from keyflow.files import parse_json
from keyflow.operations.events import Event, execution_name
from keyflow.operations.log_events import LogReader, Wanted, events_of
from keyflow.operations.starting import (
    ANSWER_SECONDS,
    Ended,
    Served,
    answered,
    check_name,
    followed,
    new_name,
    served,
    started,
)
from keyflow.operations.trace import Execution, Visit, trace_of

_LOGS_SECONDS = 20
"""How long the logs of an Express execution are waited for."""
_QUIET_SECONDS = 1.0
"""Before that, nothing is said of states on the way: what takes no longer ends with its trace at once."""
_SHOWN = 200


@click.command()
@click.argument("name")
@click.option("--input", "given", metavar="JSON|@FILE", default="{}", help="The execution's input.  [default: {}]")
@click.option("--name", "execution", help="The execution's name.  [default: a new one]")
@click.option(
    "--timeout", type=Seconds(most=31_536_000), metavar="SECONDS", help="Wait for its end no longer than that."
)
@click.option("--detach", is_flag=True, help="Only start it, and print its ARN.")
@click.option("--no-trace", is_flag=True, help="Show how it ended, and not what its states did.")
@stage_options()
@reports_errors({"execution": None, "status": None, "trace": []})
def command(
    name: str,
    given: str,
    execution: str | None,
    timeout: float | None,
    detach: bool,
    no_trace: bool,
    place: Place,
    output_format: str,
) -> None:
    """Start an execution of the deployed workflow NAME, follow it to its end, and show what its states did.

    An Express workflow answers at once; its trace comes from its logs, which arrive some seconds later. A Standard one
    is followed by its history. Ctrl-C leaves the execution running.

    The exit code is 0 where the execution succeeds, 1 where it fails, and 3 where AWS refuses.

    \b
    Examples:
      keyflow invoke AddApiKey --stage dev --input '{"detail": {"name": "x"}}'
      keyflow invoke AddApiKey --stage dev --input @input.json --format json
      keyflow invoke Nightly --stage prod --name night-7 --timeout 600
      keyflow invoke Nightly --stage prod --detach
    """
    text = text_of(given, "--input")
    parse_json(text, given[1:] if given.startswith("@") else "--input")
    if execution is not None:
        check_name(execution)
    invocation = _Invocation(name, text, execution or new_name(), place, output_format == "json")
    try:
        invocation.run(timeout, detach=detach, traced=not no_trace)
    except KeyboardInterrupt:
        invocation.interrupted()
        sys.exit(INTERRUPTED)


class _Invocation:
    """One execution from its start to what is printed of it."""

    def __init__(self, workflow: str, text: str, name: str, place: Place, as_json: bool) -> None:
        self._workflow, self._text, self._name = workflow, text, name
        self._place, self._as_json = place, as_json
        self._is_started = False
        self._arn: str | None = None

    def run(self, timeout: float | None, *, detach: bool, traced: bool) -> None:
        clients = self._place.clients()
        target = clients.target(str(self._place.stage))
        machine = served(self._workflow, clients, target)
        # an Express execution that is asked for twice is two; a Standard one is one by its name
        patient = self._place.patient_clients(timeout or ANSWER_SECONDS)
        self._is_started = True
        if detach:
            self._detached(started(machine, self._text, self._name, patient if machine.is_express else clients))
            return
        try:
            if machine.is_express:
                self._say(f"started {self._name}, waiting for its answer")
                ended = answered(machine, self._text, self._name, patient)
                trace, missing = self._waited(machine, clients, target, ended) if traced else ((), None)
            else:
                ended, events = self._standard(machine, clients, timeout)
                trace, missing = (trace_of(events) if traced else ()), None
        except DeployError as error:
            raise self._with_hint(error) from error
        self._print(machine, ended, trace, missing)
        if not ended.succeeded:
            sys.exit(INPUT_AT_FAULT)

    def _standard(self, machine: Served, clients: Clients, timeout: float | None) -> tuple[Ended, list[Event]]:
        self._arn = started(machine, self._text, self._name, clients)
        events: list[Event] = []
        progress = _Progress(self._arn, is_shown=not self._as_json)
        for each in followed(self._arn, clients, seconds=timeout):
            if isinstance(each, Ended):
                return each, events
            if each is not None:
                events.append(each)
                progress.add(each)
            progress.show()
        raise AssertionError("an execution is followed to its end")

    def _waited(
        self, machine: Served, clients: Clients, target: Target, ended: Ended
    ) -> tuple[Sequence[Visit], Diagnostic | None]:
        """As `_logged`. Ctrl-C ends the waiting alone: how the execution ended is known."""
        try:
            return self._logged(machine, clients, target, ended)
        except KeyboardInterrupt:
            return (), Diagnostic("KF539", "the execution's logs were not waited for", severity=Severity.WARNING)

    def _logged(
        self, machine: Served, clients: Clients, target: Target, ended: Ended
    ) -> tuple[Sequence[Visit], Diagnostic | None]:
        """The trace of an Express execution, or why there is none."""
        if machine.log_level != "ALL":
            message = f"{machine.workflow} logs nothing of states that succeed: its level is {machine.log_level}"
            return (), Diagnostic("KF539", message, hint="deploy it again", severity=Severity.WARNING)
        wanted = Wanted(start=ended.began - 1, execution=ended.execution)
        reader = LogReader(machine.workflow, clients, target, wanted)
        began = time.monotonic()
        with bar("trace") as report:

            def waited(_ended: int) -> None:
                report("seconds that its logs are waited for", int(time.monotonic() - began), _LOGS_SECONDS)

            name = execution_name(ended.execution)
            found, is_all = events_of(reader, {name}, seconds=_LOGS_SECONDS, report=waited)
        missing = None
        if not is_all:
            what = "only some" if found else "none"
            message = f"of the execution's logs {what} have come within {_LOGS_SECONDS} s"
            missing = Diagnostic("KF539", message, hint=self._follow(ended.execution), severity=Severity.WARNING)
        return trace_of(found.get(name, ())), missing

    def _with_hint(self, error: DeployError) -> DeployError:
        """The error with how to follow the execution, where that goes on."""
        return DeployError(
            *(
                Diagnostic(each.code, each.message, hint=f"follow it: {self._follow(self._arn or self._name)}")
                if each.code == "KF533"
                else each
                for each in error.diagnostics
            )
        )

    def _follow(self, execution: str) -> str:
        """The command that follows an execution's logs, in the same place."""
        place = self._place
        options = {"region": place.region, "profile": place.profile, "endpoint-url": place.endpoint_url}
        given = "".join(f" --{name} {shlex.quote(value)}" for name, value in options.items() if value is not None)
        return f"keyflow logs {self._workflow} --stage {place.stage} --execution {execution} --since 1h --follow{given}"

    def interrupted(self) -> None:
        """Says what goes on, and how to follow it."""
        if not self._is_started:
            click.echo("interrupted, nothing was started", err=True)
            return
        execution = self._arn or self._name
        click.echo(f"interrupted; the execution goes on: {line(execution)}", err=True)
        click.echo(f"  follow it: {line(self._follow(execution))}", err=True)
        if self._as_json:
            print_json(
                {"execution": self._arn, "name": self._name, "status": "RUNNING", "trace": [], "diagnostics": []}
            )

    def _say(self, text: str) -> None:
        if sys.stderr.isatty():
            click.echo(styled(text, sys.stderr, dim=True), err=True)

    def _detached(self, arn: str) -> None:
        if self._as_json:
            print_json({"execution": arn, "name": self._name, "status": "RUNNING", "trace": [], "diagnostics": []})
        else:
            click.echo(line(arn))
            self._say(f"follow it: {self._follow(arn)}")

    def _print(self, machine: Served, ended: Ended, trace: Sequence[Visit], missing: Diagnostic | None) -> None:
        if self._as_json:
            print_json(
                {
                    "execution": ended.execution,
                    "name": self._name,
                    "type": machine.type,
                    "status": ended.status,
                    "output": ended.output,
                    "error": ended.error,
                    "cause": ended.cause,
                    "seconds": round(ended.seconds, 3),
                    "billed_ms": ended.billed_ms,
                    "trace": [each.document() for each in trace],
                    "diagnostics": [] if missing is None else [diagnostic_json(missing)],
                }
            )
            return
        for text in trace_lines(trace, ended.seconds):
            click.echo(text)
        click.echo(_end(ended))
        if missing is not None:
            print_diagnostics([missing])


class _Progress:
    """Says on stderr which states are entered, from the first second on."""

    def __init__(self, arn: str, *, is_shown: bool) -> None:
        self._is_shown = is_shown
        self._due = time.monotonic() + _QUIET_SECONDS
        self._waiting = [styled(f"following {line(arn)}", sys.stderr, dim=True)]
        self._execution = Execution()

    def add(self, event: Event) -> None:
        """Takes an event, which is shown where a state is entered or something fails."""
        state = self._execution.add(event)
        if state is not None and (event.is_entry or event.is_error):
            since = event.seconds - (self._execution.began or event.seconds)
            what = "" if event.is_entry else f"  {styled(_failure(event), sys.stderr, fg='red')}"
            self._waiting.append(f"{since:9.3f} s  {line(state)}{what}")

    def show(self) -> None:
        """Says what has come, once it is time to."""
        if self._is_shown and time.monotonic() >= self._due:
            for text in self._waiting:
                click.echo(text, err=True)
            self._waiting.clear()


def _failure(event: Event) -> str:
    return line(event.error or event.type)


def trace_lines(trace: Sequence[Visit], seconds: float) -> Iterator[str]:
    """A trace for people: when each state was entered, how long it took, which part of the whole, and what failed."""
    width = max((2 * each.depth + len(line(each.state)) for each in trace[:_SHOWN]), default=0)
    if trace:
        yield styled(f"{'entered':>11}  {'took':>11}  state", sys.stdout, dim=True)
    for each in trace[:_SHOWN]:
        took = f"{'':11}" if each.seconds is None else f"{each.seconds:9.3f} s"
        name = f"{'  ' * each.depth}{line(each.state)}"
        share = "" if each.seconds is None or not seconds else f"{min(1.0, each.seconds / seconds):5.0%}"
        notes = [share] if share else []
        if each.retries:
            notes.append("1 retry" if each.retries == 1 else f"{each.retries} retries")
        yield f"{each.entered:9.3f} s  {took}  {name:{width}}  {'  '.join(notes)}".rstrip()
        for error, cause in each.errors:
            reason = line(error) if cause is None else f"{line(error)}: {shortened(cause)}"
            yield f"{'':26}{'  ' * each.depth}{styled('failed', sys.stdout, fg='red')}  {reason}"
    if len(trace) > _SHOWN:
        yield f"{'':26}{amount(len(trace) - _SHOWN, 'state')} more; --format json has all"


def _end(ended: Ended) -> str:
    colour = "green" if ended.succeeded else "red"
    status = styled(ended.status, sys.stdout, fg=colour, bold=True)
    if ended.succeeded:
        result = message(json_escaped(json.dumps(ended.output, ensure_ascii=False)))
    elif ended.error is None:
        result = message(ended.cause or "")
    else:
        result = line(ended.error) if ended.cause is None else f"{line(ended.error)}: {message(ended.cause)}"
    billed = "" if ended.billed_ms is None else f", billed {ended.billed_ms:,} ms"
    return f"{status} after {ended.seconds:.3f} s{billed}  {result}".rstrip()
