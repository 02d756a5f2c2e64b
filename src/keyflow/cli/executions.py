"""An execution for people: each state as it is entered, what failed and why, and, where asked, what went in and out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import click

from keyflow import asl
from keyflow.asl import JSON
from keyflow.cli.output import styled
from keyflow.cli.terminal import json_escaped, line, message
from keyflow.durations import duration

if TYPE_CHECKING:
    from keyflow.engine import Event, Execution

_HOUR = 3_600


def print_execution(found: Execution, machine: asl.StateMachine, *, verbose: bool) -> None:
    """The states of an execution of a machine, each failed attempt with its error and cause, and the end.

    With `verbose`, also each task's parameters and results and what other states change, without secrets.
    """
    from keyflow.engine.entered import entered_states

    told = _Data(machine) if verbose else None
    shown = _as_it_is if told is None else told.without_secrets
    for event, state in entered_states(found):
        name = state.name
        if event.type.endswith("StateEntered"):
            kind = event.type.removesuffix("StateEntered")
            _print(event, name, styled(kind, sys.stdout, dim=True))
        elif "error" in event.details:
            _print(event, name, _failure(event, shown))
        for about, value in () if told is None else told.of(event, name):
            _print(event, name, f"{styled(about, sys.stdout, dim=True)}  {_json(value)}")
    if found.status == "SUCCEEDED":
        end = _json(shown(found.output))
    else:
        end = ": ".join(filter(None, (line(found.error or ""), message(shown(found.cause) or ""))))
    click.echo(f"{_clock(found.seconds)}  {found.status}  {end}".rstrip())


class _Data:
    """What goes into states and comes out of them."""

    def __init__(self, machine: asl.StateMachine) -> None:
        from keyflow.aws.sensitive import Secrets

        self._secrets = Secrets()
        self.without_secrets = self._secrets.data
        self._resources: Mapping[str, str] = {name: task.resource for name, task in asl.all_tasks(machine)}
        self._inputs: dict[str, JSON] = {}

    def of(self, event: Event, name: str) -> Iterator[tuple[str, JSON]]:
        """What an event of a state shows, each with what it is."""
        details, resource = event.details, self._resources.get(name)
        if event.type.endswith("StateEntered"):
            self._inputs[name] = details["input"]
        elif resource is None:
            if event.type.endswith("StateExited") and details["output"] != self._inputs.get(name):
                yield "output", self.without_secrets(details["output"])
        elif event.type.endswith("Scheduled"):
            given = details["parameters"] if "parameters" in details else details["input"]
            yield "parameters", self._secrets.parameters(resource, given)
        elif event.type.endswith("Succeeded"):
            yield "result", self._secrets.result(resource, details["output"])


def _as_it_is(value: JSON) -> JSON:
    return value


def _failure(event: Event, shown: Callable[[JSON], JSON]) -> str:
    what = "timed out" if event.type.endswith("TimedOut") else "failed"
    cause = shown(event.details.get("cause"))
    reason = f"{line(event.details['error'])}: {message(cause)}" if cause else line(event.details["error"])
    return f"{styled(what, sys.stdout, fg='red')}  {reason}"


def _print(event: Event, name: str, text: str) -> None:
    click.echo(f"{_clock(event.seconds)}  {line(name)}  {text}")


def _clock(seconds: float) -> str:
    return f"{seconds:9.3f} s" if seconds < _HOUR else f"{duration(round(seconds, 3)):>11}"


def _json(value: JSON) -> str:
    return message(json_escaped(json.dumps(value, ensure_ascii=False)))
