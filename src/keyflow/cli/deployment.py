"""What the commands that deploy have in common: their options, where they lead, and how a plan is carried out."""

from __future__ import annotations

import functools
import itertools
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from keyflow.build import Build, build
from keyflow.cli.output import INTERRUPTED, print_diagnostics
from keyflow.cli.plans import change_line
from keyflow.cli.stages import Place
from keyflow.cli.terminal import line
from keyflow.dataclass import dataclass
from keyflow.deploy import (
    Action,
    Canary,
    Change,
    Clients,
    Plan,
    Resource,
    Serving,
    Target,
    apply_plan,
    check_policy_values,
    deployed_resources,
    pairs,
    parameters_of,
    put_in_stage,
    resolve,
    resources,
)
from keyflow.diagnostics import Diagnostic, Severity
from keyflow.loading import load_definitions
from keyflow.project import Project, Stage, find_project

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What of the definitions a command is about, and with which values."""

    names: tuple[str, ...]
    params: tuple[str, ...]
    type: str | None


_WANTED = (
    click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter's value; repeat it."),
    click.option(
        "--type",
        type=click.Choice(["STANDARD", "EXPRESS"]),
        help="What the workflows are in this stage, whatever their definitions say.",
    ),
)
_APPLYING = (
    click.option("--yes", is_flag=True, help="Do not ask."),
    click.option("--dry-run", is_flag=True, help="Print the plan, change nothing."),
)


def wanted_options(argument: str = "[NAME]...") -> Callable[[Function], Function]:
    """Gives a command the definitions and values that it is about, as one argument `wanted`."""

    def decorate(command: Function) -> Function:
        @functools.wraps(command)
        def with_wanted(**given: Any) -> Any:
            own = {field.name: given.pop(field.name) for field in fields(Wanted)}
            return command(wanted=Wanted(**own), **given)

        function: Function = with_wanted
        for option in reversed((click.argument("names", nargs=-1, metavar=argument), *_WANTED)):
            function = option(function)
        return function

    return decorate


def applying_options(function: Function) -> Function:
    """Gives a command `yes` and `dry_run`."""
    for option in reversed(_APPLYING):
        function = option(function)
    return function


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A stage of a project: what it should have, what it has beyond that, and what leads to it."""

    project: Project
    stage: Stage
    result: Build
    resources: tuple[Resource, ...]
    leftovers: tuple[Resource, ...]
    clients: Clients
    target: Target
    values: Mapping[str, str]


def prepare(
    place: Place,
    wanted: Wanted,
    *,
    canary: Canary | None = None,
    watched: tuple[str, ...] = (),
    keep_removed: bool = False,
) -> Prepared:
    """The resources that a stage should have, and those that it has beyond them; AWS is only read."""
    project = find_project(Path.cwd())
    stage = place.configured(project)
    if wanted.type is not None:
        stage = replace(stage, type=wanted.type)
    definitions = load_definitions(project)
    put_in_stage(definitions, stage, place.stage or "")
    result = build(project, definitions, wanted.names)
    print_diagnostics([*result.warnings, *_unnamed(project)])
    values = resolve(parameters_of(result), pairs(wanted.params), stage.parameters)
    check_policy_values(result, values)
    clients = place.clients()
    target = clients.target(place.stage or "")
    serving = replace(_serving(stage, clients), canary=canary, watched=watched)
    should = resources(result, project.name, target, values, serving)
    whole = not wanted.names and not keep_removed
    beyond = deployed_resources(project.name, target, clients, besides=should) if whole else ()
    return Prepared(
        project=project,
        stage=stage,
        result=result,
        resources=should,
        leftovers=beyond,
        clients=clients,
        target=target,
        values=values,
    )


def _serving(stage: Stage, clients: Clients) -> Serving:
    from keyflow.deploy.alarm import has_alarms

    alarms = stage.alarms and has_alarms(clients)
    if stage.alarms and not alarms:
        click.echo("no alarms are made on this local engine", err=True)
    return Serving(
        alias=stage.alias,
        alarms=alarms,
        kept=stage.versions,
        deployment=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    )


def _unnamed(project: Project) -> list[Diagnostic]:
    """A project that is known by its folder: a copy in another folder would take its resources for another's."""
    if project.named:
        return []
    message = f"the project has no name: its resources belong to {project.name!r}, the folder's name"
    return [
        Diagnostic("KF518", message, hint=f'write name = "{project.name}" in keyflow.toml', severity=Severity.WARNING)
    ]


def carry_out(plan: Plan, clients: Clients, *, yes: bool, quietly: bool, gently: bool = False) -> list[str]:
    """Asks, unless it need not, and applies the plan; says each change and its number before it is made.

    What a person should know afterwards is said, and given.
    """
    confirm(plan, yes=yes)
    total = sum(change.action is not Action.KEEP for change in plan)
    number = itertools.count(1)
    begun: list[Change] = []
    notes: list[str] = []

    def progress(change: Change) -> None:
        begun.append(change)
        if not quietly:
            click.echo(f"[{next(number)}/{total}] {change_line(change)}")

    def wait(message: str) -> None:
        click.echo(f"  {line(message)}", err=True)

    try:
        apply_plan(plan, clients, progress, say=notes.append, wait=wait, gently=gently)
    except KeyboardInterrupt:
        done = max(len(begun) - 1, 0)
        click.echo(f"interrupted: {done} of {total} changes were made; run it again to finish", err=True)
        sys.exit(INTERRUPTED)
    finally:
        for note in notes:
            click.echo(f"  {line(note)}", err=True)
    return notes


def confirm(plan: Plan, *, yes: bool) -> None:
    """Asks whether to go on; where nobody can answer, `--yes` is wanted.

    Raises:
        click.UsageError: there is no terminal to ask on.
        click.Abort: the answer was no.
    """
    if yes or all(change.action is Action.KEEP for change in plan):
        return
    if not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask on: pass --yes")
    click.confirm("Go on?", abort=True)
