"""`keyflow logs`: the events of a deployed workflow."""

from __future__ import annotations

import sys
import time

import click

from keyflow.cli.output import print_json, reports_errors, styled
from keyflow.cli.stages import Place, stage_options
from keyflow.cli.terminal import line, shortened
from keyflow.operations.events import execution_name
from keyflow.operations.log_events import LogLine, LogReader, Wanted, check_execution, since


@click.command()
@click.argument("name")
@click.option("--follow", is_flag=True, help="Show what comes, until Ctrl-C.")
@click.option("--since", "start", default="10m", show_default=True, help="From when on: 30s, 10m, 2h, 1d, or a date.")
@click.option("--errors", is_flag=True, help="Only what failed, timed out or was aborted.")
@click.option("--execution", metavar="NAME|ARN", help="Only one execution.")
@stage_options()
@reports_errors({"time": None}, indent=None)
def command(
    name: str,
    follow: bool,
    start: str,
    errors: bool,
    execution: str | None,
    place: Place,
    output_format: str,
) -> None:
    """Show the events of the deployed workflow NAME.

    A line has the time in UTC, the execution, what happened, the state, and the error with its cause. Events come some
    seconds after they happen. With --format json, each line is one object.

    \b
    Examples:
      keyflow logs AddApiKey --stage dev
      keyflow logs AddApiKey --stage prod --errors --since 2h
      keyflow logs AddApiKey --stage dev --execution order-7 --since 1d
      keyflow logs AddApiKey --stage dev --follow --format json
    """
    if execution is not None:
        check_execution(execution)
    wanted = Wanted(start=since(start, time.time()), execution=execution, errors=errors)
    clients = place.clients()
    reader = LogReader(name, clients, clients.target(str(place.stage)), wanted)
    is_any = False
    for found in reader.followed() if follow else reader.new():
        is_any = True
        if output_format == "json":
            print_json(found.document(), indent=None)
        else:
            click.echo(_text(found))
    if not is_any and output_format == "text":
        click.echo(f"no {'errors' if errors else 'events'} since {start} in {line(reader.group)}", err=True)


def _text(found: LogLine) -> str:
    """One event as one line, whatever stands in it."""
    moment = styled(found.time, sys.stdout, dim=True)
    event = found.event
    if event is None:
        return f"{moment}  {shortened(found.text)}"
    kind = styled(line(event.type), sys.stdout, fg="red") if event.is_error else line(event.type)
    parts = [moment, line(execution_name(event.execution)), kind]
    if found.state is not None:
        parts.append(line(found.state))
    if event.error is not None or event.cause is not None:
        reason = ": ".join(part for part in (event.error, event.cause) if part is not None)
        parts.append(shortened(reason))
    return "  ".join(parts)
