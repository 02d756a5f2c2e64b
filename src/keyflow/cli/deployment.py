"""What `keyflow deploy` and `keyflow destroy` have in common: their options, and how they show a plan."""

from __future__ import annotations

import functools
import itertools
import json
import re
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from keyflow.build import Build, build
from keyflow.cli.output import print_diagnostics, styled
from keyflow.cli.terminal import line
from keyflow.dataclass import dataclass
from keyflow.deploy import (
    Action,
    Change,
    Clients,
    Plan,
    Resource,
    Target,
    apply_plan,
    check_policy_values,
    pairs,
    parameters_of,
    resolve,
    resources,
)
from keyflow.diagnostics import Diagnostic, ProjectError
from keyflow.project import Stage, find_project, load_definitions

_MARKS = {
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.KEEP: ("=", "white"),
    Action.DELETE: ("-", "red"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What both commands are given: which definitions, where, with what, and whether to ask."""

    names: tuple[str, ...]
    stage: str
    params: tuple[str, ...]
    region: str | None
    profile: str | None
    endpoint_url: str | None
    yes: bool
    dry_run: bool


def deployment_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command the options of both, as one argument `options`."""

    @functools.wraps(command)
    def function(**given: Any) -> Any:
        own = {field.name: given.pop(field.name) for field in fields(Options)}
        return command(options=Options(**own), **given)

    for option in reversed(
        (
            click.argument("names", nargs=-1, metavar="[NAME]..."),
            click.option("--stage", required=True, help="The stage's name (dev, prod): part of every resource's name."),
            click.option(
                "--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter's value; repeat it."
            ),
            click.option("--region", help="The AWS region."),
            click.option("--profile", help="The profile of the AWS configuration."),
            click.option("--endpoint-url", help="Another endpoint than AWS's: a local engine."),
            click.option("--yes", is_flag=True, help="Do not ask."),
            click.option("--dry-run", is_flag=True, help="Print the plan, change nothing."),
        )
    ):
        function = option(function)
    return function


def prepare(options: Options, *, parameters_required: bool) -> tuple[tuple[Resource, ...], Clients, Build, Target]:
    """The resources of a stage, and the clients that lead to where they live."""
    stage = options.stage
    if not re.fullmatch(r"[A-Za-z0-9_]{1,40}", stage):
        raise ProjectError(Diagnostic("KF507", f"a stage's name has 1 to 40 letters, digits and _, not {stage!r}"))
    project = find_project(Path.cwd())
    result = build(project, load_definitions(project), options.names)
    print_diagnostics(result.warnings)
    configured = project.stages.get(stage, Stage())
    wanted = parameters_of(result)
    given = pairs(options.params)
    if not parameters_required:
        given = dict.fromkeys(wanted, "") | given
    values = resolve(wanted, given, configured.parameters)
    if parameters_required:
        check_policy_values(result, values)
    clients = Clients(
        region=options.region or configured.region,
        profile=options.profile,
        endpoint_url=options.endpoint_url or configured.endpoint_url,
    )
    target = clients.target(stage)
    return resources(result, project.name, target, values), clients, result, target


def carry_out(plan: Plan, clients: Clients, options: Options, *, quietly: bool) -> None:
    """Asks, unless told not to, and applies the plan; says each change and its number before it is made."""
    if options.dry_run:
        return
    confirm(plan, yes=options.yes)
    total = sum(change.action is not Action.KEEP for change in plan)
    number = itertools.count(1)

    def say(change: Change) -> None:
        if not quietly:
            click.echo(f"[{next(number)}/{total}] {change_line(change)}")

    apply_plan(plan, clients, say)


def plan_json(plan: Plan) -> list[dict[str, Any]]:
    """The changes for programs."""
    return [
        {
            "resource": f"{change.resource.kind} {change.resource.name}",
            "action": change.action.value,
            "diff": [
                {"property": each.property, "before": each.before, "after": each.after} for each in change.differences
            ],
        }
        for change in plan
    ]


def print_plan(plan: Plan, target: Target) -> None:
    """The changes for people, before any is made."""
    where = target.endpoint_url or f"account {target.account}, {target.region}"
    click.echo(f"Stage {target.stage} ({line(where)}):")
    for change in plan:
        click.echo(f"  {change_line(change)}")
        for each in change.differences if change.action is Action.UPDATE else ():
            click.echo(f"      {each.property}: {_short(each.before)} -> {_short(each.after)}")


def change_line(change: Change) -> str:
    """One change: a mark, what is done, and to what."""
    mark, colour = _MARKS[change.action]
    resource = f"{change.resource.kind} {line(change.resource.name)}"
    return f"{styled(mark, sys.stdout, fg=colour)} {change.action.value:6} {resource}"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return line(text if len(text) <= 60 else f"{text[:57]}...")


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
